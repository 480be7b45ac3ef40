// What shards owe to the weight gradients, settled against plain loops: products,
// sums and scatters, parts of blocks, tied blocks, and the same bits on any number
// of threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/parallel.h"
#include "cell/parameters.h"
#include "support/random.hpp"

namespace
{

using support::Random;
using Doubles = std::vector<double>;

size_t at(ptrdiff_t i) { return static_cast<size_t>(i); }

// Blocks, shards' lists, and next to them the gradients by plain loops.
class Dues : public ::testing::Test
{
  protected:
    static constexpr int shards = 3;

    void SetUp() override
    {
        car_arena_init(&arena);
        arena.poison = true;
        parameters = car_parameters_new();
        for (car_dues &list : lists) {
            list = {};
            list.arena = &arena;
        }
    }
    void TearDown() override
    {
        car_parallel_set_threads(1);
        car_parameters_free(parameters);
        car_arena_clear(&arena);
    }

    car_block *block(int rows, int columns)
    {
        car_block *made = car_parameters_add(parameters, rows, columns, CAR_READ);
        car_parameters_name(parameters, made, 0, columns, "block.%d", n_blocks++);
        return made;
    }
    // After all blocks: gradients that must not survive.
    void allocate()
    {
        car_parameters_allocate(parameters, CAR_TO_LEARN);
        for (ptrdiff_t i = 0; i < parameters->n_blocks; i++)
            expected.push_back(Doubles(at(parameters->block[i]->rows * parameters->block[i]->columns), 0));
        fill_gradients(NAN);
    }
    void fill_gradients(car_real value)
    {
        for (ptrdiff_t i = 0; i < parameters->n_blocks; i++)
            for (int r = 0; r < parameters->block[i]->rows; r++)
                std::fill_n(parameters->block[i]->gradient + r * parameters->block[i]->stride,
                            parameters->block[i]->columns, value);
    }
    Doubles &expected_of(const car_block *block)
    {
        const auto end = parameters->block + parameters->n_blocks;
        return expected[at(std::find(parameters->block, end, block) - parameters->block)];
    }
    car_panel panel(int rows, int width)
    {
        car_panel p = car_panel_take(&arena, rows, width);
        random.fill(p, rows, width);
        return p;
    }
    int rows_of(int shard) { return 5 + 9 * shard; } // the shards have different numbers of rows

    void owe_product(car_block *w, int column, int columns, std::vector<car_panel> *d_used = nullptr)
    {
        for (int s = 0; s < shards; s++) {
            const int n = rows_of(s);
            car_panel a = panel(n, w->rows),
                      d = d_used != nullptr && d_used->size() == at(shards) ? (*d_used)[at(s)] : panel(n, columns);
            if (d_used != nullptr && d_used->size() < at(shards))
                d_used->push_back(d);
            car_dues_product(&lists[s], w, column, columns, a, d, n);
            for (int i = 0; i < n; i++)
                for (int r = 0; r < w->rows; r++)
                    for (int c = 0; c < columns; c++)
                        expected_of(w)[at(r * w->columns + column + c)] +=
                            double(car_row(a, i)[r]) * double(car_row(d, i)[c]);
        }
    }
    void owe_sum(car_block *w, int column, int columns)
    {
        for (int s = 0; s < shards; s++) {
            car_panel d = panel(rows_of(s), columns);
            car_dues_sum(&lists[s], w, column, columns, d, rows_of(s));
            for (int i = 0; i < rows_of(s); i++)
                for (int c = 0; c < columns; c++)
                    expected_of(w)[at(column + c)] += double(car_row(d, i)[c]);
        }
    }
    void owe_scatter(car_block *w)
    {
        for (int s = 0; s < shards; s++) {
            const int n = rows_of(s);
            car_panel d = panel(n, w->columns);
            auto *ids = static_cast<int32_t *>(car_arena_take(&arena, n, sizeof(int32_t)));
            for (int i = 0; i < n; i++) {
                ids[i] = random.below(w->rows);
                for (int c = 0; c < w->columns; c++)
                    expected_of(w)[at(ids[i] * w->columns + c)] += double(car_row(d, i)[c]);
            }
            car_dues_scatter(&lists[s], w, ids, d, n);
        }
    }
    void settle(const std::vector<car_block *> &started = {})
    {
        const car_dues *all[shards] = {&lists[0], &lists[1], &lists[2]};
        car_dues_settle(all, shards, started.data(), static_cast<int>(started.size()), &arena);
    }
    void expect_gradient(const car_block *w)
    {
        const Doubles &want = expected_of(w);
        for (int r = 0; r < w->rows; r++) {
            for (int c = 0; c < w->columns; c++)
                ASSERT_NEAR(double(w->gradient[r * w->stride + c]), want[at(r * w->columns + c)], 2e-5)
                    << "row " << r << ", column " << c;
            for (ptrdiff_t c = w->columns; c < w->stride; c++)
                ASSERT_EQ(w->gradient[r * w->stride + c], 0) << "padding of row " << r;
        }
    }

