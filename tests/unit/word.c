/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of a command line: what is a field in them, and what stays as it is. */
#include "ops/element/word.h"

#include "tests/unit/folder.h"

/* Files with names that shells make something of. */
static const struct seq *source_of(struct folder *d)
{
    folder_put_text(d, "a b.txt", "");
    folder_put_text(d, "c'$(x).txt", "");
    return folder_seq(d, "{files: '*.txt'}");
}

static char *printed(struct folder *d, const char *text, enum word_kind kind, uint64_t i,
                     char ***env)
{
    OWN(word_free) struct word *w = NULL;
    struct word_source from = {
        .in = source_of(d), .i = i, .input = "IN", .output = "OUT", .env = env};
    struct fault f = {0};
    GString *ret = g_string_new(NULL);

    if (word_new(text, kind, from.in, &f, &w) < 0)
        fail_msg("'%s': %s", text, f.text);
    word_print(w, &from, ret);
    return g_string_free(ret, FALSE);
}

static void assert_word(void **state, const char *text, const char *want)
{
    g_autofree char *got = printed(*state, text, WORD_PLAIN, 1, NULL);

    assert_string_equal(got, want);
}

static void assert_bad(void **state, const char *text, enum word_kind kind, const char *want)
{
    struct word *w = NULL;
    struct fault f = {0};

    assert_int_equal(word_new(text, kind, source_of(*state), &f, &w), -EINVAL);
    assert_null(w);
    if (!strstr(f.text, want))
        fail_msg("wanted '%s', got '%s'", want, f.text);
}

static void fields_stand_for_values(void **state)
{
    assert_word(state, "{index}", "1");
    assert_word(state, "-n{index:03d}.{ext}", "-n001.txt");
    assert_word(state, "{stem}", "c'$(x)");
    assert_word(state, "{input}:{output}", "IN:OUT");
}

static void other_braces_stay(void **state)
{
    assert_word(state, "{print $1}", "{print $1}");
    assert_word(state, "{}", "{}");
    assert_word(state, "{a,b}{1..3}", "{a,b}{1..3}");
    assert_word(state, "x{2}", "x{2}");
    assert_word(state, "if (a) {{ b }}", "if (a) {{ b }}");
    assert_word(state, "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}");
    assert_word(state, "{a:1}", "{a:1}");
    assert_word(state, "{", "{");
    assert_word(state, "}{index", "}{index");
}

static void variables_of_a_shell_stay(void **state)
{
    assert_word(state, "${index} ${x}", "${index} ${x}");
}

static void doubled_braces_are_the_text(void **state)
{
    assert_word(state, "{{index}}", "{index}");
    assert_word(state, "{{print}} {{index:03d}}", "{print} {index:03d}");
}

static void an_unknown_field_is_told(void **state)
{
    assert_bad(state, "{stm}", WORD_PLAIN,
               "no field 'stm' for '{stm}'; did you mean 'stem'?; the text itself is written "
               "'{{stm}}'");
    assert_bad(state, "{print}", WORD_PLAIN, "the text itself is written '{{print}}'");
    assert_bad(state, "{index:x}", WORD_PLAIN, "'x' in field '{index:x}' is no format");
}

static void there_are_no_fields_before_there_is_an_element(void **state)
{
    assert_bad(state, "{path}", WORD_FIXED, "'{path}' is not known when the program starts");
}

static void a_shell_gets_values_as_variables(void **state)
{
    g_auto(GStrv) env = g_new0(char *, 1);
    g_autofree char *line = printed(*state, "cat {path} >{stem}", WORD_SHELL, 1, &env);

    assert_string_equal(line, "cat \"${SEQFS_1}\" >\"${SEQFS_2}\"");
    assert_string_equal(g_environ_getenv(env, "SEQFS_1"), "c'$(x).txt");
    assert_string_equal(g_environ_getenv(env, "SEQFS_2"), "c'$(x)");
}

