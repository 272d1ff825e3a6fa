#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
#
# A month in a minute, with the real parts: Prometheus scrapes serve over TLS, containers come, send
# and go, serve is restarted, killed and upgraded, it and Prometheus are away for a while, and the host
# is booted anew, all of it but that under load. The bill is what was sent, to the byte.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/serve/serve.sh
. "$folder/serve.sh"
# shellcheck source=selftests/serve/export.sh
. "$folder/export.sh"
# shellcheck source=selftests/serve/prometheus.sh
. "$folder/prometheus.sh"

this=$SEKISHO
ledger=$TMPDIR/ledger
prometheus_url=http://127.0.0.1:9090

# begin_serve [COMMAND]: it follows, and keeps the ledger.
begin_serve()
{
	SEKISHO=${1:-$this}
	: >"$TMPDIR/serve"
	run_in "$monitor" "$SEKISHO" serve --netns "$left,$right" --cgroup "$group" \
		--ledger "$ledger" --web.config.file "$TMPDIR/web.yml" >>"$TMPDIR/serve" 2>&1 &
	serve=$!
	defer kill_and_wait "$serve"
	busywait 40 grep -q following "$TMPDIR/serve" && busywait 20 attached "$left" v
}

# shellcheck disable=SC2016 # of bcrypt
hash=$(perl -e 'print crypt("secret", q($2b$06$abcdefghijklmnopqrstuu))')

web_config()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=sekisho \
		-addext subjectAltName=IP:127.0.0.1 -keyout "$TMPDIR/key" -out "$TMPDIR/cert" 2>"$TMPDIR/said" &&
		cat >"$TMPDIR/web.yml" <<-END
			tls_server_config: {cert_file: cert, key_file: key}
			basic_auth_users: {biller: "$hash"}
		END
}

begin_prometheus()
{
	run_in "$monitor" prometheus --config.file="$TMPDIR/prometheus/prometheus.yml" \
		--storage.tsdb.path="$TMPDIR/data" --web.listen-address=127.0.0.1:9090 >>"$TMPDIR/log" 2>&1 &
	prometheus=$!
	defer kill_and_wait "$prometheus"
}

# shellcheck disable=SC2317 # by busywait
scrapes()
{
	answers 1 'up{job="sekisho"}'
}

# ping_from CGROUP NETNS ADDRESS: bursts until the file of its name has gone; how many is in .sent.
ping_from()
{
	ping_n=0
	while [ -e "$TMPDIR/$1" ]; do
		in_cgroup "$group/$1" nsenter --net="/run/netns/$2" ping -q -f -c 100 -W 1 "$3" >/dev/null || break
		ping_n=$((ping_n + 100))
		sleep 0.05
	done
	echo $ping_n >>"$TMPDIR/$1.sent"
}

# Containers that come, send to themselves and go, below /runs.
churn_below()
{
	while [ -e "$TMPDIR/runs" ]; do
		in_ns "$monitor" "$SEK_BUILD/selftests/serve/churn" "$group/runs" 3 7 2
	done >>"$TMPDIR/runs.sent"
}

begin_runs()
{
	touch "$TMPDIR/runs"
	churn_below &
	runs=$!
}

end_runs()
{
	rm "$TMPDIR/runs"
	wait "$runs"
}

begin_load()
{
	begin_runs
	touch "$TMPDIR/alpha.service" "$TMPDIR/beta.service"
	ping_from alpha.service "$left" 10.9.0.2 &
	alpha=$!
	ping_from beta.service "$right" 10.9.0.1 &
	beta=$!
}

end_load()
{
	rm "$TMPDIR/alpha.service" "$TMPDIR/beta.service"
	wait $alpha $beta
	end_runs
}

# sent NAME: by all of its senders.
sent()
{
	awk '{ sum += $1 } END { print sum + 0 }' "$TMPDIR/$1.sent"
}

# more N: so many packets more at the interface: there is load.
# shellcheck disable=SC2317 # by busywait
more()
{
	[ "$(statistic "$left" v tx.packets)" -ge "$1" ]
}

# under_load N: at least N packets more.
under_load()
{
	busywait 30 more $(($(statistic "$left" v tx.packets) + $1))
}

# interface: bytes that the kernel has of it.
interface()
{
	echo "$(statistic "$left" v tx.bytes) $(statistic "$left" v rx.bytes)"
}

# counted QUERY: a whole number, 0 if there is nothing.
counted()
{
	query "$1 or vector(0)" | tr -d '"'
}

# Of its namespace, which has no other: what another version counted is removed there.
# shellcheck disable=SC2317 # by busywait
links()
{
	for direction in egress ingress; do
		counted "sum(sekisho_link_bytes_total{netns=\"$left\",hook=\"tc\",direction=\"$direction\"})"
	done | xargs
}

# Prometheus has what the kernel has; nothing is under way.
# shellcheck disable=SC2317 # by busywait
up_to_date()
{
	scrapes >/dev/null || return
	# shellcheck disable=SC2046 # two numbers
	set -- $(interface) $(links)
	[ "$(($1 - $3))" = "$tx0" ] && [ "$(($2 - $4))" = "$rx0" ] && return
	echo "interface $1 $2, counted $3 $4, before that $tx0 $rx0"
	return 1
}

# bill [CGROUP]: from the shipped script.
bill()
{
	in_ns "$monitor" "$deploy/bill.sh" $prometheus_url "@$begin" "@$end" "$@"
}

