/* Parallel text from two files or one with columns.  The first byte says which and how it
 * is read; a file ends at the byte 0xff. */
#include "corpora/bitext.h"

#include <string.h>

#include "fuzz/fuzz.h"

enum { ENOUGH = 256 }; /* pairs: a few compressed bytes may be megabytes of lines */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input input = fuzz_input_of(data, size);
    unsigned choice = fuzz_byte(&input);
    car_reading reading = {.utf8 = (car_utf8_policy)(choice % 3),
                           .max_line_bytes = choice / 4 % 2 == 0 ? 0 : 1 + (ptrdiff_t)(choice / 32)};
    bool has_columns = choice / 8 % 2 == 0;
    const char *part = "";
    ptrdiff_t length = 0;
    (void)fuzz_part(&input, '\xff', &part, &length);
    car_text_set set = {.path = {fuzz_file(0, part, length), has_columns ? NULL : fuzz_file(1, input.at, input.left)},
                        .column = {1 + (int)(choice / 16 % 2), 1 + (int)(choice / 32 % 4)}};
    car_error e;
    car_bitext *bitext = car_bitext_open(&set, 1, &reading, &e);
    CAR_REQUIRE(bitext != NULL);
    car_line_pair pair;
    int64_t n = 0;
    int state = 1;
    while (n < ENOUGH && (state = car_bitext_next(bitext, &pair, &e)) > 0) {
        CAR_REQUIRE(pair.number == ++n && pair.line_number == n && pair.set == 0);
        for (int side = 0; side < CAR_SIDES; side++) {
            const char *line = pair.line[side];
            CAR_REQUIRE(car_utf8_check(line, pair.length[side]) < 0);
            CAR_REQUIRE(memchr(line, '\0', (size_t)pair.length[side]) == NULL);
            CAR_REQUIRE(memchr(line, '\n', (size_t)pair.length[side]) == NULL);
            CAR_REQUIRE(!has_columns || memchr(line, '\t', (size_t)pair.length[side]) == NULL);
        }
        CAR_REQUIRE(!pair.skipped || pair.length[CAR_SOURCE] == 0 || pair.length[CAR_TARGET] == 0);
    }
    CAR_REQUIRE(state < 0 ? e.code == CAR_EXIT_DATA : n > 0);
    car_bitext_close(bitext);
    return 0;
}
