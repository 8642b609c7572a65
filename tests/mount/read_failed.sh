#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Reading an element that fails is an error for every tool, never a short or an empty success.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir src out
echo good >src/a.txt
echo bad >src/b.txt
cat >spec.yaml <<'EOF'
dataset: [{files: src/*.txt}, {exec: {argv: [grep, -v, bad], ext: txt}}, {name: "{stem}"}]
EOF
start spec.yaml

for _ in cold remembered; do
    refuses 'Input/output error' cat "$mnt/b.txt"
    refuses 'Input/output error' cp "$mnt/b.txt" out/b.txt
    [ ! -e out/b.txt ] || fail "cp left a file"
    refuses 'Input/output error' dd "if=$mnt/b.txt" of=out/b.txt
    rm -f out/b.txt
    refuses 'Input/output error' rsync -a "$mnt/" out
    [ ! -e out/b.txt ] || fail "rsync left a file"
    refuses 'Input/output error' tar -C "$mnt" -cf out.tar .
    refuses 'Input/output error' diff -r src "$mnt"
    refuses 'Input/output error' grep -r x "$mnt"
    refuses 'Input/output error' python3 -c 'import sys; open(sys.argv[1]).read()' "$mnt/b.txt"
    equals "$(cat "$mnt/a.txt")" good "the other one"
    ls -l "$mnt/b.txt" >/dev/null || fail "stat fails"
done
