/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints the files about the mount, and the reports of failures. */
#include "fs/control.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "fs/log.h"
#include "ops/core/report.h"
#include "ops/core/shape.h"

enum control {
    CONTROL_STATS,
    CONTROL_SPEC,
    CONTROL_PLAN,
    CONTROL_INDEX,
    CONTROL_LOG,
    CONTROL_ERRORS,
    CONTROL_ORDER,
    CONTROL_WARM,
    CONTROL_PROGRESS,
    CONTROL_N
};

const char *const control_names[] = {
    [CONTROL_STATS] = "stats",       [CONTROL_SPEC] = "spec",
    [CONTROL_PLAN] = "plan",         [CONTROL_INDEX] = "index.tsv",
    [CONTROL_LOG] = "log",           [CONTROL_ERRORS] = "errors.jsonl",
    [CONTROL_ORDER] = "order",       [CONTROL_WARM] = "warm",
    [CONTROL_PROGRESS] = "progress", [CONTROL_N] = NULL,
};

static void print_stats(struct dataset *d, const struct names *n, GString *ret)
{
    dataset_print_stats(d, ret);
}

static void print_spec(struct dataset *d, const struct names *n, GString *ret)
{
    size_t len;
    const char *text = spec_text(plan_spec(dataset_plan(d)), &len);

    g_string_append_len(ret, text, (gssize)len);
}

static void print_plan(struct dataset *d, const struct names *n, GString *ret)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (out == NULL)
        return;
    plan_print(dataset_plan(d), out);
    if (fclose(out) == 0)
        g_string_append_len(ret, text, (gssize)len);
    free(text);
}

/* A field of a table: tabs, newlines and backslashes within are told as \t, \n, \\. */
static void append_field(GString *ret, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '\t':
            g_string_append(ret, "\\t");
            break;
        case '\n':
            g_string_append(ret, "\\n");
            break;
        case '\\':
            g_string_append(ret, "\\\\");
            break;
        default:
            g_string_append_c(ret, *text);
        }
    }
}

#define INDEX_MAX (UINT64_C(256) << 20) /* bytes of the table */

static void print_index_of(const struct plan *plan, const struct names *n, uint32_t output,
                           GString *ret)
{
    const struct output *o = plan_output(plan, output);
    const struct seq *s = o->seq;
    g_autoptr(GString) path = g_string_new(NULL);

    for (uint64_t i = 0; i < s->len; i++) {
        if (ret->len > INDEX_MAX) {
            g_string_append_printf(ret, "# cut off here: %" PRIu64 " more\n", s->len - i);
            return;
        }
        g_autofree char *origin = seq_origin(s, i);

        g_string_truncate(path, 0);
        names_print_path(n, (struct place){.kind = PLACE_ELEMENT, .output = output, .index = i},
                         path);
        shape_print_path(o, shape_file(o, i), ret);
        g_string_append_c(ret, '\t');
        append_field(ret, path->str);
        g_string_append_c(ret, '\t');
        append_field(ret, origin != NULL ? origin : "");
        g_string_append_c(ret, '\n');
    }
}

/* The whole table is made at once: about 60 bytes an element, for as long as it is open; a very
 * long one is cut off. */
static void print_index(struct dataset *d, const struct names *n, GString *ret)
{
    const struct plan *plan = dataset_plan(d);

    g_string_append(ret, "index\tpath\tsource\n");
    for (uint32_t output = 0; output < plan_n_datasets(plan); output++)
        print_index_of(plan, n, output, ret);
}

static void print_log(struct dataset *d, const struct names *n, GString *ret)
{
    log_print(dataset_log(d), ret);
}

static void print_order(struct dataset *d, const struct names *n, GString *ret)
{
    wishes_print(dataset_wishes(d), WISH_ORDER, ret);
}

static void print_warm(struct dataset *d, const struct names *n, GString *ret)
{
    wishes_print(dataset_wishes(d), WISH_WARM, ret);
}

static void print_progress(struct dataset *d, const struct names *n, GString *ret)
{
    wishes_print_progress(dataset_wishes(d), ret);
}

