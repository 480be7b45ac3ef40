/* Bytes as pieces, and the tokenizer "byte": each byte of the line is one. */
#include "tokenizers/bytes.h"

#include <string.h>

#include "tokenizers/kinds.h"

static const char DIGITS[] = "0123456789ABCDEF";

void car_byte_piece(unsigned char byte, char piece[CAR_BYTE_PIECE])
{
    memcpy(piece, "<0x", 3);
    piece[3] = DIGITS[byte >> 4];
    piece[4] = DIGITS[byte & 15];
    piece[5] = '>';
}

static int digit_of(char c)
{
    const char *digit = c != '\0' ? strchr(DIGITS, c) : NULL;
    return digit != NULL ? (int)(digit - DIGITS) : -1;
}

int car_byte_of(const char *piece, ptrdiff_t length)
{
    if (length != CAR_BYTE_PIECE || memcmp(piece, "<0x", 3) != 0 || piece[5] != '>')
        return -1;
    int high = digit_of(piece[3]), low = digit_of(piece[4]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Well-formed UTF-8. */
static void add_without_line_ends(const char *bytes, ptrdiff_t length, car_string *text)
{
    for (ptrdiff_t i = 0; i < length; i++) {
        bool fits = bytes[i] != '\0' && bytes[i] != '\n';
        car_string_add(text, fits ? bytes + i : "\xef\xbf\xbd", fits ? 1 : 3);
    }
}

void car_bytes_add_repaired(const char *bytes, ptrdiff_t length, car_string *text)
{
    for (ptrdiff_t bad; length > 0; bytes += bad + 1, length -= bad + 1) {
        bad = car_utf8_check(bytes, length);
        add_without_line_ends(bytes, bad < 0 ? length : bad, text);
        if (bad < 0)
            return;
        car_string_add(text, "\xef\xbf\xbd", 3);
    }
}

static void apply(car_breaks *breaks, const char *line, ptrdiff_t length, car_pieces *pieces)
{
    (void)breaks;
    char piece[CAR_BYTE_PIECE];
    for (ptrdiff_t i = 0; i < length; i++) {
        car_byte_piece((unsigned char)line[i], piece);
        car_pieces_add(pieces, piece, CAR_BYTE_PIECE);
    }
}

/* What is no byte, such as <unk>, stays as it is. */
static void join(const car_pieces *pieces, car_string *text)
{
    car_string bytes = {0};
    for (ptrdiff_t i = 0; i < pieces->count; i++) {
        const char *piece = car_pieces_view(pieces, i);
        int byte = car_byte_of(piece, car_pieces_length(pieces, i));
        char c = (char)byte;
        car_string_add(&bytes, byte < 0 ? piece : &c, byte < 0 ? car_pieces_length(pieces, i) : 1);
    }
    car_bytes_add_repaired(bytes.at, bytes.length, text);
    car_string_clear(&bytes);
}

const car_tokenizer_kind car_tokenizer_byte = {"byte", UBRK_CHARACTER, false, false, apply, join, NULL};
