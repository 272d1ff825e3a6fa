# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the tests of load and unload share.

# left_behind: what load made and unload should have removed, a line each.
left_behind()
{
	find /sys/fs/bpf -mindepth 1 ! -name '*.debug' 2>/dev/null
	for left_ns; do
		left_ifs=$(ip -n "$left_ns" -br link | sed 's/[@ ].*//')
		for left_if in $left_ifs; do
			tc -n "$left_ns" qdisc show dev "$left_if" clsact | sed "s/^/$left_if: /"
			tc -n "$left_ns" filter show dev "$left_if" ingress | sed "s/^/$left_if: /"
			ip -n "$left_ns" -d link show "$left_if" | grep 'prog/xdp'
		done
	done
}

# nothing_left NETNS...
nothing_left()
{
	remains=$(left_behind "$@" 2>/dev/null)
	[ -z "$remains" ] && return 0
	printf "%s\n" "$remains"
	return 1
}

# sum FIELD SELECTION: over rows of show link, as a jq expression.
sum()
{
	"$SEKISHO" -j show link | jq "[.[] | select($2) | .$1] | add // 0"
}

# shellcheck disable=SC2154 # left and right are set by setup_ns
#
# setup_pair: two namespaces, left and right, joined by veth "v", 10.9.0.1 and .2.
# No IPv6 and no ARP: what the kernel sends on its own would be counted as well, but
# one cannot say when.
setup_pair()
{
	setup_ns left right || return
	for pair_ns in "$left" "$right"; do
		in_ns "$pair_ns" sysctl -qw net.ipv6.conf.default.disable_ipv6=1 || return
	done
	ip link add v address 02:00:00:00:00:01 netns "$left" type veth \
		peer name v address 02:00:00:00:00:02 netns "$right" &&
		ip -n "$left" addr add 10.9.0.1/24 dev v &&
		ip -n "$right" addr add 10.9.0.2/24 dev v &&
		ip -n "$left" link set v up &&
		ip -n "$right" link set v up &&
		ip -n "$left" neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev v &&
		ip -n "$right" neigh add 10.9.0.1 lladdr 02:00:00:00:00:01 dev v &&
		busywait 5 in_ns "$left" ping -q -c 1 -W 1 10.9.0.2 >/dev/null
}

# delivered NETNS: IpInDelivers.
delivered()
{
	in_ns "$1" cat /proc/net/snmp | awk '
		$1 == "Ip:" && !column { for (i = 2; i <= NF; i++) if ($i == "InDelivers") column = i; next }
		$1 == "Ip:" { print $column }'
}

# statistic NETNS DEVICE NAME: a counter of the interface.
statistic()
{
	ip -n "$1" -j -s link show "$2" | jq ".[0].stats64.$3"
}
