/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrays as text: "uint8 [2, 2] 1 2 3 4". */
#pragma once

#include "ops/core/convert.h"
#include "tests/unit/folder.h"

static inline void assert_array_is(const struct value *v, const char *want)
{
    g_autoptr(GString) text = g_string_new(NULL);
    uint64_t n = 0;

    assert_int_equal(value_kind(v), VALUE_ARRAY);
    assert_true(array_n_items(value_array_type(v), &n));
    array_print(value_array_type(v), text);
    for (uint64_t i = 0; i < n; i++) {
        OWN(value_unref) struct value *item = convert_item(v, i);

        g_string_append_c(text, ' ');
        if (!item || !value_print(item, text))
            g_string_append_c(text, '?');
    }
    assert_string_equal(text->str, want);
}

/* Element i of the sequence that was loaded last, whose type says beforehand what shape it has. */
static inline void assert_array(struct folder *d, uint64_t i, const char *want)
{
    OWN(value_unref) struct value *v = NULL;
    const struct type t = seq_type(d->seq, i);

    if (seq_get(d->seq, &d->eval, i, &v) < 0)
        fail_msg("%s", d->eval.fault.text);
    assert_true(t.known);
    assert_int_equal(t.kind, VALUE_ARRAY);
    assert_non_null(t.array);
    assert_true(array_is_same(t.array, value_array_type(v)));
    assert_array_is(v, want);
}
