/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parameters: who defines them, and how they get into the scalars of a spec. */
#include "ops/spec/params.h"

#include <errno.h>
#include <string.h>

#include "ops/base/nearest.h"
#include "ops/spec/spec.h"

#define NAME_START G_CSET_A_2_Z G_CSET_a_2_z "_"
#define NAME_NEXT NAME_START G_CSET_DIGITS "-"

struct param_def {
    const struct node *name; /* borrowed from the tree */
    struct node *fallback;   /* borrowed from the tree */
    const char *value; /* borrowed from the fallback or a define; NULL = has none, or a bad one */
};

/* Lifetime: call. */
struct filler {
    struct complaints *c;
    struct param_def defs[PARAMS_MAX]; /* linear search */
    unsigned n_defs;
    bool in_defaults; /* only the environment may be used */
    uint64_t n_bytes; /* filled in so far */
};

#define COMPLAIN(f, at, ...) complaints_add((f)->c, COMPLAINT_SPEC, at, __VA_ARGS__)

static bool is_name(const char *text)
{
    return *text && strchr(NAME_START, *text) && text[strspn(text, NAME_NEXT)] == '\0';
}

static struct param_def *find_def(struct filler *f, const char *name)
{
    for (unsigned i = 0; i < f->n_defs; i++)
        if (strcmp(f->defs[i].name->text, name) == 0)
            return &f->defs[i];
    return NULL;
}

/* What to do about an unknown name. */
static const char *hint(const struct filler *f, const char *name, char *buf, unsigned size)
{
    struct nearest n;

    nearest_init(&n, name);
    for (unsigned i = 0; i < f->n_defs; i++)
        nearest_offer(&n, f->defs[i].name->text);
    if (!*nearest_hint(&n, buf, size))
        g_strlcpy(buf, "; the top-level 'params' gives every parameter its default", size);
    return buf;
}

/* "NAME" or "NAME:-default" of the environment; cut into its parts. */
static const char *find_env(struct filler *f, struct mark at, char *name)
{
    char *rest = strstr(name, ":-");
    const char *value;

    if (rest) {
        *rest = '\0';
        rest += strlen(":-");
    }
    if (!is_name(name)) {
        COMPLAIN(f, at, "'${env:%s}' names no environment variable", name);
        return NULL;
    }
    value = g_getenv(name);
    if (rest && (!value || !*value))
        return rest;
    if (!value)
        COMPLAIN(
            f, at,
            "environment variable '%s' is not set; set it, or give it a default: ${env:%s:-...}",
            name, name);
    else if (!g_utf8_validate(value, -1, NULL))
        COMPLAIN(f, at, "environment variable '%s' is not UTF-8", name);
    else
        return value;
    return NULL;
}

/* The value of what stands between ${ and }, which may be cut; NULL if there is none, which was
 * said. */
static const char *find_value(struct filler *f, struct mark at, char *inner)
{
    const struct param_def *def;
    char buf[160];

    if (strstr(inner, "${"))
        COMPLAIN(f, at, "'${%s}': a parameter cannot hold another", inner);
    else if (g_str_has_prefix(inner, "env:"))
        return find_env(f, at, inner + strlen("env:"));
    else if (!is_name(inner))
        COMPLAIN(f, at, "'${%s}' names no parameter; a literal '${' is written '$${'", inner);
    else if (f->in_defaults)
        COMPLAIN(f, at, "'${%s}': a default can use ${env:NAME}, but no other parameter", inner);
    else if ((def = find_def(f, inner)))
        return def->value;
    else
        COMPLAIN(f, at, "no parameter '%s'%s", inner, hint(f, inner, buf, sizeof buf));
    return NULL;
}

/* Appends text with its parameters filled in; false if there was a complaint. */
static bool expand(struct filler *f, const struct node *n, GString *ret)
{
    bool good = true;

    for (const char *p = n->text; *p && ret->len <= SPEC_MAX_TEXT;) {
        g_autofree char *inner = NULL;
        const char *end, *value;

        if (g_str_has_prefix(p, "$${")) {
            g_string_append(ret, "${");
            p += strlen("$${");
            continue;
        }
        if (!g_str_has_prefix(p, "${")) {
            g_string_append_c(ret, *p++);
            continue;
        }
        end = strchr(p, '}');
        if (!end) {
            COMPLAIN(f, n->mark, "'${' without '}'; a literal '${' is written '$${'");
            return false;
        }
        inner = g_strndup(p + strlen("${"), end - p - strlen("${"));
        value = find_value(f, n->mark, inner);
        good = good && value;
        g_string_append(ret, value ? value : "");
        p = end + 1;
    }
    if (ret->len > SPEC_MAX_TEXT) {
        COMPLAIN(f, n->mark, "with its parameters filled in this is longer than %u bytes",
                 SPEC_MAX_TEXT);
        return false;
    }
    return good;
}

