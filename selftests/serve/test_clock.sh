#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# serial
# timeout: 60
#
# Somebody sets the clock, by months forth and back: serve goes on as if nothing had happened.
# In guests alone, and serial: others look at this clock, too.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/serve/export.sh
. "$folder/export.sh"
# shellcheck source=selftests/serve/http.sh
. "$folder/http.sh"

# jump DAYS
jump()
{
	date -s "@$(($(date +%s) + $1 * 86400))" >/dev/null
}

# value METRIC [LABEL]
value()
{
	get /metrics | metric "$@"
}

# is VALUE METRIC [LABEL]
# shellcheck disable=SC2317 # by busywait
is()
{
	is_value=$1
	shift
	[ "$(value "$@")" = "$is_value" ]
}

# sent: echo requests that cgroups sent, those that are gone included.
sent()
{
	value sekisho_cgroup_packets_total 'direction="egress"' 'class="icmp_echo_request"'
}

# what_comes_and_goes N: an interface, and the Nth cgroup, which sends once.
what_comes_and_goes()
{
	# shellcheck disable=SC2154 # left and group are set by serve_pair
	ip -n "$left" link add x type veth peer name y && busywait 5 is 6 sekisho_slots_used 'scope="link"' &&
		ip -n "$left" link del x && busywait 5 is 4 sekisho_slots_used 'scope="link"' &&
		mkdir "$group/gone" && talk 1 "$group/gone" && rmdir "$group/gone" &&
		busywait 10 is "$1" sekisho_follow_settled_total 'scope="cgroup"'
}

[ "$SEK_ENV" != native ] || skip_all "the clock of this host is not ours to set"
test_plan 14
serve_pair
test_result $? "topology"
# shellcheck disable=SC2119 # of its own
serve_http && busywait 10 is 4 sekisho_slots_used 'scope="link"'
test_result $? "serve"
talk 10
packets=10
n=0
for days in 400 -800 400; do
	jump $days
	talk 5
	n=$((n + 1))
	packets=$((packets + 5))
	expect_equal "$days days: counts" $packets "$(sent)"
	what_comes_and_goes $n
	test_result $? "$days days: what comes and goes" || diag <"$TMPDIR/serve.err"
	packets=$((packets + 1))
	expect_equal "$days days: nothing is lost" $packets "$(sent)"
	[ "$(value sekisho_scrape_success)" = 1 ] &&
		value sekisho_scrape_duration_seconds | awk '{ exit !($1 >= 0 && $1 < 60) }'
	test_result $? "$days days: a scrape takes its time"
done
test_finish
