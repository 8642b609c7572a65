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

/* As the length of a sequence that can only be read forward: not known before it was read once. */
#define SEQ_UNCOUNTED UINT64_MAX

/* Elements of more parts than that are more than a reply's work: not trivial. */
#define SEQ_QUICK_PARTS 1000

/* As an input: none is known. */
#define SEQ_NO_INPUT UINT32_MAX

/* What is known of an element without computing it. */
struct type {
    bool known; /* false: differs from element to element (only for SEQ_ANY) */
    enum value_kind kind;
    const char *suffix; /* bytes: of the file, without the dot; image: of its source; NULL = none or
                           differs */
    bool parted;        /* list, record: its parts can be told and asked for one by one */
    const struct array_type *array; /* array: of this shape; NULL = differs, or only computing
                                       tells.  Lifetime: plan */
    uint32_t width, height;         /* image: pixels; 0 = differs, or only computing tells */
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
    OP_TAKES_IMAGE,  /* an implied `decode` where the input is not an image already */
    OP_TAKES_PIXELS, /* anything, but bytes are those of an image: an implied `decode` */
    OP_TAKES_FILE,   /* an implied `encode`: bytes, as the element's file would have them */
    OP_TAKES_ITEMS,  /* the same, but arrays as they are */
    OP_TAKES_FIELDS, /* images, by PARAM_INPUT(S).  The first of these is the element itself, image
                        or list, unless it is given: then apply() gets NULL for it */
};

enum op_flags {
    OP_COMBINES = 1 << 0, /* OP_SEQUENCE: its inputs are arguments; it stands first in a pipeline */
    OP_TRIVIAL = 1 << 1,  /* as quick as a reply, cannot block or crash: needs no worker */
    OP_ISOLATE = 1 << 2,  /* must not run in a thread of the server */
    OP_STANDS_IN = 1 << 3,     /* for a sequence with faults, while others are looked for: may have
                                  any attribute */
    OP_RUNS_PROGRAMS = 1 << 4, /* computing an element starts another program */
    OP_RANDOM = 1 << 5,        /* draws numbers of its own: another epoch is another value */
    OP_RESEEDS = 1 << 6,       /* in[] is one copy of its input for each epoch; its first parameter,
                                  an int, is how many */
    OP_BY_PART = 1 << 7,       /* OP_SEQUENCE with get() whose values are those of in[0]: of lists
                                  and records it is put behind every part, so that one does not
                                  compute all */
    OP_TIMES_ALL = 1 << 8,     /* the time it is said to take is that of everything below it, too */
    OP_LAYOUT = 1 << 9,        /* in[0] unchanged; its first parameter is the enum layout of the
                                  dataset */
    OP_MAPS = 1 << 10,         /* stands for other steps: parameters are a struct mapping, and there
                                  is no function */
    OP_SPREADS = 1 << 11, /* several of its elements are of one of in[0]: where route() leads there,
                             attributes are had in common, but no names */
    OP_MANIFEST = 1 << 12,   /* in[0] unchanged; its first parameter, a bool, is whether the dataset
                                has a manifest */
    OP_PLUGS = 1 << 13,      /* stands for an operator of a shared object: parameters are a struct
                                plugging, and there is no function */
    OP_KEEPS_SIZE = 1 << 14, /* OP_ELEMENT without type(): images are as wide and high as before */
};

/* How the fields of records become files. */
enum layout {
    LAYOUT_USUAL,    /* siblings; records of scalars alone: json */
    LAYOUT_SIBLINGS, /* STEM.FIELD.SUFFIX beside each other */
    LAYOUT_DIRS,     /* a folder an element: FIELD.SUFFIX in it */
    LAYOUT_JSON,
    LAYOUT_TAR,
};

/* The parameters of an operator with OP_MAPS. */
struct mapping {
    struct strings on;        /* fields; none: the element itself */
    const struct node *steps; /* a step, or a list of steps */
};

/* The parameters of an operator with OP_PLUGS. */
struct plugging {
    const char *path, *name;
    const struct node *args; /* with these two */
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
struct digest;
struct draws;
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
    const char *const *attrs; /* OP_SOURCE: the attributes that attr() knows, NULL-terminated; of
                                 what is read forward, those that it tells of element 0 */
    const void *data;         /* of the provider that made this operator */
    /* Of the library whose work the results are; NULL = it is all ours. */
    const char *(*version)(void);

