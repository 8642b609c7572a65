/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tars that are read where their members lie: what is an element, where it is, what is refused. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ops/core/identity.h"
#include "tests/unit/archives.h"

#define LONG_PART "a-name-of-some-length-that-is-repeated-"
#define LONG_NAME                                                                      \
    LONG_PART LONG_PART "/" LONG_PART LONG_PART "/" LONG_PART LONG_PART LONG_PART "/x" \
                        ".dat"

static void assert_tar_refused(struct folder *d, const char *sequence, const char *want)
{
    assert_complaint(d, sequence, COMPLAINT_SOURCE, want);
}

/* Changes bytes of a file and nothing else that can be told of it. */
static void patch_silently(const struct folder *d, const char *name, off_t off, const char *bytes)
{
    g_autofree char *path = folder_path(d, name);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(pwrite(fd, bytes, strlen(bytes), off), strlen(bytes));
    const struct timespec times[2] = {st.st_atim, st.st_mtim};
    assert_int_equal(futimens(fd, times), 0);
    close(fd);
}

static void members_come_as_they_are_stored(void **state)
{
    struct folder *d = *state;

    PUT_TAR(d, "t.tar", "z/b.jpg", "a.seg.png", "z/a", "./c.txt");
    assert_elements(d, "{tar: t.tar}", "z/b.jpg|a.seg.png|z/a|./c.txt");
    assert_attr(d, "path", "z/b.jpg|a.seg.png|z/a|c.txt");
    assert_attr(d, "dir", "z|.|z|.");
    assert_attr(d, "parent", "z||z|");
    assert_attr(d, "name", "b.jpg|a.seg.png|a|c.txt");
    assert_attr(d, "stem", "b|a.seg|a|c");
    assert_attr(d, "ext", "jpg|png||txt");
    assert_attr(d, "key", "z/b|a|z/a|c");
    assert_attr(d, "container", "t.tar|t.tar|t.tar|t.tar");
}

static void what_is_no_file_is_no_element(void **state)
{
    struct folder *d = *state;
    struct writing w = TAR_BEGIN(d, "t.tar");

    archive_add_other(&w, ".", AE_IFDIR, NULL);
    archive_add(&w, "a", "A", 1);
    archive_add_other(&w, "d", AE_IFDIR, NULL);
    archive_add_other(&w, "link", AE_IFLNK, "a");
    archive_add_other(&w, "fifo", AE_IFIFO, NULL);
    archive_add_other(&w, "null", AE_IFCHR, NULL);
    archive_add(&w, "b", "B", 1);
    archive_end(&w);
    assert_elements(d, "{tar: t.tar}", "A|B");
}

static void a_hard_link_is_the_file_that_it_links_to(void **state)
{
    struct folder *d = *state;
    struct writing w = TAR_BEGIN(d, "t.tar");

    archive_add(&w, "./a", "old", 3);
    archive_add(&w, "b", "B", 1);
    archive_add_other(&w, "c", 0, "a");
    archive_add(&w, "a", "newer", 5);
    archive_add_other(&w, "e", 0, "a");
    archive_add_other(&w, "f", 0, "c");
    archive_end(&w);
    assert_elements(d, "{tar: t.tar}", "old|B|old|newer|newer|old");
    assert_attr(d, "path", "a|b|c|a|e|f");
}

static void a_hard_link_to_nothing_is_a_failure_of_its_own(void **state)
{
    struct folder *d = *state;
    struct writing w = TAR_BEGIN(d, "t.tar");
    uint64_t size;

    archive_add(&w, "a", "A", 1);
    archive_add_other(&w, "c", 0, "elsewhere/x");
    archive_add(&w, "b", "B", 1);
    archive_end(&w);
    assert_elements(d, "{tar: t.tar}",
                    "A|!'t.tar': 'c' is a hard link to 'elsewhere/x', which is not in it before|B");
    assert_false(seq_size(d->seq, 1, &size));
}

