#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Frames at XDP: what the other end has sent, before GRO, with tags, also over several
# pages. A veth with XDP polls, and counts without Ethernet headers; its peer cuts GSO
# skbs before they leave.
# timeout: 120

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"

plan_rows 1
bytes=$((1000000 / SEK_FACTOR))
net_ns left right
net_link left right 1 3000
net_sink right tcp 10.1.0.2 5000
net_sink right tcp fd00:1::2 5000
net_sink right udp fd00:1::2 5000
net_sink left tcp 10.1.0.1 5000
net_load --hook=tc,xdp

net_snapshot
net_run left ping -q -f -c 300 10.1.0.2
net_run left ping -q -f -c 300 -s 2500 fd00:1::2
net_run left "$net/tcp" send -b "$bytes" 10.1.0.2 5000
net_run left "$net/tcp" send -b "$bytes" -m sendfile fd00:1::2 5000
net_run right "$net/tcp" send -b "$bytes" 10.1.0.1 5000
net_run left "$net/udp" send -n 100 -s 20000 -g 1000 fd00:1::2 5000
net_run left "$net/udp" send -n 100 -s 100 -o dst fd00:1::2 5000
net_run left "$net/udp" send -n 100 -s 5000 fd00:1::2 5000
net_run left "$net/udp" send -n 100 -s 5000 10.1.0.2 6000
net_compare <<-'END'
	v4 requests: link.packets netns=right hook=xdp family=ipv4 class=icmp_echo_request == 300
	v6 requests, bytes: link.bytes netns=right hook=xdp family=ipv6 class=icmp_echo_request == 300 * 2562
	by type: icmp.packets netns=right hook=xdp type=128 == snmp.Icmp6InEchos netns=right
	frames: link.packets netns=right ifname=left hook=xdp == if.rx_packets netns=right dev=left
	frames, bytes: link.bytes netns=right ifname=left hook=xdp == if.rx_bytes netns=right dev=left + 14 if.rx_packets netns=right dev=left
	frames are what was sent: link.bytes netns=right ifname=left hook=xdp == link.bytes netns=left ifname=right hook=tc direction=egress
	frames are what tc stands for: link.packets netns=right ifname=left hook=xdp == link.packets netns=right ifname=left hook=tc direction=ingress
	frames, by bytes: link.bytes netns=right ifname=left hook=xdp == link.bytes netns=right ifname=left hook=tc direction=ingress
	v4 TCP: link.bytes netns=right hook=xdp family=ipv4 class=tcp == link.bytes netns=right hook=tc direction=ingress family=ipv4 class=tcp
	v6 TCP: link.packets netns=right hook=xdp family=ipv6 class=tcp == link.packets netns=left hook=tc direction=egress family=ipv6 class=tcp
	v4 TCP, other way: link.bytes netns=left hook=xdp family=ipv4 class=tcp == link.bytes netns=right hook=tc direction=egress family=ipv4 class=tcp
	v6 segments: link.packets netns=right hook=xdp family=ipv6 class=udp == 100 * 20 + 200
	v6 segments and fragments, bytes: link.bytes netns=right hook=xdp family=ipv6 class=udp|fragment == 100 * 20 * 1062 + 100 * 170 + 100 * 5008 + 200 * 62
	v4 fragments: link.packets netns=right hook=xdp family=ipv4 class=fragment == 100
	nothing malformed: link.packets class=malformed|other_ip|non_ip == 0
END

# The outer tag, which is taken out before tc.
net_snapshot
net_run left "$net/frame" -n 100 right ffffffffffff020000000001 88a80064 8100000a 0800 \
	4500001c000100004001f9dd0a0100010a010002 0800f7fd00010001
net_compare <<-'END'
	tags: link.packets netns=right hook=xdp class=icmp_echo_request == 100
	tags, bytes: link.bytes netns=right hook=xdp class=icmp_echo_request == 100 * 50
	tags, at tc: link.bytes netns=right hook=tc direction=ingress class=icmp_echo_request == 100 * 46
END
test_finish
