#include "base/sha256.h"

void car_sha256_init(car_sha256 *hash) { sha256_init(hash); }

void car_sha256_add(car_sha256 *hash, const void *bytes, ptrdiff_t length)
{
    sha256_update(hash, (size_t)length, bytes);
}

void car_sha256_finish(car_sha256 *hash, char hex[CAR_SHA256_HEX])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[SHA256_DIGEST_SIZE];
    sha256_digest(hash, sizeof digest, digest);
    for (int i = 0; i < SHA256_DIGEST_SIZE; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[2 * SHA256_DIGEST_SIZE] = '\0';
}
