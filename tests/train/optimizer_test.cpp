// Optimizers against numbers worked out by hand and against PyTorch's; the same
// bits on any number of threads; resuming from moments and update count.
#include "train/optimizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "base/parallel.h"

namespace
{

using Vector = std::vector<car_real>;

struct Free {
    void operator()(car_optimizer *optimizer) const { car_optimizer_free(optimizer); }
};
using Optimizer = std::unique_ptr<car_optimizer, Free>;

const double tolerance = sizeof(car_real) == 4 ? 1e-6 : 1e-13;
const car_optimizer_options momentum_options = {CAR_SGD, 0.9, 0, 1e-8};

Optimizer make(const car_optimizer_options &options, size_t n)
{
    return Optimizer(car_optimizer_new(&options, static_cast<ptrdiff_t>(n)));
}

// One parameter, started at 1; its values after the steps.
std::vector<double> path(const car_optimizer_options &options, const std::vector<double> &gradients, double rate,
                         double scale = 1, double clip = 0)
{
    Optimizer optimizer = make(options, 1);
    std::vector<double> values;
    car_real parameter = 1;
    for (double gradient : gradients) {
        car_real g = car_real(gradient);
        car_optimizer_step(optimizer.get(), &parameter, &g, rate, scale, clip);
        values.push_back(double(parameter));
    }
    return values;
}

void expect_path(const std::vector<double> &found, const std::vector<double> &expected)
{
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); i++)
        EXPECT_NEAR(found[i], expected[i], tolerance) << "step " << i + 1;
}

TEST(Optimizer, PlainSgdByHand)
{
    // 1 - 0.1 x 2, then - 0.1 x -1, then - 0.1 x 0.5
    expect_path(path(car_optimizer_defaults(CAR_SGD), {2, -1, 0.5}, 0.1), {0.8, 0.9, 0.85});
}

TEST(Optimizer, MomentumByHand)
{
    // m: 2, 0.9 x 2 - 1 = 0.8, 0.9 x 0.8 + 0.5 = 1.22
    expect_path(path(momentum_options, {2, -1, 0.5}, 0.1), {0.8, 0.72, 0.598});
}

TEST(Optimizer, RmspropByHand)
{
    // s: 0.1 x 4 = 0.4, then 0.36 + 0.1 = 0.46
    double first = 1 - 0.1 * 2 / (std::sqrt(0.4) + 1e-8), second = first + 0.1 / (std::sqrt(0.46) + 1e-8);
    expect_path(path(car_optimizer_defaults(CAR_RMSPROP), {2, -1}, 0.1), {first, second});
}

TEST(Optimizer, AdamByHand)
{
    // t = 1: m' = 2, v' = 4.  t = 2: m = 0.18 - 0.1 = 0.08, m' = 0.08 / 0.19;
    // v = 0.003996 + 0.001 = 0.004996, v' = 0.004996 / 0.001999.
    double first = 1 - 0.1 * 2 / (2 + 1e-8);
    double second = first - 0.1 * (0.08 / 0.19) / (std::sqrt(0.004996 / 0.001999) + 1e-8);
    expect_path(path(car_optimizer_defaults(CAR_ADAM), {2, -1}, 0.1), {first, second});
}

TEST(Optimizer, ScalesThenClipsEachElement)
{
    const car_optimizer_options sgd = car_optimizer_defaults(CAR_SGD);
    expect_path(path(sgd, {8, -8, 1}, 0.1, 0.25), {0.8, 1.0, 0.975});       // 2, -2, 0.25
    expect_path(path(sgd, {8, -8, 1}, 0.1, 0.25, 1.5), {0.85, 1.0, 0.975}); // 1.5, -1.5, 0.25
    expect_path(path(sgd, {8, -8, 1}, 0.1, 1, 0.001), {0.9999, 1.0, 0.9999});
}

