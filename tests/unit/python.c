/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Functions of Python as steps: what they are given, what they may return, how they fail. */
#include <errno.h>

#include "tests/unit/folder.h"

/* The text "ab" through a function f that is all there is in a file. */
static const struct seq *load(struct folder *d, const char *code, const char *more)
{
    g_autofree char *sequence =
        g_strdup_printf("[{files: 's/*.txt'}, {python: {file: f.py, function: f%s}}]", more);

    folder_put_text(d, "s/a.txt", "ab");
    folder_put_text(d, "f.py", code);
    return folder_seq(d, sequence);
}

static void assert_result(void **state, const char *code, const char *more, const char *want)
{
    load(*state, code, more);
    assert_element(*state, 0, want);
}

static void it_is_given_bytes_and_returns_some(void **state)
{
    assert_result(state, "def f(data):\n    return data + b'!'\n", "", "ab!");
    assert_result(state, "def f(data):\n    return type(data).__name__\n", "", "bytes");
}

/* The report of a failure of f. */
static const char *detail_of(struct folder *d, const char *code)
{
    OWN(value_unref) struct value *v = NULL;

    load(d, code, "");
    assert_true(seq_get(d->seq, &d->eval, 0, &v) < 0);
    return d->eval.fault.detail;
}

static void what_was_printed_follows_the_traceback(void **state)
{
    const char *said =
        detail_of(*state, "def f(data):\n    print('seen')\n    raise ValueError('why')\n");

    assert_true(g_str_has_prefix(said, "Traceback"));
    assert_true(g_str_has_suffix(said, "\nValueError: why\nits standard error:\nseen\n"));
    said = detail_of(*state, "def f(data):\n    print('x' * 9000)\n    raise ValueError('why')\n");
    assert_non_null(strstr(said, "Traceback"));
    assert_true(g_str_has_suffix(said, "xxx\n"));
    said = detail_of(*state, "def f(data):\n    print('end')\n    raise ValueError('y' * 9000)\n");
    assert_non_null(strstr(said, "yyy\nits standard error:\nend\n"));
}

static void an_exception_that_cannot_be_printed_is_told_all_the_same(void **state)
{
    assert_result(state,
                  "class E(Exception):\n    def __str__(self):\n        raise E()\n"
                  "def f(data):\n    raise E()\n",
                  "", "!'f.py', line 5: E");
}

static void its_command_line_is_short(void **state)
{
    assert_result(state,
                  "import os\n"
                  "def f(data):\n"
                  "    with open('/proc/self/cmdline') as f:\n"
                  "        return str(len(f.read()) < 1000 and 'SEQFS_HOST' not in os.environ)\n",
                  "", "True");
}

static void it_is_given_the_attributes_that_it_has_parameters_for(void **state)
{
    assert_result(state,
                  "def f(data, index, stem='x', *, other=2):\n"
                  "    return '%r %r %r' % (index, stem, other)\n",
                  "", "0 'a' 2");
    assert_result(state, "def f(data, **more):\n    return ' '.join(sorted(more))\n", "",
                  "dir ext index name parent path stem subdir");
    assert_result(state, "def f(*data):\n    return str(len(data))\n", "", "1");
    assert_result(state, "f = bytes.upper\n", "", "AB");
    assert_result(state,
                  "class C:\n    @staticmethod\n    def g(data, index):\n"
                  "        return str(index)\nf = C().g\n",
                  "", "0");
}

static void a_parameter_that_is_none_of_the_attributes_is_told(void **state)
{
    assert_result(state, "def f(data, label):\n    return data\n", ", attributes: [index, stem]",
                  "!'f.py': 'f' wants 'label', and the element has: index, stem");
    assert_result(state, "def f():\n    return b''\n", "",
                  "!'f.py': 'f' takes no argument, and gets the element as its first");
}

static void bytes_can_be_returned_in_many_ways(void **state)
{
    assert_result(state, "def f(data):\n    return 'h\xc3\xa9'\n", "", "h\xc3\xa9");
    assert_result(state, "def f(data):\n    return bytearray(data)\n", "", "ab");
    assert_result(state, "def f(data):\n    return memoryview(data)[::-1]\n", "", "ba");
    assert_result(state, "import array\ndef f(data):\n    return array.array('H', [25185])\n", "",
                  "ab");
    assert_result(state, "def f(data):\n    return None\n", "", "!'f.py': it returned None");
    assert_result(state, "def f(data):\n    return 3\n", "",
                  "!'f.py': it returned int, wanted: bytes, str, or a buffer");
    assert_result(state, "def f(data):\n    return [1]\n", "",
                  "!'f.py': it returned list, wanted: bytes, str, or a buffer");
}