/* Element i is these bytes: as they are computed, as they lie ready, and by its size. */
static void assert_bytes(struct folder *d, uint64_t i, const void *data, size_t len,
                         bool lies_ready)
{
    OWN(value_unref) struct value *v = NULL;
    uint64_t size = 0;
    gsize n;
    const void *got;
    g_autofree char *ready = extent_bytes(d->seq, i, &n);

    assert_int_equal(seq_get(d->seq, &d->eval, i, &v), 0);
    got = g_bytes_get_data(value_bytes(v), &n);
    assert_int_equal(n, len);
    assert_true(len == 0 || memcmp(got, data, len) == 0);
    assert_true(seq_size(d->seq, i, &size));
    assert_int_equal(size, len);
    assert_int_equal(ready != NULL, lies_ready);
    if (ready)
        assert_memory_equal(ready, data, len);
}

static void every_flavour_has_its_members_where_they_lie(void **state)
{
    static const int formats[] = {ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE,
                                  ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FORMAT_TAR_GNUTAR,
                                  ARCHIVE_FORMAT_TAR_USTAR};
    const size_t big_len = (8u << 20) + 7;
    g_autofree char *big = g_malloc(big_len);
    struct folder *d = *state;

    for (size_t n = 0; n < big_len; n++)
        big[n] = (char)(n * 2654435761u >> 24);
    for (size_t n = 0; n < G_N_ELEMENTS(formats); n++) {
        const bool is_long = formats[n] != ARCHIVE_FORMAT_TAR_USTAR;
        const char *name = is_long ? LONG_NAME : "short.dat";
        struct writing w = archive_begin(d, "t.tar", formats[n], ARCHIVE_FILTER_NONE);

        archive_add(&w, "empty", "", 0);
        archive_add(&w, name, "S is no type here", 17);
        archive_add(&w, "big", big, big_len);
        archive_add(&w, "block", big, 512);
        archive_add(&w, "last", "end", 3);
        archive_end(&w);
        folder_seq(d, "{tar: t.tar}");
        assert_int_equal(d->seq->len, 5);
        assert_bytes(d, 0, "", 0, true);
        assert_bytes(d, 1, "S is no type here", 17, true);
        assert_bytes(d, 2, big, big_len, true);
        assert_bytes(d, 3, big, 512, true);
        assert_bytes(d, 4, "end", 3, true);
        g_autofree char *names = g_strdup_printf("empty|%s|big|block|last", name);
        assert_attr(d, "path", names);
    }
}

/* A stretch that is no hole of the member that is added next, whose size was set. */
static void add_data(struct writing *w, la_int64_t off, la_int64_t len)
{
    archive_entry_sparse_add_entry(w->entry, off, len);
}

static void holes_are_zeros(void **state)
{
    static char wide[70000], narrow[700];
    struct folder *d = *state;
    struct writing w =
        archive_begin(d, "t.tar", ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_NONE);

    memcpy(wide + 1000, "begin", 5);
    memcpy(wide + 69000, "end", 3);
    memset(narrow, 'x', 500);
    memset(narrow + 600, 'y', 100);
    archive_add(&w, "before", "1", 1);
    archive_entry_set_size(w.entry, sizeof wide);
    add_data(&w, 512, 1024);
    add_data(&w, 68608, 1392);
    archive_add(&w, "wide", wide, sizeof wide);
    archive_add(&w, "between", "2", 1);
    /* With this hole or without it takes as many blocks. */
    archive_entry_set_size(w.entry, sizeof narrow);
    add_data(&w, 0, 500);
    add_data(&w, 600, 100);
    archive_add(&w, "narrow", narrow, sizeof narrow);
    archive_add_other(&w, "link", 0, "wide");
    archive_add(&w, "after", "3", 1);
    archive_end(&w);
    folder_seq(d, "{tar: t.tar}");
    assert_int_equal(d->seq->len, 6);
    assert_bytes(d, 0, "1", 1, true);
    assert_bytes(d, 1, wide, sizeof wide, false);
    assert_bytes(d, 2, "2", 1, true);
    assert_bytes(d, 3, narrow, sizeof narrow, false);
    assert_bytes(d, 4, wide, sizeof wide, false);
    assert_bytes(d, 5, "3", 1, true);
}

