/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells one element's failure: what, where in the spec, from which source, and how to see it again.
 */
#include "ops/core/report.h"

#include "ops/core/shape.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* The step of a number that s stands on, or s itself, a few steps down; NULL = none. */
static const struct seq *find_below(const struct seq *s, uint32_t id, unsigned steps)
{
    if (s->id == id || steps == 0)
        return s->id == id ? s : NULL;
    for (uint32_t n = 0; n < s->n_in; n++) {
        const struct seq *found = find_below(s->in[n], id, steps - 1);
        if (found)
            return found;
    }
    return NULL;
}

#define SOURCES_SHOWN 8
#define STEPS_BELOW 4 /* between two steps of a trail, where some were gone round */

/* The step that failed, the innermost of the trail, else the output's last.  Of the copies that
 * epochs make, which share a number, it is the one on the way. */
static const struct seq *culprit(const struct plan *p, const struct incident *at,
                                 const struct fault *f, uint64_t *ret_i)
{
    const struct seq *s = plan_output(p, at->output)->seq;

    *ret_i = at->index;
    for (uint32_t t = f->trail_len; t-- > 0;) {
        const struct seq *below = find_below(s, f->trail[t].step, STEPS_BELOW);
        const struct seq *step = below ? below : plan_step(p, f->trail[t].step);
        if (!step)
            continue;
        s = step;
        *ret_i = f->trail[t].index;
    }
    return s;
}

/* A file as the spec would write it: from its folder on, if it lies there. */
static void print_file(const struct seq *s, const char *origin, GString *ret)
{
    const size_t len = strlen(s->folder);
    const bool below = strncmp(origin, s->folder, len) == 0 && origin[len] == '/';

    g_string_append(ret, below ? origin + len + 1 : origin);
}

/* "words.txt:3", where the element of a source is made of a line of a file and not of a file that
 * the line names. */
static bool print_line(const struct seq *s, uint64_t i, GString *ret)
{
    g_autoptr(GString) path = g_string_new(NULL), line = g_string_new(NULL);
    g_autofree char *origin = NULL;
    bool has_path;

    if (!s->op->attr || !s->op->attr(s, i, "line", line))
        return false;
    has_path = s->op->attr(s, i, "path", path);
    if (has_path && seq_type(s, i).kind != VALUE_TEXT)
        return false;
    origin = has_path ? NULL : seq_origin(s, i);
    if (has_path)
        g_string_append(ret, path->str);
    else if (origin)
        print_file(s, origin, ret);
    g_string_append_printf(ret, "%s%s", has_path || origin ? ":" : "line ", line->str);
    return true;
}

/* Where an element comes from in the end; NULL = that is not known, or nowhere. */
static const struct seq *find_origin(const struct seq *s, uint64_t i, uint64_t *ret_i)
{
    const struct seq *in = s;
    uint64_t j = i;

    *ret_i = i;
    for (; in && j < in->len; seq_route(s, *ret_i, &in, &j)) {
        s = in;
        *ret_i = j;
    }
    return in ? NULL : s;
}

/* "photos/cat.jpg", "words.txt:3" or, of rows of a table, "photos.csv:5"; false = nothing is known.
 */
static bool print_source(const struct seq *s, uint64_t i, GString *ret)
{
    const struct seq *source;
    uint64_t j;

    if (i >= s->len)
        return false;
    source = find_origin(s, i, &j);
    return (source && print_line(source, j, ret)) || seq_attr(s, i, "path", ret);
}

/* The source of what failed, else of the whole element.  Of a source's fields, it is the one that
 * the element is. */
static void print_path(const struct plan *p, const struct incident *at, const struct fault *f,
                       GString *ret)
{
    uint64_t i, j;
    const struct seq *whole = plan_output(p, at->output)->seq;
    const struct seq *s = culprit(p, at, f, &i), *origin = find_origin(whole, at->index, &j);

    if (origin && origin->id == s->id && j == i)
        s = origin;
    if (!print_source(s, i, ret))
        print_source(whole, at->index, ret);
}

