/* carousel bench in its shortest form: what it says is of one piece. */
#include "tools/program.hpp"

using program::Arguments;
using program::has;
using program::Json;
using program::Result;
using program::sanitized;

namespace
{

double number(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    EXPECT_TRUE(json_is_number(value)) << name;
    return json_number_value(value);
}

std::string text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value != nullptr ? value : "";
}

class Bench : public program::Program
{
  protected:
    void SetUp() override {} // no corpus

    /* As short as can be, on so many threads. */
    static Arguments quick(const Arguments &more, int threads = 2)
    {
        return program::join({"bench",
                              "--seconds",
                              "0",
                              "--dims",
                              "16",
                              "--steps",
                              "3",
                              "--rows",
                              "32",
                              "--dim-emb",
                              "16",
                              "--dim-rnn",
                              "16",
                              "--dim-vocabs",
                              "50",
                              "60",
                              "--mini-batch",
                              "8",
                              "--length",
                              "4",
                              "--cpu-threads",
                              std::to_string(threads)},
                             more);
    }

    Json measured(const Arguments &more, int threads = 2)
    {
        const Result result = run(quick(program::join({"--json"}, more), threads));
        EXPECT_EQ(result.code, 0) << result.err;
        return program::parse(result.out);
    }
};

/* Every timing in it: how many there are. */
int look_at_timings(const json_t *value, const json_t *peaks)
{
    int n = 0;
    if (json_object_get(value, "runs") != nullptr) {
        const double seconds = number(value, "seconds"), threads = number(value, "threads");
        EXPECT_GE(number(value, "runs"), 5);
        EXPECT_GT(number(value, "low"), 0);
        EXPECT_LE(number(value, "low"), seconds);
        EXPECT_LE(seconds, number(value, "high"));
        EXPECT_TRUE(threads == 1 || threads == 2);
        if (json_object_get(value, "operations") != nullptr) {
            const double rate = 1e-9 * number(value, "operations") / seconds, share = number(value, "share");
            const double peak = number(json_array_get(peaks, threads == 1 ? 0 : 1), "gflops");
            EXPECT_NEAR(number(value, "gflops") / rate, 1, 1e-4);
            EXPECT_NEAR(share / (rate / peak), 1, 1e-4);
            EXPECT_TRUE(sanitized || share < 1.2) << share;
        }
        return 1;
    }
    for (void *at = json_object_iter(const_cast<json_t *>(value)); at != nullptr;
         at = json_object_iter_next(const_cast<json_t *>(value), at))
        n += look_at_timings(json_object_iter_value(at), peaks);
    for (size_t i = 0; i < json_array_size(value); i++)
        n += look_at_timings(json_array_get(value, i), peaks);
    return n;
}

TEST_F(Bench, EveryTimingIsOfOnePiece)
{
    const Json json = measured({});
    const json_t *roof = json_object_get(json.get(), "roof"), *peaks = json_object_get(roof, "multiply_adds");
    ASSERT_EQ(json_array_size(peaks), 2u);
    const json_t *one = json_array_get(peaks, 0), *two = json_array_get(peaks, 1);
    EXPECT_EQ(number(two, "operations"), 2 * number(one, "operations"));
    EXPECT_GT(number(one, "seconds"), 3e-4) << "some milliseconds";
    if (!sanitized) {
        EXPECT_GT(number(two, "gflops"), 0.5 * number(one, "gflops"));
        EXPECT_LT(number(two, "gflops"), 3 * number(one, "gflops"));
    }
    const json_t *readings = json_object_get(roof, "reading");
    EXPECT_GE(json_array_size(readings), 3u) << "a second level, and a third if there is one";
    for (size_t i = 0; i < json_array_size(readings); i++)
        for (size_t k = 0; k < 2; k++) {
            const json_t *reading = json_array_get(readings, i);
            const json_t *timing = json_array_get(json_object_get(reading, "timings"), k);
            const double bytes = number(timing, "bytes"),
                         room = 1024 * number(reading, "kib") * number(timing, "threads");
            EXPECT_NEAR(bytes / room, 1, 1e-4);
            EXPECT_LE(room, 64 << 20) << "there is no time";
            EXPECT_NEAR(number(timing, "gb_per_second") * number(timing, "seconds") / (1e-9 * bytes), 1, 1e-4);
            EXPECT_LT(number(timing, "gb_per_second"), 2000 * number(timing, "threads")) << "it was read";
        }
    const int expected = 2 + 2 * static_cast<int>(json_array_size(readings)) + 2 * 9 + 3 * 5 + 1 + 4;
    EXPECT_EQ(look_at_timings(json.get(), peaks), expected);

    /* Products in bf16 are held against the same roof. */
    const Json in_bf16 = measured({"--only", "roof", "--precision", "bf16"});
    EXPECT_EQ(text(in_bf16.get(), "precision"), "bf16");
    EXPECT_EQ(text(in_bf16.get(), "kernels").rfind(text(json.get(), "kernels"), 0), 0u) << "the same vectors";
    peaks = json_object_get(json_object_get(in_bf16.get(), "roof"), "multiply_adds");
    EXPECT_EQ(number(json_array_get(peaks, 0), "operations"), number(one, "operations"));
}

