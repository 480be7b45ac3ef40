/* Plugin files before any code of them runs: the check of their ELF headers, which is
 * loader_open.c's own. */
#include "cell/loader_open.c"

#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(0, data, (ptrdiff_t)size);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    CAR_REQUIRE(file >= 0);
    car_error e;
    if (!check_format(file, size, path, &e))
        CAR_REQUIRE(e.code == CAR_EXIT_PLUGIN);
    (void)close(file);
    return 0;
}
