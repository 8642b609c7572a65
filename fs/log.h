/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line an event: to standard error in the foreground, and the last ones to .seqfs/log. */
#pragma once

#include "ops/base/own.h"

#include <glib.h>
#include <stdbool.h>

/* Lifetime: mount.  Any thread. */
struct log;

/* Keeps the last 1000 lines; to_stderr also prints each. */
struct log *log_new(bool to_stderr);
void log_free(struct log *l);
OWN_DEFINE(struct log, log_free)

/* Adds a line with its time; newlines within become blanks. */
void log_add(struct log *l, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* All lines kept, oldest first.  Appends. */
void log_print(struct log *l, GString *ret);
