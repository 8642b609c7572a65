/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Datasets of HDF5 files as arrays, and files that are no good. */
#define H5_USE_110_API
#include <hdf5.h>
#include <sys/stat.h>

#include "tests/unit/folder.h"

/* The library loses a little memory when it gives up on a damaged file: not ours to find. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5";
}

/* One dataset of d.h5, which is made with the first. */
static void put(const struct folder *d, const char *name, hid_t in_file, hid_t in_memory, int rank,
                const hsize_t *dims, const void *items)
{
    g_autofree char *path = folder_path(d, "d.h5");
    const bool there = g_file_test(path, G_FILE_TEST_EXISTS);
    const hid_t file = there ? H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT)
                             : H5Fcreate(path, H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    const hid_t space = rank > 0 ? H5Screate_simple(rank, dims, NULL) : H5Screate(H5S_SCALAR);

    H5Pset_create_intermediate_group(links, 1);
    const hid_t set = H5Dcreate2(file, name, in_file, space, links, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(set, in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, items) >= 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(links);
    assert_true(H5Fclose(file) >= 0);
}

static const int32_t counted[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
static const hsize_t by_six[] = {2, 3, 2};

static void make_counted(const struct folder *d)
{
    put(d, "train/x", H5T_STD_I32BE, H5T_NATIVE_INT32, 3, by_six, counted);
}

static void assert_items(struct folder *d, uint64_t i, const void *want, size_t len)
{
    OWN(value_unref) struct value *v = NULL;

    if (seq_get(d->seq, &d->eval, i, &v) < 0)
        fail_msg("%s: %s", d->eval.fault.text, d->eval.fault.detail);
    assert_int_equal(value_kind(v), VALUE_ARRAY);
    assert_int_equal(g_bytes_get_size(value_bytes(v)), len);
    assert_memory_equal(g_bytes_get_data(value_bytes(v), NULL), want, len);
    assert_true(array_is_same(value_array_type(v), seq_type(d->seq, i).array));
}

static void an_element_is_an_index_of_the_first_axis(void **state)
{
    struct folder *d = *state;
    g_autoptr(GString) type = g_string_new(NULL);

    make_counted(d);
    folder_seq(d, "{hdf5: {path: d.h5, dataset: train/x}}");
    assert_int_equal(d->seq->len, 2);
    assert_items(d, 1, counted + 6, 6 * sizeof *counted);
    assert_items(d, 0, counted, 6 * sizeof *counted);
    array_print(seq_type(d->seq, SEQ_ANY).array, type);
    assert_string_equal(type->str, "int32 [3, 2]");
    eval_finish(&d->eval);
    folder_seq(d, "{hdf5: {path: d.h5, dataset: /train/x}}");
    assert_items(d, 1, counted + 6, 6 * sizeof *counted);
    eval_finish(&d->eval);
}

static void assert_type(struct folder *d, const char *name, enum dtype want, const void *items,
                        size_t len)
{
    g_autofree char *sequence = g_strdup_printf("{hdf5: {path: d.h5, dataset: %s}}", name);

    folder_seq(d, sequence);
    assert_int_equal(seq_type(d->seq, SEQ_ANY).array->dtype, want);
    assert_items(d, 0, items, len);
    eval_finish(&d->eval);
}

static hid_t half_type(void)
{
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);

    H5Tset_fields(type, 15, 10, 5, 0, 10);
    H5Tset_size(type, 2);
    H5Tset_ebias(type, 15);
    return type;
}

static hid_t bool_type(void)
{
    const int8_t no = 0, yes = 1;
    hid_t type = H5Tenum_create(H5T_NATIVE_INT8);

    H5Tenum_insert(type, "FALSE", &no);
    H5Tenum_insert(type, "TRUE", &yes);
    return type;
}

static void numbers_of_all_kinds_are_read(void **state)
{
    static const uint16_t halves[] = {0x3c00, 0xc000}; /* 1, -2 */
    static const uint8_t truths[] = {1, 0};
    static const uint64_t large[] = {UINT64_MAX, 1};
    static const double reals[] = {1e300, -0.5};
    static const hsize_t dims[] = {1, 2};
    const hid_t half = half_type(), truth = bool_type();
    struct folder *d = *state;

    put(d, "half", half, half, 2, dims, halves);
    put(d, "truth", truth, truth, 2, dims, truths);
    put(d, "large", H5T_STD_U64BE, H5T_NATIVE_UINT64, 2, dims, large);
    put(d, "reals", H5T_IEEE_F64BE, H5T_NATIVE_DOUBLE, 2, dims, reals);
    H5Tclose(half);
    H5Tclose(truth);
    assert_type(d, "half", DTYPE_FLOAT16, halves, sizeof halves);
    assert_type(d, "truth", DTYPE_BOOL, truths, sizeof truths);
    assert_type(d, "large", DTYPE_UINT64, large, sizeof large);
    assert_type(d, "reals", DTYPE_FLOAT64, reals, sizeof reals);
}

static void a_row_of_numbers_is_a_number_each(void **state)
{
    static const hsize_t dims[] = {12};
    struct folder *d = *state;

    put(d, "y", H5T_NATIVE_INT32, H5T_NATIVE_INT32, 1, dims, counted);
    folder_seq(d, "{hdf5: {path: d.h5, dataset: y}}");
    assert_int_equal(d->seq->len, 12);
    assert_int_equal(seq_type(d->seq, SEQ_ANY).kind, VALUE_INT);
    assert_true(d->seq->trivial);
    assert_element(d, 7, "7");
    eval_finish(&d->eval);
    assert_elements(d, "[{hdf5: {path: d.h5, dataset: y}}, {filter: value > 9}]", "10|11");
    eval_finish(&d->eval);
}

static void numbers_of_a_file_that_has_changed_fail(void **state)
{
    static const hsize_t dims[] = {2};
    static const uint64_t large[] = {UINT64_MAX, 1};
    struct folder *d = *state;

    put(d, "z", H5T_STD_U64BE, H5T_NATIVE_UINT64, 1, dims, large);
    folder_seq(d, "{hdf5: {path: d.h5, dataset: z}}");
    assert_element(d, 1, "1");
    assert_element(d, 0,
                   "!item 0 of 'z' in 'd.h5' is beyond 2^63 - 1, the largest number there is");
    put(d, "other", H5T_STD_U64BE, H5T_NATIVE_UINT64, 1, dims, large);
    assert_element(
        d, 1,
        "!'d.h5' has changed since it was indexed; reload the spec (SIGHUP) or mount it anew");
    eval_finish(&d->eval);
}

static void what_is_no_regular_file_is_not_opened(void **state)
{
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "pipe");

    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(d, "{hdf5: {path: pipe, dataset: x}}",
                   "hdf5: 'pipe' is no regular file; wanted is a file");
    assert_refused(d, "{hdf5: {path: ., dataset: x}}", "hdf5: '.' is a folder; wanted is a file");
}

