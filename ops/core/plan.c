/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loads a spec into a plan, and evaluates the elements of its outputs. */
#include "ops/core/plan.h"

#include "ops/base/filename.h"
#include "ops/base/nearest.h"
#include "ops/base/scan.h"
#include "ops/core/outputs.h"
#include "ops/core/pipeline.h"
#include "ops/core/sizing.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct plan {
    struct spec *spec;         /* owned */
    struct registry *registry; /* owned */
    GStringChunk *strings;     /* owned: texts of arguments */
    GPtrArray *blocks;         /* owned: arrays of arguments */
    GPtrArray *steps;          /* owned: every struct seq, by id */
    GPtrArray *copies;         /* owned: those that `epochs` makes, with the ids of others */
    uint32_t n_written;        /* steps that are of the spec, not of views */
    uint32_t n_datasets;       /* outputs that come first */
    GArray *outputs;           /* owned: struct output */
    GArray *named;             /* owned: struct named_seq */
    uint64_t seed;
    struct naming naming; /* none before plan_set_naming() */
    bool fast;
};

/* What loading needs besides the plan.  Lifetime: call. */
struct loading {
    struct plan *plan;
    struct complaints *complaints;
    struct pipeline pipeline;
    GArray *names;   /* of struct pipeline_name */
    unsigned before; /* complaints older than the spec */
};

void plan_free(struct plan *p)
{
    if (!p)
        return;
    for (guint i = p->copies->len; i-- > 0;)
        pipeline_free_seq(p->copies->pdata[i]);
    for (guint i = p->steps->len; i-- > 0;)
        pipeline_free_seq(p->steps->pdata[i]);
    g_ptr_array_unref(p->copies);
    g_ptr_array_unref(p->steps);
    g_array_unref(p->outputs);
    g_array_unref(p->named);
    g_ptr_array_unref(p->blocks);
    g_string_chunk_free(p->strings);
    registry_free(p->registry);
    spec_free(p->spec);
    g_free(p);
}

static struct plan *plan_new(struct spec *own_spec)
{
    struct plan *p = g_new0(struct plan, 1);

    p->spec = own_spec;
    p->strings = g_string_chunk_new(4096);
    p->blocks = g_ptr_array_new_with_free_func(g_free);
    p->steps = g_ptr_array_new();
    p->copies = g_ptr_array_new();
    p->outputs = g_array_new(FALSE, TRUE, sizeof(struct output));
    p->named = g_array_new(FALSE, TRUE, sizeof(struct named_seq));
    return p;
}

static void check_keys(struct loading *l, const struct node *root)
{
    static const char *const known[] = {"dataset", "datasets", "sequences", "params", "seed",
                                        "fast",    "workers",  "prefetch",  "cache",  "errors"};
    char hint[128];

    for (uint32_t i = 0; i < root->len; i++) {
        struct nearest near;
        bool found = false;
        nearest_init(&near, root->keys[i]->text);
        for (size_t k = 0; k < G_N_ELEMENTS(known); k++) {
            nearest_offer(&near, known[k]);
            found = found || strcmp(known[k], root->keys[i]->text) == 0;
        }
        if (!found && !root->keys[i]->broken)
            complaints_add(l->complaints, COMPLAINT_SPEC, root->keys[i]->mark,
                           "unknown key '%.64s'%s", root->keys[i]->text,
                           nearest_hint(&near, hint, sizeof hint));
    }
}

static void read_seed(struct loading *l, const struct node *root)
{
    const struct node *n = node_find(root, "seed");
    int64_t seed;

    if (!n)
        return;
    if (n->kind == NODE_SCALAR && scan_int(n->text, &seed))
        l->plan->seed = (uint64_t)seed;
    else if (!n->broken)
        complaints_add(l->complaints, COMPLAINT_SPEC, n->mark, "seed: wanted is a whole number");
}

static void read_fast(struct loading *l, const struct node *root)
{
    const struct node *n = node_find(root, "fast");

    l->plan->fast = true;
    if (!n || (n->kind == NODE_SCALAR && scan_bool(n->text, &l->plan->fast)) || n->broken)
        return;
    complaints_add(l->complaints, COMPLAINT_SPEC, n->mark, "fast: wanted is true or false");
}

