/* cell_tester.hpp - what every cell has to keep to, checked for one cell at a time:
 *
 *   CellTester(cell).input(5).hidden(7).lengths({6, 6, 4, 1}).check_gradients();
 *
 * Two benches under it: LayerBench runs the cell in the host's layer, on arenas
 * full of NaN; KernelBench calls the kernels alone, on panels that lie between
 * guards.  All numbers are drawn from a seed, which every failure names.
 */
#ifndef CAROUSEL_TESTS_CELL_TESTER_HPP
#define CAROUSEL_TESTS_CELL_TESTER_HPP

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "cell/layer.h"

namespace support
{

/* A cell, by name or path, with settings. */
struct CellChoice {
    std::string cell, settings;
    std::string name() const; /* letters, digits and underscores */
};
std::ostream &operator<<(std::ostream &out, const CellChoice &choice);

/* Every shipped cell, and every one that `carousel cell new` gives out, with its defaults and with each option at its ends; a choice
 * at every value, a count also half-way. */
std::vector<CellChoice> cell_choices();

class CellTester
{
  public:
    explicit CellTester(CellChoice choice) : choice_(std::move(choice)) {}
    CellTester &input(int width) { return input_ = width, *this; }
    CellTester &hidden(int width) { return hidden_ = width, *this; }
    /* Three sequences of that many steps. */
    CellTester &steps(int count) { return lengths({count, count, count}); }
    CellTester &lengths(std::vector<int> falling) { return lengths_ = std::move(falling), *this; }
    CellTester &seed(uint64_t seed) { return seed_ = seed, *this; }

    /* Central differences (64-bit build) for matrices, biases, weights, input and
     * initial states, the gradient arriving at the output of every step and at
     * all final states; and at every state of every step. */
    void check_gradients() const;
    void check_gradients_of_all_states() const;

    /* All live elements of the host's panels are written, no padding. */
    void check_panels() const;

    void check_same_bits_twice() const;
    /* Rows in another order, each row alone: the same bits. */
    void check_rows_independent() const;
    /* Tapes of one step, carried on: the same bits, forward and backward. */
    void check_sequence_equals_steps() const;

    /* Kernels alone: they write what they should, all of it and nothing else; they
     * add where they should add. */
    void check_kernels() const;
    /* Pre-activations of -50, 0 and 50. */
    void check_finite() const;

  private:
    CellChoice choice_;
    int input_ = 5, hidden_ = 7;
    std::vector<int> lengths_ = {3, 3, 3};
    uint64_t seed_ = 1;
};

} // namespace support
#endif
