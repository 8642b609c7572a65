/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interrupts: which pending signals get a waiting reader out, and which it goes on waiting through.
 */
#include "fs/interrupt.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static unsigned long long bit(int sig)
{
    return 1ULL << (sig - 1);
}

/* What /proc/TID/status says with these masks. */
static bool is_real(unsigned long long own, unsigned long long shared, unsigned long long blocked,
                    unsigned long long ignored, unsigned long long caught)
{
    char status[512];

    snprintf(status, sizeof status,
             "Name:\tcat\nSigQ:\t0/47858\nSigPnd:\t%016llx\nShdPnd:\t%016llx\nSigBlk:\t%016llx\n"
             "SigIgn:\t%016llx\nSigCgt:\t%016llx\nCapInh:\tffffffffffffffff\n",
             own, shared, blocked, ignored, caught);
    return interrupt_status_is_real(status);
}

static void no_pending_signal_is_harmless(void **state)
{
    assert_false(is_real(0, 0, 0, 0, 0));
}

static void deadly_signals_are_real_for_the_thread_and_the_process(void **state)
{
    const int signals[] = {SIGINT, SIGTERM, SIGKILL, SIGHUP, SIGALRM, SIGUSR1, SIGRTMAX};

    for (size_t n = 0; n < sizeof signals / sizeof *signals; n++) {
        assert_true(is_real(bit(signals[n]), 0, 0, 0, 0));
        assert_true(is_real(0, bit(signals[n]), 0, 0, 0));
    }
}

static void signals_that_programs_hardly_notice_are_harmless(void **state)
{
    static const int signals[] = {SIGURG, SIGCHLD, SIGPROF, SIGWINCH, SIGVTALRM};

    for (size_t n = 0; n < sizeof signals / sizeof *signals; n++)
        assert_false(is_real(bit(signals[n]), bit(signals[n]), 0, 0, bit(signals[n])));
}

static void a_real_signal_beside_a_harmless_one_counts(void **state)
{
    assert_true(is_real(bit(SIGURG), bit(SIGINT), 0, 0, 0));
}

static void blocked_and_ignored_signals_are_harmless(void **state)
{
    assert_false(is_real(bit(SIGINT), 0, bit(SIGINT), 0, 0));
    assert_false(is_real(0, bit(SIGTERM), 0, bit(SIGTERM), 0));
    assert_true(is_real(0, bit(SIGTERM), bit(SIGINT), bit(SIGHUP), 0));
}

static void stopping_waits_for_the_answer_unless_the_program_catches_it(void **state)
{
    assert_false(is_real(0, bit(SIGTSTP), 0, 0, 0));
    assert_false(is_real(0, bit(SIGSTOP) | bit(SIGCONT), 0, 0, 0));
    assert_true(is_real(0, bit(SIGTSTP), 0, 0, bit(SIGTSTP)));
}

static void a_thread_that_cannot_be_known_gets_out(void **state)
{
    pid_t child = fork();

    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(interrupt_is_real(child));
    assert_true(interrupt_is_real(0));
}

static void a_living_thread_is_looked_at(void **state)
{
    sigset_t set, before;

    assert_false(interrupt_is_real(gettid()));
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    assert_int_equal(sigprocmask(SIG_BLOCK, &set, &before), 0);
    raise(SIGUSR1);
    assert_false(interrupt_is_real(gettid()));
    signal(SIGUSR1, SIG_IGN);
    assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_pending_signal_is_harmless),
        cmocka_unit_test(deadly_signals_are_real_for_the_thread_and_the_process),
        cmocka_unit_test(signals_that_programs_hardly_notice_are_harmless),
        cmocka_unit_test(a_real_signal_beside_a_harmless_one_counts),
        cmocka_unit_test(blocked_and_ignored_signals_are_harmless),
        cmocka_unit_test(stopping_waits_for_the_answer_unless_the_program_catches_it),
        cmocka_unit_test(a_thread_that_cannot_be_known_gets_out),
        cmocka_unit_test(a_living_thread_is_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
