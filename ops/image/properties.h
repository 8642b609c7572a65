/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the arguments of a spec to the properties of a libvips object. */
#pragma once

#include "ops/image/arguments.h"

struct digest;
struct node;

/* Adds the files that the arguments name. */
void properties_identify(const struct arguments *a, const void *params, uint64_t given,
                         const char *folder, struct digest *d);
/* The same of one argument that is a colour profile, or NULL. */
void properties_identify_profile(const char *profile, const char *folder, struct digest *d);

/* Puts the name of a step before what f says, as complaints about a spec want it.  Returns -f->err.
 */
int properties_fault(struct fault *f, const char *step);

/* A colour profile, by the name of one that is built in or by the path of a file that is there. */
int properties_check_profile(const char *arg, const char *profile, const char *folder,
                             struct fault *f);
/* As libvips wants it: relative paths start at folder. */
char *properties_profile(const char *profile, const char *folder);

/* What the table cannot check: lists are not empty, colour profiles are built in or files. */
int properties_check(const struct arguments *a, const void *params, uint64_t given,
                     const char *folder, struct fault *f);

/* Binds the pairs of a mapping to params, those named in skip (NULL-terminated) left out.  The
 * first fault is reported, naming its key.  strings must outlive params; lists are freed by
 * properties_clear(). */
int properties_bind(const struct arguments *a, const struct node *mapping, const char *const *skip,
                    GStringChunk *strings, struct fault *f, void *ret_params, uint64_t *ret_given);
void properties_clear(const struct arguments *a, void *params);

/* Sets the properties whose bits are in given, but not images; nothing but ready values of the
 * right type ever reaches libvips, whose own readers of strings clamp, guess and abort. */
void properties_set(const struct arguments *a, const void *params, uint64_t given,
                    const char *folder, VipsObject *object);