static void names_are_the_bytes_that_they_are(void **state)
{
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "t.tar");
    struct writing w = {archive_write_new(), archive_entry_new()};

    assert_int_equal(archive_write_set_format_pax_restricted(w.archive), ARCHIVE_OK);
    assert_int_equal(archive_write_set_options(w.archive, "hdrcharset=BINARY"), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(w.archive, path), ARCHIVE_OK);
    archive_add(&w, "n\xc3\xa4hm.txt", "1", 1);
    archive_add(&w, "n\x61\xcc\x88hm.txt", "2", 1);
    archive_add(&w, "raw\xff\xfe.txt", "3", 1);
    archive_add(&w, LONG_NAME "\xe2\x82\xac", "4", 1);
    archive_end(&w);
    assert_elements(d, "{tar: t.tar}", "1|2|3|4");
    assert_attr(d, "path",
                "n\xc3\xa4hm.txt|n\x61\xcc\x88hm.txt|raw\xff\xfe.txt|" LONG_NAME "\xe2\x82\xac");
}

static void the_suffix_is_that_of_the_members(void **state)
{
    struct folder *d = *state;

    PUT_TAR(d, "same.tar", "a.JPG/x.jpg", "b.jpg");
    PUT_TAR(d, "other.tar", "a.jpg", "b.png", "c");
    assert_string_equal(seq_type(folder_seq(d, "{tar: same.tar}"), SEQ_ANY).suffix, "jpg");
    folder_seq(d, "{tar: other.tar}");
    assert_null(seq_type(d->seq, SEQ_ANY).suffix);
    assert_string_equal(seq_type(d->seq, 1).suffix, "png");
    assert_null(seq_type(d->seq, 2).suffix);
}

static void shards_come_in_the_order_they_are_named(void **state)
{
    struct folder *d = *state;

    for (int n = 8; n <= 11; n++) {
        g_autofree char *name = g_strdup_printf("s/x-%03d.tar", n);
        g_autofree char *member = g_strdup_printf("m%d", n);

        folder_put_text(d, name, "");
        PUT_TAR(d, name, member, "b");
    }
    assert_elements(d, "{tar: \"s/x-{009..011}.tar\"}", "m9|b|m10|b|m11|b");
    assert_attr(d, "container",
                "s/x-009.tar|s/x-009.tar|s/x-010.tar|s/x-010.tar|s/x-011.tar|s/x-011.tar");
    assert_elements(d, "{tar: \"s/x-0{11..10}.tar\"}", "m11|b|m10|b");
    assert_elements(d, "{tar: s/*.tar}", "m8|b|m9|b|m10|b|m11|b");
    assert_elements(d, "{tar: [s/x-011.tar, s/x-01*.tar]}", "m11|b|m10|b");
    g_autofree char *origin = seq_origin(d->seq, 2);
    g_autofree char *path = folder_path(d, "s/x-010.tar");
    assert_string_equal(origin, path);
    assert_tar_refused(d, "{tar: [s/x-008.tar, \"s/x-{010..012}.tar\"]}",
                       "tar: no file matches 's/x-012.tar' of 's/x-{010..012}.tar'");
    assert_tar_refused(d, "{tar: s/y.tar}", "tar: no file matches 's/y.tar'");
    assert_complaint(d, "{tar: []}", COMPLAINT_SPEC, "tar: wanted is at least one path");
}

static void a_tar_without_members_has_no_elements(void **state)
{
    static const char zeros[10240];
    struct folder *d = *state;

    folder_put(d, "t.tar", zeros, sizeof zeros);
    assert_elements(d, "{tar: t.tar}", "");
}

