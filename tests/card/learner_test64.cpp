/* The loss of every task: its value and its gradients, in double. */
#include <cmath>
#include <map>

#include "card/learner.h"
#include "support/cells.hpp"
#include "support/differences.hpp"

namespace
{

/* A learner of a task made short, four units wide. */
class Learner : public car_card_learner
{
  public:
    Learner(const char *cell, const car_card_task &of) : car_card_learner{}, task_(of)
    {
        car_error e;
        car_cell_plan *plan = car_cell_plan_new(support::shipped_cell(cell), of.input, recipe_.hidden, "", &e);
        if (plan == nullptr)
            throw std::runtime_error(e.message);
        car_card_learner_init(this, &task_, &recipe_, plan, 5);
    }
    Learner(const Learner &) = delete;
    Learner &operator=(const Learner &) = delete;
    ~Learner() { car_card_learner_clear(this); }

    double loss(bool gradient)
    {
        car_arena_reset(&arena);
        car_parameters_pack(parameters);
        batch = car_card_batch_take(this, car_stream_named(5, "x"), 0, recipe_.batch, 0);
        return car_card_learner_loss(this, &batch, gradient);
    }

    car_card_batch batch = {};

  private:
    car_card_task task_;
    car_card_recipe recipe_ = {4, 3, 0.01, 1, 10};
};

car_card_task shortened(int i)
{
    car_card_task task = car_card_tasks[i];
    task.steps = task.steps > 20 ? 20 : task.steps;
    return task;
}

TEST(LearnerGradients, AgreeWithCentralDifferencesForEveryTask)
{
    for (int i = 0; i < car_card_task_count; i++)
        for (const char *cell : {"rnn", "lstm", "gru", "lstmp"}) {
            SCOPED_TRACE(std::string(car_card_tasks[i].name) + ", " + cell);
            Learner learner(cell, shortened(i));
            learner.loss(true);
            car_parameters *p = learner.parameters;
            std::vector<car_real> gradient(p->gradient, p->gradient + p->n);
            support::Differences differences([&] { return learner.loss(false); }, 5);
            for (ptrdiff_t k = 0; k < p->n_tensors; k++) {
                const car_parameter &tensor = p->tensor[k];
                const car_block &block = *tensor.block;
                differences.check(tensor.name, {block.value + tensor.column, block.stride},
                                  {gradient.data() + block.offset + tensor.column, block.stride}, block.rows,
                                  tensor.columns);
            }
            EXPECT_EQ(differences.count(), car_parameters_count(p));
        }
}

/* With an output layer of zeros every answer is 0, or every class as likely. */
TEST(LearnerLoss, IsThatOfTheEquationWhenNothingIsKnown)
{
    for (int i = 0; i < car_card_task_count; i++) {
        Learner learner("gru", shortened(i));
        const car_block &matrix = *learner.output.matrix;
        std::fill_n(matrix.value, matrix.rows * matrix.stride, car_real(0));
        const double loss = learner.loss(false);
        double expected = 0;
        for (int k = 0; k < learner.batch.n; k++)
            expected += learner.task->measure == CAR_CARD_SQUARE
                            ? static_cast<double>(learner.batch.target[k] * learner.batch.target[k])
                            : std::log(learner.task->output);
        EXPECT_NEAR(loss, expected / learner.batch.n, 1e-12) << learner.task->name;
    }
}

/* Questions of sequences of many lengths are asked at their own rows. */
TEST(LearnerBatch, FindsTheRowsThatAreAsked)
{
    const car_card_task *counting = car_card_task_find("counting");
    Learner learner("rnn", *counting);
    car_arena_reset(&learner.arena);
    const car_card_batch batch = car_card_batch_take(&learner, car_stream_named(1, "x"), 0, 20, 0);
    std::map<int, int> asked; // of a sequence: how often
    for (int k = 0; k < batch.n; k++) {
        const car_real *x = car_row(batch.x, batch.row[k]);
        EXPECT_EQ(x[1], 1) << "asked at every b";
        asked[batch.sequence[k]]++;
        int t = 0;
        while (t + 1 < batch.steps.steps && batch.steps.first[t + 1] <= batch.row[k])
            t++;
        EXPECT_EQ(batch.row[k] - batch.steps.first[t], batch.sequence[k]);
    }
    int total = 0;
    for (const auto &[sequence, n] : asked)
        total += 2 * n;
    EXPECT_EQ(asked.size(), 20u);
    EXPECT_EQ(total, batch.steps.total);
}

} // namespace
