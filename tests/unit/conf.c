/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The knobs: defaults, options, -o lists, sections of the spec, and which of them wins. */
#include "fs/conf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* What a command line is made into. */
struct parsed {
    struct conf conf;
    struct fault fault;
    int status;
    int argc;
    char **argv;     /* owned; of words */
    char *words[32]; /* owned: GLib's parser writes into them, as it may into main()'s */
};

static void parse_words(struct parsed *p, const char *const *words)
{
    *p = (struct parsed){0};
    conf_init(&p->conf);
    p->words[p->argc++] = g_strdup("seqfs");
    for (; *words != NULL; words++)
        p->words[p->argc++] = g_strdup(*words);
    p->argv = g_memdup2(p->words, sizeof p->words);
    p->status = conf_parse_args(&p->conf, &p->argc, &p->argv, &p->fault);
}

static void finish(struct parsed *p)
{
    conf_finish(&p->conf);
    for (size_t i = 0; i < G_N_ELEMENTS(p->words); i++)
        g_free(p->words[i]);
    g_free(p->argv);
}

#define parse(p, ...) parse_words(p, (const char *const[]){__VA_ARGS__, NULL})

static void assert_refused(const char *wanted, const char *const *words)
{
    struct parsed p;

    parse_words(&p, words);
    assert_int_equal(p.status, -EINVAL);
    assert_string_equal(p.fault.text, wanted);
    finish(&p);
}

#define refused(wanted, ...) assert_refused(wanted, (const char *const[]){__VA_ARGS__, NULL})

static void without_options_every_knob_has_its_default(void **state)
{
    struct conf c;

    conf_init(&c);
    assert_int_equal(c.workers.count, 0);
    assert_int_equal(c.workers.isolation, ISOLATION_PROCESS);
    assert_true(c.workers.timeout == 30);
    assert_int_equal(c.workers.memory, UINT64_C(1) << 30);
    assert_int_equal(c.workers.nice, 10);
    assert_int_equal(c.prefetch.ahead, -1);
    assert_int_equal(c.cache.memory, 0);
    assert_int_equal(c.errors.retry, 2);
    assert_int_equal(c.size, SIZE_MODE_GUESS);
    assert_int_equal(c.placeholder, 16 << 20);
    assert_false(c.control_visible || c.foreground || c.nonempty || c.allow_other || c.debug);
    assert_null(c.defines->pdata[0]);
    conf_finish(&c);
}

static void options_are_taken_out_and_the_rest_is_left(void **state)
{
    struct parsed p;

    parse(&p, "-f", "--workers=3", "a.yaml", "--timeout", "2m", "mnt", "--control=visible",
          "--size=exact");
    assert_int_equal(p.status, 0);
    assert_int_equal(p.argc, 3);
    assert_string_equal(p.argv[1], "a.yaml");
    assert_string_equal(p.argv[2], "mnt");
    assert_null(p.argv[3]);
    assert_true(p.conf.foreground && p.conf.control_visible);
    assert_int_equal(p.conf.workers.count, 3);
    assert_true(p.conf.workers.timeout == 120);
    assert_int_equal(p.conf.size, SIZE_MODE_EXACT);
    finish(&p);
}

static void behind_two_dashes_and_as_numbers_nothing_is_an_option(void **state)
{
    struct parsed p;

    parse(&p, "a.yaml", "-1", "--", "-f", "--workers=3");
    assert_int_equal(p.status, 0);
    assert_int_equal(p.argc, 5);
    assert_string_equal(p.argv[2], "-1");
    assert_string_equal(p.argv[3], "-f");
    assert_string_equal(p.argv[4], "--workers=3");
    assert_false(p.conf.foreground);
    finish(&p);
}

static void lists_have_the_names_of_options(void **state)
{
    struct parsed p;

    parse(&p, "-o", "workers=auto,cache_memory=2G,cache-memory=64M,nonempty", "-o",
          "allow_other,ahead=0");
    assert_int_equal(p.status, 0);
    assert_int_equal(p.conf.workers.count, 0);
    assert_int_equal(p.conf.cache.memory, 64 << 20);
    assert_int_equal(p.conf.prefetch.ahead, 0);
    assert_true(p.conf.nonempty && p.conf.allow_other);
    finish(&p);
}

