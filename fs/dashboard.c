/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lays the figures of a mount out in a hundred columns. */
#include "fs/dashboard.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "fs/cell.h"

#define LABEL 13        /* columns of what a line is about */
#define NUMBER_MAX 1e19 /* that is told; fits 64 bits */
#define TITLE_MIN 20    /* columns */
#define BAR 20          /* characters within a bar */
#define STREAMS_MAX 10  /* that are told; the others are counted */
#define STEPS_MAX 20

/* Two looks at one mount.  Lifetime: call. */
struct looks {
    const json_t *now, *before; /* before: NULL = the beginning, when all was 0 */
    double span;                /* seconds between them */
    GString *ret;
};

int dashboard_parse(const char *text, size_t len, struct fault *f, json_t **ret)
{
    json_error_t e;
    json_t *all = json_loadb(text, len, 0, &e);

    if (!all)
        return fault_set(f, EINVAL, "no figures of seqfs: line %d, column %d: %s", e.line, e.column,
                         e.text);
    if (!json_is_object(json_object_get(all, "counts"))) {
        json_decref(all);
        return fault_set(f, EINVAL, "no figures of seqfs: 'counts' is missing");
    }
    *ret = all;
    return 0;
}

/* 0 if it is missing; kept within what can be told. */
static double number(const json_t *object, const char *key)
{
    const double n = json_number_value(json_object_get(object, key));

    return CLAMP(n, -NUMBER_MAX, NUMBER_MAX);
}

static double look(const struct looks *l, const char *section, const char *key)
{
    return number(json_object_get(l->now, section), key);
}

static double growth(double now, double before)
{
    return MAX(0, now - before);
}

/* What has come to a count between the looks. */
static double gain(const struct looks *l, const char *section, const char *key)
{
    return growth(look(l, section, key), number(json_object_get(l->before, section), key));
}

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

static void print_uptime(double seconds, GString *ret)
{
    const uint64_t s = (uint64_t)MAX(0, seconds);

    if (s >= 86400)
        g_string_append_printf(ret, "%" PRIu64 " d ", s / 86400);
    if (s >= 3600)
        g_string_append_printf(ret, "%" PRIu64 " h ", s / 3600 % 24);
    if (s >= 60)
        g_string_append_printf(ret, "%" PRIu64 " min ", s / 60 % 60);
    g_string_append_printf(ret, "%" PRIu64 " s", s % 60);
}

/* Appends "TEXT what", and frees the text. */
static void say(GString *ret, char *own_text, const char *what)
{
    g_string_append_printf(ret, "%s%s", own_text, what);
    g_free(own_text);
}

static void say_count(const struct looks *l, const char *section, const char *key, const char *what)
{
    say(l->ret, cell_count(look(l, section, key)), what);
}

static void say_bytes(const struct looks *l, const char *section, const char *key, const char *what)
{
    say(l->ret, cell_bytes(look(l, section, key)), what);
}

/* Adds to a bar so many characters that it stands for `part` of the whole. */
static void extend_bar(GString *bar, double part, char with)
{
    const gsize len = (gsize)lround(MIN(1, MAX(0, part)) * BAR);

    while (bar->len < len)
        g_string_append_c(bar, with);
}

/* Sections. */

static void print_heading(const struct looks *l, const char *title)
{
    g_autoptr(GString) line = g_string_new("up ");
    int room, used;

    print_uptime(number(l->now, "uptime_s"), line);
    if (l->before)
        g_string_append_printf(line, "; rates and shares of the last %.1f s", l->span);
    else
        g_string_append(line, "; rates and shares since the mount");
    room = MAX(DASHBOARD_COLUMNS - (int)line->len, TITLE_MIN);
    used = (int)cell_text(title, (unsigned)room - 2, l->ret);
    g_string_append_printf(l->ret, "%*s%s\n", room - used, "", line->str);
}

static const struct {
    const char *key, *heading;
} tiers[] = {
    {"memory", "memory"}, {"kernel", "kernel"},   {"disk", "disk"},     {"direct", "direct"},
    {"waited", "waited"}, {"joined", "(joined)"}, {"failed", "failed"},
};

