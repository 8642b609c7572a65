/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a file to a checked tree: what is no spec at all is refused before YAML is read. */
#include "ops/spec/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/base/fault.h"
#include "ops/spec/params.h"

struct spec {
    char *path;   /* owned */
    char *folder; /* owned */
    char *text;   /* owned, NUL-terminated, without a byte order mark */
    size_t len;
    struct timespec mtime;
    struct tree tree; /* owned */
};

static const struct mark nowhere = {0};

#define COMPLAIN(c, at, ...) complaints_add(c, COMPLAINT_SPEC, at, __VA_ARGS__)

/* "FF FE" and "FE FF" are the byte order marks of UTF-16; without one every other byte of English
 * is NUL. */
static bool is_utf16(const char *text, size_t len)
{
    if (len < 2)
        return false;
    return memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0 ||
           (text[0] == '\0') != (text[1] == '\0');
}

/* libyaml compares every %TAG with every other, and tags mean nothing here anyway. */
static const char *find_tag_directive(const char *text)
{
    static const char directive[] = "%TAG";
    const char *at = text;

    while (at && strncmp(at, directive, strlen(directive)) != 0) {
        at = strpbrk(at, "\r\n");
        at = at ? at + strspn(at, "\r\n") : NULL;
    }
    return at;
}

/* Refuses a text that is no UTF-8, and what libyaml would take too long for.  It ends with NUL. */
static int check_text(struct complaints *c, const char *text, size_t len)
{
    const char *bad;

    if (is_utf16(text, len)) {
        COMPLAIN(c, ((struct mark){1, 1, 1}), "the spec is UTF-16 or UTF-32; save it as UTF-8");
        return -EILSEQ;
    }
    if (!g_utf8_validate_len(text, len, &bad)) {
        struct mark at = complain_place(text, len, bad - text);

        if (*bad == '\0')
            COMPLAIN(c, at, "byte 0x00 is no text; is this a spec?");
        else
            COMPLAIN(c, at, "byte 0x%02x is not UTF-8; save the spec as UTF-8",
                     (unsigned char)*bad);
        return -EILSEQ;
    }
    bad = find_tag_directive(text);
    if (bad) {
        COMPLAIN(c, complain_place(text, len, bad - text), "tags mean nothing in a spec");
        return -EINVAL;
    }
    return 0;
}

struct pair {
    const struct node *key;
    uint32_t i;
};

static int by_key(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int order = strcmp(x->key->text, y->key->text);

    return order != 0 ? order : (x->i > y->i) - (x->i < y->i);
}

/* Sorts, because in a hash table keys that were chosen to collide would take for ever. */
static int check_keys(struct complaints *c, const struct node *mapping)
{
    g_autofree struct pair *pairs = g_try_new(struct pair, mapping->len);
    const struct node *first = NULL;

    if (!pairs && mapping->len > 0) {
        COMPLAIN(c, mapping->mark, "not enough memory for the spec");
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < mapping->len; i++)
        pairs[i] = (struct pair){mapping->keys[i], i};
    if (pairs)
        qsort(pairs, mapping->len, sizeof *pairs, by_key);
    for (uint32_t i = 0; i < mapping->len; i++) {
        const struct node *key = pairs[i].key;

        if (first && strcmp(first->text, key->text) == 0)
            COMPLAIN(c, key->mark, "key '%s' is given twice, the first time at %u:%u", key->text,
                     first->mark.line, first->mark.column);
        else
            first = key;
    }
    return 0;
}

/* Reads, fills and checks the text of s; 0 if there is a tree to go on with. */
static int build(struct spec *s, char *const *defines, struct complaints *c)
{
    int r = check_text(c, s->text, s->len);
    if (r == 0)
        r = read_tree(s->text, s->len, c, &s->tree);
    if (r == 0)
        r = params_fill(&s->tree, defines, c);
    for (struct cell *cell = s->tree.cells; r == 0 && cell; cell = cell->next)
        if (cell->node.kind == NODE_MAPPING)
            r = check_keys(c, &cell->node);
    return r;
}

/* The folder of a path, absolute.  Links and ".." are left to the system, which knows better. */
static char *folder_of(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path), *here = NULL;

    if (g_path_is_absolute(folder))
        return g_steal_pointer(&folder);
    here = g_get_current_dir();
    return strcmp(folder, ".") == 0 ? g_steal_pointer(&here) : g_build_filename(here, folder, NULL);
}

