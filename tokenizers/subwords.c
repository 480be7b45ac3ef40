#include "tokenizers/subwords.h"

#include <string.h>

#include "base/memory.h"
#include "tokenizers/bpe_apply.h"
#include "tokenizers/bytes.h"
#include "tokenizers/marks.h"

#define SEPARATOR "@@"
enum { SEPARATOR_LENGTH = 2 };

struct car_subwords {
    car_bpe_codes *codes;
    car_bpe_segmenter *segmenter;
    const car_names *known; /* NULL: all are */
    car_pieces parts;       /* of a word     */
    car_string form;        /* of a part     */
};

car_subwords *car_subwords_new(const char *codes, car_error *e)
{
    car_subwords *s = car_alloc(1, sizeof *s);
    s->codes = car_bpe_codes_read(codes, (ptrdiff_t)strlen(codes), "byte pair encoding", -1, e);
    if (s->codes != NULL)
        s->segmenter = car_bpe_segmenter_new(s->codes, &(car_bpe_options){0}, e);
    if (s->segmenter != NULL)
        return s;
    car_subwords_free(s);
    return NULL;
}

void car_subwords_free(car_subwords *s)
{
    if (s == NULL)
        return;
    car_bpe_segmenter_free(s->segmenter);
    car_bpe_codes_free(s->codes);
    car_pieces_clear(&s->parts);
    car_string_clear(&s->form);
    car_free(s);
}

int car_subwords_count(const car_subwords *s) { return car_bpe_codes_count(s->codes); }

/* ---- what a part of a word looks like as a piece ---------------------------------------- */

static bool ends_in_separator(const char *text, ptrdiff_t length)
{
    return length >= SEPARATOR_LENGTH && memcmp(text + length - SEPARATOR_LENGTH, SEPARATOR, SEPARATOR_LENGTH) == 0;
}

/* Could it be taken for something else, but for the U+241B at its end?  *literals of them
 * are there. */
static bool is_ambiguous(const char *part, ptrdiff_t length, int *literals)
{
    for (*literals = 0;
         length >= CAR_MARK_LENGTH && car_mark_is(part + length - CAR_MARK_LENGTH, part + length, CAR_MARK_LITERAL);
         ++*literals)
        length -= CAR_MARK_LENGTH;
    return ends_in_separator(part, length) || car_byte_of(part, length) >= 0;
}

bool car_subwords_is_final(const char *piece, ptrdiff_t length) { return !ends_in_separator(piece, length); }

static void make_form(const char *part, ptrdiff_t length, bool final, car_string *form)
{
    int literals;
    car_string_empty(form);
    car_string_add(form, part, length);
    if (is_ambiguous(part, length, &literals))
        car_string_add(form, CAR_MARK_LITERAL, CAR_MARK_LENGTH);
    car_string_add(form, SEPARATOR, final ? 0 : SEPARATOR_LENGTH);
}

static bool is_known(void *context, const char *part, ptrdiff_t length, bool final)
{
    car_subwords *s = context;
    make_form(part, length, final, &s->form);
    return car_names_find(s->known, s->form.at, s->form.length) >= 0;
}

void car_subwords_limit(car_subwords *s, const car_names *known)
{
    car_error e;
    s->known = known;
    car_bpe_segmenter_free(s->segmenter);
    s->segmenter = car_bpe_segmenter_new(s->codes, &(car_bpe_options){.is_known = is_known, .context = s}, &e);
}

void car_subwords_drop(car_subwords *s, double dropout, uint64_t draw)
{
    car_bpe_segmenter_drop(s->segmenter, dropout, draw);
}

static void add_byte(unsigned char byte, bool final, car_pieces *pieces)
{
    char piece[CAR_BYTE_PIECE];
    car_byte_piece(byte, piece);
    car_pieces_extend(pieces, piece, CAR_BYTE_PIECE);
    car_pieces_extend(pieces, SEPARATOR, final ? 0 : SEPARATOR_LENGTH);
    car_pieces_close(pieces);
}

void car_subwords_add_bytes(car_pieces *pieces)
{
    enum { FIRST_LEAD = 0xC2, LAST_LEAD = 0xF4, FIRST_NO_END = 0xC0 };
    for (int byte = 1; byte <= LAST_LEAD; byte++) {
        if (byte == ' ' || byte == '\n' || (byte >= FIRST_NO_END && byte < FIRST_LEAD))
            continue;
        add_byte((unsigned char)byte, false, pieces);
        if (byte < FIRST_NO_END)
            add_byte((unsigned char)byte, true, pieces);
    }
}

/* ---- words to pieces and back -------------------------------------------------------------- */

static void add_part(car_subwords *s, const char *part, ptrdiff_t length, bool final, car_pieces *pieces)
{
    make_form(part, length, final, &s->form);
    if (s->known == NULL || car_names_find(s->known, s->form.at, s->form.length) >= 0) {
        car_pieces_add(pieces, s->form.at, s->form.length);
        return;
    }
    for (ptrdiff_t i = 0; i < length; i++)
        add_byte((unsigned char)part[i], final && i == length - 1, pieces);
}

void car_subwords_apply(car_subwords *s, const car_pieces *words, car_pieces *pieces)
{
    for (ptrdiff_t i = 0; i < words->count; i++) {
        car_pieces_empty(&s->parts);
        car_bpe_segment(s->segmenter, car_pieces_view(words, i), car_pieces_length(words, i), &s->parts);
        for (ptrdiff_t k = 0; k < s->parts.count; k++)
            add_part(s, car_pieces_view(&s->parts, k), car_pieces_length(&s->parts, k), k == s->parts.count - 1,
                     pieces);
    }
}

/* The word so far. */
typedef struct word {
    car_string text, repaired;
    bool has_bytes;
} word;

static void close_word(word *w, car_pieces *words)
{
    const car_string *text = &w->text;
    if (w->has_bytes) {
        car_string_empty(&w->repaired);
        car_bytes_add_repaired(w->text.at, w->text.length, &w->repaired);
        text = &w->repaired;
    }
    if (text->length > 0)
        car_pieces_add(words, text->at, text->length);
    car_string_empty(&w->text);
    w->has_bytes = false;
}

void car_subwords_join(const car_pieces *pieces, car_pieces *words)
{
    word w = {0};
    for (ptrdiff_t i = 0; i < pieces->count; i++) {
        const char *piece = car_pieces_view(pieces, i);
        ptrdiff_t length = car_pieces_length(pieces, i);
        bool final = car_subwords_is_final(piece, length);
        length -= final ? 0 : SEPARATOR_LENGTH;
        int literals, byte = car_byte_of(piece, length);
        if (byte >= 0) {
            car_string_add(&w.text, &(char){(char)byte}, 1);
            w.has_bytes = true;
        } else {
            bool escaped = is_ambiguous(piece, length, &literals) && literals > 0;
            car_string_add(&w.text, piece, length - (escaped ? CAR_MARK_LENGTH : 0));
        }
        if (final)
            close_word(&w, words);
    }
    close_word(&w, words);
    car_string_clear(&w.text);
    car_string_clear(&w.repaired);
}
