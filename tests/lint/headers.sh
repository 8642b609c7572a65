#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every header compiles alone.
# shellcheck source=tests/lint/lib.sh
source "$(dirname "$0")/lib.sh"
need pkg-config

read -ra flags < <(pkg-config --cflags glib-2.0 gobject-2.0 vips fuse3 yaml-0.1 jansson)
while read -r header; do
    said=$(${CC:-cc} -std=gnu17 -D_GNU_SOURCE -DFUSE_USE_VERSION=314 -Wall -Wextra -Wno-unused-parameter \
        -Wno-missing-field-initializers -I. "${flags[@]}" -fsyntax-only -include "$header" -x c /dev/null 2>&1) ||
        offence "$header does not compile alone: $(grep -m1 error <<<"$said")"
done < <(sources '*.h')
finish
