/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the fuzz targets of plans have in common: a file that lies in memory, plans of specs about
 * it, and a look at all that a plan tells of some of its elements. */
#pragma once

#include "ops/core/identity.h"
#include "ops/core/plan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FUZZ_TIME G_USEC_PER_SEC /* that an element has */
#define FUZZ_SEEN 6              /* elements that are looked at */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What one input is tried with: a dataset, in which FILE is the file and TEXT what it says. */
struct fuzz_mode {
    char letter; /* the input's first byte; others stand for some mode, too */
    const char *dataset;
};

static inline const struct fuzz_mode *fuzz_find_mode(const struct fuzz_mode *modes, size_t len,
                                                     uint8_t first)
{
    for (size_t n = 0; n < len; n++)
        if (modes[n].letter == (char)first)
            return &modes[n];
    return &modes[first % len];
}

/* Says no more than is wanted of whoever looks at what was found. */
static inline void fuzz_check(bool right, const char *what)
{
    if (right)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static inline int fuzz_file(const void *data, size_t len)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    fuzz_check(fd >= 0 && write(fd, data, len) == (ssize_t)len, "there is no memory for the file");
    return fd;
}

/* Where it lies ready in the file it must be as it is computed. */
static inline void fuzz_check_extent(const struct extent *x, GBytes *bytes)
{
    g_autofree char *all = NULL;
    gsize len, want_len, tail_len = x->tail ? strlen(x->tail) : 0;
    const char *want = g_bytes_get_data(bytes, &want_len);

    if (!g_str_has_prefix(x->path, "/proc/self/fd/"))
        return;
    fuzz_check(g_file_get_contents(x->path, &all, &len, NULL) && x->off <= len &&
                   (x->len == UINT64_MAX || x->len <= len - x->off),
               "what lies ready is not within the file");
    len = MIN(x->len, len - x->off);
    fuzz_check(len + tail_len == want_len, "what lies ready has another length");
    fuzz_check(len == 0 || memcmp(all + x->off, want, len) == 0, "what lies ready is another");
    fuzz_check(tail_len == 0 || memcmp(x->tail, want + len, tail_len) == 0, "the tail is another");
}

/* Lifetime: call. */
struct fuzz_attrs {
    const struct seq *seq;
    uint64_t i;
};

static inline void fuzz_attr(void *ctx, const char *name)
{
    const struct fuzz_attrs *a = ctx;
    g_autoptr(GString) text = g_string_new(NULL);

    seq_attr(a->seq, a->i, name, text);
}

/* All that is told of an element without computing it, and whether that is so. */
static inline void fuzz_element(const struct plan *p, struct eval *e, uint32_t output, uint64_t i)
{
    const struct seq *s = plan_output(p, output)->seq;
    g_autoptr(GString) name = g_string_new(NULL);
    g_autoptr(GBytes) bytes = NULL;
    struct extent x = {0};
    uint64_t size = 0;
    const bool lies_ready = seq_extent(s, i, &x), is_sized = seq_size(s, i, &size);

    seq_each_attr(s, fuzz_attr, &(struct fuzz_attrs){s, i});
    g_free(seq_origin(s, i));
    seq_name(s, i, name);
    seq_identity(s, i);
    e->deadline = g_get_monotonic_time() + FUZZ_TIME;
    if (plan_eval(p, e, output, i, &bytes) == 0) {
        fuzz_check(bytes, "an element without bytes");
        fuzz_check(!is_sized || size == g_bytes_get_size(bytes), "the size was another");
        if (lies_ready)
            fuzz_check_extent(&x, bytes);
    } else {
        fuzz_check(!bytes && e->fault.err > 0 && e->fault.text[0], "a failure without a word");
        fuzz_check(g_utf8_validate(e->fault.text, -1, NULL), "a failure that is no text");
    }
    g_free(x.path);
}

static inline void fuzz_output(const struct plan *p, uint32_t output)
{
    const uint64_t len = plan_output(p, output)->seq->len;
    struct eval e;

    eval_init(&e, NULL);
    for (uint64_t i = 0; i < MIN(len, FUZZ_SEEN); i++)
        fuzz_element(p, &e, output, i < FUZZ_SEEN / 2 ? i : len - 1 - (i - FUZZ_SEEN / 2));
    eval_finish(&e);
}

/* Loads the dataset and computes some of its files, or sees what is said against it. */
static inline void fuzz_dataset(const char *dataset, const void *data, size_t len, const char *text)
{
    const int fd = fuzz_file(data, len);
    g_autofree char *file = g_strdup_printf("FILE=/proc/self/fd/%d", fd);
    g_autofree char *said = g_strconcat("TEXT=", text, NULL);
    g_autofree char *spec =
        g_strdup_printf("params: {FILE: none, TEXT: none}\ndataset: %s\n", dataset);
    char *const defines[] = {file, said, NULL};
    OWN(complaints_free) struct complaints *c = complaints_new();
    OWN(plan_free) struct plan *p = NULL;
    char *printed = NULL;
    size_t printed_len;
    FILE *out = open_memstream(&printed, &printed_len);
    int r = plan_parse("/fuzz.yaml", spec, strlen(spec), defines, c, &p);

    fuzz_check((r == 0) == (complaints_len(c) == 0), "refused without a complaint, or the reverse");
    for (uint32_t o = 0; r == 0 && o < plan_n_datasets(p); o++)
        fuzz_output(p, o);
    complaints_print(c, out);
    fclose(out);
    fuzz_check(g_utf8_validate_len(printed, printed_len, NULL), "a complaint that is no text");
    free(printed);
    close(fd);
}

#ifdef REPLAY
int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *bytes = NULL;
        size_t len;

        if (!g_file_get_contents(argv[i], &bytes, &len, &error)) {
            fprintf(stderr, "%s\n", error->message);
            return 1;
        }
        LLVMFuzzerTestOneInput((const uint8_t *)bytes, len);
    }
    return 0;
}
#endif
