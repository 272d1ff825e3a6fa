#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# analyze.sh FILE: clang's analyzer, with the flags that the build uses.
#
# Off are dead stores, since to the analyzer what a cleanup attribute reads is one; and
# values never set, since version 14 takes it for possible that "return -errno" returns
# 0.  gcc's -Wmaybe-uninitialized looks for these.  What a cleanup attribute frees is no
# leak either, but only those leaks are passed over: LeakSanitizer would see them.

file=$1
eval "set -- $SEK_CFLAGS"
for checker in deadcode.DeadStores core.UndefinedBinaryOperatorResult \
	core.uninitialized.Assign core.uninitialized.Branch \
	core.uninitialized.UndefReturn; do
	set -- "$@" -Xclang -analyzer-disable-checker -Xclang "$checker"
done
out=$(clang --analyze -Xclang -analyzer-output=text "$@" -o /dev/null "$file" 2>&1) || {
	echo "$out"
	exit 1
}

# Not in bpftool's skeletons, which are not ours.
found=$(echo "$out" | grep -E '^(user|include)/[^ ]* (warning|error): ' | while read -r line; do
	name=$(echo "$line" | sed -n "s/.*Potential leak of .* pointed to by '\([a-z_]*\).*/\1/p")
	# The name may stand on the next line.
	[ -n "$name" ] && grep -iFA1 'cleanup(' "$file" | grep -qw "$name" || echo "$line"
done)
[ -z "$found" ] || {
	echo "$out"
	exit 1
}
