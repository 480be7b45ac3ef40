/* Command lines and configurations by the real table: every command, its options as
 * they are then written, and read again.  One argument a line; or, after a first byte
 * that says so, a configuration. */
#include "base/options.h"

#include <string.h>

#include "base/memory.h"
#include "fuzz/fuzz.h"
#include "tools/option_table.h"

enum { ARGUMENTS = 64 };

static bool parse_lines(car_options *options, fuzz_input input, car_error *e)
{
    char *arguments[ARGUMENTS] = {"carousel"};
    int n = 1;
    const char *part;
    ptrdiff_t length;
    while (n < ARGUMENTS && fuzz_part(&input, '\n', &part, &length)) {
        arguments[n] = fuzz_copy_text(part, length);
        /* Files that it names are other harnesses' input. */
        bool is_short = arguments[n][0] == '-' && arguments[n][1] != '-'; /* may hold several: -qcFILE */
        if (strncmp(arguments[n], "--c", 3) == 0 || (is_short && strchr(arguments[n], 'c') != NULL))
            car_free(arguments[n]);
        else
            n++;
    }
    bool good = car_options_parse(options, n, arguments, e);
    while (n > 1)
        car_free(arguments[--n]);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static car_string once, twice;
    fuzz_input input = fuzz_input_of(data, size);
    unsigned choice = fuzz_byte(&input), commands = (unsigned)__builtin_popcount(CAR_FOR_ALL);
    unsigned command = 1u << choice % commands;
    car_error e = {.code = 0};
    car_options *options = car_options_new(car_option_table, command);
    bool is_config = choice >= 128;
    bool good =
        is_config ? car_options_load_text(options, input.at, input.left, "input", &e) : parse_lines(options, input, &e);
    if (!good) {
        CAR_REQUIRE(e.code == CAR_EXIT_USAGE || (is_config && e.code == CAR_EXIT_CONFIG));
    } else if (choice / commands % 4 == 0) { /* what costs most, less often */
        car_string_empty(&once);
        car_string_empty(&twice);
        car_options_dump(options, &once);
        car_options *again = car_options_new(car_option_table, command);
        bool reads = car_options_load_text(again, once.at, once.length, "dump", &e);
        CAR_REQUIRE(reads);
        car_options_dump(again, &twice);
        CAR_REQUIRE(strcmp(once.at, twice.at) == 0);
        car_options_free(again);
    }
    car_options_free(options);
    return 0;
}
