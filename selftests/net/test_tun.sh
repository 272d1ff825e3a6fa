#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Devices without an Ethernet header, skbs whose headers are not in their linear part,
# and GSO skbs whose sender does not say how many packets they are.
# timeout: 120

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"

# join A B N OPTION...: as net_link, by tun devices.
join()
{
	a=$1 b=$2 n=$3
	shift 3
	tun=$("$net/tun" "$@" "/run/netns/$(net_name "$a")" "$b" \
		"/run/netns/$(net_name "$b")" "$a") || exit 1
	defer kill_and_wait "$tun"
	for end in "$a $b 1" "$b $a 2"; do
		# shellcheck disable=SC2086 # words
		set -- $end
		ip -n "$(net_name "$1")" link set "$2" mtu 9000 txqueuelen 10000
		net_address "$1" "$2" "$n" "$3"
	done
}

plan_rows 1
bytes=$((1000000 / SEK_FACTOR))
net_ns left middle right
join left middle 1 -l 1
net_link middle right 2
join left right 3 -g
net_gateway right 2 1
net_forward middle
ip -n "$left" route add 10.2.0.0/24 via 10.1.0.2
ip -n "$left" route add fd00:2::/64 via fd00:1::2
net_qdisc left middle pfifo limit 100000
net_qdisc left right pfifo limit 100000
net_sink middle udp 10.1.0.2 5000
net_sink middle udp fd00:1::2 5000
net_sink right tcp 10.3.0.2 5000
net_sink right tcp fd00:3::2 5000
net_load

# More than a page: after the first byte all lies in others.
net_snapshot
net_run left "$net/udp" send -n 200 -s 8000 10.1.0.2 5000
net_run left "$net/udp" send -n 300 -s 8000 fd00:1::2 5000
net_run left "$net/udp" send -n 100 -s 8000 -o hop -o dst fd00:1::2 5000
net_run left ping -q -f -c 100 -s 8000 fd00:1::2
net_compare <<-'END'
	v4 sent: link.packets netns=left ifname=middle direction=egress family=ipv4 class=udp == 200
	v4 received: link.packets netns=middle ifname=left direction=ingress family=ipv4 class=udp == 200
	v4 received, bytes: link.bytes netns=middle ifname=left direction=ingress family=ipv4 class=udp == 200 * 8028
	v6 received: link.packets netns=middle ifname=left direction=ingress family=ipv6 class=udp == 400
	v6 received, bytes: link.bytes netns=middle ifname=left direction=ingress family=ipv6 class=udp == 400 * 8048 + 100 * 16
	v6 requests: icmp.packets netns=middle ifname=left direction=ingress type=128 == snmp.Icmp6InEchos netns=middle
	interface, sent: link.skb_bytes netns=left ifname=middle direction=egress == if.tx_bytes netns=left dev=middle
	interface, received: link.skb_bytes netns=middle ifname=left direction=ingress == if.rx_bytes netns=middle dev=left
	v6 octets: link.skb_bytes netns=middle direction=ingress family=ipv6 == snmp.Ip6InOctets netns=middle
	nothing else: link.packets class=malformed|other_ip|non_ip == 0
END

# Here the number of segments is unknown when they are received.
net_snapshot
net_run left "$net/tcp" send -b "$bytes" 10.3.0.2 5000
net_run left "$net/tcp" send -b "$bytes" fd00:3::2 5000
net_compare <<-'END'
	GSO sent, bytes: link.bytes netns=left ifname=right direction=egress == qdisc.bytes netns=left dev=right kind=pfifo
	GSO sent, segments: link.packets netns=left direction=egress class=tcp == snmp.TcpOutSegs netns=left + snmp.TcpRetransSegs netns=left
	GSO received: link.packets netns=right direction=ingress class=tcp == link.packets netns=left direction=egress class=tcp
	GSO received, bytes: link.bytes netns=right direction=ingress class=tcp == link.bytes netns=left direction=egress class=tcp
	GSO, interface: link.skb_bytes netns=right ifname=left direction=ingress == if.rx_bytes netns=right dev=left
	GSO, no Ethernet: link.skb_bytes netns=right ifname=left direction=ingress family=ipv4 == snmp.IpExtInOctets netns=right
END

# From one without an Ethernet header to one with it.
net_snapshot
net_run left ping -q -f -c 100 10.2.0.2
net_run left ping -q -f -c 100 fd00:2::2
net_compare <<-'END'
	forwarded: link.skbs netns=middle route=forwarded family=ipv4 == snmp.IpForwDatagrams netns=middle
	forwarded, v6: link.skbs netns=middle route=forwarded family=ipv6 == snmp.Ip6OutForwDatagrams netns=middle
	forwarded to Ethernet, bytes: link.bytes netns=middle ifname=right route=forwarded == 100 * 98 + 100 * 118
	forwarded to tun, bytes: link.bytes netns=middle ifname=left route=forwarded == 100 * 84 + 100 * 104
END
test_finish
