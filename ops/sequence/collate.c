/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* collate: records of the elements of several sequences. */
#include "ops/op.h"

#include <string.h>

struct collate {
    struct fields fields;
};

static const char *name_of(const struct seq *s, uint64_t k)
{
    return ((const struct collate *)s->params)->fields.names[k];
}

/* Whether the sequences were written as a list: their names are their numbers. */
static bool is_list(const struct seq *s)
{
    for (uint32_t k = 0; k < s->n_in; k++) {
        g_autofree char *number = g_strdup_printf("%u", k);

        if (strcmp(name_of(s, k), number) != 0)
            return false;
    }
    return true;
}

static int check_name(const char *name, struct fault *f)
{
    if (filename_is_one(name))
        return 0;
    return fault_set_arg(f, EINVAL, name, FAULT_KEY,
                         "collate: '%.64s' cannot be the name of a field, which files are named by",
                         name);
}

static int collate_open(struct seq *s, struct fault *f)
{
    bool list = is_list(s);

    if (s->n_in == 0)
        return fault_set(f, EINVAL, "collate: wanted are sequences, {field: sequence, ...}");
    for (uint32_t k = 0; k < s->n_in; k++) {
        int r = check_name(name_of(s, k), f);

        if (r < 0)
            return r;
        if (s->in[k]->len != s->len)
            return fault_set_arg(f, EINVAL, list ? "..." : name_of(s, k), list ? (int)k : -1,
                                 "collate: '%.64s' has %" PRIu64 " elements, but '%.64s' has "
                                 "%" PRIu64,
                                 name_of(s, k), s->in[k]->len, name_of(s, 0), s->len);
    }
    return 0;
}

static struct type collate_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_RECORD, .parted = true};
}

/* For names: a record is called as its first field is. */
static void collate_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    *ret_in = 0;
    *ret_i = i;
}

static uint64_t collate_n_parts(const struct seq *s, uint64_t i)
{
    return s->n_in;
}

static bool collate_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                         uint64_t *ret_i)
{
    *ret_s = s->in[k];
    *ret_i = i;
    return true;
}

static struct type collate_part_type(const struct seq *s, uint64_t i, uint64_t k)
{
    return seq_type(s->in[k], i);
}

static int collate_get(const struct call *c, struct value **ret)
{
    return seq_collect(c->seq, c->eval, c->i, ret);
}

const struct op op_collate = {
    .abi = SEQFS_OP_ABI,
    .name = "collate",
    .brief = "Records of the n-th elements of several sequences.",
    .manual =
        "The fields are named as the sequences are given, or 0, 1 and so on where they are a list. "
        "All sequences must have equally many elements. A record is a row of files, one a field, "
        "each computed alone; a record of scalars is one json file (`layout` says it otherwise). "
        "It is named as the element of its first field, and has the attributes of all: `{label}`, "
        "`{image.stem}`.",
    .kind = OP_SEQUENCE,
    .flags = OP_COMBINES | OP_TRIVIAL,
    .params_size = sizeof(struct collate),
    .params = PARAMS(PARAM_AS("...", FIELDS, struct collate, fields, .main = true,
                              .brief = "the sequences, each with the name of its field")),
    .examples = EXAMPLES(
        {"[{collate: [{values: [1, 2, 3, 4]}, {values: [a, b, c, d]}, {values: [5, 6, 7, 8]}]}, "
         "{slice: \"2:3\"}, {encode: json}]",
         "{\"0\": 3, \"1\": \"c\", \"2\": 7}"},
        {"[{collate: {image: {values: [x, y]}, label: {range: 2}}}, {get: label}]", "0 1"},
        {"{collate: {image: {range: 4}, label: {range: 3}}}",
         "!1:38: collate: 'label' has 3 elements, but 'image' has 4"}),
    .open = collate_open,
    .type = collate_type,
    .route = collate_route,
    .n_parts = collate_n_parts,
    .part = collate_part,
    .field = name_of,
    .part_type = collate_part_type,
    .get = collate_get,
};
