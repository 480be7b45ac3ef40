#include "support/cell_tester.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <stdexcept>

#include "math/vector.h"
#include "support/cells.hpp"
#include "support/differences.hpp"
#include "support/random.hpp"

namespace support
{

// ---- choices of cells ------------------------------------------------------------

std::string CellChoice::name() const
{
    const std::string stem = std::filesystem::path(cell).stem();
    std::string name = stem + (settings.empty() ? "" : "_" + settings), out;
    for (size_t i = 0; i < name.size(); i++)
        if (name[i] == '-' && i > 0 && name[i - 1] == '=')
            out += "_minus_";
        else
            out += std::isalnum(static_cast<unsigned char>(name[i])) ? name[i] : '_';
    return out;
}

std::ostream &operator<<(std::ostream &out, const CellChoice &choice)
{
    return out << choice.cell << (choice.settings.empty() ? "" : ":") << choice.settings;
}

static std::string number(double value)
{
    String text;
    car_string_format(&text, "%.17g", value);
    return text.text();
}

static std::vector<std::string> option_values(const car_option &option)
{
    std::vector<std::string> values;
    if (option.kind == CAR_CHOICE) {
        std::string choices = std::string(option.choices) + "|";
        for (size_t at = 0, end; (end = choices.find('|', at)) != std::string::npos; at = end + 1)
            values.push_back(choices.substr(at, end - at));
        return values;
    }
    values = {number(option.min), number(option.max)};
    if (option.kind == CAR_COUNT)
        values.push_back(number(std::floor((option.min + option.max) / 2)));
    return values;
}

std::vector<CellChoice> cell_choices()
{
    std::vector<std::string> names = shipped_cells;
    for (const auto &file : std::filesystem::directory_iterator(CAR_STARTS_FOLDER))
        names.push_back(file.path());
    std::sort(names.begin(), names.end());
    std::vector<CellChoice> choices;
    for (const std::string &name : names) {
        choices.push_back({name, ""});
        const car_option *options = shipped_cell(name)->options;
        for (; options != nullptr && options->name != nullptr; options++)
            for (const std::string &value : option_values(*options))
                choices.push_back({name, std::string(options->name) + "=" + value});
    }
    return choices;
}

// ---- bits ------------------------------------------------------------------------

static bool same_bits(const car_real *a, const car_real *b, int n)
{
    return std::memcmp(a, b, static_cast<size_t>(n) * sizeof *a) == 0;
}

static void expect_same_rows(car_panel a, int row_a, car_panel b, int row_b, int rows, int width,
                             const std::string &what)
{
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < width; j++)
            ASSERT_TRUE(same_bits(&car_row(a, row_a + i)[j], &car_row(b, row_b + i)[j], 1))
                << what << ", rows " << row_a + i << " and " << row_b + i << ", column " << j << ": "
                << car_row(a, row_a + i)[j] << " and " << car_row(b, row_b + i)[j];
}

static std::string numbered(const char *what, int index) { return std::string(what) + " " + std::to_string(index); }

// ---- the cell in the host's layer ------------------------------------------------

namespace
{

// A layer with random parameters, a random input and random gradients for it.
class LayerBench
{
  public:
    car_arena arena, scratch; // scratch: for runs that may be forgotten
    car_parameters *parameters;
    car_layer layer;
    const car_cell_plan *plan;
    std::vector<int> lengths;
    car_steps steps;
    car_panel x, d_output;
    std::vector<car_panel> initial, d_final; // one per state
    uint64_t seed;

    LayerBench(const CellChoice &choice, int input, int hidden, std::vector<int> falling, uint64_t first_seed)
        : lengths(std::move(falling)), seed(first_seed)
    {
        car_arena_init(&arena);
        car_arena_init(&scratch);
        arena.poison = scratch.poison = true;
        parameters = car_parameters_new();
        car_error e;
        car_cell_plan *made = car_cell_plan_new(shipped_cell(choice.cell), input, hidden, choice.settings.c_str(), &e);
        if (made == nullptr)
            throw std::runtime_error(e.message);
        const car_layer_options options = {};
        car_layer_init(&layer, made, &options, parameters, made->cell->name);
        plan = made;
        car_parameters_allocate(parameters, true);
        steps = car_steps_take(&arena, lengths.data(), static_cast<int>(lengths.size()));
        x = car_panel_take(&arena, steps.total, input);
        d_output = car_panel_take(&arena, steps.total, plan->output);
        for (int k = 0; k < plan->n_states; k++) {
            initial.push_back(car_panel_take(&arena, steps.batch, plan->state[k].width));
            d_final.push_back(car_panel_take(&arena, steps.batch, plan->state[k].width));
        }
        draw();
    }
    LayerBench(const LayerBench &) = delete;
    LayerBench &operator=(const LayerBench &) = delete;
    ~LayerBench()
    {
        car_layer_clear(&layer);
        car_parameters_free(parameters);
        car_arena_clear(&arena);
        car_arena_clear(&scratch);
    }

