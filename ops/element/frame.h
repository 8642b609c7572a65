/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frames that a program which stays is asked and answers by: a line, and as many bytes as the
 * line says.  docs/coprocess.md tells their form. */
#pragma once

#include "ops/op.h"

enum frame_kind {
    FRAME_OK,
    FRAME_ARRAY,
    FRAME_ERROR,
};

/* Which answers are right. */
struct frame_rules {
    const char *program;     /* for messages; borrowed */
    uint64_t number;         /* of the request */
    uint64_t max, max_error; /* bytes, of a result and of an error's text */
};

#define FRAME_HEAD 4096 /* bytes that a line may have */

/* An answer on its way.  Lifetime: call. */
struct frame {
    struct frame_rules rules;
    size_t head_len; /* bytes of the first line, and what came with it */
    bool has_head;
    bool surplus; /* there was something behind its end */

    /* Once it has a head. */
    enum frame_kind kind;
    struct array_type type; /* FRAME_ARRAY */
    uint64_t len, got;      /* bytes of the body */
    char *body;             /* owned */
    char head[FRAME_HEAD];
};

/* Appends "bytes NUMBER LENGTH" or "array NUMBER LENGTH DTYPE SHAPE", the beginning of a request's
 * line.  array: or NULL. */
void frame_print_head(uint64_t number, uint64_t len, const struct array_type *array, GString *ret);

struct frame *frame_new(const struct frame_rules *rules);
void frame_free(struct frame *f);
OWN_DEFINE(struct frame, frame_free)

bool frame_is_whole(const struct frame *f);

/* Where the next bytes of one that is not whole go, and how many at most. */
void frame_want(struct frame *f, char **ret_at, size_t *ret_len);

/* So many have come.  Faults: it is no frame, or one of another request (EPROTO), it is too large
 * (EFBIG, ENOMEM). */
int frame_add(struct frame *f, size_t len, struct fault *fault);
