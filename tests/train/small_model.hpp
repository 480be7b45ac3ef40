/* small_model.hpp - parameters with every layout a model has, and snapshots of them. */
#ifndef CAROUSEL_TESTS_SMALL_MODEL_HPP
#define CAROUSEL_TESTS_SMALL_MODEL_HPP

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "support/handles.hpp"
#include "train/checkpoint.h"

namespace support
{

using Checkpoint = Handle<car_checkpoint, car_checkpoint_close>;

/* One block with two gates side by side, a table, two biases in one block. */
class SmallModel
{
  public:
    explicit SmallModel(int words = 5, const char *gate = "forget") : parameters_(car_parameters_new())
    {
        car_parameters *p = parameters_.get();
        car_block *gates = car_parameters_add(p, 3, 11, CAR_TIMES);
        car_parameters_name(p, gates, 0, 4, "encoder.0.x.input");
        car_parameters_name(p, gates, 4, 7, "encoder.0.x.%s", gate);
        car_parameters_name(p, car_parameters_add(p, words, 2, CAR_READ), 0, 2, "embedding.source");
        car_block *bias = car_parameters_add(p, 1, 11, CAR_READ);
        car_parameters_name(p, bias, 0, 4, "encoder.0.b.input");
        car_parameters_name(p, bias, 4, 7, "encoder.0.b.%s", gate);
        car_parameters_allocate(p, CAR_TO_DIFFERENTIATE);
    }

    car_parameters *get() const { return parameters_.get(); }

    /* Values that are a function of `number` and say where they belong. */
    void fill(int64_t number)
    {
        fill(get()->value, number);
        car_parameters_pack(get());
    }
    void fill(car_real *vector, int64_t number) const
    {
        for (ptrdiff_t i = 0; i < get()->n_tensors; i++) {
            const car_parameter &tensor = get()->tensor[i];
            for (int row = 0; row < tensor.block->rows; row++)
                for (int column = 0; column < tensor.columns; column++)
                    vector[tensor.block->offset + row * tensor.block->stride + tensor.column + column] =
                        std::sin(static_cast<car_real>(number) + static_cast<car_real>(100 * i + 10 * row + column));
        }
    }

    std::string bytes(const car_real *vector) const { return bytes_of(vector, get()->n); }
    std::string values() const { return bytes(get()->value); }
    std::string packed() const
    {
        const car_packed &gates = get()->block[0]->forward;
        return bytes_of(gates.at, car_packed_reals(3, 11));
    }

  private:
    static std::string bytes_of(const car_real *at, ptrdiff_t n)
    {
        return std::string(reinterpret_cast<const char *>(at), static_cast<size_t>(n) * sizeof *at);
    }

    Handle<car_parameters, car_parameters_free> parameters_;
};

/* An optimizer for it with something in each moment. */
class SmallOptimizer
{
  public:
    SmallOptimizer(const SmallModel &model, car_optimizer_kind kind, bool filled = true)
    {
        car_optimizer_options options = car_optimizer_defaults(kind);
        optimizer_.reset(car_optimizer_new(&options, model.get()->n));
        for (int i = 0; filled && moment(i) != nullptr; i++)
            model.fill(moment(i), 1000 + i);
    }
    car_optimizer *get() const { return optimizer_.get(); }
    car_real *moment(int i) const
    {
        const char *name;
        return car_optimizer_moment_view(get(), i, &name);
    }

  private:
    Handle<car_optimizer, car_optimizer_free> optimizer_;
};

/* A snapshot with the numbers and texts it borrows. */
struct Snapshot {
    std::vector<car_named_number> numbers;
    std::vector<car_named_text> texts;
    car_snapshot snapshot = {};

    Snapshot(const SmallModel &model, car_optimizer *optimizer)
        : numbers{{"update", 1000}, {"learning-rate", 0.1}}, texts{{"config", "dim-rnn: 4\n"}}
    {
        snapshot.parameters = model.get();
        snapshot.optimizer = optimizer;
    }
    const car_snapshot *get()
    {
        snapshot.numbers = numbers.data();
        snapshot.n_numbers = static_cast<int>(numbers.size());
        snapshot.texts = texts.data();
        snapshot.n_texts = static_cast<int>(texts.size());
        return &snapshot;
    }
};

} // namespace support
#endif
