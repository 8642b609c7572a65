/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Zips: what is an element, and what becomes of one that is damaged. */
#include <sys/stat.h>
#include <zip.h>

#include "ops/core/identity.h"
#include "tests/unit/archives.h"

static zip_t *begin(const struct folder *d, const char *name)
{
    g_autofree char *path = folder_path(d, name);
    zip_t *z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);

    assert_non_null(z);
    return z;
}

/* data must live until the end. */
static zip_uint64_t add(zip_t *z, const char *name, const void *data, size_t len, bool deflated)
{
    zip_int64_t i = zip_file_add(z, name, zip_source_buffer(z, data, len, 0), ZIP_FL_ENC_GUESS);

    assert_true(i >= 0);
    assert_int_equal(
        zip_set_file_compression(z, (zip_uint64_t)i, deflated ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0),
        0);
    return (zip_uint64_t)i;
}

static void put_zip(const struct folder *d, const char *name, const char *const *names)
{
    zip_t *z = begin(d, name);

    for (; *names; names++)
        add(z, *names, *names, strlen(*names), false);
    assert_int_equal(zip_close(z), 0);
}

#define PUT_ZIP(d, name, ...) put_zip(d, name, (const char *const[]){__VA_ARGS__, NULL})

static void members_come_in_the_order_of_the_directory(void **state)
{
    struct folder *d = *state;

    PUT_ZIP(d, "z.zip", "z/b.jpg", "a.seg.png", "z/a");
    assert_elements(d, "{zip: z.zip}", "z/b.jpg|a.seg.png|z/a");
    assert_attr(d, "path", "z/b.jpg|a.seg.png|z/a");
    assert_attr(d, "key", "z/b|a|z/a");
    assert_attr(d, "container", "z.zip|z.zip|z.zip");
    assert_elements(d, "[{zip: z.zip}, {gather: [2, 0]}]", "z/a|z/b.jpg");
}

static void members_are_read_whole_however_they_are_stored(void **state)
{
    const size_t len = (3u << 20) + 11;
    g_autofree char *big = g_malloc(len);
    struct folder *d = *state;
    zip_t *z = begin(d, "z.zip");

    for (size_t n = 0; n < len; n++)
        big[n] = (char)(n / 100);
    add(z, "empty", "", 0, false);
    add(z, "stored", big, len, false);
    add(z, "deflated", big, len, true);
    assert_int_equal(zip_close(z), 0);
    folder_seq(d, "{zip: z.zip}");
    assert_int_equal(d->seq->len, 3);
    for (uint64_t i = 0; i < 3; i++) {
        OWN(value_unref) struct value *v = NULL;
        uint64_t size;
        gsize n;

        assert_int_equal(seq_get(d->seq, &d->eval, i, &v), 0);
        const void *got = g_bytes_get_data(value_bytes(v), &n);
        assert_int_equal(n, i == 0 ? 0 : len);
        assert_true(n == 0 || memcmp(got, big, n) == 0);
        assert_true(seq_size(d->seq, i, &size));
        assert_int_equal(size, n);
    }
    eval_finish(&d->eval);
}

static void folders_and_links_are_no_elements(void **state)
{
    struct folder *d = *state;
    zip_t *z = begin(d, "z.zip");

    assert_true(zip_dir_add(z, "d", 0) >= 0);
    zip_uint64_t link = add(z, "link", "a", 1, false), file = add(z, "d/a", "A", 1, false);
    assert_int_equal(zip_file_set_external_attributes(z, link, 0, ZIP_OPSYS_UNIX,
                                                      (zip_uint32_t)(S_IFLNK | 0777) << 16),
                     0);
    assert_int_equal(zip_file_set_external_attributes(z, file, 0, ZIP_OPSYS_UNIX,
                                                      (zip_uint32_t)(S_IFREG | 0644) << 16),
                     0);
    assert_int_equal(zip_close(z), 0);
    assert_elements(d, "{zip: z.zip}", "A");
}

static void names_of_old_are_of_code_page_437(void **state)
{
    struct folder *d = *state;
    zip_t *z = begin(d, "z.zip");

    assert_true(zip_file_add(z, "n\x84hm", zip_source_buffer(z, "1", 1, 0), ZIP_FL_ENC_CP437) >= 0);
    assert_true(
        zip_file_add(z, "\xe2\x82\xac", zip_source_buffer(z, "2", 1, 0), ZIP_FL_ENC_UTF_8) >= 0);
    assert_int_equal(zip_close(z), 0);
    assert_elements(d, "{zip: z.zip}", "1|2");
    assert_attr(d, "path", "n\xc3\xa4hm|\xe2\x82\xac");
}

