/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The figures of a mount as JSON: every room's are under their keys. */
#include "fs/figures.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "tests/unit/plans.h"

#include <cmocka.h>

/* One test's. */
struct figures_test {
    struct plan *plan;
    struct stats *stats;
    struct figures figures;
    json_t *all; /* of print() */
};

static int set_up(void **state)
{
    struct figures_test *t = g_new0(struct figures_test, 1);

    t->plan = plan_of("sequences: {few: [{range: 3}]}\n"
                      "datasets:\n"
                      "  train: [{range: 5}, {cache: 2}, {monitor: counted}]\n"
                      "  val: [{range: 7}]\n");
    t->stats = stats_new(t->plan);
    t->figures = (struct figures){.plan = t->plan, .stats = t->stats};
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct figures_test *t = *state;

    json_decref(t->all);
    stats_free(t->stats);
    plan_free(t->plan);
    g_free(t);
    return 0;
}

static void print(struct figures_test *t)
{
    g_autoptr(GString) text = g_string_new(NULL);
    json_error_t e;

    figures_print(&t->figures, text);
    assert_int_equal(text->str[text->len - 1], '\n');
    json_decref(t->all);
    t->all = json_loads(text->str, JSON_REJECT_DUPLICATES, &e);
    if (!t->all)
        fail_msg("line %d: %s", e.line, e.text);
}

/* What is at "budget.held"; numbers are items of arrays. */
static const json_t *at(const struct figures_test *t, const char *path)
{
    g_auto(GStrv) keys = g_strsplit(path, ".", -1);
    const json_t *found = t->all;

    for (char **key = keys; *key && found; key++)
        found = g_ascii_isdigit(**key)
                    ? json_array_get(found, (size_t)g_ascii_strtoull(*key, NULL, 10))
                    : json_object_get(found, *key);
    if (!found)
        fail_msg("there is no %s", path);
    return found;
}

static void assert_number(const struct figures_test *t, const char *path, double want)
{
    const json_t *found = at(t, path);

    assert_true(json_is_number(found));
    if (fabs(json_number_value(found) - want) > fabs(want) * 1e-6)
        fail_msg("%s: %g, wanted %g", path, json_number_value(found), want);
}

static void assert_text(const struct figures_test *t, const char *path, const char *want)
{
    const json_t *found = at(t, path);

    assert_true(json_is_string(found));
    assert_string_equal(json_string_value(found), want);
}

static void the_counters_are_there(void **state)
{
    struct figures_test *t = *state;

    stats_add(t->stats, STAT_OPENS, 12);
    stats_add(t->stats, STAT_OPENS_WAITED, 3);
    stats_add(t->stats, STAT_EVALUATIONS, 5);
    t->figures.failures_kept = 2;
    print(t);
    assert_number(t, "counts.opens", 12);
    assert_number(t, "counts.opens_waited", 3);
    assert_number(t, "counts.evaluations", 5);
    assert_number(t, "counts.failures_kept", 2);
    assert_null(json_object_get(at(t, "counts"), "opens_memory"));
}

static void opens_are_told_by_tier(void **state)
{
    static const struct {
        enum stats_count which;
        const char *path;
    } tiers[] = {
        {STAT_OPENS_MEMORY, "opens.memory"}, {STAT_OPENS_KERNEL, "opens.kernel"},
        {STAT_OPENS_DISK, "opens.disk"},     {STAT_OPENS_DIRECT, "opens.direct"},
        {STAT_OPENS_WAITED, "opens.waited"}, {STAT_OPENS_JOINED, "opens.joined"},
        {STAT_OPENS_FAILED, "opens.failed"},
    };
    struct figures_test *t = *state;

    for (unsigned i = 0; i < G_N_ELEMENTS(tiers); i++)
        stats_add(t->stats, tiers[i].which, i + 1);
    print(t);
    for (unsigned i = 0; i < G_N_ELEMENTS(tiers); i++)
        assert_number(t, tiers[i].path, i + 1);
}

static void waits_are_told_in_milliseconds(void **state)
{
    struct figures_test *t = *state;

    stats_add_wait(t->stats, 0.002);
    stats_add_wait(t->stats, 0.004);
    print(t);
    assert_number(t, "opens.wait.n", 2);
    assert_number(t, "opens.wait.mean_ms", 3);
    assert_true(fabs(json_number_value(at(t, "opens.wait.p50_ms")) - 2) < 0.2);
    assert_true(fabs(json_number_value(at(t, "opens.wait.p99_ms")) - 4) < 0.4);
}

