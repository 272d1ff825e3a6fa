#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A clock that went back, as that of a host without a battery for it: an initiation carries the
# time, and the peer takes one that is no younger than the last for a replay. It drops it without a
# word, and counts nothing. The clock itself is set in guests alone.
# serial
# timeout: 120

# shellcheck source=selftests/tunnel/tunnel.sh
. "$(dirname "$0")/tunnel.sh"
private_mounts "$@"
# shellcheck source=selftests/tunnel/calls.sh
. "$folder/calls.sh"
preload=$(ldd "$SEKISHO" | awk '/libasan/ { print $3 ":" }')$SEK_BUILD/selftests/tunnel/later.so

# world_found_later: what the other end finds ten minutes from now.
world_found_later()
{
	LATER_SECONDS=600 in_ns "$world" env LD_PRELOAD="$preload" "$SEKISHO" -j tunnel doctor \
		"$TMPDIR/world/wg1.conf" >"$TMPDIR/doctor" 2>&1
	jq -r '[.[].finding] | unique | join(" ")' "$TMPDIR/doctor"
}

# capture_begin FILE: initiations that the host sends.
capture_begin()
{
	nsenter --net="/run/netns/$host" tcpdump -i eth0 -U --immediate-mode -w "$1" \
		'udp[8] = 1' >"$TMPDIR/tcpdump" 2>&1 &
	capture=$!
	defer kill_and_wait "$capture"
	busywait 30 grep -q "listening on" "$TMPDIR/tcpdump"
}

# replay FILE ADDRESS N: the last initiation of the capture, N times.
replay()
{
	exec nsenter --net="/run/netns/$host" python3 -c '
import socket, sys, time
initiation = open(sys.argv[1], "rb").read()[-148:]
for i in range(int(sys.argv[3])):
    socket.socket(type=socket.SOCK_DGRAM).sendto(initiation, (sys.argv[2], 51821))
    time.sleep(0.05)' "$@"
}

# came_in DEV N: so many, by sekisho's count.
came_in()
{
	"$SEKISHO" -j show link -n "$world" -d "$1" --class wireguard_initiation \
		--direction ingress | jq -e --argjson n "$2" \
		'[.[] | select(.hook == "tc").packets] | add // 0 | . >= $n' >"$TMPDIR/came"
}

# wireguard_saw: what the other end's WireGuard knows.
wireguard_saw()
{
	in_ns "$world" wg show wg1 dump | tail -n 1 | cut -f 3,5,6,7
}

met()
{
	[ "$(in_ns "$world" wg show wg1 latest-handshakes | cut -f 2)" -gt 0 ]
}

# stale NAME FILE: the other end gets that initiation, and its clock is right.
stale()
{
	wireguard_saw >"$TMPDIR/before"
	replay "$2" 192.168.100.61 10000 &
	caller=$!
	defer kill_and_wait "$caller"
	expect_equal "$1" "clock" "$(world_found_later)"
	says "calls that nobody answers" clock seen \
		'by eth0, .* [1-9][0-9]* handshake initiations .* while we watched, [1-9][0-9]* and 0'
	says "long after the last handshake" clock because 'handshake with the .* was 6[0-9][0-9] s ago'
	says "and what that may be" clock because 'its clock was set back: .*taken for a replay'
	kill_and_wait "$caller"
	wireguard_saw >"$TMPDIR/after"
	tunnel_same "$TMPDIR/before" "$TMPDIR/after" "of which WireGuard itself tells nothing"
}

# clock_back, clock_right: an hour.
back=
clock_back()
{
	date -s "@$(($(date +%s) - 3600))" >"$TMPDIR/date" && back=1
}

clock_right()
{
	[ -z "$back" ] || date -s "@$(($(date +%s) + 3600))" >"$TMPDIR/date"
	back=
}

rows=8
[ "$SEK_ENV" = native ] || rows=17
test_plan "$rows"
ip -n "$world" -batch - <<END
link add eth1 type veth peer name eth1 netns $host
address add 10.60.0.1/24 dev eth1
link set eth1 up
END
ip -n "$host" address add 10.60.0.2/24 dev eth1
ip -n "$host" link set eth1 up
"$SEKISHO" load --netns "$world" --hook tc >"$TMPDIR/load" 2>&1 || diag <"$TMPDIR/load"

# The other end sends no data: it would call by itself when it hears nothing more.
world_up a
capture_begin "$TMPDIR/initiation"
host_up a b "PersistentKeepalive = 1" && busywait 30 met
test_result $? "a handshake"
kill_and_wait "$capture"
in_ns "$host" "$SEKISHO" tunnel down wg0

# By an interface of its own, which what comes in later by the other one is not taken for.
(replay "$TMPDIR/initiation" 10.60.0.1 20)
busywait 30 came_in eth1 20
expect_equal "what nobody answered long ago" "" "$(world_found_later)"
stale "the same initiation once more" "$TMPDIR/initiation"

if [ "$SEK_ENV" = native ]; then
	test_skip "a clock that was set back" "the clock of this host is not ours to set"
	in_ns "$world" "$SEKISHO" tunnel down wg1
	busywait 5 test ! -e /var/run/wireguard/wg1.sock
	"$SEKISHO" unload >"$TMPDIR/load" 2>&1
	test_finish
fi
clock_back
defer clock_right
capture_begin "$TMPDIR/stale"
in_ns "$host" "$SEKISHO" tunnel up "$TMPDIR/wg0.conf"
call
expect_equal "a clock that was set back" "clock silent swallowed" "$(found "$host" "$TMPDIR/wg0.conf")"
says "the file is younger" clock seen 'was written at .*, 3[56][0-9][0-9] s later'
says "so initiations are old" clock because 'takes it for a replay'
expect_equal "the other end, which has that clock, too" "clock" \
	"$(found "$world" "$TMPDIR/world/wg1.conf")"
kill_and_wait "$caller"
kill_and_wait "$capture"
in_ns "$host" "$SEKISHO" tunnel down wg0
clock_right
stale "an initiation of such a clock" "$TMPDIR/stale"

# Who has removed and added us has forgotten the time.
clock_back
in_ns "$world" "$SEKISHO" tunnel down wg1
in_ns "$world" "$SEKISHO" tunnel up "$TMPDIR/world/wg1.conf"
in_ns "$host" "$SEKISHO" tunnel up "$TMPDIR/wg0.conf"
busywait 30 ping_peer
test_result $? "well when its advice is taken" || diag <"$TMPDIR/ping"
both_down
"$SEKISHO" unload >"$TMPDIR/load" 2>&1
test_finish
