/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sources that read files: files and lines. */
#include "load.h"

#include <sys/stat.h>

/* Each file holds its own path. */
static void write_files(struct load *l, const char *const *paths)
{
    for (; *paths; paths++)
        load_write(l, *paths, *paths);
}

#define WRITE(l, ...) write_files(l, (const char *const[]){__VA_ARGS__, NULL})

static char *path_in(struct load *l, const char *path)
{
    return g_build_filename(l->folder, path, NULL);
}

static void link_to(struct load *l, const char *target, const char *path)
{
    g_autofree char *full = path_in(l, path);

    assert_int_equal(symlink(target, full), 0);
}

static void files_come_in_the_order_of_their_paths(void **state)
{
    struct load *l = *state;

    WRITE(l, "p/b.jpg", "p/k/z.jpg", "p/k.jpg", "p/k-1/a.jpg", "a.jpg", "p/.h.jpg", "p/a.png");
    load_assert_elements(l, "{files: p/*.jpg}", "p/b.jpg|p/k.jpg");
    load_assert_elements(l, "{files: \"**/*.jpg\"}", "a.jpg|p/b.jpg|p/k-1/a.jpg|p/k.jpg|p/k/z.jpg");
    load_assert_elements(l, "{files: \"**\"}",
                         "a.jpg|p/a.png|p/b.jpg|p/k-1/a.jpg|p/k.jpg|p/k/z.jpg");
    load_assert_elements(l, "{files: \"p/**/z.jpg\"}", "p/k/z.jpg");
}

static void patterns_together_are_one_order_without_doubles(void **state)
{
    struct load *l = *state;

    WRITE(l, "b/2.jpg", "b/10.jpg", "a.jpg", "c.png");
    load_assert_elements(l, "{files: [c.png, \"**/*.jpg\", \"b/*\"]}",
                         "a.jpg|b/10.jpg|b/2.jpg|c.png");
    load_assert_elements(l, "{files: {glob: [c.png, \"b/2*\", \"[ac]*\"], sort: none}}",
                         "c.png|b/2.jpg|a.jpg");
    load_assert_elements(l, "{files: {glob: [\"b/*\", a.jpg, \"b/10*\"], sort: natural}}",
                         "a.jpg|b/2.jpg|b/10.jpg");
}

static void natural_order_counts_in_folders_too(void **state)
{
    struct load *l = *state;

    WRITE(l, "d10/f1", "d2/f10", "d2/f9", "d2/f09");
    load_assert_elements(l, "{files: {glob: \"**\", sort: natural}}", "d2/f9|d2/f09|d2/f10|d10/f1");
    load_assert_elements(l, "{files: \"**\"}", "d10/f1|d2/f09|d2/f10|d2/f9");
}

static void braces_cost_one_walk_and_find_each_file_once(void **state)
{
    struct load *l = *state;

    WRITE(l, "a/x.jpg", "b/x.png", "b/y.jpg", "c/x.jpg");
    load_assert_elements(l, "{files: \"{a,b}/*.{jpg,png,j*}\"}", "a/x.jpg|b/x.png|b/y.jpg");
    load_assert_elements(l, "{files: \"{**/x,a/*,c/./x}.jpg\"}", "a/x.jpg|c/x.jpg");
}

static void hidden_files_are_found_when_asked_for(void **state)
{
    struct load *l = *state;

    WRITE(l, ".h/a", "v/.a", "v/b");
    load_assert_elements(l, "{files: \"**\"}", "v/b");
    load_assert_elements(l, "{files: \".h/*\"}", ".h/a");
    load_assert_elements(l, "{files: \"**/.*\"}", "v/.a");
    load_assert_elements(l, "{files: \".*/*\"}", ".h/a");
}

