#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every tool reads elements that nobody has computed yet, whole, whatever their size.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

make_sources
cat >spec.yaml <<'EOF'
dataset: [{files: src/*.dat}, {exec: {argv: [cat], ext: dat}}, {name: "{stem}"}]
EOF

# with COMMAND...: reads $mnt into out/, from a fresh mount.
cold() {
    start --ahead 0 spec.yaml
    mkdir out
    "$@" || fail "$*: failed"
    diff -r src out >&2 || fail "$1: what was read is not what there is"
    rm -r out
    stop
}

each() { # COMMAND-LINE with $f and $to
    local f to
    for f in "$mnt"/*; do
        # shellcheck disable=SC2034 # in the command line
        to=out/${f##*/}
        eval "$1"
    done
}

cold each 'cat "$f" >"$to"'
cold each 'cp "$f" "$to"'
cold each 'dd if="$f" of="$to" bs=64k status=none'
cold each 'dd if="$f" of="$to" bs=512 count=99999 status=none'
cold cp -r "$mnt/." out
cold rsync -a "$mnt/" out
cold bash -c 'tar -C "$0" -cf - . | tar -C out -xf -' "$mnt"
