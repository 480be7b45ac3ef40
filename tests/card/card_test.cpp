/* Cards: what is summed up, the same on any number of threads. */
#include <cmath>

#include "base/log.h"
#include "base/parallel.h"
#include "card/card.h"
#include "support/cells.hpp"

namespace
{

using Card = support::Handle<car_card, car_card_free>;

class Cards : public ::testing::Test
{
  protected:
    void SetUp() override { car_log_set(CAR_LOG_INFO, true); }
    void TearDown() override { car_parallel_set_threads(1); }

    static Card make(const char *cell, const std::vector<const car_card_task *> &tasks, int seeds, int threads)
    {
        car_error e;
        car_parallel_set_threads(threads);
        Card card(
            car_card_new(support::shipped_cell(cell), "", tasks.data(), static_cast<int>(tasks.size()), seeds, &e));
        if (!card)
            ADD_FAILURE() << e.message;
        return card;
    }

    static car_card_task shortened(const char *name, int steps, int updates)
    {
        car_card_task task = *car_card_task_find(name);
        task.steps = steps;
        task.updates = updates;
        task.probes = task.tests = 20;
        return task;
    }
};

TEST_F(Cards, TheSameBitsOnAnyNumberOfThreads)
{
    const car_card_task adding = shortened("adding-50", 10, 60), order = shortened("order-50", 10, 60),
                        counting = shortened("counting", 5, 60);
    const std::vector<const car_card_task *> tasks = {&adding, &order, &counting};
    const Card one = make("gru", tasks, 3, 1), many = make("gru", tasks, 3, 4);
    bool differ = false;
    for (int i = 0; i < 9; i++) {
        EXPECT_EQ(one->run[i].score, many->run[i].score) << i;
        EXPECT_EQ(one->run[i].updates, many->run[i].updates) << i;
        EXPECT_EQ(one->run[i].seed, i % 3 + 1);
        EXPECT_EQ(one->run[i].task, tasks[static_cast<size_t>(i / 3)]);
        differ = differ || one->run[0].score != one->run[1].score;
    }
    EXPECT_TRUE(differ) << "seeds matter";
}

TEST_F(Cards, ShortTasksAreLearntAndEndEarly)
{
    car_card_task adding = shortened("adding-50", 4, 1000), order = shortened("order-50", 10, 1000);
    adding.tests = order.tests = 200;
    const Card card = make("lstm", {&adding, &order}, 1, 1);
    for (int i = 0; i < card->n; i++) {
        const car_card_line &line = card->line[i];
        EXPECT_EQ(line.verdict, CAR_CARD_PASSED) << line.task->name << ": " << line.median;
        EXPECT_LT(line.updates, line.task->updates) << line.task->name;
        EXPECT_EQ(line.updates % card->recipe->probe_every, 0);
    }
}

/* Without an update everything is as drawn: failed, with the score of one who does not know. */
TEST_F(Cards, NothingLearntIsFailed)
{
    car_card_task adding = shortened("adding-50", 20, 0), order = shortened("order-50", 20, 0);
    order.tests = 400;
    const Card card = make("rnn", {&adding, &order}, 4, 1);
    EXPECT_EQ(card->line[0].verdict, CAR_CARD_FAILED);
    EXPECT_EQ(card->line[1].verdict, CAR_CARD_FAILED);
    EXPECT_GT(card->line[0].best, adding.chance / 2);
    EXPECT_GE(card->line[0].worst, card->line[0].median);
    EXPECT_LE(card->line[0].best, card->line[0].median);
    EXPECT_LE(card->line[1].worst, card->line[1].median);
    EXPECT_NEAR(card->line[1].median, order.chance, 0.2);
    EXPECT_EQ(card->line[1].updates, 0);
}

/* An update that cannot be made changes nothing, and the run ends. */
TEST_F(Cards, NumbersThatAreInfinite)
{
    const car_card_task *task = car_card_task_find("order-50");
    car_error e;
    car_card_learner learner;
    car_card_learner_init(&learner, task, &car_card_recipe_fixed,
                          car_cell_plan_new(support::shipped_cell("lstm"), task->input, 64, "", &e), 1);
    EXPECT_TRUE(car_card_learner_update(&learner, 1));
    car_parameters *p = learner.parameters;
    p->value[0] = NAN;
    car_parameters_pack(p);
    const std::vector<car_real> before(p->value + 1, p->value + p->n);
    EXPECT_FALSE(car_card_learner_update(&learner, 2));
    EXPECT_EQ(std::vector<car_real>(p->value + 1, p->value + p->n), before);
    car_card_learner_clear(&learner);
}

TEST_F(Cards, OptionsThatTheCellDoesNotHave)
{
    const car_card_task *task = &car_card_tasks[0];
    car_error e;
    EXPECT_EQ(car_card_new(support::shipped_cell("lstm"), "colour=1", &task, 1, 1, &e), nullptr);
    EXPECT_EQ(e.code, CAR_EXIT_USAGE);
    EXPECT_NE(std::string(e.message).find("colour"), std::string::npos) << e.message;
}

} // namespace
