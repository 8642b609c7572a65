/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which files have a size that is known before they are computed.  Private to ops/core. */
#pragma once

#include "ops/core/plan.h"

/* Sets `sized` and `each` of all outputs; steps: every struct seq of the plan, by id. */
void sizing_mark(const GPtrArray *steps, GArray *outputs);
