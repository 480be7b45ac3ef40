/* Configuration files: what was read, written again, reads the same. */
#include "base/config.h"

#include <string.h>

#include "fuzz/fuzz.h"

enum { LONGEST_NAME = 1000 }; /* as it is written: of a longer one YAML finds no ":" */

/* Writes an entry; a name is written as a value is. */
static bool write_entry(void *context, const car_config_entry *entry, car_error *e)
{
    static car_string name;
    car_string *text = context;
    (void)e;
    car_string_empty(&name);
    car_config_add_value(&name, entry->name);
    if (name.length > LONGEST_NAME)
        return true;
    car_string_add(text, name.at, name.length);
    car_string_add_text(text, entry->is_list ? ": [" : ": ");
    for (int i = 0; i < entry->n; i++) {
        if (i > 0)
            car_string_add_text(text, ", ");
        car_config_add_value(text, entry->values[i]);
    }
    car_string_add_text(text, entry->is_list ? "]\n" : "\n");
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static car_string once, twice;
    car_error e;
    car_string_empty(&once);
    car_string_empty(&twice);
    if (!car_config_read((const char *)data, (ptrdiff_t)size, "input", write_entry, &once, &e)) {
        CAR_REQUIRE(e.code == CAR_EXIT_CONFIG && strncmp(e.message, "input:", 6) == 0);
        return 0;
    }
    CAR_REQUIRE(car_config_read(once.at, once.length, "again", write_entry, &twice, &e));
    CAR_REQUIRE(strcmp(once.at, twice.at) == 0);
    return 0;
}
