/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes lists and records apart, level by level, until every element is a file. */
#include "ops/core/outputs.h"

#include <string.h>

#include "ops/base/filename.h"
#include "ops/core/forward.h"
#include "ops/core/manifest.h"
#include "ops/core/structure.h"

extern const struct op op_contact_sheet;

static enum layout find_layout(const struct seq *s)
{
    for (; s; s = s->n_in > 0 ? s->in[0] : NULL)
        if (s->op->flags & OP_LAYOUT)
            return (enum layout) * (const int64_t *)s->params;
    return LAYOUT_USUAL;
}

/* Elements that stand for all, where there are more: of each output, so it must be quick. */
#define LOOKED_AT 8192

/* Whether a record, or any of them for SEQ_ANY, has nothing but scalars. */
static bool is_plain(const struct seq *s, uint64_t i)
{
    uint64_t n = seq_n_parts(s, i);

    for (uint64_t k = 0; n != SEQ_ANY && k < n; k++) {
        struct type t = seq_part_type(s, i, k);
        if (!t.known || t.kind > VALUE_TEXT)
            return false;
    }
    return n != SEQ_ANY;
}

/* What must be taken apart of elements of several kinds: lists first, then records, unless all are
 * files as they are. */
static enum level_kind kind_of_mixture(const struct seq *s, enum layout layout)
{
    const bool keeps_records = layout == LAYOUT_JSON || layout == LAYOUT_TAR;
    const uint64_t stride = s->len / LOOKED_AT + 1;
    enum level_kind kind = LEVEL_FILES;

    for (uint64_t i = 0; i < s->len; i += stride) {
        struct type t = seq_type(s, i);
        if (!t.known || !t.parted)
            continue;
        if (t.kind == VALUE_LIST)
            return LEVEL_LISTS;
        if (!keeps_records && (layout != LAYOUT_USUAL || !is_plain(s, i)))
            kind = LEVEL_RECORDS;
    }
    return kind;
}

static enum level_kind kind_of(const struct seq *s, enum layout layout)
{
    struct type t = seq_type(s, SEQ_ANY);

    if (!t.known)
        return kind_of_mixture(s, layout);
    if (!t.parted)
        return t.kind == VALUE_RECORD ? kind_of_mixture(s, layout) : LEVEL_FILES;
    if (t.kind == VALUE_LIST)
        return LEVEL_LISTS;
    if (t.kind != VALUE_RECORD || layout == LAYOUT_JSON || layout == LAYOUT_TAR)
        return LEVEL_FILES;
    return layout == LAYOUT_USUAL && is_plain(s, SEQ_ANY) ? LEVEL_FILES : LEVEL_RECORDS;
}

/* The sequence of all files, or NULL after having complained. */
static struct seq *add_levels(struct pipeline *p, struct output *o, struct seq *s,
                              enum layout layout)
{
    while (o->n_levels < OUTPUT_LEVELS) {
        struct level *level = &o->levels[o->n_levels++];

        level->seq = s;
        level->kind = kind_of(s, layout);
        if (level->kind == LEVEL_FILES)
            return s;
        const char *what = level->kind == LEVEL_LISTS ? "lists" : "records";
        s = pipeline_imply(p, "flatten", s, o->mark, pipeline_word(p, what, o->mark));
        if (!s)
            return NULL;
        level->layout = layout == LAYOUT_DIRS ? LAYOUT_DIRS : LAYOUT_SIBLINGS;
        level->parts = s->self;
    }
    complaints_add(p->bind.complaints, COMPLAINT_SPEC, o->mark,
                   "more than %d lists and records within one another", OUTPUT_LEVELS - 1);
    return NULL;
}

static struct seq *encode(struct pipeline *p, struct seq *s, enum layout layout)
{
    bool record = s->any.known && s->any.kind == VALUE_RECORD;
    const char *format = layout == LAYOUT_JSON ? "json" : layout == LAYOUT_TAR ? "tar" : NULL;

    if (s->any.known && s->any.kind == VALUE_BYTES)
        return s;
    if (record && format)
        return pipeline_imply(p, "encode", s, s->mark, pipeline_word(p, format, s->mark));
    return pipeline_imply(p, "encode", s, s->mark, NULL);
}

