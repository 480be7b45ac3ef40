#include "tokenizers/base64.h"

#include <string.h>

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { LINE_BYTES = 57 }; /* 76 characters */

void car_base64_encode(const char *bytes, ptrdiff_t length, car_string *text)
{
    for (ptrdiff_t at = 0; at < length; at += 3) {
        ptrdiff_t n = length - at < 3 ? length - at : 3;
        unsigned group = 0;
        for (ptrdiff_t i = 0; i < 3; i++)
            group = group << 8 | (i < n ? (unsigned char)bytes[at + i] : 0);
        char digits[4];
        for (int i = 0; i < 4; i++)
            digits[i] = i <= n ? DIGITS[group >> (18 - 6 * i) & 63] : '=';
        car_string_add(text, digits, 4);
        if ((at + 3) % LINE_BYTES == 0 || at + 3 >= length)
            car_string_add(text, "\n", 1);
    }
}

bool car_base64_decode(const char *text, car_string *bytes)
{
    unsigned group = 0;
    int digits = 0, padding = 0;
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            continue;
        const char *digit = strchr(DIGITS, *text);
        padding += *text == '=';
        if (padding > 2 || (padding > 0 && digits < 2) || (digit == NULL) != (*text == '=') ||
            (digit != NULL && padding > 0))
            return false;
        group = group << 6 | (digit != NULL ? (unsigned)(digit - DIGITS) : 0);
        if (++digits < 4)
            continue;
        const char three[] = {(char)(group >> 16), (char)(group >> 8), (char)group};
        if (group & ((1U << 8 * padding) - 1))
            return false;
        car_string_add(bytes, three, 3 - padding);
        group = 0;
        digits = 0;
        if (padding > 0)
            return strcmp(text + 1, "\n") == 0 || text[1] == '\0';
    }
    return digits == 0;
}
