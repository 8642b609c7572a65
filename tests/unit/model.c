/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thousands of random pipelines mean to seqfs what they mean to a plain evaluator that computes all
 * at once.  MODEL_SEED and MODEL_COUNT ask for others, and for more. */
#include "tests/unit/model.h"

#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SEED 1
#define COUNT 6000
#define IDENTITIES 2500
#define REPORTS 3 /* disagreements that are looked into */

/* What is being asked, for a signal's handler, until it was answered. */
struct asked {
    char *spec; /* owned */
};
static struct asked asked;

/* Whatever the program dies of, the pipeline that it dies of is told. */
static void die(int number)
{
    if (asked.spec && write(STDERR_FILENO, asked.spec, strlen(asked.spec)) < 0)
        _exit(2);
    _exit(1);
}

static int asked_open(void **state)
{
    *state = &asked;
    signal(SIGABRT, die);
    signal(SIGTERM, die); /* of a test that took too long */
    signal(SIGSEGV, die);
    return 0;
}

static int asked_close(void **state)
{
    signal(SIGABRT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGSEGV, SIG_DFL);
    g_clear_pointer(&asked.spec, g_free);
    return 0;
}

static uint32_t setting(const char *name, uint32_t fallback)
{
    const char *text = g_getenv(name);

    return text ? (uint32_t)strtoul(text, NULL, 10) : fallback;
}

static void report(const struct step *root, uint32_t seed, struct asked *a)
{
    struct step *least = shrink_tree(root, &a->spec);
    g_autofree char *said = compare_tree(least, &a->spec);

    fprintf(stderr, "pipeline %" PRIu32 " of this program's:\n%s%s\n\n", seed, a->spec,
            said ? said : "disagrees no more");
    step_free(least);
}

static bool agree_about(uint32_t seed, struct asked *a, struct compare_counts *counts,
                        bool reported)
{
    GRand *rand = g_rand_new_with_seed(seed);
    struct step *root = make_tree(rand);
    g_autofree char *said = compare_tree_counted(root, &a->spec, counts);

    if (said && reported)
        report(root, seed, a);
    step_free(root);
    g_rand_free(rand);
    g_clear_pointer(&a->spec, g_free);
    return !said;
}

static void random_pipelines_are_what_the_model_says(void **state)
{
    struct compare_counts counts = {0};
    uint32_t seed = setting("MODEL_SEED", SEED), count = setting("MODEL_COUNT", COUNT);
    unsigned failed = 0;

    for (uint32_t i = 0; i < count; i++)
        failed += !agree_about(seed + i, *state, &counts, failed < REPORTS);
    print_message("%u right, %u wrong, %u left open; %u of them as files; %u failing elements\n",
                  counts.right, counts.wrong, counts.beyond, counts.files, counts.broken);
    if (failed > 0)
        fail_msg("%u of %" PRIu32 " pipelines are not what the model says", failed, count);
}

static unsigned check_identities(struct identities *x, uint32_t seed, struct asked *a)
{
    GRand *rand = g_rand_new_with_seed(seed);
    struct step *root = make_tree(rand);
    g_autofree char *said = identities_check(x, root, &a->spec);

    if (said)
        fprintf(stderr, "pipeline %" PRIu32 " of this program's:\n%s%s\n\n", seed, a->spec, said);
    step_free(root);
    g_rand_free(rand);
    g_clear_pointer(&a->spec, g_free);
    return said != NULL;
}

static void elements_of_one_identity_are_the_same(void **state)
{
    uint32_t seed = setting("MODEL_SEED", SEED), count = setting("MODEL_COUNT", IDENTITIES);
    struct identities x;
    unsigned failed = 0;

    identities_init(&x);
    for (uint32_t i = 0; i < count && failed < REPORTS; i++)
        failed += check_identities(&x, seed + i, *state);
    print_message("%u elements: %u identities, and %u times one of them again; %u have none\n",
                  x.asked, g_hash_table_size(x.known), x.again, x.none);
    identities_finish(&x);
    if (failed > 0)
        fail_msg("elements of one identity differ");
    assert_true(x.none <= x.asked / 1000);
    assert_true(x.again >= x.asked / 4);
}

/* The tests above would be empty if the pipelines were. */
static void random_pipelines_are_of_all_sorts(void **state)
{
    unsigned used[N_ACTS] = {0};

    for (uint32_t seed = 0; seed < 500; seed++) {
        GRand *rand = g_rand_new_with_seed(seed);
        struct step *root = make_tree(rand);

        for (unsigned n = 0; n < step_count(root); n++)
            used[(*step_find(&root, n))->act]++;
        step_free(root);
        g_rand_free(rand);
    }
    for (unsigned act = 0; act < N_ACTS; act++)
        if (used[act] < 5)
            fail_msg("'%s' comes %u times only", step_op(act), used[act]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_pipelines_are_what_the_model_says, asked_open,
                                        asked_close),
        cmocka_unit_test_setup_teardown(elements_of_one_identity_are_the_same, asked_open,
                                        asked_close),
        cmocka_unit_test(random_pipelines_are_of_all_sorts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
