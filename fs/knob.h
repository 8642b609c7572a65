/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of knobs: names, kinds, defaults and help.  Private to `conf`. */
#pragma once

#include "fs/conf.h"
#include "ops/core/param.h"

/* Lifetime: static. */
struct knob {
    struct param param;  /* name: of the option; offset: in struct conf */
    const char *group;   /* heading in --help */
    const char *section; /* of the spec; NULL = an option alone */
    const char *key;     /* in that section; NULL = in the mapping of the knob before */
    char letter;         /* of a short option, or 0 */
    bool automatic;      /* takes `auto` */
    int64_t automatic_value;
    bool narrow;     /* the field of a choice is a bool */
    bool can_be_off; /* PATH: takes `off`, which is kept as "" */
};

#define KNOBS_N 21
extern const struct knob knob_table[]; /* so many */

/* Turns it.  label says where the text stood: "option '--workers'". */
int knob_set(const struct knob *k, struct conf *c, const char *label, const char *text,
             struct fault *f);

/* By its name or its letter; NULL = there is none. */
const struct knob *knob_find(const char *name);

/* '-' and '_' are the same. */
bool knob_same_name(const char *a, const char *b);

/* Its line of --help. */
void knob_print(const struct knob *k, FILE *out);
