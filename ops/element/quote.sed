# SPDX-License-Identifier: LGPL-2.1-or-later
# Lines of a text to strings of C, one a line.
s/[\\"]/\\&/g
s/.*/"&\\n",/
