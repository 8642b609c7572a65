/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every knob of a mount: one table of names, defaults and help serves the command line, -o and the
 * spec. */
#pragma once

#include "fs/crew.h"
#include "ops/base/own.h"
#include "ops/core/plan.h"

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

enum pin_mode {
    PIN_AUTO, /* where there are as many workers as CPUs */
    PIN_ON,
    PIN_OFF,
};

enum size_mode {
    SIZE_MODE_GUESS, /* stat tells a placeholder until an element is evaluated */
    SIZE_MODE_EXACT, /* stat evaluates */
};

/* Lifetime: process.  Strings are owned. */
struct conf {
    /* sections of the spec, which options override */
    struct {
        int64_t count;     /* 0 = one a CPU */
        int64_t isolation; /* enum isolation */
        double timeout;
        uint64_t memory;
        int64_t nice;
        int64_t pin; /* enum pin_mode */

    } workers;
    struct {
        int64_t ahead;  /* elements; -1 = auto */
        uint64_t bytes; /* 0 = half of the memory */
    } prefetch;
    struct {
        uint64_t memory;    /* bytes; 0 = a quarter of the machine's */
        char *disk;         /* absolute folder; NULL = the user's cache folder, "" = none */
        uint64_t disk_size; /* bytes */
    } cache;
    struct {
        int64_t retry;
    } errors;

    /* of the mount alone */
    char *size_index;     /* absolute folder; NULL = the user's cache folder, "" = none */
    int64_t size;         /* enum size_mode */
    uint64_t placeholder; /* bytes told for what is not evaluated */
    bool control_visible;
    bool foreground;
    bool nonempty;
    bool read_only;
    bool allow_other;
    bool debug;
    char *spec;         /* as given; made absolute before the server leaves its folder */
    char *mountpoint;   /* absolute */
    GPtrArray *defines; /* "name=value", NULL-terminated for plan_load() */

    uint64_t given; /* bit n: knob n of the table was given as an option */
};

void conf_init(struct conf *c);
void conf_finish(struct conf *c);
OWN_DEFINE(struct conf, conf_finish)

/* Fills ret with the same options, for another spec: what a spec said is the default again. */
void conf_renew(const struct conf *c, struct conf *ret);

/* Takes options out of argv (GOption): long options, -o lists of the same names, -D, -f.  What is
 * left are the positional arguments.  Options that fstab and mount(8) add (nofail, _netdev, x-*,
 * ro, nosuid...) are accepted and ignored.  On a wrong one: a sentence in f, EINVAL. */
int conf_parse_args(struct conf *c, int *argc, char ***argv, struct fault *f);

/* Adds the value of a parameter of the spec, "name=value". */
int conf_add_define(struct conf *c, const char *text, struct fault *f);

/* Fills in what the spec's sections `workers`, `prefetch`, `cache` and `errors` say and no option
 * did. */
int conf_take_spec(struct conf *c, const struct plan *p, struct complaints *complaints);

/* The crew that these settings mean. */
void conf_crew(const struct conf *c, struct crew_conf *ret);

/* The folder of sizes and failures that are kept across mounts; NULL = none.  Owned by the caller.
 */
char *conf_size_index(const struct conf *c);

/* The folder of results that are kept across mounts; NULL = none.  Owned by the caller. */
char *conf_disk(const struct conf *c);

/* The options in groups, for --help.  Generated from the table. */
void conf_print_help(FILE *out);