// Every step of the reference, in the width this program was built with.
TEST(Optimizer, AgreesWithPyTorch)
{
    std::ifstream file(CAR_SOURCE_DIR "/tests/golden/optimizers.txt");
    ASSERT_TRUE(file) << "tests/golden/optimizers.txt is missing";
    const std::map<std::string, std::pair<car_optimizer_options, double>> cases = {
        {"sgd", {momentum_options, 0.001}},
        {"rmsprop", {car_optimizer_defaults(CAR_RMSPROP), 0.01}},
        {"adam", {car_optimizer_defaults(CAR_ADAM), 0.01}}};
    Vector initial, parameters;
    std::vector<Vector> gradients;
    Optimizer optimizer;
    double rate = 0;
    size_t step = 0, compared = 0;
    bool ours = false;
    std::string name;
    for (std::string line; std::getline(file, line);) {
        std::istringstream in(line);
        std::string word;
        in >> word;
        if (word == "#")
            continue;
        if (word == "case") {
            unsigned width;
            in >> name >> width;
            ours = width == 8 * sizeof(car_real);
            rate = cases.at(name).second;
            optimizer = make(cases.at(name).first, initial.size());
            parameters = initial;
            step = 0;
            continue;
        }
        std::vector<double> values;
        for (double value; in >> value;)
            values.push_back(value);
        const Vector reals(values.begin(), values.end());
        if (word == "initial") {
            initial = reals;
        } else if (word == "gradient") {
            gradients.push_back(reals);
        } else if (ours) {
            car_optimizer_step(optimizer.get(), parameters.data(), gradients.at(step++).data(), rate, 1, 0);
            for (size_t i = 0; i < values.size(); i++, compared++)
                ASSERT_NEAR(double(parameters[i]), values[i], tolerance * (1 + std::fabs(values[i])))
                    << name << ", step " << step << ", element " << i;
        }
    }
    EXPECT_EQ(compared, 3 * 20 * initial.size());
}

// A gradient of n elements that differs from step to step.
Vector wave(size_t n, int step)
{
    Vector g(n);
    for (size_t i = 0; i < n; i++)
        g[i] =
            car_real(std::sin(0.37 * static_cast<double>(i) + step) * std::pow(10.0, static_cast<double>(i % 7) - 3));
    return g;
}

class EveryOptimizer : public testing::TestWithParam<car_optimizer_options>
{
};

INSTANTIATE_TEST_SUITE_P(Kinds, EveryOptimizer,
                         testing::Values(car_optimizer_defaults(CAR_SGD), momentum_options,
                                         car_optimizer_defaults(CAR_RMSPROP), car_optimizer_defaults(CAR_ADAM)));

TEST_P(EveryOptimizer, SameBitsOnAnyNumberOfThreads)
{
    const size_t n = 3 * CAR_OPTIMIZER_CHUNK + 1237;
    Vector first;
    for (int threads : {1, 2, 3, 8}) {
        car_parallel_set_threads(threads);
        Optimizer optimizer = make(GetParam(), n);
        Vector parameters(n, car_real(0.5));
        for (int step = 0; step < 3; step++) {
            Vector gradient = wave(n, step);
            double norm = car_gradient_norm(gradient.data(), static_cast<ptrdiff_t>(n));
            car_optimizer_step(optimizer.get(), parameters.data(), gradient.data(), 0.01, 1 / norm, 0.01);
        }
        if (threads == 1)
            first = parameters;
        EXPECT_EQ(parameters, first) << threads << " threads";
    }
    car_parallel_set_threads(1);
}

// A chunk is no seam: an element's step depends on that element alone.
TEST_P(EveryOptimizer, ElementsDoNotMeet)
{
    const size_t n = CAR_OPTIMIZER_CHUNK + 61;
    const Vector gradient = wave(n, 1);
    Vector whole(n, car_real(0.5));
    Optimizer optimizer = make(GetParam(), n);
    car_optimizer_step(optimizer.get(), whole.data(), gradient.data(), 0.01, 1, 0);
    for (size_t i : {size_t(0), size_t(5), size_t(CAR_OPTIMIZER_CHUNK - 1), size_t(CAR_OPTIMIZER_CHUNK), n - 1}) {
        car_real alone = car_real(0.5);
        Optimizer single = make(GetParam(), 1);
        car_optimizer_step(single.get(), &alone, &gradient[i], 0.01, 1, 0);
        EXPECT_EQ(alone, whole[i]) << "element " << i;
    }
}

TEST_P(EveryOptimizer, PaddingStaysZero)
{
    Vector parameters = {1, 0, 2, 0}, gradient = {1, 0, -1, 0};
    Optimizer optimizer = make(GetParam(), 4);
    for (int step = 0; step < 10; step++)
        car_optimizer_step(optimizer.get(), parameters.data(), gradient.data(), 0.1, 0.5, 1);
    EXPECT_EQ(parameters[1], 0);
    EXPECT_EQ(parameters[3], 0);
    EXPECT_LT(parameters[0], 1);
    EXPECT_GT(parameters[2], 2);
    const char *name;
    for (int i = 0; const car_real *moment = car_optimizer_moment_view(optimizer.get(), i, &name); i++) {
        EXPECT_EQ(moment[1], 0) << name;
        EXPECT_NE(moment[0], 0) << name;
    }
}

