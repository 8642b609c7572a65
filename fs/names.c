/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers, names and places of the mounted tree, turned into each other. */
#include "fs/names.h"

#include "fs/tree.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Inode numbers [first, first + len) are the places of one kind: with one output, counted by index;
 * or, where the places have no index, counted by output (or folder). */
struct range {
    uint64_t first, len;
    enum place_kind kind;
    uint32_t output;
};

struct names {
    struct tree *tree;           /* owned */
    const char *const *controls; /* borrowed */
    uint64_t n_controls;
    uint32_t n_outputs;
    bool has_folders;     /* `datasets`: each output has a folder, everywhere */
    struct range *ranges; /* owned; without gaps, in order of inode numbers */
    uint32_t n_ranges;
};

/* Where a kind's ranges begin in names->ranges. */
static uint32_t find_range(const struct names *n, enum place_kind kind, uint32_t output)
{
    switch (kind) {
    case PLACE_ELEMENT:
        return 1 + output;
    case PLACE_ERROR:
        return 1 + n->n_outputs + output;
    case PLACE_AT_LINK:
        return 1 + 2 * n->n_outputs + output;
    case PLACE_ERRORS:
        return 1 + 3 * n->n_outputs;
    case PLACE_AT:
        return 2 + 3 * n->n_outputs;
    case PLACE_CONTROL_DIR:
        return 3 + 3 * n->n_outputs;
    case PLACE_CONTROL:
        return 4 + 3 * n->n_outputs;
    case PLACE_DIR:
        break;
    }
    return output == 0 ? 0 : 5 + 3 * n->n_outputs;
}

static bool add_range(struct names *n, enum place_kind kind, uint32_t output, uint64_t len)
{
    struct range *r = &n->ranges[n->n_ranges];
    uint64_t first = 1, end;

    if (n->n_ranges > 0)
        first = r[-1].first + r[-1].len;
    if (__builtin_add_overflow(first, len, &end))
        return false;
    *r = (struct range){.first = first, .len = len, .kind = kind, .output = output};
    n->n_ranges++;
    return true;
}

static bool add_ranges(struct names *n, const struct plan *p)
{
    static const enum place_kind by_index[] = {PLACE_ELEMENT, PLACE_ERROR, PLACE_AT_LINK};
    bool fits = true;

    n->ranges = g_new0(struct range, 6 + 3 * (gsize)n->n_outputs);
    fits = add_range(n, PLACE_DIR, 0, 1);
    for (size_t k = 0; k < G_N_ELEMENTS(by_index); k++)
        for (uint32_t o = 0; o < n->n_outputs; o++)
            fits = fits && add_range(n, by_index[k], o, plan_output(p, o)->seq->len);
    /* One more than outputs: PLACE_ALL comes last. */
    fits = fits && add_range(n, PLACE_ERRORS, 0, (uint64_t)n->n_outputs + 1);
    fits = fits && add_range(n, PLACE_AT, 0, (uint64_t)n->n_outputs + 1);
    fits = fits && add_range(n, PLACE_CONTROL_DIR, 0, 1);
    fits = fits && add_range(n, PLACE_CONTROL, 0, n->n_controls);
    return fits && add_range(n, PLACE_DIR, 1, tree_n_folders(n->tree) - 1);
}

int names_new(const struct plan *p, const char *const *controls, struct complaints *c,
              struct names **ret)
{
    OWN(names_free) struct names *n = g_new0(struct names, 1);
    int r = tree_new(p, c, &n->tree);

    if (r < 0)
        return r;
    n->controls = controls;
    n->n_controls = g_strv_length((char **)controls);
    n->n_outputs = plan_n_outputs(p);
    n->has_folders = n->n_outputs != 1 || *plan_output(p, 0)->name != '\0';
    if (!add_ranges(n, p)) {
        complaints_add(c, COMPLAINT_SPEC, plan_output(p, 0)->mark,
                       "too many elements: the numbers of their files do not fit 64 bits");
        return -EOVERFLOW;
    }
    *ret = g_steal_pointer(&n);
    return 0;
}

