#include "fuzz/fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "tokenizers/bytes.h"

fuzz_input fuzz_input_of(const uint8_t *data, size_t size) { return (fuzz_input){(const char *)data, (ptrdiff_t)size}; }

unsigned fuzz_byte(fuzz_input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return (unsigned char)*input->at++;
}

bool fuzz_part(fuzz_input *input, char separator, const char **part, ptrdiff_t *length)
{
    if (input->left == 0)
        return false;
    const char *end = memchr(input->at, separator, (size_t)input->left);
    *part = input->at;
    *length = end != NULL ? end - input->at : input->left;
    ptrdiff_t taken = *length + (end != NULL);
    input->at += taken;
    input->left -= taken;
    return true;
}

char *fuzz_copy(const char *part, ptrdiff_t length)
{
    char *copy = car_resize(NULL, length + 1, 1);
    if (length > 0)
        memcpy(copy, part, (size_t)length);
    copy[length] = '\0';
    return copy;
}

char *fuzz_copy_text(const char *part, ptrdiff_t length)
{
    car_string text = {0};
    car_string_empty(&text);
    car_bytes_add_repaired(part, length, &text);
    return text.at;
}

const char *fuzz_file(int number, const void *bytes, ptrdiff_t length)
{
    static struct {
        int fd;
        char path[32];
    } files[2];
    CAR_REQUIRE(number >= 0 && number < 2);
    if (files[number].path[0] == '\0') {
        files[number].fd = memfd_create("fuzz", MFD_CLOEXEC);
        CAR_REQUIRE(files[number].fd >= 0);
        (void)snprintf(files[number].path, sizeof files[number].path, "/proc/self/fd/%d", files[number].fd);
    }
    CAR_REQUIRE(ftruncate(files[number].fd, 0) == 0);
    CAR_REQUIRE(pwrite(files[number].fd, bytes, (size_t)length, 0) == length);
    return files[number].path;
}

bool fuzz_is_compressed(const void *bytes, size_t size)
{
    return (size >= 2 && memcmp(bytes, "\x1f\x8b", 2) == 0) || (size >= 4 && memcmp(bytes, "\x28\xb5\x2f\xfd", 4) == 0);
}
