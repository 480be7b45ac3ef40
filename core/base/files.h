/* files.h - paths, folders, and files that are replaced whole or not at all.
 *
 * What a reader finds under a name is always either the old content or the new
 * one: everything is written to NAME.tmp.PID in the same folder, brought to the
 * disk, and only then renamed.  Messages name the file; the codes are 73
 * (cannot create), 77 (no permission), 66 (not found) and 74 (the rest).
 */
#ifndef CAROUSEL_BASE_FILES_H
#define CAROUSEL_BASE_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- paths: what is returned is freed with car_free ------------------------- */

/* "folder/name"; `name` alone if it is absolute or the folder is "". */
char *car_path_join(const char *folder, const char *name);

/* All before the last slash: "a/b" of "a/b/c", "/" of "/c", "." of "c". */
char *car_path_folder(const char *path);

/* The folder the running program lies in, or NULL if the system does not say. */
char *car_program_folder(void);

/* ---- folders ------------------------------------------------------------------ */

bool car_path_exists(const char *path);
bool car_path_is_folder(const char *path);

/* Makes the folder and all above it that are missing. */
bool car_folder_make(const char *path, car_error *e);

/* Names in a folder that end with `suffix` ("" for all), sorted by their bytes;
 * never "." and "..".  {0} is an empty listing. */
typedef struct car_listing {
    char **names;
    int count;
} car_listing;

bool car_listing_load(const char *folder, const char *suffix, car_listing *listing, car_error *e);
void car_listing_clear(car_listing *listing);

/* Removes the NAME.tmp.PID that dead processes left in the folder.  To be called
 * before this process writes there: files with its own number are of a former
 * process with that number.  Returns how many there were; what cannot be removed
 * stays. */
int car_folder_remove_stale(const char *folder);

/* ---- writing -------------------------------------------------------------------- */

typedef struct car_file_writer car_file_writer;

/* NULL and *e if the temporary file cannot be made. */
car_file_writer *car_file_writer_open(const char *path, car_error *e);

/* The first failure is remembered for commit; after it, writing does nothing. */
void car_file_writer_write(car_file_writer *writer, const void *bytes, ptrdiff_t length);

/* Makes what was written the content of the path.  On failure the old content
 * stands.  Frees the writer in either case. */
bool car_file_writer_commit(car_file_writer *writer, car_error *e);

/* Forgets what was written and frees the writer, which may be NULL. */
void car_file_writer_abandon(car_file_writer *writer);

/* The three above in one. */
bool car_file_save(const char *path, const char *bytes, ptrdiff_t length, car_error *e);

/* Makes `path` a symbolic link to `target`, in place of a link that is there. */
bool car_link_replace(const char *target, const char *path, car_error *e);

#ifdef __cplusplus
}
#endif
#endif
