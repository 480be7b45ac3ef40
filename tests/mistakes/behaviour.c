/* A recurrent highway layer that behaves badly in one way, which MISTAKE chooses:
 * what no loader can see and only running its kernels shows.  Each line with `if
 * (is(...))` is one way; tests/check expects `carousel cell check` to name it. */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { H, M };          /* states; M is carried for the sake of some mistakes */
enum { U, T };          /* gates */
enum { KEPT };          /* local: t * u */
enum { SCALE };         /* weight of the candidate */
static int calls;       /* for what must not be kept */
static int *volatile nowhere = (int *)16;

static bool is(const char *mistake)
{
    const char *mine = MISTAKE;
    while (*mine != '\0' && *mine == *mistake)
        mine++, mistake++;
    return *mine == *mistake;
}

static void *wait_for_ever(void *nothing)
{
    (void)pause();
    return nothing;
}

/* Everything that is not arithmetic. */
static void misbehave(const car_step *s)
{
    calls++;
    if (is("prints"))
        (void)puts("one step more");
    if (is("complains"))
        (void)fputs("one step more\n", stderr);
    if (is("locale"))
        (void)setlocale(LC_ALL, "C.UTF-8");
    if (is("folder"))
        (void)!chdir("/");
    if (is("umask"))
        (void)umask(0137);
    if (is("signal"))
        (void)signal(SIGTERM, SIG_IGN);
    if (is("blocks")) {
        sigset_t all;
        (void)sigfillset(&all);
        (void)sigprocmask(SIG_BLOCK, &all, NULL);
    }
    if (is("rounds"))
        (void)fesetround(FE_UPWARD);
    if (is("environment"))
        (void)setenv("OMP_NUM_THREADS", "1", 1);
    if (is("files"))
        (void)!open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (is("thread")) {
        pthread_t thread;
        (void)pthread_create(&thread, NULL, wait_for_ever, NULL);
    }
    if (is("limits"))
        (void)setrlimit(RLIMIT_NOFILE, &(struct rlimit){64, 64});
    if (is("timer"))
        (void)setitimer(ITIMER_VIRTUAL, &(struct itimerval){.it_value = {.tv_sec = 1000}}, NULL);
    if (is("leaks") && malloc(64) == NULL)
        abort();
    if (is("loops"))
        for (volatile int i = 0; i < 2; i = 0)
            ;
    if (is("sleeps-for-ever"))
        for (;;)
            (void)pause();
    if (is("exits"))
        exit(0);
    if (is("aborts"))
        abort();
    if (is("kills"))
        (void)kill(getpid(), SIGKILL);
    if (is("divides")) {
        volatile int zero = s->hidden - s->hidden;
        zero = s->rows * 7 / zero;
    }
    if (is("jumps"))
        *nowhere = 1;
    if (is("eats-memory"))
        for (;;) {
            volatile char *some = malloc(1 << 24);
            if (some == NULL)
                abort();
            for (int i = 0; i < 1 << 24; i += 4096)
                some[i] = 1;
        }
}

