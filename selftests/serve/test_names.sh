#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
#
# Whose a cgroup is: from its path and from the files that container runtimes keep, in the
# form in which they keep them; and names that nobody would give.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/serve/serve.sh
. "$folder/serve.sh"

pod=8ec3ee6f616587b644c78db7a30e8ed7e7e47a6e60bc345192b4beeff806a6c6
infra=a4bc7a7f17ac44353fba733fcb827affaef786728425775017189a2ec776a734
id=4e5f6a7b8c9d4e5f6a7b8c9d4e5f6a7b8c9d4e5f6a7b8c9d4e5f6a7b8c9d4e5f
uid=11112222-3333-4444-5555-666677778888
pods=kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod$(echo $uid | tr - _).slice

# sends PATH: makes a cgroup, and sends one packet from it.
sends()
{
	# shellcheck disable=SC2154 # group and here are set by setup_cgroup and setup_ns
	mkdir -p "$group/$1" && in_cgroup "$group/$1" nsenter --net="/run/netns/$here" \
		ping -q -c 1 127.0.0.1 >/dev/null
}

# fields PATH KEY...: what show says of it, separated by "|".
fields()
{
	fields_path=/${group##*/}/$1
	shift
	fields_keys=$(printf '.%s // "",' "$@")
	"$SEKISHO" -j show cgroup | jq -r --arg path "$fields_path" \
		"[.[] | select(.cgroup == \$path)][0] | [${fields_keys%,}] | join(\"|\")"
}

# json_file PATH: from standard input.
json_file()
{
	mkdir -p "${1%/*}" && cat >"$1"
}

state_files()
{
	mount -t tmpfs lib /var/lib || return
	json_file /var/lib/docker/containers/$id/config.v2.json <<-END
		{"ID":"$id","Name":"/web","Config":{"Hostname":"4e5f6a7b8c9d","Image":"nginx:1.25",
		"Labels":{"maintainer":"nobody"}},"State":{"Running":true}}
	END
	json_file /var/lib/containers/storage/overlay-containers/containers.json <<-END
		[{"id":"00","names":["other"],"metadata":"{}"},
		{"id":"$infra","names":["8ec3ee6f6165-infra"],"metadata":"{}"},
		{"id":"$id","names":["db"],"image":"f00","layer":"b4",
		"metadata":"{\"image-name\":\"docker.io/library/postgres:16\",\"image-id\":\"f00\",\"name\":\"db\"}"}]
	END
	json_file /var/lib/containers/storage/overlay-containers/$infra/userdata/config.json <<-END
		{"ociVersion":"1.0.2","hostname":"till","annotations":{"io.container.manager":"libpod"}}
	END
	json_file /run/containerd/io.containerd.runtime.v2.task/k8s.io/$id/config.json <<-END
		{"ociVersion":"1.1.0","annotations":{"io.kubernetes.cri.container-name":"app",
		"io.kubernetes.cri.container-type":"container","io.kubernetes.cri.image-name":"example.org/app:3",
		"io.kubernetes.cri.sandbox-id":"cafe","io.kubernetes.cri.sandbox-name":"app-7d9f-xyz",
		"io.kubernetes.cri.sandbox-namespace":"shop"}}
	END
	json_file /run/containerd/io.containerd.runtime.v2.task/default/$infra/config.json <<-END
		{"ociVersion":"1.2.0","hostname":"a4bc7a7f17ac","annotations":{"nerdctl/name":"cache",
		"nerdctl/namespace":"default","nerdctl/hostname":"a4bc7a7f17ac"}}
	END
	json_file /run/containers/storage/overlay-containers/$id/userdata/config.json <<-END
		{"annotations":{"io.kubernetes.container.name":"side","io.kubernetes.pod.name":"pod-1",
		"io.kubernetes.pod.namespace":"prod","io.kubernetes.cri-o.ImageName":"quay.io/side:2"}}
	END
	json_file /run/systemd/machines/deb-12 <<-END
		# This is private data. Do not parse.
		NAME=deb-12
		SERVICE=systemd-nspawn
		ROOT=/var/lib/machines/deb-12
		CLASS=container
	END
	ln -s deb-12 /run/systemd/machines/unit:till.service
}

test_plan 21
setup_ns here && setup_cgroup group && state_files &&
	"$SEKISHO" load --netns "$here" --cgroup "$group" >/dev/null
test_result $? "topology"

sends "system.slice/docker-$id.scope" && sends "docker/$id" && sends "$pods/cri-containerd-$id.scope" &&
	sends "machine.slice/libpod-$id.scope/container" && sends "lxc.payload.web/system.slice/cron.service" &&
	sends 'machine.slice/machine-deb\x2d12.scope' && sends "system.slice/nginx.service" &&
	sends "$pods/crio-$id.scope" && sends "libpod_parent/$pod/libpod-$id" &&
	sends "machine.slice/machine-libpod_pod_$pod.slice/libpod-$id.scope/container" &&
	sends "system.slice/db.service/libpod-payload-$id" && sends system.slice/till.service/payload &&
	sends lxc.payload.web/system.slice/till.service && sends "system.slice/nerdctl-$infra.scope"
test_result $? "cgroups as runtimes make them"
expect_equal "Docker" "docker|web|$id|nginx:1.25|docker-$id.scope|system.slice" \
	"$(fields "system.slice/docker-$id.scope" runtime container container_id image unit slice)"
expect_equal "Docker with cgroupfs" "docker|web|nginx:1.25|" \
	"$(fields "docker/$id" runtime container image unit)"
expect_equal "Podman" "podman|db|docker.io/library/postgres:16" \
	"$(fields "machine.slice/libpod-$id.scope/container" runtime container image)"
expect_equal "Podman, in a pod" "podman|db|till" \
	"$(fields "machine.slice/machine-libpod_pod_$pod.slice/libpod-$id.scope/container" runtime container pod)"
expect_equal "Podman, in a pod with cgroupfs" "podman|db|till" \
	"$(fields "libpod_parent/$pod/libpod-$id" runtime container pod)"
expect_equal "Podman, in a unit" "podman|db|docker.io/library/postgres:16|db.service" \
	"$(fields "system.slice/db.service/libpod-payload-$id" runtime container image unit)"
expect_equal "containerd, Kubernetes" "containerd|app|app-7d9f-xyz|shop|example.org/app:3" \
	"$(fields "$pods/cri-containerd-$id.scope" runtime container pod namespace image)"
expect_equal "nerdctl" "containerd|cache|$infra" \
	"$(fields "system.slice/nerdctl-$infra.scope" runtime container container_id)"
expect_equal "CRI-O" "cri-o|side|pod-1|prod|quay.io/side:2" \
	"$(fields "$pods/crio-$id.scope" runtime container pod namespace image)"
expect_equal "LXC, a unit inside" "lxc|web|cron.service" \
	"$(fields "lxc.payload.web/system.slice/cron.service" runtime container unit)"
expect_equal "nspawn" "nspawn|deb-12|/var/lib/machines/deb-12" \
	"$(fields 'machine.slice/machine-deb\x2d12.scope' runtime container image)"
expect_equal "nspawn, in any unit" "nspawn|deb-12|/var/lib/machines/deb-12|till.service" \
	"$(fields system.slice/till.service/payload runtime container image unit)"
expect_equal "and one of that name in a container" "lxc|web|till.service" \
	"$(fields lxc.payload.web/system.slice/till.service runtime container unit)"
expect_equal "a unit" "|nginx.service|system.slice" \
	"$(fields system.slice/nginx.service runtime unit slice)"

expect_equal "a branch of the tree" "lxc.payload.web system.slice cron.service till.service" \
	"$("$SEKISHO" -j show cgroup --tree -c '*/lxc.payload.web' | jq -r '[.[].cgroup | split("/")[-1]] | join(" ")')"

"$SEKISHO" export --once --scope cgroup >"$TMPDIR/metrics" && grep '^sekisho_cgroup_info{' "$TMPDIR/metrics" |
	grep 'runtime="docker"' | grep 'container="web"' | grep -q 'image="nginx:1.25"'
test_result $? "as a metric to join with"

# Without the files of the runtime there is what the path says.
umount /var/lib
expect_equal "no state files" "docker|4e5f6a7b8c9d|$id|" \
	"$(fields "system.slice/docker-$id.scope" runtime container container_id image)"

# The kernel refuses a newline alone.
evil=$(printf 'a b"c\\\033[31m\303(')
sends "$evil" && "$SEKISHO" -j show cgroup | json 'any(.[]; .cgroup | test("a b\"c"))' >/dev/null &&
	"$SEKISHO" -j show cgroup --tree | json 'any(.[]; .cgroup | test("a b\"c"))' >/dev/null
test_result $? "quote, backslash, escape, invalid UTF-8: JSON"
# Every line of text is a row of the table, and has no control characters.
"$SEKISHO" show cgroup >"$TMPDIR/text" &&
	[ "$(wc -l <"$TMPDIR/text")" = $(($("$SEKISHO" -j show cgroup | jq length) + 1)) ] &&
	! LC_ALL=C grep -q "$(printf '\033')" "$TMPDIR/text"
test_result $? "and text"
test_finish
