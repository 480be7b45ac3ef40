/* audit.h - what a careful person would look for in parallel text before training on it.
 *
 * Two files are read once, as bytes, in blocks that all threads look at (audit_line.h);
 * what can only be known of the whole, such as repetitions, is found from hashes and
 * lengths kept for each pair: about 100 bytes a pair.  Damage
 * never stops the audit: what cannot be read is itself a finding.  The same text gives
 * the same report on any number of threads.
 *
 * tools/corpus_audit.c prints the report as text and as JSON.
 */
#ifndef CAROUSEL_CORPORA_AUDIT_H
#define CAROUSEL_CORPORA_AUDIT_H

#include <stdint.h>

#include "base/error.h"
#include "corpora/bitext.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum car_gravity {
    CAR_GRAVITY_ERROR,   /* training refuses it, or learns from pairs that are none */
    CAR_GRAVITY_WARNING, /* it spoils a model or its scores                         */
    CAR_GRAVITY_NOTE     /* good to know; usual in good text too                    */
} car_gravity;

/* In audit_kinds.c each has its name, gravity, title and advice. */
typedef enum car_audit_kind {
    /* found in a line by itself, on each side; audit_line.h */
    CAR_AUDIT_MALFORMED,
    CAR_AUDIT_NUL,
    CAR_AUDIT_TOO_LONG,
    CAR_AUDIT_EMPTY,
    CAR_AUDIT_REPLACED,
    CAR_AUDIT_DOUBLY_ENCODED,
    CAR_AUDIT_MOJIBAKE,
    CAR_AUDIT_C1,
    CAR_AUDIT_CONTROL,
    CAR_AUDIT_ENTITY,
    CAR_AUDIT_CR_INSIDE,
    CAR_AUDIT_LINE_SEPARATOR,
    CAR_AUDIT_BYTE_ORDER_MARK,
    CAR_AUDIT_CR_AT_END,
    CAR_AUDIT_PRIVATE_USE,
    CAR_AUDIT_UNASSIGNED,
    CAR_AUDIT_MARKS,
    CAR_AUDIT_MIXED_SCRIPTS,
    CAR_AUDIT_ZERO_WIDTH,
    CAR_AUDIT_SOFT_HYPHEN,
    CAR_AUDIT_INVISIBLE,
    CAR_AUDIT_BIDI,
    CAR_AUDIT_JOINER,
    CAR_AUDIT_TAB,
    CAR_AUDIT_NO_BREAK_SPACE,
    CAR_AUDIT_IDEOGRAPHIC_SPACE,
    CAR_AUDIT_OTHER_SPACE,
    CAR_AUDIT_DOUBLE_SPACE,
    CAR_AUDIT_EDGE_SPACE,
    CAR_AUDIT_NOT_NFC,
    CAR_AUDIT_NOT_NFKC,
    CAR_AUDIT_LONG,
    CAR_AUDIT_LINE_KINDS,

    /* of a whole side */
    CAR_AUDIT_UNREADABLE = CAR_AUDIT_LINE_KINDS,
    CAR_AUDIT_COLUMNS,
    CAR_AUDIT_OTHER_SCRIPT,
    CAR_AUDIT_RARE_CHARACTERS,

    /* of pairs */
    CAR_AUDIT_NO_TEXT, /* of all: no line is first */
    CAR_AUDIT_PARITY,
    CAR_AUDIT_DUPLICATE,
    CAR_AUDIT_NEAR_DUPLICATE,
    CAR_AUDIT_MANY_TARGETS,
    CAR_AUDIT_MANY_SOURCES,
    CAR_AUDIT_COPY,
    CAR_AUDIT_RATIO,
    CAR_AUDIT_DIGITS,

    /* of test sets; lines are those of the test set */
    CAR_AUDIT_TEST_PARITY,
    CAR_AUDIT_TEST_PAIR,
    CAR_AUDIT_TEST_SOURCE,
    CAR_AUDIT_TEST_TARGET,
    CAR_AUDIT_TEST_PAIR_FOLDED,
    CAR_AUDIT_TEST_SOURCE_FOLDED,
    CAR_AUDIT_TEST_TARGET_FOLDED,
    CAR_AUDIT_KINDS
} car_audit_kind;

