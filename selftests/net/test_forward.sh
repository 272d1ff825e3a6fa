#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Through a router: what it forwards, what it says itself, and what it drops.
# timeout: 120

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"

plan_rows 1
net_ns left router right
net_link left router 1
net_link router right 2 1400
net_gateway left 1 2
net_gateway right 2 1
net_forward router
ip -n "$router" route add unreachable 10.3.0.0/24
ip -n "$router" route add unreachable fd00:3::/64
net_nft router <<'END'
table inet t {
	chain forward {
		type filter hook forward priority 0
		meta nfproto ipv4 counter comment "forward4"
		meta nfproto ipv6 counter comment "forward6"
	}
	chain out {
		type filter hook output priority 0
		icmp type time-exceeded counter comment "expired4"
		icmpv6 type time-exceeded counter comment "expired6"
		icmp type destination-unreachable icmp code frag-needed counter comment "big4"
		icmp type destination-unreachable icmp code host-unreachable counter comment "unreachable4"
		icmpv6 type packet-too-big counter comment "big6"
		meta nfproto ipv4 counter comment "out4"
		meta nfproto ipv6 counter comment "out6"
	}
}
END
net_sink right tcp 10.2.0.2 5000
net_sink right tcp fd00:2::2 5000
net_sink left tcp 10.1.0.1 5000
net_sink left tcp fd00:1::1 5000
net_sink right udp 10.2.0.2 5000
net_sink right udp fd00:2::2 5000
net_load
bytes=$((3000000 / SEK_FACTOR))

net_snapshot
net_run left ping -q -f -c 500 10.2.0.2
net_run left ping -q -f -c 500 fd00:2::2
net_run left ping -q -f -c 50 10.1.0.2
net_run left ping -q -f -c 50 fd00:1::2
net_run left "$net/tcp" send -b "$bytes" 10.2.0.2 5000
net_run left "$net/tcp" send -b "$bytes" fd00:2::2 5000
net_run right "$net/tcp" send -b "$bytes" 10.1.0.1 5000
net_run right "$net/tcp" send -b "$bytes" fd00:1::1 5000
net_run left "$net/udp" send -n 20 -s 20000 -g 1000 10.2.0.2 5000
net_run left "$net/udp" send -n 20 -s 20000 -g 1000 fd00:2::2 5000
# Answered by the router alone: ping calls that a failure.
for there in "-t 1 10.2.0.2" "-t 1 fd00:2::2" 10.3.0.1 fd00:3::1; do
	# shellcheck disable=SC2086 # words
	in_ns "$left" ping -q -f -c 10 -W 1 $there >"$TMPDIR/out"
