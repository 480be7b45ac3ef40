/* SentencePiece behind its C interface: the one file of the toolkit in C++, because the
 * library is.  No exception and no object of C++ leaves it. */
#include "tokenizers/sentencepiece.h"

#include <cstring>
#include <exception>
#include <sentencepiece_processor.h>
#include <string>
#include <vector>

#include "tokenizers/bytes.h"
#include "tokenizers/marks.h"

struct car_sentencepiece {
    sentencepiece::SentencePieceProcessor processor;
};

bool car_sentencepiece_is_built(void) { return true; }

static bool fail(car_error *e, const char *doing, const char *why)
{
    return car_error_set(e, CAR_EXIT_DATA, "SentencePiece cannot %s: %s", doing, why);
}

car_sentencepiece *car_sentencepiece_new(const char *model, ptrdiff_t length, car_error *e)
{
    car_sentencepiece *made = nullptr;
    try {
        made = new car_sentencepiece;
        if (made->processor.LoadFromSerializedProto(std::string_view(model, static_cast<size_t>(length))).ok())
            return made;
        (void)car_error_set(e, CAR_EXIT_DATA, "this is no model of SentencePiece");
    } catch (const std::exception &exception) {
        (void)fail(e, "read the model", exception.what());
    } catch (...) {
        (void)fail(e, "read the model", "an exception of unknown kind");
    }
    delete made;
    return nullptr;
}

void car_sentencepiece_free(car_sentencepiece *model) { delete model; }

/* A piece has no space; what a model without escapes leaves is written as the library does. */
static void add_piece(const std::string &piece, car_pieces *pieces)
{
    size_t at = 0;
    for (size_t space; (space = piece.find(' ', at)) != std::string::npos; at = space + 1) {
        car_pieces_extend(pieces, piece.data() + at, static_cast<ptrdiff_t>(space - at));
        car_pieces_extend(pieces, CAR_MARK_SPACE, CAR_MARK_LENGTH);
    }
    car_pieces_extend(pieces, piece.data() + at, static_cast<ptrdiff_t>(piece.size() - at));
    if (!piece.empty())
        car_pieces_close(pieces);
}

bool car_sentencepiece_apply(const car_sentencepiece *model, const char *line, ptrdiff_t length, car_pieces *pieces,
                             car_error *e)
{
    try {
        std::vector<std::string> parts;
        sentencepiece::util::Status status =
            model->processor.Encode(std::string_view(line, static_cast<size_t>(length)), &parts);
        if (!status.ok())
            return fail(e, "cut the line", status.message());
        for (const std::string &part : parts)
            add_piece(part, pieces);
        return true;
    } catch (const std::exception &exception) {
        return fail(e, "cut the line", exception.what());
    } catch (...) {
        return fail(e, "cut the line", "an exception of unknown kind");
    }
}

void car_sentencepiece_join(const car_sentencepiece *model, const car_pieces *pieces, car_string *text)
{
    try {
        std::vector<std::string> parts;
        for (ptrdiff_t i = 0; i < pieces->count; i++)
            parts.emplace_back(car_pieces_view(pieces, i), static_cast<size_t>(car_pieces_length(pieces, i)));
        std::string joined;
        if (model->processor.Decode(parts, &joined).ok()) {
            car_bytes_add_repaired(joined.data(), static_cast<ptrdiff_t>(joined.size()), text);
            return;
        }
    } catch (...) {
    }
    for (ptrdiff_t i = 0; i < pieces->count; i++) /* what it cannot decode stays as it is */
        car_string_add(text, car_pieces_view(pieces, i), car_pieces_length(pieces, i));
}
