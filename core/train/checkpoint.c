#include "train/checkpoint.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "base/parallel.h"
#include "base/tensors.h"
#include "base/text.h"
#include "math/vector.h"

#define FORMAT "format"
#define FORMAT_NAME "carousel"
#define VERSION "format_version"
#define VERSION_NAME "1"
#define NUMBERS "training"
#define MODEL "model."
#define OPTIMIZER "optim."
#define CARRIED "carried."

static const car_dtype own_dtype = sizeof(car_real) == sizeof(float) ? CAR_F32 : CAR_F64;

/* ---- tensors as they lie in memory ------------------------------------------------- */

/* A tensor of the file and its place in memory. */
typedef struct view {
    const car_block *block; /* for rows and stride */
    int column, columns;
    bool is_vector;
    car_real *at; /* row 0 of its columns; NULL for those that are not held */
} view;

typedef struct views {
    car_names *names; /* index is the place in `view` */
    view *view;
    ptrdiff_t n, capacity;
} views;

static void clear(views *v)
{
    car_names_free(v->names);
    car_free(v->view);
}

/* One tensor PREFIX.NAME for each parameter, in a vector laid out as the values, or in none. */
static void add_views(views *v, const char *prefix, const car_parameters *parameters, car_real *vector)
{
    for (ptrdiff_t i = 0; i < parameters->n_tensors; i++) {
        const car_parameter *parameter = &parameters->tensor[i];
        car_string name = {0};
        car_string_format(&name, "%s%s", prefix, parameter->name);
        CAR_REQUIRE(car_names_add(v->names, name.at, name.length) == v->n);
        car_string_clear(&name);
        v->view = car_grow(v->view, v->n, &v->capacity, sizeof *v->view);
        car_real *at = vector != NULL ? vector + parameter->block->offset + parameter->column : NULL;
        v->view[v->n++] = (view){parameter->block, parameter->column, parameter->columns, parameter->is_vector, at};
    }
}

static views views_of_model(const car_parameters *parameters)
{
    views v = {.names = car_names_new()};
    add_views(&v, MODEL, parameters, parameters->value);
    return v;
}

static views views_of_optimizer(const car_parameters *parameters, car_optimizer *optimizer)
{
    views v = {.names = car_names_new()};
    const char *moment;
    car_real *vector;
    for (int i = 0; (vector = car_optimizer_moment_view(optimizer, i, &moment)) != NULL; i++) {
        car_string prefix = {0};
        car_string_format(&prefix, OPTIMIZER "%s.", moment);
        add_views(&v, prefix.at, parameters, vector);
        car_string_clear(&prefix);
    }
    return v;
}

/* ---- saving -------------------------------------------------------------------------- */

static void add_tensors(car_tensors_writer *writer, views v)
{
    for (int i = 0; i < (int)v.n; i++) {
        const char *name = car_names_at(v.names, i);
        const view *tensor = &v.view[i];
        const ptrdiff_t columns = tensor->columns;
        if (tensor->is_vector)
            car_tensors_writer_add(writer, name, own_dtype, 1, &columns, tensor->at);
        else
            car_tensors_writer_add_rows(writer, name, own_dtype, tensor->block->rows, columns, tensor->block->stride,
                                        tensor->at);
    }
    clear(&v);
}

static void add_carried(car_tensors_writer *writer, const car_carried *carried)
{
    for (int i = 0; i < carried->n && carried->rows > 0; i++) {
        const car_carried_state *state = &carried->state[i];
        car_string name = {0};
        car_string_format(&name, CARRIED "%s", state->name);
        car_tensors_writer_add_rows(writer, name.at, own_dtype, carried->rows, state->width, state->at.stride,
                                    state->at.at);
        car_string_clear(&name);
    }
}

