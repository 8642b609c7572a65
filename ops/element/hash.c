/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hash: a checksum of each element. */
#include "ops/op.h"

#include <string.h>
#include <xxhash.h>

#define STRETCH ((gsize)1 << 24) /* bytes between two looks at the clock */

enum algorithm { HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_SHA384, HASH_SHA512, HASH_XXH3 };

struct hash {
    int64_t algorithm;
};

static const struct param_choice algorithms[] = {
    {"md5", HASH_MD5},
    {"sha1", HASH_SHA1},
    {"sha256", HASH_SHA256},
    {"sha384", HASH_SHA384},
    {"sha512", HASH_SHA512},
    {"xxh3", HASH_XXH3},
    {0},
};

static bool is_hashed(enum value_kind kind)
{
    return kind <= VALUE_BYTES || kind == VALUE_ARRAY;
}

/* Files and arrays may be large. */
static int hash_open(struct seq *s, struct fault *f)
{
    const struct type in = seq_type(s->in[0], SEQ_ANY);

    if (in.known && !is_hashed(in.kind))
        return fault_set(f, EINVAL,
                         "hash: each element is %s, wanted are bytes: put an 'encode' before it",
                         value_kind_name(in.kind));
    s->trivial = in.known && in.kind <= VALUE_TEXT;
    return 0;
}

static struct type hash_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_TEXT};
}

/* Scalars as they read, without a newline. */
static GBytes *bytes_of(const struct value *v)
{
    GString *text;

    if (value_kind(v) >= VALUE_TEXT)
        return g_bytes_ref(value_bytes(v));
    text = g_string_new(NULL);
    value_print(v, text);
    return g_string_free_to_bytes(text);
}

static int check_time(const struct eval *e, struct fault *f)
{
    if (e->deadline == 0 || g_get_monotonic_time() <= e->deadline)
        return 0;
    return fault_set(f, ETIMEDOUT, "gave up: the time allowed is over");
}

static int hash_glib(GChecksumType type, GBytes *bytes, struct eval *e, char **ret)
{
    g_autoptr(GChecksum) sum = g_checksum_new(type);
    gsize len;
    const guint8 *at = g_bytes_get_data(bytes, &len);
    int r = 0;

    for (gsize done = 0; r == 0 && done < len; done += STRETCH) {
        g_checksum_update(sum, at + done, (gssize)MIN(STRETCH, len - done));
        r = check_time(e, &e->fault);
    }
    if (r == 0)
        *ret = g_strdup(g_checksum_get_string(sum));
    return r;
}

static char *hash_xxh3(GBytes *bytes)
{
    gsize len;
    const void *at = g_bytes_get_data(bytes, &len);

    return g_strdup_printf("%016" PRIx64, (uint64_t)XXH3_64bits(at, len));
}

static int hash_apply(const struct call *c, struct value *in, struct value **ret)
{
    static const GChecksumType types[] = {
        [HASH_MD5] = G_CHECKSUM_MD5,       [HASH_SHA1] = G_CHECKSUM_SHA1,
        [HASH_SHA256] = G_CHECKSUM_SHA256, [HASH_SHA384] = G_CHECKSUM_SHA384,
        [HASH_SHA512] = G_CHECKSUM_SHA512,
    };
    const int64_t algorithm = ((const struct hash *)c->params)->algorithm;
    g_autoptr(GBytes) bytes = NULL;
    char *text;
    int r = 0;

    if (!is_hashed(value_kind(in)))
        return fault_set(&c->eval->fault, EINVAL, "the element is %s, wanted are bytes",
                         value_kind_name(value_kind(in)));
    bytes = bytes_of(in);
    if (algorithm == HASH_XXH3)
        text = hash_xxh3(bytes);
    else
        r = hash_glib(types[algorithm], bytes, c->eval, &text);
    if (r == 0)
        *ret = value_new_text_bytes(g_bytes_new_take(text, strlen(text)));
    return r;
}

const struct op op_hash = {
    .abi = SEQFS_OP_ABI,
    .name = "hash",
    .brief = "A checksum of each element, as text.",
    .manual =
        "Of bytes, of the UTF-8 of text (numbers as they read, without a newline), or of the items "
        "of an array in the machine's byte order; what else an element is has to be encoded first. "
        "xxh3 is the fastest by far, and no protection from who would deceive. Where the element "
        "is a number or text that is there at once, `filter` and `sort` can go by it.",
    .kind = OP_ELEMENT,
    .flags = OP_TRIVIAL,
    .params_size = sizeof(struct hash),
    .params = PARAMS(PARAM(CHOICE, struct hash, algorithm, .main = true, .fallback = "sha256",
                           .choices = algorithms, .brief = "how it is made")),
    .examples =
        EXAMPLES({"[{values: [abc]}, {hash: md5}]", "900150983cd24fb0d6963f7d28e17f72"},
                 {"[{files: a.txt}, {hash: sha1}]", "d046cd9b7ffb7661e449683313d41f6fc33e3130"},
                 {"[{values: [abc]}, {hash: xxh3}]", "78af5f94892f3950"},
                 {"[{range: 2}, {batch: 2}, hash]",
                  "!1:26: hash: each element is list, wanted are bytes: put an 'encode' before it"},
                 {"[{range: 2}, {hash: sha265}]", "!1:21: hash: argument 'algorithm': no value "
                                                  "'sha265', there are md5, sha1, sha256, sha384, "
                                                  "sha512, xxh3; did you mean 'sha256'?"}),
    .open = hash_open,
    .type = hash_type,
    .apply = hash_apply,
};