static void what_is_no_tar_is_told_at_load(void **state)
{
    struct folder *d = *state;
    g_autofree char *noise = g_malloc(4096);

    for (size_t n = 0; n < 4096; n++)
        noise[n] = (char)(n * 2654435761u >> 23);
    folder_put(d, "noise.tar", noise, 4096);
    folder_put_text(d, "text.tar", "this is no tar\n");
    folder_put_text(d, "empty.tar", "");
    folder_put(d, "gz.tar", "\x1f\x8b\x08\x00garbage", 11);
    assert_tar_refused(d, "{tar: noise.tar}", "tar: 'noise.tar' is no tar");
    assert_tar_refused(d, "{tar: text.tar}", "tar: 'text.tar' is no tar");
    assert_tar_refused(d, "{tar: empty.tar}", "tar: 'empty.tar' is empty, wanted is a tar");
    assert_true(folder_load_files(d, "{tar: gz.tar}") < 0);
}

static void a_tar_that_is_cut_is_told_with_member_and_offset(void **state)
{
    struct folder *d = *state;
    g_autofree char *whole = NULL;
    gsize len;

    PUT_TAR(d, "t.tar", "first", "second");
    whole = slurp(d, "t.tar", &len);
    folder_put(d, "t.tar", whole, 1536 + 4);
    assert_tar_refused(
        d, "{tar: t.tar}",
        "tar: 't.tar' is cut: 'second' at offset 1536 has 6 bytes, but the file ends after 1540");
    folder_put(d, "t.tar", whole, 1024 + 100);
    assert_true(folder_load_seq(d, "{tar: t.tar}") < 0);
    folder_put(d, "t.tar", whole, 1024);
    assert_elements(d, "{tar: t.tar}", "first");
    folder_put(d, "t.tar", whole, 1536 + 6);
    assert_elements(d, "{tar: t.tar}", "first|second");
}

/* Its last block has little to be filled up with. */
static void a_tar_that_is_cut_within_a_header_is_told(void **state)
{
    static const char block[1000] = "first";
    struct folder *d = *state;
    struct writing w = TAR_BEGIN(d, "t.tar");
    g_autofree char *whole = NULL;
    gsize len;

    archive_add(&w, "a", block, sizeof block);
    archive_add(&w, "b", block, sizeof block);
    archive_end(&w);
    whole = slurp(d, "t.tar", &len);
    for (gsize cut = 1536 + 1; cut < 2048; cut += 85) {
        folder_put(d, "t.tar", whole, cut);
        assert_tar_refused(d, "{tar: t.tar}",
                           "tar: 't.tar' is damaged at offset 1536: Truncated tar archive");
    }
    for (gsize cut = 1512; cut <= 1536; cut += 24) {
        folder_put(d, "t.tar", whole, cut);
        assert_int_equal(folder_load_seq(d, "{tar: t.tar}"), 0);
        assert_int_equal(d->seq->len, 1);
    }
}

static void a_tar_that_is_cut_within_what_fills_up_a_block_is_told(void **state)
{
    struct folder *d = *state;
    g_autofree char *whole = NULL;
    gsize len;

    PUT_TAR(d, "t.tar", "1", "2", "3");
    whole = slurp(d, "t.tar", &len);
    for (gsize cut = 514; cut < 1024; cut += 93) {
        g_autofree char *want = g_strdup_printf(
            "tar: 't.tar' is cut: it ends after %zu, within a block of 512 bytes", cut);

        folder_put(d, "t.tar", whole, cut);
        assert_tar_refused(d, "{tar: t.tar}", want);
    }
}

