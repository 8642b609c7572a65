/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* encode: an element to the bytes of its file. */
#include "ops/element/encode_parts.h"

#include <string.h>

#include "ops/image/properties.h"

#define QUICK_BYTES (UINT64_C(1) << 20) /* of an array that is written without a worker */

static const struct decoding usual = DECODING_USUAL;
static const char *const own_keys[] = {"format", "newline", NULL};

static const struct {
    const char *name;
    const char *other; /* or NULL */
    enum target target;
} own_targets[] = {
    {"text", "txt", TARGET_TEXT}, {"json", NULL, TARGET_JSON}, {"csv", NULL, TARGET_CSV},
    {"npy", NULL, TARGET_NPY},    {"raw", NULL, TARGET_RAW},   {"npz", NULL, TARGET_NPZ},
    {"tar", NULL, TARGET_TAR},
};

static void free_made(struct made *m)
{
    if (!m)
        return;
    format_options_free(m->options);
    loaders_free(m->loaders);
    parts_free(m->numbers);
    g_free(m);
}

OWN_DEFINE(struct made, free_made)

const char *encode_target_name(const struct made *m)
{
    for (size_t n = 0; n < G_N_ELEMENTS(own_targets); n++)
        if (own_targets[n].target == m->target)
            return own_targets[n].name;
    return m->format ? format_name(m->format) : "file";
}

static int unknown_format(const char *format, struct fault *f)
{
    struct nearest near;
    char hint[128];

    nearest_init(&near, format);
    format_offer(&near);
    for (size_t n = 0; n < G_N_ELEMENTS(own_targets); n++)
        nearest_offer(&near, own_targets[n].name);
    return fault_set_arg(f, EINVAL, "format", -1, "no format '%s' in this libvips%s", format,
                         nearest_hint(&near, hint, sizeof hint));
}

/* csv is a table of records, and a format of images, too. */
static bool is_own(size_t n, const char *format, struct type in)
{
    const bool pixels = in.kind == VALUE_BYTES || in.kind == VALUE_IMAGE || in.kind == VALUE_ARRAY;

    if (strcmp(own_targets[n].name, format) != 0 && g_strcmp0(own_targets[n].other, format) != 0)
        return false;
    return own_targets[n].target != TARGET_CSV || !in.known || !pixels;
}

static int find_target(const char *format, struct type in, struct made *m, struct fault *f)
{
    m->target = format ? TARGET_IMAGE : TARGET_BY_KIND;
    for (size_t n = 0; n < G_N_ELEMENTS(own_targets) && format; n++)
        if (is_own(n, format, in))
            m->target = own_targets[n].target;
    if (m->target == TARGET_IMAGE)
        m->format = format_find(format);
    return m->target != TARGET_IMAGE || m->format ? 0 : unknown_format(format, f);
}

/* Its arguments may be drawn, but the names of files depend on this one. */
static int check_format(const struct encode *p, struct fault *f)
{
    const struct node *format = p->rest ? node_find(p->rest, "format") : NULL;

    if (!format || !draw_is(format))
        return 0;
    return fault_set_arg(f, EINVAL, "format", -1, "argument 'format' cannot be drawn");
}

static int find_arguments(struct seq *s, struct made *m, struct fault *f)
{
    const struct encode *p = s->params;

    if (m->target != TARGET_IMAGE) {
        int r = encode_check_keys(p, m, f);
        return r == 0 && m->target == TARGET_CSV ? encode_check_delimiter(p, f) : r;
    }
    int r = loaders_new(&usual, f, &m->loaders);
    if (r == 0 && p->rest)
        r = format_options_new(m->format, p->rest, own_keys, s, f, &m->options);
    if (r == 0 && m->options)
        s->random = s->random || format_options_are_random(m->options);
    return r;
}

/* As short as a copy. */
static bool is_short(struct type t)
{
    uint64_t size;

    return t.known && t.kind == VALUE_ARRAY && encode_npy_size(t, &size) && size <= QUICK_BYTES;
}

