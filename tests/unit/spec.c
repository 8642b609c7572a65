/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Specs: what is read, and the one clear complaint about all that is wrong. */
#include "ops/spec/spec.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/specs.h"

static void check_mark(const struct node *n, unsigned line, unsigned column, unsigned len)
{
    assert_int_equal(n->mark.line, line);
    assert_int_equal(n->mark.column, column);
    assert_int_equal(n->mark.len, len);
}

static void nodes_have_kinds_texts_and_places(void **state)
{
    OWN(spec_free)
    struct spec *s = parse("a: [x, \"y z\", {k: 3}]\n日本:\n  - 'q'\n  -\nbb: |\n  t\n", NULL);
    const struct node *root = spec_root(s), *list = node_find(root, "a"), *block;

    assert_int_equal(root->kind, NODE_MAPPING);
    assert_int_equal(root->len, 3);
    assert_int_equal(list->kind, NODE_LIST);
    assert_int_equal(list->len, 3);
    check_mark(list, 1, 4, 1);
    check_mark(list->items[0], 1, 5, 1);
    assert_false(list->items[0]->quoted);
    check_mark(list->items[1], 1, 8, 5);
    assert_true(list->items[1]->quoted);
    assert_string_equal(list->items[1]->text, "y z");
    check_mark(list->items[2]->keys[0], 1, 16, 1);
    check_mark(root->keys[1], 2, 1, 2);
    block = node_find(root, "日本");
    check_mark(block, 3, 3, 1);
    check_mark(block->items[0], 3, 5, 3);
    assert_true(node_is_null(block->items[1]));
    assert_true(node_find(root, "bb")->quoted);
    assert_null(node_find(root, "c"));
}

static void a_block_mapping_is_marked_by_its_first_key(void **state)
{
    OWN(spec_free) struct spec *s = parse("dataset:\n  - thumbnail: {width: 3}\n", NULL);
    const struct node *list = node_find(spec_root(s), "dataset");

    check_mark(spec_root(s), 1, 1, 7);
    check_mark(list->items[0], 2, 5, 9);
}

static void plain_words_for_nothing_are_null(void **state)
{
    OWN(spec_free) struct spec *s = parse("a: [NULL, ~, null, '', 'null', x, {}, []]", NULL);
    static const bool nulls[] = {true, true, true, false, false, false, false, false};
    const struct node *list = node_find(spec_root(s), "a");

    for (unsigned i = 0; i < list->len; i++)
        assert_int_equal(node_is_null(list->items[i]), nulls[i]);
}

static void nodes_are_described_for_messages(void **state)
{
    OWN(spec_free)
    struct spec *s =
        parse("a: [x, {}, [], ~, '', ééééééééééééééééééééééééééééééééééééééééééé]", NULL);
    static const char *const said[] = {"'x'", "a mapping", "a list", "nothing", "''"};
    const struct node *list = node_find(spec_root(s), "a");
    char buf[128];

    for (unsigned i = 0; i < G_N_ELEMENTS(said); i++)
        assert_string_equal(node_describe(list->items[i], buf, sizeof buf), said[i]);
    node_describe(list->items[5], buf, sizeof buf);
    assert_true(g_str_has_suffix(buf, "é...'"));
    for (unsigned size = 1; size < sizeof buf; size++)
        assert_true(g_utf8_validate(node_describe(list->items[5], buf, size), -1, NULL));
}

static void an_alias_is_the_node_itself(void **state)
{
    OWN(spec_free)
    struct spec *s = parse("a: &x {k: '${p}'}\nb: *x\nc: [*x, *x]\nparams: {p: 1}", NULL);
    const struct node *root = spec_root(s), *a = node_find(root, "a");

    assert_ptr_equal(node_find(root, "b"), a);
    assert_ptr_equal(node_find(root, "c")->items[1], a);
    assert_string_equal(a->items[0]->text, "1");
}

static void an_anchor_can_be_used_again(void **state)
{
    OWN(spec_free) struct spec *s = parse("a: &x 1\nb: *x\nc: &x 2\nd: *x\n*x : e", NULL);

    assert_string_equal(text_at(s, "b"), "1");
    assert_string_equal(text_at(s, "d"), "2");
    assert_string_equal(text_at(s, "2"), "e");
}

