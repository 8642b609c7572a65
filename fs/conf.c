/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of knobs, and the three ways to turn them: options, -o lists and sections of the spec.
 */
#include "fs/conf.h"

#include <errno.h>
#include <string.h>

#include "fs/arguments.h"
#include "ops/base/nearest.h"
#include "ops/core/param.h"
#include "ops/spec/node.h"

#define DAY (24.0 * 60 * 60)

/* Lifetime: static. */
struct knob {
    struct param param;  /* name: of the option; offset: in struct conf */
    const char *group;   /* heading in --help */
    const char *section; /* of the spec; NULL = an option alone */
    const char *key;     /* in that section */
    char letter;         /* of a short option, or 0 */
    bool automatic;      /* takes `auto` */
    int64_t automatic_value;
    bool narrow; /* the field of a choice is a bool */
};

static const struct param_choice isolations[] = {
    {"process", ISOLATION_PROCESS}, {"thread", ISOLATION_THREAD}, {0}};
static const struct param_choice pins[] = {
    {"auto", PIN_AUTO}, {"on", PIN_ON}, {"off", PIN_OFF}, {0}};
static const struct param_choice sizes[] = {
    {"guess", SIZE_MODE_GUESS}, {"exact", SIZE_MODE_EXACT}, {0}};
static const struct param_choice visibilities[] = {{"hidden", false}, {"visible", true}, {0}};

static const char group_workers[] = "Workers (section `workers` of the spec)";
static const char group_memory[] = "Run-ahead, memory and failures (`prefetch`, `cache`, `errors`)";
static const char group_mount[] = "The mount";
static const char group_program[] = "The program";

/* clang-format off */
#define KNOB(NAME, KIND, FIELD, FALLBACK, BRIEF)                                                   \
    .param.name = NAME, .param.kind = PARAM_##KIND, .param.offset = offsetof(struct conf, FIELD),  \
    .param.fallback = FALLBACK, .param.brief = BRIEF
#define WITHIN(MIN, MAX) .param.min = MIN, .param.max = MAX
#define SECTION(NAME, KEY) .section = NAME, .key = KEY

static const struct knob knobs[] = {
    {KNOB("workers", INT, workers.count, "auto", "evaluations at a time; auto: one a CPU"),
     WITHIN(1, 1024), SECTION("workers", "count"), .group = group_workers, .automatic = true},
    {KNOB("isolation", CHOICE, workers.isolation, "process",
          "what a worker is; thread: for trusted, tiny steps without libvips"),
     .param.choices = isolations, SECTION("workers", "isolation"), .group = group_workers},
    {KNOB("timeout", DURATION, workers.timeout, "30s", "an evaluation may take this long; 0: any time"),
     WITHIN(0, 365 * DAY), SECTION("workers", "timeout"), .group = group_workers},
    {KNOB("memory", SIZE, workers.memory, "1G", "data a worker process may have; 0: any amount"),
     WITHIN(0, 1e15), SECTION("workers", "memory"), .group = group_workers},
    {KNOB("nice", INT, workers.nice, "10", "added to the workers' niceness"),
     WITHIN(0, 19), SECTION("workers", "nice"), .group = group_workers},
    {KNOB("pin", CHOICE, workers.pin, "auto",
          "a CPU for each worker; auto: where there are as many of both"),
     .param.choices = pins, SECTION("workers", "pin"), .group = group_workers},

    {KNOB("ahead", INT, prefetch.ahead, "auto", "elements computed ahead of a reader in order; 0: none"),
     WITHIN(0, 4096), SECTION("prefetch", "ahead"), .group = group_memory,
     .automatic = true, .automatic_value = -1},
    {KNOB("cache-memory", SIZE, cache.memory, "auto",
          "bytes of results kept; auto: a quarter of the machine's memory"),
     WITHIN(1, 1e15), SECTION("cache", "memory"), .group = group_memory, .automatic = true},
    {KNOB("retry", INT, errors.retry, "2", "more attempts at what may pass: no memory, a killed worker"),
     WITHIN(0, 100), SECTION("errors", "retry"), .group = group_memory},

    {KNOB("size", CHOICE, size, "guess", "exact: stat waits for the evaluation, for tools that trust it"),
     .param.choices = sizes, .group = group_mount},
    {KNOB("placeholder", SIZE, placeholder, "16M", "size that stat tells of what is not evaluated yet"),
     WITHIN(1, 1e15), .group = group_mount},
    {KNOB("control", CHOICE, control_visible, "hidden", "whether listings show .errors and .seqfs"),
     .param.choices = visibilities, .group = group_mount, .narrow = true},
    {KNOB("nonempty", BOOL, nonempty, NULL, "mount over a folder that is not empty"),
     .group = group_mount},
    {KNOB("ro", BOOL, read_only, NULL, "read-only for the kernel, too: not even reports can be removed"),
     .group = group_mount},
    {KNOB("allow-other", BOOL, allow_other, NULL, "let other users read (see /etc/fuse.conf)"),
     .group = group_mount},

    {KNOB("foreground", BOOL, foreground, NULL, "stay in front and show the log"),
     .group = group_program, .letter = 'f'},
    {KNOB("debug", BOOL, debug, NULL, "show every request of the kernel (with -f)"),
     .group = group_program},
};
/* clang-format on */