static void a_dataset_that_is_missing_is_answered_with_the_nearest(void **state)
{
    struct folder *d = *state;

    make_counted(d);
    assert_refused(d, "{hdf5: {path: d.h5, dataset: train/y}}",
                   "d.h5' has no dataset 'train/y'; did you mean 'train/x'?");
}

static void what_is_no_array_of_numbers_is_refused(void **state)
{
    static const hsize_t dims[] = {2};
    const hid_t text = H5Tcopy(H5T_C_S1), pair = H5Tcreate(H5T_COMPOUND, 8);
    struct folder *d = *state;

    H5Tset_size(text, 4);
    H5Tinsert(pair, "a", 0, H5T_NATIVE_INT32);
    H5Tinsert(pair, "b", 4, H5T_NATIVE_INT32);
    put(d, "group/text", text, text, 1, dims, counted);
    put(d, "pair", pair, pair, 1, dims, counted);
    put(d, "one", H5T_NATIVE_INT32, H5T_NATIVE_INT32, 0, NULL, counted);
    H5Tclose(text);
    H5Tclose(pair);
    assert_refused(d, "{hdf5: {path: d.h5, dataset: group/text}}", "'group/text' has strings");
    assert_refused(d, "{hdf5: {path: d.h5, dataset: pair}}", "'pair' has compounds");
    assert_refused(d, "{hdf5: {path: d.h5, dataset: one}}", "'one' is no array");
    assert_refused(d, "{hdf5: {path: d.h5, dataset: group}}", "'group' is a group");
}

