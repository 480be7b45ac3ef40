#include "card/task.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "math/vector.h"

/* What one sequence is drawn from, number after number. */
typedef struct dice {
    car_stream stream;
    uint64_t number, next;
} dice;

static int roll(dice *d, int n) { return (int)car_random_below(d->stream, d->number, d->next++, (uint64_t)n); }

static void put_symbol(const car_card_task *task, car_card_sequence *made, int t, int symbol)
{
    made->x[(ptrdiff_t)t * task->input + symbol] = 1;
}

static void ask(car_card_sequence *made, int t, int label, bool counts)
{
    made->label[t] = label;
    made->counts[t] = counts;
}

/* ---- adding: Hochreiter & Schmidhuber 1997, experiment 4, as in Le et al. 2015 ------------ */

/* Numbers in [0, 1), two of them marked, one in either half: what is their sum? */
static void draw_adding(const car_card_task *task, car_stream stream, uint64_t number, int size,
                        car_card_sequence *made)
{
    (void)size;
    dice d = {stream, number, 0};
    int half = task->steps / 2, marked[2] = {roll(&d, half), half + roll(&d, task->steps - half)};
    made->length = task->steps;
    for (int t = 0; t < made->length; t++)
        made->x[2 * t] = (car_real)car_random_uniform(stream, number, d.next++);
    made->target = 0;
    for (int i = 0; i < 2; i++) {
        made->x[2 * marked[i] + 1] = 1;
        made->target += made->x[2 * marked[i]];
    }
    ask(made, made->length - 1, 0, true);
}

/* ---- temporal order: Hochreiter & Schmidhuber 1997, experiment 6a -------------------------- */

enum { ORDER_START, ORDER_END, ORDER_NOISE, ORDER_KINDS_OF_NOISE = 4, ORDER_X = ORDER_NOISE + ORDER_KINDS_OF_NOISE };

/* Two symbols, X or Y each, far apart in noise: which were they, in which order?  With
 * T = 100 the places and lengths are those of the paper. */
static void draw_order(const car_card_task *task, car_stream stream, uint64_t number, int size, car_card_sequence *made)
{
    (void)size;
    dice d = {stream, number, 0};
    int tenth = task->steps / 10;
    made->length = task->steps + roll(&d, tenth + 1);
    int place[2] = {tenth + roll(&d, tenth + 1), 5 * tenth + roll(&d, tenth + 1)}, class = 0;
    for (int t = 1; t < made->length - 1; t++) {
        int symbol = ORDER_NOISE + roll(&d, ORDER_KINDS_OF_NOISE);
        if (t == place[0] || t == place[1]) {
            int which = roll(&d, 2);
            symbol = ORDER_X + which;
            class = 2 * class + which;
        }
        put_symbol(task, made, t, symbol);
    }
    put_symbol(task, made, 0, ORDER_START);
    put_symbol(task, made, made->length - 1, ORDER_END);
    ask(made, made->length - 1, class, true);
}

/* ---- continual embedded Reber grammar: Gers, Schmidhuber & Cummins 2000 --------------------- */

int car_reber_next(int state, char symbol)
{
    static const struct {
        char symbol[2];
        int next[2];
    } edges[CAR_REBER_END] = {
        {{'B', 0}, {1, 0}},   {{'T', 'P'}, {2, 3}}, {{'S', 'X'}, {2, 4}},           {{'T', 'V'}, {3, 5}},
        {{'X', 'S'}, {3, 6}}, {{'P', 'V'}, {4, 6}}, {{'E', 0}, {CAR_REBER_END, 0}},
    };
    for (int i = 0; i < 2 && symbol != '\0'; i++)
        if (state >= 0 && state < CAR_REBER_END && edges[state].symbol[i] == symbol)
            return edges[state].next[i];
    return -1;
}

/* Adds a string of the grammar. */
static void add_reber(dice *d, car_string *stream)
{
    for (int state = 0; state != CAR_REBER_END;) {
        char allowed[2];
        int n = 0;
        for (const char *symbol = CAR_REBER_SYMBOLS; *symbol != '\0'; symbol++)
            if (car_reber_next(state, *symbol) >= 0)
                allowed[n++] = *symbol;
        char chosen = allowed[roll(d, n)];
        car_string_add(stream, &chosen, 1);
        state = car_reber_next(state, chosen);
    }
}

/* String after string B, T or P, a string of the grammar, the same T or P, E, without a
 * sign between them that memory is to be emptied.  Every next symbol is asked for; that
 * second T or P counts. */
