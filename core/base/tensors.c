#include "base/tensors.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/names.h"
#include "base/parallel.h"
#include "base/sha256.h"
#include "base/text.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tensors are written as they lie in memory");

#define METADATA "__metadata__"
#define HASH "sha256"

enum { LENGTH_BYTES = 8, LONGEST_HEADER = 100000000, PIECE_BYTES = 1 << 16 };

const char *car_dtype_name(car_dtype dtype)
{
    static const char *const names[] = {"F32", "F64", "I64", "U64"};
    return names[dtype];
}

ptrdiff_t car_dtype_size(car_dtype dtype) { return dtype == CAR_F32 ? 4 : 8; }

static ptrdiff_t bytes_of(const car_tensor *tensor) { return tensor->count * car_dtype_size(tensor->dtype); }

/* The hash that stands under "sha256": of the header without that entry, in the
 * one form that compact JSON with sorted keys has.  False if out of memory. */
static bool hash_header(const json_t *header, char hex[CAR_SHA256_HEX])
{
    char *text = json_dumps(header, JSON_COMPACT | JSON_SORT_KEYS);
    if (text == NULL)
        return false;
    car_sha256 hash;
    car_sha256_init(&hash);
    car_sha256_add(&hash, text, (ptrdiff_t)strlen(text));
    car_sha256_finish(&hash, hex);
    free(text);
    return true;
}

/* ---- reading ------------------------------------------------------------------------ */

struct car_tensors {
    char *path;
    int fd;
    json_t *header; /* owns names and text */
    const json_t *metadata;
    car_tensor *tensors; /* [count], by where they lie */
    off_t *places;       /* [count], in the file       */
    int count;
    bool is_hashed;
    car_names *names;  /* index is the place in `tensors` */
    const char **keys; /* [n_keys] of the metadata, without ours */
    int n_keys;
    car_arena arena;
    unsigned char *data; /* of a whole file, laid out as there; from the arena */
    car_failure failure; /* of reading that                    */
};

/* A tensor as the header places it. */
typedef struct placed {
    car_tensor tensor;
    ptrdiff_t begin, end;
} placed;

static int compare_places(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return strcmp(x->tensor.name, y->tensor.name);
}

static bool read_exactly(int fd, const char *path, off_t from, void *bytes, ptrdiff_t wanted, car_error *e)
{
    char *next = bytes;
    while (wanted > 0) {
        ssize_t got = pread(fd, next, (size_t)wanted, from);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return car_error_set(e, CAR_EXIT_IO, "%s: cannot be read: %s", path, strerror(errno));
        if (got == 0)
            return car_error_set(e, CAR_EXIT_DATA, "%s: became shorter while it was read; try again", path);
        next += got;
        from += got;
        wanted -= got;
    }
    return true;
}

/* A number of 0 or more that fits a ptrdiff_t. */
static bool read_size(const json_t *value, ptrdiff_t *size)
{
    *size = (ptrdiff_t)json_integer_value(value);
    return json_is_integer(value) && *size >= 0;
}