static void links_to_files_count_and_those_to_folders_end_the_deep_search(void **state)
{
    struct load *l = *state;

    WRITE(l, "d/a", "e/b");
    link_to(l, "a", "d/link");
    link_to(l, "nothing", "d/dangling");
    link_to(l, "../d", "d/again");
    link_to(l, "loop", "d/loop");
    load_assert_elements(l, "{files: \"**\"}", "d/a|d/a|e/b");
    load_assert_attr(l, "path", "d/a|d/link|e/b");
    load_assert_elements(l, "{files: d/*/a}", "d/a");
    load_assert_attr(l, "path", "d/again/a");
    load_assert_elements(l, "{files: \"d/again/**\"}", "d/a|d/a");
}

static void only_regular_files_are_found(void **state)
{
    struct load *l = *state;
    g_autofree char *fifo = path_in(l, "d/fifo");

    WRITE(l, "d/a", "d/sub/b");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    load_assert_elements(l, "{files: d/*}", "d/a");
    load_assert_bad(l, "{files: d/fifo}", COMPLAINT_SOURCE, "files: no file matches 'd/fifo'");
}

static void paths_may_be_absolute_or_lead_up(void **state)
{
    struct load *l = *state;
    g_autofree char *base = g_path_get_basename(l->folder);
    g_autofree char *absolute = g_strdup_printf("{files: \"%s/d/*\"}", l->folder);
    g_autofree char *up = g_strdup_printf("{files: \"../%s/d/*\"}", base);
    g_autofree char *up_path = g_strdup_printf("../%s/d/a", base);
    g_autofree char *path = path_in(l, "d/a");
    g_autofree char *origin = NULL;

    WRITE(l, "d/a");
    load_assert_elements(l, absolute, "d/a");
    load_assert_attr(l, "path", path);
    load_assert_elements(l, up, "d/a");
    load_assert_attr(l, "path", up_path);
    load_seq(l, "{files: d/../d/a}");
    load_assert_attr(l, "path", "d/../d/a");
    load_seq(l, "{files: d/a}");
    origin = seq_origin(l->seq, 0);
    assert_string_equal(origin, path);
}

static void names_are_bytes(void **state)
{
    struct load *l = *state;

    WRITE(l, "d/a b\n.x", "d/\xff\xfe.y", "d/*[{");
    load_assert_elements(l, "{files: \"d/*\"}", "d/*[{|d/a b\n.x|d/\xff\xfe.y");
    load_assert_elements(l, "{files: \"d/[*][[][{]\"}", "d/*[{");
    load_seq(l, "{files: \"d/*.y\"}");
    load_assert_attr(l, "stem", "\xff\xfe");
}

static void attributes_come_from_the_path(void **state)
{
    struct load *l = *state;

    WRITE(l, "d/e/a.tar.gz", "d/e/.x", "d/e/b", "d/e/c.", "top.txt");
    load_seq(l, "{files: [\"d/e/{*,.x}\", top.txt]}");
    load_assert_attr(l, "path", "d/e/.x|d/e/a.tar.gz|d/e/b|d/e/c.|top.txt");
    load_assert_attr(l, "dir", "d/e|d/e|d/e|d/e|.");
    load_assert_attr(l, "name", ".x|a.tar.gz|b|c.|top.txt");
    load_assert_attr(l, "stem", ".x|a.tar|b|c.|top");
    load_assert_attr(l, "ext", "|gz|||txt");
}

static void the_suffix_is_that_of_the_file(void **state)
{
    struct load *l = *state;

    WRITE(l, "a.jpg", "b.jpg", "c.png", "d");
    load_seq(l, "{files: \"*.jpg\"}");
    assert_true(seq_type(l->seq, SEQ_ANY).known);
    assert_int_equal(seq_type(l->seq, SEQ_ANY).kind, VALUE_BYTES);
    assert_string_equal(seq_type(l->seq, SEQ_ANY).suffix, "jpg");
    load_seq(l, "{files: \"[a-d]*\"}");
    assert_true(seq_type(l->seq, SEQ_ANY).known);
    assert_null(seq_type(l->seq, SEQ_ANY).suffix);
    assert_string_equal(seq_type(l->seq, 2).suffix, "png");
    assert_null(seq_type(l->seq, 3).suffix);
}