/* own_text ends with NUL. */
static int parse(const char *path, char *own_text, size_t len, struct timespec mtime,
                 char *const *defines, struct complaints *c, struct spec **ret)
{
    static const char bom[] = "\xef\xbb\xbf";
    OWN(spec_free) struct spec *s = g_new0(struct spec, 1);
    int r;

    s->path = g_strdup(path);
    s->folder = folder_of(path);
    s->text = own_text;
    s->len = len;
    s->mtime = mtime;
    if (len >= strlen(bom) && memcmp(own_text, bom, strlen(bom)) == 0) {
        s->len -= strlen(bom);
        memmove(s->text, s->text + strlen(bom), s->len + 1);
    }
    complaints_set_source(c, path, s->text, s->len);
    r = build(s, defines, c);
    if (r == 0)
        *ret = g_steal_pointer(&s);
    return r;
}

static int complain_size(struct complaints *c, uint64_t len)
{
    COMPLAIN(c, nowhere,
             "%" G_GUINT64_FORMAT " bytes are too large for a spec; at most %u are possible", len,
             SPEC_MAX_BYTES);
    return -EFBIG;
}

int spec_parse(const char *path, const char *text, size_t len, char *const *defines,
               struct complaints *c, struct spec **ret)
{
    char *copy;

    if (len > SPEC_MAX_BYTES) {
        complaints_set_source(c, path, NULL, 0);
        return complain_size(c, len);
    }
    copy = g_try_malloc(len + 1);
    if (!copy) {
        COMPLAIN(c, nowhere, "not enough memory for the spec");
        return -ENOMEM;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    return parse(path, copy, len, (struct timespec){0}, defines, c, ret);
}

static const char *kind_of(mode_t mode)
{
    return S_ISDIR(mode)    ? "a folder"
           : S_ISFIFO(mode) ? "a pipe"
           : S_ISSOCK(mode) ? "a socket"
                            : "a device";
}

/* Reads up to the largest size and one byte more, ended by NUL.  A file may grow while it is read.
 */
static int read_file(int fd, char **ret, size_t *ret_len)
{
    const size_t cap = SPEC_MAX_BYTES + 1;
    g_autofree char *text = g_try_malloc(cap + 1);
    size_t len = 0;

    if (!text)
        return -ENOMEM;
    while (len < cap) {
        ssize_t n = read(fd, text + len, cap - len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        len += n;
    }
    text[len] = '\0';
    *ret = g_realloc(g_steal_pointer(&text), len + 1);
    *ret_len = len;
    return 0;
}

static void complain_errno(struct complaints *c, int err)
{
    struct fault f;

    fault_set_errno(&f, err, "cannot read the spec");
    COMPLAIN(c, nowhere, "%s", f.text);
}

/* Reads a file that is one.  On success the text and what stat says of it. */
static int load(const char *path, struct complaints *c, char **ret, size_t *ret_len,
                struct stat *ret_st)
{
    /* Without O_NONBLOCK a pipe would be waited for. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int r = fd < 0 || fstat(fd, ret_st) < 0 ? -errno : 0;

    if (r == 0 && !S_ISREG(ret_st->st_mode)) {
        COMPLAIN(c, nowhere, "%s is no spec; give a file", kind_of(ret_st->st_mode));
        r = -EINVAL;
    } else if (r == 0 && ret_st->st_size > SPEC_MAX_BYTES) {
        r = complain_size(c, ret_st->st_size);
    } else {
        r = r < 0 ? r : read_file(fd, ret, ret_len);
        if (r < 0)
            complain_errno(c, -r);
    }
    if (fd >= 0)
        close(fd);
    return r;
}

int spec_load(const char *path, char *const *defines, struct complaints *c, struct spec **ret)
{
    g_autofree char *text = NULL;
    size_t len = 0;
    struct stat st;
    int r;

    complaints_set_source(c, path, NULL, 0);
    r = load(path, c, &text, &len, &st);
    if (r < 0)
        return r;
    if (len > SPEC_MAX_BYTES)
        return complain_size(c, len);
    return parse(path, g_steal_pointer(&text), len, st.st_mtim, defines, c, ret);
}

void spec_free(struct spec *s)
{
    if (!s)
        return;
    read_finish(&s->tree);
    g_free(s->path);
    g_free(s->folder);
    g_free(s->text);
    g_free(s);
}

const struct node *spec_root(const struct spec *s)
{
    return s->tree.root;
}

const char *spec_path(const struct spec *s)
{
    return s->path;
}

const char *spec_folder(const struct spec *s)
{
    return s->folder;
}

const char *spec_text(const struct spec *s, size_t *ret_len)
{
    *ret_len = s->len;
    return s->text;
}

struct timespec spec_mtime(const struct spec *s)
{
    return s->mtime;
}
