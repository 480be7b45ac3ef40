#include "decode/sampling.h"

#include <math.h>

#include "carousel/cell_math.h"
#include "math/vector.h"

CAR_KERNEL static void weigh(int n, car_real factor, car_real largest, const car_real *x, car_real *weight)
{
    CAR_EACH(j, n)
        weight[j] = car_exp(factor * (x[j] - largest));
}

/* ---- the likeliest first: a heap ------------------------------------------------------- */

static bool comes_before(const car_real *x, int32_t a, int32_t b) { return x[a] != x[b] ? x[a] > x[b] : a < b; }

static void sift_down(const car_real *x, int32_t *heap, int n, int at)
{
    int32_t moved = heap[at];
    for (int child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && comes_before(x, heap[child + 1], heap[child]))
            child++;
        if (!comes_before(x, heap[child], moved))
            break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

/* Sorts the words that are kept to the end of ids [n], the likeliest last; returns how
 * many, and their weight in *kept. */
static int take_top(const car_sampling *sampling, int n, const car_real *x, const car_real *weight, double all,
                    int32_t *ids, double *kept)
{
    for (int i = n / 2 - 1; i >= 0; i--)
        sift_down(x, ids, n, i);
    int most = sampling->top_k > 0 && sampling->top_k < n ? sampling->top_k : n, taken = 0;
    bool has_k = most < n;
    double sum = 0;
    while (taken < most && (has_k || taken == 0 || sum < sampling->top_p * all)) {
        int32_t id = ids[0];
        int left = n - taken - 1;
        ids[0] = ids[left];
        sift_down(x, ids, left, 0);
        ids[left] = id;
        sum += (double)weight[id];
        taken++;
    }
    if (has_k && sampling->top_p < 1) {
        double wanted = sampling->top_p * sum;
        sum = 0;
        for (taken = 0; taken == 0 || (taken < most && sum < wanted); taken++)
            sum += (double)weight[ids[n - 1 - taken]];
    }
    *kept = sum;
    return taken;
}

int32_t car_sample(const car_sampling *sampling, int n, const car_real *x, double u, car_real *weight, int32_t *ids)
{
    car_real largest = car_largest(n, x);
    if (!(largest > -INFINITY))
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
    int first = 0;
    if (sampling->top_k > 0 || sampling->top_p < 1)
        first = possible - take_top(sampling, possible, x, weight, sum, ids, &sum);
    double passed = 0, wanted = u * sum;
    for (int i = possible - 1; i > first; i--) {
        passed += (double)weight[ids[i]];
        if (passed > wanted)
            return ids[i];
    }
    return ids[first];
}
