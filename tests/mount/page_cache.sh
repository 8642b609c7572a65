#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the kernel has read whole is read again without asking, is dropped from memory first, and is computed again only
# when the kernel has dropped it, too.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir src
for i in a b c d e f; do bytes 300000 "$(printf '%d' "'$i")" >"src/$i.dat"; done
cat >spec.yaml <<'EOS'
dataset: [{files: src/*.dat}, {exec: {argv: [cat], ext: dat}}, {name: "{stem}"}]
EOS
start --ahead 0 --cache-memory 1M spec.yaml

# closed: the server knows that all files are.
closed() { eventually figure_is budget.pinned 0 || fail "files are still open to the server"; }

# sends_nothing COMMAND...: the kernel sends no READ for it.  Once more, if the machine had no memory left for what the
# kernel keeps.
sends_nothing() {
    local before after
    for _ in 1 2 3; do
        before=$(figure reads)
        "$@"
        after=$(figure reads)
        [ "$after" != "$before" ] || return 0
    done
    fail "$((after - before)) READs for: $*"
}

read_again() {
    for _ in 1 2 3; do same src/a.dat "$mnt/a.dat"; done
    python3 -c '
import mmap, sys
wanted, f = open(sys.argv[1], "rb").read(), open(sys.argv[2], "rb")
assert mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)[:] == wanted' src/a.dat "$mnt/a.dat"
}

# Reading again.
same src/a.dat "$mnt/a.dat"
closed
opens=$(figure opens)
sends_nothing read_again
[ "$(figure opens)" -ge $((opens + 4)) ] || fail "the opens were not counted"
equals "$(figure evaluations)" 1 "evaluations"

# b and c are opened, not read; a is read again, the latest.  There is no room for d: a goes, which the kernel has.
for i in b c; do : <"$mnt/$i.dat"; done
same src/a.dat "$mnt/a.dat"
closed
: <"$mnt/d.dat"
closed
equals "$(figure evaluations cache.evicted cache.evicted_kernel)" "4 1 1" "evaluations, and what was dropped"
read -r memory kernel < <(figure opens.memory opens.kernel)
for i in b c; do : <"$mnt/$i.dat"; done
equals "$(figure opens.memory)" $((memory + 2)) "opens of what the kernel has not"
sends_nothing same src/a.dat "$mnt/a.dat"
[ "$(figure opens.kernel)" -gt "$kernel" ] || fail "what the kernel alone has was not opened as such"
[ "$(figure evaluations)" -le 5 ] || fail "$(figure evaluations) evaluations after reading what was dropped"
closed

# Once the kernel has dropped it as well, open files and new ones have the right bytes.
exec {open}<"$mnt/a.dat"
read_all() {
    local i
    for i in a b c d e f; do cmp "src/$i.dat" - <"$mnt/$i.dat" >&2 || fail "$i is wrong"; done
}
drop_pages "$mnt"/*.dat
evaluations=$(figure evaluations)
cmp src/a.dat - <&"$open" >&2 || fail "a file that was open when the kernel dropped it"
[ "$(figure evaluations)" -le $((evaluations + 1)) ] || fail "it was computed more than once"
drop_pages "$mnt"/*.dat
read_all
for i in a b c d e f; do equals "$(stat -c %s "$mnt/$i.dat")" 300000 "size of $i after that"; done
sends_nothing read_all
[ "$(figure cache.bytes)" -le 1048576 ] || fail "$(figure cache.bytes) bytes are kept of 1 MiB"
exec {open}<&-
