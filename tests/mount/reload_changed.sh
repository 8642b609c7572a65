#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Who has an element open whose source had changed before the spec was read again goes on reading what he opened.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir src
fill() { head -c 8192 /dev/zero | tr '\0' "$1"; }
write_spec() {
    echo "dataset: [{files: src/*}, {exec: {argv: [tr, A-Z, $1], ext: dat}}, {name: '{stem}'}]" >spec.yaml
}
write_spec a-z
fill A >src/a
start spec.yaml
cmp <(fill a) "$mnt/a.dat" >&2 || fail "the first source"
fill B >src/a
cmp <(fill b) "$mnt/a.dat" >&2 || fail "the second source"

exec {open}<"$mnt/a.dat"
write_spec c-zab
kill -HUP "$server"
eventually grep -q 'SIGHUP: the spec was read again' server.log || fail "the spec was not read again"
cmp <(fill d) "$mnt/a.dat" >&2 || fail "the second spec"
cmp <(fill b) - <&"$open" >&2 || fail "who had it open reads something else"
cmp <(fill d) "$mnt/a.dat" >&2 || fail "the second spec, after that"
exec {open}<&-
