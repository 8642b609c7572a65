/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The three ways to turn knobs: options, -o lists and sections of the spec. */
#include "fs/conf.h"

#include <errno.h>
#include <string.h>

#include "fs/arguments.h"
#include "fs/knob.h"
#include "fs/vault.h"
#include "ops/base/nearest.h"
#include "ops/core/depot.h"
#include "ops/core/param.h"
#include "ops/spec/node.h"

/* What fstab, mount(8) and mount.fuse3 add to -o, and what is true of every mount of ours anyway.
 */
/* clang-format off */
static const char *const ignored[] = {
    "rw", "auto", "noauto", "user", "users", "nouser", "owner", "group", "nofail",
    "_netdev", "_rnetdev", "dev", "nodev", "suid", "nosuid", "exec", "noexec", "sync",
    "async", "atime", "noatime", "relatime", "norelatime", "strictatime", "diratime",
    "nodiratime", "lazytime", "nolazytime", "defaults", "comment", "default-permissions",
    NULL
};
/* clang-format on */

void conf_init(struct conf *c)
{
    *c = (struct conf){.defines = g_ptr_array_new_null_terminated(4, g_free, TRUE)};
    for (unsigned i = 0; i < KNOBS_N; i++) {
        struct fault f = {0};
        int r = 0;

        if (knob_table[i].param.fallback != NULL)
            r = knob_set(&knob_table[i], c, "default", knob_table[i].param.fallback, &f);
        g_assert(r == 0);
    }
}

void conf_finish(struct conf *c)
{
    if (c == NULL)
        return;
    g_clear_pointer(&c->spec, g_free);
    g_clear_pointer(&c->mountpoint, g_free);
    g_clear_pointer(&c->cache.disk, g_free);
    g_clear_pointer(&c->size_index, g_free);
    g_clear_pointer(&c->defines, g_ptr_array_unref);
}

void conf_renew(const struct conf *c, struct conf *ret)
{
    struct conf renewed = *c;
    struct fault f;

    renewed.spec = g_strdup(c->spec);
    renewed.mountpoint = g_strdup(c->mountpoint);
    renewed.cache.disk = g_strdup(c->cache.disk);
    renewed.size_index = g_strdup(c->size_index);
    renewed.defines = g_ptr_array_ref(c->defines);
    for (unsigned i = 0; i < KNOBS_N; i++)
        if (knob_table[i].section != NULL && !(c->given >> i & 1))
            knob_set(&knob_table[i], &renewed, "default", knob_table[i].param.fallback, &f);
    *ret = renewed;
}

static bool is_ignored(const char *name)
{
    if (g_str_has_prefix(name, "x-") || g_str_has_prefix(name, "X-"))
        return true;
    for (unsigned i = 0; ignored[i] != NULL; i++)
        if (knob_same_name(ignored[i], name))
            return true;
    return false;
}

int conf_add_define(struct conf *c, const char *text, struct fault *f)
{
    if (text[0] == '=' || strchr(text, '=') == NULL)
        return fault_set(f, EINVAL, "option '-D': '%s' is no NAME=VALUE", text);
    g_ptr_array_add(c->defines, g_strdup(text));
    return 0;
}

static int set_option(struct conf *c, const char *label, const char *name, const char *value,
                      struct fault *f)
{
    const struct knob *k = knob_find(name);
    int r;

    if (value == NULL && k->param.kind != PARAM_BOOL)
        return fault_set(f, EINVAL, "%s needs a value: %s=...", label, name);
    r = knob_set(k, c, label, value != NULL ? value : "true", f);
    if (r == 0)
        c->given |= UINT64_C(1) << (k - knob_table);
    return r;
}

static int unknown_in_list(const char *name, struct fault *f)
{
    char hint[128];
    struct nearest near;

    nearest_init(&near, name);
    for (unsigned i = 0; i < KNOBS_N; i++)
        nearest_offer(&near, knob_table[i].param.name);
    for (unsigned i = 0; ignored[i] != NULL; i++)
        nearest_offer(&near, ignored[i]);
    return fault_set(f, EINVAL, "no option '-o %s'%s", name,
                     nearest_hint(&near, hint, sizeof hint));
}