void names_free(struct names *n)
{
    if (n == NULL)
        return;
    tree_free(n->tree);
    g_free(n->ranges);
    g_free(n);
}

uint64_t names_ino(const struct names *n, struct place p)
{
    const struct range *r = &n->ranges[find_range(n, p.kind, p.output)];

    switch (p.kind) {
    case PLACE_ERRORS:
    case PLACE_AT:
        return r->first + (p.output == PLACE_ALL ? n->n_outputs : p.output);
    case PLACE_DIR:
        return r->first + p.output - r->output;
    case PLACE_CONTROL_DIR:
        return r->first;
    case PLACE_ELEMENT:
    case PLACE_ERROR:
    case PLACE_CONTROL:
    case PLACE_AT_LINK:
        break;
    }
    return r->first + p.index;
}

static struct place place_in(const struct names *n, const struct range *r, uint64_t i)
{
    struct place p = {.kind = r->kind, .output = r->output, .index = i};

    if (r->kind == PLACE_DIR || r->kind == PLACE_ERRORS || r->kind == PLACE_AT) {
        p.output = r->output + (uint32_t)i;
        p.index = 0;
        if (r->kind != PLACE_DIR && i == n->n_outputs)
            p.output = PLACE_ALL;
    }
    return p;
}

bool names_place(const struct names *n, uint64_t ino, struct place *ret)
{
    uint32_t low = 0, high = n->n_ranges;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const struct range *r = &n->ranges[middle];

        if (ino < r->first) {
            high = middle;
        } else if (ino - r->first >= r->len) {
            low = middle + 1;
        } else {
            *ret = place_in(n, r, ino - r->first);
            return true;
        }
    }
    return false;
}

bool names_is_dir(struct place p)
{
    return p.kind == PLACE_DIR || p.kind == PLACE_ERRORS || p.kind == PLACE_CONTROL_DIR ||
           p.kind == PLACE_AT;
}

/* The folder of all errors, or of all links: where datasets have folders, the folder of those. */
static struct place whole(const struct names *n, enum place_kind kind)
{
    return (struct place){.kind = kind, .output = n->has_folders ? PLACE_ALL : 0};
}

static uint64_t length(const struct names *n, uint32_t output)
{
    return tree_label(n->tree, output)->seq->len;
}

static const char *dataset_name(const struct names *n, uint32_t output)
{
    return tree_name(n->tree, tree_top(n->tree, output));
}

/* Decimal digits and nothing else; leading zeros as one likes. */
static bool parse_index(const char *text, uint64_t *ret)
{
    uint64_t i = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(i, 10u, &i) ||
            __builtin_add_overflow(i, (uint64_t)(*text - '0'), &i))
            return false;
    }
    *ret = i;
    return true;
}

/* An element by its number: "7", "007"; and if may_count_back, "-1" for the last. */
static bool find_index(uint64_t len, const char *name, bool may_count_back, uint64_t *ret)
{
    const bool back = may_count_back && *name == '-';
    uint64_t i;

    if (!parse_index(name + back, &i) || i > len || (back ? i == 0 : i == len))
        return false;
    *ret = back ? len - i : i;
    return true;
}

/* The folder of one dataset among those of `kind`. */
static bool find_dataset(const struct names *n, enum place_kind kind, const char *name,
                         struct place *ret)
{
    const uint32_t folder = tree_find_folder(n->tree, 0, name);

    if (folder == TREE_NONE)
        return false;
    *ret = (struct place){.kind = kind, .output = tree_output(n->tree, folder)};
    return true;
}

static bool find_in_tree(const struct names *n, uint32_t folder, const char *name,
                         struct place *ret)
{
    const uint32_t subfolder = tree_find_folder(n->tree, folder, name);
    uint64_t i;

