#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [-j JOBS] [-l] [PATTERN...]: run the tests whose names match (all), and
# report as KTAP version 1.  -l only lists them.
#
# A test is selftests/FOLDER/test_NAME.sh, or the program built from test_NAME.c,
# and is called FOLDER/NAME; a pattern is a shell pattern, or a part of the name.
# It prints KTAP, and exits with 0 passed, 1 failed or 4 skipped, as kselftest.
# Lines of its own in its source ask for more:
#
#	# timeout: 120		seconds, instead of 30; in C as a comment
#	# serial		nothing else runs meanwhile
#
# Tests find SEKISHO (the program), SEK_BUILD (where it was built), SEK_ENV
# (native, 6.1, 6.12, lint), SEK_FACTOR (how much slower it is here), SEK_ID
# (unique, for names: sek-test-$SEK_ID-...), and a TMPDIR of their own, which is
# also where they start.  The run has a mount namespace of its own, with an
# empty /run and bpffs: what tests pin there is gone with it, whatever happens.
#
# What failed is said once more at the end.  The last line is "N passed, N failed,
# N skipped", of subtests.  Both go to $SEK_RESULTS, too: failures, totals.

set -eu

usage()
{
	sed -n '4,5s/^# //p' "$0" >&2
	exit 2
}

# All goes well with nothing: that is a failure.
die()
{
	echo "# run.sh: $*"
	finish 0 1 0
}

finish()
{
	if [ -n "${SEK_RESULTS:-}" ]; then
		echo "$1 $2 $3" >"$SEK_RESULTS/totals"
	fi
	echo "$1 passed, $2 failed, $3 skipped"
	[ "$2" -eq 0 ] || exit 1
	exit 0
}

# A guest has all of these for itself, but the same rules hold there.
enter_namespace()
{
	if [ -z "${SEK_NAMESPACE:-}" ] && [ "$(id -u)" -eq 0 ]; then
		export SEK_NAMESPACE=1
		exec unshare -m --propagation private "$0" "$@"
	fi
	if [ -n "${SEK_NAMESPACE:-}" ]; then
		mount -t bpf bpf /sys/fs/bpf
		mount -t tmpfs -o mode=755 run /run
	fi
}

# What a source says of itself, see above.
asked()
{
	sed -nE "s|^[#/* ]+$2( \\*/)?\$|\\1|p" "$1" | head -n 1
}

find_tests()
{
	for source in "$here"/*/test_*.c "$here"/*/test_*.sh; do
		[ -e "$source" ] || continue
		folder=${source#"$here/"}
		folder=${folder%/*}
		name=${source##*/test_}
		if [ "$SEK_ENV" = lint ] && [ "$folder" != lint ]; then
			continue
		elif [ "$SEK_ENV" != lint ] && [ "$folder" = lint ]; then
			continue
		fi
		case $source in
		*.c) program=$SEK_BUILD/selftests/$folder/test_${name%.c} ;;
		*) program=$source ;;
		esac
		limit=$(asked "$source" 'timeout: ([0-9]+)')
		mode=$(asked "$source" '(serial)')
		echo "$folder/${name%.*} $((${limit:-30} * SEK_FACTOR))" \
			"${mode:-parallel} $program"
	done | sort
}

# The lines of all tests whose name one of the patterns matches.
select_tests()
{
	while read -r name rest; do
		for pattern; do
			# shellcheck disable=SC2254 # these are patterns
			case $name in
			$pattern | *$pattern*)
				echo "$name $rest"
				break
				;;
			esac
		done
	done
}

# A test's processes are a group.  Zombies wait for a parent that may never look.
group_alive()
{
	kill -0 "-$1" 2>/dev/null || return
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v group="$1" '
		{
			name = $0
			sub(/^[0-9]+ \(/, "", name)
			sub(/\) [^)]*$/, "", name)
			sub(/^.*\) /, "")
			if ($3 == group && $1 != "Z")
				names = names " " name
		}
		END {
			print substr(names, 2)
			exit names == ""
		}'
}

# Who was told to go may need a moment.
reap()
{
	tries=20
	while left=$(group_alive "$1") && [ "$tries" -gt 0 ]; do
		tries=$((tries - 1))
		sleep 0.1
	done
	if [ -n "$left" ]; then
		kill -KILL "-$1" 2>/dev/null || :
	fi
	echo "$left"
}

now()
{
	date +%s%N
}

# Leaves $1.out, .code, .seconds and .left.  timeout makes the process group.
run_test()
{
	read -r _ limit _ program <"$work/$1.test"
	mkdir "$work/$1"
	start=$(now)
	(
		cd "$work/$1"
		exec env TMPDIR="$work/$1" SEK_ID="$run-$1" \
			timeout -k $((5 * SEK_FACTOR)) "$limit" "$program"
	) </dev/null >"$work/$1.out" 2>&1 &
	group=$!
	echo "$group" >"$work/$1.group"
	code=0
	wait "$group" || code=$?
	rm "$work/$1.group"
	reap "$group" >"$work/$1.left"
	echo "$code" >"$work/$1.code"
	awk -v ns="$(($(now) - start))" 'BEGIN { printf "%.1f\n", ns / 1e9 }' \
		>"$work/$1.seconds"
	rm -rf --one-file-system "${work:?}/$1" 2>/dev/null || :
}

