#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
#
# A real Prometheus scrapes serve; what PromQL answers is what the kernel counted. And promtool
# accepts the rules that are shipped.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/serve/export.sh
. "$folder/export.sh"

# shellcheck source=selftests/serve/prometheus.sh
. "$folder/prometheus.sh"

# equal NAME VALUE PROMQL: after the next scrape, or the one after it.
equal()
{
	said=$(busywait 15 answers "$2" "$3") || diag "$said"
	answers "$2" "$3" >/dev/null
	test_result $? "$1"
}

test_plan 16
serve_pair && setup_ns monitor
test_result $? "topology"
packets=$(statistic "$left" v tx.packets)
bytes=$(statistic "$left" v tx.bytes)
start_serve
start_prometheus
said=$(busywait 30 answers 1 'up{job="sekisho"}') || diag "$said"
query 'up{job="sekisho"}' | grep -q 1
test_result $? "Prometheus scrapes" || diag <"$TMPDIR/serve"
talk 30
equal "packets of the interface, as the kernel has them" \
	$(($(statistic "$left" v tx.packets) - packets)) \
	"sum(sekisho_link_packets_total{netns=\"$left\",hook=\"tc\",direction=\"egress\"})"
equal "bytes of the interface" $(($(statistic "$left" v tx.bytes) - bytes)) \
	"sum(sekisho_link_bytes_total{netns=\"$left\",hook=\"tc\",direction=\"egress\"})"
equal "bytes of the cgroup" $((30 * 84)) \
	"sekisho_cgroup_bytes_total{direction=\"egress\",class=\"icmp_echo_request\"}"
equal "what came back" 30 \
	"sekisho_cgroup_packets_total{direction=\"ingress\",class=\"icmp_echo_reply\"}"
equal "slots" 1 "sekisho_slots_used{scope=\"cgroup\"}"
equal "a scrape that succeeds" 1 "sekisho_scrape_success"

# A restart is no reset: what the kernel counts meanwhile is there.
kill_and_wait "$serve"
talk 12
start_serve
equal "after a restart of serve" $((42 * 84)) \
	"sekisho_cgroup_bytes_total{direction=\"egress\",class=\"icmp_echo_request\"}"
equal "no counter was reset" 0 \
	"sum(resets(sekisho_cgroup_bytes_total[5m])) + sum(resets(sekisho_link_bytes_total[5m]))"
busywait 15 query 'instance_class:sekisho_cgroup_packets:rate5m > 0' >/dev/null
test_result $? "recording rules"
equal "no alert" 0 'count(ALERTS{alertstate="firing"}) or vector(0)'
promtool check rules "$deploy/prometheus-rules.yml" >"$TMPDIR/said" 2>&1
test_result $? "promtool accepts the rules" || diag <"$TMPDIR/said"
(cd "$deploy" && promtool test rules prometheus-rules-test.yml) >"$TMPDIR/said" 2>&1
test_result $? "rules compute what they should" || diag <"$TMPDIR/said"
promtool check config "$TMPDIR/prometheus/prometheus.yml" >"$TMPDIR/said" 2>&1
test_result $? "promtool accepts the configuration" || diag <"$TMPDIR/said"
in_ns "$monitor" promtool query instant http://127.0.0.1:9090 sekisho_build_info |
	grep -q "version=\"$("$SEKISHO" --version | cut -d ' ' -f 2)\""
test_result $? "the version"
test_finish
