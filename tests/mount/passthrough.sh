#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the disk cache has is read by the kernel itself where it can: every way of reading it is right, also beside files that
# were opened the normal way, after its entry or its source has changed, and when many open and close it at once.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

at_least() { # VERSION WANTED
    printf '%s\n%s\n' "$2" "$1" | sort -C -V
}
library=$("$SEQFS" --version | sed -E 's/.*libfuse ([0-9.]+).*/\1/')
lacks=
at_least "$library" 3.17 || lacks="libfuse $library has no passthrough"
at_least "$(uname -r)" 6.9 || lacks="Linux $(uname -r) has no passthrough"
[ "$(id -u)" = 0 ] || lacks="passthrough is for root alone"

mkdir src
for size in 1 4095 4096 4097 131073 5000000; do bytes "$size" "$size" >"src/$(printf '%08d' "$size").dat"; done
cat >spec.yaml <<'EOS'
cache: {disk: {path: kept, size: 100M}}
dataset: [{files: src/*.dat}, {exec: {argv: [cat], ext: dat}}, {name: "{stem}"}]
EOS
n=6
big=src/05000000.dat
begin() { start --ahead 0 --cache-memory 1M spec.yaml; }
read_all() {
    local f
    for f in src/*; do cmp "$f" "$mnt/${f##*/}" >&2 || fail "$f is wrong"; done
}
closed() { eventually figure_is budget.pinned 0 || fail "files are still open to the server"; }

# Filling the cache, the normal way.
begin
read_all
eventually figure_is disk.kept $n || fail "only $(figure disk.kept) of $n were kept"
equals "$(figure opens.passthrough)" 0 "passthrough of what was computed"
stop

# Where it is not to be had, the disk cache is read the normal way.
if [ -n "$lacks" ]; then
    echo "$lacks"
    begin
    read_all
    equals "$(figure opens.passthrough opens.disk evaluations)" "0 $n 0" "opens by passthrough and from the disk"
    stop
    exit 0
fi

# The first open has a placeholder told before; later ones need neither the disk nor a READ.
begin
stat "$mnt"/* >stats.txt
first=$(sed -n '$=' server.log)
exec {held}<"$mnt/${big##*/}"
if [ "$(figure opens.passthrough)" = 0 ] && grep -q passthrough "$mnt/.seqfs/log"; then
    echo "the kernel refuses it: $(grep passthrough "$mnt/.seqfs/log")"
    read_all
    exec {held}<&-
    stop
    exit 0
fi
exec {held}<&-
before=$(figure reads) # looking at the figures sends some as well
look=$(($(figure reads) - before))
before=$(figure reads)
for _ in 1 2 3; do read_all; done
equals $(($(figure reads) - before - look)) 0 "READs"
equals "$(figure opens.passthrough opens.disk disk.hits evaluations)" "$((1 + 3 * n)) $n $n 0" "opens by passthrough and from the disk"
for f in src/*; do
    equals "$(stat -c %s "$mnt/${f##*/}")" "$(stat -c %s "$f")" "size of $f"
    cp "$mnt/${f##*/}" copy
    same copy "$f"
    python3 - "$f" "$mnt/${f##*/}" <<'EOS'
import mmap, os, sys
wanted, f = open(sys.argv[1], "rb").read(), open(sys.argv[2], "rb")
assert mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)[:] == wanted, "mmap"
assert os.pread(f.fileno(), 100, len(wanted)) == b"", "behind the end"
assert os.pread(f.fileno(), 1 << 20, len(wanted) // 2) == wanted[len(wanted) // 2:][:1 << 20], "pread"
assert os.lseek(f.fileno(), 0, os.SEEK_END) == len(wanted), "the end"
with open("copy", "wb") as out:
    assert os.sendfile(out.fileno(), f.fileno(), 0, len(wanted)) == len(wanted), "sendfile"
assert open("copy", "rb").read() == wanted, "what was sent"
EOS
done
equals "$(sed -n '$=' server.log)" "$first" "lines that the server said"

# Many at once.
hammer() {
    python3 - "$work/src" "$mnt" "$1" <<'EOS'
import os, random, sys
source, mount, seed = sys.argv[1:]
names = sorted(os.listdir(source))
wanted = {name: open(f"{source}/{name}", "rb").read(4097) for name in names}
rng, held = random.Random(int(seed)), []
for _ in range(1500):
    name = rng.choice(names)
    fd = os.open(f"{mount}/{name}", os.O_RDONLY)
    assert os.pread(fd, 4097, 0) == wanted[name], name
    held.append(fd)
    rng.shuffle(held)
    while len(held) > rng.randrange(5):
        os.close(held.pop())
EOS
}
hammers=()
for seed in 1 2 3 4; do
    hammer "$seed" &
    hammers+=($!)
done
for pid in "${hammers[@]}"; do wait "$pid" || fail "an open or a read went wrong among many"; done

# Who has it open keeps it: when its entry is gone, and when its source is another; who opens it then has the new one.
exec {held}<"$mnt/${big##*/}"
cp "$big" old
rm -rf kept
cmp old - <&"$held" >&2 || fail "a file whose entry was removed while it was open"
read_all
equals "$(figure evaluations)" 0 "evaluations for files that the kernel still has"
bytes 400000 99 >new
mv new "$big"
same "$big" "$mnt/${big##*/}"
equals "$(figure evaluations)" 1 "evaluations after a source was changed"
python3 - old "$held" <<'EOS' || fail "a file that was open when its source was changed"
import os, sys
wanted, fd = open(sys.argv[1], "rb").read(), int(sys.argv[2])
at, parts = 0, []
while block := os.pread(fd, 1 << 20, at):
    parts.append(block)
    at += len(block)
assert b"".join(parts) == wanted
assert os.fstat(fd).st_size == len(wanted)
EOS
exec {held}<&-
stop

# What is open the normal way stays so, also when the disk answers the next open; once closed, it changes.
rm -rf kept
begin
exec {held}<"$mnt/${big##*/}"
eventually figure_is disk.kept 1 || fail "it was not kept"
for f in src/*; do : <"$mnt/${f##*/}"; done
equals "$(figure opens.passthrough)" 0 "passthrough beside a normal open"
same "$big" "$mnt/${big##*/}"
cmp "$big" - <&"$held" >&2 || fail "a file that was opened first"
exec {held}<&-
closed
stop
begin
python3 - "$big" "$mnt/${big##*/}" <<'EOS' || fail "a file that two had open in one way"
import os, sys
wanted, files = open(sys.argv[1], "rb").read(), [open(sys.argv[2], "rb") for _ in range(2)]
assert all(f.read() == wanted for f in files)
EOS
equals "$(figure opens.passthrough)" 2 "passthrough of two opens"

# Opened directly it is open the normal way.
direct=$(printf '%08d.dat' 4096)
for _ in 1 2; do
    dd if="$mnt/$direct" iflag=direct bs=4096 status=none | cmp - "src/$direct" >&2 || fail "a file that was opened directly"
done
equals "$(figure opens.passthrough)" 2 "passthrough after direct opens"
stop

# Sources are never read by the kernel itself: who reads them is told when they become shorter.
echo 'dataset: [{files: src/*.dat}, {name: "{stem}"}]' >plain.yaml
start --cache-disk kept plain.yaml
read_all
equals "$(figure opens.passthrough opens.direct)" "0 $n" "opens of plain sources"
