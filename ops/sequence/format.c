/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* format: text from what is known of an element and from fields of its value. */
#include "ops/op.h"

#include <string.h>

struct format {
    const char *template;
};

/* What only computing tells.  Lifetime: the sequence's. */
struct wanted {
    const char *name; /* owned; a field, or "value": the element itself */
    bool part;        /* the input is parted: it is part k */
    uint64_t k;
};

struct formatting {
    struct template *template; /* owned */
    GArray *wanted;            /* owned: struct wanted */
    const struct seq *in;
};

static void clear_wanted(void *p)
{
    g_free((gpointer)((struct wanted *)p)->name);
}

static bool has_text(struct type t)
{
    return !t.known || t.kind <= VALUE_BYTES;
}

static int no_text(const char *name, enum value_kind kind, struct fault *f)
{
    return fault_set(f, EINVAL, "'%.64s' is %s, which does not stand in a text", name,
                     value_kind_name(kind));
}

/* What has no text may have an attribute of its name, such as the path that an image came from. */
static int take(struct formatting *x, const struct wanted *w, struct type t, bool is_attr,
                struct fault *f)
{
    struct wanted own = *w;

    if (!has_text(t))
        return is_attr ? 0 : no_text(w->name, t.kind, f);
    own.name = g_strdup(w->name);
    g_array_append_val(x->wanted, own);
    return 1;
}

static int find_part(struct formatting *x, const char *name, bool is_attr, struct nearest *near,
                     struct fault *f)
{
    struct wanted w = {.name = name, .part = true};

    if (seq_find_field(x->in, name, &w.k))
        return take(x, &w, seq_part_type(x->in, SEQ_ANY, w.k), is_attr, f);
    for (uint64_t k = 0; k < seq_n_parts(x->in, SEQ_ANY); k++)
        nearest_offer(near, seq_field(x->in, k));
    return 0;
}

/* The element's own come first: an attribute may be of what it was before.  Of records that are not
 * known before they are computed, any field may be there. */
static int find(void *ctx, const char *name, bool is_attr, struct nearest *near, struct fault *f)
{
    struct formatting *x = ctx;
    const struct wanted w = {.name = name};
    const struct type in = seq_type(x->in, SEQ_ANY);
    const bool is_value = strcmp(name, "value") == 0;

    if (in.known && in.kind == VALUE_RECORD && in.parted)
        return find_part(x, name, is_attr, near, f);
    if (in.known && in.kind == VALUE_RECORD)
        return is_attr ? 0 : take(x, &w, (struct type){0}, is_attr, f);
    if (is_value || (!in.known && !is_attr))
        return take(x, &w, in, is_attr, f);
    if (has_text(in))
        nearest_offer(near, "value");
    return 0;
}

static int format_open(struct seq *s, struct fault *f)
{
    struct formatting *x = g_new0(struct formatting, 1);
    const struct format *p = s->params;

    s->self = x;
    x->in = s->in[0];
    x->wanted = g_array_new(FALSE, TRUE, sizeof(struct wanted));
    g_array_set_clear_func(x->wanted, clear_wanted);
    if (template_new_with(p->template, s->in[0], find, x, f, &x->template) < 0)
        return fault_set_arg(f, f->err, "template", -1, "format: %s", f->text);
    return 0;
}

static void format_close(struct seq *s)
{
    struct formatting *x = s->self;

    if (!x)
        return;
    template_free(x->template);
    g_array_unref(x->wanted);
    g_free(x);
}

static struct type format_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_TEXT};
}

static void format_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    *ret_in = 0;
    *ret_i = i;
}

static bool format_where(const struct seq *s, uint64_t j, uint64_t *ret_i)
{
    *ret_i = j;
    return true;
}

/* One element on its way to a text.  Lifetime: call. */
struct printing {
    const struct call *call;
    struct value *whole; /* owned; NULL = it was not needed yet */
};

static const struct wanted *find_wanted(const struct formatting *x, const char *name)
{
    for (guint k = 0; k < x->wanted->len; k++)
        if (strcmp(g_array_index(x->wanted, struct wanted, k).name, name) == 0)
            return &g_array_index(x->wanted, struct wanted, k);
    g_assert_not_reached();
}

static int find_in_record(const struct value *record, const char *name, struct fault *f,
                          struct value **ret)
{
    struct nearest near;
    char hint[128];

    *ret = value_field(record, name);
    if (*ret)
        return 0;
    nearest_init(&near, name);
    for (uint32_t k = 0; k < value_len(record); k++)
        nearest_offer(&near, value_name(record, k));
    return fault_set(f, EINVAL, "the record has no field '%.64s'%s", name,
                     nearest_hint(&near, hint, sizeof hint));
}

