/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sources that read files: files and lines. */
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/folder.h"

/* Each file holds its own path. */
static void write_files(struct folder *d, const char *const *paths)
{
    for (; *paths; paths++)
        folder_put_text(d, *paths, *paths);
}

#define WRITE(d, ...) write_files(d, (const char *const[]){__VA_ARGS__, NULL})

static void link_to(struct folder *d, const char *target, const char *path)
{
    g_autofree char *full = folder_path(d, path);

    assert_int_equal(symlink(target, full), 0);
}

static void files_come_in_the_order_of_their_paths(void **state)
{
    struct folder *d = *state;

    WRITE(d, "p/b.jpg", "p/k/z.jpg", "p/k.jpg", "p/k-1/a.jpg", "a.jpg", "p/.h.jpg", "p/a.png");
    assert_elements(d, "{files: p/*.jpg}", "p/b.jpg|p/k.jpg");
    assert_elements(d, "{files: \"**/*.jpg\"}", "a.jpg|p/b.jpg|p/k-1/a.jpg|p/k.jpg|p/k/z.jpg");
    assert_elements(d, "{files: \"**\"}", "a.jpg|p/a.png|p/b.jpg|p/k-1/a.jpg|p/k.jpg|p/k/z.jpg");
    assert_elements(d, "{files: \"p/**/z.jpg\"}", "p/k/z.jpg");
}

static void patterns_together_are_one_order_without_doubles(void **state)
{
    struct folder *d = *state;

    WRITE(d, "b/2.jpg", "b/10.jpg", "a.jpg", "c.png");
    assert_elements(d, "{files: [c.png, \"**/*.jpg\", \"b/*\"]}", "a.jpg|b/10.jpg|b/2.jpg|c.png");
    assert_elements(d, "{files: {glob: [c.png, \"b/2*\", \"[ac]*\"], sort: none}}",
                    "c.png|b/2.jpg|a.jpg");
    assert_elements(d, "{files: {glob: [\"b/*\", a.jpg, \"b/10*\"], sort: natural}}",
                    "a.jpg|b/2.jpg|b/10.jpg");
}

static void natural_order_counts_in_folders_too(void **state)
{
    struct folder *d = *state;

    WRITE(d, "d10/f1", "d2/f10", "d2/f9", "d2/f09");
    assert_elements(d, "{files: {glob: \"**\", sort: natural}}", "d2/f9|d2/f09|d2/f10|d10/f1");
    assert_elements(d, "{files: \"**\"}", "d10/f1|d2/f09|d2/f10|d2/f9");
}

static void braces_cost_one_walk_and_find_each_file_once(void **state)
{
    struct folder *d = *state;

    WRITE(d, "a/x.jpg", "b/x.png", "b/y.jpg", "c/x.jpg");
    assert_elements(d, "{files: \"{a,b}/*.{jpg,png,j*}\"}", "a/x.jpg|b/x.png|b/y.jpg");
    assert_elements(d, "{files: \"{**/x,a/*,c/./x}.jpg\"}", "a/x.jpg|c/x.jpg");
}

static void each_number_of_a_range_has_to_be_there(void **state)
{
    struct folder *d = *state;

    WRITE(d, "x-08.jpg", "x-09.jpg", "x-10.jpg", "x-11.jpg");
    assert_elements(d, "{files: \"x-{09..11}.jpg\"}", "x-09.jpg|x-10.jpg|x-11.jpg");
    assert_elements(d, "{files: {glob: \"x-{11..08}.jpg\", sort: none}}",
                    "x-11.jpg|x-10.jpg|x-09.jpg|x-08.jpg");
    assert_complaint(d, "{files: \"x-{10..12}.jpg\"}", COMPLAINT_SOURCE,
                     "files: no file matches 'x-12.jpg' of 'x-{10..12}.jpg'");
}

static void hidden_files_are_found_when_asked_for(void **state)
{
    struct folder *d = *state;

    WRITE(d, ".h/a", "v/.a", "v/b");
    assert_elements(d, "{files: \"**\"}", "v/b");
    assert_elements(d, "{files: \".h/*\"}", ".h/a");
    assert_elements(d, "{files: \"**/.*\"}", "v/.a");
    assert_elements(d, "{files: \".*/*\"}", ".h/a");
}