/* Whether arrays are, or are among the parts, that have to be turned into text. */
static bool has_arrays(const struct seq *in)
{
    const struct type t = seq_type(in, SEQ_ANY);
    const bool parted = t.parted && (t.kind == VALUE_RECORD || t.kind == VALUE_LIST);
    const uint64_t n = parted && t.kind == VALUE_RECORD ? seq_n_parts(in, SEQ_ANY) : parted;

    for (uint64_t k = 0; k < n; k++)
        if (seq_part_type(in, SEQ_ANY, k).kind == VALUE_ARRAY)
            return true;
    return t.kind == VALUE_ARRAY;
}

/* Where images may be met, in a process of its own. */
static void find_place(struct seq *s, const struct made *m)
{
    const struct type in = seq_type(s->in[0], SEQ_ANY);

    switch (m->target) {
    case TARGET_TAR:
    case TARGET_IMAGE:
        s->isolate = true;
        s->trivial = false;
        break;
    case TARGET_NPZ:
        s->isolate = s->trivial = false;
        break;
    case TARGET_NPY:
    case TARGET_RAW:
        s->isolate = false;
        s->trivial = in.known && (in.kind != VALUE_ARRAY || is_short(in));
        break;
    default:
        s->isolate = !in.known || in.kind == VALUE_IMAGE;
        s->trivial =
            !s->isolate && (!has_arrays(s->in[0]) || (m->target == TARGET_BY_KIND && is_short(in)));
    }
}

