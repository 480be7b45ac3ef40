/* What is well-formed is what ICU calls so, up to the same byte, and is repaired as ICU
 * does it.  What a model's bytes become is a line. */
#include <string.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

#include "fuzz/fuzz.h"
#include "tokenizers/bytes.h"

enum { LONGEST = 256 };

static ptrdiff_t first_fault(const uint8_t *data, size_t size)
{
    int32_t i = 0;
    while (i < (int32_t)size) {
        int32_t before = i;
        UChar32 c;
        U8_NEXT(data, i, (int32_t)size, c);
        if (c < 0)
            return before;
    }
    return -1;
}

/* ICU's repair, over UTF-16. */
static void repair(const char *text, ptrdiff_t length, car_string *repaired)
{
    UChar wide[LONGEST];
    char bytes[3 * LONGEST];
    int32_t wide_length = 0, bytes_length = 0;
    UErrorCode status = U_ZERO_ERROR;
    u_strFromUTF8WithSub(wide, LONGEST, &wide_length, text, (int32_t)length, 0xFFFD, NULL, &status);
    u_strToUTF8(bytes, sizeof bytes, &bytes_length, wide, wide_length, &status);
    CAR_REQUIRE(U_SUCCESS(status));
    car_string_empty(repaired);
    car_string_add(repaired, bytes, bytes_length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static car_string repaired, expected;
    if (size > LONGEST)
        return 0;
    const char *text = (const char *)data;
    ptrdiff_t length = (ptrdiff_t)size;
    CAR_REQUIRE(car_utf8_check(text, length) == first_fault(data, size));

    car_string_empty(&repaired);
    int64_t n = car_utf8_repair(text, length, &repaired);
    repair(text, length, &expected);
    CAR_REQUIRE((n > 0) == (first_fault(data, size) >= 0));
    CAR_REQUIRE(repaired.length == expected.length && memcmp(repaired.at, expected.at, (size_t)expected.length) == 0);

    car_string_empty(&repaired);
    car_bytes_add_repaired(text, length, &repaired);
    CAR_REQUIRE(car_utf8_check(repaired.at, repaired.length) < 0);
    CAR_REQUIRE((ptrdiff_t)strcspn(repaired.at, "\n") == repaired.length);
    bool is_line = first_fault(data, size) < 0 && memchr(text, 0, size) == NULL && memchr(text, '\n', size) == NULL;
    bool is_same = repaired.length == length && memcmp(repaired.at, text, size) == 0;
    CAR_REQUIRE(is_line == is_same);
    return 0;
}