    /* Once a plan, after params and in are set: check, measure, set len (preset to in[0]'s) and
     * self. Never evaluates an element. */
    int (*open)(struct seq *s, struct fault *f);
    /* Frees self.  Also after open failed. */
    void (*close)(struct seq *s);
    /* What element i, or any for SEQ_ANY, is.  NULL: as the element that route() leads to. */
    struct type (*type)(const struct seq *s, uint64_t i);
    /* OP_SEQUENCE: element i is element *ret_i of in[*ret_in]; with get(): it stems from that one,
     * for attributes, names and types.  *ret_in = SEQ_NO_INPUT: that is not known without
     * computing.  NULL: of in[0], i; with get(): not known. */
    void (*route)(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i);
    /* OP_SEQUENCE of one input of which it takes no element twice: where element j of in[0] is;
     * false = nowhere.  NULL: not known. */
    bool (*where)(const struct seq *s, uint64_t j, uint64_t *ret_i);
    /* The same as route() where it may be a sequence further down.  false: that is not known
     * without computing; then get() computes. */
    bool (*reach)(const struct seq *s, uint64_t i, const struct seq **ret_s, uint64_t *ret_i);
    /* Lists and records whose type is parted.  All NULL: as the element that route() leads to. */
    /* How many parts element i has.  SEQ_ANY: as many as each has, but for the last element (with
     * where(): the odd one of in[0]), which may have fewer; as answer: they differ. */
    uint64_t (*n_parts)(const struct seq *s, uint64_t i);
    /* Part k of element i is element *ret_i of *ret_s; false = element i has to be computed for it.
     * Of records without part_type() also for SEQ_ANY: then *ret_i means nothing.  NULL with get()
     * or apply(): false. */
    bool (*part)(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                 uint64_t *ret_i);
    /* Records: the name of part k, the same for every element. */
    const char *(*field)(const struct seq *s, uint64_t k);
    /* What part k of element i (or of any, for SEQ_ANY) is; of any list, k means nothing.  NULL: as
     * the element that part() leads to. */
    struct type (*part_type)(const struct seq *s, uint64_t i, uint64_t k);
    /* OP_SOURCE: appends an attribute of element i; false = none of that name. */
    bool (*attr)(const struct seq *s, uint64_t i, const char *name, GString *ret);
    /* Appends the file name of element i.  NULL: as the element that route() leads to. */
    enum name_part (*name_of)(const struct seq *s, uint64_t i, GString *ret);
    /* Where the bytes of element i lie ready; false = nowhere, they must be computed.  For
     * OP_ELEMENT that hands on in[0]'s extent: may change it.  NULL: OP_SEQUENCE by route(), else
     * false. */
    bool (*extent)(const struct seq *s, uint64_t i, struct extent *ret);
    /* How many bytes element i, or each for SEQ_ANY, has: of bytes alone, and without computing
     * them. false = only computing tells.  NULL: what extent() says, OP_SEQUENCE by route(), else
     * false. */
    bool (*size)(const struct seq *s, uint64_t i, uint64_t *ret);
    /* OP_ELEMENT that is not OP_TRIVIAL: whether it is as quick as a reply for element i.  NULL:
     * false. */
    bool (*is_quick)(const struct seq *s, uint64_t i);
    /* OP_SOURCE: the file that element i comes from, absolute; NULL: there is none. */
    char *(*origin)(const struct seq *s, uint64_t i);
    /* Adds what the value of an element depends on; c->eval is NULL, nothing is computed.
     * OP_ELEMENT: beside the step itself and the elements of in[], which are added anyway.
     * OP_SOURCE: all; NULL = its arguments, origin() and i, or the value, if it is OP_TRIVIAL.
     * OP_SEQUENCE with get(), where reach() leads nowhere: all; NULL = its parts, or it cannot be
     * told. */
    void (*identify)(const struct call *c, struct digest *d);
    /* OP_SOURCE, and OP_SEQUENCE that does more than move indices: computes element i. */
    int (*get)(const struct call *c, struct value **ret);
    /* OP_SOURCE that can only be read forward, in place of get(): a reader before element 0; the
     * next value, 1, or 0 at the end, where *ret stays as it is; its end.  A `uniter` step reads
     * it.  Of next(): -EILSEQ is that element's fault alone, and the next call gives the one after
     * it; after -ETIMEDOUT the next call goes on exactly there; any other fault ends the reader. */
    int (*start)(const struct seq *s, struct fault *f, void **ret_reader);
    int (*next)(void *reader, int64_t deadline, struct fault *f, struct value **ret);
    void (*stop)(void *reader);
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
    uint64_t seed;      /* of the spec */
    bool fast;          /* of the spec: short cuts that libvips does not know are allowed */
    uint64_t epoch; /* which of the copies that `epochs` makes; 0 = the first, or there are none */
    uint32_t use;   /* number of this use among those of its operator: a part of every key of
                       random numbers */
    bool random;    /* another epoch is another sequence; preset from OP_RANDOM, drawn arguments
                       and in[]; open() may change it */
    uint32_t subject;    /* which of in[] drawn {field}s are taken from: the record behind `on` */
    double chance;       /* OP_ELEMENT: that it is applied to an element; 1 = always */
    struct draws *draws; /* arguments that are drawn for each element; owned; NULL = none */
    bool shared_self;    /* params and draws belong to the step that this is a copy of */
    uint64_t digest[2];  /* of operator and arguments */
    uint32_t column;     /* struct columns: which this is */
    uint64_t plugged;    /* hash of the shared object that op is of, as it was; 0 = it is ours */
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
/* What size() of struct op tells; where the bytes lie ready in a file, perhaps by a stat(2). */
bool seq_size(const struct seq *s, uint64_t i, uint64_t *ret); /* i may be SEQ_ANY */
bool seq_is_quick(const struct seq *s,
                  uint64_t i);                     /* s->trivial, or this element needs no worker */
char *seq_origin(const struct seq *s, uint64_t i); /* owned; NULL = comes from no file */
/* Whether a step with a chance is not applied to element i. */
bool seq_is_spared(const struct seq *s, uint64_t i);
/* Whether the image that an operation of several images works on is one of its arguments. */
bool seq_main_is_given(const struct seq *s);
/* Visits the files that element i comes from, all of them if it is made of several; some perhaps
 * several times, and of more than SEQ_ORIGINS sources only the first. */
#define SEQ_ORIGINS 256
void seq_each_origin(const struct seq *s, uint64_t i, void (*visit)(void *ctx, const char *path),
                     void *ctx);

/* Whether every element has the attribute; offers all known ones to near (which may be NULL).
 *
 * Attributes are `index`, those of the source (`path`, `stem`, `line`...), `value` where an element
 * is a scalar that costs no more than a look (a number of `range`, a line, a listed value), and of
 * records: FIELD for such a scalar, FIELD.NAME for an attribute of a field, NAME for that of the
 * first field that has it. */
struct nearest;
bool seq_has_attr(const struct seq *s, const char *name, struct nearest *near);
/* Whether some elements have it, as far as the first few thousand tell. */
bool seq_may_have_attr(const struct seq *s, const char *name);
/* Visits the names of all attributes that elements may have; some perhaps several times. */
void seq_each_attr(const struct seq *s, void (*visit)(void *ctx, const char *name), void *ctx);

/* Lists and records whose type is parted; i < s->len or SEQ_ANY where op tells so. */
uint64_t seq_n_parts(const struct seq *s, uint64_t i);
/* The one element that may have fewer than seq_n_parts(s, SEQ_ANY) tells; false = there is none. */
bool seq_find_odd(const struct seq *s, uint64_t *ret);
/* What every element has, that one included; SEQ_ANY = they differ. */
uint64_t seq_n_parts_of_all(const struct seq *s);
bool seq_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
              uint64_t *ret_i);
const char *seq_field(const struct seq *s, uint64_t k);
/* The same of one element, where not all need be records with the same fields; NULL = none. */
const char *seq_field_of(const struct seq *s, uint64_t i, uint64_t k);
struct type seq_part_type(const struct seq *s, uint64_t i, uint64_t k);
/* Computes all parts of element i, and makes the list or record of them. */
int seq_collect(const struct seq *s, struct eval *e, uint64_t i, struct value **ret);
/* The part of a record that has this name; false = none. */
bool seq_find_field(const struct seq *s, const char *name, uint64_t *ret);
/* Computes part k of element i, and no other part if that can be avoided. */
int seq_get_part(const struct seq *s, struct eval *e, uint64_t i, uint64_t k, struct value **ret);

/* What elements of both types have in common. */
struct type type_common(struct type a, struct type b);
