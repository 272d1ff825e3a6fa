#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
#
# One-shot export: every format, the numbers of the kernel, names of any kind.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/serve/export.sh
. "$folder/export.sh"

# Words of PromQL's parser, not only ours.
promtool_is_silent()
{
	said=$(promtool check metrics 2>&1) && [ -z "$said" ] && return
	diag "$said"
	return 1
}

test_plan 21
fails_with "not loaded" "$SEKISHO" export --once
test_result $? "nothing to export before load"
serve_pair
test_result $? "topology"
before=$(statistic "$left" v tx.packets)
bytes=$(statistic "$left" v tx.bytes)
talk 20
"$SEKISHO" export --once >"$TMPDIR/text"
test_result $? "export"
expect_equal "packets that the interface sent" $(($(statistic "$left" v tx.packets) - before)) \
	"$(metric sekisho_link_packets_total "netns=\"$left\"" 'direction="egress"' <"$TMPDIR/text")"
expect_equal "and bytes" $(($(statistic "$left" v tx.bytes) - bytes)) \
	"$(metric sekisho_link_bytes_total "netns=\"$left\"" 'direction="egress"' <"$TMPDIR/text")"
expect_equal "bytes that the cgroup sent" $((20 * 84)) \
	"$(metric sekisho_cgroup_bytes_total 'direction="egress"' \
		'class="icmp_echo_request"' <"$TMPDIR/text")"
expect_equal "times that the program ran" 20 \
	"$(metric sekisho_program_runs_total 'program="sek_cgroup_egress"' <"$TMPDIR/text")"
promtool_is_silent <"$TMPDIR/text"
test_result $? "promtool has nothing to say"

"$SEKISHO" export --format openmetrics >"$TMPDIR/openmetrics"
expect_equal "OpenMetrics ends as it should" "# EOF" "$(tail -n 1 "$TMPDIR/openmetrics")"
expect_equal "and has the same numbers" \
	"$(grep -v '^#' "$TMPDIR/text")" "$(grep -v '^#' "$TMPDIR/openmetrics")"
expect_equal "InfluxDB" 20 "$("$SEKISHO" export -f influx |
	sed -n 's/.*sekisho_cgroup.*egress.*icmp_echo_request.* packets=\([0-9]*\)i.*/\1/p')"
expect_equal "CSV" 20 "$("$SEKISHO" export -f csv -s cgroup | python3 -c '
import csv, sys
print(sum(int(r["packets"]) for r in csv.DictReader(sys.stdin) if r["direction"] == "egress"))')"
expect_equal "JSON" 20 "$("$SEKISHO" export -j |
	jq '[.[] | select(.scope == "cgroup" and .direction == "egress") | .packets] | add')"

"$SEKISHO" export --by direction >"$TMPDIR/by"
expect_equal "sums over what is not chosen" "$(printf '%s\n' \
	'sekisho_cgroup_packets_total{direction="ingress"} 20' \
	'sekisho_cgroup_packets_total{direction="egress"} 20')" \
	"$(grep '^sekisho_cgroup_packets' "$TMPDIR/by")"
expect_equal "but not over links" 4 "$(grep -c '^sekisho_link_packets' "$TMPDIR/by")"

# A file appears whole or not at all, and is for others to read.
"$SEKISHO" export --once --output "$TMPDIR/sekisho.prom"
[ "$(stat -c %a "$TMPDIR/sekisho.prom")" = 644 ] && promtool_is_silent <"$TMPDIR/sekisho.prom"
test_result $? "textfile"
mkdir "$TMPDIR/full" && mount -t tmpfs -o size=4k full "$TMPDIR/full" && defer umount "$TMPDIR/full"
echo old >"$TMPDIR/full/f.prom"
fails_with "No space left" "$SEKISHO" export --once -o "$TMPDIR/full/f.prom" &&
	[ "$(ls "$TMPDIR/full")" = f.prom ] && [ "$(cat "$TMPDIR/full/f.prom")" = old ]
test_result $? "a full disk leaves the file as it was"

# Names from outside: all that a cgroup may be called, which is all but a newline.
odd=$group/$(printf 'a"b\\c d\377é,=')
mkdir "$odd" && talk 7 "$odd"
test_result $? "a cgroup with an odd name sends"
"$SEKISHO" export --once >"$TMPDIR/odd"
promtool_is_silent <"$TMPDIR/odd"
test_result $? "promtool still has nothing to say"
expect_equal "the name is escaped" 7 "$(metric sekisho_cgroup_packets_total \
	'name="a\"b\\c d\\xffé,="' 'direction="egress"' <"$TMPDIR/odd")"
"$SEKISHO" unload >/dev/null
fails_with "there is no LABEL\|'no'" "$SEKISHO" export --by no
test_result $? "a wrong label is an error"
test_finish