static void what_fstab_adds_is_ignored(void **state)
{
    struct parsed p;

    parse(&p, "-o", "rw,nofail,_netdev,x-systemd.automount,x-gvfs-name=a,nosuid,defaults,");
    assert_int_equal(p.status, 0);
    assert_int_equal(p.conf.given, 0);
    finish(&p);
    parse(&p, "-o", "ro,nofail");
    assert_true(p.conf.read_only);
    finish(&p);
}

static void a_comma_in_a_list_is_escaped(void **state)
{
    struct parsed p;

    parse(&p, "-o", "define=name=a\\,b,retry=1", "-D", "x=1,2");
    assert_int_equal(p.status, 0);
    assert_int_equal(p.conf.defines->len, 2);
    assert_string_equal(p.conf.defines->pdata[0], "name=a,b");
    assert_string_equal(p.conf.defines->pdata[1], "x=1,2");
    assert_null(p.conf.defines->pdata[2]);
    assert_int_equal(p.conf.errors.retry, 1);
    finish(&p);
}

static void a_wrong_option_is_told_with_the_nearest(void **state)
{
    refused("no option '--wrokers'; did you mean 'workers'?", "--wrokers=3");
    refused("no option '-x'", "-x");
    refused("no option '-o allow_othr'; did you mean 'allow-other'?", "-o", "ro,allow_othr");
    refused("option '-o size' needs a value: size=...", "-o", "size");
}

static void a_wrong_value_is_told_with_what_is_wanted(void **state)
{
    refused("option '--workers': 0 is outside of 1..1024 (or auto)", "--workers=0");
    refused("option '--nice': 'x' is no whole number", "--nice=x");
    refused("option '-o size': no value 'exct', there are guess, exact; did you mean 'exact'?",
            "-o", "size=exct");
    refused("option '-D': 'x' is no NAME=VALUE", "-D", "x");
    refused("option '-D': '=x' is no NAME=VALUE", "-D", "=x");
}

static void the_size_index_is_a_folder_or_off(void **state)
{
    g_autofree char *here = g_get_current_dir();
    g_autofree char *wanted = g_build_filename(here, "d", NULL);
    g_autofree char *usual = NULL, *given = NULL;
    struct parsed p;

    parse(&p, "-f");
    usual = conf_size_index(&p.conf);
    assert_true(g_str_has_prefix(usual, g_get_user_cache_dir()));
    assert_true(g_str_has_suffix(usual, "/seqfs/sizes"));
    finish(&p);
    parse(&p, "--size-index=/x", "-o", "size_index=d");
    given = conf_size_index(&p.conf);
    assert_string_equal(given, wanted);
    finish(&p);
    parse(&p, "--size-index=d", "--size-index=off");
    assert_null(conf_size_index(&p.conf));
    finish(&p);
    parse(&p, "--size-index=off", "--size-index=auto");
    assert_null(p.conf.size_index);
    finish(&p);
    refused("option '--size-index': a folder is wanted, nothing is given (or auto, off)",
            "--size-index=");
}

/* Loads the spec with these sections and takes them; what was complained of, or "". */
static char *take(struct conf *c, const char *sections)
{
    OWN(complaints_free) struct complaints *complaints = complaints_new();
    OWN(plan_free) struct plan *p = NULL;
    g_autofree char *text = g_strconcat("dataset: {range: 3}\n", sections, NULL);
    char *said = NULL;
    size_t size;
    FILE *out = open_memstream(&said, &size);
    int r = plan_parse("s.yaml", text, strlen(text), NULL, complaints, &p);

    assert_int_equal(r, 0);
    r = conf_take_spec(c, p, complaints);
    assert_int_equal(r, complaints_len(complaints) > 0 ? -EINVAL : 0);
    complaints_print(complaints, out);
    fclose(out);
    return said;
}