/* JSON has no word for numbers that are not finite; these do for Python's float(). */
static json_t *json_of(double value)
{
    if (isfinite(value))
        return json_real(value);
    return json_string(isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
}

/* {"update":1000.0,...}: 17 digits give back every double. */
static bool add_numbers(car_tensors_writer *writer, const car_snapshot *snapshot, car_error *e)
{
    json_t *numbers = json_object();
    const char *wrong = NULL;
    for (int i = 0; i < snapshot->n_numbers; i++) {
        const char *name = snapshot->numbers[i].name;
        CAR_REQUIRE(json_object_get(numbers, name) == NULL);
        if (json_object_set_new(numbers, name, json_of(snapshot->numbers[i].value)) != 0)
            wrong = name;
    }
    char *text = wrong == NULL ? json_dumps(numbers, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(numbers);
    if (text == NULL)
        return car_error_set(e, CAR_EXIT_DATA, "the number '%s' cannot be stored: its name is not UTF-8",
                             wrong != NULL ? wrong : "");
    car_tensors_writer_metadata(writer, NUMBERS, text);
    free(text);
    return true;
}

static void add_texts(car_tensors_writer *writer, const car_snapshot *snapshot)
{
    for (int i = 0; i < snapshot->n_texts; i++) {
        const char *name = snapshot->texts[i].name;
        CAR_REQUIRE(strcmp(name, FORMAT) != 0 && strcmp(name, VERSION) != 0 && strcmp(name, NUMBERS) != 0);
        for (int k = 0; k < i; k++)
            CAR_REQUIRE(strcmp(name, snapshot->texts[k].name) != 0);
        car_tensors_writer_metadata(writer, name, snapshot->texts[i].text);
    }
}

bool car_checkpoint_save(const char *path, const car_snapshot *snapshot, car_error *e)
{
    car_tensors_writer *writer = car_tensors_writer_new();
    car_tensors_writer_metadata(writer, FORMAT, FORMAT_NAME);
    car_tensors_writer_metadata(writer, VERSION, VERSION_NAME);
    add_texts(writer, snapshot);
    add_tensors(writer, views_of_model(snapshot->parameters));
    if (snapshot->optimizer != NULL)
        add_tensors(writer, views_of_optimizer(snapshot->parameters, snapshot->optimizer));
    if (snapshot->carried != NULL)
        add_carried(writer, snapshot->carried);
    bool saved =
        add_numbers(writer, snapshot, e) ? car_tensors_save(writer, path, e) : car_error_context(e, "%s", path);
    car_tensors_writer_free(writer);
    return saved;
}

/* ---- reading ------------------------------------------------------------------------- */

struct car_checkpoint {
    car_tensors *tensors;
    json_t *json; /* owns the names of the numbers */
    car_named_number *numbers;
    int n_numbers;
};

static bool check_format(const car_tensors *tensors, car_error *e)
{
    const char *format = car_tensors_metadata(tensors, FORMAT), *version = car_tensors_metadata(tensors, VERSION);
    if (format == NULL || strcmp(format, FORMAT_NAME) != 0)
        return car_error_set(e, CAR_EXIT_DATA,
                             "%s: is no model of this program (its metadata lacks " FORMAT "=" FORMAT_NAME ")",
                             car_tensors_path(tensors));
    if (version == NULL || strcmp(version, VERSION_NAME) != 0)
        return car_error_set(e, CAR_EXIT_DATA,
                             "%s: has " VERSION " %s, and this program reads " VERSION_NAME "; use a newer program",
                             car_tensors_path(tensors), version != NULL ? version : "(none)");
    return true;
}

/* What json_of made. */
static bool number_of(const json_t *json, double *value)
{
    static const struct {
        const char *name;
        double value;
    } words[] = {{"NaN", (double)NAN}, {"Infinity", (double)INFINITY}, {"-Infinity", -(double)INFINITY}};
    *value = json_number_value(json);
    const char *text = json_string_value(json);
    if (text == NULL)
        return json_is_number(json);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i].name) == 0) {
            *value = words[i].value;
            return true;
        }
    return false;
}