    // Everything random anew, from the seed.
    void draw()
    {
        Random random(seed);
        car_layer_start(&layer, parameters, seed, false);
        for (ptrdiff_t i = 0; i < parameters->n_tensors; i++) {
            const car_parameter &tensor = parameters->tensor[i];
            for (int r = 0; r < tensor.block->rows; r++)
                for (int c = 0; c < tensor.columns; c++)
                    tensor.block->value[r * tensor.block->stride + tensor.column + c] +=
                        static_cast<car_real>(random.uniform(-0.3, 0.3));
        }
        car_parameters_pack(parameters);
        random.fill(x, steps.total, plan->input);
        random.fill(d_output, steps.total, plan->output);
        for (int k = 0; k < plan->n_states; k++) {
            random.fill(initial[index(k)], steps.batch, plan->state[k].width);
            random.fill(d_final[index(k)], steps.batch, plan->state[k].width);
        }
    }

    car_tape forward(car_arena *memory)
    {
        car_tape tape = car_tape_take(memory, &layer, steps, x, nullptr);
        car_layer_forward(&tape, initial.data());
        return tape;
    }

    // Gradients of the loss below, the parameters' among them.
    void backward(car_tape *tape, car_arena *memory)
    {
        car_dues dues = {};
        dues.arena = memory;
        car_layer_backward(tape, memory, d_output, d_final.data(), &dues);
        settle({dues}, memory);
    }

    void settle(const std::vector<car_dues> &dues, car_arena *memory)
    {
        std::vector<const car_dues *> lists;
        for (const car_dues &list : dues)
            lists.push_back(&list);
        car_dues_settle(lists.data(), static_cast<int>(lists.size()), nullptr, 0, memory);
    }

    // <d_output, outputs> + <d_final, final states>
    double loss(const car_tape &tape, car_arena *memory) const
    {
        double sum = inner(tape.next[0], d_output, steps.total, plan->output);
        std::vector<car_panel> final;
        for (int k = 0; k < plan->n_states; k++)
            final.push_back(car_panel_take(memory, steps.batch, plan->state[k].width));
        car_layer_final(&tape, final.data());
        for (int k = 0; k < plan->n_states; k++)
            sum += inner(final[index(k)], d_final[index(k)], steps.batch, plan->state[k].width);
        return sum;
    }

    static double inner(car_panel a, car_panel b, int rows, int width)
    {
        double sum = 0;
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < width; j++)
                sum += static_cast<double>(car_row(a, i)[j]) * static_cast<double>(car_row(b, i)[j]);
        return sum;
    }

    // Draws until no pre-activation is so near to 0 that a kink there would be met.
    void draw_away_from_kinks()
    {
        for (int attempt = 0; attempt < 2000; attempt++, seed += 1000) {
            draw();
            car_arena_reset(&scratch);
            if (least_pre_activation(forward(&scratch)) > 10 * difference_step)
                return;
        }
        FAIL() << "no draw without pre-activations near 0, last seed " << seed;
    }

    // b + sum over feeds of feed . W, from its definition.
    double least_pre_activation(const car_tape &tape) const
    {
        double least = INFINITY;
        for (int row = 0; row < steps.total; row++) {
            std::vector<double> gates(static_cast<size_t>(plan->columns), 0.0);
            for (int c = 0; c < plan->columns && layer.bias != nullptr; c++)
                gates[index(c)] = static_cast<double>(layer.bias->value[c]);
            for (int i = 0; i < plan->n_links; i++) {
                const car_link &link = plan->link[i];
                const int bit = __builtin_ctz(link.feed);
                const car_panel feed = bit == 0 ? tape.x : bit < 9 ? tape.prev[bit - 1] : tape.local[bit - 9];
                for (int r = 0; r < link.rows; r++)
                    for (int c = 0; c < link.columns; c++)
                        gates[index(link.column + c)] +=
                            static_cast<double>(car_row(feed, row)[r]) *
                            static_cast<double>(layer.matrix[i]->value[r * layer.matrix[i]->stride + c]);
            }
            for (double gate : gates)
                least = std::min(least, std::abs(gate));
        }
        return least;
    }

