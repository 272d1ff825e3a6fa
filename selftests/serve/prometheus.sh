# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # what the tests set
#
# What the tests with a real Prometheus share; in the namespace $monitor, with serve_pair().

deploy=$top/examples/deploy

start_serve()
{
	run_in "$monitor" "$SEKISHO" serve --netns "$left,$right" --cgroup "$group" \
		>"$TMPDIR/serve" 2>&1 &
	serve=$!
	defer kill_and_wait "$serve"
}

# What the monitoring host has: the shipped files, as they are, but for how often.
start_prometheus()
{
	mkdir "$TMPDIR/prometheus" "$TMPDIR/data" && cp "$deploy"/prometheus* "$TMPDIR/prometheus" &&
		sed -i 's/scrape_interval: .*/scrape_interval: 1s/; 1i global: {evaluation_interval: 1s}' \
			"$TMPDIR/prometheus/prometheus.yml" || return
	run_in "$monitor" prometheus --config.file="$TMPDIR/prometheus/prometheus.yml" \
		--storage.tsdb.path="$TMPDIR/data" --web.listen-address=127.0.0.1:9090 \
		>"$TMPDIR/log" 2>&1 &
	defer kill_and_wait $!
}

# query PROMQL: the first value of the answer.
query()
{
	in_ns "$monitor" curl -sS --max-time 5 http://127.0.0.1:9090/api/v1/query \
		--data-urlencode "query=$1" | json '.data.result[0].value[1]'
}

# answers VALUE PROMQL
answers()
{
	found=$(query "$2")
	[ "$found" = "$1" ] || { echo "$found instead of $1"; return 1; }
}
