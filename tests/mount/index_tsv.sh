#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The table of the index has a line an element: its number, its file and its source.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir src
echo a >src/one.txt
echo b >src/two.txt
cat >spec.yaml <<'EOF'
dataset: [{files: src/*.txt}, {name: "x-{stem}"}]
EOF
start spec.yaml
grep -P '^0\tx-one.txt\t.*src/one.txt$' "$mnt/.seqfs/index.tsv" >/dev/null || fail "$(cat "$mnt/.seqfs/index.tsv")"
grep -P '^1\tx-two.txt\t.*src/two.txt$' "$mnt/.seqfs/index.tsv" >/dev/null || fail "$(cat "$mnt/.seqfs/index.tsv")"