static void sections_of_the_spec_turn_knobs(void **state)
{
    struct conf c;
    g_autofree char *said = NULL;

    conf_init(&c);
    said = take(&c, "workers: {count: 5, isolation: thread, timeout: 1h, memory: 0, nice: 3}\n"
                    "prefetch: {ahead: 7}\ncache: {memory: 1G}\nerrors: {retry: 0}\n");
    assert_string_equal(said, "");
    assert_int_equal(c.workers.count, 5);
    assert_int_equal(c.workers.isolation, ISOLATION_THREAD);
    assert_true(c.workers.timeout == 3600);
    assert_int_equal(c.workers.memory, 0);
    assert_int_equal(c.workers.nice, 3);
    assert_int_equal(c.prefetch.ahead, 7);
    assert_int_equal(c.cache.memory, 1 << 30);
    assert_int_equal(c.errors.retry, 0);
    conf_finish(&c);
}

static void the_disk_is_turned_on_by_options_and_by_the_spec(void **state)
{
    g_autofree char *here = g_get_current_dir(), *beside = g_build_filename(here, "d", NULL);
    g_autofree char *said = NULL, *own = NULL, *given = NULL, *told = NULL, *fromspec = NULL;
    struct parsed p;

    parse(&p, "a.yaml");
    assert_null(conf_disk(&p.conf));
    assert_int_equal(p.conf.cache.disk_size, INT64_C(10) << 30);
    said = take(&p.conf, "cache: {disk: true}\n");
    assert_string_equal(said, "");
    own = conf_disk(&p.conf);
    assert_true(g_str_has_suffix(own, "/seqfs/disk"));
    finish(&p);

    parse(&p, "a.yaml");
    told = take(&p.conf, "cache: {disk: {path: d, size: 2G}}\n");
    assert_string_equal(told, "");
    fromspec = conf_disk(&p.conf);
    assert_string_equal(fromspec, beside);
    assert_int_equal(p.conf.cache.disk_size, INT64_C(2) << 30);
    finish(&p);

    parse(&p, "--cache-disk=d", "-o", "cache_disk_size=3M");
    given = conf_disk(&p.conf);
    assert_string_equal(given, beside);
    assert_int_equal(p.conf.cache.disk_size, 3 << 20);
    finish(&p);
}

static void options_for_the_disk_win_each_by_itself(void **state)
{
    g_autofree char *said = NULL, *where = NULL;
    struct parsed p;

    parse(&p, "--cache-disk=/elsewhere");
    said = take(&p.conf, "cache: {disk: {path: d, size: 2G}}\n");
    assert_string_equal(said, "");
    where = conf_disk(&p.conf);
    assert_string_equal(where, "/elsewhere");
    assert_int_equal(p.conf.cache.disk_size, INT64_C(2) << 30);
    finish(&p);

    g_free(g_steal_pointer(&said));
    parse(&p, "--cache-disk=off", "--cache-disk-size=5M");
    said = take(&p.conf, "cache: {disk: {path: d, size: 2G}}\n");
    assert_null(conf_disk(&p.conf));
    assert_int_equal(p.conf.cache.disk_size, 5 << 20);
    finish(&p);
}

