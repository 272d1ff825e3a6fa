#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# serial
# timeout: 300
#
# The systemd unit and socket that are shipped, under a systemd that is process 1 of a container
# (systemd.sh), or of a guest (selftests/vm/run.sh -s -t 900 6.12 -- env SEK_SYSTEMD=1 SEK_FACTOR=5
# selftests/serve/test_unit.sh).
# Installed, started by a scrape, restarted, killed and upgraded under traffic, stopped.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
if [ -z "${SEK_SYSTEMD:-}" ]; then
	[ -x /lib/systemd/systemd ] || skip_all "no systemd"
	unset SEK_OWN_TMPDIR
	"$folder/systemd.sh" "$TMPDIR/output" "$folder/test_unit.sh"
	status=$?
	cat "$TMPDIR/output"
	exit "$status"
fi
# shellcheck source=selftests/serve/serve.sh
. "$folder/serve.sh"
# shellcheck source=selftests/serve/export.sh
. "$folder/export.sh"

# What the unit leaves it, and serve itself keeps: DAC_READ_SEARCH, NET_BROADCAST, NET_ADMIN,
# SYS_PTRACE, SYS_ADMIN, PERFMON and BPF.
rights=000000c000281804
# As systemd-analyze security has it, tenfold: what was measured.
exposure=47

main_pid()
{
	systemctl show -P MainPID sekisho.service
}

scrape()
{
	# As long as a busy machine takes to load programs, when it starts the service.
	curl -sS --max-time $((30 * SEK_FACTOR)) http://127.0.0.1:20435/metrics >"$TMPDIR/metrics"
}

# active_again PID: it is another process now.
# shellcheck disable=SC2317 # by busywait
active_again()
{
	systemctl is-active --quiet sekisho.service && [ "$(main_pid)" != "$1" ]
}

# loaded_is VERSION: it ends so.
# shellcheck disable=SC2317 # by busywait
loaded_is()
{
	scrape && grep '^sekisho_build_info' "$TMPDIR/metrics" | grep -q "loaded_version=\"[^\"]*$1\""
}

sandboxed()
{
	process=/proc/$(main_pid)/status
	grep -q "^CapEff:	$rights" "$process" && grep -q "^CapBnd:	$rights" "$process" &&
		grep -q '^NoNewPrivs:	1' "$process" && grep -q '^Seccomp:	2' "$process" && return
	grep -E '^(Cap|NoNewPrivs|Seccomp)' "$process" | diag
	return 1
}

# run_unit NAME SLICE N SECONDS: a unit of its own that sends N echo requests from left.
run_unit()
{
	# shellcheck disable=SC2154 # left is set by setup_pair
	systemd-run -q --collect --unit="$1" --slice="$2" -p Type=oneshot \
		-p NetworkNamespacePath="/run/netns/$left" ping -q -c "$3" -i "$4" 10.9.0.2
}

# stay_unit NAME SLICE: one that sends 20, and stays, as its name does.
stay_unit()
{
	systemd-run -q --collect --unit="$1" --slice="$2" -p NetworkNamespacePath="/run/netns/$left" \
		sh -c "ping -q -c 20 -i 0.01 10.9.0.2; exec sleep 1000"
	defer systemctl stop "$1"
}

# unit_row NAME: what show has of its requests.
unit_row()
{
	"$SEKISHO" -j show cgroup --class icmp_echo_request | jq -r "[.[] | select(.unit == \"$1\" and
		.direction == \"egress\")][0] | \"\(.cgroup) \(.slice) \(.packets)\""
}

sent()
{
	"$SEKISHO" -j show cgroup | jq "[.[] | select(.direction == \"egress\" and
		.class == \"icmp_echo_request\") | .$1] | add // 0"
}

# What the kernel counted at the interface and we did not: packets and bytes of each direction.
difference()
{
	"$SEKISHO" -j show link >"$TMPDIR/links"
	for way in tx:egress rx:ingress; do
		for field in packets bytes; do
			ours=$(jq "[.[] | select(.netns == \"$left\" and .ifname == \"v\" and
				.hook == \"tc\" and .direction == \"${way#*:}\") | .$field] | add // 0" "$TMPDIR/links")
			echo $(($(statistic "$left" v "${way%:*}.$field") - ours))
		done
	done
}

# seen: a packet went each way, and show has both.
# shellcheck disable=SC2317 # by busywait
seen()
{
	in_ns "$left" ping -q -c 1 -W 1 10.9.0.2 >/dev/null && "$SEKISHO" -j show link |
		json "[.[] | select(.netns == \"$left\" and .ifname == \"v\" and .hook == \"tc\") |
			.direction] | unique | length == 2" >/dev/null
}

