#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What was read once reads the same again, without another evaluation, and stat tells its size.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

make_sources
cat >spec.yaml <<'EOF'
dataset: [{files: src/*.dat}, {exec: {argv: [cat], ext: dat}}, {name: "{stem}"}]
EOF
start --ahead 0 spec.yaml

for f in src/*; do cmp "$f" <(cat "$mnt/${f##*/}") >&2 || fail "$f, cold"; done # diff trusts stat
evaluations=$(figure evaluations)
equals "$evaluations" "$(find src -type f | wc -l)" "evaluations"
diff -r src "$mnt" >&2 || fail "warm"
mkdir out
cp -r "$mnt/." out
diff -r src out >&2 || fail "copied"
bsdtar -C "$mnt" -cf - . | tar -C out -xf - # it trusts stat, which knows the sizes now
diff -r src out >&2 || fail "archived"
equals "$(figure evaluations)" "$evaluations" "evaluations after reading all again"
for f in src/*; do
    equals "$(stat -c %s "$mnt/${f##*/}")" "$(stat -c %s "$f")" "size of $f"
done
