#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# While packets flow: a cgroup appears, an interface appears and is attached to, a cgroup
# goes. What was counted before remains, and what comes is counted.
# timeout: 120

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"

# Whether the sender that began before everything has sent as much.
has_sent()
{
	"$SEKISHO" -j show link -n "$left" -d right --class udp --direction egress |
		jq -e "map(.packets) | add >= $1" >"$TMPDIR/out"
}

plan_rows 4
n=$((400000 / SEK_FACTOR / SEK_FACTOR))
net_ns left right
net_link left right 1
setup_cgroup top || exit 1
mkdir "$top/old"
for n_link in 1 2; do
	net_nft right <<-END
		table inet t$n_link {
			chain in {
				type filter hook input priority 0
				ip daddr 10.$n_link.0.2 udp dport 9 counter drop comment "udp$n_link"
			}
		}
	END
done
net_load --hook=tc,cgroup --cgroup="$top"
net_snapshot
as=$top/old
net_run left "$net/udp" send -n "$n" -s 100 10.1.0.2 9 &
sender=$!
busywait 5 has_sent 1
test_result $? "traffic"

mkdir "$top/new" "$top/gone"
as=$top/new
net_run left "$net/udp" send -n 1000 -s 200 10.1.0.2 9
as=$top/gone
net_run left "$net/udp" send -n 500 -s 300 10.1.0.2 9
as=
busywait 5 rmdir "$top/gone"

# A second pair between the same two needs names of its own.
ip link add more netns "$left" type veth peer name more netns "$right"
net_address left more 2 1
net_address right more 2 2
busywait 5 are_links_up
net_run left "$net/udp" send -n 1000 -s 50 10.2.0.2 9
"$SEKISHO" load --hook=tc,cgroup --cgroup="$top" --netns="$left,$right" >"$TMPDIR/load" 2>&1
test_result $? "load again" || diag <"$TMPDIR/load"
net_run left "$net/udp" send -n 2000 -s 50 10.2.0.2 9
wait $sender
test_result $? "all sent"
net_compare <<-END
	old cgroup: cgroup.packets name=old direction=egress == $n
	old cgroup, bytes: cgroup.bytes name=old direction=egress == $n * 128
	new cgroup: cgroup.packets name=new direction=egress == 1000
	new cgroup, bytes: cgroup.bytes name=new direction=egress == 1000 * 228
	gone cgroup: cgroup.bytes name=removed direction=egress == 500 * 328
	old interface: link.packets netns=left ifname=right direction=egress class=udp == $n + 1500
	old interface, bytes: link.bytes netns=left ifname=right direction=egress class=udp == $n * 142 + 1000 * 242 + 500 * 342
	old interface, received: link.packets netns=right ifname=left direction=ingress class=udp == nft.packets netns=right name=udp1
	new interface: link.packets netns=left ifname=more direction=egress class=udp == 2000
	new interface, received bytes: link.bytes netns=right ifname=more direction=ingress class=udp == 2000 * 92
	new interface, before: nft.packets netns=right name=udp2 - link.packets netns=right ifname=more direction=ingress class=udp == 1000
END
test_finish
