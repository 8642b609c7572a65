/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How trees of steps are written in a spec. */
#include "tests/unit/model.h"

#include <inttypes.h>
#include <string.h>

/* A spec being written. */
struct writer {
    GPtrArray *bodies; /* text of each named sequence; owned */
    GPtrArray *here;   /* of struct step: those written into the text under way */
    bool clash;        /* two weights for one name */
};

static void write_seq(struct writer *w, struct step *s, GString *ret);

/* The number of the sequence that has this text; its steps learn where they stand. */
static unsigned number_body(struct writer *w, char *own_body)
{
    unsigned n = 0;

    while (n < w->bodies->len && strcmp(g_ptr_array_index(w->bodies, n), own_body) != 0)
        n++;
    if (n == w->bodies->len)
        g_ptr_array_add(w->bodies, own_body);
    else
        g_free(own_body);
    return n;
}

static void write_body(struct writer *w, struct step *s, GString *ret);

/* "n0" of a tree that is written under `sequences`. */
static void write_name(struct writer *w, struct step *s, GString *ret)
{
    GPtrArray *outer = g_steal_pointer(&w->here);
    GString *body = g_string_new(NULL);
    unsigned n;

    w->here = g_ptr_array_new();
    write_body(w, s, body);
    n = number_body(w, g_string_free(body, FALSE));
    for (unsigned i = 0; i < w->here->len; i++) {
        struct step *inner = g_ptr_array_index(w->here, i);
        inner->line = 3 + n; /* below "dataset" and "sequences" */
        inner->column += n < 10 ? 6 : 7;
    }
    g_ptr_array_unref(w->here);
    w->here = outer;
    g_string_append_printf(ret, "n%u", n);
}

static void write_seq(struct writer *w, struct step *s, GString *ret)
{
    if (s->named)
        write_name(w, s, ret);
    else
        write_body(w, s, ret);
}

static void write_inputs(struct writer *w, struct step *s, GString *ret, unsigned from)
{
    g_string_append_c(ret, '[');
    for (unsigned i = from; i < s->n_in; i++) {
        g_string_append(ret, i > from ? ", " : "");
        write_seq(w, s->in[i], ret);
    }
    g_string_append_c(ret, ']');
}

static void write_fields(struct writer *w, struct step *s, GString *ret)
{
    g_string_append_c(ret, '{');
    for (unsigned i = 0; i < s->n_in; i++) {
        g_string_append_printf(ret, "%s%s: ", i > 0 ? ", " : "", s->words[i]);
        write_seq(w, s->in[i], ret);
    }
    g_string_append_c(ret, '}');
}

static void write_switch(struct writer *w, struct step *s, GString *ret)
{
    static const char *const keys[] = {"{condition: ", ", then: ", ", else: "};

    for (unsigned i = 0; i < s->n_in; i++) {
        g_string_append(ret, keys[i]);
        write_seq(w, s->in[i], ret);
    }
    g_string_append_c(ret, '}');
}

static void write_case(struct writer *w, struct step *s, GString *ret)
{
    g_string_append(ret, "{selector: ");
    write_seq(w, s->in[0], ret);
    g_string_append(ret, ", of: ");
    write_inputs(w, s, ret, 1);
    g_string_append_c(ret, '}');
}

/* Weights are tenths; a number behind them is the length. */
static void write_mix(struct writer *w, struct step *s, GString *ret)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    g_string_append(ret, "{of: {");
    for (unsigned i = 0; i < s->n_in; i++) {
        GString *name = g_string_new(NULL);
        write_name(w, s->in[i], name);
        w->clash |= g_ptr_array_find_with_equal_func(names, name->str, g_str_equal, NULL);
        g_string_append_printf(ret, "%s%s: %" PRId64 ".%" PRId64, i > 0 ? ", " : "", name->str,
                               s->nums[i] / 10, s->nums[i] % 10);
        g_ptr_array_add(names, g_string_free(name, FALSE));
    }
    g_string_append_c(ret, '}');
    if (s->n_nums > s->n_in)
        g_string_append_printf(ret, ", length: %" PRId64, s->nums[s->n_in]);
    g_string_append_c(ret, '}');
}

