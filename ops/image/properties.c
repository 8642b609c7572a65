/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bound arguments to GObject properties: the strict way around libvips' own readers of strings. */
#include "ops/image/properties.h"

#include <errno.h>
#include <string.h>

#include "ops/base/nearest.h"
#include "ops/core/digest.h"
#include "ops/spec/node.h"

static const char *const builtin_profiles[] = {"srgb", "cmyk", "p3", "none", NULL};

static const void *field_of(const struct param *p, const void *params)
{
    return (const char *)params + p->offset;
}

static bool is_profile(const struct param *p)
{
    return p->kind == PARAM_STRING && g_str_has_suffix(p->name, "profile");
}

/* All of one layout. */
static bool is_list(const struct param *p)
{
    return p->kind == PARAM_INTS || p->kind == PARAM_DOUBLES || p->kind == PARAM_CHOICES;
}

int properties_fault(struct fault *f, const char *step)
{
    bool source = f->source;
    int item = f->item;

    int r = fault_set_arg(f, f->err, f->arg, item, "%s: %s", step, f->text);
    f->source = source;
    return r;
}

char *properties_profile(const char *profile, const char *folder)
{
    if (g_strv_contains(builtin_profiles, profile) || g_path_is_absolute(profile) || !folder)
        return g_strdup(profile);
    return g_build_filename(folder, profile, NULL);
}

void properties_identify_profile(const char *profile, const char *folder, struct digest *d)
{
    if (!profile || g_strv_contains(builtin_profiles, profile))
        return;
    g_autofree char *path = properties_profile(profile, folder);
    digest_file(d, path);
}

void properties_identify(const struct arguments *a, const void *params, uint64_t given,
                         const char *folder, struct digest *d)
{
    for (uint32_t i = 0; i < a->len; i++) {
        const struct param *p = &a->params[i];
        if (given >> i & 1 && is_profile(p))
            properties_identify_profile(*(const char *const *)field_of(p, params), folder, d);
    }
}

int properties_check_profile(const char *arg, const char *profile, const char *folder,
                             struct fault *f)
{
    g_autofree char *path = properties_profile(profile, folder);

