#include "card/card.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/parallel.h"

/* ---- one run ----------------------------------------------------------------------------- */

typedef struct job {
    car_card *card;
    car_cell_plan **plan; /* [runs] each taken by its run */
    car_card_run **order; /* [runs] the longest first     */
} job;

static void train_and_test(car_card_run *run, const car_card_recipe *recipe, car_cell_plan *plan)
{
    const car_card_task *task = run->task;
    car_card_learner learner;
    car_card_learner_init(&learner, task, recipe, plan, (uint64_t)run->seed + 1); /* 0 and 1: probe and test */
    bool finite = true, enough = false;
    while (finite && !enough && run->updates < task->updates) {
        finite = car_card_learner_update(&learner, run->updates + 1);
        run->updates += finite;
        if (run->updates % recipe->probe_every == 0)
            enough = car_card_task_as_good(task, car_card_learner_score(&learner, CAR_CARD_PROBE), task->enough);
    }
    run->score = finite ? car_card_learner_score(&learner, CAR_CARD_TEST) : (double)NAN;
    run->passed = car_card_task_as_good(task, run->score, task->mark);
    car_card_learner_clear(&learner);
}

static void do_run(void *context, int index)
{
    job *j = context;
    car_card_run *run = j->order[index];
    double start = car_clock_of_thread();
    train_and_test(run, j->card->recipe, j->plan[run - j->card->run]);
    run->seconds = car_clock_of_thread() - start;
    car_log(CAR_LOG_INFO, "%s, seed %d: %s with %.4g after %d updates in %.1f s", run->task->name, run->seed,
            run->passed ? "passed" : "failed", run->score, run->updates, run->seconds);
}

/* ---- all runs ------------------------------------------------------------------------------ */

static double work(const car_card_task *task) { return (double)task->updates * task->steps; }

static int by_falling_work(const void *a, const void *b)
{
    const car_card_run *x = *(car_card_run *const *)a, *y = *(car_card_run *const *)b;
    double more = work(y->task) - work(x->task);
    return more != 0 ? (more > 0) - (more < 0) : (x > y) - (x < y);
}

static bool make_plans(const car_card *card, const car_cell *cell, const char *settings, car_cell_plan **plans,
                       car_error *e)
{
    for (int i = 0; i < card->n * card->seeds; i++) {
        const car_card_task *task = card->run[i].task;
        plans[i] = car_cell_plan_new(cell, task->input, card->recipe->hidden, settings, e);
        if (plans[i] == NULL)
            return car_error_context(e, "%s (%d inputs)", task->name, task->input);
    }
    return true;
}

/* What is no number comes last. */
static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return isnan(x) || isnan(y) ? isnan(x) - isnan(y) : (x > y) - (x < y);
}

/* Of sorted numbers. */
static double median(const double *values, int n)
{
    return n % 2 != 0 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static void sum_up(car_card_line *line)
{
    double *scores = car_alloc(line->n, sizeof *scores), *updates = car_alloc(line->n, sizeof *updates);
    double sign = line->task->measure == CAR_CARD_SQUARE ? 1 : -1; /* so that the best comes first */
    for (int i = 0; i < line->n; i++) {
        scores[i] = sign * line->run[i].score;
        updates[i] = line->run[i].updates;
        line->passed += line->run[i].passed;
    }
    qsort(scores, (size_t)line->n, sizeof *scores, by_size);
    qsort(updates, (size_t)line->n, sizeof *updates, by_size);
    line->best = sign * scores[0];
    line->median = sign * median(scores, line->n);
    line->worst = sign * scores[line->n - 1];
    line->updates = (int)median(updates, line->n);
    line->verdict = line->passed * 5 >= line->n * 4 ? CAR_CARD_PASSED
                    : line->passed > 0              ? CAR_CARD_PARTLY
                                                    : CAR_CARD_FAILED;
    car_free(scores);
    car_free(updates);
}

car_card *car_card_new(const car_cell *cell, const char *settings, const car_card_task *const *tasks, int n, int seeds,
                       car_error *e)
{
    int runs = n * seeds;
    car_card *card = car_alloc(1, sizeof *card);
    *card = (car_card){.recipe = &car_card_recipe_fixed, .n = n, .seeds = seeds};
    card->line = car_alloc(n, sizeof *card->line);
    card->run = car_alloc(runs, sizeof *card->run);
    job j = {.card = card};
    j.plan = car_alloc(runs, sizeof *j.plan);
    j.order = car_alloc(runs, sizeof *j.order);
    for (int i = 0; i < runs; i++) {
        card->run[i] = (car_card_run){.task = tasks[i / seeds], .seed = 1 + i % seeds};
        j.order[i] = &card->run[i];
    }
    bool good = make_plans(card, cell, settings, j.plan, e);
    if (good) {
        qsort(j.order, (size_t)runs, sizeof *j.order, by_falling_work);
        car_parallel(runs, do_run, &j);
        for (int i = 0; i < n; i++) {
            card->line[i] = (car_card_line){.task = tasks[i], .run = &card->run[i * seeds], .n = seeds};
            sum_up(&card->line[i]);
        }
    } else {
        for (int i = 0; i < runs; i++)
            car_cell_plan_free(j.plan[i]);
        car_card_free(card);
    }
    car_free(j.plan);
    car_free(j.order);
    return good ? card : NULL;
}

void car_card_free(car_card *card)
{
    if (card == NULL)
        return;
    car_free(card->line);
    car_free(card->run);
    car_free(card);
}
