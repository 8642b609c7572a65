/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the sequences of a spec to what is mounted: the levels of lists and records, the files, and
 * the views of them.  Private to ops/core. */
#pragma once

#include "ops/core/pipeline.h"
#include "ops/core/plan.h"

/* Appends a struct output for s to outputs; false after having complained, and nothing appended. */
bool outputs_add(GArray *outputs, struct pipeline *p, const char *name, struct seq *s,
                 struct mark mark);

/* Appends the manifests of the datasets in outputs, which are all, where a `manifest` step wants
 * them. */
void outputs_add_manifests(GArray *outputs, struct pipeline *p);

/* Appends the views of the datasets, the first n_datasets of outputs, and of the named sequences
 * (struct named_seq).  What cannot be viewed is left out in silence. */
void outputs_add_views(GArray *outputs, struct pipeline *p, const GArray *named,
                       uint32_t n_datasets);
