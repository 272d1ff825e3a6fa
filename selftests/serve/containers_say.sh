# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016 # for other shells, and jq
#
# What runtimes and systemd themselves say of the containers of containers.sh, for comparison with
# what sekisho says of them.

# container_says RUNTIME NAME: container, its whole id, pod, namespace of that, and image,
# separated by "|".
container_says()
{
	case $1 in
	runc | crun) "$1" --root "/run/$1" list -f json | json -r ".[] | select(.id == \"$2\") | .id + \"||||\"" ;;
	lxc) lxc-ls --active -1 | sed -n "s/^$2 *\$/&||||/p" | tr -d ' ' ;;
	docker) docker inspect -f '{{.Name}}|{{.Id}}|||{{.Config.Image}}' "$2" | sed 's|^/||' ;;
	containerd)
		ctr -n k8s.io container info "$(container_id "$2")" | json -r '"\(.ID)" as $id | .Spec.annotations |
			[.["io.kubernetes.cri.container-name"], $id, .["io.kubernetes.cri.sandbox-name"],
			.["io.kubernetes.cri.sandbox-namespace"], .["io.kubernetes.cri.image-name"]] | join("|")'
		;;
	podman | pod | split)
		said_pod=$(podman_here inspect -f '{{.Pod}}' "$2")
		podman_here inspect -f "{{.Name}}|{{.Id}}|${said_pod:+$(
			podman_here pod inspect -f '{{.Name}}' "$said_pod")}||{{.ImageName}}" "$2"
		;;
	nspawn | machine | unit | boot)
		echo "$(machinectl show --value -p Name "$2")||||$(machinectl show --value -p RootDirectory "$2")"
		;;
	esac
}

# runtime_says RUNTIME NAME: what is called a runtime.
runtime_says()
{
	case $1 in
	pod | split) echo podman ;;
	nspawn | machine | unit | boot) machinectl show --value -p Service "$2" | sed 's/^systemd-//' ;;
	*) echo "$1" ;;
	esac
}

# zone_says PID: does the container have a network namespace of its own?
zone_says()
{
	if [ "$(readlink "/proc/$1/ns/net")" = "$(readlink /proc/1/ns/net)" ]; then
		echo shared
	else
		echo exclusive
	fi
}

# unit_says RUNTIME NAME: the unit and the slice of what talks in it; of a machine that has a systemd
# of its own, as that one says.
unit_says()
{
	if [ "$1" = boot ]; then
		echo "$(machine_enter "$2" systemctl show -P Id talk.service)" \
			"$(machine_enter "$2" systemctl show -P Slice talk.service)"
		return
	fi
	said_unit=$(busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 \
		org.freedesktop.systemd1.Manager GetUnitByPID u "$(container_pid "$1" "$2")" 2>/dev/null |
		cut -d '"' -f 2)
	# LXC puts its containers beside what systemd manages.
	[ -n "$said_unit" ] || { echo " "; return; }
	said_unit=$(busctl get-property org.freedesktop.systemd1 "$said_unit" \
		org.freedesktop.systemd1.Unit Id | cut -d '"' -f 2 | sed 's/\\\\/\\/g')
	echo "$said_unit $(systemctl show -P Slice "$said_unit")"
}
