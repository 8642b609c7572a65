/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loads shared objects, and looks at what they define before it is believed to be an operator. */
#include "ops/core/pipeline_parts.h"

#include <errno.h>
#include <gmodule.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ops/core/digest.h"
#include "ops/core/elffile.h"

#define NAME_LONGEST 64

/* The object is at fault, not the spec. */
static int refuse(struct fault *f, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
static int refuse(struct fault *f, const char *fmt, ...)
{
    g_autofree char *why = NULL;
    va_list args;

    va_start(args, fmt);
    why = g_strdup_vprintf(fmt, args);
    va_end(args);
    fault_set_arg(f, EINVAL, "path", -1, "%s", why);
    f->source = true;
    return -f->err;
}

/* The loader would die of what is cut off. */
static int check_file(const char *path, struct fault *f)
{
    struct fault why = {0};

    return elffile_check(path, &why) < 0 ? refuse(f, "%s", why.text) : 0;
}

/* What the loader says names the file once more. */
static int refuse_object(struct fault *f, const char *path)
{
    const char *said = g_module_error();

    if (!said || strstr(said, "invalid ELF header") || strstr(said, "file too short"))
        return refuse(f, "'%s' is no shared object", path);
    refuse(f, "'%s' cannot be loaded", path);
    return fault_detail(f, said, -1);
}

/* The symbol of an operator's name: "op_" and the name with underscores. */
static int find_symbol(const char *name, struct fault *f, char **ret)
{
    const size_t len = strlen(name);

    if (len == 0 || len > NAME_LONGEST ||
        strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-") != len)
        return fault_set_arg(f, EINVAL, "name", -1,
                             "'%.64s' cannot be an operator's name: wanted are letters, digits, "
                             "'-' and '_'",
                             name);
    *ret = g_strdelimit(g_strconcat("op_", name, NULL), "-", '_');
    return 0;
}

/* Whether the mapping that holds an address is of a file that is not there any more, since another
 * took its name: the loader goes by names, and gives the old one. */
static bool was_replaced(const void *address)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char *line = NULL;
    size_t cap = 0;
    bool replaced = false;

    while (maps && getline(&line, &cap, maps) > 0) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx", &from, &to) != 2 || (uintptr_t)address < from ||
            (uintptr_t)address >= to)
            continue;
        replaced = g_str_has_suffix(g_strchomp(line), " (deleted)");
        break;
    }
    free(line);
    if (maps)
        fclose(maps);
    return replaced;
}

static bool has_functions(const struct op *op)
{
    switch (op->kind) {
    case OP_SOURCE:
        return op->get || (op->start && op->next && op->stop);
    case OP_SEQUENCE:
        return true;
    case OP_ELEMENT:
        return op->apply;
    }
    return false;
}

/* Arguments that the step `plugin` takes for itself. */
static const char *find_shadowed(const struct op *op)
{
    if (param_find(op->params, "path"))
        return "path";
    return param_find(op->params, "name") ? "name" : NULL;
}

static int check(const struct op *op, const char *path, const char *name, struct fault *f)
{
    const char *shadowed;

    if (op->abi != SEQFS_OP_ABI)
        return refuse(f,
                      "'%s' was built for operators of version %u, and this seqfs has "
                      "version %u: build it again, against the headers of this seqfs",
                      path, op->abi, SEQFS_OP_ABI);
    if (!op->name || !op->brief || !has_functions(op) || op->flags & (OP_PLUGS | OP_MAPS))
        return refuse(f,
                      "'%s': its operator '%s' lacks a name, a brief, or the function that "
                      "computes its elements",
                      path, name);
    shadowed = find_shadowed(op);
    if (shadowed)
        return refuse(f,
                      "'%s': its operator '%s' has an argument '%s', which is the plugin "
                      "step's own",
                      path, name, shadowed);
    return 0;
}

static uint64_t stamp_of(const char *path, const struct stat *st)
{
    OWN(digest_free) struct digest *d = digest_new();
    uint64_t hash[2] = {0};

    digest_stat(d, path, st);
    digest_end(d, hash);
    return hash[0] | 1;
}

/* What is loaded stays until the process ends: values may outlive every plan.  *ret_stamp: not 0.
 */
static int open_plugin(const char *path, const char *name, struct fault *f, const struct op **ret,
                       uint64_t *ret_stamp)
{
    g_autofree char *symbol = NULL;
    struct stat st;
    GModule *module;
    void *op;
    int r = find_symbol(name, f, &symbol);

    if (r < 0)
        return r;
    if (stat(path, &st) < 0)
        return refuse(f, "'%s': %s", path, g_strerror(errno));
    if (!S_ISREG(st.st_mode))
        return refuse(f, "'%s' is no shared object", path);
    r = check_file(path, f);
    if (r < 0)
        return r;
    module = g_module_open(path, G_MODULE_BIND_LOCAL);
    if (!module)
        return refuse_object(f, path);
    g_module_make_resident(module);
    if (!g_module_symbol(module, symbol, &op) || !op)
        return fault_set_arg(f, EINVAL, "name", -1,
                             "'%s' has no operator '%s': it does not define '%s'", path, name,
                             symbol);
    if (was_replaced(op))
        return refuse(f,
                      "'%s' was replaced since it was loaded: unmount and mount again to have the "
                      "new one",
                      path);
    r = check(op, path, name, f);
    if (r < 0)
        return r;
    *ret = op;
    *ret_stamp = stamp_of(path, &st);
    return 0;
}

/* The place of a key that is there. */
static uint32_t find_key(const struct node *args, const char *key)
{
    uint32_t i = 0;

    while (!param_same_name(args->keys[i]->text, key))
        i++;
    return i;
}

const struct op *pipeline_plug(struct pipeline *p, const struct op *plugin, struct wording *w)
{
    struct plugging plugging = {0};
    struct bind_use use = {
        .what = w->op, .mark = w->mark, .table = plugin->params, .args = w->args};
    struct fault f = {0};
    const struct op *op = NULL;

    if (bind_params(&p->bind, &use, &plugging, NULL) < 0)
        return NULL;
    if (open_plugin(plugging.path, plugging.name, &f, &op, &w->plugged) < 0) {
        struct mark at = bind_mark(plugin->params, w->args, f.arg, f.item, w->mark);
        complaints_add(p->bind.complaints, f.source ? COMPLAINT_SOURCE : COMPLAINT_SPEC, at,
                       "%s: %s%s%s", w->op, f.text, f.detail[0] ? ": " : "", f.detail);
        return NULL;
    }
    w->op = plugging.name;
    w->args = pipeline_without(p, w->args, find_key(w->args, "path"));
    w->args = pipeline_without(p, w->args, find_key(w->args, "name"));
    if (w->args->len == 0)
        w->args = NULL;
    return op;
}