TEST_F(Bench, ProductsCountWhatTheyMultiply)
{
    const Json json = measured({"--only", "products"});
    EXPECT_EQ(json_object_get(json.get(), "training"), nullptr);
    EXPECT_EQ(json_object_get(json.get(), "roof"), nullptr);
    const json_t *products = json_object_get(json.get(), "products");
    ASSERT_EQ(json_array_size(products), 9u) << "two roles of four heights, one of all rows";
    const int rows[] = {16, 32, 64, 16 * 3};
    for (size_t i = 0; i < 9; i++) {
        const json_t *product = json_array_get(products, i), *timings = json_object_get(product, "timings");
        const std::string role = i < 4 ? "forward" : i < 8 ? "to the feeds" : "to the weights";
        const double height = i < 8 ? rows[i % 4] : 32 * 3;
        EXPECT_EQ(text(product, "role"), role);
        EXPECT_EQ(number(product, "rows"), height);
        for (size_t threads = 1; threads <= 2; threads++)
            EXPECT_EQ(number(json_array_get(timings, threads - 1), "operations"),
                      2 * height * 16 * 64 * (i < 8 ? static_cast<double>(threads) : 1));
    }
    /* 16 x 16 and 16 x 64 numbers of four bytes read, as many of the latter read and written */
    EXPECT_NEAR(number(json_array_get(products, 0), "operations_per_byte"),
                2.0 * 16 * 16 * 64 / (4 * (16 * 16 + 3 * 16 * 64)), 1e-4);
}

// A large product goes to all threads that are free; what is timed as one thread's must not.
TEST_F(Bench, OneThreadIsOne)
{
    if (sanitized)
        GTEST_SKIP() << "a product is slower by chance there";
    const Json json = measured({"--only", "products", "--dims", "512"});
    const json_t *last = json_array_get(json_object_get(json.get(), "products"), 4 + 2);
    EXPECT_EQ(number(last, "width"), 512);
    EXPECT_EQ(number(last, "rows"), 64);
    EXPECT_LT(number(json_array_get(json_object_get(last, "timings"), 0), "share"), 1.4);
}

TEST_F(Bench, CellsOfAnyName)
{
    const Json json = measured({"--only", "cells", "--cells", "gru", "rnn:activation=relu"});
    const json_t *cells = json_object_get(json.get(), "cells");
    ASSERT_EQ(json_array_size(cells), 2u);
    const json_t *relu = json_array_get(cells, 1), *timings = json_object_get(relu, "timings");
    EXPECT_EQ(text(relu, "cell"), "rnn:activation=relu");
    EXPECT_EQ(text(relu, "name"), "rnn");
    EXPECT_EQ(number(relu, "width"), 16);
    EXPECT_EQ(number(relu, "multiply_adds"), 2 * 16 * 16);
    const char *const parts[] = {"forward", "backward", "both"};
    for (int part = 0; part < 3; part++) {
        const json_t *timing = json_object_get(timings, parts[part]);
        EXPECT_EQ(number(timing, "operations"), (part + 1) * 2.0 * 2 * 16 * 16 * 32 * 3) << parts[part];
        EXPECT_EQ(number(timing, "threads"), 1);
    }
}