static void a_file_lies_ready_as_a_whole(void **state)
{
    struct load *l = *state;
    g_autofree char *path = path_in(l, "a.jpg");
    struct extent x;

    WRITE(l, "a.jpg");
    load_seq(l, "[{files: a.jpg}, {slice: \"::-1\"}]");
    assert_true(seq_extent(l->seq, 0, &x));
    assert_string_equal(x.path, path);
    assert_int_equal(x.off, 0);
    assert_true(x.len == UINT64_MAX);
    assert_null(x.tail);
    g_free(x.path);
}

static void each_pattern_has_to_match(void **state)
{
    struct load *l = *state;

    WRITE(l, "d/a.jpg");
    load_assert_bad(l, "{files: \"photos/*.jpg\"}", COMPLAINT_SOURCE,
                    "files: no file matches 'photos/*.jpg'");
    load_assert_bad(l, "{files: [\"d/*\", \"*.png\"]}", COMPLAINT_SOURCE,
                    "files: no file matches '*.png'");
    load_assert_bad(l, "{files: d}", COMPLAINT_SOURCE,
                    "files: no file matches 'd', which is a folder; add '/*'");
    load_assert_bad(l, "{files: \"d/*.{jpg\"}", COMPLAINT_SPEC,
                    "files: '{' without '}' in 'd/*.{jpg'; write '[{]' for a brace");
    load_assert_bad(l, "{files: {}}", COMPLAINT_SPEC, "files: wanted is one of 'glob' and 'list'");
}

static void a_folder_that_cannot_be_read_is_the_sources_fault(void **state)
{
    struct load *l = *state;
    g_autofree char *path = path_in(l, "d/secret");
    const bool is_root = geteuid() == 0;
    int r;

    WRITE(l, "d/secret/a", "d/b");
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(chmod(l->folder, 0755), 0);
    /* Root may read everything, so it has to be somebody else meanwhile. */
    if (is_root)
        assert_int_equal(seteuid(65534), 0);
    r = load_try(l, "{files: \"**\"}");
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(path, 0700), 0);
    assert_true(r < 0);
    load_assert_complaint(l, COMPLAINT_SOURCE,
                          "files: cannot read the folder 'd/secret/': permission denied");
}

static void a_list_names_files_in_its_own_order(void **state)
{
    struct load *l = *state;

    WRITE(l, "d/a", "b", "c");
    load_write(l, "list.txt", "c\r\nd/a\n\n./b\nc");
    load_assert_elements(l, "{files: {list: list.txt}}", "c|d/a|b|c");
    load_assert_attr(l, "path", "c|d/a|b|c");
    load_assert_elements(l, "{files: {list: list.txt, sort: name}}", "b|c|c|d/a");
    load_write(l, "list.txt", "");
    assert_int_equal(load_seq(l, "{files: {list: list.txt}}")->len, 0);
}

static void a_listed_file_that_is_missing_is_one_elements_fault(void **state)
{
    struct load *l = *state;

    WRITE(l, "b");
    load_write(l, "list.txt", "d/none\nb");
    load_assert_elements(l, "{files: {list: list.txt}}",
                         "!cannot read 'd/none': no such file or directory|b");
}

static void a_list_that_is_missing_or_broken_is_the_sources_fault(void **state)
{
    struct load *l = *state;
    g_autofree char *path = path_in(l, "list.txt");
    g_autofree char *missing =
        g_strdup_printf("files: cannot open the list '%s': no such file or directory", path);
    g_autofree char *folder =
        g_strdup_printf("files: '%s' line 2: 'd/' is a folder, wanted is a file", path);
    g_autofree char *nul =
        g_strdup_printf("files: '%s' line 1: a NUL byte, which no path has", path);

    load_assert_bad(l, "{files: {list: list.txt}}", COMPLAINT_SOURCE, missing);
    load_write(l, "list.txt", "a\nd/\n");
    load_assert_bad(l, "{files: {list: list.txt}}", COMPLAINT_SOURCE, folder);
    load_write_bytes(l, "list.txt", "a\0b\n", 4);
    load_assert_bad(l, "{files: {list: list.txt}}", COMPLAINT_SOURCE, nul);
}

