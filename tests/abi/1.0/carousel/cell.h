/* carousel/cell.h - everything a recurrent cell and its host agree on.
 *
 * A cell is a plan and a pair of kernels per stage.
 *
 *   The plan says what the cell is made of: states carried from step to step,
 *   gates (affine maps of named feeds, computed by the host), locals (vectors
 *   one stage leaves for a later one) and element-wise weights.
 *
 *   A stage is one round of "host computes the gates, plugin combines them".
 *   LSTM, peephole, coupled, GRU and most others need one stage.  A cell whose
 *   gates depend on other gates (the original GRU, recurrent highway, ...) has
 *   as many stages as it has dependent matrix products.
 *
 *   A kernel sees one time step of some rows of the batch and does everything
 *   that is not a matrix product.  It is a pure function of its argument: it
 *   allocates nothing, keeps nothing, calls no host function, opens no parallel
 *   region, cannot fail, and treats every row on its own.
 *
 * The host owns all memory, all products with matrices and their gradients,
 * time, padding, direction, dropout, threads, initialisation and storage.
 *
 * Shapes.  B rows now (s->rows), I input width, H hidden width; a panel is
 * written [B, w].  Row b of panel m starts at car_row(m, b).  Rows are w wide
 * and `stride` apart; nothing between w and stride may be touched.
 */
#ifndef CAROUSEL_CELL_H
#define CAROUSEL_CELL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Major: any change an old binary could notice.  Minor: only ever appends.
 * A host loads a plugin when the majors are equal, its own minor is at least
 * the plugin's, and both mean the same thing by car_real.  A plugin asks for
 * the oldest minor it can live with by defining CAR_USE_MINOR. */
#define CAR_ABI_MAJOR 1
#define CAR_ABI_MINOR 0
#ifndef CAR_USE_MINOR
#define CAR_USE_MINOR 0
#endif
#define CAR_MAGIC 0x4c524143u /* "CARL" */

/* 32 for plugins in use; 64 for the twin that gradients are checked with. */
#ifndef CAR_REAL_BITS
#define CAR_REAL_BITS 32
#endif
#if CAR_REAL_BITS == 64
typedef double car_real;
#else
typedef float car_real;
#endif

#if defined(__GNUC__)
#define CAR_EXPORT __attribute__((visibility("default")))
#else
#define CAR_EXPORT
#endif

typedef struct car_panel {
    car_real *at;     /* row 0 */
    ptrdiff_t stride; /* in car_reals, from one row to the next */
} car_panel;

static inline car_real *car_row(car_panel m, int row)
{
    return m.at + row * m.stride;
}

/* ---- what a kernel is given ------------------------------------------------
 *
 *                    forward            backward
 *   x                read               read
 *   prev[k]          read               read          state k before the step
 *   next[k]          write all          read          state k after it
 *   gate[g]          in: W.feed + b     read          g of this stage: replace by
 *                    out: its value                   the value the cell calls g;
 *                                                     g of earlier stages: read
 *   local[k]         write all          read          by one stage; later ones read
 *   weight[w]        read               read
 *   d_next[k]        -                  read          dL/d next[k], complete
 *   d_prev[k]        -                  add           all but the gates' share
 *   d_gate[g]        -                  write all     dL/d (W.feed + b), this stage
 *   d_local[k]       -                  read or add   complete in the stage that
 *                                                     wrote local k; a later stage
 *                                                     may add to it
 *   d_x              -                  add           only if the plan reads x
 *   d_weight[w]      -                  add
 *
 * Stages run in order forward and in reverse order backward; each kernel is
 * called once per step.  "write all" means every element of every live row.
 * Different shards call the same kernel at the same time with disjoint memory,
 * except for x, weight and config, which they share.
 */
typedef struct car_step {
    uint32_t size;    /* of this struct, set by the host */
    int32_t stage;    /* which stage, from 0 */
    int32_t t;        /* which step, from 0, in the order of processing */
    int32_t rows;     /* B >= 1 */
    int32_t input;    /* I */
    int32_t hidden;   /* H */
    const void *config;             /* what the plan gave car_config(), or NULL */
    const car_real *const *weight;  /* [w]                                      */
    const car_panel *x;             /* [B, I]                                   */
    const car_panel *prev;          /* one per state                            */
    const car_panel *next;
    const car_panel *gate;          /* one per gate of all stages               */
    const car_panel *local;         /* one per local                            */
    /* NULL in forward */
    const car_panel *d_next;
    const car_panel *d_prev;
    const car_panel *d_gate;
    const car_panel *d_local;
    const car_panel *d_x;           /* NULL unless the plan reads x             */
    car_real *const *d_weight;
} car_step;

typedef void (*car_kernel)(const car_step *s);

/* ---- what a plan may declare --------------------------------------------- */