TEST_F(Bench, AnUpdateByItsParts)
{
    const Json json = measured({"--only", "training", "--enc-cell", "rnn", "--dec-cell", "rnn", "--enc-type",
                                "unidirectional", "--attention", "general"});
    const json_t *training = json_object_get(json.get(), "training");
    const double source = number(training, "source_words"), words = number(training, "words");
    EXPECT_EQ(words, 8 * 4);
    EXPECT_EQ(source, (2 + 2 + 3 + 3 + 4 + 5 + 5 + 6)) << "from half of the length to one and a half";
    const double square = 16 * 16;
    const double multiply_adds = source * 2 * square                     // encoder: of x and of h
                                 + words * 2 * square                    // decoder
                                 + source * square + source * 4 * 2 * 16 // keys; scores and contexts
                                 + words * (2 * square + 60 * 16);       // readout, output
    const json_t *timing = json_object_get(training, "timing"), *model = json_object_get(training, "model");
    EXPECT_EQ(number(timing, "operations"), 6 * multiply_adds);
    EXPECT_NEAR(number(training, "words_per_second") * number(timing, "seconds") / words, 1, 1e-4);
    EXPECT_EQ(text(model, "attention"), "general");
    EXPECT_EQ(number(model, "dim-rnn"), 16);
    const json_t *parts = json_object_get(training, "parts");
    EXPECT_EQ(json_object_size(parts), 7u);
    for (const char *part : {"forward", "output", "backward", "weights", "step", "packing"})
        EXPECT_GT(number(parts, part), 0) << part;
}

TEST_F(Bench, TranslatingWithBeamsAndWithout)
{
    const Json json = measured({"--only", "decoding"});
    const json_t *lines = json_object_get(json.get(), "decoding");
    ASSERT_EQ(json_array_size(lines), 4u);
    for (size_t i = 0; i < 4; i++) {
        const json_t *line = json_array_get(lines, i);
        const double seconds = number(json_object_get(line, "timing"), "seconds");
        EXPECT_EQ(number(line, "beam"), i < 2 ? 1 : 5);
        EXPECT_EQ(number(line, "at_once"), i % 2 == 0 ? 8 : 1);
        EXPECT_EQ(number(line, "sentences"), i % 2 == 0 ? 16 : 8);
        EXPECT_NEAR(number(line, "sentences_per_second") * seconds / number(line, "sentences"), 1, 1e-4);
    }
}

TEST_F(Bench, TablesForPeople)
{
    const Result result = run(quick({"--log-level", "error"}, 1));
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(result.err, "");
    for (const char *part :
         {"1 thread, products in fp32 by ", "\nmultiply-adds, GFLOP/s ", "\nread from memory (",
          "\nto the weights        16      96 ", "\ncoupled               16 ", "\nstep ", "\nbeam 5 "})
        EXPECT_TRUE(has(result.out, part)) << part << "\n" << result.out;
    EXPECT_FALSE(has(result.out, "threads")) << "there is but one\n" << result.out;
}

// OpenMP binds the program's first thread to one processor then; the program may use the others nevertheless.
TEST_F(Bench, BoundThreadsAreAsMany)
{
    const Arguments roof = {"bench", "--only", "roof", "--seconds", "0", "--json"};
    const double threads = number(program::parse(run(roof).out).get(), "threads");
    setenv("OMP_PROC_BIND", "true", 1);
    EXPECT_EQ(number(program::parse(run(roof).out).get(), "threads"), threads);
    unsetenv("OMP_PROC_BIND");
}

TEST_F(Bench, SaysWhatThereIsNot)
{
    Result result = run({"bench", "--only", "cels"});
    EXPECT_EQ(result.code, 2);
    EXPECT_TRUE(
        has(result.err, "no part 'cels', only roof, products, cells, training and decoding; did you mean 'cells'?"))
        << result.err;
    EXPECT_EQ(run({"bench", "cells"}).code, 2);
    EXPECT_EQ(run(quick({"--only", "cells", "--cells", "lstn"})).code, 69);
    EXPECT_EQ(run(quick({"--only", "training", "--dec-cell", "lstn"})).code, 69);
    EXPECT_EQ(run(quick({"--only", "training", "--attention", "none", "--input-feeding"})).code, 78);
    EXPECT_EQ(run({"bench", "--dim-vocabs", "3"}).code, 2);
    EXPECT_EQ(run({"bench", "--dim-vocabs", "30", "30", "30"}).code, 2);
}

} // namespace
