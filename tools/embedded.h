/* embedded.h - text files of the source tree that are part of the program.
 *
 * tools/embed.cmake makes the tables when the program is built.
 */
#ifndef CAROUSEL_TOOLS_EMBEDDED_H
#define CAROUSEL_TOOLS_EMBEDDED_H

typedef struct car_embedded {
    const char *name; /* of the file, without folder */
    const char *text; /* plain ASCII */
} car_embedded;

/* What `carousel cell new` writes: a C file for each kind, CMakeLists.txt and
 * README.md, all of a cell called "mycell"; ends with a NULL name. */
extern const car_embedded car_cell_starts[];

#endif
