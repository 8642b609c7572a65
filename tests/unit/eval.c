/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Evaluators: what steps keep in them. */
#include "ops/core/eval.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void count(void *n)
{
    ++*(int *)n;
}

static void what_a_step_keeps_stays_through_evaluations(void **state)
{
    g_autofree struct eval *e = g_new(struct eval, 1);
    int owner, n = 0;

    eval_init(e, NULL);
    void **place = eval_place(e, &owner, count);
    assert_null(*place);
    *place = &n;
    eval_begin(e);
    assert_ptr_equal(*eval_place(e, &owner, count), &n);
    assert_int_equal(n, 0);
    eval_finish(e);
    assert_int_equal(n, 1);
}

static void each_step_has_a_place_of_its_own(void **state)
{
    g_autofree struct eval *e = g_new(struct eval, 1);
    int owners[2], n[2] = {0};

    eval_init(e, NULL);
    for (int k = 0; k < 2; k++)
        *eval_place(e, &owners[k], count) = &n[k];
    assert_ptr_equal(*eval_place(e, &owners[0], count), &n[0]);
    eval_finish(e);
    assert_int_equal(n[0], 1);
    assert_int_equal(n[1], 1);
}

static void an_empty_place_is_not_released(void **state)
{
    g_autofree struct eval *e = g_new(struct eval, 1);
    int owner;

    eval_init(e, NULL);
    assert_null(*eval_place(e, &owner, count));
    eval_finish(e);
    eval_finish(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_step_keeps_stays_through_evaluations),
        cmocka_unit_test(each_step_has_a_place_of_its_own),
        cmocka_unit_test(an_empty_place_is_not_released),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
