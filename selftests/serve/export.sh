# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What tests of exporting share: two namespaces that talk, and counters of them.

# shellcheck source=selftests/load/load.sh
. "$top/selftests/load/load.sh"

# shellcheck disable=SC2154 # left, right and group are set by lib.sh
#
# serve_pair: left and right, joined by veth "v" (10.9.0.1 and .2) without chatter of their
# own, and a cgroup for who talks; all of it counted.
serve_pair()
{
	setup_cgroup group && setup_pair &&
		"$SEKISHO" load --netns "$left,$right" --cgroup "$group" >"$TMPDIR/load"
}

# talk N [CGROUP]: so many echo requests, from left.
talk()
{
	in_cgroup "${2:-$group}" nsenter --net="/run/netns/$left" \
		ping -q -c "$1" -i 0.01 10.9.0.2 >/dev/null
}

# metric NAME [LABEL="VALUE"...] <TEXT: the sum of the samples that have all of them.
metric()
{
	metric_name=$1
	shift
	# Unlike -v, the environment leaves backslashes as they are.
	metric_labels="$*" awk -v name="$metric_name" '
		BEGIN {
			n = split(ENVIRON["metric_labels"], label, " ")
		}
		/^#/ {
			next
		}
		$1 == name || index($0, name "{") == 1 {
			for (i = 1; i <= n && index($0, label[i]); i++)
				;
			if (i > n)
				sum += $NF
		}
		END {
			print sum + 0
		}'
}

# fails_with TEXT COMMAND...: it fails, and says one line with TEXT in it.
fails_with()
{
	fails_text=$1
	shift
	if "$@" >"$TMPDIR/fails.out" 2>"$TMPDIR/fails"; then
		diag "it did not fail"
		return 1
	fi
	if [ "$(wc -l <"$TMPDIR/fails")" -eq 1 ] && grep -q "$fails_text" "$TMPDIR/fails"; then
		return
	fi
	diag <"$TMPDIR/fails"
	return 1
}

# run_in NETNS COMMAND... &: in the background, where $! is the command itself, and no shell
# around it that would die alone.
run_in()
{
	run_ns=$1
	shift
	exec nsenter --net="/run/netns/$run_ns" "$@"
}
