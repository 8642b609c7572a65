#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Includes point down or sideways, never up; docs/house.md draws the directions.
# shellcheck source=tests/lint/lib.sh
source "$(dirname "$0")/lib.sh"

# What files of ops may include of ours, as a pattern, by folder.
ops_may() {
    case $1 in
    ops/op.h) echo 'ops/(base|spec|core)/' ;;
    ops/base/*) echo 'ops/base/' ;;
    ops/spec/*) echo 'ops/(base|spec)/' ;;
    ops/core/*) echo '(ops/(base|spec|core)/|op_table\.h)' ;;
    ops/image/*) echo 'ops/(op\.h|base/|core/|spec/node\.h|image/|jpeg/)' ;;
    ops/jpeg/*) echo 'ops/(base/own\.h|jpeg/)' ;;
    ops/source/*) echo 'ops/(op\.h|base/|source/)' ;;
    ops/sequence/uniter.c) echo 'ops/(op\.h|core/forward\.h)' ;;
    ops/sequence/*) echo 'ops/(op\.h|sequence/)' ;;
    ops/element/python.c) echo '(ops/(op\.h|element/)|python_host\.inc)' ;;
    ops/element/*) echo 'ops/(op\.h|base/(child|scratch|unpack)\.h|image/|element/)' ;;
    *) echo 'nothing: no such folder is known' ;;
    esac
}

# The floors of fs, from the ground: a room includes its own floor and those below it.
floor() {
    case $1 in
    affinity | arguments | board | budget | cell | content | daemon | dashboard | fingerprint | foresight | histogram | interrupt | iteration | itinerary | key | log | machine | message | meter | opened | process | ranges | sizes | stats | step | streams | table | tidy | words) echo 0 ;;
    bound | cellar | disk | errlog | failure_json | failures | figures | finding | folders | followers | label | ledger | names | names_parts | notes | planting | ranks | readers | roll | roster | seal | shelf | slices | source | spill | store | telling | tree | tree_parts | vault | vault_* | views) echo 1 ;;
    conf | crew | crew_* | hand | host | knob | nursery | spawned | stores | wishes | wishing | worker | zygote) echo 2 ;;
    direct | handle | sched | sched_*) echo 3 ;;
    ahead) echo 4 ;;
    dataset | dataset_*) echo 5 ;;
    attr | control | parked | passthrough) echo 6 ;;
    changing | front | front_parts | listing | opening) echo 7 ;;
    load | mountpoint | reload | service | session) echo 8 ;;
    main | command*) echo 9 ;;
    *) echo unknown ;;
    esac
}

check_fs() {
    local file=$1 included=$2 mine theirs
    case $included in
    fs/*) ;;
    ops/base/* | ops/spec/* | ops/core/*) return ;;
    *) offence "$file includes $included: not for fs" && return ;;
    esac
    mine=$(floor "$(basename "${file%.*}")")
    theirs=$(floor "$(basename "${included%.*}")")
    if [ "$mine" = unknown ]; then
        offence "$file has no floor in tests/lint/layers.sh"
    elif [ "$theirs" = unknown ] || [ "$theirs" -gt "$mine" ]; then
        offence "$file (floor $mine) includes $included (floor $theirs): upwards"
    fi
}

while IFS=: read -r file included; do
    case $file in
    fs/*) check_fs "$file" "$included" ;;
    ops/*) [[ $included =~ ^$(ops_may "$file") ]] || offence "$file includes $included: not its direction" ;;
    esac
done < <(grep -rHoE '^#include "[^"]+"' ops fs --include='*.[ch]' | sed -E 's/#include "(.*)"/\1/')

# Outside libraries have their rooms.
only() { # HEADER FILE-PATTERN
    while read -r file; do
        [[ $file =~ $2 ]] || offence "$file includes $1, which has its own rooms"
    done < <(grep -rlE "^#include <$1" ops fs --include='*.[ch]')
}
only 'fuse_lowlevel\.h>' '^fs/(session|changing|front|front_parts|listing|opening|parked|passthrough)\.[ch]$'
only 'fuse\.h>' '^fs/main\.c$' # for its version
only 'yaml\.h>' '^ops/spec/'
only 'vips/' '^(ops/image/|ops/element/|fs/main\.c)'
only '(jpeglib|jerror|libexif/)' '^ops/jpeg/'
only 'pthread\.h>' '^fs/(session|shelf)\.c$' # to block signals; locks that processes share

# Processes are made in one room a floor; the server itself goes to the background in daemon.
while IFS=: read -r file line _; do
    [[ $file =~ ^(ops/base/child|fs/nursery|fs/zygote|fs/command_guard|fs/daemon|fs/session)\.c$ ]] ||
        offence "$file:$line: fork, exec and posix_spawn have their own rooms"
done < <(grep -rnE '\b(v?fork|exec(l|le|lp|v|ve|vp|vpe)|posix_spawnp?|popen|system|g_spawn[a-z_]*)\(' ops fs --include='*.c')
finish
