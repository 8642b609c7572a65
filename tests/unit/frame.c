/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames: answers put together from pieces, and what is none. */
#include "ops/element/frame.h"

#include "tests/unit/folder.h"

/* Gives an answer to request 7 in pieces, until it is whole. */
static int put_together(const char *bytes, size_t len, size_t piece, struct fault *f,
                        struct frame **ret)
{
    struct frame *frame = frame_new(&(struct frame_rules){"tool", 7, 1000, 100});
    int r = 0;

    while (r == 0 && len > 0 && !frame_is_whole(frame)) {
        char *at;
        size_t room, n;

        frame_want(frame, &at, &room);
        n = MIN(MIN(room, len), piece);
        memcpy(at, bytes, n);
        bytes += n;
        len -= n;
        r = frame_add(frame, n, f);
    }
    *ret = frame;
    return r;
}

static struct frame *whole(const char *bytes, size_t len, size_t piece)
{
    struct frame *frame;
    struct fault f = {0};

    if (put_together(bytes, len, piece, &f, &frame) < 0)
        fail_msg("%s", f.text);
    assert_true(frame_is_whole(frame));
    return frame;
}

static void assert_no_frame(const char *bytes, size_t len, int err, const char *want)
{
    OWN(frame_free) struct frame *frame = NULL;
    struct fault f = {0};

    assert_int_equal(put_together(bytes, len, len, &f, &frame), -err);
    if (!strstr(f.text, want))
        fail_msg("wanted '%s', got '%s'", want, f.text);
}

#define NO_FRAME(text, err, want) assert_no_frame(text, strlen(text), err, want)

static void an_answer_is_the_same_in_any_pieces(void **state)
{
    static const char text[] = "ok 7 5\na\nbcd";

    for (size_t piece = 1; piece <= strlen(text); piece++) {
        OWN(frame_free) struct frame *frame = whole(text, strlen(text), piece);

        assert_int_equal(frame->kind, FRAME_OK);
        assert_int_equal(frame->len, 5);
        assert_memory_equal(frame->body, "a\nbcd", 5);
        assert_false(frame->surplus);
    }
}

static void an_answer_may_be_empty(void **state)
{
    OWN(frame_free) struct frame *frame = whole("ok 7 0\n", 7, 7);

    assert_int_equal(frame->len, 0);
}

static void what_is_behind_its_end_is_noticed(void **state)
{
    OWN(frame_free) struct frame *frame = whole("ok 7 1\nab", 9, 9);

    assert_true(frame->surplus);
    assert_memory_equal(frame->body, "a", 1);
}

static void an_array_has_its_type(void **state)
{
    OWN(frame_free) struct frame *frame = whole("array 7 6 int16 [1,3]\nabcdef", 28, 5);

    assert_int_equal(frame->kind, FRAME_ARRAY);
    assert_int_equal(frame->type.dtype, DTYPE_INT16);
    assert_int_equal(frame->type.n_dims, 2);
    assert_int_equal(frame->type.dims[0], 1);
    assert_int_equal(frame->type.dims[1], 3);
}

static void an_array_may_be_a_single_item(void **state)
{
    OWN(frame_free) struct frame *frame = whole("array 7 1 uint8 []\nx", 20, 20);

    assert_int_equal(frame->type.n_dims, 0);
}

static void bools_are_0_or_1(void **state)
{
    OWN(frame_free) struct frame *frame = whole("array 7 3 bool [3]\n\0\1\377", 22, 22);

    assert_memory_equal(frame->body, "\0\1\1", 3);
}

static void what_is_no_frame_is_told(void **state)
{
    static const char *const lines[] = {
        "\n",        "ok\n",       "ok 7\n",    "ok 7 \n",         "ok 7 -1\n",
        "ok  7 1\n", "okay 7 1\n", "ok 7 1 \n", "ok 7 0x1\n",      "OK 7 1\n",
        " ok 7 1\n", "ok 7 1\r\n", "hello\n",   "error 7 1 why\n", "ok 7 99999999999999999999\n",
    };

    for (size_t n = 0; n < G_N_ELEMENTS(lines); n++)
        NO_FRAME(lines[n], EPROTO, "wanted: ok, array or error, 7, and a length");
    assert_no_frame("ok\0 7 1\n", 9, EPROTO, "wanted: ok");
    NO_FRAME("hello\nworld\n", EPROTO, "'tool' answered 'hello', wanted");
}