static void queues_and_workers_are_told(void **state)
{
    struct figures_test *t = *state;

    t->figures.queues = (struct figures_queues){1, 2, 3, 4};
    t->figures.workers = (struct figures_workers){.count = 8, .alive = 6, .busy = 5};
    print(t);
    assert_number(t, "queues.demand", 1);
    assert_number(t, "queues.ahead", 2);
    assert_number(t, "queues.running", 3);
    assert_number(t, "queues.opens_waiting", 4);
    assert_number(t, "workers.count", 8);
    assert_number(t, "workers.alive", 6);
    assert_number(t, "workers.busy", 5);
}

static void utilisation_is_a_share_whatever_was_counted(void **state)
{
    struct figures_test *t = *state;

    print(t);
    assert_number(t, "workers.utilisation", 0);
    assert_number(t, "workers.utilisation_10s", 0);
    t->figures.workers.count = 2;
    stats_add_busy(t->stats, 1e6);
    print(t);
    assert_number(t, "workers.busy_s", 1e6);
    assert_number(t, "workers.utilisation", 1);
    assert_true(json_number_value(at(t, "workers.utilisation_10s")) <= 1);
    assert_true(json_number_value(at(t, "uptime_s")) >= 0);
}

static void memory_is_told(void **state)
{
    struct figures_test *t = *state;

    t->figures.budget = (struct figures_budget){UINT64_C(1) << 40, 2, 3, 4, 5, 6};
    t->figures.cache = (struct figures_cache){11, 12, 13, 14, 15, 16, 17, 18};
    print(t);
    assert_number(t, "budget.limit", 1099511627776.0);
    assert_number(t, "budget.held", 2);
    assert_number(t, "budget.pinned", 3);
    assert_number(t, "budget.reserved", 4);
    assert_number(t, "budget.transfer", 5);
    assert_number(t, "budget.spilled", 6);
    assert_number(t, "cache.elements", 11);
    assert_number(t, "cache.bytes", 12);
    assert_number(t, "cache.budget", 1099511627776.0);
    assert_number(t, "cache.unread", 13);
    assert_number(t, "cache.hits", 14);
    assert_number(t, "cache.misses", 15);
    assert_number(t, "cache.evicted", 16);
    assert_number(t, "cache.evicted_unread", 17);
    assert_number(t, "cache.evicted_kernel", 18);
}

static uint32_t output_of_kind(const struct figures_test *t, enum output_kind kind)
{
    uint32_t o = 0;

    while (plan_output(t->plan, o)->kind != kind)
        o++;
    return o;
}

static void streams_are_told_with_the_folder_that_they_are_in(void **state)
{
    struct figures_test *t = *state;
    const struct figures_stream streams[] = {
        {.output = 1, .at = 6, .stride = -2, .window = 16, .ahead = 3},
        {.output = output_of_kind(t, OUTPUT_SEQUENCE)},
        {.output = output_of_kind(t, OUTPUT_STAGE)},
        {.output = output_of_kind(t, OUTPUT_CONTACT)},
    };

    stats_add(t->stats, STAT_AHEAD, 9);
    t->figures.ahead = (struct figures_ahead){
        .used = 7, .wasted = 1, .n_streams = G_N_ELEMENTS(streams), .streams = streams};
    print(t);
    assert_number(t, "ahead.started", 9);
    assert_number(t, "ahead.used", 7);
    assert_number(t, "ahead.wasted", 1);
    assert_int_equal(json_array_size(at(t, "ahead.streams")), G_N_ELEMENTS(streams));
    assert_text(t, "ahead.streams.0.dataset", "val");
    assert_number(t, "ahead.streams.0.at", 6);
    assert_number(t, "ahead.streams.0.stride", -2);
    assert_number(t, "ahead.streams.0.window", 16);
    assert_number(t, "ahead.streams.0.ahead", 3);
    assert_text(t, "ahead.streams.1.dataset", "sequences/few");
    assert_true(
        g_str_has_prefix(json_string_value(at(t, "ahead.streams.2.dataset")), "stages/train/"));
    assert_text(t, "ahead.streams.3.dataset", "contact/train");
}

