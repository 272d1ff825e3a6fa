# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Containers of real runtimes, for tests: each of busybox alone, sleeping, below the cgroup $group,
# with a network namespace of its own where only lo is. Nothing is pulled.
#
#	. "$top/selftests/serve/containers.sh"
#	private_mounts "$@"
#	containers_begin	# sets group
#	if container_start podman web; then
#		container_exec podman web ping -c 1 127.0.0.1
#		container_pid podman web
#	else
#		test_skip "podman" "$(container_why)"
#	fi
#
# RUNTIME is runc, crun, lxc, docker, containerd (as Kubernetes has it), podman, or pod: a
# container of podman in a pod called NAME-pod.
#
# Where systemd is process 1 (systemd.sh, without private_mounts), it makes their cgroups, where
# each runtime has them by default, and LXC's is lxc@NAME.service. Then RUNTIME may also be
#
#	split	a container of podman in a unit of its own, as Quadlet makes them
#	nspawn	a machine that systemd-machined puts into a scope
#	machine	one of the service systemd-nspawn@NAME
#	unit	one that some other service has registered
#	boot	one that has a systemd of its own, with units

# shellcheck source=selftests/serve/machines.sh
. "$top/selftests/serve/machines.sh"

containers=$TMPDIR/containers
rootfs=$containers/rootfs
image=tiny:1

# containers_begin: after private_mounts. Runtimes find cgroup2 where they look for it, also
# where hierarchies are hybrid, and keep their files in a /var/lib that nobody else sees.
containers_begin()
{
	if [ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ]; then
		umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup || return
	fi
	# What runtimes make at the top, wherever they are told to put containers.
	for runtime_cgroup in docker libpod_parent lxc.pivot; do
		[ -d "/sys/fs/cgroup/$runtime_cgroup" ] ||
			defer remove_cgroup "/sys/fs/cgroup/$runtime_cgroup"
	done
	mount -t tmpfs lib /var/lib && setup_cgroup group && make_rootfs || return
	[ -z "${SEK_SYSTEMD:-}" ] || systemctl start dbus.socket dbus.service
}

# by_systemd YES NO: the word for who makes cgroups.
by_systemd()
{
	if [ -n "${SEK_SYSTEMD:-}" ]; then
		echo "$1"
	else
		echo "$2"
	fi
}

make_rootfs()
{
	mkdir -p "$rootfs" && (cd "$rootfs" && mkdir bin dev etc proc run sys tmp usr) &&
		cp "$(command -v busybox)" "$rootfs/bin/busybox" &&
		for applet in sh sleep ping nc; do
			ln -s busybox "$rootfs/bin/$applet" || return
		done
}

# container_start RUNTIME NAME: it runs; the end of the test removes it.
container_start()
{
	command -v "$(container_command "$1")" >/dev/null || {
		echo "no $(container_command "$1")" >"$containers/why"
		return 1
	}
	start_daemon "$1" >"$containers/why" 2>&1 || return
	defer container_stop "$1" "$2"
	"start_$1" "$2" >"$containers/why" 2>&1
}

# container_why: what the runtime said that could not.
container_why()
{
	tail -n 1 "$containers/why" | cut -c 1-200
}

# container_exec RUNTIME NAME COMMAND...: in it, of busybox.
container_exec()
{
	exec_runtime=$1
	exec_name=$2
	shift 2
	case $exec_runtime in
	runc | crun) "$exec_runtime" --root "/run/$exec_runtime" exec "$exec_name" /bin/busybox "$@" ;;
	lxc) lxc-attach -n "$exec_name" -- /bin/busybox "$@" ;;
	docker) docker exec -i "$exec_name" /bin/busybox "$@" ;;
	containerd) ctr -n k8s.io task exec --exec-id x "$(container_id "$exec_name")" /bin/busybox "$@" ;;
	podman | pod | split) podman_here exec -i "$exec_name" /bin/busybox "$@" ;;
	nspawn | machine | unit) machine_exec "$exec_name" /bin/busybox "$@" ;;
	boot) boot_exec "$exec_name" /bin/busybox "$@" ;;
	esac
}

