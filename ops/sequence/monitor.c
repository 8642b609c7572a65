/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* monitor: counts and times the evaluations that pass through it. */
#include "ops/op.h"

struct monitor {
    const char *name;
};

static int monitor_open(struct seq *s, struct fault *f)
{
    const char *name = ((const struct monitor *)s->params)->name;

    if (name && *name == '\0')
        return fault_set_arg(f, EINVAL, "name", -1, "monitor: an empty name");
    return 0;
}

static void monitor_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    *ret_in = 0;
    *ret_i = i;
}

/* Whoever is asked for the bytes passes here, even if they lie ready. */
static bool monitor_extent(const struct seq *s, uint64_t i, struct extent *ret)
{
    return false;
}

static int monitor_get(const struct call *c, struct value **ret)
{
    return seq_get(c->seq->in[0], c->eval, c->i, ret);
}

static void monitor_identify(const struct call *c, struct digest *d)
{
    digest_element(d, c->seq->in[0], c->i);
}

const struct op op_monitor = {
    .abi = SEQFS_OP_ABI,
    .name = "monitor",
    .brief = "Count and time what comes before it.",
    .manual =
        "The elements pass unchanged. Among the `steps` in .seqfs/stats its entry has how often an "
        "element was computed, the mean and the 99th percentile of the time for it, and how many "
        "failed here; that time is that of all steps before it together, where any other step's "
        "is its own alone. Elements that would need no worker get one, so that they are counted. "
        "Lists and records are counted part by part.",
    .kind = OP_SEQUENCE,
    .flags = OP_BY_PART | OP_TIMES_ALL,
    .params_size = sizeof(struct monitor),
    .params =
        PARAMS(PARAM(STRING, struct monitor, name, .main = true,
                     .brief = "what its entry in .seqfs/stats is called, under the key `monitor`")),
    .examples =
        EXAMPLES({"[{files: \"*.txt\"}, {slice: \":2\"}, {exec: [tr, a, A]}, {monitor: programs}]",
                  "AlphA betA"},
                 {"[{range: 3}, monitor]", "0 1 2"},
                 {"[{range: 3}, {monitor: \"\"}]", "!1:24: monitor: an empty name"}),
    .open = monitor_open,
    .route = monitor_route,
    .extent = monitor_extent,
    .identify = monitor_identify,
    .get = monitor_get,
};
