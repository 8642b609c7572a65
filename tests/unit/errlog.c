/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The failures: told whole, found in order, bounded, forgotten. */
#include "fs/errlog.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct key at(uint32_t output, uint64_t index)
{
    return (struct key){output, index};
}

static void put(struct errlog *l, struct key k, const char *text)
{
    struct failure f = {.key = k, .attempt = 1};

    fault_set(&f.fault, EIO, "%s", text);
    errlog_put(l, &f);
}

static void assert_text(struct errlog *l, struct key k, const char *want)
{
    OWN(failure_unref) struct failure *f = errlog_look(l, k);

    assert_non_null(f);
    assert_string_equal(f->fault.text, want);
}

static void test_a_failure_is_told_as_it_was_put(void **state)
{
    OWN(errlog_free) struct errlog *l = errlog_new(NULL, NULL);
    OWN(failure_unref) struct failure *told = NULL;
    struct failure f = {.key = at(2, 7), .when = 12345678901, .seconds = 0.25, .attempt = 3};
    char said[FAULT_DETAIL];

    memset(said, 'x', sizeof said);
    fault_set(&f.fault, ENOMEM, "no memory for '%s'", "it");
    fault_detail(&f.fault, said, sizeof said);
    f.fault.transient = f.fault.late = f.fault.source = true;
    for (uint32_t i = 0; i < 70; i++)
        fault_pass(&f.fault, i, 1000 + i);
    errlog_put(l, &f);
    told = errlog_look(l, at(2, 7));
    assert_non_null(told);
    assert_int_equal(told->key.output, 2);
    assert_int_equal(told->key.index, 7);
    assert_int_equal(told->when, 12345678901);
    assert_true(told->seconds == 0.25);
    assert_int_equal(told->attempt, 3);
    assert_int_equal(told->fault.err, ENOMEM);
    assert_true(told->fault.transient && told->fault.late && told->fault.source);
    assert_string_equal(told->fault.text, f.fault.text);
    assert_string_equal(told->fault.detail, f.fault.detail);
    assert_int_equal(told->fault.trail_len, f.fault.trail_len);
    assert_memory_equal(told->fault.trail, f.fault.trail, sizeof f.fault.trail);
}

static void test_an_element_that_did_not_fail_has_no_failure(void **state)
{
    OWN(errlog_free) struct errlog *l = errlog_new(NULL, NULL);
    uint64_t next;

    put(l, at(0, 5), "x");
    assert_null(errlog_look(l, at(0, 4)));
    assert_null(errlog_look(l, at(1, 5)));
    assert_false(errlog_next(l, 1, 0, &next));
}

static void test_a_later_failure_replaces_the_former(void **state)
{
    OWN(errlog_free) struct errlog *l = errlog_new(NULL, NULL);

    put(l, at(0, 5), "first");
    put(l, at(0, 5), "second");
    assert_text(l, at(0, 5), "second");
    assert_int_equal(errlog_len(l), 1);
}

static void test_failures_are_listed_in_the_order_of_elements(void **state)
{
    OWN(errlog_free) struct errlog *l = errlog_new(NULL, NULL);
    uint64_t i;

    put(l, at(1, 50), "x");
    put(l, at(0, 90), "x");
    put(l, at(1, 3), "x");
    put(l, at(1, UINT64_MAX - 1), "x");
    assert_true(errlog_next(l, 1, 0, &i));
    assert_int_equal(i, 3);
    assert_true(errlog_next(l, 1, 4, &i));
    assert_int_equal(i, 50);
    assert_true(errlog_next(l, 1, 50, &i));
    assert_int_equal(i, 50);
    assert_true(errlog_next(l, 1, 51, &i));
    assert_int_equal(i, UINT64_MAX - 1);
    assert_true(errlog_next(l, 0, 0, &i));
    assert_int_equal(i, 90);
    assert_false(errlog_next(l, 0, 91, &i));
}

static void test_a_forgotten_failure_is_gone(void **state)
{
    OWN(errlog_free) struct errlog *l = errlog_new(NULL, NULL);
    uint64_t i;

    put(l, at(0, 1), "x");
    assert_true(errlog_forget(l, at(0, 1)));
    assert_false(errlog_forget(l, at(0, 1)));
    assert_null(errlog_look(l, at(0, 1)));
    assert_false(errlog_next(l, 0, 0, &i));
    assert_int_equal(errlog_len(l), 0);
}

struct gone {
    unsigned n;
    uint64_t last;
    struct errlog *log;
};

static void note_gone(void *ctx, struct key k)
{
    struct gone *g = ctx;

    g->n++;
    g->last = k.index;
    assert_null(errlog_look(g->log, k)); /* it holds no lock */
}

static void test_beyond_the_limit_the_oldest_is_forgotten_and_told(void **state)
{
    struct gone gone = {0};
    OWN(errlog_free) struct errlog *l = errlog_new(note_gone, &gone);

    gone.log = l;
    for (uint64_t i = 0; i < 10000; i++)
        put(l, at(0, i), "x");
    put(l, at(0, 0), "again, and so the youngest");
    assert_int_equal(gone.n, 0);
    put(l, at(0, 20000), "x");
    assert_int_equal(gone.n, 1);
    assert_int_equal(gone.last, 1);
    put(l, at(0, 20001), "x");
    assert_int_equal(gone.n, 2);
    assert_int_equal(gone.last, 2);
    assert_int_equal(errlog_len(l), 10000);
    assert_text(l, at(0, 0), "again, and so the youngest");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_failure_is_told_as_it_was_put),
        cmocka_unit_test(test_an_element_that_did_not_fail_has_no_failure),
        cmocka_unit_test(test_a_later_failure_replaces_the_former),
        cmocka_unit_test(test_failures_are_listed_in_the_order_of_elements),
        cmocka_unit_test(test_a_forgotten_failure_is_gone),
        cmocka_unit_test(test_beyond_the_limit_the_oldest_is_forgotten_and_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
