/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builds the tree of folders and names, and complains of names that cannot be. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "fs/tree_parts.h"

#define WRONG_NAMES_MAX 20

/* What building needs besides the tree.  Lifetime: call. */
struct building {
    struct tree *tree;
    struct complaints *complaints;
    struct branch *branch;
    uint32_t output;
    unsigned n_complaints; /* of this output */
    uint32_t *folder_of;   /* of each file, while an output is built */
    GHashTable *lists;     /* of each list's folder, owned struct spot; while an output is built */
    GString *path;         /* scratch */
    GString *other;        /* scratch */
};

static void complain(struct building *g, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
static void complain(struct building *g, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, fmt);
    text = g_strdup_vprintf(fmt, args);
    va_end(args);
    complaints_add(g->complaints, COMPLAINT_SPEC, g->branch->mark, "%s", text);
    g->n_complaints++;
}

static int no_memory(struct building *g)
{
    complaints_add(g->complaints, COMPLAINT_SOURCE, g->branch->mark,
                   "not enough memory for the names of %" PRIu64 " elements",
                   g->branch->label.output->seq->len);
    return -ENOMEM;
}

/* "7", "3/7.image": what complaints call an element. */
static char *number_of(const struct building *g, struct spot at)
{
    GString *text = g_string_new(NULL);

    shape_print_path(g->branch->label.output, at, text);
    return g_string_free(text, FALSE);
}

static struct spot file_spot(const struct building *g, uint64_t i)
{
    return shape_file(g->branch->label.output, i);
}

static void complain_of_name(struct building *g, struct spot at, const char *why)
{
    g_autofree char *number = number_of(g, at);

    complain(g, "the name '%s' of element %s %s", g->path->str, number, why);
}

/* Both have the name in g->path. */
static void complain_of_two(struct building *g, struct spot one, struct spot other)
{
    g_autofree char *first = number_of(g, one);
    g_autofree char *second = number_of(g, other);

    complain(g,
             "elements %s and %s are both named '%s'; tell them apart with the name step, e.g. "
             "{dir}/{stem} or {index}",
             first, second, g->path->str);
}

static void complain_of_folder(struct building *g, struct spot file, struct spot maker)
{
    g_autofree char *first = number_of(g, file);
    g_autofree char *second = number_of(g, maker);

    complain(g, "element %s is named '%s', which is also the folder of element %s", first,
             g->path->str, second);
}

/* The first len bytes of the name are those of a file. */
static void complain_of_file(struct building *g, struct spot at, int len, uint32_t file)
{
    g_autofree char *first = number_of(g, at);
    g_autofree char *second = number_of(g, file_spot(g, file));

    complain(g, "element %s is named '%s', but '%.*s' is already the file of element %s", first,
             g->path->str, len, g->path->str, second);
}

static bool is_reserved(const struct building *g, const char *path, size_t len)
{
    static const char *const names[] = {".errors", ".seqfs"};

    if (g->branch->top != 0)
        return false;
    for (size_t n = 0; n < G_N_ELEMENTS(names); n++) {
        size_t name_len = strlen(names[n]);

        if (len >= name_len && memcmp(path, names[n], name_len) == 0 &&
            (len == name_len || path[name_len] == '/'))
            return true;
    }
    return false;
}

/* The path of an element into g->path; false after a complaint. */
static bool take_name(struct building *g, struct spot at)
{
    const char *why;

    g_string_truncate(g->path, 0);
    label_print_path(&g->branch->label, at, g->path);
    why = roster_check_path(g->path->str, g->path->len);
    if (why == NULL && is_reserved(g, g->path->str, g->path->len))
        why = "clashes with the mount's own folders";
    if (why != NULL)
        complain_of_name(g, at, why);
    return why == NULL;
}

/* The folder of the part of the path from `part` to `end`, made if it is missing: -EEXIST if a file
 * has its name. */
static int make_folder(struct building *g, struct spot at, const char *part, const char *end,
                       uint32_t *folder)
{
    const size_t path_len = (size_t)(end - g->path->str);
    const struct folder new = {.parent = *folder, .output = g->output, .maker = at};
    uint32_t next = tree_find_part(g->tree, *folder, part, (size_t)(end - part));
    uint32_t file;

    if (next == TREE_NONE) {
        if (tree_find_path(g->branch, g->path->str, path_len, g->other, &file)) {
            complain_of_file(g, at, (int)path_len, file);
            return -EEXIST;
        }
        next = tree_add_folder(g->tree, new, part, (size_t)(end - part));
        if (next == TREE_NONE)
            return no_memory(g);
    }
    *folder = next;
    return 0;
}

