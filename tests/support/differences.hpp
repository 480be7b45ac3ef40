/* differences.hpp - gradients against central differences of fourth order,
 *
 *   f'(x) = (8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))) / 12h + O(h^4)
 *
 * For the 64-bit build: with h = 2e-4 both truncation and rounding stay near
 * 1e-11, where the two-point formula cannot get below 1e-9.
 */
#ifndef CAROUSEL_TESTS_DIFFERENCES_HPP
#define CAROUSEL_TESTS_DIFFERENCES_HPP

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <iostream>
#include <string>
#include <utility>

#include "math/real.h"

namespace support
{

constexpr double difference_step = 2e-4;

class Differences
{
  public:
    /* `function` computes the scalar anew from the values that are moved, by a smaller
     * step where it bends sharply. */
    Differences(std::function<double()> function, uint64_t seed, double step = difference_step)
        : function_(std::move(function)), seed_(seed), step_(step)
    {
    }

    /* Moves *value and compares. */
    void check(const std::string &tensor, int row, int column, car_real *value, car_real gradient)
    {
        const car_real old = *value;
        auto at = [&](double step) {
            *value = old + static_cast<car_real>(step);
            return function_();
        };
        const double analytic = static_cast<double>(gradient);
        double numeric = 0, error = INFINITY;
        for (double h : {step_, step_ / 10}) { /* the second, if there is a kink between the points of the first */
            if (error <= 1e-6)
                break;
            numeric = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
            error = std::abs(numeric - analytic) / std::max(1e-4, std::abs(numeric) + std::abs(analytic));
        }
        *value = old;
        count_++;
        if (error > worst_ || std::isnan(error))
            worst_ = error;
        if (!(error <= 1e-6) && failures_++ < 8)
            ADD_FAILURE() << tensor << "[" << row << ", " << column << "]: analytic " << analytic << ", numeric "
                          << numeric << ", relative error " << error << ", seed " << seed_;
    }

    /* A whole panel. */
    void check(const std::string &tensor, car_panel values, car_panel gradients, int rows, int width)
    {
        for (int b = 0; b < rows; b++)
            for (int j = 0; j < width; j++)
                check(tensor, b, j, &car_row(values, b)[j], car_row(gradients, b)[j]);
    }

    int count() const { return count_; }

    void report() const
    {
        std::cout << "             " << count_ << " coordinates, worst relative error " << worst_ << std::endl;
        EXPECT_LE(failures_, 8) << "and more, not shown";
    }

  private:
    std::function<double()> function_;
    uint64_t seed_;
    double step_;
    int count_ = 0, failures_ = 0;
    double worst_ = 0;
};

} // namespace support
#endif
