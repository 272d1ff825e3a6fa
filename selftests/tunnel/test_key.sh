#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Initiations without responses: keys that do not fit, and a clock that was set back, as both
# ends see them.
# timeout: 180

# shellcheck source=selftests/tunnel/tunnel.sh
. "$(dirname "$0")/tunnel.sh"
private_mounts "$@"

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

test_plan 16
world_up a && host_up a b && busywait 10 ping_peer
test_result $? "keys that fit"
expect_equal "the one end is well" "" "$(found "$host" "$TMPDIR/wg0.conf")"
expect_equal "and the other" "" "$(found "$world" "$TMPDIR/world/wg1.conf")"
both_down

world_up a "PresharedKey = $(key c)" && host_up a b
call
expect_equal "one end has a preshared key" "key swallowed" "$(found "$host" "$TMPDIR/wg0.conf")"
says "responses were counted" key seen 'counted [1-9][0-9]* handshake responses .*0 bytes received'
says "and what is left is that key" key because 'preshared key.*\(here is none\)'
expect_equal "the other end" "key" "$(found "$world" "$TMPDIR/world/wg1.conf" | sed 's/ swallowed//')"
says "sees initiations" key seen 'bytes received, which is [1-9][0-9]* handshake initiations'
kill_and_wait "$caller"
both_down

world_up c && host_up a b
call
expect_equal "a key that the other end does not know" "silent swallowed" \
	"$(found "$host" "$TMPDIR/wg0.conf")"
expect_equal "the other end sees calls" "key" "$(found "$world" "$TMPDIR/world/wg1.conf")"
says "in numbers" key seen 'by eth0, .* [1-9][0-9]* handshake initiations .*watched, [1-9][0-9]* and 0'
kill_and_wait "$caller"
both_down

world_up a && host_up a c
call
expect_equal "a key that is not the other end's" "silent swallowed" \
	"$(found "$host" "$TMPDIR/wg0.conf")"
expect_equal "which sees calls, too" "key" "$(found "$world" "$TMPDIR/world/wg1.conf")"
kill_and_wait "$caller"
both_down

# The clock of this machine is not a test's to set; that of a guest is.
if [ "$SEK_ENV" = native ]; then
	for name in "a clock that was set back" "the file is younger" "the other end"; do
		test_skip "clock: $name" "sets the clock, in guests alone"
	done
else
	world_up a && host_up a b && busywait 10 ping_peer
	in_ns "$host" "$SEKISHO" tunnel down wg0
	date -s "@$(($(date +%s) - 3600))" >"$TMPDIR/date"
	in_ns "$host" "$SEKISHO" tunnel up "$TMPDIR/wg0.conf"
	call
	expect_equal "clock: a clock that was set back" "clock silent swallowed" \
		"$(found "$host" "$TMPDIR/wg0.conf")"
	says "clock: the file is younger" clock seen 'was written at .*, 3[56][0-9][0-9] s later'
	expect_equal "clock: the other end" "clock" "$(found "$world" "$TMPDIR/world/wg1.conf")"
	kill_and_wait "$caller"
	date -s "@$(($(date +%s) + 3600))" >"$TMPDIR/date"
	both_down
fi
"$SEKISHO" unload >"$TMPDIR/load" 2>&1
test_finish