static void forward(const car_step *s)
{
    misbehave(s);
    int width = s->hidden - is("leaves-unit"), rows = s->rows - is("leaves-row");
    for (int b = 0; b < rows; b++) {
        car_real *u = car_row(s->gate[U], b), *t = car_row(s->gate[T], b);
        const car_real *h0 = car_row(s->prev[H], b), *m0 = car_row(s->prev[M], b);
        car_real *h = car_row(s->next[H], b), *m = car_row(s->next[M], b), *kept = car_row(s->local[KEPT], b);
        if (is("strides"))
            h0 = s->prev[H].at + b * s->hidden;
        for (int j = 0; j < width; j++) {
            if (is("gates-overflow"))
                u[j] = (car_real)(expm1(4 * (double)u[j]) > 1e38 ? INFINITY : 0) * 0 + u[j];
            u[j] = car_tanh(u[j]);
            t[j] = car_sigmoid(t[j]);
            if (is("twin-differs") && sizeof(car_real) == 8)
                u[j] *= (car_real)1.01;
            if (!is("leaves-local") || j > 0)
                kept[j] = t[j] * u[j];
            car_real old = is("padding") ? h0[j + 1] : h0[j];
            if (is("old-next"))
                u[j] += 0 * h[j];
            h[j] = t[j] * u[j] * s->weight[SCALE][j] + (1 - t[j]) * old;
            m[j] = is("state-unread") ? u[j] : (car_real)0.5 * m0[j] + u[j];
            h[j] += is("state-unread") ? 0 : (car_real)0.1 * m[j];
        }
        if (is("states-overflow"))
            h[0] += (car_real)(exp(4 * fabs((double)m0[0])) > 1e38 ? NAN : 0);
        if (is("divides-by-norm")) {
            car_real norm = 0;
            for (int j = 0; j < s->hidden; j++)
                norm += h0[j] * h0[j];
            h[0] += h0[0] / (car_real)sqrt((double)norm);
        }
        if (is("divides-by-tiny"))
            h[0] += h0[0] == 0 ? 0 : (car_real)(1e-3 / (double)(h0[0] * h0[0] + (car_real)1e-44));
        if (is("spreads-nan") && b > 0)
            h[0] += isnan(car_row(s->gate[U], b - 1)[0]) ? 1 : 0;
        if (is("runs-away"))
            m[0] = 2 * m0[0] + 1;
        if (is("shares-memory")) {
            static car_real shared[64];
            for (int j = 0; j < 7; j++)
                shared[j] = u[j % s->hidden];
            (void)usleep(20);
            h[0] += shared[0] - u[0];
        }
        if (is("slow"))
            for (int j = 0; j < s->hidden; j++)
                h[j] += (car_real)(0 * lgamma(fabs((double)u[j]) + 1.5) * tgamma(fabs((double)t[j]) + 1));
        if (is("forgets"))
            for (int j = 0; j < s->hidden; j++)
                h[j] = (car_real)1e-6 * u[j];
        if (is("overruns"))
            h[s->hidden] = 0;
        if (is("underruns"))
            h[-1] = 0;
        if (is("overruns-far"))
            h[1 << 16] = 0;
        if (is("writes-prev"))
            ((car_real *)h0)[0] = 0;
        if (is("writes-x"))
            car_row(*s->x, b)[0] = 2;
        if (is("writes-weight"))
            ((car_real *)s->weight[SCALE])[0] += 1;
        if (is("reads-x"))
            h[0] += car_row(*s->x, b)[0];
        if (is("nan") && s->hidden > 1)
            h[1] = (car_real)log(u[1] - 2);
        if (is("infinity"))
            h[0] = t[0] / (h0[0] - h0[0]);
        if (is("rows") && s->rows > 1)
            h[0] += car_row(s->gate[U], (b + 1) % s->rows)[0];
        if (is("first-row") && b == 0)
            h[0] *= 2;
        if (is("time"))
            h[0] += s->t == 0;
        if (is("keeps"))
            h[0] += (car_real)calls;
        if (is("alignment"))
            h[0] += (car_real)((uintptr_t)h % 64);
    }
    if (is("dead-row"))
        car_row(s->next[H], s->rows)[0] = 0;
}