# billed CGROUP DIRECTION CLASS <BILL: packets and bytes.
billed()
{
	billed_path=/${group##*/}${1:+/$1}
	awk -F , -v row="\"$billed_path\",\"$2\",\"$3\"" '
		index($0, row) { gsub(/"/, ""); value[$5] += $6 }
		END { printf "%.0f %.0f\n", value["packets"], value["bytes"] }'
}

test_plan 17
setup_pair && setup_ns monitor && setup_cgroup group && web_config &&
	mkdir "$group/alpha.service" "$group/beta.service" "$group/runs" "$group/gamma" "$TMPDIR/prometheus" "$TMPDIR/data" &&
	in_ns "$left" sysctl -qw "net.ipv4.ping_group_range=0 2147483647" &&
	in_ns "$right" sysctl -qw "net.ipv4.ping_group_range=0 2147483647"
test_result $? "topology" || diag <"$TMPDIR/said"
cp "$deploy"/prometheus* "$TMPDIR/prometheus" && sed -i "s/scrape_interval: .*/scrape_interval: 1s/
	/job_name/a\\    scheme: https\\n    tls_config: {ca_file: $TMPDIR/cert}\\n    basic_auth: {username: biller, password: secret}" \
	"$TMPDIR/prometheus/prometheus.yml"
# shellcheck disable=SC2046 # two numbers
set -- $(interface)
tx0=$1
rx0=$2
begin_serve && begin_prometheus && busywait 30 scrapes >"$TMPDIR/said"
test_result $? "Prometheus scrapes" || diag <"$TMPDIR/said"

# What was before the month is not in its bill.
for who in alpha.service gamma; do
	talk 20 "$group/$who"
done
said=$(busywait 30 up_to_date)
test_result $? "before the month" || diag "$said"
begin=$(date +%s.%N)
# shellcheck disable=SC2046 # two numbers
set -- $(interface)
tx_begin=$1
rx_begin=$2

begin_load
talk 30 "$group/gamma"
under_load 200 && kill_and_wait "$serve" && under_load 200 && begin_serve
test_result $? "restarted under load" || diag <"$TMPDIR/serve"
kill -KILL "$serve"
wait "$serve" 2>/dev/null
under_load 200 && begin_serve && under_load 200
test_result $? "killed under load" || diag <"$TMPDIR/serve"
kill_and_wait "$serve"
begin_serve "$SEK_BUILD/next/sekisho" && under_load 200
test_result $? "upgraded under load" || diag <"$TMPDIR/serve"
# A container goes when its last packet was scraped.
said=$(busywait 30 answers $((50 * 84)) "sum(sekisho_cgroup_bytes_total{name=\"gamma\",direction=\"egress\"})") &&
	rmdir "$group/gamma" && busywait 30 answers 0 'count(sekisho_cgroup_bytes_total{name="gamma"}) or vector(0)' >/dev/null
test_result $? "a container is removed" || diag "$said"
kill_and_wait "$prometheus"
under_load 400
begin_prometheus
said=$(busywait 30 scrapes)
test_result $? "Prometheus was away" || diag "$said"
# What is removed in that moment would be the root's.
end_runs
kill_and_wait "$serve"
begin_serve "$SEK_BUILD/other-abi/sekisho" && grep -q "took over" "$TMPDIR/serve" && begin_runs && under_load 200
test_result $? "a version with other maps, under load" || diag <"$TMPDIR/serve"

# A shutdown ends what sends, then serve.
end_load
kill_and_wait "$serve"
"$SEKISHO" unload >/dev/null && cat /proc/sys/kernel/random/uuid >"$TMPDIR/boot" &&
	mount --bind "$TMPDIR/boot" /proc/sys/kernel/random/boot_id && begin_serve "$SEKISHO"
test_result $? "booted anew" || diag <"$TMPDIR/serve"
begin_load
under_load 400
end_load
said=$(busywait 30 up_to_date)
test_result $? "the end of the month" || diag "$said"
end=$(date +%s.%N)

# shellcheck disable=SC2046 # two numbers
set -- $(interface)
expect_equal "bytes of the interface, as the kernel has them" "$(($1 - tx_begin)) $(($2 - rx_begin))" \
	"$(for direction in egress ingress; do
		one="sum(sekisho_link_bytes_total{netns=\"$left\",hook=\"tc\",direction=\"$direction\"}"
		counted "$one @ $end) - $one @ $begin)"
	done | xargs)"
bill >"$TMPDIR/bill" && bill "/${group##*/}" >"$TMPDIR/all" && bill "/${group##*/}/runs" >"$TMPDIR/parent"
test_result $? "a bill"
n=$(sent alpha.service)
expect_equal "alpha: $n echo requests" "$n $((n * 84))" \
	"$(billed alpha.service egress icmp_echo_request <"$TMPDIR/bill")"
expect_equal "gamma, which is gone: 30 of them" "30 $((30 * 84))" \
	"$(billed gamma egress icmp_echo_request <"$TMPDIR/bill")"
n=$(sent runs)
expect_equal "runs: $n datagrams of those that came and went" "$n $((n * 128))" \
	"$(billed runs egress udp <"$TMPDIR/parent")"
n=$(($(sent alpha.service) + $(sent beta.service) + 30))
expect_equal "all: $n echo requests" "$n $((n * 84))" \
	"$(billed "" egress icmp_echo_request <"$TMPDIR/all")"
umount -l /proc/sys/kernel/random/boot_id 2>/dev/null
test_finish