    car_arena arena;
    car_parameters *parameters = nullptr;
    car_dues lists[shards];
    Random random{1};
    std::vector<Doubles> expected; // per block
    int n_blocks = 0;
};

TEST_F(Dues, ProductsSumsAndScattersReplaceWhatWasThere)
{
    car_block *w = block(7, 13), *b = block(1, 13), *table = block(11, 5), *other = block(2, 2);
    allocate();
    owe_product(w, 0, 13);
    owe_sum(b, 0, 13);
    owe_scatter(table);
    settle();
    expect_gradient(w);
    expect_gradient(b);
    expect_gradient(table);
    EXPECT_TRUE(std::isnan(other->gradient[0])) << "a block nobody owes anything to is left alone";
}

TEST_F(Dues, ChunksOfLargeBlocks)
{
    car_block *w = block(203, 70), *table = block(40, 150), *b = block(1, 400);
    allocate();
    owe_product(w, 0, 70);
    owe_scatter(table);
    owe_sum(b, 0, 400);
    settle();
    expect_gradient(w);
    expect_gradient(table);
    expect_gradient(b);
}

TEST_F(Dues, PartsOfABlockSideBySide)
{
    car_block *w = block(6, 20), *b = block(1, 20);
    allocate();
    owe_product(w, 8, 12);
    owe_sum(b, 0, 3);
    owe_product(w, 0, 8);
    owe_sum(b, 3, 17);
    settle();
    expect_gradient(w);
    expect_gradient(b);
}

// Tied tables: several dues for one block add up.
TEST_F(Dues, SeveralDuesForOneBlockAddUp)
{
    car_block *table = block(9, 6);
    allocate();
    owe_scatter(table);
    owe_product(table, 0, 6);
    owe_scatter(table);
    settle();
    expect_gradient(table);
}

TEST_F(Dues, AStartedBlockIsAddedTo)
{
    car_block *started = block(9, 6), *fresh = block(9, 6);
    allocate();
    fill_gradients(3);
    for (double &g : expected_of(started))
        g = 3;
    owe_scatter(started);
    owe_scatter(fresh);
    settle({started});
    expect_gradient(started);
    expect_gradient(fresh);
}

// Feeds of the same gates share D, which is packed once.
TEST_F(Dues, ProductsThatShareTheirRightSide)
{
    car_block *x = block(4, 10), *h = block(5, 10), *m = block(3, 10), *narrow = block(3, 9);
    allocate();
    std::vector<car_panel> d;
    owe_product(x, 0, 10, &d);
    owe_product(h, 0, 10, &d);
    owe_product(m, 0, 10, &d);
    owe_product(narrow, 0, 9, &d);
    settle();
    for (const car_block *w : {x, h, m, narrow})
        expect_gradient(w);
}

// More than fit in the first piece of a list.
TEST_F(Dues, ManyDues)
{
    std::vector<car_block *> blocks;
    for (int i = 0; i < 150; i++)
        blocks.push_back(block(3, 4));
    allocate();
    for (car_block *w : blocks)
        owe_product(w, 0, 4);
    settle();
    for (const car_block *w : blocks)
        expect_gradient(w);
}

// Packed D of more than a round takes: the wide ones go shard by shard, those beside them with them or after.
TEST_F(Dues, RoundsOfWhatFits)
{
    const int wide = 60000;
    car_block *x = block(2, wide), *h = block(1, wide), *b = block(1, wide), *small = block(3, 4), *y = block(1, wide);
    allocate();
    std::vector<car_panel> d;
    owe_product(x, 0, wide, &d);
    owe_product(h, 0, wide, &d);
    owe_sum(b, 0, wide);
    owe_product(small, 0, 4);
    owe_product(y, 0, wide);
    settle();
    for (const car_block *w : {x, h, b, small, y})
        expect_gradient(w);
}

TEST_F(Dues, TheSameBitsOnAnyNumberOfThreads)
{
    car_block *w = block(203, 70), *table = block(40, 150), *b = block(1, 70);
    allocate();
    owe_product(w, 0, 70);
    owe_scatter(table);
    owe_sum(b, 0, 70);
    owe_scatter(table);
    std::vector<car_real> first;
    for (int threads : {1, 2, 3, 8}) {
        car_parallel_set_threads(threads);
        fill_gradients(NAN);
        settle();
        std::vector<car_real> gradient(parameters->gradient, parameters->gradient + parameters->n);
        if (first.empty())
            first = gradient;
        EXPECT_EQ(std::memcmp(first.data(), gradient.data(), first.size() * sizeof(car_real)), 0)
            << threads << " threads";
    }
}

} // namespace