/* {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]} */
static bool read_description(const char *path, const char *name, const json_t *entry, placed *place, car_error *e)
{
    const json_t *shape = json_object_get(entry, "shape"), *offsets = json_object_get(entry, "data_offsets");
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    if (type == NULL || !json_is_array(shape) || !json_is_array(offsets) || json_object_size(entry) != 3)
        return car_error_set(e, CAR_EXIT_DATA, "%s: tensor '%s' is not described by dtype, shape and data_offsets",
                             path, name);
    car_tensor *tensor = &place->tensor;
    tensor->name = name;
    int dtype = CAR_F32;
    while (dtype <= CAR_U64 && strcmp(type, car_dtype_name((car_dtype)dtype)) != 0)
        dtype++;
    if (dtype > CAR_U64)
        return car_error_set(e, CAR_EXIT_DATA, "%s: tensor '%s' is of type %s; F32, F64, I64 and U64 can be read", path,
                             name, type);
    tensor->dtype = (car_dtype)dtype;

    if (json_array_size(shape) > CAR_TENSOR_DIMS)
        return car_error_set(e, CAR_EXIT_DATA, "%s: tensor '%s' has %zu dimensions; %d can be read", path, name,
                             json_array_size(shape), CAR_TENSOR_DIMS);
    tensor->dims = (int)json_array_size(shape);
    tensor->count = 1;
    for (int i = 0; i < tensor->dims; i++) {
        if (!read_size(json_array_get(shape, (size_t)i), &tensor->shape[i]) ||
            __builtin_mul_overflow(tensor->count, tensor->shape[i], &tensor->count))
            return car_error_set(e, CAR_EXIT_DATA, "%s: the shape of tensor '%s' is no product of sizes", path, name);
    }

    ptrdiff_t bytes;
    if (json_array_size(offsets) != 2 || !read_size(json_array_get(offsets, 0), &place->begin) ||
        !read_size(json_array_get(offsets, 1), &place->end) ||
        __builtin_mul_overflow(tensor->count, car_dtype_size(tensor->dtype), &bytes) ||
        place->end - place->begin != bytes)
        return car_error_set(e, CAR_EXIT_DATA, "%s: shape and data_offsets of tensor '%s' contradict each other", path,
                             name);
    if (place->begin % car_dtype_size(tensor->dtype) != 0)
        return car_error_set(e, CAR_EXIT_DATA, "%s: tensor '%s' is not aligned", path, name);
    return true;
}

static bool read_metadata(car_tensors *t, car_error *e)
{
    t->metadata = json_object_get(t->header, METADATA);
    if (t->metadata == NULL)
        return true;
    if (!json_is_object(t->metadata))
        return car_error_set(e, CAR_EXIT_DATA, "%s: %s is no map of text to text", t->path, METADATA);
    t->keys = car_alloc((ptrdiff_t)json_object_size(t->metadata), sizeof *t->keys);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)t->metadata, key, value)
    {
        if (!json_is_string(value))
            return car_error_set(e, CAR_EXIT_DATA, "%s: the metadata under '%s' is no text", t->path, key);
        if (strncmp(key, HASH, strlen(HASH)) != 0)
            t->keys[t->n_keys++] = key;
    }
    return true;
}

/* Tensors in the order of their places, which must leave no holes, not overlap,
 * and end where the data ends, which begins at `from`. */
static bool read_tensors(car_tensors *t, off_t from, ptrdiff_t data_bytes, car_error *e)
{
    int n = (int)json_object_size(t->header) - (t->metadata != NULL), i = 0;
    placed *places = car_alloc(n, sizeof *places);
    bool good = true;
    const char *name;
    json_t *entry;
    json_object_foreach(t->header, name, entry)
    {
        if (entry != t->metadata)
            good = good && read_description(t->path, name, entry, &places[i++], e);
    }
    if (good && n > 1)
        qsort(places, (size_t)n, sizeof *places, compare_places);

    t->tensors = car_alloc(n, sizeof *t->tensors);
    t->places = car_alloc(n, sizeof *t->places);
    ptrdiff_t end = 0;
    for (i = 0; good && i < n; i++) {
        name = places[i].tensor.name;
        if (places[i].begin != end)
            good = car_error_set(e, CAR_EXIT_DATA, "%s: tensor '%s' begins at byte %td of the data instead of %td",
                                 t->path, name, places[i].begin, end);
        end = places[i].end;
        t->tensors[i] = places[i].tensor;
        t->places[i] = from + places[i].begin;
        (void)car_names_add(t->names, name, (ptrdiff_t)strlen(name));
    }
    if (good && end != data_bytes)
        good = car_error_set(e, CAR_EXIT_DATA, "%s: the tensors take %td bytes, but the file has %td; copy it again",
                             t->path, end, data_bytes);
    t->count = n;
    car_free(places);
    return good;
}

