/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file formats that libvips writes, and their options. */
#pragma once

#include "ops/base/nearest.h"
#include "ops/core/seq.h"
#include "ops/image/image.h"

struct node;

/* One format; static. */
struct format;

/* By name or by one of its suffixes, whatever the case; NULL = none that this libvips can write. */
const struct format *format_find(const char *name);
void format_offer(struct nearest *near);
const char *format_suffix(const struct format *format); /* without a dot */
const char *format_name(const struct format *format);

/* Options for writing a format, as its saver in libvips calls them.  Lifetime: a step's; immutable.
 */
struct format_options;

/* From the pairs of args, those named in skip (NULL-terminated) left out, for the step s, whose
 * inputs are set.  Scalar options may be drawn for each element.  The first fault names its key. */
int format_options_new(const struct format *format, const struct node *args,
                       const char *const *skip, const struct seq *s, struct fault *f,
                       struct format_options **ret);
void format_options_free(struct format_options *o);
OWN_DEFINE(struct format_options, format_options_free)

/* Whether another epoch draws other options. */
bool format_options_are_random(const struct format_options *o);

/* Adds the options of the element of a call that are drawn, and the files that options name. */
void format_options_identify(const struct format_options *o, const struct call *c,
                             struct digest *d);

/* Computes the pixels and writes the file for the element of a call.  options may be NULL. */
int format_write(const struct format *format, const struct format_options *options,
                 const struct image *image, const struct call *c, GBytes **ret);