static void print_opens(const struct looks *l)
{
    const double all = look(l, "counts", "opens"), more = gain(l, "counts", "opens");

    cell_left("opens", LABEL, l->ret);
    for (unsigned i = 0; i < G_N_ELEMENTS(tiers); i++)
        cell_right(g_strdup(tiers[i].heading), 10, l->ret);
    cell_right(g_strdup("all"), 10, l->ret);
    cell_end(l->ret);
    cell_left("  count", LABEL, l->ret);
    for (unsigned i = 0; i < G_N_ELEMENTS(tiers); i++)
        cell_right(cell_count(look(l, "opens", tiers[i].key)), 10, l->ret);
    cell_right(cell_count(all), 10, l->ret);
    cell_end(l->ret);
    cell_left("  per second", LABEL, l->ret);
    for (unsigned i = 0; i < G_N_ELEMENTS(tiers); i++)
        cell_right(cell_rate(ratio(gain(l, "opens", tiers[i].key), l->span)), 10, l->ret);
    cell_right(cell_rate(ratio(more, l->span)), 10, l->ret);
    cell_end(l->ret);
    cell_left("  share", LABEL, l->ret);
    for (unsigned i = 0; i < G_N_ELEMENTS(tiers); i++)
        cell_right(cell_percent(ratio(gain(l, "opens", tiers[i].key), more)), 10, l->ret);
    cell_end(l->ret);
}

static void print_waits(const struct looks *l)
{
    const json_t *wait = json_object_get(json_object_get(l->now, "opens"), "wait");

    cell_left("waits", LABEL, l->ret);
    if (number(wait, "n") > 0) {
        say(l->ret, cell_time(number(wait, "mean_ms")), " in the mean, half of them at most ");
        say(l->ret, cell_time(number(wait, "p50_ms")), ", 99 % at most ");
        say(l->ret, cell_time(number(wait, "p99_ms")), "; ");
    }
    say_count(l, "queues", "opens_waiting", " waiting now\n");
}

static void print_evaluations(const struct looks *l)
{
    cell_left("evaluations", LABEL, l->ret);
    say_count(l, "counts", "evaluations", ", ");
    say(l->ret, cell_rate(ratio(gain(l, "counts", "evaluations"), l->span)), "/s; ");
    say_count(l, "counts", "failures", " failed, ");
    say_count(l, "counts", "retries", " tried again; ");
    say_count(l, "queues", "running", " under way, ");
    say_count(l, "queues", "demand", " wanted and not begun\n");
}

static void print_workers(const struct looks *l)
{
    const double recent = look(l, "workers", "utilisation_10s");
    g_autoptr(GString) bar = g_string_new(NULL);

    extend_bar(bar, recent, '#');
    extend_bar(bar, 1, '.');
    cell_left("workers", LABEL, l->ret);
    g_string_append_printf(l->ret, "[%s] %.0f %% in 10 s, %.0f %% in all; ", bar->str, recent * 100,
                           look(l, "workers", "utilisation") * 100);
    say_count(l, "workers", "busy", " of ");
    say_count(l, "workers", "count", " busy, ");
    say_count(l, "counts", "workers_lost", " lost\n");
}

/* Pinned, otherwise held, and spoken for. */
static void print_memory(const struct looks *l)
{
    const double limit = look(l, "budget", "limit"), held = look(l, "budget", "held");
    const double all = held + look(l, "budget", "reserved") + look(l, "budget", "transfer");
    g_autoptr(GString) bar = g_string_new(NULL);

    extend_bar(bar, ratio(look(l, "budget", "pinned"), limit), '#');
    extend_bar(bar, ratio(held, limit), '=');
    extend_bar(bar, ratio(all, limit), '+');
    extend_bar(bar, 1, '.');
    cell_left("memory", LABEL, l->ret);
    g_string_append_printf(l->ret, "[%s] %.0f %% of ", bar->str, ratio(all, limit) * 100);
    say_bytes(l, "budget", "limit", ": ");
    say_bytes(l, "budget", "pinned", " # in open files, ");
    say(l->ret, cell_bytes(growth(held, look(l, "budget", "pinned"))), " = kept,\n");
    cell_left("", LABEL, l->ret);
    say(l->ret, cell_bytes(growth(all, held)), " + for what is under way; ");
    say_bytes(l, "budget", "spilled", " in a temporary file\n");
}

