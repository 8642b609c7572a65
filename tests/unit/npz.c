/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The source npz: arrays in a zip archive, stored or compressed. */
#include "ops/core/npy.h"
#include "tests/unit/arrays.h"
#include "tests/unit/packed.h"

static void add_array(struct packed_zip *z, const char *name, const struct array_type *t,
                      const void *items)
{
    g_autoptr(GString) file = g_string_new(NULL);
    uint64_t len;

    assert_true(array_n_bytes(t, &len));
    npy_print(t, file);
    g_string_append_len(file, items, (gssize)len);
    packed_zip_add(z, name, file->str, file->len);
}

static const struct array_type two_by_two = {.dtype = DTYPE_UINT8, .n_dims = 2, .dims = {2, 2}};
static const struct array_type pair = {.dtype = DTYPE_INT32, .n_dims = 1, .dims = {2}};
static const struct array_type triple = {.dtype = DTYPE_INT32, .n_dims = 1, .dims = {3}};
static const struct array_type single = {.dtype = DTYPE_INT32};

/* x, two rows of two bytes, and y, two numbers. */
static void put_archive(const struct folder *d, const char *name, const char *method)
{
    struct packed_zip z = packed_zip_open(d, name, method);

    add_array(&z, "x.npy", &two_by_two, "\1\2\3\4");
    add_array(&z, "y.npy", &pair, (const int32_t[]){50, -60});
    packed_zip_add(&z, "readme.txt", "no array", 8);
    packed_zip_close(&z);
}

static void assert_records(struct folder *d, const char *sequence)
{
    folder_seq(d, sequence);
    assert_int_equal(d->seq->len, 2);
    assert_int_equal(d->seq->any.kind, VALUE_RECORD);
    assert_int_equal(seq_n_parts(d->seq, 0), 2);
    assert_string_equal(seq_field(d->seq, 0), "x");
    assert_string_equal(seq_field(d->seq, 1), "y");
    assert_int_equal(seq_part_type(d->seq, SEQ_ANY, 0).kind, VALUE_ARRAY);
    assert_int_equal(seq_part_type(d->seq, SEQ_ANY, 1).kind, VALUE_INT);
    OWN(value_unref) struct value *v = NULL;
    assert_int_equal(seq_get(d->seq, &d->eval, 1, &v), 0);
    assert_array_is(value_field(v, "x"), "uint8 [2] 3 4");
    assert_int_equal(value_int(value_field(v, "y")), -60);
}

static void stored_and_compressed_archives_are_records_of_their_arrays(void **state)
{
    struct folder *d = *state;

    put_archive(d, "s.npz", "store");
    put_archive(d, "c.npz", "deflate");
    assert_records(d, "{npz: s.npz}");
    assert_records(d, "{npz: c.npz}");
}

static void one_array_is_itself(void **state)
{
    struct folder *d = *state;

    put_archive(d, "a.npz", "deflate");
    folder_seq(d, "{npz: {path: a.npz, member: x}}");
    assert_array(d, 1, "uint8 [2] 3 4");
    assert_elements(d, "{npz: {path: a.npz, member: y.npy}}", "50|-60");
    assert_true(d->seq->trivial);
}

static void several_arrays_are_records_in_the_order_asked_for(void **state)
{
    struct folder *d = *state;
    struct packed_zip z = packed_zip_open(d, "a.npz", "store");

    add_array(&z, "x.npy", &pair, (const int32_t[]){1, 2});
    add_array(&z, "other.npy", &triple, (const int32_t[]){7, 8, 9});
    add_array(&z, "y.npy", &pair, (const int32_t[]){3, 4});
    packed_zip_close(&z);
    assert_elements(d, "{npz: {path: a.npz, member: [y, x]}}", "[y: 3, x: 1]|[y: 4, x: 2]");
}

static void fields_have_attributes_and_can_be_filtered_by(void **state)
{
    struct folder *d = *state;

    put_archive(d, "a.npz", "store");
    assert_elements(d, "[{npz: a.npz}, {filter: \"y < 0\"}, {get: y}]", "-60");
    assert_attr(d, "stem", "a");
}

