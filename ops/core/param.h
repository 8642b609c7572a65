/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The arguments of an operator, or the options of a section, as a table: one table binds, checks,
 * documents and prints them. */
#pragma once

#include "ops/base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node;
struct seq;

/* Each kind with the C type of its field. */
enum param_kind {
    PARAM_BOOL,     /* bool */
    PARAM_INT,      /* int64_t, within min..max */
    PARAM_DOUBLE,   /* double, within min..max */
    PARAM_SIZE,     /* uint64_t, bytes; K, M, G; within min..max */
    PARAM_DURATION, /* double, seconds; ms, s, m, h; within min..max */
    PARAM_STRING,   /* const char * */
    PARAM_PATH,     /* const char *, made absolute from the spec's folder */
    PARAM_CHOICE,   /* int64_t, the value of one of choices */
    PARAM_FLAGS,    /* int64_t, some of choices, or-ed; a scalar, a list, or words joined by | */
    PARAM_INTS,     /* struct ints; every item within min..max; a scalar is a list of one */
    PARAM_DOUBLES,  /* struct doubles; likewise */
    PARAM_STRINGS,  /* struct strings; likewise */
    PARAM_CHOICES,  /* struct ints, each the value of one of choices; likewise */
    PARAM_NODE,     /* const struct node *, as written; the operator checks it */
    PARAM_SEQ,      /* struct seq *, also appended to seq->in */
    PARAM_SEQS,     /* struct seqs, a list, each also appended to seq->in */
    PARAM_FIELDS,   /* struct fields: names to sequences, or a list of them (named 0, 1...) */
    PARAM_WEIGHTS,  /* struct weights: names of sequences to numbers */
    PARAM_INPUT,    /* uint32_t, which of seq->in: an image of another field, {field: NAME} */
    PARAM_INPUTS,   /* struct inputs: a list of such */
};

struct ints {
    int64_t *at;
    uint32_t len;
};
struct doubles {
    double *at;
    uint32_t len;
};
struct strings {
    const char **at;
    uint32_t len;
};
struct seqs {
    struct seq **at;
    uint32_t len;
};

/* Each sequence is also appended to seq->in, in this order. */
struct fields {
    const char **names;
    uint32_t len;
};
struct weights {
    const char **names;
    double *at;
    uint32_t len;
};
struct inputs {
    uint32_t *at; /* each which of seq->in */
    uint32_t len;
};

struct param_choice {
    const char *name; /* NULL ends the list */
    int64_t value;
};

/* Lifetime: that of its table, static or the registry's.  A table ends with a param without a name.
 */
struct param {
    const char *name;
    const char *brief; /* half a sentence, with units */
    enum param_kind kind;
    size_t offset; /* of the field in the params struct */
    bool required;
    bool main;            /* the one that a bare scalar or list stands for; at most one */
    double min, max;      /* numbers; both 0 = no bounds (for lists: of each item) */
    const char *fallback; /* the default, as it would be written; NULL = the field stays 0 */
    const struct param_choice *choices;
};

/* One entry of a table, the argument named as the field: PARAM(INT, struct take, n, .required =
 * true, .brief = "..."). */
#define PARAM(KIND, STRUCT, FIELD, ...) PARAM_AS(#FIELD, KIND, STRUCT, FIELD, __VA_ARGS__)

/* The same with a name of its own. */
#define PARAM_AS(NAME, KIND, STRUCT, FIELD, ...)                                           \
    {                                                                                      \
        .name = NAME, .kind = PARAM_##KIND, .offset = offsetof(STRUCT, FIELD), __VA_ARGS__ \
    }

/* Whether two names are the same; '-' and '_' are. */
bool param_same_name(const char *a, const char *b);

/* The entry called name, or NULL. */
const struct param *param_find(const struct param *table, const char *name);

/* Parses the text of one scalar for one of the kinds BOOL to CHOICE (and FLAGS joined by '|') into
 * *field. Strings are interned in strings, which must outlive the field; paths start at folder
 * (NULL: left as they are). Messages name the argument: "argument 'Q': 900 is outside 1..100". */
int param_parse(const struct param *p, const char *text, const char *folder, GStringChunk *strings,
                void *ret_field, struct fault *f);

/* "int 1..100", "one of centre, entropy, ..." for messages and manuals.  Appends. */
void param_print_kind(const struct param *p, GString *ret);
