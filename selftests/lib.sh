# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What shell tests share.  Without set -e, because failures are results:
#
#	#!/bin/sh
#	# SPDX-License-Identifier: GPL-2.0-only
#	# shellcheck source=selftests/lib.sh
#	. "$(dirname "$0")/../lib.sh"
#	private_mounts "$@"		# if it loads sekisho, or names namespaces
#
#	test_plan 2
#	setup_ns left right
#	ip link add veth0 netns "$left" type veth peer name veth0 netns "$right"
#	test_result $? "veth pair"
#	busywait 5 in_ns "$left" ping -c 1 -W 1 fd00::2
#	test_result $? "ping"
#	test_finish
#
# A test started by hand, without run.sh, finds defaults for what run.sh sets.

# The test's own folder, and the top of the tree.
folder=$(cd "$(dirname "$0")" && pwd -P)
top=${folder%/selftests*}
PATH=$PATH:/usr/sbin:/sbin
SEK_ENV=${SEK_ENV:-native}
SEK_FACTOR=${SEK_FACTOR:-1}
SEK_BUILD=${SEK_BUILD:-$top/build}
SEKISHO=${SEKISHO:-$SEK_BUILD/sekisho}
SEK_ID=${SEK_ID:-$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')}
export PATH SEK_ENV SEK_FACTOR SEK_BUILD SEKISHO SEK_ID

deferred=
tests_planned=
tests_passed=0
tests_failed=0
tests_skipped=0
tests_finished=

# Words for the shell, whatever is in them.
quote_words()
{
	for word; do
		printf '%s\n' "$word" | sed "s/'/'\\\\''/g; 1s/^/'/; \$s/\$/' /"
	done | tr -d '\n'
}

# defer COMMAND...: run it at the end, also after a signal; the last one first.
defer()
{
	deferred="$(quote_words "$@")
$deferred"
}

run_deferred()
{
	status=$?
	trap '' HUP INT TERM
	trap - EXIT
	set +e
	eval "$deferred"
	if [ -n "$tests_planned" ] && [ -z "$tests_finished" ]; then
		echo "# ended before test_finish"
		[ "$status" -ne 0 ] || status=1
	fi
	exit "$status"
}

trap run_deferred EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Private for a test started by hand; run.sh made and removes the other one.
if [ -z "${TMPDIR:-}" ]; then
	TMPDIR=$(mktemp -d /tmp/sek-test-XXXXXX)
	SEK_OWN_TMPDIR=$TMPDIR
	export TMPDIR SEK_OWN_TMPDIR
fi
# Also after private_mounts has started the test again.
[ "${SEK_OWN_TMPDIR:-}" != "$TMPDIR" ] || defer rm -rf --one-file-system "$TMPDIR"

# test_plan N: to be called once, before results.
test_plan()
{
	tests_planned=$1
	echo "KTAP version 1"
	echo "1..$1"
}

test_number()
{
	echo $((tests_passed + tests_failed + tests_skipped))
}

# test_result STATUS NAME: 0 is passed.  Returns STATUS.
test_result()
{
	if [ "$1" -eq 0 ]; then
		tests_passed=$((tests_passed + 1))
		echo "ok $(test_number) $2"
	else
		tests_failed=$((tests_failed + 1))
		echo "not ok $(test_number) $2"
	fi
	return "$1"
}

# test_skip NAME WHY: must be listed in expected-skips, or the run fails.
test_skip()
{
	tests_skipped=$((tests_skipped + 1))
	echo "ok $(test_number) $1 # SKIP $2"
}

# skip_all WHY: instead of a plan, where nothing can be tested.
skip_all()
{
	echo "KTAP version 1"
	echo "1..0 # SKIP $1"
	exit 4
}

test_finish()
{
	tests_finished=1
	echo "# Totals: pass:$tests_passed fail:$tests_failed xfail:0 xpass:0" \
		"skip:$tests_skipped error:0"
	if [ "$(test_number)" != "$tests_planned" ]; then
		echo "# $(test_number) results where ${tests_planned:-none} were planned"
		exit 1
	fi
	[ "$tests_failed" -eq 0 ] || exit 1
	[ "$tests_passed" -gt 0 ] || [ "$tests_skipped" -eq 0 ] || exit 4
	exit 0
}

# diag TEXT or a command's output | diag: as comments, which KTAP ignores.
diag()
{
	if [ $# -gt 0 ]; then
		printf '%s\n' "$*" | sed 's/^/# /'
	else
		sed 's/^/# /'
	fi
}

# expect_equal NAME EXPECTED FOUND: one result.
expect_equal()
{
	if [ "$2" = "$3" ]; then
		test_result 0 "$1"
	else
		diag "expected: $2"
		diag "found:    $3"
		test_result 1 "$1"
	fi
}

# busywait SECONDS COMMAND...: until it succeeds; longer under emulation.  What the
# last try wrote, errors too, is written.  The command runs in a subshell.
busywait()
{
	busywait_end=$(($(date +%s%N) + $1 * SEK_FACTOR * 1000000000))
	shift
	while :; do
		if busywait_out=$("$@" 2>&1); then
			[ -z "$busywait_out" ] || printf '%s\n' "$busywait_out"
			return 0
		fi
		if [ "$(date +%s%N)" -ge "$busywait_end" ]; then
			[ -z "$busywait_out" ] || printf '%s\n' "$busywait_out"
			return 1
		fi
		sleep 0.05
	done
}

# private_mounts "$@": first of all in a test.  Starts it again in a mount
# namespace of its own, with an empty bpffs and an empty /run: what it loads,
# pins and names there is nobody else's, and goes with it.
private_mounts()
{
	if [ "${SEK_PRIVATE:-}" != "$SEK_ID" ]; then
		export SEK_PRIVATE="$SEK_ID"
		trap - EXIT
		exec unshare -m --propagation private /bin/sh "$0" "$@"
	fi
	{
		mount -t bpf bpf /sys/fs/bpf &&
			mount -t tmpfs -o mode=755 run /run
	} || exit 1
}

# setup_ns NAME...: a namespace each, with lo up; its name, which nobody else has,
# is put into the variable NAME.
setup_ns()
{
	for ns_variable; do
		ns_name=sek-test-$SEK_ID-$ns_variable
		ip netns add "$ns_name" || return
		defer ip netns del "$ns_name"
		ip -n "$ns_name" link set lo up || return
		eval "$ns_variable=\$ns_name"
	done
}

# in_ns NAMESPACE COMMAND...: unlike ip netns exec it leaves /sys mounted as it is,
# so that bpffs and cgroups remain where they are.
in_ns()
{
	ns_name=$1
	shift
	nsenter --net="/run/netns/$ns_name" "$@"
}

# Where cgroup2 is mounted: not always at /sys/fs/cgroup.
cgroup2_mount()
{
	printf '%b\n' "$(awk '
		{
			for (i = 7; i < NF && $i != "-"; i++)
				;
			if ($(i + 1) == "cgroup2") {
				print $5
				exit
			}
		}' /proc/self/mountinfo | sed 's/\\/\\0/g')"
}

# setup_cgroup NAME...: a cgroup each; its path is put into the variable NAME.  At
# the end its processes are killed, and it is removed with those below it.
setup_cgroup()
{
	cgroup_root=$(cgroup2_mount)
	[ -n "$cgroup_root" ] || return
	for cgroup_variable; do
		cgroup_path=$cgroup_root/sek-test-$SEK_ID-$cgroup_variable
		mkdir "$cgroup_path" || return
		defer remove_cgroup "$cgroup_path"
		eval "$cgroup_variable=\$cgroup_path"
	done
}

remove_cgroup()
{
	[ -d "$1" ] || return 0
	echo 1 >"$1/cgroup.kill"
	busywait 5 rmdir_cgroups "$1" || ls -l "$1"
}

rmdir_cgroups()
{
	find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
	[ ! -d "$1" ]
}

# in_cgroup PATH COMMAND...
in_cgroup()
{
	# shellcheck disable=SC2016 # for the inner shell
	sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$@"
}

# json FILTER [FILE]: what jq's filter gives; fails on no JSON, false and null.
json()
{
	jq -er "$@"
}

# has_feature NAME: as sekisho probe says.
has_feature()
{
	# shellcheck disable=SC2016 # jq's variable
	"$SEKISHO" -j probe |
		json --arg name "$1" '.[] | select(.feature == $name).available' >/dev/null
}

# kill_and_wait PID: for a program started in the background, deferred.
kill_and_wait()
{
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}
