#include "base/tensors.h"

#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "base/sha256.h"
#include "support/handles.hpp"

using support::Handle;
using Tensors = Handle<car_tensors, car_tensors_close>;
using Writer = Handle<car_tensors_writer, car_tensors_writer_free>;

class TensorsFile : public support::InFolder
{
  protected:
    Tensors open(const std::string &bytes)
    {
        e = car_error{};
        return Tensors(car_tensors_open(folder.write("f", bytes).c_str(), true, &e));
    }
    Tensors open_raw(const std::string &header, size_t data_bytes)
    {
        return open(length_bytes(header.size()) + header + std::string(data_bytes, '\1'));
    }
    static std::string length_bytes(uint64_t length)
    {
        return std::string(reinterpret_cast<const char *>(&length), sizeof length);
    }
    /* Refused as bad data, in a message that names the file and says `why`. */
    void refused(const Tensors &tensors, const std::string &why)
    {
        EXPECT_EQ(nullptr, tensors.get()) << why;
        EXPECT_EQ(CAR_EXIT_DATA, e.code) << why;
        EXPECT_NE(std::string::npos, std::string(e.message).find(folder.path("f"))) << e.message;
        EXPECT_NE(std::string::npos, std::string(e.message).find(why)) << e.message;
    }
    /* A small file with all there is. */
    std::string sample(bool other_order = false)
    {
        Writer writer(car_tensors_writer_new());
        static const double pi = 3.14159;
        static const uint64_t state[2] = {UINT64_MAX, 7};
        static const int64_t negative[1] = {-1};
        const ptrdiff_t two[1] = {2}, one[2] = {1, 1};
        auto first = [&] {
            car_tensors_writer_add_rows(writer.get(), "model.w", CAR_F32, 3, 2, 5, strided);
            car_tensors_writer_add(writer.get(), "pi", CAR_F64, 0, nullptr, &pi);
            car_tensors_writer_metadata(writer.get(), "format", "carousel");
        };
        auto second = [&] {
            car_tensors_writer_add(writer.get(), "rng.state", CAR_U64, 1, two, state);
            car_tensors_writer_add(writer.get(), "a", CAR_I64, 2, one, negative);
            car_tensors_writer_metadata(writer.get(), "config", "dim-emb: 3\nname: \"\xc3\xa4\"\n");
        };
        if (other_order)
            second(), first();
        else
            first(), second();
        car_tensors_writer_metadata(writer.get(), "empty", "replaced");
        car_tensors_writer_metadata(writer.get(), "empty", "");
        EXPECT_TRUE(car_tensors_save(writer.get(), folder.path("sample").c_str(), &e)) << e.message;
        return folder.read("sample");
    }
    const float strided[15] = {1, 2, -9, -9, -9, 3, 4, -9, -9, -9, 5, 6, -9, -9, -9};
};

/* Is it what sample() wrote? */
static bool is_sample(const car_tensors *t)
{
    if (car_tensors_count(t) != 4 || car_tensors_metadata_count(t) != 3)
        return false;
    const char *order[] = {"a", "pi", "rng.state", "model.w"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(order[i], car_tensors_at(t, i)->name) != 0)
            return false;
    }
    const car_tensor *w = car_tensors_find(t, "model.w"), *pi = car_tensors_find(t, "pi");
    const car_tensor *state = car_tensors_find(t, "rng.state"), *a = car_tensors_find(t, "a");
    const float dense[6] = {1, 2, 3, 4, 5, 6};
    const uint64_t numbers[2] = {UINT64_MAX, 7};
    return w->dtype == CAR_F32 && w->dims == 2 && w->shape[0] == 3 && w->shape[1] == 2 && w->count == 6 &&
           memcmp(w->data, dense, sizeof dense) == 0 && pi->dtype == CAR_F64 && pi->dims == 0 && pi->count == 1 &&
           *static_cast<const double *>(pi->data) == 3.14159 && state->dtype == CAR_U64 && state->dims == 1 &&
           memcmp(state->data, numbers, sizeof numbers) == 0 && a->dtype == CAR_I64 && a->shape[1] == 1 &&
           *static_cast<const int64_t *>(a->data) == -1 &&
           car_tensors_metadata(t, "format") == std::string("carousel") &&
           car_tensors_metadata(t, "config") == std::string("dim-emb: 3\nname: \"\xc3\xa4\"\n") &&
           car_tensors_metadata(t, "empty") == std::string();
}

