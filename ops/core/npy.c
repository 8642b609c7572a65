/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and writes the header of .npy files: a Python dict literal of three keys, and no more of
 * Python than that. */
#include "ops/core/npy.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define MAGIC "\x93NUMPY"
#define MAGIC_LEN 6
#define WORD_MAX 64       /* bytes of a key or a type */
#define PADDING 64        /* the items begin at a multiple of that */
#define FIRST_AXIS_MAX 21 /* digits that np.save() leaves room for, so that the axis may grow */

/* What is left of the dict.  Lifetime: call. */
struct reader {
    const char *begin, *at, *end; /* begin: of the file */
    struct fault *f;
};

enum key { KEY_DESCR, KEY_FORTRAN, KEY_SHAPE, N_KEYS };

static int damaged(const struct reader *r, const char *wanted)
{
    return fault_set(r->f, EINVAL, "its header is damaged at byte %zu: wanted is %s",
                     (size_t)(r->at - r->begin), wanted);
}

static void skip_blanks(struct reader *r)
{
    while (r->at < r->end && g_ascii_isspace(*r->at))
        r->at++;
}

static bool take(struct reader *r, char c)
{
    skip_blanks(r);
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static bool take_word(struct reader *r, const char *word)
{
    const size_t len = strlen(word);

    if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
        return false;
    r->at += len;
    return true;
}

static int read_text(struct reader *r, char *ret)
{
    const char quote = take(r, '\'') ? '\'' : take(r, '"') ? '"' : '\0';
    size_t len = 0;

    if (!quote)
        return damaged(r, "a text in quotes");
    for (; r->at < r->end && *r->at != quote; r->at++) {
        if (*r->at == '\\' || *r->at == '\0' || *r->at == '\n' || len + 1 == WORD_MAX)
            return damaged(r, "the end of a short text");
        ret[len++] = *r->at;
    }
    ret[len] = '\0';
    return take(r, quote) ? 0 : damaged(r, "the end of a text");
}

static int read_bool(struct reader *r, bool *ret)
{
    skip_blanks(r);
    if (take_word(r, "True"))
        *ret = true;
    else if (take_word(r, "False"))
        *ret = false;
    else
        return damaged(r, "True or False");
    return 0;
}

static int read_axis(struct reader *r, uint64_t *ret)
{
    uint64_t n = 0;
    const char *begin;

    if (take(r, '-'))
        return fault_set(r->f, EINVAL, "its shape has an axis of less than 0");
    skip_blanks(r);
    for (begin = r->at; r->at < r->end && g_ascii_isdigit(*r->at); r->at++)
        if (__builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, (uint64_t)(*r->at - '0'), &n) || n > INT64_MAX)
            return fault_set(r->f, EINVAL, "its shape has an axis of more than 2^63 - 1");
    if (r->at == begin)
        return damaged(r, "the length of an axis");
    take_word(r, "L"); /* of Python 2 */
    *ret = n;
    return 0;
}

/* A tuple: one of a single item ends in a comma. */
static int read_shape(struct reader *r, struct array_type *t)
{
    int err = take(r, '(') ? 0 : damaged(r, "'('");

    t->n_dims = 0;
    while (err == 0 && !take(r, ')')) {
        if (t->n_dims == ARRAY_DIMS)
            return fault_set(r->f, EINVAL, "its shape has more than %d axes", ARRAY_DIMS);
        err = read_axis(r, &t->dims[t->n_dims]);
        if (err < 0)
            return err;
        t->n_dims++;
        if (take(r, ','))
            continue;
        if (t->n_dims == 1 || r->at == r->end || *r->at != ')')
            err = damaged(r, "','");
    }
    return err;
}

static int refuse_type(const struct reader *r, const char *descr)
{
    switch (descr[strspn(descr, "<>|=")]) {
    case 'O':
        return fault_set(r->f, EINVAL,
                         "its items are objects of Python ('%s'), which are pickled: only Python "
                         "can read them; save numbers instead",
                         descr);
    case 'U':
    case 'S':
    case 'a':
        return fault_set(r->f, EINVAL, "its items are texts ('%s'); wanted are numbers", descr);
    case 'M':
    case 'm':
        return fault_set(r->f, EINVAL,
                         "its items are times ('%s'); wanted are numbers, as .astype('int64') "
                         "makes of them",
                         descr);
    case 'V':
        return fault_set(r->f, EINVAL, "its items are plain bytes ('%s'); wanted are numbers",
                         descr);
    default:
        return fault_set(r->f, EINVAL,
                         "its items are of the type '%s'; known are bool, int8 to int64, uint8 to "
                         "uint64, float16 to float64, complex64 and complex128",
                         descr);
    }
}

