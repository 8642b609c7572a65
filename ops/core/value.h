/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an element is: immutable, counted data of one of a few kinds. */
#pragma once

#include "ops/base/own.h"
#include "ops/core/array.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum value_kind {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_INT,
    VALUE_FLOAT,
    VALUE_TEXT,   /* UTF-8, no NUL inside */
    VALUE_BYTES,  /* the bytes of a file, encoded somehow or not */
    VALUE_IMAGE,  /* an opaque picture of ops/image */
    VALUE_ARRAY,  /* items of one type along axes */
    VALUE_RECORD, /* named fields, in order */
    VALUE_LIST,
};

/* Lifetime: shared.  Never changes once handed out; any thread may hold and drop references. */
struct value;

struct value *value_new_null(void);
struct value *value_new_bool(bool b);
struct value *value_new_int(int64_t n);
struct value *value_new_float(double x);
struct value *value_new_text(const char *text, gssize len); /* copies; len < 0: a C string */
struct value *value_new_text_bytes(GBytes *own);            /* a text without its NUL */
struct value *value_new_bytes(GBytes *own);
/* release() is called with own_image when the last reference goes. */
struct value *value_new_image(void *own_image, GDestroyNotify release);
/* type is copied; own_items has as many bytes as it says. */
struct value *value_new_array(const struct array_type *type, GBytes *own_items);
/* names and items are copied, the items' references are taken over. */
struct value *value_new_record(uint32_t len, const char *const *names, struct value **own_items);
struct value *value_new_list(uint32_t len, struct value **own_items);

struct value *value_ref(struct value *v);
void value_unref(struct value *v); /* takes NULL */
OWN_DEFINE(struct value, value_unref)

enum value_kind value_kind(const struct value *v);
const char *value_kind_name(enum value_kind kind); /* "text", "image"... for messages */

/* Each may only be asked of its kind.  Results are borrowed. */
bool value_bool(const struct value *v);
int64_t value_int(const struct value *v);
double value_float(const struct value *v); /* also of an int */
/* Also of a text, without a NUL, and of an array: its items, aligned for any of them. */
GBytes *value_bytes(const struct value *v);
const struct array_type *value_array_type(const struct value *v);
void *value_image(const struct value *v);
uint32_t value_len(const struct value *v); /* record, list */
struct value *value_item(const struct value *v, uint32_t i);
const char *value_name(const struct value *v, uint32_t i); /* record */
struct value *value_field(const struct value *v,
                          const char *name); /* record; NULL = no such field */

/* Appends a null, bool, int, float or text as it reads in a file: floats with the fewest digits
 * that read back the same, "nan", "inf".  false, and nothing appended, for other kinds. */
bool value_print(const struct value *v, GString *ret);
