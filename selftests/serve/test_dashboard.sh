#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 180
#
# Each query of the dashboard and each rule that is shipped is put to a real Prometheus that
# scraped a real sekisho with traffic: all answer, and with what they should.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/serve/export.sh
. "$folder/export.sh"
# shellcheck source=selftests/serve/prometheus.sh
. "$folder/prometheus.sh"

# A scrape each second, instead of one in 15.
interval=10s
range=15s

# ask PROMQL: the whole answer, at the time $at.
ask()
{
	in_ns "$monitor" curl -sS --max-time 5 http://127.0.0.1:9090/api/v1/query \
		--data-urlencode "query=$1" --data-urlencode "time=$at"
}

# value PROMQL: the one value of the answer.
value()
{
	ask "$1" | json '.data.result | if length == 1 then .[0].value[1] | tonumber else error end'
}

# panel TITLE [N]: its N-th query, with its variables as Grafana fills them in.
panel()
{
	jq -r --arg title "$1" --argjson n "${2:-0}" \
		'.panels[] | select(.title == $title) | .targets[$n].expr' "$deploy/grafana-dashboard.json" |
		sed "s/\$__rate_interval/$interval/g; s/\$__range/$range/g; s/\$[a-z]*/.*/g"
}

# near NAME A B: they are within a tenth of each other, and not nothing.
near()
{
	awk -v a="${2:-0}" -v b="${3:-0}" 'BEGIN {
		d = a > b ? a - b : b - a
		exit !(a > 0 && b > 0 && d <= 0.1 * b)
	}'
	test_result $? "$1" || diag "$2, and $3"
}

# The panels whose queries have no answer.
silent()
{
	jq -r '.panels[] | .title as $title | .targets // [] | keys[] | "\(.) \($title)"' \
		"$deploy/grafana-dashboard.json" >"$TMPDIR/panels"
	while read -r n title; do
		ask "$(panel "$title" "$n")" </dev/null >"$TMPDIR/answer"
		json '.status == "success"' "$TMPDIR/answer" >/dev/null || echo "refused: $(panel "$title" "$n")"
		json '.data.result | length > 0' "$TMPDIR/answer" >/dev/null || echo "$title"
	done <"$TMPDIR/panels"
}

# The variables: values to choose from.
variables_answer()
{
	for metric_label in sekisho_loaded:instance sekisho_cgroup_packets_total:name \
		sekisho_link_packets_total:netns; do
		jq -r '.templating.list[].query | objects | .query' "$deploy/grafana-dashboard.json" |
			grep -q "^label_values(${metric_label%:*}[{,].*, *${metric_label#*:})\|^label_values(${metric_label%:*}, ${metric_label#*:})" || return
		in_ns "$monitor" curl -sS -G "http://127.0.0.1:9090/api/v1/label/${metric_label#*:}/values" \
			--data-urlencode "match[]=${metric_label%:*}" | json '.data | length > 0' >/dev/null || return
	done
}

# What a rule recorded is what its expression gives for the time when it did.
recorded()
{
	jq -r '.data.groups[].rules[] | select(.type == "recording") | "\(.name)\t\(.query)"' \
		<"$TMPDIR/rules" >"$TMPDIR/recording"
	while IFS="	" read -r name expr; do
		at=$(date +%s.%N)
		at=$(ask "max(timestamp($name))" </dev/null | json -r '.data.result[0].value[1]') || return
		ask "sum($name)" </dev/null | json -r '.data.result[0].value[1]' >"$TMPDIR/one"
		ask "sum($expr)" </dev/null | json -r '.data.result[0].value[1]' >"$TMPDIR/other"
		paste "$TMPDIR/one" "$TMPDIR/other" | awk -v name="$name" '
			!($1 > 0 && $2 > 0 && $1 / $2 > 0.9 && $1 / $2 < 1.1) {
				print name, "is", $1, "instead of", $2
				bad = 1
			}
			END { exit bad || !NR }' || return
	done <"$TMPDIR/recording"
	[ "$(wc -l <"$TMPDIR/recording")" -eq 4 ]
}

firing()
{
	answers 1 "count(ALERTS{alertname=\"$1\",alertstate=\"firing\"})"
}

# What Prometheus makes of rules: none is broken.
rules_healthy()
{
	in_ns "$monitor" curl -sS http://127.0.0.1:9090/api/v1/rules >"$TMPDIR/rules"
	json '[.data.groups[].rules[] | .health] | length == 11 and all(.[]; . == "ok")' "$TMPDIR/rules" >/dev/null
}

# Room for two cgroups; who comes third is nobody's.
test_plan 21
# A raw socket is given every echo reply; those of ping's own kind, their own.
setup_cgroup group && setup_pair && setup_ns monitor &&
	in_ns "$left" sysctl -qw "net.ipv4.ping_group_range=0 2147483647" && mkdir "$group/talker.service" "$group/big.service" \
	"$group/third.service" &&
	"$SEKISHO" load --netns "$left,$right" --cgroup "$group" --cgroup-slots 2 >"$TMPDIR/load"
