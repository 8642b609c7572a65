/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs the examples that every operator of ours carries, right uses and wrong ones.  Their folder
 * has a.txt ("alpha"), b.txt ("beta"), c.txt ("gamma"), sub/d.txt ("delta"), words.txt ("one",
 * "two", "three"), table.csv, table.tsv and rows.jsonl (two rows each), steps.py (functions of
 * Python), photo.jpg (32x24, three bands) and broken.jpg (its first half), labels.npy (7, -2, 1)
 * and cut.npy (without the last item), labels.idx (5, 0, 4) and cut.idx (likewise), arrays.npz (x:
 * 1, 2; y: 5, 6), pets.tar and pets.zip (two samples of two files), and the databases of
 * databases.h. Speaks TAP. */
#include <archive.h>
#include <archive_entry.h>
#include <ftw.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>
#include <vips/vips.h>

#include "ops/core/npy.h"
#include "ops/core/plan.h"
#include "ops/image/image.h"
#include "tests/ops/databases.h"

/* Lifetime: process. */
struct run {
    char *folder; /* with a final slash */
    unsigned n, n_failed;
};

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    return remove(path);
}

static void write_file(const struct run *run, const char *name, const void *data, size_t len)
{
    g_autofree char *path = g_strconcat(run->folder, name, NULL);
    g_autoptr(GError) error = NULL;

    if (!g_file_set_contents(path, data, (gssize)len, &error))
        g_error("%s", error->message);
}

static void write_photos(const struct run *run)
{
    uint8_t pixels[24 * 32 * 3];
    g_autofree void *jpeg = NULL;
    size_t len = 0;
    VipsImage *image;

    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 2654435761u >> 24);
    image = vips_image_new_from_memory(pixels, sizeof pixels, 32, 24, 3, VIPS_FORMAT_UCHAR);
    if (image == NULL || vips_jpegsave_buffer(image, &jpeg, &len, NULL))
        g_error("%s", vips_error_buffer());
    g_object_unref(image);
    write_file(run, "photo.jpg", jpeg, len);
    write_file(run, "broken.jpg", jpeg, len / 2);
}

/* An npy file of int32.  Owned by the caller. */
static GString *npy_of(const int32_t *items, uint32_t len)
{
    const struct array_type t = {.dtype = DTYPE_INT32, .n_dims = 1, .dims = {len}};
    GString *file = g_string_new(NULL);

    npy_print(&t, file);
    g_string_append_len(file, (const char *)items, (gssize)(len * sizeof *items));
    return file;
}

static struct archive *open_archive(const struct run *run, const char *name, int format)
{
    g_autofree char *path = g_strconcat(run->folder, name, NULL);
    struct archive *a = archive_write_new();

    archive_write_set_format(a, format);
    if (archive_write_open_filename(a, path) != ARCHIVE_OK)
        g_error("%s", archive_error_string(a));
    return a;
}

static void add_member(struct archive *a, const char *name, const void *data, size_t len)
{
    struct archive_entry *entry = archive_entry_new();

    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)len);
    if (archive_write_header(a, entry) != ARCHIVE_OK || archive_write_data(a, data, len) < 0)
        g_error("%s", archive_error_string(a));
    archive_entry_free(entry);
}

static void close_archive(struct archive *a)
{
    if (archive_write_close(a) != ARCHIVE_OK)
        g_error("%s", archive_error_string(a));
    archive_write_free(a);
}

static void write_npz(const struct run *run)
{
    g_autoptr(GString) x = npy_of((const int32_t[]){1, 2}, 2);
    g_autoptr(GString) y = npy_of((const int32_t[]){5, 6}, 2);
    struct archive *a = open_archive(run, "arrays.npz", ARCHIVE_FORMAT_ZIP);

    add_member(a, "x.npy", x->str, x->len);
    add_member(a, "y.npy", y->str, y->len);
    close_archive(a);
}

static void write_arrays(const struct run *run)
{
    static const char idx[] = "\0\0\x08\1\0\0\0\3\5\0\4";
    g_autoptr(GString) npy = npy_of((const int32_t[]){7, -2, 1}, 3);

    write_file(run, "labels.npy", npy->str, npy->len);
    write_file(run, "cut.npy", npy->str, npy->len - sizeof(int32_t));
    write_file(run, "labels.idx", idx, sizeof idx - 1);
    write_file(run, "cut.idx", idx, sizeof idx - 2);
    write_npz(run);
}

