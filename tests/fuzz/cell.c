/* A cell with options, as --enc-cell says it: "rhn:depth=3,activation=relu".  What a plan
 * says its settings are gives the same plan. */
#include "cell/plan.h"

#include <string.h>

#include "base/memory.h"
#include "cell/loader.h"
#include "fuzz/fuzz.h"

extern const car_plugin *carousel_plugin(void); /* of plugins/rnn.c */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static car_string once, twice;
    fuzz_input input = fuzz_input_of(data, size);
    int width = (int)(fuzz_byte(&input) % 8);
    char *spec = fuzz_copy(input.at, input.left);
    const char *settings;
    char *name = car_cell_spec_split(spec, &settings);
    CAR_REQUIRE(strlen(name) <= strlen(spec));
    car_error e;
    car_cell_plan *plan = car_cell_plan_new(carousel_plugin()->cells, width, 1 + width, settings, &e);
    if (plan != NULL) {
        car_string_empty(&once);
        car_string_empty(&twice);
        car_cell_plan_settings(plan, &once);
        car_cell_plan *again = car_cell_plan_new(carousel_plugin()->cells, width, 1 + width, once.at, &e);
        CAR_REQUIRE(again != NULL && car_cell_plan_parameters(again) == car_cell_plan_parameters(plan));
        car_cell_plan_settings(again, &twice);
        CAR_REQUIRE(strcmp(once.at, twice.at) == 0);
        car_cell_plan_free(again);
    } else {
        CAR_REQUIRE(e.code == CAR_EXIT_USAGE || e.code == CAR_EXIT_PLUGIN);
    }
    car_cell_plan_free(plan);
    car_free(name);
    car_free(spec);
    return 0;
}
