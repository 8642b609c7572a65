#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Many readers of many elements at once all get what there is.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

make_sources
cat >spec.yaml <<'EOF'
dataset: [{files: src/*.dat}, {exec: {argv: [cat], ext: dat}}, {name: "{stem}"}]
EOF

# How a reader found an element, for whoever has to find out why.
tell() { # STATUS FILE
    {
        echo "cmp: $1 for $2, now of $(stat -c %s "$2") bytes"
        cmp "$2" "src/${2##*/}" && echo "the second time it is right"
        cat "$mnt"/.errors/* "$mnt/.seqfs/log"
    } >&2
    exit 1
}

for _ in 1 2 3; do
    start spec.yaml
    pids=()
    for i in $(seq 24); do
        (find "$mnt" -maxdepth 1 -type f | shuf --random-source=<(bytes 4000 "$i") | while read -r f; do
            cmp -s "$f" "src/${f##*/}" || tell $? "$f"
        done) &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || fail "a reader got something else"; done
    stop
done