static void write_nums(const struct step *s, GString *ret)
{
    g_string_append_c(ret, '[');
    for (unsigned i = 0; i < s->n_nums; i++)
        g_string_append_printf(ret, "%s%" PRId64, i > 0 ? ", " : "", s->nums[i]);
    g_string_append_c(ret, ']');
}

static void write_words(const struct step *s, GString *ret)
{
    g_string_append_c(ret, '[');
    for (unsigned i = 0; i < s->n_words; i++)
        g_string_append_printf(ret, "%s%s", i > 0 ? ", " : "", s->words[i]);
    g_string_append_c(ret, ']');
}

/* Bits of form: which of from, to and step are written. */
static void write_slice(const struct step *s, GString *ret)
{
    g_string_append_c(ret, '"');
    for (unsigned i = 0; i < 3; i++) {
        if (s->form & 1u << i)
            g_string_append_printf(ret, "%" PRId64, s->nums[i]);
        if (i == 0 || (i == 1 && s->form & 4))
            g_string_append_c(ret, ':');
    }
    g_string_append_c(ret, '"');
}

static void write_range(const struct step *s, GString *ret)
{
    if (s->n_nums == 1)
        g_string_append_printf(ret, "%" PRId64, s->nums[0]);
    else
        g_string_append_printf(ret, "{start: %" PRId64 ", stop: %" PRId64 ", step: %" PRId64 "}",
                               s->nums[0], s->nums[1], s->nums[2]);
}

static void write_batch(const struct step *s, GString *ret)
{
    if (s->form == BATCH_PLAIN) {
        g_string_append_printf(ret, "%" PRId64, s->nums[0]);
        return;
    }
    g_string_append_printf(ret, "{size: %" PRId64, s->nums[0]);
    if (s->form != BATCH_PAD)
        g_string_append(ret, ", drop_last: true");
    if (s->form != BATCH_DROP)
        g_string_append_printf(ret, ", pad: %s", s->words[0]);
    g_string_append_c(ret, '}');
}

static void write_fraction(const struct step *s, unsigned i, GString *ret)
{
    if (s->form == SPLIT_FRACTIONS)
        g_string_append_printf(ret, "%s: ", s->words[i]);
    g_string_append_printf(ret, "%" PRId64 ".%02" PRId64, s->nums[i] / 100, s->nums[i] % 100);
}

static void write_pairs(const struct step *s, GString *ret)
{
    unsigned step = s->form == SPLIT_RANGES ? 2 : 1;

    g_string_append(ret, s->form == SPLIT_FRACTIONS ? "{" : "[");
    for (unsigned i = 0; i + step <= s->n_nums; i += step) {
        g_string_append(ret, i > 0 ? ", " : "");
        if (step == 1)
            write_fraction(s, i, ret);
        else
            g_string_append_printf(ret, "[%" PRId64 ", %" PRId64 "]", s->nums[i], s->nums[i + 1]);
    }
    g_string_append(ret, s->form == SPLIT_FRACTIONS ? "}" : "]");
}

static void write_split(const struct step *s, GString *ret)
{
    static const char *const keys[] = {
        [SPLIT_PARTS_LONG] = "parts",
        [SPLIT_EDGES_LONG] = "edges",
        [SPLIT_RANGES] = "ranges",
        [SPLIT_FRACTIONS] = "fractions",
        [SPLIT_FRACTIONS_LIST] = "fractions",
    };
    bool bare = s->form == SPLIT_PARTS || s->form == SPLIT_EDGES;

    if (!bare)
        g_string_append_printf(ret, "{%s: ", keys[s->form]);
    if (s->form == SPLIT_PARTS || s->form == SPLIT_PARTS_LONG)
        g_string_append_printf(ret, "%" PRId64, s->nums[0]);
    else if (s->form == SPLIT_EDGES || s->form == SPLIT_EDGES_LONG)
        write_nums(s, ret);
    else
        write_pairs(s, ret);
    g_string_append(ret, bare ? "" : "}");
}

