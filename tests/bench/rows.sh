# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Sourced by tests/bench/run: what can be measured.
: "${build:?}" "${photos=}" "${tmp=}" "${mnt=}" "${server=}"

read_all=$build/tests/bench/read_all
workers=$(nproc)

list_rows() {
    cat <<'ROWS'
thumbnails      one reader in order, against the same transforms in as many processes without a filesystem
jpeg            the same, against a mount that leaves JPEG files to libvips
ahead           one reader in order, 2 workers, 10 ms an element, against ahead: 0
four            four readers, each in order, against the full rate of 2 workers
order           a shuffled reader who has told his order, against the same reader in order
random          one reader who jumps about, against ahead: 0
random-two      two readers who jump about, against ahead: 0
memory-small    memory at 10, 50 and 100 % of 100000 small elements, 4M for results
memory-large    memory at 10, 50 and 100 % of 20000 elements of 100 KB, 64M for results
disk-cold       second mount with a disk cache, against its files read directly; not in the page cache
disk-warm       the same, in the page cache
warm            open, read and close what the kernel has, 100 KB, against tmpfs; reader and server on one CPU
ROWS
}

is_row() { list_rows | grep -q "^$1 "; }

# Inputs.

# make_photos FOLDER N: of 500 by 375 pixels.
make_photos() { [ -d "$1" ] || "$build/mountscripts/make-photos" "$1" "$2" 500 375; }

# images SIZE COUNT [STEP...]: steps of a spec: COUNT different pictures of SIZE by SIZE pixels, little work each.
images() {
    make_photos "$tmp/one" 1
    printf '  - %s\n' 'files: one/*.jpg' "thumbnail: {width: $1, height: $1, crop: centre}" 'cache: {count: 1}' \
        "cycle: $2" 'linear: {a: {uniform: [0.5, 1.5]}, b: {uniform: [0, 50]}, uchar: true}' "${@:3}" 'encode: tiff'
}

# Elements of 100 KB, and of 400 bytes.
large=185 small=8

# write_spec NAME COUNT STEPS: NAME.yaml.
write_spec() {
    local name=$1 count=$2
    shift 2
    printf 'dataset:\n%s\nworkers: {count: %s, nice: 0}\n' "$*" "$count" >"$tmp/$name.yaml"
}

# naps COUNT: nap.yaml has COUNT elements whose step takes 10 ms and no CPU: an operation of libvips' that is a plug-in.
naps() {
    local folder
    for folder in lib lib64 "$(basename "$(pkg-config --variable=libdir vips)")"; do
        folder=$tmp/vips/$folder/vips-plugins-$(pkg-config --modversion vips | cut -d . -f 1,2)
        mkdir -p "$folder"
        cp "$build/tests/bench/nap.so" "$folder/"
    done
    write_spec nap 2 "$(images "$small" "$1" 'nap: 10')"
}

# read_naps AHEAD [ARGUMENT...]: the rate of reading nap.yaml so.
read_naps() {
    VIPSHOME=$tmp/vips serve --ahead="$1" "$tmp/nap.yaml"
    shift
    "$read_all" "$@" "$mnt" | rate
    if [ -n "${pool_file:-}" ]; then figure '"%.2f" % (2 * d["counts"]["evaluations"] / d["workers"]["busy_s"])' >"$pool_file"; fi
    unserve
}

# Run-ahead.

side_ahead() { read_naps auto; }
side_none() { read_naps 0; }

row_ahead() {
    naps 300
    compare ahead 'elements a second' 1.9 'one reader in order, 2 workers, 10 ms an element' side_ahead side_none
}

side_four() { pool_file=$tmp/pool read_naps auto -j 4; }

# What two workers would do a second if they were at work all the time: by what they were busy in the latest mount of the
# other side.  So the ratio tells whether workers had to wait, and not how long an element takes them.
side_pool() {
    [ -e "$tmp/pool" ] || side_four >/dev/null
    cat "$tmp/pool"
}

row_four() {
    naps 400
    compare four 'elements a second' 0.95 'four readers in order, 2 workers, 10 ms an element' side_four side_pool
}

side_shuffled() { read_naps auto -s 7 -o "$mnt/.seqfs/order"; }
side_in_order() { read_naps auto; }

