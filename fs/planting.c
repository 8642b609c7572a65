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
    uint32_t *folder_of;   /* of each element, while an output is built */
    GString *path;         /* scratch */
    GString *other;        /* scratch */
};

/* Folders are few or as many as elements: their table grows by rehashing. */
static bool grow_folders(struct tree *t)
{
    if (t->folders->len < table_cap(&t->by_parent))
        return true;
    if (!table_reserve(&t->by_parent, (uint64_t)t->folders->len * 2 + 8))
        return false;
    for (uint32_t n = 1; n < t->folders->len; n++) {
        const struct folder *f = tree_folder(t, n);

        table_put(&t->by_parent, tree_hash_folder(f->parent, f->name, strlen(f->name)), n);
    }
    return true;
}

static uint32_t add_folder(struct tree *t, struct folder f, const char *name, size_t len)
{
    const uint32_t number = t->folders->len;

    if (!grow_folders(t))
        return TREE_NONE;
    f.name = g_string_chunk_insert_len(t->strings, name, (gssize)len);
    g_array_append_val(t->folders, f);
    table_put(&t->by_parent, tree_hash_folder(f.parent, name, len), number);
    tree_folder(t, f.parent)->n_children++;
    return number;
}

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
                   g->branch->label.seq->len);
    return -ENOMEM;
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

/* Folders of the path of element i, made where they are missing: -EEXIST if a file has the name of
 * one. */
static int make_folders(struct building *g, uint32_t i, uint32_t *ret)
{
    const char *path = g->path->str;
    uint32_t folder = g->branch->top;

    for (const char *part = path, *slash; (slash = strchr(part, '/')) != NULL; part = slash + 1) {
        uint32_t other, next = tree_find_part(g->tree, folder, part, (size_t)(slash - part));

        if (next != TREE_NONE) {
            folder = next;
            continue;
        }
        if (tree_find_path(g->branch, path, (size_t)(slash - path), g->other, &other)) {
            complain(g,
                     "element %" PRIu32
                     " is named '%s', but '%.*s' is already the file of element %" PRIu32,
                     i, path, (int)(slash - path), path, other);
            return -EEXIST;
        }
        folder =
            add_folder(g->tree, (struct folder){.parent = folder, .output = g->output, .maker = i},
                       part, (size_t)(slash - part));
        if (folder == TREE_NONE)
            return no_memory(g);
    }
    *ret = folder;
    return 0;
}

/* The name of element i, alone in its folder: 0, or -EEXIST after a complaint. */
static int put_name(struct building *g, uint32_t i, uint32_t folder)
{
    const GString *path = g->path;
    const char *slash = strrchr(path->str, '/');
    const char *leaf = slash != NULL ? slash + 1 : path->str;
    uint32_t other = tree_find_part(g->tree, folder, leaf, strlen(leaf));

    if (other != TREE_NONE) {
        complain(g,
                 "element %" PRIu32 " is named '%s', which is also the folder of element %" PRIu32,
                 i, path->str, tree_folder(g->tree, other)->maker);
        return -EEXIST;
    }
    if (tree_find_path(g->branch, path->str, path->len, g->other, &other)) {
        complain(g,
                 "elements %" PRIu32 " and %" PRIu32
                 " are both named '%s'; tell them apart with the name step, e.g. "
                 "{dir}/{stem} or {index}",
                 other, i, path->str);
        return -EEXIST;
    }
    table_put(&g->branch->by_name, tree_hash_path(path->str, path->len), i);
    return 0;
}

/* 0 also after a complaint: then the element is left out. */
static int add_element(struct building *g, uint32_t i)
{
    const char *why;
    uint32_t folder;
    int r;

    g->folder_of[i] = TREE_NONE;
    g_string_truncate(g->path, 0);
    label_print(&g->branch->label, i, g->path);
    why = label_check(g->path->str, g->path->len);
    if (why == NULL && is_reserved(g, g->path->str, g->path->len))
        why = "clashes with the mount's own folders";
    if (why != NULL) {
        complain(g, "the name '%s' of element %" PRIu32 " %s", g->path->str, i, why);
        return 0;
    }
    r = make_folders(g, i, &folder);
    if (r == 0)
        r = put_name(g, i, folder);
    if (r < 0)
        return r == -EEXIST ? 0 : r;
    g->folder_of[i] = folder;
    tree_folder(g->tree, folder)->n_elements++;
    return 0;
}

/* Counting sort of the elements by folder; needless where all lie at the top. */
static int sort_elements(struct building *g, uint32_t first_folder)
{
    struct tree *t = g->tree;
    struct branch *b = g->branch;
    const uint32_t len = (uint32_t)b->label.seq->len;
    uint32_t start = tree_folder(t, b->top)->n_elements;

    if (start == len)
        return 0;
    b->order = g_try_new(uint32_t, len);
    if (b->order == NULL)
        return no_memory(g);
    tree_folder(t, b->top)->n_elements = 0;
    for (uint32_t n = first_folder; n < t->folders->len; n++) {
        struct folder *f = tree_folder(t, n);

        f->first_element = start;
        start += f->n_elements;
        f->n_elements = 0;
    }
    for (uint32_t i = 0; i < len; i++) {
        struct folder *f = g->folder_of[i] != TREE_NONE ? tree_folder(t, g->folder_of[i]) : NULL;

        if (f != NULL)
            b->order[f->first_element + f->n_elements++] = i;
    }
    return 0;
}

static int add_elements(struct building *g)
{
    struct branch *b = g->branch;
    const uint64_t len = b->label.seq->len;
    const uint32_t first_folder = g->tree->folders->len;
    g_autofree uint32_t *folder_of = NULL;

    if (b->label.step == NULL)
        return 0;
    if (len >= UINT32_MAX) {
        complain(
            g, "names for %" PRIu64 " elements, but at most 4294967294 can have names of their own",
            len);
        return 0;
    }
    g->folder_of = folder_of = g_try_new(uint32_t, len + 1);
    if (folder_of == NULL || !table_reserve(&b->by_name, len))
        return no_memory(g);
    for (uint32_t i = 0; i < len && g->n_complaints < WRONG_NAMES_MAX; i++) {
        int r = add_element(g, i);

        if (r < 0)
            return r;
    }
    return g->n_complaints == 0 ? sort_elements(g, first_folder) : 0;
}

static int add_output(struct building *g, const struct output *o)
{
    struct branch *b = g->branch;

    label_init(&b->label, o->seq);
    b->mark = o->mark;
    b->top = 0;
    if (*o->name != '\0') {
        b->top = add_folder(g->tree, (struct folder){.parent = 0, .output = g->output}, o->name,
                            strlen(o->name));
        if (b->top == TREE_NONE)
            return no_memory(g);
    } else {
        tree_folder(g->tree, 0)->output = g->output;
    }
    if (b->label.step != NULL)
        b->mark = b->label.step->mark;
    return add_elements(g);
}

static int sort_folders(struct building *g)
{
    struct tree *t = g->tree;
    uint32_t start = 0;

    t->children = g_try_new(uint32_t, t->folders->len);
    if (t->children == NULL)
        return no_memory(g);
    for (uint32_t n = 0; n < t->folders->len; n++) {
        struct folder *f = tree_folder(t, n);

        f->first_child = start;
        start += f->n_children;
        f->n_children = 0;
    }
    for (uint32_t n = 1; n < t->folders->len; n++) {
        struct folder *parent = tree_folder(t, tree_folder(t, n)->parent);

        t->children[parent->first_child + parent->n_children++] = n;
    }
    return 0;
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
    if (r == 0)
        r = sort_folders(g);
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
