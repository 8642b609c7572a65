/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds ways up and down the levels of an output. */
#include "ops/core/shape.h"

#include <inttypes.h>
#include <string.h>

#include "ops/base/scan.h"

/* The level that a spot's index counts in; the spot is not the whole. */
static const struct level *level_of(const struct output *o, struct spot n)
{
    return &o->levels[n.level - 1];
}

struct spot shape_settle(const struct output *o, struct spot n)
{
    while (n.level > 0 && n.level < o->n_levels) {
        const struct parts *parts = level_of(o, n)->parts;

        if (parts_has(parts, n.index))
            break;
        n = (struct spot){n.level + 1, parts_first(parts, n.index)};
    }
    return n;
}

struct spot shape_file(const struct output *o, uint64_t i)
{
    return (struct spot){o->n_levels, i};
}

enum spot_kind shape_kind(const struct output *o, struct spot n)
{
    if (n.level == 0)
        return SPOT_LIST;
    if (n.level == o->n_levels)
        return SPOT_FILE;
    return level_of(o, n)->kind == LEVEL_RECORDS ? SPOT_RECORD : SPOT_LIST;
}

bool shape_is_row(const struct output *o, struct spot n)
{
    return shape_kind(o, n) == SPOT_RECORD && level_of(o, n)->layout != LAYOUT_DIRS;
}

bool shape_is_folder(const struct output *o, struct spot n)
{
    return shape_kind(o, n) != SPOT_FILE && !shape_is_row(o, n);
}

uint64_t shape_n_children(const struct output *o, struct spot n)
{
    const struct parts *parts;

    if (n.level == 0)
        return o->levels[0].seq->len;
    if (n.level == o->n_levels)
        return 0;
    parts = level_of(o, n)->parts;
    return parts_first(parts, n.index + 1) - parts_first(parts, n.index);
}

struct spot shape_child(const struct output *o, struct spot n, uint64_t k)
{
    const uint64_t first = n.level > 0 ? parts_first(level_of(o, n)->parts, n.index) : 0;

    return shape_settle(o, (struct spot){n.level + 1, first + k});
}

const char *shape_field(const struct output *o, struct spot record, uint64_t k)
{
    const char *field = seq_field_of(level_of(o, record)->seq, record.index, k);

    return field != NULL ? field : "";
}

struct spot shape_parent(const struct output *o, struct spot n, uint64_t *ret_k,
                         struct spot *ret_birth)
{
    while (n.level > 1) {
        struct spot above = {.level = n.level - 1};
        uint64_t k;

        if (parts_find(level_of(o, above)->parts, n.index, &above.index, &k)) {
            *ret_k = k;
            *ret_birth = n;
            return above;
        }
        n = above;
    }
    *ret_k = n.index;
    *ret_birth = n;
    return (struct spot){0};
}

/* Where the files of a spot begin, or of the one behind the last of its level. */
static uint64_t first_file(const struct output *o, struct spot n)
{
    for (; n.level < o->n_levels; n.level++)
        n.index = parts_first(level_of(o, n)->parts, n.index);
    return n.index;
}

uint64_t shape_first(const struct output *o, struct spot n)
{
    return n.level > 0 ? first_file(o, n) : 0;
}

uint64_t shape_end(const struct output *o, struct spot n)
{
    n.index++;
    return n.level > 0 ? first_file(o, n) : o->seq->len;
}

bool shape_first_leaf(const struct output *o, struct spot n, struct spot *ret)
{
    while (shape_kind(o, n) == SPOT_RECORD) {
        if (shape_n_children(o, n) == 0)
            return false;
        n = shape_child(o, n, 0);
    }
    *ret = n;
    return true;
}

struct spot shape_list(const struct output *o, struct spot n)
{
    struct spot birth;
    uint64_t k;

    do
        n = shape_parent(o, n, &k, &birth);
    while (shape_kind(o, n) == SPOT_RECORD);
    return n;
}

void shape_print_index(uint64_t i, uint64_t n, GString *ret)
{
    char digits[24];
    char *p = digits + sizeof digits;
    uint64_t last = n > 0 ? n - 1 : 0;

    do {
        *--p = (char)('0' + i % 10);
        i /= 10;
        last /= 10;
    } while (i > 0 || last > 0);
    g_string_append_len(ret, p, digits + sizeof digits - p);
}

void shape_print_number(const struct output *o, struct spot n, bool padded, GString *ret)
{
    struct spot birth;
    uint64_t k;
    const struct spot parent = shape_parent(o, n, &k, &birth);

    if (shape_kind(o, parent) == SPOT_RECORD) {
        shape_print_number(o, parent, padded, ret);
        g_string_append_c(ret, '.');
        g_string_append(ret, shape_field(o, parent, k));
    } else {
        shape_print_index(k, padded ? shape_n_children(o, parent) : 0, ret);
    }
}

void shape_print_path(const struct output *o, struct spot n, GString *ret)
{
    const struct spot list = shape_list(o, n);

    if (list.level > 0) {
        shape_print_path(o, list, ret);
        g_string_append_c(ret, '/');
    }
    shape_print_number(o, n, false, ret);
}

/* rest: "", or ".FIELD", or ".FIELD.FIELD"; fields may have dots of their own. */
static bool find_field(const struct output *o, struct spot n, const char *rest, struct spot *ret)
{
    uint64_t n_fields;

    if (*rest == '\0') {
        *ret = n;
        return true;
    }
    if (*rest != '.' || shape_kind(o, n) != SPOT_RECORD)
        return false;
    rest++;
    n_fields = shape_n_children(o, n);
    for (uint64_t k = 0; k < n_fields; k++) {
        const char *field = shape_field(o, n, k);

        if (g_str_has_prefix(rest, field) &&
            find_field(o, shape_child(o, n, k), rest + strlen(field), ret))
            return true;
    }
    return false;
}

bool shape_find_number(const struct output *o, struct spot list, const char *name,
                       bool may_count_back, struct spot *ret)
{
    const bool back = may_count_back && *name == '-';
    const uint64_t n = shape_n_children(o, list);
    uint64_t i;

    name += back;
    if (!scan_digits(&name, &i))
        return false;
    if (i > n || (back ? i == 0 : i == n))
        return false;
    return find_field(o, shape_child(o, list, back ? n - i : i), name, ret);
}
