#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# SIGHUP reads the spec again: a bad one leaves the mount as it is and the log says why; with a good one there are its
# names, bytes and sizes, and only what changed is computed again.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir src
for i in 0 1 2 3 4 5 6 7 8 9; do echo "line $i" >"src/$i.txt"; done
# write_spec THIRD [DATASET...]: the datasets of the mount; `plain` is there always.
write_spec() {
    local command=$1
    shift
    {
        echo 'params: {dir: null}'
        echo 'sequences:'
        echo '  counted: [{files: "src/*.txt"}, {exec: {argv: [sh, -c, "cat >${dir}/now.$$; cat ${dir}/now.$$ >>${dir}/count; cat ${dir}/now.$$; rm ${dir}/now.$$"], ext: txt}}]'
        echo 'datasets:'
        echo '  plain: [counted, {name: "{stem}"}]'
        printf '  %s\n' "$@"
        echo "  made: [counted, {exec: {argv: [sh, -c, \"echo m >>\${dir}/count; $command\"], ext: txt}}, {name: \"{stem}\"}]"
    } >spec.yaml
}
ran() {
    sort count | uniq -c | awk '{n[$2]+=$1} END {print n["line"]+0, n["m"]+0}'
    : >count
}
# reload PATTERN: tells the server, and waits until it says so.
said=0
reload() {
    kill -HUP "$server"
    said=$((said + 1))
    is_said() { [ "$(grep -c 'SIGHUP: ' "$mnt/.seqfs/log")" -ge "$said" ]; }
    eventually is_said || fail "the server does not answer SIGHUP"
    grep 'SIGHUP: ' "$mnt/.seqfs/log" | tail -n 1 | grep -qF -- "$1" || fail "the log does not say '$1': $(cat "$mnt/.seqfs/log")"
}
GOOD='the spec was read again'
BAD='the spec was not read again, what was mounted stays'

for isolation in process thread; do
    : >count
    said=0
    write_spec 'cat'
    start --ahead 0 --workers 2 --isolation "$isolation" -D "dir=$work" spec.yaml
    for i in 0 1 2; do same "src/$i.txt" "$mnt/plain/$i.txt"; same "src/$i.txt" "$mnt/made/$i.txt"; done
    equals "$(ran)" "6 3" "what ran at first" # both datasets compute their own

    # Bad ones: not YAML, an unknown step, no source, no file at all.
    for bad in 'dataset: [' 'dataset: [{files: src/*.txt}, {blurr: 2}]' 'dataset: [{lines: nothing.txt}]' ''; do
        if [ -n "$bad" ]; then echo "$bad" >spec.yaml; else rm spec.yaml; fi
        reload "$BAD"
        case $bad in *blurr*) grep -q "spec.yaml:1:.*blurr" "$mnt/.seqfs/log" || fail "the log does not say why: $(cat "$mnt/.seqfs/log")" ;; esac
        same src/0.txt "$mnt/made/0.txt"
        equals "$(ls "$mnt" | tr '\n' ' ')" "made plain " "the tree after a bad spec"
    done
    equals "$(ran)" "0 0" "what ran after bad specs"
    same src/3.txt "$mnt/made/3.txt"
    equals "$(ran)" "1 1" "what ran for a new element after bad specs"

    # A good one: one dataset more, one changed, one as it was.  Open files go on.
    exec {open}<"$mnt/made/0.txt"
    write_spec 'tr l L' 'upper: [counted, {exec: {argv: [tr, a-z, A-Z], ext: out}}]'
    reload "$GOOD"
    equals "$(ls "$mnt" | tr '\n' ' ')" "made plain upper " "the tree after a good spec"
    equals "$(cat <&"$open")" "line 0" "a file that was open"
    exec {open}<&-
    for i in 0 1 2; do same "src/$i.txt" "$mnt/plain/$i.txt"; done
    equals "$(ran)" "0 0" "what ran of a dataset that is as it was"
    for i in 0 1 2; do equals "$(cat "$mnt/made/$i.txt")" "Line $i" "element $i of the changed dataset"; done
    equals "$(ran)" "3 3" "what ran of the changed dataset"
    equals "$(cat "$mnt/upper/7.out")" "LINE 7" "an element of the new dataset"
    equals "$(stat -c %s "$mnt/made/1.txt" "$mnt/upper/7.out" | tr '\n' ' ')" "7 7 " "sizes"
    equals "$(sed -n 6p "$mnt/.seqfs/spec" | cut -c1-8)" "  upper:" "the spec as it is told"

    # Names that are no more are gone, with cached entries; other lengths, other sizes, other failures.
    ls -lR "$mnt" >/dev/null
    sed -i 's,src/\*.txt,src/[3-9].txt,; /upper:/d; s,tr l L,exit 3,' spec.yaml
    reload "$GOOD"
    equals "$(ls "$mnt" "$mnt/plain" | tr '\n' ' ')" "$mnt: made plain  $mnt/plain: 3.txt 4.txt 5.txt 6.txt 7.txt 8.txt 9.txt " "the tree"
    for gone in upper/7.out plain/0.txt made/2.txt .seqfs/at/plain/7; do [ ! -e "$mnt/$gone" ] || fail "$gone is still there"; done
    refuses 'Input/output error' cat "$mnt/made/5.txt"
    equals "$(ls "$mnt/.errors/made")" 2 "the failure by its new index"
    same src/9.txt "$mnt/plain/9.txt"

    # Several times in a row, whatever comes of it, ends with what was written last.
    : >count
    for i in 1 2 3 4 5 6; do
        write_spec "sed s/line/$i/"
        kill -HUP "$server"
    done
    is_sixth() { [ "$(cat "$mnt/made/5.txt" 2>/dev/null)" = "6 5" ]; }
    eventually is_sixth || fail "made/5.txt: $(cat "$mnt/made/5.txt"); $(cat "$mnt/.seqfs/log")"
    for i in 0 9; do equals "$(cat "$mnt/made/$i.txt")" "6 $i" "element $i after six reloads"; done
    equals "$(ls "$mnt/.errors/made")" "" "failures that are no more"
    said=$(grep -c 'SIGHUP: ' "$mnt/.seqfs/log")
    reload "$GOOD"
    stop
done
