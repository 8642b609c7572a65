/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From libyaml's events to nodes with places; libyaml's errors in our own words. */
#include "ops/spec/read.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "ops/base/nearest.h"
#include "ops/spec/spec.h"

#define HINTED_ANCHORS 256 /* with more of them no nearest one is looked for */

/* Lifetime: call. */
struct reader {
    yaml_parser_t parser;
    const char *text; /* borrowed */
    size_t len;
    struct complaints *c;
    struct tree tree;
    struct cell **tail;
    GTree *anchors;   /* name, owned: struct cell.  No hash table: names may be chosen to collide */
    uint32_t n_nodes; /* with every alias counted as often as it is used */
};

static struct mark mark_of(const yaml_mark_t *from, const yaml_mark_t *to)
{
    struct mark at = {.line = from->line + 1, .column = from->column + 1, .len = 1};

    if (to && to->index > from->index)
        at.len = to->index - from->index;
    return at;
}

#define COMPLAIN(r, at, ...) complaints_add((r)->c, COMPLAINT_SPEC, at, __VA_ARGS__)

/* What libyaml says, and what is said instead.  The first that fits is taken. */
static const struct wording {
    const char *problem; /* its beginning */
    const char *context; /* its end; NULL = any */
    bool at_context;     /* the place to show is where the context begins */
    bool tells_context;  /* that place is told at the end */
    const char *say;
} wordings[] = {
    {"did not find expected ',' or ']'", NULL, false, true,
     "expected ',' or ']' in the list begun"},
    {"did not find expected ',' or '}'", NULL, false, true,
     "expected ',' or '}' in the mapping begun"},
    {"did not find expected key", NULL, false, true, "expected a key of the mapping begun"},
    {"did not find expected '-' indicator", NULL, false, true, "expected '-' of the list begun"},
    {"could not find expected ':'", NULL, true, false, "expected ': ' after this key"},
    {"mapping values are not allowed", NULL, false, false,
     "': ' cannot stand here; quote the text it is in, or indent the line as its neighbours"},
    {"block sequence entries are not allowed", NULL, false, false,
     "'- ' cannot stand here; begin the list on a line of its own, or write it as [..]"},
    {"found unexpected end of stream", "quoted scalar", true, false,
     "these quotes are never closed"},
    {"found unexpected document indicator", "quoted scalar", true, false,
     "these quotes are never closed"},
    {"found unknown escape character", NULL, false, false,
     "no such escape; in double quotes a backslash is written \\\\, in single quotes as it is"},
    {"did not find expected alphabetic or numeric", "alias", true, false,
     "a text that begins with '*' must be quoted"},
    {"did not find expected alphabetic or numeric", "anchor", true, false,
     "a text that begins with '&' must be quoted"},
    {"found a tab", NULL, false, false, "a tab cannot indent; use blanks"},
    {"", "tag", true, false,
     "tags mean nothing in a spec; a text that begins with '!' must be quoted"},
    {"found undefined tag handle", NULL, false, false,
     "tags mean nothing in a spec; a text that begins with '!' must be quoted"},
    {"did not find expected node content", NULL, false, false, "expected a value"},
    {"did not find expected <document start>", NULL, false, false, "expected the end of the spec"},
    {"", "directive", true, false, "a text that begins with '%' must be quoted"},
};

/* Where libyaml's scanner or parser stopped, and why. */
struct stop {
    const char *problem, *context; /* borrowed from libyaml; context may be "" */
    const char *at, *begun;        /* in the text: the problem, and where its context begins */
    struct mark at_mark, begun_mark;
    bool at_end; /* nothing but blanks follow */
};

static const char *locate(const struct reader *r, const yaml_mark_t *mark)
{
    size_t n_characters = g_utf8_strlen(r->text, r->len);

    return g_utf8_offset_to_pointer(r->text, MIN(mark->index, n_characters));
}

static bool wording_fits(const struct wording *w, const struct stop *s)
{
    return g_str_has_prefix(s->problem, w->problem) &&
           (!w->context || g_str_has_suffix(s->context, w->context));
}

static bool is_blank(char c)
{
    return strchr(" \t\r\n", c) != NULL; /* the end of the text too */
}

