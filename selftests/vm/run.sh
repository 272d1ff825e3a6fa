#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs a command under another kernel, in QEMU, as root, without a disk image.
#
# The guest's root is the host's, read-only over 9p, below an overlay on tmpfs:
# the tree, its build/ directory and all programs are where they are outside,
# and what the command writes is gone afterwards.  /dev, /proc, /run and /sys are
# the guest's own.  $SEK_RESULTS is a directory of the host, at the same path in
# both; it also receives:
#
#   output    what the command wrote (it goes to stdout as it comes, too)
#   console   the kernel's console, for guests that die
#   dmesg     the kernel's log after the command
#   splats    those lines of the log that report a fault
#   qemu      what QEMU itself had to say
#
# Software emulation only: a /dev/kvm that exists does not always boot a kernel.

set -eu

usage()
{
	cat >&2 <<-'END'
	usage: run.sh [-s] [-t SECONDS] [-c CPUS] [-m MEM] [-o DIR] KERNEL -- COMMAND...

	  KERNEL      6.1, 6.12 or a full release; the newest installed one is taken
	  -s          systemd is process 1, and has started nothing but COMMAND
	  -t SECONDS  time limit, boot included (300)
	  -c CPUS     processors of the guest (2)
	  -m MEM      its memory, as QEMU reads it (2G)
	  -o DIR      results directory (a new one under build/vm/results/)

	exit status: the command's; 2 wrong usage; 123 the guest cannot be started;
	124 the kernel reported a fault; 125 the guest was lost or out of time
	END
	exit 2
}

note()
{
	echo "vm ${release:-$kernel}: $*" >&2
}

die()
{
	note "$@"
	exit 123
}

# One word for the shell, whatever is in it.
quote()
{
	printf '%s\n' "$1" | sed "s/'/'\\\\''/g; 1s/^/'/; \$s/\$/'/"
}

# The flavours rt and cloud lack modules that the tests need, 9p among them.
find_release()
{
	for image in "/boot/vmlinuz-$kernel" "/boot/vmlinuz-$kernel"[.-]*; do
		found=${image#/boot/vmlinuz-}
		case $found in
		*-rt-* | *-cloud-*) continue ;;
		esac
		if [ -r "$image" ] && [ -d "/lib/modules/$found/kernel" ]; then
			echo "$found"
		fi
	done | sort -V | tail -n 1
}

unpack_module()
{
	case $1 in
	*.xz) xz -dc "$1" ;;
	*.zst) zstd -qdc "$1" ;;
	*.gz) gzip -dc "$1" ;;
	*) cat "$1" ;;
	esac
}