static void write_pets(const struct run *run, const char *name, int format)
{
    static const char *const pets[][2] = {
        {"0.txt", "a cat\n"}, {"0.cls", "0"}, {"1.txt", "a dog\n"}, {"1.cls", "1"}};
    struct archive *a = open_archive(run, name, format);

    for (size_t i = 0; i < G_N_ELEMENTS(pets); i++)
        add_member(a, pets[i][0], pets[i][1], strlen(pets[i][1]));
    close_archive(a);
}

/* For the examples of `python`. */
static const char steps[] = "def upper(data):\n"
                            "    return data.upper()\n"
                            "\n"
                            "\n"
                            "def label(data, index, stem):\n"
                            "    return '%d %s' % (index, stem)\n"
                            "\n"
                            "\n"
                            "def lengths(data):\n"
                            "    return {'bytes': len(data)}\n"
                            "\n"
                            "\n"
                            "def fail(data):\n"
                            "    raise ValueError('not this one')\n";

static void write_files(const struct run *run)
{
    static const char *const files[][2] = {{"a.txt", "alpha\n"},
                                           {"b.txt", "beta\n"},
                                           {"c.txt", "gamma\n"},
                                           {"sub/d.txt", "delta\n"},
                                           {"words.txt", "one\ntwo\nthree\n"},
                                           {"steps.py", steps},
                                           {"table.csv", "file,label,weight\r\n"
                                                         "a.txt,\"first, of all\",0.5\r\n"
                                                         "sub/d.txt,second,\r\n"},
                                           {"table.tsv", "id\tsaid\n1\t\"hello\"\n2\tit's\n"},
                                           {"rows.jsonl",
                                            "{\"file\": \"a.txt\", \"label\": 1, \"box\": [1, 2]}\n"
                                            "{\"file\": \"b.txt\", \"label\": 2}\n"}};
    g_autofree char *sub = g_strconcat(run->folder, "sub", NULL);

    g_mkdir_with_parents(sub, 0777);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        write_file(run, files[i][0], files[i][1], strlen(files[i][1]));
    write_photos(run);
    write_arrays(run);
    write_pets(run, "pets.tar", ARCHIVE_FORMAT_TAR_USTAR);
    write_pets(run, "pets.zip", ARCHIVE_FORMAT_ZIP);
    databases_write(run->folder);
}

/* A place in the spec that the example was made into, as a place in the example. */
struct shift {
    unsigned line, column;
};

static char *as_spec(const char *example, struct shift *ret)
{
    bool is_block = example[0] == '-' || strchr(example, '\n') != NULL;

    *ret = is_block ? (struct shift){1, 0} : (struct shift){0, strlen("dataset: ")};
    return g_strconcat(is_block ? "dataset:\n" : "dataset: ", example, "\n", NULL);
}

/* The first complaint as examples write it: "!1:22: sentence". */
static char *first_complaint(const struct run *run, const struct complaints *c, struct shift shift)
{
    g_autofree char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    unsigned line = 0, column = 0;
    const char *at;

    complaints_print(c, out);
    fclose(out);
    text[strcspn(text, "\n")] = '\0';
    at = text + (g_str_has_prefix(text, run->folder) ? strlen(run->folder) : 0);
    at += strcspn(at, ":");
    if (sscanf(at, ":%u:%u:", &line, &column) != 2)
        return g_strdup(text);
    for (int i = 0; i < 3; i++)
        at = strchr(at, ':') + 1;
    return g_strdup_printf("!%u:%u:%s", line - shift.line, column - shift.column, at);
}

static void append_size(GString *ret, VipsImage *image)
{
    g_string_append_printf(ret, "%dx%dx%d", vips_image_get_width(image),
                           vips_image_get_height(image), vips_image_get_bands(image));
}

/* Text as it is, without its final newline; the file of a picture by its size. */
static void append_file(GString *ret, GBytes *bytes)
{
    size_t len;
    const char *text = g_bytes_get_data(bytes, &len);
    VipsImage *image;

    if (g_utf8_validate_len(text, len, NULL)) {
        g_string_append_len(ret, text, (gssize)(len > 0 && text[len - 1] == '\n' ? len - 1 : len));
        return;
    }
    image = vips_image_new_from_buffer(text, len, "", NULL);
    if (image != NULL) {
        append_size(ret, image);
        g_object_unref(image);
    } else {
        g_string_append_printf(ret, "<%zu bytes>", len);
    }
}