/* The folder of an output, below the mountpoint. */
static void print_folder(const struct plan *p, const struct output *o, GString *ret)
{
    const char *dataset = plan_output(p, o->dataset)->name;
    const char *slash = *dataset ? "/" : "";

    switch (o->kind) {
    case OUTPUT_DATASET:
        g_string_append_printf(ret, "%s%s", o->name, *o->name ? "/" : "");
        break;
    case OUTPUT_SEQUENCE:
        g_string_append_printf(ret, ".seqfs/sequences/%s/", o->name);
        break;
    case OUTPUT_STAGE:
        g_string_append_printf(ret, ".seqfs/stages/%s%s%s/", dataset, slash, o->name);
        break;
    case OUTPUT_CONTACT:
        g_string_append_printf(ret, ".seqfs/contact/%s%s", dataset, slash);
        break;
    case OUTPUT_MANIFEST:
        g_string_append_printf(ret, "%s%s", dataset, slash);
        break;
    }
}

void report_print_element(const struct plan *p, const struct incident *at, GString *ret)
{
    const struct output *o = plan_output(p, at->output);
    const char *suffix = seq_type(o->seq, SEQ_ANY).suffix;

    print_folder(p, o, ret);
    if (o->kind == OUTPUT_CONTACT)
        g_string_append_printf(ret, "%" PRIu64 "-%" PRIu64 ".%s", at->index / CONTACT_MAX,
                               at->index / CONTACT_MAX + at->index % CONTACT_MAX,
                               suffix ? suffix : "jpg");
    else if (o->kind == OUTPUT_MANIFEST)
        g_string_append(ret, MANIFEST_NAME);
    else
        shape_print_path(o, shape_file(o, at->index), ret);
}

void report_headline(const struct plan *p, const struct incident *at, const struct fault *f,
                     GString *ret)
{
    g_autoptr(GString) source = g_string_new(NULL);
    uint64_t i;

    print_path(p, at, f, source);
    g_string_append(ret, "element ");
    report_print_element(p, at, ret);
    if (source->len)
        g_string_append_printf(ret, " (%s)", source->str);
    g_string_append_printf(ret, ": %s: %s", culprit(p, at, f, &i)->name, f->text);
}

static void print_place(const struct plan *p, const struct seq *s, GString *ret)
{
    g_string_append_printf(ret, "%s:%u:%u", spec_path(plan_spec(p)), s->mark.line, s->mark.column);
}

static void print_creation(const struct plan *p, const struct seq *s, GString *ret)
{
    char *shown = NULL;
    size_t len = 0, text_len;
    const char *text = spec_text(plan_spec(p), &text_len);
    FILE *out = open_memstream(&shown, &len);

    if (!out)
        return; /* no memory: the rest is told all the same */
    g_string_append(ret, "created at ");
    print_place(p, s, ret);
    g_string_append_c(ret, '\n');
    complain_show(text, text_len, s->mark, out);
    if (fclose(out) == 0)
        g_string_append_len(ret, shown, (gssize)len);
    free(shown);
}

static void print_step(const struct plan *p, const struct seq *s, uint64_t i, bool failed,
                       GString *ret)
{
    g_string_append_printf(ret, "  %-16s [%" PRIu64 "]  ", s->name, i);
    print_place(p, s, ret);
    g_string_append_printf(ret, "%s%s\n", s->implied ? "  (implied)" : "",
                           failed ? "  <- failed here" : "");
}

/* From the output down: the steps that the failure passed, then those that it never reached. */
static void print_chain(const struct plan *p, const struct incident *at, const struct fault *f,
                        GString *ret)
{
    uint64_t i;
    const struct seq *s = culprit(p, at, f, &i);

    g_string_append(ret, "steps, from the file down to its source:\n");
    for (uint32_t t = f->trail_len; t-- > 1;) {
        const struct seq *passed = plan_step(p, f->trail[t].step);
        if (passed)
            print_step(p, passed, f->trail[t].index, false, ret);
    }
    for (bool failed = true; s; failed = false) {
        print_step(p, s, i, failed, ret);
        if (i >= s->len)
            break;
        seq_route(s, i, &s, &i);
    }
}

/* A text that grows by lines.  Lifetime: call. */
struct lines {
    GString *text;
    GHashTable *seen; /* paths */
};