static void arrays_of_different_lengths_are_listed(void **state)
{
    struct folder *d = *state;
    struct packed_zip z = packed_zip_open(d, "a.npz", "store");

    add_array(&z, "x.npy", &pair, (const int32_t[]){1, 2});
    add_array(&z, "y.npy", &triple, (const int32_t[]){7, 8, 9});
    packed_zip_close(&z);
    assert_complaint(d, "{npz: a.npz}", COMPLAINT_SOURCE,
                     "npz: the arrays of 'a.npz' have different lengths, so that they make no "
                     "records; name one, or those of one length, by 'member': 'x' 2, 'y' 3");
}

static void an_array_without_axes_is_named(void **state)
{
    struct folder *d = *state;
    struct packed_zip z = packed_zip_open(d, "a.npz", "store");

    add_array(&z, "x.npy", &pair, (const int32_t[]){1, 2});
    add_array(&z, "n.npy", &single, (const int32_t[]){7});
    packed_zip_close(&z);
    assert_complaint(d, "{npz: a.npz}", COMPLAINT_SOURCE,
                     "npz: 'a.npz' member 'n' is a single item without axes; wanted is an array "
                     "whose first axis tells the elements apart; or name others of the 2 arrays by "
                     "'member'");
    assert_elements(d, "{npz: {path: a.npz, member: x}}", "1|2");
}

static void an_array_that_is_not_there_is_answered_with_the_nearest(void **state)
{
    struct folder *d = *state;
    struct packed_zip z = packed_zip_open(d, "a.npz", "store");

    add_array(&z, "images.npy", &pair, (const int32_t[]){1, 2});
    packed_zip_close(&z);
    assert_complaint(d, "{npz: {path: a.npz, member: image}}", COMPLAINT_SPEC,
                     "npz: 'a.npz' has no array 'image'; did you mean 'images'?");
}

static void names_that_make_no_fields_are_refused(void **state)
{
    struct folder *d = *state;
    struct packed_zip z = packed_zip_open(d, "a.npz", "store");

    add_array(&z, "a/b.npy", &pair, (const int32_t[]){1, 2});
    packed_zip_close(&z);
    assert_complaint(d, "{npz: a.npz}", COMPLAINT_SOURCE,
                     "npz: 'a.npz' has an array 'a/b.npy', which cannot be the name of a field; "
                     "name one array by 'member'");
    assert_elements(d, "{npz: {path: a.npz, member: a/b}}", "1|2");
    put_archive(d, "b.npz", "store");
    assert_complaint(d, "{npz: {path: b.npz, member: [x, x]}}", COMPLAINT_SOURCE,
                     "npz: 'b.npz' has, or is asked for, the array 'x.npy' twice");
}

/* Members beyond what is copied are read where they lie. */
static void a_large_stored_array_is_read_at_its_place(void **state)
{
    struct folder *d = *state;
    const struct array_type t = {.dtype = DTYPE_UINT32, .n_dims = 2, .dims = {5 << 20, 1}};
    g_autofree uint32_t *items = g_new(uint32_t, t.dims[0]);
    struct packed_zip z = packed_zip_open(d, "a.npz", "store");

    for (uint32_t i = 0; i < t.dims[0]; i++)
        items[i] = i * 3;
    add_array(&z, "x.npy", &t, items);
    add_array(&z, "y.npy", &t, items);
    packed_zip_close(&z);
    folder_seq(d, "{npz: {path: a.npz, member: y}}");
    assert_false(d->seq->trivial);
    assert_array(d, 4000000, "uint32 [1] 12000000");
    assert_array(d, 0, "uint32 [1] 0");
    eval_finish(&d->eval);
    folder_seq(d, "{npz: a.npz}");
    for (uint32_t i = 0; i < 3; i++) {
        OWN(value_unref) struct value *v = NULL;

        assert_int_equal(seq_get(d->seq, &d->eval, i * 1000, &v), 0);
        assert_array_is(value_field(v, "y"), i == 0   ? "uint32 [1] 0"
                                             : i == 1 ? "uint32 [1] 3000"
                                                      : "uint32 [1] 6000");
    }
    folder_put_text(d, "a.npz", "something else");
    assert_element(
        d, 5,
        "!'a.npz' has changed since it was indexed; reload the spec (SIGHUP) or mount it anew");
    eval_finish(&d->eval);
}

/* An archive as bytes, to be changed and written again.  Owned by the caller. */
static char *load_archive(const struct folder *d, const char *name, gsize *ret_len)
{
    g_autofree char *path = folder_path(d, name);
    char *data;

    assert_true(g_file_get_contents(path, &data, ret_len, NULL));
    return data;
}