done
# Before Linux 6.8 IpOutRequests counted what was forwarded, too.
sent=IpOutTransmits
grep -q " $sent=" "$TMPDIR/before" || sent=IpOutRequests
net_compare <<-END
	v4 forwarded: link.skbs netns=router hook=tc route=forwarded family=ipv4 == snmp.IpForwDatagrams netns=router
	v4 forwarded against nft: link.skbs netns=router route=forwarded family=ipv4 == nft.packets netns=router name=forward4
	v4 forwarded, bytes: link.skb_bytes netns=router route=forwarded family=ipv4 - 14 link.skbs netns=router route=forwarded family=ipv4 == nft.bytes netns=router name=forward4
	v4 the router's own: link.skbs netns=router route=local_out family=ipv4 == nft.packets netns=router name=out4
	v4 the router's own, bytes: link.skb_bytes netns=router route=local_out family=ipv4 - 14 link.skbs netns=router route=local_out family=ipv4 == nft.bytes netns=router name=out4
	v4 received: link.skbs netns=router direction=ingress family=ipv4 == snmp.IpInReceives netns=router
	v4 received, bytes: link.skb_bytes netns=router direction=ingress family=ipv4 - 14 link.skbs netns=router direction=ingress family=ipv4 == snmp.IpExtInOctets netns=router
	v4 sent in all: link.skbs netns=router direction=egress family=ipv4 == snmp.$sent netns=router
	v4 expired: icmp.packets netns=router family=ipv4 type=11 code=0 route=local_out == nft.packets netns=router name=expired4
	v4 expired, by class: link.packets netns=router direction=egress family=ipv4 class=icmp_time_exceeded == 10
	v4 expired against Icmp: link.packets netns=router family=ipv4 class=icmp_time_exceeded == snmp.IcmpOutTimeExcds netns=router
	v4 unreachable: icmp.packets netns=router family=ipv4 type=3 code=1 route=local_out == nft.packets netns=router name=unreachable4
	v4 unreachable against Icmp: link.packets netns=router family=ipv4 class=icmp_unreachable == snmp.IcmpOutDestUnreachs netns=router
	v4 TCP, right to left: link.bytes netns=right direction=egress family=ipv4 class=tcp == link.bytes netns=left direction=ingress family=ipv4 class=tcp
	v4 TCP, in the middle: link.bytes netns=router direction=ingress family=ipv4 class=tcp == link.bytes netns=router direction=egress family=ipv4 class=tcp route=forwarded
	v4 UDP_SEGMENT, in the middle: link.bytes netns=router family=ipv4 class=udp route=forwarded == 20 * 20 * 1042
	v6 forwarded: link.skbs netns=router hook=tc route=forwarded family=ipv6 == snmp.Ip6OutForwDatagrams netns=router
	v6 forwarded against nft: link.skbs netns=router route=forwarded family=ipv6 == nft.packets netns=router name=forward6
	v6 forwarded, bytes: link.skb_bytes netns=router route=forwarded family=ipv6 - 14 link.skbs netns=router route=forwarded family=ipv6 == nft.bytes netns=router name=forward6
	v6 the router's own: link.skbs netns=router route=local_out family=ipv6 == nft.packets netns=router name=out6
	v6 the router's own, bytes: link.skb_bytes netns=router route=local_out family=ipv6 - 14 link.skbs netns=router route=local_out family=ipv6 == nft.bytes netns=router name=out6
	v6 received: link.skbs netns=router direction=ingress family=ipv6 == snmp.Ip6InReceives netns=router
	v6 received, bytes: link.skb_bytes netns=router direction=ingress family=ipv6 - 14 link.skbs netns=router direction=ingress family=ipv6 == snmp.Ip6InOctets netns=router
	v6 expired: icmp.packets netns=router family=ipv6 type=3 code=0 route=local_out == nft.packets netns=router name=expired6
	v6 expired, by class: link.packets netns=router direction=egress family=ipv6 class=icmp_time_exceeded == 10
	v6 expired against Icmp6: link.packets netns=router family=ipv6 class=icmp_time_exceeded == snmp.Icmp6OutTimeExcds netns=router
	v6 unreachable: icmp.packets netns=router family=ipv6 type=1 code=0 route=local_out == snmp.Icmp6OutDestUnreachs netns=router
	v6 TCP, right to left: link.bytes netns=right direction=egress family=ipv6 class=tcp == link.bytes netns=left direction=ingress family=ipv6 class=tcp
	v6 TCP, in the middle: link.bytes netns=router direction=ingress family=ipv6 class=tcp == link.bytes netns=router direction=egress family=ipv6 class=tcp route=forwarded
	v6 UDP_SEGMENT, in the middle: link.bytes netns=router family=ipv6 class=udp route=forwarded == 20 * 20 * 1062
	interface, left: link.skb_bytes netns=router ifname=left direction=egress == if.tx_bytes netns=router dev=left
	interface, right: link.skb_bytes netns=router ifname=right direction=egress == if.tx_bytes netns=router dev=right
	hosts forward nothing: link.packets netns=left|right route=forwarded == 0
	no bridge: link.packets direction=egress route=none == 0
END

# Since Linux 6.8 what is too big to be forwarded counts as forwarded, for IP.
net_snapshot
in_ns "$left" ping -q -c 1 -W 1 -M "do" -s 1450 10.2.0.2 >"$TMPDIR/out"
in_ns "$left" ping -q -c 1 -W 1 -M "do" -s 1430 fd00:2::2 >"$TMPDIR/out"
net_compare <<-'END'
	v4 too big: link.packets netns=router family=ipv4 class=icmp_too_big route=local_out == nft.packets netns=router name=big4
	v6 too big: link.packets netns=router family=ipv6 class=icmp_too_big route=local_out == nft.packets netns=router name=big6
	v6 too big against Icmp6: link.packets netns=left family=ipv6 class=icmp_too_big direction=ingress == snmp.Icmp6InPktTooBigs netns=left
	none of them forwarded: link.packets netns=router route=forwarded class=icmp_echo_request == 0
END
test_finish