static bool read_numbers(car_checkpoint *c, car_error *e)
{
    const char *path = car_tensors_path(c->tensors), *text = car_tensors_metadata(c->tensors, NUMBERS);
    json_error_t why = {0};
    c->json = json_loads(text != NULL ? text : "", JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(c->json))
        return car_error_set(e, CAR_EXIT_DATA, "%s: the metadata under '" NUMBERS "' is no JSON object", path);
    c->numbers = car_alloc((ptrdiff_t)json_object_size(c->json), sizeof *c->numbers);
    const char *name;
    json_t *value;
    json_object_foreach(c->json, name, value)
    {
        car_named_number *number = &c->numbers[c->n_numbers++];
        number->name = name;
        if (!number_of(value, &number->value))
            return car_error_set(e, CAR_EXIT_DATA, "%s: '%s' under '" NUMBERS "' is no number", path, name);
    }
    return true;
}

car_checkpoint *car_checkpoint_open(const char *path, car_checkpoint_part part, car_error *e)
{
    car_tensors *tensors = car_tensors_open(path, part == CAR_WHOLE_CHECKPOINT, e);
    if (tensors == NULL)
        return NULL;
    car_checkpoint *c = car_alloc(1, sizeof *c);
    c->tensors = tensors;
    if (check_format(tensors, e) && read_numbers(c, e))
        return c;
    car_checkpoint_close(c);
    return NULL;
}

void car_checkpoint_close(car_checkpoint *checkpoint)
{
    if (checkpoint == NULL)
        return;
    car_tensors_close(checkpoint->tensors);
    json_decref(checkpoint->json);
    car_free(checkpoint->numbers);
    car_free(checkpoint);
}

const char *car_checkpoint_path(const car_checkpoint *checkpoint) { return car_tensors_path(checkpoint->tensors); }

const char *car_checkpoint_text(const car_checkpoint *checkpoint, const char *name)
{
    return car_tensors_metadata(checkpoint->tensors, name);
}

const car_named_number *car_checkpoint_numbers(const car_checkpoint *checkpoint, int *n)
{
    *n = checkpoint->n_numbers;
    return checkpoint->numbers;
}

/* ---- from the file into memory --------------------------------------------------------- */

static bool has_shape(const car_tensor *tensor, const view *v)
{
    if (v->is_vector)
        return tensor->dims == 1 && tensor->shape[0] == v->columns;
    return tensor->dims == 2 && tensor->shape[0] == v->block->rows && tensor->shape[1] == v->columns;
}

static bool has_type(const car_tensor *tensor) { return tensor->dtype == own_dtype || tensor->dtype == CAR_F32; }

/* Some of the tensors with one kind of trouble: NAMED are named, all are counted. */
typedef struct trouble {
    int n;
    car_string names;
} trouble;

enum { NAMED = 5 };

static bool is_named(trouble *t, const char *name)
{
    if (t->n < NAMED)
        car_string_format(&t->names, "%s%s", t->n > 0 ? ", " : "", name);
    else if (t->n == NAMED)
        car_string_add_text(&t->names, ", ...");
    return t->n++ < NAMED;
}

static void note_difference(trouble *t, const char *name, const car_tensor *tensor, const view *v)
{
    if (!is_named(t, name))
        return;
    car_string_format(&t->names, " is %s [", car_dtype_name(tensor->dtype));
    for (int i = 0; i < tensor->dims; i++)
        car_string_format(&t->names, "%s%td", i > 0 ? ", " : "", tensor->shape[i]);
    car_string_format(&t->names, "] instead of %s [", car_dtype_name(own_dtype));
    if (!v->is_vector)
        car_string_format(&t->names, "%d, ", v->block->rows);
    car_string_format(&t->names, "%d]", v->columns);
}

static void report(car_string *message, const trouble *t, const char *what)
{
    if (t->n > 0)
        car_string_format(message, "; %d %s: %s", t->n, what, t->names.at);
}