static void write_expression(const struct step *s, GString *ret)
{
    const char *a = s->words[0];
    int64_t k = s->nums[0];

    g_string_append_c(ret, '"');
    switch (s->form) {
    case 0:
        g_string_append_printf(ret, "%s %% 3 == %" PRId64, a, k);
        break;
    case 1:
        g_string_append_printf(ret, "%s > %" PRId64, a, k);
        break;
    case 2:
        g_string_append_printf(ret, "%s in [%" PRId64 ", %" PRId64 "]", a, k, k + 2);
        break;
    case 3:
        g_string_append_printf(ret, "%s <= %" PRId64 " or %s == %" PRId64, a, k, a, k + 3);
        break;
    case 4:
        g_string_append_printf(ret, "not %s == %" PRId64, a, k);
        break;
    default:
        g_string_append_printf(ret, "%s - %" PRId64 " >= 2 and %s != 7", a, k, a);
    }
    g_string_append_c(ret, '"');
}

static void write_sort(const struct step *s, GString *ret)
{
    static const char *const forms[] = {"\"%s\"", "\"-%s\"", "\"%s %% 3\"",
                                        "{by: %s, reverse: true}",
                                        "{by: \"%s %% 3\", reverse: true}"};
    g_auto(GStrv) halves = g_strsplit(forms[s->form], "%s", 2);
    g_auto(GStrv) rest = g_strsplit(halves[1], "%%", 2);

    g_string_append_printf(ret, "%s%s%s", halves[0], s->words[0], rest[0]);
    if (rest[1])
        g_string_append_printf(ret, "%%%s", rest[1]);
}

static void write_number_or(const struct step *s, const char *key, GString *ret)
{
    if (s->form == 0)
        g_string_append_printf(ret, "%" PRId64, s->nums[0]);
    else
        g_string_append_printf(ret, "{%s: %" PRId64 "}", key, s->nums[0]);
}

static void write_shuffle(const struct step *s, GString *ret)
{
    g_string_append_printf(ret, "{seed: %" PRId64, s->nums[0]);
    if (s->n_nums > 1)
        g_string_append_printf(ret, ", epoch: %" PRId64, s->nums[1]);
    g_string_append_c(ret, '}');
}

static void write_plain(const struct step *s, GString *ret)
{
    static const char *const templates[N_NAME_FORMS] = {
        [NAMES_INDEX] = "{index}",    [NAMES_PADDED] = "f{index:03d}", [NAMES_SUFFIX] = "{index}.x",
        [NAMES_FOLDER] = "d/{index}", [NAMES_BRACES] = "{{}}{index}",  [NAMES_VALUE] = "v{value}",
    };

    switch (s->act) {
    case ACT_VALUES:
        write_words(s, ret);
        break;
    case ACT_REPEAT:
        g_string_append_printf(ret, "{value: %s, times: %" PRId64 "}", s->words[0], s->nums[0]);
        break;
    case ACT_GATHER:
        write_nums(s, ret);
        break;
    case ACT_SHARD:
        g_string_append_printf(ret, "{index: %" PRId64 ", count: %" PRId64 "%s}", s->nums[0],
                               s->nums[1],
                               s->form == 0   ? ""
                               : s->form == 1 ? ", mode: contiguous"
                                              : ", mode: strided");
        break;
    case ACT_GET:
        g_string_append(ret, s->words[0]);
        break;
    case ACT_NAME:
        g_string_append_printf(ret, "\"%s\"", templates[s->form]);
        break;
    case ACT_FLATTEN:
        g_string_append(ret, s->form == FLATTEN_LISTS ? "lists" : "records");
        break;
    default:
        write_number_or(s, s->act == ACT_CACHE ? "count" : "size", ret);
    }
}