static void draw_reber(const car_card_task *task, car_stream stream, uint64_t number, int size, car_card_sequence *made)
{
    static const char symbols[] = CAR_REBER_SYMBOLS;
    dice d = {stream, number, 0};
    car_string text = {0}, counts = {0};
    made->length = size > 0 ? size : task->steps;
    while (text.length <= made->length) {
        const char *outer = roll(&d, 2) == 0 ? "T" : "P";
        car_string_add_text(&text, "B");
        car_string_add_text(&text, outer);
        add_reber(&d, &text);
        while (counts.length < text.length)
            car_string_add_text(&counts, "-");
        car_string_add_text(&text, outer);
        car_string_add_text(&text, "E");
        car_string_add_text(&counts, "+-");
    }
    for (int t = 0; t < made->length; t++) {
        put_symbol(task, made, t, (int)(strchr(symbols, text.at[t]) - symbols));
        ask(made, t, (int)(strchr(symbols, text.at[t + 1]) - symbols), counts.at[t + 1] == '+');
    }
    car_string_clear(&text);
    car_string_clear(&counts);
}

/* ---- a^n b^n: Gers & Schmidhuber 2001 --------------------------------------------------------- */

enum { COUNTED_A, COUNTED_B };
enum { ONE_MORE, THE_END };

/* From the first b on it is known what comes: asked for is, at every b, whether it is the
 * last. */
static void draw_counting(const car_card_task *task, car_stream stream, uint64_t number, int size,
                          car_card_sequence *made)
{
    dice d = {stream, number, 0};
    int n = size > 0 ? size : 1 + roll(&d, task->steps);
    made->length = 2 * n;
    for (int t = 0; t < made->length; t++) {
        put_symbol(task, made, t, t < n ? COUNTED_A : COUNTED_B);
        if (t >= n)
            ask(made, t, t == made->length - 1 ? THE_END : ONE_MORE, true);
    }
}

/* ---- copying: Hochreiter & Schmidhuber 1997 in the form of Arjovsky, Shah & Bengio 2016 ---------- */

enum { COPIED = 10, KINDS_OF_COPIED = 8, COPY_BLANK = KINDS_OF_COPIED, COPY_NOW };

/* Ten symbols, T - 1 blanks, a sign, ten blanks: blanks are asked for up to the sign, from
 * there on the ten symbols. */
static void draw_copying(const car_card_task *task, car_stream stream, uint64_t number, int size,
                         car_card_sequence *made)
{
    (void)size;
    dice d = {stream, number, 0};
    made->length = task->steps + 2 * COPIED;
    for (int t = 0; t < made->length; t++) {
        put_symbol(task, made, t,
                   t < COPIED                      ? roll(&d, KINDS_OF_COPIED)
                   : t == task->steps + COPIED - 1 ? COPY_NOW
                                                   : COPY_BLANK);
        ask(made, t, COPY_BLANK, false);
    }
    for (int i = 0; i < COPIED; i++) {
        int symbol = 0;
        while (made->x[(ptrdiff_t)i * task->input + symbol] == 0)
            symbol++;
        ask(made, task->steps + COPIED + i, symbol, true);
    }
}

/* ---- long gaps ---------------------------------------------------------------------------------- */

enum { CUES = 8, FILLERS = 8, GAP_QUESTION = CUES + FILLERS };

/* A cue, so many fillers as the gap is wide, a question: which cue was it?  As the country
 * someone grew up in decides, a long clause later, the language.  Between them there is
 * something to do that neighbours decide: at every filler the word before it is asked
 * for, which does not count. */
static void draw_gap(const car_card_task *task, car_stream stream, uint64_t number, int size, car_card_sequence *made)
{
    dice d = {stream, number, 0};
    int gap = size > 0 ? size : 1 + roll(&d, task->steps), cue = roll(&d, CUES);
    made->length = gap + 2;
    put_symbol(task, made, 0, cue);
    for (int t = 1, before = cue; t <= gap; t++) {
        int filler = CUES + roll(&d, FILLERS);
        put_symbol(task, made, t, filler);
        ask(made, t, before, false);
        before = filler;
    }
    put_symbol(task, made, gap + 1, GAP_QUESTION);
    ask(made, gap + 1, cue, true);
}

/* ---- the battery ------------------------------------------------------------------------------- */

static const int as_trained[] = {0};
static const int stream_sizes[] = {500};
static const int counts[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
                             21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
                             41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60,
                             61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80,
                             81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100};