static void what_is_wrong_in_the_tree_is_told_all_at_once(void **state)
{
    BAD("? [a]\n: 1\n<<: {b: 3}\na: 1\na: !x 2\nb: {c: 1, 'c': 4}\nd: *nope\ne: &e [*e]\nf: "
        "\"\\0\"\n"
        "g: '${nope}'\n",
        "1:3: a key is a text, not a list\n"
        "3:1: '<<' does not merge mappings here; write the keys out\n"
        "5:1: key 'a' is given twice, the first time at 4:1\n"
        "5:4: tag '!x' means nothing in a spec; a text that begins with '!' must be quoted\n"
        "6:11: key 'c' is given twice, the first time at 6:5\n"
        "7:4: no anchor 'nope' before this alias; a text that begins with '*' must be quoted\n"
        "8:8: alias 'e' stands within what it stands for, so there would be no end\n"
        "9:4: a text cannot hold the character NUL\n"
        "10:4: no parameter 'nope'; the top-level 'params' gives every parameter its default");
}

static void a_quoted_merge_key_is_a_key(void **state)
{
    OWN(spec_free) struct spec *s = parse("'<<': 1", NULL);

    assert_string_equal(text_at(s, "<<"), "1");
}

static void an_unknown_alias_is_answered_with_the_nearest(void **state)
{
    BAD("a: &small 1\nb: *smal", "2:4: no anchor 'smal' before this alias; did you mean 'small'?");
}

static void an_unquoted_parameter_in_brackets_is_explained(void **state)
{
    BAD("a:\n  - b: {width: ${w}, c: 1}\n",
        "2:16: a text with '${' must be quoted within brackets: \"${w}\"");
    BAD("a: [x, ${dir}/*.jpg]\n",
        "1:8: a text with '${' must be quoted within brackets: \"${dir}/*.jpg\"");
    BAD("a: {b: {c: p${w}}}\n", "1:12: a text with '${' must be quoted within brackets: \"p${w}\"");
    BAD("a: {${k}: 1}\n", "1:5: a text with '${' must be quoted within brackets: \"${k}\"");
    BAD("a: [${\n", "1:5: a text with '${' must be quoted within brackets");
}

static void characters_that_yaml_keeps_for_itself_are_explained(void **state)
{
    BAD("a: *.jpg", "1:4: a text that begins with '*' must be quoted");
    BAD("a: **/*.jpg", "1:4: a text that begins with '*' must be quoted");
    BAD("a: [0-9]*.jpg", "1:9: a text that begins with '[' must be quoted");
    BAD("a: {index:08d}.jpg", "1:15: a text that begins with '{' must be quoted");
    BAD("a: 'b'.jpg", "1:7: nothing can follow a text in quotes; quote all of it");
    BAD("a: @b", "1:4: a text that begins with '@' must be quoted");
    BAD("a: %b", "1:4: a text that begins with '%' must be quoted");
    BAD("a: \"\\d\"",
        "1:5: no such escape; in double quotes a backslash is written \\\\, in single "
        "quotes as it is");
    BAD("a:\n\t- b", "2:1: a tab cannot indent; use blanks");
    BAD("a: b: c", "1:5: ': ' cannot stand here; quote the text it is in, or indent the line as "
                   "its neighbours");
}

static void what_is_not_closed_is_shown_where_it_begins(void **state)
{
    BAD("a: 1\nb: [1,\n  2\n",
        "2:4: expected ',' or ']' in the list begun here, but the spec ends");
    BAD("b: {c: 2\n", "1:4: expected ',' or '}' in the mapping begun here, but the spec ends");
    BAD("b: \"c\nd: 1\n", "1:4: these quotes are never closed");
    BAD("b: [1, {c: 2]\n", "1:13: expected ',' or '}' in the mapping begun at 1:8");
    BAD("a:\n  - b\n - c\n",
        "3:2: this line is indented neither as the one above nor as what began at 1:1");
    BAD("a: 1\n}\n", "2:1: this '}' closes nothing");
    BAD("a: ]\n", "1:4: this ']' closes nothing");
    BAD("a: 1\nfoo\n", "2:1: expected ': ' after this key");
}

static void a_spec_is_one_mapping(void **state)
{
    BAD("", "1:1: the spec is empty; it wants at least 'dataset:'");
    BAD("# only this\n", "1:1: the spec is empty; it wants at least 'dataset:'");
    BAD("\xef\xbb\xbf", "1:1: the spec is empty; it wants at least 'dataset:'");
    BAD("--- \n", "2:1: a spec is a mapping with 'dataset:' in it, not nothing");
    BAD("- a\n", "1:1: a spec is a mapping with 'dataset:' in it, not a list");
    BAD("a: 1\n---\nb: 2\n", "2:1: a second document begins here; a spec is only one");
    BAD("a: 1\n...\nb: 2\n", "3:1: expected the end of the spec");
}

