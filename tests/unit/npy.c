/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The header of npy files: what is read, what is refused, what is written. */
#include "ops/core/npy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "ops/base/splitmix.h"

#define F4 "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }"

/* A file of this version with such a header, up to the items. */
static GString *file_of(unsigned version, const char *dict)
{
    GString *file = g_string_new(NULL);
    const size_t len = strlen(dict);

    g_string_append_len(file, "\x93NUMPY", 6);
    g_string_append_c(file, (char)version);
    g_string_append_c(file, '\0');
    g_string_append_c(file, (char)(len & 0xff));
    g_string_append_c(file, (char)(len >> 8));
    if (version > 1)
        g_string_append_len(file, "\0\0", 2);
    g_string_append(file, dict);
    return file;
}

static void assert_read(unsigned version, const char *dict, const char *want)
{
    g_autoptr(GString) file = file_of(version, dict);
    g_autoptr(GString) got = g_string_new(NULL);
    struct npy_header h;
    struct fault f = {0};

    if (npy_parse(file->str, file->len, &f, &h) < 0)
        fail_msg("%s: %s", dict, f.text);
    assert_int_equal(h.len, file->len);
    array_print(&h.type, got);
    g_string_append_printf(got, "%s%s", h.swapped ? " swapped" : "", h.fortran ? " fortran" : "");
    assert_string_equal(got->str, want);
}

static void assert_bytes_refused(const void *data, size_t len, const char *want)
{
    struct npy_header h = {.len = 12345};
    struct fault f = {0};

    assert_int_equal(npy_parse(data, len, &f, &h), -EINVAL);
    if (!strstr(f.text, want))
        fail_msg("wanted '%s', got '%s'", want, f.text);
    assert_int_equal(h.len, 12345);
}

static void assert_refused(const char *dict, const char *want)
{
    g_autoptr(GString) file = file_of(1, dict);

    assert_bytes_refused(file->str, file->len, want);
}

static void versions_1_to_3_are_read(void **state)
{
    for (unsigned version = 1; version <= 3; version++)
        assert_read(version, F4 "    \n", "float32 [3, 4]");
}

static void keys_come_in_any_order_and_quotes(void **state)
{
    assert_read(1, "{\"shape\":(5,),\"fortran_order\":True,\"descr\":\"|u1\"}",
                "uint8 [5] fortran");
    assert_read(1, " { 'fortran_order' : False , 'shape' : ( 2 , 3 , ) , 'descr' : '|b1' } ",
                "bool [2, 3]");
    assert_read(1, "{'descr': '<i8', 'fortran_order': False, 'shape': (), }", "int64 []");
}

static void shapes_of_python_2_are_read(void **state)
{
    assert_read(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (3L, 4L), }",
                "float64 [3, 4]");
    assert_read(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (3L,), }", "float64 [3]");
}

static void items_of_the_other_byte_order_are_told(void **state)
{
    const bool little = G_BYTE_ORDER == G_LITTLE_ENDIAN;

    assert_read(1, "{'descr': '>i2', 'fortran_order': False, 'shape': (1,)}",
                little ? "int16 [1] swapped" : "int16 [1]");
    assert_read(1, "{'descr': '<c16', 'fortran_order': False, 'shape': (1,)}",
                little ? "complex128 [1]" : "complex128 [1] swapped");
    assert_read(1, "{'descr': '>i1', 'fortran_order': False, 'shape': (1,)}", "int8 [1]");
    assert_read(1, "{'descr': '=f2', 'fortran_order': False, 'shape': (1,)}", "float16 [1]");
}

static void an_axis_of_0_makes_any_shape_small(void **state)
{
    assert_read(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 4611686018427387904)}",
                "float64 [0, 4611686018427387904]");
}

#define DESCR(type) "{'descr': " type ", 'fortran_order': False, 'shape': (3,), }"

