/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lines: the text of each line of a file. */
#include "ops/base/same.h"
#include "ops/base/whole.h"
#include "ops/op.h"
#include "ops/source/paths.h"
#include "ops/source/pieces.h"
#include "ops/source/stream.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((size_t)1 << 18)        /* bytes read at once while indexing */
#define QUICK_LINE ((uint64_t)1 << 20) /* bytes of one that is read as quick as a reply */
#define MAX_LINE ((uint64_t)1 << 30)   /* bytes of a line */

/* What an entry of the index holds beside the offset. */
#define HAS_CR ((uint64_t)1 << 63) /* the line ends with a carriage return too */
#define IS_BAD ((uint64_t)1 << 62) /* it is not valid UTF-8, or has a NUL */
#define OFFSET (IS_BAD - 1)

struct lines {
    const char *path;
};

/* Lifetime: the sequence's. */
struct indexed {
    char *origin;      /* absolute; owned */
    char *folder;      /* of the path as written: "" or ending in '/'; owned */
    const char *name;  /* in the params */
    struct stat st;    /* when it was indexed, or found to be packed */
    bool packed;       /* compressed: there is no index, it is read forward */
    uint64_t *starts;  /* owned; one a line, then where a line behind the last would start */
    uint64_t len, cap; /* of starts */
};

/* The state of a scan between two chunks.  Lifetime: call. */
struct scan {
    struct indexed *to;
    uint64_t flags; /* of the line under way */
    uint64_t off;   /* of the buffer in the file */
    bool cr;        /* the byte before the buffer is a carriage return */
    char *buf;      /* owned */
    size_t len;
};

static int add_start(struct indexed *x, uint64_t start, struct fault *f)
{
    if (x->len == x->cap) {
        uint64_t cap = x->cap == 0 ? 64 : x->cap * 2;
        uint64_t *starts = g_try_realloc_n(x->starts, cap, sizeof *starts);

        if (!starts)
            return fault_set(f, ENOMEM, "lines: no memory for more than %" PRIu64 " lines", x->len);
        x->starts = starts;
        x->cap = cap;
    }
    x->starts[x->len++] = start;
    return 0;
}

/* Ends the line under way, whose last bytes are those before `end`, and starts the next behind
 * `next`. */
static int end_line(struct scan *s, bool has_cr, uint64_t next, struct fault *f)
{
    s->to->starts[s->to->len - 1] |= s->flags | (has_cr ? HAS_CR : 0);
    s->flags = 0;
    return add_start(s->to, next, f);
}

/* Checks text that goes on behind what is in the buffer.  Returns how many bytes at its end belong
 * to a character that is not complete. */
static size_t check_open_end(struct scan *s, const char *text, size_t len)
{
    const char *bad = text + len;

    if (len == 0 || g_utf8_validate_len(text, len, &bad))
        return 0;
    size_t left = (size_t)(text + len - bad);
    /* A NUL counts as incomplete there, too. */
    if (left <= 3 && *bad != '\0' && g_utf8_get_char_validated(bad, (gssize)left) == (gunichar)-2)
        return left;
    s->flags |= IS_BAD;
    return 0;
}

/* Indexes what is in the buffer, all but the beginning of a character at its end: that stays. */
static int scan_chunk(struct scan *s, bool at_end, struct fault *f)
{
    const char *at = s->buf, *end = s->buf + s->len, *newline;
    size_t left;
    int r = 0;

    while (r == 0 && (newline = memchr(at, '\n', (size_t)(end - at)))) {
        if (!g_utf8_validate_len(at, (size_t)(newline - at), NULL))
            s->flags |= IS_BAD;
        r = end_line(s, newline > s->buf ? newline[-1] == '\r' : s->cr,
                     s->off + (uint64_t)(newline + 1 - s->buf), f);
        at = newline + 1;
    }
    left = check_open_end(s, at, (size_t)(end - at));
    if (at_end && left > 0)
        s->flags |= IS_BAD;
    s->off += s->len - left;
    s->cr = s->len > left ? end[-(ptrdiff_t)left - 1] == '\r' : s->cr;
    memmove(s->buf, end - left, left);
    s->len = left;
    return r;
}

/* Reads the file once from its beginning to its end. */
static int scan_file(struct scan *s, int fd, const char *path, struct fault *f)
{
    ssize_t n;
    int r = add_start(s->to, 0, f);

    while (r == 0) {
        n = TEMP_FAILURE_RETRY(read(fd, s->buf + s->len, CHUNK - s->len));
        if (n < 0)
            return fault_set_errno(f, errno, "lines: cannot read '%s'", path);
        s->len += (size_t)n;
        r = scan_chunk(s, n == 0, f);
        if (n == 0)
            break;
    }
    /* A last line without its newline ends where that would stand. */
    s->off += s->len;
    if (r == 0 && (s->to->starts[s->to->len - 1] & OFFSET) < s->off)
        r = end_line(s, false, s->off + 1, f);
    return r;
}

