#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Files have 700 lines at most, functions 80.
# shellcheck source=tests/lint/lib.sh
source "$(dirname "$0")/lib.sh"

# FILE NAME LINES of every function.
functions() {
    if command -v ctags >/dev/null && ctags --version | grep -q Universal; then
        ctags --fields=+ne --kinds-C=f -f - "$1" |
            awk -F'\t' '/^[^!]/ {l = e = 0
                for (i = 4; i <= NF; i++) {if ($i ~ /^line:/) l = substr($i, 6); if ($i ~ /^end:/) e = substr($i, 5)}
                print $1, e - l + 1}'
    else # by our form: a function's braces stand alone in the first column
        awk '/^[a-z].*\(/ {name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name); from = NR}
            /^}$/ && from {print name, NR - from + 1; from = 0}' "$1"
    fi
}

while read -r file; do
    lines=$(wc -l <"$file")
    [ "$lines" -le 700 ] || offence "$file: $lines lines, more than 700: which second noun is in it?"
    while read -r name lines; do
        [ "$lines" -le 80 ] || offence "$file: $name: $lines lines, more than 80"
    done < <(functions "$file")
done < <(sources '*.c' '*.h')
finish
