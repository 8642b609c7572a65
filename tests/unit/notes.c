/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Notes: the lines of `debug` steps reach the log, as many as their step may. */
#include "fs/notes.h"

#include "tests/unit/plans.h"

static const char spec[] = "dataset:\n"
                           "  - range: 9\n"
                           "  - debug\n"
                           "  - debug: {limit: 2}\n";

/* The lines of a log without their times, one behind the other. */
static void assert_logged(struct log *log, const char *want)
{
    g_autoptr(GString) all = g_string_new(NULL), said = g_string_new(NULL);

    log_print(log, all);
    g_auto(GStrv) lines = g_strsplit(all->str, "\n", -1);
    for (unsigned i = 0; lines[i] && *lines[i]; i++)
        g_string_append_printf(said, "%s\n", lines[i] + strlen("2000-01-01 00:00:00 "));
    assert_string_equal(said->str, want);
}

static void lines_are_logged_one_by_one(void **state)
{
    OWN(plan_free) struct plan *p = plan_of(spec);
    OWN(log_free) struct log *log = log_new(false);
    OWN(notes_free) struct notes *n = notes_new(p, log);

    notes_add(n, "");
    notes_add(n, "debug at 3:5: 0: int 0\ndebug at 3:5: 1: int 1\n");
    notes_add(n, "debug at 3:5: 2: cut off");
    assert_logged(log, "debug at 3:5: 0: int 0\ndebug at 3:5: 1: int 1\n"
                       "debug at 3:5: 2: cut off\n");
}

static void a_limit_counts_the_lines_of_its_step_alone(void **state)
{
    OWN(plan_free) struct plan *p = plan_of(spec);
    OWN(log_free) struct log *log = log_new(false);
    OWN(notes_free) struct notes *n = notes_new(p, log);

    for (unsigned i = 0; i < 3; i++)
        notes_add(n, "debug at 3:5: x\ndebug at 4:5: y\n");
    assert_logged(log, "debug at 3:5: x\ndebug at 4:5: y\ndebug at 3:5: x\ndebug at 4:5: y\n"
                       "debug at 3:5: x\n");
}

static void what_no_step_has_said_is_logged_as_it_is(void **state)
{
    OWN(plan_free) struct plan *p = plan_of(spec);
    OWN(log_free) struct log *log = log_new(false);
    OWN(notes_free) struct notes *n = notes_new(p, log);

    notes_add(n, "\n\nsomething else %s\ndebug at 99999999999:1: z\n");
    assert_logged(log, "something else %s\ndebug at 99999999999:1: z\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_logged_one_by_one),
        cmocka_unit_test(a_limit_counts_the_lines_of_its_step_alone),
        cmocka_unit_test(what_no_step_has_said_is_logged_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
