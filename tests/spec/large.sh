#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Specs that want too much are refused quickly, in bounded memory, with one complaint and its place.  Speaks TAP.
set -uo pipefail
: "${SEQFS:?names the program}"
work=$(mktemp -d "${TMPDIR:-/tmp}/seqfs-spec.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit
n=0
failed=0

# refused NAME PATTERN: of spec.yaml.
refused() {
    local status=0 ok=ok
    n=$((n + 1))
    (
        [ -n "${SANITIZED:-}" ] || ulimit -v 1500000 # sanitizers want all addresses
        exec timeout 10 "$SEQFS" check spec.yaml
    ) >said 2>&1 || status=$?
    if [ "$status" != 3 ] || ! head -n 1 said | cut -c1-500 | grep -qE "^spec\.yaml:[0-9]+:[0-9]+: .*$2"; then
        ok='not ok'
        failed=1
    fi
    if [ "$(wc -c <said)" -gt 40000 ]; then
        ok='not ok'
        failed=1
    fi
    echo "$ok $n - $1"
    [ "$ok" = ok ] || cut -c1-300 said | head -n 5 | sed "s/^/# status $status: /"
}
# repeat TEXT COUNT
repeat() {
    python3 -c 'import sys; sys.stdout.write(sys.argv[1] * int(sys.argv[2]))' "$1" "$2"
}

{ echo 'dataset: {values: [' && repeat 'x, ' 3500000 && echo ']}'; } >spec.yaml
refused 'ten megabytes' 'bytes|large'

{ printf 'dataset: ' && repeat '[' 5000 && repeat ']' 5000; } >spec.yaml
refused 'five thousand lists in each other' 'deep'

{ printf 'dataset: ' && repeat '{a: ' 5000 && repeat '}' 5000; } >spec.yaml
refused 'five thousand mappings in each other' 'deep'

{
    echo 'sequences:'
    echo '  s0: &s0 {values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}'
    for i in $(seq 12); do
        p=s$((i - 1))
        echo "  s$i: &s$i {concatenate: [*$p, *$p, *$p, *$p, *$p, *$p, *$p, *$p, *$p, *$p]}"
    done
    echo 'dataset: *s12'
} >spec.yaml
refused 'an alias bomb' 'alias|nodes|large'

{
    echo 'params:'
    echo '  p0: xxxxxxxxxx'
    for i in $(seq 12); do
        q="\${p$((i - 1))}"
        echo "  p$i: $q$q$q$q$q$q$q$q$q$q"
    done
    # shellcheck disable=SC2016 # a parameter
    echo 'dataset: {values: ["${p12}"]}'
} >spec.yaml
refused 'a parameter bomb' ''

{
    echo 'dataset:'
    echo '  - range: 5'
    repeat $'  - nosuchstep: {a: 1}\n' 100000
} >spec.yaml
refused 'a hundred thousand wrong steps' 'nosuchstep'

echo "1..$n"
exit "$failed"
