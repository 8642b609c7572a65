#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A mountpoint that will not do is refused before anything is started.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

status() {
    local found=0
    "$SEQFS" "$@" 2>said >/dev/null || found=$?
    echo "$found"
}
mkdir full inside inside/src
touch full/file plain
echo x >inside/src/a.txt
echo 'dataset: {range: 5}' >good.yaml
echo 'dataset: {range: 5}' >inside/spec.yaml
echo 'dataset: {files: inside/src/*.txt}' >above.yaml
equals "$(status good.yaml plain)" 5 "a file"
contains said plain
equals "$(status good.yaml full)" 5 "a folder with files"
contains said nonempty
equals "$(status --nonempty inside/spec.yaml inside)" 5 "the spec below the mountpoint"
equals "$(status --nonempty above.yaml inside)" 5 "a source below the mountpoint"
start good.yaml
equals "$(status good.yaml mnt)" 5 "a mount"
contains said mount
equals "$(cat "$mnt/2.txt")" 2 "the mount that was there"
stop
equals "$(status umount mnt)" 5 "to unmount what is not mounted"
