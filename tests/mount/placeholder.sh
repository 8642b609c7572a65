#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is not evaluated has a size that is larger than it, never 0, and blocks that fit it.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
dataset: [{range: 3}, {exec: [cat]}]
EOF
start --placeholder 1M spec.yaml
equals "$(stat -c '%s %b' "$mnt/1.bin")" "1048576 2048" "placeholder"
cat "$mnt/1.bin" >/dev/null
equals "$(stat -c '%s %b' "$mnt/1.bin")" "2 1" "size once it is known"
equals "$(stat -c %s "$mnt/2.bin")" 1048576 "another one"
