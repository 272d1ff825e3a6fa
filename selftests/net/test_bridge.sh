#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A bridge that passes packets on, answers itself, and routes into another network.
# timeout: 120

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"

plan_rows 1
net_ns left bridge right far
net_pair left bridge
net_pair bridge right
net_address left bridge 1 1
net_address right bridge 1 2
ip -n "$bridge" link add br0 type bridge mcast_snooping 0
ip -n "$bridge" link set left master br0
ip -n "$bridge" link set right master br0
net_address bridge br0 1 3
net_link bridge far 2
net_forward bridge
net_gateway left 1 3
net_gateway far 2 1
net_sink right tcp 10.1.0.2 5000
net_sink far tcp fd00:2::2 5000
net_load

net_snapshot
net_run left ping -q -f -c 100 10.1.0.2
net_run left ping -q -f -c 200 fd00:1::2
net_run left ping -q -f -c 300 10.1.0.3
net_run left "$net/tcp" send 10.1.0.2 5000
net_compare <<-'END'
	bridged requests: link.packets netns=bridge ifname=right direction=egress class=icmp_echo_request route=none == 300
	bridged replies, bytes: link.bytes netns=bridge ifname=left direction=egress class=icmp_echo_reply route=none == 100 * 98 + 200 * 118
	bridged TCP, bytes: link.bytes netns=bridge direction=egress class=tcp route=none == link.bytes netns=bridge direction=ingress class=tcp
	the bridge's own, at the bridge: link.packets netns=bridge ifname=br0 direction=egress class=icmp_echo_reply route=local_out == snmp.IcmpOutEchoReps netns=bridge
	the bridge's own, at the port: link.packets netns=bridge ifname=left direction=egress class=icmp_echo_reply route=local_out == 300
	delivered, at the bridge: link.packets netns=bridge ifname=br0 direction=ingress family=ipv4 == snmp.IpInReceives netns=bridge
	port, bytes: link.skb_bytes netns=bridge ifname=left direction=egress == if.tx_bytes netns=bridge dev=left
	other port, bytes: link.skb_bytes netns=bridge ifname=right direction=ingress == if.rx_bytes netns=bridge dev=right
	bridge sends, bytes: link.skb_bytes netns=bridge ifname=br0 direction=egress == if.tx_bytes netns=bridge dev=br0
	bridge receives, without Ethernet: link.skb_bytes netns=bridge ifname=br0 direction=ingress - 14 link.skbs netns=bridge ifname=br0 direction=ingress == if.rx_bytes netns=bridge dev=br0
	nothing routed: link.packets route=forwarded == 0
END

# What is routed passes an interface of IP's, and then the port below it.
net_snapshot
net_run left ping -q -f -c 100 10.2.0.2
net_run left ping -q -f -c 100 fd00:2::2
net_run left "$net/tcp" send fd00:2::2 5000
net_compare <<-'END'
	v4 routed: link.skbs netns=bridge ifname=br0|far route=forwarded family=ipv4 == snmp.IpForwDatagrams netns=bridge
	v6 routed: link.skbs netns=bridge ifname=br0|far route=forwarded family=ipv6 == snmp.Ip6OutForwDatagrams netns=bridge
	seen again at the port: link.skbs netns=bridge ifname=left route=forwarded == link.skbs netns=bridge ifname=br0 route=forwarded
	TCP to the end, bytes: link.bytes netns=bridge ifname=far route=forwarded class=tcp == link.bytes netns=far direction=ingress class=tcp
	nothing bridged: link.packets netns=bridge direction=egress route=none class!=arp|icmp_neighbor|icmp_other == 0
END
test_finish