static int open_file(struct indexed *x, const char *path, struct fault *f)
{
    int fd = open(x->origin, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct scan s = {.to = x};
    int r = 0;

    if (fd < 0)
        return fault_set_errno(f, errno, "lines: cannot read '%s'", path);
    if (fstat(fd, &x->st) < 0)
        r = fault_set_errno(f, errno, "lines: cannot read '%s'", path);
    else if (!S_ISREG(x->st.st_mode))
        r = fault_set(f, EINVAL, "lines: '%s' is %s; wanted is a text file", path,
                      S_ISDIR(x->st.st_mode) ? "a folder" : "no regular file");
    x->packed = r == 0 && stream_is_packed(fd);
    if (r == 0 && !x->packed) {
        s.buf = g_malloc(CHUNK);
        r = scan_file(&s, fd, path, f);
        g_free(s.buf);
    }
    close(fd);
    return r;
}

/* Whether every line is read in no time: those who reply may not be kept waiting. */
static bool has_quick_lines(const struct indexed *x)
{
    for (uint64_t i = 0; i + 1 < x->len; i++)
        if ((x->starts[i + 1] & OFFSET) - (x->starts[i] & OFFSET) > QUICK_LINE)
            return false;
    return true;
}

static int lines_open(struct seq *s, struct fault *f)
{
    const char *path = ((const struct lines *)s->params)->path;
    const char *slash = strrchr(path, '/');
    struct indexed *x = g_new0(struct indexed, 1);

    s->self = x;
    x->name = slash ? slash + 1 : path;
    x->folder = g_strndup(path, (gsize)(x->name - path));
    x->origin = g_canonicalize_filename(path, s->folder);
    if (open_file(x, path, f) < 0) {
        fault_set_arg(f, f->err, "path", -1, "%s", f->text);
        f->source = true;
        return -f->err;
    }
    s->len = x->packed ? SEQ_UNCOUNTED : x->len - 1;
    s->trivial = !x->packed && has_quick_lines(x);
    return 0;
}

static void lines_close(struct seq *s)
{
    struct indexed *x = s->self;

    if (!x)
        return;
    g_free(x->origin);
    g_free(x->folder);
    g_free(x->starts);
    g_free(x);
}

static struct type lines_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_TEXT};
}

static bool lines_attr(const struct seq *s, uint64_t i, const char *name, GString *ret)
{
    const struct indexed *x = s->self;

    if (strcmp(name, "line") == 0) {
        g_string_append_printf(ret, "%" PRIu64, i + 1);
        return true;
    }
    return paths_attr(x->folder, x->name, name, ret);
}

static char *lines_origin(const struct seq *s, uint64_t i)
{
    return g_strdup(((const struct indexed *)s->self)->origin);
}

/* Where the text of a line lies. */
static void place(const struct indexed *x, uint64_t i, uint64_t *ret_off, uint64_t *ret_len)
{
    uint64_t start = x->starts[i] & OFFSET;

    *ret_off = start;
    *ret_len = (x->starts[i + 1] & OFFSET) - 1 - start - (x->starts[i] & HAS_CR ? 1 : 0);
}

/* What get() would refuse lies nowhere ready. */
static bool lines_extent(const struct seq *s, uint64_t i, struct extent *ret)
{
    const struct indexed *x = s->self;
    struct extent found = {0};
    struct stat st;

    if (x->packed)
        return false;
    place(x, i, &found.off, &found.len);
    if (x->starts[i] & IS_BAD || found.len > MAX_LINE || stat(x->origin, &st) < 0 ||
        !same_file(&x->st, &st))
        return false;
    found.path = g_strdup(x->origin);
    *ret = found;
    return true;
}

/* What has changed since it was indexed fails until it is indexed anew. */
static void lines_identify(const struct call *c, struct digest *d)
{
    const struct indexed *x = c->seq->self;
    struct stat st;
    const bool found = stat(x->origin, &st) == 0;
    const bool same = found && same_file(&x->st, &st);

    digest_text(d, c->seq->op->name);
    digest_number(d, c->i);
    digest_stat(d, x->origin, found ? &st : NULL);
    digest_number(d, same);
    if (!same)
        digest_stat(d, x->origin, &x->st);
}

static int read_stretch(int fd, const struct call *c, char *buf, uint64_t len, uint64_t off)
{
    const char *path = ((const struct lines *)c->params)->path;
    struct stat st;
    const ssize_t n = whole_read_at(fd, buf, len, off);

    if (n < 0)
        return fault_set_errno(&c->eval->fault, (int)-n, "cannot read '%s'", path);
    if ((uint64_t)n < len || fstat(fd, &st) < 0 ||
        !same_file(&((const struct indexed *)c->seq->self)->st, &st))
        return same_refuse(path, &c->eval->fault);
    return 0;
}