static void members_are_grouped_as_those_of_tars(void **state)
{
    struct folder *d = *state;

    PUT_ZIP(d, "a.zip", "0.jpg", "0.cls", "README", "1.cls", "1.jpg");
    PUT_ZIP(d, "b.zip", "1.cls");
    assert_elements(d, "{zip: {path: \"{a,b}.zip\", group: stem}}",
                    "[jpg: 0.jpg, cls: 0.cls]|[jpg: 1.jpg, cls: 1.cls]|"
                    "!'b.zip': sample '1' has no 'jpg', only 'cls'");
    assert_attr(d, "container", "a.zip|a.zip|b.zip");
    assert_elements(d, "{zip: {path: \"{a,b}.zip\", group: stem, missing: skip, fields: [cls]}}",
                    "[cls: 0.cls]|[cls: 1.cls]|[cls: 1.cls]");
    eval_finish(&d->eval);
}

/* More zips than are kept open. */
static void many_zips_are_read_in_any_order(void **state)
{
    struct folder *d = *state;

    for (int n = 0; n < 9; n++) {
        g_autofree char *name = g_strdup_printf("z-%d.zip", n);
        g_autofree char *a = g_strdup_printf("a%d", n), *b = g_strdup_printf("b%d", n);

        PUT_ZIP(d, name, a, b);
    }
    folder_seq(d, "{zip: \"z-{0..8}.zip\"}");
    assert_int_equal(d->seq->len, 18);
    for (unsigned n = 0; n < 100; n++) {
        const unsigned i = n * 7 % 18;
        g_autofree char *want = g_strdup_printf("%c%u", "ab"[i % 2], i / 2);

        assert_element(d, i, want);
    }
    eval_finish(&d->eval);
}

static void what_is_encrypted_fails_alone(void **state)
{
    struct folder *d = *state;
    zip_t *z = begin(d, "z.zip");
    zip_uint64_t i = add(z, "secret", "S", 1, false);

    add(z, "open", "O", 1, false);
    assert_int_equal(zip_file_set_encryption(z, i, ZIP_EM_AES_256, "password"), 0);
    assert_int_equal(zip_close(z), 0);
    assert_elements(d, "{zip: z.zip}", "!'z.zip': 'secret' is encrypted, which cannot be read|O");
    eval_finish(&d->eval);
}

/* Sets a 16 or 32 bit number in the nth header that begins with these two letters. */
static void patch(char *bytes, gsize len, const char *letters, unsigned nth, unsigned at,
                  unsigned width, uint32_t value)
{
    const char head[4] = {'P', 'K', letters[0], letters[1]};
    char *found = bytes;

    for (unsigned n = 0;; n++, found++) {
        found = memmem(found, len - (gsize)(found - bytes), head, 4);
        assert_non_null(found);
        if (n == nth)
            break;
    }
    for (unsigned n = 0; n < width; n++)
        found[at + n] = (char)(value >> 8 * n);
}

#define LOCAL "\3\4"
#define CENTRAL "\1\2"

static void a_wrong_checksum_fails_alone(void **state)
{
    struct folder *d = *state;
    g_autofree char *whole = NULL;
    gsize len;
    char *at;

    PUT_ZIP(d, "z.zip", "first", "second", "third");
    whole = slurp(d, "z.zip", &len);
    at = memmem(whole, len, "secondsecond", 12);
    assert_non_null(at);
    at[6] = 'S';
    folder_put(d, "z.zip", whole, len);
    assert_elements(d, "{zip: z.zip}",
                    "first|!'z.zip': 'second', member 1, is damaged: CRC error|third");
    eval_finish(&d->eval);
}

static void an_unknown_compression_fails_alone(void **state)
{
    struct folder *d = *state;
    g_autofree char *whole = NULL;
    gsize len;

    PUT_ZIP(d, "z.zip", "first", "second");
    whole = slurp(d, "z.zip", &len);
    patch(whole, len, LOCAL, 1, 8, 2, 77);
    patch(whole, len, CENTRAL, 1, 10, 2, 77);
    folder_put(d, "z.zip", whole, len);
    assert_elements(d, "{zip: z.zip}",
                    "first|!'z.zip': 'second' is compressed by method 77, which libzip was built "
                    "without");
    eval_finish(&d->eval);
}