static void a_byte_order_mark_is_no_character(void **state)
{
    OWN(spec_free)
    struct spec *s = parse("\xef\xbb\xbf"
                           "a: 1",
                           NULL);
    size_t len;

    check_mark(spec_root(s)->keys[0], 1, 1, 1);
    assert_string_equal(spec_text(s, &len), "a: 1");
    assert_int_equal(len, 4);
}

static void what_is_not_utf8_is_refused_with_its_place(void **state)
{
    BAD("a: 1\nb: \xe9t\xe9\n", "2:4: byte 0xe9 is not UTF-8; save the spec as UTF-8");
    BAD("\xff\xfe"
        "a",
        "1:1: the spec is UTF-16 or UTF-32; save it as UTF-8");
    check_bad("a\0:\0", 4, NULL, "1:1: the spec is UTF-16 or UTF-32; save it as UTF-8");
    check_bad("\0a\0:", 4, NULL, "1:1: the spec is UTF-16 or UTF-32; save it as UTF-8");
    check_bad("a: b\0", 5, NULL, "1:5: byte 0x00 is no text; is this a spec?");
    BAD("a: \x07", "1:4: character U+0007 is not allowed; write it as an escape in double quotes");
}

static void directives_and_tags_are_refused(void **state)
{
    BAD("%TAG ! x\n---\na: 1\n", "1:1: tags mean nothing in a spec");
    BAD("a: !!str 1\n",
        "1:4: tag '!!str' means nothing in a spec; a text that begins with '!' must be quoted");
    BAD("a: !x!y 1\n",
        "1:4: tags mean nothing in a spec; a text that begins with '!' must be quoted");
}

static void a_spec_of_ten_megabytes_is_refused(void **state)
{
    g_autofree char *text = g_strnfill(10 << 20, '#');

    BAD(text, " 10485760 bytes are too large for a spec; at most 4194304 are possible");
}

static void deep_nesting_is_refused(void **state)
{
    g_autofree char *flow = fill_spec("a: ", "["), *block = fill_spec("a:\n ", "- ");
    g_autofree char *keys = fill_spec("a:\n ", "? "), *maps = fill_spec("a: ", "{");

    BAD(flow, "1:67: nested deeper than 64");
    BAD(maps, "1:67: nested deeper than 64");
    BAD(block, "2:128: nested deeper than 64");
    BAD(keys, "2:128: nested deeper than 64");
}

static void sixty_four_levels_are_allowed(void **state)
{
    g_autofree char *open = g_strnfill(63, '['), *close = g_strnfill(63, ']');
    g_autofree char *text = g_strdup_printf("a: %s%s", open, close);
    OWN(spec_free) struct spec *s = parse(text, NULL);

    assert_int_equal(node_find(spec_root(s), "a")->kind, NODE_LIST);
}

static void aliases_cannot_nest_deeper_than_brackets(void **state)
{
    g_autofree char *open = g_strnfill(40, '['), *close = g_strnfill(40, ']');
    g_autofree char *text = g_strdup_printf("a: &a %s%s\nb: %s*a%s\n", open, close, open, close);

    BAD(text, "2:44: with alias 'a' the spec is nested deeper than 64");
}

static void an_alias_bomb_is_refused(void **state)
{
    g_autoptr(GString) text = g_string_new("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");

    for (unsigned i = 1; i < 20; i++) {
        g_string_append_printf(text, "a%u: &a%u [", i, i);
        for (unsigned j = 0; j < 10; j++)
            g_string_append_printf(text, "%s*a%u", j ? ", " : "", i - 1);
        g_string_append(text, "]\n");
    }
    BAD(text->str, "6:50: with alias 'a4' the spec has more than 1048576 nodes");
}

static void too_many_nodes_are_refused(void **state)
{
    g_autofree char *text = fill_spec("a: [", "1,");

    BAD(text, "1:2097151: the spec has more than 1048576 nodes, aliases counted as often as used");
}

