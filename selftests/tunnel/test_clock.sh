#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A clock that went back, as that of a host without a battery for it: an initiation carries the
# time, and the peer takes one that is older than the last for a replay. In guests alone, whose
# clock is set.
# serial
# timeout: 60

# shellcheck source=selftests/tunnel/tunnel.sh
. "$(dirname "$0")/tunnel.sh"
[ "$SEK_ENV" != native ] || skip_all "the clock of this host is not ours to set"
private_mounts "$@"
# shellcheck source=selftests/tunnel/calls.sh
. "$folder/calls.sh"

# later SECONDS
later()
{
	date -s "@$(($(date +%s) + $1))" >"$TMPDIR/date"
}

test_plan 9
world_up a
nsenter --net="/run/netns/$host" tcpdump -i eth0 -U --immediate-mode -w "$TMPDIR/initiation" \
	'udp[8] = 1' >"$TMPDIR/tcpdump" 2>&1 &
capture=$!
defer kill_and_wait "$capture"
busywait 10 grep -q "listening on" "$TMPDIR/tcpdump"
host_up a b && busywait 10 ping_peer
test_result $? "a handshake"
kill_and_wait "$capture"
in_ns "$host" "$SEKISHO" tunnel down wg0

# The other end, whose clock is right: it gets the same initiation again and again, which is no
# younger than the last one.
"$SEKISHO" load --netns "$world" --hook tc >"$TMPDIR/load" 2>&1 || diag <"$TMPDIR/load"
later 600
defer later 3600
nsenter --net="/run/netns/$host" python3 -c '
import socket, sys, time
initiation = open(sys.argv[1], "rb").read()[-148:]
while True:
    socket.socket(type=socket.SOCK_DGRAM).sendto(initiation, ("192.168.100.61", 51821))
    time.sleep(0.2)' "$TMPDIR/initiation" &
caller=$!
defer kill_and_wait "$caller"
expect_equal "a peer whose clock was set back" "clock" "$(found "$world" "$TMPDIR/world/wg1.conf")"
says "calls that nobody answers" clock seen \
	'by eth0, .* [1-9][0-9]* handshake initiations .* while we watched, [1-9][0-9]* and 0'
says "long after the last handshake" clock because 'handshake with the .* was 6[0-9][0-9] s ago'
says "and what that may be" clock because 'its clock was set back: .*taken for a replay'
kill_and_wait "$caller"

# Our clock: the file says that it is behind, and the peer keeps silent.
later -4200
in_ns "$host" "$SEKISHO" tunnel up "$TMPDIR/wg0.conf"
call
expect_equal "a clock that was set back" "clock silent swallowed" "$(found "$host" "$TMPDIR/wg0.conf")"
says "the file is younger" clock seen 'was written at .*, 3[56][0-9][0-9] s later'
says "so initiations are old" clock because 'takes it for a replay'
kill_and_wait "$caller"
in_ns "$world" "$SEKISHO" tunnel down wg1
in_ns "$world" "$SEKISHO" tunnel up "$TMPDIR/world/wg1.conf"
busywait 10 ping_peer
test_result $? "well when its advice is taken, to remove and add us there" || diag <"$TMPDIR/ping"
both_down
"$SEKISHO" unload >"$TMPDIR/load" 2>&1
test_finish