/* One line of errors.jsonl. */
static void print_failure(struct dataset *d, const struct names *n, const struct failure *f,
                          GString *ret)
{
    const struct plan *plan = dataset_plan(d);
    const struct output *o = plan_output(plan, f->key.output);
    const struct place p = {.kind = PLACE_ELEMENT, .output = f->key.output, .index = f->key.index};
    g_autofree char *origin = seq_origin(o->seq, f->key.index);
    g_autoptr(GString) index = g_string_new(NULL);
    g_autoptr(GString) path = g_string_new(NULL);
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(f->when / G_USEC_PER_SEC);
    g_autofree char *time = when != NULL ? g_date_time_format_iso8601(when) : NULL;
    const struct seq *step =
        f->fault.trail_len > 0 ? plan_step(plan, f->fault.trail[0].step) : NULL;
    json_t *line;
    char *text;

    shape_print_path(o, shape_file(o, f->key.index), index);
    names_print_path(n, p, path);
    line =
        json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:s?, s:i, s:f}", "index", index->str, "path",
                  path->str, "source", origin, "step", step != NULL ? step->name : NULL, "message",
                  f->fault.text, "when", time, "attempt", (int)f->attempt, "seconds", f->seconds);
    text = line != NULL ? json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    if (text != NULL)
        g_string_append_printf(ret, "%s\n", text);
    json_decref(line);
    free(text);
}

static void print_errors(struct dataset *d, const struct names *n, GString *ret)
{
    const struct plan *plan = dataset_plan(d);

    for (uint32_t output = 0; output < plan_n_outputs(plan); output++) {
        struct key k = {output, 0};

        for (uint64_t from = 0; errlog_next(dataset_errlog(d), output, from, &k.index);
             from = k.index + 1) {
            OWN(failure_unref) struct failure *f = dataset_look_failure(d, k);

            if (f != NULL)
                print_failure(d, n, f, ret);
        }
    }
}

static const struct {
    void (*print)(struct dataset *d, const struct names *n, GString *ret);
    bool quick;
} controls[] = {
    [CONTROL_STATS] = {print_stats, true},       [CONTROL_SPEC] = {print_spec, true},
    [CONTROL_PLAN] = {print_plan, true},         [CONTROL_INDEX] = {print_index, false},
    [CONTROL_LOG] = {print_log, true},           [CONTROL_ERRORS] = {print_errors, false},
    [CONTROL_ORDER] = {print_order, false},      [CONTROL_WARM] = {print_warm, false},
    [CONTROL_PROGRESS] = {print_progress, true},
};

G_STATIC_ASSERT(G_N_ELEMENTS(controls) == CONTROL_N);

void control_print(uint64_t control, struct dataset *d, const struct names *n, GString *ret)
{
    controls[control].print(d, n, ret);
}

bool control_is_written(uint64_t control, enum wish *ret)
{
    if (control != CONTROL_ORDER && control != CONTROL_WARM)
        return false;
    *ret = control == CONTROL_ORDER ? WISH_ORDER : WISH_WARM;
    return true;
}

bool control_is_quick(uint64_t control)
{
    return controls[control].quick;
}

struct failure *control_look_failure(struct dataset *d, const struct names *n, struct place p)
{
    struct key k = {.output = p.output};
    uint64_t first, end;

    names_span(n, p, &first, &end);
    if (!errlog_next(dataset_errlog(d), p.output, first, &k.index) || k.index >= end)
        return NULL;
    return dataset_look_failure(d, k);
}

bool control_forget(struct dataset *d, const struct names *n, struct place p)
{
    struct key k = {.output = p.output};
    uint64_t next, end;
    bool any = false;

    names_span(n, p, &next, &end);
    while (errlog_next(dataset_errlog(d), p.output, next, &k.index) && k.index < end) {
        any |= dataset_forget(d, k);
        next = k.index + 1;
    }
    return any;
}

static struct incident incident_of(const struct conf *conf, const struct failure *f)
{
    return (struct incident){
        .output = f->key.output,
        .index = f->key.index,
        .when = f->when,
        .seconds = f->seconds,
        .attempt = f->attempt,
        .program = "seqfs",
        .defines = conf->defines != NULL ? (char *const *)conf->defines->pdata : NULL,
    };
}

void control_print_error(struct dataset *d, const struct conf *conf, const struct failure *f,
                         GString *ret)
{
    const struct incident at = incident_of(conf, f);

    report_print(dataset_plan(d), &at, &f->fault, ret);
}

void control_print_headline(struct dataset *d, const struct conf *conf, const struct failure *f,
                            GString *ret)
{
    const struct incident at = incident_of(conf, f);

    report_headline(dataset_plan(d), &at, &f->fault, ret);
}