/* An image's file is made all the same, so that its pixels were computed. */
static int append_element(const struct plan *p, struct eval *e, uint64_t i, GString *ret)
{
    const struct seq *unencoded = plan_output(p, 0)->unencoded;
    OWN(value_unref) struct value *v = NULL;
    g_autoptr(GBytes) bytes = NULL;
    int r = plan_eval(p, e, 0, i, &bytes);
    eval_finish(e);

    if (r < 0)
        return r;
    if (seq_type(unencoded, i).kind != VALUE_IMAGE) {
        append_file(ret, bytes);
        return 0;
    }
    VipsImage *pixels;
    r = seq_get(unencoded, e, i, &v);
    if (r == 0)
        r = image_pixels(image_of(v), e, &pixels);
    if (r == 0)
        append_size(ret, pixels);
    return r;
}

/* All elements up to the first that fails. */
static char *evaluate(const struct run *run, const struct plan *p)
{
    g_autoptr(GString) ret = g_string_new(NULL);
    uint64_t len = plan_output(p, 0)->seq->len;
    g_autofree struct eval *e = g_new0(struct eval, 1);

    for (uint64_t i = 0; i < len; i++) {
        g_autoptr(GString) one = g_string_new(NULL);

        eval_init(e, NULL);
        if (append_element(p, e, i, one) < 0)
            return g_strdup_printf("#%" PRIu64 ": %s", i, e->fault.text);
        g_string_append_printf(ret, "%s%s", i > 0 ? " " : "", one->str);
    }
    return g_string_free(g_steal_pointer(&ret), FALSE);
}

static char *outcome(const struct run *run, const char *example)
{
    OWN(complaints_free) struct complaints *c = complaints_new();
    OWN(plan_free) struct plan *p = NULL;
    struct shift shift;
    g_autofree char *spec = as_spec(example, &shift);
    g_autofree char *path = g_strconcat(run->folder, "example.yaml", NULL);
    g_autofree char *said = NULL;
    g_auto(GStrv) parts = NULL;

    if (plan_parse(path, spec, strlen(spec), NULL, c, &p) < 0)
        said = first_complaint(run, c, shift);
    else
        said = evaluate(run, p);
    parts = g_strsplit(said, run->folder, -1);
    return g_strjoinv("", parts);
}

static void report(struct run *run, bool ok, const char *op, const char *what)
{
    g_auto(GStrv) lines = g_strsplit(what, "\n", -1);
    g_autofree char *line = g_strjoinv(" ", lines);

    printf("%s %u - %s: %s\n", ok ? "ok" : "not ok", ++run->n, op, line);
    run->n_failed += !ok;
}

static bool is_wrong_use(const struct op_example *x)
{
    return x->want[0] == '!' || x->want[0] == '#';
}

static void run_op(void *ctx, const struct op *op)
{
    struct run *run = ctx;
    bool has_wrong = false;

    if (op->data != NULL)
        return;
    for (const struct op_example *x = op->examples; x != NULL && x->spec != NULL; x++) {
        g_autofree char *got = outcome(run, x->spec);
        bool ok = strcmp(got, x->want) == 0;

        report(run, ok, op->name, x->spec);
        if (!ok)
            printf("# wanted: %s\n# got:    %s\n", x->want, got);
        has_wrong = has_wrong || is_wrong_use(x);
    }
    report(run, has_wrong, op->name, "has an example of a wrong use");
}

int main(int argc, char **argv)
{
    struct run run = {0};
    g_autofree char *folder = g_dir_make_tmp("seqfs-examples-XXXXXX", NULL);
    OWN(registry_free) struct registry *registry = NULL;
    struct fault f = {0};

    if (folder == NULL || VIPS_INIT(argv[0]) || registry_new(&f, &registry) < 0)
        g_error("%s", f.text);
    run.folder = g_strconcat(folder, "/", NULL);
    write_files(&run);
    registry_each(registry, run_op, &run);
    printf("1..%u\n", run.n);
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    g_free(run.folder);
    return run.n_failed > 0;
}
