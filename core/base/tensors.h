/* tensors.h - named tensors and text in one file: models and training states.
 *
 * The format is safetensors (github.com/huggingface/safetensors): 8 bytes of
 * header length, a JSON header, raw little-endian data; reading runs no code.
 * On top of it we keep, under metadata keys that begin with "sha256", a hash of
 * every tensor and one of the header.  The header's is checked when a file is
 * opened, a tensor's when it is read: of a whole file all of them before anything
 * is given away, otherwise only those of the tensors that are asked for.  Files of
 * other programs, without any such key, are read too.  The same content gives the
 * same bytes.
 *
 * What the tensors mean is the business of core/model and core/train.
 */
#ifndef CAROUSEL_BASE_TENSORS_H
#define CAROUSEL_BASE_TENSORS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum car_dtype { CAR_F32, CAR_F64, CAR_I64, CAR_U64 } car_dtype;

enum { CAR_TENSOR_DIMS = 8 };

/* Row-major.  No dimensions are a single number. */
typedef struct car_tensor {
    const char *name;
    car_dtype dtype;
    int dims;
    ptrdiff_t shape[CAR_TENSOR_DIMS];
    ptrdiff_t count;  /* the product of the shape */
    const void *data; /* [count], aligned as its type asks; NULL if it is not held */
} car_tensor;

const char *car_dtype_name(car_dtype dtype); /* "F32" */
ptrdiff_t car_dtype_size(car_dtype dtype);   /* bytes */

/* ---- reading: everything returned is borrowed until _close --------------------- */

typedef struct car_tensors car_tensors;

/* Reads and checks the header, and with `whole` all data, which is held.  NULL and *e if the
 * file cannot be read (66, 77, 74) or is not what it should be (65). */
car_tensors *car_tensors_open(const char *path, bool whole, car_error *e);
void car_tensors_close(car_tensors *tensors);

const char *car_tensors_path(const car_tensors *tensors);
int car_tensors_count(const car_tensors *tensors);
const car_tensor *car_tensors_at(const car_tensors *tensors, int i);              /* in the order of the file */
const car_tensor *car_tensors_find(const car_tensors *tensors, const char *name); /* or NULL */

/* Takes elements first .. first + n - 1 of a tensor, aligned as their type asks. */
typedef void (*car_tensor_take)(void *context, ptrdiff_t first, ptrdiff_t n, const void *elements);

/* Gives a tensor away, from the first element to the last.  One that is not held is read now,
 * a piece at a time, without room for more than a piece; its hash is known at the end, so what
 * was taken is void if that is wrong (65), or if the file cannot be read any longer (74).  May
 * be called for many tensors at a time. */
bool car_tensors_read(const car_tensors *tensors, const car_tensor *tensor, car_tensor_take take, void *context,
                      car_error *e);

/* The text under a key, or NULL; and all keys but ours. */
const char *car_tensors_metadata(const car_tensors *tensors, const char *key);
int car_tensors_metadata_count(const car_tensors *tensors);
const char *car_tensors_metadata_at(const car_tensors *tensors, int i, const char **value);

/* ---- writing -------------------------------------------------------------------- */

/* Collects what a file shall hold.  Names and text are copied; the data is
 * borrowed until after _save.  Adding a name twice is a mistake in the program. */
typedef struct car_tensors_writer car_tensors_writer;

car_tensors_writer *car_tensors_writer_new(void);
void car_tensors_writer_free(car_tensors_writer *writer);

void car_tensors_writer_add(car_tensors_writer *writer, const char *name, car_dtype dtype, int dims,
                            const ptrdiff_t *shape, const void *data);

/* A matrix [rows, columns] whose rows lie `stride` elements apart in memory; the
 * file holds it without gaps. */
void car_tensors_writer_add_rows(car_tensors_writer *writer, const char *name, car_dtype dtype, ptrdiff_t rows,
                                 ptrdiff_t columns, ptrdiff_t stride, const void *data);

/* Text under a key, in place of what the key had; keys in "sha256" are ours. */
void car_tensors_writer_metadata(car_tensors_writer *writer, const char *key, const char *value);

/* Replaces the file at `path` (files.h).  Fails also if a name or text is not
 * UTF-8 (65). */
bool car_tensors_save(car_tensors_writer *writer, const char *path, car_error *e);

#ifdef __cplusplus
}
#endif
#endif
