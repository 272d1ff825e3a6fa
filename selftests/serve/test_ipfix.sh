#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
#
# IPFIX: what nfcapd collects adds up to what sekisho counted; tshark reads what we write.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/serve/export.sh
. "$folder/export.sh"

# collect NAME: a collector, whose files are in that directory; its process is $collector.
collect()
{
	mkdir "$TMPDIR/$1"
	run_in "$monitor" nfcapd -p 9995 -b 127.0.0.1 -w "$TMPDIR/$1" -t 3600 >"$TMPDIR/$1.log" 2>&1 &
	collector=$!
	defer kill_and_wait "$collector"
	busywait 5 grep -q Startup "$TMPDIR/$1.log"
}

# It has read all that was sent, and waits for more.
is_idle()
{
	[ "$(in_ns "$monitor" ss -Huan 'sport = :9995' | awk '{ print $2 }')" = 0 ] &&
		grep -q '^State:.S' "/proc/$collector/status"
}

# What it has not read when it is told to end is lost.
end_collector()
{
	busywait 10 is_idle
	kill_and_wait "$collector"
}

# collected NAME FIELD: the sum over all records.
collected()
{
	nfdump -R "$TMPDIR/$1" -o csv | python3 -c '
import csv, sys
print(sum(int(r[sys.argv[1]]) for r in csv.DictReader(sys.stdin) if (r["ipkt"] or "").isdigit()))' \
		"$2"
}

# counted FIELD: by all cgroups.
counted()
{
	"$SEKISHO" -j show cgroup | jq "[.[].$1] | add // 0"
}

exporter()
{
	in_ns "$monitor" "$SEKISHO" export --ipfix 127.0.0.1:9995 --scope cgroup "$@"
}

# The collector's own last words: "... Flows: 22, Packets: 414, Bytes: 40380, Sequence Errors: 0"
said()
{
	sed -n "s/.*$2: \([0-9]*\).*/\1/p" "$TMPDIR/$1.log" | tail -n 1
}

has_records()
{
	tshark -r "$TMPDIR/ipfix.pcap" -d udp.port==9995,cflow -Y cflow.packets 2>/dev/null | grep -q .
}

test_plan 21
serve_pair && setup_ns monitor
test_result $? "topology"
talk 10
collect once
test_result $? "collector"
exporter --once
test_result $? "all that was counted so far"
end_collector
expect_equal "packets" "$(counted packets)" "$(collected once ipkt)"
expect_equal "bytes" "$(counted bytes)" "$(collected once ibyt)"
expect_equal "as the collector says" "$(counted packets)" "$(said once "Flows: [0-9]*, Packets")"

collect deltas
packets=$(counted packets)
bytes=$(counted bytes)
run_in "$monitor" tcpdump -i lo -U -w "$TMPDIR/ipfix.pcap" udp port 9995 2>"$TMPDIR/tcpdump" &
dump=$!
defer kill_and_wait "$dump"
busywait 5 grep -q 'listening on' "$TMPDIR/tcpdump"
run_in "$monitor" "$SEKISHO" export --ipfix 127.0.0.1:9995 --scope cgroup --interval 1 \
	2>"$TMPDIR/error" &
exporter=$!
defer kill_and_wait "$exporter"
busywait 5 grep -q 'records to' "$TMPDIR/error"
# What goes between two readings is not lost, nor is it counted twice when it is settled.
mkdir "$group/brief"
talk 60
talk 30 "$group/brief"
busywait 5 has_records
rmdir "$group/brief"
"$SEKISHO" serve --once --netns "$left,$right" --cgroup "$group" --linger 0 2>"$TMPDIR/serve"
talk 20
kill "$exporter" && wait "$exporter"
test_result $? "ends when it is told to" || diag <"$TMPDIR/error"
end_collector
kill_and_wait "$dump"
expect_equal "packets since then" $(($(counted packets) - packets)) "$(collected deltas ipkt)"
expect_equal "bytes since then" $(($(counted bytes) - bytes)) "$(collected deltas ibyt)"
expect_equal "no message was missed" 0 "$(said deltas 'Sequence Errors')"
expect_equal "nor bad" 0 "$(said deltas 'Bad Packets')"

# A service that is started again within an interval: another cgroup of the same name.
collect again
mkdir "$group/again"
talk 30 "$group/again"
run_in "$monitor" "$SEKISHO" export --ipfix 127.0.0.1:9995 --scope cgroup --interval 600 \
	2>"$TMPDIR/error" &
exporter=$!
defer kill_and_wait "$exporter"
busywait 5 grep -q 'records to' "$TMPDIR/error"
packets=$(counted packets)
bytes=$(counted bytes)
rmdir "$group/again"
"$SEKISHO" serve --once --netns "$left,$right" --cgroup "$group" --linger 0 2>"$TMPDIR/serve"
mkdir "$group/again"
talk 10 "$group/again"
kill "$exporter" && wait "$exporter"
end_collector
expect_equal "packets of one that was made anew" $(($(counted packets) - packets)) \
	"$(collected again ipkt)"
expect_equal "and its bytes" $(($(counted bytes) - bytes)) "$(collected again ibyt)"

tshark -r "$TMPDIR/ipfix.pcap" -d udp.port==9995,cflow -V >"$TMPDIR/tshark" 2>/dev/null
grep -q 'Version: 10' "$TMPDIR/tshark" && ! grep -qi malformed "$TMPDIR/tshark"
test_result $? "tshark reads it"
grep -q "/${group##*/}\$" "$TMPDIR/tshark"
test_result $? "with the cgroup's path"
grep -q 'icmp_echo_request' "$TMPDIR/tshark"
test_result $? "and the class"

exporter --once 2>"$TMPDIR/away"
[ "$(counted packets)" -gt 0 ]
test_result $? "a collector that is away"
fails_with "is no address" "$SEKISHO" export --ipfix nowhere
test_result $? "no address"
fails_with "ipfix sends link and cgroup" exporter --once --scope link,peer
test_result $? "a scope without records"
fails_with "output is not for --ipfix" exporter --once --output "$TMPDIR/x" && [ ! -e "$TMPDIR/x" ]
test_result $? "an option of the text formats"
"$SEKISHO" unload >/dev/null
fails_with "not loaded" exporter --once
test_result $? "nothing loaded"
test_finish
