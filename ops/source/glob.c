/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One walk for all alternatives of a pattern: each folder is read once, and with it comes the set
 * of parts that its names may match next. */
#include "ops/source/glob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Lifetime: call. */
struct walk {
    const struct pattern *pattern;
    struct paths *paths;
    enum order order;
    int root;      /* fd of the folder that relative paths start from; absolute ones need none */
    GString *path; /* of the folder being read: "" or ending in '/' */
    struct fault *f;
};

/* What was found in one folder.  Lifetime: call. */
struct found {
    struct order_item *items; /* owned; data of a folder: its parts, owned; of a file: NULL */
    size_t len, cap;
    struct arena names;  /* of folders, with '/', and keys */
    const GArray *parts; /* guint32: the parts that names here may match */
};

/* A name in a folder, which is at `at` from fd. */
struct entry {
    const char *name;
    const char *at;
    int fd;
    unsigned char type; /* DT_* */
};

static const struct pattern_part *part_at(const struct walk *w, const GArray *parts, guint i)
{
    return &g_array_index(w->pattern->parts, struct pattern_part, g_array_index(parts, guint32, i));
}

/* Adds a part, and where it may stand for no folder at all also the next. */
static void add_part(const struct walk *w, GArray *parts, guint32 part)
{
    for (guint i = 0; i < parts->len; i++) {
        if (g_array_index(parts, guint32, i) == part)
            return;
    }
    g_array_append_val(parts, part);
    if (part_at(w, parts, parts->len - 1)->kind == PATTERN_DEEP)
        add_part(w, parts, part + 1);
}

static bool matches(const struct pattern_part *part, const char *name)
{
    if (part->kind == PATTERN_LITERAL)
        return strcmp(part->text, name) == 0;
    return part->kind == PATTERN_WILD ? pattern_match(part->text, name) : *name != '.';
}

/* The parts that names inside of a folder may match; NULL = none.  Owned by the caller. */
static GArray *next_parts(const struct walk *w, const GArray *parts, const char *name, bool is_link)
{
    g_autoptr(GArray) next = g_array_new(FALSE, FALSE, sizeof(guint32));

    for (guint i = 0; i < parts->len; i++) {
        const struct pattern_part *part = part_at(w, parts, i);
        bool deep = part->kind == PATTERN_DEEP;

        if (!part->last && !(deep && is_link) && matches(part, name))
            add_part(w, next, g_array_index(parts, guint32, i) + !deep);
    }
    return next->len > 0 ? g_steal_pointer(&next) : NULL;
}

static bool is_missing(int err)
{
    return err == ENOENT || err == ENOTDIR || err == ELOOP;
}

/* Sets type to DT_REG, DT_DIR or, for all else and nothing at all, DT_UNKNOWN.  Follows links. */
static int resolve(const struct walk *w, const struct entry *e, unsigned char *type, bool *is_link)
{
    struct stat st;

    *is_link = *type == DT_LNK;
    if (*type == DT_UNKNOWN) {
        if (fstatat(e->fd, e->at, &st, AT_SYMLINK_NOFOLLOW) == 0)
            *is_link = S_ISLNK(st.st_mode);
    }
    if (*type != DT_LNK && *type != DT_UNKNOWN)
        return 0;
    *type = DT_UNKNOWN;
    if (fstatat(e->fd, e->at, &st, 0) == 0) {
        *type = S_ISREG(st.st_mode) ? DT_REG : S_ISDIR(st.st_mode) ? DT_DIR : DT_UNKNOWN;
    } else if (!is_missing(errno)) {
        return fault_set_errno(w->f, errno, "cannot look at '%s%s'", w->path->str, e->name);
    }
    return 0;
}

static int no_memory(struct walk *w)
{
    return fault_set(w->f, ENOMEM, "no memory for the names in the folder '%s'", w->path->str);
}

static int add_item(struct walk *w, struct found *found, const char *name, GArray *parts)
{
    struct order_item item = {.key = name, .name = name, .data = parts};

    if (name && w->order == ORDER_NATURAL) {
        g_autoptr(GString) key = g_string_new(NULL);

        order_natural(name, key);
        item.key = arena_add(&found->names, key->str, key->len);
    }
    if (found->len == found->cap) {
        size_t cap = found->cap == 0 ? 8 : found->cap * 2;
        struct order_item *items = g_try_realloc_n(found->items, cap, sizeof *items);

        if (!items)
            return no_memory(w);
        found->items = items;
        found->cap = cap;
    }
    if (!item.key)
        return no_memory(w);
    found->items[found->len++] = item;
    return 0;
}

static int add_file(struct walk *w, struct found *found, const char *name)
{
    const char *kept;
    int r = paths_keep_name(w->paths, name, w->f, &kept);

    return r < 0 ? r : add_item(w, found, kept, NULL);
}

static int add_folder(struct walk *w, struct found *found, const char *name, bool is_link)
{
    g_autoptr(GArray) parts = next_parts(w, found->parts, name, is_link);
    g_autofree char *slashed = g_strconcat(name, "/", NULL);
    int r;

    if (!parts)
        return 0;
    r = add_item(w, found, arena_add(&found->names, slashed, strlen(slashed)), parts);
    if (r == 0)
        parts = NULL; /* it is the item's now */
    return r;
}