static void a_file_that_went_or_changed_its_kind_fails_alone(void **state)
{
    struct load *l = *state;
    g_autofree char *gone = path_in(l, "a");
    g_autofree char *folder = path_in(l, "b");

    WRITE(l, "a", "b", "c");
    load_seq(l, "{files: \"[a-c]\"}");
    assert_int_equal(unlink(gone), 0);
    assert_int_equal(unlink(folder), 0);
    assert_int_equal(mkdir(folder, 0700), 0);
    load_write(l, "c", "longer than it was");
    load_assert_get(l, 0, "!cannot read 'a': no such file or directory");
    load_assert_get(l, 1, "!'b' is not a file any more");
    load_assert_get(l, 2, "longer than it was");
}

static void lines_are_texts_without_their_ends(void **state)
{
    struct load *l = *state;

    load_write(l, "w.txt", "one\n\ntwo\r\n\r\nthr\ree\n last\r");
    load_assert_elements(l, "{lines: w.txt}", "one||two||thr\ree| last\r");
    load_assert_attr(l, "line", "1|2|3|4|5|6");
    assert_int_equal(seq_type(l->seq, SEQ_ANY).kind, VALUE_TEXT);
}

static void a_file_may_end_with_or_without_a_newline(void **state)
{
    struct load *l = *state;

    load_write(l, "w.txt", "a\nb\n");
    load_assert_elements(l, "{lines: w.txt}", "a|b");
    load_write(l, "w.txt", "a\nb");
    load_assert_elements(l, "{lines: w.txt}", "a|b");
    load_write(l, "w.txt", "\n");
    load_assert_elements(l, "{lines: w.txt}", "");
    assert_int_equal(l->seq->len, 1);
    load_write(l, "w.txt", "");
    assert_int_equal(load_seq(l, "{lines: w.txt}")->len, 0);
}

static void lines_have_the_attributes_of_their_file(void **state)
{
    struct load *l = *state;
    g_autofree char *path = path_in(l, "d/w.txt");
    g_autofree char *origin = NULL;

    load_write(l, "d/w.txt", "a\n");
    load_seq(l, "{lines: d/w.txt}");
    load_assert_attr(l, "path", "d/w.txt");
    load_assert_attr(l, "dir", "d");
    load_assert_attr(l, "stem", "w");
    origin = seq_origin(l->seq, 0);
    assert_string_equal(origin, path);
}

/* An element is the same whether it is computed or taken from where it lies ready. */
static void assert_extents_agree(struct load *l)
{
    for (uint64_t i = 0; i < l->seq->len; i++) {
        g_autofree char *got = load_get(l, i);
        g_autofree char *all = NULL;
        struct extent x;

        if (got[0] == '!') {
            assert_false(seq_extent(l->seq, i, &x));
            continue;
        }
        assert_true(seq_extent(l->seq, i, &x));
        assert_true(g_file_get_contents(x.path, &all, NULL, NULL));
        assert_int_equal(x.len, strlen(got));
        assert_memory_equal(all + x.off, got, x.len);
        g_free(x.path);
    }
}

static void a_line_lies_ready_where_it_stands(void **state)
{
    struct load *l = *state;

    load_write(l, "w.txt", "one\n\ntwo\r\n\xc3\xa4\n\xff\nlast");
    load_seq(l, "{lines: w.txt}");
    assert_extents_agree(l);
}

static void a_line_that_is_no_text_fails_alone(void **state)
{
    struct load *l = *state;

    load_write_bytes(l, "w.txt", "ok\n\xff\nna\0ul\n\xc3\n\xe2\x82\xac\n\xe2\x82", 20);
    load_assert_elements(l, "{lines: w.txt}",
                         "ok|!line 2 of 'w.txt' is not valid UTF-8 text"
                         "|!line 3 of 'w.txt' is not valid UTF-8 text"
                         "|!line 4 of 'w.txt' is not valid UTF-8 text|\xe2\x82\xac"
                         "|!line 6 of 'w.txt' is not valid UTF-8 text");
}

