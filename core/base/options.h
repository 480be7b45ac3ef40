/* options.h - what a command can be told: one table of rows drives the command
 * line, configuration files, --help, --dump-config and what a model file keeps.
 *
 * A value comes from the table, from configuration files in the order given, or
 * from the command line; the later of these wins, wherever --config stands on
 * the command line.  Everything is checked as it is set, so getters cannot fail;
 * asking for a name or a type that the command does not have is a mistake in the
 * program.
 */
#ifndef CAROUSEL_BASE_OPTIONS_H
#define CAROUSEL_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum car_option_type {
    CAR_OPTION_FLAG,    /* --x, --x true, --x=false; or one of `choices`, if any,
                         * or a number, if a range is given besides               */
    CAR_OPTION_COUNT,   /* a whole number from min to max                         */
    CAR_OPTION_NUMBER,  /* a number from min to max                               */
    CAR_OPTION_TEXT,
    CAR_OPTION_CHOICE,  /* one of `choices`                                       */
    CAR_OPTION_LENGTH,  /* "1000u", "10e", "5Kt", "10e,100Ku": car_length_parse   */
    CAR_OPTION_TEXTS,   /* lists: all that follows up to the next option          */
    CAR_OPTION_COUNTS,
    CAR_OPTION_NUMBERS
} car_option_type;

/* Bits of `commands` that are no command. */
#define CAR_OPTION_COMMAND_LINE (1u << 31) /* not in files, not dumped: --help, --config */
#define CAR_OPTION_RARE (1u << 30)         /* only in the long help                      */

/* A table ends with a row without a name.  A name may stand in several rows that
 * are for different commands. */
typedef struct car_option_row {
    const char *name; /* "beam-size" */
    char letter;      /* 'b', or 0   */
    car_option_type type;
    const char *fallback; /* as on the command line, lists with spaces; only texts,
                           * flags and lists may have none, NULL                    */
    double min, max;      /* of numbers; no limits if both are 0                      */
    const char *choices;  /* "adam|sgd"                                              */
    const char *group;    /* "Training options": rows of a group follow each other    */
    const char *argument; /* "N", "FILE", "SRC TRG"; NULL is what the type suggests   */
    const char *help;
    unsigned commands; /* for which it is, one bit each */
} car_option_row;

typedef struct car_options car_options;

/* The rows of `table` that have the bit `command`.  The table is borrowed. */
car_options *car_options_new(const car_option_row *table, unsigned command);
void car_options_free(car_options *options);

/* argv[1] .. argv[argc - 1].  What is no option is an operand; "--" ends options.
 * If the table has "config", the files it names are read.  After a failure (2;
 * for files see below) the options are fit for nothing but _free. */
bool car_options_parse(car_options *options, int argc, char *const *argv, car_error *e);
int car_options_operand_count(const car_options *options);
const char *car_options_operand(const car_options *options, int i); /* borrowed from argv */

/* A configuration file or its text; `origin` is what messages call it (78; also
 * 66, 77, 74).  What the command line gave stays. */
bool car_options_load_config(car_options *options, const char *path, car_error *e);
bool car_options_load_text(car_options *options, const char *text, ptrdiff_t length, const char *origin,
                           car_error *e);

/* Adds all values as a configuration, in the order of the table. */
void car_options_dump(const car_options *options, car_string *yaml);

/* Adds the help, in groups and at most 100 columns. */
void car_options_help(const car_options *options, bool rare, car_string *text);

/* ---- values: text is borrowed until the option is set again -------------------- */

bool car_options_flag(const car_options *options, const char *name); /* anything but "false" */
int64_t car_options_count(const car_options *options, const char *name);
double car_options_number(const car_options *options, const char *name);

/* Of any type but a list, as given; "" if there is none. */
const char *car_options_text(const car_options *options, const char *name);

/* Of lists. */
int car_options_texts_count(const car_options *options, const char *name);
const char *car_options_texts(const car_options *options, const char *name, int index);
int64_t car_options_counts(const car_options *options, const char *name, int index);
double car_options_numbers(const car_options *options, const char *name, int index);

/* Did a file or the command line say it? */
bool car_options_is_set(const car_options *options, const char *name);

/* Is the value another than that of the table?  Not so if a dumped configuration says what is usual, nor if
 * a number is the same in other digits. */
bool car_options_is_changed(const car_options *options, const char *name);

/* ---- lengths --------------------------------------------------------------------- */

/* How long, or how often: 0 is "never" for each. */
typedef struct car_length {
    int64_t updates, epochs, tokens;
} car_length;

/* A whole number, perhaps K, M or G (10^3, 10^6, 10^9), then u, e or t; without a
 * unit it is u.  Several with commas between them, each unit once. */
bool car_length_parse(const char *text, car_length *length);

#ifdef __cplusplus
}
#endif
#endif
