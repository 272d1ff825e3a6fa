# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # for them
#
# What the tests of serve share.

# shellcheck disable=SC2034 # for the tests
serve=$SEK_BUILD/selftests/serve

# sum FIELD SELECTION: over rows of show cgroup, as a jq expression.
sum()
{
	"$SEKISHO" -j show cgroup | jq "[.[] | select($2) | .$1] | add // 0"
}

# start_serve OPTION...: in the background; its pid is put into serve_pid.
start_serve()
{
	"$SEKISHO" serve --web.listen-address none "$@" >"$TMPDIR/serve" 2>&1 &
	# shellcheck disable=SC2034 # for the tests
	serve_pid=$!
}

# follows: it has loaded its programs, which takes long on a busy machine; what is sent before
# is not counted.
follows()
{
	busywait 30 grep -q following "$TMPDIR/serve" && return
	diag <"$TMPDIR/serve"
	return 1
}

# attached NETNS INTERFACE: does status say so?
attached()
{
	"$SEKISHO" -j status | json \
		"any(.[]; .netns == \"$1\" and .ifname == \"$2\" and .state == \"attached\")" \
		>/dev/null
}

# not COMMAND...
not()
{
	! "$@"
}

# slots_used: cgroups that have a slot now.
slots_used()
{
	bpftool -j map dump pinned /sys/fs/bpf/sekisho/maps/sek_cgroup_owner |
		jq '[.[] | select(.formatted.value != 0)] | length'
}

# equals WORD COMMAND...: does the command print it?
equals()
{
	equals_to=$1
	shift
	equals_is=$("$@")
	[ "$equals_is" = "$equals_to" ] && return 0
	echo "$equals_is instead of $equals_to"
	return 1
}
