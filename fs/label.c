/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes and reads the names of files and folders. */
#include "fs/label.h"

#include <string.h>

#include "ops/base/scan.h"
#include "ops/core/suffix.h"

#define FIELDS_MAX (1u << 16) /* of records whose number of fields is not known beforehand */
#define ROWS_MAX (UINT64_C(1) << 32)
#define POSITIONS_MAX (UINT64_C(1) << 62)

static const struct seq *find_step(const struct seq *s, uintptr_t depth, GHashTable *seen);

static const struct seq *find_below(const struct seq *s, uintptr_t depth, GHashTable *seen)
{
    const struct seq *step = NULL;

    for (uint32_t n = 0; n < s->n_in && step == NULL; n++)
        step = find_step(s->in[n], depth, seen);
    return step;
}

/* Whether elements may have the names of the inputs' elements. */
static bool leads_on(const struct seq *s)
{
    const struct type type = s->n_in > 0 ? s->in[0]->any : (struct type){0};

    if (s->op->reach != NULL)
        return !type.known || type.kind != VALUE_LIST;
    return s->op->get == NULL || s->op->route != NULL;
}

/* The first step that seq_name() may come to.  depth: from parts of parts of the elements of s
 * rather than from those themselves. */
static const struct seq *find_step(const struct seq *s, uintptr_t depth, GHashTable *seen)
{
    const struct seq *step = NULL;

    /* Structs are aligned to more than there are levels. */
    if (depth > OUTPUT_LEVELS || !g_hash_table_add(seen, (char *)(uintptr_t)s + depth))
        return NULL;
    if (s->op->name_of != NULL && depth == 0)
        return s;
    if (s->op->reach != NULL)
        step = find_below(s, depth + 1, seen);
    if (step == NULL && s->op->part != NULL && depth > 0)
        step = find_below(s, depth - 1, seen);
    if (step != NULL || (depth == 0 && !leads_on(s)))
        return step;
    return find_below(s, depth, seen);
}

static uint64_t count_fields(const struct seq *s)
{
    const struct type type = seq_type(s, SEQ_ANY);
    const uint64_t n = type.known && type.parted ? seq_n_parts(s, SEQ_ANY) : SEQ_ANY;

    return n == SEQ_ANY ? FIELDS_MAX : n;
}

static void measure_rows(struct label *l)
{
    const struct output *o = l->output;

    l->rows[o->n_levels] = 1;
    for (uint32_t n = o->n_levels - 1; n > 0; n--) {
        const struct level *level = &o->levels[n - 1];
        const bool row = level->kind == LEVEL_RECORDS && level->layout != LAYOUT_DIRS;

        l->rows[n] = l->rows[n + 1];
        if (row)
            l->rows[n] = MIN(MAX(count_fields(level->seq), 1) * l->rows[n + 1], ROWS_MAX);
    }
}

/* Whether names at a level can be looked up without planting. */
static bool name_lists(struct label *l, uint32_t level)
{
    const struct output *o = l->output;

    if (level + 1 == o->n_levels)
        return false;
    switch (roster_new(o, level, &l->rosters[level])) {
    case ROSTER_UNNAMED:
        l->named[level] = false;
        return true;
    case ROSTER_BUILT:
        return true;
    case ROSTER_UNFIT:
        break;
    }
    return false;
}

void label_init(struct label *l, const struct output *o, bool may_plant)
{
    const struct type type = seq_type(o->seq, SEQ_ANY);

    *l = (struct label){
        .output = o,
        .suffix = type.known && type.suffix != NULL ? suffix_of_file(type.suffix) : NULL,
    };
    measure_rows(l);
    for (uint32_t n = 0; n < o->n_levels; n++) {
        g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
        const struct seq *step = find_step(o->levels[n].seq, 0, seen);

        /* Fields are called as the record says. */
        l->named[n] = step != NULL && (n == 0 || o->levels[n - 1].kind != LEVEL_RECORDS);
        if (!l->named[n] || name_lists(l, n)) {
            if (l->named[n] && l->step == NULL)
                l->step = step;
            continue;
        }
        l->planted = l->planted || may_plant;
        if (l->step == NULL)
            l->step = step;
    }
}

