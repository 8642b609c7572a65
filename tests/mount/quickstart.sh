#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The quickstart mounts a folder of pictures in ./ds, whatever the folder is called.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

quickstart=${SEQFS_SOURCE:?}/mountscripts/quickstart
export SEQFS_BUILD=${SEQFS%/fs/seqfs}
mnt=$work/ds # what cleanup unmounts
"$MAKE_PHOTOS" 'my [nice] {pictures}/deep' 3 300 200
"$MAKE_PHOTOS" 'my [nice] {pictures}' 2 300 200 PNG
mkdir none

refuses 'no pictures' "$quickstart" none
"$quickstart" 'my [nice] {pictures}' >said 2>&1 || {
    case $(cat said) in *'Operation not permitted'*) skip "mounting is not permitted here" ;; esac
    fail "$(cat said)"
}
contains said 'ds/00000-00.jpg'
equals "$(find ds -name '*.jpg' -size +1k | wc -l)" 5 "thumbnails"
refuses 'already' "$quickstart"