static void backward(const car_step *s)
{
    if (is("backward-crashes"))
        *nowhere = 1;
    if (is("backward-loops"))
        for (volatile int i = 0; i < 2; i = 0)
            ;
    for (int b = 0; b < s->rows; b++) {
        const car_real *u = car_row(s->gate[U], b), *t = car_row(s->gate[T], b), *h0 = car_row(s->prev[H], b);
        const car_real *dh = car_row(s->d_next[H], b), *dm = car_row(s->d_next[M], b);
        const car_real *kept = car_row(s->local[KEPT], b), *scale = s->weight[SCALE];
        car_real *du = car_row(s->d_gate[U], b), *dt = car_row(s->d_gate[T], b);
        car_real *dh0 = car_row(s->d_prev[H], b), *dm0 = car_row(s->d_prev[M], b);
        for (int j = 0; j < s->hidden; j++) {
            car_real dm1 = dm[j] + (is("state-unread") ? 0 : (car_real)0.1 * dh[j]);
            car_real before = is("adds-d-gate") ? du[j] : 0;
            du[j] = before + (dh[j] * t[j] * scale[j] + dm1) * car_d_tanh(u[j]);
            if (!is("leaves-d-gate") || j > 0)
                dt[j] = dh[j] * (u[j] * scale[j] - h0[j]) * car_d_sigmoid(t[j]);
            if (is("overwrites-prev"))
                dh0[j] = dh[j] * (1 - t[j]);
            else
                dh0[j] += dh[j] * (1 - t[j]);
            dm0[j] += is("state-unread") ? 0 : dm1 * (car_real)0.5;
            if (is("overwrites-weight"))
                s->d_weight[SCALE][j] = dh[j] * kept[j];
            else
                s->d_weight[SCALE][j] += dh[j] * kept[j];
        }
        if (is("backward-overruns"))
            du[s->hidden] = 0;
        if (is("backward-dead-row"))
            car_row(s->d_prev[H], s->rows)[0] = 0;
        if (is("backward-writes-gate"))
            ((car_real *)u)[0] = 0;
        if (is("writes-d-next"))
            ((car_real *)dh)[0] = 0;
        if (is("backward-nan"))
            dh0[0] += (car_real)log(u[0] - 2);
        if (is("backward-rows") && s->rows > 1)
            du[0] += car_row(s->d_next[H], (b + 1) % s->rows)[0];
        if (is("backward-time"))
            du[0] += (car_real)s->t;
        if (is("backward-keeps"))
            du[0] += (car_real)calls++;
        if (is("not-linear"))
            du[0] += dh[0] * dh[0];
        if (is("backward-padding"))
            du[0] += 0 * dh[s->hidden];
    }
}

static void plan(car_plan *p)
{
    static int asked;
    if (is("refuses"))
        car_fail(p, "no day for a plan");
    if (is("plan-prints"))
        (void)puts("a plan");
    if (is("plan-crashes"))
        *nowhere = 1;
    if (is("plan-loops"))
        for (volatile int i = 0; i < 2; i = 0)
            ;
    if (is("large-crashes") && p->hidden > 4096)
        abort();
    car_state(p, H, "h");
    car_state(p, M, "m");
    car_local(p, KEPT, "t*u");
    car_weight(p, SCALE, "scale", CAR_INIT_CONSTANT, is("starts-far") ? 1e6 : 1);
    car_stage(p, forward, backward);
    car_gate(p, U, "u", CAR_X | CAR_H, 0);
    car_gate(p, T, "t", CAR_X | CAR_H | (is("early-local") ? CAR_LOCAL(KEPT) : 0),
             car_opt(p, "bias") * !is("option-unused") + (is("changes-plan") ? asked++ : 0));
    if (is("stage-empty"))
        car_stage(p, misbehave, misbehave);
}

static const car_option options[] = {{"bias", "initial bias of the transform gate", CAR_NUMBER, -1, -4, 4, NULL}, {0}};

CAR_PLUGIN("1.0", {"misbehaves", "a highway layer that behaves badly", NULL, options, plan})

__attribute__((constructor)) static void at_loading(void)
{
    if (is("load-prints"))
        (void)puts("loaded");
    if (is("load-locale"))
        (void)setlocale(LC_ALL, "C.UTF-8");
    if (is("load-slow"))
        for (double end = (double)clock() + 0.3 * CLOCKS_PER_SEC; (double)clock() < end;)
            ;
}
