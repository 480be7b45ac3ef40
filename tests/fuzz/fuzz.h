/* fuzz.h - what the fuzz harnesses share: taking an input apart, and files in memory.
 *
 * A harness is one file with an LLVMFuzzerTestOneInput.  With the preset "fuzz" it is
 * driven by libFuzzer; in every other build by replay.c, which runs the inputs of its
 * folder in seeds/.  What must hold is said with CAR_REQUIRE.  Objects that cost much to
 * make are made once and live as long as the process.
 */
#ifndef CAROUSEL_TESTS_FUZZ_H
#define CAROUSEL_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is left of an input. */
typedef struct fuzz_input {
    const char *at;
    ptrdiff_t left;
} fuzz_input;

fuzz_input fuzz_input_of(const uint8_t *data, size_t size);

/* The next byte, 0 behind the end: the choices an input makes. */
unsigned fuzz_byte(fuzz_input *input);

/* All up to the next `separator`, which is skipped, or to the end.  False if nothing is
 * left. */
bool fuzz_part(fuzz_input *input, char separator, const char **part, ptrdiff_t *length);

/* A copy, terminated; freed with car_free.  Bytes that are not UTF-8, NUL or LF become
 * U+FFFD with fuzz_copy_text; bytes behind a NUL are lost with both. */
char *fuzz_copy(const char *part, ptrdiff_t length);
char *fuzz_copy_text(const char *part, ptrdiff_t length);

/* The path of file `number` (0 or 1) in memory, which holds these bytes until the next
 * call for the number. */
const char *fuzz_file(int number, const void *bytes, ptrdiff_t length);

/* A few bytes of gzip or zstd are thousands of lines, and slow; the harnesses `lines` and `reader`
 * have them, and other readers of files leave them out. */
bool fuzz_is_compressed(const void *bytes, size_t size);

#endif
