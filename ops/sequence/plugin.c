/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugin: an operator from a shared object.  That operator itself does the work. */
#include "ops/op.h"

const struct op op_plugin = {
    .abi = SEQFS_OP_ABI,
    .name = "plugin",
    .brief = "An operator from a shared object.",
    .manual =
        "`plugin: {path: x.so, name: foo, ...}` is the operator foo that the shared object defines "
        "as `op_foo` (dashes in the name are underscores there); it may be a source, a step on "
        "sequences or a step on elements, which takes `on` and `p` like any other. All other "
        "arguments are its own, checked by its own table. Reports and figures call the step foo. "
        "The object is loaded into seqfs when the spec is, so it must be one that is trusted, and "
        "stays there until seqfs ends: a mount whose spec is read again refuses one that was "
        "replaced since. Elements depend on the object's path, size, time and inode, so another "
        "build computes them anew. `docs/writing-an-op.md` tells how to write one; an example that "
        "builds against the installed headers is in `mountscripts/plugin`.",
    .kind = OP_SEQUENCE,
    .flags = OP_PLUGS,
    .params_size = sizeof(struct plugging),
    .params = PARAMS(
        PARAM(PATH, struct plugging, path, .required = true, .brief = "the shared object"),
        PARAM(STRING, struct plugging, name, .required = true, .brief = "the operator's name"),
        PARAM_AS("...", NODE, struct plugging, args, .brief = "the operator's own arguments")),
    .examples = EXAMPLES(
        {"[{range: 3}, {plugin: {path: missing.so, name: foo}}]",
         "!1:30: plugin: 'missing.so': No such file or directory"},
        {"[{range: 3}, {plugin: {path: a.txt, name: foo}}]",
         "!1:30: plugin: 'a.txt' is no shared object"},
        {"[{range: 3}, {plugin: {name: foo}}]", "!1:15: plugin: argument 'path' is missing: path"}),
};
