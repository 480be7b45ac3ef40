#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tools/commands.h"
#include "tools/systems.h"
#include "tools/translator.h"

/* Where texts go. */
typedef struct press {
    const car_translator *translator;
    car_pieces pieces, of_line;
    car_string line;
} press;

/* A text may hold ends of lines. */
static bool print_text(void *context, const car_translated_line *line, car_error *e)
{
    press *p = context;
    const car_hypothesis *text = &line->translation->hypothesis[0];
    bool several = p->translator->search.through_ends;
    if (several && line->number > 1)
        (void)putchar('\n');
    car_translator_pieces(p->translator, line, text, &p->pieces);
    for (int t = 0; t < text->length || t == 0;) {
        car_pieces_empty(&p->of_line);
        for (; t < text->length && text->ids[t] != CAR_END; t++)
            car_pieces_add(&p->of_line, car_pieces_view(&p->pieces, t), car_pieces_length(&p->pieces, t));
        t++;
        car_tokenizer_join(p->translator->texts->tokenizer[CAR_TARGET], &p->of_line, &p->line);
        (void)fwrite(p->line.at, 1, (size_t)p->line.length, stdout);
        (void)putchar('\n');
    }
    return !ferror(stdout) || car_error_set(e, CAR_EXIT_IO, "the texts cannot be written: %s", strerror(errno));
}

static bool read_options(const car_options *options, car_translator *translator, car_error *e)
{
    int length = (int)car_options_count(options, "length");
    translator->length = length > 0 ? length : CAR_LONGEST_SENTENCE;
    car_search_options *search = &translator->search;
    *search = car_search_defaults();
    search->beam = (int)car_options_count(options, "beam-size");
    search->normalize = car_options_number(options, "normalize");
    search->min_length = (int)car_options_count(options, "min-length");
    search->no_repeat_ngram = (int)car_options_count(options, "no-repeat-ngram");
    search->mini_batch = (int)car_options_count(options, "mini-batch");
    search->allow_unknown = car_options_flag(options, "allow-unk");
    return car_sampling_of_options(options, search, e);
}

/* The lines of the input, or as many empty ones as --lines says. */
static bool load_beginnings(const car_options *options, const char *input, car_line_list *lines, car_error *e)
{
    const car_reading reading = car_reading_of_options(options);
    int64_t n = car_options_count(options, "lines");
    for (int64_t i = 0; i < n; i++)
        car_line_list_add(lines, "", 0);
    return n > 0 || car_line_list_load(lines, input, &reading, e);
}

int run_generate(car_options *options, car_error *e)
{
    const char *input = car_input_of_options(options);
    car_systems systems = {0};
    car_translator translator = {0};
    car_line_list lines = {0};
    press p = {.translator = &translator};
    bool good = read_options(options, &translator, e) && car_systems_load(&systems, options, e);
    if (good && !car_system_is_alone(&systems.system[0]))
        good = car_error_set(e, CAR_EXIT_CONFIG,
                             "%s is no language model (--task lm); `carousel translate` has a model's output",
                             car_options_texts(options, "models", 0));
    if (good) {
        translator.texts = &systems.system[0].texts;
        translator.ensemble = car_systems_ensemble(&systems);
        translator.search.through_ends =
            systems.model[0]->options.continuous && car_options_count(options, "length") > 0;
        good = load_beginnings(options, input, &lines, e) &&
               car_translator_run(&translator, &lines, 1, input, print_text, &p, e);
    }
    if (good && fflush(stdout) != 0)
        good = car_error_set(e, CAR_EXIT_IO, "the texts cannot be written: %s", strerror(errno));
    car_pieces_clear(&p.pieces);
    car_pieces_clear(&p.of_line);
    car_string_clear(&p.line);
    car_line_list_clear(&lines);
    car_systems_clear(&systems);
    return good ? CAR_EXIT_DONE : e->code;
}
