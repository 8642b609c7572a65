/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strict readers of scalars. */
#include "ops/base/scan.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <string.h>

bool scan_bool(const char *text, bool *ret)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_ascii_strcasecmp(text, words[i]) == 0) {
            *ret = i % 2 == 1;
            return true;
        }
    }
    return false;
}

/* Is this all of a number's ".0"? */
static bool is_zero_fraction(const char *text)
{
    return text[0] == '.' && text[1] == '0' && text[1 + strspn(text + 1, "0")] == '\0';
}

bool scan_int(const char *text, int64_t *ret)
{
    bool negative = *text == '-';
    const char *digits = text + (negative || *text == '+');
    bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    uint64_t max = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
    uint64_t n;
    char *end;

    if (hex)
        digits += 2;
    /* strtoull would take blanks and a second sign. */
    if (hex ? !g_ascii_isxdigit(*digits) : !g_ascii_isdigit(*digits))
        return false;
    errno = 0;
    n = g_ascii_strtoull(digits, &end, hex ? 16 : 10);
    if (errno != 0 || n > max)
        return false;
    if (*end != '\0' && (hex || !is_zero_fraction(end)))
        return false;
    *ret = negative ? (int64_t)-n : (int64_t)n;
    return true;
}

static bool is_infinity(const char *text)
{
    return strcmp(text, "inf") == 0 || strcmp(text, ".inf") == 0 || strcmp(text, ".Inf") == 0 ||
           strcmp(text, ".INF") == 0;
}

bool scan_double(const char *text, double *ret)
{
    const char *digits = text + (*text == '-' || *text == '+');
    double x;
    char *end;

    if (is_infinity(digits)) {
        *ret = *text == '-' ? -INFINITY : INFINITY;
        return true;
    }
    if (!g_ascii_isdigit(digits[*digits == '.']))
        return false;
    x = g_ascii_strtod(text, &end);
    if (*end != '\0' || !isfinite(x))
        return false;
    *ret = x;
    return true;
}

/* The unit that a size ends with, as a shift; -1 for no unit that we know. */
static int size_shift(const char *unit)
{
    static const char letters[] = "KMGT";
    const char *at;

    if (*unit == '\0')
        return 0;
    at = unit[1] == '\0' ? strchr(letters, g_ascii_toupper(*unit)) : NULL;
    return at ? 10 * (int)(at - letters + 1) : -1;
}

bool scan_size(const char *text, uint64_t *ret)
{
    double fraction = 0;
    uint64_t n;
    char *end;
    int shift;

    if (!g_ascii_isdigit(*text))
        return false;
    errno = 0;
    n = g_ascii_strtoull(text, &end, 10);
    if (errno != 0)
        return false;
    if (*end == '.') {
        const char *point = end;

        if (!g_ascii_isdigit(point[1]))
            return false;
        end += 1 + strspn(point + 1, "0123456789");
        g_autofree char *digits = g_strndup(point, end - point);
        fraction = g_ascii_strtod(digits, NULL);
    }
    shift = size_shift(end);
    if (shift < 0 || (shift == 0 && fraction != 0) || n > UINT64_MAX >> shift)
        return false;
    n <<= shift;
    /* A fraction is below one unit, whose bits are zero in n; it is rounded down to whole bytes. */
    *ret = n | MIN((uint64_t)(fraction * ((uint64_t)1 << shift)), ((uint64_t)1 << shift) - 1);
    return true;
}

bool scan_duration(const char *text, double *ret)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"m", 60}, {"h", 3600}};
    size_t len = strspn(text, "0123456789.");
    g_autofree char *digits = g_strndup(text, len);
    double x;

    if (!scan_double(digits, &x))
        return false;
    for (unsigned i = 0; i < G_N_ELEMENTS(units); i++) {
        if (strcmp(text + len, units[i].unit) != 0)
            continue;
        if (!isfinite(x * units[i].seconds))
            return false;
        *ret = x * units[i].seconds;
        return true;
    }
    return false;
}

bool scan_digits(const char **text, uint64_t *ret)
{
    const char *at = *text;
    uint64_t n = 0;

    for (; *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(n, 10u, &n) ||
            __builtin_add_overflow(n, (uint64_t)(*at - '0'), &n))
            return false;
    if (at == *text)
        return false;
    *text = at;
    *ret = n;
    return true;
}
