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

test_plan 6
world_up a && host_up a b && busywait 10 ping_peer
test_result $? "a handshake"
in_ns "$host" "$SEKISHO" tunnel down wg0
later -3600
defer later 3600
in_ns "$host" "$SEKISHO" tunnel up "$TMPDIR/wg0.conf"
call
expect_equal "a clock that was set back" "clock silent swallowed" "$(found "$host" "$TMPDIR/wg0.conf")"
says "the file is younger" clock seen 'was written at .*, 3[56][0-9][0-9] s later'
says "so initiations are old" clock because 'takes it for a replay'
expect_equal "the other end" "clock" "$(found "$world" "$TMPDIR/world/wg1.conf")"
kill_and_wait "$caller"

# Who has removed and added us has forgotten the time.
in_ns "$world" "$SEKISHO" tunnel down wg1
in_ns "$world" "$SEKISHO" tunnel up "$TMPDIR/world/wg1.conf"
busywait 10 ping_peer
test_result $? "well when its advice is taken" || diag <"$TMPDIR/ping"
both_down
"$SEKISHO" unload >"$TMPDIR/load" 2>&1
test_finish
