/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Patterns for paths, as shells have them: * ? [a-z] {a,b} and, as a whole part, ** for any
 * folders. */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/own.h"

#include <stdbool.h>

#define PATTERN_MAX 4096              /* bytes of a pattern */
#define PATTERN_MAX_ALTERNATIVES 1024 /* that its braces stand for */
#define PATTERN_MAX_RANGES (1 << 20)  /* the same where there are ranges */

enum pattern_kind {
    PATTERN_LITERAL, /* text is a name */
    PATTERN_WILD,    /* text is matched with pattern_match() */
    PATTERN_DEEP,    /* any number of folders; never the last part */
};

/* One part of a path.  Lifetime: the pattern's. */
struct pattern_part {
    char *text; /* owned; NULL for PATTERN_DEEP */
    enum pattern_kind kind;
    bool last; /* else the next part follows in the array */
};

/* One way to choose from the braces. */
struct pattern_start {
    uint32_t part; /* its first */
    bool absolute;
};

/* Lifetime: its owner's.  Immutable. */
struct pattern {
    GArray *parts;  /* struct pattern_part */
    GArray *starts; /* struct pattern_start */
};

/* A pattern that is written wrong is a fault.  Messages quote the pattern and name no operator. */
int pattern_new(const char *text, struct fault *f, struct pattern **ret);
void pattern_free(struct pattern *p);
OWN_DEFINE(struct pattern, pattern_free)

/* Appends what a pattern with ranges of numbers stands for, "x-{000..127}.tar": patterns without
 * braces, owned by texts, in the order they are written, with as many digits where a bound begins
 * with 0.  A pattern without ranges stays as it is. */
int pattern_expand(const char *text, GPtrArray *texts, struct fault *f);

/* How many bytes of the folder of every file that matches are as the pattern has them: the parts
 * before the first that has wildcards or braces, with a slash behind each. */
uint32_t pattern_base(const char *text);

/* Whether a name matches a wild part.  A leading dot is only matched by a dot.  Characters are
 * those of UTF-8 whatever the locale; bytes that are none count as one character each. */
bool pattern_match(const char *wild, const char *name);
