/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Manifests: where metadata.csv is, and what is in it. */
#include "tests/unit/trees.h"

/* The manifest at a path. */
static char *text_at(const struct tree_test *t, const char *path)
{
    g_autofree struct eval *e = g_new0(struct eval, 1);
    g_autoptr(GBytes) bytes = NULL;
    struct place p;

    names_tell(t->names, t->plan);
    if (!names_find_path(t->names, path, &p))
        fail_msg("'%s' was not found", path);
    assert_int_equal(p.kind, PLACE_ELEMENT);
    eval_init(e, NULL);
    if (plan_eval(t->plan, e, p.output, p.index, &bytes) < 0)
        fail_msg("%s", e->fault.text);
    eval_finish(e);
    return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static void assert_manifest(const char *spec, const char *want)
{
    g_autofree char *text = NULL;
    struct tree_test t;

    start(&t);
    make_folder(&t, "cats");
    make_file(&t, "cats/tom.jpg");
    make_file(&t, "cats/una.jpg");
    make_file(&t, "rex.jpg");
    load(&t, spec);
    text = text_at(&t, "metadata.csv");
    assert_string_equal(text, want);
    finish(&t);
}

static void records_have_their_file_and_their_scalars(void **state)
{
    assert_manifest("dataset: [{collate: {image: {files: '**/*.jpg'}, label: {range: 3}, "
                    "good: {values: [true, 2.5, x]}}}, {name: '{image.stem}'}, manifest]",
                    "file_name,label,good\n"
                    "tom.image.jpg,0,true\nuna.image.jpg,1,2.5\nrex.image.jpg,2,x\n");
}

static void of_several_files_each_has_a_column(void **state)
{
    assert_manifest("dataset: [{collate: {l: {files: 'cats/*'}, n: {range: 2}, r: {files: "
                    "'cats/*'}}}, {manifest: true}]",
                    "l_file_name,r_file_name,n\n0.l.jpg,0.r.jpg,0\n1.l.jpg,1.r.jpg,1\n");
}

static void records_that_are_one_file_have_its_name(void **state)
{
    assert_manifest("dataset: [{values: [{a: 1, b: x}, {a: 2, b: y}]}, manifest]",
                    "file_name,a,b\n0.json,1,x\n1.json,2,y\n");
}

static void elements_that_are_no_records_have_their_attributes(void **state)
{
    assert_manifest("dataset: [{files: 'cats/*'}, {name: '{dir}/{stem}'}, manifest]",
                    "file_name,dir,parent\ncats/tom.jpg,cats,cats\ncats/una.jpg,cats,cats\n");
}

static void scalars_of_records_that_became_one_file_have_a_column_each(void **state)
{
    assert_manifest("dataset: [{collate: {file: {files: 'cats/*'}, id: {range: 2}, a.b: {values: "
                    "[x, y]}}}, {encode: tar}, manifest]",
                    "file_name,id,a.b\n0.tar,0,x\n1.tar,1,y\n");
}

static void records_of_different_fields_have_the_scalars_of_all(void **state)
{
    assert_manifest("dataset: [{concatenate: [{values: [{a: 1, b: x}]}, {collate: {b: {values: "
                    "[y]}, c: {range: 1}}}]}, manifest]",
                    "file_name,a,b,c\n0.json,1,x,\n1.json,,y,0\n");
}

static void lists_within_lists_are_in_one_table(void **state)
{
    assert_manifest("dataset: [{files: '**/*.jpg'}, {batch: 2}, {batch: 1}, manifest]",
                    "file_name,dir,parent\n"
                    "0/0/0.jpg,cats,cats\n0/0/1.jpg,cats,cats\n1/0/0.jpg,.,\"\"\n");
}

static void cells_are_quoted_as_rfc_4180_says(void **state)
{
    assert_manifest("dataset: [{collate: {f: {files: '**/*.jpg'}, 'a,b': {values: [\"x,y\", "
                    "'say \"no\"', \"1\\n2\"]}, n: {values: ['', null, ' x']}}}, manifest]",
                    "file_name,\"a,b\",n\n0.f.jpg,\"x,y\",\"\"\n1.f.jpg,\"say \"\"no\"\"\",\n"
                    "2.f.jpg,\"1\n2\", x\n");
}

static void a_field_of_the_name_of_the_column_gives_way(void **state)
{
    assert_manifest("dataset: [{collate: {image: {files: 'cats/*'}, file_name: {values: [x, y]}, "
                    "b: {range: 2}}}, manifest]",
                    "file_name,b\n0.image.jpg,0\n1.image.jpg,1\n");
}

static void an_empty_dataset_has_a_header(void **state)
{
    assert_manifest("dataset: [{collate: {image: {files: 'cats/*'}, b: {range: 2}}}, {slice: "
                    "':0'}, manifest]",
                    "file_name,b\n");
}

static void a_manifest_that_is_not_wanted_is_not_there(void **state)
{
    struct tree_test t;

    start(&t);
    load(&t, "dataset: [{range: 2}, {manifest: false}]");
    assert_not_found(&t, "metadata.csv");
    assert_listing(&t, folder(0), "0.txt 1.txt ");
    finish(&t);
}

static void it_is_listed_beside_the_elements_of_its_dataset(void **state)
{
    struct tree_test t;
    struct place top;

    start(&t);
    load(&t, "datasets:\n  a: [{range: 2}, manifest]\n  b: {range: 1}\n"
             "  c: [{values: [x, y]}, {name: 'n/{value}'}, manifest]\n");
    assert_true(names_find_path(t.names, "a", &top));
    assert_listing(&t, top, "metadata.csv 0.txt 1.txt ");
    assert_true(names_find_path(t.names, "b", &top));
    assert_listing(&t, top, "0.txt ");
    assert_true(names_find_path(t.names, "c", &top));
    assert_listing(&t, top, "metadata.csv n ");
    assert_not_found(&t, "c/n/metadata.csv");
    assert_not_found(&t, "b/metadata.csv");
    assert_not_found(&t, "metadata.csv");
    walk_all(&t);
    g_autofree char *text = text_at(&t, "c/metadata.csv");
    assert_string_equal(text, "file_name,value\nn/x.txt,x\nn/y.txt,y\n");
    finish(&t);
}

static void an_element_of_its_name_is_a_fault(void **state)
{
    static const char *const specs[] = {
        "dataset: [{values: [x]}, {encode: {format: text}}, {name: metadata.csv}, manifest]",
        "dataset: [{collate: {csv: {values: [x]}, jpg: {range: 1}}}, {layout: dirs}, {name: "
        "metadata.csv}, manifest]",
    };

    for (size_t n = 0; n < G_N_ELEMENTS(specs); n++) {
        struct tree_test t;

        start(&t);
        assert_complaint(&t, specs[n], "manifest: an element is named 'metadata.csv' itself");
        finish(&t);
    }
}

static void without_names_it_says_so(void **state)
{
    g_autofree struct eval *e = g_new0(struct eval, 1);
    g_autoptr(GBytes) bytes = NULL;
    struct tree_test t;
    struct place p;

    start(&t);
    load(&t, "dataset: [{range: 2}, manifest]");
    assert_true(names_find_path(t.names, "metadata.csv", &p));
    eval_init(e, NULL);
    assert_true(plan_eval(t.plan, e, p.output, 0, &bytes) < 0);
    assert_string_equal(e->fault.text, "the files have no names here");
    finish(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_have_their_file_and_their_scalars),
        cmocka_unit_test(of_several_files_each_has_a_column),
        cmocka_unit_test(records_that_are_one_file_have_its_name),
        cmocka_unit_test(elements_that_are_no_records_have_their_attributes),
        cmocka_unit_test(scalars_of_records_that_became_one_file_have_a_column_each),
        cmocka_unit_test(records_of_different_fields_have_the_scalars_of_all),
        cmocka_unit_test(lists_within_lists_are_in_one_table),
        cmocka_unit_test(cells_are_quoted_as_rfc_4180_says),
        cmocka_unit_test(a_field_of_the_name_of_the_column_gives_way),
        cmocka_unit_test(an_empty_dataset_has_a_header),
        cmocka_unit_test(a_manifest_that_is_not_wanted_is_not_there),
        cmocka_unit_test(it_is_listed_beside_the_elements_of_its_dataset),
        cmocka_unit_test(an_element_of_its_name_is_a_fault),
        cmocka_unit_test(without_names_it_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
