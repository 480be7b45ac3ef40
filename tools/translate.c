#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "tools/commands.h"
#include "tools/translator.h"

enum { BLOCK_BATCHES = 16 }; /* minibatches read and translated at a time */

typedef struct printer {
    car_translator translator;
    bool n_best, alignment;
    FILE *out;
    int64_t first; /* number of the first line of the block, from 0 */
    car_string text;
} printer;

/* Source and target positions, "0-0 1-2": Pharaoh's format.  A word that looked at
 * the end of the source is aligned to nothing. */
static void add_alignment(car_string *text, const car_hypothesis *hypothesis, int source_words)
{
    bool first = true;
    for (int i = 0; i < hypothesis->length && hypothesis->place != NULL; i++) {
        if (hypothesis->place[i] >= source_words)
            continue;
        car_string_format(text, "%s%d-%d", first ? "" : " ", (int)hypothesis->place[i], i);
        first = false;
    }
}

static void print_hypothesis(printer *p, int64_t number, const car_hypothesis *hypothesis, int source_words)
{
    car_string_empty(&p->text);
    car_translator_text(&p->translator, hypothesis, &p->text);
    if (p->n_best)
        (void)fprintf(p->out, "%" PRId64 " ||| ", number);
    (void)fwrite(p->text.at, 1, (size_t)p->text.length, p->out);
    if (p->alignment) {
        car_string_empty(&p->text);
        add_alignment(&p->text, hypothesis, source_words);
        (void)fprintf(p->out, " ||| %s", p->text.at);
    }
    if (p->n_best)
        (void)fprintf(p->out, " ||| F0= %.6g ||| %.6g", hypothesis->log_probability, hypothesis->score);
    (void)fputc('\n', p->out);
}

static bool print_translation(void *context, ptrdiff_t line, int source_words, const car_translation *translation,
                              car_error *e)
{
    printer *p = context;
    car_hypothesis nothing = {.complete = true};
    if (translation == NULL)
        print_hypothesis(p, p->first + line, &nothing, 0);
    for (int i = 0; translation != NULL && i < (p->n_best ? translation->n : 1); i++)
        print_hypothesis(p, p->first + line, &translation->hypothesis[i], source_words);
    return !ferror(p->out) || car_error_set(e, CAR_EXIT_IO, "the translations cannot be written: %s", strerror(errno));
}

static bool translate(printer *p, car_lines *lines, ptrdiff_t block, car_error *e)
{
    car_line_list list = {0};
    const char *line;
    ptrdiff_t length;
    int got = 1;
    bool good = true;
    while (good && got == 1) {
        p->first = car_lines_number(lines);
        while (list.n < block && (got = car_lines_next_text(lines, &line, &length, e)) == 1)
            car_line_list_add(&list, line, length);
        car_error later; /* what came before a line that cannot be read is translated still */
        good = car_translator_run(&p->translator, &list, p->first + 1, car_lines_path(lines), print_translation, p,
                                  got < 0 ? &later : e);
        if (good && fflush(p->out) != 0)
            good = car_error_set(e, CAR_EXIT_IO, "the translations cannot be written: %s", strerror(errno));
        car_line_list_empty(&list);
    }
    car_line_list_clear(&list);
    return good && got == 0;
}

static bool open_output(const char *path, FILE **out, car_error *e)
{
    bool standard = strcmp(path, "-") == 0 || strcmp(path, "stdout") == 0;
    *out = standard ? stdout : fopen(path, "we");
    return *out != NULL || car_error_set(e, errno == EACCES ? CAR_EXIT_PERMISSION : CAR_EXIT_CREATE,
                                         "%s: cannot be written: %s", path, strerror(errno));
}

int run_translate(car_options *options, car_error *e)
{
    if (car_options_operand_count(options) > 0) {
        (void)car_error_set(e, CAR_EXIT_USAGE, "'%s' is no option of translate; --input names a file",
                            car_options_operand(options, 0));
        return e->code;
    }
    if (!car_options_check_list(options, "models", 1, 1, e))
        return e->code;
    const char *input = car_options_text(options, "input");
    input = strcmp(input, "stdin") == 0 ? "-" : input;
    car_system system = {0};
    printer p = {.translator = {&system, car_search_of_options(options)},
                 .n_best = car_options_flag(options, "n-best"),
                 .alignment = car_options_flag(options, "alignment")};
    p.translator.search.n_best = p.n_best ? p.translator.search.beam : 1;
    p.translator.search.keep_alignment = p.alignment;
    bool by_line = car_options_flag(options, "line-buffered") || (strcmp(input, "-") == 0 && isatty(STDIN_FILENO));
    ptrdiff_t block = by_line ? 1 : (ptrdiff_t)BLOCK_BATCHES * p.translator.search.mini_batch;

    car_lines *lines = NULL;
    bool good = car_system_load(&system, car_options_texts(options, "models", 0),
                                car_options_flag(options, "insecure-plugins"), e) &&
                (lines = car_lines_open(input, e)) != NULL &&
                open_output(car_options_text(options, "output"), &p.out, e) && translate(&p, lines, block, e);
    if (p.out != NULL && p.out != stdout && fclose(p.out) != 0 && good)
        good = car_error_set(e, CAR_EXIT_IO, "%s: %s", car_options_text(options, "output"), strerror(errno));
    car_lines_close(lines);
    car_string_clear(&p.text);
    car_system_clear(&system);
    return good ? CAR_EXIT_DONE : e->code;
}
