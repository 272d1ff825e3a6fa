#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 180
#
# Each protocol by each daemon, both together, and by routes that are computed.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/topo/topo.sh
. "$folder/topo.sh"

# lab ROUTING DAEMON: a line of routers, BIRD at one end and DAEMON in between, a host at each
# end, and addresses that only routing makes known.
lab()
{
	cat <<-END
	name: $topo
	routing: $1
	nodes:
	  h1: host
	  r1: {addresses: [192.0.2.1/32, 2001:db8::1/128]}
	  r2: {daemon: $2}
	  r3: {daemon: $2, addresses: [192.0.2.3/32, 2001:db8::3/128]}
	  h3: host
	links: [h1-r1, r1-r2, r2-r3, r3-h3]
	END
}

# all_answer: hosts, and the routers' extra addresses, by both families
# shellcheck disable=SC2317 # by busywait
all_answer()
{
	for from_to in "h1 -4 h3" "h1 -6 h3" "h3 -4 192.0.2.1" "h3 -6 2001:db8::1" \
		"h1 -4 192.0.2.3" "h1 -6 2001:db8::3"; do
		# shellcheck disable=SC2086 # three words
		set -- $from_to
		at "$1" ping "$2" -c 1 -W 2 "$3" >/dev/null || {
			diag "$from_to"
			return 1
		}
	done
}

# beside: another topology that comes first, so that it makes the folder of FRR's sockets, which
# has one name in all nodes.
beside()
{
	printf '%s\n' "name: $topo-2" "routing: rip" "daemon: frr" "nodes: [a, b]" \
		"links: [a-b]" >beside.yaml
	"$SEKISHO" -q topo up --no-count beside.yaml
}

set -- "static bird" "rip bird" "ospf bird" "bgp bird" "rip frr" "ospf frr" "bgp frr"
test_plan $(($# + 5))
defer take_down "$topo"
defer take_down "$topo-2"
for how; do
	# shellcheck disable=SC2086 # two words
	lab $how >lab.yaml
	[ "$how" != "ospf frr" ] || beside
	"$SEKISHO" -q topo up --no-count --wait lab.yaml >up.out 2>&1 &&
		busywait 10 all_answer >>up.out
	test_result $? "$how" || diag <up.out
	diag <up.out
	case $how in
	"ospf frr")
		at r2 vtysh -c 'show ip ospf neighbor' | grep -c Full | grep -qx 2
		test_result $? "vtysh shows its neighbours"
		"$SEKISHO" topo down "$topo-2" &&
			nsenter --mount --target "$(cat "/run/sekisho/topo/$topo/node/r2/frr/zebra.pid")" \
				[ -S /run/frr/zebra.vty ]
		test_result $? "another topology with FRR goes alone"
		;;
	esac
	"$SEKISHO" topo down "$topo" && busywait 5 nothing_left
done

# Who computes routes may not know either what no router could: another cut is no hint.
way()
{
	at a ip -j route show 10.0.1.0/24 | json -r '.[0].gateway // .[0].dev'
}
printf '%s\n' "name: $topo" "routing: static" "nodes: [z, a, b, c]" \
	"links: [{ends: [z, c], ipv4: 10.0.1.0/24}, {ends: [a, c], ipv4: 10.0.2.0/24}," \
	"        {ends: [a, b], ipv4: 10.0.3.0/24}, {ends: [b, c], ipv4: 10.0.4.0/24}]" >triangle.yaml
"$SEKISHO" -q topo up --no-count triangle.yaml >up.out 2>&1 || diag <up.out
"$SEKISHO" topo cut --silent "$topo" a-c && "$SEKISHO" topo cut "$topo" b-c
expect_equal "static routes keep to a silent cut" 10.0.2.2 "$(way)"
"$SEKISHO" topo heal "$topo" b-c && "$SEKISHO" topo heal "$topo" a-c
"$SEKISHO" topo cut "$topo" a-c
expect_equal "but not to one with its carrier" 10.0.3.2 "$(way)"
"$SEKISHO" topo down "$topo" && busywait 5 nothing_left
test_result $? "down"
test_finish
