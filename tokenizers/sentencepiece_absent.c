/* Without the library: the message. */
#include "tokenizers/sentencepiece.h"

bool car_sentencepiece_is_built(void) { return false; }

car_sentencepiece *car_sentencepiece_new(const char *model, ptrdiff_t length, car_error *e)
{
    (void)model;
    (void)length;
    (void)car_error_set(
        e, CAR_EXIT_CONFIG,
        "this program was built without SentencePiece; install libsentencepiece-dev and build it again");
    return NULL;
}

void car_sentencepiece_free(car_sentencepiece *model) { (void)model; }

bool car_sentencepiece_apply(const car_sentencepiece *model, const char *line, ptrdiff_t length, car_pieces *pieces,
                             car_error *e)
{
    (void)model;
    (void)line;
    (void)length;
    (void)pieces;
    return car_error_set(e, CAR_EXIT_CONFIG, "this program was built without SentencePiece");
}

void car_sentencepiece_join(const car_sentencepiece *model, const car_pieces *pieces, car_string *text)
{
    (void)model;
    (void)pieces;
    (void)text;
}