/* Does the file hold these tensors, and no others of the group? */
static bool check_fit(const car_tensors *tensors, const char *group, const views *v, const char *hint, car_error *e)
{
    trouble missing = {0}, extra = {0}, different = {0};
    for (int i = 0; i < (int)v->n; i++) {
        const char *name = car_names_at(v->names, i);
        const car_tensor *tensor = car_tensors_find(tensors, name);
        if (tensor == NULL)
            (void)is_named(&missing, name);
        else if (!has_shape(tensor, &v->view[i]) || !has_type(tensor))
            note_difference(&different, name, tensor, &v->view[i]);
    }
    for (int i = 0; i < car_tensors_count(tensors); i++) {
        const char *name = car_tensors_at(tensors, i)->name;
        if (strncmp(name, group, strlen(group)) == 0 && car_names_find(v->names, name, (ptrdiff_t)strlen(name)) < 0)
            (void)is_named(&extra, name);
    }
    bool fits = missing.n + extra.n + different.n == 0;
    if (!fits) {
        car_string message = {0};
        report(&message, &missing, "missing");
        report(&message, &extra, "too many");
        report(&message, &different, "different");
        (void)car_error_set(e, CAR_EXIT_DATA, "%s: %s%s", car_tensors_path(tensors), hint, message.at);
        car_string_clear(&message);
    }
    car_string_clear(&missing.names);
    car_string_clear(&extra.names);
    car_string_clear(&different.names);
    return fits;
}

typedef struct reading {
    const view *view;
    car_dtype dtype;
} reading;

/* Elements of a tensor into the rows of its view. */
static void take(void *context, ptrdiff_t first, ptrdiff_t n, const void *elements)
{
    const reading *r = context;
    const view *v = r->view;
    const float *narrow = elements;
    const double *wide = elements;
    for (ptrdiff_t next = 0; next < n;) {
        ptrdiff_t row = (first + next) / v->columns, column = (first + next) % v->columns;
        ptrdiff_t run = v->columns - column < n - next ? v->columns - column : n - next;
        car_real *to = v->at + row * v->block->stride + column;
        if (r->dtype == own_dtype)
            car_copy((int)run, (const car_real *)elements + next, to);
        else
            for (ptrdiff_t i = 0; i < run; i++)
                to[i] = r->dtype == CAR_F32 ? (car_real)narrow[next + i] : (car_real)wide[next + i];
        next += run;
    }
}

static bool read_tensor(const car_tensors *tensors, const car_tensor *tensor, const view *v, car_error *e)
{
    reading r = {v, tensor->dtype};
    return car_tensors_read(tensors, tensor, take, &r, e);
}

/* ---- weights: block by block, to be packed at once -------------------------------------- */

typedef struct block_reader {
    const car_tensors *tensors;
    const car_parameters *parameters;
    const views *views; /* in the order of the parameters' tensors */
    const int *order;   /* of the blocks, the largest first         */
    car_failure failure;
} block_reader;

/* One that holds no values is packed from `values`. */
static bool read_block(const block_reader *r, const car_block *block, car_real *values, car_error *e)
{
    int columns = 0;
    for (ptrdiff_t i = 0; i < r->parameters->n_tensors; i++)
        columns += r->parameters->tensor[i].block == block ? r->parameters->tensor[i].columns : 0;
    if (columns < block->columns) /* there are some that no tensor has */
        memset(values, 0, (size_t)(block->rows * block->stride) * sizeof *values);
    for (int i = 0; i < (int)r->views->n; i++) {
        view v = r->views->view[i];
        v.at = values + v.column;
        if (v.block == block &&
            !read_tensor(r->tensors, car_tensors_find(r->tensors, car_names_at(r->views->names, i)), &v, e))
            return false;
    }
    car_block_pack(block, values);
    return true;
}

static void read_block_at(void *context, int place)
{
    block_reader *r = context;
    const car_block *block = r->parameters->block[r->order[place]];
    car_real *values = block->value;
    car_arena arena;
    car_arena_init(&arena);
    if (values == NULL)
        values = car_arena_take(&arena, block->rows * block->stride, sizeof *values);
    car_error e;
    if (!read_block(r, block, values, &e))
        car_failure_note(&r->failure, r->order[place], &e);
    car_arena_clear(&arena);
}

