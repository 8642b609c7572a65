#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# With size=exact, tools that trust stat get elements whole that nobody has opened.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

make_sources
cat >spec.yaml <<'EOF'
dataset: [{files: src/*.dat}, {exec: {argv: [cat], ext: dat}}, {name: "{stem}"}]
EOF
start -o size=exact spec.yaml
for f in src/*; do
    equals "$(stat -c %s "$mnt/${f##*/}")" "$(stat -c %s "$f")" "size of $f"
done
stop

for archive in 'bsdtar -C "$0" -cf - .' \
    'python3 -c "import sys, tarfile; t = tarfile.open(fileobj=sys.stdout.buffer, mode=\"w|\"); t.add(sys.argv[1], \".\"); t.close()" "$0"'; do
    start -o size=exact spec.yaml
    mkdir out
    bash -c "$archive" "$mnt" | tar -C out -xf -
    diff -r src out >&2 || fail "$archive"
    rm -r out
    stop
done

# Who waits for a size keeps nobody out of the folder.
cat >slow.yaml <<'EOF'
params: {dir: null}
dataset: [{range: 3}, {exec: [sh, -c, "until [ -e ${dir}/go ]; do sleep 0.01; done; cat"]}]
EOF
start -o size=exact -D "dir=$work" slow.yaml
stat -c %s "$mnt/0.bin" >size &
waiting=$!
eventually figure_is queues.opens_waiting 1 || fail "nobody waits"
equals "$(ls "$mnt")" $'0.bin\n1.bin\n2.bin' "a listing meanwhile"
touch go
wait "$waiting"
equals "$(cat size)" 2 "the size that was waited for"
stop
