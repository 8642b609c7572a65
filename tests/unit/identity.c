/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Identities: what changes them, what does not, and that elements of one identity are the same. */
#include "ops/core/identity.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "tests/unit/images.h"

/* Of file i of a sequence. */
static struct identity identity_of(struct folder *d, const char *sequence, uint64_t i)
{
    folder_files(d, sequence);
    assert_true(i < d->seq->len);
    return seq_identity(d->seq, i);
}

static void assert_same(struct folder *d, const char *one, uint64_t i, const char *other,
                        uint64_t j)
{
    struct identity a = identity_of(d, one, i), b = identity_of(d, other, j);

    if (identity_is_none(a) || !identity_equal(a, b))
        fail_msg("%s [%" PRIu64 "] and %s [%" PRIu64 "] differ", one, i, other, j);
}

static void assert_other(struct folder *d, const char *one, uint64_t i, const char *other,
                         uint64_t j)
{
    struct identity a = identity_of(d, one, i), b = identity_of(d, other, j);

    if (identity_is_none(a) || identity_is_none(b) || identity_equal(a, b))
        fail_msg("%s [%" PRIu64 "] and %s [%" PRIu64 "] do not differ", one, i, other, j);
}

static void put_texts(struct folder *d)
{
    folder_put_text(d, "a.txt", "alpha");
    folder_put_text(d, "b.txt", "beta");
    folder_put_text(d, "c.txt", "gamma");
}

