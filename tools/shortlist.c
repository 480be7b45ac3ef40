#include "tools/shortlist.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "tools/lines.h"

enum { DEFAULT_FIRST = 100, DEFAULT_BEST = 20, MOST = 1 << 24 };

/* An entry of the table: ids and probability. */
typedef struct entry {
    int32_t source, target;
    double p;
} entry;

typedef struct table {
    const car_texts *texts;
    entry *at;
    ptrdiff_t n, capacity;
    int64_t unknown; /* entries with a word that the vocabularies lack */
} table;

/* "TARGET SOURCE PROBABILITY", parted by tabs or, as Marian's tables are, by single spaces. */
static bool split(const char *line, ptrdiff_t length, const char *field[3], ptrdiff_t field_length[3])
{
    char between = memchr(line, '\t', (size_t)length) != NULL ? '\t' : ' ';
    for (int i = 0; i < 3; i++) {
        const char *stop = memchr(line, between, (size_t)length);
        field[i] = line;
        field_length[i] = stop != NULL ? stop - line : length;
        if ((stop == NULL) != (i == 2) || field_length[i] == 0)
            return false;
        line += field_length[i] + 1;
        length -= field_length[i] + 1;
    }
    return true;
}

static bool add_entry(void *context, const char *line, ptrdiff_t length, car_error *e)
{
    table *t = context;
    const char *field[3];
    ptrdiff_t field_length[3];
    entry new;
    if (!split(line, length, field, field_length) || !car_number_parse_part(field[2], field_length[2], &new.p) ||
        new.p < 0 || new.p > 1)
        return car_error_set(e, CAR_EXIT_DATA,
                             "this is no target word, source word and probability with tabs between them");
    new.target = car_vocabulary_find(t->texts->vocabulary[CAR_TARGET], field[0], field_length[0]);
    new.source = car_vocabulary_find(t->texts->vocabulary[CAR_SOURCE], field[1], field_length[1]);
    if (new.target == CAR_UNKNOWN || new.source == CAR_UNKNOWN) {
        t->unknown++;
        return true;
    }
    t->at = car_grow(t->at, t->n, &t->capacity, sizeof *t->at);
    t->at[t->n++] = new;
    return true;
}

static bool load(table *t, const char *path, const car_options *options, car_error *e)
{
    const car_reading reading = car_reading_of_options(options);
    bool good = car_each_line(path, &reading, car_reader_next, add_entry, t, e);
    if (good && t->n == 0)
        good = car_error_set(e, CAR_EXIT_CONFIG,
                             "%s: none of its words are in the vocabularies of the model; `carousel lexicon` makes a "
                             "table for it",
                             path);
    if (good && t->unknown > 0)
        car_log(CAR_LOG_WARN, "%s: %" PRId64 " entries with words that the model does not know", path, t->unknown);
    return good;
}

static int likelier_first(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->p != y->p)
        return x->p > y->p ? -1 : 1;
    return x->target != y->target ? (x->target < y->target ? -1 : 1) : 0;
}

/* The `best` entries of each source word. */
static void make(car_shortlist *shortlist, table *t, int best)
{
    qsort(t->at, (size_t)t->n, sizeof *t->at, likelier_first);
    shortlist->start = car_alloc(shortlist->source_words + 1, sizeof *shortlist->start);
    shortlist->word = car_resize(NULL, t->n, sizeof *shortlist->word);
    int64_t n = 0;
    for (ptrdiff_t i = 0, s = 0; s < shortlist->source_words; s++) {
        shortlist->start[s] = n;
        for (ptrdiff_t first = i; i < t->n && t->at[i].source == s; i++)
            if (i - first < best)
                shortlist->word[n++] = t->at[i].target;
    }
    shortlist->start[shortlist->source_words] = n;
}

/* The whole number behind the file, if there is one. */
static bool read_count(const car_options *options, int i, int *count)
{
    if (car_options_texts_count(options, "shortlist") <= i)
        return true;
    const char *text = car_options_texts(options, "shortlist", i);
    char *end;
    long n = strtol(text, &end, 10);
    *count = (int)n;
    return end != text && *end == '\0' && n >= 0 && n <= MOST;
}

bool car_shortlist_of_options(car_shortlist *shortlist, const car_texts *texts, const car_options *options,
                              car_error *e)
{
    int n = car_options_texts_count(options, "shortlist"), best = DEFAULT_BEST;
    if (n == 0)
        return true;
    shortlist->first = DEFAULT_FIRST;
    if (n > 3 || !read_count(options, 1, &shortlist->first) || !read_count(options, 2, &best))
        return car_error_set(e, CAR_EXIT_USAGE,
                             "--shortlist has a file and then, if they are not 100 and 20, how many words are always "
                             "in it and how many it has for each word of the source");
    if (texts->vocabulary[CAR_SOURCE] == NULL || texts->vocabulary[CAR_TARGET] == NULL)
        return car_error_set(e, CAR_EXIT_CONFIG, "--shortlist is for models that translate words");
    shortlist->source_words = car_vocabulary_size(texts->vocabulary[CAR_SOURCE]);
    shortlist->target_words = car_vocabulary_size(texts->vocabulary[CAR_TARGET]);
    table t = {.texts = texts};
    bool good = load(&t, car_options_texts(options, "shortlist", 0), options, e);
    if (good)
        make(shortlist, &t, best);
    car_free(t.at);
    return good;
}
