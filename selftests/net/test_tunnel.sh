#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Packets in packets: each segment of a GSO skb repeats the headers outside and inside.
# timeout: 120

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"

plan_rows 1
bytes=$((1000000 / SEK_FACTOR))
net_ns client left right
net_link client left 2
net_link left right 1
ip -n "$left" link add vx mtu 1450 type vxlan id 1 dstport 4789 local 10.1.0.1 remote 10.1.0.2
ip -n "$right" link add vx mtu 1450 type vxlan id 1 dstport 4789 local 10.1.0.2 remote 10.1.0.1
net_address left vx 3 1
net_address right vx 3 2
net_forward left
net_gateway client 2 2
ip -n "$right" route add 10.2.0.0/24 via 10.3.0.1
net_qdisc left right pfifo limit 10000
net_qdisc right left pfifo limit 10000
net_sink right tcp 10.3.0.2 5000
net_sink right tcp fd00:3::2 5000
net_load
net_snapshot
net_run left ping -q -f -c 100 10.3.0.2
net_run client ping -q -f -c 100 10.3.0.2
net_run left "$net/tcp" send -b "$bytes" 10.3.0.2 5000
net_run left "$net/tcp" send -b "$bytes" fd00:3::2 5000
net_run client "$net/tcp" send -b "$bytes" 10.3.0.2 5000
net_run left "$net/udp" send -n 20 -s 20000 -g 1000 10.3.0.2 9
net_compare <<-'END'
	outside, packets: link.packets netns=left ifname=right direction=egress == qdisc.packets netns=left dev=right
	outside, received packets: link.packets netns=right ifname=left direction=ingress == qdisc.packets netns=left dev=right
	outside, received bytes: link.bytes netns=right ifname=left direction=ingress == link.bytes netns=left ifname=right direction=egress
	outside, as inside: link.bytes netns=left ifname=right direction=egress family=ipv4 class=udp == link.bytes netns=left ifname=vx direction=egress + 50 link.packets netns=left ifname=vx direction=egress
	inside, received bytes: link.bytes netns=right ifname=vx direction=ingress == link.bytes netns=left ifname=vx direction=egress
	inside, TCP segments: link.packets netns=right ifname=vx direction=egress class=tcp == snmp.TcpOutSegs netns=right + snmp.TcpRetransSegs netns=right
	forwarded, once: link.skbs netns=left route=forwarded == snmp.IpForwDatagrams netns=left
	the tunnel's own: link.skbs netns=left ifname=right direction=egress class=udp route!=local_out == 0
END

# Cut up behind the hook, so that the interface counts what is on the wire.  (The qdisc's
# own estimate knows nothing of inner headers on 6.1.)
net_run left ethtool -K right tx-udp_tnl-segmentation off tx-udp_tnl-csum-segmentation off
net_snapshot
net_run left "$net/tcp" send -b "$bytes" 10.3.0.2 5000
net_run client "$net/tcp" send -b "$bytes" 10.3.0.2 5000
net_compare <<-'END'
	cut up, packets: link.packets netns=left ifname=right direction=egress == if.tx_packets netns=left dev=right
	cut up, bytes: link.bytes netns=left ifname=right direction=egress == if.tx_bytes netns=left dev=right
END
test_finish