/* One of an -o list: "name" or "name=value". */
static int take_listed(struct conf *c, const char *text, struct fault *f)
{
    const char *equals = strchr(text, '=');
    g_autofree char *name = g_strndup(text, strcspn(text, "="));
    g_autofree char *label = g_strdup_printf("option '-o %s'", name);

    if (name[0] == '\0' && equals == NULL)
        return 0;
    if (knob_same_name("define", name) && equals != NULL)
        return conf_add_define(c, equals + 1, f);
    if (knob_find(name) != NULL)
        return set_option(c, label, name, equals != NULL ? equals + 1 : NULL, f);
    return is_ignored(name) ? 0 : unknown_in_list(name, f);
}

/* Items are separated by commas; "\," is a comma in an item, as mount.fuse3 writes it. */
static int take_list(struct conf *c, const char *list, struct fault *f)
{
    g_autoptr(GString) item = g_string_new(NULL);
    int r;

    for (const char *p = list; *p != '\0'; p++) {
        if (*p == ',') {
            r = take_listed(c, item->str, f);
            if (r < 0)
                return r;
            g_string_truncate(item, 0);
            continue;
        }
        if (p[0] == '\\' && (p[1] == ',' || p[1] == '\\'))
            p++;
        g_string_append_c(item, *p);
    }
    return take_listed(c, item->str, f);
}

/* A GOptionArgFunc: option is "--workers" or "-f". */
static gboolean take_option(const gchar *option, const gchar *value, gpointer ctx, GError **error)
{
    struct conf *c = ctx;
    struct fault f = {0};
    const char *name = option + strspn(option, "-");
    g_autofree char *label = g_strdup_printf("option '%s'", option);
    int r;

    if (strcmp(option, "-o") == 0 || strcmp(name, "options") == 0)
        r = take_list(c, value, &f);
    else if (strcmp(option, "-D") == 0 || strcmp(name, "define") == 0)
        r = conf_add_define(c, value, &f);
    else
        r = set_option(c, label, name, value, &f);
    if (r < 0)
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, f.text);
    return r == 0;
}

/* File names are not converted from the locale's character set; nothing else is either. */
static GOptionEntry entry(const char *name, char letter, bool has_value)
{
    return (GOptionEntry){.long_name = name,
                          .short_name = letter,
                          .flags = (int)G_OPTION_FLAG_FILENAME |
                                   (has_value ? 0 : (int)G_OPTION_FLAG_NO_ARG),
                          .arg = G_OPTION_ARG_CALLBACK,
                          .arg_data = (gpointer)take_option};
}

int conf_parse_args(struct conf *c, int *argc, char ***argv, struct fault *f)
{
    GOptionEntry entries[KNOBS_N + 3] = {0};

    for (unsigned i = 0; i < KNOBS_N; i++)
        entries[i] = entry(knob_table[i].param.name, knob_table[i].letter,
                           knob_table[i].param.kind != PARAM_BOOL);
    entries[KNOBS_N] = entry("options", 'o', true);
    entries[KNOBS_N + 1] = entry("define", 'D', true);
    return arguments_parse(entries, c, argc, argv, f);
}

static void take_key(const struct knob *k, struct conf *c, const struct node *n,
                     struct complaints *complaints)
{
    g_autofree char *label = g_strdup_printf("%s: '%s'", k->section, k->key);
    struct fault f = {0};
    char what[64];

    if (n->kind != NODE_SCALAR)
        complaints_add(complaints, COMPLAINT_SPEC, n->mark, "%s: %s where a single value is wanted",
                       label, node_describe(n, what, sizeof what));
    else if (knob_set(k, c, label, n->text, &f) < 0)
        complaints_add(complaints, COMPLAINT_SPEC, n->mark, "%s", f.text);
}

static bool is_given(const struct conf *c, const struct knob *k)
{
    return c->given >> (k - knob_table) & 1;
}