/* The folders that the path of an element leads through. */
static int make_folders(struct building *g, struct spot at, uint32_t *ret, const char **ret_leaf)
{
    uint32_t folder = g->branch->top;
    const char *part = g->path->str;

    for (const char *slash; (slash = strchr(part, '/')) != NULL; part = slash + 1) {
        int r = make_folder(g, at, part, slash, &folder);

        if (r < 0)
            return r;
    }
    *ret = folder;
    *ret_leaf = part;
    return 0;
}

/* The name of file i, alone in its folder: 0, or -EEXIST after a complaint. */
static int put_name(struct building *g, uint32_t i, uint32_t folder, const char *leaf)
{
    const GString *path = g->path;
    uint32_t other = tree_find_part(g->tree, folder, leaf, strlen(leaf));

    if (other != TREE_NONE) {
        complain_of_folder(g, file_spot(g, i), tree_folder(g->tree, other)->maker);
        return -EEXIST;
    }
    if (tree_find_path(g->branch, path->str, path->len, g->other, &other)) {
        complain_of_two(g, file_spot(g, other), file_spot(g, i));
        return -EEXIST;
    }
    table_put(&g->branch->by_name, tree_hash_path(path->str, path->len), i);
    return 0;
}

/* 0 also after a complaint: then the file is left out. */
static int add_file(struct building *g, uint32_t i)
{
    const char *leaf;
    uint32_t folder;
    int r;

    g->folder_of[i] = TREE_NONE;
    if (!take_name(g, file_spot(g, i)))
        return 0;
    r = make_folders(g, file_spot(g, i), &folder, &leaf);
    if (r == 0)
        r = put_name(g, i, folder, leaf);
    if (r < 0)
        return r == -EEXIST ? 0 : r;
    g->folder_of[i] = folder;
    tree_folder(g->tree, folder)->n_files++;
    return 0;
}

/* The folder of a list, which has it alone.  0 also after a complaint. */
static int add_list(struct building *g, struct spot at)
{
    const struct spot *other;
    const char *leaf;
    uint32_t folder;
    int r;

    if (!take_name(g, at))
        return 0;
    r = make_folders(g, at, &folder, &leaf);
    if (r == 0)
        r = make_folder(g, at, leaf, leaf + strlen(leaf), &folder);
    if (r < 0)
        return r == -EEXIST ? 0 : r;
    other = g_hash_table_lookup(g->lists, GUINT_TO_POINTER(folder));
    if (other != NULL) {
        complain_of_two(g, *other, at);
        return 0;
    }
    g_hash_table_insert(g->lists, GUINT_TO_POINTER(folder), g_memdup2(&at, sizeof at));
    tree_folder(g->tree, folder)->maker = at;
    return 0;
}

/* Before the files, so that empty lists are there, and folders in the order of lists. */
static int add_lists(struct building *g)
{
    const struct label *l = &g->branch->label;
    const struct output *o = l->output;
    int r = 0;

    for (uint32_t level = 1; level < o->n_levels; level++) {
        const uint64_t len = o->levels[level - 1].seq->len;

        for (uint64_t i = 0; i < len && r == 0 && g->n_complaints < WRONG_NAMES_MAX; i++) {
            const struct spot at = {level, i};

            if (parts_has(o->levels[level - 1].parts, i) && label_is_folder(l, at))
                r = add_list(g, at);
        }
    }
    return r;
}

static int add_files(struct building *g)
{
    struct branch *b = g->branch;
    const uint64_t len = b->label.output->seq->len;
    const uint32_t first_folder = g->tree->folders->len;
    g_autofree uint32_t *folder_of = g_try_new(uint32_t, len + 1);
    g_autoptr(GHashTable) lists = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    int r;

    g->folder_of = folder_of;
    g->lists = lists;
    if (folder_of == NULL || !table_reserve(&b->by_name, len))
        return no_memory(g);
    r = add_lists(g);
    if (g->n_complaints > 0)
        return r;
    for (uint32_t i = 0; r == 0 && i < len && g->n_complaints < WRONG_NAMES_MAX; i++)
        r = add_file(g, i);
    if (r == 0 && g->n_complaints == 0 && !tree_sort_files(g->tree, b, folder_of, first_folder))
        r = no_memory(g);
    return r;
}

