#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# systemd.sh OUTPUT COMMAND...: run COMMAND below a systemd that is process 1 of a container, and has
# started nothing else. What it writes goes to the file OUTPUT, and its exit status is ours.
#
# The container has its own processes, mounts, cgroups and network. Its root is the host's below an
# overlay: what is installed in it is gone afterwards. $TMPDIR is the host's.

set -eu

die()
{
	echo "systemd.sh: $*" >&2
	exit 125
}

# Outside: in a cgroup of its own, which is the root of what is inside. That ends with systemd.
if [ "$1" != --inside ]; then
	cgroup=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)/sek-test-$SEK_ID-systemd
	mkdir "$cgroup"
	status=0
	(
		sh -c 'echo $PPID' >"$cgroup/cgroup.procs" &&
			exec unshare -m --propagation private -n -u -i -p -C -f --kill-child \
				/bin/sh "$0" --inside "$@"
	) || status=$?
	tries=100
	until find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || die "$cgroup is still in use"
		sleep 0.05
	done
	exit "$status"
fi

shift
output=$1
shift
root=$TMPDIR/root
mkdir "$root"
mount -t tmpfs root "$root"
mkdir "$root/upper" "$root/work" "$root/all"
mount -t overlay overlay "$root/all" -o "lowerdir=/,upperdir=$root/upper,workdir=$root/work"
all=$root/all
mount --bind "$TMPDIR" "$all$TMPDIR"
# An overlay shows no other file system that is mounted below.
for path in "$(cd "${0%/*}/../.." && pwd -P)" "$SEK_BUILD"; do
	[ "$(stat -c %d "$path")" = "$(stat -c %d /)" ] || {
		mkdir -p "$all$path"
		mount --bind "$path" "$all$path"
	}
done
mount -t proc proc "$all/proc"
mount -t sysfs sys "$all/sys"
mount -t bpf bpf "$all/sys/fs/bpf"
[ -d "$all/sys/fs/cgroup" ] || die "no /sys/fs/cgroup"
mount -t cgroup2 cgroup2 "$all/sys/fs/cgroup"
mount -t tmpfs -o mode=755 run "$all/run"
mount -t tmpfs -o mode=755 dev "$all/dev"
mkdir "$all/dev/pts" "$all/dev/shm"
for node in null:3 zero:5 full:7 random:8 urandom:9; do
	mknod -m 666 "$all/dev/${node%:*}" c 1 "${node#*:}"
done
mknod -m 666 "$all/dev/tty" c 5 0
mknod -m 666 "$all/dev/ptmx" c 5 2
mount -t devpts -o ptmxmode=666 devpts "$all/dev/pts"
ln -s /proc/self/fd "$all/dev/fd"
ip link set lo up

quoted=$(for word; do
	printf '%s\n' "$word" | sed "s/'/'\\\\''/g; 1s/^/'/; \$s/\$/' /"
done | tr -d '\n')
cat >"$all/run/command" <<-END
	$(export -p | grep -E '^export (SEK|LC_ALL|PATH|TMPDIR)')
	export SEK_SYSTEMD=1
	cd "$TMPDIR" && ($quoted) >"$output" 2>&1
	systemctl exit \$?
END
# shellcheck source=selftests/vm/unit.sh
. "${0%/*}/../vm/unit.sh"
write_units "$all" "/bin/sh /run/command"
cd "$all"
exec env -i container=sekisho /usr/sbin/chroot . /lib/systemd/systemd --system --unit=sek-command.service \
	--show-status=no --log-target=null
