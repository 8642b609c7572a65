/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gathers the images of one call of an operation. */
#include "ops/image/inputs.h"

#include <errno.h>

#include "ops/image/image.h"
#include "ops/image/raster.h"

/* Lifetime: call. */
struct gathering {
    const struct arguments *arguments;
    const struct loaders *loaders;
    const struct call *call;
    struct value **values; /* owned: of each of the step's in[], NULL = not wanted */
    GPtrArray *decoded;    /* struct value, owned */
    GPtrArray *found;      /* VipsImage, borrowed: as the values have them */
    GPtrArray *ready;      /* VipsImage, owned: the same to be read in any order, by several */
};

static const struct decoding usual = DECODING_USUAL;

/* The image that is the element itself where it is not given. */
static const struct param *first_of(const struct arguments *a)
{
    return param_find(a->params, a->image);
}

static bool is_given(const struct arguments *a, const struct param *p, uint64_t given)
{
    return given >> (p - a->params) & 1;
}

int inputs_check(const struct arguments *a, const struct seq *s, struct fault *f)
{
    const struct param *first = first_of(a);
    struct type t = {0};

    if (!is_given(a, first, s->given))
        t = seq_type(s->in[0], SEQ_ANY);
    if (!t.known || t.kind == VALUE_IMAGE || t.kind == VALUE_BYTES ||
        (t.kind == VALUE_LIST && first->kind == PARAM_INPUTS))
        return 0;
    return fault_set_arg(f, EINVAL, first->name, -1, "the element is %s, but %s is wanted",
                         value_kind_name(t.kind),
                         first->kind == PARAM_INPUTS ? "a list of images" : "an image");
}

/* Which of the step's in[] an argument names; not given: the first. */
static struct inputs inputs_of(const struct param *p, const void *params, uint32_t *one)
{
    const void *field = (const char *)params + p->offset;

    if (p->kind == PARAM_INPUTS && ((const struct inputs *)field)->len > 0)
        return *(const struct inputs *)field;
    *one = p->kind == PARAM_INPUT ? *(const uint32_t *)field : 0;
    return (struct inputs){one, 1};
}

uint32_t inputs_first(const struct arguments *a, const struct seq *s)
{
    uint32_t one;

    return inputs_of(first_of(a), s->params, &one).at[0];
}

static void gathering_init(struct gathering *g, const struct call *c)
{
    g->call = c;
    g->values = g_new0(struct value *, MAX(c->seq->n_in, 1));
    g->decoded = g_ptr_array_new_with_free_func((GDestroyNotify)value_unref);
    g->found = g_ptr_array_new();
    g->ready = g_ptr_array_new_with_free_func(g_object_unref);
}

static void gathering_finish(struct gathering *g)
{
    for (uint32_t k = 0; k < MAX(g->call->seq->n_in, 1); k++)
        value_unref(g->values[k]);
    g_free(g->values);
    g_ptr_array_unref(g->decoded);
    g_ptr_array_unref(g->found);
    g_ptr_array_unref(g->ready);
}

static int compute(struct gathering *g, const struct param *p)
{
    const struct call *c = g->call;
    uint32_t one;
    struct inputs list = inputs_of(p, c->params, &one);

    for (uint32_t n = 0; n < list.len; n++) {
        struct value **v = &g->values[list.at[n]];
        int r = *v ? 0 : seq_get(c->seq->in[list.at[n]], c->eval, c->i, v);
        if (r < 0)
            return r;
    }
    return 0;
}

static void keep(struct gathering *g, VipsImage *pixels, VipsImage *own_ready)
{
    g_ptr_array_add(g->found, pixels);
    g_ptr_array_add(g->ready, own_ready);
}

/* Several arguments may be one image that can be read only once. */
static int settle(struct gathering *g, VipsImage *pixels, VipsImage **ret)
{
    guint known;

    if (g_ptr_array_find(g->found, pixels, &known)) {
        *ret = g->ready->pdata[known];
        return 0;
    }
    if (image_streams(pixels)) {
        int r = image_settled(pixels, g->call->eval, ret);
        if (r < 0)
            return r;
    } else {
        *ret = g_object_ref(pixels);
    }
    keep(g, pixels, *ret);
    return 0;
}