/* The entries of a top-level mapping of sequences, or NULL after having complained where it is
 * none. */
static const struct node *mapping_of(struct loading *l, const struct node *root, const char *key)
{
    const struct node *n = node_find(root, key);
    char found[80];

    if (!n || n->kind == NODE_MAPPING)
        return n;
    complaints_add(l->complaints, COMPLAINT_SPEC, n->mark,
                   "%s is %s, wanted is a mapping of names to sequences", key,
                   node_describe(n, found, sizeof found));
    return NULL;
}

static void read_names(struct loading *l, const struct node *root)
{
    const struct node *n = mapping_of(l, root, "sequences");

    for (uint32_t i = 0; n && i < n->len; i++) {
        struct pipeline_name name = {
            .name = n->keys[i]->text, .node = n->items[i], .mark = n->keys[i]->mark};
        if (!*name.name)
            complaints_add(l->complaints, COMPLAINT_SPEC, name.mark, "a sequence needs a name");
        g_array_append_val(l->names, name);
    }
    for (guint i = 0; i < l->names->len; i++) {
        struct pipeline_name *name = &g_array_index(l->names, struct pipeline_name, i);
        g_hash_table_insert(l->pipeline.names, (gpointer)name->name, name);
    }
}

static void build_names(struct loading *l)
{
    for (guint i = 0; i < l->names->len; i++) {
        struct pipeline_name *name = &g_array_index(l->names, struct pipeline_name, i);
        struct named_seq named = {.name = name->name, .mark = name->mark};
        named.seq = pipeline_build_name(&l->pipeline, name);
        g_array_append_val(l->plan->named, named);
    }
}

static void add_output(struct loading *l, const char *name, const struct node *n, struct mark mark)
{
    struct seq *s = pipeline_build(&l->pipeline, n);

    if (s)
        outputs_add(l->plan->outputs, &l->pipeline, name, s, mark);
}

static void check_folder(struct loading *l, const struct node *key)
{
    const char *name = key->text;

    if (!filename_is_one(name) || strcmp(name, ".errors") == 0 || strcmp(name, ".seqfs") == 0 ||
        strlen(name) > 255)
        complaints_add(l->complaints, COMPLAINT_SPEC, key->mark,
                       "datasets: '%.64s' cannot be a folder's name", name);
}

static struct mark mark_of_key(const struct node *mapping, const char *key)
{
    for (uint32_t i = 0; i < mapping->len; i++)
        if (strcmp(mapping->keys[i]->text, key) == 0)
            return mapping->keys[i]->mark;
    return mapping->mark;
}

static void build_outputs(struct loading *l, const struct node *root)
{
    const struct node *one = node_find(root, "dataset"), *many = node_find(root, "datasets");

    if (one && many)
        complaints_add(
            l->complaints, COMPLAINT_SPEC, mark_of_key(root, "datasets"),
            "there is a 'dataset' already: 'datasets' is used instead of it, not with it");
    if (!one && !many)
        complaints_add(l->complaints, COMPLAINT_SPEC, root->mark,
                       "there is no 'dataset': what is to be mounted is missing");
    if (one)
        add_output(l, "", one, one->mark);
    many = mapping_of(l, root, "datasets");
    if (many && many->len == 0)
        complaints_add(l->complaints, COMPLAINT_SPEC, many->mark, "datasets: there is none");
    for (uint32_t i = 0; many && i < many->len; i++) {
        check_folder(l, many->keys[i]);
        add_output(l, many->keys[i]->text, many->items[i], many->keys[i]->mark);
    }
}