/* The header's hash; a file without any is another program's. */
static bool check_header(car_tensors *t, car_error *e)
{
    t->is_hashed = t->metadata != NULL && (size_t)t->n_keys < json_object_size(t->metadata);
    if (!t->is_hashed)
        return true;
    const char *stored = json_string_value(json_object_get(t->metadata, HASH));
    char *wanted = car_copy_text(stored != NULL ? stored : "");
    (void)json_object_del((json_t *)t->metadata, HASH);
    char hex[CAR_SHA256_HEX];
    bool good = hash_header(t->header, hex);
    if (!good)
        (void)car_error_set(e, CAR_EXIT_MEMORY, "%s: no memory to check the header", t->path);
    else if (strcmp(hex, wanted) != 0)
        good =
            car_error_set(e, CAR_EXIT_DATA, "%s: the header is damaged (its SHA-256 differs); copy it again", t->path);
    car_free(wanted);
    return good;
}

static bool check_hash(const car_tensors *t, const car_tensor *tensor, car_sha256 *hash, car_error *e)
{
    char hex[CAR_SHA256_HEX];
    car_sha256_finish(hash, hex);
    car_string key = {0};
    car_string_format(&key, HASH ":%s", tensor->name);
    const char *expected = json_string_value(json_object_get(t->metadata, key.at));
    car_string_clear(&key);
    return (expected != NULL && strcmp(hex, expected) == 0) ||
           car_error_set(e, CAR_EXIT_DATA, "%s: tensor '%s' is damaged (its SHA-256 differs); copy it again", t->path,
                         tensor->name);
}

bool car_tensors_read(const car_tensors *tensors, const car_tensor *tensor, car_tensor_take take, void *context,
                      car_error *e)
{
    if (tensor->data != NULL) {
        take(context, 0, tensor->count, tensor->data);
        return true;
    }
    _Alignas(CAR_ALIGNMENT) unsigned char piece[PIECE_BYTES]; /* stays in cache: hashed and taken at once */
    const off_t place = tensors->places[tensor - tensors->tensors];
    const ptrdiff_t size = car_dtype_size(tensor->dtype), bytes = bytes_of(tensor);
    car_sha256 hash;
    car_sha256_init(&hash);
    for (ptrdiff_t at = 0; at < bytes; at += PIECE_BYTES) {
        ptrdiff_t n = bytes - at < PIECE_BYTES ? bytes - at : PIECE_BYTES;
        if (!read_exactly(tensors->fd, tensors->path, place + at, piece, n, e))
            return false;
        if (tensors->is_hashed)
            car_sha256_add(&hash, piece, n);
        take(context, at / size, n / size, piece);
    }
    return !tensors->is_hashed || check_hash(tensors, tensor, &hash, e);
}

/* ---- a whole file -------------------------------------------------------------------- */

typedef struct held {
    unsigned char *at;
    ptrdiff_t size; /* bytes of an element */
} held;

static void hold(void *context, ptrdiff_t first, ptrdiff_t n, const void *elements)
{
    const held *h = context;
    memcpy(h->at + first * h->size, elements, (size_t)(n * h->size));
}

static void hold_tensor(void *context, int i)
{
    car_tensors *t = context;
    const car_tensor *tensor = &t->tensors[i];
    held h = {t->data + (t->places[i] - t->places[0]), car_dtype_size(tensor->dtype)};
    car_error e;
    if (!car_tensors_read(t, tensor, hold, &h, &e))
        car_failure_note(&t->failure, i, &e);
}

static bool hold_all(car_tensors *t, ptrdiff_t data_bytes, car_error *e)
{
    t->data = car_arena_take(&t->arena, data_bytes, 1); /* which is not cleared: that would touch it once more */
    car_parallel(t->count, hold_tensor, t);
    for (int i = 0; i < t->count; i++)
        t->tensors[i].data = t->data + (t->places[i] - t->places[0]);
    return car_failure_pass(&t->failure, e);
}