/* Is `at` the first of its line that is not blank? */
static bool is_first_of_line(const struct reader *r, const char *at)
{
    while (at > r->text && (at[-1] == ' ' || at[-1] == '\t'))
        at--;
    return at == r->text || at[-1] == '\n' || at[-1] == '\r';
}

/* The end of the plain text whose parameter has its bracket at `at`; NULL if it has none. */
static const char *parameter_end(const char *at)
{
    const char *p = at + strcspn(at, "} \t\r\n");

    if (*p++ != '}')
        return NULL;
    while (!strchr(",]}", *p) && !is_blank(*p) && !(*p == ':' && is_blank(p[1])))
        p++;
    return p - at < 100 ? p : NULL;
}

/* "${" is no text within brackets: YAML sees "$" and a mapping. */
static bool complain_parameter(struct reader *r, const struct stop *s)
{
    struct mark place = s->at_mark;
    const char *from = s->at, *end;

    if (s->at_end || *s->at != '{' || s->at == r->text || s->at[-1] != '$')
        return false;
    while (from > r->text && !strchr("[]{},", from[-1]) && !is_blank(from[-1]))
        from--;
    end = parameter_end(s->at);
    place.column -= g_utf8_strlen(from, s->at - from);
    place.len = g_utf8_strlen(from, (end ? end : s->at + 1) - from);
    if (end)
        COMPLAIN(r, place, "a text with '${' must be quoted within brackets: \"%.*s\"",
                 (int)(end - from), from);
    else
        COMPLAIN(r, place, "a text with '${' must be quoted within brackets");
    return true;
}

/* The usual reasons for an unexpected character, told by those around it. */
static bool complain_usual(struct reader *r, const struct stop *s)
{
    bool is_name = g_str_has_prefix(s->problem, "did not find expected alphabetic");
    const char *at = is_name ? s->begun : s->at;
    char before = at > r->text ? at[-1] : ' ';

    if (complain_parameter(r, s))
        return true;
    if (g_str_has_prefix(s->problem, "found character that cannot start") && *at == '\t')
        COMPLAIN(r, s->at_mark, "a tab cannot indent; use blanks");
    else if (g_str_has_prefix(s->problem, "found character that cannot start"))
        COMPLAIN(r, s->at_mark, "a text that begins with '%c' must be quoted", *at);
    else if (s->at_end || !g_str_has_prefix(s->problem, "did not find expected"))
        return false;
    else if (!is_blank(*at) && (before == ']' || before == '}'))
        COMPLAIN(r, is_name ? s->begun_mark : s->at_mark,
                 "a text that begins with '%c' must be quoted", before == ']' ? '[' : '{');
    else if (!is_blank(*at) && (before == '"' || before == '\''))
        COMPLAIN(r, s->at_mark, "nothing can follow a text in quotes; quote all of it");
    else if (g_str_has_prefix(s->context, "while parsing a block") && (*at == ']' || *at == '}'))
        COMPLAIN(r, s->at_mark, "this '%c' closes nothing", *at);
    else if (g_str_has_prefix(s->context, "while parsing a block") && is_first_of_line(r, at))
        COMPLAIN(r, s->at_mark,
                 "this line is indented neither as the one above nor as what began at %u:%u",
                 s->begun_mark.line, s->begun_mark.column);
    else
        return false;
    return true;
}

/* libyaml's scanner or parser stopped. */
static void complain_syntax(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    const yaml_mark_t *begun = p->context ? &p->context_mark : &p->problem_mark;
    struct stop s = {.problem = p->problem, .context = p->context ? p->context : ""};

    s.at = locate(r, &p->problem_mark);
    s.at_mark = mark_of(&p->problem_mark, NULL);
    s.begun = locate(r, begun);
    s.begun_mark = mark_of(begun, NULL);
    s.at_end = s.at + strspn(s.at, " \t\r\n") >= r->text + r->len;
    if (complain_usual(r, &s))
        return;
    for (unsigned i = 0; i < G_N_ELEMENTS(wordings); i++) {
        const struct wording *w = &wordings[i];

        if (!wording_fits(w, &s))
            continue;
        if (w->tells_context && s.at_end)
            COMPLAIN(r, s.begun_mark, "%s here, but the spec ends", w->say);
        else if (w->tells_context)
            COMPLAIN(r, s.at_mark, "%s at %u:%u", w->say, s.begun_mark.line, s.begun_mark.column);
        else
            COMPLAIN(r, w->at_context ? s.begun_mark : s.at_mark, "%s", w->say);
        return;
    }
    COMPLAIN(r, s.at_end ? s.begun_mark : s.at_mark, "no YAML: %s%s%s", s.problem,
             *s.context ? " " : "", s.context);
}

