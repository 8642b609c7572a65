#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# After a reload what is computed ahead and thrown away unread is still noticed, and memory, open files and threads do
# not grow with the number of reloads.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOS'
dataset: [{range: 500}, {exec: [sh, -c, "head -c 100000 /dev/zero; cat"]}]
EOS
start --workers 2 --ahead 64 --cache-memory 2M --size-index off spec.yaml

reloads=0
reload() {
    reloads=$((reloads + 1))
    kill -HUP "$server"
    is_done() { [ "$(grep -c 'SIGHUP: the spec was read again' "$mnt/.seqfs/log")" -ge "$reloads" ]; }
    eventually is_done || fail "the server does not answer SIGHUP"
}
look() { cat "$mnt/000.bin" "$mnt/001.bin" "$mnt/002.bin" >/dev/null; }
# sum: open files and threads of the server.
sum() { echo "$(find "/proc/$server/fd" -mindepth 1 | wc -l) $(find "/proc/$server/task" -mindepth 1 -maxdepth 1 | wc -l)"; }

for _ in 1 2 3; do reload; look; done
before=$(sum)
memory=$(awk '/RssAnon/ {print $2}' "/proc/$server/status")
for _ in 1 2 3 4 5 6 7 8 9 10; do reload; look; done
same_sum() {
    local files threads
    read -r files threads < <(sum)
    [ "$files" -le $((${before% *} + 4)) ] && [ "$threads" -le $((${before#* } + 4)) ]
}
eventually same_sum || fail "open files and threads: $(sum), $before before ten reloads"
[ "$(awk '/RssAnon/ {print $2}' "/proc/$server/status")" -le $((memory + 8192)) ] || fail "memory grows with reloads"

# Six readers in order, who go where more is read than memory has room for: something is dropped unread, and told.
read_and_leave() {
    python3 - "$mnt" <<'EOS'
import sys
for i in range(10):
    for reader in range(6):
        open("%s/%03d.bin" % (sys.argv[1], 80 * reader + i), "rb").read()
for i in range(200, 60, -7):
    open("%s/%03d.bin" % (sys.argv[1], i), "rb").read()
EOS
    read -r unread wasted < <(figure cache.evicted_unread ahead.wasted)
    [ "$unread" -gt 0 ]
}
eventually read_and_leave || fail "nothing was dropped unread"
equals "$wasted" "$unread" "elements that were told to be wasted, of those that were dropped unread"
