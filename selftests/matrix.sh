#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# matrix.sh -s "STEP..." [PATTERN...]: run the tests in several environments, one
# after the other, and report each as one test of KTAP version 1.  A step is lint,
# native, sanitize, or a kernel that selftests/vm/run.sh can boot; kernels come
# last, and all at the same time.
#
# Without patterns, guests run $SEK_GUEST_TESTS, which ask the kernel for something;
# SEK_GUEST_TESTS= is everything.
#
# What failed is said once more at the end, and the last line is "N passed, N failed,
# N skipped", of everything.  What each step wrote is kept in $SEK_BUILD/results/STEP/.

set -eu

die()
{
	echo "matrix.sh: $*" >&2
	exit 2
}

indent()
{
	sed -u 's/^/  /'
}

# A step's exit status goes to its directory: a pipe would swallow it.
run_here()
{
	{
		status=0
		"$@" 2>&1 || status=$?
		echo "$status" >"$results/$step/status"
	} | tee "$results/$step/output" | indent
}

make_here()
{
	SEK_RESULTS=$results/$step run_here "${MAKE:-make}" --no-print-directory \
		-C "$top" O="$SEK_BUILD" TESTS="$*" "$step"
}

# In the background, and silent: guests end in no order, and report when they have.
start_guest()
{
	(
		cd "$top"
		exec "$here/vm/run.sh" -t "${SEK_VM_SECONDS:-3300}" -o "$results/$step" \
			"$step" -- env SEK_ENV="$step" SEK_BUILD="$SEK_BUILD" \
			"$here/run.sh" "$@" >"$results/$step/log" 2>&1
	) &
	echo "$!" >"$results/$step/pid"
}

wait_guest()
{
	status=0
	wait "$(cat "$results/$step/pid")" || status=$?
	echo "$status" >"$results/$step/status"
	indent <"$results/$step/log"
}

# $1 name: adds up, and says how the step ended.  One that failed without a failed
# subtest, was lost, or complained through the kernel's log is one failure more.
judge()
{
	number=$((number + 1))
	p=0 f=0 s=0 status=127
	[ ! -s "$results/$step/status" ] || status=$(cat "$results/$step/status")
	if [ -s "$results/$step/totals" ]; then
		read -r p f s <"$results/$step/totals"
	else
		echo "# $1: did not get to its end"
		f=$((f + 1))
	fi
	case $status in
	0 | 1 | 2) ;;
	124) echo "# $1: the kernel reported a fault" ;;
	*) echo "# $1: exit status $status" ;;
	esac
	if [ "$status" -gt 2 ] || { [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; }; then
		f=$((f + 1))
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	summary="$summary# $1: $p passed, $f failed, $s skipped
"
	if [ "$f" -eq 0 ]; then
		echo "ok $number $1"
	else
		echo "not ok $number $1"
	fi
}

# Guests are told by name, QEMU ends with them.
stop()
{
	trap '' HUP INT TERM
	for step in $guests; do
		pid=$(cat "$results/$step/pid" 2>/dev/null) || continue
		kill "$pid" 2>/dev/null || :
	done
	exit 1
}

here=$(cd "$(dirname "$0")" && pwd -P)
top=${here%/*}
SEK_BUILD=${SEK_BUILD:-$top/build}
export SEK_BUILD
results=$SEK_BUILD/results

steps=
while getopts s: option; do
	case $option in
	s) steps=$OPTARG ;;
	*) die "usage: matrix.sh -s STEP... [PATTERN...]" ;;
	esac
done
shift $((OPTIND - 1))

local_steps=
guests=
count=0
for step in $steps; do
	case $step in
	lint | native | sanitize) local_steps="$local_steps $step" ;;
	[0-9]*) guests="$guests $step" ;;
	*) die "no such step: $step" ;;
	esac
	rm -rf "${results:?}/$step"
	mkdir -p "$results/$step"
	count=$((count + 1))
done
[ "$count" -gt 0 ] || die "no steps"
trap stop HUP INT TERM

number=0
passed=0
failed=0
skipped=0
summary=
echo "KTAP version 1"
echo "1..$count"
for step in $local_steps; do
	case $step in
	native) SEK_RESULTS=$results/$step run_here "$here/run.sh" "$@" ;;
	*) make_here "$@" ;;
	esac
	judge "$step"
done
for step in $guests; do
	# shellcheck disable=SC2086 # several patterns
	if [ $# -eq 0 ]; then
		start_guest ${SEK_GUEST_TESTS-bpf/ user/netns user/cgroup user/rtnl user/wireguard load/lifecycle load/upgrade net/ topo/nine topo/enter topo/impair topo/tunnel tunnel/quick tunnel/swallowed tunnel/doctor tunnel/wireguard tunnel/sticky tunnel/faults serve/balance serve/peer_slots}
	else
		start_guest "$@"
	fi
done
for step in $guests; do
	wait_guest
	judge "vm-$step"
done
for step in $local_steps $guests; do
	sed "s/^# failed: /&$step: /" "$results/$step/failures" 2>/dev/null || :
done
printf '%s' "$summary"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
