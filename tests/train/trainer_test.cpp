// The state of a training as numbers: what comes back, and what may be missing.
#include "train/trainer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "support/handles.hpp"

extern "C" const car_plugin *carousel_plugin_lstm(void);

namespace
{

using Trainer = support::Handle<car_trainer, car_trainer_free>;

class TrainerState : public ::testing::Test
{
  protected:
    TrainerState()
    {
        car_model_options options = {};
        options.task = CAR_CLASSIFY;
        options.source_words = options.target_words = 5;
        options.enc_cell = &carousel_plugin_lstm()->cells[0];
        options.enc_depth = 1;
        options.dim_emb = options.dim_rnn = 4;
        model_ = support::Handle<car_model, car_model_free>(car_model_new(&options, CAR_TO_LEARN, &e_));
        options_.schedule.rate = 0.1;
        options_.optimizer = car_optimizer_defaults(CAR_ADAM);
    }

    Trainer make() { return Trainer(car_trainer_new(model_.get(), &options_)); }

    static std::vector<car_named_number> state_of(const Trainer &trainer)
    {
        std::vector<car_named_number> numbers(CAR_TRAINER_NUMBERS);
        numbers.resize(static_cast<size_t>(car_trainer_export(trainer.get(), numbers.data())));
        return numbers;
    }

    bool import(const Trainer &trainer, const std::vector<car_named_number> &numbers)
    {
        return car_trainer_import(trainer.get(), numbers.data(), static_cast<int>(numbers.size()), &e_);
    }

    support::Handle<car_model, car_model_free> model_;
    car_trainer_options options_ = {};
    car_error e_ = {};
};

TEST_F(TrainerState, ComesBackFromItsNumbers)
{
    const Trainer first = make(), second = make();
    std::vector<car_named_number> numbers = state_of(first);
    double next = 3;
    for (car_named_number &number : numbers)
        if (std::string(number.name) != "decayed")
            number.value = next++;
    ASSERT_TRUE(import(second, numbers)) << e_.message;
    const std::vector<car_named_number> back = state_of(second);
    ASSERT_EQ(back.size(), numbers.size());
    for (size_t i = 0; i < back.size(); i++) {
        EXPECT_STREQ(back[i].name, numbers[i].name);
        EXPECT_EQ(back[i].value, numbers[i].value) << back[i].name;
    }
}

/* Checkpoints of versions that did not count clipped updates go on. */
TEST_F(TrainerState, OnlyWhatCameLaterMayBeMissing)
{
    const std::vector<car_named_number> whole = state_of(make());
    for (const car_named_number &left_out : whole) {
        const std::string name = left_out.name;
        std::vector<car_named_number> numbers;
        for (const car_named_number &number : whole)
            if (name != number.name)
                numbers.push_back(number);
        const Trainer trainer = make();
        EXPECT_EQ(import(trainer, numbers), name == "sum-clipped") << name;
        if (name == "sum-clipped") {
            EXPECT_EQ(car_trainer_progress(trainer.get())->sum_clipped, 0);
        } else {
            EXPECT_EQ(e_.code, CAR_EXIT_DATA) << name;
            EXPECT_NE(std::string(e_.message).find(name), std::string::npos) << e_.message;
        }
    }
}

TEST_F(TrainerState, CountersBelowTheirStartAreRefused)
{
    for (const auto &[name, value] : {std::pair<const char *, double>{"words", -1},
                                      {"epoch", 0},
                                      {"update", 1e16},
                                      {"sum-clipped", NAN},
                                      {"optimizer-updates", -1}}) {
        const Trainer trainer = make();
        std::vector<car_named_number> numbers = state_of(trainer);
        for (car_named_number &number : numbers)
            if (std::string(number.name) == name)
                number.value = value;
        EXPECT_FALSE(import(trainer, numbers)) << name;
        EXPECT_EQ(e_.code, CAR_EXIT_DATA) << name;
    }
}

} // namespace
