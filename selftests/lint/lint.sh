# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the checks share: which files there are, and one result a file.  make passes
# on SEK_CFLAGS, TEST_CFLAGS and BPF_CFLAGS, with quotes for the shell.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
cd "$top" || exit 1

# tracked PATTERN...: files in git, or about to be; all of them in a tree without git.
# To root, a clone of somebody else's is suspect unless told otherwise.
tracked()
{
	if [ -e .git ] && command -v git >/dev/null; then
		git -c safe.directory='*' ls-files -co --exclude-standard -- "$@"
	else
		for tracked_pattern; do
			find . -path ./build -prune -o -type f -path "./$tracked_pattern" -print
		done | sed 's|^\./||'
	fi | while read -r tracked_file; do
		[ ! -f "$tracked_file" ] || echo "$tracked_file"
	done | sort -u
}

# check_each COMMAND...: for each file named in $TMPDIR/files one result, of the command
# with the file as last argument.  As many at once as there are processors.
check_each()
{
	test_plan "$(wc -l <"$TMPDIR/files")"
	# shellcheck disable=SC2016 # for the inner shell
	xargs -P "$(nproc)" -n 1 sh -c '
		eval "file=\${$#}"
		out=$0/$(echo "$file" | tr / ,)
		"$@" >"$out" 2>&1 || echo "$?" >"$out.failed"' \
		"$TMPDIR" "$@" <"$TMPDIR/files"
	while read -r check_file; do
		check_out=$TMPDIR/$(echo "$check_file" | tr / ,)
		[ ! -e "$check_out.failed" ]
		test_result $? "$check_file" || diag <"$check_out"
	done <"$TMPDIR/files"
}