    if (g_strv_contains(builtin_profiles, profile) || g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return 0;
    fault_set_arg(f, ENOENT, arg, -1,
                  "argument '%s': '%s' is no file, nor one of srgb, cmyk, p3, which are built in",
                  arg, profile);
    f->source = true;
    return -ENOENT;
}

int properties_check(const struct arguments *a, const void *params, uint64_t given,
                     const char *folder, struct fault *f)
{
    for (uint32_t i = 0; i < a->len; i++) {
        const struct param *p = &a->params[i];
        const void *field = field_of(p, params);
        if (!(given >> i & 1))
            continue;
        if (is_list(p) && ((const struct ints *)field)->len == 0)
            return fault_set_arg(f, EINVAL, p->name, -1, "argument '%s': an empty list", p->name);
        int r = is_profile(p)
                    ? properties_check_profile(p->name, *(const char *const *)field, folder, f)
                    : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

/* The property of an array of ints wants ints, not our int64_t; their range was checked. */
static void set_ints(GValue *value, const struct ints *list)
{
    g_autofree int *at = g_new(int, list->len);

    for (uint32_t i = 0; i < list->len; i++)
        at[i] = (int)list->at[i];
    vips_value_set_array_int(value, at, (int)list->len);
}

static void set_interpolator(GValue *value, const struct param *p, int64_t which)
{
    VipsInterpolate *interpolate = vips_interpolate_new(arguments_choice(p->choices, which));

    g_value_take_object(value, interpolate);
}

static void fill(GValue *value, const struct param *p, const void *field, const char *folder)
{
    switch (p->kind) {
    case PARAM_BOOL:
        g_value_set_boolean(value, *(const bool *)field);
        break;
    case PARAM_INT:
        g_value_set_int(value, (int)*(const int64_t *)field);
        break;
    case PARAM_DOUBLE:
        g_value_set_double(value, *(const double *)field);
        break;
    case PARAM_STRING:
        if (is_profile(p))
            g_value_take_string(value, properties_profile(*(const char *const *)field, folder));
        else
            g_value_set_string(value, *(const char *const *)field);
        break;
    case PARAM_CHOICE:
        if (G_VALUE_HOLDS_ENUM(value))
            g_value_set_enum(value, (int)*(const int64_t *)field);
        else
            set_interpolator(value, p, *(const int64_t *)field);
        break;
    case PARAM_FLAGS:
        g_value_set_flags(value, (guint) * (const int64_t *)field);
        break;
    case PARAM_INTS:
    case PARAM_CHOICES:
        set_ints(value, field);
        break;
    default:
        vips_value_set_array_double(value, ((const struct doubles *)field)->at,
                                    (int)((const struct doubles *)field)->len);
    }
}

void properties_set(const struct arguments *a, const void *params, uint64_t given,
                    const char *folder, VipsObject *object)
{
    for (uint32_t i = 0; i < a->len; i++) {
        if (!(given >> i & 1) || arguments_is_image(&a->params[i]))
            continue;
        GValue value = G_VALUE_INIT;
        g_value_init(&value, G_PARAM_SPEC_VALUE_TYPE(a->specs[i]));
        fill(&value, &a->params[i], field_of(&a->params[i], params), folder);
        g_object_set_property(G_OBJECT(object), a->params[i].name, &value);
        g_value_unset(&value);
    }
}

/* A list of numbers; a scalar is a list of one. */
static int bind_list(const struct param *p, const struct node *n, void *ret_field, struct fault *f)
{
    struct param one = *p;
    uint32_t len = n->kind == NODE_LIST ? n->len : 1;
    size_t size = sizeof(double);

    one.kind = p->kind == PARAM_INTS ? PARAM_INT : PARAM_DOUBLE;
    G_STATIC_ASSERT(sizeof(double) == sizeof(int64_t));
    g_autofree char *at = g_malloc0_n(MAX(len, 1), size);
    for (uint32_t i = 0; i < len; i++) {
        const struct node *item = n->kind == NODE_LIST ? n->items[i] : n;
        if (item->kind != NODE_SCALAR)
            return fault_set_arg(f, EINVAL, p->name, (int)i,
                                 "argument '%s': a list of numbers is wanted", p->name);
        int r = param_parse(&one, item->text, NULL, NULL, at + i * size, f);
        if (r < 0)
            return r;
    }
    if (p->kind == PARAM_INTS)
        *(struct ints *)ret_field = (struct ints){(int64_t *)(void *)g_steal_pointer(&at), len};
    else
        *(struct doubles *)ret_field =
            (struct doubles){(double *)(void *)g_steal_pointer(&at), len};
    return 0;
}

static int bind_one(const struct param *p, const struct node *n, GStringChunk *strings,
                    void *ret_field, struct fault *f)
{
    char was[80];

    if (p->kind == PARAM_INTS || p->kind == PARAM_DOUBLES)
        return n->kind == NODE_MAPPING
                   ? fault_set(f, EINVAL,
                               "argument '%s': a mapping, but a list of numbers is wanted", p->name)
                   : bind_list(p, n, ret_field, f);
    if (n->kind == NODE_SCALAR)
        return param_parse(p, n->text, NULL, strings, ret_field, f);

    g_autoptr(GString) wanted = g_string_new(NULL);
    param_print_kind(p, wanted);
    return fault_set(f, EINVAL, "argument '%s': %s, but %s is wanted", p->name,
                     node_describe(n, was, sizeof was), wanted->str);
}

static int unknown(const struct arguments *a, const char *key, const char *const *also,
                   struct fault *f)
{
    struct nearest near;
    char hint[128];

    nearest_init(&near, key);
    for (uint32_t i = 0; i < a->len; i++)
        nearest_offer(&near, a->params[i].name);
    for (; *also; also++)
        nearest_offer(&near, *also);
    return fault_set(f, EINVAL, "no argument '%s'%s", key, nearest_hint(&near, hint, sizeof hint));
}

int properties_bind(const struct arguments *a, const struct node *mapping, const char *const *skip,
                    GStringChunk *strings, struct fault *f, void *ret_params, uint64_t *ret_given)
{
    uint64_t given = 0;

    for (uint32_t i = 0; i < mapping->len; i++) {
        const char *key = mapping->keys[i]->text;
        if (g_strv_contains(skip, key))
            continue;
        const struct param *p = param_find(a->params, key);
        int r = p ? bind_one(p, mapping->items[i], strings, (char *)ret_params + p->offset, f)
                  : unknown(a, key, skip, f);
        if (r < 0) {
            f->arg = key;
            f->item = p ? -1 : FAULT_KEY;
            return r;
        }
        given |= UINT64_C(1) << (p - a->params);
    }
    *ret_given = given;
    return 0;
}

void properties_clear(const struct arguments *a, void *params)
{
    for (uint32_t i = 0; i < a->len; i++) {
        void *field = (char *)params + a->params[i].offset;
        if (a->params[i].kind == PARAM_INTS)
            g_clear_pointer(&((struct ints *)field)->at, g_free);
        else if (a->params[i].kind == PARAM_DOUBLES)
            g_clear_pointer(&((struct doubles *)field)->at, g_free);
    }
}
