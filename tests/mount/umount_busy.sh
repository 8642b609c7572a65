#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A mount in use is not unmounted by the command, and works on; detached, it ends with its last reader.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
dataset: [{range: 100}, {exec: [cat]}]
EOF
start spec.yaml
exec {open}<"$mnt/42.bin"
refuses 'busy' "$SEQFS" umount "$mnt"
equals "$(cat "$mnt/43.bin")" 43 "an element afterwards"
remember_family
umount -l "$mnt" 2>/dev/null || fusermount3 -uz "$mnt"
is_mounted && fail "still mounted"
is_alive "$server" || fail "it ended under its reader"
equals "$(cat <&"$open")" 42 "the open element"
exec {open}<&-
wait_gone "${processes[@]}" || fail "processes are left"