static void text_can_be_returned(void **state)
{
    struct folder *d = *state;

    assert_result(state, "def f(data):\n    return 'x'\n", ", returns: text", "x");
    assert_int_equal(seq_type(d->seq, SEQ_ANY).kind, VALUE_TEXT);
    assert_result(state, "def f(data):\n    return 2.5\n", ", returns: text", "2.5");
    assert_result(state, "def f(data):\n    return True\n", ", returns: text", "true");
    assert_result(state, "def f(data):\n    return b'x'\n", ", returns: text",
                  "!'f.py': it returned bytes, which cannot be written as text");
}

static void json_can_be_returned(void **state)
{
    struct folder *d = *state;

    assert_result(state, "def f(data):\n    return {'a': [1, 'h\xc3\xa9', None]}\n",
                  ", returns: json", "{\"a\": [1, \"h\xc3\xa9\", null]}\n");
    assert_string_equal(seq_type(d->seq, SEQ_ANY).suffix, "json");
    assert_result(state, "def f(data):\n    return float('nan')\n", ", returns: json",
                  "!'f.py': ValueError: Out of range float values are not JSON compliant");
    assert_result(state, "def f(data):\n    return {1, 2}\n", ", returns: json",
                  "!'f.py': it returned set, which cannot be written as json");
}

/* What comes back of an array, by its type and its items as hexadecimal digits. */
static void assert_array(void **state, const char *code, const char *want)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;
    g_autoptr(GString) got = g_string_new(NULL);

    load(d, code, ", returns: array");
    if (seq_get(d->seq, &d->eval, 0, &v) < 0)
        fail_msg("%s: %s", code, d->eval.fault.text);
    assert_int_equal(value_kind(v), VALUE_ARRAY);
    array_print(value_array_type(v), got);
    gsize len;
    const unsigned char *items = g_bytes_get_data(value_bytes(v), &len);
    for (gsize n = 0; n < len; n++)
        g_string_append_printf(got, "%s%02x", n > 0 ? "" : " ", items[n]);
    assert_string_equal(got->str, want);
}

#define SMALL G_BYTE_ORDER == G_LITTLE_ENDIAN

static void arrays_can_be_returned(void **state)
{
    assert_array(state, "def f(data):\n    return data\n", "uint8 [2] 6162");
    assert_array(state, "def f(data):\n    return memoryview(data)[::-1]\n", "uint8 [2] 6261");
    assert_array(state, "def f(data):\n    return memoryview(b'abcdef').cast('B', [2, 3])\n",
                 "uint8 [2, 3] 616263646566");
    assert_array(state, "import array\ndef f(data):\n    return array.array('h', [1, -1])\n",
                 SMALL ? "int16 [2] 0100ffff" : "int16 [2] 0001ffff");
    assert_array(state, "import array\ndef f(data):\n    return array.array('f', [])\n",
                 "float32 [0]");
    assert_array(state, "def f(data):\n    return True\n", "bool [] 01");
    assert_array(state,
                 "import ctypes\ndef f(data):\n"
                 "    return (ctypes.c_int16.__ctype_be__ * 2)(1, 2)\n",
                 SMALL ? "int16 [2] 01000200" : "int16 [2] 00010002");
}

#define INTERFACE                                          \
    "class A:\n"                                           \
    "    def __init__(self, **about):\n"                   \
    "        self.__array_interface__ = about\n"           \
    "import ctypes\n"                                      \
    "buffer = ctypes.create_string_buffer(b'abcdef', 6)\n" \
    "address = (ctypes.addressof(buffer), False)\n"        \
    "def f(data):\n"

static void arrays_can_be_returned_by_their_interface(void **state)
{
    assert_array(state, INTERFACE "    return A(typestr='|u1', shape=(2, 3), data=b'abcdef')\n",
                 "uint8 [2, 3] 616263646566");
    assert_array(state, INTERFACE "    return A(typestr='|u1', shape=(3,), data=address)\n",
                 "uint8 [3] 616263");
    assert_array(state, INTERFACE "    return A(typestr='>u2', shape=(1,), data=b'ab')\n",
                 SMALL ? "uint16 [1] 6261" : "uint16 [1] 6162");
    assert_array(state,
                 INTERFACE "    return A(typestr='|b1', shape=(1, 2), data=b'\\0\\1', strides=(7, "
                           "1))\n",
                 "bool [1, 2] 0001");
}