static void types_without_a_name_here_are_refused(void **state)
{
    assert_refused(DESCR("'|O'"), "objects of Python ('|O'), which are pickled");
    assert_refused(DESCR("'<U10'"), "its items are texts ('<U10')");
    assert_refused(DESCR("'|S5'"), "its items are texts ('|S5')");
    assert_refused(DESCR("'<M8[ns]'"), "its items are times ('<M8[ns]')");
    assert_refused(DESCR("'|V8'"), "its items are plain bytes ('|V8')");
    assert_refused(DESCR("'<f16'"), "its items are of the type '<f16'; known are bool");
    assert_refused(DESCR("''"), "its items are of the type ''");
    assert_refused(DESCR("[('a', '<f4')]"), "records of several fields");
    assert_refused(DESCR("('<f4', (2,))"), "records of several fields");
}

#define SHAPE(shape) "{'descr': '<f8', 'fortran_order': False, 'shape': " shape ", }"

static void impossible_shapes_are_refused(void **state)
{
    assert_refused(SHAPE("(-1,)"), "an axis of less than 0");
    assert_refused(SHAPE("(99999999999999999999,)"), "an axis of more than 2^63 - 1");
    assert_refused(SHAPE("(9223372036854775808,)"), "an axis of more than 2^63 - 1");
    assert_refused(SHAPE("(2305843009213693952,)"), "its shape is too large: float64 [23058430");
    assert_refused(SHAPE("(4294967296, 4294967296)"), "its shape is too large");
    assert_refused(SHAPE("(3)"), "wanted is ','");
    assert_refused(SHAPE("(3, 4"), "wanted is the length of an axis");
    assert_refused(SHAPE("(3, 4 5)"), "wanted is ','");
    assert_refused(SHAPE("[3, 4]"), "wanted is '('");
    assert_refused(SHAPE("(,)"), "wanted is the length of an axis");
    assert_refused(SHAPE("(3,,4)"), "wanted is the length of an axis");
    assert_refused(SHAPE("(3.5,)"), "wanted is ','");
    assert_refused(SHAPE("(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)"),
                   "more than 32 axes");
}

static void what_is_no_such_dict_is_refused(void **state)
{
    assert_refused("", "it ends within its header, after 10 bytes");
    assert_refused("None", "its header is damaged at byte 10: wanted is '{'");
    assert_refused("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)",
                   "wanted is ',' or '}'");
    assert_refused("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), ", "a text in quotes");
    assert_refused("{'descr': '<f4', 'fortran_order': False, }", "lacks one of");
    assert_refused("{'descr': '<f4', 'descr': '<f4', 'shape': (3,)}", "wanted is each key once");
    assert_refused("{'dtype': '<f4'}", "a key 'dtype'; known are");
    assert_refused("{'descr': '<f4', 'fortran_order': 0, 'shape': (3,)}", "True or False");
    assert_refused("{'descr': '<f4\", 'fortran_order': False}",
                   "its items are of the type '<f4\", '; known");
    assert_refused(F4 " x", "wanted is its end");
    assert_refused("{'descr' '<f4'}", "wanted is ':'");
    assert_refused("{'descr': '\\x3cf4'}", "the end of a short text");
}

static void what_is_cut_off_or_foreign_is_refused(void **state)
{
    g_autoptr(GString) file = file_of(1, F4);

    assert_bytes_refused("", 0, "it is no npy file");
    assert_bytes_refused("PK\3\4 and so on", 14, "it is no npy file");
    assert_bytes_refused(file->str, 8, "it ends within its header, after 8 bytes");
    assert_bytes_refused(file->str, file->len - 1, "it ends within its header, after");
    file->str[6] = 9;
    assert_bytes_refused(file->str, file->len, "version 9.0 of the format; known are 1.0 to 3.0");
    file->str[6] = 2;
    memset(file->str + 8, 0xff, 4);
    assert_bytes_refused(file->str, file->len, "its header has 4294967295 bytes");
}