static void links_to_files_count_and_those_to_folders_end_the_deep_search(void **state)
{
    struct folder *d = *state;

    WRITE(d, "d/a", "e/b");
    link_to(d, "a", "d/link");
    link_to(d, "nothing", "d/dangling");
    link_to(d, "../d", "d/again");
    link_to(d, "loop", "d/loop");
    assert_elements(d, "{files: \"**\"}", "d/a|d/a|e/b");
    assert_attr(d, "path", "d/a|d/link|e/b");
    assert_elements(d, "{files: d/*/a}", "d/a");
    assert_attr(d, "path", "d/again/a");
    assert_elements(d, "{files: \"d/again/**\"}", "d/a|d/a");
}

static void only_regular_files_are_found(void **state)
{
    struct folder *d = *state;
    g_autofree char *fifo = folder_path(d, "d/fifo");

    WRITE(d, "d/a", "d/sub/b");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_elements(d, "{files: d/*}", "d/a");
    assert_complaint(d, "{files: d/fifo}", COMPLAINT_SOURCE, "files: no file matches 'd/fifo'");
}

static void paths_may_be_absolute_or_lead_up(void **state)
{
    struct folder *d = *state;
    g_autofree char *base = g_path_get_basename(d->path);
    g_autofree char *absolute = g_strdup_printf("{files: \"%s/d/*\"}", d->path);
    g_autofree char *up = g_strdup_printf("{files: \"../%s/d/*\"}", base);
    g_autofree char *up_path = g_strdup_printf("../%s/d/a", base);
    g_autofree char *path = folder_path(d, "d/a");
    g_autofree char *origin = NULL;

    WRITE(d, "d/a");
    assert_elements(d, absolute, "d/a");
    assert_attr(d, "path", path);
    assert_elements(d, up, "d/a");
    assert_attr(d, "path", up_path);
    folder_seq(d, "{files: d/../d/a}");
    assert_attr(d, "path", "d/../d/a");
    folder_seq(d, "{files: d/a}");
    origin = seq_origin(d->seq, 0);
    assert_string_equal(origin, path);
}

static void names_are_bytes(void **state)
{
    struct folder *d = *state;

    WRITE(d, "d/a b\n.x", "d/\xff\xfe.y", "d/*[{");
    assert_elements(d, "{files: \"d/*\"}", "d/*[{|d/a b\n.x|d/\xff\xfe.y");
    assert_elements(d, "{files: \"d/[*][[][{]\"}", "d/*[{");
    folder_seq(d, "{files: \"d/*.y\"}");
    assert_attr(d, "stem", "\xff\xfe");
}

static void attributes_come_from_the_path(void **state)
{
    struct folder *d = *state;

    WRITE(d, "d/e/a.tar.gz", "d/e/.x", "d/e/b", "d/e/c.", "top.txt");
    folder_seq(d, "{files: [\"d/e/{*,.x}\", top.txt]}");
    assert_attr(d, "path", "d/e/.x|d/e/a.tar.gz|d/e/b|d/e/c.|top.txt");
    assert_attr(d, "dir", "d/e|d/e|d/e|d/e|.");
    assert_attr(d, "parent", "e|e|e|e|");
    assert_attr(d, "name", ".x|a.tar.gz|b|c.|top.txt");
    assert_attr(d, "stem", ".x|a.tar|b|c.|top");
    assert_attr(d, "ext", "|gz|||txt");
}

static void the_suffix_is_that_of_the_file(void **state)
{
    struct folder *d = *state;

    WRITE(d, "a.jpg", "b.jpg", "c.png", "d");
    folder_seq(d, "{files: \"*.jpg\"}");
    assert_true(seq_type(d->seq, SEQ_ANY).known);
    assert_int_equal(seq_type(d->seq, SEQ_ANY).kind, VALUE_BYTES);
    assert_string_equal(seq_type(d->seq, SEQ_ANY).suffix, "jpg");
    folder_seq(d, "{files: \"[a-d]*\"}");
    assert_true(seq_type(d->seq, SEQ_ANY).known);
    assert_null(seq_type(d->seq, SEQ_ANY).suffix);
    assert_string_equal(seq_type(d->seq, 2).suffix, "png");
    assert_null(seq_type(d->seq, 3).suffix);
}