static void what_is_no_array_is_told(void **state)
{
    const char *more = ", returns: array";

    assert_result(state, "def f(data):\n    return 'x'\n", more,
                  "!'f.py': it returned str, wanted: an array, a buffer, or a number");
    assert_result(state, INTERFACE "    return A(typestr='|O8', shape=(1,), data=b'abcdefgh')\n",
                  more, "!'f.py': items of type '|O8' cannot be in an array");
    assert_result(state, INTERFACE "    return A(typestr='|u1', shape=(9,), data=b'ab')\n", more,
                  "!'f.py': the array has fewer bytes than its shape tells");
    assert_result(state,
                  INTERFACE "    return A(typestr='|u1', shape=(2, 2), data=b'abcd', strides=(1, "
                            "2))\n",
                  more, "!'f.py': the array is not contiguous; return a copy of it");
}

static void an_array_is_given_as_one(void **state)
{
    struct folder *d = *state;

    folder_put_text(
        d, "f.py",
        "import array\n"
        "def make(data):\n"
        "    return memoryview(array.array('h', [1, 2, 3, 4, 5, 6])).cast('B').cast('h', [2, 3])\n"
        "def show(x):\n"
        "    about = x.__array_interface__\n"
        "    return '%s %s %s %s %d' % (x.dtype, x.shape, about['typestr'][1:], "
        "len(bytes(x)), len(x))\n"
        "def same(x):\n"
        "    return x\n");
    assert_elements(d,
                    "[{range: 1}, {python: {file: f.py, function: make, returns: array}}, {python: "
                    "{file: f.py, function: same, returns: array}}, {python: {file: f.py, "
                    "function: show}}]",
                    "int16 (2, 3) i2 12 2");
}

static void a_failure_has_the_traceback_of_the_users_code(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;

    load(d, "def g(data):\n    raise KeyError('x')\n\ndef f(data):\n    return g(data)\n", "");
    assert_int_equal(seq_get(d->seq, &d->eval, 0, &v), -EIO);
    assert_string_equal(d->eval.fault.text, "'f.py', line 2: KeyError: 'x'");
    assert_true(g_str_has_prefix(d->eval.fault.detail, "Traceback (most recent call last):\n"));
    assert_non_null(strstr(d->eval.fault.detail, "f.py\", line 5, in f\n    return g(data)\n"));
    assert_null(strstr(d->eval.fault.detail, "<string>"));
}

static void a_failure_is_one_elements(void **state)
{
    folder_put_text(*state, "s/b.txt", "cd");
    load(*state,
         "import os\ndef f(data, index):\n    if index == 0:\n        raise SystemExit(3)\n"
         "    return str(os.getpid())\n",
         "");
    g_autofree char *before = folder_element(*state, 1);
    assert_element(*state, 0, "!'f.py', line 4: SystemExit: 3");
    assert_element(*state, 1, before);
}

static void a_file_that_cannot_be_read_as_python_fails(void **state)
{
    struct folder *d = *state;

    assert_result(state, "def f(data):\n  return (\n\n", "",
                  "!'f.py', line 2: SyntaxError: '(' was never closed");
    assert_result(state, "\nimport no_such_module\n", "",
                  "!'f.py', line 2: ModuleNotFoundError: No module named 'no_such_module'");
    assert_result(state, "g = 1\n", "", "!'f.py': no 'f' in it");
    assert_result(state, "f = 1\n", "", "!'f.py': 'f' is no function");
    folder_put_text(d, "f.py", "def f(data):\n    return 'mended'\n");
    assert_element(d, 0, "mended");
}

static void what_is_printed_is_no_answer(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;
    static const char code[] = "import os, subprocess, sys\n"
                               "print('loading')\n"
                               "def f(data, index):\n"
                               "    print('ok 1 3')\n"
                               "    os.write(1, b'raw\\n')\n"
                               "    subprocess.run(['echo', 'child'])\n"
                               "    if sys.stdin.read() or index:\n"
                               "        raise ValueError\n"
                               "    return data\n";

    folder_put_text(d, "s/b.txt", "cd");
    load(d, code, "");
    assert_element(d, 0, "ab");
    assert_int_equal(seq_get(d->seq, &d->eval, 1, &v), -EIO);
    assert_string_equal(d->eval.fault.text, "'f.py', line 8: ValueError");
}

static void one_python_calls_it_for_all(void **state)
{
    folder_put_text(*state, "s/b.txt", "cd");
    folder_put_text(*state, "s/c.txt", "ef");
    load(*state, "n = 0\ndef f(data):\n    global n\n    n += 1\n    return str(n)\n", "");
    assert_element(*state, 0, "1");
    assert_element(*state, 2, "2");
    assert_element(*state, 1, "3");
}

