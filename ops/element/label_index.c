/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* label_index: the number of a label in a list of classes. */
#include "ops/op.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_FILE (64 << 20) /* bytes of a file of classes */

struct label_index {
    const struct node *classes;
};

/* Lifetime: the sequence's. */
struct classes {
    GPtrArray *names;    /* owned: char *, owned */
    GHashTable *numbers; /* of names, from 0; owned */
    uint64_t digest[2];  /* of all names */
};

/* false = it is there already, with this number. */
static bool add_name(struct classes *k, const char *name, uint32_t *ret_other)
{
    gpointer other;
    char *kept;

    if (g_hash_table_lookup_extended(k->numbers, name, NULL, &other)) {
        *ret_other = GPOINTER_TO_UINT(other);
        return false;
    }
    kept = g_strdup(name);
    g_hash_table_insert(k->numbers, kept, GUINT_TO_POINTER(k->names->len));
    g_ptr_array_add(k->names, kept);
    return true;
}

static int add_listed(struct classes *k, const struct node *list, struct fault *f)
{
    char found[80];
    uint32_t other;

    for (uint32_t n = 0; n < list->len; n++) {
        const struct node *one = list->items[n];
        if (one->kind != NODE_SCALAR)
            return fault_set_arg(f, EINVAL, "classes", (int)n,
                                 "label_index: a class is %s, wanted is its label",
                                 node_describe(one, found, sizeof found));
        if (!add_name(k, one->text, &other))
            return fault_set_arg(f, EINVAL, "classes", (int)n,
                                 "label_index: class '%.64s' is there twice, as %u and %u",
                                 one->text, other, n);
    }
    return 0;
}

/* line: from 1. */
static int add_line(struct classes *k, const char *path, unsigned line, const char *text, gsize len,
                    struct fault *f)
{
    uint32_t other;

    if (!g_utf8_validate_len(text, len, NULL))
        return fault_set(f, EILSEQ, "label_index: '%s' line %u is not UTF-8", path, line);
    if (*text == '\0')
        return fault_set(f, EINVAL, "label_index: '%s' line %u is empty, wanted is a class", path,
                         line);
    if (!add_name(k, text, &other))
        return fault_set(f, EINVAL, "label_index: '%s' line %u: class '%.64s' is in line %u, too",
                         path, line, text, other + 1);
    return 0;
}

/* Takes a line's end off, and what some editors put before the first. */
static char *trim(char *line, gsize *len, bool first)
{
    static const char mark[] = "\xef\xbb\xbf";

    if (*len > 0 && line[*len - 1] == '\n')
        line[--*len] = '\0';
    if (*len > 0 && line[*len - 1] == '\r')
        line[--*len] = '\0';
    if (!first || strncmp(line, mark, strlen(mark)) != 0)
        return line;
    *len -= strlen(mark);
    return line + strlen(mark);
}

static int add_lines(struct classes *k, const char *path, FILE *in, struct fault *f)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    int r = 0;

    for (unsigned i = 1; r == 0 && (n = getline(&line, &cap, in)) >= 0; i++) {
        gsize len = (gsize)n;
        const char *text = trim(line, &len, i == 1);

        r = add_line(k, path, i, text, len, f);
    }
    if (r == 0 && ferror(in))
        r = fault_set_errno(f, errno, "label_index: cannot read '%s'", path);
    free(line);
    return r;
}

/* What is no file, such as a pipe, could have no end. */
static int add_file(struct classes *k, const char *path, const char *folder, struct fault *f)
{
    g_autofree char *whole =
        g_path_is_absolute(path) ? g_strdup(path) : g_build_filename(folder, path, NULL);
    struct stat st;
    FILE *in;
    int r;

    if (stat(whole, &st) < 0)
        return fault_set_errno(f, errno, "label_index: cannot read '%s'", path);
    if (!S_ISREG(st.st_mode) || st.st_size > MAX_FILE)
        return fault_set(f, EINVAL,
                         "label_index: '%s' is no file with a class on each line, of at most %d "
                         "bytes",
                         path, MAX_FILE);
    in = fopen(whole, "re");
    if (!in)
        return fault_set_errno(f, errno, "label_index: cannot read '%s'", path);
    r = add_lines(k, path, in, f);
    fclose(in);
    return r;
}

