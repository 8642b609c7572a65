/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arguments that are drawn: checked when a step is bound, drawn when an element is computed. */
#include "ops/core/draw.h"

#include "ops/base/nearest.h"
#include "ops/base/scan.h"
#include "ops/core/digest.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum draw_kind { DRAW_UNIFORM, DRAW_NORMAL, DRAW_CHOICE, DRAW_FIELD };

static const char *const words[] = {
    [DRAW_UNIFORM] = "uniform",
    [DRAW_NORMAL] = "normal",
    [DRAW_CHOICE] = "choice",
    [DRAW_FIELD] = "field",
};

/* A field of any of the kinds BOOL to CHOICE. */
union any_field {
    bool b;
    int64_t n;
    uint64_t size;
    double x;
    const char *text;
};

struct draw {
    enum draw_kind kind;
    struct param param;    /* a copy: that of a list's item does not stay */
    union any_field at[2]; /* DRAW_UNIFORM: from, to */
    double mean, deviation;
    union any_field *choices; /* owned */
    uint32_t n_choices;
    char *attr;   /* owned */
    char *folder; /* owned; NULL = paths stay as they are */
    union any_field sample;
};

/* What is prepared, and with what.  Lifetime: call. */
struct making {
    struct draw *draw;
    const char *folder;
    GStringChunk *strings;
    struct fault *fault;
};

static int find_word(const struct node *n)
{
    if (n->kind != NODE_MAPPING || n->len != 1)
        return -1;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strcmp(n->keys[0]->text, words[i]) == 0)
            return (int)i;
    return -1;
}

bool draw_is(const struct node *n)
{
    return find_word(n) >= 0;
}

static bool is_whole(enum param_kind kind)
{
    return kind == PARAM_INT || kind == PARAM_SIZE;
}

static bool is_number(enum param_kind kind)
{
    return is_whole(kind) || kind == PARAM_DOUBLE || kind == PARAM_DURATION;
}

/* A number within the bounds of the argument, which sizes and times have even where none are told.
 */
static double cut_off(const struct param *p, double x)
{
    const bool bounded = p->min != 0 || p->max != 0;
    double min = bounded ? p->min : -INFINITY, max = bounded ? p->max : INFINITY;

    if (p->kind == PARAM_SIZE || p->kind == PARAM_DURATION)
        min = MAX(min, 0);
    if (!is_whole(p->kind))
        return CLAMP(x, min, max);
    return CLAMP(round(x), ceil(min), floor(max));
}

/* Beyond what 64 bits hold it is the last that they do. */
static void put_number(const struct param *p, double x, void *ret_field)
{
    if (p->kind == PARAM_INT)
        *(int64_t *)ret_field = x >= 0x1p63 ? INT64_MAX : x <= -0x1p63 ? INT64_MIN : (int64_t)x;
    else if (p->kind == PARAM_SIZE)
        *(uint64_t *)ret_field = x >= 0x1p64 ? UINT64_MAX : (uint64_t)x;
    else
        *(double *)ret_field = x;
}

static void put_field(const struct param *p, const union any_field *v, void *ret_field)
{
    switch (p->kind) {
    case PARAM_BOOL:
        *(bool *)ret_field = v->b;
        break;
    case PARAM_SIZE:
        *(uint64_t *)ret_field = v->size;
        break;
    case PARAM_DOUBLE:
    case PARAM_DURATION:
        *(double *)ret_field = v->x;
        break;
    case PARAM_STRING:
    case PARAM_PATH:
        *(const char **)ret_field = v->text;
        break;
    default:
        *(int64_t *)ret_field = v->n;
    }
}

/* Preparing. */

/* A list of n items, or of any number from 1 on for 0, none of them a list or mapping. */
static int check_list(const struct making *m, const struct node *list, uint32_t n,
                      const char *wanted)
{
    const char *word = words[m->draw->kind];
    char found[80];

    if (list->kind != NODE_LIST)
        return fault_set(m->fault, EINVAL, "argument '%s': '%s' is %s, wanted is %s",
                         m->draw->param.name, word, node_describe(list, found, sizeof found),
                         wanted);
    if (n > 0 ? list->len != n : list->len == 0)
        return fault_set(m->fault, EINVAL, "argument '%s': '%s' has %u items, wanted is %s",
                         m->draw->param.name, word, list->len, wanted);
    for (uint32_t i = 0; i < list->len; i++)
        if (list->items[i]->kind != NODE_SCALAR)
            return fault_set(m->fault, EINVAL, "argument '%s': in '%s' is %s, wanted is %s",
                             m->draw->param.name, word,
                             node_describe(list->items[i], found, sizeof found), wanted);
    return 0;
}

static int check_numeric(const struct making *m)
{
    g_autoptr(GString) kind = NULL;

    if (is_number(m->draw->param.kind))
        return 0;
    kind = g_string_new(NULL);
    param_print_kind(&m->draw->param, kind);
    return fault_set(
        m->fault, EINVAL,
        "argument '%s': '%s' draws numbers, wanted is %s; 'choice' draws one of a list",
        m->draw->param.name, words[m->draw->kind], kind->str);
}

