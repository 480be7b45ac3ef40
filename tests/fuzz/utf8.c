/* What is well-formed is what ICU calls so, up to the same byte; repaired text is
 * well-formed, and text that needed no repair is what it was. */
#include <string.h>
#include <unicode/utf8.h>

#include "fuzz/fuzz.h"
#include "tokenizers/bytes.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static car_string repaired;
    const char *text = (const char *)data;
    ptrdiff_t length = (ptrdiff_t)size;
    CAR_REQUIRE(car_utf8_check(text, length) == first_fault(data, size));

    car_string_empty(&repaired);
    car_bytes_add_repaired(text, length, &repaired);
    CAR_REQUIRE(car_utf8_check(repaired.at, repaired.length) < 0);
    CAR_REQUIRE((ptrdiff_t)strcspn(repaired.at, "\n") == repaired.length);
    bool is_line = first_fault(data, size) < 0 && memchr(text, 0, size) == NULL && memchr(text, '\n', size) == NULL;
    bool is_same = repaired.length == length && memcmp(repaired.at, text, size) == 0;
    CAR_REQUIRE(is_line == is_same);
    return 0;
}
