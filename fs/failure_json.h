/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A failure as JSON, all but which element it is of. */
#pragma once

#include "fs/errlog.h"
#include "ops/core/plan.h"

#include <jansson.h>

/* Adds the members when, seconds, attempt, err, late, source, text, detail and trail to an object.
 * Texts that are no UTF-8 are made so. */
void failure_json_put(const struct failure *f, json_t *object);

/* The same back; key stays as it is.  false = it is none, or its trail names steps that p has not
 * got. */
bool failure_json_get(const json_t *object, const struct plan *p, struct failure *ret);
