/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames: requests are printed, answers are put together from what comes, and nothing of them is
 * believed. */
#include "ops/element/frame.h"

#include <string.h>

void frame_print_head(uint64_t number, uint64_t len, const struct array_type *array, GString *ret)
{
    g_string_append_printf(ret, "%s %" PRIu64 " %" PRIu64, array ? "array" : "bytes", number, len);
    if (!array)
        return;
    g_string_append_printf(ret, " %s [", dtype_name(array->dtype));
    for (uint32_t d = 0; d < array->n_dims; d++)
        g_string_append_printf(ret, "%s%" PRIu64, d > 0 ? "," : "", array->dims[d]);
    g_string_append_c(ret, ']');
}

struct frame *frame_new(const struct frame_rules *rules)
{
    struct frame *f = g_new(struct frame, 1);

    memset(f, 0, offsetof(struct frame, head));
    f->rules = *rules;
    return f;
}

void frame_free(struct frame *f)
{
    if (!f)
        return;
    g_free(f->body);
    g_free(f);
}

bool frame_is_whole(const struct frame *f)
{
    return f->has_head && f->got == f->len;
}

void frame_want(struct frame *f, char **ret_at, size_t *ret_len)
{
    *ret_at = f->has_head ? f->body + f->got : f->head + f->head_len;
    *ret_len = f->has_head ? f->len - f->got : FRAME_HEAD - f->head_len;
}

static int no_frame(const struct frame *f, struct fault *fault)
{
    const char *newline = memchr(f->head, '\n', f->head_len);
    const size_t len = newline ? (size_t)(newline - f->head) : f->head_len;
    g_autofree char *begin = g_strndup(f->head, MIN(len, 40));
    g_autofree char *shown = g_strescape(begin, NULL);

    return fault_set(fault, EPROTO,
                     "'%s' answered '%s', wanted: ok, array or error, %" PRIu64
                     ", and a length; is its standard output used for something else?",
                     f->rules.program, shown, f->rules.number);
}

/* A blank, and a number. */
static bool scan_number(const char **at, uint64_t *ret)
{
    if (**at != ' ')
        return false;
    ++*at;
    return scan_digits(at, ret);
}

/* " float32 [20,15]" */
static bool scan_type(const char **at, struct array_type *ret)
{
    struct array_type t = {0};
    const char *shape = **at == ' ' ? strchr(*at + 1, ' ') : NULL;
    g_autofree char *name = shape ? g_strndup(*at + 1, (gsize)(shape - *at - 1)) : NULL;

    if (!name || !dtype_find(name, &t.dtype) || shape[1] != '[')
        return false;
    *at = shape + 2;
    while (**at != ']') {
        if (t.n_dims == ARRAY_DIMS || (t.n_dims > 0 && *(*at)++ != ',') ||
            !scan_digits(at, &t.dims[t.n_dims]))
            return false;
        t.n_dims++;
    }
    ++*at;
    *ret = t;
    return true;
}

static bool scan_kind(const char **at, enum frame_kind *ret)
{
    static const char *const names[] = {
        [FRAME_OK] = "ok", [FRAME_ARRAY] = "array", [FRAME_ERROR] = "error"};

    for (size_t n = 0; n < G_N_ELEMENTS(names); n++) {
        if (!g_str_has_prefix(*at, names[n]))
            continue;
        *at += strlen(names[n]);
        *ret = (enum frame_kind)n;
        return true;
    }
    return false;
}

static int check_sizes(const struct frame *f, struct fault *fault)
{
    const uint64_t max = f->kind == FRAME_ERROR ? f->rules.max_error : f->rules.max;
    g_autoptr(GString) type = g_string_new(NULL);
    uint64_t len;

    if (f->len > max)
        return fault_set(fault, EFBIG,
                         "'%s' answered with %" PRIu64 " bytes, more than the %" PRIu64 " allowed",
                         f->rules.program, f->len, max);
    if (f->kind != FRAME_ARRAY || (array_n_bytes(&f->type, &len) && len == f->len))
        return 0;
    array_print(&f->type, type);
    return fault_set(fault, EPROTO,
                     "'%s' answered with an array %s of %" PRIu64 " bytes, which has not so many",
                     f->rules.program, type->str, f->len);
}

/* The first line, without its newline. */
static int parse_head(struct frame *f, const char *line, struct fault *fault)
{
    const char *at = line;
    uint64_t number;

    if (!scan_kind(&at, &f->kind) || !scan_number(&at, &number) || !scan_number(&at, &f->len))
        return no_frame(f, fault);
    if (f->kind == FRAME_ARRAY && !scan_type(&at, &f->type))
        return fault_set(
            fault, EPROTO,
            "'%s' answered '%.80s', wanted behind the length: a type and a shape as in "
            "'float32 [20,15]'",
            f->rules.program, line);
    if (*at != '\0')
        return no_frame(f, fault);
    if (number != f->rules.number)
        return fault_set(fault, EPROTO,
                         "'%s' answered request %" PRIu64 ", and was asked request %" PRIu64,
                         f->rules.program, number, f->rules.number);
    return check_sizes(f, fault);
}

/* What any program writes into a bool need be neither 0 nor 1. */
static void settle_items(struct frame *f)
{
    if (f->kind != FRAME_ARRAY || f->type.dtype != DTYPE_BOOL)
        return;
    for (uint64_t n = 0; n < f->len; n++)
        f->body[n] = f->body[n] != 0;
}

static int begin_body(struct frame *f, const char *newline, struct fault *fault)
{
    const size_t came = f->head_len - (size_t)(newline + 1 - f->head);
    g_autofree char *line = g_strndup(f->head, (gsize)(newline - f->head));
    int r = strlen(line) == (size_t)(newline - f->head) ? parse_head(f, line, fault)
                                                        : no_frame(f, fault);

    if (r < 0)
        return r;
    f->body = g_try_malloc(f->len + 1);
    if (!f->body) {
        fault_set_errno(fault, ENOMEM, "the answer of '%s', of %" PRIu64 " bytes", f->rules.program,
                        f->len);
        return -ENOMEM;
    }
    f->has_head = true;
    f->surplus = came > f->len;
    f->got = MIN(came, f->len);
    memcpy(f->body, newline + 1, f->got);
    return 0;
}

int frame_add(struct frame *f, size_t len, struct fault *fault)
{
    int r = 0;

    if (f->has_head) {
        f->got += len;
    } else {
        const char *newline = memchr(f->head + f->head_len, '\n', len);

        f->head_len += len;
        if (newline)
            r = begin_body(f, newline, fault);
        else if (f->head_len == FRAME_HEAD)
            r = no_frame(f, fault);
    }
    if (r == 0 && frame_is_whole(f))
        settle_items(f);
    return r;
}
