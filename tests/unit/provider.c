/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvips' operations as operators: which there are, which are refused, what their arguments are.
 */
#include "ops/image/arguments.h"

#include "ops/core/registry.h"
#include "ops/image/operation.h"
#include "ops/image/properties.h"
#include "tests/unit/images.h"

static int open_registry(void **state)
{
    struct fault f;
    struct registry *r = NULL;

    if (registry_new(&f, &r) < 0)
        return -1;
    *state = r;
    return 0;
}

static int close_registry(void **state)
{
    registry_free(*state);
    return 0;
}

static const struct param *argument(struct registry *r, const char *op, const char *name)
{
    const struct op *found = registry_find(r, op, NULL);

    assert_non_null(found);
    const struct param *p = param_find(found->params, name);
    assert_non_null(p);
    return p;
}

static void numbers_have_libvips_ranges(void **state)
{
    const struct param *p = argument(*state, "gaussblur", "sigma");

    assert_int_equal(p->kind, PARAM_DOUBLE);
    assert_true(p->required && p->main);
    assert_true(p->min == 0 && p->max == 1000);
}

static void the_first_required_argument_is_the_main_one(void **state)
{
    assert_true(argument(*state, "flip", "direction")->main);
    assert_true(argument(*state, "crop", "left")->main);
    assert_false(argument(*state, "crop", "top")->main);
    assert_true(argument(*state, "icc_transform", "output_profile")->main);
}

static void choices_are_only_what_can_be_chosen(void **state)
{
    for (const struct param_choice *c = argument(*state, "resize", "kernel")->choices; c->name; c++)
        assert_string_not_equal(c->name, "last");
    for (const struct param_choice *c = argument(*state, "vips.cast", "format")->choices; c->name;
         c++)
        assert_string_not_equal(c->name, "notset");
}

static void interpolators_are_choices(void **state)
{
    const struct param *p = argument(*state, "affine", "interpolate");
    bool found = false;

    assert_int_equal(p->kind, PARAM_CHOICE);
    for (const struct param_choice *c = p->choices; c->name; c++)
        found = found || strcmp(c->name, "bicubic") == 0;
    assert_true(found);
}

static void lists_of_numbers_are_lists(void **state)
{
    assert_int_equal(argument(*state, "linear", "a")->kind, PARAM_DOUBLES);
    assert_int_equal(argument(*state, "rank", "index")->kind, PARAM_INT);
}

static void names_count_exactly(void **state)
{
    assert_non_null(registry_find(*state, "resize", NULL));
    assert_non_null(registry_find(*state, "vips.resize", NULL));
    assert_null(registry_find(*state, "Resize", NULL));
    assert_null(registry_find(*state, "VipsResize", NULL));
    assert_null(registry_find(*state, "conversion", NULL));
}

static void both_names_of_crop_are_known(void **state)
{
    assert_string_equal(registry_find(*state, "crop", NULL)->name, "crop");
    assert_string_equal(registry_find(*state, "extract_area", NULL)->name, "extract_area");
}

static void assert_why(struct registry *r, const char *name, const char *want)
{
    const char *why = NULL;

    assert_null(registry_find(r, name, &why));
    assert_non_null(why);
    assert_string_equal(why, want);
}

static void what_is_no_step_of_a_pipeline_is_refused(void **state)
{
    assert_why(*state, "system", "it runs a shell; use exec");
    assert_why(*state, "pngload", "it reads or writes files; use decode or encode");
    assert_why(*state, "jpegsave_buffer", "it reads or writes files; use decode or encode");
    assert_why(*state, "avg", "it gives no image");
    assert_why(*state, "getpoint", "it gives no image");
    assert_why(*state, "profile", "it gives several images");
    assert_why(*state, "black", "it takes no image");
    assert_why(*state, "thumbnail_source", "it takes no image");
    assert_why(*state, "profile_load", "it takes no image");
    assert_why(*state, "globalbalance", "it opens files that an image names");
}

static void operations_of_several_images_say_them_as_arguments(void **state)
{
    const struct op *op = registry_find(*state, "composite2", NULL);

    assert_int_equal(op->input, OP_TAKES_FIELDS);
    assert_string_equal(op->params[0].name, "base");
    assert_int_equal(argument(*state, "composite2", "base")->kind, PARAM_INPUT);
    assert_false(argument(*state, "composite2", "base")->required);
    assert_true(argument(*state, "composite2", "overlay")->required);
    assert_true(argument(*state, "composite2", "mode")->main);
    assert_int_equal(argument(*state, "bandjoin", "in")->kind, PARAM_INPUTS);
    assert_int_equal(argument(*state, "draw_flood", "test")->kind, PARAM_INPUT);
    assert_false(argument(*state, "draw_flood", "test")->required);
}