# Nothing was missed since it attached to both.
links_equal()
{
	missed_now=$(difference)
	[ "$missed_now" = "$missed" ] && return
	diag "missed:" "$missed_now, at first $missed"
	"$SEKISHO" show link | diag
	return 1
}

# The knob as user/lib/expedite.c raises it, while 120 interfaces are attached to; they go again.
burst()
{
	rm -f "$TMPDIR/raised"
	(
		while read -r value </sys/kernel/rcu_expedited && [ "$value" != 7562603 ]; do :; done
		: >"$TMPDIR/raised"
	) &
	watcher=$!
	seq 60 | sed 's/.*/link add a& type veth peer name b&/' | ip -n "$left" -batch - &&
		busywait 20 attached "$left" b60 && [ -e "$TMPDIR/raised" ]
	in_haste=$?
	kill_and_wait "$watcher"
	seq 60 | sed 's/.*/link del a&/' | ip -n "$left" -batch -
	return "$in_haste"
}

# shellcheck disable=SC2317 # by busywait
is_put_back()
{
	grep -qx 0 /sys/kernel/rcu_expedited
}

test_plan 17
# Called as it was when it was built, or all would be built anew.
make -s -C "$top" O="${SEK_BUILD#"$top/"}" DEPS=0 install >"$TMPDIR/install" 2>&1 && systemctl daemon-reload &&
	SEKISHO=/usr/local/sbin/sekisho && systemctl cat sekisho.service sekisho.socket >/dev/null
test_result $? "make install" || diag <"$TMPDIR/install"
systemctl enable --now sekisho.socket >"$TMPDIR/said" 2>&1 && systemctl enable sekisho.service >>"$TMPDIR/said" 2>&1
test_result $? "enabled" || diag <"$TMPDIR/said"
not systemctl is-active --quiet sekisho.service && scrape && grep -q sekisho_build_info "$TMPDIR/metrics" &&
	systemctl is-active --quiet sekisho.service
test_result $? "a scrape starts it" || systemctl status -l --no-pager sekisho.service | diag
sandboxed
test_result $? "rights and filters as in the unit"
systemd-analyze security --no-pager sekisho.service >"$TMPDIR/said"
tail -n 1 "$TMPDIR/said" | diag
[ "$(tail -n 1 "$TMPDIR/said" | sed 's/.*: \([0-9]*\)\.\([0-9]\).*/\1\2/')" -le "$exposure" ]
test_result $? "systemd-analyze security"

# All that follows appears while it follows.
setup_pair && busywait 20 attached "$left" v && busywait 30 seen
test_result $? "it attaches to what appears" || systemctl status -l --no-pager sekisho.service | diag
burst && busywait 5 is_put_back
test_result $? "a burst in haste"
missed=$(difference)
stay_unit talker shop-web.slice
busywait 30 equals "/shop.slice/shop-web.slice/talker.service shop-web.slice 20" unit_row talker.service
test_result $? "a unit in a slice of a slice"
stay_unit plain system.slice
busywait 30 equals "/system.slice/plain.service system.slice 20" unit_row plain.service
test_result $? "one in the usual slice"
links_equal
test_result $? "their packets, as the kernel counts"

# Restarted, killed and upgraded while another one talks.
requests=$(sent packets)
run_unit long system.slice 600 0.01 &
talker=$!
first=$(main_pid)
systemctl restart sekisho.service && busywait 30 active_again "$first"
test_result $? "restarted"
second=$(main_pid)
systemctl kill -s KILL sekisho.service && busywait 30 active_again "$second"
test_result $? "killed, and there again"
third=$(main_pid)
install -m 755 "$SEK_BUILD/next/sekisho" "$SEKISHO" && systemctl restart sekisho.service &&
	busywait 30 active_again "$third" && busywait 30 loaded_is next
test_result $? "upgraded" || diag <"$TMPDIR/metrics"
wait "$talker"
expect_equal "no count lost or doubled" $((requests + 600)) "$(sent packets)"
links_equal
test_result $? "nor at the interface"
expect_equal "the same in /metrics" "$(sent bytes)" "$(scrape && metric sekisho_cgroup_bytes_total \
	'direction="egress"' 'class="icmp_echo_request"' <"$TMPDIR/metrics")"

systemctl stop sekisho.service sekisho.socket && run_unit after system.slice 30 0.01 &&
	links_equal && [ "$(sent packets)" -eq $((requests + 630)) ]
test_result $? "stopped, the kernel goes on counting"
test_finish