/* Lines of three-byte characters that lie across the borders of whatever is read at once, and ends
 * of lines that do. */
static void lines_and_characters_may_lie_across_what_is_read_at_once(void **state)
{
    struct load *l = *state;
    const size_t chunk = 1 << 18;

    for (size_t shift = 0; shift < 5; shift++) {
        g_autoptr(GString) text = g_string_new(NULL);

        while (text->len < chunk - shift)
            g_string_append_c(text, 'x');
        g_string_append(text, "\xe2\x82\xac\r\n");
        while (text->len < 2 * chunk - shift)
            g_string_append_c(text, 'y');
        g_string_append(text, "\r\nz\xe2\x82\n");
        load_write(l, "w.txt", text->str);
        load_seq(l, "{lines: w.txt}");
        assert_int_equal(l->seq->len, 3);
        load_assert_get(l, 2, "!line 3 of 'w.txt' is not valid UTF-8 text");
        assert_extents_agree(l);
    }
}

static void a_file_that_changed_is_noticed(void **state)
{
    struct load *l = *state;
    struct extent x;

    load_write(l, "w.txt", "one\ntwo\n");
    load_seq(l, "{lines: w.txt}");
    load_write(l, "w.txt", "o\n");
    load_assert_get(l, 1, "!'w.txt' has changed since it was indexed; mount it anew");
    assert_false(seq_extent(l->seq, 1, &x));
}

static void what_is_no_file_of_lines_is_the_sources_fault(void **state)
{
    struct load *l = *state;

    WRITE(l, "d/a");
    load_assert_bad(l, "{lines: none.txt}", COMPLAINT_SOURCE,
                    "lines: cannot read 'none.txt': no such file or directory");
    load_assert_bad(l, "{lines: d}", COMPLAINT_SOURCE,
                    "lines: 'd' is a folder; wanted is a text file");
    load_assert_bad(l, "{lines: /dev/null}", COMPLAINT_SOURCE,
                    "lines: '/dev/null' is no regular file; wanted is a text file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOAD_TEST(files_come_in_the_order_of_their_paths),
        LOAD_TEST(patterns_together_are_one_order_without_doubles),
        LOAD_TEST(natural_order_counts_in_folders_too),
        LOAD_TEST(braces_cost_one_walk_and_find_each_file_once),
        LOAD_TEST(hidden_files_are_found_when_asked_for),
        LOAD_TEST(links_to_files_count_and_those_to_folders_end_the_deep_search),
        LOAD_TEST(only_regular_files_are_found),
        LOAD_TEST(paths_may_be_absolute_or_lead_up),
        LOAD_TEST(names_are_bytes),
        LOAD_TEST(attributes_come_from_the_path),
        LOAD_TEST(the_suffix_is_that_of_the_file),
        LOAD_TEST(a_file_lies_ready_as_a_whole),
        LOAD_TEST(each_pattern_has_to_match),
        LOAD_TEST(a_folder_that_cannot_be_read_is_the_sources_fault),
        LOAD_TEST(a_list_names_files_in_its_own_order),
        LOAD_TEST(a_listed_file_that_is_missing_is_one_elements_fault),
        LOAD_TEST(a_list_that_is_missing_or_broken_is_the_sources_fault),
        LOAD_TEST(a_file_that_went_or_changed_its_kind_fails_alone),
        LOAD_TEST(lines_are_texts_without_their_ends),
        LOAD_TEST(a_file_may_end_with_or_without_a_newline),
        LOAD_TEST(lines_have_the_attributes_of_their_file),
        LOAD_TEST(a_line_lies_ready_where_it_stands),
        LOAD_TEST(a_line_that_is_no_text_fails_alone),
        LOAD_TEST(lines_and_characters_may_lie_across_what_is_read_at_once),
        LOAD_TEST(a_file_that_changed_is_noticed),
        LOAD_TEST(what_is_no_file_of_lines_is_the_sources_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
