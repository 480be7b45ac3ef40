/* random.hpp - numbers for tests: the same on every run and every platform. */
#ifndef CAROUSEL_TESTS_RANDOM_HPP
#define CAROUSEL_TESTS_RANDOM_HPP

#include <cstdint>
#include <random>

#include "math/real.h"

namespace support
{

class Random
{
  public:
    explicit Random(uint64_t seed) : engine_(seed) {}

    /* Evenly in [low, high). */
    double uniform(double low, double high)
    {
        return low + (high - low) * static_cast<double>(engine_() >> 11) * 0x1p-53;
    }
    /* 0 .. n-1 */
    int below(int n) { return static_cast<int>(engine_() % static_cast<uint64_t>(n)); }

    /* The live part of a panel. */
    void fill(car_panel panel, int rows, int width, double low = -1, double high = 1)
    {
        for (int b = 0; b < rows; b++)
            for (int j = 0; j < width; j++)
                car_row(panel, b)[j] = static_cast<car_real>(uniform(low, high));
    }

  private:
    std::mt19937_64 engine_; /* its numbers are laid down by the standard */
};

} // namespace support
#endif
