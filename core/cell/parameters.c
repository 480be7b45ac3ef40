#include "cell/parameters.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/parallel.h"
#include "math/vector.h"

car_parameters *car_parameters_new(void) { return car_alloc(1, sizeof(car_parameters)); }

void car_parameters_free(car_parameters *parameters)
{
    if (parameters == NULL)
        return;
    for (ptrdiff_t i = 0; i < parameters->n_blocks; i++)
        car_free(parameters->block[i]);
    for (ptrdiff_t i = 0; i < parameters->n_tensors; i++)
        car_free(parameters->tensor[i].name);
    car_free(parameters->block);
    car_free(parameters->tensor);
    car_free(parameters->value);
    car_free(parameters->gradient);
    car_arena_clear(&parameters->arena);
    car_free(parameters);
}

car_block *car_parameters_add(car_parameters *parameters, int rows, int columns, unsigned uses)
{
    CAR_REQUIRE(parameters->value == NULL && rows >= 1 && columns >= 1 && uses != 0);
    car_block *block = car_alloc(1, sizeof *block);
    block->rows = rows;
    block->columns = columns;
    block->uses = uses;
    block->stride = car_stride_of(columns);
    parameters->block = car_grow(parameters->block, parameters->n_blocks, &parameters->block_capacity, sizeof block);
    return parameters->block[parameters->n_blocks++] = block;
}

void car_parameters_name(car_parameters *parameters, car_block *block, int column, int columns, const char *format, ...)
{
    char name[256];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    CAR_REQUIRE(length > 0 && length < (int)sizeof name);
    CAR_REQUIRE(car_parameters_find(parameters, name) == NULL);
    CAR_REQUIRE(column >= 0 && columns >= 1 && column + columns <= block->columns);
    parameters->tensor =
        car_grow(parameters->tensor, parameters->n_tensors, &parameters->tensor_capacity, sizeof *parameters->tensor);
    parameters->tensor[parameters->n_tensors++] =
        (car_parameter){car_copy_text(name), block, column, columns, block->rows == 1};
}

static ptrdiff_t whole_lines(ptrdiff_t reals) { return (reals + CAR_LINE_REALS - 1) / CAR_LINE_REALS * CAR_LINE_REALS; }

/* Of the form that the forward pass multiplies by, `other` being its counterpart. */
static bool is_needed(const car_block *block, unsigned use, unsigned other, car_purpose purpose)
{
    return (block->uses & use) != 0 || ((block->uses & other) != 0 && purpose != CAR_TO_APPLY);
}

static ptrdiff_t forward_reals(const car_block *block, car_purpose purpose)
{
    return is_needed(block, CAR_TIMES, CAR_TIMES_TRANSPOSED, purpose)
               ? whole_lines(car_packed_reals(block->rows, block->columns))
               : 0;
}

static ptrdiff_t backward_reals(const car_block *block, car_purpose purpose)
{
    return is_needed(block, CAR_TIMES_TRANSPOSED, CAR_TIMES, purpose)
               ? whole_lines(car_packed_reals(block->columns, block->rows))
               : 0;
}

void car_parameters_allocate(car_parameters *parameters, car_purpose purpose)
{
    CAR_REQUIRE(parameters->value == NULL);
    ptrdiff_t packed = 0;
    for (ptrdiff_t i = 0; i < parameters->n_blocks; i++) {
        car_block *block = parameters->block[i];
        block->offset = parameters->n;
        if (purpose != CAR_TO_APPLY || (block->uses & CAR_READ) != 0)
            parameters->n += block->rows * block->stride;
        packed += forward_reals(block, purpose) + backward_reals(block, purpose);
    }
    parameters->value = car_alloc(parameters->n, sizeof(car_real));
    if (purpose == CAR_TO_LEARN)
        parameters->gradient = car_alloc(parameters->n, sizeof(car_real));
    car_arena_init(&parameters->arena); /* not cleared: packing writes all of it, on all threads */
    car_real *memory = car_arena_take(&parameters->arena, packed, sizeof(car_real));

    for (ptrdiff_t i = 0; i < parameters->n_blocks; i++) {
        car_block *block = parameters->block[i];
        if (purpose != CAR_TO_APPLY || (block->uses & CAR_READ) != 0)
            block->value = parameters->value + block->offset;
        if (purpose == CAR_TO_LEARN)
            block->gradient = parameters->gradient + block->offset;
        ptrdiff_t forward = forward_reals(block, purpose), backward = backward_reals(block, purpose);
        block->forward = (car_packed){block->rows, block->columns, forward > 0 ? memory : NULL};
        memory += forward;
        block->backward = (car_packed){block->columns, block->rows, backward > 0 ? memory : NULL};
        memory += backward;
    }
}

