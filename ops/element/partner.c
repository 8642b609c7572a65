/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that stays: started, asked, and replaced when it does not answer as it should. */
#include "ops/element/partner.h"

#include <string.h>

#include "ops/element/frame.h"

#define SAID_HEAD "its standard error:\n"
#define ERROR_MAX ((uint64_t)1 << 20) /* bytes of what it has to say of a failure */

/* Lifetime: its evaluator's. */
struct partner {
    struct command_line line;
    struct child_run run;
    struct child_stream *stream; /* owned */
    uint64_t version[2];         /* of the program's file as it was */
    uint64_t number;             /* of the last request */
    bool spoiled;                /* its last answer did not end where it should */
};

static void partner_free(void *p)
{
    struct partner *partner = p;

    if (!partner)
        return;
    child_stream_close(partner->stream);
    command_line_finish(&partner->line);
    g_free(partner);
}

static void drop(void **place)
{
    partner_free(*place);
    *place = NULL;
}

/* The step. */

static void collect(void *ctx, const char *name)
{
    GPtrArray *names = ctx;

    if (strcmp(name, "value") == 0 || g_str_has_suffix(name, ".value") ||
        g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
        return;
    g_ptr_array_add(names, g_strdup(name));
}

static int choose_attributes(struct partner_step *p, const struct seq *s, struct fault *f)
{
    const struct strings *wanted = &p->args->attributes;
    const struct param *param = param_find(s->op->params, "attributes");
    const bool given = s->given >> (param - s->op->params) & 1;
    struct nearest near;
    char hint[128];

    p->attributes = g_ptr_array_new_with_free_func(g_free);
    if (!given)
        seq_each_attr(s->in[0], collect, p->attributes);
    for (uint32_t n = 0; n < wanted->len; n++) {
        nearest_init(&near, wanted->at[n]);
        if (!seq_has_attr(s->in[0], wanted->at[n], &near))
            return fault_set_arg(f, EINVAL, "attributes", (int)n, "%s: no attribute '%s'%s",
                                 s->name, wanted->at[n], nearest_hint(&near, hint, sizeof hint));
        g_ptr_array_add(p->attributes, g_strdup(wanted->at[n]));
    }
    return 0;
}

int partner_step_init(struct partner_step *p, const struct seq *s, struct fault *f)
{
    if (s->draws)
        return fault_set(f, EINVAL,
                         "%s: its arguments cannot be drawn for each element: the program stays",
                         s->name);
    int r = command_new(s, &p->command_args, COMMAND_NOTHING, f, &p->command);
    if (r == 0)
        r = command_check_ext(s, p->args->ext, f);
    return r == 0 ? choose_attributes(p, s, f) : r;
}

void partner_step_finish(struct partner_step *p)
{
    command_free(p->command);
    g_clear_pointer(&p->words, g_ptr_array_unref);
    g_clear_pointer(&p->attributes, g_ptr_array_unref);
    g_free(p->file);
    g_free(p->source);
}

struct type partner_step_type(const struct partner_step *p)
{
    static const enum value_kind kinds[] = {
        [PARTNER_BYTES] = VALUE_BYTES,
        [PARTNER_TEXT] = VALUE_TEXT,
        [PARTNER_ARRAY] = VALUE_ARRAY,
        [PARTNER_JSON] = VALUE_BYTES,
    };
    struct type t = {.known = true, .kind = kinds[p->args->returns]};

    if (t.kind == VALUE_BYTES)
        t.suffix = p->args->returns == PARTNER_JSON ? "json" : command_suffix(p->args->ext);
    return t;
}

static void identify_program(const struct partner_step *p, const struct call *c, struct digest *d)
{
    command_identify(p->command, c, &p->command_args, d);
    if (p->file)
        digest_file(d, p->file);
}

void partner_step_identify(const struct partner_step *p, const struct call *c, struct digest *d)
{
    identify_program(p, c, d);
    digest_number(d, p->attributes->len);
    for (guint n = 0; n < p->attributes->len; n++) {
        const char *name = p->attributes->pdata[n];
        g_autoptr(GString) text = g_string_new(NULL);
        const bool has = seq_attr(c->seq->in[0], c->i, name, text);

        digest_text(d, name);
        digest_text(d, has ? text->str : NULL);
    }
}

/* The program. */

static void tell_version(const struct partner_step *p, const struct call *c, uint64_t ret[2])
{
    OWN(digest_free) struct digest *d = digest_new();

    identify_program(p, c, d);
    if (!digest_end(d, ret))
        ret[0] = ret[1] = 0;
}

static int start(const struct partner_step *p, const struct call *c, const uint64_t version[2],
                 void **place)
{
    struct partner *partner = g_new0(struct partner, 1);
    GPtrArray *argv;

    *place = partner;
    memcpy(partner->version, version, sizeof partner->version);
    command_print(p->command, c, &p->command_args, (struct command_files){0}, &partner->line);
    argv = partner->line.argv;
    g_ptr_array_set_size(argv, (int)argv->len - 1); /* its NULL */
    for (guint n = 0; p->words && n < p->words->len; n++)
        g_ptr_array_add(argv, g_strdup(p->words->pdata[n]));
    g_ptr_array_add(argv, NULL);
    if (p->source)
        partner->line.env = g_environ_setenv(partner->line.env, PARTNER_SOURCE, p->source, TRUE);
    partner->run.talks = true;
    command_line_apply(&partner->line, &partner->run);
    int r = child_stream_open(&partner->run, &c->eval->fault, &partner->stream);
    if (r < 0)
        drop(place);
    return r;
}

/* Whether the program that is there can be asked. */
static bool is_fit(struct partner *partner, const uint64_t version[2], struct eval *e)
{
    const enum child_state state = child_stream_check(partner->stream);

    if (partner->spoiled || state == CHILD_TALKED)
        eval_note(e, "'%s' wrote more than its answers; it is started anew", partner->run.argv[0]);
    return !partner->spoiled && state == CHILD_SILENT &&
           memcmp(partner->version, version, sizeof partner->version) == 0;
}

/* Lifetime: call. */
struct asking {
    const struct partner_step *step;
    const struct call *call;
    struct value *in;
    int64_t start, deadline; /* monotonic microseconds; deadline 0 = none */
};

static void add_attributes(const struct partner_step *p, const struct call *c, GString *ret)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GPtrArray) values = g_ptr_array_new();
    struct fault ignored;

    for (guint n = 0; n < p->attributes->len; n++) {
        const char *name = p->attributes->pdata[n];
        g_autoptr(GString) text = g_string_new(NULL);

        if (!seq_attr(c->seq->in[0], c->i, name, text))
            continue;
        g_autofree char *valid = g_utf8_make_valid(text->str, -1);
        g_ptr_array_add(names, (gpointer)name);
        g_ptr_array_add(values, strcmp(name, "index") == 0 ? value_new_int((int64_t)c->i)
                                                           : value_new_text(valid, -1));
    }
    OWN(value_unref)
    struct value *record = value_new_record(names->len, (const char *const *)names->pdata,
                                            (struct value **)values->pdata);
    json_print(record, ret, &ignored); /* texts and a number cannot fail */
}