static int read_classes(const struct seq *s, struct classes *k, struct fault *f)
{
    const struct node *n = ((const struct label_index *)s->params)->classes;
    char found[80];
    int r;

    if (n->kind == NODE_MAPPING || node_is_null(n))
        return fault_set_arg(f, EINVAL, "classes", -1,
                             "label_index: argument 'classes' is %s, wanted: a list of labels, or "
                             "a file with one on each line",
                             node_describe(n, found, sizeof found));
    if (n->kind == NODE_LIST) {
        r = add_listed(k, n, f);
    } else {
        r = add_file(k, n->text, s->folder, f);
        f->source = r < 0;
        f->arg = r < 0 ? "classes" : NULL;
        f->item = -1;
    }
    if (r == 0 && k->names->len == 0)
        return fault_set_arg(f, EINVAL, "classes", -1, "label_index: there are no classes");
    return r;
}

/* They may have been read from a file. */
static void add_up(struct classes *k)
{
    OWN(digest_free) struct digest *d = digest_new();

    digest_number(d, k->names->len);
    for (guint n = 0; n < k->names->len; n++)
        digest_text(d, k->names->pdata[n]);
    digest_end(d, k->digest);
}

static int label_index_open(struct seq *s, struct fault *f)
{
    struct classes *k = g_new0(struct classes, 1);
    int r;

    s->self = k;
    k->names = g_ptr_array_new_with_free_func(g_free);
    k->numbers = g_hash_table_new(g_str_hash, g_str_equal);
    r = read_classes(s, k, f);
    if (r == 0)
        add_up(k);
    return r < 0 ? r : text_check(s, TEXT_SCALARS, f);
}

static void label_index_close(struct seq *s)
{
    struct classes *k = s->self;

    if (!k)
        return;
    g_hash_table_unref(k->numbers);
    g_ptr_array_unref(k->names);
    g_free(k);
}

static struct type label_index_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_INT};
}

static int unknown(const struct classes *k, const char *label, struct fault *f)
{
    struct nearest near;
    char hint[128];

    nearest_init(&near, label);
    for (guint n = 0; n < k->names->len; n++)
        nearest_offer(&near, k->names->pdata[n]);
    return fault_set(f, EINVAL, "'%.64s' is none of the %u classes%s", label, k->names->len,
                     nearest_hint(&near, hint, sizeof hint));
}

static int label_index_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct classes *k = c->seq->self;
    g_autofree char *label = NULL;
    gpointer number;
    int r = text_of(in, TEXT_SCALARS, &c->eval->fault, &label);

    if (r < 0)
        return r;
    if (!g_hash_table_lookup_extended(k->numbers, label, NULL, &number))
        return unknown(k, label, &c->eval->fault);
    *ret = value_new_int(GPOINTER_TO_UINT(number));
    return 0;
}

static void label_index_identify(const struct call *c, struct digest *d)
{
    const struct classes *k = c->seq->self;

    digest_bytes(d, k->digest, sizeof k->digest);
}

const struct op op_label_index = {
    .abi = SEQFS_OP_ABI,
    .name = "label_index",
    .brief = "A label to its number among the classes, from 0.",
    .manual =
        "The classes are a list, or a file with one on each line, which is read when the spec is "
        "loaded. A label that is none of them is a failure of its element. Numbers are labels as "
        "they read; bytes are taken if they are UTF-8, without the newline at their end.",
    .kind = OP_ELEMENT,
    .flags = OP_TRIVIAL,
    .params_size = sizeof(struct label_index),
    .params = PARAMS(PARAM(NODE, struct label_index, classes, .required = true, .main = true,
                           .brief = "the labels in order, or the path of a file with them")),
    .examples = EXAMPLES(
        {"[{values: [dog, cat]}, {label_index: [cat, dog]}]", "1 0"},
        {"[{values: [three, one]}, {label_index: {classes: words.txt}}]", "2 0"},
        {"[{values: [{label: dog, n: 1}]}, {label_index: {classes: [cat, dog], on: label}}]",
         "{\"label\": 1, \"n\": 1}"},
        {"[{values: [cta]}, {label_index: [cat, dog]}]",
         "#0: 'cta' is none of the 2 classes; did you mean 'cat'?"},
        {"[{values: [cat]}, {label_index: [cat, dog, cat]}]",
         "!1:44: label_index: class 'cat' is there twice, as 0 and 2"},
        {"[{values: [cat]}, {label_index: word.txt}]",
         "!1:33: label_index: cannot read 'word.txt': no such file or directory"}),
    .open = label_index_open,
    .close = label_index_close,
    .type = label_index_type,
    .identify = label_index_identify,
    .apply = label_index_apply,
};