enum { PACK_PARTS = 8 }; /* of the panels of one matrix: a task packs one */

static void pack_part(const car_packed *packed, const car_real *b, ptrdiff_t row_stride, ptrdiff_t column_stride,
                      int part)
{
    int panels = car_packed_panels(packed);
    car_pack(packed, b, row_stride, column_stride, panels * part / PACK_PARTS, panels * (part + 1) / PACK_PARTS);
}

static void pack_block_part(const car_block *block, const car_real *value, int part)
{
    if (block->forward.at != NULL)
        pack_part(&block->forward, value, block->stride, 1, part);
    if (block->backward.at != NULL)
        pack_part(&block->backward, value, 1, block->stride, part);
}

void car_block_pack(const car_block *block, const car_real *value)
{
    for (int part = 0; part < PACK_PARTS; part++)
        pack_block_part(block, value, part);
}

static void pack_block(void *context, int task)
{
    const car_parameters *parameters = context;
    const car_block *block = parameters->block[task / PACK_PARTS];
    CAR_REQUIRE(block->value != NULL);
    pack_block_part(block, block->value, task % PACK_PARTS);
}

void car_parameters_pack(car_parameters *parameters)
{
    car_parallel((int)parameters->n_blocks * PACK_PARTS, pack_block, parameters);
}

int64_t car_parameters_count(const car_parameters *parameters)
{
    int64_t n = 0;
    for (ptrdiff_t i = 0; i < parameters->n_tensors; i++)
        if (!parameters->tensor[i].block->running)
            n += (int64_t)parameters->tensor[i].block->rows * parameters->tensor[i].columns;
    return n;
}

const car_parameter *car_parameters_find(const car_parameters *parameters, const char *name)
{
    for (ptrdiff_t i = 0; i < parameters->n_tensors; i++)
        if (strcmp(parameters->tensor[i].name, name) == 0)
            return &parameters->tensor[i];
    return NULL;
}

/* ---- dues ------------------------------------------------------------------------ */

static void add_due(car_dues *dues, car_due due)
{
    CAR_REQUIRE(due.column >= 0 && due.column + due.columns <= due.block->columns);
    if (dues->n == dues->capacity) {
        int capacity = dues->capacity > 0 ? 2 * dues->capacity : 64;
        car_due *at = car_arena_take(dues->arena, capacity, sizeof *at);
        if (dues->n > 0)
            memcpy(at, dues->at, (size_t)dues->n * sizeof *at);
        dues->at = at;
        dues->capacity = capacity;
    }
    dues->at[dues->n++] = due;
}

void car_dues_product(car_dues *dues, car_block *block, int column, int columns, car_panel a, car_panel d, int n)
{
    add_due(dues, (car_due){CAR_DUE_PRODUCT, block, column, columns, n, a, d, NULL});
}

void car_dues_sum(car_dues *dues, car_block *block, int column, int columns, car_panel d, int n)
{
    add_due(dues, (car_due){CAR_DUE_SUM, block, column, columns, n, d, d, NULL});
}

void car_dues_scatter(car_dues *dues, car_block *block, const int32_t *ids, car_panel d, int n)
{
    add_due(dues, (car_due){CAR_DUE_SCATTER, block, 0, block->columns, n, d, d, ids});
}

/* Rows first .. last-1 of the gradient that a due of all shards adds to (for
 * scatters: columns); of a product's, one of so many slices of its columns. */
typedef struct chunk {
    int due, first, last, slice, slices;
} chunk;

/* Dues are settled in rounds.  Those of a round touch different columns or blocks, so that its chunks may run at
 * the same time, and their packed D take no more than ROUND_REALS: those of a long minibatch would be tens of
 * megabytes at once.  A due that alone takes more is settled in several rounds, of some shards each. */
typedef struct settlement {
    const car_dues *const *dues;
    int shards, n;             /* n: dues of a shard */
    bool *overwrites;          /* [n] the first due of its block */
    int first, last, from, to; /* the round: dues first .. last-1 of shards from .. to-1 */
    car_packed *packed;        /* [n * shards] D of each product of the round */
    const chunk *chunks;
} settlement;

enum { ROUND_REALS = 3 << 19 };

