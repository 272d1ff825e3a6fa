#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What runs as process 1 in the guest: first from the initramfs under busybox,
# where there is nothing but itself and the modules; then, after switch_root,
# from the tree, with the host's programs.  run.sh explains the rest.

# Set by the job file.
directory=
init=
systemd=

fail()
{
	echo "init.sh: $*" >/dev/console
	exit 1
}

need()
{
	"$@" || fail "failed: $*"
}

# The exit of process 1 is a panic, and with panic=-1 the end of QEMU: a guest
# that cannot get as far as its command is reported as lost at once.
enter()
{
	need /bin/busybox mount -t proc proc /proc
	need /bin/busybox --install -s /bin
	need mount -t devtmpfs dev /dev
	while read -r module; do
		need insmod "/modules/$module"
	done </modules/order

	# Cached, because nobody changes the host's files meanwhile; who does
	# may see the old ones.  The results must be whole if the guest dies.
	options=trans=virtio,version=9p2000.L,msize=262144
	mkdir /lower /rw /results
	need mount -t 9p -o "$options,cache=loose,ro" root /lower
	need mount -t 9p -o "$options,cache=none" results /results
	need mount -t tmpfs rw /rw
	mkdir /rw/upper /rw/work
	need mount -t overlay overlay /root \
		-o lowerdir=/lower,upperdir=/rw/upper,workdir=/rw/work

	# In place of the host's, which the share shows too.
	need mount -t proc proc /root/proc
	need mount -t sysfs sys /root/sys
	need mount -t devtmpfs dev /root/dev
	need mount -t tmpfs -o mode=755 run /root/run
	need mount -t cgroup2 cgroup2 /root/sys/fs/cgroup
	need mount -t bpf bpf /root/sys/fs/bpf
	need mount -t tracefs tracefs /root/sys/kernel/tracing
	mkdir /root/dev/pts /root/dev/shm /root/dev/net
	need mount -t devpts -o ptmxmode=666 devpts /root/dev/pts
	need mount -t tmpfs shm /root/dev/shm
	ln -s /proc/self/fd /root/dev/fd
	ln -s fd/0 /root/dev/stdin
	ln -s fd/1 /root/dev/stdout
	ln -s fd/2 /root/dev/stderr
	mknod /root/dev/net/tun c 10 200	# opening it loads the module

	hostname sekisho-vm
	need ip link set lo up
	# From here on the console tells everything: it outlives the guest.
	dmesg -n 8

	# At the same path as outside, like the rest of the tree.
	# shellcheck source=/dev/null
	. /results/job
	need mkdir -p "/root$SEK_RESULTS"
	need mount --move /results "/root$SEK_RESULTS"
	if [ -n "$systemd" ]; then
		# shellcheck source=selftests/vm/unit.sh
		. "/root${init%/*}/unit.sh"
		write_units /root "/bin/sh $init $SEK_RESULTS"
		# Said here, because a host that is a container is found out to be one by its files,
		# and then the kernel's command line is not read.
		exec switch_root /root /lib/systemd/systemd --unit=sek-command.service \
			--show-status=no
	fi
	exec switch_root /root /bin/sh "$init" "$SEK_RESULTS"
}

# The output goes to a port of its own, a terminal: a program writes by lines,
# and a guest that dies has told the last of them.  The first stty makes it pass
# bytes unchanged, the second one waits until all have left.
run()
{
	# shellcheck source=/dev/null
	. "$1/job"
	export SEK_RESULTS HOME=/root LANG=C.UTF-8 TERM=dumb \
		NO_COLOR=1 WG_COLOR_MODE=never \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	stty -F /dev/ttyS1 raw -echo

	status=0
	(
		cd "$directory" || exit
		exec setsid /bin/sh "$SEK_RESULTS/command"
	) </dev/null >/dev/ttyS1 2>&1 || status=$?

	stty -F /dev/ttyS1 raw -echo
	dmesg >"$SEK_RESULTS/dmesg"
	echo "$status" >"$SEK_RESULTS/status"
	sync
	echo o >/proc/sysrq-trigger
	exec sleep infinity
}

if [ -e /modules/order ]; then
	enter
else
	run "$1"
fi