static void a_file_lies_ready_as_a_whole(void **state)
{
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "a.jpg");
    struct extent x;

    WRITE(d, "a.jpg");
    folder_seq(d, "[{files: a.jpg}, {slice: \"::-1\"}]");
    assert_true(seq_extent(d->seq, 0, &x));
    assert_string_equal(x.path, path);
    assert_int_equal(x.off, 0);
    assert_true(x.len == UINT64_MAX);
    assert_null(x.tail);
    g_free(x.path);
}

static void each_pattern_has_to_match(void **state)
{
    struct folder *d = *state;

    WRITE(d, "d/a.jpg");
    assert_complaint(d, "{files: \"photos/*.jpg\"}", COMPLAINT_SOURCE,
                     "files: no file matches 'photos/*.jpg'");
    assert_complaint(d, "{files: [\"d/*\", \"*.png\"]}", COMPLAINT_SOURCE,
                     "files: no file matches '*.png'");
    assert_complaint(d, "{files: d}", COMPLAINT_SOURCE,
                     "files: no file matches 'd', which is a folder; add '/*'");
    assert_complaint(d, "{files: \"d/*.{jpg\"}", COMPLAINT_SPEC,
                     "files: '{' without '}' in 'd/*.{jpg'; write '[{]' for a brace");
    assert_complaint(d, "{files: {}}", COMPLAINT_SPEC, "files: wanted is one of 'glob' and 'list'");
}

static void a_folder_that_cannot_be_read_is_the_sources_fault(void **state)
{
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "d/secret");
    const bool is_root = geteuid() == 0;
    int r;

    WRITE(d, "d/secret/a", "d/b");
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(chmod(d->path, 0755), 0);
    /* Root may read everything, so it has to be somebody else meanwhile. */
    if (is_root)
        assert_int_equal(seteuid(65534), 0);
    r = folder_load_seq(d, "{files: \"**\"}");
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(path, 0700), 0);
    assert_true(r < 0);
    assert_complained(d, COMPLAINT_SOURCE,
                      "files: cannot read the folder 'd/secret/': permission denied");
}

static void a_list_names_files_in_its_own_order(void **state)
{
    struct folder *d = *state;

    WRITE(d, "d/a", "b", "c");
    folder_put_text(d, "list.txt", "c\r\nd/a\n\n./b\nc");
    assert_elements(d, "{files: {list: list.txt}}", "c|d/a|b|c");
    assert_attr(d, "path", "c|d/a|b|c");
    assert_elements(d, "{files: {list: list.txt, sort: name}}", "b|c|c|d/a");
    folder_put_text(d, "list.txt", "");
    assert_int_equal(folder_seq(d, "{files: {list: list.txt}}")->len, 0);
}

static void a_listed_file_that_is_missing_is_one_elements_fault(void **state)
{
    struct folder *d = *state;

    WRITE(d, "b");
    folder_put_text(d, "list.txt", "d/none\nb");
    assert_elements(d, "{files: {list: list.txt}}",
                    "!cannot read 'd/none': no such file or directory|b");
}

static void a_list_that_is_missing_or_broken_is_the_sources_fault(void **state)
{
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "list.txt");
    g_autofree char *missing =
        g_strdup_printf("files: cannot open the list '%s': no such file or directory", path);
    g_autofree char *folder =
        g_strdup_printf("files: '%s' line 2: 'd/' is a folder, wanted is a file", path);
    g_autofree char *nul =
        g_strdup_printf("files: '%s' line 1: a NUL byte, which no path has", path);

    assert_complaint(d, "{files: {list: list.txt}}", COMPLAINT_SOURCE, missing);
    folder_put_text(d, "list.txt", "a\nd/\n");
    assert_complaint(d, "{files: {list: list.txt}}", COMPLAINT_SOURCE, folder);
    folder_put(d, "list.txt", "a\0b\n", 4);
    assert_complaint(d, "{files: {list: list.txt}}", COMPLAINT_SOURCE, nul);
}

static void a_file_that_went_or_changed_its_kind_fails_alone(void **state)
{
    struct folder *d = *state;
    g_autofree char *gone = folder_path(d, "a");
    g_autofree char *folder = folder_path(d, "b");

    WRITE(d, "a", "b", "c");
    folder_seq(d, "{files: \"[a-c]\"}");
    assert_int_equal(unlink(gone), 0);
    assert_int_equal(unlink(folder), 0);
    assert_int_equal(mkdir(folder, 0700), 0);
    folder_put_text(d, "c", "longer than it was");
    assert_element(d, 0, "!cannot read 'a': no such file or directory");
    assert_element(d, 1, "!'b' is a folder; wanted is a file");
    assert_element(d, 2, "longer than it was");
}

