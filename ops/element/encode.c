/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* encode: an element to the bytes of its file. */
#include "ops/op.h"

#include <string.h>

#include "ops/image/format.h"
#include "ops/image/loaders.h"
#include "ops/image/properties.h"

struct encode {
    const char *format;
    bool newline;
    const struct node *rest;
};

enum target { TARGET_BY_KIND, TARGET_TEXT, TARGET_JSON, TARGET_TAR, TARGET_IMAGE };

/* Lifetime: plan. */
struct made {
    enum target target;
    const struct format *format;    /* TARGET_IMAGE */
    struct format_options *options; /* owned; NULL = none given */
    struct loaders *loaders;        /* owned; for bytes that are to be an image */
};

static const struct decoding usual = DECODING_USUAL;
static const char *const own_keys[] = {"format", "newline", NULL};

static void free_made(struct made *m)
{
    if (!m)
        return;
    format_options_free(m->options);
    loaders_free(m->loaders);
    g_free(m);
}

OWN_DEFINE(struct made, free_made)

static bool is_scalar(enum value_kind kind)
{
    return kind <= VALUE_TEXT;
}

static int unknown_format(const char *format, struct fault *f)
{
    static const char *const missing[] = {"npy", "npz", "raw", NULL};
    struct nearest near;
    char hint[128];

    if (g_strv_contains(missing, format))
        return fault_set_arg(f, EINVAL, "format", -1,
                             "format '%s': this version does not have it yet", format);
    nearest_init(&near, format);
    format_offer(&near);
    nearest_offer(&near, "text");
    nearest_offer(&near, "json");
    nearest_offer(&near, "tar");
    return fault_set_arg(f, EINVAL, "format", -1, "no format '%s' in this libvips%s", format,
                         nearest_hint(&near, hint, sizeof hint));
}

static int find_target(const struct encode *p, struct made *m, struct fault *f)
{
    if (!p->format)
        m->target = TARGET_BY_KIND;
    else if (strcmp(p->format, "text") == 0 || strcmp(p->format, "txt") == 0)
        m->target = TARGET_TEXT;
    else if (strcmp(p->format, "json") == 0)
        m->target = TARGET_JSON;
    else if (strcmp(p->format, "tar") == 0)
        m->target = TARGET_TAR;
    else {
        m->target = TARGET_IMAGE;
        m->format = format_find(p->format);
        if (!m->format)
            return unknown_format(p->format, f);
    }
    return 0;
}

static int check_keys(const struct encode *p, const struct made *m, struct fault *f)
{
    for (uint32_t i = 0; i < p->rest->len; i++) {
        const char *key = p->rest->keys[i]->text;
        if (g_strv_contains(own_keys, key))
            continue;
        return fault_set_arg(f, EINVAL, key, FAULT_KEY, "argument '%s': %s", key,
                             m->target == TARGET_BY_KIND ? "an option of which 'format'"
                                                         : "only formats of images have options");
    }
    return 0;
}

static int check_kind(const struct made *m, enum value_kind kind, struct fault *f)
{
    const char *name = value_kind_name(kind);

    if (m->target == TARGET_TEXT && !is_scalar(kind))
        return fault_set(f, EINVAL, "%s cannot be written as text", name);
    if (m->target == TARGET_JSON && (kind == VALUE_BYTES || kind == VALUE_IMAGE))
        return fault_set(f, EINVAL, "%s cannot be written as json", name);
    if (m->target == TARGET_TAR && kind != VALUE_RECORD)
        return fault_set(f, EINVAL, "only a record becomes a tar, and this is %s", name);
    if (m->target == TARGET_IMAGE && kind != VALUE_BYTES && kind != VALUE_IMAGE)
        return fault_set(f, EINVAL, "%s is a format of images, but this is %s%s",
                         format_name(m->format), name,
                         kind == VALUE_RECORD ? ": say on: FIELD" : "");
    return 0;
}

/* What json has no form for and is known to be among the parts of every element: bytes or an image,
 * or VALUE_NULL. */
static enum value_kind find_foreign(const struct seq *s)
{
    struct type t = seq_type(s, SEQ_ANY);
    bool parted = t.known && t.parted;
    uint64_t n = parted && t.kind == VALUE_RECORD ? seq_n_parts(s, SEQ_ANY) : parted ? 1 : 0;

    for (uint64_t k = 0; k < n; k++) {
        struct type part = seq_part_type(s, SEQ_ANY, k);
        if (part.known && (part.kind == VALUE_BYTES || part.kind == VALUE_IMAGE))
            return part.kind;
    }
    return VALUE_NULL;
}