TEST_P(EveryOptimizer, ResumesExactlyFromMomentsAndCount)
{
    const size_t n = 37;
    Vector straight(n, car_real(0.5));
    Optimizer optimizer = make(GetParam(), n);
    for (int step = 0; step < 5; step++)
        car_optimizer_step(optimizer.get(), straight.data(), wave(n, step).data(), 0.01, 1, 0);
    Vector resumed = straight;
    Optimizer second = make(GetParam(), n);
    const char *name, *second_name;
    for (int i = 0; const car_real *from = car_optimizer_moment_view(optimizer.get(), i, &name); i++) {
        car_real *to = car_optimizer_moment_view(second.get(), i, &second_name);
        EXPECT_STREQ(name, second_name);
        std::copy(from, from + n, to);
    }
    EXPECT_EQ(car_optimizer_updates(optimizer.get()), 5);
    car_optimizer_set_updates(second.get(), 5);
    for (int step = 5; step < 10; step++) {
        car_optimizer_step(optimizer.get(), straight.data(), wave(n, step).data(), 0.01, 1, 0);
        car_optimizer_step(second.get(), resumed.data(), wave(n, step).data(), 0.01, 1, 0);
    }
    EXPECT_EQ(straight, resumed);
}

TEST(Optimizer, NamesItsMoments)
{
    auto names = [](const car_optimizer_options &options) {
        Optimizer optimizer = make(options, 3);
        std::vector<std::string> all;
        const char *name;
        for (int i = 0; car_optimizer_moment_view(optimizer.get(), i, &name) != nullptr; i++)
            all.push_back(name);
        return all;
    };
    using Names = std::vector<std::string>;
    EXPECT_EQ(names(car_optimizer_defaults(CAR_SGD)), Names());
    EXPECT_EQ(names(momentum_options), Names({"momentum"}));
    EXPECT_EQ(names(car_optimizer_defaults(CAR_RMSPROP)), Names({"ms"}));
    EXPECT_EQ(names(car_optimizer_defaults(CAR_ADAM)), Names({"m", "v"}));
}

TEST(GradientNorm, IsTheEuclideanNorm)
{
    const Vector three_four = {3, 0, -4};
    EXPECT_EQ(car_gradient_norm(three_four.data(), 3), 5.0);
    EXPECT_EQ(car_gradient_norm(nullptr, 0), 0.0);
    for (size_t n : {size_t(1), size_t(31), size_t(33), size_t(2 * CAR_OPTIMIZER_CHUNK + 5)}) {
        const Vector g = wave(n, 0);
        long double sum = 0;
        for (car_real value : g)
            sum += static_cast<long double>(value) * static_cast<long double>(value);
        double norm = static_cast<double>(std::sqrt(sum));
        EXPECT_NEAR(car_gradient_norm(g.data(), static_cast<ptrdiff_t>(n)), norm, 1e-13 * norm) << n;
    }
    const Vector large(4, car_real(1e30)); // whose squares overflow 32 bits
    EXPECT_NEAR(car_gradient_norm(large.data(), 4), 2e30, 1e24);
}

TEST(GradientNorm, SameBitsOnAnyNumberOfThreads)
{
    const size_t n = 5 * CAR_OPTIMIZER_CHUNK + 77;
    const Vector g = wave(n, 3);
    const double alone = car_gradient_norm(g.data(), static_cast<ptrdiff_t>(n));
    for (int threads : {2, 3, 8}) {
        car_parallel_set_threads(threads);
        EXPECT_EQ(car_gradient_norm(g.data(), static_cast<ptrdiff_t>(n)), alone) << threads << " threads";
    }
    car_parallel_set_threads(1);
}

TEST(GradientNorm, ShowsWhatIsNotFinite)
{
    for (car_real bad : {std::numeric_limits<car_real>::infinity(), std::numeric_limits<car_real>::quiet_NaN()})
        for (size_t at : {size_t(0), size_t(CAR_OPTIMIZER_CHUNK), size_t(CAR_OPTIMIZER_CHUNK + 40)}) {
            Vector g(CAR_OPTIMIZER_CHUNK + 41, car_real(1));
            g[at] = bad;
            EXPECT_FALSE(std::isfinite(car_gradient_norm(g.data(), static_cast<ptrdiff_t>(g.size())))) << at;
        }
}

} // namespace