static void load_sequences(struct loading *l)
{
    const struct node *root = spec_root(l->plan->spec);

    l->names = g_array_new(FALSE, TRUE, sizeof(struct pipeline_name));
    l->pipeline = (struct pipeline){
        .registry = l->plan->registry,
        .bind = {.complaints = l->complaints,
                 .strings = l->plan->strings,
                 .blocks = l->plan->blocks,
                 .folder = spec_folder(l->plan->spec)},
        .steps = l->plan->steps,
        .copies = l->plan->copies,
        .names = g_hash_table_new(g_str_hash, g_str_equal),
    };
    pipeline_init(&l->pipeline);
    check_keys(l, root);
    read_seed(l, root);
    read_fast(l, root);
    l->pipeline.seed = l->plan->seed;
    l->pipeline.fast = l->plan->fast;
    read_names(l, root);
    build_names(l);
    build_outputs(l, root);
    l->plan->n_datasets = l->plan->outputs->len;
    l->plan->n_written = l->plan->steps->len;
    if (complaints_len(l->complaints) == l->before) {
        outputs_add_manifests(l->plan->outputs, &l->pipeline);
        outputs_add_views(l->plan->outputs, &l->pipeline, l->plan->named, l->plan->n_datasets);
    }
    sizing_mark(l->plan->steps, l->plan->outputs);
    pipeline_finish(&l->pipeline);
    g_hash_table_unref(l->pipeline.names);
    g_array_unref(l->names);
}

/* From a spec that was read to a plan; takes the spec over.  before: complaints older than the
 * spec. */
static int load(struct spec *own_spec, unsigned before, plan_check_fn *check, void *ctx,
                struct complaints *c, struct plan **ret)
{
    OWN(plan_free) struct plan *p = plan_new(own_spec);
    struct loading l = {.plan = p, .complaints = c, .before = before};
    struct fault f = {0};

    if (registry_new(&f, &p->registry) < 0) {
        complaints_add(c, COMPLAINT_SPEC, (struct mark){0}, "%s", f.text);
        return -f.err;
    }
    load_sequences(&l);
    if (check)
        check(ctx, p, c);
    if (complaints_len(c) > before)
        return -EINVAL;
    *ret = g_steal_pointer(&p);
    return 0;
}

int plan_load(const char *path, char *const *defines, plan_check_fn *check, void *ctx,
              struct complaints *c, struct plan **ret)
{
    unsigned before = complaints_len(c);
    struct spec *spec = NULL;
    int r = spec_load(path, defines, c, &spec);

    return r < 0 ? r : load(spec, before, check, ctx, c, ret);
}

int plan_parse(const char *path, const char *text, size_t len, char *const *defines,
               struct complaints *c, struct plan **ret)
{
    unsigned before = complaints_len(c);
    struct spec *spec = NULL;
    int r = spec_parse(path, text, len, defines, c, &spec);

    return r < 0 ? r : load(spec, before, NULL, NULL, c, ret);
}

uint32_t plan_n_outputs(const struct plan *p)
{
    return p->outputs->len;
}

uint32_t plan_n_datasets(const struct plan *p)
{
    return p->n_datasets;
}

const struct output *plan_output(const struct plan *p, uint32_t output)
{
    g_assert(output < p->outputs->len);
    return &g_array_index(p->outputs, struct output, output);
}

uint32_t plan_n_named(const struct plan *p)
{
    return p->named->len;
}

const struct named_seq *plan_named(const struct plan *p, uint32_t i)
{
    g_assert(i < p->named->len);
    return &g_array_index(p->named, struct named_seq, i);
}

uint32_t plan_n_steps(const struct plan *p)
{
    return p->steps->len;
}

uint32_t plan_n_written(const struct plan *p)
{
    return p->n_written;
}

const struct seq *plan_step(const struct plan *p, uint32_t id)
{
    return id < p->steps->len ? p->steps->pdata[id] : NULL;
}

const struct spec *plan_spec(const struct plan *p)
{
    return p->spec;
}

uint64_t plan_seed(const struct plan *p)
{
    return p->seed;
}

int plan_section(const struct plan *p, const char *name, const struct param *params,
                 struct complaints *c, void *ret_params)
{
    struct bind bind = {.complaints = c,
                        .strings = p->strings,
                        .blocks = p->blocks,
                        .folder = spec_folder(p->spec)};
    const struct node *root = spec_root(p->spec), *section = node_find(root, name);
    struct bind_use use = {.what = name,
                           .mark = section ? section->mark : root->mark,
                           .table = params,
                           .args = section};

