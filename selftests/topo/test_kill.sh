#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 240
#
# Whatever dies at any moment leaves what down finds.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/topo/topo.sh
. "$folder/topo.sh"

# kill_after MS COMMAND...: whether it was still running.
kill_after()
{
	delay=$1
	shift
	"$@" >/dev/null 2>&1 &
	pid=$!
	sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
	kill -9 "$pid" 2>/dev/null
	killed=$?
	wait "$pid" 2>/dev/null
	return "$killed"
}

# Milliseconds that a command takes.
time_of()
{
	start=$(date +%s%N)
	"$@" >/dev/null 2>&1
	echo $((($(date +%s%N) - start) / 1000000))
}

# each_moment TIMES UP_OPTIONS...
each_moment()
{
	times=$1
	shift
	"$SEKISHO" topo up "$@" file.yaml >/dev/null
	"$SEKISHO" topo down "$topo"
	took=$(time_of "$SEKISHO" topo up "$@" file.yaml)
	"$SEKISHO" topo down "$topo"
	moment=0
	hit=0
	while [ "$moment" -lt "$times" ]; do
		if kill_after $((took * moment / times)) "$SEKISHO" topo up "$@" file.yaml; then
			hit=$((hit + 1))
		fi
		# There may be nothing yet.
		said=$("$SEKISHO" topo down "$topo" 2>&1) || case $said in
		*"find the topology"*) ;;
		*) diag "$said" && return 1 ;;
		esac
		if ! busywait 5 nothing_left; then
			diag "killed after $((took * moment / times)) of $took ms"
			return 1
		fi
		moment=$((moment + 1))
	done
	diag "$hit of $times were killed on their way of $took ms"
	[ "$hit" -gt 0 ]
}

test_plan 5
defer take_down "$topo"
write_line 8 rip >file.yaml
# Its cgroup, its processes.
sed -i 's/^nodes: .*/nodes:\n  - {name: n1, cgroup: true, processes: ["sleep 1000"]}/' file.yaml
seq -f '  - n%g' 2 8 >>nodes
sed -i '/name: n1/r nodes' file.yaml

# 1 in 10 under emulation: each one takes a second or more.
each_moment $((40 / SEK_FACTOR)) --no-count
test_result $? "up killed, then down"
each_moment $((12 / SEK_FACTOR))
test_result $? "up that counts killed, then down"

"$SEKISHO" topo up --no-count file.yaml >/dev/null
for delay in 1 3 5 8 12; do
	kill_after "$delay" "$SEKISHO" topo down "$topo"
done
[ ! -e "/run/sekisho/topo/$topo" ] || "$SEKISHO" topo down "$topo"
busywait 5 nothing_left
test_result $? "down killed several times, then down"

kill_after 30 "$SEKISHO" topo up --no-count file.yaml
"$SEKISHO" topo up --no-count --wait file.yaml >/dev/null
test_result $? "up killed, then up"
kill_after 5 "$SEKISHO" topo cut "$topo" n1-n2
"$SEKISHO" topo cut "$topo" n1-n2 && "$SEKISHO" topo heal --wait "$topo" n1-n2 &&
	busywait 5 at n1 ping -c 1 -W 2 n8 >/dev/null
test_result $? "cut killed, then cut and healed"
"$SEKISHO" topo down "$topo"
test_finish
