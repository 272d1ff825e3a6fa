#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Datagrams of 5008 and messages of 4008 bytes in fragments, some cut again by a router.
# timeout: 120

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"

plan_rows 1
net_ns left router right
net_link left router 1
net_link router right 2 1300
net_gateway left 1 2
net_gateway right 2 1
net_forward router
setup_cgroup a || exit 1
net_sink router udp 10.1.0.2 5000
net_sink router udp fd00:1::2 5000
net_sink right udp 10.2.0.2 5000
net_load --hook=tc,cgroup --cgroup="$a"

# 1480 bytes go into an IPv4 packet of 1500, 1448 into one of IPv6: 4 fragments.
net_snapshot
as=$a
net_run left "$net/udp" send -n 100 -s 5000 10.1.0.2 5000
net_run left "$net/udp" send -n 100 -s 5000 fd00:1::2 5000
as=
net_run left ping -q -f -c 100 -s 4000 10.1.0.2
net_run left ping -q -f -c 100 -s 4000 fd00:1::2
net_compare <<-'END'
	v4 first: link.packets netns=left direction=egress family=ipv4 class=udp == 100
	v4 others: link.packets netns=left direction=egress family=ipv4 class=fragment == 100 * 3 + 100 * 2
	v4 bytes: link.bytes netns=left direction=egress family=ipv4 class=udp|fragment|icmp_echo_request == 100 * 5008 + 100 * 4008 + 700 * 34
	v4 echo requests: icmp.packets netns=left direction=egress family=ipv4 type=8 == 100
	v4 fragments made: link.packets netns=left direction=egress family=ipv4 == snmp.IpFragCreates netns=left
	v4 fragments received: link.packets netns=router direction=ingress family=ipv4 class=udp|fragment|icmp_echo_request == snmp.IpReasmReqds netns=router
	v4 received: link.skbs netns=router direction=ingress family=ipv4 == snmp.IpInReceives netns=router
	v4 received, bytes: link.skb_bytes netns=router direction=ingress family=ipv4 - 14 link.skbs netns=router direction=ingress family=ipv4 == snmp.IpExtInOctets netns=router
	v4 before they are cut: cgroup.packets name=a direction=egress family=ipv4 == 100
	v4 before they are cut, bytes: cgroup.bytes name=a direction=egress family=ipv4 == 100 * 5028
	v6 first: link.packets netns=left direction=egress family=ipv6 class=udp == 100
	v6 others: link.packets netns=left direction=egress family=ipv6 class=fragment == 100 * 3 + 100 * 2
	v6 bytes: link.bytes netns=left direction=egress family=ipv6 class=udp|fragment|icmp_echo_request == 100 * 5008 + 100 * 4008 + 700 * 62
	v6 echo requests: icmp.packets netns=left direction=egress family=ipv6 type=128 == 100
	v6 fragments made: link.packets netns=left direction=egress family=ipv6 class!=icmp_neighbor == snmp.Ip6FragCreates netns=left
	v6 fragments received: link.packets netns=router direction=ingress family=ipv6 class=udp|fragment|icmp_echo_request == snmp.Ip6ReasmReqds netns=router
	v6 received, bytes: link.skb_bytes netns=router direction=ingress family=ipv6 - 14 link.skbs netns=router direction=ingress family=ipv6 == snmp.Ip6InOctets netns=router
	v6 before they are cut, bytes: cgroup.bytes name=a direction=egress family=ipv6 == 100 * 5048
	interface: link.skb_bytes netns=left ifname=router direction=egress == if.tx_bytes netns=left dev=router
	nothing malformed: link.packets class=malformed|other_ip|non_ip == 0
END

# Three of four do not fit in 1300 bytes: 1280 and 200 of each 1480.
net_snapshot
net_run left "$net/udp" send -n 100 -s 5000 10.2.0.2 5000
net_compare <<-'END'
	cut again: link.packets netns=router route=forwarded class=udp|fragment == 100 * 7
	cut again, first: link.packets netns=router route=forwarded class=udp == 100
	cut again, bytes: link.bytes netns=router route=forwarded class=udp|fragment == 100 * 5008 + 100 * 7 * 34
	cut again, against Ip: link.skbs netns=router route=forwarded == snmp.IpForwDatagrams netns=router - snmp.IpFragOKs netns=router + snmp.IpFragCreates netns=router
	cut again, received: link.packets netns=right direction=ingress class=udp|fragment == snmp.IpReasmReqds netns=right
	put together: snmp.UdpInDatagrams netns=right == 100
END
test_finish
