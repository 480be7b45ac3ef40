/* Lines that hold vectors: how they are scaled, and what is no vector. */
#include "corpora/vectors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "support/handles.hpp"

namespace
{

struct Vectors : car_vectors {
    Vectors() : car_vectors{} {}
    Vectors(const Vectors &) = delete;
    Vectors &operator=(const Vectors &) = delete;
    ~Vectors() { car_vectors_clear(this); }
};

class VectorLines : public support::InFolder
{
  protected:
    bool measure(Vectors &vectors, const std::string &lines)
    {
        const auto rows = static_cast<size_t>(std::count(lines.begin(), lines.end(), '\n'));
        const std::string text = folder.write("v", lines), others = folder.write("t", std::string(rows, '\n'));
        const car_text_set set = {{text.c_str(), others.c_str()}, {1, 1}};
        const car_reading reading = {};
        support::Handle<car_bitext, car_bitext_close> bitext(car_bitext_open(&set, 1, &reading, &e));
        EXPECT_TRUE(bitext) << e.message;
        return car_vectors_measure(&vectors, bitext.get(), &e);
    }

    std::string refusal(const std::string &lines)
    {
        Vectors vectors;
        EXPECT_FALSE(measure(vectors, lines)) << lines;
        EXPECT_EQ(e.code, CAR_EXIT_DATA);
        return std::string(e.message).substr(folder.path("v").size());
    }
};

TEST_F(VectorLines, AreScaledByMeanAndDeviation)
{
    Vectors vectors;
    ASSERT_TRUE(measure(vectors, "1 5\n\n3,5\n \t\n5\t5\n \v\f\n")) << e.message;
    ASSERT_EQ(vectors.n, 2);
    EXPECT_DOUBLE_EQ(vectors.mean[0], 3);
    EXPECT_DOUBLE_EQ(vectors.deviation[0], std::sqrt(8. / 3));
    EXPECT_DOUBLE_EQ(vectors.deviation[1], 1) << "of what does not change";
    float numbers[2] = {7, 7};
    ASSERT_TRUE(car_vectors_apply(&vectors, "1, 6", 4, numbers, &e)) << e.message;
    EXPECT_FLOAT_EQ(numbers[0], static_cast<float>(-2 / std::sqrt(8. / 3)));
    EXPECT_FLOAT_EQ(numbers[1], 1);
    for (const char *blank : {"", "  \t", " \v\f\r"}) {
        numbers[0] = numbers[1] = 7;
        ASSERT_TRUE(car_vectors_apply(&vectors, blank, static_cast<ptrdiff_t>(std::strlen(blank)), numbers, &e));
        EXPECT_EQ(numbers[0], 0);
        EXPECT_EQ(numbers[1], 0);
    }
}

TEST_F(VectorLines, WhatIsNoVectorIsNamed)
{
    EXPECT_EQ(refusal("1 2\n3\n"), ":2: it has 1 numbers, and the first line 2");
    EXPECT_EQ(refusal("1 2\n3 0x1\n"), ":2: '0x1' is not a number");
    EXPECT_EQ(refusal("1 2\n1e31 2\n"), ":2: '1e31' is not a number");
    EXPECT_EQ(refusal(", ,\n1 2 3\n"), ":1: it has commas, but no number");
    EXPECT_EQ(refusal("1 2 3\n,,\n"), ":2: it has commas, but no number");
    EXPECT_NE(refusal("\n \n").find(": it has no line with numbers"), std::string::npos);

    Vectors vectors;
    ASSERT_TRUE(measure(vectors, "0 0\n1e-20 1\n")) << e.message;
    float numbers[2];
    const auto refused = [&](const std::string &line) {
        EXPECT_FALSE(car_vectors_apply(&vectors, line.data(), static_cast<ptrdiff_t>(line.size()), numbers, &e));
        EXPECT_EQ(e.code, CAR_EXIT_DATA);
        return std::string(e.message);
    };
    EXPECT_EQ(refused("1"), "it has 1 numbers, and those of the training text 2");
    EXPECT_EQ(refused(",,"), "it has 0 numbers, and those of the training text 2");
    EXPECT_EQ(refused("1e29 1"), "number 1, 1e+29, is too far from those of the training text");
    EXPECT_TRUE(car_vectors_apply(&vectors, "1 1e29", 6, numbers, &e)) << "2e29 deviations fit in 32 bits";
}

} // namespace
