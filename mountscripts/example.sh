# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Sourced by the example mounts: finds the programs, makes a folder to work in, and unmounts at the end.
set -euo pipefail
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
seqfs=${SEQFS:-$here/../build/fs/seqfs}
# shellcheck disable=SC2034 # for those who source this
make_photos=${MAKE_PHOTOS:-$here/../build/mountscripts/make-photos}

if [ ! -x "$seqfs" ]; then
    echo "$seqfs is not there: build it first (meson setup build && ninja -C build)" >&2
    exit 1
fi
if [ ! -w /dev/fuse ]; then
    echo "SKIP: /dev/fuse is not there, or not for this user"
    exit 77
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/seqfs-example.XXXXXX")
mnt=$work/ds
mkdir "$mnt"
cd "$work"

finish() {
    if grep -q " $mnt fuse" /proc/mounts; then "$seqfs" umount "$mnt"; fi
    cd / && rm -rf "$work"
}
trap finish EXIT

# Shows a command and what it gives.
show() {
    echo "\$ $*"
    "$@"
    echo
}