static int complain_memory(struct reader *r, struct mark at)
{
    COMPLAIN(r, at, "not enough memory for the spec");
    return -ENOMEM;
}

/* The next event, which the caller deletes. */
static int next_event(struct reader *r, yaml_event_t *ret)
{
    if (yaml_parser_parse(&r->parser, ret))
        return 0;
    switch (r->parser.error) {
    case YAML_MEMORY_ERROR:
        return complain_memory(r, (struct mark){0});
    case YAML_READER_ERROR:
        COMPLAIN(r, complain_place(r->text, r->len, r->parser.problem_offset),
                 "character U+%04X is not allowed; write it as an escape in double quotes",
                 (unsigned)r->parser.problem_value);
        break;
    default:
        complain_syntax(r);
    }
    return -EINVAL;
}

/* A new node at the end of the chain, with room for the text of a scalar. */
static int add_cell(struct reader *r, enum node_kind kind, struct mark at, size_t text_len,
                    struct cell **ret)
{
    struct cell *new;

    if (++r->n_nodes > SPEC_MAX_NODES) {
        COMPLAIN(r, at, "the spec has more than %u nodes, aliases counted as often as used",
                 SPEC_MAX_NODES);
        return -E2BIG;
    }
    new = g_try_malloc0(sizeof *new + text_len + 1);
    if (!new)
        return complain_memory(r, at);
    new->node = (struct node){.kind = kind, .mark = at};
    if (kind == NODE_SCALAR)
        new->node.text = new->text;
    new->weight = 1;
    *r->tail = new;
    r->tail = &new->next;
    *ret = new;
    return 0;
}

static void check_tag(struct reader *r, const yaml_char_t *tag, struct mark at)
{
    static const char standard[] = "tag:yaml.org,2002:"; /* what "!!" stands for */
    const char *name = (const char *)tag;
    bool is_standard = name && g_str_has_prefix(name, standard);

    if (name)
        COMPLAIN(r, at,
                 "tag '%s%s' means nothing in a spec; a text that begins with '!' must be quoted",
                 is_standard ? "!!" : "", is_standard ? name + strlen(standard) : name);
}

static void add_anchor(struct reader *r, const yaml_char_t *name, struct cell *cell)
{
    if (name)
        g_tree_insert(r->anchors, g_strdup((const char *)name), cell);
}

static int read_scalar(struct reader *r, const yaml_event_t *event, struct cell **ret)
{
    struct mark at = mark_of(&event->start_mark, &event->end_mark);
    const char *text = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    bool broken = false;
    struct cell *new;
    int err;

    if (len > SPEC_MAX_TEXT) {
        COMPLAIN(r, at, "a text of %zu bytes; at most %u are possible", len, SPEC_MAX_TEXT);
        broken = true;
    } else if (!g_utf8_validate_len(text, len, NULL)) {
        COMPLAIN(r, at, "a text cannot hold the character NUL");
        broken = true;
    }
    if (broken)
        len = 0;
    err = add_cell(r, NODE_SCALAR, at, len, &new);
    if (err < 0)
        return err;
    memcpy(new->text, text, len);
    new->node.broken = broken;
    new->node.quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    check_tag(r, event->data.scalar.tag, at);
    add_anchor(r, event->data.scalar.anchor, new);
    *ret = new;
    return 0;
}

static gboolean offer_anchor(void *name, void *cell, void *nearest)
{
    nearest_offer(nearest, name);
    return FALSE;
}

static void complain_alias(struct reader *r, const char *name, struct mark at)
{
    struct nearest n;
    char hint[100];

    nearest_init(&n, name);
    if (g_tree_nnodes(r->anchors) <= HINTED_ANCHORS)
        g_tree_foreach(r->anchors, offer_anchor, &n);
    if (*nearest_hint(&n, hint, sizeof hint))
        COMPLAIN(r, at, "no anchor '%s' before this alias%s", name, hint);
    else
        COMPLAIN(r, at,
                 "no anchor '%s' before this alias; a text that begins with '*' must be quoted",
                 name);
}

