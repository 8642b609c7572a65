#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A source that is another file by now makes another element, at the next open: computed ones, plain files, failed ones, empty ones.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir src
bytes 1000 1 >src/a.dat
bytes 2000 2 >src/b.dat
: >src/c.dat
cat >spec.yaml <<'EOS'
datasets:
  made: [{files: src/*.dat}, {exec: {argv: [cat], ext: dat}}, {name: "{stem}"}]
  plain: [{files: src/*.dat}, {name: "{stem}"}]
EOS
start spec.yaml

agree() {
    local folder f
    for folder in made plain; do
        for f in src/*; do same "$f" "$mnt/$folder/${f##*/}"; done
        diff -r src "$mnt/$folder" >&2 || fail "$folder differs"
    done
}

agree
bytes 50000 3 >src/a.dat # larger
bytes 10 4 >src/b.dat    # smaller
bytes 300 5 >src/c.dat   # no longer empty
agree
bytes 300 6 >src/new && mv src/new src/c.dat # as large as before
agree

# A failure is forgotten when its source comes back.
mv src/a.dat kept
cat "$mnt/made/a.dat" >/dev/null 2>&1 && fail "made/a.dat can be read without its source"
cat "$mnt/plain/a.dat" >/dev/null 2>&1 && fail "plain/a.dat can be read without its source"
[ -e "$mnt/.errors/made/0" ] || fail "the failure is not told"
mv kept src/a.dat
agree
[ ! -e "$mnt/.errors/made/0" ] || fail "the failure is still told"