row_order() {
    naps 300
    compare order 'elements a second' 0.95 'shuffled reader with .seqfs/order, 10 ms an element' side_shuffled side_in_order
}

# 300 of so many that no pattern is met by chance.  Wanted is 1 less what two equal sides differ by.
side_random() { read_naps auto -s 7 -n 300; }
side_random_none() { read_naps 0 -s 7 -n 300; }

row_random() {
    naps 30000
    compare random 'elements a second' 0.97 'one reader who jumps about, 10 ms an element' side_random side_random_none
}

side_random_two() { read_naps auto -s 7 -n 400 -j 2; }
side_random_two_none() { read_naps 0 -s 7 -n 400 -j 2; }

row_random_two() {
    naps 30000
    compare random-two 'elements a second' 0.97 'two readers who jump about, 2 workers, 10 ms an element' \
        side_random_two side_random_two_none
}

# Memory.

# What the server and its workers may have beside the budget, and by how much they may grow from 10 % to the end, in MiB.
memory_beside=24 memory_growth=4

# remember ROW COUNT SIZE BUDGET: reads COUNT elements of SIZE pixels with BUDGET MiB for results.
remember() {
    local row=$1 count=$2 size=$3 budget=$4 verdict
    write_spec "$row" "$workers" "$(images "$size" "$count")"
    serve --cache-memory="${budget}M" "$tmp/$row.yaml"
    "$read_all" --memory="$server" "$mnt" >"$tmp/memory"
    unserve
    verdict=$(awk -v most=$((budget + memory_beside)) -v grown="$memory_growth" '/^memory/ { at[$2] = $3 } END {
        print (at[100] <= most && at[50] <= most && at[100] - at[10] <= grown ? "met" : "missed") }' "$tmp/memory")
    printf '%s: %d elements, %s bytes each, %d MiB for results; MiB\n' "$row" "$count" \
        "$(awk '!/^memory/ { printf "%d", $2 / $1 }' "$tmp/memory")" "$budget"
    awk '/^memory/ { printf "  at %3d %%: %7.1f of its own (%.1f with mapped files, and what is shared counted for each of %d processes)\n", $2, $3, $4, $5 }' "$tmp/memory"
    printf '  wanted at most %d + %d, and %d more at the end than at 10 %%: %s\n\n' "$budget" "$memory_beside" \
        "$memory_growth" "$verdict"
    told "$row" "\"elements\": $count, \"budget\": $budget, \"unit\": \"MiB\", \
\"memory\": {$(awk '/^memory/ { printf "%s\"%d\": %s", n++ ? ", " : "", $2, $3 }' "$tmp/memory")}, \
\"beside\": $memory_beside, \"growth\": $memory_growth, \"verdict\": \"$verdict\""
}

row_memory_small() { remember memory-small 100000 "$small" 4; }
row_memory_large() { remember memory-large 20000 "$large" 64; }

# The disk cache.

# fill: reads disk.yaml until all of its elements are in the folder; disk.list has its files in the elements' order.
fill() {
    local count=3000 pass
    [ ! -e "$tmp/disk.list" ] || return 0
    write_spec disk "$workers" "$(images "$large" "$count")"
    for pass in 1 2 3 4 5; do
        serve --cache-disk="$tmp/disk" "$tmp/disk.yaml"
        "$read_all" "$mnt" >/dev/null
        if ((pass > 1)); then md5sum "$mnt"/* >"$tmp/sums"; fi
        unserve
        if ((pass > 1)) && [ "$(find "$tmp/disk" -type f | wc -l)" -ge "$count" ]; then break; fi
    done
    find "$tmp/disk" -type f -print0 | xargs -0 md5sum >"$tmp/disk.sums"
    awk 'NR == FNR { at[$1] = $2; next } { print at[$1] }' "$tmp/disk.sums" "$tmp/sums" >"$tmp/disk.list"
    [ "$(grep . "$tmp/disk.list" | sort -u | wc -l)" = "$count" ] || stop 'the disk cache has not kept everything'
}

drop() { "$read_all" --cold "$tmp/disk.list"; }

read_disk_mount() {
    serve --cache-disk="$tmp/disk" "$tmp/disk.yaml"
    "$1"
    "$read_all" "$mnt" | rate
    [ "$(figure 'd["counts"]["evaluations"]')" = 0 ] || stop 'the second mount has computed something'
    unserve
}

side_mount_cold() { read_disk_mount drop; }
side_direct_cold() { drop && "$read_all" "$tmp/disk.list" | rate; }

row_disk_cold() {
    fill
    compare disk-cold 'elements a second' 0.8 'second mount, 3000 elements of 100 KB on disk, cold' side_mount_cold \
        side_direct_cold
}

side_mount_warm() { read_disk_mount true; }
side_direct_warm() { "$read_all" "$tmp/disk.list" | rate; }

row_disk_warm() {
    fill
    side_direct_warm >/dev/null
    compare disk-warm 'elements a second' 0.8 'second mount, 3000 elements of 100 KB in the page cache' side_mount_warm \
        side_direct_warm
}

# What the kernel has.

# CPU seconds of the server so far.
server_time() { cat /proc/"$server"/task/*/schedstat | awk '{ n += $1 } END { printf "%.6f", n / 1e9 }'; }

