#include "corpora/audit_line.h"

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include "base/memory.h"
#include "corpora/fold.h"
#include "tokenizers/normalize.h"

enum { SCRIPTS_OF_LINE = 8, NO_SCRIPT = -1 };

struct car_line_auditor {
    car_normalizer *nfc, *nfkc;
    car_folding *folding;
};

car_line_auditor *car_line_auditor_new(car_error *e)
{
    car_line_auditor *auditor = car_alloc(1, sizeof *auditor);
    auditor->nfc = car_normalizer_new(CAR_NORMALIZE_NFC, false, e);
    auditor->nfkc = auditor->nfc != NULL ? car_normalizer_new(CAR_NORMALIZE_NFKC, false, e) : NULL;
    auditor->folding = auditor->nfkc != NULL ? car_folding_new(e) : NULL;
    if (auditor->folding != NULL)
        return auditor;
    car_line_auditor_free(auditor);
    return NULL;
}

void car_line_auditor_free(car_line_auditor *auditor)
{
    if (auditor == NULL)
        return;
    car_normalizer_free(auditor->nfc);
    car_normalizer_free(auditor->nfkc);
    car_folding_free(auditor->folding);
    car_free(auditor);
}

/* ---- the inventory ------------------------------------------------------------------ */

void car_inventory_add(car_inventory *inventory, int32_t character, int64_t count, int64_t line)
{
    car_inventory_page **page = &inventory->pages[character >> 8];
    if (*page == NULL)
        *page = car_alloc(1, sizeof **page);
    int i = character & 255;
    if ((*page)->count[i] == 0 || line < (*page)->first[i])
        (*page)->first[i] = line;
    (*page)->count[i] += count;
}

void car_inventory_clear(car_inventory *inventory)
{
    for (int i = 0; i < 0x110000 / 256; i++) {
        car_free(inventory->pages[i]);
        inventory->pages[i] = NULL;
    }
}

/* ---- one line -------------------------------------------------------------------------- */

static void note(car_line_audit *result, car_audit_kind kind, ptrdiff_t at)
{
    uint64_t bit = UINT64_C(1) << kind;
    if (!(result->found & bit)) {
        result->found |= bit;
        result->places[kind] = 0;
        result->at[kind] = (int32_t)at;
    }
    result->places[kind]++;
}

/* Scripts whose text has no spaces, or in which other letters stand without any ("Tシャツ",
 * "TV를"): a word ends where they begin. */
static bool stands_with_others(int script)
{
    switch (script) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_BOPOMOFO:
    case USCRIPT_HANGUL:
    case USCRIPT_THAI:
    case USCRIPT_LAO:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
        return true;
    default:
        return false;
    }
}

/* What the walk over a line keeps in mind. */
typedef struct walk {
    car_line_audit *result;
    const char *text;
    int32_t at; /* of the character */
    int scripts[SCRIPTS_OF_LINE], letters[SCRIPTS_OF_LINE], n_scripts;
    int word_script;                        /* of the letters of the word so far */
    bool in_word, after_space, after_white; /* a space; or a tab */
    int marks;                              /* in a row, up to here */
} walk;

static void see_letter(walk *w, UChar32 c)
{
    UErrorCode status = U_ZERO_ERROR;
    int script = c < 0x80 ? USCRIPT_LATIN : (int)uscript_getScript(c, &status);
    if (script == USCRIPT_COMMON || script == USCRIPT_INHERITED || script == USCRIPT_UNKNOWN)
        return;
    int i = 0;
    while (i < w->n_scripts && w->scripts[i] != script)
        i++;
    if (i == w->n_scripts && i < SCRIPTS_OF_LINE) {
        w->scripts[i] = script;
        w->letters[i] = 0;
        w->n_scripts++;
    }
    bool dense = stands_with_others(script);
    if (i < SCRIPTS_OF_LINE)
        w->letters[i] += dense ? 2 : 1; /* one of them says more than a letter: a name is not the sentence */
    if (dense) {
        w->word_script = NO_SCRIPT;
        return;
    }
    if (w->word_script != NO_SCRIPT && w->word_script != script)
        note(w->result, CAR_AUDIT_MIXED_SCRIPTS, w->at);
    w->word_script = script;
}