/* Fills one scalar, once; the result is false only if it was found at fault now. */
static bool fill(struct filler *f, struct node *n)
{
    struct cell *cell = (struct cell *)n;
    const char *end = strchr(n->text, '}');
    bool whole = g_str_has_prefix(n->text, "${") && end && !end[1];
    g_autoptr(GString) text = NULL;

    if (cell->filled || !strstr(n->text, "${"))
        return true;
    cell->filled = true;
    text = g_string_new(NULL);
    if (!expand(f, n, text)) {
        n->broken = true;
        return false;
    }
    f->n_bytes += text->len;
    if (whole)
        n->quoted = false;
    read_set_text(cell, g_string_free(g_steal_pointer(&text), FALSE));
    return true;
}

static void add_def(struct filler *f, struct node *name, struct node *fallback)
{
    char what[64];

    ((struct cell *)name)->filled = true;
    if (!is_name(name->text))
        COMPLAIN(f, name->mark,
                 "the name of a parameter is letters, digits, '_' and '-', and no digit first");
    if (fallback->kind != NODE_SCALAR)
        COMPLAIN(f, fallback->mark, "parameter '%s' is a text or a number, not %s", name->text,
                 node_describe(fallback, what, sizeof what));
    if (find_def(f, name->text))
        return; /* a key given twice, which others complain of */
    if (f->n_defs < PARAMS_MAX)
        f->defs[f->n_defs++] = (struct param_def){.name = name, .fallback = fallback};
    else
        COMPLAIN(f, name->mark, "more than %u parameters", PARAMS_MAX);
}

static void add_defs(struct filler *f, const struct node *root)
{
    const struct node *params = node_find(root, "params");
    char what[64];

    if (!params || node_is_null(params))
        return;
    if (params->kind != NODE_MAPPING) {
        COMPLAIN(f, params->mark, "'params' is a mapping of names to defaults, not %s",
                 node_describe(params, what, sizeof what));
        return;
    }
    for (uint32_t i = 0; i < params->len && complaints_len(f->c) < COMPLAINTS_MAX; i++)
        add_def(f, params->keys[i], params->items[i]);
}

static void define(struct filler *f, const char *text)
{
    const struct mark nowhere = {0};
    const char *value = strchr(text, '=');
    g_autofree char *name = value ? g_strndup(text, value - text) : NULL;
    struct param_def *def;
    char buf[160];

    if (!value) {
        COMPLAIN(f, nowhere, "-D %s: a parameter is given as name=value", text);
        return;
    }
    def = find_def(f, name);
    if (!def)
        COMPLAIN(f, nowhere, "-D %s: no parameter '%s'%s", text, name,
                 hint(f, name, buf, sizeof buf));
    else if (!g_utf8_validate(value, -1, NULL))
        COMPLAIN(f, nowhere, "-D %s: the value is not UTF-8", text);
    else
        def->value = value + 1;
}

/* A parameter that was not given takes its default. */
static void take_default(struct filler *f, struct param_def *def)
{
    struct node *fallback = def->fallback;

    if (fallback->kind != NODE_SCALAR)
        return;
    if (def->value)
        /* The default may name a variable that is not set: no matter now. */
        ((struct cell *)fallback)->filled = true;
    else if (node_is_null(fallback))
        COMPLAIN(f, def->name->mark, "parameter '%s' has no default: give it with -D %s=VALUE",
                 def->name->text, def->name->text);
    else if (fill(f, fallback))
        def->value = fallback->text;
}

int params_fill(struct tree *t, char *const *defines, struct complaints *c)
{
    g_autofree struct filler *f = g_new0(struct filler, 1);

    f->c = c;
    add_defs(f, t->root);
    for (unsigned i = 0; defines && defines[i]; i++)
        define(f, defines[i]);
    f->in_defaults = true;
    for (unsigned i = 0; i < f->n_defs; i++)
        take_default(f, &f->defs[i]);
    f->in_defaults = false;
    for (struct cell *cell = t->cells; cell && complaints_len(c) < COMPLAINTS_MAX;
         cell = cell->next) {
        if (cell->node.kind == NODE_SCALAR)
            fill(f, &cell->node);
        if (f->n_bytes > PARAMS_MAX_BYTES) {
            COMPLAIN(f, cell->node.mark, "parameters make the spec larger than %u bytes",
                     PARAMS_MAX_BYTES);
            return -E2BIG;
        }
    }
    return 0;
}
