#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# bill.sh PROMETHEUS BEGIN END [CGROUP]: what was counted between two times, to the byte, as CSV.
#
#	bill.sh http://127.0.0.1:9090 2026-11-01 2026-12-01 /shop.slice
#	bill.sh http://127.0.0.1:9090 2026-11-01 2026-12-01
#
# With CGROUP, a parent that stays: all that it and those below it sent and received, whatever came
# and went there. Without: each cgroup by itself, those that were removed as they were when they
# were scraped last. Times are what date(1) understands. CURL_OPTIONS: users, certificates.
set -eu

[ $# -ge 3 ] || {
	echo "usage: bill.sh PROMETHEUS BEGIN END [CGROUP]" >&2
	exit 2
}
begin=$(date -d "$2" +%s.%N)
end=$(date -d "$3" +%s.%N)
span=$(awk "BEGIN { printf \"%d\", ($end - $begin) * 1000 }")ms

# scraped COUNTER TIME: what the last scrape before that time had. A Prometheus that was restarted
# shows for some minutes what has gone, too.
scraped()
{
	echo "($1 @ $2 and timestamp($1 @ $2) ==" \
		"on (job, instance) group_left () timestamp(sekisho_loaded @ $2))"
}

# At both ends what one reading had; nothing was 0.
of_parent()
{
	escaped=$(printf %s "$1" | sed 's/\\/\\\\\\\\/g; s/[].[*^$+?(){}|]/\\\\&/g; s/"/\\"/g; s,/$,,')
	by="sum by (instance, direction, class)"
	counter="sekisho_cgroup_$2_total{cgroup=~\"$escaped(/.*)?\"}"
	last="$by $(scraped "$counter" "$end")"
	echo "$last - ($by $(scraped "$counter" "$begin") or 0 * $last)"
}

# The last value of each that was there between, less that of the beginning.
of_each()
{
	by="sum by (instance, cgroup, direction, class)"
	counter="sekisho_cgroup_$1_total"
	last="$by (last_over_time(${counter}[$span] @ $end))"
	echo "$last - ($by ($counter @ $begin) or 0 * $last)"
}

# ask PROMETHEUS QUERY CGROUP WHAT
ask()
{
	# shellcheck disable=SC2086 # several words
	if answer=$(curl -sS --fail-with-body ${CURL_OPTIONS:-} "$1/api/v1/query" --data-urlencode "query=$2") &&
		printf '%s\n' "$answer" | jq -er --arg cgroup "$3" --arg what "$4" '.data.result[] |
			[.metric.instance, .metric.cgroup // $cgroup, .metric.direction, .metric.class, $what, .value[1]] | @csv'
	then
		return
	fi
	echo "bill.sh: no answer, or nothing was scraped at these times: $answer" >&2
	exit 1
}

echo "instance,cgroup,direction,class,what,value"
for what in packets bytes; do
	if [ $# -ge 4 ]; then
		ask "$1" "$(of_parent "$4" $what)" "$4" $what
	else
		ask "$1" "$(of_each $what)" "" $what
	fi
done
