#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
#
# Up twice, changed, by several at once, without its file, not at all.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/topo/topo.sh
. "$folder/topo.sh"

up()
{
	"$SEKISHO" -j topo up --no-count "$@"
}

# The inode tells whether it is the same namespace.
inode()
{
	stat -L -c %i "/run/sekisho/topo/$topo/ns/$1"
}

# index NODE IFNAME
index()
{
	at "$1" cat "/sys/class/net/$2/ifindex"
}

# fails PATTERN COMMAND...: with one line that matches
fails()
{
	pattern=$1
	shift
	! said=$("$@" 2>&1 >/dev/null) && [ "$(printf '%s\n' "$said" | wc -l)" -eq 1 ] &&
		printf '%s\n' "$said" | grep -q "$pattern" && return
	diag "$said"
	return 1
}

test_plan 28
write_line 4 static >line.yaml
defer take_down "$topo"
defer take_down "$topo-b"

up line.yaml | json '.[0].changed' >/dev/null
test_result $? "up"
busywait 5 at n1 ping -c 1 -W 1 n4 >/dev/null
test_result $? "static routes lead through"
before="$(inode n1) $(inode n4) $(index n1 n2)"
up line.yaml | json '.[0].changed == false' >/dev/null
test_result $? "up again says that nothing changed"
expect_equal "and nothing has" "$before" "$(inode n1) $(inode n4) $(index n1 n2)"

# One more node, one link less, another MTU: what is not named stays.
sed 's/n4\]/n4, n5]/; s/- n2-n3/- {ends: [n2, n3], mtu: 1400}/; s/- n3-n4/- n2-n4\n  - n4-n5/' \
	line.yaml >changed.yaml
first=$(inode n1)
up changed.yaml | json '.[0].changed' >/dev/null
test_result $? "a changed file"
expect_equal "nodes stay" "$first" "$(inode n1)"
expect_equal "a link changes" 1400 "$(at n3 cat /sys/class/net/n2/mtu)"
! at n4 ip link show n3 >/dev/null 2>&1
test_result $? "a link goes"
busywait 5 at n1 ping -c 1 -W 1 n5 >/dev/null
test_result $? "a node comes, and routes with it"
sed 's/, n5\]/]/; /n4-n5/d' changed.yaml >less.yaml
up less.yaml >/dev/null && [ ! -e "/run/sekisho/topo/$topo/ns/n5" ]
test_result $? "a node goes"

# Somebody else takes a node's namespace and another's interface away.
umount "/run/sekisho/topo/$topo/ns/n3"
at n1 ip link del n2
up less.yaml | json '.[0].changed' >/dev/null && busywait 5 at n1 ping -c 1 -W 1 n3 >/dev/null
test_result $? "what has vanished is made again"

sed "s/^name: .*/name: $topo-b/" line.yaml >b.yaml
up b.yaml >/dev/null && busywait 5 "$SEKISHO" topo exec "$topo-b" n1 -- ping -c 1 -W 1 n4 >/dev/null
test_result $? "another with the same nodes beside it"
"$SEKISHO" topo down "$topo-b" && busywait 5 at n1 ping -c 1 -W 1 n4 >/dev/null
test_result $? "and down, which leaves the first one"

rm ./*.yaml
at n1 sh -c 'echo there >there && exec sleep 1000' &
busywait 5 test -s there
"$SEKISHO" topo down "$topo" && busywait 5 nothing_left
test_result $? "down without the file, with something running"
wait $!

write_line 4 static >line.yaml
for i in 1 2 3 4; do
	up line.yaml >"up.$i" 2>&1 &
	eval "pid$i=$!"
done
# shellcheck disable=SC2154 # by eval
wait "$pid1" && wait "$pid2" && wait "$pid3" && wait "$pid4"
test_result $? "four ups at once" || diag "$(cat up.*)"
expect_equal "of which one makes it" 1 "$(jq -s '[.[][] | select(.changed)] | length' up.*)"
up line.yaml >/dev/null &
"$SEKISHO" topo down "$topo"
wait $!
"$SEKISHO" topo down "$topo" 2>/dev/null
busywait 5 nothing_left
test_result $? "up and down at once"

fails "find the topology" "$SEKISHO" topo down "$topo"
test_result $? "down of what is not up"
fails "is it up" "$SEKISHO" topo exec "$topo" n1 -- true
test_result $? "exec where nothing is up"
fails "needs root" setpriv --reuid 65534 --clear-groups "$SEKISHO" topo up line.yaml
test_result $? "up without privileges"
up line.yaml >/dev/null
fails "find the node" at n9 true
test_result $? "exec in a node that is not there"
fails "find the link" "$SEKISHO" topo cut "$topo" n1-n9
test_result $? "cut of a link that is not there"
"$SEKISHO" topo down "$topo"

# What is mounted in a node's folder keeps the folder, but nothing else.
write_line 3 >line.yaml
up line.yaml >/dev/null
stuck=/run/sekisho/topo/$topo/node/n2/stuck
mkdir -p "$stuck" && mount -t tmpfs none "$stuck"
fails "remove the folder" "$SEKISHO" topo down "$topo" &&
	[ -z "$(find "/run/sekisho/topo/$topo/ns" -mindepth 1)" ]
test_result $? "a node that cannot be removed does not block the others"
umount "$stuck"
"$SEKISHO" topo down "$topo" && busywait 5 nothing_left
test_result $? "and goes later"

# A daemon that is not installed, as far as the command can see.
write_line 3 rip >rip.yaml
mkdir empty
fails "bird2" unshare -m --propagation private sh -c "mount --bind empty /usr/sbin &&
	PATH=/usr/bin:/bin exec '$SEKISHO' topo up rip.yaml"
test_result $? "a missing daemon is found before anything is made"
nothing_left
test_result $? "and leaves nothing"

# No room for anything.
fails "make /run/sekisho" unshare -m --propagation private sh -c "mount -t tmpfs -o ro none /run &&
	exec '$SEKISHO' topo up line.yaml"
test_result $? "/run that cannot be written"
fails "make /run/sekisho" unshare -m --propagation private sh -c "
	mount --bind /proc/self/fdinfo /run && exec '$SEKISHO' topo up line.yaml"
test_result $? "/run in which nothing can be made"
test_finish
