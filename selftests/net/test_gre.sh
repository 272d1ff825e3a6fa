#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
#
# GRE between many: the link header of such a device is the outer IP header. What counts
# is the packet inside, as the device itself counts.

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"

bytes=$((2000000 / SEK_FACTOR))

# add_gre NS HOST: addresses of net 3; peers are neighbours, known by their outer address.
add_gre()
{
	ip -n "$(net_name "$1")" link add gre type gre local "10.1.0.$2" key 1 &&
		in_ns "$(net_name "$1")" sysctl -q -w net.ipv6.conf.gre.accept_dad=0 &&
		net_address "$1" gre 3 "$2" &&
		ip -n "$(net_name "$1")" neigh add "10.3.0.$((3 - $2))" lladdr "10.1.0.$((3 - $2))" dev gre &&
		ip -n "$(net_name "$1")" neigh add "fd00:3::$((3 - $2))" lladdr "10.1.0.$((3 - $2))" dev gre
}

net_ns left right
net_link left right 1
add_gre left 1 2>"$TMPDIR/error" || skip_all "no GRE in this kernel"
if ! "$SEKISHO" -j probe | json '.[] | select(.feature == "kern_ctx").available' >/dev/null; then
	skip_all "no bpf_cast_to_kern_ctx() before Linux 6.2"
fi
plan_rows 1
add_gre right 2 || exit 1
for to in 10.3.0.2 fd00:3::2; do
	net_sink right tcp "$to" 5000
	net_sink right udp "$to" 5000
done
net_load
net_snapshot
for to in 10.3.0.2 fd00:3::2; do
	net_run left ping -q -f -c 200 "$to"
	net_run left "$net/tcp" send -b "$bytes" "$to" 5000
	net_run left "$net/udp" send -n 50 -s 500 "$to" 5000
	net_run left "$net/udp" send -n 30 -s 8000 "$to" 5000
done
net_compare <<-'END'
	sent: link.skbs netns=left ifname=gre direction=egress == if.tx_packets netns=left dev=gre
	sent, bytes: link.skb_bytes netns=left ifname=gre direction=egress == if.tx_bytes netns=left dev=gre
	received: link.skbs netns=right ifname=gre direction=ingress == if.rx_packets netns=right dev=gre
	received, bytes: link.skb_bytes netns=right ifname=gre direction=ingress == if.rx_bytes netns=right dev=gre
	echo requests, IPv4: link.packets netns=left ifname=gre direction=egress family=ipv4 class=icmp_echo_request == 200
	echo requests, IPv6: link.packets netns=right ifname=gre direction=ingress family=ipv6 class=icmp_echo_request == 200
	echo replies: link.packets netns=right ifname=gre direction=egress class=icmp_echo_reply == 2 * 200
	UDP: link.packets netns=left ifname=gre direction=egress family=ipv4 class=udp == 50 + 30
	fragments: link.packets netns=right ifname=gre direction=ingress family=ipv4 class=fragment == link.packets netns=left ifname=gre direction=egress family=ipv4 class=fragment
	TCP: link.skbs netns=right ifname=gre direction=ingress class=tcp == snmp.TcpInSegs netns=right
	TCP on the wire: link.packets netns=right ifname=gre direction=ingress class=tcp == link.packets netns=left ifname=gre direction=egress class=tcp
	TCP on the wire, bytes: link.bytes netns=right ifname=gre direction=ingress class=tcp == link.bytes netns=left ifname=gre direction=egress class=tcp
	nothing else: link.packets ifname=gre class=other_ip|malformed|non_ip == 0
	outside: link.packets netns=left ifname=right direction=egress class=other_ip == link.packets netns=left ifname=gre direction=egress
END
test_finish