static bool load(car_tensors *t, bool whole, car_error *e)
{
    struct stat status;
    if (fstat(t->fd, &status) != 0)
        return car_error_set(e, CAR_EXIT_IO, "%s: cannot be read: %s", t->path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return car_error_set(e, CAR_EXIT_DATA, "%s: is no ordinary file", t->path);
    ptrdiff_t size = (ptrdiff_t)status.st_size;

    uint64_t length;
    if (size < LENGTH_BYTES)
        return car_error_set(e, CAR_EXIT_DATA, "%s: holds no tensors, only %td bytes", t->path, size);
    if (!read_exactly(t->fd, t->path, 0, &length, LENGTH_BYTES, e))
        return false;
    if (length > LONGEST_HEADER || (ptrdiff_t)length > size - LENGTH_BYTES)
        return car_error_set(e, CAR_EXIT_DATA,
                             "%s: a header of %llu bytes does not fit; the file is cut off or no safetensors file",
                             t->path, (unsigned long long)length);

    char *text = car_resize(NULL, (ptrdiff_t)length, 1);
    json_error_t why = {0};
    if (!read_exactly(t->fd, t->path, LENGTH_BYTES, text, (ptrdiff_t)length, e)) {
        car_free(text);
        return false;
    }
    if (length > 0 && text[0] == '{')
        t->header = json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES, &why);
    car_free(text);
    if (t->header == NULL)
        return car_error_set(e, CAR_EXIT_DATA, "%s: the header is damaged or no safetensors header: %s", t->path,
                             why.text[0] != '\0' ? why.text : "it does not begin with '{'");

    const off_t from = LENGTH_BYTES + (off_t)length;
    ptrdiff_t data_bytes = size - (ptrdiff_t)from;
    return read_metadata(t, e) && read_tensors(t, from, data_bytes, e) && check_header(t, e) &&
           (!whole || hold_all(t, data_bytes, e));
}

car_tensors *car_tensors_open(const char *path, bool whole, car_error *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe is refused, not waited for */
    if (fd < 0) {
        (void)car_error_set(e, car_error_code_of_errno(errno), "%s: cannot be opened: %s", path, strerror(errno));
        return NULL;
    }
    car_tensors *t = car_alloc(1, sizeof *t);
    t->path = car_copy_text(path);
    t->fd = fd;
    t->names = car_names_new();
    car_arena_init(&t->arena);
    if (load(t, whole, e))
        return t;
    car_tensors_close(t);
    return NULL;
}

void car_tensors_close(car_tensors *tensors)
{
    if (tensors == NULL)
        return;
    (void)close(tensors->fd);
    json_decref(tensors->header);
    car_names_free(tensors->names);
    car_free(tensors->path);
    car_free(tensors->tensors);
    car_free(tensors->keys);
    car_free(tensors->places);
    car_arena_clear(&tensors->arena);
    car_free(tensors);
}

const char *car_tensors_path(const car_tensors *tensors) { return tensors->path; }

int car_tensors_count(const car_tensors *tensors) { return tensors->count; }

const car_tensor *car_tensors_at(const car_tensors *tensors, int i)
{
    CAR_REQUIRE(i >= 0 && i < tensors->count);
    return &tensors->tensors[i];
}

const car_tensor *car_tensors_find(const car_tensors *tensors, const char *name)
{
    int i = car_names_find(tensors->names, name, (ptrdiff_t)strlen(name));
    return i < 0 ? NULL : &tensors->tensors[i];
}

const char *car_tensors_metadata(const car_tensors *tensors, const char *key)
{
    return json_string_value(json_object_get(tensors->metadata, key));
}

int car_tensors_metadata_count(const car_tensors *tensors) { return tensors->n_keys; }

const char *car_tensors_metadata_at(const car_tensors *tensors, int i, const char **value)
{
    CAR_REQUIRE(i >= 0 && i < tensors->n_keys);
    *value = car_tensors_metadata(tensors, tensors->keys[i]);
    return tensors->keys[i];
}

/* ---- writing ------------------------------------------------------------------------ */

/* A tensor to be written: `rows` runs of `columns` elements, `stride` apart. */
typedef struct source {
    car_tensor tensor;
    ptrdiff_t rows, columns, stride;
    char hash[CAR_SHA256_HEX];
} source;

struct car_tensors_writer {
    car_names *names; /* index is the place in `sources` until they are sorted */
    source *sources;
    ptrdiff_t count, capacity;
    car_names *keys; /* of the metadata */
    char **values;
    ptrdiff_t n_values, values_capacity;
};

