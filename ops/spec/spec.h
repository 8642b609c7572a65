/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A spec file, read: its tree of nodes with every parameter filled in, and its text. */
#pragma once

#include "ops/base/own.h"
#include "ops/spec/complain.h"
#include "ops/spec/node.h"

#include <time.h>

#define SPEC_MAX_BYTES (4u << 20) /* of the file */
#define SPEC_MAX_NODES (1u << 20) /* with every alias counted as often as it is used */
#define SPEC_MAX_DEPTH 64
#define SPEC_MAX_TEXT (1u << 16) /* of one scalar after parameters were filled in, in bytes */

/* Lifetime: plan.  Immutable. */
struct spec;

/* Reads and checks the YAML of a file: one document, a mapping at the top, keys all different,
 * sizes and depth within the limits above, valid UTF-8.  Then fills in parameters: ${name} (a
 * default from the top-level `params`, overridden by defines, a NULL-terminated list of
 * "name=value" or NULL),
 * ${env:NAME} and ${env:NAME:-default} in every scalar, $${ for a literal ${.  A scalar that is one
 * parameter and nothing else counts as plain (unquoted).  A default of null makes a parameter
 * required. Every fault is added to c.  0 means that there is a tree, perhaps with complaints:
 * nodes that they are about are `broken`, so that whoever makes something of the tree can find the
 * other faults.  Less than 0 means that there is nothing to go on with.  Bounded in time and
 * memory. */
int spec_load(const char *path, char *const *defines, struct complaints *c, struct spec **ret);

/* The same from memory; path is used for messages and for relative paths, and need not exist. */
int spec_parse(const char *path, const char *text, size_t len, char *const *defines,
               struct complaints *c, struct spec **ret);

void spec_free(struct spec *s);
OWN_DEFINE(struct spec, spec_free)

const struct node *spec_root(const struct spec *s); /* a mapping */
const char *spec_path(const struct spec *s);        /* as given */
const char *spec_folder(const struct spec *s);      /* absolute; relative paths start here */
const char *spec_text(const struct spec *s, size_t *ret_len);
struct timespec spec_mtime(const struct spec *s); /* 0 for a spec from memory */
