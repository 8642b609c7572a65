/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrays as text: their type and their items, and what is known of them before. */
#pragma once

#include "ops/core/convert.h"
#include "tests/unit/folder.h"

/* "int16 [3]: 1 2 -3".  Owned by the caller. */
static inline char *array_text(const struct value *v)
{
    GString *ret = g_string_new(NULL);
    uint64_t n;

    assert_int_equal(value_kind(v), VALUE_ARRAY);
    array_print(value_array_type(v), ret);
    g_string_append_c(ret, ':');
    assert_true(array_n_items(value_array_type(v), &n));
    for (uint64_t i = 0; i < n; i++) {
        OWN(value_unref) struct value *item = convert_item(v, i);

        g_string_append_c(ret, ' ');
        if (!item || !value_print(item, ret))
            g_string_append(ret, "?");
    }
    return g_string_free(ret, FALSE);
}

/* Element i of the sequence that was loaded last.  Owned by the caller. */
static inline struct value *array_of(struct folder *d, uint64_t i)
{
    struct value *v = NULL;

    if (seq_get(d->seq, &d->eval, i, &v) < 0)
        fail_msg("element %d: %s", (int)i, d->eval.fault.text);
    assert_int_equal(value_kind(v), VALUE_ARRAY);
    return v;
}

static inline void assert_array_at(struct folder *d, uint64_t i, const char *want)
{
    OWN(value_unref) struct value *v = array_of(d, i);
    g_autofree char *text = array_text(v);

    assert_string_equal(text, want);
}

/* Element 0 of a sequence. */
static inline void assert_array(struct folder *d, const char *sequence, const char *want)
{
    folder_seq(d, sequence);
    assert_array_at(d, 0, want);
}

/* Element 0 fails with this sentence. */
static inline void assert_failure(struct folder *d, const char *sequence, const char *want)
{
    g_autofree char *one = NULL;

    folder_seq(d, sequence);
    one = folder_element(d, 0);
    assert_true(one[0] == '!');
    assert_string_equal(one + 1, want);
}

/* What is known of element i of a sequence, or of any for SEQ_ANY; "" = no shape is. */
static inline void assert_known(const struct seq *s, uint64_t i, const char *want)
{
    const struct type t = seq_type(s, i);
    g_autoptr(GString) said = g_string_new(NULL);

    assert_true(t.known);
    assert_int_equal(t.kind, VALUE_ARRAY);
    if (t.array)
        array_print(t.array, said);
    assert_string_equal(said->str, want);
}

/* The same of any element of a sequence, which then comes out like that, all of it. */
static inline void assert_promise(struct folder *d, const char *sequence, const char *want)
{
    folder_seq(d, sequence);
    assert_known(d->seq, SEQ_ANY, want);
    for (uint64_t i = 0; i < d->seq->len; i++) {
        OWN(value_unref) struct value *v = array_of(d, i);
        g_autoptr(GString) said = g_string_new(NULL);

        array_print(value_array_type(v), said);
        assert_string_equal(said->str, want);
        assert_known(d->seq, i, want);
    }
}
