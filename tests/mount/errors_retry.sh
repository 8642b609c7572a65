#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A failure stays until its report is removed; then the next open tries again.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
dataset: [{range: 3}, {exec: [sh, -c, "echo x >>${dir}/count; [ -e ${dir}/go ] && cat"]}]
params: {dir: null}
EOF
start --ahead 0 -D "dir=$work" spec.yaml
refuses 'Input/output error' cat "$mnt/1.bin"
touch go
refuses 'Input/output error' cat "$mnt/1.bin"
equals "$(wc -l <count)" 1 "attempts before"
equals "$(ls "$mnt/.errors")" 1 "failed elements"
rm "$mnt/.errors/1"
equals "$(ls "$mnt/.errors")" "" "failed elements after"
equals "$(cat "$mnt/1.bin")" 1 "after another attempt"
equals "$(wc -l <count)" 2 "attempts after"
