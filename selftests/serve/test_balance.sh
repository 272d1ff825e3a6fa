#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 180
#
# Cgroups that come, send and go in numbers: the sum over those that are there, removed ones
# and overflow is what was sent, always.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/serve/serve.sh
. "$folder/serve.sh"

udp='.direction == "egress" and .class == "udp"'

# churned N PACKETS LATE: adds what was sent to total.
churned()
{
	# shellcheck disable=SC2154 # group is set by setup_cgroup
	once=$(in_ns "$here" "$serve/churn" "$group" "$@") || return
	total=$((total + once))
}

watch_total()
{
	last=0
	while [ -e "$TMPDIR/watch" ]; do
		now=$(sum packets "$udp")
		[ "$now" -ge "$last" ] || echo "$last, then $now"
		last=$now
	done >"$TMPDIR/shrunk" 2>&1
}

n=$((2000 / SEK_FACTOR / SEK_FACTOR))
slots=512
[ "$SEK_ENV" = native ] || slots=40
total=0
test_plan 13
setup_ns here && setup_cgroup group
test_result $? "topology"
start_serve --netns "$here" --cgroup "$group" --cgroup-slots "$slots" --linger 1
defer kill_and_wait "$serve_pid"
# shellcheck disable=SC2154 # here is set by setup_ns
follows && busywait 10 attached "$here" lo
test_result $? "serve follows"

touch "$TMPDIR/watch"
watch_total &
watcher=$!
churned $n 3
test_result $? "$n cgroups came and went"
busywait 10 equals "$total" sum packets "$udp"
test_result $? "every packet is in the books"
expect_equal "and every byte" $((total * 128)) "$(sum bytes "$udp")"
expect_equal "none as overflow" 0 "$(sum packets '.cgroup == "overflow"')"
busywait 10 equals 0 slots_used
test_result $? "no slot is in use"

churned $((n / 4)) 3 2
busywait 10 equals "$total" sum packets "$udp"
test_result $? "packets of sockets that outlived their cgroups"
busywait 10 equals 0 slots_used
test_result $? "their slots are free, too"
rm "$TMPDIR/watch"
wait $watcher
expect_equal "no total ever shrank" "" "$(cat "$TMPDIR/shrunk")"

# Nobody follows: slots run out, the sum stays right, and the next one settles all of it.
kill -9 "$serve_pid"
wait "$serve_pid" 2>/dev/null
churned $((slots + 88)) 3
expect_equal "without serve" "$total" "$(sum packets "$udp")"
"$SEKISHO" serve --once --netns "$here" --cgroup "$group" 2>"$TMPDIR/error"
expect_equal "settled later" "$total 0" "$(sum packets "$udp") $(slots_used)"
[ "$(sum packets '.cgroup == "overflow"')" -gt 0 ]
test_result $? "what had no slot is overflow"
test_finish
