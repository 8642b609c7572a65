/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Members that are grouped to samples: by place in plain tars, by passing in compressed ones. */
#include <errno.h>

#include "ops/core/forward.h"
#include "ops/source/samples.h"
#include "tests/unit/archives.h"

static void keys_end_at_the_first_dot_of_the_name(void **state)
{
    static const struct {
        const char *path, *key, *field;
    } cases[] = {
        {"000.jpg", "000", "jpg"}, {"d.x/000.seg.png", "d.x/000", "seg.png"},
        {"/a/b.C", "/a/b", "C"},   {"n\xc3\xa4.x", "n\xc3\xa4", "x"},
        {"README", NULL, NULL},    {"d.x/README", NULL, NULL},
        {".hidden", NULL, NULL},   {"d/.hidden.jpg", NULL, NULL},
        {"000.", NULL, NULL},      {"000..", NULL, NULL},
        {"000...", NULL, NULL},    {"000.\xff", NULL, NULL},
    };

    for (size_t n = 0; n < G_N_ELEMENTS(cases); n++) {
        const char *field = NULL;
        size_t len = 0;

        assert_int_equal(samples_split(cases[n].path, &len, &field), cases[n].key != NULL);
        if (!cases[n].key)
            continue;
        assert_int_equal(len, strlen(cases[n].key));
        assert_memory_equal(cases[n].path, cases[n].key, len);
        assert_string_equal(field, cases[n].field);
    }
}

/* Both ways to read, which must give the same: '%s' in the sequence is the tar. */
static void assert_both(struct folder *d, const char *sequence, const char *want)
{
    static const char *const tars[] = {"t.tar", "t.tar.gz"};

    for (size_t n = 0; n < G_N_ELEMENTS(tars); n++) {
        g_auto(GStrv) parts = g_strsplit(sequence, "%s", -1);
        g_autofree char *with = g_strjoinv(tars[n], parts);

        assert_elements(d, with, want);
    }
}

static void put_both(const struct folder *d, const char *const *names)
{
    put_tar(d, "t.tar", ARCHIVE_FILTER_NONE, names);
    put_tar(d, "t.tar.gz", ARCHIVE_FILTER_GZIP, names);
}

#define PUT_BOTH(d, ...) put_both(d, (const char *const[]){__VA_ARGS__, NULL})

static void neighbours_with_one_key_are_one_sample(void **state)
{
    struct folder *d = *state;

    PUT_BOTH(d, "d/0.jpg", "d/0.seg.png", "d/1.seg.png", "d/1.jpg", "0.JPG", "0.Seg.PNG");
    assert_elements(d, "{tar: {path: t.tar, group: stem}}",
                    "[jpg: d/0.jpg, seg.png: d/0.seg.png]|[jpg: d/1.jpg, seg.png: d/1.seg.png]|"
                    "[jpg: 0.JPG, seg.png: 0.Seg.PNG]");
    assert_attr(d, "key", "d/0|d/1|0");
    assert_attr(d, "path", "d/0.jpg|d/1.jpg|0.JPG");
    assert_attr(d, "seg.png.name", "0.seg.png|1.seg.png|0.Seg.PNG");
    assert_both(d, "[{tar: {path: %s, group: stem, fields: [seg.png, JPG]}}, {slice: \":\"}]",
                "[seg.png: d/0.seg.png, jpg: d/0.jpg]|[seg.png: d/1.seg.png, jpg: d/1.jpg]|"
                "[seg.png: 0.Seg.PNG, jpg: 0.JPG]");
}

static void other_members_are_left_out(void **state)
{
    struct folder *d = *state;

    PUT_BOTH(d, "README", "0.jpg", "LICENSE", ".x.jpg", "0.cls", "0.json");
    assert_elements(d, "{tar: {path: t.tar, group: stem}}",
                    "[jpg: 0.jpg, cls: 0.cls, json: 0.json]");
    assert_both(d, "[{tar: {path: %s, group: stem, fields: cls}}, {slice: \":\"}]", "[cls: 0.cls]");
}