# container_pid RUNTIME NAME: its first process.
container_pid()
{
	case $1 in
	runc | crun) "$1" --root "/run/$1" state "$2" | json .pid ;;
	lxc) lxc-info -p -H -n "$2" ;;
	docker) docker inspect -f '{{.State.Pid}}' "$2" ;;
	containerd)
		ctr -n k8s.io task ls | awk -v id="$(container_id "$2")" '
			$1 == id { print $2; found = 1 }
			END { exit !found }'
		;;
	podman | pod | split) podman_here inspect -f '{{.State.Pid}}' "$2" ;;
	nspawn | machine | unit | boot) machinectl show --value -p Leader "$2" ;;
	esac
}

container_stop()
{
	case $1 in
	runc | crun) "$1" --root "/run/$1" delete -f "$2" ;;
	lxc) lxc-stop -k -n "$2" ;;
	docker) docker rm -f "$2" ;;
	containerd)
		ctr -n k8s.io task kill -s KILL "$(container_id "$2")"
		busywait 10 task_removed "$(container_id "$2")"
		ctr -n k8s.io container rm "$(container_id "$2")"
		;;
	podman | split) podman_here rm -f -t 0 "$2" ;;
	pod) podman_here pod rm -f -t 0 "$2-pod" ;;
	nspawn | machine | unit | boot) machinectl terminate "$2" ;;
	esac >/dev/null 2>&1
}

# task_removed ID: with it goes its shim, which would hold the mounts of the test. Not before
# containerd has seen the end of the process.
# shellcheck disable=SC2317 # by busywait
task_removed()
{
	ctr -n k8s.io task rm "$1"
	ctr -n k8s.io task ls -q >"$containers/tasks" && ! grep -q "$1" "$containers/tasks"
}

# What has to be there.
container_command()
{
	case $1 in
	lxc) echo lxc-execute ;;
	docker) echo dockerd ;;
	pod | split) echo podman ;;
	nspawn | machine | unit | boot) echo systemd-nspawn ;;
	*) echo "$1" ;;
	esac
}

# Before what it runs is deferred to be stopped: it is needed for that.
start_daemon()
{
	case $1 in
	docker) [ -S /run/docker.sock ] || docker_daemon ;;
	containerd) [ -S /run/containerd/containerd.sock ] || containerd_daemon ;;
	esac
}

# cgroup_below NAME: of cgroup2, as runtimes want it.
cgroup_below()
{
	# shellcheck disable=SC2154 # group is set by setup_cgroup
	echo "/${group##*/}/$1"
}

# oci_bundle DIRECTORY CGROUP [FILTER]: as "spec" of the runtimes has it.
oci_bundle()
{
	mkdir -p "$1" && runc spec -b "$1" &&
		jq --arg rootfs "$rootfs" --arg cgroup "$2" '
			.process.terminal = false | .process.args = ["/bin/sleep", "1000"] |
			.process.capabilities |= map_values(. + ["CAP_NET_RAW"]) |
			.root = {path: $rootfs, readonly: true} | .linux.cgroupsPath = $cgroup |
			'"${3:-.}" <"$1/config.json" >"$1/config" && mv "$1/config" "$1/config.json"
}

start_oci()
{
	oci_bundle "$containers/$1-$2" "$(by_systemd "system.slice:$1:$2" "$(cgroup_below "$1-$2.scope")")" ||
		return
	# Without a terminal it keeps open what is open here.
	# shellcheck disable=SC2046 # an option or none
	"$1" --root "/run/$1" $(by_systemd --systemd-cgroup "") run -d -b "$containers/$1-$2" "$2" </dev/null
}

start_runc()
{
	start_oci runc "$1"
}

start_crun()
{
	start_oci crun "$1"
}

start_lxc()
{
	mkdir -p "/var/lib/lxc/$1" && cat >"/var/lib/lxc/$1/config" <<-END || return
		lxc.rootfs.path = dir:$rootfs
		lxc.net.0.type = empty
		lxc.apparmor.profile = unconfined
		$(by_systemd "lxc.init.cmd = /bin/sleep 1000" "lxc.cgroup.dir = $(cgroup_below . | cut -c 2-)")
	END
	if [ -n "${SEK_SYSTEMD:-}" ]; then
		# It wants AppArmor's profiles and a bridge.
		systemctl -q mask --runtime lxc.service lxc-net.service
		systemctl start "lxc@$1.service" && busywait 20 lxc-info -p -H -n "$1" && return
		systemctl status -l --no-pager "lxc@$1.service"
		return 1
	fi
	lxc-execute -n "$1" -d -o "$containers/lxc.log" -- /bin/sleep 1000 ||
		{ grep ERROR "$containers/lxc.log"; return 1; }
}

