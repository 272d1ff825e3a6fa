# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016 # for other shells, and jq
#
# Machines of systemd-nspawn, registered with systemd-machined: for containers.sh.

# machine_root NAME: with what nspawn asks of a root, /etc/os-release and a /usr.
machine_root()
{
	mkdir -p "/var/lib/machines/$1" && cp -a "$rootfs/." "/var/lib/machines/$1" &&
		touch "/var/lib/machines/$1/etc/os-release"
}

machine_runs()
{
	busywait 20 machinectl show --value -p Leader "$1"
}

start_nspawn()
{
	machine_root "$1" &&
		systemd-run -q --collect systemd-nspawn -q -D "/var/lib/machines/$1" -M "$1" \
			--private-network /bin/sleep 1000 && machine_runs "$1"
}

# Registered, but in a unit that does not tell by its name what it is.
start_unit()
{
	machine_root "$1" &&
		systemd-run -q --collect --unit="till-$1" -p Delegate=yes systemd-nspawn -q --keep-unit \
			-D "/var/lib/machines/$1" -M "$1" --private-network /bin/sleep 1000 && machine_runs "$1"
}

# machine_service NAME: the service systemd-nspawn@NAME, with further settings from standard input.
machine_service()
{
	mkdir -p /run/systemd/nspawn && {
		cat <<-END && cat
			[Network]
			Private=yes
			VirtualEthernet=no
			[Exec]
			PrivateUsers=no
		END
	} >"/run/systemd/nspawn/$1.nspawn" && systemctl start "systemd-nspawn@$1.service" && machine_runs "$1"
}

start_machine()
{
	machine_root "$1" && machine_service "$1" <<-END
		Boot=no
		Parameters=/bin/sleep 1000
	END
}

# Its programs are the host's. It has one unit, which runs what boot_exec asks for.
start_boot()
{
	boot_root=/var/lib/machines/$1
	# It is for the systemd that nspawn finds in the root before it mounts anything, or else for v1.
	systemctl set-environment SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
	mkdir -p "$boot_root/etc/systemd/system" "$boot_root/usr" && : >"$boot_root/etc/os-release" &&
		tr -d - </proc/sys/kernel/random/uuid >"$boot_root/etc/machine-id" &&
		for boot_link in bin sbin lib lib64; do
			ln -s "usr/$boot_link" "$boot_root/$boot_link" || return
		done &&
		cat >"$boot_root/etc/systemd/system/talk.service" <<-'END' && machine_service "$1" <<-END
			[Unit]
			DefaultDependencies=no
			[Service]
			ExecStartPre=mkfifo /run/ask /run/told
			ExecStart=sh -c 'while sh /run/ask >/dev/null 2>&1; echo $$? >/run/told; do :; done'
		END
			Boot=yes
			Parameters=--unit=talk.service
			[Files]
			BindReadOnly=/usr
		END
	# It has registered before it has started its systemd.
	busywait 20 machine_enter "$1" test -p /run/told
}

# machine_enter NAME COMMAND...: in its namespaces. What "machinectl shell" does takes a D-Bus there.
machine_enter()
{
	machine_pid=$(machinectl show --value -p Leader "$1") || return
	shift
	nsenter -t "$machine_pid" -m -u -i -n -p -r -w "$@"
}

# In the cgroup of its first process.
machine_exec()
{
	machine_pid=$(machinectl show --value -p Leader "$1") || return
	(
		sh -c 'echo $PPID' >"/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$machine_pid/cgroup")/cgroup.procs" &&
			machine_enter "$@"
	)
}

boot_exec()
{
	boot_name=$1
	shift
	quote_words "$@" | machine_enter "$boot_name" timeout $((60 * SEK_FACTOR)) \
		sh -c 'cat >/run/ask; exit "$(cat /run/told)"'
}
