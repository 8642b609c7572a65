/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values written out in a spec. */
#pragma once

#include "ops/core/value.h"
#include "ops/spec/node.h"

/* Numbers, true, false and null as YAML 1.2 has them; other scalars and what is quoted are text;
 * lists are lists and mappings records. */
struct value *literal_value(const struct node *n);