/* Feeds: what a gate is an affine map of.  Any union. */
#define CAR_X        (1u << 0)         /* the layer's input                      */
#define CAR_STATE(k) (1u << (1 + (k))) /* state k before the step,  k < 8        */
#define CAR_H        CAR_STATE(0)      /* state 0, which is the cell's output    */
#define CAR_LOCAL(k) (1u << (9 + (k))) /* local k of an earlier stage,  k < 16   */
#define CAR_NO_BIAS  (1u << 31)

typedef enum car_init {
    CAR_INIT_CONSTANT,   /* scale                                                */
    CAR_INIT_UNIFORM,    /* [-scale, scale)                                      */
    CAR_INIT_GLOROT,     /* scale x Glorot uniform: the default for x and locals */
    CAR_INIT_ORTHOGONAL, /* scale x orthogonal: the default for states           */
    CAR_INIT_IDENTITY    /* scale x identity                                     */
} car_init;

typedef enum car_option_kind { CAR_NUMBER, CAR_COUNT, CAR_FLAG, CAR_CHOICE } car_option_kind;

typedef struct car_option {
    const char *name, *help;
    car_option_kind kind;
    double fallback, min, max; /* inclusive; a choice is its index in `choices`  */
    const char *choices;       /* "tanh|relu"                                    */
} car_option;

/* A plan in the making.  The host checks each declaration as it is made; after
 * the first that is wrong, or car_fail(), the rest are ignored and the plan is
 * refused with a message that names cell and item.  Names are copied.  `index`
 * is the number the kernels will use; it must be the next one of its kind. */
typedef struct car_plan car_plan;
struct car_plan {
    uint32_t size;
    int32_t input, hidden; /* I (0 for a cell that gets no input) and H          */
    void *host;
    double (*option)(const car_plan *, const char *name);
    void (*state)(car_plan *, int index, const char *name, int width);
    void (*local)(car_plan *, int index, const char *name, int width);
    void (*weight)(car_plan *, int index, const char *name, int width, car_init, double scale);
    void (*stage)(car_plan *, car_kernel forward, car_kernel backward);
    void (*gate)(car_plan *, int index, const char *name, int width, uint32_t feeds, double bias);
    void (*init)(car_plan *, int gate, uint32_t feeds, car_init, double scale);
    void (*reads_x)(car_plan *);
    void (*config)(car_plan *, const void *bytes, size_t size);
    void (*fail)(car_plan *, const char *message);
    /* minor 1 appends here */
};

typedef struct car_cell {
    const char *name;          /* "lstm": [a-z][a-z0-9-]*; what models are stored under */
    const char *summary;       /* one line                                               */
    const char *reference;     /* where it was described, or NULL                        */
    const car_option *options; /* ends with a NULL name; or NULL                         */
    void (*plan)(car_plan *);
} car_cell;

typedef struct car_plugin {
    uint32_t magic;
    uint16_t abi_major, abi_minor;
    uint16_t real_size, cell_size; /* sizeof(car_real), sizeof(car_cell)          */
    uint32_t n_cells;
    const car_cell *cells;         /* static: valid for the life of the process   */
    const char *version;           /* of the plugin                               */
    const void *(*extension)(const char *id); /* "carousel.<name>/<revision>"; or NULL */
} car_plugin;

/* The one symbol a plugin exports. */
CAR_EXPORT const car_plugin *carousel_plugin(void);

#define CAR_PLUGIN(version_, ...)                                                       \
    const car_plugin *carousel_plugin(void)                                             \
    {                                                                                   \
        static const car_cell cells[] = {__VA_ARGS__};                                  \
        static const car_plugin plugin = {CAR_MAGIC,        CAR_ABI_MAJOR,              \
                                          CAR_USE_MINOR,    sizeof(car_real),           \
                                          sizeof(car_cell), sizeof cells / sizeof *cells, \
                                          cells,            version_, NULL};            \
        return &plugin;                                                                 \
    }

/* ---- the same, easier on the eye ------------------------------------------ */

static inline double car_opt(const car_plan *p, const char *name) { return p->option(p, name); }
static inline void car_state(car_plan *p, int index, const char *name) { p->state(p, index, name, p->hidden); }
static inline void car_local(car_plan *p, int index, const char *name) { p->local(p, index, name, p->hidden); }
static inline void car_weight(car_plan *p, int index, const char *name, car_init init, double scale)
{
    p->weight(p, index, name, p->hidden, init, scale);
}
static inline void car_stage(car_plan *p, car_kernel forward, car_kernel backward) { p->stage(p, forward, backward); }
static inline void car_gate(car_plan *p, int index, const char *name, uint32_t feeds, double bias)
{
    p->gate(p, index, name, p->hidden, feeds, bias);
}
static inline void car_config(car_plan *p, const void *bytes, size_t size) { p->config(p, bytes, size); }
static inline void car_reads_x(car_plan *p) { p->reads_x(p); }
static inline void car_fail(car_plan *p, const char *message) { p->fail(p, message); }

#ifdef __cplusplus
}
#endif
#endif