/* The parts of lists and records that become json, whether that was said or is usual. */
static int check_parts(const struct made *m, const struct seq *in, struct fault *f)
{
    enum value_kind foreign = find_foreign(in);

    if ((m->target != TARGET_JSON && m->target != TARGET_BY_KIND) || foreign == VALUE_NULL)
        return 0;
    return fault_set(f, EINVAL, "%s cannot be written as json, and each %s has some",
                     value_kind_name(foreign), value_kind_name(seq_type(in, SEQ_ANY).kind));
}

/* Its arguments may be drawn, but the names of files depend on this one. */
static int check_format(const struct encode *p, struct fault *f)
{
    const struct node *format = p->rest ? node_find(p->rest, "format") : NULL;

    if (!format || !draw_is(format))
        return 0;
    return fault_set_arg(f, EINVAL, "format", -1, "argument 'format' cannot be drawn");
}

static int prepare(struct seq *s, struct made *m, struct fault *f)
{
    const struct encode *p = s->params;
    struct type in = seq_type(s->in[0], SEQ_ANY);

    int r = image_setup(f);
    if (r == 0)
        r = check_format(p, f);
    if (r == 0)
        r = find_target(p, m, f);
    if (r == 0 && in.known)
        r = check_kind(m, in.kind, f);
    if (r == 0)
        r = check_parts(m, s->in[0], f);
    if (r == 0 && p->rest && m->target == TARGET_IMAGE)
        r = format_options_new(m->format, p->rest, own_keys, s, f, &m->options);
    else if (r == 0 && p->rest)
        r = check_keys(p, m, f);
    if (r == 0 && m->target == TARGET_IMAGE)
        r = loaders_new(&usual, f, &m->loaders);
    if (r == 0 && m->options)
        s->random = s->random || format_options_are_random(m->options);
    bool pictures = m->target >= TARGET_TAR || !in.known || in.kind == VALUE_IMAGE;
    s->trivial = !pictures;
    s->isolate = pictures;
    return r;
}

static int encode_open(struct seq *s, struct fault *f)
{
    OWN(free_made) struct made *m = g_new0(struct made, 1);

    int r = prepare(s, m, f);
    if (r < 0)
        return properties_fault(f, s->name);
    s->self = g_steal_pointer(&m);
    return 0;
}

static void encode_close(struct seq *s)
{
    free_made(s->self);
}

/* What an image becomes when nobody said: the format it came in, if libvips writes that. */
static const struct format *usual_format(const char *suffix)
{
    const struct format *format = suffix ? format_find(suffix) : NULL;

    return format ? format : format_find("png");
}

static const char *usual_suffix(const char *suffix)
{
    return suffix && format_find(suffix) ? suffix : "png";
}

static struct type encode_type(const struct seq *s, uint64_t i)
{
    const struct made *m = s->self;
    struct type in = seq_type(s->in[0], i);
    struct type out = {.known = true, .kind = VALUE_BYTES};

    if (m->target == TARGET_TEXT)
        out.suffix = "txt";
    else if (m->target == TARGET_JSON)
        out.suffix = "json";
    else if (m->target == TARGET_TAR)
        out.suffix = "tar";
    else if (m->target == TARGET_IMAGE)
        out.suffix = format_suffix(m->format);
    else if (!in.known)
        out.known = i != SEQ_ANY; /* the suffix differs; the kind would be known */
    else if (in.kind == VALUE_BYTES)
        out.suffix = in.suffix;
    else if (in.kind == VALUE_IMAGE)
        out.suffix = i == SEQ_ANY && !in.suffix ? NULL : usual_suffix(in.suffix);
    else
        out.suffix = is_scalar(in.kind) ? "txt" : "json";
    return out;
}

/* Bytes as they are, and text with its newline, may lie ready in a file. */
static bool encode_extent(const struct seq *s, uint64_t i, struct extent *ret)
{
    const struct encode *p = s->params;
    const struct made *m = s->self;
    struct type in = seq_type(s->in[0], i);
    bool as_is = m->target == TARGET_BY_KIND && in.known && in.kind == VALUE_BYTES;
    bool text = (m->target == TARGET_BY_KIND || m->target == TARGET_TEXT) && in.known &&
                in.kind == VALUE_TEXT;

    if ((!as_is && !text) || !seq_extent(s->in[0], i, ret))
        return false;
    if (!text || !p->newline)
        return true;
    if (ret->tail) {
        g_clear_pointer(&ret->path, g_free);
        return false;
    }
    ret->tail = "\n";
    return true;
}

