#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Two senders of one cgroup, one on each CPU, through one interface: nothing is lost
# where both count the same, by class, by ICMP type, and in tasks that softirqs interrupt.
# timeout: 120

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"

[ "$(nproc)" -gt 1 ] || skip_all "one CPU"
plan_rows 2
n=$((200000 / SEK_FACTOR / SEK_FACTOR))
net_ns left right
net_link left right 1
setup_cgroup a || exit 1
net_nft right <<-'END'
	table inet t {
		chain in {
			type filter hook input priority 0
			udp dport 9 counter drop comment "udp"
		}
	}
END
net_load --hook=tc,cgroup --cgroup="$a"
net_snapshot
as=$a
for cpu in 0 1; do
	net_run left "$net/udp" send -c $cpu -n $n -s 18 10.1.0.2 9 &
	senders="${senders:-} $!"
	net_run left "$net/udp" send -c $cpu -n $n -s 18 fd00:1::2 9 &
	senders="$senders $!"
	net_run left taskset -c $cpu ping -q -f -c $((n / 50)) 10.1.0.2 &
	senders="$senders $!"
	net_run left taskset -c $cpu ping -q -f -c $((n / 50)) fd00:1::2 &
	senders="$senders $!"
done
status=0
for sender in $senders; do
	wait "$sender" || status=1
done
test_result $status "all sent"
net_compare <<-END
	cgroup, v4: cgroup.packets name=a direction=egress family=ipv4 class=udp == 2 * $n
	cgroup, v4 bytes: cgroup.bytes name=a direction=egress family=ipv4 class=udp == 2 * $n * 46
	cgroup, v6 bytes: cgroup.bytes name=a direction=egress family=ipv6 class=udp == 2 * $n * 66
	cgroup, requests: cgroup.packets name=a direction=egress class=icmp_echo_request == 4 * $((n / 50))
	cgroup, requests by type: icmp.packets hook=cgroup direction=egress type=8|128 == 4 * $((n / 50))
	tc, v4: link.packets netns=left direction=egress family=ipv4 class=udp == 2 * $n
	tc, v6 bytes: link.bytes netns=left direction=egress family=ipv6 class=udp == 2 * $n * 80
	tc, requests by type: icmp.packets netns=left direction=egress type=8|128 == 4 * $((n / 50))
	received: link.packets netns=right direction=ingress class=udp == nft.packets netns=right name=udp
	received, replies by type: icmp.packets netns=right direction=egress type=0|129 == snmp.IcmpOutEchoReps netns=right + snmp.Icmp6OutEchoReplies netns=right
	interface, sent: link.skbs netns=left ifname=right direction=egress == if.tx_packets netns=left dev=right + if.tx_dropped netns=left dev=right
	interface, received bytes: link.skb_bytes netns=right ifname=left direction=ingress == if.rx_bytes netns=right dev=left
END
test_finish