static void modules_beside_the_file_are_found(void **state)
{
    folder_put_text(*state, "lib/g.py", "import helper\n\ndef g(data):\n    return helper.x\n");
    folder_put_text(*state, "lib/helper.py", "x = 'found'\n");
    assert_elements(*state, "[{range: 1}, {python: {file: lib/g.py, function: g}}]", "found");
}

static void a_file_that_has_changed_is_read_again(void **state)
{
    struct folder *d = *state;
    g_autofree char *cached = folder_path(d, "__pycache__");

    load(d, "def f(data):\n    return '1'\n", "");
    assert_element(d, 0, "1");
    folder_put_text(d, "f.py", "def f(data):\n    return '2'\n");
    assert_element(d, 0, "2");
    assert_false(g_file_test(cached, G_FILE_TEST_EXISTS));
}

static void what_is_large_goes_both_ways(void **state)
{
    struct folder *d = *state;
    const size_t len = (size_t)20 << 20;
    g_autofree char *data = g_strnfill(len, 'a');
    OWN(value_unref) struct value *v = NULL;

    folder_put(d, "s/0.txt", data, len);
    load(d, "def f(data):\n    return data.upper()\n", "");
    assert_int_equal(seq_get(d->seq, &d->eval, 0, &v), 0);
    assert_int_equal(g_bytes_get_size(value_bytes(v)), len);
    assert_int_equal(((const char *)g_bytes_get_data(value_bytes(v), NULL))[len - 1], 'A');
}

static void what_takes_too_long_is_killed(void **state)
{
    assert_result(state, "import time\ndef f(data):\n    time.sleep(100)\n", ", timeout: 2s",
                  "!'python3' gave no answer within 2 s");
}

static void what_ends_python_is_one_elements(void **state)
{
    folder_put_text(*state, "s/b.txt", "cd");
    load(*state,
         "import os\ndef f(data):\n    if data == b'cd':\n        os._exit(5)\n"
         "    return data\n",
         "");
    assert_element(*state, 0, "ab");
    assert_element(*state, 1, "!'python3' exited with status 5");
    assert_element(*state, 0, "ab");
}

static void what_cannot_be_right_is_told_at_load(void **state)
{
    folder_put_text(*state, "f.py", "");
    assert_refused(*state, "[{range: 1}, {python: {file: none.py, function: f}}]",
                   "python: cannot read 'none.py': no such file or directory");
    assert_refused(*state, "[{range: 1}, {python: {file: ., function: f}}]",
                   "python: '.' is no regular file");
    assert_refused(*state, "[{range: 1}, {python: {file: f.py, function: 'a b'}}]",
                   "python: argument 'function': 'a b' is no name of a function");
    assert_refused(*state, "[{range: 1}, {python: {file: f.py, function: f, python: no-python}}]",
                   "python: no program 'no-python' in PATH");
    assert_refused(*state, "[{range: 1}, {python: {file: f.py, function: {choice: [a, b]}}}]",
                   "python: its arguments cannot be drawn");
}

static void env_is_of_python(void **state)
{
    assert_result(state, "import os\ndef f(data):\n    return os.environ['A']\n", ", env: {A: b}",
                  "b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(it_is_given_bytes_and_returns_some),
        IN_FOLDER(what_was_printed_follows_the_traceback),
        IN_FOLDER(an_exception_that_cannot_be_printed_is_told_all_the_same),
        IN_FOLDER(its_command_line_is_short),
        IN_FOLDER(it_is_given_the_attributes_that_it_has_parameters_for),
        IN_FOLDER(a_parameter_that_is_none_of_the_attributes_is_told),
        IN_FOLDER(bytes_can_be_returned_in_many_ways),
        IN_FOLDER(text_can_be_returned),
        IN_FOLDER(json_can_be_returned),
        IN_FOLDER(arrays_can_be_returned),
        IN_FOLDER(arrays_can_be_returned_by_their_interface),
        IN_FOLDER(what_is_no_array_is_told),
        IN_FOLDER(an_array_is_given_as_one),
        IN_FOLDER(a_failure_has_the_traceback_of_the_users_code),
        IN_FOLDER(a_failure_is_one_elements),
        IN_FOLDER(a_file_that_cannot_be_read_as_python_fails),
        IN_FOLDER(what_is_printed_is_no_answer),
        IN_FOLDER(one_python_calls_it_for_all),
        IN_FOLDER(modules_beside_the_file_are_found),
        IN_FOLDER(a_file_that_has_changed_is_read_again),
        IN_FOLDER(what_is_large_goes_both_ways),
        IN_FOLDER(what_takes_too_long_is_killed),
        IN_FOLDER(what_ends_python_is_one_elements),
        IN_FOLDER(what_cannot_be_right_is_told_at_load),
        IN_FOLDER(env_is_of_python),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
