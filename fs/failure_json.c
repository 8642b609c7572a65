/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes failures as JSON and reads them, whatever has become of the text between. */
#include "fs/failure_json.h"

#include <string.h>

static json_t *text_of(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    return json_string(valid);
}

static json_t *trail_of(const struct fault *f)
{
    json_t *trail = json_array();

    for (uint32_t i = 0; i < MIN(f->trail_len, FAULT_TRAIL); i++)
        json_array_append_new(trail, json_pack("[I, I]", (json_int_t)f->trail[i].step,
                                               (json_int_t)f->trail[i].index));
    return trail;
}

void failure_json_put(const struct failure *f, json_t *object)
{
    json_object_set_new(object, "when", json_integer(f->when));
    json_object_set_new(object, "seconds", json_real(f->seconds));
    json_object_set_new(object, "attempt", json_integer(f->attempt));
    json_object_set_new(object, "err", json_integer(f->fault.err));
    json_object_set_new(object, "late", json_boolean(f->fault.late));
    json_object_set_new(object, "source", json_boolean(f->fault.source));
    json_object_set_new(object, "text", text_of(f->fault.text));
    json_object_set_new(object, "detail", text_of(f->fault.detail));
    json_object_set_new(object, "trail", trail_of(&f->fault));
}

static uint64_t get_number(const json_t *json, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(json, name));
}

static const char *get_text(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));

    return text ? text : "";
}

/* false: it names steps that there are not. */
static bool unpack_trail(const struct plan *p, const json_t *trail, struct fault *f)
{
    size_t n = json_array_size(trail);

    if (n > FAULT_TRAIL)
        return false;
    for (size_t i = 0; i < n; i++) {
        const json_t *at = json_array_get(trail, i);
        const json_int_t step = json_integer_value(json_array_get(at, 0));

        if (step < 0 || step >= plan_n_steps(p))
            return false;
        f->trail[i] = (struct fault_step){(uint32_t)step,
                                          (uint64_t)json_integer_value(json_array_get(at, 1))};
    }
    f->trail_len = (uint32_t)n;
    return true;
}

bool failure_json_get(const json_t *object, const struct plan *p, struct failure *ret)
{
    struct fault *f = &ret->fault;

    ret->when = (int64_t)get_number(object, "when");
    ret->seconds = json_real_value(json_object_get(object, "seconds"));
    ret->attempt = (unsigned)get_number(object, "attempt");
    fault_clear(f);
    f->err = (int)get_number(object, "err");
    f->late = json_is_true(json_object_get(object, "late"));
    f->source = json_is_true(json_object_get(object, "source"));
    g_strlcpy(f->text, get_text(object, "text"), sizeof f->text);
    g_strlcpy(f->detail, get_text(object, "detail"), sizeof f->detail);
    return f->err > 0 && unpack_trail(p, json_object_get(object, "trail"), f);
}
