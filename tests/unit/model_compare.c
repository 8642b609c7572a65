/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seqfs and the model are asked the same, and their answers compared. */
#include "tests/unit/folder.h"
#include "tests/unit/model.h"

#include <inttypes.h>

/* Two answers being compared.  Lifetime: one tree's. */
struct both {
    struct plan *plan;
    struct eval eval;
    GString *said; /* of the first disagreement; empty = none yet */
};

static void disagree(struct both *b, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
static void disagree(struct both *b, const char *fmt, ...)
{
    va_list args;

    if (b->said->len > 0)
        return;
    va_start(args, fmt);
    g_string_append_vprintf(b->said, fmt, args);
    va_end(args);
}

static const struct seq *last_named(const struct plan *p)
{
    g_autofree char *name = g_strdup_printf("n%u", plan_n_named(p) - 1);

    for (uint32_t i = 0; i < plan_n_named(p); i++)
        if (strcmp(plan_named(p, i)->name, name) == 0)
            return plan_named(p, i)->seq;
    return NULL;
}

/* The step at or below q that stands at a place of the spec: the copy of it that belongs to the
 * epoch, if there are copies. */
static const struct seq *find_step(const struct seq *q, const struct step *s, uint64_t epoch)
{
    const struct seq *found = NULL;

    if (!q->implied && q->mark.line == s->line && q->mark.column == s->column &&
        strcmp(q->op->name, step_op(s->act)) == 0)
        return q;
    for (uint32_t i = 0; i < q->n_in && !(found && found->epoch == epoch); i++) {
        const struct seq *in = find_step(q->in[i], s, epoch);
        found = in && (!found || in->epoch == epoch) ? in : found;
    }
    return found;
}

static bool look_up(void *ctx, const struct step *s, uint64_t epoch, uint64_t i, uint32_t *ret_in,
                    uint64_t *ret_i)
{
    const struct seq *q = find_step(ctx, s, epoch);

    if (!q || i >= q->len)
        return false;
    q->op->route(q, i, ret_in, ret_i);
    return true;
}

/* "!OP" of what failed: the operator whose step it was. */
static void print_fault(const struct both *b, GString *ret)
{
    const struct fault *f = &b->eval.fault;
    const struct seq *step = f->trail_len > 0 ? plan_step(b->plan, f->trail[0].step) : NULL;

    g_string_append_printf(ret, "!%s", step ? step->op->name : "?");
}

static void print_answer(struct both *b, int r, const struct value *v, GString *ret)
{
    if (r < 0)
        print_fault(b, ret);
    else
        print_element(v, ret);
}

static void compare_text(struct both *b, const char *what, uint64_t i, int r, struct value *own_v,
                         const struct thing *t)
{
    OWN(value_unref) struct value *v = own_v;
    g_autoptr(GString) got = g_string_new(NULL);
    g_autoptr(GString) want = g_string_new(NULL);
    const char *fault = thing_fault(t);

    print_answer(b, r, v, got);
    if (fault)
        g_string_printf(want, "!%s", fault);
    else
        thing_print(t, want);
    if (strcmp(got->str, want->str) != 0)
        disagree(b, "%s %" PRIu64 " is '%s', by the model '%s'%s%s", what, i, got->str, want->str,
                 r < 0 ? "; " : "", r < 0 ? b->eval.fault.text : "");
    fault_clear(&b->eval.fault);
}

static void compare_value(struct both *b, const struct seq *s, uint64_t i, const struct thing *t)
{
    struct value *v = NULL;
    int r = seq_get(s, &b->eval, i, &v);

    compare_text(b, "element", i, r, v, t);
}

static void compare_name(struct both *b, const struct seq *s, uint64_t i, const struct thing *t)
{
    g_autoptr(GString) name = g_string_new(NULL);
    enum name_part part = seq_name(s, i, name);
    enum name_part want = !t->name ? NAME_NONE : t->whole ? NAME_WHOLE : NAME_STEM;

    if (t->unsure)
        return;
    if (part != want || (t->name && strcmp(name->str, t->name) != 0))
        disagree(b, "the name of element %" PRIu64 " is %d '%s', by the model %d '%s'", i, part,
                 name->str, want, t->name ? t->name : "");
}

/* An attribute that is there is right; `value` of what is plain is there. */
static void compare_attr(struct both *b, const struct seq *s, uint64_t i, const char *name,
                         const struct thing *t)
{
    g_autoptr(GString) got = g_string_new(NULL);
    g_autoptr(GString) want = g_string_new(NULL);
    bool there = seq_attr(s, i, name, got);

    thing_print(t, want);
    if (there ? thing_fault(t) || strcmp(got->str, want->str) != 0 : t->plain)
        disagree(b, "attribute '%s' of element %" PRIu64 " is '%s', by the model '%s'", name, i,
                 there ? got->str : "not there", want->str);
}

static void compare_attrs(struct both *b, const struct seq *s, uint64_t i, const struct thing *t)
{
    g_autoptr(GString) got = g_string_new(NULL);
    g_autofree char *want = g_strdup_printf("%" PRIu64, i);

    if (!seq_attr(s, i, "index", got) || strcmp(got->str, want) != 0)
        disagree(b, "attribute 'index' of element %s is '%s'", want, got->str);
    if (t->kind < THING_LIST)
        compare_attr(b, s, i, "value", t);
    if (t->kind != THING_RECORD || t->hazy || !seq_type(s, SEQ_ANY).parted)
        return;
    for (unsigned k = 0; k < t->len; k++)
        if (t->at[k]->kind < THING_LIST)
            compare_attr(b, s, i, t->names[k], t->at[k]);
}

static enum value_kind kind_of(const struct thing *t)
{
    static const enum value_kind kinds[] = {
        [THING_NULL] = VALUE_NULL,     [THING_BOOL] = VALUE_BOOL, [THING_INT] = VALUE_INT,
        [THING_FLOAT] = VALUE_FLOAT,   [THING_TEXT] = VALUE_TEXT, [THING_LIST] = VALUE_LIST,
        [THING_RECORD] = VALUE_RECORD,
    };

    return kinds[t->kind];
}

static void compare_type(struct both *b, const struct seq *s, uint64_t i, const struct thing *t)
{
    struct type any = seq_type(s, SEQ_ANY), one = seq_type(s, i);

    if (t->kind == THING_BROKEN)
        return;
    if ((any.known && any.kind != kind_of(t)) || (one.known && one.kind != kind_of(t)))
        disagree(b, "element %" PRIu64 " is %s, but its type says %s", i,
                 value_kind_name(kind_of(t)), value_kind_name(one.known ? one.kind : any.kind));
    if (any.known && any.parted && t->kind >= THING_LIST && !one.parted)
        disagree(b, "all elements are said to have parts, but not element %" PRIu64, i);
    if (t->kind >= THING_LIST && !t->hazy && !one.parted)
        disagree(b, "the parts of element %" PRIu64 " cannot be told", i);
}

static void compare_element(struct both *b, const struct seq *s, uint64_t i, const struct thing *t);

static void compare_part(struct both *b, const struct seq *s, uint64_t i, unsigned k,
                         const struct thing *t)
{
    g_autofree char *what = g_strdup_printf("part %u of element", k);
    const struct thing *part = t->at[k];
    struct type type = seq_part_type(s, i, k);
    const struct seq *in;
    struct value *v = NULL;
    uint64_t j;
    int r;

    if (t->hazy && thing_fault(t))
        return; /* it may be computed with all others */
    r = seq_get_part(s, &b->eval, i, k, &v);
    compare_text(b, what, i, r, v, part);
    if (type.known && part->kind != THING_BROKEN && type.kind != kind_of(part))
        disagree(b, "part %u of element %" PRIu64 " is %s, but its type says %s", k, i,
                 value_kind_name(kind_of(part)), value_kind_name(type.kind));
    if (t->kind == THING_RECORD && seq_type(s, SEQ_ANY).parted &&
        g_strcmp0(seq_field(s, k), t->names[k]) != 0)
        disagree(b, "field %u of element %" PRIu64 " is called '%s'", k, i, seq_field(s, k));
    if (seq_part(s, i, k, &in, &j))
        compare_element(b, in, j, part);
}

static void compare_parts(struct both *b, const struct seq *s, uint64_t i, const struct thing *t)
{
    if (!seq_type(s, i).parted)
        return;
    if (seq_n_parts(s, i) != t->len)
        disagree(b, "element %" PRIu64 " is said to have %" PRIu64 " parts, by the model %u", i,
                 seq_n_parts(s, i), t->len);
    for (unsigned k = 0; k < t->len && b->said->len == 0; k++)
        compare_part(b, s, i, k, t);
}

static void compare_element(struct both *b, const struct seq *s, uint64_t i, const struct thing *t)
{
    if (i >= s->len) {
        disagree(b, "element %" PRIu64 " is asked for of %" PRIu64, i, s->len);
        return;
    }
    compare_value(b, s, i, t);
    compare_type(b, s, i, t);
    if (t->kind >= THING_LIST && t->kind != THING_BROKEN && b->said->len == 0)
        compare_parts(b, s, i, t);
    compare_attrs(b, s, i, t);
    compare_name(b, s, i, t);
}

static void compare_rows(struct both *b, const struct seq *s, const struct row *row)
{
    struct value *v = NULL;

    if (s->len != row->len)
        disagree(b, "there are %" PRIu64 " elements, by the model %u", s->len, row->len);
    for (unsigned i = 0; i < row->len && b->said->len == 0; i++)
        compare_element(b, s, i, row->at[i]);
    if (seq_get(s, &b->eval, row->len, &v) == 0)
        disagree(b, "there is an element behind the last");
    value_unref(v);
    fault_clear(&b->eval.fault);
}

/* Files. */

/* How many lists lie around the scalars: -1 where that differs, or is left open. */
static int depth(const struct thing *t)
{
    int d = -1;

    if (t->kind != THING_LIST)
        return t->kind == THING_RECORD ? -1 : 0;
    for (unsigned i = 0; i < t->len; i++) {
        int of = depth(t->at[i]);
        if (of < 0 || (i > 0 && of != d))
            return -1;
        d = of;
    }
    return d < 0 || t->hazy ? -1 : d + 1;
}

static bool has_files(const struct row *row)
{
    for (unsigned i = 0; i < row->len; i++)
        if (depth(row->at[i]) < 0 || depth(row->at[i]) != depth(row->at[0]))
            return false;
    return !row->vague;
}

static void compare_file(struct both *b, uint64_t *i, const struct thing *t)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GString) got = g_string_new(NULL);
    g_autoptr(GString) want = g_string_new(NULL);

    if (t->kind == THING_LIST) {
        for (unsigned k = 0; k < t->len; k++)
            compare_file(b, i, t->at[k]);
        return;
    }
    if (plan_eval(b->plan, &b->eval, 0, *i, &bytes) < 0)
        print_fault(b, got);
    else
        g_string_append_len(got, g_bytes_get_data(bytes, NULL), (gssize)g_bytes_get_size(bytes));
    if (t->kind == THING_BROKEN)
        g_string_printf(want, "!%s", t->text);
    else
        thing_print(t, want);
    if (t->kind != THING_BROKEN)
        g_string_append_c(want, '\n');
    if (strcmp(got->str, want->str) != 0)
        disagree(b, "file %" PRIu64 " holds '%s', by the model '%s'", *i, got->str, want->str);
    fault_clear(&b->eval.fault);
    ++*i;
}