static void a_field_is_had_without_the_others(void **state)
{
    struct folder *d = *state;
    const struct seq *part;
    uint64_t j, size;
    gsize len;

    PUT_TAR(d, "t.tar", "0.jpg", "0.cls", "1.jpg", "1.cls");
    folder_seq(d, "{tar: {path: t.tar, group: stem}}");
    assert_int_equal(seq_n_parts(d->seq, SEQ_ANY), 2);
    assert_string_equal(seq_field(d->seq, 1), "cls");
    assert_string_equal(seq_part_type(d->seq, SEQ_ANY, 1).suffix, "cls");
    assert_true(seq_part(d->seq, 1, 1, &part, &j));
    g_autofree char *ready = extent_bytes(part, j, &len);
    assert_string_equal(ready, "1.cls");
    assert_true(seq_size(part, j, &size));
    assert_int_equal(size, 5);
    assert_false(seq_size(d->seq, 1, &size));
    assert_elements(d, "[{tar: {path: t.tar, group: stem}}, {get: jpg}, {gather: [1, 0]}]",
                    "1.jpg|0.jpg");
}

static void a_sample_that_lacks_a_field_fails_there(void **state)
{
    struct folder *d = *state;

    PUT_BOTH(d, "0.jpg", "0.cls", "1.jpg", "2.cls", "2.jpg");
    assert_elements(d, "[{tar: {path: t.tar, group: stem}}, {get: cls}]",
                    "0.cls|!'t.tar': sample '1' has no 'cls', only 'jpg'|2.cls");
    assert_elements(d, "[{tar: {path: t.tar, group: stem}}, {get: jpg}]", "0.jpg|1.jpg|2.jpg");
    assert_elements(d, "[{tar: {path: t.tar.gz, group: stem, fields: [jpg, cls]}}, {get: jpg}]",
                    "0.jpg|!'t.tar.gz': sample '1' has no 'cls'|2.jpg");
}

static void samples_that_lack_a_field_can_be_skipped(void **state)
{
    struct folder *d = *state;

    PUT_BOTH(d, "0.jpg", "1.jpg", "1.cls", "2.txt", "3.cls", "3.jpg", "4.cls");
    assert_both(d,
                "[{tar: {path: %s, group: stem, fields: [jpg, cls], missing: skip}}, {slice: "
                "\":\"}]",
                "[jpg: 1.jpg, cls: 1.cls]|[jpg: 3.jpg, cls: 3.cls]");
    folder_seq(d, "{tar: {path: t.tar, group: stem, fields: [jpg], missing: skip}}");
    assert_attr(d, "key", "0|1|3");
    assert_complaint(d, "{tar: {path: t.tar, group: stem, missing: skip}}", COMPLAINT_SOURCE,
                     "tar: none of 5 samples has all of the fields");
}

static void a_field_that_is_there_twice_fails(void **state)
{
    struct folder *d = *state;

    PUT_BOTH(d, "0.cls", "0.jpg", "0.JPG", "1.jpg", "1.cls");
    assert_elements(d, "[{tar: {path: t.tar, group: stem}}, {get: jpg}]",
                    "!'t.tar': sample '0' has 'jpg' 2 times: '0.jpg' and '0.JPG'|1.jpg");
    assert_elements(d, "[{tar: {path: t.tar, group: stem}}, {get: cls}]", "0.cls|1.cls");
    assert_elements(d, "[{tar: {path: t.tar.gz, group: stem, fields: [jpg, cls]}}, {get: cls}]",
                    "!'t.tar.gz': sample '0' has 'jpg' twice, the second time as '0.JPG'|1.cls");
}

