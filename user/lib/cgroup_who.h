/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What people and their container runtimes call a cgroup, field by field: from
 * its path, and from the state files that runtimes keep. No daemon is asked.
 */
#ifndef SEK_CGROUP_WHO_H
#define SEK_CGROUP_WHO_H

#include <stdbool.h>
#include <stddef.h>

#include "cgroup.h"

#define SEK_WHO_LEN 256

/**
 * struct sek_cgroup_who - whose a cgroup is; "" where there is nothing to say
 * @unit: innermost systemd unit, such as "nginx.service"
 * @slice: innermost systemd slice
 * @runtime: "docker", "podman", "containerd", "cri-o", "kubernetes", "lxc", "nspawn", "libvirt",
 *	"machine", "runc" or "crun"
 * @container: name of the container, or else the first 12 digits of its id
 * @container_id: its whole id
 * @pod: name of the pod, or else its id
 * @namespace: of the pod, in Kubernetes
 * @image: that the container was made from
 * @container_len: bytes of the path, up to the end of the container's own cgroup; 0: no container
 *
 * Any bytes may be in them; what is longer is cut.
 */
struct sek_cgroup_who {
	char unit[SEK_WHO_LEN];
	char slice[SEK_WHO_LEN];
	char runtime[16];
	char container[SEK_WHO_LEN];
	char container_id[SEK_WHO_LEN];
	char pod[SEK_WHO_LEN];
	char namespace[SEK_WHO_LEN];
	char image[SEK_WHO_LEN];
	size_t container_len;
};

/**
 * sek_cgroup_who() - find out whose a cgroup is
 * @path: as sek_cgroup_path() gives it
 * @ret: filled in
 *
 * Reads, if they are there: Docker's config.v2.json, the containers.json of
 * containers/storage (Podman, CRI-O), the config.json of CRI-O's and of
 * containerd's tasks, and /run/systemd/machines.
 */
void sek_cgroup_who(const char *path, struct sek_cgroup_who *ret);

/* The parts of cgroup_who.c. */

/**
 * sek_cgroup_who_state() - fill in what the runtime's files say
 * @w: with @runtime and @container_id, or @container; "" is filled in
 */
void sek_cgroup_who_state(struct sek_cgroup_who *w);

/**
 * sek_cgroup_who_machine() - the machine that systemd-machined has registered for a unit
 * @unit: as the directory of its cgroup is called
 * @ret: its name; untouched if there is none
 *
 * Return: whether there is one.
 */
bool sek_cgroup_who_machine(const char *unit, char ret[SEK_WHO_LEN]);

#endif