    // All coordinates: `loss_now` runs everything anew; d_x and d_initial as given.
    void compare(const std::function<double()> &loss_now, car_panel d_x, const car_panel *d_initial)
    {
        Differences differences(
            [&] {
                car_arena_reset(&scratch);
                car_parameters_pack(parameters);
                return loss_now();
            },
            seed);
        for (ptrdiff_t i = 0; i < parameters->n_tensors; i++) {
            const car_parameter &tensor = parameters->tensor[i];
            const ptrdiff_t at = tensor.column;
            differences.check(tensor.name, car_panel{tensor.block->value + at, tensor.block->stride},
                              car_panel{tensor.block->gradient + at, tensor.block->stride}, tensor.block->rows,
                              tensor.columns);
        }
        differences.check("x", x, d_x, steps.total, plan->input);
        for (int k = 0; k < plan->n_states; k++)
            differences.check(std::string("initial ") + plan->state[k].name, initial[index(k)], d_initial[k],
                              steps.batch, plan->state[k].width);
        differences.report();
    }

    static size_t index(int i) { return static_cast<size_t>(i); }
};

// The sequence as a chain of tapes of one step, each starting where the one
// before ended.
class Chain
{
  public:
    std::vector<car_tape> tapes;

    Chain(LayerBench &bench, car_arena *memory) : bench_(bench), memory_(memory)
    {
        const car_panel *states = bench.initial.data();
        for (int t = 0; t < bench.steps.steps; t++) {
            const std::vector<int> ones(LayerBench::index(bench.steps.rows[t]), 1);
            car_steps one = car_steps_take(memory, ones.data(), bench.steps.rows[t]);
            car_tape tape =
                car_tape_take(memory, &bench.layer, one, car_panel_from_row(bench.x, bench.steps.first[t]), nullptr);
            car_layer_forward(&tape, states);
            tapes.push_back(tape);
            states = tapes.back().next;
            next_.push_back(std::vector<car_panel>(tape.next, tape.next + bench.plan->n_states));
            states = next_.back().data();
        }
    }

    // arriving(t, k): [rows[t], w], dL/d state k after step t from outside, or no
    // memory for none; d_output as for a layer.
    template <class Arriving> void backward(const Arriving &arriving, car_panel d_output)
    {
        const car_cell_plan *plan = bench_.plan;
        const car_steps &steps = bench_.steps;
        std::vector<car_dues> dues;
        for (int t = steps.steps - 1; t >= 0; t--) {
            const int goes_on = t + 1 < steps.steps ? steps.rows[t + 1] : 0;
            std::vector<car_panel> d_final;
            for (int k = 0; k < plan->n_states; k++) {
                const int width = plan->state[k].width;
                car_panel d = car_panel_take(memory_, steps.rows[t], width), outside = arriving(t, k);
                car_panel_zero(d, steps.rows[t], width);
                if (goes_on > 0)
                    car_panel_copy(tapes[LayerBench::index(t + 1)].d_state[k], d, goes_on, width);
                if (outside.at != nullptr)
                    car_panel_add(outside, d, steps.rows[t], width);
                d_final.push_back(d);
            }
            car_dues list = {};
            list.arena = memory_;
            car_layer_backward(&tapes[LayerBench::index(t)], memory_,
                               d_output.at != nullptr ? car_panel_from_row(d_output, steps.first[t]) : d_output,
                               d_final.data(), &list);
            dues.insert(dues.begin(), list);
        }
        bench_.settle(dues, memory_);
    }

  private:
    LayerBench &bench_;
    car_arena *memory_;
    std::vector<std::vector<car_panel>> next_;
};

} // namespace

void CellTester::check_gradients() const
{
    LayerBench bench(choice_, input_, hidden_, lengths_, seed_);
    ASSERT_NO_FATAL_FAILURE(bench.draw_away_from_kinks());
    car_tape tape = bench.forward(&bench.arena);
    bench.backward(&tape, &bench.arena);
    bench.compare([&] { return bench.loss(bench.forward(&bench.scratch), &bench.scratch); }, tape.d_x, tape.d_state);
}

void CellTester::check_gradients_of_all_states() const
{
    LayerBench bench(choice_, input_, hidden_, lengths_, seed_);
    ASSERT_NO_FATAL_FAILURE(bench.draw_away_from_kinks());
    const car_cell_plan *plan = bench.plan;
    const car_steps &steps = bench.steps;
    Random random(bench.seed + 1);
    std::vector<car_panel> arriving; // [n_states] of [N, w]
    for (int k = 0; k < plan->n_states; k++) {
        arriving.push_back(car_panel_take(&bench.arena, steps.total, plan->state[k].width));
        random.fill(arriving.back(), steps.total, plan->state[k].width);
    }
    auto at = [&](int t, int k) { return car_panel_from_row(arriving[LayerBench::index(k)], steps.first[t]); };

    Chain chain(bench, &bench.arena);
    chain.backward(at, car_panel{nullptr, 0});
    car_panel d_x = car_panel_take(&bench.arena, steps.total, plan->input);
    for (int t = 0; t < steps.steps; t++)
        car_panel_copy(chain.tapes[LayerBench::index(t)].d_x, car_panel_from_row(d_x, steps.first[t]), steps.rows[t],
                       plan->input);
    auto loss = [&] {
        Chain anew(bench, &bench.scratch);
        double sum = 0;
        for (int t = 0; t < steps.steps; t++)
            for (int k = 0; k < plan->n_states; k++)
                sum += LayerBench::inner(anew.tapes[LayerBench::index(t)].next[k], at(t, k), steps.rows[t],
                                         plan->state[k].width);
        return sum;
    };
    bench.compare(loss, d_x, chain.tapes.front().d_state);
}

