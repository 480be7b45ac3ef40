/* input.h - the bytes of a file, plain or compressed.
 *
 * Opens plain files, gzip and zstd alike, told apart by their first bytes and not
 * by their names; concatenated members and frames are read as one.  "-" is standard
 * input.  A file is read from front to back and never mapped, so that one that
 * shrinks meanwhile is a short file and no crash.  Memory does not depend on what
 * the file says of itself: 64 KiB, and what the decompressor needs (zstd: at most
 * 128 MiB, which is what its own programs allow).
 *
 * text.h makes lines of it.
 */
#ifndef CAROUSEL_BASE_INPUT_H
#define CAROUSEL_BASE_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Bytes read from a file at once.  Fuzzing makes it small, so that everything crosses blocks. */
#ifndef CAR_INPUT_BLOCK
#define CAR_INPUT_BLOCK ((ptrdiff_t)1 << 16)
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_input car_input;

/* NULL and *e on failure (66, 77 or 74). */
car_input *car_input_open(const char *path, car_error *e);

/* Reads `length` bytes that are in memory already, and borrowed, as it would a file
 * of this name. */
car_input *car_input_open_memory(const char *name, const char *bytes, ptrdiff_t length);

void car_input_close(car_input *input);

/* Up to `wanted` bytes of text, at least 1; 0 at the end, -1 with *e (74; 65 for
 * compressed data that is damaged, cut short, or of a kind this build cannot read). */
ptrdiff_t car_input_read(car_input *input, char *bytes, ptrdiff_t wanted, car_error *e);

/* Would car_input_read answer without waiting for more to be typed or sent?  Of
 * compressed data that is not known; they are said to be ready. */
bool car_input_ready(const car_input *input);

/* The path as opened; and what messages call it, "standard input" instead of "-". */
const char *car_input_path_view(const car_input *input);
const char *car_input_name_view(const car_input *input);

#ifdef __cplusplus
}
#endif
#endif