static void every_type_reads_back_as_it_is_written(void **state)
{
    for (const struct param_choice *c = dtype_choices; c->name; c++) {
        for (uint32_t n_dims = 0; n_dims <= ARRAY_DIMS; n_dims++) {
            g_autoptr(GString) file = g_string_new("before");
            struct array_type t = {.dtype = (enum dtype)c->value, .n_dims = n_dims};
            struct npy_header h = {0};
            struct fault f = {0};

            for (uint32_t d = 0; d < n_dims; d++)
                t.dims[d] = d == 0 ? 1000003 : d % 2 + 1;
            npy_print(&t, file);
            assert_int_equal(file->len - strlen("before"), npy_header_len(&t));
            assert_int_equal(npy_header_len(&t) % 64, 0);
            assert_int_equal(npy_parse(file->str + strlen("before"), npy_header_len(&t), &f, &h),
                             0);
            assert_true(array_is_same(&h.type, &t));
            assert_false(h.swapped || h.fortran);
            assert_int_equal(h.len, npy_header_len(&t));
        }
    }
}

static void a_header_is_that_of_np_save(void **state)
{
    const struct array_type t = {.dtype = DTYPE_UINT8, .n_dims = 2, .dims = {3, 4}};
    const char *dict = "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 4), }";
    g_autoptr(GString) file = g_string_new(NULL);

    npy_print(&t, file);
    assert_int_equal(file->len, 128);
    assert_memory_equal(file->str, "\x93NUMPY\x01\0\x76\0", 10);
    assert_memory_equal(file->str + 10, dict, strlen(dict));
    assert_int_equal(strspn(file->str + 10 + strlen(dict), " "), 127 - 10 - strlen(dict));
    assert_int_equal(file->str[127], '\n');
}

/* Whatever is accepted can be reckoned with. */
static void parse_anything(const char *data, size_t len)
{
    g_autofree char *exact = g_memdup2(data, len); /* so that a sanitizer sees its end */
    struct npy_header h;
    struct fault f = {0};
    uint64_t n_bytes;

    if (npy_parse(exact, len, &f, &h) < 0) {
        assert_int_equal(f.err, EINVAL);
        assert_true(f.text[0] != '\0');
        return;
    }
    assert_true(h.len <= len);
    assert_true(h.type.n_dims <= ARRAY_DIMS);
    assert_true(array_n_bytes(&h.type, &n_bytes));
}

static void no_change_of_a_header_does_harm(void **state)
{
    static const char signs[] = "{}()[],:'\"\\ LO0123456789-<>|=TFnul\0\n\xff\x93";
    g_autoptr(GString) good = file_of(1, F4 "    \n");

    for (uint64_t n = 0; n < 20000; n++) {
        g_autoptr(GString) bad = g_string_new_len(good->str, (gssize)good->len);
        uint64_t random = splitmix_finish(n);

        for (unsigned k = 0; k <= random % 3; k++) {
            const size_t at = splitmix_finish(random + k) % bad->len;

            bad->str[at] = signs[splitmix_finish(random + k + 7) % (sizeof signs - 1)];
        }
        parse_anything(bad->str, n % 5 == 0 ? random % (bad->len + 1) : bad->len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_1_to_3_are_read),
        cmocka_unit_test(keys_come_in_any_order_and_quotes),
        cmocka_unit_test(shapes_of_python_2_are_read),
        cmocka_unit_test(items_of_the_other_byte_order_are_told),
        cmocka_unit_test(an_axis_of_0_makes_any_shape_small),
        cmocka_unit_test(types_without_a_name_here_are_refused),
        cmocka_unit_test(impossible_shapes_are_refused),
        cmocka_unit_test(what_is_no_such_dict_is_refused),
        cmocka_unit_test(what_is_cut_off_or_foreign_is_refused),
        cmocka_unit_test(every_type_reads_back_as_it_is_written),
        cmocka_unit_test(a_header_is_that_of_np_save),
        cmocka_unit_test(no_change_of_a_header_does_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