void label_finish(struct label *l)
{
    for (uint32_t n = 0; n < OUTPUT_LEVELS; n++)
        roster_free(l->rosters[n]);
}

bool label_is_folder(const struct label *l, struct spot n)
{
    return shape_is_folder(l->output, n);
}

struct spot label_folder(const struct label *l, struct spot n)
{
    struct spot birth;
    uint64_t k;

    do
        n = shape_parent(l->output, n, &k, &birth);
    while (!label_is_folder(l, n));
    return n;
}

static const char *suffix_of(const struct label *l, struct spot file)
{
    return l->suffix != NULL ? l->suffix
                             : suffix_of_file(seq_type(l->output->seq, file.index).suffix);
}

/* Takes the suffix off a whole name, from where it starts. */
static void cut_suffix(GString *name, gsize start)
{
    const char *slash = strrchr(name->str + start, '/');
    const char *leaf = slash != NULL ? slash + 1 : name->str + start;
    const char *dot = strrchr(leaf, '.');

    if (dot != NULL && dot > leaf)
        g_string_truncate(name, (gsize)(dot - name->str));
}

/* The name of an element of a list but for a suffix. */
static enum name_part print_stem(const struct label *l, struct spot n, struct spot list,
                                 struct spot birth, uint64_t k, GString *ret)
{
    const uint32_t level = birth.level - 1;
    const bool own =
        l->planted ? l->named[level] : l->rosters[level] != NULL && label_is_folder(l, n);
    const enum name_part part =
        own ? seq_name(l->output->levels[level].seq, birth.index, ret) : NAME_NONE;

    if (part == NAME_NONE)
        shape_print_index(k, shape_n_children(l->output, list), ret);
    return part;
}

/* The name of a row or folder: what stands before the next field, or all. */
static void print_whole_stem(const struct label *l, struct spot n, GString *ret)
{
    const gsize start = ret->len;
    struct spot birth;
    uint64_t k;
    const struct spot parent = shape_parent(l->output, n, &k, &birth);

    if (shape_kind(l->output, parent) != SPOT_RECORD) {
        if (print_stem(l, n, parent, birth, k, ret) == NAME_WHOLE && shape_is_row(l->output, n))
            cut_suffix(ret, start);
        return;
    }
    if (shape_is_row(l->output, parent)) {
        print_whole_stem(l, parent, ret);
        g_string_append_c(ret, '.');
    }
    g_string_append(ret, shape_field(l->output, parent, k));
}

static void append_suffix(const struct label *l, struct spot file, gsize start, GString *ret)
{
    /* An empty stem stays empty, so that roster_check_path() finds it. */
    if (ret->len == start || ret->str[ret->len - 1] == '/')
        return;
    g_string_append_c(ret, '.');
    g_string_append(ret, suffix_of(l, file));
}

static void print_file(const struct label *l, struct spot n, GString *ret)
{
    const gsize start = ret->len;
    struct spot birth;
    uint64_t k;
    const struct spot parent = shape_parent(l->output, n, &k, &birth);

    if (shape_kind(l->output, parent) != SPOT_RECORD) {
        if (print_stem(l, n, parent, birth, k, ret) != NAME_WHOLE)
            append_suffix(l, n, start, ret);
        return;
    }
    const char *field = shape_field(l->output, parent, k);
    const bool row = shape_is_row(l->output, parent);
    if (row) {
        print_whole_stem(l, parent, ret);
        g_string_append_c(ret, '.');
    }
    g_string_append(ret, field);
    if (row ? !suffix_is_field(field, suffix_of(l, n)) : strchr(field, '.') == NULL)
        append_suffix(l, n, start, ret);
}

void label_print(const struct label *l, struct spot n, GString *ret)
{
    if (shape_kind(l->output, n) == SPOT_FILE)
        print_file(l, n, ret);
    else
        print_whole_stem(l, n, ret);
}

void label_print_path(const struct label *l, struct spot n, GString *ret)
{
    const struct spot folder = label_folder(l, n);

    if (folder.level > 0) {
        label_print_path(l, folder, ret);
        g_string_append_c(ret, '/');
    }
    label_print(l, n, ret);
}