static void samples_end_with_their_tar(void **state)
{
    struct folder *d = *state;

    PUT_TAR(d, "a.tar", "0.jpg");
    PUT_TAR(d, "b.tar", "0.cls", "1.jpg");
    PUT_TAR_GZ(d, "c.tar", "1.jpg", "2.jpg");
    assert_elements(d, "[{tar: {path: [a.tar, b.tar], group: stem}}, {get: jpg}]",
                    "0.jpg|!'b.tar': sample '0' has no 'jpg', only 'cls'|1.jpg");
    assert_attr(d, "container", "a.tar|b.tar|b.tar");
    assert_elements(d, "[{tar: {path: [b.tar, c.tar], group: stem, fields: jpg}}, {get: jpg}]",
                    "!'b.tar': sample '0' has no 'jpg'|1.jpg|1.jpg|2.jpg");
}

static void fields_are_told_where_they_cannot_be_known(void **state)
{
    struct folder *d = *state;

    PUT_BOTH(d, "0.jpg", "README");
    PUT_TAR(d, "none.tar", "README");
    assert_complaint(d, "{tar: {path: [t.tar, t.tar.gz], group: stem}}", COMPLAINT_SPEC,
                     "tar: 't.tar.gz' is compressed, so what fields there are is not known before "
                     "it was read; name them by 'fields'");
    assert_complaint(d, "{tar: {path: none.tar, group: stem}}", COMPLAINT_SOURCE,
                     "tar: there is nothing to group: 'none.tar' has no member called KEY.FIELD");
    assert_complaint(d, "{tar: {path: t.tar, group: stem, fields: [jpg, Jpg]}}", COMPLAINT_SPEC,
                     "tar: field 'Jpg' is there twice");
    assert_complaint(d, "{tar: {path: t.tar, group: stem, fields: [../x]}}", COMPLAINT_SPEC,
                     "tar: '../x' cannot be the name of a field, which files are named by");
    assert_complaint(d, "{tar: {path: t.tar, missing: skip}}", COMPLAINT_SPEC,
                     "tar: only members that are grouped have fields; add 'group: stem'");
}

static void fields_have_a_bound(void **state)
{
    struct folder *d = *state;
    struct writing w = TAR_BEGIN(d, "t.tar");

    for (int n = 0; n <= SAMPLES_FIELDS; n++) {
        g_autofree char *name = g_strdup_printf("x.%d", n);

        archive_add(&w, name, name, strlen(name));
    }
    archive_end(&w);
    assert_complaint(d, "{tar: {path: t.tar, group: stem}}", COMPLAINT_SOURCE,
                     "tar: there are more than 1000 fields, the last of them '1000'; name those "
                     "that are wanted by 'fields'");
    assert_elements(d, "[{tar: {path: t.tar, group: stem, fields: ['1000']}}, {get: '1000'}]",
                    "x.1000");
}

static void every_compression_gives_the_members_of_the_plain_tar(void **state)
{
    static const int filters[] = {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_XZ,
                                  ARCHIVE_FILTER_ZSTD};
    struct folder *d = *state;

    for (size_t n = 0; n < G_N_ELEMENTS(filters); n++) {
        put_tar(d, "t.tar", filters[n], (const char *const[]){"d/b", "a.x", "c", NULL});
        PUT_TAR(d, "plain.tar", "e");
        assert_elements(d, "[{tar: [t.tar, plain.tar]}, {gather: [3, 0, 2, 1]}]", "e|d/b|c|a.x");
    }
}

static void nothing_is_told_of_what_passes_by(void **state)
{
    struct folder *d = *state;

    PUT_TAR_GZ(d, "t.tar", "a.jpg");
    PUT_TAR_GZ(d, "u.tar", "b.jpg");
    folder_seq(d, "[{tar: t.tar}, uniter]");
    assert_attr(d, "container", "t.tar");
    assert_false(seq_has_attr(d->seq, "path", NULL));
    assert_true(seq_has_attr(d->seq, "container", NULL));
    folder_seq(d, "[{tar: [t.tar, u.tar]}, uniter]");
    assert_false(seq_has_attr(d->seq, "container", NULL));
    assert_null(seq_origin(d->seq, 0));
}

