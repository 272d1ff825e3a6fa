#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Flood pings: every type and byte as the interface, IP, ICMP and nft count them.
# timeout: 120

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"

plan_rows 1
net_ns left right
net_link left right 1
net_nft right <<'END'
table inet t {
	chain in {
		type filter hook input priority 0
		icmp type echo-request counter comment "echo4"
		icmpv6 type echo-request counter comment "echo6"
		icmpv6 type nd-neighbor-solicit counter comment "solicit"
	}
	chain out {
		type filter hook output priority 0
		icmp type destination-unreachable icmp code port-unreachable counter comment "port4"
		icmpv6 type destination-unreachable icmpv6 code port-unreachable counter comment "port6"
	}
}
table netdev t {
	chain in {
		type filter hook ingress device "left" priority 0
		ether type ip counter comment "all4"
		ether type ip6 counter comment "all6"
		ether type arp counter comment "arp"
	}
}
END
net_load
net_snapshot
net_run left ping -q -f -c 5000 -s 100 10.1.0.2
net_run left ping -q -f -c 5000 -s 1400 fd00:1::2
net_run right ping -q -f -c 500 fd00:1::1
net_run right ping -q -f -c 500 10.1.0.1
net_run left "$net/udp" send -n 20 -s 10 10.1.0.2 9
net_run left "$net/udp" send -n 30 -s 10 fd00:1::2 9
net_compare <<-'END'
	v4 requests sent: link.packets netns=left hook=tc direction=egress family=ipv4 class=icmp_echo_request == 5000
	v4 requests, bytes: link.bytes netns=left hook=tc direction=egress family=ipv4 class=icmp_echo_request == 5000 * 142
	v4 requests received, bytes: link.bytes netns=right hook=tc direction=ingress family=ipv4 class=icmp_echo_request == 5000 * 142
	v4 requests against Icmp: link.packets netns=left hook=tc direction=egress family=ipv4 class=icmp_echo_request == snmp.IcmpOutEchos netns=left
	v4 requests against nft: link.packets netns=right hook=tc direction=ingress family=ipv4 class=icmp_echo_request == nft.packets netns=right name=echo4
	v4 replies against Icmp: link.packets netns=right hook=tc direction=egress family=ipv4 class=icmp_echo_reply == snmp.IcmpOutEchoReps netns=right
	v4 replies received: icmp.packets netns=left direction=ingress family=ipv4 type=0 code=0 == snmp.IcmpMsgInType0 netns=left
	v4 type 8 received: icmp.packets netns=right direction=ingress family=ipv4 type=8 code=0 == snmp.IcmpMsgInType8 netns=right
	v4 port unreachable: icmp.packets netns=right direction=egress family=ipv4 type=3 code=3 == nft.packets netns=right name=port4
	v4 unreachable: link.packets netns=left hook=tc direction=ingress family=ipv4 class=icmp_unreachable == snmp.IcmpInDestUnreachs netns=left
	v4 all against nft: link.skbs netns=right ifname=left direction=ingress family=ipv4 == nft.packets netns=right name=all4
	v4 all received: link.skbs netns=right direction=ingress family=ipv4 == snmp.IpInReceives netns=right
	v4 all received, bytes: link.skb_bytes netns=right direction=ingress family=ipv4 - 14 link.skbs netns=right direction=ingress family=ipv4 == snmp.IpExtInOctets netns=right
	v4 all sent: link.skbs netns=left direction=egress family=ipv4 == snmp.IpOutRequests netns=left
	v4 all sent, bytes: link.skb_bytes netns=right direction=egress family=ipv4 - 14 link.skbs netns=right direction=egress family=ipv4 == snmp.IpExtOutOctets netns=right
	v4 classes and types agree: icmp.bytes netns=left|right family=ipv4 == link.bytes netns=left|right family=ipv4 class!=udp
	v6 requests sent: link.packets netns=left hook=tc direction=egress family=ipv6 class=icmp_echo_request == 5000
	v6 requests, bytes: link.bytes netns=left hook=tc direction=egress family=ipv6 class=icmp_echo_request == 5000 * 1462
	v6 requests against Icmp6: link.packets netns=left direction=egress family=ipv6 class=icmp_echo_request == snmp.Icmp6OutEchos netns=left
	v6 requests against nft: link.packets netns=right direction=ingress family=ipv6 class=icmp_echo_request == nft.packets netns=right name=echo6
	v6 replies against Icmp6: link.packets netns=right direction=egress family=ipv6 class=icmp_echo_reply == snmp.Icmp6OutEchoReplies netns=right
	v6 type 129 received: icmp.packets netns=left direction=ingress family=ipv6 type=129 code=0 == snmp.Icmp6InType129 netns=left
	v6 type 128 received: icmp.packets netns=left direction=ingress family=ipv6 type=128 code=0 == snmp.Icmp6InType128 netns=left
	v6 port unreachable: icmp.packets netns=right direction=egress family=ipv6 type=1 code=4 == nft.packets netns=right name=port6
	v6 unreachable: link.packets netns=left direction=ingress family=ipv6 class=icmp_unreachable == snmp.Icmp6InDestUnreachs netns=left
	v6 solicitations against nft: icmp.packets netns=right direction=ingress family=ipv6 type=135 == nft.packets netns=right name=solicit
	v6 neighbours: link.packets netns=right direction=ingress class=icmp_neighbor == snmp.Icmp6InNeighborSolicits netns=right + snmp.Icmp6InNeighborAdvertisements netns=right
	v6 all against nft: link.skbs netns=right ifname=left direction=ingress family=ipv6 == nft.packets netns=right name=all6
	v6 all received: link.skbs netns=right direction=ingress family=ipv6 == snmp.Ip6InReceives netns=right
	v6 all received, bytes: link.skb_bytes netns=right direction=ingress family=ipv6 - 14 link.skbs netns=right direction=ingress family=ipv6 == snmp.Ip6InOctets netns=right
	v6 all sent: link.skbs netns=left direction=egress family=ipv6 class!=icmp_neighbor == snmp.Ip6OutRequests netns=left - link.skbs netns=left direction=egress class=icmp_neighbor
	v6 all sent, bytes: link.skb_bytes netns=right direction=egress family=ipv6 - 14 link.skbs netns=right direction=egress family=ipv6 == snmp.Ip6OutOctets netns=right
	v6 classes and types agree: icmp.bytes netns=left|right family=ipv6 == link.bytes netns=left|right family=ipv6 class!=udp
	arp against nft: link.packets netns=right direction=ingress class=arp == nft.packets netns=right name=arp
	interface, received: link.skbs netns=right ifname=left direction=ingress == if.rx_packets netns=right dev=left
	interface, received bytes: link.skb_bytes netns=right ifname=left direction=ingress == if.rx_bytes netns=right dev=left
	interface, sent: link.skbs netns=right ifname=left direction=egress == if.tx_packets netns=right dev=left
	interface, sent bytes: link.skb_bytes netns=right ifname=left direction=egress == if.tx_bytes netns=right dev=left
	nothing forwarded: link.packets route=forwarded == 0
	nothing malformed: link.packets class=malformed|other_ip|non_ip|fragment == 0
END
test_finish
