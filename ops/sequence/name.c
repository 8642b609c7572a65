/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* name: what the file of an element is called. */
#include "ops/op.h"

#include <string.h>

struct name {
    const char *template;
};

/* Why a template cannot give file names, from what is written in it: whole parts without fields. */
static const char *find_bad_part(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", -1);

    if (*text == '\0')
        return "an empty name; wanted is a template such as '{stem}'";
    if (*text == '/')
        return "a name that begins with '/'; names start at the dataset's folder";
    for (char **part = parts; *part; part++) {
        if (strcmp(*part, "..") == 0)
            return "a name with '..' as a part, which would leave the dataset's folder";
        if (**part == '\0')
            return "a name with an empty part between or behind slashes";
    }
    return NULL;
}

static int name_open(struct seq *s, struct fault *f)
{
    const char *text = ((const struct name *)s->params)->template;
    const char *why = find_bad_part(text);
    struct template *t;

    if (why)
        return fault_set_arg(f, EINVAL, "template", -1, "name: %s", why);
    if (template_new(text, s->in[0], f, &t) < 0)
        return fault_set_arg(f, f->err, "template", -1, "name: %s", f->text);
    s->self = t;
    return 0;
}

static void name_close(struct seq *s)
{
    template_free(s->self);
}

/* The `dir` of a file beside the spec is ".": such parts are left out. */
static void drop_dots(GString *text, gsize start)
{
    gsize at = start;

    while (at + 2 < text->len) {
        if (text->str[at] == '.' && text->str[at + 1] == '/') {
            g_string_erase(text, (gssize)at, 2);
            continue;
        }
        while (at < text->len && text->str[at] != '/')
            at++;
        at++;
    }
}

static enum name_part name_name_of(const struct seq *s, uint64_t i, GString *ret)
{
    const struct template *t = s->self;
    gsize start = ret->len;

    template_print(t, s->in[0], i, ret);
    drop_dots(ret, start);
    return template_has_suffix(t) ? NAME_WHOLE : NAME_STEM;
}

const struct op op_name = {
    .abi = SEQFS_OP_ABI,
    .name = "name",
    .brief = "Names the elements' files.",
    .manual =
        "The template may hold {index}, {index:05d} and the attributes of the elements' sources: "
        "{path}, {dir}, {parent} (its last folder), {name}, {stem}, {ext}, {line}... Slashes make "
        "folders. A name without a "
        "suffix of its own gets that of the element's type. A field that is empty, as {subdir} of "
        "`files` "
        "may be, takes the slash behind it along: `{subdir}/{stem}` keeps the tree of an archive. "
        "Two elements of one name are a fault.",
    .kind = OP_SEQUENCE,
    .params_size = sizeof(struct name),
    .params = PARAMS(PARAM(STRING, struct name, template, .required = true, .main = true,
                           .brief = "text with fields; {{ and }} stand for braces")),
    .examples =
        EXAMPLES({"[{range: 3}, {name: \"number-{index:02d}\"}]", "0 1 2"},
                 {"[{files: \"*.txt\"}, {name: \"texts/{stem}\"}, {slice: \":2\"}]", "alpha beta"},
                 {"[{range: 3}, {name: \"{indx}\"}]",
                  "!1:21: name: no field 'indx' for '{indx}'; did you mean 'index'?"},
                 {"[{range: 3}, {name: \"../{index}\"}]",
                  "!1:21: name: a name with '..' as a part, which would leave the dataset's "
                  "folder"}),
    .open = name_open,
    .close = name_close,
    .name_of = name_name_of,
};
