#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 240
#
# Commands that are asked to end: up takes back what it has made, or says what is left; down finds
# whatever enters a node at that very moment.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/topo/topo.sh
. "$folder/topo.sh"

# stop_when CONDITION SIGNAL COMMAND...: sends it when the condition holds; the exit status is the
# command's.  Shells have what runs in the background ignore SIGINT.
stop_when()
{
	condition=$1
	signal=$2
	shift 2
	env --default-signal=INT "$@" >said 2>&1 &
	pid=$!
	busywait 10 "$condition" && kill -s "$signal" "$pid"
	wait "$pid"
}

# Most nodes are not there yet.
is_half_made()
{
	[ -e "/run/sekisho/topo/$topo/ns/n2" ]
}

is_up()
{
	[ -e "/run/sekisho/topo/$topo/topo" ] && [ ! -e "/run/sekisho/topo/$topo/wanted" ]
}

is_counting()
{
	[ -e "/run/sekisho/topo/$topo/count" ]
}

is_half_changed()
{
	[ -e "/run/sekisho/topo/$topo/ns/n5" ]
}

# Has the traced command, whose tracer is $late, its node's namespace open?
has_found_it()
{
	find /proc/"$(pgrep -P "$late")"/fd -lname '*/ns/n1' | grep -q .
}

# A command that has found its node, and has not entered it yet, when that is taken down.
enter_late()
{
	"$SEKISHO" topo up --no-count few.yaml >/dev/null
	strace -qq -o /dev/null -e trace=setns -e inject=setns:delay_enter=2000000 \
		"$SEKISHO" topo exec "$topo" n1 -- sleep 60 2>/dev/null &
	late=$!
	busywait 10 has_found_it && "$SEKISHO" topo down "$topo" &&
		busywait 5 nothing_left
	entered=$?
	kill_and_wait "$late"
	return "$entered"
}

says()
{
	grep -q "$1" said && [ "$(wc -l <said)" -eq 1 ] && return
	diag <said
	return 1
}

test_plan 9
defer take_down "$topo"
many=$((SEK_FACTOR > 1 ? 100 : 500))
write_line "$many" >many.yaml
write_line 4 >few.yaml
# RIP counts to 15 routers: this never converges.
write_line 20 rip >long.yaml

for signal in INT TERM HUP; do
	stop_when is_half_made "$signal" "$SEKISHO" topo up --no-count many.yaml
	[ $? -eq 1 ] && says "ended by SIG$signal; nothing of $topo is left" && busywait 5 nothing_left
	test_result $? "SIG$signal in the middle of up"
done
stop_when is_counting TERM "$SEKISHO" topo up long.yaml
[ $? -eq 1 ] && says "nothing of $topo is left" && busywait 5 nothing_left
test_result $? "while it attaches what counts"

stop_when is_up INT "$SEKISHO" topo up --no-count --wait long.yaml
[ $? -eq 1 ] && says "$topo is up" && is_up && busywait 5 at n1 ping -c 1 -W 2 n2 >/dev/null
test_result $? "while it waits"
"$SEKISHO" topo up --no-count long.yaml | grep -q "up already"
test_result $? "and it is whole"
"$SEKISHO" topo down "$topo"

"$SEKISHO" topo up --no-count few.yaml >/dev/null
stop_when is_half_changed TERM "$SEKISHO" topo up --no-count many.yaml
[ $? -eq 1 ] && says "$topo is half changed" &&
	"$SEKISHO" topo up --no-count many.yaml >/dev/null && at "n$many" true
test_result $? "in the middle of a change, then up"
"$SEKISHO" topo down "$topo"

{
	cat few.yaml
	echo 'tests: [{node: n1, exec: "sleep 100"}]'
} >tested.yaml
stop_when is_up TERM "$SEKISHO" topo test --no-count tested.yaml
[ $? -eq 1 ] && grep -q "Bail out! ended by SIGTERM" said && busywait 5 nothing_left
test_result $? "test in the middle of a test"

enter_late
test_result $? "a command that enters a node while it is taken down"
test_finish