# By CPU time of both, which is the time that passes if nobody else wants that CPU.
side_mounted() {
    local before
    before=$(server_time)
    taskset -c 0 "$read_all" -r 20 "$mnt" >"$tmp/read"
    awk -v server="$(server_time)" -v before="$before" '{ printf "%.2f\n", $1 / ($4 + server - before) }' "$tmp/read"
}

side_tmpfs() { taskset -c 0 "$read_all" -r 20 "$memory_folder" | awk '{ printf "%.2f\n", $1 / $4 }'; }

row_warm() {
    write_spec warm "$workers" "$(images "$large" 200)"
    memory_folder=$(mktemp -d /dev/shm/seqfs-bench.XXXXXX)
    serve "$tmp/warm.yaml"
    cp "$mnt"/* "$memory_folder/"
    taskset -a -c -p 0 "$server" >/dev/null
    compare warm 'opens a CPU second' 0.625 'open, read and close 100 KB that the kernel has, on one CPU' side_mounted side_tmpfs
    unserve
}

# The whole.

side_limit() { "$build/tests/bench/limit" "$workers" fast <"$tmp/list" | rate; }

side_mount() { read_thumbnails true; }
side_libvips() { read_thumbnails false; }

# read_thumbnails FAST: JPEG files without libvips, or by it alone.
read_thumbnails() {
    serve -D "fast=$1" "$tmp/thumbnails.yaml"
    "$read_all" "$mnt" | rate
    [ "$(figure 'd["counts"]["evaluations"]')" -ge "$(wc -l <"$tmp/list")" ] || stop 'the mount has not computed everything'
    unserve
}

# a_thousand: photographs as $tmp/list, and the spec of their thumbnails.
a_thousand() {
    local round=0
    if [ -z "$photos" ]; then
        photos=$tmp/photos
        make_photos "$photos" 300
    fi
    find "$photos" -iname '*.jpg' -o -iname '*.jpeg' | sort >"$tmp/once"
    # Long enough that starting the workers does not count; each time as another file, or it would be computed once.
    mkdir -p "$tmp/links"
    while [ "$(find "$tmp/links" -type l | wc -l)" -lt 1000 ]; do
        round=$((round + 1))
        awk -v folder="$tmp/links" -v round="$round" '{ printf "%s\n%s/%d-%d.jpg\n", $0, folder, round, NR }' "$tmp/once" |
            xargs -d '\n' -n 2 ln -s
    done
    find "$tmp/links" -type l | sort >"$tmp/list"
    write_spec thumbnails "$workers" "$(printf '  - %s\n' 'files: {list: list}' \
        'decode: {fast: "${fast}"}' 'thumbnail: {width: 224, height: 224, crop: centre}' 'encode: {format: jpeg, Q: 90}')"
    printf 'params: {fast: true}\n' >>"$tmp/thumbnails.yaml"
    side_limit >/dev/null # the sources are in the page cache from here on
}

row_thumbnails() {
    a_thousand
    compare thumbnails 'pictures a second' 0.95 "$(wc -l <"$tmp/list") photographs to thumbnails" side_mount side_limit
}

row_jpeg() {
    a_thousand
    compare jpeg 'pictures a second' 3 "$(wc -l <"$tmp/list") photographs to thumbnails, without libvips and by it" side_mount side_libvips
}
