# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the tests of topologies share.  Names of topologies are random: their cgroups and
# processes are the host's.

topo=sek-test-$SEK_ID

# What a topology has left in this test's own /run and bpffs, and on the host: a line each.
left_behind()
{
	find /run/sekisho 2>/dev/null
	grep -s "/run/sekisho/topo/$topo" /proc/self/mountinfo
	find /sys/fs/bpf -mindepth 1 ! -name '*.debug' 2>/dev/null
	find "$(cgroup2_mount)" -maxdepth 1 -name "sekisho-$topo*" 2>/dev/null
	grep -aslz "^SEKISHO_TOPO=$topo" /proc/[0-9]*/environ
}

# nothing_left: processes take some milliseconds to be gone.
nothing_left()
{
	remains=$(left_behind)
	[ -z "$remains" ] && return 0
	printf '%s\n' "$remains"
	return 1
}

# write_line N >FILE: a line of N routers.
write_line()
{
	echo "name: $topo"
	echo "routing: ${2:-none}"
	echo "nodes: [$(seq -s ', ' -f 'n%g' "$1")]"
	echo "links:"
	i=1
	while [ "$i" -lt "$1" ]; do
		echo "  - n$i-n$((i + 1))"
		i=$((i + 1))
	done
}

# at NODE COMMAND...: in a node of the test's topology.
at()
{
	at_node=$1
	shift
	"$SEKISHO" topo exec "$topo" "$at_node" -- "$@"
}

# take_down NAME: at the end of a test, which may have done it.
take_down()
{
	[ ! -e "/run/sekisho/topo/$1" ] || "$SEKISHO" topo down "$1"
}

# example NAME: under the test's own name.
example()
{
	# shellcheck disable=SC2154 # of lib.sh
	sed "s/^name: .*/name: $topo/" "$top/examples/$1.yaml"
}