// ---- what the host's panels look like afterwards ------------------------------------

static void expect_padding_untouched(car_panel panel, int rows, int width, const std::string &what)
{
    car_real untouched;
    std::memset(&untouched, 0xff, sizeof untouched);
    for (int b = 0; b < rows; b++)
        for (int j = width; j < panel.stride; j++)
            ASSERT_TRUE(same_bits(&car_row(panel, b)[j], &untouched, 1))
                << what << ": padding of row " << b << ", column " << j << " was written";
}

static void expect_written(car_panel panel, int rows, int width, const std::string &what)
{
    for (int b = 0; b < rows; b++)
        for (int j = 0; j < width; j++)
            ASSERT_TRUE(std::isfinite(car_row(panel, b)[j])) << what << ": row " << b << ", column " << j;
    expect_padding_untouched(panel, rows, width, what);
}

void CellTester::check_panels() const
{
    LayerBench bench(choice_, input_, hidden_, lengths_, seed_);
    car_tape tape = bench.forward(&bench.arena);
    bench.backward(&tape, &bench.arena);
    const car_cell_plan *plan = bench.plan;
    const int n = bench.steps.total, batch = bench.steps.batch;
    SCOPED_TRACE("seed " + std::to_string(bench.seed));
    expect_written(bench.x, n, plan->input, "x");
    expect_written(tape.gate, n, plan->columns, "gates");
    expect_written(tape.d_gate, n, plan->columns, "d_gate");
    expect_written(tape.d_x, n, plan->input, "d_x");
    for (int k = 0; k < plan->n_states; k++) {
        const int width = plan->state[k].width;
        expect_written(tape.prev[k], n, width, numbered("prev", k));
        expect_written(tape.next[k], n, width, numbered("next", k));
        expect_written(tape.d_state[k], batch, width, numbered("d_state", k));
        expect_padding_untouched(tape.d_prev[k], batch, width, numbered("d_prev", k)); /* of the step before last */
        expect_written(tape.d_next[k], batch, width, numbered("d_next", k));
    }
    for (int k = 0; k < plan->n_locals; k++) {
        expect_written(tape.local[k], n, plan->local[k].width, numbered("local", k));
        expect_written(tape.d_local[k], batch, plan->local[k].width, numbered("d_local", k));
    }
    for (ptrdiff_t i = 0; i < bench.parameters->n_blocks; i++) {
        const car_block *block = bench.parameters->block[i];
        for (int r = 0; r < block->rows; r++)
            for (ptrdiff_t c = 0; c < block->stride; c++) {
                car_real gradient = block->gradient[r * block->stride + c];
                ASSERT_TRUE(std::isfinite(gradient)) << "gradient of block " << i << ", " << r << ", " << c;
                ASSERT_TRUE(c < block->columns || gradient == 0) << "padding of block " << i << ", " << r << ", " << c;
            }
    }
}

// ---- the same bits ---------------------------------------------------------------------

void CellTester::check_same_bits_twice() const
{
    LayerBench bench(choice_, input_, hidden_, lengths_, seed_);
    const car_cell_plan *plan = bench.plan;
    const int n = bench.steps.total;
    car_tape once = bench.forward(&bench.arena);
    bench.backward(&once, &bench.arena);
    const std::vector<car_real> gradient(bench.parameters->gradient, bench.parameters->gradient + bench.parameters->n);
    car_tape twice = bench.forward(&bench.scratch);
    bench.backward(&twice, &bench.scratch);
    SCOPED_TRACE("seed " + std::to_string(bench.seed));
    expect_same_rows(once.gate, 0, twice.gate, 0, n, plan->columns, "gates");
    expect_same_rows(once.d_gate, 0, twice.d_gate, 0, n, plan->columns, "d_gate");
    expect_same_rows(once.d_x, 0, twice.d_x, 0, n, plan->input, "d_x");
    for (int k = 0; k < plan->n_states; k++)
        expect_same_rows(once.next[k], 0, twice.next[k], 0, n, plan->state[k].width, numbered("next", k));
    EXPECT_TRUE(same_bits(gradient.data(), bench.parameters->gradient, static_cast<int>(bench.parameters->n)))
        << "gradients";
}

