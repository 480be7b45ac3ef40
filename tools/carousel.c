/* carousel - main: which command, its options, and how it ends. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <string.h>

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/names.h"
#include "base/parallel.h"
#include "carousel/cell.h"
#include "cell/crash.h"
#include "math/product.h"
#include "tokenizers/sentencepiece.h"
#include "tokenizers/tokenizer.h"
#include "tools/commands.h"
#include "tools/option_table.h"

typedef struct command {
    const char *name;
    unsigned bit;
    int (*run)(car_options *options, car_error *e);
    const char *instead; /* of operands: what to say; NULL: there may be some */
    const char *usage, *summary;
} command;

static const command commands[] = {
    {"train", CAR_FOR_TRAIN, run_train, "--train-sets names files", "train --model DIR --train-sets SRC TRG [options]",
     "train a model on parallel text"},
    {"translate", CAR_FOR_TRANSLATE, run_translate, "--input names a file",
     "translate --models MODEL [options] < SRC > TRG", "translate lines (also called decode)"},
    {"generate", CAR_FOR_GENERATE, run_generate, "--input names a file",
     "generate --models MODEL [options] < BEGINNINGS > TEXTS\n       carousel generate --models MODEL --lines N "
     "[options]",
     "write text by a language model"},
    {"forecast", CAR_FOR_FORECAST, run_forecast, "--input names a file",
     "forecast --models MODEL [options] < CSV > CSV", "numbers that a model of tables predicts (--task forecast, map)"},
    {"evaluate", CAR_FOR_EVALUATE, run_evaluate, "--test-sets names files",
     "evaluate --models MODEL ... --test-sets SRC TRG\n       carousel evaluate --hypothesis FILE --reference FILE ...",
     "BLEU, chrF and more, of models or of translations"},
    {"score", CAR_FOR_SCORE, run_score, "--sets names files", "score --models MODEL --sets SRC TRG",
     "log-probabilities of translations that are there already"},
    {"lexicon", CAR_FOR_LEXICON, run_lexicon, "--sets names files", "lexicon --models MODEL --sets SRC TRG > TABLE",
     "which words translate which, for --shortlist of translate"},
    {"gradients", CAR_FOR_GRADIENTS, run_gradients, "--sets names files",
     "gradients --models MODEL --sets SRC TRG [--table FILE] [--figure FILE]",
     "how far back through time gradients reach in a model's layers"},
    {"gates", CAR_FOR_GATES, run_gates, "--input names a file",
     "gates --models MODEL [--page FILE] [--table FILE] < SRC", "what each gate and state does at each word"},
    {"plot", CAR_FOR_PLOT, run_plot, NULL, "plot [options] [TABLE] > FIGURE.svg", "draw the columns of a table as SVG"},
    {"vocab", CAR_FOR_VOCAB, run_vocab, NULL,
     "vocab [options] [FILE ...] > VOCAB\n       carousel vocab --convert FILE > VOCAB",
     "make a vocabulary of text, or of another program's"},
    {"tokenize", CAR_FOR_TOKENIZE, run_tokenize, NULL, "tokenize [options] [FILE ...] > PIECES",
     "cut text into pieces, as train does"},
    {"detokenize", CAR_FOR_DETOKENIZE, run_detokenize, NULL, "detokenize [options] [FILE ...] > TEXT",
     "text of pieces, as translate does"},
    {"cell", CAR_FOR_CELL, run_cell, NULL,
     "cell list [--json]\n       carousel cell info CELL [options]\n       carousel cell graph CELL > DOT\n"
     "       carousel cell bench [CELL ...] [options]\n       carousel cell new NAME [--from KIND]\n"
     "       carousel cell check FILE.so [options]",
     "the recurrent cells there are; new ones, and whether they keep to the contract"},
    {"card", CAR_FOR_CARD, run_card, NULL, "card CELL [options]",
     "how far a cell's memory reaches: a fixed battery of tasks with long dependencies"},
    {"bench", CAR_FOR_BENCH, run_bench, "--only names parts", "bench [options]",
     "how fast this machine is: its roof, products, cells, training, decoding"},
    {"corpus", CAR_FOR_CORPUS, run_corpus, NULL,
     "corpus audit SRC TRG [--test-sets SRC TRG ...] [--json]\n"
     "       carousel corpus audit PAIRS.tsv [options]\n"
     "       carousel corpus split SRC TRG DIR [options]\n"
     "       carousel corpus split PAIRS.tsv DIR [options]\n"
     "       carousel corpus generate [TASK DIR] [options]",
     "look for what is wrong with parallel text, split it, make text to try things with"},
    {"bpe", CAR_FOR_BPE, run_bpe, NULL,
     "bpe learn [options] [FILE ...] > CODES\n       carousel bpe apply --codes CODES [options] [FILE ...]\n"
     "       carousel bpe vocab [FILE ...] > VOCABULARY",
     "byte pair encoding: learn merges, apply them, count the pieces"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static int fail(const car_error *e, int code)
{
    if (e->message[0] != '\0')
        (void)fprintf(stderr, "carousel: %s\n", e->message);
    return code;
}

static void print_help(FILE *file)
{
    (void)fputs("usage: carousel COMMAND [options]\n\n", file);
    for (int i = 0; i < COMMANDS; i++)
        (void)fprintf(file, "  %-11s%s\n", commands[i].name, commands[i].summary);
    (void)fputs("\n`carousel COMMAND --help` lists the options of a command, `--help=all` the rare ones too;\n"
                "`carousel --version --verbose` says how this program was built.\n",
                file);
}

static void print_version(bool verbose)
{
    (void)puts("carousel " CAROUSEL_VERSION);
    if (!verbose)
        return;
    car_string icu = {0};
    car_tokenizer_icu_version(&icu);
    (void)printf("compiler    %s\nbuild type  %s\nunicode     %s\nproducts    %s\nreals       %d bits\n"
                 "cell ABI    %d.%d\nthreads     %s\noptional    %s\n",
                 CAROUSEL_COMPILER, CAROUSEL_BUILD_TYPE, icu.at, car_product_path(), CAR_REAL_BITS, CAR_ABI_MAJOR,
                 CAR_ABI_MINOR,
#ifdef _OPENMP
                 "OpenMP",
#else
                 "one",
#endif
                 car_sentencepiece_is_built() ? "sentencepiece" : "none");
    car_string_clear(&icu);
}

static const command *find_command(const char *name)
{
    if (strcmp(name, "decode") == 0)
        name = "translate";
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int unknown_command(const char *name)
{
    const char *names[COMMANDS];
    for (int i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    const car_name_hint hint = car_name_hint_of(name, names, COMMANDS);
    (void)fprintf(stderr, "carousel: there is no command '%s'%s\n", name,
                  hint.text[0] != '\0' ? hint.text : "; `carousel --help` lists all");
    return CAR_EXIT_USAGE;
}

/* ---- settings that all commands share ---------------------------------------------------- */

/* The number in an environment variable, 0 if there is none. */
static bool threads_of_environment(const char *name, int *threads, car_error *e)
{
    const char *said = getenv(name);
    *threads = 0;
    if (said == NULL || *said == '\0')
        return true;
    char *end;
    long n = strtol(said, &end, 10);
    if (n < 1 || n > 4096 || (*end != '\0' && *end != ','))
        return car_error_set(e, CAR_EXIT_CONFIG, "%s is '%s', which is no number of threads from 1 to 4096", name,
                             said);
    *threads = (int)n;
    return true;
}

static bool set_threads(const car_options *options, car_error *e)
{
    int threads = (int)car_options_count(options, "cpu-threads");
    if (threads == 0 && !threads_of_environment("CAROUSEL_THREADS", &threads, e))
        return false;
    if (threads == 0 && !threads_of_environment("OMP_NUM_THREADS", &threads, e))
        return false;
    car_parallel_set_threads(threads);
    return true;
}

/* Before any model is made or read. */
static void set_precision(const car_options *options)
{
    bool bf16 = strcmp(car_options_text(options, "precision"), "bf16") == 0;
    CAR_REQUIRE(car_product_set_precision(bf16 ? CAR_BF16 : CAR_FP32));
}

static bool set_log(const car_options *options, car_error *e)
{
    car_log_set(car_log_level_of(car_options_text(options, "log-level")), car_options_flag(options, "quiet"));
    const char *path = car_options_text(options, "log");
    return path[0] == '\0' || car_log_open(path, e);
}

/* Options from the command line; of train --resume, below them those that the folder
 * was trained with.  NULL and *e on failure. */
static car_options *parse(const command *c, int argc, char **argv, car_error *e)
{
    car_options *options = car_options_new(car_option_table, c->bit);
    bool good = car_options_parse(options, argc, argv, e);
    if (good && c->bit == CAR_FOR_TRAIN && car_options_flag(options, "resume")) {
        char *path = car_path_join(car_options_text(options, "model"), "config.yml");
        if (car_path_exists(path)) {
            car_options_free(options);
            options = car_options_new(car_option_table, c->bit);
            good = car_options_load_config(options, path, e) && car_options_parse(options, argc, argv, e);
        }
        car_free(path);
    }
    if (good)
        return options;
    car_options_free(options);
    return NULL;
}

static void print_command_help(const command *c, const car_options *options)
{
    car_string text = {0};
    car_options_help(options, strcmp(car_options_text(options, "help"), "all") == 0, &text);
    (void)printf("usage: carousel %s\n\n%s\n", c->usage, text.at);
    car_string_clear(&text);
}

/* Some commands have operands, others none. */
static bool check_operands(const command *c, const car_options *options, car_error *e)
{
    return c->instead == NULL || car_options_operand_count(options) == 0 ||
           car_error_set(e, CAR_EXIT_USAGE, "'%s' is no option of %s; %s", car_options_operand(options, 0), c->name,
                         c->instead);
}

static int run(const command *c, int argc, char **argv, car_error *e)
{
    car_options *options = parse(c, argc, argv, e);
    if (options == NULL)
        return e->code;
    int code = CAR_EXIT_DONE;
    if (car_options_flag(options, "help")) {
        print_command_help(c, options);
    } else if (car_options_flag(options, "dump-config")) {
        car_string yaml = {0};
        car_options_dump(options, &yaml);
        (void)fputs(yaml.at, stdout);
        car_string_clear(&yaml);
    } else {
        bool has_threads = c->bit & CAR_FOR_THREADS;
        if (c->bit & CAR_FOR_PRECISION)
            set_precision(options);
        bool good = check_operands(c, options, e) && set_log(options, e) && (!has_threads || set_threads(options, e));
        code = good ? c->run(options, e) : e->code;
    }
    car_options_free(options);
    car_log_close();
    if (code == CAR_EXIT_DONE && (fflush(stdout) != 0 || ferror(stdout))) {
        (void)car_error_set(e, CAR_EXIT_IO, "standard output: %s", strerror(errno));
        code = e->code;
    }
    return code;
}

int main(int argc, char **argv)
{
    car_error e = {0};
    if (argc < 2) {
        print_help(stderr);
        return CAR_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return CAR_EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        print_version(argc > 2 && strcmp(argv[2], "--verbose") == 0);
        return CAR_EXIT_DONE;
    }
    car_crash_explain();
    const command *c = find_command(argv[1]);
    if (c == NULL)
        return unknown_command(argv[1]);
    int code = fail(&e, run(c, argc - 1, argv + 1, &e));
    if (code == 128 + SIGINT) { /* so that a shell loop around us ends too */
        (void)signal(SIGINT, SIG_DFL);
        (void)raise(SIGINT);
    }
    return code;
}