static int read_alias(struct reader *r, const yaml_event_t *event, unsigned depth,
                      struct cell **ret)
{
    const char *name = (const char *)event->data.alias.anchor;
    struct mark at = mark_of(&event->start_mark, &event->end_mark);
    struct cell *cell = g_tree_lookup(r->anchors, name);

    if (!cell)
        complain_alias(r, name, at);
    else if (cell->open)
        COMPLAIN(r, at, "alias '%s' stands within what it stands for, so there would be no end",
                 name);
    if (!cell || cell->open) {
        int err = add_cell(r, NODE_SCALAR, at, 0, ret);
        if (err == 0)
            (*ret)->node.broken = true;
        return err;
    }
    if (cell->weight > SPEC_MAX_NODES - MIN(r->n_nodes, SPEC_MAX_NODES)) {
        COMPLAIN(r, at, "with alias '%s' the spec has more than %u nodes", name, SPEC_MAX_NODES);
        return -E2BIG;
    }
    if (depth + cell->height > SPEC_MAX_DEPTH) {
        COMPLAIN(r, at, "with alias '%s' the spec is nested deeper than %u", name, SPEC_MAX_DEPTH);
        return -E2BIG;
    }
    r->n_nodes += cell->weight;
    *ret = cell;
    return 0;
}

/* Adds an item to a list, or a pair to a mapping. */
static int add_item(struct reader *r, struct cell *to, struct cell *key, struct cell *item)
{
    struct node *n = &to->node;

    /* Room is made at every power of two. */
    if ((n->len & (n->len - 1)) == 0) {
        size_t cap = n->len ? (size_t)n->len * 2 : 1;
        struct node **items = g_try_realloc_n(n->items, cap, sizeof *items);
        struct node **keys = NULL;

        if (!items)
            return complain_memory(r, n->mark);
        n->items = items;
        if (key && !(keys = g_try_realloc_n(n->keys, cap, sizeof *keys)))
            return complain_memory(r, n->mark);
        n->keys = keys;
    }
    if (key)
        n->keys[n->len] = &key->node;
    n->items[n->len++] = &item->node;
    to->height = MAX(to->height, item->height + 1);
    return 0;
}

static bool check_key(struct reader *r, const struct node *key)
{
    char what[64];

    if (key->kind != NODE_SCALAR)
        COMPLAIN(r, key->mark, "a key is a text, not %s", node_describe(key, what, sizeof what));
    else if (!key->quoted && strcmp(key->text, "<<") == 0)
        COMPLAIN(r, key->mark, "'<<' does not merge mappings here; write the keys out");
    else
        return true;
    return false;
}

static int read_node(struct reader *r, unsigned depth, struct cell **ret);

static int read_items(struct reader *r, unsigned depth, struct cell *list)
{
    struct cell *item;
    int err;

    while ((err = read_node(r, depth, &item)) == 0 && item) {
        err = add_item(r, list, NULL, item);
        if (err < 0)
            return err;
    }
    return err;
}

static int read_pairs(struct reader *r, unsigned depth, struct cell *mapping)
{
    struct cell *key, *value;
    int err;

    while ((err = read_node(r, depth, &key)) == 0 && key) {
        err = read_node(r, depth, &value);
        if (err == 0 && check_key(r, &key->node))
            err = add_item(r, mapping, key, value);
        if (err < 0)
            return err;
    }
    return err;
}

/* A list or a mapping, whose beginning was just seen. */
static int read_parent(struct reader *r, const yaml_event_t *event, unsigned depth,
                       struct cell **ret)
{
    bool is_list = event->type == YAML_SEQUENCE_START_EVENT;
    struct mark at = mark_of(&event->start_mark, NULL);
    uint32_t before = r->n_nodes;
    struct cell *new;
    int err;

