# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What tests of calls without answers share: two ends, wg0 in host and wg1 in world, and what the
# doctor says of them.  After tunnel.sh and private_mounts.

tunnel_key a b c
tunnel_world host world || exit 1
mkdir "$TMPDIR/world"

# host_up KEY PEER [LINE...]: the lines are the peer's.
host_up()
{
	printf '%s\n' "[Interface]" "Address = 10.0.0.1/24" "PrivateKey = $(key "$1")" "[Peer]" \
		"PublicKey = $(pub "$2")" "AllowedIPs = 10.0.0.0/24" \
		"Endpoint = 192.168.100.61:51821" >"$TMPDIR/wg0.conf"
	shift 2
	[ $# -eq 0 ] || printf '%s\n' "$@" >>"$TMPDIR/wg0.conf"
	in_ns "$host" "$SEKISHO" tunnel up "$TMPDIR/wg0.conf"
}

# world_up PEER [LINE...]
world_up()
{
	printf '%s\n' "[Interface]" "Address = 10.0.0.2/24" "PrivateKey = $(key b)" \
		"ListenPort = 51821" "[Peer]" "PublicKey = $(pub "$1")" \
		"AllowedIPs = 10.0.0.1/32" >"$TMPDIR/world/wg1.conf"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" >>"$TMPDIR/world/wg1.conf"
	in_ns "$world" "$SEKISHO" tunnel up "$TMPDIR/world/wg1.conf"
}

both_down()
{
	in_ns "$host" "$SEKISHO" tunnel down wg0
	in_ns "$world" "$SEKISHO" tunnel down wg1
	busywait 5 test ! -e /var/run/wireguard/wg0.sock -a ! -e /var/run/wireguard/wg1.sock
}

# found NAMESPACE FILE: the names of all findings.
found()
{
	in_ns "$1" "$SEKISHO" -j tunnel doctor "$2" >"$TMPDIR/doctor" 2>&1
	jq -r '[.[].finding] | unique | join(" ")' "$TMPDIR/doctor"
}

ping_peer()
{
	in_ns "$host" ping -c 1 -W 1 10.0.0.2 >"$TMPDIR/ping" 2>&1
}

called()
{
	[ "$(in_ns "$host" wg show wg0 transfer | cut -f 3)" -gt 0 ]
}

# Counted from here on. Something to send goes on waiting, and initiations with it.
call()
{
	"$SEKISHO" load --netns "$host,$world" --hook tc >"$TMPDIR/load" 2>&1 || diag <"$TMPDIR/load"
	nsenter --net="/run/netns/$host" ping -q -c 200 -i 0.5 -W 1 10.0.0.2 >"$TMPDIR/ping" 2>&1 &
	caller=$!
	defer kill_and_wait "$caller"
	busywait 10 called || diag "no initiation was sent"
}

# says NAME FINDING KEY PATTERN
says()
{
	finding "$2" ".$3" "$TMPDIR/doctor" | grep -qE "$4"
	test_result $? "$1" || diag <"$TMPDIR/doctor"
}
