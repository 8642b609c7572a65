/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fits numbers and names into the columns of a screen. */
#include "fs/cell.h"

/* Three digits or so, and a unit: K for the first power of step. */
static char *scaled(double n, double step, const char *units)
{
    for (n /= step; n >= step - 0.5 && units[1] != '\0'; units++)
        n /= step;
    return g_strdup_printf(n < 99.95 ? "%.1f%c" : "%.0f%c", n, *units);
}

char *cell_count(double n)
{
    return n < 1e7 ? g_strdup_printf("%.0f", n) : scaled(n, 1000, "KMGT");
}

char *cell_rate(double n)
{
    return n < 999.95 ? g_strdup_printf("%.1f", n) : cell_count(n);
}

char *cell_percent(double part)
{
    return g_strdup_printf("%.1f %%", part * 100);
}

char *cell_bytes(double n)
{
    return n < 1024 ? g_strdup_printf("%.0f", n) : scaled(n, 1024, "KMGTPE");
}

char *cell_time(double ms)
{
    if (ms < 1)
        return g_strdup_printf("%.0f us", ms * 1e3);
    if (ms < 999.5)
        return g_strdup_printf(ms < 99.95 ? "%.1f ms" : "%.0f ms", ms);
    if (ms < 99950)
        return g_strdup_printf("%.1f s", ms / 1e3);
    return g_strdup_printf("%.0f s", ms / 1e3);
}

static unsigned columns_of(gunichar c)
{
    if (g_unichar_iszerowidth(c))
        return 0;
    return g_unichar_iswide(c) ? 2 : 1;
}

unsigned cell_text(const char *text, unsigned width, GString *ret)
{
    g_autofree char *valid = g_utf8_make_valid(text ? text : "?", -1);
    unsigned used = 0;

    for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);

        if (!g_unichar_isprint(c))
            c = '?';
        if (used + columns_of(c) > width)
            break;
        used += columns_of(c);
        g_string_append_unichar(ret, c);
    }
    return used;
}

void cell_left(const char *text, unsigned width, GString *ret)
{
    const unsigned used = cell_text(text, width - 1, ret);

    g_string_append_printf(ret, "%*s", (int)(width - used), "");
}

void cell_right(char *own_text, int width, GString *ret)
{
    g_string_append_printf(ret, "%*s", width, own_text);
    g_free(own_text);
}

void cell_end(GString *ret)
{
    while (ret->len > 0 && ret->str[ret->len - 1] == ' ')
        g_string_truncate(ret, ret->len - 1);
    g_string_append_c(ret, '\n');
}
