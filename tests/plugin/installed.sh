#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A plug-in builds against the installed headers alone, by pkg-config, and the installed program evaluates with it.
set -euo pipefail
: "${BUILD:?names the build folder}" "${SEQFS_SOURCE:?names the source folder}"

work=$(mktemp -d "${TMPDIR:-/tmp}/seqfs-plugin.XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAIL: $*" >&2
    exit 1
}

# equals FOUND WANTED WHAT
equals() {
    [ "$1" = "$2" ] || fail "$3: found '$1', wanted '$2'"
}

for tool in meson make pkg-config; do
    command -v "$tool" >/dev/null || {
        echo "SKIP: $tool is not there"
        exit 77
    }
done

meson install -C "$BUILD" --no-rebuild --quiet --destdir "$work/dest" >/dev/null
pc=$(find "$work/dest" -name seqfs.pc)
[ -n "$pc" ] || fail "there is no seqfs.pc"
seqfs=$(find "$work/dest" -path '*/bin/seqfs')
sed -i "s,^prefix=,prefix=$work/dest," "$pc" # where it lies for now
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH

cp "$SEQFS_SOURCE"/mountscripts/plugin/* "$work"
cd "$work"
make --silent CFLAGS='-O2 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers'
[ -e code_points.so ] || fail "the plug-in was not built"
equals "$("$seqfs" eval code_points.yaml 1 | od -An -v -td4 | tr -s ' \n' ' ')" \
    " 103 114 246 223 101 114 0 0 0 0 0 0 0 0 0 0 " "größer"
"$seqfs" check code_points.yaml | grep -q '64 bytes each' || fail "the size of a file is not told"
equals "$("$seqfs" eval code_points.yaml 2 | wc -c)" 64 "a text that was cut off"

# Its own arguments are checked by its own table.
if said=$(sed 's/len: 16/len: 0/' code_points.yaml >wrong.yaml && "$seqfs" check wrong.yaml 2>&1); then
    fail "a wrong argument was taken"
fi
[[ $said == *"wrong.yaml:4:60: code-points: argument 'len': 0 is outside of 1..1048576"* ]] || fail "said: $said"

# Reports call the step as the operator is called.
cat >reports.yaml <<'EOT'
dataset: [{range: 2}, {plugin: {path: code_points.so, name: code-points, len: 4}}]
EOT
if said=$("$seqfs" eval reports.yaml 1 2>&1); then fail "a number was taken"; fi
[[ $said == *"element 1: code-points: wanted is text, found was int"* ]] || fail "said: $said"
