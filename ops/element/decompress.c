/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* decompress: what gzip, zstd and the like have packed. */
#include "ops/op.h"

#include "ops/base/unpack.h"

#include <string.h>

#define LOOKED_AT 4096  /* elements whose file names tell what suffixes there are */
#define MAX_SUFFIXES 64 /* of them */

struct decompress {
    int64_t format;
    bool optional;
    uint64_t max_output;
};

/* PACKING_NONE: as the file itself tells. */
static const struct param_choice formats[] = {
    {"auto", PACKING_NONE},
    {"gzip", PACKING_GZIP},
    {"bzip2", PACKING_BZIP2},
    {"xz", PACKING_XZ},
    {"zstd", PACKING_ZSTD},
    {"lz4", PACKING_LZ4},
    {"lzip", PACKING_LZIP},
    {"lzma", PACKING_LZMA},
    {"compress", PACKING_COMPRESS},
    {"gz", PACKING_GZIP},
    {"bz2", PACKING_BZIP2},
    {"zst", PACKING_ZSTD},
    {0},
};

/* Lifetime: the sequence's. */
struct suffixes {
    GHashTable *inner;  /* owned: what stands before .gz in the names of files, interned */
    const char *common; /* of all elements, in inner or static; NULL = none, or they differ */
};

/* The suffix that is left without the one of a packed file: "" = there is none, NULL = it is no
 * packed file's. */
static const char *unpacked_suffix(const char *suffix)
{
    static const char *const known[][2] = {
        {"gz", ""},     {"bz2", ""},     {"xz", ""},      {"zst", ""},    {"lz4", ""},
        {"lz", ""},     {"lzma", ""},    {"Z", ""},       {"tgz", "tar"}, {"tbz2", "tar"},
        {"txz", "tar"}, {"tzst", "tar"}, {"svgz", "svg"}, {"tbz", "tar"}, {"tlz", "tar"},
    };

    for (size_t k = 0; suffix && k < G_N_ELEMENTS(known); k++)
        if (strcmp(suffix, known[k][0]) == 0)
            return known[k][1];
    return NULL;
}

/* "csv" of the file x.csv.gz, which is told by its attribute: {stem} is x.csv.  Appends. */
static bool print_inner(const struct seq *s, uint64_t i, GString *ret)
{
    g_autoptr(GString) stem = g_string_new(NULL);
    const char *dot;

    if (!seq_attr(s->in[0], i, "stem", stem))
        return false;
    dot = strrchr(stem->str, '.');
    if (!dot || dot == stem->str || dot[1] == '\0' || strlen(dot) > 16)
        return false;
    g_string_append(ret, dot + 1);
    return true;
}

/* Of one element. */
static const char *suffix_of(const struct seq *s, uint64_t i)
{
    const struct suffixes *x = s->self;
    const struct type in = seq_type(s->in[0], i);
    const char *suffix = in.known && in.kind == VALUE_BYTES ? in.suffix : NULL;
    const char *left = unpacked_suffix(suffix);
    g_autoptr(GString) inner = NULL;

    if (!left || *left)
        return left ? left : suffix;
    inner = g_string_new(NULL);
    return print_inner(s, i, inner) ? g_hash_table_lookup(x->inner, inner->str) : NULL;
}

/* What suffixes there are, and whether they are the same. */
static void learn_suffixes(const struct seq *s, struct suffixes *x)
{
    const uint64_t stride = s->len / LOOKED_AT + 1;
    g_autoptr(GString) inner = g_string_new(NULL);
    bool same = true;

    for (uint64_t i = 0; i < s->len && g_hash_table_size(x->inner) < MAX_SUFFIXES; i += stride) {
        g_string_truncate(inner, 0);
        if (print_inner(s, i, inner) && !g_hash_table_contains(x->inner, inner->str))
            g_hash_table_add(x->inner, g_strdup(inner->str));
        const char *one = suffix_of(s, i);
        x->common = i == 0 ? one : x->common;
        same = same && g_strcmp0(one, x->common) == 0;
    }
    if (!same || stride > 1)
        x->common = NULL;
}