static void print_request(const struct asking *a, uint64_t number, GString *ret)
{
    const bool array = value_kind(a->in) == VALUE_ARRAY;

    frame_print_head(number, g_bytes_get_size(value_bytes(a->in)),
                     array ? value_array_type(a->in) : NULL, ret);
    g_string_append_c(ret, ' ');
    add_attributes(a->step, a->call, ret);
    g_string_append_c(ret, '\n');
}

static int too_late(const struct asking *a, const struct partner *partner)
{
    struct fault *f = &a->call->eval->fault;

    fault_set(f, ETIMEDOUT, "'%s' gave no answer within %g s", partner->run.argv[0],
              child_round((double)(a->deadline - a->start) / 1e6));
    return child_stream_tell_said(partner->stream, f);
}

/* Sends and receives until the answer is there.  *ret_lost: the program is of no more use, and
 * might do better as another. */
static int exchange(const struct asking *a, struct partner *partner, struct frame *answer,
                    bool *ret_lost)
{
    struct fault *f = &a->call->eval->fault;
    g_autoptr(GString) head = g_string_new(NULL);
    gsize len;
    const char *data = g_bytes_get_data(value_bytes(a->in), &len);
    struct child_swap io = {0};
    int r = 0;

    print_request(a, ++partner->number, head);
    io.out = head->str;
    io.out_len = head->len;
    while (r == 0 && !frame_is_whole(answer)) {
        frame_want(answer, &io.in, &io.in_len);
        const size_t room = io.in_len;
        r = child_stream_swap(partner->stream, &io, a->deadline, f);
        *ret_lost = r == -EIO;
        if (r == -ETIMEDOUT)
            return too_late(a, partner);
        if (r == 0 && io.out_len == 0 && data) {
            io.out = g_steal_pointer(&data);
            io.out_len = len;
        }
        if (r < 0 || io.in_len == room)
            continue;
        r = frame_add(answer, room - io.in_len, f);
        *ret_lost = r == -EPROTO;
        if (r < 0)
            child_stream_tell_said(partner->stream, f);
    }
    partner->spoiled = r == 0 && (answer->surplus || io.out_len > 0);
    return r;
}

