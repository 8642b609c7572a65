/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* debug: notes each evaluation that passes through it, for the log of the mount. */
#include "ops/op.h"

#define SHOWN_MAX 120 /* bytes of a text that are shown */

struct debug {
    const char *text;
    int64_t limit;
};

static int debug_open(struct seq *s, struct fault *f)
{
    const struct debug *p = s->params;
    struct template *t;

    if (template_new(p->text, s->in[0], f, &t) < 0)
        return fault_set_arg(f, f->err, "text", -1, "debug: %s", f->text);
    s->self = t;
    return 0;
}

static void debug_close(struct seq *s)
{
    template_free(s->self);
}

static void debug_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    *ret_in = 0;
    *ret_i = i;
}

/* Whoever is asked for the bytes passes here, even if they lie ready. */
static bool debug_extent(const struct seq *s, uint64_t i, struct extent *ret)
{
    return false;
}

/* Cuts what stands in ret from start on to SHOWN_MAX bytes of whole characters. */
static void shorten(gsize start, GString *ret)
{
    gsize end = start + SHOWN_MAX;

    if (ret->len <= end)
        return;
    while (end > start && ((unsigned char)ret->str[end] & 0xC0) == 0x80)
        end--;
    g_string_truncate(ret, end);
    g_string_append(ret, "...");
}

static void describe(const struct value *v, GString *ret)
{
    enum value_kind kind = value_kind(v);
    gsize start;

    g_string_append(ret, value_kind_name(kind));
    switch (kind) {
    case VALUE_BYTES:
        g_string_append_printf(ret, " of %zu", g_bytes_get_size(value_bytes(v)));
        break;
    case VALUE_RECORD:
    case VALUE_LIST:
        g_string_append_printf(ret, " of %" PRIu32, value_len(v));
        break;
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_FLOAT:
    case VALUE_TEXT:
        g_string_append_c(ret, ' ');
        start = ret->len;
        value_print(v, ret);
        shorten(start, ret);
        break;
    case VALUE_ARRAY:
        g_string_append_c(ret, ' ');
        array_print(value_array_type(v), ret);
        break;
    case VALUE_NULL:
    case VALUE_IMAGE:
        break;
    }
}

/* A note is one line. */
static void make_line(GString *text)
{
    for (gsize i = 0; i < text->len; i++)
        if (g_ascii_iscntrl(text->str[i]))
            text->str[i] = ' ';
}

static int debug_get(const struct call *c, struct value **ret)
{
    const struct seq *s = c->seq;
    int r = seq_get(s->in[0], c->eval, c->i, ret);

    if (r < 0)
        return r;
    g_autoptr(GString) line = g_string_new(NULL);
    template_print(s->self, s->in[0], c->i, line);
    g_string_append(line, ": ");
    describe(*ret, line);
    make_line(line);
    eval_note(c->eval, "debug at %" PRIu32 ":%" PRIu32 ": %s", s->mark.line, s->mark.column,
              line->str);
    return 0;
}

static void debug_identify(const struct call *c, struct digest *d)
{
    digest_element(d, c->seq->in[0], c->i);
}

const struct op op_debug = {
    .abi = SEQFS_OP_ABI,
    .name = "debug",
    .brief = "Log each element that is computed here.",
    .manual =
        "The elements pass unchanged. When one has been computed, a line goes to .seqfs/log: the "
        "place of this step in the spec, the text, and what the value is: numbers and texts as "
        "they are, bytes by their length, lists and records by how many parts they have. An "
        "evaluation tells its first 1000 bytes of such lines. What is read from a cache after "
        "this step is not computed here, so there is no line. The text may hold {index} and the "
        "attributes of the elements, as that of `name` may.",
    .kind = OP_SEQUENCE,
    .flags = OP_BY_PART,
    .params_size = sizeof(struct debug),
    .params = PARAMS(PARAM(STRING, struct debug, text, .main = true, .fallback = "{index}",
                           .brief = "what begins each line; {{ and }} stand for braces"),
                     PARAM(INT, struct debug, limit, .max = 1e15,
                           .brief = "how many lines a mount logs; 0 = all")),
    .examples =
        EXAMPLES({"[{range: 3}, debug]", "0 1 2"},
                 {"[{files: \"*.txt\"}, {slice: \":2\"}, {debug: \"{stem}\"}]", "alpha beta"},
                 {"[{range: 3}, {debug: {text: \"number {index}\", limit: 10}}]", "0 1 2"},
                 {"[{range: 3}, {debug: \"{indx}\"}]",
                  "!1:22: debug: no field 'indx' for '{indx}'; did you mean 'index'?"}),
    .open = debug_open,
    .close = debug_close,
    .route = debug_route,
    .extent = debug_extent,
    .identify = debug_identify,
    .get = debug_get,
};