#define N_KNOBS G_N_ELEMENTS(knobs)

/* What fstab, mount(8) and mount.fuse3 add to -o, and what is true of every mount of ours anyway.
 */
static const char *const ignored[] = {"rw",
                                      "auto",
                                      "noauto",
                                      "user",
                                      "users",
                                      "nouser",
                                      "owner",
                                      "group",
                                      "nofail",
                                      "_netdev",
                                      "_rnetdev",
                                      "dev",
                                      "nodev",
                                      "suid",
                                      "nosuid",
                                      "exec",
                                      "noexec",
                                      "sync",
                                      "async",
                                      "atime",
                                      "noatime",
                                      "relatime",
                                      "norelatime",
                                      "strictatime",
                                      "diratime",
                                      "nodiratime",
                                      "lazytime",
                                      "nolazytime",
                                      "defaults",
                                      "comment",
                                      "default-permissions",
                                      NULL};

/* "argument 'workers': 0 is outside 1..1024" of the common parser, without its start. */
static const char *without_subject(const char *text)
{
    const char *end = g_str_has_prefix(text, "argument '") ? strstr(text, "': ") : NULL;

    return end != NULL ? end + strlen("': ") : text;
}

static int parse_field(const struct knob *k, const char *text, void *field, struct fault *f)
{
    int64_t choice;
    int r;

    if (k->automatic && strcmp(text, "auto") == 0) {
        *(int64_t *)field = k->automatic_value;
        return 0;
    }
    if (!k->narrow)
        return param_parse(&k->param, text, NULL, NULL, field, f);
    r = param_parse(&k->param, text, NULL, NULL, &choice, f);
    if (r == 0)
        *(bool *)field = choice != 0;
    return r;
}

/* label says where the text stood: "option '--workers'". */
static int knob_set(const struct knob *k, struct conf *c, const char *label, const char *text,
                    struct fault *f)
{
    g_autofree char *said = NULL;
    int r = parse_field(k, text, (char *)c + k->param.offset, f);

    if (r == 0)
        return 0;
    said = g_strdup(without_subject(f->text));
    return fault_set(f, EINVAL, "%s: %s%s", label, said, k->automatic ? " (or auto)" : "");
}

void conf_init(struct conf *c)
{
    *c = (struct conf){.defines = g_ptr_array_new_null_terminated(4, g_free, TRUE)};
    for (unsigned i = 0; i < N_KNOBS; i++) {
        struct fault f = {0};
        int r = 0;

        if (knobs[i].param.fallback != NULL)
            r = knob_set(&knobs[i], c, "default", knobs[i].param.fallback, &f);
        g_assert(r == 0);
    }
}

void conf_finish(struct conf *c)
{
    if (c == NULL)
        return;
    g_clear_pointer(&c->spec, g_free);
    g_clear_pointer(&c->mountpoint, g_free);
    g_clear_pointer(&c->defines, g_ptr_array_unref);
}

/* '-' and '_' are the same. */
static bool same_name(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++)
        if (*a != *b && !(strchr("-_", *a) != NULL && strchr("-_", *b) != NULL))
            return false;
    return *a == *b;
}

static const struct knob *find_knob(const char *name)
{
    for (unsigned i = 0; i < N_KNOBS; i++) {
        if (same_name(knobs[i].param.name, name))
            return &knobs[i];
        if (name[0] == knobs[i].letter && name[1] == '\0')
            return &knobs[i];
    }
    return NULL;
}