car_tensors_writer *car_tensors_writer_new(void)
{
    car_tensors_writer *writer = car_alloc(1, sizeof *writer);
    writer->names = car_names_new();
    writer->keys = car_names_new();
    return writer;
}

void car_tensors_writer_free(car_tensors_writer *writer)
{
    if (writer == NULL)
        return;
    for (ptrdiff_t i = 0; i < writer->n_values; i++)
        car_free(writer->values[i]);
    car_free(writer->values);
    car_names_free(writer->keys);
    car_names_free(writer->names);
    car_free(writer->sources);
    car_free(writer);
}

static source *add_source(car_tensors_writer *writer, const char *name, car_dtype dtype, const void *data)
{
    CAR_REQUIRE(strcmp(name, METADATA) != 0);
    int index = car_names_add(writer->names, name, (ptrdiff_t)strlen(name));
    CAR_REQUIRE(index == writer->count); /* else the name was there */
    writer->sources = car_grow(writer->sources, writer->count, &writer->capacity, sizeof *writer->sources);
    source *added = &writer->sources[writer->count++];
    *added = (source){.tensor = {.name = car_names_at(writer->names, index), .dtype = dtype, .count = 1, .data = data}};
    return added;
}

void car_tensors_writer_add(car_tensors_writer *writer, const char *name, car_dtype dtype, int dims,
                            const ptrdiff_t *shape, const void *data)
{
    CAR_REQUIRE(dims >= 0 && dims <= CAR_TENSOR_DIMS);
    source *added = add_source(writer, name, dtype, data);
    added->tensor.dims = dims;
    for (int i = 0; i < dims; i++) {
        CAR_REQUIRE(shape[i] >= 0 && !__builtin_mul_overflow(added->tensor.count, shape[i], &added->tensor.count));
        added->tensor.shape[i] = shape[i];
    }
    added->rows = 1;
    added->columns = added->stride = added->tensor.count;
}

void car_tensors_writer_add_rows(car_tensors_writer *writer, const char *name, car_dtype dtype, ptrdiff_t rows,
                                 ptrdiff_t columns, ptrdiff_t stride, const void *data)
{
    const ptrdiff_t shape[2] = {rows, columns};
    CAR_REQUIRE(stride >= columns);
    car_tensors_writer_add(writer, name, dtype, 2, shape, data);
    source *added = &writer->sources[writer->count - 1];
    added->rows = rows;
    added->columns = columns;
    added->stride = stride;
}

void car_tensors_writer_metadata(car_tensors_writer *writer, const char *key, const char *value)
{
    CAR_REQUIRE(strncmp(key, HASH, strlen(HASH)) != 0);
    int index = car_names_add(writer->keys, key, (ptrdiff_t)strlen(key));
    if (index == writer->n_values) {
        writer->values = car_grow(writer->values, writer->n_values, &writer->values_capacity, sizeof *writer->values);
        writer->values[writer->n_values++] = NULL;
    }
    car_free(writer->values[index]);
    writer->values[index] = car_copy_text(value);
}

/* The format's order: falling alignment, then name. */
static int compare_sources(const void *a, const void *b)
{
    const car_tensor *x = &((const source *)a)->tensor, *y = &((const source *)b)->tensor;
    ptrdiff_t x_size = car_dtype_size(x->dtype), y_size = car_dtype_size(y->dtype);
    if (x_size != y_size)
        return x_size > y_size ? -1 : 1;
    return strcmp(x->name, y->name);
}

static const void *row_of(const source *s, ptrdiff_t row)
{
    return (const char *)s->tensor.data + row * s->stride * car_dtype_size(s->tensor.dtype);
}

static void hash_source(void *context, int i)
{
    source *s = &((car_tensors_writer *)context)->sources[i];
    car_sha256 hash;
    car_sha256_init(&hash);
    for (ptrdiff_t row = 0; row < s->rows; row++)
        car_sha256_add(&hash, row_of(s, row), s->columns * car_dtype_size(s->tensor.dtype));
    car_sha256_finish(&hash, s->hash);
}

