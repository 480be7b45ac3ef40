#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "tools/commands.h"
#include "tools/systems.h"
#include "tools/translation_writer.h"

enum { BLOCK_BATCHES = 16 }; /* minibatches read and translated at a time */

/* ---- options ------------------------------------------------------------------------- */

static bool read_options(const car_options *options, car_translator *translator, car_writer_options *form, car_error *e)
{
    car_search_options search = car_search_of_options(options);
    if (!car_sampling_of_options(options, &search, e))
        return false;
    *form = car_writer_options_of(options);
    translator->replace_unknown = car_options_flag(options, "replace-unk");
    translator->has_prefixes = car_options_flag(options, "force-decode");
    search.n_best = form->n_best ? search.beam : 1;
    search.keep_attention = form->alignment != CAR_ALIGN_NOT || translator->replace_unknown;
    search.allow_unknown = car_options_flag(options, "allow-unk") || translator->replace_unknown;
    translator->search = search;
    return true;
}

/* ---- lines --------------------------------------------------------------------------- */

/* A block is as many lines as there are without waiting, `most` at most, so that what is
 * typed or sent is answered at once and what lies in a file goes in full batches. */
static bool translate(const car_translator *translator, car_writer *writer, car_reader *reader, ptrdiff_t most,
                      bool prompt, car_error *e)
{
    car_line_list list = {0};
    car_text_line line;
    int got = 1;
    bool good = true;
    while (good && got == 1) {
        int64_t first = car_reader_number(reader) + 1;
        if (prompt)
            (void)fputs("> ", stderr);
        while (list.n < most && (list.n == 0 || car_reader_ready(reader)) &&
               (got = car_reader_next_or_empty(reader, &line, e)) == 1)
            car_line_list_add(&list, line.at, line.length);
        car_error later; /* what came before a line that cannot be read is translated still */
        good = car_translator_run(translator, &list, first, car_reader_path_view(reader), car_writer_line, writer,
                                  got < 0 ? &later : e);
        if (good && fflush(writer->out) != 0)
            good = car_error_set(e, CAR_EXIT_IO, "the translations cannot be written: %s", strerror(errno));
        car_line_list_empty(&list);
    }
    car_line_list_clear(&list);
    if (good && got == 0)
        car_reading_log(reader);
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
    const char *input = car_input_of_options(options);
    bool asks =
        strcmp(input, "-") == 0 && isatty(STDIN_FILENO) && isatty(STDERR_FILENO) && !car_options_flag(options, "quiet");
    car_systems systems = {0};
    car_translator translator = {0};
    car_shortlist shortlist = {0};
    car_writer writer = {.translator = &translator};
    const car_reading reading = car_reading_of_options(options);
    car_reader *reader = NULL;
    bool good = read_options(options, &translator, &writer.options, e) && car_systems_load(&systems, options, e);
    if (good) {
        translator.texts = &systems.system[0].texts;
        translator.ensemble = car_systems_ensemble(&systems);
        ptrdiff_t most =
            car_options_flag(options, "line-buffered") ? 1 : (ptrdiff_t)BLOCK_BATCHES * translator.search.mini_batch;
        good = car_translator_check(&translator, e) && car_translator_shorten(&translator, &shortlist, options, e) &&
               (reader = car_reader_open(input, &reading, e)) != NULL &&
               open_output(car_options_text(options, "output"), &writer.out, e) &&
               translate(&translator, &writer, reader, most, asks, e);
    }
    if (writer.out != NULL && writer.out != stdout && fclose(writer.out) != 0 && good)
        good = car_error_set(e, CAR_EXIT_IO, "%s: %s", car_options_text(options, "output"), strerror(errno));
    car_reader_close(reader);
    car_writer_clear(&writer);
    car_shortlist_clear(&shortlist);
    car_systems_clear(&systems);
    return good ? CAR_EXIT_DONE : e->code;
}