static void in_quotes_of_a_shell_a_field_is_refused(void **state)
{
    assert_bad(state, "cat '{path}'", WORD_SHELL, "'{path}' stands within quotes");
    assert_bad(state, "cat \"{path}\"", WORD_SHELL, "'{path}' stands within quotes");
    assert_bad(state, "a=`cat {path}`", WORD_SHELL, "'{path}' stands within backquotes");
    assert_bad(state, "echo \"\\\"{path}\"", WORD_SHELL, "'{path}' stands within quotes");
}

static void in_a_here_document_of_a_shell_a_field_is_refused(void **state)
{
    static const char *const lines[] = {
        "cat <<EOF\n{path}\nEOF\n", "cat <<-'E F' >x\n a\n\"{path}\"\n",
        "cat <<A <<\"B\"\nA\n{path}", "cat 3<< \\EOF\nEOF \n{path}\nEOF\n"};

    for (size_t n = 0; n < G_N_ELEMENTS(lines); n++)
        assert_bad(state, lines[n], WORD_SHELL, "'{path}' stands within a here-document");
}

static void beside_here_documents_of_a_shell_a_field_is_right(void **state)
{
    static const char *const lines[] = {"cat <<EOF\nit's\nEOF\ncat {path}",
                                        "cat <<-EOF\nx\n\tEOF\ncat {path}",
                                        "cat <<EOF {path}",
                                        "echo $((1<<2))\ncat {path}",
                                        "cat <<<a\ncat {path}",
                                        "echo '<<A'\ncat {path}",
                                        "echo a # <<A\ncat {path}"};

    for (size_t n = 0; n < G_N_ELEMENTS(lines); n++) {
        g_auto(GStrv) env = g_new0(char *, 1);
        g_autofree char *line = printed(*state, lines[n], WORD_SHELL, 0, &env);

        assert_true(g_str_has_suffix(line, "\"${SEQFS_1}\""));
    }
}

static void behind_quotes_of_a_shell_a_field_is_right(void **state)
{
    static const char *const lines[] = {"tr 'a' \"b\" <{path}", "echo \\' {path}",
                                        "cat x # don't\ncat {path}", "echo $# {path}"};

    for (size_t n = 0; n < G_N_ELEMENTS(lines); n++) {
        g_auto(GStrv) env = g_new0(char *, 1);
        g_autofree char *line = printed(*state, lines[n], WORD_SHELL, 0, &env);

        assert_true(g_str_has_suffix(line, "\"${SEQFS_1}\""));
        assert_string_equal(g_environ_getenv(env, "SEQFS_1"), "a b.txt");
    }
}

static void assert_kinds(void **state, const char *text, bool input, bool output, bool texts)
{
    OWN(word_free) struct word *w = NULL;
    struct fault f = {0};

    assert_int_equal(word_new(text, WORD_PLAIN, source_of(*state), &f, &w), 0);
    assert_int_equal(word_has_input(w), input);
    assert_int_equal(word_has_output(w), output);
    assert_int_equal(word_has_text_fields(w), texts);
}

static void a_word_knows_what_it_stands_for(void **state)
{
    assert_kinds(state, "x", false, false, false);
    assert_kinds(state, "{index}{index:02d}", false, false, false);
    assert_kinds(state, "{stem}", false, false, true);
    assert_kinds(state, "if={input}", true, false, true);
    assert_kinds(state, "of={output}", false, true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(fields_stand_for_values),
        IN_FOLDER(other_braces_stay),
        IN_FOLDER(variables_of_a_shell_stay),
        IN_FOLDER(doubled_braces_are_the_text),
        IN_FOLDER(an_unknown_field_is_told),
        IN_FOLDER(there_are_no_fields_before_there_is_an_element),
        IN_FOLDER(a_shell_gets_values_as_variables),
        IN_FOLDER(in_quotes_of_a_shell_a_field_is_refused),
        IN_FOLDER(in_a_here_document_of_a_shell_a_field_is_refused),
        IN_FOLDER(beside_here_documents_of_a_shell_a_field_is_right),
        IN_FOLDER(behind_quotes_of_a_shell_a_field_is_right),
        IN_FOLDER(a_word_knows_what_it_stands_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
