/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The crew's end of a worker: nothing that a worker says or does can harm the server. */
#include "fs/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* A line whose other end is the test's. */
struct line_test {
    struct plan *plan;
    struct complaints *complaints;
    struct worker worker;
    int far, slot; /* as the worker has them */
    struct worker_head *head;
};

static int start(void **state)
{
    static const char spec[] = "dataset: [{range: 4}, {exec: [cat]}]";
    struct line_test *t = g_new0(struct line_test, 1);
    int ends[2];

    *state = t;
    t->complaints = complaints_new();
    assert_int_equal(plan_parse("/spec.yaml", spec, strlen(spec), NULL, t->complaints, &t->plan),
                     0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    int slot = memfd_create("slot", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_int_equal(ftruncate(slot, WORKER_HEAD), 0);
    assert_int_equal(fcntl(slot, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    t->far = ends[1];
    t->slot = dup(slot);
    t->head = mmap(NULL, WORKER_HEAD, PROT_READ | PROT_WRITE, MAP_SHARED, slot, 0);
    assert_ptr_not_equal(t->head, MAP_FAILED);
    assert_int_equal(worker_open(&t->worker, ends[0], slot), 0);
    return 0;
}

static int finish(void **state)
{
    struct line_test *t = *state;

    worker_close(&t->worker);
    munmap(t->head, WORKER_HEAD);
    close(t->far);
    close(t->slot);
    plan_free(t->plan);
    complaints_free(t->complaints);
    g_free(t);
    return 0;
}

static void say(struct line_test *t, const struct worker_reply *r, size_t len)
{
    assert_int_equal(send(t->far, r, len, 0), len);
}

static void silence_is_no_reply_and_a_cut_line_is_an_error(void **state)
{
    struct line_test *t = *state;
    struct worker_reply r;

    assert_int_equal(worker_receive(&t->worker, t->plan, &r), 0);
    shutdown(t->far, SHUT_RDWR);
    assert_int_equal(worker_receive(&t->worker, t->plan, &r), -EPIPE);
    assert_int_equal(worker_send(&t->worker, (struct key){0, 1}), -EPIPE);
}

static void a_reply_of_a_wrong_size_is_an_error(void **state)
{
    struct line_test *t = *state;
    struct worker_reply r = {.len = 3}, got;

    say(t, &r, 8);
    assert_int_equal(worker_receive(&t->worker, t->plan, &got), -EPROTO);
    say(t, &r, offsetof(struct worker_reply, notes)); /* with a fault, though it did not fail */
    assert_int_equal(worker_receive(&t->worker, t->plan, &got), -EPROTO);
    say(t, &r, sizeof r); /* with notes, though there are none */
    assert_int_equal(worker_receive(&t->worker, t->plan, &got), -EPROTO);
    r.failed = 1;
    say(t, &r, offsetof(struct worker_reply, fault));
    assert_int_equal(worker_receive(&t->worker, t->plan, &got), -EPROTO);
}

static void a_garbled_fault_is_made_sound(void **state)
{
    struct line_test *t = *state;
    struct worker_reply r, got;

    memset(&r, 0xff, sizeof r);
    r.failed = 1;
    r.fault.trail[0] = (struct fault_step){0, 3};
    r.fault.trail[1] = (struct fault_step){0, 4}; /* beyond the last element */
    r.fault.trail[2] = (struct fault_step){77, 0};
    say(t, &r, sizeof r);
    assert_int_equal(worker_receive(&t->worker, t->plan, &got), 1);
    assert_int_equal(got.fault.err, EIO);
    assert_true(strlen(got.fault.text) < FAULT_TEXT);
    assert_true(g_utf8_validate(got.fault.text, -1, NULL));
    assert_true(g_utf8_validate(got.fault.detail, -1, NULL));
    assert_int_equal(got.fault.trail_len, 1);
    assert_int_equal(got.fault.trail[0].index, 3);
    assert_int_equal(got.n_timings, 0);
}

static void a_fault_arrives_as_it_was_sent(void **state)
{
    struct line_test *t = *state;
    struct worker_reply r = {.failed = 1, .n_timings = 2}, got;

    fault_set(&r.fault, ENOSPC, "no room for 'ä'");
    fault_detail(&r.fault, "two\nlines", -1);
    fault_pass(&r.fault, 1, 2);
    fault_pass(&r.fault, 0, 2);
    r.fault.source = r.fault.transient = true;
    r.timings[0] = (struct eval_timing){.step = 1, .failed = 1, .ns = 5};
    r.timings[1] = (struct eval_timing){.step = 1000000, .ns = 6};
    say(t, &r, offsetof(struct worker_reply, notes));
    assert_int_equal(worker_receive(&t->worker, t->plan, &got), 1);
    assert_int_equal(got.fault.err, ENOSPC);
    assert_string_equal(got.fault.text, "no room for 'ä'");
    assert_string_equal(got.fault.detail, "two\nlines");
    assert_true(got.fault.source && got.fault.transient && !got.fault.late);
    assert_int_equal(got.fault.trail_len, 2);
    assert_int_equal(got.fault.trail[0].step, 1);
    assert_int_equal(got.n_timings, 1);
    assert_int_equal(got.timings[0].ns, 5);
}

static void notes_arrive_with_a_result_and_with_a_fault(void **state)
{
    struct line_test *t = *state;
    struct worker_reply r = {.len = 3, .notes_len = 8}, got;

    memcpy(r.notes, "one\ntwo\nno more", 16);
    say(t, &r, sizeof r);
    assert_int_equal(worker_receive(&t->worker, t->plan, &got), 1);
    assert_string_equal(got.notes, "one\ntwo\n");
    r.failed = 1;
    fault_set(&r.fault, EIO, "gone");
    say(t, &r, sizeof r);
    assert_int_equal(worker_receive(&t->worker, t->plan, &got), 1);
    assert_string_equal(got.notes, "one\ntwo\n");
    assert_string_equal(got.fault.text, "gone");
    r.notes_len = 0;
    say(t, &r, offsetof(struct worker_reply, notes));
    assert_int_equal(worker_receive(&t->worker, t->plan, &got), 1);
    assert_string_equal(got.notes, "");
}

static void garbled_notes_are_made_text(void **state)
{
    struct line_test *t = *state;
    struct worker_reply r = {.notes_len = UINT32_MAX}, got;

    memset(r.notes, 0xff, sizeof r.notes);
    say(t, &r, sizeof r);
    assert_int_equal(worker_receive(&t->worker, t->plan, &got), 1);
    assert_true(strlen(got.notes) < EVAL_NOTES);
    assert_int_equal(got.notes_len, strlen(got.notes));
    assert_true(g_utf8_validate(got.notes, -1, NULL));
    assert_true(g_str_has_prefix(got.notes, "\xef\xbf\xbd\xef\xbf\xbd"));
}

static void a_length_beyond_the_slot_is_a_fault(void **state)
{
    static const uint64_t lies[] = {1, WORKER_HEAD, UINT64_MAX, UINT64_MAX - WORKER_HEAD + 1,
                                    (uint64_t)1 << 62};
    struct line_test *t = *state;
    GBytes *bytes = NULL;
    struct fault f;

    for (unsigned i = 0; i < G_N_ELEMENTS(lies); i++) {
        assert_int_equal(worker_take(&t->worker, lies[i], &f, &bytes), -EIO);
        assert_null(bytes);
    }
    assert_int_equal(worker_take(&t->worker, 0, &f, &bytes), 0);
    assert_int_equal(g_bytes_get_size(bytes), 0);
    g_bytes_unref(bytes);
}

static void a_slot_can_grow_but_not_shrink(void **state)
{
    struct line_test *t = *state;
    g_autoptr(GBytes) bytes = NULL;
    struct fault f;

    assert_int_equal(pwrite(t->slot, "abc", 3, WORKER_HEAD + 100000), 3);
    assert_int_equal(worker_take(&t->worker, 100003, &f, &bytes), 0);
    assert_memory_equal((const char *)g_bytes_get_data(bytes, NULL) + 100000, "abc", 3);
    assert_int_equal(ftruncate(t->slot, 0), -1);
    assert_int_equal(errno, EPERM);
}

static void a_dead_workers_stack_becomes_the_trail(void **state)
{
    struct line_test *t = *state;
    struct fault f;

    assert_false(worker_has_begun(&t->worker));
    assert_int_equal(worker_send(&t->worker, (struct key){0, 3}), 0);
    assert_false(worker_has_begun(&t->worker));
    t->head->taken = 1;
    assert_true(worker_has_begun(&t->worker));
    t->head->stack.at[0] = (struct fault_step){1, 3};
    t->head->stack.at[1] = (struct fault_step){0, 3};
    t->head->stack.at[2] = (struct fault_step){0, UINT64_MAX};
    t->head->stack.depth = 3;
    fault_set(&f, EIO, "gone");
    worker_trail(&t->worker, t->plan, &f);
    assert_int_equal(f.trail_len, 2);
    assert_int_equal(f.trail[0].step, 0);
    assert_int_equal(f.trail[1].step, 1);
    t->head->stack.depth = UINT32_MAX;
    fault_set(&f, EIO, "gone");
    worker_trail(&t->worker, t->plan, &f);
    assert_in_range(f.trail_len, 2, FAULT_TRAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(silence_is_no_reply_and_a_cut_line_is_an_error, start,
                                        finish),
        cmocka_unit_test_setup_teardown(a_reply_of_a_wrong_size_is_an_error, start, finish),
        cmocka_unit_test_setup_teardown(a_garbled_fault_is_made_sound, start, finish),
        cmocka_unit_test_setup_teardown(a_fault_arrives_as_it_was_sent, start, finish),
        cmocka_unit_test_setup_teardown(notes_arrive_with_a_result_and_with_a_fault, start, finish),
        cmocka_unit_test_setup_teardown(garbled_notes_are_made_text, start, finish),
        cmocka_unit_test_setup_teardown(a_length_beyond_the_slot_is_a_fault, start, finish),
        cmocka_unit_test_setup_teardown(a_slot_can_grow_but_not_shrink, start, finish),
        cmocka_unit_test_setup_teardown(a_dead_workers_stack_becomes_the_trail, start, finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