    return bind_params(&bind, &use, ret_params, NULL);
}

void plan_set_naming(struct plan *p, struct naming naming)
{
    p->naming = naming;
}

/* The size that was told of an element before it was computed.  Bytes that lie ready in a file are
 * not held to theirs: the file may grow meanwhile. */
static bool find_promise(const struct output *o, uint64_t i, uint64_t *ret)
{
    struct extent x = {0};

    *ret = o->each;
    if (o->each != OUTPUT_DIFFER || !o->sized)
        return o->sized;
    if (!seq_extent(o->seq, i, &x))
        return seq_size(o->seq, i, ret);
    g_free(x.path);
    return false;
}

/* A file whose size was told must have it: readers were given that many bytes. */
static int check_size(const struct output *o, struct eval *e, uint64_t i, const struct value *v)
{
    const uint64_t len = g_bytes_get_size(value_bytes(v));
    uint64_t promised;

    if (!find_promise(o, i, &promised) || promised == len)
        return 0;
    fault_set(&e->fault, EPROTO, "the step promised %" PRIu64 " bytes and gave %" PRIu64, promised,
              len);
    fault_pass(&e->fault, o->seq->id, i);
    return -e->fault.err;
}

static int evaluate(const struct output *o, struct eval *e, uint64_t i, GBytes **ret)
{
    OWN(value_unref) struct value *v = NULL;

    eval_begin(e);
    int r = seq_get(o->seq, e, i, &v);
    if (r < 0)
        return r;
    if (value_kind(v) != VALUE_BYTES)
        return fault_set(&e->fault, EPROTO, "the step promised bytes and gave %s",
                         value_kind_name(value_kind(v)));
    r = check_size(o, e, i, v);
    if (r == 0)
        *ret = g_bytes_ref(value_bytes(v));
    return r;
}

int plan_eval(const struct plan *p, struct eval *e, uint32_t output, uint64_t i, GBytes **ret)
{
    const struct output *o = plan_output(p, output);

    e->naming = p->naming.print ? &p->naming : NULL;
    int r = evaluate(o, e, i, ret);
    if (r < 0 && e->fault.late && !e->careful) {
        e->careful = true;
        r = evaluate(o, e, i, ret);
        e->careful = false;
    }
    return r;
}

static void print_type(const struct seq *s, FILE *out)
{
    g_autoptr(GString) array = g_string_new(NULL);

    if (!s->any.known)
        fputs("mixed", out);
    else
        fputs(value_kind_name(s->any.kind), out);
    if (s->any.array) {
        array_print(s->any.array, array);
        fprintf(out, " %s", array->str);
    }
    if (s->any.suffix)
        fprintf(out, " .%s", s->any.suffix);
}

/* Inputs before what stands on them, each once. */
static void print_steps(const struct seq *s, GHashTable *seen, FILE *out)
{
    if (!g_hash_table_add(seen, (gpointer)s))
        return;
    for (uint32_t i = 0; i < s->n_in; i++)
        print_steps(s->in[i], seen, out);
    fprintf(out, "  %3u  %-16s %8" PRIu64 " x ", s->id, s->name, s->len);
    print_type(s, out);
    fprintf(out, "  (%u:%u%s%s", s->mark.line, s->mark.column, s->implied ? ", implied" : "",
            s->trivial ? ", no worker" : "");
    if (s->n_in)
        fputs("; of", out);
    for (uint32_t i = 0; i < s->n_in; i++)
        fprintf(out, "%s %u", i ? "," : "", s->in[i]->id);
    fputs(")\n", out);
}

void plan_print(const struct plan *p, FILE *out)
{
    fprintf(out, "seed %" PRIu64 "\n", plan_seed(p));
    fprintf(out, "fast %s\n", p->fast ? "true" : "false");
    for (uint32_t o = 0; o < plan_n_datasets(p); o++) {
        const struct output *output = plan_output(p, o);
        fprintf(out, "%s: %" PRIu64 " elements\n", *output->name ? output->name : "dataset",
                output->seq->len);
        g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
        print_steps(output->seq, seen, out);
    }
}
