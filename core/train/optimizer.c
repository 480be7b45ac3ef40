#include "train/optimizer.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "carousel/cell_math.h"

enum { MOMENTS_MAX = 2 };

struct car_optimizer {
    car_optimizer_options options;
    ptrdiff_t n;
    int64_t updates;
    int n_moments;
    car_real *moment[MOMENTS_MAX]; /* [n] */
};

/* The moments of each kind, in the order of the buffers. */
static const char *const moment_names[][MOMENTS_MAX] = {
    [CAR_SGD] = {"momentum", NULL}, [CAR_RMSPROP] = {"ms", NULL}, [CAR_ADAM] = {"m", "v"}};

car_optimizer_options car_optimizer_defaults(car_optimizer_kind kind)
{
    static const car_optimizer_options defaults[] = {[CAR_SGD] = {CAR_SGD, 0, 0, 1e-8},
                                                     [CAR_RMSPROP] = {CAR_RMSPROP, 0, 0.9, 1e-8},
                                                     [CAR_ADAM] = {CAR_ADAM, 0.9, 0.999, 1e-8}};
    return defaults[kind];
}

car_optimizer *car_optimizer_new(const car_optimizer_options *options, ptrdiff_t n)
{
    CAR_REQUIRE(options->beta1 >= 0 && options->beta1 < 1);
    CAR_REQUIRE(options->beta2 >= 0 && options->beta2 < 1);
    CAR_REQUIRE((car_real)options->epsilon > 0 && n >= 0);
    car_optimizer *optimizer = car_alloc(1, sizeof *optimizer);
    optimizer->options = *options;
    optimizer->n = n;
    bool plain = options->kind == CAR_SGD && options->beta1 == 0;
    for (int i = 0; i < MOMENTS_MAX && !plain && moment_names[options->kind][i] != NULL; i++) {
        optimizer->moment[i] = car_alloc(n, sizeof(car_real));
        optimizer->n_moments = i + 1;
    }
    return optimizer;
}

void car_optimizer_free(car_optimizer *optimizer)
{
    if (optimizer == NULL)
        return;
    for (int i = 0; i < optimizer->n_moments; i++)
        car_free(optimizer->moment[i]);
    car_free(optimizer);
}

car_real *car_optimizer_moment_view(car_optimizer *optimizer, int i, const char **name)
{
    CAR_REQUIRE(i >= 0);
    if (i >= optimizer->n_moments)
        return NULL;
    *name = moment_names[optimizer->options.kind][i];
    return optimizer->moment[i];
}

int64_t car_optimizer_updates(const car_optimizer *optimizer)
{
    return optimizer->updates;
}

void car_optimizer_set_updates(car_optimizer *optimizer, int64_t updates)
{
    CAR_REQUIRE(updates >= 0);
    optimizer->updates = updates;
}

static int chunks_of(ptrdiff_t n)
{
    return (int)((n + CAR_OPTIMIZER_CHUNK - 1) / CAR_OPTIMIZER_CHUNK);
}

static int chunk_length(ptrdiff_t n, int chunk)
{
    ptrdiff_t left = n - (ptrdiff_t)chunk * CAR_OPTIMIZER_CHUNK;
    return (int)(left < CAR_OPTIMIZER_CHUNK ? left : CAR_OPTIMIZER_CHUNK);
}

/* ---- the norm --------------------------------------------------------------- */

typedef struct norm_job {
    const car_real *gradient;
    ptrdiff_t n;
    double *sums; /* one per chunk */
} norm_job;

/* In LANES partial sums, which is what lets it run in vectors. */
CAR_KERNEL
static double sum_of_squares(const car_real *g, int n)
{
    enum { LANES = 32 };
    double sum[LANES] = {0}, total = 0;
    int whole = n / LANES * LANES;
    for (int i = 0; i < whole; i += LANES)
        for (int l = 0; l < LANES; l++)
            sum[l] += (double)g[i + l] * (double)g[i + l];
    for (int i = whole; i < n; i++)
        sum[i - whole] += (double)g[i] * (double)g[i];
    for (int l = 0; l < LANES; l++)
        total += sum[l];
    return total;
}

static void norm_chunk(void *context, int chunk)
{
    const norm_job *job = context;
    job->sums[chunk] =
        sum_of_squares(job->gradient + (ptrdiff_t)chunk * CAR_OPTIMIZER_CHUNK, chunk_length(job->n, chunk));
}

