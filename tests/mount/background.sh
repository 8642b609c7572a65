#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Without -f the command returns when the mount answers, says where to look, and holds nothing open.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

echo 'dataset: [{range: 5}, {exec: [cat]}]' >spec.yaml
# The pipe is at its end only when no process of the mount has it.
said=$(within 20 "$SEQFS" spec.yaml mnt 2>&1 | cat) || {
    case $said in *'Operation not permitted'*) skip "mounting is not permitted here" ;; esac
    fail "$said"
}
equals "$(cat "$mnt/3.bin")" 3 "an element at once"
case $said in *"$mnt/.errors"*"$mnt/.seqfs"*) ;; *) fail "it said: $said" ;; esac
"$SEQFS" umount "$mnt"
is_mounted && fail "still mounted"
exit 0
