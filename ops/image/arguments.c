/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Translates libvips' description of its own arguments to tables of params. */
#include "ops/image/arguments.h"

#include <float.h>
#include <string.h>

/* Of the files that libvips' operations take by name, only colour profiles can be said in a spec:
 * these would let it open others, or reach libvips' own readers of strings. */
static const char *const unspeakable[] = {"fontfile", "option-string", "suffix", "filename", NULL};

/* Lifetime: call.  A table being made. */
struct maker {
    struct arguments *ret;
    GArray *params;   /* struct param */
    GPtrArray *specs; /* GParamSpec *, borrowed */
    bool optional;    /* the second round, for those that are not required */
    bool has_main;    /* a bare scalar or list has found what it stands for */
};

static const char *lower_brief(struct arguments *a, const char *blurb)
{
    g_autofree char *text = g_strdup(blurb ? blurb : "");

    if (g_ascii_isupper(text[0]) && (g_ascii_islower(text[1]) || text[1] == ' '))
        text[0] = g_ascii_tolower(text[0]);
    return g_string_chunk_insert_const(a->strings, text);
}

static struct param_choice *keep_choices(struct arguments *a, GArray *choices)
{
    struct param_choice *list = (struct param_choice *)(void *)g_array_free(choices, FALSE);

    g_ptr_array_add(a->choices, list);
    return list;
}

static GArray *new_choices(void)
{
    return g_array_new(TRUE, TRUE, sizeof(struct param_choice));
}

static const struct param_choice *enum_choices(struct arguments *a, GType type)
{
    GEnumClass *class = g_type_class_ref(type);
    GArray *list = new_choices();

    for (guint i = 0; i < class->n_values; i++) {
        struct param_choice c = {class->values[i].value_nick, class->values[i].value};
        if (c.value >= 0 && strcmp(c.name, "last") != 0) /* no -1 for "not set" or "error" */
            g_array_append_val(list, c);
    }
    g_type_class_unref(class);
    return keep_choices(a, list);
}

/* libvips has no type for arrays of words: these are numbers there. */
static GType words_of(GType operation, const GParamSpec *s)
{
    bool modes =
        strcmp(g_type_name(operation), "VipsComposite") == 0 && strcmp(s->name, "mode") == 0;

    return modes ? VIPS_TYPE_BLEND_MODE : G_TYPE_INVALID;
}

static const struct param_choice *flag_choices(struct arguments *a, GType type)
{
    GFlagsClass *class = g_type_class_ref(type);
    GArray *list = new_choices();

    for (guint i = 0; i < class->n_values; i++) {
        struct param_choice c = {class->values[i].value_nick, class->values[i].value};
        g_array_append_val(list, c);
    }
    g_type_class_unref(class);
    return keep_choices(a, list);
}

static void *add_interpolator(GType type, void *list)
{
    if (!G_TYPE_IS_ABSTRACT(type)) {
        VipsObjectClass *class =
            g_type_class_ref(type); /* for good, as libvips does with all its classes */
        struct param_choice c = {class->nickname, ((GArray *)list)->len};
        g_array_append_val((GArray *)list, c);
    }
    return NULL;
}

static const struct param_choice *interpolators(struct arguments *a)
{
    GArray *list = new_choices();

    vips_type_map_all(VIPS_TYPE_INTERPOLATE, add_interpolator, list);
    return keep_choices(a, list);
}

bool arguments_is_image(const struct param *p)
{
    return p->kind == PARAM_INPUT || p->kind == PARAM_INPUTS;
}

const char *arguments_choice(const struct param_choice *choices, int64_t value)
{
    for (; choices->name; choices++)
        if (choices->value == value)
            return choices->name;
    return NULL;
}

static void take_int(struct arguments *a, GParamSpec *s, struct param *p)
{
    char text[32];

    p->kind = PARAM_INT;
    p->min = G_PARAM_SPEC_INT(s)->minimum;
    p->max = G_PARAM_SPEC_INT(s)->maximum;
    g_snprintf(text, sizeof text, "%d", G_PARAM_SPEC_INT(s)->default_value);
    p->fallback = g_string_chunk_insert_const(a->strings, text);
}

