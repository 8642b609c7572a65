#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# When the server is killed, readers get an error, no process of it is left, and a new mount takes its place.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
dataset: [{range: 9}, {exec: [sh, -c, "[ -e ${dir}/go ] || sleep 60; cat"]}]
params: {dir: null}
EOF
start -D "dir=$work" spec.yaml
(cat "$mnt/3.bin" 2>said && echo succeeded >>said) &
cat=$!
opens() { [ "$(figure opens)" -ge 1 ] && [ "$(descendants "$server" | wc -l)" -ge 3 ]; }
eventually opens || fail "the reader did not come through"
remember_family
kill -9 "$server"
wait "$cat" || true
grep -q succeeded said && fail "the reader got something"
refuses 'Transport endpoint is not connected' ls "$mnt"
wait_gone "${processes[@]}" || fail "processes are left of a killed server"

touch go
start -D "dir=$work" spec.yaml
equals "$(cat "$mnt/3.bin")" 3 "element after the new start"