/* The same, to be drawn on. */
static int settle_copy(struct gathering *g, VipsImage *pixels, VipsImage **ret)
{
    VipsImage *settled;

    int r = settle(g, pixels, &settled);
    if (r == 0)
        r = image_copied(settled, g->call->eval, ret);
    if (r == 0)
        keep(g, *ret, *ret);
    return r;
}

/* One image; *ret stays g's. */
static int take(struct gathering *g, const struct param *p, struct value *v, VipsImage **ret)
{
    const struct arguments *a = g->arguments;
    struct eval *e = g->call->eval;
    int r = 0;

    if (value_kind(v) == VALUE_BYTES || value_kind(v) == VALUE_ARRAY) {
        struct value *image;
        r = value_kind(v) == VALUE_ARRAY
                ? raster_image(v, e, &image)
                : loaders_open(g->loaders, &usual, value_bytes(v), true, e, &image);
        if (r < 0)
            return r;
        g_ptr_array_add(g->decoded, image);
        v = image;
    }
    if (value_kind(v) != VALUE_IMAGE)
        return fault_set(&e->fault, EINVAL, "argument '%s': %s, but an image is wanted", p->name,
                         value_kind_name(value_kind(v)));
    VipsImage *pixels;
    r = image_pixels(image_of(v), e, &pixels);
    if (r < 0)
        return r;
    bool change = a->modifies && p == first_of(a);
    return change ? settle_copy(g, pixels, ret) : settle(g, pixels, ret);
}

/* The items of a list, or the one image that a value is. */
static int take_all(struct gathering *g, const struct param *p, struct value *v, GPtrArray *ret)
{
    bool list = value_kind(v) == VALUE_LIST;
    uint32_t len = list ? value_len(v) : 1;

    for (uint32_t n = 0; n < len; n++) {
        VipsImage *pixels;
        int r = take(g, p, list ? value_item(v, n) : v, &pixels);
        if (r < 0)
            return r;
        g_ptr_array_add(ret, pixels);
    }
    return 0;
}

static int set_list(struct gathering *g, const struct param *p, VipsObject *operation)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    uint32_t one;
    struct inputs list = inputs_of(p, g->call->params, &one);
    int r = 0;

    for (uint32_t n = 0; r == 0 && n < list.len; n++)
        r = take_all(g, p, g->values[list.at[n]], all);
    if (r == 0 && all->len == 0)
        r = fault_set(&g->call->eval->fault, EINVAL,
                      "argument '%s': an empty list, but images are wanted", p->name);
    if (r < 0)
        return r;
    VipsArrayImage *array = vips_array_image_new((VipsImage **)all->pdata, (int)all->len);
    g_object_set(operation, p->name, array, NULL);
    vips_area_unref(VIPS_AREA(array));
    return 0;
}

static int set_one(struct gathering *g, const struct param *p, VipsObject *operation)
{
    uint32_t one;
    struct inputs list = inputs_of(p, g->call->params, &one);
    VipsImage *pixels;

    int r = take(g, p, g->values[list.at[0]], &pixels);
    if (r == 0)
        g_object_set(operation, p->name, pixels, NULL);
    return r;
}

typedef int each_fn(struct gathering *g, const struct param *p, VipsObject *operation);

static int each(struct gathering *g, each_fn *visit, VipsObject *operation)
{
    const struct arguments *a = g->arguments;
    int r = 0;

    for (const struct param *p = a->params; r == 0 && p->name; p++)
        if (arguments_is_image(p) && (p == first_of(a) || is_given(a, p, g->call->given)))
            r = visit(g, p, operation);
    return r;
}

static int visit_compute(struct gathering *g, const struct param *p, VipsObject *operation)
{
    return compute(g, p);
}

static int visit_set(struct gathering *g, const struct param *p, VipsObject *operation)
{
    return p->kind == PARAM_INPUTS ? set_list(g, p, operation) : set_one(g, p, operation);
}

int inputs_set(const struct arguments *a, const struct loaders *l, const struct call *c,
               struct value *in, VipsObject *operation)
{
    struct gathering g = {.arguments = a, .loaders = l};

    gathering_init(&g, c);
    if (in)
        g.values[0] = value_ref(in);
    int r = each(&g, visit_compute, operation);
    /* What libvips said while they were computed was about other steps. */
    image_begin();
    if (r == 0)
        r = each(&g, visit_set, operation);
    gathering_finish(&g);
    return r;
}
