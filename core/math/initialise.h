/* initialise.h - first values of parameters.
 *
 * Used by the parameter table.  Fills a matrix [rows, columns] with the patterns
 * of car_init (carousel/cell.h) and one more for hosts.  Inputs stand along the
 * rows and outputs along the columns, y [B, columns] = x [B, rows] W, so the
 * fan-in of Glorot and He is `rows` and the fan-out `columns`.
 *
 * The numbers depend on stream, pattern, scale, rows and columns alone.  They are
 * computed in double, so that both widths of car_real get the same ones up to
 * rounding; what lies between columns and the stride is not touched.
 */
#ifndef CAROUSEL_MATH_INITIALISE_H
#define CAROUSEL_MATH_INITIALISE_H

#include "carousel/cell.h"
#include "math/random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Continues car_init: scale x normal of variance 2 / rows, for layers of ReLU
 * units (He, Zhang, Ren and Sun, 2015).  No cell plan may ask for it. */
enum { CAR_INIT_HE = CAR_INIT_IDENTITY + 1 };

/* `pattern` is a car_init or CAR_INIT_HE; rows, columns >= 1.
 *
 *   CONSTANT    scale; the stream is not used
 *   UNIFORM     [-scale, scale)
 *   GLOROT      [-a, a), a = scale sqrt(6 / (rows + columns)) (Glorot and Bengio, 2010)
 *   ORTHOGONAL  scale x orthonormal rows or columns, whichever are fewer, drawn
 *               evenly from all such (Saxe, McClelland and Ganguli, 2014)
 *   IDENTITY    scale on the diagonal, else 0; the stream is not used
 *   HE          see above */
void car_initialise(car_panel matrix, int rows, int columns, int pattern, double scale, car_stream stream);

#ifdef __cplusplus
}
#endif
#endif