static void a_size_that_lies_is_a_failure(void **state)
{
    static const uint32_t lies[] = {0, 3, 7, 1u << 20, 0x7fffffff, 0xfffffffe};
    struct folder *d = *state;
    g_autofree char *whole = NULL;
    zip_t *z = begin(d, "z.zip");
    gsize len;

    add(z, "first", "first", 5, true);
    add(z, "second", "second", 6, true);
    assert_int_equal(zip_close(z), 0);
    whole = slurp(d, "z.zip", &len);
    for (size_t n = 0; n < G_N_ELEMENTS(lies); n++) {
        patch(whole, len, LOCAL, 1, 22, 4, lies[n]);
        patch(whole, len, CENTRAL, 1, 24, 4, lies[n]);
        folder_put(d, "z.zip", whole, len);
        folder_seq(d, "{zip: z.zip}");
        assert_element(d, 0, "first");
        g_autofree char *second = folder_element(d, 1);
        if (second[0] != '!' || !strstr(second, "'z.zip': 'second'"))
            fail_msg("%u bytes: '%s'", lies[n], second);
        eval_finish(&d->eval);
    }
}

static void what_is_no_zip_is_told_at_load(void **state)
{
    struct folder *d = *state;
    g_autofree char *whole = NULL;
    gsize len;

    PUT_ZIP(d, "z.zip", "first", "second");
    whole = slurp(d, "z.zip", &len);
    folder_put(d, "z.zip", whole, len - 30);
    folder_put_text(d, "text.zip", "this is no zip");
    folder_put_text(d, "empty.zip", "");
    assert_complaint(d, "{zip: z.zip}", COMPLAINT_SOURCE,
                     "zip: 'z.zip' is no zip, or its end is missing: there is no central directory "
                     "in it");
    assert_complaint(d, "{zip: text.zip}", COMPLAINT_SOURCE,
                     "zip: 'text.zip' is no zip, or its end is missing: there is no central "
                     "directory in it");
    assert_complaint(d, "{zip: empty.zip}", COMPLAINT_SOURCE,
                     "zip: 'empty.zip' is empty, wanted is a zip");
}

static void a_cut_or_a_flipped_byte_gives_no_other_data(void **state)
{
    static const char *const own[] = {"first", "second", "third", NULL};
    struct folder *d = *state;
    g_autofree char *whole = NULL;
    gsize len;

    PUT_ZIP(d, "z.zip", "first", "second", "third");
    whole = slurp(d, "z.zip", &len);
    for (gsize n = 1; n < 2 * len; n++) {
        const char was = whole[n / 2];

        if (n % 2)
            whole[n / 2] = (char)(was ^ (1 << n % 8));
        folder_put(d, "z.zip", whole, n % 2 ? len : n / 2);
        whole[n / 2] = was;
        if (folder_load_seq(d, "{zip: z.zip}") < 0)
            continue;
        assert_only_own(d, own);
        eval_finish(&d->eval);
    }
}

static void a_zip_that_was_changed_is_not_read(void **state)
{
    struct folder *d = *state;

    PUT_ZIP(d, "z.zip", "first", "second");
    folder_seq(d, "{zip: z.zip}");
    const struct identity before = seq_identity(d->seq, 0);
    assert_false(identity_is_none(before));
    assert_false(identity_equal(before, seq_identity(d->seq, 1)));
    assert_element(d, 0, "first");
    PUT_ZIP(d, "z.zip", "other", "member", "more");
    assert_element(
        d, 0,
        "!'z.zip' has changed since it was indexed; reload the spec (SIGHUP) or mount it anew");
    assert_false(identity_equal(before, seq_identity(d->seq, 0)));
    eval_finish(&d->eval);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(members_come_in_the_order_of_the_directory),
        IN_FOLDER(members_are_read_whole_however_they_are_stored),
        IN_FOLDER(folders_and_links_are_no_elements),
        IN_FOLDER(names_of_old_are_of_code_page_437),
        IN_FOLDER(members_are_grouped_as_those_of_tars),
        IN_FOLDER(many_zips_are_read_in_any_order),
        IN_FOLDER(what_is_encrypted_fails_alone),
        IN_FOLDER(a_wrong_checksum_fails_alone),
        IN_FOLDER(an_unknown_compression_fails_alone),
        IN_FOLDER(a_size_that_lies_is_a_failure),
        IN_FOLDER(what_is_no_zip_is_told_at_load),
        IN_FOLDER(a_cut_or_a_flipped_byte_gives_no_other_data),
        IN_FOLDER(a_zip_that_was_changed_is_not_read),
    };

    g_setenv("SEQFS_INDEX", "off", TRUE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
