#include "tools/svg.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    WIDTH = 720,
    HEIGHT = 420,
    LEFT = 76,
    RIGHT = 190,
    TOP = 40,
    BOTTOM = 54,
    MAX_TICKS = 12,
    MARKED = 24,
    LONGEST_NAME = 20,
    CHARACTER = 8,
    TITLE_CHARACTER = 10
};

static const char *const palette[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"};
static const char *const dashes[] = {"none", "7 4", "2 3"};
enum { COLOURS = sizeof palette / sizeof *palette, DASHES = sizeof dashes / sizeof *dashes };

void car_xml_add(car_string *out, const char *text)
{
    for (; *text != '\0'; text++)
        switch (*text) {
        case '&':
            car_string_add_text(out, "&amp;");
            break;
        case '<':
            car_string_add_text(out, "&lt;");
            break;
        case '>':
            car_string_add_text(out, "&gt;");
            break;
        case '"':
            car_string_add_text(out, "&quot;");
            break;
        default:
            if ((unsigned char)*text < 0x20 || *text == 0x7f)
                car_string_add_text(out, "\xef\xbf\xbd");
            else
                car_string_add(out, text, 1);
        }
}

static void begin(car_string *out, int width, int height, const char *title)
{
    car_string_format(out,
                      "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %d %d\" width=\"%d\" "
                      "height=\"%d\">\n<title>",
                      width, height, width, height);
    car_xml_add(out, title);
    car_string_add_text(
        out, "</title>\n<style>svg{background:#fff;--ink:#222;--line:#ddd}"
             "text{font:12px system-ui,sans-serif;fill:var(--ink)}.title{font-size:15px;font-weight:600}"
             ".line{stroke:var(--line)}.axis{stroke:var(--ink)}"
             "@media(prefers-color-scheme:dark){svg{background:#16181d;--ink:#e6e6e6;--line:#3a3d45}}</style>\n");
}

static void add_text(car_string *out, double x, double y, const char *attributes, const char *text)
{
    car_string_format(out, "<text x=\"%.1f\" y=\"%.1f\"%s%s>", x, y, *attributes != '\0' ? " " : "", attributes);
    car_xml_add(out, text);
    car_string_add_text(out, "</text>\n");
}

static void add_line(car_string *out, double x1, double y1, double x2, double y2, const char *class)
{
    car_string_format(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n", x1, y1, x2, y2,
                      class);
}

/* ---- curves --------------------------------------------------------------------------- */

/* An axis: of its logarithm to base 10 where it is logarithmic. */
typedef struct scale {
    double low, high;
    bool log;
    double step; /* from tick to tick, once it is rounded out to whole ones */
} scale;

static bool place_on(scale s, double value, double *place)
{
    *place = s.log ? log10(value) : value;
    return isfinite(*place) && (!s.log || value > 0);
}

static void widen(scale *s, double value, bool *any)
{
    double place;
    if (!place_on(*s, value, &place))
        return;
    s->low = !*any || place < s->low ? place : s->low;
    s->high = !*any || place > s->high ? place : s->high;
    *any = true;
}

/* 1, 2 or 5 times a power of ten, so that about six steps fill the axis; powers of ten where it
 * is logarithmic. */
static double tick_step(scale s)
{
    double rough = (s.high - s.low) / 6, power = pow(10, floor(log10(rough)));
    double step = rough <= power ? power : rough <= 2 * power ? 2 * power : rough <= 5 * power ? 5 * power : 10 * power;
    return s.log && step < 1 ? 1 : step;
}

static void round_out(scale *s, bool any)
{
    if (!any)
        *s = (scale){0, 1, s->log, 0};
    if (s->high - s->low < 1e-12)
        *s = (scale){s->low - 0.5, s->high + 0.5, s->log, 0};
    s->step = tick_step(*s);
    s->low = floor(s->low / s->step) * s->step;
    s->high = ceil(s->high / s->step) * s->step;
}

static double along(scale s, double place, double from, double to)
{
    return from + (place - s.low) / (s.high - s.low) * (to - from);
}

static void add_ticks(car_string *out, scale s, bool vertical)
{
    double step = s.step;
    char text[32];
    for (int i = 0; i <= MAX_TICKS * 2 && s.low + i * step <= s.high + step / 2; i++) {
        double place = s.low + i * step;
        if (fabs(place) < step * 1e-9)
            place = 0;
        (void)snprintf(text, sizeof text, s.log ? "1e%g" : "%g", place);
        if (vertical) {
            double y = along(s, place, HEIGHT - BOTTOM, TOP);
            add_line(out, LEFT, y, WIDTH - RIGHT, y, "line");
            add_text(out, LEFT - 8, y + 4, "text-anchor=\"end\"", text);
        } else {
            double x = along(s, place, LEFT, WIDTH - RIGHT);
            add_line(out, x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 5, "axis");
            add_text(out, x, HEIGHT - BOTTOM + 19, "text-anchor=\"middle\"", text);
        }
    }
}

static const char *colour_of_curve(int number) { return palette[number % COLOURS]; }

/* Beside the axes: a sample of the line or bar, or a mark where it has no thickness, and the name. */
static void add_key(car_string *out, const char *name, int number, const char *dash, int thickness)
{
    double row = TOP + 10 + 20.0 * number;
    if (thickness == 0)
        car_string_format(out, "<circle cx=\"%d\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>\n", WIDTH - RIGHT + 26, row,
                          colour_of_curve(number));
    else
        car_string_format(out,
                          "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%d\" "
                          "stroke-dasharray=\"%s\"/>\n",
                          WIDTH - RIGHT + 14, row, WIDTH - RIGHT + 38, row, colour_of_curve(number), thickness, dash);
    add_text(out, WIDTH - RIGHT + 44, row + 4, "", name);
}

static void add_curve(car_string *out, const car_curve *curve, int number, scale x, scale y)
{
    const char *colour = colour_of_curve(number), *dash = dashes[number / COLOURS % DASHES];
    car_string marks = {0};
    if (!curve->points)
        car_string_format(out, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\" d=\"",
                          colour, dash);
    bool drawn = false;
    for (int i = 0; i < curve->n; i++) {
        double at_x, at_y;
        bool shown = place_on(x, curve->x[i], &at_x) && place_on(y, curve->y[i], &at_y);
        if (shown) {
            at_x = along(x, at_x, LEFT, WIDTH - RIGHT);
            at_y = along(y, at_y, HEIGHT - BOTTOM, TOP);
            if (!curve->points)
                car_string_format(out, "%c%.1f %.1f", drawn ? 'L' : 'M', at_x, at_y);
            if (curve->points || curve->n <= MARKED)
                car_string_format(&marks, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\" fill=\"%s\"/>\n", at_x, at_y,
                                  curve->points ? 4 : 3, colour);
        }
        drawn = shown;
    }
    if (!curve->points)
        car_string_add_text(out, "\"/>\n");
    car_string_add(out, marks.at, marks.length);
    car_string_clear(&marks);
    add_key(out, curve->name, number, dash, curve->points ? 0 : 2);
}

static void begin_axes(car_string *out, const car_axes *axes, scale y)
{
    begin(out, WIDTH, HEIGHT, axes->title);
    add_text(out, LEFT, 24, "class=\"title\"", axes->title);
    add_ticks(out, y, true);
    add_line(out, LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "axis");
    add_line(out, LEFT, TOP, LEFT, HEIGHT - BOTTOM, "axis");
    add_text(out, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 14, "text-anchor=\"middle\"", axes->x);
    car_string_format(out, "<g transform=\"translate(18 %.1f) rotate(-90)\">", (TOP + HEIGHT - BOTTOM) / 2.0);
    add_text(out, 0, 0, "text-anchor=\"middle\"", axes->y);
    car_string_add_text(out, "</g>\n");
}

void car_svg_curves(const car_axes *axes, const car_curve *curves, int n, car_string *out)
{
    scale x = {0, 0, axes->log_x, 0}, y = {0, 0, axes->log_y, 0};
    bool any_x = false, any_y = axes->from_zero && !axes->log_y;
    for (int c = 0; c < n; c++)
        for (int i = 0; i < curves[c].n; i++) {
            widen(&x, curves[c].x[i], &any_x);
            widen(&y, curves[c].y[i], &any_y);
        }
    round_out(&x, any_x);
    round_out(&y, any_y);
    begin_axes(out, axes, y);
    add_ticks(out, x, false);
    for (int c = 0; c < n; c++)
        add_curve(out, &curves[c], c, x, y);
    car_string_add_text(out, "</svg>\n");
}

void car_svg_bars(const car_axes *axes, const char *const *group_name, const car_curve *curves, int n, car_string *out)
{
    scale y = {0, 0, false, 0};
    bool any = true;
    int groups = n > 0 ? curves[0].n : 0;
    for (int c = 0; c < n; c++)
        for (int g = 0; g < groups; g++)
            widen(&y, curves[c].y[g], &any);
    round_out(&y, any);
    begin_axes(out, axes, y);
    double group = (WIDTH - RIGHT - LEFT) / (double)(groups > 0 ? groups : 1), bar = group * 0.8 / (n > 0 ? n : 1);
    double zero = along(y, 0, HEIGHT - BOTTOM, TOP);
    for (int g = 0; g < groups; g++) {
        double left = LEFT + g * group;
        add_text(out, left + group / 2, HEIGHT - BOTTOM + 19, "text-anchor=\"middle\"", group_name[g]);
        for (int c = 0; c < n; c++) {
            if (!isfinite(curves[c].y[g]))
                continue;
            double top = along(y, curves[c].y[g], HEIGHT - BOTTOM, TOP), upper = fmin(top, zero);
            car_string_format(out,
                              "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"><title>%g"
                              "</title></rect>\n",
                              left + group * 0.1 + c * bar, upper, bar, fmax(top, zero) - upper, colour_of_curve(c),
                              curves[c].y[g]);
        }
    }
    for (int c = 0; c < n; c++)
        add_key(out, curves[c].name, c, "none", 10);
    car_string_add_text(out, "</svg>\n");
}

/* ---- maps ----------------------------------------------------------------------------- */

/* Blue, pale, orange: 0, 1/2, 1. */
static void colour_of(double share, int rgb[3])
{
    static const double stops[3][3] = {{0, 114, 178}, {247, 247, 247}, {213, 94, 0}};
    share = share < 0 || isnan(share) ? 0 : share > 1 ? 1 : share;
    int from = share < 0.5 ? 0 : 1;
    double part = 2 * share - from;
    for (int i = 0; i < 3; i++)
        rgb[i] = (int)lround(stops[from][i] + part * (stops[from + 1][i] - stops[from][i]));
}

/* Bytes of the first `most` characters at most. */
static int cut_after(const char *text, int most)
{
    int i = 0;
    for (int n = 0; text[i] != '\0' && (((unsigned char)text[i] & 0xc0) == 0x80 || n++ < most); i++)
        ;
    return i;
}

static int characters_of(const char *text) { return (int)car_utf8_count(text, (ptrdiff_t)strlen(text)); }

static int longest_of(const char *const *names, int n)
{
    int longest = 0;
    for (int i = 0; names != NULL && i < n; i++)
        longest = characters_of(names[i]) > longest ? characters_of(names[i]) : longest;
    return longest < LONGEST_NAME ? longest : LONGEST_NAME;
}

/* A name that is no longer than its place; all of it where it is pointed at. */
static void add_name(car_string *out, double x, double y, const char *attributes, const char *name)
{
    int fits = cut_after(name, LONGEST_NAME);
    if (name[fits] == '\0') {
        add_text(out, x, y, attributes, name);
        return;
    }
    car_string shorter = {0};
    car_string_add(&shorter, name, cut_after(name, LONGEST_NAME - 1));
    car_string_add_text(&shorter, "…");
    car_string_add_text(out, "<g><title>");
    car_xml_add(out, name);
    car_string_add_text(out, "</title>");
    add_text(out, x, y, attributes, shorter.at);
    car_string_add_text(out, "</g>\n");
    car_string_clear(&shorter);
}

void car_svg_map(const car_map *map, car_string *out)
{
    int width = map->columns > 40 ? 12 : 30, height = map->rows > 24 ? 4 : 18;
    int longest = CHARACTER * longest_of(map->column_name, map->columns); /* leaning by 50 degrees */
    int left = map->row_name != NULL ? 24 + CHARACTER * longest_of(map->row_name, map->rows) : 12;
    int top = 46 + longest * 4 / 5, right = 20 + longest * 2 / 3;
    int needed = left + map->columns * width + right, for_title = 24 + TITLE_CHARACTER * characters_of(map->title);
    begin(out, needed > for_title ? needed : for_title, top + map->rows * height + 14, map->title);
    add_text(out, 12, 20, "class=\"title\"", map->title);
    for (int c = 0; map->column_name != NULL && c < map->columns; c++) {
        car_string_format(out, "<g transform=\"translate(%.1f %d) rotate(-50)\">", left + (c + 0.6) * width, top - 6);
        add_name(out, 0, 0, "", map->column_name[c]);
        car_string_add_text(out, "</g>\n");
    }
    for (int r = 0; r < map->rows; r++) {
        if (map->row_name != NULL)
            add_name(out, left - 6, top + (r + 0.5) * height + 4, "text-anchor=\"end\"", map->row_name[r]);
        for (int c = 0; c < map->columns; c++) {
            double value = map->value[(ptrdiff_t)r * map->columns + c];
            int rgb[3];
            colour_of((value - map->low) / (map->high - map->low), rgb);
            car_string_format(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%02x%02x%02x\"><title>",
                              left + c * width, top + r * height, width, height, rgb[0], rgb[1], rgb[2]);
            car_string_format(out, "%.3g</title></rect>\n", value);
        }
    }
    car_string_add_text(out, "</svg>\n");
}
