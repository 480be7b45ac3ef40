#include "tokenizers/pieces.h"

#include "base/memory.h"

void car_pieces_clear(car_pieces *pieces)
{
    car_string_clear(&pieces->bytes);
    car_free(pieces->ends);
    *pieces = (car_pieces){0};
}

void car_pieces_empty(car_pieces *pieces)
{
    car_string_empty(&pieces->bytes);
    pieces->count = 0;
}

static ptrdiff_t start_of(const car_pieces *pieces, ptrdiff_t i)
{
    return i > 0 ? pieces->ends[i - 1] : 0;
}

const char *car_pieces_view(const car_pieces *pieces, ptrdiff_t i)
{
    CAR_REQUIRE(i >= 0 && i < pieces->count);
    return pieces->bytes.at + start_of(pieces, i);
}

ptrdiff_t car_pieces_length(const car_pieces *pieces, ptrdiff_t i)
{
    CAR_REQUIRE(i >= 0 && i < pieces->count);
    return pieces->ends[i] - 1 - start_of(pieces, i);
}

void car_pieces_extend(car_pieces *pieces, const char *bytes, ptrdiff_t length)
{
    car_string_add(&pieces->bytes, bytes, length);
}

void car_pieces_close(car_pieces *pieces)
{
    car_string_add(&pieces->bytes, "", 1);
    pieces->ends = car_grow(pieces->ends, pieces->count, &pieces->capacity, sizeof *pieces->ends);
    pieces->ends[pieces->count++] = pieces->bytes.length;
}

void car_pieces_add(car_pieces *pieces, const char *bytes, ptrdiff_t length)
{
    car_pieces_extend(pieces, bytes, length);
    car_pieces_close(pieces);
}