static void see_space(walk *w, UChar32 c)
{
    car_audit_kind kind = c == 0xA0 || c == 0x202F ? CAR_AUDIT_NO_BREAK_SPACE
                          : c == 0x3000            ? CAR_AUDIT_IDEOGRAPHIC_SPACE
                                                   : CAR_AUDIT_OTHER_SPACE;
    if (c != ' ')
        note(w->result, kind, w->at);
}

/* Combining marks: those of variant forms of emoji are left in peace. */
static void see_mark(walk *w, UChar32 c)
{
    if (++w->marks == CAR_AUDIT_MARKS_MAX + 1)
        note(w->result, CAR_AUDIT_MARKS, w->at);
    if (!(c >= 0xFE00 && c <= 0xFE0F) && u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT))
        note(w->result, CAR_AUDIT_INVISIBLE, w->at);
}

static void see_format(walk *w, UChar32 c)
{
    if (c == 0xAD)
        note(w->result, CAR_AUDIT_SOFT_HYPHEN, w->at);
    else if (c == 0x200C || c == 0x200D)
        note(w->result, CAR_AUDIT_JOINER, w->at);
    else if (c == 0x200B || c == 0x2060 || c == 0xFEFF)
        note(w->result, CAR_AUDIT_ZERO_WIDTH, w->at);
    else if (u_hasBinaryProperty(c, UCHAR_BIDI_CONTROL))
        note(w->result, CAR_AUDIT_BIDI, w->at);
    else if (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) || (c >= 0xFFF9 && c <= 0xFFFB))
        note(w->result, CAR_AUDIT_INVISIBLE, w->at);
}

static void see_control(walk *w, UChar32 c)
{
    if (c == '\t')
        note(w->result, CAR_AUDIT_TAB, w->at);
    else if (c == '\r')
        note(w->result, CAR_AUDIT_CR_INSIDE, w->at);
    else if (c == 0x85 || c == '\v' || c == '\f')
        note(w->result, CAR_AUDIT_LINE_SEPARATOR, w->at);
    else
        note(w->result, c >= 0x80 ? CAR_AUDIT_C1 : CAR_AUDIT_CONTROL, w->at);
}

static bool is_entity(const char *text, ptrdiff_t length)
{
    enum { LONGEST_NAME = 10 };
    const char *digits = "0123456789abcdefABCDEF";
    ptrdiff_t i = 1, start;
    bool number = i < length && text[i] == '#';
    bool hex = number && i + 1 < length && (text[i + 1] == 'x' || text[i + 1] == 'X');
    i += number + hex;
    for (start = i; i < length && i - start < LONGEST_NAME; i++) {
        char c = text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'), digit = c >= '0' && c <= '9';
        if (hex ? c == '\0' || strchr(digits, c) == NULL : number ? !digit : !letter && !(digit && i > start))
            break;
    }
    return i - start >= (number ? 1 : 2) && i < length && text[i] == ';';
}

static void see(walk *w, UChar32 c, ptrdiff_t rest)
{
    int type = u_charType(c);
    uint32_t mask = U_MASK(type);
    bool space = (mask & U_GC_Z_MASK) != 0, white = space || c == '\t';
    if (!(mask & U_GC_M_MASK))
        w->marks = 0;
    if (c == 0x2028 || c == 0x2029)
        note(w->result, CAR_AUDIT_LINE_SEPARATOR, w->at);
    else if (mask & U_GC_ZS_MASK)
        see_space(w, c);
    else if (mask & U_GC_L_MASK)
        see_letter(w, c);
    else if (mask & U_GC_M_MASK)
        see_mark(w, c);
    else if (mask & U_GC_CC_MASK)
        see_control(w, c);
    else if (mask & U_GC_CF_MASK)
        see_format(w, c);
    else if (mask & U_GC_CO_MASK)
        note(w->result, CAR_AUDIT_PRIVATE_USE, w->at);
    else if (mask & U_GC_CN_MASK)
        note(w->result, CAR_AUDIT_UNASSIGNED, w->at);
    else if (mask & U_GC_ND_MASK)
        w->result->digits[u_charDigitValue(c)]++;
    else if (c == 0xFFFD)
        note(w->result, CAR_AUDIT_REPLACED, w->at);
    else if (c == '&' && is_entity(w->text + w->at, rest))
        note(w->result, CAR_AUDIT_ENTITY, w->at);
    if (c == 0x3164 || c == 0xFFA0 || c == 0x115F || c == 0x1160) /* Hangul fillers, which are letters */
        note(w->result, CAR_AUDIT_INVISIBLE, w->at);

    if (space && w->after_space)
        note(w->result, CAR_AUDIT_DOUBLE_SPACE, w->at);
    w->after_space = space;
    w->after_white = white;
    w->result->words += !white && !w->in_word;
    w->in_word = !white;
    if (!(mask & (U_GC_L_MASK | U_GC_M_MASK | U_GC_CF_MASK)))
        w->word_script = NO_SCRIPT;
}

