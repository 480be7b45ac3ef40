#include "tokenizers/breaks.h"

#include <unicode/utext.h>

#include "base/memory.h"

struct car_breaks {
    UBreakIterator *icu;
    UText text;
};

car_breaks *car_breaks_new(UBreakIteratorType type, car_error *e)
{
    UErrorCode status = U_ZERO_ERROR;
    UBreakIterator *icu = ubrk_open(type, "", NULL, 0, &status);
    if (U_FAILURE(status)) {
        (void)car_error_set(e, CAR_EXIT_BUG, "ICU has no boundary rules (%s); reinstall ICU", u_errorName(status));
        return NULL;
    }
    car_breaks *breaks = car_alloc(1, sizeof *breaks);
    breaks->icu = icu;
    breaks->text = (UText)UTEXT_INITIALIZER;
    return breaks;
}

void car_breaks_free(car_breaks *breaks)
{
    if (breaks == NULL)
        return;
    ubrk_close(breaks->icu);
    utext_close(&breaks->text);
    car_free(breaks);
}

void car_breaks_start(car_breaks *breaks, const char *text, ptrdiff_t length)
{
    UErrorCode status = U_ZERO_ERROR;
    utext_openUTF8(&breaks->text, text, length, &status);
    ubrk_setUText(breaks->icu, &breaks->text, &status);
    CAR_REQUIRE(U_SUCCESS(status));
    (void)ubrk_first(breaks->icu);
}

ptrdiff_t car_breaks_next(car_breaks *breaks)
{
    int32_t end = ubrk_next(breaks->icu);
    return end == UBRK_DONE ? -1 : end;
}

bool car_breaks_at_word(car_breaks *breaks)
{
    return ubrk_getRuleStatus(breaks->icu) >= UBRK_WORD_NONE_LIMIT;
}
