#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A `prefetch` step sets the run-ahead of the datasets that stand on it, and of no other.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
params: {dir: null}
datasets:
  none: [{range: 100}, {prefetch: 0}, {exec: [sh, -c, "echo none >>${dir}/count; cat"]}]
  some: [{range: 100}, {exec: [sh, -c, "echo some >>${dir}/count; cat"]}, {prefetch: 12}]
  usual: [{range: 100}, {exec: [sh, -c, "echo usual >>${dir}/count; cat"]}]
EOF
start --ahead 3 -D "dir=$work" spec.yaml
for dataset in none some usual; do cat "$mnt/$dataset/00.bin" "$mnt/$dataset/01.bin" >/dev/null; done
computed() { [ "$(wc -l <count)" -ge 21 ] && [ "$(figure evaluations)" -ge 21 ]; }
eventually computed || fail "there are $(wc -l <count) evaluations"
equals "$(sort count | uniq -c | tr -s ' \n' ' ')" " 2 none 14 some 5 usual " "what was computed"
