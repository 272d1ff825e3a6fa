#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
#
# A removed cgroup whose socket lives on gives its slot back, and what the socket sends then is
# counted, too; when the socket has gone, nothing of it is left but its counts.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/serve/serve.sh
. "$folder/serve.sh"

udp='.direction == "egress" and .class == "udp"'

# ids_known: cgroups that BPF knows, removed ones included.
ids_known()
{
	bpftool -j map dump pinned /sys/fs/bpf/sekisho/maps/sek_cgroup_ids | jq length
}

test_plan 7
setup_ns here && setup_cgroup group
test_result $? "topology"
# shellcheck disable=SC2154 # here and group are set by setup_ns and setup_cgroup
start_serve --netns "$here" --cgroup "$group" --linger 0
defer kill_and_wait "$serve_pid"
follows
in_ns "$here" "$serve/churn" "$group" 6 5 7 "$TMPDIR/go" >"$TMPDIR/sent" &
churn=$!
busywait 10 equals 30 sum packets "$udp" && busywait 10 equals 0 slots_used
test_result $? "slots are given back while sockets live"
expect_equal "three cgroups are not forgotten" 3 "$(ids_known)"
touch "$TMPDIR/go"
wait $churn
expect_equal "late packets are counted" "51 $(cat "$TMPDIR/sent")" "$(sum packets "$udp") 51"
expect_equal "in the root's removed" 21 "$(sum packets "$udp and .removed and .cgroup == \"/\"")"
expect_equal "and took no slot" 0 "$(slots_used)"
busywait 10 equals 0 ids_known
test_result $? "released ones are forgotten"
test_finish