TEST_F(TensorsFile, ComesBackAsItWasWritten)
{
    std::string bytes = sample();
    Tensors tensors(open(bytes));
    ASSERT_NE(nullptr, tensors.get()) << e.message;
    EXPECT_TRUE(is_sample(tensors.get()));
    EXPECT_EQ(folder.path("f"), car_tensors_path(tensors.get()));
    EXPECT_EQ(nullptr, car_tensors_find(tensors.get(), "b"));
    EXPECT_EQ(nullptr, car_tensors_metadata(tensors.get(), "b"));
    std::vector<std::string> keys;
    for (int i = 0; i < car_tensors_metadata_count(tensors.get()); i++) {
        const char *value;
        keys.push_back(car_tensors_metadata_at(tensors.get(), i, &value));
        EXPECT_STREQ(value, car_tensors_metadata(tensors.get(), keys.back().c_str()));
    }
    EXPECT_EQ((std::vector<std::string>{"config", "empty", "format"}), keys);
    uint64_t header;
    memcpy(&header, bytes.data(), sizeof header);
    EXPECT_EQ(0u, (8 + header) % 64);
    EXPECT_EQ(0u, reinterpret_cast<uintptr_t>(car_tensors_at(tensors.get(), 0)->data) % 64);
}

TEST_F(TensorsFile, SameContentGivesTheSameBytes) { EXPECT_EQ(sample(false), sample(true)); }

TEST_F(TensorsFile, TheHashOfATensorIsItsSha256sum)
{
    std::string bytes = sample();
    car_sha256 hash;
    char hex[CAR_SHA256_HEX];
    const float dense[6] = {1, 2, 3, 4, 5, 6};
    car_sha256_init(&hash);
    car_sha256_add(&hash, dense, sizeof dense);
    car_sha256_finish(&hash, hex);
    EXPECT_NE(std::string::npos, bytes.find(std::string("\"sha256:model.w\":\"") + hex + "\""));
}

TEST_F(TensorsFile, NothingAtAllIsAFileToo)
{
    Writer writer(car_tensors_writer_new());
    ASSERT_TRUE(car_tensors_save(writer.get(), folder.path("g").c_str(), &e)) << e.message;
    Tensors tensors(open(folder.read("g")));
    ASSERT_NE(nullptr, tensors.get()) << e.message;
    EXPECT_EQ(0, car_tensors_count(tensors.get()));
    EXPECT_EQ(0, car_tensors_metadata_count(tensors.get()));
    car_tensors_close(nullptr);
    car_tensors_writer_free(nullptr);
}

TEST_F(TensorsFile, LargeTensorsAndEmptyOnesComeBack)
{
    std::vector<float> numbers(300001);
    for (size_t i = 0; i < numbers.size(); i++)
        numbers[i] = static_cast<float>(i) * 0.5f;
    const ptrdiff_t shape[1] = {300001}, none[2] = {0, 4};
    Writer writer(car_tensors_writer_new());
    car_tensors_writer_add(writer.get(), "large", CAR_F32, 1, shape, numbers.data());
    car_tensors_writer_add(writer.get(), "empty", CAR_F32, 2, none, nullptr);
    ASSERT_TRUE(car_tensors_save(writer.get(), folder.path("g").c_str(), &e)) << e.message;
    Tensors tensors(car_tensors_open(folder.path("g").c_str(), true, &e));
    ASSERT_NE(nullptr, tensors.get()) << e.message;
    EXPECT_EQ(0, memcmp(numbers.data(), car_tensors_find(tensors.get(), "large")->data, 4 * numbers.size()));
    EXPECT_EQ(0, car_tensors_find(tensors.get(), "empty")->count);
}

TEST_F(TensorsFile, EveryTruncationIsRefused)
{
    std::string bytes = sample();
    for (size_t length = 0; length < bytes.size(); length++) {
        Tensors tensors(open(bytes.substr(0, length)));
        ASSERT_EQ(nullptr, tensors.get()) << length;
        ASSERT_EQ(CAR_EXIT_DATA, e.code);
    }
    refused(open(bytes + "x"), "the tensors take");
}

