/* Text that was UTF-8, read as Latin-1 or Windows-1252, and written as UTF-8 again:
 * "Ã©" for "é". */
#include <string.h>
#include <unicode/utf8.h>

#include "base/text.h"
#include "corpora/audit_line.h"

/* The byte that Windows-1252, or Latin-1, has for a character; -1 for none, and for ASCII. */
static int byte_of(UChar32 c)
{
    static const uint16_t upper[32] = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                       0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                       0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                       0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};
    if (c >= 0x80 && c <= 0xFF)
        return (int)c;
    for (int i = 0; i < 32 && c > 0xFF; i++)
        if (upper[i] == c)
            return 0x80 + i;
    return -1;
}

/* Is the sequence at `bytes`, well-formed UTF-8 of n bytes that decodes to c, more likely
 * a character than what is written there?  In good text quotes, dashes, dots and no-break
 * spaces follow letters ("été »", "Spaß“", "café…”"), so these prove nothing. */
static bool is_proof(const unsigned char *bytes, int n, UChar32 c)
{
    int lead = bytes[0];
    if (n == 2 && (lead == 0xC2 || lead == 0xC3))
        return true;
    for (int i = 1; i < (lead == 0xE2 ? 2 : n); i++)
        if (strchr("\x85\x91\x92\x93\x94\x96\x97\xa0\xab\xbb", bytes[i]) != NULL)
            return false;
    if (n == 2)
        return lead == 0xC4 || lead == 0xC5 || lead == 0xCE || lead == 0xCF || lead == 0xD0 || lead == 0xD1;
    return n == 4 || c < 0x2200 || (c >= 0x3040 && c < 0xD7B0);
}

/* Looks through bytes of a run for the first proof; its offset, or -1. */
static int first_proof(const unsigned char *bytes, int n)
{
    for (int i = 0; i < n; i++) {
        int lead = bytes[i], length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        if (lead < 0xC2 || lead > 0xF4 || i + length > n || car_utf8_check((const char *)bytes + i, length) >= 0)
            continue;
        UChar32 c;
        int32_t next = i;
        U8_NEXT_UNSAFE(bytes, next, c);
        if (is_proof(bytes + i, length, c))
            return i;
    }
    return -1;
}

int car_mojibake_depth(const char *text, ptrdiff_t length, int32_t *at)
{
    enum { LONGEST_RUN = 64 };
    unsigned char bytes[LONGEST_RUN];
    int32_t places[LONGEST_RUN], n = 0, i = 0;
    bool more = length > 0;
    while (more) {
        UChar32 c = 0;
        int32_t start = i;
        more = i < length;
        if (more)
            U8_NEXT_UNSAFE(text, i, c);
        int byte = more ? byte_of(c) : -1;
        if (byte >= 0 && n < LONGEST_RUN) {
            bytes[n] = (unsigned char)byte;
            places[n++] = start;
            continue;
        }
        int proof = n > 1 ? first_proof(bytes, n) : -1;
        if (proof >= 0) {
            int32_t within;
            *at = places[proof];
            bool whole = car_utf8_check((const char *)bytes + proof, n - proof) < 0;
            return whole && car_mojibake_depth((const char *)bytes + proof, n - proof, &within) > 0 ? 2 : 1;
        }
        n = 0;
        if (byte >= 0) { /* the run is longer than we look at once */
            bytes[0] = (unsigned char)byte;
            places[n++] = start;
        }
    }
    return 0;
}
