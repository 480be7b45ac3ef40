/* Files of tensors.  The first byte says whether the rest is the file, or a header, a
 * NUL and the data, to which the length is put in front. */
#include "base/tensors.h"

#include <string.h>

#include "fuzz/fuzz.h"

static void look_at(const car_tensors *tensors)
{
    unsigned sum = 0;
    for (int i = 0; i < car_tensors_count(tensors); i++) {
        const car_tensor *tensor = car_tensors_at(tensors, i);
        const unsigned char *data = tensor->data;
        ptrdiff_t count = 1;
        for (int k = 0; k < tensor->dims; k++)
            count *= tensor->shape[k];
        CAR_REQUIRE(tensor->count == count && car_tensors_find(tensors, tensor->name) == tensor);
        CAR_REQUIRE((uintptr_t)data % (uintptr_t)car_dtype_size(tensor->dtype) == 0);
        for (ptrdiff_t k = 0; k < count * car_dtype_size(tensor->dtype); k++)
            sum += data[k];
    }
    for (int i = 0; i < car_tensors_metadata_count(tensors); i++) {
        const char *value, *key = car_tensors_metadata_at(tensors, i, &value);
        sum += (unsigned)strlen(value);
        CAR_REQUIRE(car_tensors_metadata(tensors, key) == value);
    }
    static volatile unsigned seen;
    seen = sum;
    (void)seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static car_string file;
    fuzz_input input = fuzz_input_of(data, size);
    car_string_empty(&file);
    const char *header;
    ptrdiff_t length;
    if (fuzz_byte(&input) % 2 == 1 && fuzz_part(&input, '\0', &header, &length)) {
        uint64_t bytes = (uint64_t)length;
        car_string_add(&file, (const char *)&bytes, sizeof bytes);
        car_string_add(&file, header, length);
    }
    car_string_add(&file, input.at, input.left);

    car_error e;
    car_tensors *tensors = car_tensors_open(fuzz_file(0, file.at, file.length), true, &e);
    if (tensors != NULL)
        look_at(tensors);
    else
        CAR_REQUIRE(e.code == CAR_EXIT_DATA);
    car_tensors_close(tensors);
    return 0;
}
