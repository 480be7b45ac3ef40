#include "train/schedule.h"

#include <math.h>
#include <string.h>

/* ---- the learning rate -------------------------------------------------------- */

void car_schedule_init(car_schedule *schedule, const car_schedule_options *options)
{
    CAR_REQUIRE(options->rate > 0 && options->warmup >= 0 && options->inverse_sqrt >= 0);
    if (options->decay != CAR_DECAY_NONE) {
        CAR_REQUIRE(options->factor > 0 && options->factor <= 1 && options->start >= 1);
        CAR_REQUIRE(options->decay == CAR_DECAY_STALLED || options->frequency >= 1);
    }
    schedule->options = *options;
    schedule->decayed = 1;
}

double car_schedule_rate(const car_schedule *schedule, int64_t t)
{
    const car_schedule_options *o = &schedule->options;
    CAR_REQUIRE(t >= 1);
    double rate = o->rate * schedule->decayed;
    if (t < o->warmup)
        rate *= (double)t / (double)o->warmup;
    if (o->inverse_sqrt > 0 && t > o->inverse_sqrt)
        rate *= sqrt((double)o->inverse_sqrt / (double)t);
    return rate;
}

bool car_schedule_report(car_schedule *schedule, car_decay what, int64_t count)
{
    const car_schedule_options *o = &schedule->options;
    CAR_REQUIRE(what != CAR_DECAY_NONE && count >= 0);
    if (what != o->decay || count < o->start)
        return false;
    int64_t period = what == CAR_DECAY_STALLED ? o->start : o->frequency;
    if ((count - o->start) % period != 0)
        return false;
    schedule->decayed *= o->factor;
    return true;
}

/* ---- numbers with names ------------------------------------------------------- */

bool car_named_number_find(const car_named_number *numbers, int n, const char *name, double *value, car_error *e)
{
    for (int i = 0; i < n; i++)
        if (strcmp(numbers[i].name, name) == 0) {
            *value = numbers[i].value;
            return true;
        }
    (void)car_error_set(e, CAR_EXIT_DATA, "the state of training lacks \"%s\"", name);
    return false; /* said here, so that the compiler sees *value is set if true */
}

static bool find_count(const car_named_number *numbers, int n, const char *name, int64_t *count, car_error *e)
{
    double value;
    if (!car_named_number_find(numbers, n, name, &value, e))
        return false;
    if (!(value >= 0 && value <= 0x1p53) || value != floor(value)) {
        (void)car_error_set(e, CAR_EXIT_DATA, "the state of training has %s = %g, which is not a count", name, value);
        return false;
    }
    *count = (int64_t)value;
    return true;
}

void car_schedule_export(const car_schedule *schedule, car_named_number numbers[CAR_SCHEDULE_NUMBERS])
{
    numbers[0] = (car_named_number){"decayed", schedule->decayed};
}

bool car_schedule_import(car_schedule *schedule, const car_named_number *numbers, int n, car_error *e)
{
    double decayed;
    if (!car_named_number_find(numbers, n, "decayed", &decayed, e))
        return false;
    if (!(decayed >= 0 && decayed <= 1))
        return car_error_set(e, CAR_EXIT_DATA, "the state of training has decayed = %g, which is not in 0 .. 1",
                             decayed);
    schedule->decayed = decayed;
    return true;
}

/* ---- early stopping ----------------------------------------------------------- */

void car_judge_init(car_judge *judge, bool higher_is_better, double epsilon, int64_t patience)
{
    CAR_REQUIRE(epsilon >= 0 && patience >= 0);
    *judge = (car_judge){higher_is_better, epsilon, patience, 0, 0, 0};
}

bool car_judge_take(car_judge *judge, double score)
{
    double gain = judge->higher_is_better ? score - judge->best : judge->best - score;
    bool first = judge->seen == judge->stalls;
    judge->seen++;
    if (isfinite(score) && (first || gain > judge->epsilon)) {
        judge->best = score;
        judge->stalls = 0;
        return true;
    }
    judge->stalls++;
    return false;
}

bool car_judge_stops(const car_judge *judge)
{
    return judge->patience > 0 && judge->stalls >= judge->patience;
}

void car_judge_export(const car_judge *judge, car_named_number numbers[CAR_JUDGE_NUMBERS])
{
    numbers[0] = (car_named_number){"best", judge->best};
    numbers[1] = (car_named_number){"stalls", (double)judge->stalls};
    numbers[2] = (car_named_number){"seen", (double)judge->seen};
}

bool car_judge_import(car_judge *judge, const car_named_number *numbers, int n, car_error *e)
{
    double best;
    int64_t stalls, seen;
    if (!car_named_number_find(numbers, n, "best", &best, e) || !find_count(numbers, n, "stalls", &stalls, e) ||
        !find_count(numbers, n, "seen", &seen, e))
        return false;
    if (!isfinite(best) || stalls > seen)
        return car_error_set(e, CAR_EXIT_DATA,
                             "the state of training has best = %g, stalls = %lld, seen = %lld, which do not fit", best,
                             (long long)stalls, (long long)seen);
    judge->best = best;
    judge->stalls = stalls;
    judge->seen = seen;
    return true;
}
