#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
#
# serve's HTTP: pages, negotiation, clients that are broken, slow, or very many.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/serve/export.sh
. "$folder/export.sh"
# shellcheck source=selftests/serve/http.sh
. "$folder/http.sh"

# content_type OPTION...: what /metrics is then.
content_type()
{
	get /metrics -o /dev/null -w '%{content_type}' "$@"
}

text='text/plain; version=0.0.4; charset=utf-8'
open='application/openmetrics-text; version=1.0.0; charset=utf-8'

# raw <BYTES: the first line of the answer to what is no request.
raw()
{
	curl -s --max-time 5 "telnet://127.0.0.1:$(port)" | head -n 1 | tr -d '\r'
}

port()
{
	url | sed 's/.*://'
}

# crowd WHAT N: clients in the background, until their stdin is closed.
crowd()
{
	mkfifo "$TMPDIR/$1"
	python3 "$folder/clients.py" "$1" "$(port)" "$2" <"$TMPDIR/$1" >"$TMPDIR/$1.out" &
	defer kill_and_wait $!
	exec 9>"$TMPDIR/$1"
	busywait 20 grep -q ready "$TMPDIR/$1.out"
}

dropped()
{
	get /metrics | metric sekisho_http_connections_dropped_total
}

has_dropped()
{
	[ "$(dropped)" -gt "$1" ]
}

test_plan 36
serve_pair
test_result $? "topology"
serve_http
test_result $? "serve"
talk 10
expect_equal "counters" 10 "$(get /metrics | metric sekisho_cgroup_packets_total \
	'direction="egress"' 'class="icmp_echo_request"')"
expect_equal "the same as JSON" 10 "$(get /json | jq '[.[] | select(.scope == "cgroup" and
	.direction == "egress" and .class == "icmp_echo_request") | .packets] | add')"
said=$(get /metrics | promtool check metrics 2>&1) && [ -z "$said" ]
test_result $? "promtool has nothing to say" || diag "$said"
get / | grep -q 'href="/metrics"'
test_result $? "a landing page"
expect_equal "healthy" OK "$(get /-/healthy)"
expect_equal "not found" 404 "$(status /nothing)"
expect_equal "not allowed" 405 "$(status /metrics -X POST -d x)"
expect_equal "HEAD" 200 "$(status /metrics --head)"

expect_equal "text by default" "$text" "$(content_type -H Accept:)"
expect_equal "what Prometheus asks for" "$open" "$(content_type -H 'Accept: application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1')"
expect_equal "preference" "$text" \
	"$(content_type -H 'Accept: application/openmetrics-text;q=0.1, text/plain;q=0.9')"
expect_equal "another version" "$text" \
	"$(content_type -H 'Accept: application/openmetrics-text;version=0.0.1, */*;q=0.1')"
expect_equal "a browser" "$text" "$(content_type -H 'Accept: text/html,*/*;q=0.8')"
expect_equal "nothing that there is" "$text" "$(content_type -H 'Accept: image/png')"
expect_equal "one connection for several requests" 1 "$(get /metrics -o /dev/null \
	"$(url)/json" -o /dev/null "$(url)/" -v 2>&1 | grep -c 'Connected to')"

expect_equal "no HTTP" "HTTP/1.1 400 Bad Request" "$(printf 'what is this\r\n\r\n' | raw)"
expect_equal "a header of a million bytes" "HTTP/1.1 431 Request Header Fields Too Large" \
	"$({ printf 'GET / HTTP/1.1\r\nX: ' && head -c 1000000 /dev/zero | tr '\0' a; } | raw)"
head -c 100000 /dev/urandom | raw >/dev/null
expect_equal "still there" 200 "$(status /metrics)"

crowd idle 1500
test_result $? "1,500 connections that say nothing"
expect_equal "others are answered" 200 "$(status /metrics)"
busywait 20 has_dropped 500
test_result $? "they are closed"
exec 9>&-
crowd slow 300
test_result $? "300 that do not read"
expect_equal "others are answered then, too" 200 "$(status /metrics)"
exec 9>&-
memory=$(get /metrics | metric process_resident_memory_bytes)
[ "$memory" -lt $((64 * 1024 * 1024)) ]
test_result $? "all this has cost less than 64 MiB" || diag "$memory"

counted=$(get /metrics | metric sekisho_cgroup_packets_total 'direction="egress"')
talk 50 &
answers=$(python3 "$folder/clients.py" scrape "$(port)" $((10000 / SEK_FACTOR)))
wait $!
expect_equal "10,000 scrapes at once" "$((10000 / SEK_FACTOR)) answers" "$answers"
expect_equal "no packet was missed" $((counted + 50)) \
	"$(get /metrics | metric sekisho_cgroup_packets_total 'direction="egress"')"

fails_with "Address already in use.*another program has this port" \
	"$SEKISHO" serve --web.listen-address "127.0.0.1:$(port)"
test_result $? "a port that is taken"
fails_with "is no address" "$SEKISHO" serve --web.listen-address localhost
test_result $? "no address"
library=$(ldconfig -p | sed -n 's/.*libmicrohttpd\.so\.12 .*=> //p' | head -n 1)
mount --bind /dev/null "$(realpath "$library")"
fails_with "needs libmicrohttpd.so.12" "$SEKISHO" serve --web.listen-address 127.0.0.1:0
test_result $? "without its library"
"$SEKISHO" show link -j >"$TMPDIR/links"
test_result $? "others do without"
umount "$(realpath "$library")"
kill "$serve" && wait "$serve"
test_result $? "ends when it is told to"

python3 "$folder/clients.py" listen "$SEKISHO" serve --netns "$left" --cgroup "$group" \
	--web.listen-address 127.0.0.1:1 >"$TMPDIR/port" 2>"$TMPDIR/serve.err" &
serve=$!
defer kill_and_wait "$serve"
busywait 5 has_url
expect_equal "systemd's socket" "http://127.0.0.1:$(cat "$TMPDIR/port")" "$(url)"
expect_equal "is answered at" 200 "$(status /metrics)"
kill_and_wait "$serve"
"$SEKISHO" unload >/dev/null
"$SEKISHO" serve --netns "$left" --cgroup "$group" --web.listen-address 127.0.0.1 2>/dev/null
[ ! -e /sys/fs/bpf/sekisho ]
test_result $? "what fails attaches nothing"
test_finish
