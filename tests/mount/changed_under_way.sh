#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A source changes while its element is computed anew, of which the kernel has some pages: nobody reads a mixture.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir src
fill() { head -c 1000000 /dev/zero | tr '\0' "$1"; }
fill A >src/a
for i in 1 2 3 4; do fill Z >"src/z$i"; done
cat >spec.yaml <<'EOF'
params: {dir: null}
dataset:
  - files: src/*
  - exec: {argv: [sh, -c, "until [ -e ${dir}/go ]; do sleep 0.01; done; tr A-Z a-z"], ext: dat}
  - name: "{stem}"
EOF
touch -d '+1 hour' spec.yaml # so that the times of the elements do not tell
touch go
start --ahead 0 --cache-memory 600K -D "dir=$work" spec.yaml

# Its first pages stay with the kernel, nothing of it with us: it has no room.
python3 - "$mnt/a.dat" <<'EOF'
import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)
assert os.read(fd, 8192) == b'a' * 8192
EOF
for i in 1 2 3 4; do cat "$mnt/z$i.dat" >/dev/null; done

rm go
cat "$mnt/a.dat" >got &
reading=$!
eventually figure_is queues.opens_waiting 1 || fail "the reader does not wait"
fill B >src/a
touch go
wait "$reading" || fail "the reader got an error"
cmp <(fill b) got >&2 || fail "the reader got $(fold -w 1 got | sort | uniq -c | tr '\n' ' ')"