static bool is_ignored(const char *name)
{
    if (g_str_has_prefix(name, "x-") || g_str_has_prefix(name, "X-"))
        return true;
    for (unsigned i = 0; ignored[i] != NULL; i++)
        if (same_name(ignored[i], name))
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
    const struct knob *k = find_knob(name);
    int r;

    if (value == NULL && k->param.kind != PARAM_BOOL)
        return fault_set(f, EINVAL, "%s needs a value: %s=...", label, name);
    r = knob_set(k, c, label, value != NULL ? value : "true", f);
    if (r == 0)
        c->given |= UINT64_C(1) << (k - knobs);
    return r;
}

static int unknown_in_list(const char *name, struct fault *f)
{
    char hint[128];
    struct nearest near;

    nearest_init(&near, name);
    for (unsigned i = 0; i < N_KNOBS; i++)
        nearest_offer(&near, knobs[i].param.name);
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
    if (same_name("define", name) && equals != NULL)
        return conf_add_define(c, equals + 1, f);
    if (find_knob(name) != NULL)
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
    GOptionEntry entries[N_KNOBS + 3] = {0};

    for (unsigned i = 0; i < N_KNOBS; i++)
        entries[i] = entry(knobs[i].param.name, knobs[i].letter, knobs[i].param.kind != PARAM_BOOL);
    entries[N_KNOBS] = entry("options", 'o', true);
    entries[N_KNOBS + 1] = entry("define", 'D', true);
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

/* The section's values are bound as nodes: the texts then go the same way as those of options. */
static void take_section(struct conf *c, const struct plan *p, const char *section,
                         struct complaints *complaints)
{
    struct param table[N_KNOBS + 1] = {0};
    const struct node *nodes[N_KNOBS] = {0};
    unsigned n = 0;
    struct conf unused = *c; /* what an option overrides is checked all the same */

    for (unsigned i = 0; i < N_KNOBS; i++) {
        if (knobs[i].section == NULL || strcmp(knobs[i].section, section) != 0)
            continue;
        table[n++] = (struct param){.name = knobs[i].key,
                                    .brief = knobs[i].param.brief,
                                    .kind = PARAM_NODE,
                                    .offset = i * sizeof nodes[0]};
    }
    /* What it complains of is complained of; the other values are checked all the same. */
    plan_section(p, section, table, complaints, nodes);
    for (unsigned i = 0; i < N_KNOBS; i++)
        if (nodes[i] != NULL)
            take_key(&knobs[i], (c->given >> i & 1) ? &unused : c, nodes[i], complaints);
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

static void print_placeholder(const struct knob *k, GString *ret)
{
    static const char *const words[] = {
        [PARAM_INT] = "N", [PARAM_SIZE] = "SIZE", [PARAM_DURATION] = "TIME"};
    const char *between = "";

    if (k->param.kind == PARAM_CHOICE) {
        for (const struct param_choice *p = k->param.choices; p->name != NULL; p++, between = "|")
            g_string_append_printf(ret, "%s%s", between, p->name);
        return;
    }
    g_string_append(ret, words[k->param.kind]);
    if (k->automatic)
        g_string_append(ret, "|auto");
}

static void print_knob(const struct knob *k, FILE *out)
{
    g_autoptr(GString) left = g_string_new("  ");

    if (k->letter != 0)
        g_string_append_printf(left, "-%c, ", k->letter);
    g_string_append_printf(left, "--%s", k->param.name);
    if (k->param.kind != PARAM_BOOL) {
        g_string_append_c(left, '=');
        print_placeholder(k, left);
    }
    fprintf(out, "%-32s %s", left->str, k->param.brief);
    if (k->param.fallback != NULL)
        fprintf(out, " [%s]", k->param.fallback);
    fputc('\n', out);
}

void conf_print_help(FILE *out)
{
    const char *group = NULL;

    for (unsigned i = 0; i < N_KNOBS; i++) {
        if (knobs[i].group != group)
            fprintf(out, "%s%s:\n", group != NULL ? "\n" : "", knobs[i].group);
        group = knobs[i].group;
        print_knob(&knobs[i], out);
    }
    fprintf(out, "  %-30s %s\n", "-D, --define=NAME=VALUE",
            "the value of a parameter of the spec; as often as needed");
    fprintf(out, "  %-30s %s\n", "-o NAME[=VALUE],...",
            "the same options for mount(8); those of fstab are accepted");
    fprintf(out, "\nSizes take K, M, G; times take ms, s, m, h.\n");
}