static const car_due *due_of(const settlement *s, int shard, int due) { return &s->dues[shard]->at[due]; }

static bool overlaps(const car_due *a, const car_due *b)
{
    return a->block == b->block && a->column < b->column + b->columns && b->column < a->column + a->columns;
}

/* Is the D of a due that of the one before? */
static bool repeats(const settlement *s, int i)
{
    const car_due *due = due_of(s, 0, i), *before = due - 1;
    return due->kind == CAR_DUE_PRODUCT && before->kind == CAR_DUE_PRODUCT && before->d.at == due->d.at &&
           before->columns == due->columns && before->n == due->n;
}

/* What the D of due i of a shard takes when it is packed. */
static ptrdiff_t packed_reals(const settlement *s, int shard, int i)
{
    const car_due *due = due_of(s, shard, i);
    return due->kind == CAR_DUE_PRODUCT ? whole_lines(car_packed_reals(due->n, due->columns)) : 0;
}

/* Before the first round. */
static void rewind_rounds(settlement *s)
{
    s->last = 0;
    s->to = s->shards;
}

/* Goes on to the next round, unless there is none; `packed` is what it takes. */
static bool next_round(settlement *s, ptrdiff_t *packed)
{
    bool goes_on = s->to < s->shards;
    s->first = goes_on ? s->first : s->last;
    s->from = goes_on ? s->to : 0;
    if (s->first == s->n)
        return false;
    *packed = packed_reals(s, s->from, s->first);
    for (s->to = s->from + 1; s->to < s->shards; s->to++) {
        ptrdiff_t more = packed_reals(s, s->to, s->first);
        if (*packed + more > ROUND_REALS)
            break;
        *packed += more;
    }
    bool has_all_shards = s->to - s->from == s->shards;
    for (s->last = s->first + 1; s->last < s->n; s->last++) {
        ptrdiff_t more = 0;
        for (int shard = s->from; shard < s->to && !repeats(s, s->last); shard++)
            more += packed_reals(s, shard, s->last);
        bool fits = repeats(s, s->last) || (has_all_shards && *packed + more <= ROUND_REALS);
        for (int k = s->first; k < s->last; k++)
            fits &= !overlaps(due_of(s, 0, k), due_of(s, 0, s->last));
        if (!fits)
            break;
        *packed += more;
    }
    return true;
}

static void pack_due(void *context, int task)
{
    const settlement *s = context;
    int of = task / PACK_PARTS, i = s->first + of / (s->to - s->from), shard = s->from + of % (s->to - s->from);
    const car_due *due = due_of(s, shard, i);
    if (due->kind == CAR_DUE_PRODUCT && (i == s->first || !repeats(s, i)))
        pack_part(&s->packed[i * s->shards + shard], due->d.at, due->d.stride, 1, task % PACK_PARTS);
}

static void pack_round(settlement *s, car_real *memory)
{
    for (int i = s->first; i < s->last; i++)
        for (int shard = s->from; shard < s->to; shard++) {
            const car_due *due = due_of(s, shard, i), *of_all = due_of(s, 0, i);
            CAR_REQUIRE(due->kind == of_all->kind && due->block == of_all->block && due->column == of_all->column);
            car_packed *packed = &s->packed[i * s->shards + shard];
            if (due->kind == CAR_DUE_PRODUCT && i > s->first && repeats(s, i)) {
                *packed = packed[-s->shards];
            } else {
                *packed = (car_packed){due->n, due->columns, memory};
                memory += packed_reals(s, shard, i);
            }
        }
    car_parallel((s->last - s->first) * (s->to - s->from) * PACK_PARTS, pack_due, s);
}

static void settle_product(const settlement *s, const chunk *part, bool overwrite)
{
    for (int shard = s->from; shard < s->to; shard++) {
        const car_due *due = due_of(s, shard, part->due);
        const car_packed *d = &s->packed[part->due * s->shards + shard];
        const int panels = car_packed_panels(d), first = panels * part->slice / part->slices;
        const car_packed some = car_packed_part(d, first, panels * (part->slice + 1) / part->slices);
        car_panel gradient = {due->block->gradient + part->first * due->block->stride + due->column +
                                  first * car_product_width(),
                              due->block->stride};
        car_product(part->last - part->first, due->a.at + part->first, 1, due->a.stride, &some,
                    shard > 0 || !overwrite ? &gradient : NULL, gradient);
    }
}