static void a_line_that_never_ends_is_none(void **state)
{
    g_autofree char *line = g_strnfill(FRAME_HEAD, '1');

    memcpy(line, "ok 7 ", 5);
    NO_FRAME(line, EPROTO, "wanted: ok");
}

static void the_answer_to_another_request_is_none(void **state)
{
    NO_FRAME("ok 6 1\nx", EPROTO, "'tool' answered request 6, and was asked request 7");
}

static void too_much_is_refused_before_it_comes(void **state)
{
    NO_FRAME("ok 7 1001\n", EFBIG, "'tool' answered with 1001 bytes, more than the 1000 allowed");
    NO_FRAME("ok 7 18446744073709551615\n", EFBIG, "more than the 1000 allowed");
    NO_FRAME("error 7 101\n", EFBIG, "more than the 100 allowed");
}

static void a_lying_array_is_refused(void **state)
{
    g_autoptr(GString) deep = g_string_new("array 7 1 uint8 [1");

    NO_FRAME("array 7 5 int16 [3]\n", EPROTO,
             "'tool' answered with an array int16 [3] of 5 bytes, which has not so many");
    NO_FRAME("array 7 0 float64 [4294967296,4294967296,4294967296]\n", EPROTO, "has not so many");
    NO_FRAME("array 7 5\n", EPROTO, "wanted behind the length: a type and a shape");
    NO_FRAME("array 7 5 int17 [5]\n", EPROTO, "wanted behind the length");
    NO_FRAME("array 7 5 int8\n", EPROTO, "wanted behind the length");
    NO_FRAME("array 7 5 int8 [5\n", EPROTO, "wanted behind the length");
    NO_FRAME("array 7 5 int8 [,5]\n", EPROTO, "wanted behind the length");
    NO_FRAME("array 7 5 int8 [5,]\n", EPROTO, "wanted behind the length");
    NO_FRAME("array 7 5 int8 [5] \n", EPROTO, "wanted: ok");
    NO_FRAME("array 7 5 int8 [-5]\n", EPROTO, "wanted behind the length");
    for (int d = 0; d < ARRAY_DIMS; d++)
        g_string_append(deep, ",1");
    g_string_append(deep, "]\nx");
    NO_FRAME(deep->str, EPROTO, "wanted behind the length");
}

static void a_request_says_what_it_has(void **state)
{
    const struct array_type type = {.dtype = DTYPE_FLOAT32, .n_dims = 2, .dims = {3, 4}};
    const struct array_type item = {.dtype = DTYPE_BOOL};
    g_autoptr(GString) text = g_string_new(NULL);

    frame_print_head(1, 10, NULL, text);
    frame_print_head(2, 48, &type, text);
    frame_print_head(3, 1, &item, text);
    assert_string_equal(text->str, "bytes 1 10array 2 48 float32 [3,4]array 3 1 bool []");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_the_same_in_any_pieces),
        cmocka_unit_test(an_answer_may_be_empty),
        cmocka_unit_test(what_is_behind_its_end_is_noticed),
        cmocka_unit_test(an_array_has_its_type),
        cmocka_unit_test(an_array_may_be_a_single_item),
        cmocka_unit_test(bools_are_0_or_1),
        cmocka_unit_test(what_is_no_frame_is_told),
        cmocka_unit_test(a_line_that_never_ends_is_none),
        cmocka_unit_test(the_answer_to_another_request_is_none),
        cmocka_unit_test(too_much_is_refused_before_it_comes),
        cmocka_unit_test(a_lying_array_is_refused),
        cmocka_unit_test(a_request_says_what_it_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