# Takes tests that nobody took before, and says which are done.
worker()
{
	for i; do
		[ ! -e "$work/stop" ] || return 0
		mkdir "$work/$i.taken" 2>/dev/null || continue
		run_test "$i" >&2
		echo "$i"
	done
}

schedule()
{
	job=0
	while [ "$job" -lt "$jobs" ]; do
		# shellcheck disable=SC2086 # a list
		worker $parallel &
		job=$((job + 1))
	done
	wait
	# shellcheck disable=SC2086 # a list
	worker $serial $last
}

# In the order in which they end.
report()
{
	number=0
	while read -r i; do
		number=$((number + 1))
		read -r name limit _ <"$work/$i.test"
		awk -f "$here/ktap.awk" -v number="$number" -v name="$name" \
			-v code="$(cat "$work/$i.code")" -v limit="$limit" \
			-v seconds="$(cat "$work/$i.seconds")" \
			-v left="$(cat "$work/$i.left")" -v env="$SEK_ENV" \
			-v skips="$here/expected-skips" \
			-v totals="$work/totals" -v used="$work/used" \
			-v failures="$work/failures" "$work/$i.out"
		rm "$work/$i.out"
	done
}

# A skip that is expected of a test of this run, and did not come.
note_unused_skips()
{
	while read -r env test subtest why; do
		case $env in
		'' | '#'*) continue ;;
		esac
		# shellcheck disable=SC2254 # these are patterns
		case $SEK_ENV in
		$env) ;;
		*) continue ;;
		esac
		if cut -d ' ' -f 1 "$work/tests" | matches_any "$test" &&
			! grep -qxF "$env $test $subtest" "$work/used"; then
			echo "# expected skip did not occur: $test $subtest ($why)"
		fi
	done <"$here/expected-skips"
}

matches_any()
{
	while read -r name; do
		# shellcheck disable=SC2254 # this is a pattern
		case $name in
		$1) return 0 ;;
		esac
	done
	return 1
}

# Tests get SIGTERM from their timeout, and SIGKILL 5 s later.
stop()
{
	trap '' HUP INT TERM
	: >"$work/stop"
	for file in "$work"/*.group; do
		[ ! -e "$file" ] || kill -TERM "$(cat "$file")" 2>/dev/null || :
	done
	wait || :
	echo "# run.sh: interrupted"
	exit 1
}

jobs=${SEK_JOBS:-2}
list=
here=$(cd "$(dirname "$0")" && pwd -P)
PATH=$PATH:/usr/sbin:/sbin
SEK_ENV=${SEK_ENV:-native}
SEK_BUILD=${SEK_BUILD:-${here%/*}/build}
case $SEK_ENV in
native | lint) SEK_FACTOR=${SEK_FACTOR:-1} ;;
*) SEK_FACTOR=${SEK_FACTOR:-5} ;;	# emulated
esac
SEKISHO=${SEKISHO:-$SEK_BUILD/sekisho}
export SEK_ENV SEK_BUILD SEK_FACTOR SEKISHO PATH LC_ALL=C.UTF-8
unset SEK_ID

enter_namespace "$@"

while getopts j:l option; do
	case $option in
	j) jobs=$OPTARG ;;
	l) list=1 ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- '*'

work=$(mktemp -d "${TMPDIR:-/tmp}/sek-test-XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
trap stop HUP INT TERM
run=${work##*-}

find_tests >"$work/all"
for pattern; do
	select_tests "$pattern" <"$work/all" >"$work/tests"
	[ -s "$work/tests" ] || die "no test matches '$pattern'"
done
select_tests "$@" <"$work/all" >"$work/tests"
if [ -n "$list" ]; then
	cut -d ' ' -f 1 "$work/tests"
	exit 0
fi

# What concerns the whole run is a test of its own, at the end.
if [ "$SEK_ENV" != lint ]; then
	echo "run/host $((60 * SEK_FACTOR)) last $here/host.sh" >>"$work/tests"
	export SEK_BEFORE="$work/before"
	"$here/host.sh" before
fi

total=0
parallel=
serial=
last=
while read -r line; do
	total=$((total + 1))
	echo "$line" >"$work/$total.test"
	case $line in
	*' serial '*) serial="$serial $total" ;;
	*' last '*) last="$last $total" ;;
	*) parallel="$parallel $total" ;;
	esac
done <"$work/tests"

echo "KTAP version 1"
echo "1..$total"
: >"$work/totals"
: >"$work/used"
: >"$work/failures"
{ schedule | report; } &
wait $!
note_unused_skips

# Each test has written a line; one that has not was lost.
lost=$((total - $(wc -l <"$work/totals")))
[ "$lost" -eq 0 ] || echo "# $lost tests were lost" >>"$work/failures"
cat "$work/failures"
if [ -n "${SEK_RESULTS:-}" ]; then
	cp "$work/failures" "$SEK_RESULTS/failures"
fi
# shellcheck disable=SC2046 # three words
finish $(awk -v lost="$lost" '
	{ passed += $1; failed += $2; skipped += $3 }
	END { print passed + 0, failed + lost, skipped + 0 }' "$work/totals")
