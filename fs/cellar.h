/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `cache` steps keep on disk: packed values, in a vault for each step that wants one. */
#pragma once

#include "fs/vault.h"
#include "ops/core/plan.h"

/* Lifetime: mount.  Any thread, any process after a fork; whoever has the same plan may make one of
 * its own. */
struct cellar;

/* A folder that cannot be had is told of by cellar_take_trouble(); its step keeps nothing there. */
struct cellar *cellar_new(const struct plan *p);
void cellar_free(struct cellar *c); /* takes NULL; the folders stay */
OWN_DEFINE(struct cellar, cellar_free)

/* Where the step's vault counts: before the first use, s outlives c.  Nothing if it has none. */
void cellar_set_state(struct cellar *c, uint32_t step, struct vault_state *s);

/* What the value of element i is called there: of the input of s, a `cache` step, packed.  None:
 * nothing is kept of it. */
struct identity cellar_name(const struct cellar *c, const struct seq *s, uint64_t i);

/* false = it is not there. */
bool cellar_get(const struct cellar *c, const struct seq *s, struct identity name, GBytes **ret);

/* Keeps a value.  name: told before it was computed; if it is another now, the value may be of a
 * source that changed meanwhile, and is not kept. */
void cellar_put(const struct cellar *c, const struct seq *s, uint64_t i, struct identity name,
                GBytes *packed);

/* Something to tell, each once: a sentence.  false = nothing; cheap. */
bool cellar_take_trouble(struct cellar *c, struct fault *ret);

/* false = the step keeps nothing on disk. */
bool cellar_look_figures(const struct cellar *c, uint32_t step, struct vault_figures *ret);
