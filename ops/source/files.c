/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* files: the bytes of files found by patterns or named in a list. */
#include "ops/op.h"
#include "ops/source/glob.h"
#include "ops/source/slurp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct files {
    struct strings glob;
    const char *list;
    int64_t sort; /* enum order, or SORT_UNSET */
};

#define SORT_UNSET -1

/* Lifetime: the sequence's. */
struct found_files {
    struct paths paths;
    const char *suffix; /* of all; NULL = none or differs */
};

/* Puts the operator in front of what f says. */
static int blame(struct fault *f, const char *arg, int item)
{
    const bool source = f->source;
    int r = fault_set_arg(f, f->err, arg, item, "files: %s", f->text);

    f->source = source;
    return r;
}

/* of: what the pattern was written as. */
static int blame_no_match(const struct seq *s, const char *pattern, const char *of, int item,
                          struct fault *f)
{
    g_autofree char *path = g_canonicalize_filename(pattern, s->folder);
    bool folder = g_file_test(path, G_FILE_TEST_IS_DIR);
    g_autofree char *whole = strcmp(pattern, of) == 0 ? NULL : g_strdup_printf(" of '%s'", of);
    int r = fault_set_arg(f, ENOENT, "glob", item, "files: no file matches '%s'%s%s", pattern,
                          whole ? whole : "", folder ? ", which is a folder; add '/*'" : "");

    f->source = true;
    return r;
}

static int add_pattern(const struct seq *s, struct paths *paths, const char *text, enum order order,
                       struct fault *f)
{
    OWN(pattern_free) struct pattern *pattern = NULL;
    int r = pattern_new(text, f, &pattern);

    return r < 0 ? r : glob_add(paths, s->folder, pattern, order, f);
}

static int add_patterns(const struct seq *s, struct paths *paths, enum order order, struct fault *f)
{
    const struct strings *globs = &((const struct files *)s->params)->glob;
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    guint n = 0;

    for (uint32_t i = 0; i < globs->len; i++) {
        const uint64_t first = paths->len;

        if (pattern_expand(globs->at[i], texts, f) < 0)
            return blame(f, "glob", (int)i);
        for (; n < texts->len; n++) {
            const uint64_t before = paths->len;

            if (add_pattern(s, paths, texts->pdata[n], order, f) < 0)
                return blame(f, "glob", (int)i);
            if (paths->len == before)
                return blame_no_match(s, texts->pdata[n], globs->at[i], (int)i, f);
        }
        paths_set_base(paths, first, pattern_base(globs->at[i]));
    }
    /* One walk finds each file once and in order. */
    if (texts->len > 1 && paths_sort(paths, order, true, f) < 0)
        return blame(f, NULL, -1);
    return 0;
}

/* Adds a file of the list; line has no line end, and len bytes. */
static int add_line(struct paths *paths, const char *line, size_t len, struct fault *f)
{
    const char *slash, *name;
    g_autofree char *folder = NULL;
    uint32_t number;
    int r;

    while (g_str_has_prefix(line, "./")) {
        line += 2;
        len -= 2;
    }
    if (strlen(line) != len)
        return fault_set(f, EINVAL, "a NUL byte, which no path has");
    slash = strrchr(line, '/');
    name = slash ? slash + 1 : line;
    folder = g_strndup(line, (gsize)(name - line));
    if (*name == '\0')
        return fault_set(f, EINVAL, "'%s' is a folder, wanted is a file", line);
    r = paths_add_folder(paths, folder, f, &number);
    if (r == 0)
        r = paths_keep_name(paths, name, f, &name);
    return r < 0 ? r : paths_add(paths, number, name, f);
}

