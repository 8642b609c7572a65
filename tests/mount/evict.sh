#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What fits neither our memory nor the kernel's is computed again when it is read again, with the same bytes and the same size; an open file keeps its own.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir src
for i in $(seq 10 29); do bytes 300000 "$i" >"src/$i.dat"; done
cat >spec.yaml <<'EOF'
dataset: [{files: src/*.dat}, {exec: {argv: [cat], ext: dat}}, {name: "{stem}"}]
EOF
start --cache-memory 1M --ahead 0 spec.yaml

exec {open}<"$mnt/10.dat"
for round in 1 2; do
    for f in src/*; do cmp "$f" <(cat "$mnt/${f##*/}") >&2 || fail "$f in round $round"; done
    for f in src/*; do equals "$(stat -c %s "$mnt/${f##*/}")" 300000 "size of $f after round $round"; done
done
python3 - "$mnt/.seqfs/stats" <<'EOF'
import json, sys
opens = json.load(open(sys.argv[1]))['opens']
assert opens['kernel'] >= 10, f'opened without their bytes: {opens}'
EOF
drop_pages "$mnt"/*.dat
for f in src/*; do cmp "$f" <(cat "$mnt/${f##*/}") >&2 || fail "$f computed again"; done
[ "$(figure evaluations)" -gt 30 ] || fail "nothing was computed again"
cmp src/10.dat <(cat <&"$open") >&2 || fail "the open file"
exec {open}<&-
python3 - "$mnt/.seqfs/stats" <<'EOF'
import json, sys
cache = json.load(open(sys.argv[1]))['cache']
assert cache['bytes'] <= cache['budget'] == 1 << 20, cache
assert cache['evicted'] > 0, cache
EOF
