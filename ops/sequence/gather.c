/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gather: the elements at listed indices. */
#include "ops/sequence/indices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gather {
    struct ints indices;
    const char *file;
};

static int add(struct indices *picks, uint64_t i, struct fault *f)
{
    if (indices_add(picks, i))
        return 0;
    return fault_set_errno(f, ENOMEM, "gather: more than %" PRIu64 " indices", picks->len);
}

/* "there are only 5 elements" */
static const char *describe_len(uint64_t len, char *buf, size_t size)
{
    if (len == 0)
        g_strlcpy(buf, "there are no elements", size);
    else if (len == 1)
        g_strlcpy(buf, "there is only 1 element", size);
    else
        g_snprintf(buf, size, "there are only %" PRIu64 " elements", len);
    return buf;
}

static int add_listed(const struct ints *listed, uint64_t len, struct indices *picks,
                      struct fault *f)
{
    char text[64];

    for (uint32_t i = 0; i < listed->len; i++) {
        uint64_t index;
        int r;

        if (!stretch_place(listed->at[i], len, &index) || index == len)
            return fault_set_arg(f, EINVAL, "indices", (int)i, "gather: index %" PRId64 ", but %s",
                                 listed->at[i], describe_len(len, text, sizeof text));
        r = add(picks, index, f);
        if (r < 0)
            return r;
    }
    return 0;
}

/* A line without its blanks; n counts lines from 1. */
static int add_line(const char *file, uint64_t n, const char *line, uint64_t len,
                    struct indices *picks, struct fault *f)
{
    int64_t number;
    uint64_t index;
    char text[64];

    if (*line == '\0' || *line == '#')
        return 0;
    if (!scan_int(line, &number))
        return fault_set_arg(f, EINVAL, "file", -1,
                             "gather: '%s' line %" PRIu64 ": '%.40s' is no index", file, n, line);
    if (!stretch_place(number, len, &index) || index == len)
        return fault_set_arg(f, EINVAL, "file", -1,
                             "gather: '%s' line %" PRIu64 ": index %" PRId64 ", but %s", file, n,
                             number, describe_len(len, text, sizeof text));
    return add(picks, index, f);
}

static int add_file(const char *file, uint64_t len, struct indices *picks, struct fault *f)
{
    FILE *in = fopen(file, "re");
    char *line = NULL;
    size_t cap = 0;
    int r = 0;

    for (uint64_t n = 1; in && r == 0 && getline(&line, &cap, in) >= 0; n++)
        r = add_line(file, n, g_strstrip(line), len, picks, f);
    if (!in || (r == 0 && ferror(in))) {
        fault_set_errno(f, errno, "gather: cannot read '%s'", file);
        r = fault_set_arg(f, f->err, "file", -1, "%s", f->text);
    }
    free(line);
    if (in)
        fclose(in);
    if (r < 0)
        f->source = true;
    return r;
}

static int gather_open(struct seq *s, struct fault *f)
{
    const struct gather *p = s->params;
    struct indices *picks = g_new0(struct indices, 1);
    int r;

    s->self = picks;
    if (!p->indices.at == !p->file)
        return fault_set_arg(f, EINVAL, p->file ? "file" : NULL, -1,
                             "gather: wanted is one of 'indices' and 'file'");
    if (!indices_init(picks, s->len, MAX(p->indices.len, 64)))
        return fault_set_errno(f, ENOMEM, "gather: %" PRIu32 " indices", p->indices.len);
    if (p->file)
        r = add_file(p->file, s->len, picks, f);
    else
        r = add_listed(&p->indices, s->len, picks, f);
    s->len = picks->len;
    return r;
}

static void gather_close(struct seq *s)
{
    if (s->self)
        indices_finish(s->self);
    g_free(s->self);
}

static void gather_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    *ret_in = 0;
    *ret_i = indices_at(s->self, i);
}

const struct op op_gather = {
    .abi = SEQFS_OP_ABI,
    .name = "gather",
    .alias = "take",
    .brief = "The elements at these indices, in this order.",
    .manual =
        "Indices count from 0, negative ones from the end; an index may come several times. In a "
        "file they stand one a line; blank lines and lines that begin with # do not count.",
    .kind = OP_SEQUENCE,
    .params_size = sizeof(struct gather),
    .params = PARAMS(
        PARAM(INTS, struct gather, indices, .main = true, .brief = "the indices"),
        PARAM(PATH, struct gather, file, .brief = "a text file of indices, instead of the list")),
    .examples = EXAMPLES(
        {"[{values: [d, e, h, l, o, r, w, ' ']}, {gather: [2, 1, 3, 3, 4, 7, 6, 4, 5, 3, 0]}]",
         "h e l l o   w o r l d"},
        {"[{values: [a, b, c]}, {gather: [2, 0, -1]}]", "c a c"},
        {"[{values: [a, b, c]}, {take: 1}]", "b"},
        {"[{range: 5}, {gather: [3, 9]}]",
         "!1:27: gather: index 9, but there are only 5 elements"}),
    .open = gather_open,
    .close = gather_close,
    .route = gather_route,
};