// A part of the bench's batch through the same layer must give the bits of the
// whole: sequence i of the part is sequence chosen[i] of the whole.
static void expect_rows_of(LayerBench &whole, const car_tape &tape, const std::vector<int> &chosen)
{
    const car_cell_plan *plan = whole.plan;
    car_arena *arena = &whole.scratch;
    std::vector<int> lengths;
    for (int sequence : chosen)
        lengths.push_back(whole.lengths[LayerBench::index(sequence)]);
    const int batch = static_cast<int>(chosen.size());
    const car_steps steps = car_steps_take(arena, lengths.data(), batch);

    auto take = [&](car_panel from, int width) { // packed rows of the part
        car_panel to = car_panel_take(arena, steps.total, width);
        for (int t = 0; t < steps.steps; t++)
            for (int b = 0; b < steps.rows[t]; b++)
                car_copy(width, car_row(from, whole.steps.first[t] + chosen[LayerBench::index(b)]),
                         car_row(to, steps.first[t] + b));
        return to;
    };
    auto take_states = [&](const std::vector<car_panel> &from) {
        std::vector<car_panel> to;
        for (int k = 0; k < plan->n_states; k++) {
            to.push_back(car_panel_take(arena, batch, plan->state[k].width));
            for (int b = 0; b < batch; b++)
                car_copy(plan->state[k].width, car_row(from[LayerBench::index(k)], chosen[LayerBench::index(b)]),
                         car_row(to.back(), b));
        }
        return to;
    };
    const std::vector<car_panel> initial = take_states(whole.initial), d_final = take_states(whole.d_final);
    car_tape part = car_tape_take(arena, &whole.layer, steps, take(whole.x, plan->input), nullptr);
    car_layer_forward(&part, initial.data());
    car_dues dues = {};
    dues.arena = arena;
    car_layer_backward(&part, arena, take(whole.d_output, plan->output), d_final.data(), &dues);

    for (int b = 0; b < batch; b++) {
        const int sequence = chosen[LayerBench::index(b)];
        for (int t = 0; t < lengths[LayerBench::index(b)]; t++) {
            const int mine = steps.first[t] + b, theirs = whole.steps.first[t] + sequence;
            expect_same_rows(part.gate, mine, tape.gate, theirs, 1, plan->columns, "gates");
            expect_same_rows(part.d_gate, mine, tape.d_gate, theirs, 1, plan->columns, "d_gate");
            expect_same_rows(part.d_x, mine, tape.d_x, theirs, 1, plan->input, "d_x");
            for (int k = 0; k < plan->n_states; k++)
                expect_same_rows(part.next[k], mine, tape.next[k], theirs, 1, plan->state[k].width,
                                 numbered("next", k));
        }
        for (int k = 0; k < plan->n_states; k++)
            expect_same_rows(part.d_state[k], b, tape.d_state[k], sequence, 1, plan->state[k].width,
                             numbered("d_initial", k));
    }
}

void CellTester::check_rows_independent() const
{
    LayerBench bench(choice_, input_, hidden_, lengths_, seed_);
    car_tape tape = bench.forward(&bench.arena);
    bench.backward(&tape, &bench.arena);
    SCOPED_TRACE("seed " + std::to_string(bench.seed));

    std::vector<int> permuted(lengths_.size()); // within sequences of one length
    std::iota(permuted.begin(), permuted.end(), 0);
    std::stable_sort(permuted.begin(), permuted.end(), [&](int a, int b) {
        const int la = lengths_[LayerBench::index(a)], lb = lengths_[LayerBench::index(b)];
        return la != lb ? la > lb : a > b;
    });
    const auto half = static_cast<ptrdiff_t>((permuted.size() + 1) / 2);
    expect_rows_of(bench, tape, permuted);
    expect_rows_of(bench, tape, {permuted.begin(), permuted.begin() + half});
    expect_rows_of(bench, tape, {permuted.begin() + half, permuted.end()});
    for (int sequence : permuted)
        expect_rows_of(bench, tape, {sequence});
}

