/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Workers on one CPU: kept while they have it, let go while they do not, taken back later. */
#include "fs/affinity.h"

#include <glib.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int n_cpus(void)
{
    cpu_set_t cpus;

    assert_int_equal(sched_getaffinity(0, sizeof cpus, &cpus), 0);
    return CPU_COUNT(&cpus);
}

static void burn(int64_t us)
{
    for (int64_t end = g_get_monotonic_time() + us; g_get_monotonic_time() < end;)
        ;
}

static void needs_two_cpus(void)
{
    if (n_cpus() < 2) {
        print_message("skipped: there is one CPU only\n");
        skip();
    }
}

static void without_a_place_nothing_is_bound(void **state)
{
    int before = n_cpus();
    struct affinity a;

    affinity_init(&a, -1);
    affinity_begin(&a);
    affinity_end(&a);
    assert_int_equal(n_cpus(), before);
}

static void a_place_is_one_cpu_and_places_differ(void **state)
{
    struct affinity a, b;

    needs_two_cpus();
    affinity_init(&a, 0);
    assert_int_equal(n_cpus(), 1);
    sched_setaffinity(0, sizeof a.all, &a.all);
    affinity_init(&b, 1);
    assert_int_equal(n_cpus(), 1);
    assert_int_not_equal(a.cpu, b.cpu);
    sched_setaffinity(0, sizeof a.all, &a.all);
}

static void a_job_that_had_to_wait_lets_go_and_later_jobs_come_back(void **state)
{
    struct affinity a;

    needs_two_cpus();
    affinity_init(&a, 0);
    affinity_begin(&a);
    poll(NULL, 0, 20); /* the job: it has no CPU */
    affinity_end(&a);
    assert_true(n_cpus() > 1);
    for (int i = 0; n_cpus() > 1; i++) {
        assert_true(i < 1000);
        affinity_begin(&a);
        affinity_end(&a);
    }
    assert_int_equal(n_cpus(), 1);
    sched_setaffinity(0, sizeof a.all, &a.all);
}

static void a_short_job_tells_nothing(void **state)
{
    struct affinity a;

    needs_two_cpus();
    affinity_init(&a, 0);
    affinity_begin(&a);
    burn(100);
    affinity_end(&a);
    assert_int_equal(n_cpus(), 1);
    sched_setaffinity(0, sizeof a.all, &a.all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_place_nothing_is_bound),
        cmocka_unit_test(a_place_is_one_cpu_and_places_differ),
        cmocka_unit_test(a_job_that_had_to_wait_lets_go_and_later_jobs_come_back),
        cmocka_unit_test(a_short_job_tells_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
