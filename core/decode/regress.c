#include "decode/regress.h"

#include "base/memory.h"
#include "base/parallel.h"

enum { TASK_SOURCES = 16 };

typedef struct regress_job {
    const car_model *model;
    const car_sentence *sources;
    int n;
    float *numbers;
} regress_job;

static void regress_some(void *context, int task)
{
    const regress_job *job = context;
    const car_model *model = job->model;
    int first = task * TASK_SOURCES, words = model->output.words;
    int n = job->n - first < TASK_SOURCES ? job->n - first : TASK_SOURCES, all[TASK_SOURCES];
    float *unknown = car_alloc(words, sizeof *unknown); /* the shard has targets, but nobody asks for its loss */
    car_sentence target[TASK_SOURCES];
    for (int i = 0; i < n; i++) {
        all[i] = i;
        target[i] = (car_sentence){.numbers = unknown, .length = 1};
    }
    car_shard shard;
    car_shard_init(&shard);
    car_shard_load(&shard, &model->options, &(car_batch){.rows = n, .source = job->sources + first, .target = target},
                   all, n);
    car_shard_forward(&shard, model, NULL);
    car_panel y = car_panel_take(&shard.arena, n, words);
    car_output_logits(&model->output, shard.rows.readout, n, y);
    for (int b = 0; b < n; b++) {
        float *to = job->numbers + (ptrdiff_t)(first + shard.pair[shard.sentence[b]]) * words;
        for (int j = 0; j < words; j++)
            to[j] = (float)car_row(y, b)[j];
    }
    car_shard_clear(&shard);
    car_free(unknown);
}

void car_regress(const car_model *model, const car_sentence *sources, int n, float *numbers)
{
    CAR_REQUIRE(model->options.task == CAR_REGRESS);
    regress_job job = {model, sources, n, numbers};
    car_parallel((n + TASK_SOURCES - 1) / TASK_SOURCES, regress_some, &job);
}
