/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lazy sequences and the operators that make them.
 *
 * A sequence is one use of an operator: its bound arguments, its inputs and its length.  Asking for
 * an element goes through seq_get(), which asks the operator, which asks its inputs the same way.
 */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/mark.h"
#include "ops/core/eval.h"
#include "ops/core/param.h"
#include "ops/core/value.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SEQFS_OP_ABI 1

/* As an index: "whatever the element". */
#define SEQ_ANY UINT64_MAX

/* What is known of an element without computing it. */
struct type {
    bool known; /* false: differs from element to element (only for SEQ_ANY) */
    enum value_kind kind;
    const char *suffix; /* bytes: of the file, without the dot; image: of its source; NULL = none or
                           differs */
};

/* Bytes that lie ready in a file: a stretch of it, and what follows the stretch. */
struct extent {
    char *path; /* absolute; owned, g_free() */
    uint64_t off;
    uint64_t len;     /* UINT64_MAX: to the end of the file */
    const char *tail; /* a few bytes that the element has after the stretch, or NULL; static */
};

/* How much of a file name a `name` step gave. */
enum name_part {
    NAME_NONE,  /* no such step: the index names the file */
    NAME_STEM,  /* all but the suffix */
    NAME_WHOLE, /* all */
};

enum op_kind { OP_SOURCE, OP_SEQUENCE, OP_ELEMENT };

/* What apply() of an element operator takes; the plan puts the step that makes it in between. */
enum op_input {
    OP_TAKES_ANY,
    OP_TAKES_IMAGE, /* an implied `decode` where the input is not an image already */
    OP_TAKES_FILE,  /* an implied `encode`: bytes, as the element's file would have them */
};

enum op_flags {
    OP_COMBINES = 1 << 0, /* OP_SEQUENCE: its inputs are arguments; it stands first in a pipeline */
    OP_TRIVIAL = 1 << 1,  /* as quick as a reply, cannot block or crash: needs no worker */
    OP_ISOLATE = 1 << 2,  /* must not run in a thread of the server */
    OP_RUNS_PROGRAMS = 1 << 4, /* computing an element starts another program */
    OP_STANDS_IN =
        1
        << 3, /* for a sequence with faults, while others are looked for: may have any attribute */
};

struct op_example {
    const char *spec; /* a sequence, in YAML; NULL ends the list */
    /* the elements as in files without the final newline, joined by blanks ("WxHxBANDS" for an
     * image);
     * "!LINE:COLUMN: sentence" for a complaint while loading; "#I: sentence" for the fault of
     * element I */
    const char *want;
};

struct call;
struct seq;

/* Lifetime: static, or the registry's.  Functions that are NULL have the default told there.  None
 * of them logs, prints, exits or keeps state outside of the sequence.  All but open and close: any
 * thread. */
struct op {
    uint32_t abi; /* SEQFS_OP_ABI */
    const char *name;
    const char *alias;  /* another name, or NULL */
    const char *brief;  /* one line */
    const char *manual; /* more, as paragraphs; or NULL */
    enum op_kind kind;
    enum op_input input; /* OP_ELEMENT */
    unsigned flags;
    size_t params_size;
    const struct param *params; /* NULL = no arguments */
    const struct op_example *examples;
    const char *const *attrs; /* OP_SOURCE: the attributes that attr() knows, NULL-terminated */
    const void *data;         /* of the provider that made this operator */

    /* Once a plan, after params and in are set: check, measure, set len (preset to in[0]'s) and
     * self. Never evaluates an element. */
    int (*open)(struct seq *s, struct fault *f);
    /* Frees self.  Also after open failed. */
    void (*close)(struct seq *s);
    /* What element i, or any for SEQ_ANY, is.  NULL: as the element that route() leads to. */
    struct type (*type)(const struct seq *s, uint64_t i);
    /* OP_SEQUENCE that moves indices: element i is element *ret_i of in[*ret_in].  NULL: of in[0],
     * i. */
    void (*route)(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i);
    /* OP_SOURCE: appends an attribute of element i; false = none of that name. */
    bool (*attr)(const struct seq *s, uint64_t i, const char *name, GString *ret);
    /* Appends the file name of element i.  NULL: as the element that route() leads to. */
    enum name_part (*name_of)(const struct seq *s, uint64_t i, GString *ret);
    /* Where the bytes of element i lie ready; false = nowhere, they must be computed.  For
     * OP_ELEMENT that hands on in[0]'s extent: may change it.  NULL: OP_SEQUENCE by route(), else
     * false. */
    bool (*extent)(const struct seq *s, uint64_t i, struct extent *ret);
    /* OP_SOURCE: the file that element i comes from, absolute; NULL: there is none. */
    char *(*origin)(const struct seq *s, uint64_t i);
    /* OP_SOURCE, and OP_SEQUENCE that does more than move indices: computes element i. */
    int (*get)(const struct call *c, struct value **ret);
    /* OP_ELEMENT: computes an element from that of in[0].  The input stays the caller's. */
    int (*apply)(const struct call *c, struct value *in, struct value **ret);
};

/* Lifetime: plan.  Immutable after open. */
struct seq {
    const struct op *op;
    uint32_t id;        /* number in the plan, from 0 */
    const char *name;   /* as the spec calls the operator */
    struct mark mark;   /* where the step was created */
    bool implied;       /* put in by the plan; the mark is that of the step that wanted it */
    const void *params; /* params_size bytes, bound and range-checked */
    uint64_t given;     /* bit n: params[n] was given in the spec */
    struct seq **in;
    uint32_t n_in;
    uint64_t len; /* elements */
    bool trivial; /* computing an element needs no worker; preset, open() may change it */
    bool isolate; /* must not run in a thread of the server; preset from OP_ISOLATE, likewise */
    void *self;   /* made by open, freed by close */
    const char *folder; /* of the spec: relative paths start here */
    uint32_t depth;     /* steps from here down to the furthest source */
    bool measured;      /* any is set */
    struct type any;    /* seq_type(s, SEQ_ANY) */
};

/* One call of get() or apply().  Lifetime: call. */
struct call {
    const struct seq *seq;
    struct eval *eval;
    const void *params; /* this element's arguments: use these, not seq->params */
    uint64_t given;
    uint64_t i;
};

/* The only way to an element.  Checks range, deadline and depth, times the step, notes the step
 * on the evaluation's stack, and on failure adds it to the fault's trail.  The caller owns *ret. */
int seq_get(const struct seq *s, struct eval *e, uint64_t i, struct value **ret);

/* The following need no evaluation.  i < s->len. */
struct type seq_type(const struct seq *s, uint64_t i); /* i may be SEQ_ANY */
void seq_route(const struct seq *s, uint64_t i, const struct seq **ret_s, uint64_t *ret_i);
bool seq_attr(const struct seq *s, uint64_t i, const char *name, GString *ret);
enum name_part seq_name(const struct seq *s, uint64_t i, GString *ret);
bool seq_extent(const struct seq *s, uint64_t i, struct extent *ret);
char *seq_origin(const struct seq *s, uint64_t i); /* owned; NULL = comes from no file */

/* Whether every element has the attribute; offers all known ones to near (which may be NULL). */
struct nearest;
bool seq_has_attr(const struct seq *s, const char *name, struct nearest *near);
