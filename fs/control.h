/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files about the mount, .seqfs/NAME: a name and a function that prints each. */
#pragma once

#include "fs/dataset.h"
#include "fs/names.h"

/* The names, in order, NULL-terminated: PLACE_CONTROL's index counts them. */
extern const char *const control_names[];

/* Appends the text of one as of now.  May take long for some (index.tsv of a million): not on a
 * FUSE thread. */
void control_print(uint64_t control, struct dataset *d, const struct names *n, GString *ret);

/* Whether readers write there what they want. */
bool control_is_written(uint64_t control, enum wish *ret);

/* Whether its text can be had at once, so that stat may tell its length. */
bool control_is_quick(uint64_t control);

/* The failure that a PLACE_ERROR or PLACE_ERROR_ROW tells, counted, or NULL. */
struct failure *control_look_failure(struct dataset *d, const struct names *n, struct place p);

/* Forgets all failures that such a place stands for; false = there are none. */
bool control_forget(struct dataset *d, const struct names *n, struct place p);

/* Appends the report of an element's failure, .errors/INDEX. */
void control_print_error(struct dataset *d, const struct conf *conf, const struct failure *f,
                         GString *ret);
/* Appends its first line alone, without a newline. */
void control_print_headline(struct dataset *d, const struct conf *conf, const struct failure *f,
                            GString *ret);
