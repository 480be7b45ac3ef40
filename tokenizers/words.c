/* The tokenizer "word": ICU's words, with every space accounted for.  The scheme
 * is described in tokenizer.h.
 *
 * What stands between two pieces by default is a function of their facing
 * characters alone, so that join can find it again.  Marks say where the line
 * differs from the default. */
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include "tokenizers/kinds.h"
#include "tokenizers/marks.h"

enum { FIRST_SPACELESS = 0x0E00 }; /* the block of Thai, the first of them */

/* How the script of a character separates words. */
typedef enum spacing {
    BY_SPACES,
    BY_PHRASES, /* Thai, Lao, Khmer, Burmese: not between words, but around others */
    BY_NOTHING  /* Chinese, Japanese, and their punctuation                        */
} spacing;

static spacing spacing_of(UChar32 c)
{
    enum { HALF_KANA_FIRST = 0xFF61, HALF_KANA_LAST = 0xFF9F };
    if (c < FIRST_SPACELESS)
        return BY_SPACES;
    if (u_getIntPropertyValue(c, UCHAR_LINE_BREAK) == U_LB_COMPLEX_CONTEXT)
        return BY_PHRASES;
    if (c >= HALF_KANA_FIRST && c <= HALF_KANA_LAST)
        return BY_NOTHING;
    int32_t width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
    if (width != U_EA_WIDE && width != U_EA_FULLWIDTH)
        return BY_SPACES;
    UErrorCode status = U_ZERO_ERROR;
    bool spaced = u_hasBinaryProperty(c, UCHAR_EMOJI_PRESENTATION) || uscript_getScript(c, &status) == USCRIPT_HANGUL;
    return spaced ? BY_SPACES : BY_NOTHING;
}

static bool space_by_default(spacing left, spacing right)
{
    return left != BY_NOTHING && right != BY_NOTHING && !(left == BY_PHRASES && right == BY_PHRASES);
}

/* The first and the last character of well-formed text that is not empty. */
static UChar32 first_of(const char *text, ptrdiff_t length)
{
    int lead = (unsigned char)text[0];
    int more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    UChar32 c = more == 0 ? lead : lead & (0x3f >> more);
    for (int i = 1; i <= more && i < length; i++)
        c = c << 6 | (text[i] & 0x3f);
    return c;
}

static UChar32 last_of(const char *text, ptrdiff_t length)
{
    ptrdiff_t start = length - 1;
    while (start > 0 && (text[start] & 0xc0) == 0x80)
        start--;
    return first_of(text + start, length - start);
}

/* A stretch of the line without a space. */
typedef struct stretch {
    const char *text;
    ptrdiff_t length;
    bool word, opens; /* opens: a bracket or quotation mark that belongs to what follows */
} stretch;

static stretch stretch_of(const char *text, ptrdiff_t length, bool word)
{
    int8_t type = word ? U_UNASSIGNED : u_charType(first_of(text, length));
    return (stretch){text, length, word, type == U_START_PUNCTUATION || type == U_INITIAL_PUNCTUATION};
}

/* The line so far: the piece of `left` is not closed, as what follows decides on
 * the mark at its end. */
typedef struct writer {
    car_pieces *pieces;
    stretch left;     /* length 0 at the start of the line */
    ptrdiff_t spaces; /* between `left` and what comes */
} writer;

static void close_left(writer *w)
{
    if (w->left.length > 0)
        car_pieces_close(w->pieces);
}

static void add_space_marks(writer *w)
{
    for (ptrdiff_t i = 0; i < w->spaces; i++)
        car_pieces_add(w->pieces, CAR_MARK_SPACE, CAR_MARK_LENGTH);
}

static void add_stretch(writer *w, stretch right)
{
    bool join_right = false;
    if (w->left.length == 0) {
        add_space_marks(w);
    } else {
        bool space = space_by_default(spacing_of(last_of(w->left.text, w->left.length)),
                                      spacing_of(first_of(right.text, right.length)));
        bool join = space && w->spaces == 0;
        /* The mark goes to punctuation, so that words stay as they are. */
        bool join_left = join && !w->left.word && (right.word || w->left.opens);
        join_right = join && !join_left;
        if (join_left)
            car_pieces_extend(w->pieces, CAR_MARK_JOIN, CAR_MARK_LENGTH);
        car_pieces_close(w->pieces);
        if (w->spaces != space)
            add_space_marks(w);
    }
    if (join_right)
        car_pieces_extend(w->pieces, CAR_MARK_JOIN, CAR_MARK_LENGTH);
    car_marks_escape(right.text, right.length, w->pieces);
    w->left = right;
    w->spaces = 0;
}

static void apply(car_breaks *breaks, const char *line, ptrdiff_t length, car_pieces *pieces)
{
    writer w = {pieces, {NULL, 0, false, false}, 0};
    car_breaks_start(breaks, line, length);
    ptrdiff_t start = 0;
    for (ptrdiff_t end; (end = car_breaks_next(breaks)) >= 0; start = end) {
        /* A stretch of ICU's may hold spaces, as with a combining mark behind them. */
        for (const char *at = line + start, *stop = line + end; at < stop;) {
            const char *space = memchr(at, ' ', (size_t)(stop - at));
            const char *next = space != NULL ? space : stop;
            if (next > at)
                add_stretch(&w, stretch_of(at, next - at, car_breaks_at_word(breaks)));
            w.spaces += space != NULL;
            at = space != NULL ? space + 1 : stop;
        }
    }
    close_left(&w);
    add_space_marks(&w);
}

/* Takes the joiners off a piece. */
static void strip_joiners(const char **piece, ptrdiff_t *length, bool *left, bool *right)
{
    const char *end = *piece + *length;
    *left = car_mark_is(*piece, end, CAR_MARK_JOIN);
    if (*left)
        *piece += CAR_MARK_LENGTH;
    *right = false;
    for (const char *at = *piece; at < end && !*right;) {
        if (car_mark_is(at, end, CAR_MARK_LITERAL) && end - at >= 2 * CAR_MARK_LENGTH)
            at += 2 * CAR_MARK_LENGTH;
        else if (end - at == CAR_MARK_LENGTH && car_mark_is(at, end, CAR_MARK_JOIN))
            *right = true;
        else
            at++;
    }
    *length = end - *piece - (*right ? CAR_MARK_LENGTH : 0);
}

static void join(const car_pieces *pieces, car_string *text)
{
    bool joined = true; /* nothing goes in front of the first piece */
    spacing before = BY_SPACES;
    for (ptrdiff_t i = 0; i < pieces->count; i++) {
        const char *piece = car_pieces_view(pieces, i);
        ptrdiff_t length = car_pieces_length(pieces, i);
        if (length == CAR_MARK_LENGTH && car_mark_is(piece, piece + length, CAR_MARK_SPACE)) {
            car_string_add(text, " ", 1);
            joined = true;
            continue;
        }
        bool left, right;
        strip_joiners(&piece, &length, &left, &right);
        if (length == 0) { /* a joiner alone */
            joined = true;
            continue;
        }
        /* An escaped mark separates words as the escape character does: by spaces. */
        if (!joined && !left && space_by_default(before, spacing_of(first_of(piece, length))))
            car_string_add(text, " ", 1);
        car_marks_undo(piece, length, text);
        before = spacing_of(last_of(piece, length));
        joined = right;
    }
}

const car_tokenizer_kind car_tokenizer_word = {"word", UBRK_WORD, true, true, apply, join, NULL};
