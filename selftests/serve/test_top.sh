#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 90
#
# top, on a terminal of a fixed size: tmux is the terminal.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/serve/export.sh
. "$folder/export.sh"

terminal()
{
	TMUX_TMPDIR=$TMPDIR tmux -L top "$@"
}

end_terminal()
{
	terminal kill-server 2>/dev/null
}

# top_at WIDTH HEIGHT VARIABLE=VALUE...
top_at()
{
	width=$1 height=$2
	shift 2
	terminal new-session -d -s top -x "$width" -y "$height" \
		"exec env $* '$SEKISHO' top -i 200"
}

# sees TEXT: somewhere on the screen, soon.
sees()
{
	busywait 5 on_screen "$1" && return
	diag <"$TMPDIR/screen"
	return 1
}

has_ended()
{
	! terminal has-session -t top 2>/dev/null
}

on_screen()
{
	terminal capture-pane -t top -p >"$TMPDIR/screen" && grep -qE -- "$1" "$TMPDIR/screen"
}

keys()
{
	terminal send-keys -t top "$@"
}

# Of the row that begins with NAME, a key of the JSON.
of_row()
{
	"$SEKISHO" top -j -i 1000 --by "$1" | jq "[.[] | select(.name | startswith(\"$2\"))][0].$3"
}

has_sent()
{
	[ "$(of_row cgroup "$name" tx_packets)" -gt "$1" ]
}

test_plan 22
fails_with "not loaded" "$SEKISHO" top --once
test_result $? "nothing to see before load"
serve_pair
test_result $? "topology"
# shellcheck disable=SC2154 # group is set by serve_pair
name=${group##*/}
talk 5
expect_equal "totals" 420 "$(of_row cgroup "$name" rx_bytes)"
# shellcheck disable=SC2016 # for the inner shell
sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" nsenter --net="/run/netns/$left" \
	ping -q -i 0.02 10.9.0.2 >/dev/null &
ping=$!
defer kill_and_wait "$ping"
busywait 5 has_sent 20
test_result $? "traffic"
# At most 50 echo requests of 84 bytes a second; fewer on a busy machine.
rate=$(of_row cgroup "$name" tx_bits_per_second)
[ "$rate" -gt 0 ] && [ "$rate" -le 45000 ]
test_result $? "rate of a cgroup" || diag "$rate bit/s"
rate=$(of_row link "v@$left" rx_packets_per_second)
[ "$rate" -gt 0 ] && [ "$rate" -le 65 ]
test_result $? "rate of a link" || diag "$rate packets a second"
expect_equal "classes" '["ipv4/icmp_echo_reply","ipv4/icmp_echo_request"]' \
	"$("$SEKISHO" top -j -i 100 --by class | jq -c 'map(.name) | sort')"
expect_equal "filter" 0 "$("$SEKISHO" top -j -i 100 --filter nobody | jq length)"

defer end_terminal
# A session that keeps tmux itself there when top has ended.
terminal -u -f /dev/null new-session -d -s hold cat
top_at 80 24 LC_ALL=C.UTF-8 TERM=xterm-256color
sees '^sekisho  1 of 1'
test_result $? "starts with cgroups"
sees '^sek-test-.* [0-9.]+kbit/s .*[▁▂▃▄▅▆▇█]'
test_result $? "rates, and a graph"
[ "$(LC_ALL=C.UTF-8 wc -L <"$TMPDIR/screen")" -le 80 ]
test_result $? "fits 80 columns"
keys l
sees '^LINK ' && sees '^v@sek-test'
test_result $? "links"
keys Enter
sees '^CLASS' && sees '^ipv4/icmp_echo_re'
test_result $? "classes of a link"
keys BSpace
sees '^LINK '
test_result $? "and back"
keys s s s s s && sees '^LINK \*'
test_result $? "sorts by name"
# A click on the first number's heading, as xterm tells it: button 1 down and up at 45,2.
keys -l "$(printf '\033[<0;45;2M\033[<0;45;2m')"
sees '^LINK .*\*[RT]X'
test_result $? "a click on a heading sorts"
keys / && keys -l right && keys Enter
sees '^sekisho  1 of 2'
test_result $? "filters"
keys Escape
sees '^sekisho  2 of 2'
test_result $? "and shows all again"
terminal resize-window -t top -x 44 -y 8
sees '^LINK' && [ "$(wc -l <"$TMPDIR/screen")" -le 8 ]
test_result $? "resized"
keys q
busywait 5 has_ended
test_result $? "quits"

top_at 80 24 LC_ALL=C NO_COLOR=1 TERM=vt100
sees 'kbit/s .*[.:=+*#-]' && ! LC_ALL=C grep -q '[^ -~]' "$TMPDIR/screen"
test_result $? "ASCII in the C locale, without colours"
"$SEKISHO" unload >/dev/null
sees 'not loaded any more'
test_result $? "says that it was unloaded"
test_finish
