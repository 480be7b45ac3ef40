/* svg.h - figures for gradients and gates: curves with axes, maps of coloured cells.
 *
 * Each adds one <svg> element to a string, complete in itself: usable as a file and
 * inside an HTML page, in light and dark.  Colours are told apart by people who
 * are colour-blind too (Okabe & Ito 2008).  Figures know nothing of models.
 */
#ifndef CAROUSEL_TOOLS_SVG_H
#define CAROUSEL_TOOLS_SVG_H

#include <stdbool.h>

#include "base/text.h"

typedef struct car_curve {
    const char *name;
    const double *x, *y; /* [n], x rising; points that are not finite, or not positive where the
                            axis is logarithmic, are left out */
    int n;
    bool points; /* marks alone, without a line */
} car_curve;

typedef struct car_axes {
    const char *title, *x, *y; /* with units where there are any */
    bool log_x, log_y;
    bool from_zero; /* the y axis begins at 0 or below */
} car_axes;

/* Curves over common axes, named beside them; of few points each is marked. */
void car_svg_curves(const car_axes *axes, const car_curve *curves, int n, car_string *out);

/* Bars from 0 in groups: one group for each name, in it one bar for each curve, of which x is
 * not looked at and y has a value for each group. */
void car_svg_bars(const car_axes *axes, const char *const *group_name, const car_curve *curves, int n, car_string *out);

/* A cell for every value [rows, columns], from `low` (blue) over the middle (pale) to `high`
 * (orange); rows and columns are named, those names are NULL that are left out.  A cell
 * says its value when it is pointed at. */
typedef struct car_map {
    const char *title;
    int rows, columns;
    const double *value; /* [rows, columns] */
    double low, high;
    const char *const *row_name, *const *column_name;
} car_map;
void car_svg_map(const car_map *map, car_string *out);

/* Adds text with what XML reads otherwise written as references; control characters, which
 * XML has none of, as U+FFFD. */
void car_xml_add(car_string *out, const char *text);

#endif