TEST_F(TensorsFile, EveryChangeOfAByteIsRefusedOrChangesNothing)
{
    std::string bytes = sample();
    uint64_t header;
    memcpy(&header, bytes.data(), sizeof header);
    for (size_t i = 0; i < bytes.size(); i++) {
        for (int flip : {0x01, 0x02, 0x20, 0x80}) {
            std::string damaged = bytes;
            damaged[i] = static_cast<char>(damaged[i] ^ flip);
            Tensors tensors(open(damaged));
            ASSERT_TRUE(tensors ? i < 8 + header && is_sample(tensors.get()) : e.code == CAR_EXIT_DATA)
                << "byte " << i << " changed by " << flip << ": " << e.message;
        }
    }
}

TEST_F(TensorsFile, ADamagedTensorIsNamed)
{
    std::string bytes = sample();
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    refused(open(bytes), "tensor 'model.w' is damaged");
}

TEST_F(TensorsFile, FilesOfOtherProgramsAreRead)
{
    Tensors tensors(open_raw("{\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]},"
                             "\"a\":{\"data_offsets\":[0,8],\"shape\":[1,1],\"dtype\":\"I64\"}}   ",
                             16));
    ASSERT_NE(nullptr, tensors.get()) << e.message;
    EXPECT_STREQ("a", car_tensors_at(tensors.get(), 0)->name);
    EXPECT_EQ(2, car_tensors_find(tensors.get(), "b")->count);
    EXPECT_EQ(0, car_tensors_metadata_count(tensors.get()));
    EXPECT_EQ(nullptr, car_tensors_metadata(tensors.get(), "format"));
    Tensors other(open_raw("{\"__metadata__\":{\"format\":\"pt\"}}", 0));
    ASSERT_NE(nullptr, other.get()) << e.message;
    EXPECT_STREQ("pt", car_tensors_metadata(other.get(), "format"));
}

TEST_F(TensorsFile, HostileLengthsAreRefused)
{
    for (uint64_t length : {UINT64_MAX, UINT64_C(1) << 63, UINT64_C(100000001), UINT64_C(100000000), UINT64_C(3)})
        refused(open(length_bytes(length) + "{}"), "does not fit");
    refused(open(length_bytes(0)), "does not begin with '{'");
    refused(open(length_bytes(3) + " {}"), "does not begin with '{'");
    refused(open_raw("[]", 0), "does not begin with '{'");
    refused(open_raw("{", 0), "header is damaged");
    refused(open_raw("{}x", 0), "header is damaged");
    refused(open_raw("{} ", 1), "take 0 bytes");
}