/* Scalars become text or json at once, whatever the other elements are. */
static bool encode_is_quick(const struct seq *s, uint64_t i)
{
    const struct made *m = s->self;
    struct type in = seq_type(s->in[0], i);

    return m->target != TARGET_IMAGE && m->target != TARGET_TAR && in.known && is_scalar(in.kind);
}

static struct value *take_string(GString *own)
{
    return value_new_bytes(g_string_free_to_bytes(own));
}

static int to_json(const struct encode *p, struct value *in, struct fault *f, struct value **ret)
{
    g_autoptr(GString) text = g_string_new(NULL);

    int r = json_print(in, text, f);
    if (r < 0)
        return r;
    if (p->newline)
        g_string_append_c(text, '\n');
    *ret = take_string(g_steal_pointer(&text));
    return 0;
}

static int to_text(const struct encode *p, struct value *in, struct value **ret)
{
    GString *text = g_string_new(NULL);

    value_print(in, text);
    if (p->newline)
        g_string_append_c(text, '\n');
    *ret = take_string(text);
    return 0;
}

static int to_image(const struct call *c, const struct format *format, const struct value *in,
                    struct value **ret)
{
    const struct made *m = c->seq->self;
    GBytes *bytes;

    int r = format_write(format, m->options, image_of(in), c, &bytes);
    if (r == 0)
        *ret = value_new_bytes(bytes);
    return r;
}

/* suffix: of what an image came from, or NULL. */
static int by_kind(const struct call *c, const char *suffix, struct value *in, struct value **ret)
{
    enum value_kind kind = value_kind(in);

    if (kind == VALUE_BYTES) {
        *ret = value_ref(in);
        return 0;
    }
    if (kind == VALUE_IMAGE)
        return to_image(c, usual_format(suffix), in, ret);
    if (is_scalar(kind))
        return to_text(c->params, in, ret);
    return to_json(c->params, in, &c->eval->fault, ret);
}

/* What is known of a field without computing it. */
static struct type type_of_field(const struct call *c, const char *name)
{
    const struct seq *in = c->seq->in[0];
    uint64_t k;

    if (!seq_type(in, c->i).parted || !seq_find_field(in, name, &k))
        return (struct type){0};
    return seq_part_type(in, c->i, k);
}

static const char *suffix_of(const struct value *v, const char *suffix)
{
    switch (value_kind(v)) {
    case VALUE_BYTES:
        return suffix ? suffix : "bin";
    case VALUE_IMAGE:
        return usual_suffix(suffix);
    default:
        return is_scalar(value_kind(v)) ? "txt" : "json";
    }
}

static int add_member(const struct call *c, const char *field, struct value *v,
                      struct tarball *tarball)
{
    const char *suffix = type_of_field(c, field).suffix;
    struct fault *f = &c->eval->fault;
    OWN(value_unref) struct value *file = NULL;

    if (!*field || strchr(field, '/'))
        return fault_set(f, EINVAL, "a field called '%s' cannot be a file in a tar", field);
    int r = by_kind(c, suffix, v, &file);
    if (r < 0) {
        g_autofree char *why = g_strdup(f->text);
        g_snprintf(f->text, sizeof f->text, "field '%.64s': %s", field, why);
        return r;
    }
    g_autofree char *name = g_strconcat(field, ".", suffix_of(v, suffix), NULL);
    tarball_add(tarball, name, value_bytes(file));
    return 0;
}

static int to_tar(const struct call *c, struct value *in, struct value **ret)
{
    OWN(tarball_free) struct tarball *tarball = tarball_new();
    GBytes *bytes;
    int r = 0;

    for (uint32_t k = 0; r == 0 && k < value_len(in); k++)
        r = add_member(c, value_name(in, k), value_item(in, k), tarball);
    if (r == 0)
        r = tarball_write(tarball, &c->eval->fault, &bytes);
    if (r == 0)
        *ret = value_new_bytes(bytes);
    return r;
}

static int encode_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct made *m = c->seq->self;
    OWN(value_unref) struct value *decoded = NULL;
    int r = check_kind(m, value_kind(in), &c->eval->fault);

    if (r < 0)
        return r;
    image_begin();
    switch (m->target) {
    case TARGET_TEXT:
        return to_text(c->params, in, ret);
    case TARGET_JSON:
        return to_json(c->params, in, &c->eval->fault, ret);
    case TARGET_BY_KIND:
        return by_kind(c, seq_type(c->seq->in[0], c->i).suffix, in, ret);
    case TARGET_TAR:
        return to_tar(c, in, ret);
    default:
        if (value_kind(in) == VALUE_BYTES)
            r = loaders_open(m->loaders, &usual, value_bytes(in), true, c->eval, &decoded);
        return r < 0 ? r : to_image(c, m->format, decoded ? decoded : in, ret);
    }
}