/* `disk: true`, `disk: {path, size}`: this knob and the one behind it. */
static void take_disk(const struct knob *k, struct conf *c, const struct plan *p,
                      const struct node *n, struct complaints *complaints)
{
    OWN(depot_finish) struct depot depot = {0};
    struct fault f = {0};

    if (depot_parse(n, spec_folder(plan_spec(p)), &f, &depot) < 0) {
        complaints_add(complaints, COMPLAINT_SPEC, n->mark, "%s: '%s': %s", k->section, k->key,
                       f.text);
        return;
    }
    if (!is_given(c, k)) {
        g_free(c->cache.disk);
        c->cache.disk = depot.wanted ? g_steal_pointer(&depot.path) : g_strdup("");
    }
    if (depot.sized && !is_given(c, k + 1))
        c->cache.disk_size = depot.size;
}

/* The section's values are bound as nodes: the texts then go the same way as those of options. */
static void take_section(struct conf *c, const struct plan *p, const char *section,
                         struct complaints *complaints)
{
    struct param table[KNOBS_N + 1] = {0};
    const struct node *nodes[KNOBS_N] = {0};
    unsigned n = 0;
    struct conf unused = *c; /* what an option overrides is checked all the same */

    for (unsigned i = 0; i < KNOBS_N; i++) {
        if (knob_table[i].key == NULL || strcmp(knob_table[i].section, section) != 0)
            continue;
        table[n++] = (struct param){.name = knob_table[i].key,
                                    .brief = knob_table[i].param.brief,
                                    .kind = PARAM_NODE,
                                    .offset = i * sizeof nodes[0]};
    }
    /* What it complains of is complained of; the other values are checked all the same. */
    plan_section(p, section, table, complaints, nodes);
    for (unsigned i = 0; i < KNOBS_N; i++) {
        if (nodes[i] != NULL && knob_table[i].param.kind == PARAM_PATH)
            take_disk(&knob_table[i], c, p, nodes[i], complaints);
        else if (nodes[i] != NULL)
            take_key(&knob_table[i], is_given(c, &knob_table[i]) ? &unused : c, nodes[i],
                     complaints);
    }
}

int conf_take_spec(struct conf *c, const struct plan *p, struct complaints *complaints)
{
    static const char *const sections[] = {"workers", "prefetch", "cache", "errors"};
    unsigned before = complaints_len(complaints);

    for (unsigned i = 0; i < G_N_ELEMENTS(sections); i++)
        take_section(c, p, sections[i], complaints);
    return complaints_len(complaints) > before ? -EINVAL : 0;
}

void conf_crew(const struct conf *c, struct crew_conf *ret)
{
    unsigned cpus = g_get_num_processors();
    unsigned count = c->workers.count > 0 ? (unsigned)c->workers.count : cpus;

    *ret = (struct crew_conf){
        .count = count,
        .isolation = (enum isolation)c->workers.isolation,
        .timeout = c->workers.timeout,
        .memory = c->workers.memory,
        .nice = (int)c->workers.nice,
        .pin = c->workers.pin == PIN_ON || (c->workers.pin == PIN_AUTO && count == cpus),
        .debug = c->debug,
    };
}

char *conf_size_index(const struct conf *c)
{
    if (c->size_index == NULL)
        return g_build_filename(g_get_user_cache_dir(), "seqfs", "sizes", NULL);
    return c->size_index[0] != '\0' ? g_strdup(c->size_index) : NULL;
}

char *conf_disk(const struct conf *c)
{
    if (c->cache.disk == NULL)
        return vault_default_path();
    return c->cache.disk[0] != '\0' ? g_strdup(c->cache.disk) : NULL;
}

void conf_print_help(FILE *out)
{
    const char *group = NULL;

    for (unsigned i = 0; i < KNOBS_N; i++) {
        if (knob_table[i].group != group)
            fprintf(out, "%s%s:\n", group != NULL ? "\n" : "", knob_table[i].group);
        group = knob_table[i].group;
        knob_print(&knob_table[i], out);
    }
    fprintf(out, "  %-30s %s\n", "-D, --define=NAME=VALUE",
            "the value of a parameter of the spec; as often as needed");
    fprintf(out, "  %-30s %s\n", "-o NAME[=VALUE],...",
            "the same options for mount(8); those of fstab are accepted");
    fprintf(out, "\nSizes take K, M, G; times take ms, s, m, h.\n");
}