TEST_F(TensorsFile, HostileHeadersAreRefused)
{
    auto one = [](const std::string &type, const std::string &shape, const std::string &offsets) {
        return "\"t\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
    };
    auto open_one = [&](const std::string &type, const std::string &shape, const std::string &offsets) {
        return open_raw("{" + one(type, shape, offsets) + "}", 8);
    };
    ASSERT_NE(nullptr, open_one("F32", "[2]", "[0,8]").get()) << e.message;
    refused(open_one("BF16", "[4]", "[0,8]"), "of type BF16");
    refused(open_one("f32", "[2]", "[0,8]"), "of type f32");
    refused(open_one("F32", "[3]", "[0,8]"), "contradict");
    refused(open_one("F32", "[-2]", "[0,8]"), "shape of tensor 't'");
    refused(open_one("F32", "[2.0]", "[0,8]"), "shape of tensor 't'");
    refused(open_one("F32", "[\"2\"]", "[0,8]"), "shape of tensor 't'");
    refused(open_one("F32", "[4611686018427387904,4]", "[0,8]"), "shape of tensor 't'");
    refused(open_one("F32", "[4611686018427387904]", "[0,8]"), "contradict");
    refused(open_one("F32", "[99999999999999999999]", "[0,8]"), "header is damaged");
    refused(open_one("F32", "[1,1,1,1,1,1,1,1,2]", "[0,8]"), "9 dimensions");
    refused(open_one("F32", "2", "[0,8]"), "not described");
    refused(open_one("F32", "[2]", "[-8,0]"), "contradict");
    refused(open_one("F32", "[2]", "[8,0]"), "contradict");
    refused(open_one("F32", "[2]", "[0,8,8]"), "contradict");
    refused(open_one("F32", "[2]", "[0.0,8]"), "contradict");
    refused(open_one("F32", "[0]", "[8,8]"), "instead of 0");
    refused(open_one("F32", "[1]", "[4,8]"), "instead of 0");   /* a hole before */
    refused(open_one("F32", "[1]", "[0,4]"), "take 4 bytes");   /* a hole after  */
    refused(open_one("F32", "[4]", "[0,16]"), "take 16 bytes"); /* past the end  */
    refused(open_raw("{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", 8), "not described");
    refused(open_raw("{\"t\":{\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,8]}}", 8), "not described");
    refused(open_raw("{\"t\":[]}", 0), "not described");
    std::string t = one("F32", "[2]", "[0,8]");
    refused(open_raw("{" + t + "," + t + "}", 8), "header is damaged"); /* the name twice */
    auto second = [](const std::string &type, const std::string &offsets) {
        return ",\"u\":{\"dtype\":\"" + type + "\",\"shape\":[1],\"data_offsets\":" + offsets + "}}";
    };
    ASSERT_NE(nullptr, open_raw("{" + t + second("F32", "[8,12]"), 12).get()) << e.message;
    refused(open_raw("{" + t + second("F32", "[4,8]"), 8), "instead of 8");    /* overlapping */
    refused(open_raw("{" + t + second("F32", "[12,16]"), 16), "instead of 8"); /* a hole between */
    std::string narrow = "{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";
    refused(open_raw(narrow + second("F64", "[4,12]"), 12), "not aligned");
    refused(open_raw("{\"__metadata__\":{\"a\":1}}", 0), "is no text");
    refused(open_raw("{\"__metadata__\":[\"a\"]}", 0), "no map");
    refused(open_raw("{\"__metadata__\":{\"a\":\"\\u0000\"}}", 0), "header is damaged");
    refused(open_raw("{\"\xff\":{}}", 0), "header is damaged");
    refused(open_raw(std::string(5000, '{'), 0), "header is damaged");
}

/* What car_tensors_read gives, which must come in order. */
struct Taken {
    size_t size;
    std::string bytes = {};
    int pieces = 0;

    static void take(void *context, ptrdiff_t first, ptrdiff_t n, const void *elements)
    {
        Taken *self = static_cast<Taken *>(context);
        EXPECT_EQ(self->bytes.size(), static_cast<size_t>(first) * self->size);
        EXPECT_EQ(0u, reinterpret_cast<uintptr_t>(elements) % self->size);
        self->bytes.append(static_cast<const char *>(elements), static_cast<size_t>(n) * self->size);
        self->pieces++;
    }
};

TEST_F(TensorsFile, ATensorIsReadAPieceAtATime)
{
    std::vector<double> numbers(20001);
    for (size_t i = 0; i < numbers.size(); i++)
        numbers[i] = static_cast<double>(i) * 0.5;
    const ptrdiff_t shape[1] = {20001}, none[2] = {0, 4};
    Writer writer(car_tensors_writer_new());
    car_tensors_writer_add(writer.get(), "large", CAR_F64, 1, shape, numbers.data());
    car_tensors_writer_add(writer.get(), "empty", CAR_F32, 2, none, nullptr);
    ASSERT_TRUE(car_tensors_save(writer.get(), folder.path("g").c_str(), &e)) << e.message;
    for (bool whole : {false, true}) {
        Tensors tensors(car_tensors_open(folder.path("g").c_str(), whole, &e));
        ASSERT_NE(nullptr, tensors.get()) << e.message;
        const car_tensor *large = car_tensors_find(tensors.get(), "large");
        EXPECT_EQ(whole, large->data != nullptr);
        Taken taken{sizeof(double)}, nothing{sizeof(float)};
        ASSERT_TRUE(car_tensors_read(tensors.get(), large, Taken::take, &taken, &e)) << e.message;
        EXPECT_EQ(std::string(reinterpret_cast<const char *>(numbers.data()), 8 * numbers.size()), taken.bytes);
        EXPECT_EQ(whole ? 1 : 3, taken.pieces);
        const car_tensor *empty = car_tensors_find(tensors.get(), "empty");
        ASSERT_TRUE(car_tensors_read(tensors.get(), empty, Taken::take, &nothing, &e)) << e.message;
        EXPECT_EQ("", nothing.bytes);
    }
}

