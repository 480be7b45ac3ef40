/* Checkpoints, into a small model and its optimizer: loaded, or refused as bad data.  The
 * header, to which the length is put in front, then a NUL and the data. */
#include "train/checkpoint.h"

#include <string.h>

#include "fuzz/fuzz.h"

static car_parameters *new_parameters(void)
{
    car_parameters *p = car_parameters_new();
    car_block *gates = car_parameters_add(p, 1, 2, CAR_TIMES);
    car_parameters_name(p, gates, 0, 1, "a");
    car_parameters_name(p, gates, 1, 1, "b");
    car_parameters_name(p, car_parameters_add(p, 1, 1, CAR_READ), 0, 1, "c");
    car_parameters_allocate(p, CAR_TO_DIFFERENTIATE);
    return p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static car_parameters *parameters;
    static car_optimizer *optimizer;
    static car_string file;
    if (parameters == NULL) {
        car_optimizer_options options = car_optimizer_defaults(CAR_ADAM);
        parameters = new_parameters();
        optimizer = car_optimizer_new(&options, parameters->n);
    }
    fuzz_input input = fuzz_input_of(data, size);
    const char *header = "";
    ptrdiff_t length = 0;
    (void)fuzz_part(&input, '\0', &header, &length);
    uint64_t bytes = (uint64_t)length;
    car_string_empty(&file);
    car_string_add(&file, (const char *)&bytes, sizeof bytes);
    car_string_add(&file, header, length);
    car_string_add(&file, input.at, input.left);

    car_error e;
    car_checkpoint *checkpoint = car_checkpoint_open(fuzz_file(0, file.at, file.length), CAR_WHOLE_CHECKPOINT, &e);
    if (checkpoint == NULL) {
        CAR_REQUIRE(e.code == CAR_EXIT_DATA);
        return 0;
    }
    int n;
    const car_named_number *numbers = car_checkpoint_numbers(checkpoint, &n);
    for (int i = 0; i < n; i++)
        CAR_REQUIRE(numbers[i].name != NULL);
    (void)car_checkpoint_text(checkpoint, "config");
    CAR_REQUIRE(car_checkpoint_read_parameters(checkpoint, parameters, &e) || e.code == CAR_EXIT_DATA);
    CAR_REQUIRE(car_checkpoint_read_optimizer(checkpoint, parameters, optimizer, &e) || e.code == CAR_EXIT_DATA);
    car_checkpoint_close(checkpoint);
    return 0;
}