static int read_list(FILE *in, const char *list, struct paths *paths, struct fault *f)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    int r = 0;

    for (uint64_t n = 1; r == 0 && (len = getline(&line, &cap, in)) >= 0; n++) {
        if (len > 0 && line[len - 1] == '\n')
            line[--len] = '\0';
        if (len > 0 && line[len - 1] == '\r')
            line[--len] = '\0';
        if (len > 0 && (r = add_line(paths, line, (size_t)len, f)) < 0)
            fault_set(f, f->err, "'%s' line %" PRIu64 ": %s", list, n, f->text);
    }
    if (r == 0 && ferror(in))
        r = fault_set_errno(f, errno, "cannot read the list '%s'", list);
    free(line);
    return r;
}

static int add_list(const struct seq *s, struct paths *paths, enum order order, struct fault *f)
{
    const char *list = ((const struct files *)s->params)->list;
    FILE *in = fopen(list, "re");
    int r;

    if (in) {
        r = read_list(in, list, paths, f);
        fclose(in);
    } else {
        r = fault_set_errno(f, errno, "cannot open the list '%s'", list);
    }
    /* A file that is listed twice is two elements. */
    if (r == 0 && order != ORDER_NONE)
        r = paths_sort(paths, order, false, f);
    if (r < 0) {
        f->source = true;
        return blame(f, "list", -1);
    }
    return 0;
}

static const char *common_suffix(const struct paths *p)
{
    const char *ext = p->len > 0 ? paths_ext(p->at[0].name) : "";

    for (uint64_t i = 1; i < p->len; i++) {
        if (strcmp(paths_ext(p->at[i].name), ext) != 0)
            return NULL;
    }
    return *ext ? ext : NULL;
}

static int files_open(struct seq *s, struct fault *f)
{
    const struct files *p = s->params;
    struct found_files *self = g_new0(struct found_files, 1);
    enum order order = p->sort != SORT_UNSET ? (enum order)p->sort
                       : p->list             ? ORDER_NONE
                                             : ORDER_NAME;
    int r;

    s->self = self;
    if (!p->glob.at == !p->list)
        return fault_set_arg(f, EINVAL, p->list ? "list" : NULL, -1,
                             "files: wanted is one of 'glob' and 'list'");
    if (p->list)
        r = add_list(s, &self->paths, order, f);
    else
        r = add_patterns(s, &self->paths, order, f);
    if (r < 0)
        return r;
    paths_close(&self->paths);
    self->suffix = common_suffix(&self->paths);
    s->len = self->paths.len;
    return 0;
}

static void files_close(struct seq *s)
{
    struct found_files *self = s->self;

    if (self)
        paths_finish(&self->paths);
    g_free(self);
}

static const struct paths *paths_of(const struct seq *s)
{
    return &((const struct found_files *)s->self)->paths;
}

static struct type files_type(const struct seq *s, uint64_t i)
{
    struct type t = {.known = true, .kind = VALUE_BYTES};

    if (i == SEQ_ANY) {
        t.suffix = ((const struct found_files *)s->self)->suffix;
    } else {
        const char *ext = paths_ext(paths_of(s)->at[i].name);

        t.suffix = *ext ? ext : NULL;
    }
    return t;
}

static bool files_attr(const struct seq *s, uint64_t i, const char *name, GString *ret)
{
    if (strcmp(name, "subdir") == 0) {
        paths_print_subdir(paths_of(s), i, ret);
        return true;
    }
    return paths_attr(paths_folder(paths_of(s), i), paths_of(s)->at[i].name, name, ret);
}

static char *files_origin(const struct seq *s, uint64_t i)
{
    const char *folder = paths_folder(paths_of(s), i);
    const char *name = paths_of(s)->at[i].name;

    if (*folder == '/')
        return g_strconcat(folder, name, NULL);
    return g_strconcat(s->folder, "/", folder, name, NULL);
}

static bool files_extent(const struct seq *s, uint64_t i, struct extent *ret)
{
    *ret = (struct extent){.path = files_origin(s, i), .len = UINT64_MAX};
    return true;
}

