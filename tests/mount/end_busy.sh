#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ending the server while elements are computed and waited for ends everything, soon.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
dataset: [{range: 1000}, {exec: [sh, -c, "n=$(cat); [ $n -lt 500 ] || sleep 60; echo $n"]}]
EOF
start --timeout 5m spec.yaml
pids=()
for i in $(seq 0 9); do
    (for f in "$mnt"/0*"$i".bin; do cat "$f" >/dev/null 2>&1 || exit 0; done) &
    pids+=($!)
    (cat "$mnt/90$i.bin" >/dev/null 2>&1 && echo "$i" >>succeeded) &
    pids+=($!)
done
under_way() { [ "$(figure opens)" -ge 15 ]; }
eventually under_way || fail "nothing is under way"
remember_family
kill -TERM "$server"
within 10 wait_gone "${processes[@]}" || fail "processes are left"
is_mounted && fail "still mounted"
wait "$server" || fail "exit status $?"
for pid in "${pids[@]}"; do wait "$pid" || true; done
[ ! -e succeeded ] || fail "a reader got something that was not computed"
