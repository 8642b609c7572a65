/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A second opinion about sequences: pipelines made at random, and a plain evaluator of them that
 * computes all elements at once and shares no code with the operators. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum act {
    ACT_RANGE,
    ACT_VALUES,
    ACT_REPEAT,
    ACT_CONCATENATE,
    ACT_INTERLEAVE,
    ACT_COLLATE,
    ACT_SWITCH,
    ACT_CASE,
    ACT_MIX,
    ACT_SLICE,
    ACT_GATHER,
    ACT_CYCLE,
    ACT_SHARD,
    ACT_SHUFFLE,
    ACT_FILTER,
    ACT_SORT,
    ACT_BATCH,
    ACT_UNBATCH,
    ACT_FLATTEN,
    ACT_SPLIT,
    ACT_GET,
    ACT_EPOCHS,
    ACT_NAME,
    ACT_CACHE,
    ACT_DEBUG,
    ACT_MONITOR,
    ACT_PREFETCH,
    N_ACTS
};

#define STEP_INPUTS 4
#define STEP_ITEMS 12

/* How an act's arguments are written; which of these there are is the act's to say. */
enum split_form {
    SPLIT_PARTS,
    SPLIT_PARTS_LONG,
    SPLIT_EDGES,
    SPLIT_EDGES_LONG,
    SPLIT_RANGES,
    SPLIT_FRACTIONS, /* percent, with names */
    SPLIT_FRACTIONS_LIST,
};
enum batch_form { BATCH_PLAIN, BATCH_DROP, BATCH_PAD, BATCH_DROP_AND_PAD };
enum flatten_form { FLATTEN_BARE, FLATTEN_LISTS, FLATTEN_RECORDS };
enum name_form {
    NAMES_INDEX,
    NAMES_PADDED,
    NAMES_SUFFIX,
    NAMES_FOLDER,
    NAMES_BRACES,
    NAMES_VALUE,
    N_NAME_FORMS
};

/* One step, with those that it stands on.  Lifetime: call. */
struct step {
    enum act act;
    unsigned form;
    bool named; /* written under `sequences`, and referred to by its name */
    unsigned n_in, n_nums, n_words;
    struct step *in[STEP_INPUTS]; /* owned */
    int64_t nums[STEP_ITEMS];
    char *words[STEP_ITEMS]; /* owned */
    unsigned line, column;   /* where it was written last */
};

struct step *step_new(enum act act);
void step_free(struct step *s);
struct step *step_copy(const struct step *s);
/* Appends. */
void step_add_num(struct step *s, int64_t n);
void step_add_word(struct step *s, const char *word);
void step_add_in(struct step *s, struct step *own_in);
const char *step_op(enum act act); /* the operator's name */
unsigned step_count(const struct step *s);
/* The place of step number n, from 0, in its tree, so that another can be put there. */
struct step **step_find(struct step **root, unsigned n);

/* The spec whose last sequence is the tree; notes in the steps where each was written.  files: it
 * is the dataset, too.  NULL = it cannot be written so.  Owned by the caller. */
char *step_spec(struct step *root, bool files);

enum thing_kind {
    THING_NULL,
    THING_BOOL,
    THING_INT,
    THING_FLOAT,
    THING_TEXT,
    THING_LIST,
    THING_RECORD,
    THING_BROKEN, /* asking for it fails */
};

/* An element, with what is known of it.  Lifetime: that of its model.  Immutable. */
struct thing {
    enum thing_kind kind;
    int64_t n;         /* bool, int; of a float: whether it is not 0 */
    const char *text;  /* text, float; broken: the operator at fault */
    unsigned len;      /* list, record */
    struct thing **at; /* their parts, which may be broken each for itself */
    const char **names;
    const char *name; /* of its file; NULL = its index */
    bool whole;       /* that name has its suffix */
    bool unsure;      /* whether it has a name cannot be told without computing */
    bool plain;       /* a scalar with the attribute `value` */
    bool hazy; /* list, record: whether its parts can be told without computing is left open */
};

/* A sequence, computed. */
struct row {
    unsigned len;
    struct thing **at;
    bool quick; /* elements are to be had by a look, so conditions are known at load */
    bool vague; /* empty, or partly made of what is: of what kind elements are is left open */
};