start_docker()
{
	docker run -d --name "$1" --network none --cap-add NET_RAW --security-opt apparmor=unconfined \
		--cgroup-parent "$(by_systemd "" "$(cgroup_below docker)")" "$image" /bin/sleep 1000
}

docker_daemon()
{
	dockerd --bridge none --iptables=false --ip6tables=false --storage-driver vfs \
		--exec-opt "native.cgroupdriver=$(by_systemd systemd cgroupfs)" --default-ulimit nofile=1024:1024 \
		>"$containers/dockerd.log" 2>&1 &
	defer kill_and_wait $!
	busywait 20 docker version >/dev/null || { tail -n 3 "$containers/dockerd.log"; return 1; }
	tar c -C "$rootfs" . | docker import - "$image"
}

# container_id NAME: 64 digits, as containerd is asked for by the kubelet.
container_id()
{
	printf %s "$1" | sha256sum | cut -d ' ' -f 1
}

# As containerd's CRI would: its annotations, its cgroup, its namespace, without the kubelet.
start_containerd()
{
	pod_uid=11112222-3333-4444-5555-666677778888
	if [ -n "${SEK_SYSTEMD:-}" ]; then
		pod_cgroup=kubepods-besteffort-pod$(echo $pod_uid | tr - _).slice:cri-containerd:$(container_id "$1")
	else
		pod_cgroup=$(cgroup_below "kubepods/besteffort/pod$pod_uid/$(container_id "$1")")
	fi
	# shellcheck disable=SC2046 # options or none
	oci_bundle "$containers/containerd-$1" "$pod_cgroup" \
		".annotations = {\"io.kubernetes.cri.container-name\": \"$1\",
		\"io.kubernetes.cri.sandbox-name\": \"$1-pod\", \"io.kubernetes.cri.sandbox-namespace\": \"shop\",
		\"io.kubernetes.cri.image-name\": \"$image\"}" &&
		ctr -n k8s.io run -d $(by_systemd "--runc-systemd-cgroup --cgroup $pod_cgroup" "") \
			--config "$containers/containerd-$1/config.json" "$(container_id "$1")"
}

containerd_daemon()
{
	containerd >"$containers/containerd.log" 2>&1 &
	defer kill_and_wait $!
	busywait 20 ctr version >/dev/null || { tail -n 3 "$containers/containerd.log"; return 1; }
}

# Files in the usual places, but no limits that only the mightiest may set.
podman_here()
{
	cat >/run/containers.conf <<-END
		[containers]
		pids_limit = 0
		apparmor_profile = "unconfined"
		default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
		[engine]
		cgroup_manager = "$(by_systemd systemd cgroupfs)"
		runtime = "runc"
		events_logger = "file"
	END
	CONTAINERS_CONF=/run/containers.conf podman --storage-driver vfs "$@"
}

podman_image()
{
	podman_here image exists "$image" || tar c -C "$rootfs" . | podman_here import - "$image"
}

start_podman()
{
	podman_image && podman_here run -d --name "$1" --network none --cap-add NET_RAW \
		--cgroup-parent "$(by_systemd "" "$(cgroup_below libpod_parent)")" "$image" /bin/sleep 1000
}

# As the unit that Quadlet, or "podman generate systemd", writes.
start_split()
{
	podman_image && systemd-run -q --collect --unit="$1" -p Delegate=yes -p Type=notify \
		-p NotifyAccess=all -E CONTAINERS_CONF=/run/containers.conf podman --storage-driver vfs \
		run -d --cgroups=split --sdnotify=conmon --name "$1" --network none --cap-add NET_RAW \
		"$image" /bin/sleep 1000
}

start_pod()
{
	podman_image && podman_here pod create --name "$1-pod" --network none \
		--cgroup-parent "$(by_systemd "" "$(cgroup_below libpod_parent)")" && allow_devices &&
		podman_here run -d --pod "$1-pod" --name "$1" --cap-add NET_RAW "$image" /bin/sleep 1000
}

# podman 4.3 forbids a pod every device, /dev/null too, where it makes its cgroup itself.
allow_devices()
{
	[ -z "${SEK_SYSTEMD:-}" ] || return 0
	for pod_cgroup in "$group"/libpod_parent/*/; do
		bpftool -j cgroup show "$pod_cgroup" | jq -r '.[]? | select(.attach_type | test("device")) | .id' |
			while read -r pod_program; do
				bpftool cgroup detach "$pod_cgroup" cgroup_device id "$pod_program"
			done
	done
}
