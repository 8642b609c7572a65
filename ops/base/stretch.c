/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads stretches and lays them over a sequence. */
#include "ops/base/stretch.h"

#include <errno.h>

#include "ops/base/scan.h"

/* "a:b:c"; what is left out stays as it is and is not in *ret_given (bit 0, 1, 2). */
static bool read_numbers(const char *text, int64_t ret[3], unsigned *ret_given)
{
    g_auto(GStrv) words = g_strsplit(text, ":", 4);
    guint n = g_strv_length(words);
    unsigned given = 0;

    if (n < 2 || n > 3)
        return false;
    for (guint i = 0; i < n; i++) {
        g_strstrip(words[i]);
        if (words[i][0] != '\0' && !scan_int(words[i], &ret[i]))
            return false;
        if (words[i][0] != '\0')
            given |= 1u << i;
    }
    *ret_given = given;
    return true;
}

/* Where a written position lies in 0..len, or -1..len-1 when going down. */
static int64_t place(int64_t at, int64_t len, bool down)
{
    if (at < 0)
        at += len;
    return CLAMP(at, down ? -1 : 0, down ? len - 1 : len);
}

int stretch_parse(const char *text, uint64_t seq_len, struct fault *f, struct stretch *ret)
{
    const int64_t len = (int64_t)seq_len;
    int64_t at[3] = {0, 0, 1};
    unsigned given;

    if (!read_numbers(text, at, &given))
        return fault_set(f, EINVAL, "'%s' is no stretch; wanted is \"from:to\" or \"from:to:step\"",
                         text);
    if (at[2] == 0)
        return fault_set(f, EINVAL, "the step in '%s' is 0", text);
    const bool down = at[2] < 0;
    const uint64_t step = (uint64_t)at[2];
    at[0] = given & 1 ? place(at[0], len, down) : down ? len - 1 : 0;
    at[1] = given & 2 ? place(at[1], len, down) : down ? -1 : len;
    *ret = (struct stretch){.start = (uint64_t)at[0], .step = step};
    if (down)
        ret->len = at[1] < at[0] ? (uint64_t)(at[0] - at[1] - 1) / (0 - step) + 1 : 0;
    else
        ret->len = at[0] < at[1] ? (uint64_t)(at[1] - at[0] - 1) / step + 1 : 0;
    return 0;
}

bool stretch_place(int64_t at, uint64_t len, uint64_t *ret)
{
    const uint64_t back = 0 - (uint64_t)at;

    if (at < 0 ? back > len : (uint64_t)at > len)
        return false;
    *ret = at < 0 ? len - back : (uint64_t)at;
    return true;
}

bool stretch_find(const struct stretch *s, uint64_t i, uint64_t *ret)
{
    const bool down = (int64_t)s->step < 0;
    const uint64_t way = down ? s->start - i : i - s->start;
    const uint64_t step = down ? 0 - s->step : s->step;

    if (down ? i > s->start : i < s->start)
        return false;
    if (way % step != 0 || way / step >= s->len)
        return false;
    *ret = way / step;
    return true;
}
