/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The nearest known name, as it is offered to who mistyped. */
#include "ops/base/nearest.h"

#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char *const names[] = {"width",     "height", "size",   "crop",      "thumbnail",
                                    "no-rotate", "linear", "intent", "interleave"};

static void check(const char *wanted, const char *best)
{
    g_autofree char *hint = best ? g_strdup_printf("; did you mean '%s'?", best) : g_strdup("");
    struct nearest n;
    char buf[64];

    nearest_init(&n, wanted);
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        nearest_offer(&n, names[i]);
    assert_string_equal(nearest_hint(&n, buf, sizeof buf), hint);
}

static void one_slip_is_found(void **state)
{
    check("widht", "width");    /* swapped */
    check("wdth", "width");     /* left out */
    check("heigght", "height"); /* doubled */
    check("crap", "crop");      /* another key */
    check("thumbnial", "thumbnail");
}

static void case_and_dashes_do_not_matter(void **state)
{
    check("WIDTH", "width");
    check("no_rotate", "no-rotate");
    check("No_Rotate", "no-rotate");
}

static void a_beginning_is_close(void **state)
{
    check("thumb", "thumbnail");
    check("inter", "interleave");
    check("thumbnail_image", "thumbnail");
}

static void a_name_unlike_all_has_no_hint(void **state)
{
    check("sharpen", NULL);
    check("q", NULL);
    check("", NULL);
    check("wi", NULL);
}

static void the_closest_wins_whatever_the_order(void **state)
{
    struct nearest n;

    for (int turn = 0; turn < 2; turn++) {
        nearest_init(&n, "sizes");
        nearest_offer(&n, turn ? "sizer" : "size");
        nearest_offer(&n, turn ? "size" : "sizer");
        nearest_offer(&n, "Sizes");
        assert_string_equal(n.best, "Sizes");
    }
}

static void names_of_any_length_are_bounded(void **state)
{
    g_autofree char *long_name = g_strnfill(1 << 20, 'w');
    struct nearest n;
    char buf[16];

    nearest_init(&n, long_name);
    nearest_offer(&n, "width");
    assert_string_equal(n.best, "");
    nearest_init(&n, "width");
    nearest_offer(&n, long_name);
    assert_string_equal(n.best, "");
    nearest_init(&n, "thumbnial");
    nearest_offer(&n, "thumbnail");
    assert_string_equal(nearest_hint(&n, buf, sizeof buf), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_slip_is_found),
        cmocka_unit_test(case_and_dashes_do_not_matter),
        cmocka_unit_test(a_beginning_is_close),
        cmocka_unit_test(a_name_unlike_all_has_no_hint),
        cmocka_unit_test(the_closest_wins_whatever_the_order),
        cmocka_unit_test(names_of_any_length_are_bounded),
    };

    return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