static const struct {
    const char *code;
    enum dtype dtype;
} codes[] = {
    {"b1", DTYPE_BOOL},      {"i1", DTYPE_INT8},        {"i2", DTYPE_INT16},
    {"i4", DTYPE_INT32},     {"i8", DTYPE_INT64},       {"u1", DTYPE_UINT8},
    {"u2", DTYPE_UINT16},    {"u4", DTYPE_UINT32},      {"u8", DTYPE_UINT64},
    {"f2", DTYPE_FLOAT16},   {"f4", DTYPE_FLOAT32},     {"f8", DTYPE_FLOAT64},
    {"c8", DTYPE_COMPLEX64}, {"c16", DTYPE_COMPLEX128}, {"?", DTYPE_BOOL},
};

/* "<f4". */
static int read_type(struct reader *r, struct npy_header *h)
{
    const char foreign = G_BYTE_ORDER == G_LITTLE_ENDIAN ? '>' : '<';
    char descr[WORD_MAX];

    skip_blanks(r);
    if (r->at < r->end && (*r->at == '[' || *r->at == '('))
        return fault_set(r->f, EINVAL,
                         "its items are records of several fields; wanted are "
                         "numbers: save each field as an array");
    int err = read_text(r, descr);
    if (err < 0)
        return err;
    const bool has_order = *descr && strchr("<>|=", *descr);
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
        if (strcmp(descr + has_order, codes[i].code) != 0)
            continue;
        h->type.dtype = codes[i].dtype;
        h->swapped = *descr == foreign && dtype_alignment(h->type.dtype) > 1;
        return 0;
    }
    return refuse_type(r, descr);
}

static int read_key(struct reader *r, enum key *ret)
{
    static const char *const keys[] = {
        [KEY_DESCR] = "descr", [KEY_FORTRAN] = "fortran_order", [KEY_SHAPE] = "shape"};
    char name[WORD_MAX];
    int err = read_text(r, name);

    if (err < 0)
        return err;
    if (!take(r, ':'))
        return damaged(r, "':'");
    for (unsigned k = 0; k < N_KEYS; k++) {
        if (strcmp(name, keys[k]) != 0)
            continue;
        *ret = (enum key)k;
        return 0;
    }
    return fault_set(r->f, EINVAL,
                     "its header has a key '%s'; known are 'descr', 'fortran_order' and 'shape'",
                     name);
}

static int read_entry(struct reader *r, struct npy_header *h, unsigned *seen)
{
    enum key key = KEY_DESCR;
    int err = read_key(r, &key);

    if (err < 0)
        return err;
    if (*seen & 1u << key)
        return damaged(r, "each key once");
    *seen |= 1u << key;
    return key == KEY_DESCR     ? read_type(r, h)
           : key == KEY_FORTRAN ? read_bool(r, &h->fortran)
                                : read_shape(r, &h->type);
}

static int read_dict(struct reader *r, struct npy_header *h)
{
    unsigned seen = 0;
    int err = take(r, '{') ? 0 : damaged(r, "'{'");

    while (err == 0 && !take(r, '}')) {
        err = read_entry(r, h, &seen);
        if (err == 0 && !take(r, ',')) {
            err = take(r, '}') ? 0 : damaged(r, "',' or '}'");
            break;
        }
    }
    skip_blanks(r);
    if (err == 0 && r->at < r->end)
        err = damaged(r, "its end");
    if (err == 0 && seen != (1u << N_KEYS) - 1)
        err =
            fault_set(r->f, EINVAL, "its header lacks one of 'descr', 'fortran_order' and 'shape'");
    return err;
}