static void a_file_that_is_none_or_cut_off_is_the_sources_fault(void **state)
{
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "d.h5");
    g_autofree char *bytes = NULL;
    gsize len;

    assert_refused(d, "{hdf5: {path: d.h5, dataset: x}}", "no such file or directory");
    assert_int_equal(complaints_kind(d->complaints), COMPLAINT_SOURCE);
    make_counted(d);
    assert_true(g_file_get_contents(path, &bytes, &len, NULL));
    for (size_t n = 0; n <= len; n += MAX(len / 40, 1)) {
        folder_put(d, "cut.h5", bytes, n < len ? n : len - 1);
        assert_true(folder_load_seq(d, "{hdf5: {path: cut.h5, dataset: train/x}}") < 0);
        assert_int_equal(complaints_kind(d->complaints), COMPLAINT_SOURCE);
    }
    assert_refused(d, "{hdf5: {path: cut.h5, dataset: train/x}}", "truncated file");
}

static void damage_is_told_or_read_but_never_more(void **state)
{
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "d.h5");
    g_autofree char *bytes = NULL;
    gsize len;
    unsigned n_loaded = 0;
    uint64_t bytes_each;

    make_counted(d);
    assert_true(g_file_get_contents(path, &bytes, &len, NULL));
    for (size_t at = 0; at < len; at += 7) {
        const char was = bytes[at];

        bytes[at] = (char)(was ^ 0x5a);
        folder_put(d, "bad.h5", bytes, len);
        bytes[at] = was;
        if (folder_load_seq(d, "{hdf5: {path: bad.h5, dataset: train/x}}") < 0)
            continue;
        if (!array_n_bytes(seq_type(d->seq, SEQ_ANY).array, &bytes_each) || bytes_each > 1 << 20)
            continue;
        n_loaded++;
        for (uint64_t i = 0; i < MIN(d->seq->len, 3); i++) {
            OWN(value_unref) struct value *v = NULL;

            if (seq_get(d->seq, &d->eval, i, &v) < 0)
                assert_true(d->eval.fault.text[0] != '\0');
        }
        eval_finish(&d->eval);
    }
    assert_true(n_loaded > 0);
}

static void a_dataset_that_has_changed_is_the_elements_fault(void **state)
{
    static const hsize_t other[] = {2, 6};
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "d.h5");

    make_counted(d);
    folder_seq(d, "{hdf5: {path: d.h5, dataset: train/x}}");
    assert_int_equal(g_unlink(path), 0);
    put(d, "train/x", H5T_NATIVE_INT32, H5T_NATIVE_INT32, 2, other, counted);
    g_autofree char *said = folder_element(d, 0);
    assert_non_null(strstr(said, "'train/x' has another shape or type by now"));
    eval_finish(&d->eval);
}

static void a_file_that_takes_the_place_of_another_is_read_anew(void **state)
{
    static const int32_t others[12] = {7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7};
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "d.h5");
    g_autofree char *aside = folder_path(d, "aside.h5");

    put(d, "train/x", H5T_NATIVE_INT32, H5T_NATIVE_INT32, 3, by_six, others);
    assert_int_equal(g_rename(path, aside), 0);
    make_counted(d);
    folder_seq(d, "{hdf5: {path: d.h5, dataset: train/x}}");
    assert_items(d, 0, counted, 6 * sizeof *counted);
    assert_int_equal(g_rename(aside, path), 0);
    assert_items(d, 1, others, 6 * sizeof *others);
    eval_finish(&d->eval);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_FOLDER(an_element_is_an_index_of_the_first_axis),
        IN_FOLDER(numbers_of_all_kinds_are_read),
        IN_FOLDER(a_row_of_numbers_is_a_number_each),
        IN_FOLDER(numbers_of_a_file_that_has_changed_fail),
        IN_FOLDER(what_is_no_regular_file_is_not_opened),
        IN_FOLDER(a_dataset_that_is_missing_is_answered_with_the_nearest),
        IN_FOLDER(what_is_no_array_of_numbers_is_refused),
        IN_FOLDER(a_file_that_is_none_or_cut_off_is_the_sources_fault),
        IN_FOLDER(damage_is_told_or_read_but_never_more),
        IN_FOLDER(a_dataset_that_has_changed_is_the_elements_fault),
        IN_FOLDER(a_file_that_takes_the_place_of_another_is_read_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