static void settle_sum(const settlement *s, const chunk *part, bool overwrite)
{
    const car_due *first = due_of(s, 0, part->due);
    car_real *gradient = first->block->gradient + first->column;
    if (overwrite)
        car_zero(first->columns, gradient);
    for (int shard = s->from; shard < s->to; shard++) {
        const car_due *due = due_of(s, shard, part->due);
        car_panel_sum(due->d, gradient, due->n, due->columns);
    }
}

static void settle_scatter(const settlement *s, const chunk *part, bool overwrite)
{
    const car_block *block = due_of(s, 0, part->due)->block;
    int width = part->last - part->first;
    if (overwrite)
        for (int row = 0; row < block->rows; row++)
            car_zero(width, block->gradient + row * block->stride + part->first);
    for (int shard = s->from; shard < s->to; shard++) {
        const car_due *due = due_of(s, shard, part->due);
        for (int i = 0; i < due->n; i++)
            car_add(width, car_row(due->d, i) + part->first,
                    block->gradient + due->ids[i] * block->stride + part->first);
    }
}

static void settle_chunk(void *context, int task)
{
    const settlement *s = context;
    const chunk *part = &s->chunks[task];
    bool overwrite = s->overwrites[part->due];
    switch (due_of(s, 0, part->due)->kind) {
    case CAR_DUE_PRODUCT:
        settle_product(s, part, overwrite);
        break;
    case CAR_DUE_SUM:
        settle_sum(s, part, overwrite);
        break;
    case CAR_DUE_SCATTER:
        settle_scatter(s, part, overwrite);
        break;
    }
}

/* Of a gradient in one chunk, at most. */
enum { CHUNK_ROWS = 96, CHUNK_COLUMNS = 1024, SCATTER_COLUMNS = 64 };

static void settle_round(settlement *s, car_arena *arena)
{
    int n = 0, capacity = 0;
    for (int i = s->first; i < s->last; i++) {
        const car_due *due = due_of(s, 0, i);
        capacity += (due->block->rows / CHUNK_ROWS + 1) * (due->columns / CHUNK_COLUMNS + 1) +
                    due->columns / SCATTER_COLUMNS + 1;
    }
    chunk *chunks = car_arena_take(arena, capacity, sizeof *chunks);
    for (int i = s->first; i < s->last; i++) {
        const car_due *due = due_of(s, 0, i);
        int whole = due->kind == CAR_DUE_PRODUCT ? due->block->rows : due->kind == CAR_DUE_SUM ? 1 : due->columns;
        int most = due->kind == CAR_DUE_SCATTER ? SCATTER_COLUMNS : CHUNK_ROWS, n_chunks = (whole + most - 1) / most;
        int size = (whole + n_chunks - 1) / n_chunks; /* as equal as can be */
        int slices = due->kind == CAR_DUE_PRODUCT ? (due->columns + CHUNK_COLUMNS - 1) / CHUNK_COLUMNS : 1;
        for (int at = 0; at < whole; at += size)
            for (int slice = 0; slice < slices; slice++)
                chunks[n++] = (chunk){i, at, at + size < whole ? at + size : whole, slice, slices};
    }
    s->chunks = chunks;
    car_parallel(n, settle_chunk, s);
}

void car_dues_settle(const car_dues *const *dues, int shards, car_block *const *started, int n_started,
                     car_arena *arena)
{
    settlement s = {.dues = dues, .shards = shards, .n = dues[0]->n};
    for (int shard = 1; shard < shards; shard++)
        CAR_REQUIRE(dues[shard]->n == s.n);

    s.overwrites = car_arena_take(arena, s.n, sizeof *s.overwrites);
    for (int i = 0; i < s.n; i++) {
        s.overwrites[i] = true;
        for (int k = 0; k < n_started; k++)
            s.overwrites[i] &= due_of(&s, 0, i)->block != started[k];
        for (int k = 0; k < i; k++)
            s.overwrites[i] &= !overlaps(due_of(&s, 0, i), due_of(&s, 0, k));
    }

    ptrdiff_t most = 0, packed = 0;
    for (rewind_rounds(&s); next_round(&s, &packed);)
        most = packed > most ? packed : most;
    s.packed = car_arena_take(arena, s.n * shards, sizeof *s.packed);
    car_real *memory = car_arena_take(arena, most, sizeof *memory);
    for (rewind_rounds(&s); next_round(&s, &packed);) {
        pack_round(&s, memory);
        settle_round(&s, arena);
    }
}
