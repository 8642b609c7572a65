#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A million elements mount and list quickly, in bounded memory.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

echo 'dataset: {range: 1000000}' >spec.yaml
within 5 start spec.yaml
before=$(awk '/VmRSS/ {print $2}' "/proc/$server/status")
listing() { ls -U "$mnt" | wc -l >count; }
within 20 listing
equals "$(cat count)" 1000000 "names"
equals "$(cat "$mnt/777777.txt")" 777777 "one of them"
after=$(awk '/VmRSS/ {print $2}' "/proc/$server/status")
[ $((after - before)) -lt 20000 ] || fail "listing took $((after - before)) KiB of the server's memory"
