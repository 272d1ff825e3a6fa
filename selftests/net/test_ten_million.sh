#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Ten million packets, and not one too few or too many at any hook.
# timeout: 300
# serial

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
[ "$SEK_ENV" = native ] || skip_all "takes too long under emulation"
private_mounts "$@"

plan_rows 2
net_ns left right
net_link left right 1
setup_cgroup a || exit 1
net_nft right <<-'END'
	table netdev t {
		chain in {
			type filter hook ingress device "left" priority 0
			udp dport 9 counter drop comment "udp"
		}
	}
END
net_load --hook=tc,cgroup --cgroup="$a"
net_snapshot
as=$a
net_run left "$net/udp" send -c 0 -n 5000000 -s 18 10.1.0.2 9 &
net_run left "$net/udp" send -c $(($(nproc) - 1)) -n 5000000 -s 18 fd00:1::2 9
status=$?
wait $! && [ $status -eq 0 ]
test_result $? "all sent"
net_compare <<-'END'
	cgroup, packets: cgroup.packets direction=egress class=udp == 10000000
	cgroup, v4 bytes: cgroup.bytes direction=egress class=udp family=ipv4 == 5000000 * 46
	cgroup, v6 bytes: cgroup.bytes direction=egress class=udp family=ipv6 == 5000000 * 66
	tc egress, packets: link.packets netns=left direction=egress class=udp == 10000000
	tc egress, v4 bytes: link.bytes netns=left direction=egress class=udp family=ipv4 == 5000000 * 60
	tc egress, v6 bytes: link.bytes netns=left direction=egress class=udp family=ipv6 == 5000000 * 80
	tc ingress, packets: link.packets netns=right direction=ingress class=udp == nft.packets netns=right name=udp
	tc ingress, all packets: link.packets netns=right ifname=left direction=ingress == if.rx_packets netns=right dev=left
	tc ingress, all bytes: link.bytes netns=right ifname=left direction=ingress == if.rx_bytes netns=right dev=left
	interface, all packets: link.packets netns=left ifname=right direction=egress == if.tx_packets netns=left dev=right + if.tx_dropped netns=left dev=right
END
test_finish