/* The same label with nothing but indices. */
static struct label indexed(const struct label *l)
{
    struct label plain = *l;

    plain.planted = false;
    memset(plain.rosters, 0, sizeof plain.rosters);
    return plain;
}

void label_print_indexed(const struct label *l, struct spot n, GString *ret)
{
    const struct label plain = indexed(l);

    label_print(&plain, n, ret);
}

/* The first leaf of what n is or holds, at or behind *at; *at is then its place. */
static bool next_leaf(const struct label *l, struct spot n, uint64_t *at, struct spot *ret)
{
    uint64_t n_fields, width;

    if (!shape_is_row(l->output, n)) {
        *ret = n;
        return *at == 0;
    }
    n_fields = shape_n_children(l->output, n);
    width = l->rows[n.level + 1];
    for (uint64_t f = *at / width; f < n_fields; f++) {
        uint64_t inner = f == *at / width ? *at % width : 0;

        if (next_leaf(l, shape_child(l->output, n, f), &inner, ret)) {
            *at = f * width + inner;
            return true;
        }
    }
    return false;
}

bool label_next_of_child(const struct label *l, struct spot folder, uint64_t k, uint64_t *sub,
                         struct spot *ret)
{
    return next_leaf(l, shape_child(l->output, folder, k), sub, ret);
}

bool label_next(const struct label *l, struct spot folder, uint64_t *pos, struct spot *ret)
{
    const uint64_t width = l->rows[folder.level + 1];
    const uint64_t n = MIN(shape_n_children(l->output, folder), POSITIONS_MAX / width);
    uint64_t sub = *pos % width;

    for (uint64_t k = *pos / width; k < n; k++) {
        if (label_next_of_child(l, folder, k, &sub, ret)) {
            *pos = k * width + sub + 1;
            return true;
        }
        sub = 0;
    }
    return false;
}

/* The leaf of this name in what n is or holds. */
static bool find_leaf(const struct label *l, struct spot n, const char *name, GString *scratch,
                      struct spot *ret)
{
    uint64_t n_fields;

    if (!shape_is_row(l->output, n)) {
        g_string_truncate(scratch, 0);
        label_print(l, n, scratch);
        *ret = n;
        return strcmp(scratch->str, name) == 0;
    }
    n_fields = shape_n_children(l->output, n);
    for (uint64_t f = 0; f < n_fields; f++)
        if (find_leaf(l, shape_child(l->output, n, f), name, scratch, ret))
            return true;
    return false;
}

static bool find_field(const struct label *l, struct spot record, const char *name,
                       struct spot *ret)
{
    const uint64_t n = shape_n_children(l->output, record);
    g_autoptr(GString) scratch = g_string_new(NULL);

    for (uint64_t k = 0; k < n; k++)
        if (find_leaf(l, shape_child(l->output, record, k), name, scratch, ret))
            return true;
    return false;
}

bool label_find(const struct label *l, struct spot folder, const char *name, struct spot *ret)
{
    const struct roster *roster = l->rosters[folder.level];
    g_autoptr(GString) scratch = NULL;
    const char *digits = name;
    uint64_t k;

    if (shape_kind(l->output, folder) == SPOT_RECORD)
        return find_field(l, folder, name, ret);
    if (roster != NULL && roster_find(roster, folder, name, ret))
        return true;
    if (!scan_digits(&digits, &k) || k >= shape_n_children(l->output, folder))
        return false;
    scratch = g_string_new(NULL);
    return find_leaf(l, shape_child(l->output, folder, k), name, scratch, ret);
}

bool label_find_indexed(const struct label *l, struct spot folder, const char *name,
                        struct spot *ret)
{
    const struct label plain = indexed(l);

    return label_find(&plain, folder, name, ret);
}

bool label_find_number(const struct label *l, struct spot list, const char *name,
                       bool may_count_back, struct spot *ret)
{
    const struct roster *roster = l->rosters[list.level];

    return shape_find_number(l->output, list, name, may_count_back, ret) ||
           (roster != NULL && roster_find(roster, list, name, ret));
}