void CellTester::check_sequence_equals_steps() const
{
    LayerBench bench(choice_, input_, hidden_, lengths_, seed_);
    const car_cell_plan *plan = bench.plan;
    const car_steps &steps = bench.steps;
    car_tape whole = bench.forward(&bench.arena);
    bench.backward(&whole, &bench.arena);

    Chain chain(bench, &bench.scratch);
    auto arriving = [&](int t, int k) { // d_final where a sequence ends, zero elsewhere
        const int goes_on = t + 1 < steps.steps ? steps.rows[t + 1] : 0, width = plan->state[k].width;
        car_panel d = car_panel_take(&bench.scratch, steps.rows[t], width);
        car_panel_zero(d, goes_on, width);
        car_panel_copy(car_panel_from_row(bench.d_final[LayerBench::index(k)], goes_on), car_panel_from_row(d, goes_on),
                       steps.rows[t] - goes_on, width);
        return d;
    };
    chain.backward(arriving, bench.d_output);
    SCOPED_TRACE("seed " + std::to_string(bench.seed));
    for (int t = 0; t < steps.steps; t++) {
        const car_tape &step = chain.tapes[LayerBench::index(t)];
        SCOPED_TRACE(numbered("step", t));
        const int row = steps.first[t], rows = steps.rows[t];
        expect_same_rows(step.gate, 0, whole.gate, row, rows, plan->columns, "gates");
        expect_same_rows(step.d_gate, 0, whole.d_gate, row, rows, plan->columns, "d_gate");
        expect_same_rows(step.d_x, 0, whole.d_x, row, rows, plan->input, "d_x");
        for (int k = 0; k < plan->n_states; k++)
            expect_same_rows(step.next[k], 0, whole.next[k], row, rows, plan->state[k].width, numbered("next", k));
        for (int k = 0; k < plan->n_locals; k++)
            expect_same_rows(step.local[k], 0, whole.local[k], row, rows, plan->local[k].width, numbered("local", k));
    }
    for (int k = 0; k < plan->n_states; k++)
        expect_same_rows(chain.tapes.front().d_state[k], 0, whole.d_state[k], 0, steps.batch, plan->state[k].width,
                         numbered("d_initial", k));
}

// ---- the kernels alone -----------------------------------------------------------------

namespace
{

enum Kind { X, PREV, NEXT, GATE, LOCAL, WEIGHT, D_NEXT, D_PREV, D_GATE, D_LOCAL, D_X, D_WEIGHT };
const char *const kind_names[] = {"x",      "prev",   "next",   "gate",    "local", "weight",
                                  "d_next", "d_prev", "d_gate", "d_local", "d_x",   "d_weight"};

// All panels a kernel sees, in one piece of memory, with guards between columns
// and rows.  After every call it is known which elements changed.
class KernelBench
{
  public:
    using Id = std::pair<Kind, int>;
    using Draw = std::function<double(Random &)>;

    KernelBench(const CellChoice &choice, int input, int hidden, int rows, uint64_t seed) : rows_(rows), random_(seed)
    {
        car_error e;
        plan_.reset(car_cell_plan_new(shipped_cell(choice.cell), input, hidden, choice.settings.c_str(), &e));
        if (plan_ == nullptr)
            throw std::runtime_error(e.message);
        add(X, 0, rows, plan_->input);
        add(D_X, 0, rows, plan_->input);
        for (int k = 0; k < plan_->n_states; k++)
            for (Kind kind : {PREV, NEXT, D_NEXT, D_PREV})
                add(kind, k, rows, plan_->state[k].width);
        for (int g = 0; g < plan_->n_gates; g++)
            for (Kind kind : {GATE, D_GATE})
                add(kind, g, rows, plan_->gate[g].width);
        for (int k = 0; k < plan_->n_locals; k++)
            for (Kind kind : {LOCAL, D_LOCAL})
                add(kind, k, rows, plan_->local[k].width);
        for (int w = 0; w < plan_->n_weights; w++)
            for (Kind kind : {WEIGHT, D_WEIGHT})
                add(kind, w, 1, plan_->weight[w].width);
        memory_.resize(memory_.size() + 64, guard);
    }

    const car_cell_plan &plan() const { return *plan_; }

    // Fills a panel with draws, or with NaN.
    void fill(Id id, const Draw &draw)
    {
        const Place &place = places_.at(id);
        for (int b = 0; b < place.rows; b++)
            for (int j = 0; j < place.width; j++)
                memory_[place.at + LayerBench::index(b) * place.stride + LayerBench::index(j)] =
                    static_cast<car_real>(draw(random_));
    }
    void fill_all(Kind kind, const Draw &draw)
    {
        for (const auto &[id, place] : places_)
            if (id.first == kind)
                fill(id, draw);
    }