/* Behind what it has to add, what is in f: the last of its standard error. */
static int tell_both(const char *rest, struct fault *f)
{
    g_autoptr(GString) both = g_string_new(rest);
    g_autofree char *said = g_strdup(f->detail);
    const size_t room = FAULT_DETAIL - 1, least = strlen(SAID_HEAD) + MIN(strlen(said), room / 4);

    if (!*said)
        return fault_detail(f, rest, -1);
    if (both->len > room - least)
        g_string_erase(both, 0, (gssize)(both->len - (room - least)));
    if (both->len > 0 && both->str[both->len - 1] != '\n')
        g_string_append_c(both, '\n');
    g_string_append(both, SAID_HEAD);
    const size_t left = room > both->len ? room - both->len : 0, len = strlen(said);
    g_string_append(both, said + (len > left ? len - left : 0));
    return fault_detail(f, both->str, (gssize)both->len);
}

/* What the program says of its failure: a sentence, and what it has to add. */
static int say(const struct asking *a, const struct partner *partner, const struct frame *answer)
{
    struct fault *f = &a->call->eval->fault;
    g_autofree char *text = g_utf8_make_valid(answer->body, (gssize)answer->len);
    char *newline = strchr(text, '\n'), *rest = newline ? newline + 1 : text + strlen(text);

    if (newline)
        *newline = '\0';
    g_strchomp(text);
    if (a->step->speaker)
        fault_set(f, EIO, "'%s' says: %s", a->step->speaker, *text ? text : "nothing more");
    else
        fault_set(f, EIO, "%s", *text ? text : "it failed without a word");
    child_stream_tell_said(partner->stream, f);
    return *rest ? tell_both(rest, f) : -f->err;
}

/* The body becomes the value's. */
static int make_value(const struct asking *a, const char *program, struct frame *answer,
                      struct value **ret)
{
    const bool array = a->step->args->returns == PARTNER_ARRAY;
    const bool text = a->step->args->returns == PARTNER_TEXT;
    struct fault *f = &a->call->eval->fault;

    if (array != (answer->kind == FRAME_ARRAY))
        return fault_set(f, EIO, "'%s' answered with %s, and 'returns' says %s", program,
                         array ? "bytes" : "an array",
                         array  ? "array"
                         : text ? "text"
                                : "bytes");
    if (text && !g_utf8_validate_len(answer->body, answer->len, NULL))
        return fault_set(f, EILSEQ, "'%s' answered with what is no UTF-8 text", program);
    GBytes *bytes = g_bytes_new_take(g_steal_pointer(&answer->body), answer->len);
    if (array)
        *ret = value_new_array(&answer->type, bytes);
    else
        *ret = text ? value_new_text_bytes(bytes) : value_new_bytes(bytes);
    return 0;
}

/* One attempt, with the program that is there. */
static int ask(const struct asking *a, void **place, bool *ret_lost, struct value **ret)
{
    struct partner *partner = *place;
    const char *program = partner->run.argv[0];
    OWN(frame_free)
    struct frame *answer = frame_new(
        &(struct frame_rules){program, partner->number + 1, a->step->args->max_output, ERROR_MAX});

    int r = exchange(a, partner, answer, ret_lost);
    if (r < 0) {
        drop(place);
        return r;
    }
    return answer->kind == FRAME_ERROR ? say(a, partner, answer)
                                       : make_value(a, program, answer, ret);
}

int partner_ask(const struct partner_step *p, const struct call *c, struct value *in,
                struct value **ret)
{
    struct eval *e = c->eval;
    /* The copies that `epochs` makes of a step have their params in common. */
    void **place = eval_place(e, c->seq->params, partner_free);
    const double left = command_time_left(p->args->timeout, e);
    struct asking a = {.step = p, .call = c, .in = in, .start = g_get_monotonic_time()};
    uint64_t version[2];
    bool lost, fresh;
    int r;

    a.deadline = left > 0 ? a.start + MAX((int64_t)(left * 1e6), 1) : 0;
    tell_version(p, c, version);
    if (*place && !is_fit(*place, version, e))
        drop(place);
    do {
        lost = false;
        fresh = !*place;
        r = fresh ? start(p, c, version, place) : 0;
        if (r == 0)
            r = ask(&a, place, &lost, ret);
    } while (r < 0 && lost && !fresh);
    return r;
}
