/* sha256.h - the hash that identifies files and tensors (FIPS 180-4).
 *
 * By Nettle, with what the processor has for it.  Any sha256sum gives the same.  It finds damage and tells versions
 * apart; it is no protection against somebody who can write the file.
 */
#ifndef CAROUSEL_BASE_SHA256_H
#define CAROUSEL_BASE_SHA256_H

#include <nettle/sha2.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CAR_SHA256_HEX = 65 }; /* 64 lower-case digits and the terminator */

typedef struct sha256_ctx car_sha256;

void car_sha256_init(car_sha256 *hash);
void car_sha256_add(car_sha256 *hash, const void *bytes, ptrdiff_t length);

/* The hash of all that was added, in hexadecimal.  `hash` is of no use after. */
void car_sha256_finish(car_sha256 *hash, char hex[CAR_SHA256_HEX]);

#ifdef __cplusplus
}
#endif
#endif