    // Calls a kernel; only the panels named may change, and whatever of them is
    // listed in `whole` must then be free of NaN.
    void call(int stage, bool backward, const std::set<Id> &writable, const std::set<Id> &whole)
    {
        const std::vector<car_real> before = memory_;
        Views views(*this);
        car_step step = {};
        step.size = sizeof step;
        step.stage = stage;
        step.t = 3;
        step.rows = rows_;
        step.input = plan_->input;
        step.hidden = plan_->hidden;
        step.config = plan_->config;
        step.weight = views.weights.data();
        step.x = views.panels[X].data();
        step.prev = views.panels[PREV].data();
        step.next = views.panels[NEXT].data();
        step.gate = views.panels[GATE].data();
        step.local = views.panels[LOCAL].data();
        if (backward) {
            step.d_next = views.panels[D_NEXT].data();
            step.d_prev = views.panels[D_PREV].data();
            step.d_gate = views.panels[D_GATE].data();
            step.d_local = views.panels[D_LOCAL].data();
            step.d_x = plan_->reads_x ? views.panels[D_X].data() : nullptr;
            step.d_weight = views.d_weights.data();
        }
        (backward ? plan_->stage[stage].backward : plan_->stage[stage].forward)(&step);

        for (size_t i = 0; i < memory_.size(); i++)
            if (!same_bits(&memory_[i], &before[i], 1)) {
                ASSERT_GE(owner_[i], 0) << (backward ? "backward" : "forward") << " of stage " << stage
                                        << " wrote outside of all panels, near " << nearest(i);
                const Id &id = ids_[LayerBench::index(owner_[i])];
                ASSERT_TRUE(writable.count(id) > 0)
                    << (backward ? "backward" : "forward") << " of stage " << stage << " wrote to " << name(id);
            }
        for (const Id &id : whole)
            for (double value : values(id))
                ASSERT_TRUE(std::isfinite(value)) << (backward ? "backward" : "forward") << " of stage " << stage
                                                  << " left " << value << " in " << name(id);
    }

    std::vector<double> values(Id id) const
    {
        const Place &place = places_.at(id);
        std::vector<double> out;
        for (int b = 0; b < place.rows; b++)
            for (int j = 0; j < place.width; j++)
                out.push_back(static_cast<double>(
                    memory_[place.at + LayerBench::index(b) * place.stride + LayerBench::index(j)]));
        return out;
    }

    std::set<Id> all(Kind kind) const
    {
        std::set<Id> ids;
        for (const auto &[id, place] : places_)
            if (id.first == kind)
                ids.insert(id);
        return ids;
    }

    std::set<Id> gates_of(Kind kind, int stage) const
    {
        std::set<Id> ids;
        for (int g = 0; g < plan_->n_gates; g++)
            if (plan_->gate[g].stage == stage)
                ids.insert({kind, g});
        return ids;
    }

    static std::string name(const Id &id) { return numbered(kind_names[id.first], id.second); }

  private:
    static constexpr car_real guard = car_real(-98765.25);

    struct Place {
        size_t at, stride;
        int rows, width;
    };

    // Pointers into the memory, as car_step wants them.
    struct Views {
        std::map<Kind, std::vector<car_panel>> panels;
        std::vector<const car_real *> weights;
        std::vector<car_real *> d_weights;

        explicit Views(KernelBench &bench)
        {
            for (const auto &[id, place] : bench.places_) { // in the order of indices
                car_real *at = bench.memory_.data() + place.at;
                panels[id.first].push_back({at, static_cast<ptrdiff_t>(place.stride)});
                if (id.first == WEIGHT)
                    weights.push_back(at);
                if (id.first == D_WEIGHT)
                    d_weights.push_back(at);
            }
        }
    };

    // A different guard for every panel, so that a wrong stride cannot fit.
    void add(Kind kind, int index, int rows, int width)
    {
        const size_t columns = 3 + places_.size() % 5, stride = static_cast<size_t>(width) + columns;
        Place place = {memory_.size() + stride + 64, stride, rows, width};
        memory_.resize(place.at + stride * LayerBench::index(rows), guard);
        owner_.resize(memory_.size() + 64, -1);
        for (int b = 0; b < rows; b++)
            for (int j = 0; j < width; j++)
                owner_[place.at + LayerBench::index(b) * stride + LayerBench::index(j)] = static_cast<int>(ids_.size());
        ids_.push_back({kind, index});
        places_[{kind, index}] = place;
    }

    std::string nearest(size_t i) const
    {
        for (size_t distance = 0; distance < owner_.size(); distance++)
            for (size_t j : {i - distance, i + distance})
                if (j < owner_.size() && owner_[j] >= 0)
                    return name(ids_[LayerBench::index(owner_[j])]);
        return "nothing";
    }