/* From the element computed as a whole, once.  *ret is borrowed of it. */
static int look_into(struct printing *p, const char *name, struct value **ret)
{
    struct eval *e = p->call->eval;
    int r = p->whole ? 0 : seq_get(p->call->seq->in[0], e, p->call->i, &p->whole);

    if (r < 0)
        return r;
    if (value_kind(p->whole) == VALUE_RECORD)
        return find_in_record(p->whole, name, &e->fault, ret);
    if (strcmp(name, "value") != 0)
        return fault_set(&e->fault, EINVAL, "no '%.64s': the element is %s, no record", name,
                         value_kind_name(value_kind(p->whole)));
    *ret = p->whole;
    return 0;
}

static int compute(struct printing *p, const struct wanted *w, struct value **ret)
{
    const struct seq *part;
    struct value *found;
    uint64_t j;
    int r;

    if (w->part && seq_part(p->call->seq->in[0], p->call->i, w->k, &part, &j))
        return seq_get(part, p->call->eval, j, ret);
    r = look_into(p, w->name, &found);
    if (r == 0)
        *ret = value_ref(found);
    return r;
}

static int print(void *ctx, const char *name, GString *ret)
{
    struct printing *p = ctx;
    struct fault *f = &p->call->eval->fault;
    OWN(value_unref) struct value *v = NULL;
    g_autofree char *text = NULL;
    int r = compute(p, find_wanted(p->call->seq->self, name), &v);

    if (r < 0)
        return r;
    if (value_kind(v) > VALUE_BYTES)
        return no_text(name, value_kind(v), f);
    r = text_of(v, TEXT_SCALARS, f, &text);
    if (r == 0)
        g_string_append(ret, text);
    return r;
}

static int format_get(const struct call *c, struct value **ret)
{
    const struct formatting *x = c->seq->self;
    g_autoptr(GString) text = g_string_new(NULL);
    struct printing p = {.call = c};
    const char *bad;

    int r = template_print_with(x->template, c->seq->in[0], c->i, print, &p, text);
    value_unref(p.whole);
    if (r < 0)
        return r;
    if (!g_utf8_validate_len(text->str, text->len, &bad))
        return fault_set(&c->eval->fault, EILSEQ, "'%.64s' is no text: at byte %zu it is not UTF-8",
                         text->str, (size_t)(bad - text->str));
    *ret = value_new_text_bytes(g_string_free_to_bytes(g_steal_pointer(&text)));
    return 0;
}

static int print_nothing(void *ctx, const char *name, GString *ret)
{
    return 0;
}

/* What stands there, and the elements that are computed for the rest. */
static void format_identify(const struct call *c, struct digest *d)
{
    const struct formatting *x = c->seq->self;
    const struct seq *in = c->seq->in[0], *part;
    g_autoptr(GString) known = g_string_new(NULL);
    uint64_t j;

    digest_step(d, c);
    template_print_with(x->template, in, c->i, print_nothing, NULL, known);
    digest_text(d, known->str);
    for (guint k = 0; k < x->wanted->len; k++) {
        const struct wanted *w = &g_array_index(x->wanted, struct wanted, k);

        if (w->part && seq_part(in, c->i, w->k, &part, &j))
            digest_element(d, part, j);
        else
            digest_element(d, in, c->i);
    }
}

const struct op op_format = {
    .abi = SEQFS_OP_ABI,
    .name = "format",
    .brief = "Text made of what is known of each element, and of its fields.",
    .manual =
        "The template may hold {index}, {index:08d}, the attributes of the element and of its "
        "source ({stem}, {path}...), and fields of records, which are computed where that is "
        "needed, and no others with them. {value} is the element itself. It stands on whole "
        "elements; one field of a record is made by `map: {on: FIELD, do: {format: ...}}`.",
    .kind = OP_SEQUENCE,
    .flags = OP_TRIVIAL,
    .params_size = sizeof(struct format),
    .params = PARAMS(PARAM(STRING, struct format, template, .required = true, .main = true,
                           .brief = "text with fields; {{ and }} stand for braces")),
    .examples = EXAMPLES(
        {"[{values: [{label: cat, n: 1}, {label: dog, n: 2}]}, {format: \"{label} {n:03d}\"}]",
         "cat 001 dog 002"},
        {"[{files: \"*.txt\"}, {slice: \":2\"}, {format: \"{stem}: {value}\"}]",
         "a: alpha b: beta"},
        {"[{values: ['{\"a\": 5}']}, {parse: json}, {format: \"{index} {a}\"}]", "0 5"},
        {"[{values: [{label: cat}]}, {format: \"{lable}\"}]",
         "!1:37: format: no field 'lable' for '{lable}'; did you mean 'label'?"},
        {"[{files: photo.jpg}, decode, {format: \"{value}\"}]",
         "!1:39: format: 'value' is image, which does not stand in a text"}),
    .open = format_open,
    .close = format_close,
    .type = format_type,
    .route = format_route,
    .where = format_where,
    .identify = format_identify,
    .get = format_get,
};