static int read_line(const struct call *c, uint64_t off, uint64_t len, GBytes **ret)
{
    const char *path = ((const struct lines *)c->params)->path;
    const struct indexed *x = c->seq->self;
    struct fault *f = &c->eval->fault;
    g_autofree char *buf = g_try_malloc(len + 1);
    int fd, r;

    if (!buf)
        return fault_set(f, ENOMEM,
                         "no memory for the %" PRIu64 " bytes of line %" PRIu64 " of '%s'", len,
                         c->i + 1, path);
    fd = open(x->origin, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fault_set_errno(f, errno, "cannot read '%s'", path);
    r = read_stretch(fd, c, buf, len, off);
    close(fd);
    if (r == 0)
        *ret = g_bytes_new_take(g_steal_pointer(&buf), len);
    return r;
}

static int lines_get(const struct call *c, struct value **ret)
{
    const char *path = ((const struct lines *)c->params)->path;
    const struct indexed *x = c->seq->self;
    struct fault *f = &c->eval->fault;
    GBytes *bytes = NULL;
    uint64_t off, len;
    int r;

    place(x, c->i, &off, &len);
    if (x->starts[c->i] & IS_BAD)
        return fault_set(f, EILSEQ, "line %" PRIu64 " of '%s' is not valid UTF-8 text", c->i + 1,
                         path);
    if (len > MAX_LINE)
        return fault_set(f, EFBIG, "line %" PRIu64 " of '%s' has more than %" PRIu64 " bytes",
                         c->i + 1, path, MAX_LINE);
    r = read_line(c, off, len, &bytes);
    if (r == 0)
        *ret = value_new_text_bytes(bytes);
    return r;
}

/* One pass over a compressed file.  Lifetime: its owner's. */
struct pass {
    struct pieces pieces;
    struct stream *stream; /* owned */
    char *what;            /* owned */
};

static void lines_stop(void *reader)
{
    struct pass *pass = reader;

    stream_close(pass->stream);
    pieces_finish(&pass->pieces);
    g_free(pass->what);
    g_free(pass);
}

/* The file, if it is still the one that was counted. */
static int open_again(const struct indexed *x, const char *path, struct fault *f, int *ret)
{
    int fd = open(x->origin, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;

    if (fd < 0)
        return fault_set_errno(f, errno, "cannot read '%s'", path);
    if (fstat(fd, &st) < 0 || !same_file(&x->st, &st)) {
        close(fd);
        return fault_set(
            f, ESTALE,
            "'%s' has changed since it was counted; reload the spec (SIGHUP) or mount it anew",
            path);
    }
    *ret = fd;
    return 0;
}

static int lines_start(const struct seq *s, struct fault *f, void **ret_reader)
{
    const char *path = ((const struct lines *)s->params)->path;
    struct stream *stream;
    struct pass *pass;
    int fd = -1;
    int r = open_again(s->self, path, f, &fd);

    if (r == 0)
        r = stream_open(fd, path, f, &stream);
    if (r < 0)
        return r;
    pass = g_new0(struct pass, 1);
    pass->stream = stream;
    pass->what = g_strdup_printf("'%s'", path);
    pass->pieces = (struct pieces){
        .read = stream_read, .ctx = stream, .split = PIECES_LINES, .what = pass->what};
    *ret_reader = pass;
    return 0;
}

static int lines_next(void *reader, int64_t deadline, struct fault *f, struct value **ret)
{
    return pieces_next(&((struct pass *)reader)->pieces, deadline, f, ret);
}

const struct op op_lines = {
    .abi = SEQFS_OP_ABI,
    .name = "lines",
    .brief = "The text of each line of a file.",
    .manual =
        "Lines end with a newline, or a carriage return and a newline, which do not belong to the "
        "text; the last may end with the file. The text is UTF-8: a line that is none is an "
        "element that fails. Beside those of the file, {line} is an attribute, counted from 1.\n\n"
        "A file compressed by gzip, bzip2, xz or zstd, whatever it is called, is read forward: a "
        "'uniter' step follows it, written or implied.",
    .kind = OP_SOURCE,
    .params_size = sizeof(struct lines),
    .params = PARAMS(PARAM(STRING, struct lines, path, .required = true, .main = true,
                           .brief = "the file; relative to the spec's folder")),
    .examples = EXAMPLES({"{lines: words.txt}", "one two three"},
                         {"{lines: sub}", "!1:9: lines: 'sub' is a folder; wanted is a text file"}),
    .attrs = ATTRS("line", PATHS_ATTRS),
    .open = lines_open,
    .close = lines_close,
    .type = lines_type,
    .attr = lines_attr,
    .extent = lines_extent,
    .origin = lines_origin,
    .identify = lines_identify,
    .get = lines_get,
    .start = lines_start,
    .next = lines_next,
    .stop = lines_stop,
};