enum verdict {
    VERDICT_RIGHT,
    VERDICT_WRONG,  /* has to be complained about while it is loaded */
    VERDICT_BEYOND, /* the contract leaves it open, or it is too large */
};

/* One evaluation.  Lifetime: call.  Initialise with model_init(). */
struct model {
    /* What order a step took where any is right: element i of it is element *ret_i of input
     * *ret_in; false = it has no element i.  NULL: the model chooses. */
    bool (*look)(void *ctx, const struct step *s, uint64_t epoch, uint64_t i, uint32_t *ret_in,
                 uint64_t *ret_i);
    void *ctx;
    uint64_t epoch;
    bool reseeded;     /* below an `epochs` step */
    bool may_refuse;   /* a complaint while loading is as right as the answer */
    bool guessed;      /* a length that depends on the order was taken from the model's own */
    const char *wrong; /* VERDICT_WRONG: the operator that has to complain */
    char *broken_rule; /* the order looked up is none that is allowed; owned */
    GPtrArray *pool;   /* of all that was allocated */
};

void model_init(struct model *m);
void model_finish(struct model *m);

/* All elements of a tree. */
enum verdict model_run(struct model *m, const struct step *s, struct row *ret);

/* Whether asking for the whole of t fails; the operator at fault, or NULL. */
const char *thing_fault(const struct thing *t);
/* As tests print values: "[a: 1, b: x]".  Appends. */
void thing_print(const struct thing *t, GString *ret);
/* The field of this name, or the item of this number; NULL = none. */
struct thing *thing_part(const struct thing *t, const char *name);
struct row thing_row(struct model *m, unsigned len);
/* Whether all are records of the same fields, which can be told without computing. */
bool row_is_uniform(const struct row *row);

/* Between the files of the evaluator. */
void *model_alloc(struct model *m, size_t size);
const char *model_printf(struct model *m, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
struct thing *model_copy(struct model *m, const struct thing *t);
enum verdict model_wrong(struct model *m, const struct step *s);
struct thing *model_literal(struct model *m, const char *text);
/* Acts: a step on what its inputs gave. */
enum verdict lists_collate(struct model *m, const struct step *s, const struct row *in,
                           struct row *ret);
enum verdict lists_batch(struct model *m, const struct step *s, const struct row *in,
                         struct row *ret);
enum verdict lists_unbatch(struct model *m, const struct step *s, const struct row *in,
                           struct row *ret);
enum verdict lists_flatten(struct model *m, const struct step *s, const struct row *in,
                           struct row *ret);
enum verdict lists_split(struct model *m, const struct step *s, const struct row *in,
                         struct row *ret);
enum verdict lists_get(struct model *m, const struct step *s, const struct row *in,
                       struct row *ret);
enum verdict lists_epochs(struct model *m, const struct step *s, const struct row *in,
                          struct row *ret);
enum verdict lists_watch(struct model *m, const struct step *s, const struct row *in,
                         struct row *ret);
enum verdict lists_filter(struct model *m, const struct step *s, const struct row *in,
                          struct row *ret);
enum verdict lists_sort(struct model *m, const struct step *s, const struct row *in,
                        struct row *ret);

/* A tree made at random. */
struct step *make_tree(GRand *rand);

/* Where seqfs and the model disagree about a tree: a description, owned by the caller, or NULL.
 * spec: set to what was asked, for whoever has to tell after a crash; owned by the caller. */
char *compare_tree(struct step *root, char **spec);
/* What became of the trees compared. */
struct compare_counts {
    unsigned right, wrong, beyond, files, broken;
};
char *compare_tree_counted(struct step *root, char **spec, struct compare_counts *counts);

/* The smallest tree found that still disagrees; root stays the caller's. */
struct step *shrink_tree(const struct step *root, char **spec);

/* Elements by their identities.  Lifetime: call.  Initialise with identities_init(). */
struct identities {
    GHashTable *known; /* struct identity -> what the element is */
    unsigned asked, none, again;
};
void identities_init(struct identities *x);
void identities_finish(struct identities *x);
/* All elements of all steps of a tree, with all that were seen before: a description of two of one
 * identity that differ, owned by the caller, or NULL.  spec as of compare_tree(). */
char *identities_check(struct identities *x, struct step *root, char **spec);