static void a_cut_anywhere_harms_nothing_that_is_there(void **state)
{
    static const char *const own[] = {"one", "two", "1234", NULL};
    struct folder *d = *state;
    struct writing w =
        archive_begin(d, "t.tar", ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_NONE);
    g_autofree char *whole = NULL;
    gsize len;

    archive_add(&w, "a", "one", 3);
    archive_add(&w, LONG_NAME, "two", 3);
    archive_entry_set_size(w.entry, 10);
    add_data(&w, 0, 4);
    add_data(&w, 5, 5);
    archive_add(&w, "b",
                "1234\0"
                "67890",
                10);
    archive_end(&w);
    whole = slurp(d, "t.tar", &len);
    for (gsize cut = 1; cut < MIN(len, 8192); cut += 37) {
        folder_put(d, "t.tar", whole, cut);
        if (folder_load_seq(d, "{tar: t.tar}") == 0)
            assert_only_own(d, own);
        else
            assert_int_equal(complaints_kind(d->complaints), COMPLAINT_SOURCE);
    }
}

static void a_flipped_byte_never_leads_beyond_the_file(void **state)
{
    struct folder *d = *state;
    struct writing w =
        archive_begin(d, "t.tar", ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_NONE);
    g_autofree char *whole = NULL;
    gsize len;
    unsigned loaded = 0;

    archive_add(&w, "a", "one", 3);
    archive_add(&w, LONG_NAME, "two", 3);
    archive_entry_set_size(w.entry, 10);
    add_data(&w, 5, 5);
    archive_add(&w, "b",
                "1234\0"
                "67890",
                10);
    archive_add_other(&w, "c", 0, "b");
    archive_end(&w);
    whole = slurp(d, "t.tar", &len);
    for (gsize at = 0; at < MIN(len, 7168); at += 13) {
        const char was = whole[at];

        whole[at] = (char)(was ^ (1 << at % 7));
        folder_put(d, "t.tar", whole, len);
        whole[at] = was;
        if (folder_load_seq(d, "{tar: t.tar}") < 0)
            continue;
        loaded++;
        for (uint64_t i = 0; i < d->seq->len; i++) {
            g_autofree char *one = folder_element(d, i);
            gsize n;
            g_autofree char *ready = extent_bytes(d->seq, i, &n);

            assert_true(!ready || strcmp(one, ready) == 0);
        }
    }
    assert_true(loaded > 0);
}

static void damage_between_members_is_told_with_its_offset(void **state)
{
    struct folder *d = *state;
    g_autofree char *whole = NULL;
    gsize len;

    PUT_TAR(d, "t.tar", "first", "second");
    whole = slurp(d, "t.tar", &len);
    memset(whole + 1024, 'x', 512);
    folder_put(d, "t.tar", whole, len);
    assert_refused(d, "{tar: t.tar}", "tar: 't.tar' is damaged at offset 1024: ");
}

static void a_tar_that_was_changed_is_not_read(void **state)
{
    struct folder *d = *state;
    struct extent x;

    PUT_TAR(d, "t.tar", "first", "second");
    folder_seq(d, "{tar: t.tar}");
    const struct identity before = seq_identity(d->seq, 0);
    assert_element(d, 0, "first");
    PUT_TAR(d, "t.tar", "other", "member", "more");
    assert_element(
        d, 0,
        "!'t.tar' has changed since it was indexed; reload the spec (SIGHUP) or mount it anew");
    assert_false(seq_extent(d->seq, 0, &x));
    assert_false(identity_equal(before, seq_identity(d->seq, 0)));
    assert_elements(d, "{tar: t.tar}", "other|member|more");
}

static void the_same_member_has_the_same_identity_in_every_spec(void **state)
{
    struct folder *d = *state;
    const struct seq *part;
    uint64_t j;

    PUT_TAR(d, "s-0.tar", "0.txt", "0.cls");
    PUT_TAR(d, "s-1.tar", "1.txt", "1.cls");
    const struct identity alone = seq_identity(folder_seq(d, "{tar: s-1.tar}"), 1);
    const struct identity other = seq_identity(d->seq, 0);
    assert_false(identity_is_none(alone));
    assert_false(identity_equal(alone, other));
    assert_true(identity_equal(alone, seq_identity(folder_seq(d, "{tar: s-*.tar}"), 3)));
    folder_seq(d, "{tar: {path: s-*.tar, group: stem}}");
    assert_true(seq_part(d->seq, 1, 1, &part, &j));
    assert_true(identity_equal(alone, seq_identity(part, j)));
    assert_false(identity_is_none(seq_identity(d->seq, 1)));
}

