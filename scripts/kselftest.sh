#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kselftest.sh DEST: put the kernel's test harness, two headers, into DEST.
#
# They come from Debian's package linux-source-6.12 and stay out of the tree.
# KSELFTEST_TAR names another kernel source (.tar.xz) to take them from.

set -eu

tar=${KSELFTEST_TAR:-/usr/src/linux-source-6.12.tar.xz}

die()
{
	echo "kselftest.sh: $*" >&2
	exit 1
}

present()
{
	[ -s "$1/kselftest.h" ] && [ -s "$1/kselftest_harness.h" ]
}

[ $# -eq 1 ] || {
	echo "usage: kselftest.sh DEST" >&2
	exit 2
}
dest=$1

present "$dest" && exit 0
[ -r "$tar" ] ||
	die "$tar is missing: install linux-source-6.12 (scripts/deps.sh test)"

# Inside DEST, so that mv is a rename and a parallel make sees no half a file.
mkdir -p "$dest"
tmp=$(mktemp -d "$dest/.kselftest.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# --occurrence ends the reading once both were found; xz then dies by SIGPIPE.
xz -dc -T0 "$tar" |
	tar -x --occurrence=1 --wildcards --strip-components=4 -C "$tmp" \
		'*/tools/testing/selftests/kselftest.h' \
		'*/tools/testing/selftests/kselftest_harness.h' ||
	die "cannot take kselftest.h and kselftest_harness.h from $tar"

mv "$tmp/kselftest.h" "$tmp/kselftest_harness.h" "$dest/"