static void a_hard_link_cannot_be_followed_back(void **state)
{
    struct folder *d = *state;
    struct writing w = archive_begin(d, "t.tar", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP);

    archive_add(&w, "a", "A", 1);
    archive_add_other(&w, "b", 0, "a");
    archive_add(&w, "c", "C", 1);
    archive_end(&w);
    assert_elements(d, "[{tar: t.tar}, {slice: \":\"}]",
                    "A|!'t.tar': 'b' is a hard link to 'a', which had gone by; in a tar that is "
                    "not compressed it can be followed|C");
}

static void a_pass_goes_on_where_its_time_was_over(void **state)
{
    struct folder *d = *state;
    const struct seq *s;
    struct value *v = NULL;
    struct fault f = {0};
    void *reader;

    PUT_TAR_GZ(d, "t.tar", "0.a", "0.b", "1.a", "1.b");
    s = folder_seq(d, "[{tar: {path: t.tar, group: stem, fields: [b, a]}}, uniter]")->in[0];
    assert_true(forward_only(s));
    assert_int_equal(s->op->start(s, &f, &reader), 0);
    for (int n = 0; n < 2; n++) {
        assert_int_equal(s->op->next(reader, 1, &f, &v), -ETIMEDOUT);
        assert_null(v);
        assert_int_equal(s->op->next(reader, 0, &f, &v), 1);
        assert_int_equal(value_len(v), 2);
        g_clear_pointer(&v, value_unref);
    }
    assert_int_equal(s->op->next(reader, 0, &f, &v), 0);
    s->op->stop(reader);
}

static void a_compressed_tar_that_is_cut_anywhere_is_told_at_load(void **state)
{
    static const int filters[] = {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_XZ,
                                  ARCHIVE_FILTER_ZSTD};
    static const char *const names[] = {"0.a", "0.b", "1.a", "1.b", NULL};
    struct folder *d = *state;

    for (size_t k = 0; k < G_N_ELEMENTS(filters); k++) {
        g_autofree char *whole = NULL;
        gsize len;

        put_tar(d, "t.tar", filters[k], names);
        whole = slurp(d, "t.tar", &len);
        for (gsize cut = 1; cut < len; cut++) {
            folder_put(d, "t.tar", whole, cut);
            assert_true(folder_load_files(d, "{tar: t.tar}") < 0);
            assert_int_equal(complaints_kind(d->complaints), COMPLAINT_SOURCE);
        }
    }
}

static void a_sum_behind_the_last_member_is_checked(void **state)
{
    struct folder *d = *state;
    g_autofree char *whole = NULL;
    gsize len;

    PUT_TAR_GZ(d, "t.tar", "0.a", "0.b");
    whole = slurp(d, "t.tar", &len);
    whole[len - 8] ^= 1;
    folder_put(d, "t.tar", whole, len);
    assert_refused(d, "{tar: t.tar}", "cannot unpack 't.tar': the gzip is damaged or cut off: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_end_at_the_first_dot_of_the_name),
        IN_FOLDER(neighbours_with_one_key_are_one_sample),
        IN_FOLDER(other_members_are_left_out),
        IN_FOLDER(a_field_is_had_without_the_others),
        IN_FOLDER(a_sample_that_lacks_a_field_fails_there),
        IN_FOLDER(samples_that_lack_a_field_can_be_skipped),
        IN_FOLDER(a_field_that_is_there_twice_fails),
        IN_FOLDER(samples_end_with_their_tar),
        IN_FOLDER(fields_are_told_where_they_cannot_be_known),
        IN_FOLDER(fields_have_a_bound),
        IN_FOLDER(every_compression_gives_the_members_of_the_plain_tar),
        IN_FOLDER(nothing_is_told_of_what_passes_by),
        IN_FOLDER(a_hard_link_cannot_be_followed_back),
        IN_FOLDER(a_pass_goes_on_where_its_time_was_over),
        IN_FOLDER(a_compressed_tar_that_is_cut_anywhere_is_told_at_load),
        IN_FOLDER(a_sum_behind_the_last_member_is_checked),
    };

    g_setenv("SEQFS_INDEX", "off", TRUE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