static void hints_are_told(void **state)
{
    struct figures_test *t = *state;

    t->figures.order = (struct figures_order){100, 2, 33};
    t->figures.warm = (struct figures_warm){50, 40, 1};
    print(t);
    assert_number(t, "hints.order.len", 100);
    assert_number(t, "hints.order.readers", 2);
    assert_number(t, "hints.order.at", 33);
    assert_number(t, "hints.warm.asked", 50);
    assert_number(t, "hints.warm.done", 40);
    assert_number(t, "hints.warm.failed", 1);
}

static void what_is_off_is_null(void **state)
{
    struct figures_test *t = *state;

    t->figures.disk.hits = 5;
    print(t);
    assert_true(json_is_null(at(t, "disk")));
    assert_true(json_is_null(at(t, "size_index")));
}

static void what_is_kept_on_disk_is_told(void **state)
{
    struct figures_test *t = *state;

    t->figures.disk = (struct figures_disk){true, 1, 2, 3, 4, 5, 6};
    t->figures.size_index = (struct figures_size_index){true, 7, 8, 9, 10};
    print(t);
    assert_number(t, "disk.hits", 1);
    assert_number(t, "disk.misses", 2);
    assert_number(t, "disk.kept", 3);
    assert_number(t, "disk.skipped", 4);
    assert_number(t, "disk.bytes", 5);
    assert_number(t, "disk.limit", 6);
    assert_number(t, "size_index.hits", 7);
    assert_number(t, "size_index.misses", 8);
    assert_number(t, "size_index.kept", 9);
    assert_number(t, "size_index.failures", 10);
}

/* The first step of an operator, as "steps.3". */
static char *step_path(const struct figures_test *t, const char *name)
{
    uint32_t i = 0;

    while (strcmp(plan_step(t->plan, i)->name, name) != 0)
        i++;
    return g_strdup_printf("steps.%u", i);
}

static void assert_step(const struct figures_test *t, const char *step, const char *key,
                        double want)
{
    g_autofree char *path = g_strconcat(step, ".", key, NULL);

    assert_number(t, path, want);
}

static void every_step_is_told_with_its_place(void **state)
{
    struct figures_test *t = *state;
    g_autofree char *monitor = step_path(t, "monitor");
    g_autofree char *name = g_strconcat(monitor, ".monitor", NULL);
    g_autofree char *place = g_strconcat(monitor, ".at", NULL);
    const struct eval_timing timing = {
        .step = (uint32_t)g_ascii_strtoull(strchr(monitor, '.') + 1, NULL, 10),
        .failed = 1,
        .ns = 2000000,
    };

    stats_add_timings(t->stats, &timing, 1);
    print(t);
    assert_int_equal(json_array_size(at(t, "steps")), plan_n_steps(t->plan));
    assert_text(t, name, "counted");
    assert_text(t, place, "3:36");
    assert_step(t, monitor, "calls", 1);
    assert_step(t, monitor, "failures", 1);
    assert_step(t, monitor, "mean_ms", 2);
    assert_true(json_is_number(json_object_get(at(t, monitor), "p99_ms")));
}

static void cache_steps_tell_what_they_keep(void **state)
{
    struct figures_test *t = *state;
    OWN(shelf_free) struct shelf *shelf = NULL;
    g_autofree char *cache = step_path(t, "cache");
    g_autofree char *range = step_path(t, "range");
    struct fault f;

    assert_int_equal(shelf_new(t->plan, &f, &shelf), 0);
    print(t);
    assert_null(json_object_get(at(t, cache), "kept"));
    t->figures.shelf = shelf;
    print(t);
    assert_step(t, cache, "kept.elements", 0);
    assert_step(t, cache, "kept.bytes", 0);
    assert_step(t, cache, "kept.hits", 0);
    assert_step(t, cache, "kept.misses", 0);
    assert_step(t, cache, "kept.evicted", 0);
    assert_null(json_object_get(at(t, range), "kept"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_counters_are_there),
        TEST(opens_are_told_by_tier),
        TEST(waits_are_told_in_milliseconds),
        TEST(queues_and_workers_are_told),
        TEST(utilisation_is_a_share_whatever_was_counted),
        TEST(memory_is_told),
        TEST(streams_are_told_with_the_folder_that_they_are_in),
        TEST(hints_are_told),
        TEST(what_is_off_is_null),
        TEST(what_is_kept_on_disk_is_told),
        TEST(every_step_is_told_with_its_place),
        TEST(cache_steps_tell_what_they_keep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