test_result $? "topology"
start_serve
start_prometheus && sed -i 's/^\( *for:\).*/\1 1s/' "$TMPDIR/prometheus/prometheus-rules.yml"
busywait 30 answers 1 'up{job="sekisho"}' >"$TMPDIR/said"
test_result $? "Prometheus scrapes" || diag <"$TMPDIR/said"

for sender in "talker.service 0.05 56" "big.service 0.2 3000"; do
	# shellcheck disable=SC2086 # three words
	set -- $sender
	in_cgroup "$group/$1" nsenter --net="/run/netns/$left" \
		ping -q -i "$2" -s "$3" 10.9.0.2 >/dev/null &
	defer kill_and_wait $!
done
busywait 10 answers 2 'count(count by (name) (sekisho_cgroup_bytes_total{name=~".*[.]service"}))' >/dev/null
in_cgroup "$group/third.service" nsenter --net="/run/netns/$left" ping -q -i 0.2 10.9.0.2 >/dev/null &
defer kill_and_wait $!
# Until no window begins before its series.
busywait 60 query "count(sekisho_overflow_packets_total offset 17s > 0) > 0 and on()
	count(sekisho_cgroup_bytes_total offset 17s) > 0" >/dev/null
test_result $? "traffic"
at=$(date +%s.%N)

# There is no WireGuard here.
expect_equal "each panel but this has something to draw" "Encrypted on a container's behalf" "$(silent)"
variables_answer
test_result $? "and each variable something to choose from"

# An echo of 56 bytes is a packet of 84, and a frame of 98.
requests=$(value "$(panel "Packets of the chosen containers, by class and direction") *
	on(name, class, direction) group_left() (0 * max by (name, class, direction)
	(sekisho_cgroup_packets_total{name=\"talker.service\",class=\"icmp_echo_request\"}) + 1)")
near "packets of a container, by class: what ping sends" "$requests" "$(value \
	"rate(sekisho_cgroup_packets_total{name=\"talker.service\",class=\"icmp_echo_request\"}[$interval])")"
near "bits of a container, by class: what ping sends" "$(value \
	"($(panel "Bits of the chosen containers, by class and direction")) and on(name, class, direction)
	sekisho_cgroup_packets_total{name=\"talker.service\",class=\"icmp_echo_request\"}")" \
	"$(awk "BEGIN { print $requests * 84 * 8 }")"
near "sent, by container" "$(value "($(panel "Sent, by container")) and on(name)
	sekisho_cgroup_packets_total{name=\"talker.service\",direction=\"egress\"}")" \
	"$(awk "BEGIN { print $requests * 84 * 8 }")"
near "received, by container" "$(value "($(panel "Received, by container")) and on(name)
	sekisho_cgroup_packets_total{name=\"talker.service\",direction=\"ingress\"}")" \
	"$(awk "BEGIN { print $requests * 84 * 8 }")"
near "packets, by class" "$(value "sum(($(panel "Packets, by class")) and on(class)
	sekisho_cgroup_packets_total{class=\"icmp_echo_request\"})")" \
	"$(value "sum(rate(sekisho_cgroup_packets_total{class=\"icmp_echo_request\"}[$interval]))")"
near "interfaces, received" "$(value "sum($(panel "Interfaces, received"))")" \
	"$(value "8 * sum(rate(sekisho_link_bytes_total{hook=\"tc\",direction=\"ingress\"}[$interval]))")"
near "interfaces, sent: all of it local" "$(value "sum($(panel "Interfaces, sent: local and forwarded"))")" \
	"$(value "sum(($(panel "Interfaces, sent: local and forwarded")) and on(route)
	sekisho_link_packets_total{route=\"local_out\"})")"
near "as much as the kernel's interfaces send" "$(value "sum($(panel "Interfaces, received"))")" \
	"$(value "sum($(panel "Interfaces, sent: local and forwarded"))")"
near "bytes in the chosen time" "$(value "sum(($(panel "Bytes in the chosen time, by container")) and on(name, direction)
	sekisho_cgroup_packets_total{name=\"talker.service\",direction=\"egress\"})")" \
	"$(value "84 * increase(sekisho_cgroup_packets_total{name=\"talker.service\",class=\"icmp_echo_request\"}[$range])")"
expect_equal "slots in use" 1 "$(value "($(panel "sekisho itself" 1)) and on(scope) sekisho_slots{scope=\"cgroup\"}")"

busywait 10 rules_healthy
test_result $? "Prometheus evaluates all rules" || jq -c '.data.groups[].rules[]' "$TMPDIR/rules" | diag
said=$(recorded)
test_result $? "rules record what they say" || diag "$said"
said=$(busywait 30 firing SekishoOverflow)
test_result $? "alert: packets without a payer" || diag "$said"
said=$(busywait 30 firing SekishoSlotsRunOut)
test_result $? "alert: no slots left" || diag "$said"
expect_equal "no other alert" 2 "$(query 'count(ALERTS{alertstate="firing"})' | tr -d '"')"
kill_and_wait "$serve"
said=$(busywait 30 firing SekishoDown)
test_result $? "alert: nobody answers" || diag "$said"
test_finish