/* Each of these once took, or might take, time that grows with the square of its size. */
static void the_largest_spec_of_any_kind_is_read_in_time(void **state)
{
    static const char *const parts[][2] = {{"", "a: 1\n"},
                                           {"a: {", "b, "},
                                           {"a: [", "&b 1,"},
                                           {"a: [&b 1,", "*b,"},
                                           {"a: [", "*b,"},
                                           {"a: \"", "\\x41"},
                                           {"a: ", "b "},
                                           {"a: |\n", "  b\n"},
                                           {"a: '", "\n"},
                                           {"", "#\n"},
                                           {"", "---\n"},
                                           {"", "%YAML 1.1\n"},
                                           {"", "? "},
                                           {"a: [", "{a: "},
                                           {"a: [", "!b 1,"},
                                           {"", "!"},
                                           {"", "%TAG !a! b\n"},
                                           {"...\n", "%FOO\n"},
                                           {"a: [", "\"${\","},
                                           {"a: [", "'${p}',"},
                                           {"params: {", "a: 1,"},
                                           {"a: [", "'${env:NO_SUCH:-x}',"},
                                           {"", "\t"},
                                           {"", "\r"}};
    gint64 start = g_get_monotonic_time();

    for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *text = fill_spec(parts[i][0], parts[i][1]);
        OWN(complaints_free) struct complaints *c = complaints_new();
        OWN(spec_free) struct spec *s = NULL;

        spec_parse("s", text, strlen(text), NULL, c, &s);
        assert_true(s || complaints_len(c) > 0);
        g_free(complaints_text(c));
    }
    /* Squares would be hours. */
    assert_true(g_get_monotonic_time() - start < 50 * G_USEC_PER_SEC);
}

static void a_text_of_any_length_is_bounded(void **state)
{
    g_autofree char *big = g_strnfill(SPEC_MAX_TEXT + 1, 'x');
    g_autofree char *bad = g_strconcat("a: ", big, NULL), *good = g_strconcat("a: ", big + 1, NULL);
    OWN(spec_free) struct spec *s = parse(good, NULL);

    assert_int_equal(strlen(text_at(s, "a")), SPEC_MAX_TEXT);
    BAD(bad, "1:4: a text of 65537 bytes; at most 65536 are possible");
}

static void a_fault_is_shown_with_its_line(void **state)
{
    OWN(complaints_free) struct complaints *c = complaints_new();
    static const char text[] = "# é\na: {日: 1, 日: 2}\n";
    g_autofree char *printed = NULL;
    OWN(spec_free) struct spec *s = NULL;

    spec_parse("dir/s.yaml", text, strlen(text), NULL, c, &s);
    printed = complaints_text(c);
    assert_string_equal(printed, "dir/s.yaml:2:11: key '日' is given twice, the first time at 2:5\n"
                                 "  a: {日: 1, 日: 2}\n"
                                 "             ^~\n");
}

/* Each test of files has a folder of its own. */
static int make_folder(void **state)
{
    *state = g_dir_make_tmp("seqfs-spec-XXXXXX", NULL);
    return *state ? 0 : -1;
}

static int remove_folder(void **state)
{
    g_autofree char *folder = *state, *file = g_build_filename(folder, "s.yaml", NULL);

    g_remove(file);
    return g_rmdir(folder);
}

static void check_unloadable(const char *path, const char *wanted)
{
    g_autofree char *line = g_strdup_printf("%s: %s\n", path, wanted), *printed = NULL;
    OWN(complaints_free) struct complaints *c = complaints_new();
    struct spec *s = NULL;

    assert_true(spec_load(path, NULL, c, &s) < 0);
    printed = complaints_text(c);
    assert_string_equal(printed, line);
}

static void a_file_is_loaded_with_its_folder_and_time(void **state)
{
    g_autofree char *path = g_build_filename(*state, "s.yaml", NULL);
    OWN(complaints_free) struct complaints *c = complaints_new();
    OWN(spec_free) struct spec *s = NULL;
    struct stat st;
    size_t len;

    assert_true(g_file_set_contents(path, "dataset: 1\n", -1, NULL));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(spec_load(path, NULL, c, &s), 0);
    assert_string_equal(spec_path(s), path);
    assert_string_equal(spec_folder(s), *state);
    assert_string_equal(spec_text(s, &len), "dataset: 1\n");
    assert_int_equal(spec_mtime(s).tv_sec, st.st_mtim.tv_sec);
    assert_int_equal(spec_mtime(s).tv_nsec, st.st_mtim.tv_nsec);
}