static void compare_files(struct both *b, const struct row *row)
{
    const struct output *out = plan_output(b->plan, 0);
    uint64_t n = 0;

    for (unsigned i = 0; i < row->len && b->said->len == 0; i++)
        compare_file(b, &n, row->at[i]);
    if (b->said->len == 0 && out->seq->len != n)
        disagree(b, "there are %" PRIu64 " files, by the model %" PRIu64, out->seq->len, n);
}

/* Loading. */

static void compare_refusal(struct both *b, const struct complaints *c, const struct model *m,
                            enum verdict v)
{
    g_autofree char *said = complaints_text(c);
    g_autofree char *by = g_strdup_printf(": %s: ", m->wrong ? m->wrong : "");

    if (!m->may_refuse && !m->guessed && (v != VERDICT_WRONG || !strstr(said, by)))
        disagree(b, "refused, by the model %s%s:\n%s",
                 v == VERDICT_WRONG ? "for another step: " : "right", m->wrong ? m->wrong : "",
                 said);
}

static enum verdict compare_loaded(struct both *b, const struct step *root, bool files,
                                   struct compare_counts *counts)
{
    struct model m;
    struct row row;
    enum verdict v;

    model_init(&m);
    m.look = look_up;
    m.ctx = (void *)last_named(b->plan);
    v = model_run(&m, root, &row);
    if (v == VERDICT_WRONG)
        disagree(b, "accepted, by the model %s is wrong", m.wrong);
    if (m.broken_rule)
        disagree(b, "%s", m.broken_rule);
    if (v == VERDICT_RIGHT)
        compare_rows(b, last_named(b->plan), &row);
    if (v == VERDICT_RIGHT && files)
        compare_files(b, &row);
    for (unsigned i = 0; v == VERDICT_RIGHT && i < row.len; i++)
        counts->broken += thing_fault(row.at[i]) != NULL;
    counts->files += files;
    model_finish(&m);
    return v;
}

