/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every knob, and how a text turns it. */
#include "fs/knob.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "ops/core/depot.h"

#define DAY (24.0 * 60 * 60)

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

const struct knob knob_table[] = {
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
    {KNOB("ahead-bytes", SIZE, prefetch.bytes, "auto",
          "bytes of results computed ahead; auto: half of the memory for results"),
     WITHIN(1, 1e15), SECTION("prefetch", "bytes"), .group = group_memory, .automatic = true},
    {KNOB("cache-memory", SIZE, cache.memory, "auto",
          "bytes of results kept; auto: a quarter of the machine's memory"),
     WITHIN(1, 1e15), SECTION("cache", "memory"), .group = group_memory, .automatic = true},
    {KNOB("cache-disk", PATH, cache.disk, "off",
          "folder of results kept across mounts; auto: ~/.cache/seqfs/disk"),
     SECTION("cache", "disk"), .group = group_memory, .automatic = true, .can_be_off = true},
    {KNOB("cache-disk-size", SIZE, cache.disk_size, DEPOT_SIZE, "bytes of results kept there"),
     WITHIN(DEPOT_SIZE_MIN, DEPOT_SIZE_MAX), SECTION("cache", NULL), .group = group_memory},
    {KNOB("retry", INT, errors.retry, "2", "more attempts at what may pass: no memory, a killed worker"),
     WITHIN(0, 100), SECTION("errors", "retry"), .group = group_memory},
    {KNOB("size-index", PATH, size_index, "auto",
          "where sizes and failures are kept across mounts; auto: ~/.cache"),
     .group = group_memory, .automatic = true, .can_be_off = true},

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

static_assert(G_N_ELEMENTS(knob_table) == KNOBS_N, "KNOBS_N");

/* "argument 'workers': 0 is outside 1..1024" of the common parser, without its start. */
static const char *without_subject(const char *text)
{
    const char *end = g_str_has_prefix(text, "argument '") ? strstr(text, "': ") : NULL;

    return end != NULL ? end + strlen("': ") : text;
}

/* The field is owned; relative paths start at the working folder, as those of a command line. */
static int parse_path(const struct knob *k, const char *text, char **field, struct fault *f)
{
    char *path = NULL;

    if (text[0] == '\0')
        return fault_set(f, EINVAL, "a folder is wanted, nothing is given");
    if (k->can_be_off && strcmp(text, "off") == 0)
        path = g_strdup("");
    else if (!k->automatic || strcmp(text, "auto") != 0)
        path = g_canonicalize_filename(text, NULL);
    g_free(*field);
    *field = path;
    return 0;
}

static int parse_field(const struct knob *k, const char *text, void *field, struct fault *f)
{
    int64_t choice;
    int r;

    if (k->param.kind == PARAM_PATH)
        return parse_path(k, text, field, f);
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

int knob_set(const struct knob *k, struct conf *c, const char *label, const char *text,
             struct fault *f)
{
    g_autofree char *said = NULL;
    int r = parse_field(k, text, (char *)c + k->param.offset, f);

    if (r == 0)
        return 0;
    said = g_strdup(without_subject(f->text));
    return fault_set(f, EINVAL, "%s: %s%s", label, said,
                     k->can_be_off  ? " (or auto, off)"
                     : k->automatic ? " (or auto)"
                                    : "");
}

bool knob_same_name(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++)
        if (*a != *b && !(strchr("-_", *a) != NULL && strchr("-_", *b) != NULL))
            return false;
    return *a == *b;
}

const struct knob *knob_find(const char *name)
{
    for (unsigned i = 0; i < KNOBS_N; i++) {
        if (knob_same_name(knob_table[i].param.name, name))
            return &knob_table[i];
        if (name[0] == knob_table[i].letter && name[1] == '\0')
            return &knob_table[i];
    }
    return NULL;
}

static void print_placeholder(const struct knob *k, GString *ret)
{
    static const char *const words[] = {[PARAM_INT] = "N",
                                        [PARAM_SIZE] = "SIZE",
                                        [PARAM_DURATION] = "TIME",
                                        [PARAM_PATH] = "FOLDER"};
    const char *between = "";

    if (k->param.kind == PARAM_CHOICE) {
        for (const struct param_choice *p = k->param.choices; p->name != NULL; p++, between = "|")
            g_string_append_printf(ret, "%s%s", between, p->name);
        return;
    }
    g_string_append(ret, words[k->param.kind]);
    if (k->automatic)
        g_string_append(ret, "|auto");
    if (k->can_be_off)
        g_string_append(ret, "|off");
}

void knob_print(const struct knob *k, FILE *out)
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
