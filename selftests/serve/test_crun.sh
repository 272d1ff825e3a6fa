#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# serial
# timeout: 120
#
# A container that crun runs: its namespace is followed, its packets are its own, and stay when
# it goes. Serial, because it attaches to all namespaces that processes hold.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/serve/serve.sh
. "$folder/serve.sh"

name=sek-test-$SEK_ID

# make_bundle COMMAND...: a container of busybox alone, in a cgroup below the test's.
make_bundle()
{
	mkdir -p "$TMPDIR/box/rootfs/bin" "$TMPDIR/box/rootfs/proc" "$TMPDIR/box/rootfs/sys" &&
		cp "$(command -v busybox)" "$TMPDIR/box/rootfs/bin/" &&
		(cd "$TMPDIR/box" && crun spec) || return
	# shellcheck disable=SC2154 # group is set by setup_cgroup
	jq --arg cgroup "/${group##*/}/crun-box.scope" '.process.terminal = false |
		.process.args = $ARGS.positional | .linux.cgroupsPath = $cgroup |
		.process.capabilities = (.process.capabilities | map_values(. + ["CAP_NET_RAW", "CAP_NET_ADMIN"]))' \
		--args "$@" <"$TMPDIR/box/config.json" >"$TMPDIR/config" &&
		mv "$TMPDIR/config" "$TMPDIR/box/config.json"
}

run_container()
{
	crun --root "$TMPDIR/crun" --cgroup-manager=cgroupfs run -d -b "$TMPDIR/box" "$name" \
		</dev/null >"$TMPDIR/out" 2>&1
}

remove_container()
{
	crun --root "$TMPDIR/crun" delete -f "$name" 2>/dev/null
}

# row KEY: what show says of the container.
row()
{
	"$SEKISHO" -j show cgroup | json -r "[.[] | select(.container == \"box\")][0] | .$1"
}

# shellcheck disable=SC2317 # by busywait
sent()
{
	"$SEKISHO" -j show cgroup | jq "[.[] | select($1 and .direction == \"egress\" and
		.class == \"icmp_echo_request\") | .packets] | add // 0"
}

command -v crun >/dev/null || skip_all "no crun"
setup_cgroup group && make_bundle /bin/busybox sh -c \
	'busybox ip link set lo up; busybox ping -c 5 127.0.0.1 >/dev/null; busybox sleep 60' || exit 1
run_container || skip_all "crun: $(head -n 1 "$TMPDIR/out")"
remove_container

test_plan 6
start_serve --netns 'net:*' --cgroup "$group"
defer kill_and_wait "$serve_pid"
follows
run_container
test_result $? "a container"
defer remove_container
pid=$(crun --root "$TMPDIR/crun" state "$name" | json .pid)
busywait 2 attached "$(readlink "/proc/$pid/ns/net")" lo
test_result $? "its namespace is attached to"
busywait 20 equals 5 sent '.container == "box"'
test_result $? "its packets"
expect_equal "its runtime and zone" "crun exclusive" "$(row runtime) $(row zone)"
"$SEKISHO" -j show cgroup --tree | json 'any(.[]; .container == "box" and .processes >= 1)' >/dev/null
test_result $? "its processes"
remove_container
busywait 20 equals 5 sent '.removed'
test_result $? "they stay when it goes"
test_finish