# Parallel runs may build the same image: each in its own place, then renamed.
build_initramfs()
{
	busybox=$(command -v busybox) || die "busybox-static is not installed"
	if ldd "$busybox" >/dev/null 2>&1; then
		die "$busybox is not static: install busybox-static"
	fi

	scratch=$(mktemp -d "$cache/initramfs.XXXXXX")
	root=$scratch/root
	mkdir "$root" "$root/bin" "$root/dev" "$root/modules" "$root/proc" "$root/root"
	cp "$busybox" "$root/bin/busybox"
	ln -s busybox "$root/bin/sh"
	cp "$here/init.sh" "$root/init"
	chmod 755 "$root/init"

	# What is a module in one kernel is built in in the other.
	for module in virtio_pci 9pnet_virtio 9p overlay; do
		modprobe -S "$release" --show-depends "$module" ||
			die "no module $module"
	done >"$scratch/depends"
	awk '$1 == "insmod" && !seen[$2]++ { print $2 }' "$scratch/depends" |
	while read -r path; do
		name=${path##*/}
		name=${name%%.ko*}.ko
		unpack_module "$path" >"$root/modules/$name"
		echo "$name" >>"$root/modules/order"
	done

	(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) >"$scratch/cpio"
	mv "$scratch/cpio" "$initramfs"
	rm -rf "$scratch"
}

# The second serial port goes through a pipe: QEMU makes its stdout non-blocking,
# and ours may be shared with others.
boot()
{
	pipe=$results/pipe
	rm -f "$pipe"
	mkfifo "$pipe"
	tee "$results/output" <"$pipe" &
	tee=$!
	timeout -k 5 "$seconds" qemu-system-x86_64 \
		-M q35,hpet=off -accel tcg,thread=multi -cpu max \
		-smp "$cpus" -m "$memory" \
		-nodefaults -nic none -display none -no-reboot \
		-kernel "/boot/vmlinuz-$release" -initrd "$initramfs" \
		-append "$append" \
		-virtfs "local,path=/,$share,mount_tag=root,readonly=on" \
		-virtfs "local,path=$(escape "$results"),$share,mount_tag=results" \
		-chardev "file,id=console,path=$(escape "$results/console")" \
		-chardev stdio,id=output,signal=off \
		-serial chardev:console -serial chardev:output \
		</dev/null >"$pipe" 2>"$results/qemu" &
	qemu=$!
	ended=0
	wait "$qemu" || ended=$?
	qemu=
	wait "$tee" || :
}

# timeout hands the signal on to QEMU, and kills it after 5 s.
# shellcheck disable=SC2317 # reached by the trap
clean()
{
	if [ -n "$qemu" ]; then
		kill -TERM "$qemu" 2>/dev/null || :
		wait "$qemu" || :
	fi
	rm -rf "$scratch" "$pipe"
}

# In QEMU's options a comma ends a value, and two stand for one.
escape()
{
	printf '%s\n' "$1" | sed 's/,/,,/g'
}

without_comments()
{
	sed '/^#/d; /^$/d' "$1"
}

# splats.allow holds what a healthy guest says, each with the reason.
find_splats()
{
	without_comments "$here/splats" >"$results/patterns"
	without_comments "$here/splats.allow" >"$results/allowed"
	grep -aE -f "$results/patterns" "$1" |
		grep -avE -f "$results/allowed" >"$results/splats"
	rm "$results/patterns" "$results/allowed"
	[ -s "$results/splats" ]
}

qemu=
scratch=
pipe=
trap clean EXIT
trap 'note interrupted; exit 125' HUP INT TERM

seconds=300
cpus=2
memory=2G
results=
systemd=
while getopts st:c:m:o: option; do
	case $option in
	s) systemd=1 ;;
	t) seconds=$OPTARG ;;
	c) cpus=$OPTARG ;;
	m) memory=$OPTARG ;;
	o) results=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
if [ $# -lt 3 ] || [ "$2" != -- ]; then
	usage
fi
kernel=$1
shift 2

PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd -P)
cache=$(cd "$here/../.." && pwd -P)/build/vm
release=$(find_release)
[ -n "$release" ] ||
	die "no such kernel in /boot with modules (scripts/deps.sh test)"
for tool in qemu-system-x86_64 cpio modprobe; do
	command -v "$tool" >/dev/null || die "$tool is not installed"
done

mkdir -p "$cache/results"
initramfs=$cache/initramfs-$release.cpio
if [ ! -e "$initramfs" ] || [ -n "$(find "$here/init.sh" "$here/run.sh" \
	"/lib/modules/$release/modules.dep" -newer "$initramfs")" ]; then
	build_initramfs
fi

if [ -n "$results" ]; then
	mkdir -p "$results"
	results=$(cd "$results" && pwd -P)
	rm -f "$results/status" "$results/dmesg" "$results/splats"
else
	results=$(mktemp -d "$cache/results/$release.XXXXXX")
	chmod 755 "$results"
fi
{
	echo "SEK_RESULTS=$(quote "$results")"
	echo "directory=$(quote "$(pwd -P)")"
	echo "init=$(quote "$here/init.sh")"
	echo "systemd=$systemd"
} >"$results/job"
{
	printf exec
	for word; do
		printf ' %s' "$(quote "$word")"
	done
	echo
} >"$results/command"

# A busy host stops the guest's processors for seconds, which is no lockup.
append="console=ttyS0 quiet panic=-1 oops=panic log_buf_len=4M"
append="$append watchdog_thresh=30 rcupdate.rcu_cpu_stall_timeout=60"
# Nor a timer that is broken, which the kernel counts ticks for when it boots, and panics.
append="$append no_timer_check"
if [ -n "$systemd" ]; then
	append="$append fstab=no systemd.gpt_auto=no systemd.condition-first-boot=no"
fi
share=security_model=none,multidevs=remap
boot

status=125
if [ -s "$results/status" ]; then
	status=$(cat "$results/status")
	log=$results/dmesg
else
	log=$results/console
	case $ended in
	0) note "the guest was lost, see $results" ;;
	124 | 137) note "out of time after $seconds s, see $results" ;;
	*) die "QEMU failed: $(head -n 1 "$results/qemu")" ;;
	esac
	tail -n 20 "$log" >&2
fi
if find_splats "$log"; then
	note "the kernel reported, see $log:"
	cat "$results/splats" >&2
	[ "$status" = 125 ] || status=124
fi
exit "$status"
