/* Lines of text under each policy.  The first byte is the policy and the limit of a line;
 * the rest is the file. */
#include "corpora/reader.h"

#include <string.h>

#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static car_string report;
    fuzz_input input = fuzz_input_of(data, size);
    unsigned choice = fuzz_byte(&input);
    car_reading reading = {.utf8 = (car_utf8_policy)(choice % 3),
                           .max_line_bytes = choice / 4 % 2 == 0 ? 0 : 1 + (ptrdiff_t)(choice / 8),
                           .exact = choice % 4 == 3};
    car_reader *reader = car_reader_take(car_lines_open_memory("input", input.at, input.left), &reading);
    car_text_line line;
    car_error e;
    int state;
    int64_t n = 0;
    while ((state = car_reader_next(reader, &line, &e)) > 0) {
        CAR_REQUIRE(car_reader_number(reader) == ++n);
        CAR_REQUIRE(car_utf8_check(line.at, line.length) < 0);
        CAR_REQUIRE(memchr(line.at, '\0', (size_t)line.length) == NULL);
        CAR_REQUIRE(memchr(line.at, '\n', (size_t)line.length) == NULL);
        CAR_REQUIRE(!line.skipped || (line.length == 0 && car_reader_why_view(reader)[0] != '\0'));
        CAR_REQUIRE(!line.skipped || reading.utf8 != CAR_UTF8_ERROR);
    }
    CAR_REQUIRE(state == 0 || e.code == CAR_EXIT_DATA);
    car_string_empty(&report);
    car_reader_report(reader, &report);
    CAR_REQUIRE(car_utf8_check(report.at, report.length) < 0);
    car_reader_close(reader);
    return 0;
}