double car_gradient_norm(const car_real *gradient, ptrdiff_t n)
{
    int chunks = chunks_of(n);
    norm_job job = {gradient, n, car_alloc(chunks, sizeof(double))};
    car_parallel(chunks, norm_chunk, &job);
    double total = 0;
    for (int i = 0; i < chunks; i++)
        total += job.sums[i];
    car_free(job.sums);
    return sqrt(total);
}

/* ---- the update --------------------------------------------------------------- */

/* What every element of an update has in common. */
typedef struct rule {
    car_real rate;          /* of this update; for Adam over 1 - beta1^t      */
    car_real scale, limit;  /* of the gradient                                */
    car_real beta1, fresh1; /* fresh = 1 - beta                               */
    car_real beta2, fresh2;
    car_real root; /* Adam: 1 / sqrt(1 - beta2^t)                    */
    car_real epsilon;
} rule;

CAR_INLINE car_real clipped(rule r, car_real gradient)
{
    car_real g = r.scale * gradient;
    g = g < -r.limit ? -r.limit : g;
    return g > r.limit ? r.limit : g;
}

CAR_INLINE car_real root_of(car_real x)
{
    return sizeof(car_real) == sizeof(float) ? (car_real)sqrtf((float)x) : (car_real)sqrt((double)x);
}

CAR_KERNEL
static void plain_chunk(rule r, int n, const car_real *g, car_real *p)
{
    CAR_EACH(i, n)
    p[i] -= r.rate * clipped(r, g[i]);
}

CAR_KERNEL
static void momentum_chunk(rule r, int n, const car_real *g, car_real *m, car_real *p)
{
    CAR_EACH(i, n)
    {
        m[i] = r.beta1 * m[i] + clipped(r, g[i]);
        p[i] -= r.rate * m[i];
    }
}

CAR_KERNEL
static void rmsprop_chunk(rule r, int n, const car_real *g, car_real *s, car_real *p)
{
    CAR_EACH(i, n)
    {
        car_real gi = clipped(r, g[i]);
        s[i] = r.beta2 * s[i] + r.fresh2 * gi * gi;
        p[i] -= r.rate * gi / (root_of(s[i]) + r.epsilon);
    }
}

CAR_KERNEL
static void adam_chunk(rule r, int n, const car_real *g, car_real *m, car_real *v, car_real *p)
{
    CAR_EACH(i, n)
    {
        car_real gi = clipped(r, g[i]);
        m[i] = r.beta1 * m[i] + r.fresh1 * gi;
        v[i] = r.beta2 * v[i] + r.fresh2 * gi * gi;
        p[i] -= r.rate * m[i] / (root_of(v[i]) * r.root + r.epsilon);
    }
}

typedef struct step_job {
    car_optimizer *optimizer;
    rule rule;
    const car_real *gradient;
    car_real *parameters;
} step_job;

static void step_chunk(void *context, int chunk)
{
    const step_job *job = context;
    const car_optimizer *o = job->optimizer;
    ptrdiff_t at = (ptrdiff_t)chunk * CAR_OPTIMIZER_CHUNK;
    int n = chunk_length(o->n, chunk);
    const car_real *g = job->gradient + at;
    car_real *p = job->parameters + at;
    if (o->options.kind == CAR_ADAM)
        adam_chunk(job->rule, n, g, o->moment[0] + at, o->moment[1] + at, p);
    else if (o->options.kind == CAR_RMSPROP)
        rmsprop_chunk(job->rule, n, g, o->moment[0] + at, p);
    else if (o->n_moments > 0)
        momentum_chunk(job->rule, n, g, o->moment[0] + at, p);
    else
        plain_chunk(job->rule, n, g, p);
}

void car_optimizer_step(car_optimizer *optimizer, car_real *parameters, const car_real *gradient, double learning_rate,
                        double scale, double clip_value)
{
    const car_optimizer_options *o = &optimizer->options;
    CAR_REQUIRE(clip_value >= 0);
    double t = (double)++optimizer->updates;
    rule r;
    r.rate = (car_real)(o->kind == CAR_ADAM ? learning_rate / (1 - pow(o->beta1, t)) : learning_rate);
    r.scale = (car_real)scale;
    r.limit = clip_value > 0 ? (car_real)clip_value : (car_real)INFINITY;
    r.beta1 = (car_real)o->beta1;
    r.fresh1 = (car_real)(1 - o->beta1);
    r.beta2 = (car_real)o->beta2;
    r.fresh2 = (car_real)(1 - o->beta2);
    r.root = (car_real)(1 / sqrt(1 - pow(o->beta2, t)));
    r.epsilon = (car_real)o->epsilon;
    step_job job = {optimizer, r, gradient, parameters};
    car_parallel(chunks_of(optimizer->n), step_chunk, &job);
}