static bool add(GArray *outputs, struct pipeline *p, struct output o, struct seq *s)
{
    enum layout layout = find_layout(s);

    s = add_levels(p, &o, s, layout);
    if (!s)
        return false;
    o.unencoded = s;
    o.seq = encode(p, s, layout);
    if (o.seq)
        g_array_append_val(outputs, o);
    return o.seq;
}

bool outputs_add(GArray *outputs, struct pipeline *p, const char *name, struct seq *s,
                 struct mark mark)
{
    return add(outputs, p, (struct output){.name = name, .kind = OUTPUT_DATASET, .mark = mark}, s);
}

static bool is_file_name(const char *name)
{
    return filename_is_one(name) && strcmp(name, ".errors") != 0 && strlen(name) <= 255;
}

static bool is_stage(const struct seq *s)
{
    return !s->implied || s->op == &op_put || s->op == &op_regroup;
}

/* A dataset after each of its steps, from the source on. */
static void add_stages(GArray *outputs, struct pipeline *p, uint32_t dataset)
{
    g_autoptr(GPtrArray) steps = g_ptr_array_new(); /* the last one first */
    const struct output *of = &g_array_index(outputs, struct output, dataset);
    struct output o = {.kind = OUTPUT_STAGE, .dataset = dataset, .mark = of->mark};
    struct seq *s = (struct seq *)of->levels[0].seq;

    for (bool more = true; more;) {
        if (is_stage(s))
            g_ptr_array_add(steps, s);
        more = s->op->kind != OP_SOURCE && !(s->op->flags & OP_COMBINES) && s->n_in > 0;
        s = more ? s->in[0] : s;
    }
    for (guint n = 0; n < steps->len; n++) {
        s = steps->pdata[steps->len - 1 - n];
        g_autofree char *name = g_strdup_printf("%02u-%s", n, s->name);
        o.name = g_string_chunk_insert(p->bind.strings, name);
        o.mark = s->mark;
        if (!forward_only(s) && is_file_name(o.name))
            add(outputs, p, o, s);
    }
}

static void add_contact(GArray *outputs, struct pipeline *p, uint32_t dataset)
{
    const struct output *of = &g_array_index(outputs, struct output, dataset);
    struct output o = {
        .name = "contact", .kind = OUTPUT_CONTACT, .dataset = dataset, .mark = of->mark};
    struct seq *s =
        pipeline_append(p, &op_contact_sheet, (struct seq *)of->levels[0].seq, of->mark);

    if (s && s->len > 0)
        add(outputs, p, o, s);
}

static const struct seq *find_manifest(const struct seq *s)
{
    for (; s; s = s->n_in > 0 ? s->in[0] : NULL)
        if (s->op->flags & OP_MANIFEST)
            return *(const bool *)s->params ? s : NULL;
    return NULL;
}

static void add_manifest(GArray *outputs, struct pipeline *p, uint32_t dataset)
{
    const struct output *of = &g_array_index(outputs, struct output, dataset);
    const struct seq *step = find_manifest(of->levels[0].seq);
    struct output o = {.name = MANIFEST_NAME, .kind = OUTPUT_MANIFEST, .dataset = dataset};
    struct seq *s;

    if (!step)
        return;
    o.mark = step->mark;
    s = pipeline_append(p, &op_manifest_table, (struct seq *)manifest_rows(of)->seq, step->mark);
    if (!s)
        return;
    manifest_set(s, of, dataset);
    add(outputs, p, o, s);
}

void outputs_add_manifests(GArray *outputs, struct pipeline *p)
{
    for (uint32_t n = 0, n_datasets = outputs->len; n < n_datasets; n++)
        add_manifest(outputs, p, n);
}

void outputs_add_views(GArray *outputs, struct pipeline *p, const GArray *named,
                       uint32_t n_datasets)
{
    struct complaints *complaints = p->bind.complaints;

    p->bind.complaints = complaints_new();
    for (guint n = 0; n < named->len; n++) {
        const struct named_seq *of = &g_array_index(named, struct named_seq, n);
        struct output o = {.name = of->name, .kind = OUTPUT_SEQUENCE, .mark = of->mark};
        if (of->seq && is_file_name(of->name))
            add(outputs, p, o, (struct seq *)of->seq);
    }
    for (uint32_t n = 0; n < n_datasets; n++) {
        add_stages(outputs, p, n);
        add_contact(outputs, p, n);
    }
    complaints_free(p->bind.complaints);
    p->bind.complaints = complaints;
}
