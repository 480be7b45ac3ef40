/* Vocabularies of other programs: what was read of them, written as our own, reads the same. */
#include "tokenizers/vocabulary_import.h"

#include <string.h>

#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static car_tokenizer *tokenizer;
    static car_string once, twice;
    car_error e;
    if (tokenizer == NULL)
        tokenizer = car_tokenizer_new("space", NULL, &e);
    car_vocabulary *vocabulary = car_vocabulary_import((const char *)data, (ptrdiff_t)size, "input", tokenizer, &e);
    if (vocabulary == NULL) {
        CAR_REQUIRE(e.code == CAR_EXIT_DATA && strncmp(e.message, "input", 5) == 0);
        return 0;
    }
    car_string_empty(&once);
    car_string_empty(&twice);
    car_vocabulary_write(vocabulary, &once);
    car_vocabulary *again = car_vocabulary_read(once.at, once.length, "again", &e);
    CAR_REQUIRE(again != NULL);
    car_vocabulary_write(again, &twice);
    CAR_REQUIRE(strcmp(once.at, twice.at) == 0);
    car_vocabulary_free(again);
    car_vocabulary_free(vocabulary);
    return 0;
}