/* Both are the same bytes, but a program that gets a file goes by its suffix. */
static void a_program_tells_a_hard_link_by_its_suffix(void **state)
{
    struct folder *d = *state;
    struct writing w = TAR_BEGIN(d, "t.tar");

    archive_add(&w, "a.txt", "A", 1);
    archive_add_other(&w, "b.dat", 0, "a.txt");
    archive_end(&w);
    folder_seq(d, "[{tar: t.tar}, {exec: {argv: 'basename {input}', shell: true}}]");
    assert_element(d, 0, "input.txt\n");
    assert_element(d, 1, "input.dat\n");
    assert_false(identity_equal(seq_identity(d->seq, 0), seq_identity(d->seq, 1)));
    folder_seq(d, "[{tar: t.tar}, {exec: cat}]");
    assert_true(identity_equal(seq_identity(d->seq, 0), seq_identity(d->seq, 1)));
}

static void the_index_of_a_large_tar_is_kept(void **state)
{
    struct folder *d = *state;
    g_autofree char *index = folder_path(d, "index");
    g_autofree char *large = g_malloc0(2 << 20);
    struct writing w = TAR_BEGIN(d, "t.tar");

    archive_add(&w, "a", "A", 1);
    archive_add(&w, "large", large, 2 << 20);
    archive_add(&w, "b", "B", 1);
    archive_end(&w);
    g_setenv("SEQFS_INDEX", index, TRUE);
    folder_seq(d, "{tar: t.tar}");
    assert_int_equal(d->seq->len, 3);
    /* Nobody looks at the header of 'large' again. */
    patch_silently(d, "t.tar", 1024, "xxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    folder_seq(d, "{tar: t.tar}");
    assert_element(d, 0, "A");
    assert_element(d, 2, "B");
    assert_attr(d, "path", "a|large|b");
    g_setenv("SEQFS_INDEX", "off", TRUE);
    assert_true(folder_load_seq(d, "{tar: t.tar}") < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(members_come_as_they_are_stored),
        IN_FOLDER(what_is_no_file_is_no_element),
        IN_FOLDER(a_hard_link_is_the_file_that_it_links_to),
        IN_FOLDER(a_hard_link_to_nothing_is_a_failure_of_its_own),
        IN_FOLDER(every_flavour_has_its_members_where_they_lie),
        IN_FOLDER(holes_are_zeros),
        IN_FOLDER(names_are_the_bytes_that_they_are),
        IN_FOLDER(the_suffix_is_that_of_the_members),
        IN_FOLDER(shards_come_in_the_order_they_are_named),
        IN_FOLDER(a_tar_without_members_has_no_elements),
        IN_FOLDER(what_is_no_tar_is_told_at_load),
        IN_FOLDER(a_tar_that_is_cut_is_told_with_member_and_offset),
        IN_FOLDER(a_tar_that_is_cut_within_a_header_is_told),
        IN_FOLDER(a_tar_that_is_cut_within_what_fills_up_a_block_is_told),
        IN_FOLDER(a_cut_anywhere_harms_nothing_that_is_there),
        IN_FOLDER(a_flipped_byte_never_leads_beyond_the_file),
        IN_FOLDER(damage_between_members_is_told_with_its_offset),
        IN_FOLDER(a_tar_that_was_changed_is_not_read),
        IN_FOLDER(the_same_member_has_the_same_identity_in_every_spec),
        IN_FOLDER(a_program_tells_a_hard_link_by_its_suffix),
        IN_FOLDER(the_index_of_a_large_tar_is_kept),
    };

    g_setenv("SEQFS_INDEX", "off", TRUE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