typedef struct sized {
    int block;
    ptrdiff_t size;
} sized;

static int larger_first(const void *a, const void *b)
{
    const sized *x = a, *y = b;
    return x->size != y->size ? (x->size > y->size ? -1 : 1) : x->block - y->block;
}

/* So that the threads end together. */
static int *blocks_by_size(const car_parameters *parameters)
{
    int n = (int)parameters->n_blocks;
    sized *line = car_resize(NULL, n, sizeof *line);
    for (int i = 0; i < n; i++)
        line[i] = (sized){i, parameters->block[i]->rows * parameters->block[i]->stride};
    qsort(line, (size_t)n, sizeof *line, larger_first);
    int *order = car_resize(NULL, n, sizeof *order);
    for (int i = 0; i < n; i++)
        order[i] = line[i].block;
    car_free(line);
    return order;
}

bool car_checkpoint_read_parameters(const car_checkpoint *checkpoint, car_parameters *parameters, car_error *e)
{
    views v = {.names = car_names_new()};
    add_views(&v, MODEL, parameters, NULL);
    bool good = check_fit(checkpoint->tensors, MODEL, &v,
                          "the tensors are not those of a model with these cells, options and vocabularies", e);
    if (good) {
        int *order = blocks_by_size(parameters);
        block_reader r = {.tensors = checkpoint->tensors, .parameters = parameters, .views = &v, .order = order};
        car_parallel((int)parameters->n_blocks, read_block_at, &r);
        good = car_failure_pass(&r.failure, e);
        car_free(order);
    }
    clear(&v);
    return good;
}

bool car_checkpoint_read_optimizer(const car_checkpoint *checkpoint, const car_parameters *parameters,
                                   car_optimizer *optimizer, car_error *e)
{
    views v = views_of_optimizer(parameters, optimizer);
    bool good = check_fit(checkpoint->tensors, OPTIMIZER, &v,
                          "the tensors are not the state of this optimizer for this model", e);
    for (int i = 0; good && i < (int)v.n; i++)
        good = read_tensor(checkpoint->tensors, car_tensors_find(checkpoint->tensors, car_names_at(v.names, i)),
                           &v.view[i], e);
    clear(&v);
    return good;
}

/* The state as it was saved, or NULL. */
static const car_tensor *find_carried(const car_checkpoint *checkpoint, const car_carried_state *state)
{
    car_string name = {0};
    car_string_format(&name, CARRIED "%s", state->name);
    const car_tensor *tensor = car_tensors_find(checkpoint->tensors, name.at);
    car_string_clear(&name);
    return tensor;
}

bool car_checkpoint_read_carried(const car_checkpoint *checkpoint, car_carried *carried, car_error *e)
{
    enum { MOST_ROWS = 1 << 24 };
    const car_tensor *first = carried->n > 0 ? find_carried(checkpoint, &carried->state[0]) : NULL;
    ptrdiff_t rows = first != NULL && first->dims == 2 && first->shape[0] <= MOST_ROWS ? first->shape[0] : 0;
    for (int i = 0; i < carried->n; i++) {
        const car_tensor *tensor = find_carried(checkpoint, &carried->state[i]);
        bool fits = tensor == NULL ? rows == 0
                                   : rows > 0 && tensor->dims == 2 && tensor->shape[0] == rows &&
                                         tensor->shape[1] == carried->state[i].width && has_type(tensor);
        if (!fits)
            return car_error_set(e, CAR_EXIT_DATA, "%s: " CARRIED "%s is not the state of this model's text",
                                 car_checkpoint_path(checkpoint), carried->state[i].name);
    }
    car_carried_reset(carried, (int)rows);
    bool good = true;
    for (int i = 0; i < carried->n && rows > 0 && good; i++) {
        car_carried_state *state = &carried->state[i];
        const car_block block = {.rows = (int)rows, .stride = state->at.stride};
        const view v = {.block = &block, .columns = state->width, .at = state->at.at};
        good = read_tensor(checkpoint->tensors, find_carried(checkpoint, state), &v, e);
    }
    return good;
}
