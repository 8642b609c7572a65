#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What can be seen in a line: licence tags, comments, calls that are refused, stray blanks.
# shellcheck source=tests/lint/lib.sh
source "$(dirname "$0")/lib.sh"

licence='SPDX-License-Identifier: LGPL-2.1-or-later'

while read -r file; do
    [ "$(head -n 1 "$file")" = "/* $licence */" ] || offence "$file: the first line is no licence tag"
done < <(sources '*.c' '*.h')
while read -r file; do
    head -n 2 "$file" | grep -qF "# $licence" || offence "$file: no licence tag in its first two lines"
done < <(sources 'meson.build' '*.sh'; grep -rlE --exclude-dir=.git --exclude-dir='build*' '^#!' . | sed 's,^\./,,')

refuse() { # WHY PATTERN FILE-PATTERN...
    local why=$1 pattern=$2
    shift 2
    while read -r line; do
        offence "${line:0:120}: $why"
    done < <(sources "$@" | grep -v '^tests/spec/bad/' | xargs grep -nHP "$pattern" || true)
}
refuse 'comments are /* */' '(^|[\s;{}])//(?!/)' '*.c' '*.h'
refuse 'not one of our functions' '\b(strcpy|strcat|sprintf|vsprintf|atoi|atol|atof|alloca|gets|strtok)\(' '*.c' '*.h'
refuse 'no typedefs but function types' '^typedef (struct|enum|union)[^(]*$' '*.c' '*.h'
refuse 'a blank at the end of the line' '[ \t]+$' '*.c' '*.h' '*.sh' '*.md' '*.yaml' 'meson.build'
refuse 'a tab' '\t' '*.c' '*.h' '*.md' '*.yaml' 'meson.build'
while read -r line; do
    offence "$line: ops/ never prints or exits"
done < <(grep -rnE '(^|[^_a-z])(exit|printf|puts|perror)\(' ops --include='*.c' | cut -c1-120)
while read -r file; do
    [ "$(grep -c '^#pragma once$' "$file")" = 1 ] || offence "$file: no #pragma once"
done < <(sources '*.h')
finish
