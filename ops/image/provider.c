/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds libvips' operations by their nicknames and makes operators of them on demand. */
#include "ops/core/registry.h"

#include <string.h>

#include "ops/image/image.h"
#include "ops/image/operation.h"

/* Lifetime: the registry's. */
struct provider {
    GHashTable *made; /* name, borrowed from libvips: struct operation, owned */
};

static void free_operation(void *o)
{
    operation_free(o);
}

static int provider_open(void **ret_self, struct fault *f)
{
    int r = image_setup(f);

    if (r < 0)
        return r;
    struct provider *p = g_new(struct provider, 1);
    p->made = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_operation);
    *ret_self = p;
    return 0;
}

static void provider_close(void *self)
{
    struct provider *p = self;

    if (!p)
        return;
    g_hash_table_unref(p->made);
    g_free(p);
}

/* Two types may share a nickname: `crop` is a type of that very name whose nickname is
 * extract_area. Such a type, not named in libvips' own style, goes by the name of the type. */
static const char *name_of(GType type)
{
    const VipsObjectClass *class = g_type_class_peek(type);
    const char *name = g_type_name(type);

    return g_str_has_prefix(name, "Vips") ? class->nickname : name;
}

/* libvips' own search ignores case and takes class names too. */
static GType find_type(const char *name)
{
    GType type = vips_type_find("VipsOperation", name);

    if (!type || G_TYPE_IS_ABSTRACT(type))
        return 0;
    const VipsObjectClass *class = g_type_class_peek(type);
    return strcmp(class->nickname, name) == 0 || strcmp(name_of(type), name) == 0 ? type : 0;
}

static bool is_deprecated(GType type)
{
    const VipsOperationClass *class = g_type_class_peek(type);

    return class->flags & VIPS_OPERATION_DEPRECATED;
}

static const struct op *make(struct provider *p, GType type)
{
    const char *name = name_of(type);
    const struct operation *known = g_hash_table_lookup(p->made, name);

    if (known)
        return &known->op;
    if (is_deprecated(type))
        return NULL;
    OWN(operation_free) struct operation *o = operation_new(type, name);
    if (operation_refuse(type, &o->arguments))
        return NULL;
    g_hash_table_insert(p->made, (gpointer)name, o);
    return &g_steal_pointer(&o)->op;
}

static const struct op *provider_find(void *self, const char *name)
{
    GType type = find_type(name);

    return type ? make(self, type) : NULL;
}

static const char *provider_refuse(void *self, const char *name)
{
    GType type = find_type(name);

    if (!type)
        return NULL;
    if (is_deprecated(type))
        return "it is deprecated in libvips";
    OWN(operation_free) struct operation *o = operation_new(type, name);
    return operation_refuse(type, &o->arguments);
}

/* Lifetime: call. */
struct visit {
    struct provider *provider;
    void (*visit)(void *ctx, const struct op *op);
    void *ctx;
};

static void *visit_type(GType type, void *data)
{
    const struct visit *v = data;

    if (G_TYPE_IS_ABSTRACT(type))
        return NULL;
    g_type_class_ref(type); /* for good, as libvips does with all its classes */
    const struct op *op = make(v->provider, type);
    if (op)
        v->visit(v->ctx, op);
    return NULL;
}

static void provider_each(void *self, void (*visit)(void *ctx, const struct op *op), void *ctx)
{
    struct visit v = {self, visit, ctx};

    vips_type_map_all(g_type_from_name("VipsOperation"), visit_type, &v);
}

const struct op_provider provider_vips = {
    .prefix = "vips",
    .open = provider_open,
    .close = provider_close,
    .find = provider_find,
    .refuse = provider_refuse,
    .each = provider_each,
};
