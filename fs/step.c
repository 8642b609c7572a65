/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the arguments of steps by their operators' tables. */
#include "fs/step.h"

#include <assert.h>
#include <string.h>

bool step_is(const struct seq *s, const char *op)
{
    return strcmp(s->op->name, op) == 0;
}

static const void *find(const struct seq *s, const char *argument, enum param_kind *ret_kind,
                        bool *ret_given)
{
    const struct param *p = param_find(s->op->params, argument);

    assert(p);
    *ret_kind = p->kind;
    *ret_given = s->given >> (p - s->op->params) & 1;
    return (const char *)s->params + p->offset;
}

bool step_number(const struct seq *s, const char *argument, uint64_t *ret)
{
    enum param_kind kind;
    bool given;
    const void *at = find(s, argument, &kind, &given);

    if (kind == PARAM_INT) {
        int64_t n = *(const int64_t *)at;
        *ret = n < 0 ? 0 : (uint64_t)n;
    } else {
        assert(kind == PARAM_SIZE);
        *ret = *(const uint64_t *)at;
    }
    return given;
}

const char *step_text(const struct seq *s, const char *argument)
{
    enum param_kind kind;
    bool given;
    const void *at = find(s, argument, &kind, &given);

    assert(kind == PARAM_STRING);
    return *(const char *const *)at;
}

const struct node *step_node(const struct seq *s, const char *argument)
{
    enum param_kind kind;
    bool given;
    const void *at = find(s, argument, &kind, &given);

    assert(kind == PARAM_NODE);
    return *(const struct node *const *)at;
}