static void lines_are_texts_without_their_ends(void **state)
{
    struct folder *d = *state;

    folder_put_text(d, "w.txt", "one\n\ntwo\r\n\r\nthr\ree\n last\r");
    assert_elements(d, "{lines: w.txt}", "one||two||thr\ree| last\r");
    assert_attr(d, "line", "1|2|3|4|5|6");
    assert_int_equal(seq_type(d->seq, SEQ_ANY).kind, VALUE_TEXT);
}

static void a_file_may_end_with_or_without_a_newline(void **state)
{
    struct folder *d = *state;

    folder_put_text(d, "w.txt", "a\nb\n");
    assert_elements(d, "{lines: w.txt}", "a|b");
    folder_put_text(d, "w.txt", "a\nb");
    assert_elements(d, "{lines: w.txt}", "a|b");
    folder_put_text(d, "w.txt", "\n");
    assert_elements(d, "{lines: w.txt}", "");
    assert_int_equal(d->seq->len, 1);
    folder_put_text(d, "w.txt", "");
    assert_int_equal(folder_seq(d, "{lines: w.txt}")->len, 0);
}

static void lines_have_the_attributes_of_their_file(void **state)
{
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "d/w.txt");
    g_autofree char *origin = NULL;

    folder_put_text(d, "d/w.txt", "a\n");
    folder_seq(d, "{lines: d/w.txt}");
    assert_attr(d, "path", "d/w.txt");
    assert_attr(d, "dir", "d");
    assert_attr(d, "stem", "w");
    origin = seq_origin(d->seq, 0);
    assert_string_equal(origin, path);
}

/* An element is the same whether it is computed or taken from where it lies ready. */
static void assert_extents_agree(struct folder *d)
{
    for (uint64_t i = 0; i < d->seq->len; i++) {
        g_autofree char *got = folder_element(d, i);
        g_autofree char *all = NULL;
        struct extent x;

        if (got[0] == '!') {
            assert_false(seq_extent(d->seq, i, &x));
            continue;
        }
        assert_true(seq_extent(d->seq, i, &x));
        assert_true(g_file_get_contents(x.path, &all, NULL, NULL));
        assert_int_equal(x.len, strlen(got));
        assert_memory_equal(all + x.off, got, x.len);
        g_free(x.path);
    }
}

static void a_line_lies_ready_where_it_stands(void **state)
{
    struct folder *d = *state;

    folder_put_text(d, "w.txt", "one\n\ntwo\r\n\xc3\xa4\n\xff\nlast");
    folder_seq(d, "{lines: w.txt}");
    assert_extents_agree(d);
}

static void a_line_that_is_no_text_fails_alone(void **state)
{
    struct folder *d = *state;

    folder_put(d, "w.txt", "ok\n\xff\nna\0ul\n\xc3\n\xe2\x82\xac\n\xe2\x82", 20);
    assert_elements(d, "{lines: w.txt}",
                    "ok|!line 2 of 'w.txt' is not valid UTF-8 text"
                    "|!line 3 of 'w.txt' is not valid UTF-8 text"
                    "|!line 4 of 'w.txt' is not valid UTF-8 text|\xe2\x82\xac"
                    "|!line 6 of 'w.txt' is not valid UTF-8 text");
}

/* Lines of three-byte characters that lie across the borders of whatever is read at once, and ends
 * of lines that do. */
static void lines_and_characters_may_lie_across_what_is_read_at_once(void **state)
{
    struct folder *d = *state;
    const size_t chunk = 1 << 18;

    for (size_t shift = 0; shift < 5; shift++) {
        g_autoptr(GString) text = g_string_new(NULL);

        while (text->len < chunk - shift)
            g_string_append_c(text, 'x');
        g_string_append(text, "\xe2\x82\xac\r\n");
        while (text->len < 2 * chunk - shift)
            g_string_append_c(text, 'y');
        g_string_append(text, "\r\nz\xe2\x82\n");
        folder_put_text(d, "w.txt", text->str);
        folder_seq(d, "{lines: w.txt}");
        assert_int_equal(d->seq->len, 3);
        assert_element(d, 2, "!line 3 of 'w.txt' is not valid UTF-8 text");
        assert_extents_agree(d);
    }
}

