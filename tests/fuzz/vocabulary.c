/* Vocabularies: one that was read, written again, reads the same; every id has a piece
 * that has the id. */
#include "tokenizers/vocabulary.h"

#include <string.h>

#include "fuzz/fuzz.h"

static void look_at(const car_vocabulary *vocabulary)
{
    static car_pieces pieces;
    int size = car_vocabulary_size(vocabulary);
    CAR_REQUIRE(size >= 3);
    for (int32_t id = 3; id < size; id++) {
        const char *piece = car_vocabulary_piece(vocabulary, id);
        CAR_REQUIRE(piece[0] != '\0' && car_utf8_check(piece, (ptrdiff_t)strlen(piece)) < 0);
        CAR_REQUIRE(car_vocabulary_find(vocabulary, piece, (ptrdiff_t)strlen(piece)) == id);
        CAR_REQUIRE(car_vocabulary_count(vocabulary, id) >= 0);
        int32_t ids[2];
        car_vocabulary_decode(vocabulary, &id, 1, &pieces);
        CAR_REQUIRE(car_vocabulary_encode(vocabulary, &pieces, ids) == 0 && ids[0] == id && ids[1] == CAR_END);
    }
    double coverage = car_vocabulary_coverage(vocabulary);
    CAR_REQUIRE(coverage >= 0 && coverage <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static car_string once, twice;
    car_error e;
    car_vocabulary *vocabulary = car_vocabulary_read((const char *)data, (ptrdiff_t)size, "input", &e);
    if (vocabulary == NULL) {
        CAR_REQUIRE(e.code == CAR_EXIT_DATA);
        return 0;
    }
    look_at(vocabulary);
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
