/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builds the folders and the hash tables of elements' names, and looks things up in them. */
#include "fs/tree.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

#define WRONG_NAMES_MAX 20

/* Open addressing: a slot holds 32 bits of the hash and a number + 1; 0 = free. */
struct table {
    uint64_t *slots; /* owned */
    uint64_t mask;
    uint64_t len;
};

struct folder {
    uint32_t parent;
    uint32_t output;
    uint32_t first_child; /* in children */
    uint32_t n_children;
    uint32_t maker;         /* the first element in it or below */
    uint32_t first_element; /* in the branch's order */
    uint32_t n_elements;
    const char *name; /* in the tree's strings */
};

/* One output.  by_name and order are empty where the index gives the names. */
struct branch {
    struct label label;
    struct mark mark;
    uint32_t top;
    struct table by_name; /* of paths below top */
    uint32_t *order;      /* owned: element numbers, folder by folder */
};

struct tree {
    GStringChunk *strings;
    GArray *folders;         /* struct folder */
    struct table by_parent;  /* of folders */
    uint32_t *children;      /* owned: folder numbers, parent by parent */
    struct branch *branches; /* owned */
    uint32_t n_branches;
};

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

static struct folder *folder_at(const struct tree *t, uint32_t folder)
{
    return &g_array_index(t->folders, struct folder, folder);
}

static uint64_t hash_path(const char *path, size_t len)
{
    return XXH3_64bits(path, len);
}

static uint64_t hash_folder(uint32_t parent, const char *name, size_t len)
{
    return XXH3_64bits_withSeed(name, len, (uint64_t)parent + 1);
}

static bool table_reserve(struct table *t, uint64_t n)
{
    uint64_t cap = 16;

    while (cap / 4 * 3 < n)
        cap *= 2;
    t->slots = g_try_new0(uint64_t, cap);
    t->mask = cap - 1;
    return t->slots != NULL;
}

/* The next number under a hash.  *at is where to look, hash & mask at first; false = no more. */
static bool table_next(const struct table *t, uint64_t hash, uint64_t *at, uint32_t *ret)
{
    if (t->slots == NULL)
        return false;
    for (uint64_t slot; (slot = t->slots[*at & t->mask]) != 0; ++*at) {
        if (slot >> 32 != hash >> 32)
            continue;
        *ret = (uint32_t)slot - 1;
        ++*at;
        return true;
    }
    return false;
}

static void table_put(struct table *t, uint64_t hash, uint32_t number)
{
    uint64_t at = hash;

    while (t->slots[at & t->mask] != 0)
        at++;
    t->slots[at & t->mask] = (hash >> 32) << 32 | ((uint64_t)number + 1);
    t->len++;
}

static uint32_t find_folder(const struct tree *t, uint32_t parent, const char *name, size_t len)
{
    const uint64_t hash = hash_folder(parent, name, len);
    uint64_t at = hash;
    uint32_t found;

    while (table_next(&t->by_parent, hash, &at, &found)) {
        const struct folder *f = folder_at(t, found);

        if (f->parent == parent && strncmp(f->name, name, len) == 0 && f->name[len] == '\0')
            return found;
    }
    return TREE_NONE;
}

/* Folders are few or as many as elements: their table grows by rehashing. */
static bool grow_folders(struct tree *t)
{
    struct table old = t->by_parent;

    if (old.slots != NULL && t->folders->len < (old.mask + 1) / 4 * 3)
        return true;
    t->by_parent = (struct table){0};
    if (!table_reserve(&t->by_parent, (uint64_t)t->folders->len * 2 + 8)) {
        t->by_parent = old;
        return false;
    }
    for (uint32_t n = 1; n < t->folders->len; n++) {
        const struct folder *f = folder_at(t, n);

        table_put(&t->by_parent, hash_folder(f->parent, f->name, strlen(f->name)), n);
    }
    g_free(old.slots);
    return true;
}

static uint32_t add_folder(struct tree *t, struct folder f, const char *name, size_t len)
{
    const uint32_t number = t->folders->len;

    if (!grow_folders(t))
        return TREE_NONE;
    f.name = g_string_chunk_insert_len(t->strings, name, (gssize)len);
    g_array_append_val(t->folders, f);
    table_put(&t->by_parent, hash_folder(f.parent, name, len), number);
    folder_at(t, f.parent)->n_children++;
    return number;
}

static bool find_path(const struct branch *b, const char *path, size_t len, GString *scratch,
                      uint32_t *ret)
{
    const uint64_t hash = hash_path(path, len);
    uint64_t at = hash;
    uint32_t found;

    while (table_next(&b->by_name, hash, &at, &found)) {
        g_string_truncate(scratch, 0);
        label_print(&b->label, found, scratch);
        if (scratch->len == len && memcmp(scratch->str, path, len) == 0) {
            *ret = found;
            return true;
        }
    }
    return false;
}

/* Building */

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
        uint32_t other, next = find_folder(g->tree, folder, part, (size_t)(slash - part));

        if (next != TREE_NONE) {
            folder = next;
            continue;
        }
        if (find_path(g->branch, path, (size_t)(slash - path), g->other, &other)) {
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
    uint32_t other = find_folder(g->tree, folder, leaf, strlen(leaf));

    if (other != TREE_NONE) {
        complain(g,
                 "element %" PRIu32 " is named '%s', which is also the folder of element %" PRIu32,
                 i, path->str, folder_at(g->tree, other)->maker);
        return -EEXIST;
    }
    if (find_path(g->branch, path->str, path->len, g->other, &other)) {
        complain(g,
                 "elements %" PRIu32 " and %" PRIu32
                 " are both named '%s'; tell them apart with the name step, e.g. "
                 "{dir}/{stem} or {index}",
                 other, i, path->str);
        return -EEXIST;
    }
    table_put(&g->branch->by_name, hash_path(path->str, path->len), i);
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
    folder_at(g->tree, folder)->n_elements++;
    return 0;
}

