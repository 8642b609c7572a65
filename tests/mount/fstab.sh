#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# mount.seqfs mounts with the options that mount(8) and fstab add.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

echo 'dataset: [{range: 5}, {exec: [cat]}]' >spec.yaml
helper=${SEQFS_SOURCE:?}/mountscripts/mount.seqfs
PATH=$(dirname "$SEQFS"):$PATH "$helper" "$work/spec.yaml" "$mnt" \
    -o rw,nofail,_netdev,x-systemd.automount,nosuid,workers=1,size=exact,cache_memory=64M 2>said || {
    case $(cat said) in *'Operation not permitted'*) skip "mounting is not permitted here" ;; esac
    fail "$(cat said)"
}
equals "$(cat "$mnt/3.bin")" 3 "an element"
equals "$(stat -c %s "$mnt/4.bin")" 2 "size=exact"
"$SEQFS" umount "$mnt"
is_mounted && fail "still mounted"
exit 0