static enum verdict compare_spec(struct both *b, struct step *root, char **spec,
                                 struct compare_counts *counts)
{
    OWN(complaints_free) struct complaints *c = complaints_new();
    OWN(plan_free) struct plan *p = NULL;
    struct model m;
    struct row row = {0};
    bool files;
    enum verdict v;

    model_init(&m);
    v = model_run(&m, root, &row);
    files = v == VERDICT_RIGHT && !m.may_refuse && has_files(&row);
    g_free(*spec);
    *spec = step_spec(root, files);
    if (v != VERDICT_BEYOND && !*spec)
        v = VERDICT_BEYOND;
    if (v == VERDICT_BEYOND)
        goto out;
    if (plan_try("/", *spec, c, &p) < 0) {
        compare_refusal(b, c, &m, v);
        goto out;
    }
    b->plan = p;
    if (v == VERDICT_WRONG && !m.guessed)
        disagree(b, "accepted, by the model %s is wrong", m.wrong);
    else
        v = compare_loaded(b, root, files, counts);
out:
    model_finish(&m);
    return v;
}

char *compare_tree_counted(struct step *root, char **spec, struct compare_counts *counts)
{
    struct both b = {.said = g_string_new(NULL)};
    enum verdict v;

    eval_init(&b.eval, NULL);
    v = compare_spec(&b, root, spec, counts);
    counts->right += v == VERDICT_RIGHT;
    counts->wrong += v == VERDICT_WRONG;
    counts->beyond += v == VERDICT_BEYOND;
    return g_string_free(b.said, b.said->len == 0);
}

char *compare_tree(struct step *root, char **spec)
{
    struct compare_counts counts = {0};

    return compare_tree_counted(root, spec, &counts);
}