TEST_F(TensorsFile, WhatIsNotReadMayBeDamaged)
{
    const ptrdiff_t one = 1;
    const float a = 1, b = 2;
    Writer writer(car_tensors_writer_new());
    car_tensors_writer_add(writer.get(), "model.a", CAR_F32, 1, &one, &a);
    car_tensors_writer_add(writer.get(), "optim.b", CAR_F32, 1, &one, &b);
    ASSERT_TRUE(car_tensors_save(writer.get(), folder.path("g").c_str(), &e)) << e.message;
    std::string bytes = folder.read("g");
    bytes.back() ^= 1; // of optim.b
    folder.write("g", bytes);

    EXPECT_EQ(nullptr, car_tensors_open(folder.path("g").c_str(), true, &e));
    EXPECT_NE(nullptr, strstr(e.message, "'optim.b' is damaged")) << e.message;
    Tensors tensors(car_tensors_open(folder.path("g").c_str(), false, &e));
    ASSERT_NE(nullptr, tensors) << e.message;
    Taken good{sizeof a}, bad{sizeof b};
    EXPECT_TRUE(car_tensors_read(tensors.get(), car_tensors_at(tensors.get(), 0), Taken::take, &good, &e));
    EXPECT_EQ(std::string(reinterpret_cast<const char *>(&a), sizeof a), good.bytes);
    e = car_error{};
    EXPECT_FALSE(car_tensors_read(tensors.get(), car_tensors_at(tensors.get(), 1), Taken::take, &bad, &e));
    EXPECT_EQ(CAR_EXIT_DATA, e.code);
    EXPECT_NE(nullptr, strstr(e.message, "'optim.b' is damaged")) << e.message;
}

TEST_F(TensorsFile, OneThatBecomesShorterIsRefused)
{
    std::string bytes = sample();
    folder.write("g", bytes);
    Tensors tensors(car_tensors_open(folder.path("g").c_str(), false, &e));
    ASSERT_NE(nullptr, tensors) << e.message;
    ASSERT_EQ(0, truncate(folder.path("g").c_str(), static_cast<off_t>(bytes.size() - 1)));
    const car_tensor *last = car_tensors_at(tensors.get(), car_tensors_count(tensors.get()) - 1);
    Taken taken{static_cast<size_t>(car_dtype_size(last->dtype))};
    EXPECT_FALSE(car_tensors_read(tensors.get(), last, Taken::take, &taken, &e));
    EXPECT_EQ(CAR_EXIT_DATA, e.code);
    EXPECT_NE(nullptr, strstr(e.message, "became shorter")) << e.message;
}

TEST_F(TensorsFile, ErrorsOfFilesHaveTheirCodes)
{
    EXPECT_EQ(nullptr, car_tensors_open(folder.path("absent").c_str(), true, &e));
    EXPECT_EQ(CAR_EXIT_NO_INPUT, e.code);
    EXPECT_EQ(nullptr, car_tensors_open(folder.path().c_str(), true, &e));
    EXPECT_EQ(CAR_EXIT_DATA, e.code);
    Writer writer(car_tensors_writer_new());
    EXPECT_FALSE(car_tensors_save(writer.get(), folder.path("absent/f").c_str(), &e));
    EXPECT_EQ(CAR_EXIT_CREATE, e.code);
    car_tensors_writer_metadata(writer.get(), "key", "\xff");
    EXPECT_FALSE(car_tensors_save(writer.get(), folder.path("g").c_str(), &e));
    EXPECT_EQ(CAR_EXIT_DATA, e.code);
    EXPECT_NE(std::string::npos, std::string(e.message).find("'key'")) << e.message;
}

using TensorsFileDeathTest = TensorsFile;

TEST_F(TensorsFileDeathTest, ANameTwiceIsAMistakeInTheProgram)
{
    Writer writer(car_tensors_writer_new());
    const double x = 1;
    car_tensors_writer_add(writer.get(), "x", CAR_F64, 0, nullptr, &x);
    EXPECT_DEATH(car_tensors_writer_add(writer.get(), "x", CAR_F64, 0, nullptr, &x), "bug");
    EXPECT_DEATH(car_tensors_writer_metadata(writer.get(), "sha256:x", ""), "bug");
}
