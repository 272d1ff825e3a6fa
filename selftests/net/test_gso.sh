#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Skbs that stand for many packets: what a qdisc, TCP, and the interface behind
# software segmentation count is what we count before. Payload lies in pages, too.
# timeout: 120

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"

bytes=$((3000000 / SEK_FACTOR))

# Both ways at once. Each way of sending puts the payload elsewhere.
exchange()
{
	for way in write zerocopy sendfile splice; do
		net_run left "$net/tcp" send -b "$bytes" -m "$way" 10.1.0.2 5000 &
		net_run right "$net/tcp" send -b "$bytes" -m "$way" fd00:1::1 5000
		wait $!
		net_run left "$net/tcp" send -b "$bytes" -m "$way" fd00:1::2 5000 &
		net_run right "$net/tcp" send -b "$bytes" -m "$way" 10.1.0.1 5000
		wait $!
	done
	net_run left "$net/udp" send -n 50 -s 30500 -g 1000 10.1.0.2 5000
	net_run left "$net/udp" send -n 50 -s 30500 -g 1000 fd00:1::2 5000
	net_run left "$net/udp" send -n 50 -s 48000 -g 1200 -z 10.1.0.2 5000
	net_run left "$net/udp" send -n 50 -s 48000 -g 1200 -z fd00:1::2 5000
}

plan_rows 1
net_ns left right
net_link left right 1
net_qdisc left right pfifo limit 100000
net_qdisc right left pfifo limit 100000
net_sink left tcp 10.1.0.1 5000
net_sink left tcp fd00:1::1 5000
net_sink right tcp 10.1.0.2 5000
net_sink right tcp fd00:1::2 5000
net_sink right udp 10.1.0.2 5000
net_sink right udp fd00:1::2 5000
net_load

# GSO skbs go through veth as they are.
net_snapshot
exchange
net_compare <<-'END'
	left, packets: link.packets netns=left ifname=right direction=egress == qdisc.packets netns=left dev=right kind=pfifo
	left, bytes: link.bytes netns=left ifname=right direction=egress == qdisc.bytes netns=left dev=right kind=pfifo
	left, skbs: link.skbs netns=left ifname=right direction=egress == if.tx_packets netns=left dev=right
	left, bytes of skbs: link.skb_bytes netns=left ifname=right direction=egress == if.tx_bytes netns=left dev=right
	right, packets: link.packets netns=right ifname=left direction=egress == qdisc.packets netns=right dev=left kind=pfifo
	right, bytes: link.bytes netns=right ifname=left direction=egress == qdisc.bytes netns=right dev=left kind=pfifo
	left, TCP segments: link.packets netns=left direction=egress class=tcp == snmp.TcpOutSegs netns=left + snmp.TcpRetransSegs netns=left
	right, TCP segments: link.packets netns=right direction=egress class=tcp == snmp.TcpOutSegs netns=right + snmp.TcpRetransSegs netns=right
	left, TCP skbs received: link.skbs netns=left direction=ingress class=tcp == snmp.TcpInSegs netns=left
	v4 as sent as received: link.bytes netns=left direction=egress family=ipv4 class=tcp == link.bytes netns=right direction=ingress family=ipv4 class=tcp
	v6 as sent as received: link.bytes netns=left direction=egress family=ipv6 class=tcp == link.bytes netns=right direction=ingress family=ipv6 class=tcp
	UDP_SEGMENT, v4: link.packets netns=left direction=egress family=ipv4 class=udp == 50 * 31 + 50 * 40
	UDP_SEGMENT, v4 bytes: link.bytes netns=left direction=egress family=ipv4 class=udp == 50 * 30500 + 50 * 31 * 42 + 50 * 48000 + 50 * 40 * 42
	UDP_SEGMENT, v4 skbs: link.skbs netns=left direction=egress family=ipv4 class=udp == 100
	UDP_SEGMENT, v4 bytes received: link.bytes netns=right direction=ingress family=ipv4 class=udp == 50 * 30500 + 50 * 31 * 42 + 50 * 48000 + 50 * 40 * 42
	UDP_SEGMENT, v4 datagrams: link.packets netns=right direction=ingress family=ipv4 class=udp == snmp.UdpInDatagrams netns=right + snmp.UdpInErrors netns=right
	UDP_SEGMENT, v6: link.packets netns=left direction=egress family=ipv6 class=udp == 50 * 31 + 50 * 40
	UDP_SEGMENT, v6 bytes: link.bytes netns=left direction=egress family=ipv6 class=udp == 50 * 30500 + 50 * 31 * 62 + 50 * 48000 + 50 * 40 * 62
	UDP_SEGMENT, v6 bytes received: link.bytes netns=right direction=ingress family=ipv6 class=udp == 50 * 30500 + 50 * 31 * 62 + 50 * 48000 + 50 * 40 * 62
	UDP_SEGMENT, v6 datagrams: link.packets netns=right direction=ingress family=ipv6 class=udp == snmp.Udp6InDatagrams netns=right + snmp.Udp6InErrors netns=right
	nothing lost: qdisc.drops == 0
END

# Segmented in software behind tc egress, put together again by GRO before tc ingress.
# A veth that polls counts without the Ethernet header.
net_run left ethtool -K right tso off gso off tx-udp-segmentation off
net_run right ethtool -K left tso off gso off tx-udp-segmentation off
net_run left ethtool -K right gro on
net_run right ethtool -K left gro on
net_snapshot
exchange
net_compare <<-'END'
	segmented, packets: link.packets netns=left ifname=right direction=egress == if.tx_packets netns=left dev=right
	segmented, bytes: link.bytes netns=left ifname=right direction=egress == if.tx_bytes netns=left dev=right + 14 if.tx_packets netns=left dev=right
	segmented, qdisc: link.bytes netns=left ifname=right direction=egress == qdisc.bytes netns=left dev=right kind=pfifo
	segmented, other way: link.bytes netns=right ifname=left direction=egress == if.tx_bytes netns=right dev=left + 14 if.tx_packets netns=right dev=left
	segmented, TCP segments: link.packets netns=left direction=egress class=tcp == snmp.TcpOutSegs netns=left + snmp.TcpRetransSegs netns=left
	GRO, packets: link.packets netns=right ifname=left direction=ingress == if.rx_packets netns=right dev=left
	GRO, bytes: link.bytes netns=right ifname=left direction=ingress == if.rx_bytes netns=right dev=left + 14 if.rx_packets netns=right dev=left
	GRO, other way: link.bytes netns=left ifname=right direction=ingress == if.rx_bytes netns=left dev=right + 14 if.rx_packets netns=left dev=right
	GRO, TCP skbs: link.skbs netns=right direction=ingress class=tcp == snmp.TcpInSegs netns=right
	GRO, v6 as sent as received: link.bytes netns=right direction=egress family=ipv6 class=tcp == link.bytes netns=left direction=ingress family=ipv6 class=tcp
	nothing lost then: qdisc.drops == 0
END
test_finish