/* However it was found. */
static void files_identify(const struct call *c, struct digest *d)
{
    g_autofree char *path = files_origin(c->seq, c->i);

    digest_text(d, c->seq->op->name);
    digest_file(d, path);
}

static int files_get(const struct call *c, struct value **ret)
{
    g_autofree char *origin = files_origin(c->seq, c->i);
    g_autoptr(GString) path = g_string_new(NULL);
    GBytes *bytes = NULL;
    int r;

    paths_print(paths_of(c->seq), c->i, path);
    r = slurp_file(origin, path->str, &c->eval->fault, &bytes);
    if (r == 0)
        *ret = value_new_bytes(bytes);
    return r;
}

static const struct param_choice sorts[] = {{"default", SORT_UNSET},
                                            {"name", ORDER_NAME},
                                            {"natural", ORDER_NATURAL},
                                            {"none", ORDER_NONE},
                                            {0}};

const struct op op_files = {
    .abi = SEQFS_OP_ABI,
    .name = "files",
    .brief = "The bytes of files, found by patterns or named in a list.",
    .manual =
        "In a pattern * stands for any characters but '/', ? for one, [a-z] for one of a set, "
        "[!a-z] "
        "for one that is not, {a,b} for either, {000..127} for each number of a range, and ** "
        "between slashes for any number of folders. "
        "Names that begin with a dot are only matched by a dot; ** does not follow links to "
        "folders "
        "and passes by hidden ones. A backslash takes a sign as it is. Patterns start at the "
        "spec's "
        "folder. Each pattern has to match a file, one with ranges for each of the numbers; a file "
        "that several match counts once.\n"
        "Files come in the order of their paths, byte by byte; `sort: natural` puts img2 before "
        "img10; `sort: none` leaves the order of the patterns and of the folders as they are "
        "stored.\n"
        "A `list` is a text file with one path a line, in the order of which the files come unless "
        "`sort` is given. It is not checked that they are there.\n"
        "Attributes are {path}, {dir}, {parent}, the last folder of it, {name}, {stem}, {ext}, and "
        "{subdir}: the folder below that part of the pattern that has no wildcards or braces, so "
        "that `name: \"{subdir}/{stem}\"` keeps the tree of an archive wherever that lies. For "
        "`archive/**/*.tif` and archive/1912/a.tif it is 1912, and nothing for archive/a.tif. Of a "
        "list it is the whole folder.",
    .kind = OP_SOURCE,
    .params_size = sizeof(struct files),
    .params = PARAMS(
        PARAM(STRINGS, struct files, glob, .main = true, .brief = "a pattern, or several"),
        PARAM(PATH, struct files, list, .brief = "a text file of paths, instead of patterns"),
        PARAM(CHOICE, struct files, sort, .choices = sorts, .fallback = "default",
              .brief = "the order; by default name, or that of the list")),
    .examples = EXAMPLES(
        {"{files: \"*.txt\"}", "alpha beta gamma one\ntwo\nthree"},
        {"{files: \"{**/d,[ab]}.txt\"}", "alpha beta delta"},
        {"{files: [b.txt, \"sub/*\"]}", "beta delta"},
        {"[{files: \"**/[bd].txt\"}, {format: \"{subdir}/{stem}\"}]", "b sub/d"},
        {"{files: {glob: [b.txt, a.txt], sort: none}}", "beta alpha"},
        {"{files: [a.txt, \"*.png\"]}", "!1:17: files: no file matches '*.png'"},
        {"{files: \"shard-{0..2}.txt\"}",
         "!1:9: files: no file matches 'shard-0.txt' of 'shard-{0..2}.txt'"},
        {"{files: sub}", "!1:9: files: no file matches 'sub', which is a folder; add '/*'"}),
    .attrs = ATTRS(PATHS_ATTRS, "subdir"),
    .open = files_open,
    .close = files_close,
    .type = files_type,
    .attr = files_attr,
    .extent = files_extent,
    .origin = files_origin,
    .identify = files_identify,
    .get = files_get,
};
