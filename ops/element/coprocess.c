/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* coprocess: a program that stays, and answers one element after the other. */
#include "ops/op.h"

#include "ops/element/partner.h"

struct coprocess {
    struct command_args command;
    struct partner_args partner;
};

static int coprocess_open(struct seq *s, struct fault *f)
{
    const struct coprocess *p = s->params;
    struct partner_step *step = g_new0(struct partner_step, 1);

    s->self = step;
    step->command_args = p->command;
    step->args = &p->partner;
    step->speaker = p->command.shell          ? "/bin/sh"
                    : p->command.argv.len > 0 ? p->command.argv.at[0]
                                              : NULL;
    return partner_step_init(step, s, f);
}

static void coprocess_close(struct seq *s)
{
    if (!s->self)
        return;
    partner_step_finish(s->self);
    g_free(s->self);
}

static struct type coprocess_type(const struct seq *s, uint64_t i)
{
    return partner_step_type(s->self);
}

static void coprocess_identify(const struct call *c, struct digest *d)
{
    partner_step_identify(c->seq->self, c, d);
}

static int coprocess_apply(const struct call *c, struct value *in, struct value **ret)
{
    return partner_ask(c->seq->self, c, in, ret);
}

static const struct param_choice returns[] = {
    {"bytes", PARTNER_BYTES}, {"text", PARTNER_TEXT}, {"array", PARTNER_ARRAY}, {0}};

const struct op op_coprocess = {
    .abi = SEQFS_OP_ABI,
    .name = "coprocess",
    .brief = "Give each element to a program that stays, and take what it answers.",
    .manual =
        "The program is started for the first element and then answers one after the other: for "
        "what takes long to start. Each worker has one of its own. It reads requests on its "
        "standard input and writes answers on its standard output, each a line and as many bytes "
        "as the line says: docs/coprocess.md tells how, with examples.\n\n"
        "A request is the bytes that the element's file would have (an array: its items), and the "
        "element's attributes. An answer is the result, or that the element failed and why; then "
        "the program lives on. A program that dies, answers something else or nothing in time is "
        "killed, and its element fails, with the last 4 KB of the program's standard error in the "
        "report; if it had answered others before, the element is first given to another. It is "
        "started anew, too, when its file has changed. So a result must not depend on the "
        "elements that came before.\n\n"
        "A result that is kept is used again for another element with the same bytes only if its "
        "attributes are the same, too: 'attributes: []' tells none of them to the program.",
    .kind = OP_ELEMENT,
    .input = OP_TAKES_ITEMS,
    .flags = OP_RUNS_PROGRAMS,
    .params_size = sizeof(struct coprocess),
    .params = PARAMS(COMMAND_PARAMS(struct coprocess, command),
                     PARTNER_PARAMS(struct coprocess, partner, returns)),
    .examples = EXAMPLES(
        {"[{files: '[ab].txt'}, {coprocess: {shell: true, ext: txt, argv: "
         "'while read -r kind number length attributes; do echo ok $number $length; "
         "head -c $length | tr a-z A-Z; done'}}]",
         "ALPHA BETA"},
        {"[{files: a.txt}, {coprocess: {shell: true, argv: "
         "'read -r kind number rest; printf \"error $number 10\\nbad animal\"'}}]",
         "#0: '/bin/sh' says: bad animal"},
        {"[{files: a.txt}, {coprocess: [echo, hello]}]",
         "#0: 'echo' answered 'hello', wanted: ok, array or error, 1, and a length; is its "
         "standard output used for something else?"},
        {"[{files: a.txt}, {coprocess: [cat, '{path}']}]",
         "!1:36: coprocess: '{path}' is not known when the program starts, but told with each "
         "element; the text itself is written '{{path}}'"}),
    .open = coprocess_open,
    .close = coprocess_close,
    .type = coprocess_type,
    .identify = coprocess_identify,
    .apply = coprocess_apply,
};
