#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A host that talks to itself: lo, whose counters leave the Ethernet header out, and both
# cgroups.
# timeout: 120

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"

plan_rows 1
bytes=$((1000000 / SEK_FACTOR))
net_ns host
setup_cgroup top || exit 1
mkdir "$top/a" "$top/b"
as=$top/b
net_sink host tcp 127.0.0.1 5000
net_sink host tcp ::1 5000
net_sink host udp ::1 5000
as=
net_load --hook=tc,cgroup --cgroup="$top"
net_snapshot
as=$top/a
net_run host ping -q -f -c 500 127.0.0.1
net_run host ping -q -f -c 500 ::1
net_run host "$net/udp" send -n 100 -s 1000 ::1 5000
net_compare <<-'END'
	interface: link.skbs ifname=lo direction=egress == if.tx_packets dev=lo
	interface, bytes: link.skb_bytes ifname=lo direction=egress - 14 link.skbs ifname=lo direction=egress == if.tx_bytes dev=lo
	received, bytes: link.skb_bytes ifname=lo direction=ingress - 14 link.skbs ifname=lo direction=ingress == if.rx_bytes dev=lo
	requests: link.packets direction=egress class=icmp_echo_request == 1000
END

# lo cuts what is longer than it can be, and IPv6 has a header more until then.
net_snapshot
net_run host "$net/tcp" send -b "$bytes" 127.0.0.1 5000
net_run host "$net/tcp" send -b "$bytes" -m sendfile ::1 5000
net_run host "$net/udp" send -n 100 -s 30000 -g 1000 ::1 5000
as=
net_compare <<-'END'
	v4 as sent as received: link.bytes direction=egress family=ipv4 == link.bytes direction=ingress family=ipv4
	v6 as sent as received: link.packets direction=egress family=ipv6 == link.packets direction=ingress family=ipv6
	IPv4, bytes: link.skb_bytes direction=egress family=ipv4 - 14 link.skbs direction=egress family=ipv4 == snmp.IpExtOutOctets
	IPv6, bytes: link.skb_bytes direction=ingress family=ipv6 - 14 link.skbs direction=ingress family=ipv6 == snmp.Ip6InOctets
	TCP segments: link.packets direction=egress class=tcp == snmp.TcpOutSegs + snmp.TcpRetransSegs
	UDP_SEGMENT, bytes: link.bytes direction=ingress class=udp == 100 * 30 * 1062
	both cgroups, TCP segments: cgroup.packets name=a|b direction=egress family=ipv4 class=tcp == link.packets direction=egress family=ipv4 class=tcp
	a sends what b receives: cgroup.packets name=a direction=egress class=tcp|udp == cgroup.packets name=b direction=ingress class=tcp|udp
	a sends what b receives, v4 bytes: cgroup.bytes name=a direction=egress family=ipv4 class=tcp == cgroup.bytes name=b direction=ingress family=ipv4 class=tcp
	b receives, UDP: cgroup.packets name=b direction=ingress class=udp == 100 * 30
END
test_finish
