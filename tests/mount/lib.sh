# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Sourced by every mount test.  The test then stands in a folder of its own, with the mountpoint `mnt` in it.  However it
# ends, the mount is taken away, every process that served it must have ended, and the folder is removed.
# SEQFS_TEST_OPTIONS are more options for every mount.
set -euo pipefail
: "${SEQFS:?names the program}" "${MAKE_PHOTOS:?names tests/tools/make-photos}"

skip() {
    echo "SKIP: $*"
    exit 77
}

fail() {
    echo "FAIL: $*" >&2
    exit 1
}

if [ ! -r /dev/fuse ] || [ ! -w /dev/fuse ]; then skip "/dev/fuse is not there, or not for this user"; fi

work=$(mktemp -d "${TMPDIR:-/tmp}/seqfs-mount.XXXXXX")
mnt=$work/mnt
mkdir "$mnt"
cd "$work"
export XDG_CACHE_HOME=$work/cache # what is kept across mounts is this test's alone

# What sanitizers find in any process is kept for cleanup, which fails then.
if [ -n "${SANITIZED:-}" ]; then
    for options in ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS; do
        export "$options=${!options:-}:log_path=$work/sanitizer"
    done
fi

server=     # the process of the mount under test
processes=() # every process that ever served one; all of them must be gone at the end
reader=     # what copies the server's messages to server.log

# The children of a process and theirs.
descendants() {
    cat /proc/[0-9]*/stat 2>/dev/null | awk -v root="$1" '
        {pid = $1; sub(/^.*\) /, ""); split($0, f, " "); parent[pid] = f[2]}
        END {
            seen[root] = grew = 1
            while (grew) {
                grew = 0
                for (p in parent) if (!(p in seen) && parent[p] in seen) {seen[p] = grew = 1; print p}
            }
        }'
}

# Runs, and is no zombie that nobody has waited for.
is_alive() {
    local state
    state=$(sed -E 's/^.*\) (.).*/\1/' "/proc/$1/stat" 2>/dev/null) || return 1
    [ -n "$state" ] && [ "$state" != Z ]
}

# wait_gone PID...: true once all have ended; false after 20 seconds.  Only a parent is told, so one has to look.
wait_gone() {
    local pid deadline=$((SECONDS + 20))
    for pid in "$@"; do
        while is_alive "$pid"; do
            [ "$SECONDS" -lt "$deadline" ] || return 1
            sleep 0.05
        done
    done
}

# eventually COMMAND...: tries until it succeeds; false after 20 seconds.
eventually() {
    local deadline=$((SECONDS + 20))
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.05
    done
}

is_mounted() {
    grep -q " $mnt fuse" /proc/mounts
}

# start [OPTION...] SPEC: serves SPEC at $mnt in the foreground, and returns once it answers; server is its process,
# server.log what it says.  Ctrl-C reaches it, although shells keep that from what they start behind them.
start() {
    local line pipe=$work/.messages
    rm -f "$pipe"
    mkfifo "$pipe"
    # shellcheck disable=SC2086 # a list of options
    env --default-signal=INT "$SEQFS" -f ${SEQFS_TEST_OPTIONS:-} "$@" "$mnt" >"$pipe" 2>&1 &
    server=$!
    processes+=("$server")
    : >server.log
    exec {messages}<"$pipe"
    while read -r line <&"$messages"; do
        echo "$line" >>server.log
        case $line in *'mounted at'*)
            cat <&"$messages" >>server.log &
            reader=$!
            exec {messages}<&-
            return 0
            ;;
        esac
    done
    exec {messages}<&-
    if grep -qE 'fuse.*(Operation not permitted|Permission denied)' server.log; then
        skip "mounting is not permitted here"
    fi
    cat server.log >&2
    fail "the mount did not come up"
}

remember_family() {
    [ -n "$server" ] || return 0
    local pid
    for pid in $(descendants "$server"); do processes+=("$pid"); done
}

