#include "tools/resume.h"

#include <string.h>

#include "base/config.h"
#include "base/memory.h"
#include "tools/lines.h"

/* Adds "--name value ..." as a line. */
static bool add_entry(void *context, const car_config_entry *entry, car_error *e)
{
    (void)e;
    car_string line = {0};
    car_string_format(&line, "--%s", entry->name);
    for (int i = 0; i < entry->n; i++)
        car_string_format(&line, " %s", entry->values[i]);
    car_line_list_add(context, line.at, line.length);
    car_string_clear(&line);
    return true;
}

/* The options of a configuration that models keep, one line each, in the order of
 * the table; those it does not have are at their defaults. */
static bool list_options(const char *config, const char *origin, car_line_list *list, car_error *e)
{
    car_options *options = car_options_new(car_option_table, CAR_FOR_MODEL_FILE);
    car_string all = {0};
    bool good = car_options_load_text(options, config, (ptrdiff_t)strlen(config), origin, e);
    if (good) {
        car_options_dump(options, &all);
        good = car_config_read(all.at, all.length, origin, add_entry, list, e);
    }
    car_string_clear(&all);
    car_options_free(options);
    return good;
}

bool car_resume_check(const car_system *system, const car_checkpoint *checkpoint, car_error *e)
{
    const char *path = car_checkpoint_path(checkpoint), *config = car_checkpoint_text(checkpoint, "config");
    const char *corpus = car_checkpoint_text(checkpoint, "corpus");
    if (config == NULL || corpus == NULL)
        return car_error_set(e, CAR_EXIT_DATA, "%s: it is no checkpoint of `carousel train`", path);
    car_line_list before = {0}, now = {0};
    car_string differing = {0};
    bool good = list_options(config, path, &before, e) && list_options(system->config.at, "the options", &now, e);
    for (ptrdiff_t i = 0; good && i < before.n; i++)
        if (strcmp(before.at[i], now.at[i]) != 0)
            car_string_format(&differing, "\n  it was %s, now it is %s", before.at[i], now.at[i]);
    if (good && differing.length > 0)
        good = car_error_set(e, CAR_EXIT_CONFIG, "%s: a training can only go on with the options it began with:%s",
                             path, differing.at);
    if (good && strcmp(corpus, system->corpus) != 0)
        good = car_error_set(e, CAR_EXIT_DATA, "%s: it was trained on other text than that of --train-sets", path);
    if (good)
        car_system_note_cells(system, checkpoint);
    car_line_list_clear(&before);
    car_line_list_clear(&now);
    car_string_clear(&differing);
    return good;
}

bool car_resume_load(car_system *system, const car_checkpoint *checkpoint, car_trainer *trainer, car_error *e)
{
    int n;
    const car_named_number *numbers = car_checkpoint_numbers(checkpoint, &n);
    return (car_checkpoint_read_parameters(checkpoint, system->model->parameters, e) &&
            car_checkpoint_read_optimizer(checkpoint, system->model->parameters, car_trainer_optimizer(trainer), e) &&
            car_checkpoint_read_carried(checkpoint, car_trainer_carried(trainer), e) &&
            car_trainer_import(trainer, numbers, n, e)) ||
           car_error_context(e, "%s", car_checkpoint_path(checkpoint));
}