static int prepare(struct seq *s, struct made *m, struct fault *f)
{
    const struct encode *p = s->params;
    const struct type in = seq_type(s->in[0], SEQ_ANY);

    int r = image_setup(f);
    if (r == 0)
        r = check_format(p, f);
    if (r == 0)
        r = find_target(p->format, in, m, f);
    if (r == 0 && in.known)
        r = encode_check_kind(m, in.kind, f);
    if (r == 0)
        r = encode_check_parts(m, s->in[0], f);
    if (r == 0)
        r = find_arguments(s, m, f);
    if (r == 0 && m->target == TARGET_TAR)
        r = encode_tar_check(s->in[0], f);
    if (r == 0 && m->target == TARGET_TAR && (!in.known || in.kind != VALUE_RECORD))
        r = parts_new(s->in[0], VALUE_LIST, f, &m->numbers);
    find_place(s, m);
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

static struct type encode_type(const struct seq *s, uint64_t i)
{
    const struct made *m = s->self;
    struct type in = seq_type(s->in[0], i);
    struct type out = {.known = true, .kind = VALUE_BYTES};

    if (m->target == TARGET_IMAGE)
        out.suffix = format_suffix(m->format);
    else if (m->target == TARGET_TEXT)
        out.suffix = "txt";
    else if (m->target != TARGET_BY_KIND)
        out.suffix = encode_target_name(m);
    else if (!in.known)
        out.known = i != SEQ_ANY; /* the suffix differs; the kind would be known */
    else if (in.kind == VALUE_BYTES || (in.kind == VALUE_IMAGE && i == SEQ_ANY && !in.suffix))
        out.suffix = in.suffix;
    else
        out.suffix = encode_suffix(in.kind, in.suffix);
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

    if ((!as_is && !text) || s->draws || !seq_extent(s->in[0], i, ret))
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

/* Scalars and short arrays are written at once, whatever the other elements are. */
static bool encode_is_quick(const struct seq *s, uint64_t i)
{
    const struct made *m = s->self;
    const struct type in = seq_type(s->in[0], i);
    const bool binary =
        m->target == TARGET_BY_KIND || m->target == TARGET_NPY || m->target == TARGET_RAW;

    if (m->target >= TARGET_NPZ || !in.known)
        return false;
    return encode_is_scalar(in.kind) || (binary && is_short(in));
}

static bool encode_size(const struct seq *s, uint64_t i, uint64_t *ret)
{
    const struct made *m = s->self;
    const struct type in = seq_type(s->in[0], i);
    struct array_type array;

    switch (m->target) {
    case TARGET_NPY:
        return encode_npy_size(in, ret);
    case TARGET_BY_KIND:
        return in.known && in.kind == VALUE_ARRAY && encode_npy_size(in, ret);
    case TARGET_RAW:
        return encode_array_type(in, &array) && array_n_bytes(&array, ret);
    case TARGET_NPZ:
        return encode_npz_size(s->in[0], i, ret);
    case TARGET_TAR:
        return encode_tar_size(s, i, ret);
    default:
        return false;
    }
}

static int to_image(const struct call *c, struct value *in, struct value **ret)
{
    const struct made *m = c->seq->self;
    OWN(value_unref) struct value *decoded = NULL;
    int r = 0;

    if (value_kind(in) == VALUE_BYTES)
        r = loaders_open(m->loaders, &usual, value_bytes(in), true, c->eval, &decoded);
    return r < 0 ? r : encode_image(c, m->format, decoded ? decoded : in, ret);
}

static int encode_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct made *m = c->seq->self;
    struct fault *f = &c->eval->fault;
    int r = encode_check_kind(m, value_kind(in), f);

    if (r < 0)
        return r;
    image_begin();
    switch (m->target) {
    case TARGET_TEXT:
        return encode_text(c->params, in, f, ret);
    case TARGET_JSON:
        return encode_json(c->params, in, f, ret);
    case TARGET_CSV:
        return encode_csv(c->params, in, f, ret);
    case TARGET_NPY:
        return encode_npy(in, f, ret);
    case TARGET_RAW:
        return encode_raw(in, f, ret);
    case TARGET_NPZ:
        return encode_npz(in, f, ret);
    case TARGET_TAR:
        return encode_tar(c, in, ret);
    case TARGET_IMAGE:
        return to_image(c, in, ret);
    case TARGET_BY_KIND:
        break;
    }
    return encode_by_kind(c, seq_type(c->seq->in[0], c->i).suffix, in, ret);
}

/* What is made of an image goes by what it came from, which the same image may be said to have come
 * from and not. */
static void encode_identify(const struct call *c, struct digest *d)
{
    const struct made *m = c->seq->self;
    const struct type in = seq_type(c->seq->in[0], c->i);

    if (m->target == TARGET_BY_KIND &&
        (!in.known || in.kind == VALUE_IMAGE || in.kind == VALUE_BYTES))
        digest_text(d, in.suffix);
    if (m->target == TARGET_TAR)
        encode_tar_identify(c->seq, c->i, d);
    if (m->options)
        format_options_identify(m->options, c, d);
}

static const struct param_choice headings[] = {
    {"auto", HEADING_USUAL}, {"true", HEADING_ON}, {"false", HEADING_OFF}, {0}};

const struct op op_encode = {
    .abi = SEQFS_OP_ABI,
    .name = "encode",
    .brief = "Encode an element to the bytes of its file.",
    .manual =
        "Without a format, and where no encode step is written: an image becomes what it came "
        "from, or png where libvips cannot write that; an array becomes npy, a number or text "
        "text, a record or list json; bytes stay as they are.\n\n"
        "npy is NumPy's format; numbers and lists of numbers (of lists...) are arrays, too: of "
        "bool, int64 or float64. raw are the items alone, in C order and the byte order of the "
        "machine. npz holds the arrays of a record under the names of its fields, those of a list "
        "as arr_0, arr_1 and so on, not compressed. Where shapes are known, so are the sizes of "
        "these "
        "files, before anything is computed. text and json write arrays as lists of lists; "
        "json has no word for nan and inf.\n\n"
        "csv is a record as a line, or a list of records as a table: the names of the first one's "
        "fields, then a line each (`header` says it otherwise). Cells are quoted by RFC 4180 "
        "where they must be, nulls are empty, lines end in a newline alone.\n\n"
        "tar of a record holds each field under FIELD.SUFFIX, as its own file would be. tar of a "
        "list, such as `batch` gives, is a shard as WebDataset reads them: each item is there "
        "under KEY.SUFFIX, or if it is a record, each of its fields under KEY.FIELD.SUFFIX, or "
        "KEY.FIELD where the field is called as a suffix: KEY.jpg, KEY.cls (but KEY.jpg.npy of an "
        "array, KEY.jpg.png of a png). No two files may have one name. KEY is what a `name` "
        "step calls the item, else its `key` in the shard that it came from, else its number. Its "
        "size is known if that of everything in it is.\n\n"
        "Formats of images: jpeg, png, webp, tiff, gif, avif, heic, jxl, jp2k, ppm, pgm, pbm, pfm, "
        "hdr, csv (of an image), matrix, dz, as far as this libvips writes them; their options are "
        "those of libvips' savers, such as Q, compression, strip, and may be drawn for each "
        "element: {Q: {uniform: [30, 95]}}. Bytes are decoded first, and arrays made an image, if "
        "the format is one of images; their numbers are samples as they are. Formats of 8 bits "
        "take "
        "0 to 255: of numbers from 0 to 1, array: {dtype: uint8, scale: 255} before it makes such; "
        "else the image is black.",
    .kind = OP_ELEMENT,
    .input = OP_TAKES_ANY,
    .flags = OP_ISOLATE,
    .version = image_version,
    .params_size = sizeof(struct encode),
    .params =
        PARAMS(PARAM(STRING, struct encode, format, .main = true,
                     .brief = "a format of images, or text, json, csv, npy, raw, npz, tar"),
               PARAM(BOOL, struct encode, newline, .fallback = "true",
                     .brief = "end text, json and csv with a newline"),
               PARAM(STRING, struct encode, delimiter, .fallback = ",",
                     .brief = "what stands between the cells of csv: one character"),
               PARAM(CHOICE, struct encode, header, .choices = headings, .fallback = "auto",
                     .brief = "whether csv begins with the names of the fields; auto: that of "
                              "a list does"),
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
        {"[{values: [{a: v, a.txt: w}]}, {encode: tar}]",
         "!1:33: encode: two fields of each record are files of one name in the tar: 'a.txt'"},
        {"[{range: 2}, {encode: tar}]",
         "!1:15: encode: only a record or a list becomes a tar, and this is int"},
        {"[{range: 4}, {batch: 2}, {encode: npy}]", "<144 bytes> <144 bytes>"},
        {"[{values: [[{a: 1, b: x}, {a: 2, b: 'y,z'}]]}, {encode: csv}]", "a,b\n1,x\n2,\"y,z\""},
        {"[{values: [{a: 1, b: x}]}, {encode: {format: csv, delimiter: ';'}}]", "1;x"},
        {"[{files: '*.txt'}, {batch: 2}, {encode: tar}]", "<3072 bytes> <3072 bytes>"},
        {"[{files: photo.jpg}, {encode: npy}]",
         "!1:23: encode: only arrays and numbers become npy, and this is bytes: put an `array` "
         "step before"},
        {"[{values: [{a: 1}]}, {encode: raw}]",
         "!1:23: encode: only arrays and numbers become raw, and this is record: say on: FIELD, or "
         "npz"},
        {"[{values: [one]}, {encode: npz}]",
         "!1:20: encode: only a record or a list of arrays becomes npz, and this is text"},
        {"[{range: 2}, {encode: csv}]",
         "!1:15: encode: only a record or a list of records becomes csv, and this is int"}),
    .open = encode_open,
    .close = encode_close,
    .type = encode_type,
    .extent = encode_extent,
    .size = encode_size,
    .is_quick = encode_is_quick,
    .identify = encode_identify,
    .apply = encode_apply,
};
