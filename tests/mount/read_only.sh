#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Nothing can be written, made, moved or removed, but failures can be forgotten.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
dataset: {range: 3}
EOF
start spec.yaml
refuses 'Read-only file system' touch "$mnt/new"
refuses 'Read-only file system' mkdir "$mnt/new"
refuses 'Read-only file system' rm -f "$mnt/1.txt"
refuses 'Read-only file system' mv "$mnt/1.txt" "$mnt/9.txt"
refuses 'Read-only file system' chmod 777 "$mnt/1.txt"
refuses 'Read-only file system' ln -s x "$mnt/link"
refuses 'Read-only file system' bash -c 'echo x >>"$0"' "$mnt/1.txt"
refuses 'Read-only file system' truncate -s 0 "$mnt/1.txt"
equals "$(cat "$mnt/1.txt")" 1 "afterwards"
equals "$(stat -c %a "$mnt" "$mnt/1.txt" | tr '\n' ' ')" "555 444 " "modes"