/* Where the dict begins and ends. */
static int find_dict(const uint8_t *data, size_t len, struct fault *f, size_t *ret_begin,
                     size_t *ret_end)
{
    const bool known = len >= MAGIC_LEN && memcmp(data, MAGIC, MAGIC_LEN) == 0;
    uint64_t size;

    if (!known)
        return fault_set(f, EINVAL, "it is no npy file: it does not begin as such");
    if (len < MAGIC_LEN + 2 + 4)
        return fault_set(f, EINVAL, "it ends within its header, after %zu bytes", len);
    if (data[6] < 1 || data[6] > 3 || data[7] != 0)
        return fault_set(f, EINVAL, "it is of version %u.%u of the format; known are 1.0 to 3.0",
                         data[6], data[7]);
    size = (uint64_t)data[8] | (uint64_t)data[9] << 8;
    *ret_begin = 10;
    if (data[6] > 1) {
        size |= (uint64_t)data[10] << 16 | (uint64_t)data[11] << 24;
        *ret_begin = 12;
    }
    if (size > NPY_HEADER_MAX - *ret_begin)
        return fault_set(f, EINVAL, "its header has %" PRIu64 " bytes, more than %zu", size,
                         NPY_HEADER_MAX - *ret_begin);
    if (size > len - *ret_begin)
        return fault_set(f, EINVAL, "it ends within its header, after %zu of %" PRIu64 " bytes",
                         len, *ret_begin + size);
    *ret_end = *ret_begin + (size_t)size;
    return 0;
}

int npy_parse(const void *data, size_t len, struct fault *f, struct npy_header *ret)
{
    struct npy_header h = {0};
    uint64_t n_bytes;
    size_t begin = 0, end = 0;
    int err = find_dict(data, len, f, &begin, &end);

    if (err == 0)
        err = read_dict(
            &(struct reader){data, (const char *)data + begin, (const char *)data + end, f}, &h);
    if (err < 0)
        return err;
    if (!array_n_bytes(&h.type, &n_bytes)) {
        g_autoptr(GString) shape = g_string_new(NULL);

        array_print(&h.type, shape);
        return fault_set(f, EINVAL, "its shape is too large: %s", shape->str);
    }
    h.len = end;
    *ret = h;
    return 0;
}

static void print_descr(enum dtype t, GString *ret)
{
    const char native = G_BYTE_ORDER == G_LITTLE_ENDIAN ? '<' : '>';

    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
        if (codes[i].dtype != t)
            continue;
        g_string_append_printf(ret, "%c%s", dtype_alignment(t) > 1 ? native : '|', codes[i].code);
        return;
    }
}

/* The tuple, and the blanks that np.save() puts behind the dict for a first axis of more digits. */
static void print_shape(const struct array_type *t, GString *ret, size_t *ret_room)
{
    size_t digits = FIRST_AXIS_MAX;

    g_string_append_c(ret, '(');
    for (uint32_t d = 0; d < t->n_dims; d++) {
        const size_t before = ret->len;

        g_string_append_printf(ret, "%" PRIu64, t->dims[d]);
        if (d == 0)
            digits = ret->len - before;
        if (d + 1 < t->n_dims)
            g_string_append(ret, ", ");
        else if (d == 0)
            g_string_append_c(ret, ',');
    }
    g_string_append_c(ret, ')');
    *ret_room = FIRST_AXIS_MAX - digits;
}

void npy_print(const struct array_type *t, GString *ret)
{
    const size_t begin = ret->len;
    size_t room, size;

    g_string_append_len(ret, MAGIC "\x01\0\0\0", MAGIC_LEN + 4);
    g_string_append(ret, "{'descr': '");
    print_descr(t->dtype, ret);
    g_string_append(ret, "', 'fortran_order': False, 'shape': ");
    print_shape(t, ret, &room);
    g_string_append(ret, ", }");
    for (size_t i = 0; i < room; i++)
        g_string_append_c(ret, ' ');
    while ((ret->len - begin + 1) % PADDING != 0)
        g_string_append_c(ret, ' ');
    g_string_append_c(ret, '\n');
    size = ret->len - begin - MAGIC_LEN - 4;
    ret->str[begin + 8] = (char)(size & 0xff);
    ret->str[begin + 9] = (char)(size >> 8);
}

size_t npy_header_len(const struct array_type *t)
{
    g_autoptr(GString) header = g_string_new(NULL);

    npy_print(t, header);
    return header->len;
}