    int rows_;
    Random random_;
    Handle<car_cell_plan, car_cell_plan_free> plan_;
    std::map<Id, Place> places_;
    std::vector<Id> ids_;
    std::vector<int> owner_; // of every element: which panel, or -1 for a guard
    std::vector<car_real> memory_;
};

using Ids = std::set<KernelBench::Id>;

Ids operator+(Ids a, const Ids &b)
{
    a.insert(b.begin(), b.end());
    return a;
}

double nan_of(Random &) { return std::numeric_limits<double>::quiet_NaN(); }
double moderate(Random &random) { return random.uniform(-1, 1); }

bool has_nan(const std::vector<double> &values)
{
    return std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
}

// All stages forward from drawn pre-activations.  Returns which stage wrote each local.
std::vector<int> run_forward(KernelBench &bench, const KernelBench::Draw &pre_activation)
{
    const car_cell_plan &plan = bench.plan();
    std::vector<int> writer(LayerBench::index(plan.n_locals), -1);
    for (Kind kind : {X, PREV, WEIGHT})
        bench.fill_all(kind, moderate);
    for (Kind kind : {NEXT, GATE, LOCAL, D_NEXT, D_PREV, D_GATE, D_LOCAL, D_X, D_WEIGHT})
        bench.fill_all(kind, nan_of);
    for (int stage = 0; stage < plan.n_stages; stage++) {
        const Ids gates = bench.gates_of(GATE, stage);
        for (const auto &gate : gates)
            bench.fill(gate, pre_activation);
        Ids writable = gates + bench.all(NEXT);
        for (int k = 0; k < plan.n_locals; k++)
            if (writer[LayerBench::index(k)] < 0)
                writable.insert({LOCAL, k});
        bench.call(stage, false, writable, gates);
        if (::testing::Test::HasFatalFailure())
            return writer;
        for (int k = 0; k < plan.n_locals; k++)
            if (writer[LayerBench::index(k)] < 0 && !has_nan(bench.values({LOCAL, k})))
                writer[LayerBench::index(k)] = stage;
    }
    for (const auto &id : bench.all(NEXT) + bench.all(LOCAL))
        for (double value : bench.values(id))
            EXPECT_TRUE(std::isfinite(value)) << KernelBench::name(id) << " is not fully written, or not finite";
    return writer;
}

// All stages backward, each twice: the second time everything that is added to
// must grow by the same again, and d_gate must come out the same.
void run_backward_twice(KernelBench &bench, const std::vector<int> &writer)
{
    const car_cell_plan &plan = bench.plan();
    const double tolerance = sizeof(car_real) == 8 ? 1e-13 : 2e-5;
    for (Kind kind : {D_NEXT, D_PREV, D_LOCAL, D_WEIGHT})
        bench.fill_all(kind, moderate);
    if (plan.reads_x)
        bench.fill_all(D_X, moderate);
    for (int stage = plan.n_stages - 1; stage >= 0; stage--) {
        SCOPED_TRACE(numbered("stage", stage));
        Ids added = bench.all(D_PREV) + bench.all(D_WEIGHT);
        if (plan.reads_x)
            added = added + bench.all(D_X);
        for (int k = 0; k < plan.n_locals; k++)
            if (writer[LayerBench::index(k)] < stage)
                added.insert({D_LOCAL, k});
        const Ids gates = bench.gates_of(D_GATE, stage);
        std::map<KernelBench::Id, std::vector<double>> start, once;
        for (const auto &id : added)
            start[id] = bench.values(id);
        bench.call(stage, true, added + gates, added + gates);
        for (const auto &id : added + gates)
            once[id] = bench.values(id);
        if (::testing::Test::HasFatalFailure())
            return;
        for (const auto &gate : gates)
            bench.fill(gate, nan_of);
        bench.call(stage, true, added + gates, added + gates);
        for (const auto &gate : gates)
            EXPECT_EQ(bench.values(gate), once[gate]) << KernelBench::name(gate);
        for (const auto &id : added) {
            const std::vector<double> twice = bench.values(id);
            for (size_t i = 0; i < twice.size(); i++)
                EXPECT_NEAR(twice[i] - once[id][i], once[id][i] - start[id][i], tolerance)
                    << KernelBench::name(id) << ", element " << i << " is not added to";
        }
    }
}

} // namespace

void CellTester::check_kernels() const
{
    KernelBench bench(choice_, input_, hidden_, 3, seed_);
    SCOPED_TRACE("seed " + std::to_string(seed_));
    const std::vector<int> writer = run_forward(bench, [](Random &random) { return random.uniform(-2, 2); });
    if (!::testing::Test::HasFailure())
        run_backward_twice(bench, writer);
}

void CellTester::check_finite() const
{
    KernelBench bench(choice_, input_, hidden_, 9, seed_);
    SCOPED_TRACE("seed " + std::to_string(seed_));
    const std::vector<int> writer = run_forward(bench, [](Random &random) { return 50.0 * (random.below(3) - 1); });
    if (!::testing::Test::HasFailure())
        run_backward_twice(bench, writer);
}

} // namespace support