static void take_double(struct arguments *a, GParamSpec *s, struct param *p)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    p->kind = PARAM_DOUBLE;
    p->min = G_PARAM_SPEC_DOUBLE(s)->minimum;
    p->max = G_PARAM_SPEC_DOUBLE(s)->maximum;
    g_ascii_formatd(text, sizeof text, "%.15g", G_PARAM_SPEC_DOUBLE(s)->default_value);
    p->fallback = g_string_chunk_insert_const(a->strings, text);
}

/* Kind, bounds, default and choices; false when a spec has no words for such an argument. */
static bool take_kind(struct arguments *a, GParamSpec *s, struct param *p)
{
    GType type = G_PARAM_SPEC_VALUE_TYPE(s);

    if (G_IS_PARAM_SPEC_INT(s)) {
        take_int(a, s, p);
    } else if (G_IS_PARAM_SPEC_DOUBLE(s)) {
        take_double(a, s, p);
    } else if (G_IS_PARAM_SPEC_BOOLEAN(s)) {
        p->kind = PARAM_BOOL;
        p->fallback = G_PARAM_SPEC_BOOLEAN(s)->default_value ? "true" : "false";
    } else if (G_IS_PARAM_SPEC_STRING(s)) {
        p->kind = PARAM_STRING;
        return !g_strv_contains(unspeakable, s->name);
    } else if (G_IS_PARAM_SPEC_ENUM(s)) {
        p->kind = PARAM_CHOICE;
        p->choices = enum_choices(a, type);
        p->fallback = arguments_choice(p->choices, G_PARAM_SPEC_ENUM(s)->default_value);
    } else if (G_IS_PARAM_SPEC_FLAGS(s)) {
        p->kind = PARAM_FLAGS;
        p->choices = flag_choices(a, type);
    } else if (type == VIPS_TYPE_INTERPOLATE) {
        p->kind = PARAM_CHOICE;
        p->choices = interpolators(a);
    } else if (type == VIPS_TYPE_ARRAY_INT && words_of(s->owner_type, s) != G_TYPE_INVALID) {
        p->kind = PARAM_CHOICES;
        p->choices = enum_choices(a, words_of(s->owner_type, s));
    } else if (type == VIPS_TYPE_ARRAY_INT) {
        p->kind = PARAM_INTS;
        p->min = INT_MIN;
        p->max = INT_MAX;
    } else if (type == VIPS_TYPE_ARRAY_DOUBLE) {
        p->kind = PARAM_DOUBLES;
    } else {
        return false;
    }
    return true;
}

static bool is_image(const GParamSpec *s)
{
    return G_PARAM_SPEC_VALUE_TYPE(s) == VIPS_TYPE_IMAGE ||
           G_PARAM_SPEC_VALUE_TYPE(s) == VIPS_TYPE_ARRAY_IMAGE;
}

/* The round before the others: which images there are decides whether a spec can say them. */
static void *count_image(VipsObjectClass *class, GParamSpec *s, VipsArgumentClass *argument,
                         void *arguments, void *unused)
{
    struct arguments *a = arguments;
    VipsArgumentFlags flags = argument->flags;
    bool list = G_PARAM_SPEC_VALUE_TYPE(s) == VIPS_TYPE_ARRAY_IMAGE;

    if (!(flags & VIPS_ARGUMENT_CONSTRUCT) || flags & VIPS_ARGUMENT_DEPRECATED ||
        flags & VIPS_ARGUMENT_OUTPUT || !is_image(s))
        return NULL;
    if (!(flags & VIPS_ARGUMENT_REQUIRED)) {
        a->several = true;
        return NULL;
    }
    if (a->n_images == 0)
        a->image = s->name;
    a->n_images += list ? 2 : 1;
    a->several = a->several || a->n_images > 1;
    a->modifies = a->modifies || (flags & VIPS_ARGUMENT_MODIFY);
    return NULL;
}