static void a_file_that_changed_is_noticed(void **state)
{
    struct folder *d = *state;
    struct extent x;

    folder_put_text(d, "w.txt", "one\ntwo\n");
    folder_seq(d, "{lines: w.txt}");
    folder_put_text(d, "w.txt", "o\n");
    assert_element(
        d, 1,
        "!'w.txt' has changed since it was indexed; reload the spec (SIGHUP) or mount it anew");
    assert_false(seq_extent(d->seq, 1, &x));
}

static void what_is_no_file_of_lines_is_the_sources_fault(void **state)
{
    struct folder *d = *state;

    WRITE(d, "d/a");
    assert_complaint(d, "{lines: none.txt}", COMPLAINT_SOURCE,
                     "lines: cannot read 'none.txt': no such file or directory");
    assert_complaint(d, "{lines: d}", COMPLAINT_SOURCE,
                     "lines: 'd' is a folder; wanted is a text file");
    assert_complaint(d, "{lines: /dev/null}", COMPLAINT_SOURCE,
                     "lines: '/dev/null' is no regular file; wanted is a text file");
}

static void a_line_of_many_nuls_is_bad_and_loses_no_other(void **state)
{
    struct folder *d = *state;
    g_autoptr(GString) text = g_string_new("a\n");

    for (int i = 0; i < 600000; i++)
        g_string_append_c(text, '\0');
    g_string_append(text, "\nb\nc\n");
    folder_put(d, "nuls.txt", text->str, text->len);
    folder_seq(d, "{lines: nuls.txt}");
    assert_int_equal(d->seq->len, 4);
    assert_element(d, 0, "a");
    assert_element(d, 2, "b");
    assert_element(d, 3, "c");
}

static void lines_of_which_one_is_huge_are_left_to_workers(void **state)
{
    struct folder *d = *state;
    g_autofree char *line = g_strnfill(2 << 20, 'x');
    g_autofree char *text = g_strconcat("short\n", line, "\n", NULL);

    folder_put_text(d, "short", "one\ntwo\n");
    folder_put_text(d, "long", text);
    assert_true(folder_seq(d, "{lines: short}")->trivial);
    assert_false(folder_seq(d, "{lines: long}")->trivial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_line_of_many_nuls_is_bad_and_loses_no_other),
        IN_FOLDER(files_come_in_the_order_of_their_paths),
        IN_FOLDER(patterns_together_are_one_order_without_doubles),
        IN_FOLDER(natural_order_counts_in_folders_too),
        IN_FOLDER(braces_cost_one_walk_and_find_each_file_once),
        IN_FOLDER(each_number_of_a_range_has_to_be_there),
        IN_FOLDER(hidden_files_are_found_when_asked_for),
        IN_FOLDER(links_to_files_count_and_those_to_folders_end_the_deep_search),
        IN_FOLDER(only_regular_files_are_found),
        IN_FOLDER(paths_may_be_absolute_or_lead_up),
        IN_FOLDER(names_are_bytes),
        IN_FOLDER(attributes_come_from_the_path),
        IN_FOLDER(the_suffix_is_that_of_the_file),
        IN_FOLDER(a_file_lies_ready_as_a_whole),
        IN_FOLDER(each_pattern_has_to_match),
        IN_FOLDER(a_folder_that_cannot_be_read_is_the_sources_fault),
        IN_FOLDER(a_list_names_files_in_its_own_order),
        IN_FOLDER(a_listed_file_that_is_missing_is_one_elements_fault),
        IN_FOLDER(a_list_that_is_missing_or_broken_is_the_sources_fault),
        IN_FOLDER(a_file_that_went_or_changed_its_kind_fails_alone),
        IN_FOLDER(lines_are_texts_without_their_ends),
        IN_FOLDER(a_file_may_end_with_or_without_a_newline),
        IN_FOLDER(lines_have_the_attributes_of_their_file),
        IN_FOLDER(a_line_lies_ready_where_it_stands),
        IN_FOLDER(a_line_that_is_no_text_fails_alone),
        IN_FOLDER(lines_and_characters_may_lie_across_what_is_read_at_once),
        IN_FOLDER(a_file_that_changed_is_noticed),
        IN_FOLDER(what_is_no_file_of_lines_is_the_sources_fault),
        IN_FOLDER(lines_of_which_one_is_huge_are_left_to_workers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
