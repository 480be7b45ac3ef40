#include "decode/sampling.h"

#include <math.h>

#include "carousel/cell_math.h"
#include "math/vector.h"

CAR_KERNEL static void weigh(int n, car_real factor, car_real largest, const car_real *x, car_real *weight)
{
    CAR_EACH(j, n)
        weight[j] = car_exp(factor * (x[j] - largest));
}

/* ---- the likeliest ------------------------------------------------------------------------ */

static bool comes_before(const car_real *x, int32_t a, int32_t b) { return x[a] != x[b] ? x[a] > x[b] : a < b; }

static void swap(int32_t *a, int32_t *b)
{
    int32_t kept = *a;
    *a = *b;
    *b = kept;
}

/* Brings a word that stands in the middle of three to ids[n - 1]. */
static void take_pivot(const car_real *x, int32_t *ids, int n)
{
    int32_t *low = &ids[0], *middle = &ids[n / 2], *high = &ids[n - 1];
    if (comes_before(x, *middle, *low))
        swap(middle, low);
    if (comes_before(x, *high, *low))
        swap(high, low);
    if (comes_before(x, *middle, *high))
        swap(middle, high);
}

/* Brings the likeliest words to the beginning of ids [n], in some order: so many that they
 * weigh `enough`, at most `most`.  Returns how many, and their weight in *sum.  Hoare's
 * quickselect, by number and by weight at once. */
static int select_likeliest(const car_real *x, const car_real *weight, int most, double enough, int32_t *ids, int n,
                            double *sum)
{
    int from = 0, to = n; /* what is before `from` is in, what is from `to` on is out */
    *sum = 0;
    while (from < to && from < most && *sum < enough) {
        take_pivot(x, ids + from, to - from);
        int32_t pivot = ids[to - 1];
        int at = from;
        double before = *sum; /* weight of all that comes before the pivot */
        for (int i = from; i < to - 1; i++)
            if (comes_before(x, ids[i], pivot)) {
                before += (double)weight[ids[i]];
                swap(&ids[at++], &ids[i]);
            }
        swap(&ids[at], &ids[to - 1]);
        if (at < most && before < enough) {
            from = at + 1;
            *sum = before + (double)weight[pivot];
        } else {
            to = at;
        }
    }
    return from;
}

/* Words of at least that value stay in ids [n]; returns how many. */
static int leave_out_below(const car_real *value, double least, int32_t *ids, int n)
{
    int kept = 0;
    for (int i = 0; i < n; i++)
        if ((double)value[ids[i]] >= least)
            ids[kept++] = ids[i];
    return kept;
}

/* A value that at least k of x [n] have: the least of the largest of k parts. */
static car_real had_by(int k, int n, const car_real *x)
{
    car_real least = INFINITY;
    for (int i = 0; i < k; i++) {
        int from = (int)((int64_t)n * i / k), to = (int)((int64_t)n * (i + 1) / k);
        car_real largest = car_largest(to - from, x + from);
        least = !(largest > -INFINITY) ? -INFINITY : largest < least ? largest : least;
    }
    return least;
}

int32_t car_sample(const car_sampling *sampling, int n, const car_real *x, double u, car_real *weight, int32_t *ids)
{
    car_real largest = car_largest(n, x);
    if (!(largest > -INFINITY && largest < INFINITY))
        return -1;
    weigh(n, (car_real)(1 / sampling->temperature), largest, x, weight);
    int possible = 0;
    double sum = 0;
    for (int v = 0; v < n; v++) {
        if (!(x[v] > -INFINITY))
            continue;
        ids[possible++] = v;
        sum += (double)weight[v];
    }
    if (sampling->top_k > 0 && sampling->top_k < possible) {
        possible = leave_out_below(x, (double)had_by(sampling->top_k, n, x), ids, possible);
        possible = select_likeliest(x, weight, sampling->top_k, INFINITY, ids, possible, &sum);
    }
    if (sampling->top_p < 1) { /* those below this weight together have less than the 1 - top_p that is left out */
        double wanted = sampling->top_p * sum;
        possible = leave_out_below(weight, (sum - wanted) / possible, ids, possible);
        possible = select_likeliest(x, weight, possible, wanted, ids, possible, &sum);
    }
    double passed = 0, wanted = u * sum;
    for (int i = 0; i < possible - 1; i++) {
        passed += (double)weight[ids[i]];
        if (passed > wanted)
            return ids[i];
    }
    return ids[possible - 1];
}