    if (depth >= SPEC_MAX_DEPTH) {
        COMPLAIN(r, at, "nested deeper than %u", SPEC_MAX_DEPTH);
        return -E2BIG;
    }
    err = add_cell(r, is_list ? NODE_LIST : NODE_MAPPING, at, 0, &new);
    if (err < 0)
        return err;
    check_tag(r, is_list ? event->data.sequence_start.tag : event->data.mapping_start.tag, at);
    add_anchor(r, is_list ? event->data.sequence_start.anchor : event->data.mapping_start.anchor,
               new);
    new->open = true;
    new->height = 1;
    err = is_list ? read_items(r, depth + 1, new) : read_pairs(r, depth + 1, new);
    if (err < 0)
        return err;
    new->open = false;
    new->weight = r->n_nodes - before;
    /* In block style a mapping begins with its first key. */
    if (!is_list && new->node.len > 0 &&
        new->node.keys[0]->mark.line == at.line &&new->node.keys[0]->mark.column == at.column)
        new->node.mark.len = new->node.keys[0]->mark.len;
    *ret = new;
    return 0;
}

/* The next node; NULL where the list or mapping around it ends. */
static int read_node(struct reader *r, unsigned depth, struct cell **ret)
{
    yaml_event_t event;
    int err = next_event(r, &event);

    if (err < 0)
        return err;
    switch (event.type) {
    case YAML_SCALAR_EVENT:
        err = read_scalar(r, &event, ret);
        break;
    case YAML_ALIAS_EVENT:
        err = read_alias(r, &event, depth, ret);
        break;
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        err = read_parent(r, &event, depth, ret);
        break;
    default:
        *ret = NULL;
    }
    yaml_event_delete(&event);
    return err;
}

/* Steps over one event that holds no node. */
static int read_frame(struct reader *r, yaml_event_type_t *ret_type, struct mark *ret_at)
{
    yaml_event_t event;
    int err = next_event(r, &event);

    if (err < 0)
        return err;
    *ret_type = event.type;
    *ret_at = mark_of(&event.start_mark, NULL);
    yaml_event_delete(&event);
    return 0;
}

static int read_document(struct reader *r)
{
    yaml_event_type_t type = YAML_NO_EVENT;
    struct cell *root = NULL;
    struct mark at = {0};
    char what[64];
    int err;

    for (int i = 0; i < 2; i++) /* the beginnings of the stream and of the document */
        if ((err = read_frame(r, &type, &at)) < 0)
            return err;
    if (type == YAML_STREAM_END_EVENT) {
        COMPLAIN(r, ((struct mark){1, 1, 1}), "the spec is empty; it wants at least 'dataset:'");
        return -EINVAL;
    }
    err = read_node(r, 0, &root);
    for (int i = 0; err == 0 && i < 2; i++) /* the end of the document, and what follows */
        err = read_frame(r, &type, &at);
    if (err < 0)
        return err;
    if (type != YAML_STREAM_END_EVENT)
        COMPLAIN(r, at, "a second document begins here; a spec is only one");
    if (root->node.kind != NODE_MAPPING) {
        COMPLAIN(r, root->node.mark, "a spec is a mapping with 'dataset:' in it, not %s",
                 node_describe(&root->node, what, sizeof what));
        return -EINVAL;
    }
    r->tree.root = &root->node;
    return 0;
}

static int by_name(const void *a, const void *b, void *unused)
{
    return strcmp(a, b);
}

int read_tree(const char *text, size_t len, struct complaints *c, struct tree *ret)
{
    struct reader r = {.text = text, .len = len, .c = c};
    int err;

    if (!yaml_parser_initialize(&r.parser))
        return complain_memory(&r, (struct mark){0});
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, len);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    r.tail = &r.tree.cells;
    r.anchors = g_tree_new_full(by_name, NULL, g_free, NULL);
    err = read_document(&r);
    g_tree_unref(r.anchors);
    yaml_parser_delete(&r.parser);
    if (err < 0)
        read_finish(&r.tree);
    else
        *ret = r.tree;
    return err;
}

void read_set_text(struct cell *scalar, char *own_text)
{
    if (scalar->node.text != scalar->text)
        g_free((char *)scalar->node.text);
    scalar->node.text = own_text;
}

void read_finish(struct tree *t)
{
    struct cell *next;

    for (struct cell *cell = t->cells; cell; cell = next) {
        next = cell->next;
        if (cell->node.kind == NODE_SCALAR)
            read_set_text(cell, NULL);
        g_free(cell->node.items);
        g_free(cell->node.keys);
        g_free(cell);
    }
    *t = (struct tree){0};
}