static void print_cache(const struct looks *l)
{
    cell_left("cache", LABEL, l->ret);
    say_count(l, "cache", "elements", " elements; ");
    say_count(l, "cache", "hits", " hits, ");
    say_count(l, "cache", "misses", " misses; ");
    say_count(l, "cache", "evicted", " evicted: ");
    say_count(l, "cache", "evicted_unread", " unread, ");
    say_count(l, "cache", "evicted_kernel", " that the kernel has\n");
}

static void print_disk(const struct looks *l)
{
    if (!json_is_object(json_object_get(l->now, "disk")))
        return;
    cell_left("disk cache", LABEL, l->ret);
    say_bytes(l, "disk", "bytes", " of ");
    say_bytes(l, "disk", "limit", "; ");
    say_count(l, "disk", "hits", " hits, ");
    say_count(l, "disk", "misses", " misses; ");
    say_count(l, "disk", "kept", " kept, ");
    say_count(l, "disk", "skipped", " skipped\n");
}

static void print_size_index(const struct looks *l)
{
    if (!json_is_object(json_object_get(l->now, "size_index")))
        return;
    cell_left("size index", LABEL, l->ret);
    say_count(l, "size_index", "hits", " hits, ");
    say_count(l, "size_index", "misses", " misses; ");
    say_count(l, "size_index", "kept", " kept; ");
    say_count(l, "size_index", "failures", " failures remembered\n");
}

static void print_hints(const struct looks *l)
{
    const json_t *hints = json_object_get(l->now, "hints");
    const json_t *order = json_object_get(hints, "order"), *warm = json_object_get(hints, "warm");

    if (number(order, "len") > 0) {
        cell_left("order", LABEL, l->ret);
        say(l->ret, cell_count(number(order, "len")), " entries; ");
        say(l->ret, cell_count(number(order, "readers")), " readers, the latest at ");
        say(l->ret, cell_count(number(order, "at")), "\n");
    }
    if (number(warm, "asked") > 0) {
        cell_left("warm", LABEL, l->ret);
        say(l->ret, cell_count(number(warm, "done")), " of ");
        say(l->ret, cell_count(number(warm, "asked")), " done, ");
        say(l->ret, cell_count(number(warm, "failed")), " failed\n");
    }
}

static void print_ahead(const struct looks *l)
{
    cell_left("run-ahead", LABEL, l->ret);
    say_count(l, "ahead", "started", " started, ");
    say(l->ret, cell_rate(ratio(gain(l, "ahead", "started"), l->span)), "/s; ");
    say_count(l, "ahead", "used", " used, ");
    say_count(l, "ahead", "wasted", " wasted\n");
}

static void print_more(const struct looks *l, size_t len, size_t told)
{
    if (len > told)
        g_string_append_printf(l->ret, "  and %zu more\n", len - told);
}

static void print_stream(const struct looks *l, const json_t *stream)
{
    const char *dataset = json_string_value(json_object_get(stream, "dataset"));

    g_string_append(l->ret, "  ");
    cell_left(dataset && *dataset ? dataset : "dataset", 46, l->ret);
    g_string_append_printf(l->ret, "%16.0f %+9.0f", number(stream, "at"), number(stream, "stride"));
    cell_right(cell_count(number(stream, "window")), 10, l->ret);
    cell_right(cell_count(number(stream, "ahead")), 10, l->ret);
    cell_end(l->ret);
}

static void print_streams(const struct looks *l)
{
    const json_t *streams = json_object_get(json_object_get(l->now, "ahead"), "streams");
    const size_t len = json_array_size(streams);
    const size_t told = MIN(len, STREAMS_MAX);

    if (len == 0)
        return;
    g_string_append_printf(l->ret, "\n%-48s%16s%10s%10s%10s\n", "streams", "at", "stride", "window",
                           "ahead");
    for (size_t i = 0; i < told; i++)
        print_stream(l, json_array_get(streams, i));
    print_more(l, len, told);
}

/* A step of both looks.  Lifetime: call. */
struct step_row {
    const json_t *now;
    double calls, time; /* between the looks; ms */
    double time_ever;
};

