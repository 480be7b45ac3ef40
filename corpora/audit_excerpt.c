#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "corpora/audit.h"

enum { BEFORE = 30, AFTER = 40 }; /* characters shown */

/* `plain`: a space that shows, because of what stands around it. */
static void add_character(const char *line, ptrdiff_t start, ptrdiff_t end, UChar32 c, bool plain, car_string *text)
{
    if (c < 0) {
        for (ptrdiff_t i = start; i < end; i++)
            car_string_format(text, "[0x%02x]", (unsigned)(unsigned char)line[i]);
        return;
    }
    const uint32_t hidden = U_GC_C_MASK | U_GC_Z_MASK;
    bool is_hidden =
        c == ' ' ? !plain
                 : (U_GET_GC_MASK(c) & hidden) != 0 || u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
    if (is_hidden)
        car_string_format(text, "[U+%04X]", (unsigned)c);
    else
        car_string_add(text, line + start, end - start);
}

void car_audit_excerpt(const char *line, ptrdiff_t length, ptrdiff_t at, car_string *text)
{
    int32_t i = (int32_t)at, end = (int32_t)length;
    const uint8_t *bytes = (const uint8_t *)line;
    for (int n = 0; n < BEFORE && i > 0; n++)
        U8_BACK_1(bytes, 0, i);
    if (i > 0)
        car_string_add_text(text, "...");
    for (int n = 0; n < BEFORE + AFTER && i < end; n++) {
        int32_t start = i;
        UChar32 c;
        U8_NEXT(bytes, i, end, c);
        bool plain = start > 0 && i < end && line[start - 1] != ' ' && line[start - 1] != '\t';
        add_character(line, start, i, c, plain, text);
    }
    if (i < end)
        car_string_add_text(text, "...");
}
