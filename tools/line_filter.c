#include "tools/line_filter.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/parallel.h"

enum { BLOCK_LINES = 1 << 14, BLOCK_BYTES = 1 << 22 };

/* A worker and what it made of its share of the block. */
typedef struct share {
    void *worker;
    car_string out;
    int failed; /* the line that did, or -1 */
    car_error e;
} share;

typedef struct entry {
    ptrdiff_t end; /* in the text of the block */
    const char *path;
    int64_t line_number;
} entry;

struct car_line_filter {
    car_line_function function;
    share *shares;
    int n_shares;
    car_string text; /* the lines of the block, one behind the other */
    entry lines[BLOCK_LINES];
    int n_lines;
    int64_t done; /* lines before the block */
};

car_line_filter *car_line_filter_new(car_line_function function, void *const *workers, int n)
{
    car_line_filter *filter = car_alloc(1, sizeof *filter);
    filter->function = function;
    filter->shares = car_alloc(n, sizeof *filter->shares);
    filter->n_shares = n;
    for (int i = 0; i < n; i++)
        filter->shares[i].worker = workers[i];
    return filter;
}

void car_line_filter_free(car_line_filter *filter)
{
    if (filter == NULL)
        return;
    for (int i = 0; i < filter->n_shares; i++)
        car_string_clear(&filter->shares[i].out);
    car_free(filter->shares);
    car_string_clear(&filter->text);
    car_free(filter);
}

static void filter_share(void *context, int i)
{
    car_line_filter *filter = context;
    share *mine = &filter->shares[i];
    int first = (int)((int64_t)filter->n_lines * i / filter->n_shares);
    int last = (int)((int64_t)filter->n_lines * (i + 1) / filter->n_shares);
    car_string_empty(&mine->out);
    mine->failed = -1;
    for (int line = first; line < last && mine->failed < 0; line++) {
        ptrdiff_t start = line > 0 ? filter->lines[line - 1].end : 0;
        ptrdiff_t written = mine->out.length;
        if (filter->function(mine->worker, filter->text.at + start, filter->lines[line].end - start,
                             filter->done + line, &mine->out, &mine->e)) {
            car_string_add(&mine->out, "\n", 1);
        } else {
            mine->out.length = written;
            mine->failed = line;
        }
    }
}

bool car_line_filter_finish(car_line_filter *filter, car_error *e)
{
    bool good = true;
    if (filter->n_lines > 0)
        car_parallel(filter->n_shares, filter_share, filter);
    for (int i = 0; filter->n_lines > 0 && i < filter->n_shares && good; i++) {
        const share *done = &filter->shares[i];
        (void)fwrite(done->out.at, 1, (size_t)done->out.length, stdout);
        good = done->failed < 0;
        if (!good) {
            *e = done->e;
            (void)car_error_context(e, "%s:%" PRId64, filter->lines[done->failed].path,
                                    filter->lines[done->failed].line_number);
        }
    }
    filter->done += filter->n_lines;
    filter->n_lines = 0;
    car_string_empty(&filter->text);
    return good;
}

bool car_line_filter_add(car_line_filter *filter, const char *line, ptrdiff_t length, const char *path,
                         int64_t line_number, car_error *e)
{
    car_string_add(&filter->text, line, length);
    filter->lines[filter->n_lines++] = (entry){filter->text.length, path, line_number};
    return (filter->n_lines < BLOCK_LINES && filter->text.length < BLOCK_BYTES) || car_line_filter_finish(filter, e);
}
