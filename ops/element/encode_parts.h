/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of encode, for its files alone: encode.c is the operator, encode_check.c says what
 * cannot be written, encode_file.c writes one value, encode_csv.c and encode_tar.c write those of
 * several. */
#pragma once

#include "ops/op.h"

#include "ops/image/format.h"
#include "ops/image/loaders.h"

struct encode {
    const char *format;
    bool newline;
    const char *delimiter;
    int64_t header; /* enum heading */
    const struct node *rest;
};

enum heading { HEADING_USUAL, HEADING_ON, HEADING_OFF };

enum target {
    TARGET_BY_KIND,
    TARGET_TEXT,
    TARGET_JSON,
    TARGET_CSV,
    TARGET_NPY,
    TARGET_RAW,
    TARGET_NPZ,
    TARGET_TAR,
    TARGET_IMAGE
};

/* Lifetime: plan. */
struct made {
    enum target target;
    const struct format *format;    /* TARGET_IMAGE */
    struct format_options *options; /* owned; NULL = none given */
    struct loaders *loaders;        /* owned; TARGET_IMAGE: for bytes that are to be an image */
    struct parts *numbers;          /* owned; TARGET_TAR of lists: their items, numbered through */
};

static inline bool encode_is_scalar(enum value_kind kind)
{
    return kind <= VALUE_TEXT;
}

/* "npy"; of images, what the format is called. */
const char *encode_target_name(const struct made *m);

/* encode_check.c: EINVAL, and why. */
/* An element of this kind cannot be written so. */
int encode_check_kind(const struct made *m, enum value_kind kind, struct fault *f);
/* No element of in can, for what its parts are. */
int encode_check_parts(const struct made *m, const struct seq *in, struct fault *f);
/* An argument is not one of the target's. */
int encode_check_keys(const struct encode *p, const struct made *m, struct fault *f);
int encode_check_delimiter(const struct encode *p, struct fault *f);

/* encode_file.c: the file of one value. */
/* What it is when nobody said: its suffix, by the kind and the suffix that its type has or NULL. */
const char *encode_suffix(enum value_kind kind, const char *suffix);
int encode_by_kind(const struct call *c, const char *suffix, struct value *in, struct value **ret);
int encode_text(const struct encode *p, const struct value *in, struct fault *f,
                struct value **ret);
int encode_json(const struct encode *p, const struct value *in, struct fault *f,
                struct value **ret);
int encode_npy(const struct value *in, struct fault *f, struct value **ret);
int encode_raw(const struct value *in, struct fault *f, struct value **ret);
int encode_npz(const struct value *in, struct fault *f, struct value **ret);
/* Of an image, or an array that becomes one. */
int encode_image(const struct call *c, const struct format *format, struct value *in,
                 struct value **ret);

/* The array that an element of this type is or becomes; false = only computing tells. */
bool encode_array_type(struct type t, struct array_type *ret);
bool encode_npy_size(struct type t, uint64_t *ret);
/* Of the npz of element i of in, or of any for SEQ_ANY. */
bool encode_npz_size(const struct seq *in, uint64_t i, uint64_t *ret);

/* encode_csv.c: a record, or a list of records. */
int encode_csv(const struct encode *p, const struct value *in, struct fault *f, struct value **ret);

/* encode_tar.c: a record, or a list of anything. */
int encode_tar(const struct call *c, struct value *in, struct value **ret);
/* Whether files of a tar would have one name, as far as types tell: EEXIST. */
int encode_tar_check(const struct seq *in, struct fault *f);
/* size() and identify() of struct op. */
bool encode_tar_size(const struct seq *s, uint64_t i, uint64_t *ret);
void encode_tar_identify(const struct seq *s, uint64_t i, struct digest *d);
