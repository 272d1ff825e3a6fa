#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# IPv6 extension headers and IPv4 options, with and without segments that repeat them.
# timeout: 120

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"

plan_rows 1
net_ns left right
net_link left right 1
net_qdisc left right pfifo limit 10000
net_sink right udp fd00:1::2 5000
setup_cgroup a || exit 1
net_load --hook=tc,cgroup --cgroup="$a"
net_snapshot
as=$a
net_run left "$net/udp" send -n 100 -s 100 -o hop fd00:1::2 5000
net_run left "$net/udp" send -n 100 -s 100 -o dst fd00:1::2 5000
net_run left "$net/udp" send -n 100 -s 100 -o hop -o dst fd00:1::2 5000
as=
# In two fragments: Linux repeats both headers.
net_run left "$net/udp" send -n 100 -s 2000 -o hop -o dst fd00:1::2 5000
net_run left ping -q -f -c 100 -R 10.1.0.2
net_compare <<-'END'
	options: link.packets netns=left direction=egress family=ipv6 class=udp == 300 + 100
	options received: link.packets netns=right direction=ingress family=ipv6 class=udp == snmp.Udp6InDatagrams netns=right
	of a cgroup: cgroup.packets name=a direction=egress family=ipv6 class=udp == 300
	of a cgroup, bytes: cgroup.bytes name=a direction=egress class=udp == 300 * 148 + 400 * 8
	second fragments: link.packets netns=left direction=egress family=ipv6 class=fragment == 100
	all bytes: link.bytes netns=left direction=egress family=ipv6 class=udp|fragment == 300 * 162 + 400 * 8 + 100 * 2008 + 200 * 78
	all against the qdisc: link.bytes netns=left ifname=right direction=egress == qdisc.bytes netns=left dev=right kind=pfifo
	as sent as received: link.bytes netns=left direction=egress class=udp|fragment == link.bytes netns=right direction=ingress class=udp|fragment
	recorded route: link.packets netns=left direction=egress family=ipv4 class=icmp_echo_request == snmp.IcmpOutEchos netns=left
	recorded route, bytes: link.bytes netns=left direction=egress family=ipv4 class=icmp_echo_request == 100 * 138
	recorded route, replies: link.packets netns=left direction=ingress family=ipv4 class=icmp_echo_reply == snmp.IcmpInEchoReps netns=left
	nothing else: link.packets class=malformed|other_ip|non_ip == 0
END

# Headers of 64 bytes before each 1000.
rows=$(cat <<-'END'
	segments: link.packets netns=left direction=egress class=udp == 100 * 10
	segments, bytes: link.bytes netns=left direction=egress class=udp == 1000 * 1078
	segments received, bytes: link.bytes netns=right direction=ingress class=udp == 1000 * 1078
	segments of a cgroup: cgroup.packets name=a direction=egress class=udp == 100 * 10
	segments of a cgroup, bytes: cgroup.bytes name=a direction=egress class=udp == 1000 * 1064
	segments against the qdisc: link.bytes netns=left ifname=right direction=egress == qdisc.bytes netns=left dev=right kind=pfifo
END
)
net_snapshot
as=$a
if ! net_run left "$net/udp" send -n 100 -s 10000 -g 1000 -o hop -o dst fd00:1::2 5000; then
	net_skip "no UDP_SEGMENT with extension headers" <<-END
		$rows
	END
	test_finish
fi
net_compare <<-END
	$rows
END
test_finish