    if (subfolder != TREE_NONE) {
        *ret = (struct place){.kind = PLACE_DIR, .output = subfolder};
        return true;
    }
    if (!tree_find_element(n->tree, folder, name, &i))
        return false;
    *ret =
        (struct place){.kind = PLACE_ELEMENT, .output = tree_output(n->tree, folder), .index = i};
    return true;
}

static bool find_in_root(const struct names *n, const char *name, struct place *ret)
{
    if (strcmp(name, ".errors") == 0)
        *ret = whole(n, PLACE_ERRORS);
    else if (strcmp(name, ".seqfs") == 0)
        *ret = (struct place){.kind = PLACE_CONTROL_DIR};
    else
        return find_in_tree(n, 0, name, ret);
    return true;
}

static bool find_control(const struct names *n, const char *name, struct place *ret)
{
    if (strcmp(name, "at") == 0) {
        *ret = whole(n, PLACE_AT);
        return true;
    }
    for (uint64_t i = 0; i < n->n_controls; i++) {
        if (strcmp(n->controls[i], name) == 0) {
            *ret = (struct place){.kind = PLACE_CONTROL, .index = i};
            return true;
        }
    }
    return false;
}

static bool find_numbered(const struct names *n, struct place dir, const char *name,
                          struct place *ret)
{
    const bool links = dir.kind == PLACE_AT;
    uint64_t i;

    if (dir.output == PLACE_ALL)
        return find_dataset(n, dir.kind, name, ret);
    if (!find_index(length(n, dir.output), name, links, &i))
        return false;
    *ret = (struct place){
        .kind = links ? PLACE_AT_LINK : PLACE_ERROR, .output = dir.output, .index = i};
    return true;
}

bool names_find(const struct names *n, struct place dir, const char *name, struct place *ret)
{
    switch (dir.kind) {
    case PLACE_DIR:
        return dir.output == 0 ? find_in_root(n, name, ret)
                               : find_in_tree(n, dir.output, name, ret);
    case PLACE_ERRORS:
    case PLACE_AT:
        return find_numbered(n, dir, name, ret);
    case PLACE_CONTROL_DIR:
        return find_control(n, name, ret);
    case PLACE_ELEMENT:
    case PLACE_ERROR:
    case PLACE_CONTROL:
    case PLACE_AT_LINK:
        break;
    }
    return false;
}

uint64_t names_n_entries(const struct names *n, struct place dir)
{
    switch (dir.kind) {
    case PLACE_DIR:
        return tree_n_subfolders(n->tree, dir.output) + tree_n_elements(n->tree, dir.output);
    case PLACE_ERRORS:
        return dir.output == PLACE_ALL ? n->n_outputs : 0;
    case PLACE_AT:
        return dir.output == PLACE_ALL ? n->n_outputs : length(n, dir.output);
    case PLACE_CONTROL_DIR:
        return n->n_controls + 1;
    case PLACE_ELEMENT:
    case PLACE_ERROR:
    case PLACE_CONTROL:
    case PLACE_AT_LINK:
        break;
    }
    return 0;
}

/* i is below names_n_entries(). */
static struct place entry(const struct names *n, struct place dir, uint64_t i)
{
    uint32_t n_folders;

    if (dir.kind == PLACE_CONTROL_DIR)
        return i < n->n_controls ? (struct place){.kind = PLACE_CONTROL, .index = i}
                                 : whole(n, PLACE_AT);
    if (dir.kind != PLACE_DIR && dir.output == PLACE_ALL)
        return (struct place){.kind = dir.kind, .output = (uint32_t)i};
    if (dir.kind == PLACE_AT)
        return (struct place){.kind = PLACE_AT_LINK, .output = dir.output, .index = i};
    n_folders = tree_n_subfolders(n->tree, dir.output);
    if (i < n_folders)
        return (struct place){.kind = PLACE_DIR,
                              .output = tree_subfolder(n->tree, dir.output, (uint32_t)i)};
    return (struct place){.kind = PLACE_ELEMENT,
                          .output = tree_output(n->tree, dir.output),
                          .index = tree_element(n->tree, dir.output, i - n_folders)};
}

