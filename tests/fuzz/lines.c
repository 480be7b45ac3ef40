/* Files, plain and compressed: the lines put together are the whole. */
#include <string.h>

#include "fuzz/fuzz.h"

enum { ENOUGH = 4096 }; /* bytes: a few compressed ones may be megabytes of lines */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static car_string whole, joined;
    const char *path = fuzz_file(0, data, (ptrdiff_t)size), *line;
    ptrdiff_t length;
    car_error e;
    bool loaded = car_text_load(path, &whole, &e);
    if (!fuzz_is_compressed(data, size))
        CAR_REQUIRE(loaded && whole.length == (ptrdiff_t)size && memcmp(whole.at, data, size) == 0);

    car_lines *lines = car_lines_open(path, &e);
    CAR_REQUIRE(lines != NULL);
    car_string_empty(&joined);
    int state = 1;
    while (joined.length < ENOUGH && (state = car_lines_next(lines, &line, &length, &e)) > 0) {
        CAR_REQUIRE(memchr(line, '\n', (size_t)length) == NULL);
        car_string_add(&joined, line, length);
        car_string_add_text(&joined, "\n");
    }
    car_lines_close(lines);
    CAR_REQUIRE(loaded || state != 0);
    if (state == 0) {
        bool is_ended = whole.length == 0 || whole.at[whole.length - 1] == '\n';
        CAR_REQUIRE(joined.length == whole.length + !is_ended &&
                    memcmp(joined.at, whole.at, (size_t)whole.length) == 0);
    }
    return 0;
}