/* Entries of the central directory, by their signature. */
static char *find_entry(char *data, gsize len, unsigned number)
{
    for (gsize at = 0; at + 4 <= len; at++)
        if (memcmp(data + at, "PK\1\2", 4) == 0 && number-- == 0)
            return data + at;
    fail_msg("no such entry");
    return NULL;
}

#define SIZE_AT 24 /* of the unpacked size in an entry */

static void assert_lie(struct folder *d, const char *method, int more, const char *want)
{
    gsize len;
    g_autofree char *data = NULL;

    put_archive(d, "a.npz", method);
    data = load_archive(d, "a.npz", &len);
    find_entry(data, len, 0)[SIZE_AT] = (char)(find_entry(data, len, 0)[SIZE_AT] + more);
    folder_put(d, "a.npz", data, len);
    assert_refused(d, "{npz: {path: a.npz, member: x}}", want);
}

static void a_member_that_lies_about_its_size_is_refused(void **state)
{
    struct folder *d = *state;

    assert_lie(d, "deflate", 100, "npz: 'a.npz' member 'x'");
    assert_lie(d, "deflate", -2, "npz: 'a.npz' member 'x'");
    assert_lie(d, "store", 2, "npz: 'a.npz' is damaged: its member 'x.npy' is stored in");
}

static void what_is_no_archive_of_arrays_is_refused(void **state)
{
    struct folder *d = *state;
    struct packed_zip z = packed_zip_open(d, "none.npz", "store");
    gsize len;
    g_autofree char *data = NULL;

    packed_zip_add(&z, "a.txt", "a", 1);
    packed_zip_close(&z);
    put_archive(d, "a.npz", "deflate");
    data = load_archive(d, "a.npz", &len);
    folder_put(d, "cut.npz", data, len - 30);
    folder_put_text(d, "empty.npz", "");
    assert_refused(d, "{npz: cut.npz}",
                   "npz: 'cut.npz' is no zip archive, as npz files are, or its end is missing");
    assert_refused(d, "{npz: empty.npz}", "npz: 'empty.npz' ");
    assert_refused(d, "{npz: none.npz}",
                   "npz: 'none.npz' has no arrays: no member whose name ends in '.npy'");
    assert_refused(d, "{npz: missing.npz}", "npz: 'missing.npz' cannot be read: no such file");
}

static void no_change_of_an_archive_does_harm(void **state)
{
    struct folder *d = *state;
    unsigned n_accepted = 0;

    for (unsigned m = 0; m < 2; m++) {
        gsize len;
        g_autofree char *data = NULL;

        put_archive(d, "a.npz", m == 0 ? "store" : "deflate");
        data = load_archive(d, "a.npz", &len);
        for (gsize at = 0; at<len; at += len> 2000 ? 3 : 1) {
            OWN(value_unref) struct value *v = NULL;
            const char good = data[at];

            data[at] = (char)(good ^ (1 << at % 8));
            folder_put(d, "b.npz", data, len);
            data[at] = good;
            if (folder_load_seq(d, "{npz: b.npz}") < 0 || d->seq->len == 0)
                continue;
            n_accepted++;
            seq_get(d->seq, &d->eval, d->seq->len - 1, &v);
            fault_clear(&d->eval.fault);
        }
    }
    assert_true(n_accepted > 10); /* times of members do not matter */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(stored_and_compressed_archives_are_records_of_their_arrays),
        IN_FOLDER(one_array_is_itself),
        IN_FOLDER(several_arrays_are_records_in_the_order_asked_for),
        IN_FOLDER(fields_have_attributes_and_can_be_filtered_by),
        IN_FOLDER(arrays_of_different_lengths_are_listed),
        IN_FOLDER(an_array_without_axes_is_named),
        IN_FOLDER(an_array_that_is_not_there_is_answered_with_the_nearest),
        IN_FOLDER(names_that_make_no_fields_are_refused),
        IN_FOLDER(a_large_stored_array_is_read_at_its_place),
        IN_FOLDER(a_member_that_lies_about_its_size_is_refused),
        IN_FOLDER(what_is_no_archive_of_arrays_is_refused),
        IN_FOLDER(no_change_of_an_archive_does_harm),
    };

    g_setenv("SEQFS_INDEX", "off", true);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
