/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a step of the plan was told, for the rooms that do part of its work. */
#pragma once

#include "ops/core/seq.h"

/* Whether the step uses the operator of this name. */
bool step_is(const struct seq *s, const char *op);

/* A number among its arguments (of kind INT or SIZE); false = the spec does not give it, and *ret
 * is the operator's default.  The operator has an argument of that name. */
bool step_number(const struct seq *s, const char *argument, uint64_t *ret);

/* A text among its arguments (STRING), or NULL. */
const char *step_text(const struct seq *s, const char *argument);

/* An argument as the spec has it (NODE), or NULL. */
const struct node *step_node(const struct seq *s, const char *argument);
