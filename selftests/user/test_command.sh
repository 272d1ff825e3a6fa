#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The command line: help, exit codes, abbreviations, where flags may stand, dead readers.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"

# exits STATUS WORDS...: with one line on stderr if it is not 0.
exits()
{
	want=$1
	shift
	said=$("$SEKISHO" "$@" 2>&1 >/dev/null)
	got=$?
	lines=$(printf '%s' "$said" | grep -c '')
	[ "$got" -eq "$want" ] && [ "$lines" -eq $((want != 0)) ] && return 0
	diag "$* gave $got: $said"
	return 1
}

# says WORD ARGUMENTS...: what is wrong is told with this word.
says()
{
	word=$1
	shift
	"$SEKISHO" "$@" 2>&1 >/dev/null | grep -qF -- "$word"
}

# same WORDS... = WORDS...: two command lines print the same.
same()
{
	one=
	while [ "$1" != "=" ]; do
		one="$one $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # words
	[ "$("$SEKISHO" $one)" = "$("$SEKISHO" "$@")" ]
}

# Each command that help names has a help of its own.
all_have_help()
{
	"$SEKISHO" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | {
		n=0
		while read -r command; do
			if ! "$SEKISHO" "$command" --help | grep -q '^Usage: sekisho' ||
				! same "$command" --help = help "$command"; then
				diag "$command"
				exit 1
			fi
			n=$((n + 1))
		done
		[ "$n" -ge 6 ]
	}
}

test_plan 17
exits 0 --help && exits 0 help && exits 0 --version
test_result $? "help and version"
all_have_help
test_result $? "each command has help"
! "$SEKISHO" >/dev/null 2>&1
test_result $? "no command is wrong usage"
exits 2 nonsense && exits 2 help nonsense && exits 2 show nonsense && exits 2 show
test_result $? "unknown words are wrong usage, in one line"
says "do you mean 'classify'" clasify
test_result $? "the nearest word is proposed"
exits 2 --nonsense && exits 2 show link --nonsense && exits 2 show link --family
test_result $? "so are unknown options and missing values"
exits 2 show cgroup --dev lo && exits 2 show link -c / && exits 2 show icmp --class tcp &&
	exits 2 show cgroup --tree -f ipv4 && exits 2 show link --tree && exits 2 show link --count 2
test_result $? "filters of columns that are not there"
same -j probe = -j pro
test_result $? "commands may be abbreviated"
exits 2 s && says "'unload'" unlaod
test_result $? "but not to what is unclear"
same -j -p probe = probe -jp && same -jp probe = probe --json --pretty
test_result $? "global flags before and after the command"
exits 2 probe -jx && says "-jx" probe -jx
test_result $? "together with others they are not guessed"
exits 1 classify /nonexistent && exits 1 classify /dev/null && exits 1 classify /
test_result $? "what cannot be done is one line, and exit status 1"
says "-odd.pcap: cannot open" classify -- -odd.pcap
test_result $? "behind -- is no option"
says "missing.conf: No such file" tunnel plan missing.conf
test_result $? "a tunnel's file that is missing has the name that was given"
"$SEKISHO" -j probe >/dev/full 2>/dev/null
expect_equal "a full disk is an error" 1 $?
"$SEKISHO" -jp probe 2>"$TMPDIR/err" | head -n 1 >/dev/null
[ ! -s "$TMPDIR/err" ]
test_result $? "a reader that has gone is not complained about"
TERM=xterm "$SEKISHO" probe | grep -q "$(printf '\033')"
expect_equal "no colours where there is no terminal" 1 $?
test_finish