# Unmounts and waits until the server and all of its processes have ended.
stop() {
    remember_family
    if is_mounted; then
        "$SEQFS" umount "$mnt" || {
            [ -z "$server" ] || kill "$server" 2>/dev/null || true
            umount -l "$mnt" || fusermount3 -uz "$mnt" || true
        }
    fi
    if ! wait_gone "${processes[@]}"; then
        echo "FAIL: processes are left: $(ps -o pid,ppid,stat,args -p "$(IFS=, && echo "${processes[*]}")" || true)" >&2
        kill -9 "${processes[@]}" 2>/dev/null || true
        return 1
    fi
    [ -z "$reader" ] || wait "$reader" || true
    server='' reader=''
}

cleanup() {
    local status=$?
    trap - EXIT
    set +e
    cd /
    stop || status=1
    is_mounted && umount -l "$mnt"
    if compgen -G "$work/sanitizer.*" >/dev/null; then
        head -n 60 "$work"/sanitizer.* >&2
        status=1
    fi
    if [ "$status" != 0 ] && [ "$status" != 77 ] && [ -s "$work/server.log" ]; then
        echo "--- what the server said:" >&2
        tail -n 30 "$work/server.log" >&2
    fi
    rm -rf "$work"
    exit "$status"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

# same FILE FILE
same() {
    cmp "$1" "$2" >&2 || fail "$1 and $2 differ"
}

# equals FOUND WANTED WHAT
equals() {
    [ "$1" = "$2" ] || fail "$3: found '$1', wanted '$2'"
}

# contains FILE TEXT
contains() {
    grep -qF -- "$2" "$1" || {
        cat "$1" >&2
        fail "$1 does not say '$2'"
    }
}

# refuses MESSAGE COMMAND...: it fails and says MESSAGE on standard error.
refuses() {
    local message=$1 said
    shift
    if said=$("$@" 2>&1 >/dev/null); then fail "succeeded: $*"; fi
    case $said in
    *"$message"*) ;;
    *) fail "$*: said '$said', wanted '$message'" ;;
    esac
}

# within SECONDS COMMAND...
within() {
    local limit=$1 start=${EPOCHREALTIME/./} took
    shift
    "$@"
    took=$(((${EPOCHREALTIME/./} - start) / 1000))
    [ "$took" -le $((limit * 1000)) ] || fail "took $took ms, more than $limit s: $*"
}

# figure NAME...: counts of .seqfs/stats, or any other figure of it: `cache.bytes`.
figure() {
    python3 - "$mnt/.seqfs/stats" "$@" <<'EOS'
import functools, json, os, sys

stats = json.loads(os.read(os.open(sys.argv[1], os.O_RDONLY), 1 << 20)) # by one READ
paths = [name.split(".") if "." in name else ["counts", name] for name in sys.argv[2:]]
print(*(functools.reduce(lambda at, key: at[key], path, stats) for path in paths))
EOS
}

# figure_is NAME WANTED: for eventually.
figure_is() {
    [ "$(figure "$1")" = "$2" ]
}

# drop_pages FILE...: the kernel drops what it has of them.
drop_pages() {
    python3 -c '
import os, sys
for path in sys.argv[1:]:
    fd = os.open(path, os.O_RDONLY)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)' "$@"
}

# find_python MODULE...: python is the first Python that has all of these; without one the test is skipped.
find_python() {
    local module
    for python in python3 /usr/bin/python3; do
        for module in "$@"; do
            "$python" -c "import $module" 2>/dev/null || continue 2
        done
        return 0
    done
    skip "no Python here has $*"
}

# bytes COUNT SEED: the same ones every time.
bytes() {
    python3 -c '
import random, sys
sys.stdout.buffer.write(random.Random(int(sys.argv[2])).randbytes(int(sys.argv[1])))' "$1" "$2"
}

# Files of every size that matters to a page cache or a placeholder, as sources.
make_sources() {
    local size
    mkdir -p src
    for size in 0 1 4095 4096 4097 65536 100000 131073 5000000 17000001; do
        bytes "$size" 1 >"src/$(printf '%08d' "$size").dat"
    done
}