static int parse_one(const struct making *m, const struct param *p, const struct node *n,
                     union any_field *ret)
{
    return param_parse(p, n->text, m->folder, m->strings, ret, m->fault);
}

static int check_finite(const struct making *m, const struct node *n, double x)
{
    if (isfinite(x))
        return 0;
    return fault_set(m->fault, EINVAL, "argument '%s': '%s' of '%s' has no end",
                     m->draw->param.name, n->text, words[m->draw->kind]);
}

/* Whether to is below from. */
static bool is_reversed(enum param_kind kind, const union any_field at[2])
{
    if (kind == PARAM_INT)
        return at[1].n < at[0].n;
    if (kind == PARAM_SIZE)
        return at[1].size < at[0].size;
    return at[1].x < at[0].x;
}

static int make_uniform(const struct making *m, const struct node *list)
{
    struct draw *d = m->draw;
    int r = check_numeric(m);

    if (r == 0)
        r = check_list(m, list, 2, "a list of two numbers, [from, to]");
    for (uint32_t i = 0; i < 2 && r == 0; i++) {
        r = parse_one(m, &d->param, list->items[i], &d->at[i]);
        if (r == 0 && !is_whole(d->param.kind))
            r = check_finite(m, list->items[i], d->at[i].x);
    }
    if (r == 0 && is_reversed(d->param.kind, d->at))
        return fault_set(m->fault, EINVAL,
                         "argument '%s': 'uniform' goes from %s to %s; write [%s, %s]",
                         d->param.name, list->items[0]->text, list->items[1]->text,
                         list->items[1]->text, list->items[0]->text);
    d->sample = d->at[0];
    return r;
}

/* A number of the argument's form that need not be whole. */
static int parse_fraction(const struct making *m, struct param p, const struct node *n, double *ret)
{
    union any_field v;
    int r;

    if (p.kind == PARAM_INT)
        p.kind = PARAM_DOUBLE;
    r = parse_one(m, &p, n, &v);
    if (r < 0)
        return r;
    *ret = p.kind == PARAM_SIZE ? (double)v.size : v.x;
    return check_finite(m, n, *ret);
}

static int make_normal(const struct making *m, const struct node *list)
{
    struct draw *d = m->draw;
    struct param unbounded = d->param;
    int r = check_numeric(m);

    unbounded.min = unbounded.max = 0;
    if (r == 0)
        r = check_list(m, list, 2, "a list of two numbers, [mean, deviation]");
    if (r == 0)
        r = parse_fraction(m, d->param, list->items[0], &d->mean);
    if (r == 0)
        r = parse_fraction(m, unbounded, list->items[1], &d->deviation);
    if (r == 0 && d->deviation < 0)
        return fault_set(m->fault, EINVAL,
                         "argument '%s': the deviation of 'normal' is %s, below 0", d->param.name,
                         list->items[1]->text);
    if (r == 0)
        put_number(&d->param, cut_off(&d->param, d->mean), &d->sample);
    return r;
}

static int make_choice(const struct making *m, const struct node *list)
{
    struct draw *d = m->draw;
    int r = check_list(m, list, 0, "a list such as [a, b, c]");

    if (r < 0)
        return r;
    d->n_choices = list->len;
    d->choices = g_new0(union any_field, list->len);
    for (uint32_t i = 0; i < list->len && r == 0; i++)
        r = parse_one(m, &d->param, list->items[i], &d->choices[i]);
    d->sample = d->choices[0];
    return r;
}

/* The default, or what lies nearest to nothing: for what is not known yet. */
static void sample_field(const struct making *m)
{
    struct draw *d = m->draw;
    const struct param *p = &d->param;
    struct fault ignored;

    if (p->fallback && param_parse(p, p->fallback, NULL, m->strings, &d->sample, &ignored) == 0)
        return;
    if (is_number(p->kind))
        put_number(p, cut_off(p, 0), &d->sample);
    else if (p->kind == PARAM_CHOICE)
        d->sample.n = p->choices[0].value;
    else if (p->kind == PARAM_STRING || p->kind == PARAM_PATH)
        d->sample.text = "";
}

static int make_field(const struct making *m, const struct node *n, const struct seq *s)
{
    struct nearest near;
    char buf[128];

    if (n->kind != NODE_SCALAR)
        return fault_set(m->fault, EINVAL, "argument '%s': 'field' is %s, wanted is a name",
                         m->draw->param.name, node_describe(n, buf, sizeof buf));
    if (!seq_has_attr(s, n->text, NULL)) {
        nearest_init(&near, n->text);
        seq_has_attr(s, n->text, &near);
        return fault_set(m->fault, EINVAL, "argument '%s': no attribute '%.64s'%s",
                         m->draw->param.name, n->text, nearest_hint(&near, buf, sizeof buf));
    }
    m->draw->attr = g_strdup(n->text);
    m->draw->folder = g_strdup(m->folder);
    sample_field(m);
    return 0;
}

