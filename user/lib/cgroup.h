/* SPDX-License-Identifier: GPL-2.0-only */
/* Control groups of the unified hierarchy (cgroup2): where, which, and what people call them. */
#ifndef SEK_CGROUP_H
#define SEK_CGROUP_H

#include <limits.h>
#include <stddef.h>

#include <linux/types.h>

/**
 * sek_cgroup_mount - where cgroup2 is mounted
 * @path: untouched on failure; of several places one that shows the whole hierarchy, if any
 *
 * Return: 0; -ENOENT if nowhere; another -errno.
 */
int sek_cgroup_mount(char path[PATH_MAX]);

/**
 * sek_cgroup_id - the id of a cgroup, as bpf_skb_cgroup_id() tells it
 * @path: its directory
 * @ret: unique since boot; untouched on failure
 *
 * Return: 0; -EINVAL if @path is not a directory of cgroup2; another -errno.
 */
int sek_cgroup_id(const char *path, __u64 *ret);

/**
 * sek_cgroup_path - where a cgroup is
 * @mount_fd: any directory of the cgroup2 mount, open
 * @mount: that mount's path
 * @id: what sek_cgroup_id() or BPF said
 * @ret: path below the mount, beginning with "/"; "/" for its root; untouched on failure
 * @size: of @ret
 *
 * The kernel finds it by its id: no tree is walked. Needs CAP_DAC_READ_SEARCH.
 *
 * Return: 0; -ESTALE if the cgroup is gone; -ENOENT if it is, or lies outside the mount;
 * -ENAMETOOLONG; another -errno.
 */
int sek_cgroup_path(int mount_fd, const char *mount, __u64 id, char *ret, size_t size);

/**
 * sek_cgroup_name - what people call a cgroup
 * @path: as sek_cgroup_path() gives it
 * @ret: cut at the end if longer
 * @size: of @ret, at least 1
 *
 * A container is "docker:ID", "podman:ID" or "cri:ID" (12 digits of its id), "lxc:NAME" or
 * "machine:NAME"; what is inside one has the container's name in front,
 * "machine:web/nginx.service". Others are called by their last component ("nginx.service"), the
 * root "/".
 */
void sek_cgroup_name(const char *path, char *ret, size_t size);

#endif