static void print_origin(void *ctx, const char *path)
{
    struct lines *to = ctx;
    struct stat st;

    if (!g_hash_table_add(to->seen, g_strdup(path)) || g_hash_table_size(to->seen) > SOURCES_SHOWN)
        return;
    g_autofree char *shown = g_utf8_make_valid(path, -1);
    if (stat(path, &st) < 0) {
        g_string_append_printf(to->text, "source: %s: %s\n", shown, g_strerror(errno));
        return;
    }
    g_autoptr(GDateTime) t = g_date_time_new_from_unix_utc(st.st_mtime);
    g_autofree char *when = t ? g_date_time_format_iso8601(t) : NULL;
    g_string_append_printf(to->text, "source: %s, %" PRId64 " bytes, of %s\n", shown,
                           (int64_t)st.st_size, when ? when : "?");
}

void report_print_sources(const struct seq *s, uint64_t i, GString *ret)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct lines to = {ret, seen};
    guint n;

    if (i < s->len)
        seq_each_origin(s, i, print_origin, &to);
    n = g_hash_table_size(seen);
    if (n > SOURCES_SHOWN)
        g_string_append_printf(ret, "source: and %u more\n", n - SOURCES_SHOWN);
}

/* What failed may have no source of its own; then it is one of the element's. */
static void print_sources(const struct plan *p, const struct incident *at, const struct fault *f,
                          GString *ret)
{
    gsize before = ret->len;
    uint64_t i;
    const struct seq *s = culprit(p, at, f, &i);

    report_print_sources(s, i, ret);
    if (ret->len == before)
        report_print_sources(plan_output(p, at->output)->seq, at->index, ret);
}

static void print_said(const struct fault *f, GString *ret)
{
    if (!f->detail[0])
        return;
    g_auto(GStrv) lines = g_strsplit(f->detail, "\n", -1);
    g_string_append(ret, "it said:\n");
    for (char **l = lines; *l; l++)
        if (**l || l[1])
            g_string_append_printf(ret, "  %s\n", *l);
}

static void print_when(const struct incident *at, GString *ret)
{
    g_autoptr(GDateTime) t = g_date_time_new_from_unix_utc(at->when / G_USEC_PER_SEC);
    g_autofree char *when = t ? g_date_time_format_iso8601(t) : NULL;

    g_string_append_printf(ret, "when: %s, after %.3f s, attempt %u\n", when ? when : "?",
                           at->seconds, at->attempt);
}

static void print_quoted(const char *word, GString *ret)
{
    g_autofree char *quoted = NULL;

    if (*word &&
        strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%") ==
            strlen(word)) {
        g_string_append_printf(ret, " %s", word);
        return;
    }
    quoted = g_shell_quote(word);
    g_string_append_printf(ret, " %s", quoted);
}

static void print_command(const struct plan *p, const struct incident *at, GString *ret)
{
    g_autoptr(GString) element = g_string_new(NULL);

    report_print_element(p, at, element);
    g_string_append_printf(ret, "to see it again: %s eval", at->program);
    for (char *const *d = at->defines; d && *d; d++) {
        g_string_append(ret, " -D");
        print_quoted(*d, ret);
    }
    print_quoted(spec_path(plan_spec(p)), ret);
    print_quoted(element->str, ret);
    g_string_append_c(ret, '\n');
}

/* Whose pixels may yet have to be computed by the steps before it. */
static bool takes_images(const struct seq *s)
{
    for (uint32_t k = 0; k < s->n_in; k++)
        if (s->in[k]->any.kind == VALUE_IMAGE || !s->in[k]->any.known)
            return true;
    return false;
}

void report_print(const struct plan *p, const struct incident *at, const struct fault *f,
                  GString *ret)
{
    uint64_t i;
    const struct seq *s = culprit(p, at, f, &i);

    report_headline(p, at, f, ret);
    g_string_append_c(ret, '\n');
    print_creation(p, s, ret);
    if (f->late && takes_images(s))
        g_string_append(ret, "pixels are computed when they are needed: one of the steps before it "
                             "may be to blame\n");
    print_chain(p, at, f, ret);
    print_sources(p, at, f, ret);
    print_said(f, ret);
    print_when(at, ret);
    print_command(p, at, ret);
}
