/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz target: any bytes are a spec or get a complaint.  Without libFuzzer it replays the files it
 * is given. */
#include "ops/spec/spec.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Looks at every node, as those do who use a spec. */
static size_t walk(const struct node *n)
{
    size_t sum = n->mark.line + (node_is_null(n) ? 1 : 0);
    char buf[32];

    sum += (unsigned char)*node_describe(n, buf, sizeof buf);
    for (uint32_t i = 0; i < n->len; i++)
        sum += walk(n->items[i]) + (n->keys ? walk(n->keys[i]) : 0);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char *const defines[] = {"root=/data", "width=${x}", NULL};
    OWN(complaints_free) struct complaints *c = complaints_new();
    OWN(spec_free) struct spec *s = NULL;
    char *printed = NULL;
    size_t printed_len;
    FILE *out;
    int r;

    r = spec_parse("fuzz.yaml", (const char *)data, len, (char *const *)defines, c, &s);
    /* A spec, or a complaint why there is none. */
    if ((r == 0) != (s != NULL) || (r < 0 && complaints_len(c) == 0))
        abort();
    if (s && walk(spec_root(s)) == 0)
        abort();
    out = open_memstream(&printed, &printed_len);
    complaints_print(c, out);
    fclose(out);
    if (!g_utf8_validate_len(printed, printed_len, NULL))
        abort();
    free(printed);
    return 0;
}

#ifdef REPLAY
int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;
        size_t len;

        if (!g_file_get_contents(argv[i], &text, &len, &error)) {
            fprintf(stderr, "%s\n", error->message);
            return 1;
        }
        LLVMFuzzerTestOneInput((const uint8_t *)text, len);
    }
    return 0;
}
#endif
