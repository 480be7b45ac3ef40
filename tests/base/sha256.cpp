#include "base/sha256.h"

#include <gtest/gtest.h>

#include <string>

static std::string sha256(const std::string &bytes, size_t piece)
{
    car_sha256 hash;
    char hex[CAR_SHA256_HEX];
    car_sha256_init(&hash);
    for (size_t i = 0; i < bytes.size(); i += piece)
        car_sha256_add(&hash, bytes.data() + i, static_cast<ptrdiff_t>(std::min(piece, bytes.size() - i)));
    car_sha256_finish(&hash, hex);
    return hex;
}

/* FIPS 180-4 examples and NIST's SHA256ShortMsg. */
TEST(Sha256, AgreesWithTheVectorsOfNist)
{
    EXPECT_EQ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", sha256("", 1));
    EXPECT_EQ("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", sha256("abc", 64));
    EXPECT_EQ("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
              sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 64));
    EXPECT_EQ("cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
              sha256("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
                     "mnopqrstnopqrstu",
                     64));
    EXPECT_EQ("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
              sha256(std::string(1000000, 'a'), 4096));
    EXPECT_EQ("28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1", sha256("\xd3", 1));
}

TEST(Sha256, DoesNotDependOnThePieces)
{
    for (size_t length = 0; length < 200; length++) {
        std::string bytes;
        for (size_t i = 0; i < length; i++)
            bytes += static_cast<char>(i * 37 + length);
        std::string whole = sha256(bytes, 1000);
        for (size_t piece : {1u, 3u, 55u, 56u, 63u, 64u, 65u, 128u})
            ASSERT_EQ(whole, sha256(bytes, piece)) << length << " in pieces of " << piece;
    }
}