typedef void write_fn(const struct step *s, GString *ret);

/* What stands behind the operator's name. */
static void write_arguments(struct writer *w, struct step *s, GString *ret)
{
    static write_fn *const own[N_ACTS] = {
        [ACT_RANGE] = write_range,       [ACT_SLICE] = write_slice, [ACT_BATCH] = write_batch,
        [ACT_SPLIT] = write_split,       [ACT_SORT] = write_sort,   [ACT_SHUFFLE] = write_shuffle,
        [ACT_FILTER] = write_expression,
    };

    if (s->act == ACT_CONCATENATE || s->act == ACT_INTERLEAVE ||
        (s->act == ACT_COLLATE && s->n_words == 0))
        write_inputs(w, s, ret, 0);
    else if (s->act == ACT_COLLATE)
        write_fields(w, s, ret);
    else if (s->act == ACT_SWITCH)
        write_switch(w, s, ret);
    else if (s->act == ACT_CASE)
        write_case(w, s, ret);
    else if (s->act == ACT_MIX)
        write_mix(w, s, ret);
    else
        (own[s->act] ? own[s->act] : write_plain)(s, ret);
}

static bool is_bare(const struct step *s)
{
    return (s->act == ACT_UNBATCH || s->act == ACT_SHUFFLE || s->act == ACT_DEBUG ||
            s->act == ACT_MONITOR || s->act == ACT_PREFETCH || s->act == ACT_CACHE) &&
                   s->n_nums == 0
               ? true
               : s->act == ACT_FLATTEN && s->form == FLATTEN_BARE;
}

static bool is_unary(const struct step *s)
{
    return s->act >= ACT_SLICE;
}

static void write_step(struct writer *w, struct step *s, GString *ret)
{
    s->line = 2;
    s->column = (unsigned)ret->len + 1;
    g_ptr_array_add(w->here, s);
    if (is_bare(s)) {
        g_string_append(ret, step_op(s->act));
        return;
    }
    s->column++;
    g_string_append_printf(ret, "{%s: ", step_op(s->act));
    write_arguments(w, s, ret);
    g_string_append_c(ret, '}');
}

/* What stands in the brackets of a list of steps. */
static void write_chain(struct writer *w, struct step *s, GString *ret)
{
    if (is_unary(s)) {
        if (s->in[0]->named)
            write_name(w, s->in[0], ret);
        else
            write_chain(w, s->in[0], ret);
        g_string_append(ret, ", ");
    }
    write_step(w, s, ret);
}

static void write_body(struct writer *w, struct step *s, GString *ret)
{
    if (!is_unary(s)) {
        write_step(w, s, ret);
        return;
    }
    g_string_append_c(ret, '[');
    write_chain(w, s, ret);
    g_string_append_c(ret, ']');
}

/* Line 1 is the dataset, line 2 `sequences`, and then one line each; the tree itself is one of
 * them. */
char *step_spec(struct step *root, bool files)
{
    struct writer w = {.bodies = g_ptr_array_new_with_free_func(g_free), .here = g_ptr_array_new()};
    g_autoptr(GString) name = g_string_new(NULL);
    GString *spec;

    write_name(&w, root, name);
    spec = g_string_new(NULL);
    g_string_append_printf(spec, "dataset: %s\nsequences:\n", files ? name->str : "{range: 1}");
    for (unsigned i = 0; i < w.bodies->len; i++)
        g_string_append_printf(spec, "  n%u: %s\n", i, (char *)g_ptr_array_index(w.bodies, i));
    g_ptr_array_unref(w.bodies);
    g_ptr_array_unref(w.here);
    if (!w.clash)
        return g_string_free(spec, FALSE);
    g_string_free(spec, TRUE);
    return NULL;
}
