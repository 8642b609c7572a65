#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A report says what failed, where the step was written, the chain of steps, and what was said.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

"$MAKE_PHOTOS" src 3
head -c 3000 src/01.jpg >half && mv half src/01.jpg
echo "no picture" >src/02.jpg
cat >spec.yaml <<'EOF'
sequences:
  small:
    - files: src/*.jpg
    - thumbnail: {width: 64}
dataset: [small, invert, {encode: png}]
EOF
start spec.yaml

cmp -s "$mnt/0.png" <("$SEQFS" eval spec.yaml 0) || fail "the good one"
for i in 1 2; do
    refuses 'Input/output error' cat "$mnt/$i.png"
    report=$mnt/.errors/$i
    head -n 1 "$report" | grep -qE "^element $i \(src/0$i.jpg\): .+: .+" || fail "headline: $(head -n 1 "$report")"
    contains "$report" 'created at spec.yaml:4:7'
    grep -A2 'created at' "$report" | grep -qE '^ +\^' || fail "no caret"
    contains "$report" 'thumbnail'
    contains "$report" 'files'
    contains "$report" "src/0$i.jpg"
    contains "$report" "seqfs eval spec.yaml $i"
    contains "$mnt/.seqfs/log" "$(head -n 1 "$report")"
done
equals "$(cd "$mnt/.errors" && echo *)" "1 2" "failed elements"