static int decompress_open(struct seq *s, struct fault *f)
{
    const struct type in = seq_type(s->in[0], SEQ_ANY);
    struct suffixes *x = g_new0(struct suffixes, 1);

    s->self = x;
    x->inner = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (in.known && in.kind != VALUE_BYTES)
        return fault_set(f, EINVAL, "decompress: wanted are bytes, but each element is %s",
                         value_kind_name(in.kind));
    learn_suffixes(s, x);
    return 0;
}

static void decompress_close(struct seq *s)
{
    struct suffixes *x = s->self;

    if (!x)
        return;
    g_hash_table_unref(x->inner);
    g_free(x);
}

static struct type decompress_type(const struct seq *s, uint64_t i)
{
    const struct suffixes *x = s->self;

    return (struct type){
        .known = true, .kind = VALUE_BYTES, .suffix = i == SEQ_ANY ? x->common : suffix_of(s, i)};
}

static int refuse(enum packing wanted, enum packing found, struct fault *f)
{
    if (wanted == PACKING_NONE)
        return fault_set(f, EINVAL, "not compressed in a way that is known");
    return fault_set(f, EINVAL, "not compressed by %s%s%s", unpack_name(wanted),
                     found == PACKING_NONE ? "" : ", but by ",
                     found == PACKING_NONE ? "" : unpack_name(found));
}

static enum packing detect(GBytes *bytes)
{
    gsize len;
    const void *at = g_bytes_get_data(bytes, &len);

    return unpack_detect(at, len);
}

static int decompress_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct decompress *p = c->params;
    const enum packing wanted = (enum packing)p->format;
    struct fault *f = &c->eval->fault;
    enum packing found;
    GBytes *bytes;
    int r;

    if (value_kind(in) != VALUE_BYTES)
        return fault_set(f, EINVAL, "the element is %s, wanted are bytes",
                         value_kind_name(value_kind(in)));
    found = wanted == PACKING_LZMA ? wanted : detect(value_bytes(in));
    if (found != PACKING_NONE && (wanted == PACKING_NONE || wanted == found)) {
        r = unpack_bytes(value_bytes(in), found, p->max_output, c->eval->deadline, f, &bytes);
        if (r == 0)
            *ret = value_new_bytes(bytes);
        return r == -EFBIG ? fault_set(f, EFBIG, "%s: decompress: {max_output: ...}", f->text) : r;
    }
    if (!p->optional)
        return refuse(wanted, found, f);
    *ret = value_ref(in);
    return 0;
}

const struct op op_decompress = {
    .abi = SEQFS_OP_ABI,
    .name = "decompress",
    .brief = "Unpack each file.",
    .manual =
        "How it is packed is told by its first bytes: gzip, bzip2, xz, zstd, lz4, lzip or compress "
        "(.Z); lzma only if asked for. What is packed twice is unpacked once; what several packed "
        "files in a row hold is put together. What is not compressed is a failure, unless that is "
        "optional: then it stays as it is. a.csv.gz becomes a .csv.",
    .kind = OP_ELEMENT,
    .params_size = sizeof(struct decompress),
    .params = PARAMS(PARAM(CHOICE, struct decompress, format, .main = true, .fallback = "auto",
                           .choices = formats, .brief = "how the files are packed"),
                     PARAM(BOOL, struct decompress, optional, .fallback = "false",
                           .brief = "what is not compressed like that stays as it is"),
                     PARAM(SIZE, struct decompress, max_output, .fallback = "1G", .min = 1,
                           .max = 1e15, .brief = "the most that may come out, in bytes")),
    .examples =
        EXAMPLES({"[{files: a.txt}, {exec: {argv: [gzip, -c], ext: gz}}, decompress]", "alpha"},
                 {"[{files: a.txt}, {decompress: {optional: true}}]", "alpha"},
                 {"[{files: a.txt}, decompress]", "#0: not compressed in a way that is known"},
                 {"[{files: a.txt}, {decompress: gzpi}]",
                  "!1:31: decompress: argument 'format': no value 'gzpi', there are auto, gzip, "
                  "bzip2, xz, zstd, lz4, lzip, lzma, compress, gz, bz2, zst; did you mean 'gzip'?"},
                 {"[{range: 2}, decompress]",
                  "!1:14: decompress: wanted are bytes, but each element is int"}),
    .open = decompress_open,
    .close = decompress_close,
    .type = decompress_type,
    .apply = decompress_apply,
};
