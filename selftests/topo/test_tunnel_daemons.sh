#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 150
#
# OSPF, RIP and BGP, by BIRD and for both families, over links that are WireGuard tunnels. What is
# between the ends does no routing: what they know of each other has come through the tunnel.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/topo/topo.sh
. "$folder/topo.sh"

# end NODE PROTOCOL N OTHER: its nets have its number, but for that of the tunnel.
end()
{
	echo "  $1: {routing: $2, addresses: [192.0.2.$3/32, \"2001:db8::$3/128\"]," \
		"routes: [{to: 10.9.$4.2/32, via: 10.9.$3.1}]}"
}

{
	echo "name: $topo"
	echo "nodes:"
	echo "  middle: {}"
	end o1 ospf 1 2
	end o2 ospf 2 1
	end r3 rip 3 4
	end r4 rip 4 3
	end b5 bgp 5 6
	end b6 bgp 6 5
	echo "links:"
	n=0
	for node in o1 o2 r3 r4 b5 b6; do
		n=$((n + 1))
		echo "  - {ends: [middle, $node], ipv4: 10.9.$n.0/24, ipv6: none}"
	done
	for ends in "o1, o2" "r3, r4" "b5, b6"; do
		echo "  - {ends: [$ends], kind: wireguard}"
	done
} >lab.yaml

# learnt NODE TYPE FAMILY PREFIX DEV: BIRD has it by that protocol, and the kernel by BIRD.
learnt()
{
	birdc -s "/run/sekisho/topo/$topo/node/$1/bird.ctl" show route all "$4" >bird.out 2>&1
	at "$1" ip "$3" route show "$4" >>bird.out 2>&1
	grep -q "Type: $2[ -]" bird.out && grep -q "dev $5 proto bird" bird.out
}

# A link-local address with the lower half of the other one.
has_local()
{
	half=$(at o1 ip -6 -o addr show dev wg-o2 scope global |
		sed -n 's|.*:\(:[0-9a-f]*\)/.*|\1|p')
	at o1 ip -6 -o addr show dev wg-o2 scope link | grep -q "inet6 fe80:$half/64"
}

test_plan 15
defer take_down "$topo"
"$SEKISHO" -q topo up --no-count --wait lab.yaml >up.out 2>&1
test_result $? "up, and converged" || diag <up.out
while read -r node type n dev; do
	busywait 40 learnt "$node" "$type" -4 "192.0.2.$n/32" "$dev"
	test_result $? "$type, IPv4" || diag <bird.out
	busywait 30 at "$node" ping -c 1 -W 1 "192.0.2.$n" >ping.out
	test_result $? "carries packets" || diag <ping.out
	busywait 40 learnt "$node" "$type" -6 "2001:db8::$n/128" "$dev"
	test_result $? "$type, IPv6" || diag <bird.out
	busywait 30 at "$node" ping -c 1 -W 1 "2001:db8::$n" >ping.out
	test_result $? "carries packets" || diag <ping.out
done <<END
o1 OSPF 2 wg-o2
r3 RIP 4 wg-r4
b5 BGP 6 wg-b6
END
has_local && "$SEKISHO" topo cut "$topo" o1-o2 && "$SEKISHO" topo heal "$topo" o1-o2 && has_local
test_result $? "a tunnel that was down has its addresses again"
"$SEKISHO" topo down "$topo" && busywait 5 nothing_left
test_result $? "down"
test_finish