static int visit(struct walk *w, struct found *found, const struct entry *e)
{
    unsigned char type = e->type;
    bool as_file = false, as_folder = false, is_link;
    int r;

    for (guint i = 0; i < found->parts->len; i++) {
        const struct pattern_part *part = part_at(w, found->parts, i);

        if ((part->last ? as_file || type == DT_DIR : as_folder || type == DT_REG) ||
            (part->kind == PATTERN_DEEP && type == DT_LNK) || !matches(part, e->name))
            continue;
        as_file |= part->last;
        as_folder |= !part->last;
    }
    if (!as_file && !as_folder)
        return 0;
    r = resolve(w, e, &type, &is_link);
    if (r == 0 && as_file && type == DT_REG)
        return add_file(w, found, e->name);
    if (r == 0 && as_folder && type == DT_DIR)
        return add_folder(w, found, e->name, is_link);
    return r;
}

static int blame_folder(struct walk *w, int err)
{
    return fault_set_errno(w->f, err, "cannot read the folder '%s'",
                           w->path->len > 0 ? w->path->str : ".");
}

/* Visits every name in the folder. */
static int read_folder(struct walk *w, struct found *found)
{
    int fd = openat(w->root, w->path->len > 0 ? w->path->str : ".",
                    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *e;
    int r = 0;

    if (!dir) {
        int err = errno;

        if (fd >= 0)
            close(fd);
        return is_missing(err) ? 0 : blame_folder(w, err);
    }
    while (r == 0 && (errno = 0, e = readdir(dir))) {
        struct entry entry = {.name = e->d_name, .at = e->d_name, .fd = fd, .type = e->d_type};

        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            r = visit(w, found, &entry);
    }
    if (r == 0 && errno != 0)
        r = blame_folder(w, errno);
    closedir(dir);
    return r;
}

/* Visits the names that are written out, without reading the folder.  only_up: just "..". */
static int visit_literals(struct walk *w, struct found *found, bool only_up)
{
    const gsize len = w->path->len;
    int r = 0;

    for (guint i = 0; r == 0 && i < found->parts->len; i++) {
        const struct pattern_part *part = part_at(w, found->parts, i);
        struct entry e = {.name = part->text, .fd = w->root, .type = DT_UNKNOWN};
        bool again = false;

        if (part->kind != PATTERN_LITERAL || (only_up && strcmp(part->text, "..") != 0))
            continue;
        for (guint k = 0; k < i; k++) {
            const struct pattern_part *other = part_at(w, found->parts, k);

            again |= other->kind == PATTERN_LITERAL && strcmp(other->text, part->text) == 0;
        }
        if (again)
            continue;
        g_string_append(w->path, part->text);
        e.at = g_strdup(w->path->str);
        g_string_truncate(w->path, len);
        r = visit(w, found, &e);
        g_free((char *)e.at);
    }
    return r;
}

static int visit_folder(struct walk *w, struct found *found)
{
    bool literal = true;
    int r;

    for (guint i = 0; i < found->parts->len; i++)
        literal &= part_at(w, found->parts, i)->kind == PATTERN_LITERAL;
    r = visit_literals(w, found, !literal);
    return r == 0 && !literal ? read_folder(w, found) : r;
}

static int walk_folder(struct walk *w, const GArray *parts);

/* Adds the files, and goes into the folders, in order. */
static int take_found(struct walk *w, const struct found *found)
{
    const gsize len = w->path->len;
    uint32_t folder = 0;
    bool numbered = false;
    int r = 0;

    for (size_t i = 0; r == 0 && i < found->len; i++) {
        const struct order_item *item = &found->items[i];

        if (item->data) {
            g_string_append(w->path, item->name);
            r = walk_folder(w, item->data);
            g_string_truncate(w->path, len);
            continue;
        }
        if (!numbered)
            r = paths_add_folder(w->paths, w->path->str, w->f, &folder);
        numbered = true;
        if (r == 0)
            r = paths_add(w->paths, folder, item->name, w->f);
    }
    return r;
}

static void found_finish(struct found *found)
{
    for (size_t i = 0; i < found->len; i++)
        g_clear_pointer((GArray **)&found->items[i].data, g_array_unref);
    g_free(found->items);
    arena_finish(&found->names);
}

/* Recursion ends with the pattern's parts, or with the longest path that the kernel takes. */
static int walk_folder(struct walk *w, const GArray *parts)
{
    struct found found = {.parts = parts};
    int r;

    r = visit_folder(w, &found);
    if (r == 0 && w->order != ORDER_NONE)
        order_sort(found.items, found.len);
    if (r == 0)
        r = take_found(w, &found);
    found_finish(&found);
    return r;
}

/* Walks for the absolute or for the relative alternatives. */
static int walk(struct walk *w, bool absolute)
{
    g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(guint32));

    for (guint i = 0; i < w->pattern->starts->len; i++) {
        const struct pattern_start *start =
            &g_array_index(w->pattern->starts, struct pattern_start, i);

        if (start->absolute == absolute)
            add_part(w, parts, start->part);
    }
    if (parts->len == 0)
        return 0;
    g_string_assign(w->path, absolute ? "/" : "");
    return walk_folder(w, parts);
}

static int walk_both(struct walk *w, const char *folder)
{
    int r = walk(w, true);

    if (r < 0)
        return r;
    w->root = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (w->root < 0)
        return is_missing(errno) ? 0 : fault_set_errno(w->f, errno, "cannot open '%s'", folder);
    r = walk(w, false);
    close(w->root);
    return r;
}

int glob_add(struct paths *paths, const char *folder, const struct pattern *pattern,
             enum order order, struct fault *f)
{
    g_autoptr(GString) path = g_string_new(NULL);
    struct walk w = {.pattern = pattern, .paths = paths, .order = order, .path = path, .f = f};
    int r = walk_both(&w, folder);

    if (r < 0)
        f->source = true;
    return r;
}
