#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ctrl-C in front unmounts, ends every process, and is no failure.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
dataset: [{range: 9}, {exec: [cat]}]
EOF
for signal in INT TERM; do
    start spec.yaml
    cat "$mnt/1.bin" >/dev/null
    remember_family
    # A terminal sends it to all of the group.
    [ "$signal" != INT ] || kill -INT "${processes[@]}" 2>/dev/null || true
    [ "$signal" = INT ] || kill "-$signal" "$server"
    wait "$server" || fail "SIG$signal: exit status $?"
    is_mounted && fail "SIG$signal: still mounted"
    wait_gone "${processes[@]}" || fail "SIG$signal: processes are left"
    processes=() server=''
done