const char *car_audit_name(car_audit_kind kind);   /* "no-break-space"                  */
const char *car_audit_title(car_audit_kind kind);  /* "lines with a no-break space"     */
const char *car_audit_advice(car_audit_kind kind); /* what to do about it               */
car_gravity car_audit_gravity(car_audit_kind kind);

enum {
    CAR_AUDIT_FIRST = 10,    /* line numbers kept of a finding                             */
    CAR_AUDIT_EXAMPLES = 3,  /* texts kept of it                                           */
    CAR_AUDIT_WORDS = 100,   /* a line of more words, or of                                */
    CAR_AUDIT_LETTERS = 600, /* more characters, is "long"                                 */
    CAR_AUDIT_MARKS_MAX = 30 /* combining marks in a row; see tokenizers/normalize.h       */
};

typedef struct car_audit_finding {
    car_audit_kind kind;
    int side;       /* CAR_SOURCE or CAR_TARGET; CAR_SIDES for pairs                      */
    int test;       /* the number of the test set, from 0; -1 if it is not about one      */
    int64_t lines;  /* how many lines (pairs, characters) are concerned                   */
    int64_t of;     /* of how many                                                        */
    int64_t places; /* how often it occurs: several in a line count                       */
    int n_first;
    int64_t first[CAR_AUDIT_FIRST]; /* the numbers of the first lines, from 1            */
    int64_t other[CAR_AUDIT_FIRST]; /* the earlier line, or that of the training text; 0 */
    int n_examples;
    char *example[CAR_AUDIT_EXAMPLES]; /* of the first lines, by car_audit_excerpt       */
} car_audit_finding;

typedef struct car_audit_side {
    const char *path; /* borrowed                                                          */
    int column;       /* in it, from 1; 0: all of its lines                                */
    int64_t lines, bytes, words, characters;
    int64_t different_characters;
    int script;           /* a UScriptCode: that of most lines; -1 without letters         */
    int64_t script_lines; /* lines whose letters are mostly of it, or go with it          */
    char encoding[64];    /* what bytes that are no UTF-8 look like; "" if unknown          */
} car_audit_side;

/* Smallest, 1, 25, 50, 75, 99 of 100 and largest. */
enum { CAR_AUDIT_QUANTILES = 7 };

typedef struct car_audit {
    car_audit_side side[CAR_SIDES];
    int64_t pairs; /* of lines that exist on both sides */
    double word_ratio[CAR_AUDIT_QUANTILES], character_ratio[CAR_AUDIT_QUANTILES]; /* target to source */
    int64_t ratio_pairs;         /* pairs that they are of: both sides have text */
    car_audit_finding *findings; /* gravest first, then in the order of the kinds */
    int n_findings;
} car_audit;

/* Fills *audit, to be cleared.  False with *e if a file cannot be opened (66, 77, 74), if
 * more than one is standard input, or one with columns is (2).  Examples of what is found
 * late, in a file that is standard input, are missing. */
bool car_audit_run(car_audit *audit, const car_text_set *text, const car_text_set *tests, int n_tests, car_error *e);
void car_audit_clear(car_audit *audit);

/* Has it findings of that gravity? */
bool car_audit_has(const car_audit *audit, car_gravity gravity);

/* Adds a stretch of the line around byte `at`, with "..." for what is left out.  What is
 * not to be seen is named: "[U+00A0]", and bytes that are no UTF-8 "[0xff]". */
void car_audit_excerpt(const char *line, ptrdiff_t length, ptrdiff_t at, car_string *text);

#ifdef __cplusplus
}
#endif
#endif
