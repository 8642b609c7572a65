#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A reader in order has the coming elements computed; ahead=0 has none.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
dataset: [{range: 100}, {exec: [cat]}]
EOF
start --ahead 8 spec.yaml
for i in 00 01 02; do cat "$mnt/$i.bin" >/dev/null; done
computed() { [ "$(figure evaluations)" -ge "$1" ]; }
eventually computed 8 || fail "nothing was computed ahead: $(figure evaluations)"
stop

start --ahead 0 spec.yaml
for i in 00 01 02 03 04 05; do cat "$mnt/$i.bin" >/dev/null; done
equals "$(figure evaluations)" 6 "evaluations without run-ahead"