static double step_time(const json_t *step)
{
    return number(step, "calls") * number(step, "mean_ms");
}

/* The spec may have been loaded anew in between. */
static bool is_same_step(const json_t *a, const json_t *b)
{
    return json_equal(json_object_get(a, "name"), json_object_get(b, "name")) &&
           json_equal(json_object_get(a, "at"), json_object_get(b, "at"));
}

/* Those that take most time come first, and so it stays from one look to the next. */
static gint by_time(gconstpointer a, gconstpointer b)
{
    const struct step_row *x = a, *y = b;

    return (x->time_ever < y->time_ever) - (x->time_ever > y->time_ever);
}

/* Its time is that of the steps before it. */
static bool is_monitor(const json_t *step)
{
    return g_strcmp0(json_string_value(json_object_get(step, "name")), "monitor") == 0;
}

/* The steps that were ever called, and the time of all of them. */
static GArray *collect_steps(const struct looks *l, double *ret_time)
{
    const json_t *now = json_object_get(l->now, "steps");
    const json_t *before = json_object_get(l->before, "steps");
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct step_row));

    *ret_time = 0;
    for (size_t i = 0; i < json_array_size(now); i++) {
        const json_t *step = json_array_get(now, i), *old = json_array_get(before, i);
        struct step_row row = {.now = step, .time_ever = step_time(step)};

        if (!is_same_step(step, old))
            old = NULL;
        row.calls = growth(number(step, "calls"), number(old, "calls"));
        row.time = growth(row.time_ever, step_time(old));
        *ret_time += is_monitor(step) ? 0 : row.time;
        if (number(step, "calls") > 0)
            g_array_append_val(rows, row);
    }
    g_array_sort(rows, by_time);
    return rows;
}

static void print_step(const struct looks *l, const struct step_row *row, double time)
{
    const char *name = json_string_value(json_object_get(row->now, "name"));
    const char *monitor = json_string_value(json_object_get(row->now, "monitor"));
    g_autofree char *label = g_strjoin(" ", name ? name : "?", monitor, NULL);

    g_string_append(l->ret, "  ");
    cell_left(label, 26, l->ret);
    cell_left(json_string_value(json_object_get(row->now, "at")), 11, l->ret);
    cell_right(cell_count(number(row->now, "calls")), 9, l->ret);
    cell_right(cell_rate(ratio(row->calls, l->span)), 10, l->ret);
    cell_right(cell_time(number(row->now, "mean_ms")), 11, l->ret);
    cell_right(cell_time(number(row->now, "p99_ms")), 11, l->ret);
    cell_right(cell_count(number(row->now, "failures")), 9, l->ret);
    cell_right(cell_percent(ratio(row->time, time)), 11, l->ret);
    cell_end(l->ret);
}

static void print_steps(const struct looks *l)
{
    double time;
    g_autoptr(GArray) rows = collect_steps(l, &time);
    const guint told = MIN(rows->len, STEPS_MAX);

    if (rows->len == 0)
        return;
    g_string_append_printf(l->ret, "\n%-28s%-11s%9s%10s%11s%11s%9s%11s\n", "steps", "at", "calls",
                           "/s", "mean", "p99", "failed", "time");
    for (guint i = 0; i < told; i++)
        print_step(l, &g_array_index(rows, struct step_row, i), time);
    print_more(l, rows->len, told);
}

void dashboard_print(const char *title, const json_t *now, const json_t *before, GString *ret)
{
    const double uptime = number(now, "uptime_s"), then = number(before, "uptime_s");
    const bool is_same = before && then < uptime;
    const struct looks l = {
        .now = now,
        .before = is_same ? before : NULL,
        .span = is_same ? uptime - then : uptime,
        .ret = ret,
    };

    print_heading(&l, title);
    g_string_append_c(ret, '\n');
    print_opens(&l);
    print_waits(&l);
    g_string_append_c(ret, '\n');
    print_evaluations(&l);
    print_workers(&l);
    print_memory(&l);
    print_cache(&l);
    print_disk(&l);
    print_size_index(&l);
    print_ahead(&l);
    print_hints(&l);
    print_streams(&l);
    print_steps(&l);
}