static void faults_of_the_disk_tell_what_is_wanted(void **state)
{
    static const char *const wrong[][2] = {
        {"cache: {disk: yes please}", "cache: 'disk': it is 'yes please'; wanted is true, false"},
        {"cache: {disk: [d]}", "cache: 'disk': it is a list; wanted is true, false, or {path:"},
        {"cache: {disk: {size: much}}", "'size' is 'much'; wanted is a size such as 512M or 10G"},
        {"cache: {disk: {size: 5}}", "cache: 'disk': 'size' is 5; wanted is 1M..1000T"},
        {"cache: {disk: {path: [d]}}", "cache: 'disk': 'path' is a list; wanted is a folder"},
        {"cache: {disk: {pat: d}}", "no key 'pat', there are 'path' and 'size'; did you mean"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        struct parsed p;

        parse(&p, "a.yaml");
        g_autofree char *said = take(&p.conf, wrong[i][0]);
        if (!strstr(said, wrong[i][1]))
            fail_msg("wanted '%s', got '%s'", wrong[i][1], said);
        finish(&p);
    }
}

static void options_win_over_the_spec(void **state)
{
    struct parsed p;
    g_autofree char *said = NULL;

    parse(&p, "--workers=2", "-o", "ahead=auto");
    said = take(&p.conf, "workers: {count: 5, nice: 1}\nprefetch: {ahead: 7}\n");
    assert_string_equal(said, "");
    assert_int_equal(p.conf.workers.count, 2);
    assert_int_equal(p.conf.workers.nice, 1);
    assert_int_equal(p.conf.prefetch.ahead, -1);
    finish(&p);
}

static void faults_in_sections_have_their_place_also_where_an_option_wins(void **state)
{
    struct parsed p;
    g_autofree char *said = NULL;

    parse(&p, "--workers=2");
    said = take(&p.conf, "workers: {count: many, tmeout: 5}\ncache: {memory: [1]}\n");
    assert_non_null(strstr(said, "s.yaml:2:18: workers: 'count': 'many' is no whole number"));
    assert_non_null(strstr(said, "s.yaml:2:24: workers: no argument 'tmeout'; did you mean"));
    assert_non_null(strstr(said, "s.yaml:3:17: cache: 'memory': a list where a single value"));
    assert_int_equal(p.conf.workers.count, 2);
    finish(&p);
}

static void the_crew_has_a_worker_a_cpu_unless_told_otherwise(void **state)
{
    struct conf c;
    struct crew_conf crew;

    conf_init(&c);
    conf_crew(&c, &crew);
    assert_int_equal(crew.count, g_get_num_processors());
    assert_int_equal(crew.nice, 10);
    c.workers.count = 7;
    conf_crew(&c, &crew);
    assert_int_equal(crew.count, 7);
    conf_finish(&c);
}

static void help_tells_every_option(void **state)
{
    static const char *const names[] = {
        "--workers",     "--isolation",    "--timeout",     "--memory",          "--nice",
        "--ahead",       "--cache-memory", "--cache-disk",  "--cache-disk-size", "--size-index",
        "--retry",       "--size",         "--placeholder", "--control",         "--nonempty",
        "--allow-other", "--foreground",   "--debug",       "--define"};
    char *help = NULL;
    size_t size;
    FILE *out = open_memstream(&help, &size);

    conf_print_help(out);
    fclose(out);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        assert_non_null(strstr(help, names[i]));
    free(help);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_options_every_knob_has_its_default),
        cmocka_unit_test(options_are_taken_out_and_the_rest_is_left),
        cmocka_unit_test(behind_two_dashes_and_as_numbers_nothing_is_an_option),
        cmocka_unit_test(lists_have_the_names_of_options),
        cmocka_unit_test(what_fstab_adds_is_ignored),
        cmocka_unit_test(a_comma_in_a_list_is_escaped),
        cmocka_unit_test(a_wrong_option_is_told_with_the_nearest),
        cmocka_unit_test(a_wrong_value_is_told_with_what_is_wanted),
        cmocka_unit_test(the_size_index_is_a_folder_or_off),
        cmocka_unit_test(sections_of_the_spec_turn_knobs),
        cmocka_unit_test(the_disk_is_turned_on_by_options_and_by_the_spec),
        cmocka_unit_test(options_for_the_disk_win_each_by_itself),
        cmocka_unit_test(faults_of_the_disk_tell_what_is_wanted),
        cmocka_unit_test(options_win_over_the_spec),
        cmocka_unit_test(faults_in_sections_have_their_place_also_where_an_option_wins),
        cmocka_unit_test(the_crew_has_a_worker_a_cpu_unless_told_otherwise),
        cmocka_unit_test(help_tells_every_option),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