static void add_suffix(struct type t, struct digest *d)
{
    if (!t.known || t.kind == VALUE_IMAGE || t.kind == VALUE_BYTES)
        digest_text(d, t.suffix);
}

/* What is made of an image goes by what it came from, which the same image may be said to have come
 * from and not. */
static void encode_identify(const struct call *c, struct digest *d)
{
    const struct seq *in = c->seq->in[0];
    const struct made *m = c->seq->self;
    const struct type t = seq_type(in, c->i);
    uint64_t n = m->target == TARGET_TAR && t.parted ? seq_n_parts(in, c->i) : 0;

    if (m->target == TARGET_BY_KIND)
        add_suffix(t, d);
    for (uint64_t k = 0; k < n; k++)
        add_suffix(seq_part_type(in, c->i, k), d);
    if (m->options)
        format_options_identify(m->options, c, d);
}

const struct op op_encode = {
    .abi = SEQFS_OP_ABI,
    .name = "encode",
    .brief = "Encode an element to the bytes of its file.",
    .manual =
        "Without a format, and where no encode step is written: an image becomes what it "
        "came from, or png where "
        "libvips cannot write that; a number or text becomes text, a record or list json; "
        "bytes stay as "
        "they are. tar is a file of a record: each field is in it under FIELD.SUFFIX, as its "
        "own file would be. Formats of images: jpeg, png, webp, tiff, gif, avif, heic, jxl, jp2k, "
        "ppm, pgm, pbm, pfm, "
        "hdr, csv, matrix, dz, as far as this libvips writes them; their options are "
        "those of libvips' "
        "savers, such as Q, compression, strip, and may be drawn for each element: "
        "{Q: {uniform: [30, 95]}}. Bytes are decoded first if the format is one "
        "of images.",
    .kind = OP_ELEMENT,
    .input = OP_TAKES_ANY,
    .flags = OP_ISOLATE,
    .version = image_version,
    .params_size = sizeof(struct encode),
    .params = PARAMS(PARAM(STRING, struct encode, format, .main = true,
                           .brief = "a format of images, or text, json, tar"),
                     PARAM(BOOL, struct encode, newline, .fallback = "true",
                           .brief = "end text and json with a newline"),
                     {.name = "...",
                      .kind = PARAM_NODE,
                      .offset = offsetof(struct encode, rest),
                      .brief = "options of the format, as libvips calls them"}),
    .examples = EXAMPLES(
        {"[{files: photo.jpg}, {encode: {format: png, compression: 9}}]", "32x24x3"},
        {"[{range: 2}, {encode: {format: text, newline: false}}]", "0 1"},
        {"[{range: 2}, {encode: json}]", "0 1"},
        {"[{values: [{a: 1, b: two}]}, {encode: tar}]", "<3072 bytes>"},
        {"[{files: photo.jpg}, {encode: {format: jpeg, Q: {uniform: [30, 95]}}}]", "32x24x3"},
        {"[{files: broken.jpg}, {encode: png}]", "#0: premature end of input file"},
        {"[{files: photo.jpg}, {encode: jepg}]",
         "!1:31: encode: no format 'jepg' in this libvips; did you mean 'jpeg'?"},
        {"[{files: photo.jpg}, {encode: {format: jpeg, Q: 900}}]",
         "!1:49: encode: argument 'Q': 900 is outside of 1..100"},
        {"[{files: photo.jpg}, {encode: {format: webp, lossles: true}}]",
         "!1:46: encode: no argument 'lossles'; did you mean 'lossless'?"},
        {"[{range: 2}, {encode: png}]",
         "!1:15: encode: png is a format of images, but this is int"},
        {"[{values: [{a: 1}]}, {encode: png}]",
         "!1:23: encode: png is a format of images, but this is record: say on: FIELD"},
        {"[{range: 2}, {encode: tar}]",
         "!1:15: encode: only a record becomes a tar, and this is int"}),
    .open = encode_open,
    .close = encode_close,
    .type = encode_type,
    .extent = encode_extent,
    .is_quick = encode_is_quick,
    .identify = encode_identify,
    .apply = encode_apply,
};
