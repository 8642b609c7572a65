#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An element made of several files is another when any of them is; a failure tells the file that is at fault.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir a b
for n in 0 1; do
    echo "a $n" >"a/$n.txt"
    echo "b $n" >"b/$n.txt"
done
cat >spec.yaml <<'EOF'
sequences:
  a: {files: a/*.txt}
  b: [{files: b/*.txt}, {exec: [sed, "/wrong/{s/.*/no/;q1}"]}]
datasets:
  rows: [{collate: {a: a, b: b}}, {layout: tar}]
EOF
start spec.yaml

member() { tar -xOf "$mnt/rows/$1.tar" "$2"; }
equals "$(member 1 b.bin)" "b 1" "a member"
echo "b changed" >b/1.txt
equals "$(member 1 b.bin)" "b changed" "the second source"
echo wrong >b/0.txt
refuses 'Input/output error' cat "$mnt/rows/0.tar"
head -n 1 "$mnt/.errors/rows/0" | grep -q '^element rows/0 (b/0.txt): exec: ' || fail "$(head -n 1 "$mnt/.errors/rows/0")"
grep -q "^source: $PWD/b/0.txt, 6 bytes" "$mnt/.errors/rows/0" || fail "the source is not told"
echo right >b/0.txt
equals "$(member 0 b.bin)" right "what was mended"
