#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A WireGuard device that was moved to another namespace than that of its socket: its peers are
# counted where the socket is, and are known, as wg has them.
# timeout: 60

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"
# shellcheck source=selftests/net/wireguard.sh
. "$folder/wireguard.sh"

# shellcheck disable=SC2154 # left, right and inner are set by net_ns
#
# Of the device's peers, as sekisho shows them: PUBLIC-KEY RECEIVED SENT, as wg show transfer.
shown()
{
	"$SEKISHO" -j show peer | jq -r '
		[.[] | select(.netns == "'"$inner"'" and .ifname == "moved")] | group_by(.public_key)[] |
		"\(.[0].public_key)\t\(map(select(.direction == "ingress").bytes) | add // 0)\t\(
			map(select(.direction == "egress").bytes) | add // 0)"'
}

# wireguard-go counts what it received without padding: there only what was sent is the same.
fields=1,2,3
as_wg()
{
	in_ns "$inner" wg show moved transfer | cut -f "$fields" >"$TMPDIR/wg"
	shown | cut -f "$fields" >"$TMPDIR/shown"
	[ -s "$TMPDIR/wg" ] && diff "$TMPDIR/wg" "$TMPDIR/shown"
}

# The socket of port 51820 in left, by its inode.
bound()
{
	# shellcheck disable=SC2016 # the fields are awk's
	in_ns "$left" awk '$2 ~ /:CA6C$/ { print $10 }' /proc/net/udp
}

# The device goes down when it is moved. wireguard-go looks once in a second if it is up.
is_bound_anew()
{
	now=$(bound)
	[ -n "$now" ] && [ "$now" != "$was" ]
}

known_ports()
{
	"$SEKISHO" -j show link -n "$left" --class wireguard_data --direction egress |
		jq -r 'map(.certainty) | unique | join(" ")'
}

test_plan 7
net_ns left right inner
net_link left right 1
wg_device right there 51821 2
wg_device left moved 51820 1
was=$(bound)
ip -n "$left" link set moved netns "$inner" || exit 1
net_address inner moved 9 1
busywait 5 is_bound_anew || diag "it has no socket"
wg_peer inner moved there 10.1.0.2:51821
wg_peer right there moved 10.1.0.1:51820
[ -z "$go" ] || fields=1,3

# Programs are where its packets are, and not where it is.
spaces="left right"
net_load
in_ns "$inner" ping -q -c 1 -W 5 10.9.0.2 >"$TMPDIR/ping" &&
	in_ns "$inner" ping -q -f -c 50 -s 700 10.9.0.2 >"$TMPDIR/ping"
test_result $? "traffic" || diag <"$TMPDIR/ping"
said=$(busywait 5 as_wg)
test_result $? "its peer is known, and has what wg counts" || diag "$said"
expect_equal "its port is known" known "$(known_ports)"
"$SEKISHO" load --netns "$left" --hook tc >"$TMPDIR/load" 2>&1 &&
	in_ns "$inner" ping -q -f -c 50 -s 700 10.9.0.2 >"$TMPDIR/ping"
said=$(busywait 5 as_wg)
test_result $? "and after another load" || diag "$said"

# A second one of the same port might be the one whose socket this is.
wg_device right twin 51820 3
setup_ns other
ip -n "$right" link set twin netns "$other"
net_address other twin 9 3
wg_peer other twin there 10.9.9.9:51821
shown >"$TMPDIR/out"
in_ns "$inner" ping -q -f -c 50 -s 700 10.9.0.2 >"$TMPDIR/ping"
said=$(busywait 5 as_wg)
test_result $? "another device of the same port" || diag "$said"
expect_equal "nobody's messages are taken for its" 0 \
	"$("$SEKISHO" -j show peer | jq '[.[] | select(.ifname == "twin")] | length')"
test_finish
