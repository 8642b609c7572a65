#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Without -f a mount that cannot be is told by the command itself, with its exit status.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

status() {
    local found=0
    "$SEQFS" "$@" 2>said >/dev/null || found=$?
    echo "$found"
}
echo 'dataset: [{range: 5}, {thumbnial: 3}]' >bad.yaml
echo 'dataset: {files: none/*.jpg}' >source.yaml
echo 'dataset: {range: 5}' >good.yaml
equals "$(status bad.yaml mnt)" 3 "a wrong spec"
contains said "did you mean 'thumbnail'?"
equals "$(status source.yaml mnt)" 4 "a missing source"
equals "$(status good.yaml nowhere)" 5 "no mountpoint"
contains said nowhere
equals "$(status good.yaml)" 2 "an argument missing"
equals "$(status --wrokers 3 good.yaml mnt)" 2 "a wrong option"
contains said "did you mean 'workers'?"
equals "$(status --workers 0 good.yaml mnt)" 2 "a wrong value"
equals "$(status -o size=exct good.yaml mnt)" 2 "a wrong value in -o"
is_mounted && fail "something is mounted"
exit 0
