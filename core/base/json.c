#include "base/json.h"

#include <stdlib.h>

#include "base/error.h"

void car_string_add_json(car_string *text, json_t *value, size_t flags)
{
    char *dumped = json_dumps(value, flags);
    CAR_REQUIRE(dumped != NULL);
    car_string_add_text(text, dumped);
    free(dumped);
    json_decref(value);
}