static int make(const struct making *m, const struct node *what, const struct seq *s)
{
    switch (m->draw->kind) {
    case DRAW_UNIFORM:
        return make_uniform(m, what);
    case DRAW_NORMAL:
        return make_normal(m, what);
    case DRAW_CHOICE:
        return make_choice(m, what);
    default:
        return make_field(m, what, s);
    }
}

static bool is_broken(const struct node *n)
{
    bool broken = n->broken;

    for (uint32_t i = 0; n->kind == NODE_LIST && i < n->len; i++)
        broken = broken || n->items[i]->broken;
    return broken;
}

int draw_new(const struct param *p, const struct node *n, const struct seq *s, const char *folder,
             GStringChunk *strings, struct fault *f, struct draw **ret)
{
    OWN(draw_free) struct draw *d = g_new0(struct draw, 1);
    struct making m = {.draw = d, .folder = folder, .strings = strings, .fault = f};
    int word = find_word(n);
    int r = 0;

    g_assert(word >= 0);
    d->kind = (enum draw_kind)word;
    d->param = *p;
    if (is_broken(n->items[0])) /* was complained about: nothing will be drawn */
        sample_field(&m);
    else
        r = make(&m, n->items[0], s);
    if (r < 0) {
        f->arg = p->name;
        return r;
    }
    *ret = g_steal_pointer(&d);
    return 0;
}

void draw_free(struct draw *d)
{
    if (!d)
        return;
    g_free(d->choices);
    g_free(d->attr);
    g_free(d->folder);
    g_free(d);
}

bool draw_is_random(const struct draw *d)
{
    return d->kind != DRAW_FIELD;
}

void draw_digest(const struct draw *d, struct digest *digest)
{
    digest_number(digest, d->kind);
    digest_text(digest, d->attr);
    if (d->kind == DRAW_UNIFORM)
        for (uint32_t i = 0; i < 2; i++)
            digest_argument(digest, &d->param, &d->at[i]);
    digest_bytes(digest, &d->mean, sizeof d->mean);
    digest_bytes(digest, &d->deviation, sizeof d->deviation);
    digest_number(digest, d->n_choices);
    for (uint32_t i = 0; i < d->n_choices; i++)
        digest_argument(digest, &d->param, &d->choices[i]);
}

void draw_sample(const struct draw *d, void *ret_field)
{
    put_field(&d->param, &d->sample, ret_field);
}

uint32_t draw_n_choices(const struct draw *d)
{
    return d->n_choices;
}

void draw_choice(const struct draw *d, uint32_t n, void *ret_field)
{
    put_field(&d->param, &d->choices[n], ret_field);
}

/* Drawing. */

/* One of from..to, both ends included. */
static uint64_t draw_whole(struct random *r, uint64_t from, uint64_t to)
{
    const uint64_t n = to - from + 1;

    return n > 0 ? from + random_below(r, n) : random_bits64(r);
}

/* The products are stored before they are added, so that no machine does both at once and rounds
 * but once. */
static double add_products(double a, double b, double c, double d)
{
    volatile double ab = a * b, cd = c * d;

    return ab + cd;
}

/* from <= x < to; two ends that are the same are drawn as they are. */
static double draw_between(struct random *r, double from, double to)
{
    double u = random_uniform(r), x;

    if (from == to)
        return from;
    x = add_products(from, 1 - u, to, u);
    return x < from ? from : x >= to ? nextafter(to, from) : x;
}

static void draw_uniform(const struct draw *d, struct random *r, void *ret_field)
{
    union any_field v;

    if (d->param.kind == PARAM_INT)
        v.n = (int64_t)draw_whole(r, (uint64_t)d->at[0].n, (uint64_t)d->at[1].n);
    else if (d->param.kind == PARAM_SIZE)
        v.size = draw_whole(r, d->at[0].size, d->at[1].size);
    else
        v.x = draw_between(r, d->at[0].x, d->at[1].x);
    put_field(&d->param, &v, ret_field);
}

static void draw_normal(const struct draw *d, struct random *r, void *ret_field)
{
    double x = add_products(d->mean, 1, d->deviation, random_normal(r));

    put_number(&d->param, cut_off(&d->param, x), ret_field);
}

static int get_field(const struct draw *d, const struct seq *s, uint64_t i, GStringChunk *strings,
                     void *ret_field, struct fault *f)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (!seq_attr(s->in[s->subject], i, d->attr, text))
        return fault_set(f, ENODATA, "argument '%s': the element has no '%s'", d->param.name,
                         d->attr);
    return param_parse(&d->param, text->str, d->folder, strings, ret_field, f);
}

int draw_get(const struct draw *d, const struct seq *s, uint64_t i, uint32_t stream,
             GStringChunk *strings, void *ret_field, struct fault *f)
{
    struct random r;

    if (d->kind == DRAW_FIELD)
        return get_field(d, s, i, strings, ret_field, f);
    random_init(&r, s, i, stream);
    if (d->kind == DRAW_UNIFORM)
        draw_uniform(d, &r, ret_field);
    else if (d->kind == DRAW_NORMAL)
        draw_normal(d, &r, ret_field);
    else
        put_field(&d->param, &d->choices[random_below(&r, d->n_choices)], ret_field);
    return 0;
}