/* The name of a field's file or folder; seen: names of its record's others, owned. */
static void check_field(struct building *g, struct spot at, GHashTable *seen)
{
    const char *why;

    g_string_truncate(g->path, 0);
    label_print(&g->branch->label, at, g->path);
    why = strchr(g->path->str, '/') != NULL ? "has a slash in a field's name"
                                            : roster_check_path(g->path->str, g->path->len);
    if (why != NULL)
        complain_of_name(g, at, why);
    else if (!g_hash_table_add(seen, g_strdup(g->path->str)))
        complain(g, "two fields of each record have files of one name, as '%s'", g->path->str);
}

/* The fields of a record, and of those within it: those of the first are as those of others. */
static void check_record(struct building *g, uint32_t level)
{
    const struct label *l = &g->branch->label;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct spot folder, birth, at = shape_settle(l->output, (struct spot){level, 0});
    uint64_t k, sub = 0;

    if (at.level != level)
        return;
    if (label_is_folder(l, at)) {
        for (k = 0; label_next(l, at, &k, &birth);)
            check_field(g, birth, seen);
        return;
    }
    folder = shape_parent(l->output, at, &k, &birth);
    if (shape_kind(l->output, folder) == SPOT_RECORD)
        return;
    for (; label_next_of_child(l, folder, k, &sub, &at); sub++)
        check_field(g, at, seen);
}

static void check_fields(struct building *g)
{
    const struct output *o = g->branch->label.output;

    for (uint32_t level = 1; level < o->n_levels; level++)
        if (o->levels[level - 1].kind == LEVEL_RECORDS && o->levels[level - 1].seq->len > 0)
            check_record(g, level);
}

static int plant(struct building *g)
{
    const struct output *o = g->branch->label.output;
    uint64_t len = 0;

    if (!g->branch->label.planted) {
        if (o->kind == OUTPUT_DATASET)
            check_fields(g);
        return 0;
    }
    /* Lists may be more than the files in them. */
    for (uint32_t level = 0; level < o->n_levels; level++)
        len = MAX(len, o->levels[level].seq->len);
    if (len < UINT32_MAX)
        return add_files(g);
    complain(g,
             "names for %" PRIu64 " elements, but at most 4294967294 can have names of their own",
             len);
    return 0;
}

static int add_top(struct building *g, const struct output *o)
{
    struct branch *b = g->branch;

    b->top = TREE_NONE;
    if (o->kind != OUTPUT_DATASET)
        return 0;
    b->top = 0;
    if (*o->name == '\0') {
        tree_folder(g->tree, 0)->output = g->output;
        return 0;
    }
    b->top = tree_add_folder(g->tree, (struct folder){.parent = 0, .output = g->output}, o->name,
                             strlen(o->name));
    return b->top == TREE_NONE ? no_memory(g) : 0;
}

static int add_output(struct building *g, const struct output *o)
{
    struct branch *b = g->branch;
    int r;

    label_init(&b->label, o, o->kind == OUTPUT_DATASET);
    b->mark = b->label.step != NULL ? b->label.step->mark : o->mark;
    r = add_top(g, o);
    return r == 0 ? plant(g) : r;
}

static int build(struct building *g, const struct plan *p)
{
    unsigned n_complaints = 0;
    int r = 0;

    for (uint32_t n = 0; n < g->tree->n_branches && r == 0; n++) {
        g->output = n;
        g->branch = &g->tree->branches[n];
        g->n_complaints = 0;
        r = add_output(g, plan_output(p, n));
        n_complaints += g->n_complaints;
    }
    if (r == 0 && !tree_sort_folders(g->tree))
        r = no_memory(g);
    return r == 0 && n_complaints > 0 ? -EINVAL : r;
}

int tree_new(const struct plan *p, struct complaints *c, struct tree **ret)
{
    OWN(tree_free) struct tree *t = g_new0(struct tree, 1);
    g_autoptr(GString) path = g_string_new(NULL);
    g_autoptr(GString) other = g_string_new(NULL);
    struct building g = {.tree = t, .complaints = c, .path = path, .other = other};
    int r;

    t->strings = g_string_chunk_new(4096);
    t->folders = g_array_new(FALSE, FALSE, sizeof(struct folder));
    t->n_branches = plan_n_outputs(p);
    t->branches = g_new0(struct branch, t->n_branches);
    g_array_append_val(t->folders, ((struct folder){.output = TREE_NONE, .name = ""}));
    r = build(&g, p);
    if (r < 0)
        return r;
    *ret = g_steal_pointer(&t);
    return 0;
}