static int script_of_most(const walk *w)
{
    int best = NO_SCRIPT, letters = 0;
    for (int i = 0; i < w->n_scripts; i++)
        if (w->letters[i] > letters || (w->letters[i] == letters && w->scripts[i] < best)) {
            best = w->scripts[i];
            letters = w->letters[i];
        }
    return best;
}

/* What is only found in text beyond ASCII. */
static void look_at_forms(car_line_auditor *auditor, const char *text, ptrdiff_t length, ptrdiff_t base,
                          car_line_audit *result)
{
    int32_t at;
    int depth = car_mojibake_depth(text, length, &at);
    if (depth > 0)
        note(result, depth == 2 ? CAR_AUDIT_DOUBLY_ENCODED : CAR_AUDIT_MOJIBAKE, at + base);
    if (result->found & (UINT64_C(1) << CAR_AUDIT_MARKS)) /* these the normalizer cuts */
        return;
    const struct {
        car_normalizer *form;
        car_audit_kind kind;
    } forms[] = {{auditor->nfc, CAR_AUDIT_NOT_NFC}, {auditor->nfkc, CAR_AUDIT_NOT_NFKC}};
    for (int i = 0; i < 2; i++) {
        const char *out;
        ptrdiff_t n, same = 0;
        car_normalizer_apply(forms[i].form, text, length, &out, &n);
        if (out == text || (n == length && memcmp(out, text, (size_t)n) == 0))
            continue;
        while (same < n && same < length && out[same] == text[same])
            same++;
        note(result, forms[i].kind, base + same);
    }
}

void car_line_audit_run(car_line_auditor *auditor, const char *line, ptrdiff_t length, int64_t number,
                        car_inventory *inventory, car_line_audit *result)
{
    result->found = 0;
    result->characters = result->words = 0;
    result->script = NO_SCRIPT;
    memset(result->digits, 0, sizeof result->digits);
    const char *text = line;
    if (number == 1 && length >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
        note(result, CAR_AUDIT_BYTE_ORDER_MARK, 0);
        text += 3;
        length -= 3;
    }
    if (length > 0 && text[length - 1] == '\r') {
        note(result, CAR_AUDIT_CR_AT_END, text - line + length - 1);
        length--;
    }
    ptrdiff_t base = text - line, bad = car_utf8_check(text, length);
    const char *nul = memchr(text, '\0', (size_t)length);
    result->exact = result->folded = car_text_hash(text, length);
    if (nul != NULL)
        note(result, CAR_AUDIT_NUL, nul - line);
    if (bad >= 0)
        note(result, CAR_AUDIT_MALFORMED, base + bad);
    if (bad >= 0 || nul != NULL)
        return;

    walk w = {.result = result, .text = line, .word_script = NO_SCRIPT};
    bool ascii = true;
    for (int32_t i = 0; i < length;) {
        UChar32 c;
        w.at = (int32_t)base + i;
        U8_NEXT_UNSAFE(text, i, c);
        ascii = ascii && c < 0x80;
        car_inventory_add(inventory, c, 1, number);
        result->characters++;
        see(&w, c, base + length - w.at);
        if (result->characters == 1 && w.after_white)
            note(result, CAR_AUDIT_EDGE_SPACE, w.at);
    }
    if (w.after_white && result->words > 0)
        note(result, CAR_AUDIT_EDGE_SPACE, w.at);
    if (result->words == 0)
        note(result, CAR_AUDIT_EMPTY, base);
    if (result->words > CAR_AUDIT_WORDS || result->characters > CAR_AUDIT_LETTERS)
        note(result, CAR_AUDIT_LONG, base);
    result->script = script_of_most(&w);
    if (!ascii)
        look_at_forms(auditor, text, length, base, result);
    const char *folded;
    ptrdiff_t n;
    car_folding_apply(auditor->folding, text, length, &folded, &n);
    result->folded = car_text_hash(folded, n);
}