bool names_entry(const struct names *n, struct place dir, uint64_t i, struct place *ret,
                 GString *name)
{
    if (i >= names_n_entries(n, dir))
        return false;
    *ret = entry(n, dir, i);
    names_print(n, *ret, name);
    return true;
}

struct place names_parent(const struct names *n, struct place p)
{
    const struct place root = {.kind = PLACE_DIR};
    const struct place control = {.kind = PLACE_CONTROL_DIR};
    const bool of_dataset = n->has_folders && p.output != PLACE_ALL;

    switch (p.kind) {
    case PLACE_DIR:
        return (struct place){.kind = PLACE_DIR, .output = tree_parent(n->tree, p.output)};
    case PLACE_ELEMENT:
        return (struct place){.kind = PLACE_DIR,
                              .output = tree_locate(n->tree, p.output, p.index, NULL)};
    case PLACE_ERRORS:
        return of_dataset ? whole(n, PLACE_ERRORS) : root;
    case PLACE_ERROR:
        return (struct place){.kind = PLACE_ERRORS, .output = p.output};
    case PLACE_AT:
        return of_dataset ? whole(n, PLACE_AT) : control;
    case PLACE_AT_LINK:
        return (struct place){.kind = PLACE_AT, .output = p.output};
    case PLACE_CONTROL:
        return control;
    case PLACE_CONTROL_DIR:
        break;
    }
    return root;
}

void names_print(const struct names *n, struct place p, GString *ret)
{
    const bool of_dataset = n->has_folders && p.output != PLACE_ALL;

    switch (p.kind) {
    case PLACE_DIR:
        g_string_append(ret, tree_name(n->tree, p.output));
        break;
    case PLACE_ELEMENT:
        tree_locate(n->tree, p.output, p.index, ret);
        break;
    case PLACE_ERRORS:
        g_string_append(ret, of_dataset ? dataset_name(n, p.output) : ".errors");
        break;
    case PLACE_ERROR:
        label_print_index(tree_label(n->tree, p.output), p.index, ret);
        break;
    case PLACE_CONTROL_DIR:
        g_string_append(ret, ".seqfs");
        break;
    case PLACE_CONTROL:
        g_string_append(ret, n->controls[p.index]);
        break;
    case PLACE_AT:
        g_string_append(ret, of_dataset ? dataset_name(n, p.output) : "at");
        break;
    case PLACE_AT_LINK:
        g_string_append_printf(ret, "%" PRIu64, p.index);
        break;
    }
}

static bool is_root(struct place p)
{
    return p.kind == PLACE_DIR && p.output == 0;
}

void names_print_path(const struct names *n, struct place p, GString *ret)
{
    const gsize start = ret->len;
    g_autoptr(GString) above = NULL;

    if (is_root(p))
        return;
    names_print(n, p, ret);
    above = g_string_new(NULL);
    for (p = names_parent(n, p); !is_root(p); p = names_parent(n, p)) {
        g_string_truncate(above, 0);
        names_print(n, p, above);
        g_string_append_c(above, '/');
        g_string_insert_len(ret, (gssize)start, above->str, (gssize)above->len);
    }
}

bool names_find_path(const struct names *n, const char *path, struct place *ret)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    struct place p = {.kind = PLACE_DIR};

    for (char **part = parts; *part != NULL; part++) {
        if (**part == '\0' || strcmp(*part, ".") == 0)
            continue;
        if (!names_find(n, p, *part, &p))
            return false;
    }
    *ret = p;
    return true;
}

void names_print_link(const struct names *n, struct place p, GString *ret)
{
    g_string_append(ret, n->has_folders ? "../../../" : "../../");
    names_print_path(n, (struct place){.kind = PLACE_ELEMENT, .output = p.output, .index = p.index},
                     ret);
}
