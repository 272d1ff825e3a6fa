#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Frames with one and two tags: made by hand, and by VLAN devices where there are any.
# timeout: 120

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"

ethernet=ffffffffffff020000000001
ipv4=4500001c000100004001f9dd0a0100010a010002
echo4=0800f7fd00010001
ipv6=6000000000083a40fd000001000000000000000000000001fd000001000000000000000000000002
echo6=8000000000010001
q=8100000a
ad=88a80064
old=91000064

plan_rows 1
net_ns left right
net_link left right 1
net_load

# The outer tag is taken out of a frame before tc ingress; interfaces count it.
net_snapshot
net_run left "$net/frame" -n 100 right $ethernet $q 0800 $ipv4 $echo4
net_run left "$net/frame" -n 200 right $ethernet $q 86dd $ipv6 $echo6
net_run left "$net/frame" -n 300 right $ethernet $ad $q 0800 $ipv4 $echo4
net_run left "$net/frame" -n 400 right $ethernet $old $q 86dd $ipv6 $echo6
net_run left "$net/frame" -n 500 right $ethernet $ad $q $q 0800 $ipv4 $echo4
net_compare <<-'END'
	v4 sent: link.packets netns=left direction=egress family=ipv4 class=icmp_echo_request == 400
	v4 sent, bytes: link.bytes netns=left direction=egress family=ipv4 class=icmp_echo_request == 100 * 46 + 300 * 50
	v6 sent: link.packets netns=left direction=egress family=ipv6 class=icmp_echo_request == 600
	v6 sent, bytes: link.bytes netns=left direction=egress family=ipv6 class=icmp_echo_request == 200 * 66 + 400 * 70
	too deep: link.packets netns=left direction=egress class=non_ip == 500
	interface: link.skb_bytes netns=left ifname=right direction=egress == if.tx_bytes netns=left dev=right
	v4 received: icmp.packets netns=right direction=ingress family=ipv4 type=8 == 900
	v6 received: icmp.packets netns=right direction=ingress family=ipv6 type=128 == 600
	interface, with tags: link.skb_bytes netns=right ifname=left direction=ingress + 4 * 1100 == if.rx_bytes netns=right dev=left
END

# v10 has one tag, v200 another one inside of v100's.
add_devices()
{
	ip -n "$1" link add link "$2" name v10 type vlan id 10 &&
		ip -n "$1" link add link "$2" name v100 type vlan proto 802.1ad id 100 &&
		ip -n "$1" link set v100 up &&
		ip -n "$1" link add link v100 name v200 type vlan id 200
}

rows=$(cat <<-'END'
	v10, sent: link.packets netns=left ifname=v10 direction=egress class=icmp_echo_request == 100
	v10, sent bytes: link.skb_bytes netns=left ifname=v10 direction=egress == if.tx_bytes netns=left dev=v10
	v10, received without Ethernet: link.skb_bytes netns=right ifname=v10 direction=ingress - 14 link.skbs netns=right ifname=v10 direction=ingress == if.rx_bytes netns=right dev=v10
	v10, TCP below: link.bytes netns=left ifname=v10 direction=egress family=ipv4 class=tcp == link.bytes netns=left ifname=right direction=egress family=ipv4 class=tcp
	v200, TCP below, with a tag: link.bytes netns=left ifname=v200 direction=egress family=ipv6 class=tcp + 4 link.packets netns=left ifname=v200 direction=egress family=ipv6 class=tcp == link.bytes netns=left ifname=right direction=egress family=ipv6 class=tcp
	v200, sent: link.packets netns=left ifname=v200 direction=egress class=icmp_echo_request == 200
	v200, requests below: icmp.packets netns=left ifname=right direction=egress family=ipv6 type=128 == 200
	v200, received: icmp.packets netns=right ifname=v200 direction=ingress family=ipv6 type=128 == snmp.Icmp6InEchos netns=right
	below, sent bytes: link.skb_bytes netns=left ifname=right direction=egress == if.tx_bytes netns=left dev=right
	below, qdisc: link.bytes netns=left ifname=right direction=egress == qdisc.bytes netns=left dev=right kind=pfifo
	IP, received: link.skbs netns=right ifname=v10|v200|left direction=ingress family=ipv4 - link.skbs netns=right ifname=left direction=ingress family=ipv4 == snmp.IpInReceives netns=right
	nothing but IP: link.packets netns=left|right class=malformed|other_ip|non_ip == 0
END
)

if ! add_devices "$left" right 2>"$TMPDIR/out"; then
	net_skip "$(head -n 1 "$TMPDIR/out")" <<-END
		$rows
	END
	test_finish
fi
add_devices "$right" left || exit 1
for end in "left 1" "right 2"; do
	# shellcheck disable=SC2086 # words
	set -- $end
	net_address "$1" v10 2 "$2"
	net_address "$1" v200 3 "$2"
done
net_qdisc left right pfifo limit 10000
net_sink right tcp 10.2.0.2 5000
net_sink right tcp fd00:3::2 5000
busywait 5 are_links_up
"$SEKISHO" load --hook=tc --netns="$left,$right" >"$TMPDIR/load" || exit 1
net_snapshot
net_run left ping -q -f -c 100 10.2.0.2
net_run left ping -q -f -c 200 fd00:3::2
net_run left "$net/tcp" send -b 500000 10.2.0.2 5000
net_run left "$net/tcp" send -b 500000 fd00:3::2 5000
net_compare <<-END
	$rows
END
test_finish