/* Another time, as if it had been written anew. */
static void touch(const struct folder *d, const char *name, time_t seconds)
{
    g_autofree char *path = folder_path(d, name);
    const struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* Steps. */

static void what_only_leads_to_an_element_has_no_part_in_it(void **state)
{
    static const char *const steps[] = {
        "{slice: '1:'}",
        "{gather: [1, 0, 1]}",
        "{shard: {index: 1, count: 3}}",
        "{filter: \"stem != 'a'\"}",
        "{slice: '1:'}, {cycle: 5}",
        "{slice: '1:'}, {cache: 3}, debug, monitor, {prefetch: 4}, {name: 'x{index}.txt'}",
        "{slice: '1:'}, {batch: 2}, unbatch",
        "{slice: '1:'}, {split: 2}, flatten",
    };
    struct folder *d = *state;

    put_texts(d);
    for (size_t n = 0; n < G_N_ELEMENTS(steps); n++) {
        g_autofree char *before =
            g_strdup_printf("[{files: '*.txt'}, %s, {exec: [tr, a, b]}]", steps[n]);
        g_autofree char *after =
            g_strdup_printf("[{files: '*.txt'}, {exec: [tr, a, b]}, %s]", steps[n]);

        assert_same(d, "[{files: '*.txt'}, {exec: [tr, a, b]}]", 1, before, 0);
        assert_same(d, "[{files: b.txt}, {exec: [tr, a, b]}]", 0, after, 0);
    }
}

static void what_combines_sequences_has_no_part_in_their_elements(void **state)
{
    static const char plain[] = "[{files: b.txt}, {exec: [tr, a, b]}]";
    struct folder *d = *state;

    put_texts(d);
    assert_same(d, plain, 0,
                "[{concatenate: [{files: a.txt}, {files: b.txt}]}, {exec: [tr, a, b]}]", 1);
    assert_same(d, plain, 0, "[{interleave: [{files: '*.txt'}]}, {exec: [tr, a, b]}]", 1);
    assert_same(d, plain, 0,
                "[{switch: {condition: {values: [true, false]}, then: {files: [a.txt, c.txt]}, "
                "else: {files: [a.txt, b.txt]}}}, {exec: [tr, a, b]}]",
                1);
    assert_same(d, plain, 0,
                "[{collate: {x: {files: b.txt}, y: {range: 1}}}, {get: x}, {exec: [tr, a, b]}]", 0);
}

static void a_shuffle_moves_identities(void **state)
{
    struct folder *d = *state;
    struct identity plain[3];
    unsigned found = 0;

    put_texts(d);
    for (uint64_t i = 0; i < 3; i++)
        plain[i] = identity_of(d, "[{files: '*.txt'}, {exec: cat}]", i);
    folder_files(d, "[{files: '*.txt'}, {exec: cat}, {shuffle: 3}]");
    for (uint64_t i = 0; i < 3; i++)
        for (unsigned k = 0; k < 3; k++)
            found += identity_equal(seq_identity(d->seq, i), plain[k]);
    assert_int_equal(found, 3);
}

static void two_datasets_of_one_sequence_have_its_identities(void **state)
{
    struct folder *d = *state;

    put_texts(d);
    assert_int_equal(folder_load(d, "datasets: {x: s, y: [s, {slice: '::-1'}]}\n"
                                    "sequences: {s: [{files: '*.txt'}, {exec: [tr, a, b]}]}\n"),
                     0);
    for (uint64_t i = 0; i < 3; i++)
        assert_true(identity_equal(seq_identity(plan_output(d->plan, 0)->seq, i),
                                   seq_identity(plan_output(d->plan, 1)->seq, 2 - i)));
}

static void another_argument_is_another_element(void **state)
{
    struct folder *d = *state;

    put_texts(d);
    assert_other(d, "[{files: a.txt}, {exec: [tr, a, b]}]", 0,
                 "[{files: a.txt}, {exec: [tr, a, c]}]", 0);
    assert_other(d, "[{files: a.txt}, {exec: [tr, a, b]}]", 0,
                 "[{files: a.txt}, {exec: [tr, ab, '']}]", 0);
    assert_other(d, "[{files: a.txt}, {exec: cat}]", 0,
                 "[{files: a.txt}, {exec: {argv: cat, shell: true}}]", 0);
    assert_other(d, "[{files: a.txt}, {exec: cat}]", 0,
                 "[{files: a.txt}, {exec: cat}, {exec: cat}]", 0);
    assert_other(d, "[{range: 2}, {encode: json}]", 0, "[{range: 2}, {encode: text}]", 0);
    assert_same(d, "[{range: 2}, {encode: json}]", 0,
                "[{range: 2}, {encode: {format: json, newline: true}}]", 0);
    assert_same(d, "[{files: a.txt}, {exec: [tr, a, b]}]", 0,
                "[{files: a.txt}, {exec: {argv: [tr, a, b], shell: false}}]", 0);
}

static void a_value_is_itself_wherever_it_is_listed(void **state)
{
    struct folder *d = *state;

    assert_same(d, "{values: [a, 5]}", 1, "{range: 9}", 5);
    assert_same(d, "{values: [x, y]}", 1, "{repeat: {value: y, times: 2}}", 0);
    assert_same(d, "[{values: [[1, 2], [3]]}, {encode: json}]", 1,
                "[{values: [[3]]}, {encode: json}]", 0);
    assert_other(d, "{values: [5]}", 0, "{values: ['5']}", 0);
    assert_other(d, "[{values: [[1, 2]]}, {encode: json}]", 0,
                 "[{values: [[1, [2]]]}, {encode: json}]", 0);
    assert_other(d, "[{values: [[[1, 2]]]}, {encode: json}]", 0,
                 "[{values: [[[1], 2]]}, {encode: json}]", 0);
    assert_other(d, "[{values: [[[]]]}, {encode: json}]", 0, "[{values: [[{}]]}, {encode: json}]",
                 0);
}

/* Sources. */

static void a_file_is_its_path_size_time_and_inode(void **state)
{
    struct folder *d = *state;
    struct identity was, now;

    put_texts(d);
    touch(d, "a.txt", 1000);
    was = identity_of(d, "{files: a.txt}", 0);
    assert_true(identity_equal(identity_of(d, "{files: '[ab].txt'}", 0), was));
    touch(d, "a.txt", 1001);
    now = seq_identity(d->seq, 0);
    assert_false(identity_equal(now, was));
    touch(d, "a.txt", 1000);
    assert_true(identity_equal(seq_identity(d->seq, 0), was));
    folder_put_text(d, "a.txt", "alpha");
    touch(d, "a.txt", 1000); /* another inode */
    assert_false(identity_equal(seq_identity(d->seq, 0), was));
    assert_other(d, "{files: a.txt}", 0, "{files: b.txt}", 0);
}

static void a_missing_file_is_missing_until_it_appears(void **state)
{
    struct folder *d = *state;
    struct identity missing;

    folder_put_text(d, "list", "a.txt\nb.txt\n");
    missing = identity_of(d, "[{files: {list: list}}, {exec: cat}]", 0);
    assert_false(identity_is_none(missing));
    assert_true(identity_equal(seq_identity(d->seq, 0), missing));
    assert_false(identity_equal(seq_identity(d->seq, 1), missing));
    folder_put_text(d, "a.txt", "");
    assert_false(identity_equal(seq_identity(d->seq, 0), missing));
}

static void a_line_is_its_file_and_number(void **state)
{
    struct folder *d = *state;
    struct identity was;

    folder_put_text(d, "l.txt", "x\nx\ny\n");
    touch(d, "l.txt", 1000);
    assert_other(d, "{lines: l.txt}", 0, "{lines: l.txt}", 1);
    assert_same(d, "{lines: l.txt}", 2, "[{lines: l.txt}, {slice: '::-1'}]", 0);
    was = identity_of(d, "{lines: l.txt}", 2);
    touch(d, "l.txt", 2000);
    struct identity stale = seq_identity(d->seq, 2);
    assert_false(identity_equal(stale, was));
    /* What has changed since it was indexed fails, what is indexed anew does not. */
    assert_false(identity_equal(identity_of(d, "{lines: l.txt}", 2), stale));
}

static void output_of_a_program_is_its_command_and_number(void **state)
{
    struct folder *d = *state;

    assert_same(d, "{program: [seq, 4]}", 2, "[{program: [seq, 4]}, uniter, {gather: [2]}]", 0);
    assert_other(d, "{program: [seq, 4]}", 2, "{program: [seq, 4]}", 3);
    assert_other(d, "{program: [seq, 4]}", 2, "{program: [seq, 5]}", 2);
    assert_other(d, "[{program: {argv: [seq, 9], length: 2}}, {uniter: {length: 5}}]", 4,
                 "[{program: {argv: [seq, 8], length: 2}}, {uniter: {length: 5}}]", 4);
}

/* Randomness. */

static void random_numbers_count_where_they_are_drawn(void **state)
{
    struct folder *d = *state;
    struct identity first;

    put_picture(d, "a.png", ".png", 20, 20, 0);
    folder_load(d, "seed: 1\ndataset: [{files: a.png}, {random_crop: 8}]\n");
    first = seq_identity(plan_output(d->plan, 0)->seq, 0);
    folder_load(d, "seed: 2\ndataset: [{files: a.png}, {random_crop: 8}]\n");
    assert_false(identity_equal(seq_identity(plan_output(d->plan, 0)->seq, 0), first));
    folder_load(d, "seed: 1\ndataset: [{files: a.png}, invert]\n");
    first = seq_identity(plan_output(d->plan, 0)->seq, 0);
    folder_load(d, "seed: 2\ndataset: [{files: a.png}, invert]\n");
    assert_true(identity_equal(seq_identity(plan_output(d->plan, 0)->seq, 0), first));
}

static void an_index_counts_where_it_is_used(void **state)
{
    struct folder *d = *state;

    put_picture(d, "a.png", ".png", 20, 20, 0);
    assert_same(d, "[{files: a.png}, {cycle: 3}, invert]", 0,
                "[{files: a.png}, {cycle: 3}, invert]", 2);
    assert_other(d, "[{files: a.png}, {cycle: 3}, {random_crop: 8}]", 0,
                 "[{files: a.png}, {cycle: 3}, {random_crop: 8}]", 2);
    assert_same(d, "[{files: a.png}, {cycle: 3}, {random_crop: 8}]", 2,
                "[{files: a.png}, {cycle: 3}, {random_crop: 8}, {slice: '2:'}]", 0);
    assert_other(d, "[{files: a.png}, {cycle: 3}, {exec: [echo, {field: index}]}]", 0,
                 "[{files: a.png}, {cycle: 3}, {exec: [echo, {field: index}]}]", 2);
    assert_same(d, "[{files: a.png}, {cycle: 3}, {exec: [echo, {field: stem}]}]", 0,
                "[{files: a.png}, {cycle: 3}, {exec: [echo, {field: stem}]}]", 2);
}

static void arguments_that_are_drawn_count_as_they_come_out(void **state)
{
    static const char drawn[] =
        "[{files: a.png}, {cycle: 40}, {gaussblur: {sigma: {choice: [1, 2]}}}]";
    struct folder *d = *state;
    struct identity first;
    unsigned same = 0;

    put_picture(d, "a.png", ".png", 20, 20, 0);
    first = identity_of(d, drawn, 0);
    for (uint64_t i = 0; i < 40; i++)
        same += identity_equal(seq_identity(d->seq, i), first);
    assert_in_range(same, 5, 35);
    first = identity_of(d,
                        "[{files: a.png}, {cycle: 9}, {encode: {format: jpeg, Q: {uniform: "
                        "[1, 100]}}}]",
                        0);
    assert_false(identity_equal(seq_identity(d->seq, 1), first));
    assert_same(d, "[{files: a.png}, {cycle: 9}, {gaussblur: {sigma: {uniform: [2, 3]}}}]", 4,
                "[{files: a.png}, {cycle: 7}, {gaussblur: {sigma: {uniform: [2, 3]}}}]", 4);
}

static void a_step_with_a_chance_counts_where_it_is_applied(void **state)
{
    struct folder *d = *state;
    struct identity plain, applied;
    unsigned n_plain = 0, n_applied = 0;

    put_texts(d);
    plain = identity_of(d, "{files: a.txt}", 0);
    applied = identity_of(d, "[{files: a.txt}, {exec: [tr, a, b]}]", 0);
    folder_files(d, "[{files: a.txt}, {cycle: 40}, {exec: {argv: [tr, a, b], p: 0.5}}]");
    for (uint64_t i = 0; i < 40; i++) {
        struct identity id = seq_identity(d->seq, i);

        n_plain += identity_equal(id, plain);
        n_applied += identity_equal(id, applied);
    }
    assert_in_range(n_applied, 5, 35);
    assert_int_equal(n_plain + n_applied, 40);
}

/* Lists and records. */

static void lists_and_records_are_their_parts(void **state)
{
    struct folder *d = *state;

    put_texts(d);
    assert_same(d, "[{range: 6}, {batch: 2}, {encode: json}]", 1,
                "[{range: 4}, {slice: '2:'}, {split: 1}, {encode: json}]", 0);
    assert_other(d, "[{range: 6}, {batch: 2}, {encode: json}]", 1,
                 "[{range: 6}, {batch: 3}, {encode: json}]", 1);
    assert_same(d, "[{collate: {x: {files: a.txt}, y: {range: 1}}}, {encode: tar}]", 0,
                "[{collate: {x: {files: '*.txt'}, y: {range: 3}}}, {encode: tar}]", 0);
    assert_other(d, "[{collate: {x: {files: a.txt}, y: {range: 1}}}, {encode: tar}]", 0,
                 "[{collate: {x: {files: a.txt}, z: {range: 1}}}, {encode: tar}]", 0);
    assert_other(d, "[{collate: {x: {files: a.txt}, y: {range: 1}}}, {encode: tar}]", 0,
                 "[{collate: {y: {range: 1}, x: {files: a.txt}}}, {encode: tar}]", 0);
    assert_same(d, "[{range: 3}, shuffle, {epochs: 1}, {encode: json}]", 0,
                "[{range: 3}, shuffle, {batch: 3}, {encode: json}]", 0);
}

static void items_of_a_computed_list_are_told_apart(void **state)
{
    static const char items[] =
        "[{values: [{x: [1, 2]}, {x: [3, 4], y: 1}]}, {get: x}, {unbatch: 2}, {encode: text}]";
    struct folder *d = *state;

    assert_same(d, items, 2, items, 2);
    for (uint64_t i = 1; i < 4; i++)
        assert_other(d, items, 0, items, i);
}

static void a_list_too_long_to_look_at_has_none(void **state)
{
    struct folder *d = *state;

    assert_true(
        identity_is_none(identity_of(d, "[{range: 900000}, {batch: 900000}, {encode: json}]", 0)));
    assert_false(
        identity_is_none(identity_of(d, "[{range: 9000}, {batch: 9000}, {encode: json}]", 0)));
}

static void a_step_on_one_field_leaves_the_others(void **state)
{
    static const char plain[] = "{collate: {x: {files: '*.txt'}, y: {files: '*.txt'}}}";
    static const char on[] =
        "[{collate: {x: {files: '*.txt'}, y: {files: '*.txt'}}}, {exec: {argv: cat, on: x}}]";
    static const char map[] = "[{collate: {x: {files: '*.txt'}, y: {files: '*.txt'}}}, "
                              "{map: {on: x, do: [{exec: cat}]}}]";
    struct folder *d = *state;

    put_texts(d);
    assert_other(d, plain, 2, on, 2);
    assert_same(d, plain, 3, on, 3);
    assert_same(d, on, 2, map, 2);
    assert_same(d, on, 2, "[{files: b.txt}, {exec: cat}]", 0);
}

static void what_is_chosen_by_a_computed_value_is_all_that_may_be(void **state)
{
    static const char spec[] = "{switch: {condition: [{files: %s}, {exec: cat}], "
                               "then: {files: %s}, else: {files: c.txt}}}";
    struct folder *d = *state;
    g_autofree char *one = g_strdup_printf(spec, "a.txt", "b.txt");
    g_autofree char *two = g_strdup_printf(spec, "b.txt", "b.txt");
    g_autofree char *three = g_strdup_printf(spec, "a.txt", "a.txt");

    put_texts(d);
    assert_same(d, one, 0, one, 0);
    assert_other(d, one, 0, two, 0);
    assert_other(d, one, 0, three, 0);
}

/* Programs. */

static void a_program_counts_with_its_files(void **state)
{
    static const char script[] = "[{files: a.txt}, {exec: [sh, run.sh]}]";
    static const char program[] = "[{files: a.txt}, {exec: [./run.sh]}]";
    struct folder *d = *state;
    struct identity was;

    put_texts(d);
    folder_put_text(d, "run.sh", "#!/bin/sh\ncat\n");
    g_autofree char *path = folder_path(d, "run.sh");
    assert_int_equal(chmod(path, 0755), 0);
    was = identity_of(d, script, 0);
    touch(d, "run.sh", 1000);
    assert_false(identity_equal(seq_identity(d->seq, 0), was));
    was = identity_of(d, program, 0);
    assert_true(identity_equal(seq_identity(d->seq, 0), was));
    touch(d, "run.sh", 2000);
    assert_false(identity_equal(seq_identity(d->seq, 0), was));
}

static void a_profile_counts_with_its_file(void **state)
{
    struct folder *d = *state;
    struct identity was;

    put_picture(d, "a.png", ".png", 20, 20, 0);
    folder_put_text(d, "p.icc", "not really");
    was = identity_of(d, "[{files: a.png}, {thumbnail: {width: 8, export-profile: p.icc}}]", 0);
    touch(d, "p.icc", 1000);
    assert_false(identity_equal(seq_identity(d->seq, 0), was));
    was = identity_of(d, "[{files: a.png}, {encode: {format: jpeg, profile: p.icc}}]", 0);
    touch(d, "p.icc", 2000);
    assert_false(identity_equal(seq_identity(d->seq, 0), was));
}

/* The property, for steps that the model of random pipelines does not have. */

/* Every first step with every second and every end; what cannot be is passed over. */
static const char *const firsts[] = {
    "{files: [a.png, b.jpg]}",
    "{concatenate: [{files: b.jpg}, {files: a.png}]}",
    "{files: [b.jpg, a.txt, l.txt]}",
    "{lines: l.txt}",
    "{range: 3}",
    "{collate: {x: {files: [a.png, b.jpg]}, y: {range: 2}}}",
    "{values: [{x: 1, y: two}, {x: 1}]}",
    "[{files: [a.png, b.jpg]}, {batch: 2}]",
};
static const char *const seconds[] = {
    "{slice: ':'}",
    "{slice: '::-1'}",
    "cache",
    "decode",
    "{decode: {autorotate: false}}",
    "decode, cache",
    "{thumbnail: 9}",
    "{thumbnail: {width: 9, no-rotate: true}}",
    "decode, {thumbnail: {width: 9, no-rotate: true}}",
    "decode, {random_flip: {chance: 0.5}}, {thumbnail: 9}",
    "decode, {random_flip: {chance: 0.5}}, cache, {thumbnail: 9}",
    "{invert: {p: 0.5}}",
    "{map: {p: 0.5, do: [invert, {thumbnail: 7}]}}",
    "{random_crop: {width: 5, p: 0.5}}",
    "{thumbnail: {width: {choice: [8, 9]}}}",
    "{thumbnail: {width: 9, on: x}}",
    "{on: x, invert: {}}",
    "{map: {on: x, do: [invert, {thumbnail: 9}]}}",
    "{invert: {on: x, p: 0.5}}, {cache: 5}",
    "{exec: [echo, {field: index}]}",
    "{exec: {argv: [cat], on: x, ext: jpg}}",
    "{exec: {argv: [cat], ext: jpg}}",
    "{get: x}",
    "{get: 0}",
    "{flatten: records}",
    "{epochs: 2}, {flatten: lists}",
    "{cycle: 7}, {random_flip: {chance: 0.5}}, {epochs: 2}",
};
static const char *const ends[] = {
    "{slice: ':2'}",
    "{encode: json}",
    "{encode: tar}",
    "{encode: png}",
    "{encode: {format: jpeg, Q: {choice: [30, 90]}}}",
    "{layout: tar}",
    "{exec: cat}",
};

struct pool {
    GHashTable *known; /* struct identity -> bytes; owned */
    unsigned asked, none, again;
};

static guint hash(gconstpointer id)
{
    return (guint)((const struct identity *)id)->a;
}

static gboolean equal(gconstpointer a, gconstpointer b)
{
    return identity_equal(*(const struct identity *)a, *(const struct identity *)b);
}

static void check_file(struct folder *d, struct pool *p, const char *sequence, uint64_t i)
{
    struct identity id = seq_identity(d->seq, i);
    g_autoptr(GBytes) bytes = NULL;
    GBytes *other;

    p->asked++;
    p->none += identity_is_none(id);
    if (plan_eval(d->plan, &d->eval, 0, i, &bytes) < 0)
        bytes = g_bytes_new("failed", 6);
    if (identity_is_none(id))
        return;
    other = g_hash_table_lookup(p->known, &id);
    p->again += other != NULL;
    if (other && !g_bytes_equal(other, bytes))
        fail_msg("file %" PRIu64 " of %s is another of the same identity", i, sequence);
    if (!other)
        g_hash_table_insert(p->known, g_memdup2(&id, sizeof id), g_steal_pointer(&bytes));
}

static void check_all(struct folder *d, struct pool *p, const char *sequence)
{
    if (folder_load_files(d, sequence) < 0)
        return;
    for (uint64_t i = 0; i < MIN(d->seq->len, 20); i++)
        check_file(d, p, sequence, i);
}

static void files_of_one_identity_are_the_same(void **state)
{
    struct folder *d = *state;
    struct pool p = {.known =
                         g_hash_table_new_full(hash, equal, g_free, (GDestroyNotify)g_bytes_unref)};

    put_picture(d, "a.png", ".png", 24, 16, 0);
    put_picture(d, "b.jpg", ".jpg[Q=90]", 40, 33, 6);
    folder_put_text(d, "a.txt", "alpha");
    folder_put_text(d, "l.txt", "x\nx\ny\n");
    for (size_t a = 0; a < G_N_ELEMENTS(firsts); a++)
        for (size_t b = 0; b < G_N_ELEMENTS(seconds); b++)
            for (size_t c = 0; c < G_N_ELEMENTS(ends); c++) {
                g_autofree char *sequence =
                    g_strdup_printf("[%s, %s, %s]", firsts[a], seconds[b], ends[c]);
                check_all(d, &p, sequence);
            }
    print_message("%u files, %u of an identity that another has, %u of none\n", p.asked, p.again,
                  p.none);
    g_hash_table_unref(p.known);
    assert_true(p.asked > 1000);
    assert_true(p.again > p.asked / 4);
    assert_int_equal(p.none, 0);
}

/* Outputs. */

static struct identity output_of(struct folder *d, const char *spec)
{
    assert_loaded(d, spec, folder_load(d, spec));
    return plan_identity(d->plan, 0);
}

static void an_output_is_its_steps_however_they_are_written(void **state)
{
    struct folder *d = *state;
    struct identity was;

    put_texts(d);
    was = output_of(d, "dataset: [{files: '*.txt'}, {exec: [tr, a, b]}, {batch: 2}]\n");
    assert_true(identity_equal(output_of(d, "# a comment\ndataset:\n  - files: \"*.txt\"\n"
                                            "  - exec: [tr, a, b]  # another\n  - batch: 2\n"),
                               was));
    assert_true(identity_equal(
        output_of(d, "params: {n: 2}\n"
                     "dataset: [{files: '*.txt'}, {exec: [tr, a, b]}, {batch: '${n}'}]\n"),
        was));
    touch(d, "a.txt", 1000);
    assert_true(identity_equal(plan_identity(d->plan, 0), was));
    assert_false(identity_equal(
        output_of(d, "dataset: [{files: '*.txt'}, {exec: [tr, a, c]}, {batch: 2}]\n"), was));
    assert_false(identity_equal(
        output_of(d, "dataset: [{files: '*.txt'}, {exec: [tr, a, b]}, {batch: 3}]\n"), was));
    assert_false(identity_equal(
        output_of(d, "dataset: [{files: '*.txt'}, {exec: [tr, a, b]}, shuffle, {batch: 2}]\n"),
        was));
    assert_false(identity_equal(
        output_of(d, "seed: 1\ndataset: [{files: '*.txt'}, {exec: [tr, a, b]}, {batch: 2}]\n"),
        was));
    folder_put_text(d, "d.txt", "delta");
    assert_false(identity_equal(
        output_of(d, "dataset: [{files: '*.txt'}, {exec: [tr, a, b]}, {batch: 2}]\n"), was));
}

static void an_output_is_how_its_arguments_are_drawn(void **state)
{
    static const char spec[] = "dataset: [{range: 3}, {exec: [echo, {choice: [a, %s]}]}]\n";
    struct folder *d = *state;
    g_autofree char *b = g_strdup_printf(spec, "b"), *c = g_strdup_printf(spec, "c");
    struct identity was = output_of(d, b);

    assert_true(identity_equal(output_of(d, b), was));
    assert_false(identity_equal(output_of(d, c), was));
    assert_false(
        identity_equal(output_of(d, "dataset: [{range: 3}, {exec: {argv: [echo, a], p: 0.5}}]\n"),
                       output_of(d, "dataset: [{range: 3}, {exec: {argv: [echo, a], p: 0.6}}]\n")));
}

static struct identity output_in(const char *folder, const char *define)
{
    static const char text[] = "params: {n: 2}\ndataset: {range: '${n}'}\n";
    OWN(complaints_free) struct complaints *c = complaints_new();
    OWN(plan_free) struct plan *p = NULL;
    char *defines[] = {(char *)define, NULL};
    g_autofree char *path = g_build_filename(folder, "t.yaml", NULL);

    assert_int_equal(plan_parse(path, text, strlen(text), define ? defines : NULL, c, &p), 0);
    return plan_identity(p, 0);
}

static void an_output_is_of_its_folder_and_parameters(void **state)
{
    assert_true(identity_equal(output_in("/tmp", NULL), output_in("/tmp", "n=2")));
    assert_false(identity_equal(output_in("/tmp", NULL), output_in("/tmp", "n=3")));
    assert_false(identity_equal(output_in("/tmp", NULL), output_in("/", NULL)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_only_leads_to_an_element_has_no_part_in_it),
        IN_FOLDER(what_combines_sequences_has_no_part_in_their_elements),
        IN_FOLDER(a_shuffle_moves_identities),
        IN_FOLDER(two_datasets_of_one_sequence_have_its_identities),
        IN_FOLDER(another_argument_is_another_element),
        IN_FOLDER(a_value_is_itself_wherever_it_is_listed),
        IN_FOLDER(a_file_is_its_path_size_time_and_inode),
        IN_FOLDER(a_missing_file_is_missing_until_it_appears),
        IN_FOLDER(a_line_is_its_file_and_number),
        IN_FOLDER(output_of_a_program_is_its_command_and_number),
        IN_FOLDER(random_numbers_count_where_they_are_drawn),
        IN_FOLDER(an_index_counts_where_it_is_used),
        IN_FOLDER(arguments_that_are_drawn_count_as_they_come_out),
        IN_FOLDER(a_step_with_a_chance_counts_where_it_is_applied),
        IN_FOLDER(lists_and_records_are_their_parts),
        IN_FOLDER(items_of_a_computed_list_are_told_apart),
        IN_FOLDER(a_list_too_long_to_look_at_has_none),
        IN_FOLDER(a_step_on_one_field_leaves_the_others),
        IN_FOLDER(what_is_chosen_by_a_computed_value_is_all_that_may_be),
        IN_FOLDER(a_program_counts_with_its_files),
        IN_FOLDER(a_profile_counts_with_its_file),
        IN_FOLDER(files_of_one_identity_are_the_same),
        IN_FOLDER(an_output_is_its_steps_however_they_are_written),
        IN_FOLDER(an_output_is_how_its_arguments_are_drawn),
        IN_FOLDER(an_output_is_of_its_folder_and_parameters),
    };

    return cmocka_run_group_tests(tests, setup_images, NULL);
}