static void the_folder_of_a_relative_path_is_absolute(void **state)
{
    g_autofree char *here = g_get_current_dir(), *below = g_build_filename(here, "sub", NULL);
    OWN(complaints_free) struct complaints *c = complaints_new();
    OWN(spec_free) struct spec *s = NULL, *t = NULL;

    assert_int_equal(spec_parse("s.yaml", "a: 1", 4, NULL, c, &s), 0);
    assert_string_equal(spec_folder(s), here);
    assert_int_equal(spec_parse("sub/s.yaml", "a: 1", 4, NULL, c, &t), 0);
    assert_string_equal(spec_folder(t), below);
    assert_int_equal(spec_mtime(t).tv_sec, 0);
}

static void what_is_no_file_is_no_spec(void **state)
{
    g_autofree char *path = g_build_filename(*state, "s.yaml", NULL);

    check_unloadable(path, "cannot read the spec: no such file or directory");
    check_unloadable(*state, "a folder is no spec; give a file");
    check_unloadable("/proc/self/mem", "cannot read the spec: input/output error");
    check_unloadable("/dev/zero", "a device is no spec; give a file");
    assert_int_equal(mkfifo(path, 0600), 0);
    check_unloadable(path, "a pipe is no spec; give a file");
}

static void a_file_that_may_not_be_read_is_told(void **state)
{
    if (geteuid() == 0) {
        print_message("skipped: root may read everything\n");
        skip();
    }
    g_autofree char *path = g_build_filename(*state, "s.yaml", NULL);

    assert_true(g_file_set_contents(path, "a: 1\n", -1, NULL));
    assert_int_equal(chmod(path, 0), 0);
    check_unloadable(path, "cannot read the spec: permission denied");
}

static void a_file_that_is_too_large_is_not_read(void **state)
{
    g_autofree char *path = g_build_filename(*state, "s.yaml", NULL);

    assert_true(g_file_set_contents(path, "a: 1\n", -1, NULL));
    assert_int_equal(truncate(path, (off_t)1 << 40), 0);
    check_unloadable(path,
                     "1099511627776 bytes are too large for a spec; at most 4194304 are possible");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_have_kinds_texts_and_places),
        cmocka_unit_test(a_block_mapping_is_marked_by_its_first_key),
        cmocka_unit_test(plain_words_for_nothing_are_null),
        cmocka_unit_test(nodes_are_described_for_messages),
        cmocka_unit_test(an_alias_is_the_node_itself),
        cmocka_unit_test(an_anchor_can_be_used_again),
        cmocka_unit_test(what_is_wrong_in_the_tree_is_told_all_at_once),
        cmocka_unit_test(a_quoted_merge_key_is_a_key),
        cmocka_unit_test(an_unknown_alias_is_answered_with_the_nearest),
        cmocka_unit_test(an_unquoted_parameter_in_brackets_is_explained),
        cmocka_unit_test(characters_that_yaml_keeps_for_itself_are_explained),
        cmocka_unit_test(what_is_not_closed_is_shown_where_it_begins),
        cmocka_unit_test(a_spec_is_one_mapping),
        cmocka_unit_test(a_byte_order_mark_is_no_character),
        cmocka_unit_test(what_is_not_utf8_is_refused_with_its_place),
        cmocka_unit_test(directives_and_tags_are_refused),
        cmocka_unit_test(a_spec_of_ten_megabytes_is_refused),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(sixty_four_levels_are_allowed),
        cmocka_unit_test(aliases_cannot_nest_deeper_than_brackets),
        cmocka_unit_test(an_alias_bomb_is_refused),
        cmocka_unit_test(too_many_nodes_are_refused),
        cmocka_unit_test(the_largest_spec_of_any_kind_is_read_in_time),
        cmocka_unit_test(a_text_of_any_length_is_bounded),
        cmocka_unit_test(a_fault_is_shown_with_its_line),
        cmocka_unit_test_setup_teardown(a_file_is_loaded_with_its_folder_and_time, make_folder,
                                        remove_folder),
        cmocka_unit_test(the_folder_of_a_relative_path_is_absolute),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_no_spec, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_file_that_may_not_be_read_is_told, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_file_that_is_too_large_is_not_read, make_folder,
                                        remove_folder),
    };

    return cmocka_run_group_tests_name("spec", tests, NULL, NULL);
}
