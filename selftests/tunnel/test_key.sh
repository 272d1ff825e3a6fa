#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Initiations without responses: keys that do not fit, as both ends see them.
# timeout: 150

# shellcheck source=selftests/tunnel/tunnel.sh
. "$(dirname "$0")/tunnel.sh"
private_mounts "$@"
# shellcheck source=selftests/tunnel/calls.sh
. "$folder/calls.sh"

test_plan 13
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

"$SEKISHO" unload >"$TMPDIR/load" 2>&1
test_finish