static void the_one_image_of_an_operation_is_no_argument(void **state)
{
    const struct op *op = registry_find(*state, "invert", NULL);

    assert_int_equal(op->input, OP_TAKES_IMAGE);
    assert_null(param_find(op->params, "in"));
}

static void the_modes_of_composite_are_words(void **state)
{
    const struct param *p = argument(*state, "composite", "mode");
    bool found = false;

    assert_int_equal(p->kind, PARAM_CHOICES);
    for (const struct param_choice *c = p->choices; c->name; c++)
        found = found || strcmp(c->name, "multiply") == 0;
    assert_true(found);
    assert_int_equal(argument(*state, "composite", "x")->kind, PARAM_INTS);
}

static void check_table(void *count, const struct op *op)
{
    unsigned n_main = 0;

    if (!op->data)
        return;
    ++*(unsigned *)count;
    assert_non_null(op->brief);
    for (const struct param *p = op->params; p->name; p++) {
        n_main += p->main;
        assert_true(p->offset + sizeof(int64_t) <= op->params_size);
        assert_true(p->kind != PARAM_CHOICE || p->choices[0].name);
        assert_ptr_equal(param_find(op->params, p->name), p);
        if (p->fallback && p->kind != PARAM_STRING) {
            int64_t field[2];
            struct fault f;
            if (param_parse(p, p->fallback, NULL, NULL, field, &f) < 0)
                fail_msg("%s: the default: %s", op->name, f.text);
        }
    }
    assert_true(n_main <= 1);
}

static void every_table_holds_together(void **state)
{
    unsigned n = 0;

    registry_each(*state, check_table, &n);
    assert_true(n > 130);
}

static void properties_are_set_as_given(void **state)
{
    const struct op *op = registry_find(*state, "affine", NULL);
    const struct operation *o = op->data;
    g_autofree char *params = g_malloc0(op->params_size);
    double matrix[] = {1, 0.5, 0, 2};
    const struct param *list = param_find(op->params, "matrix"), *x = param_find(op->params, "odx");
    const struct param *by = param_find(op->params, "interpolate");
    VipsObject *object = g_object_new(o->type, NULL);
    struct fault f;
    double odx;
    VipsArrayDouble *array;
    VipsInterpolate *interpolate;

    *(struct doubles *)(void *)(params + list->offset) = (struct doubles){matrix, 4};
    *(double *)(void *)(params + x->offset) = -12.5;
    assert_int_equal(param_parse(by, "nohalo", NULL, NULL, params + by->offset, &f), 0);
    properties_set(&o->arguments, params,
                   UINT64_C(1) << (list - op->params) | UINT64_C(1) << (x - op->params) |
                       UINT64_C(1) << (by - op->params),
                   NULL, object);
    g_object_get(object, "odx", &odx, "matrix", &array, "interpolate", &interpolate, NULL);
    assert_true(odx == -12.5);
    assert_int_equal(VIPS_AREA(array)->n, 4);
    assert_true(((double *)VIPS_AREA(array)->data)[3] == 2);
    assert_string_equal(VIPS_OBJECT_GET_CLASS(interpolate)->nickname, "nohalo");
    vips_area_unref(VIPS_AREA(array));
    g_object_unref(interpolate);
    g_object_unref(object);
}

static void colour_profiles_are_built_in_or_files(void **state)
{
    struct fault f;

    assert_int_equal(properties_check_profile("p", "srgb", "/", &f), 0);
    assert_int_equal(properties_check_profile("p", "no.icc", "/nowhere", &f), -ENOENT);
    assert_true(f.source);
    g_autofree char *path = properties_profile("own.icc", "/folder");
    assert_string_equal(path, "/folder/own.icc");
    g_autofree char *name = properties_profile("p3", "/folder");
    assert_string_equal(name, "p3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_libvips_ranges),
        cmocka_unit_test(the_first_required_argument_is_the_main_one),
        cmocka_unit_test(choices_are_only_what_can_be_chosen),
        cmocka_unit_test(interpolators_are_choices),
        cmocka_unit_test(lists_of_numbers_are_lists),
        cmocka_unit_test(names_count_exactly),
        cmocka_unit_test(both_names_of_crop_are_known),
        cmocka_unit_test(what_is_no_step_of_a_pipeline_is_refused),
        cmocka_unit_test(operations_of_several_images_say_them_as_arguments),
        cmocka_unit_test(the_one_image_of_an_operation_is_no_argument),
        cmocka_unit_test(the_modes_of_composite_are_words),
        cmocka_unit_test(every_table_holds_together),
        cmocka_unit_test(properties_are_set_as_given),
        cmocka_unit_test(colour_profiles_are_built_in_or_files),
    };

    return cmocka_run_group_tests(tests, open_registry, close_registry);
}