/* Counting sort of the elements by folder; needless where all lie at the top. */
static int sort_elements(struct building *g, uint32_t first_folder)
{
    struct tree *t = g->tree;
    struct branch *b = g->branch;
    const uint32_t len = (uint32_t)b->label.seq->len;
    uint32_t start = folder_at(t, b->top)->n_elements;

    if (start == len)
        return 0;
    b->order = g_try_new(uint32_t, len);
    if (b->order == NULL)
        return no_memory(g);
    folder_at(t, b->top)->n_elements = 0;
    for (uint32_t n = first_folder; n < t->folders->len; n++) {
        struct folder *f = folder_at(t, n);

        f->first_element = start;
        start += f->n_elements;
        f->n_elements = 0;
    }
    for (uint32_t i = 0; i < len; i++) {
        struct folder *f = g->folder_of[i] != TREE_NONE ? folder_at(t, g->folder_of[i]) : NULL;

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
        folder_at(g->tree, 0)->output = g->output;
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
        struct folder *f = folder_at(t, n);

        f->first_child = start;
        start += f->n_children;
        f->n_children = 0;
    }
    for (uint32_t n = 1; n < t->folders->len; n++) {
        struct folder *parent = folder_at(t, folder_at(t, n)->parent);

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

void tree_free(struct tree *t)
{
    if (t == NULL)
        return;
    for (uint32_t n = 0; n < t->n_branches; n++) {
        g_free(t->branches[n].by_name.slots);
        g_free(t->branches[n].order);
    }
    g_free(t->branches);
    g_free(t->by_parent.slots);
    g_free(t->children);
    g_array_unref(t->folders);
    g_string_chunk_free(t->strings);
    g_free(t);
}

/* Looking up */

const struct label *tree_label(const struct tree *t, uint32_t output)
{
    return &t->branches[output].label;
}

uint32_t tree_top(const struct tree *t, uint32_t output)
{
    return t->branches[output].top;
}

uint32_t tree_n_folders(const struct tree *t)
{
    return t->folders->len;
}

uint32_t tree_parent(const struct tree *t, uint32_t folder)
{
    return folder_at(t, folder)->parent;
}

const char *tree_name(const struct tree *t, uint32_t folder)
{
    return folder_at(t, folder)->name;
}

uint32_t tree_output(const struct tree *t, uint32_t folder)
{
    return folder_at(t, folder)->output;
}

uint32_t tree_n_subfolders(const struct tree *t, uint32_t folder)
{
    return folder_at(t, folder)->n_children;
}

uint32_t tree_subfolder(const struct tree *t, uint32_t folder, uint32_t i)
{
    return t->children[folder_at(t, folder)->first_child + i];
}

uint64_t tree_n_elements(const struct tree *t, uint32_t folder)
{
    const struct folder *f = folder_at(t, folder);
    const struct branch *b = f->output != TREE_NONE ? &t->branches[f->output] : NULL;

    if (b == NULL)
        return 0;
    return b->label.step != NULL ? f->n_elements : b->label.seq->len;
}

uint64_t tree_element(const struct tree *t, uint32_t folder, uint64_t i)
{
    const struct folder *f = folder_at(t, folder);
    const struct branch *b = &t->branches[f->output];

    return b->order != NULL ? b->order[f->first_element + i] : i;
}

uint32_t tree_find_folder(const struct tree *t, uint32_t folder, const char *name)
{
    return find_folder(t, folder, name, strlen(name));
}

bool tree_find_element(const struct tree *t, uint32_t folder, const char *name, uint64_t *ret)
{
    const uint32_t output = folder_at(t, folder)->output;
    const struct branch *b = output != TREE_NONE ? &t->branches[output] : NULL;
    g_autoptr(GString) path = NULL;
    g_autoptr(GString) scratch = NULL;
    uint32_t found;

    if (b == NULL)
        return false;
    if (b->label.step == NULL)
        return label_parse(&b->label, name, ret);
    path = g_string_new(NULL);
    scratch = g_string_new(NULL);
    tree_print_path(t, b->top, folder, path);
    g_string_append(path, name);
    if (!find_path(b, path->str, path->len, scratch, &found))
        return false;
    *ret = found;
    return true;
}

uint32_t tree_locate(const struct tree *t, uint32_t output, uint64_t i, GString *name)
{
    const struct branch *b = &t->branches[output];
    g_autoptr(GString) path = NULL;
    const char *part, *slash;
    uint32_t folder = b->top;

    if (b->label.step == NULL) {
        if (name != NULL)
            label_print(&b->label, i, name);
        return folder;
    }
    path = g_string_new(NULL);
    label_print(&b->label, i, path);
    for (part = path->str; (slash = strchr(part, '/')) != NULL; part = slash + 1)
        folder = find_folder(t, folder, part, (size_t)(slash - part));
    if (name != NULL)
        g_string_append(name, part);
    return folder;
}

void tree_print_path(const struct tree *t, uint32_t above, uint32_t folder, GString *ret)
{
    const gsize start = ret->len;

    for (; folder != above; folder = folder_at(t, folder)->parent) {
        g_string_insert_c(ret, (gssize)start, '/');
        g_string_insert(ret, (gssize)start, folder_at(t, folder)->name);
    }
}