static void add_param(struct maker *m, struct param p, GParamSpec *s, size_t size)
{
    p.brief = lower_brief(m->ret, g_param_spec_get_blurb(s));
    p.offset = m->ret->size;
    m->ret->size += size;
    g_array_append_val(m->params, p);
    g_ptr_array_add(m->specs, s);
}

static void take_image(struct maker *m, GParamSpec *s)
{
    struct arguments *a = m->ret;
    bool list = G_PARAM_SPEC_VALUE_TYPE(s) == VIPS_TYPE_ARRAY_IMAGE;
    struct param p = {.name = s->name, .kind = list ? PARAM_INPUTS : PARAM_INPUT};

    if (!a->several)
        return;
    p.required = !m->optional && s->name != a->image;
    add_param(m, p, s, list ? sizeof(struct inputs) : sizeof(int64_t));
}

static void take_output(struct arguments *a, GParamSpec *s)
{
    if (!a->output)
        a->output = s->name;
    if (G_PARAM_SPEC_VALUE_TYPE(s) == VIPS_TYPE_IMAGE)
        a->n_outputs++;
}

static void take_param(struct maker *m, GParamSpec *s)
{
    struct arguments *a = m->ret;
    struct param p = {.name = s->name, .required = !m->optional};

    if (!take_kind(a, s, &p)) {
        a->alien = a->alien || p.required;
        return;
    }
    p.main = !m->has_main && p.required;
    m->has_main = m->has_main || p.main;
    if (p.required)
        p.fallback = NULL;
    bool list = p.kind == PARAM_INTS || p.kind == PARAM_DOUBLES || p.kind == PARAM_CHOICES;
    add_param(m, p, s, list ? sizeof(struct doubles) : sizeof(int64_t));
}

static void *take_argument(VipsObjectClass *class, GParamSpec *s, VipsArgumentClass *argument,
                           void *maker, void *unused)
{
    struct maker *m = maker;
    VipsArgumentFlags flags = argument->flags;

    if (!(flags & VIPS_ARGUMENT_CONSTRUCT) || (flags & VIPS_ARGUMENT_DEPRECATED) ||
        !(flags & VIPS_ARGUMENT_REQUIRED) != m->optional)
        return NULL;
    if (m->optional && flags & VIPS_ARGUMENT_OUTPUT)
        return NULL;
    if (flags & VIPS_ARGUMENT_OUTPUT)
        take_output(m->ret, s);
    else if (is_image(s))
        take_image(m, s);
    else
        take_param(m, s);
    return NULL;
}

void arguments_init(struct arguments *ret, GType type)
{
    VipsObjectClass *class = g_type_class_ref(type); /* for good, as libvips does */
    struct maker m = {
        .ret = ret,
        .params = g_array_new(TRUE, TRUE, sizeof(struct param)),
        .specs = g_ptr_array_new(),
    };

    *ret = (struct arguments){
        .strings = g_string_chunk_new(256),
        .choices = g_ptr_array_new_with_free_func(g_free),
    };
    vips_argument_class_map(class, count_image, ret, NULL);
    vips_argument_class_map(class, take_argument, &m, NULL);
    m.optional = true;
    vips_argument_class_map(class, take_argument, &m, NULL);
    /* As many as `given` has bits; libvips has at most half of that. */
    ret->len = MIN(m.params->len, 64);
    g_array_set_size(m.params, ret->len);
    ret->params = (struct param *)(void *)g_array_free(m.params, FALSE);
    ret->specs = (GParamSpec **)g_ptr_array_free(m.specs, FALSE);
}

void arguments_finish(struct arguments *a)
{
    g_free(a->params);
    g_free(a->specs);
    g_clear_pointer(&a->strings, g_string_chunk_free);
    g_clear_pointer(&a->choices, g_ptr_array_unref);
    *a = (struct arguments){0};
}
