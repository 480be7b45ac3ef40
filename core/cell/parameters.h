/* parameters.h - what a model holds: weight blocks, their gradients, their names.
 *
 * A block is one matrix as products see it.  A cell's gates that share a feed
 * share a block; in the model file each (feed, gate) is a tensor of its own, so
 * a block has one named tensor per gate.  All blocks lie in one flat vector, their
 * gradients in another: the optimizer sees nothing else.  Among them are running
 * statistics, whose gradients stay 0; and of parameters that are only applied the
 * vector holds just the blocks that are read, the others are packed alone.
 *
 * Weight gradients are settled after the backward pass of all shards.  A
 * shard's backward pass only notes what it owes - "add A^T . D to the gradient
 * of W", over all its rows and steps - and car_dues_settle adds it all up,
 * block by block, the shards in their order.  So there is one gradient buffer
 * whatever the number of shards, nothing is cleared or reduced, every product
 * is long, and the bits do not depend on the threads.
 */
#ifndef CAROUSEL_CELL_PARAMETERS_H
#define CAROUSEL_CELL_PARAMETERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "math/product.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the forward pass does with a block, one or more; back it goes by the other product. */
enum {
    CAR_READ = 1,            /* its values are read: a bias, a table of embeddings */
    CAR_TIMES = 2,           /* X . W                                              */
    CAR_TIMES_TRANSPOSED = 4 /* Y . W^T: the output layer                          */
};

/* What parameters are for. */
typedef enum car_purpose {
    CAR_TO_APPLY,         /* the forward pass alone: of each block only what that needs is held */
    CAR_TO_DIFFERENTIATE, /* the backward pass too                                               */
    CAR_TO_LEARN          /* and gradients of the weights                                        */
} car_purpose;

/* W [rows, columns], row-major, rows `stride` apart; padding is and stays 0. */
typedef struct car_block {
    int rows, columns;
    unsigned uses;
    bool running;               /* statistics: not learnt but kept beside, its gradient is 0 */
    ptrdiff_t stride, offset;   /* offset: in the flat vectors, in reals                     */
    car_real *value, *gradient; /* views of the flat vectors; NULL if they do not hold it    */
    car_packed forward;         /* B = W:   X [M, rows] . W   -> [M, columns]; NULL likewise */
    car_packed backward;        /* B = W^T: Y [M, columns] . W^T -> [M, rows]                */
} car_block;

/* A named part of a block as the model file stores it: some of its columns. */
typedef struct car_parameter {
    char *name;
    car_block *block;
    int column, columns;
    bool is_vector; /* stored as [columns], otherwise [rows, columns] */
} car_parameter;

typedef struct car_parameters {
    ptrdiff_t n_blocks, n_tensors, block_capacity, tensor_capacity;
    car_block **block;
    car_parameter *tensor;
    ptrdiff_t n;                /* reals in a flat vector, padding included; to apply: of what is read */
    car_real *value, *gradient; /* NULL until car_parameters_allocate       */
    car_arena arena;            /* of the packed forms                      */
} car_parameters;

car_parameters *car_parameters_new(void);
void car_parameters_free(car_parameters *parameters);

/* Registers a block; it belongs to the parameters. */
car_block *car_parameters_add(car_parameters *parameters, int rows, int columns, unsigned uses);

/* Names columns `column` .. of a block.  The name must be new. */
void car_parameters_name(car_parameters *parameters, car_block *block, int column, int columns, const char *format, ...)
    CAR_PRINTF(5, 6);

/* After all blocks are registered: memory for what the purpose needs; values are zero. */
void car_parameters_allocate(car_parameters *parameters, car_purpose purpose);

/* Renews the packed forms from the values, which are not those to be applied alone: after
 * starting and after each update. */
void car_parameters_pack(car_parameters *parameters);

/* Renews those of one block from values [rows, stride] that need not be its own: when they
 * are loaded. */
void car_block_pack(const car_block *block, const car_real *value);

/* How many numbers are learnt, padding not counted. */
int64_t car_parameters_count(const car_parameters *parameters);

const car_parameter *car_parameters_find(const car_parameters *parameters, const char *name); /* or NULL */

/* ---- what the backward pass of one shard owes -------------------------------- */

typedef enum car_due_kind {
    CAR_DUE_PRODUCT, /* gradient[:, column ..] += A^T . D, A [n, rows], D [n, columns] */
    CAR_DUE_SUM,     /* gradient[0, column ..] += sum over the n rows of D            */
    CAR_DUE_SCATTER  /* gradient[ids[i], :] += D[i], i = 0 .. n-1 in order            */
} car_due_kind;

typedef struct car_due {
    car_due_kind kind;
    car_block *block;
    int column, columns, n;
    car_panel a, d;     /* borrowed until settled */
    const int32_t *ids; /* [n], CAR_DUE_SCATTER   */
} car_due;

/* A growing list in the shard's arena. */
typedef struct car_dues {
    car_arena *arena;
    car_due *at;
    int n, capacity;
} car_dues;

void car_dues_product(car_dues *dues, car_block *block, int column, int columns, car_panel a, car_panel d, int n);
void car_dues_sum(car_dues *dues, car_block *block, int column, int columns, car_panel d, int n);
void car_dues_scatter(car_dues *dues, car_block *block, const int32_t *ids, car_panel d, int n);

/* Adds up what the shards owe.  All lists hold the same dues in the same order,
 * because all shards ran the same model.  The gradient of every block that
 * occurs is overwritten, unless `started` says that something was already added
 * to it (the output layer settles as it goes); blocks that do not occur are
 * left alone.  `arena` is for packing. */
void car_dues_settle(const car_dues *const *dues, int shards, car_block *const *started, int n_started,
                     car_arena *arena);

#ifdef __cplusplus
}
#endif
#endif
