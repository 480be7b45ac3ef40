#include "corpora/bitext.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

struct car_bitext {
    car_lines *lines[CAR_SIDES];
    bool noted_cr[CAR_SIDES];
    car_string notes;
};

car_bitext *car_bitext_open(const char *source, const char *target, car_error *e)
{
    const char *paths[CAR_SIDES] = {source, target};
    if (strcmp(source, "-") == 0 && strcmp(target, "-") == 0) {
        car_error_set(e, CAR_EXIT_USAGE, "source and target cannot both come from standard input; name a file for one");
        return NULL;
    }
    car_bitext *bitext = car_alloc(1, sizeof *bitext);
    for (int side = 0; side < CAR_SIDES; side++) {
        bitext->lines[side] = car_lines_open(paths[side], e);
        if (bitext->lines[side] == NULL) {
            car_bitext_close(bitext);
            return NULL;
        }
    }
    return bitext;
}

void car_bitext_close(car_bitext *bitext)
{
    if (bitext == NULL)
        return;
    for (int side = 0; side < CAR_SIDES; side++)
        if (bitext->lines[side] != NULL)
            car_lines_close(bitext->lines[side]);
    car_string_clear(&bitext->notes);
    car_free(bitext);
}

/* Refuses what is not text, drops a byte order mark and a CR at the end. */
static bool clean(car_bitext *bitext, int side, const char **line, ptrdiff_t *length, car_error *e)
{
    static const char mark[] = "\xef\xbb\xbf";
    const char *path = car_bitext_path_view(bitext, side);
    int64_t number = car_lines_number(bitext->lines[side]);
    ptrdiff_t bad = car_utf8_check(*line, *length);
    if (bad >= 0)
        return car_error_set(e, CAR_EXIT_DATA,
                             "%s:%" PRId64 ": byte %td (0x%02x) is not UTF-8; convert the file, for example with iconv",
                             path, number, bad + 1, (unsigned)(unsigned char)(*line)[bad]);
    const char *nul = memchr(*line, '\0', (size_t)*length);
    if (nul != NULL)
        return car_error_set(e, CAR_EXIT_DATA,
                             "%s:%" PRId64 ": byte %td is NUL, which no text holds; is this a text file?", path, number,
                             nul - *line + 1);
    if (number == 1 && *length >= 3 && memcmp(*line, mark, 3) == 0) {
        *line += 3;
        *length -= 3;
        car_string_format(&bitext->notes, "%s: dropped a byte order mark at the start\n", path);
    }
    if (*length > 0 && (*line)[*length - 1] == '\r') {
        --*length;
        if (!bitext->noted_cr[side])
            car_string_format(&bitext->notes, "%s: lines end in CR LF, first line %" PRId64 "; dropped the CR\n", path,
                              number);
        bitext->noted_cr[side] = true;
    }
    return true;
}

/* One file is at its end: says how long the other is. */
static bool lengths_differ(car_bitext *bitext, int longer, car_error *e)
{
    const char *line;
    ptrdiff_t length;
    int got;
    while ((got = car_lines_next(bitext->lines[longer], &line, &length, e)) == 1)
        continue;
    if (got < 0)
        return false;
    int64_t numbers[CAR_SIDES];
    for (int side = 0; side < CAR_SIDES; side++)
        numbers[side] = car_lines_number(bitext->lines[side]);
    return car_error_set(e, CAR_EXIT_DATA,
                         "%s has %" PRId64 " lines and %s has %" PRId64
                         "; parallel text needs a line for each line, so one file is cut short or has lines too many",
                         car_bitext_path_view(bitext, CAR_SOURCE), numbers[CAR_SOURCE],
                         car_bitext_path_view(bitext, CAR_TARGET), numbers[CAR_TARGET]);
}

int car_bitext_next(car_bitext *bitext, car_line_pair *pair, car_error *e)
{
    car_line_pair next;
    int got[CAR_SIDES];
    for (int side = 0; side < CAR_SIDES; side++) {
        got[side] = car_lines_next(bitext->lines[side], &next.line[side], &next.length[side], e);
        if (got[side] < 0)
            return -1;
    }
    if (got[CAR_SOURCE] != got[CAR_TARGET]) {
        lengths_differ(bitext, got[CAR_SOURCE] == 1 ? CAR_SOURCE : CAR_TARGET, e);
        return -1;
    }
    next.number = car_lines_number(bitext->lines[CAR_SOURCE]);
    if (got[CAR_SOURCE] == 0) {
        if (next.number > 0)
            return 0;
        car_error_set(e, CAR_EXIT_DATA, "%s and %s are empty", car_bitext_path_view(bitext, CAR_SOURCE),
                      car_bitext_path_view(bitext, CAR_TARGET));
        return -1;
    }
    for (int side = 0; side < CAR_SIDES; side++)
        if (!clean(bitext, side, &next.line[side], &next.length[side], e))
            return -1;
    *pair = next;
    return 1;
}

const char *car_bitext_path_view(const car_bitext *bitext, int side) { return car_lines_path(bitext->lines[side]); }

const char *car_bitext_notes_view(const car_bitext *bitext) { return bitext->notes.at != NULL ? bitext->notes.at : ""; }
