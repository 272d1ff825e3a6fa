#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 200
#
# Links that are WireGuard tunnels: by the kernel, or by wireguard-go.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/topo/topo.sh
. "$folder/topo.sh"

cat >lab.yaml <<END
name: $topo
routing: static
nodes: [a, b, c]
links:
  - a-b
  - b-c
  - {ends: [a, b], kind: wireguard, ipv4: 10.9.1.0/24}
  - {ends: [b, c], kind: wireguard, ipv4: 10.9.2.0/24}
END

test_plan 7
defer take_down "$topo"
"$SEKISHO" topo up lab.yaml >up.out 2>&1
test_result $? "up" || diag <up.out
busywait 40 at a ping -c 1 -W 1 10.9.1.2 >/dev/null
test_result $? "a tunnel carries packets"
busywait 40 at c ping -c 1 -W 1 10.9.2.1 >/dev/null
test_result $? "another one of the same node"
expect_equal "a node sees its own devices" "wg-a wg-c" "$(at b wg show interfaces | xargs -n 1 | sort | xargs)"
# Each end is an interface, and perhaps a process, of its own.
sed -i 's/10\.9\.1\.0/10.9.3.0/' lab.yaml
"$SEKISHO" topo up lab.yaml >up.out 2>&1 && busywait 40 at a ping -c 1 -W 1 10.9.3.2 >/dev/null
test_result $? "a tunnel with another net" || diag <up.out
sed -i 's/- a-b/- {ends: [a, b], ipv4: 10.8.0.0\/24}/' lab.yaml
"$SEKISHO" topo up lab.yaml >up.out 2>&1 && busywait 40 at a ping -c 1 -W 1 10.9.3.2 >/dev/null
test_result $? "another net below it" || diag <up.out
"$SEKISHO" topo down "$topo" && busywait 5 nothing_left && [ ! -e /run/wireguard ]
test_result $? "down, without a trace"
test_finish