static const int gaps[] = {5, 10, 20, 30, 40, 60, 80, 120};

#define SIZES(list) (list), sizeof(list) / sizeof *(list)
#define ADDING(T, UPDATES, PUBLISHED)                                                                                  \
    {                                                                                                                  \
        "adding-" #T, "adding problem, T = " #T, CAR_CARD_SQUARE, T, 2, 1, T, UPDATES, 1.0 / 6, 0.01, 0.005, 0,        \
            SIZES(as_trained), 200, 1000, PUBLISHED, draw_adding                                                       \
    }
#define ORDER(T, UPDATES, PUBLISHED)                                                                                   \
    {                                                                                                                  \
        "order-" #T, "temporal order, T = " #T, CAR_CARD_SHARE, T, ORDER_X + 2, 4, (T) + (T) / 10, UPDATES, 0.25,      \
            0.99, 1, 0, SIZES(as_trained), 200, 1000, PUBLISHED, draw_order                                            \
    }

const car_card_task car_card_tasks[] = {
    ADDING(50, 2000, "half the length of the paper's"),
    ADDING(100, 2000, "LSTM solves it in 74 000 sequences (Hochreiter & Schmidhuber 1997)"),
    ADDING(200, 2000,
           "LSTM and a rectified network that starts as an identity solve it, tanh fails from 150 on (Le et al. 2015)"),
    ORDER(50, 2000, "half the length of the paper's"),
    ORDER(100, 2000, "LSTM solves it in 31 390 sequences (Hochreiter & Schmidhuber 1997)"),
    {"reber", "continual embedded Reber grammar", CAR_CARD_SHARE, 100, 7, 7, 500, 2000, 0.5, 0.99, 0.998, 0,
     SIZES(stream_sizes), 8, 32, "LSTM fails without a forget gate and solves it with one (Gers et al. 2000)",
     draw_reber},
    {"counting", "a^n b^n, n up to 50 in training", CAR_CARD_REACH, 50, 2, 2, 200, 3000, 0, 75, 100, 1, SIZES(counts),
     1, 1,
     "LSTM with peepholes, trained to n = 10, reaches 1000 (Gers & Schmidhuber 2001); trained to 100, LSTM 256, GRU "
     "fails from 39 on (Weiss et al. 2018)",
     draw_counting},
    {"copying", "copy memory, T = 30", CAR_CARD_SHARE, 30, KINDS_OF_COPIED + 2, KINDS_OF_COPIED + 1, 50, 3000, 0.125,
     0.95, 0.98, 0, SIZES(as_trained), 50, 500,
     "from T = 100 on LSTM stays near the baseline of one without memory (Arjovsky et al. 2016)", draw_copying},
    {"gap", "long gaps, up to 80 in training", CAR_CARD_REACH, 80, GAP_QUESTION + 1, CUES + FILLERS, 122, 2000, 0, 80,
     80, 0.95, SIZES(gaps), 40, 200, "none in this form; that gradients vanish over such gaps: Bengio et al. (1994)",
     draw_gap},
};
const int car_card_task_count = sizeof car_card_tasks / sizeof *car_card_tasks;

const car_card_task *car_card_task_find(const char *name)
{
    for (int i = 0; i < car_card_task_count; i++)
        if (strcmp(car_card_tasks[i].name, name) == 0)
            return &car_card_tasks[i];
    return NULL;
}

bool car_card_task_as_good(const car_card_task *task, double a, double b)
{
    return task->measure == CAR_CARD_SQUARE ? a <= b : a >= b;
}

car_card_sequence car_card_sequence_take(car_arena *arena, const car_card_task *task)
{
    car_card_sequence sequence = {0};
    sequence.x = car_arena_take(arena, (ptrdiff_t)task->longest * task->input, sizeof *sequence.x);
    sequence.label = car_arena_take(arena, task->longest, sizeof *sequence.label);
    sequence.counts = car_arena_take(arena, task->longest, sizeof *sequence.counts);
    return sequence;
}

void car_card_sequence_draw(const car_card_task *task, car_stream stream, uint64_t number, int size,
                            car_card_sequence *made)
{
    car_zero(task->longest * task->input, made->x);
    memset(made->counts, 0, (size_t)task->longest);
    for (int t = 0; t < task->longest; t++)
        made->label[t] = -1;
    task->draw(task, stream, number, size, made);
    CAR_REQUIRE(made->length >= 1 && made->length <= task->longest);
}
