/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GLib's regular expressions (PCRE2) with messages of ours.  How often one may go back and forth is
 * limited by PCRE2 itself. */
#include "ops/element/regex.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* GLib: "... at char 3: missing terminating )". */
static int refuse(const char *what, const char *text, const GError *error, struct fault *f)
{
    const char *at = g_strrstr(error->message, " at char "), *colon = at ? strstr(at, ": ") : NULL;

    if (!colon)
        return fault_set(f, EINVAL, "'%.128s' is no %s: %s", text, what, error->message);
    return fault_set(f, EINVAL, "'%.128s' is no %s: %s at character %.*s", text, what, colon + 2,
                     (int)(colon - at) - (int)strlen(" at char "), at + strlen(" at char "));
}

int regex_new(const char *pattern, struct fault *f, GRegex **ret)
{
    g_autoptr(GError) error = NULL;
    GRegex *regex = g_regex_new(pattern, G_REGEX_OPTIMIZE, 0, &error);

    if (!regex)
        return refuse("regular expression", pattern, error, f);
    /* The first match compiles it to machine code; after this one it changes no more. */
    g_regex_match(regex, "", 0, NULL);
    *ret = regex;
    return 0;
}

static int no_group(const GRegex *regex, const char *what, int len, struct fault *f)
{
    return fault_set(f, EINVAL, "'%.*s' is no group of '%.128s', which has %d", MIN(len, 64), what,
                     g_regex_get_pattern(regex), g_regex_get_capture_count(regex));
}

/* What stands behind \g: a number or a name, <1> or <name>. */
static int check_named(const GRegex *regex, const char *at, struct fault *f)
{
    const char *name = at + strlen("\\g<"), *end = strchr(name, '>');
    g_autofree char *group = g_strndup(name, (gsize)(end - name));
    guint64 n;

    bool number = g_ascii_string_to_unsigned(group, 10, 0, G_MAXINT, &n, NULL);
    if (number ? n <= (guint64)g_regex_get_capture_count(regex)
               : g_regex_get_string_number(regex, group) >= 0)
        return 0;
    return no_group(regex, at, (int)(end + 1 - at), f);
}

/* \12 and the like are read as GLib does: one or two digits that begin with another than 0. */
static int check_numbered(const GRegex *regex, const char *at, struct fault *f)
{
    int len = g_ascii_isdigit(at[2]) ? 2 : 1;
    int n = len == 2 ? (at[1] - '0') * 10 + at[2] - '0' : at[1] - '0';

    return n <= g_regex_get_capture_count(regex) ? 0 : no_group(regex, at, len + 1, f);
}

int regex_check_replacement(const GRegex *regex, const char *with, struct fault *f)
{
    g_autoptr(GError) error = NULL;
    int r = 0;

    if (!g_regex_check_replacement(with, NULL, &error))
        return refuse("replacement", with, error, f);
    for (const char *at = with; r == 0 && *at; at++) {
        if (*at != '\\')
            continue;
        if (at[1] == 'g' && at[2] == '<')
            r = check_named(regex, at, f);
        else if (at[1] >= '1' && at[1] <= '9')
            r = check_numbered(regex, at, f);
        at++; /* what it stands before, perhaps another \ */
    }
    return r;
}

int regex_next(struct regex_search *s, struct fault *f, int *ret_start, int *ret_end)
{
    g_autoptr(GError) error = NULL;
    gboolean found;

    if (s->deadline && g_get_monotonic_time() > s->deadline)
        return fault_set(f, ETIMEDOUT, "'%.128s': the time allowed is over",
                         g_regex_get_pattern(s->regex));
    if (!s->match && strlen(s->text) >= INT_MAX)
        return fault_set(f, EFBIG, "a text of %zu bytes is too long to be searched",
                         strlen(s->text));
    if (!s->match)
        found = g_regex_match_full(s->regex, s->text, -1, 0, 0, &s->match, &error);
    else
        found = g_match_info_next(s->match, &error);
    if (error)
        return fault_set(f, EINVAL, "searching for '%.128s': %s", g_regex_get_pattern(s->regex),
                         strrchr(error->message, ':') ? strrchr(error->message, ':') + 2
                                                      : error->message);
    if (!found)
        return 0;
    g_match_info_fetch_pos(s->match, 0, ret_start, ret_end);
    return 1;
}

void regex_finish(struct regex_search *s)
{
    g_clear_pointer(&s->match, g_match_info_unref);
}

void regex_identify(struct digest *d)
{
    digest_number(d, (uint64_t)glib_major_version << 32 | glib_minor_version);
}