/* The header with `metadata` filled and one entry per tensor, or NULL with *e. */
static json_t *describe(const car_tensors_writer *writer, const char *path, car_error *e)
{
    json_t *header = json_object(), *metadata = json_object();
    const char *wrong = NULL;
    if (json_object_set_new(header, METADATA, metadata) != 0)
        wrong = METADATA;
    for (int i = 0; i < (int)writer->n_values && wrong == NULL; i++) {
        const char *key = car_names_at(writer->keys, i);
        if (json_object_set_new(metadata, key, json_string(writer->values[i])) != 0)
            wrong = key;
    }
    ptrdiff_t begin = 0;
    for (ptrdiff_t i = 0; i < writer->count && wrong == NULL; i++) {
        const car_tensor *tensor = &writer->sources[i].tensor;
        ptrdiff_t bytes, end;
        CAR_REQUIRE(!__builtin_mul_overflow(tensor->count, car_dtype_size(tensor->dtype), &bytes) &&
                    !__builtin_add_overflow(begin, bytes, &end));
        json_t *shape = json_array();
        for (int k = 0; k < tensor->dims; k++)
            (void)json_array_append_new(shape, json_integer(tensor->shape[k]));
        json_t *entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", car_dtype_name(tensor->dtype), "shape", shape,
                                  "data_offsets", (json_int_t)begin, (json_int_t)end);
        car_string key = {0};
        car_string_format(&key, HASH ":%s", tensor->name);
        if (json_object_set_new(header, tensor->name, entry) != 0 ||
            json_object_set_new(metadata, key.at, json_string(writer->sources[i].hash)) != 0)
            wrong = tensor->name;
        car_string_clear(&key);
        begin = end;
    }
    char hex[CAR_SHA256_HEX];
    if (wrong == NULL && (!hash_header(header, hex) || json_object_set_new(metadata, HASH, json_string(hex)) != 0))
        wrong = HASH;
    if (wrong == NULL)
        return header;
    (void)car_error_set(e, CAR_EXIT_DATA, "%s: '%s' or what belongs to it is not UTF-8 and cannot be stored", path,
                        wrong);
    json_decref(header);
    return NULL;
}

bool car_tensors_save(car_tensors_writer *writer, const char *path, car_error *e)
{
    if (writer->count > 1)
        qsort(writer->sources, (size_t)writer->count, sizeof *writer->sources, compare_sources);
    car_parallel((int)writer->count, hash_source, writer);
    json_t *header = describe(writer, path, e);
    if (header == NULL)
        return false;
    char *text = json_dumps(header, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(header);
    if (text == NULL)
        return car_error_set(e, CAR_EXIT_MEMORY, "%s: no memory for the header", path);

    /* Spaces after the header bring the data to a multiple of 64 bytes. */
    size_t length = strlen(text), padded = (LENGTH_BYTES + length + 63) / 64 * 64 - LENGTH_BYTES;
    char spaces[64];
    memset(spaces, ' ', sizeof spaces);
    car_file_writer *file = NULL;
    if (padded > LONGEST_HEADER)
        (void)car_error_set(e, CAR_EXIT_DATA, "%s: the header would be longer than %d bytes", path, LONGEST_HEADER);
    else
        file = car_file_writer_open(path, e);
    if (file != NULL) {
        uint64_t header_bytes = padded;
        car_file_writer_write(file, &header_bytes, LENGTH_BYTES);
        car_file_writer_write(file, text, (ptrdiff_t)length);
        car_file_writer_write(file, spaces, (ptrdiff_t)(padded - length));
    }
    free(text);
    if (file == NULL)
        return false;
    for (ptrdiff_t i = 0; i < writer->count; i++) {
        const source *s = &writer->sources[i];
        for (ptrdiff_t row = 0; row < s->rows; row++)
            car_file_writer_write(file, row_of(s, row), s->columns * car_dtype_size(s->tensor.dtype));
    }
    return car_file_writer_commit(file, e);
}
