# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Sourced by tests/bench/run: mounts, pairs of measurements, and how they are told.
: "${build:?}" "${seqfs:?}" "${pairs:?}" "${json:?}"

server= # the process of the mount that is being measured

usage() {
    echo "run: $1" >&2
    exit 2
}

stop() {
    echo "run: $1" >&2
    exit 1
}

# begin: makes the folder that everything stands in; it goes whatever happens.
begin() {
    tmp=$(mktemp -d "${TMPDIR:-/tmp}/seqfs-bench.XXXXXX")
    mnt=$tmp/mnt
    mkdir "$mnt"
    trap cleanup EXIT
    trap 'exit 1' INT TERM HUP
}

cleanup() {
    if [ -n "$server" ]; then
        "$seqfs" umount "$mnt" 2>/dev/null || kill "$server" 2>/dev/null || true
        wait "$server" || true
    fi
    rm -rf "$tmp" ${memory_folder:+"$memory_folder"}
}

# serve [OPTION...] SPEC: mounts it at $mnt, with nothing remembered from before; server is its process.
serve() {
    local line
    rm -rf "$tmp/cache" "$tmp/said"
    mkfifo "$tmp/said"
    XDG_CACHE_HOME=$tmp/cache "$seqfs" -f "$@" "$mnt" 2>"$tmp/said" &
    server=$!
    exec {said}<"$tmp/said"
    while read -r line <&"$said"; do
        case $line in *'mounted at'*)
            cat <&"$said" >"$tmp/log" &
            exec {said}<&-
            return
            ;;
        esac
        echo "$line" >&2
    done
    exec {said}<&-
    stop 'the mount did not come up'
}

unserve() {
    "$seqfs" umount "$mnt"
    wait "$server"
    server=
}

# figure EXPRESSION: of .seqfs/stats, as `d` in Python.
figure() {
    python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$mnt/.seqfs/stats" "$1"
}

# rate: elements a second, from "elements bytes seconds".
rate() { awk 'NR == 1 { printf "%.2f\n", $1 / $3 }'; }

# told ROW FIELD-TEXT: appends a row to the JSON lines.
told() {
    printf '{"row": "%s", "time": "%s", "cpus": %d, "load": %s, %s}\n' "$1" "$(date -u +%FT%TZ)" "$(nproc)" \
        "$(cut -d ' ' -f 1 /proc/loadavg)" "$2" >>"$json"
}

# compare ROW UNIT WANTED WHAT FIRST SECOND: pairs of measurements in turn; FIRST and SECOND are commands that print a
# rate.  WANTED: the least ratio.
compare() {
    local row=$1 unit=$2 wanted=$3 what=$4 first=$5 second=$6 i a b
    printf '%s: %s; %s\n' "$row" "$what" "$unit"
    printf '  %-5s %12s %12s %8s\n' pair "${first#side_}" "${second#side_}" ratio
    : >"$tmp/pairs"
    for ((i = 1; i <= pairs; i++)); do
        if ((i % 2)); then
            "$first" >"$tmp/a"
            "$second" >"$tmp/b"
        else
            "$second" >"$tmp/b"
            "$first" >"$tmp/a"
        fi
        a=$(cat "$tmp/a") b=$(cat "$tmp/b")
        awk -v a="$a" -v b="$b" 'BEGIN { printf "%s %s %.3f\n", a, b, a / b }' | tee -a "$tmp/pairs" |
            awk -v i="$i" '{ printf "  %-5d %12s %12s %8s\n", i, $1, $2, $3 }'
    done
    sort -n -k 3 "$tmp/pairs" | awk -v wanted="$wanted" '{ r[NR] = $3 } END {
        m = NR % 2 ? r[(NR + 1) / 2] : (r[NR / 2] + r[NR / 2 + 1]) / 2
        printf "%.3f %.3f %.3f %s\n", m, r[1], r[NR], (m >= wanted ? "met" : "missed") }' >"$tmp/verdict"
    read -r median from to verdict <"$tmp/verdict"
    printf '  ratio: median %s, from %s to %s; wanted %s: %s\n\n' "$median" "$from" "$to" "$wanted" "$verdict"
    told "$row" "\"what\": \"$what\", \"unit\": \"$unit\", \"sides\": [\"${first#side_}\", \"${second#side_}\"], \
\"pairs\": [$(awk '{ printf "%s[%s, %s, %s]", (NR > 1 ? ", " : ""), $1, $2, $3 }' "$tmp/pairs")], \
\"median\": $median, \"from\": $from, \"to\": $to, \"wanted\": $wanted, \"verdict\": \"$verdict\""
}
