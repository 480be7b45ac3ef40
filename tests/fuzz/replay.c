/* replay.c - runs a harness over the files of a folder, once each, where there is no
 * libFuzzer: `fuzz_NAME FOLDER`.  Fails if the folder holds none. */
#include <stdio.h>

#include "base/files.h"
#include "base/memory.h"
#include "fuzz/fuzz.h"

/* Byte by byte, for what text.h would decompress. */
static void run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    CAR_REQUIRE(file != NULL);
    unsigned char *bytes = NULL;
    ptrdiff_t length = 0, capacity = 0;
    for (int c; (c = getc(file)) != EOF;) {
        bytes = car_grow(bytes, length, &capacity, 1);
        bytes[length++] = (unsigned char)c;
    }
    CAR_REQUIRE(fclose(file) == 0);
    bytes = car_resize(bytes, length, 1); /* so that a sanitizer sees its end */
    (void)LLVMFuzzerTestOneInput(bytes, (size_t)length);
    car_free(bytes);
}

int main(int argc, char **argv)
{
    CAR_REQUIRE(argc == 2);
    car_listing inputs = {0};
    car_error e;
    if (!car_listing_load(argv[1], "", &inputs, &e)) {
        (void)fprintf(stderr, "%s\n", e.message);
        return 1;
    }
    for (int i = 0; i < inputs.count; i++) {
        char *path = car_path_join(argv[1], inputs.names[i]);
        (void)fprintf(stderr, "%s\n", path);
        run_file(path);
        car_free(path);
    }
    int n = inputs.count;
    car_listing_clear(&inputs);
    return n > 0 ? 0 : 1;
}
