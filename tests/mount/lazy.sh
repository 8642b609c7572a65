#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Listing, stat and looking around compute nothing; opening one element computes that one.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir src
for i in $(seq 50); do echo "$i" >"src/$i.txt"; done
cat >spec.yaml <<'EOF'
dataset: [{files: src/*.txt}, {exec: {argv: [sh, -c, "echo x >>${dir}/count; cat"], ext: txt}}]
params: {dir: null}
EOF
start -D "dir=$work" spec.yaml

ls "$mnt" >/dev/null
ls -lR "$mnt" >/dev/null
find "$mnt" -size +1k >/dev/null
du -s "$mnt" >/dev/null
ls "$mnt/.seqfs" "$mnt/.errors" >/dev/null
cat "$mnt/.seqfs/stats" "$mnt/.seqfs/plan" "$mnt/.seqfs/index.tsv" >/dev/null
readlink "$mnt/.seqfs/at/7" >/dev/null
[ ! -e count ] || fail "$(wc -l <count) evaluations without an open"
cat "$mnt/17.txt" >/dev/null
equals "$(wc -l <count)" 1 "evaluations after one open"
