// SPDX-License-Identifier: GPL-2.0-only
#include "cgroup_state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "cgroup.h"
#include "cleanup.h"
#include "netns.h"

const char *const sek_cgroup_mode_names[] = {
	[SEK_CGROUP_MODE_UNIFIED] = "v2",
	[SEK_CGROUP_MODE_HYBRID] = "hybrid",
	[SEK_CGROUP_MODE_LEGACY] = "v1",
};

const char *const sek_cgroup_zone_names[] = {
	[SEK_CGROUP_ZONE_NONE] = NULL,
	[SEK_CGROUP_ZONE_SHARED] = "shared",
	[SEK_CGROUP_ZONE_EXCLUSIVE] = "exclusive",
};

/* Controllers of v1 that are options of a mount, among others that are not. */
static const char *const v1_names[] = { "cpu",	   "cpuacct", "cpuset",	 "memory",    "pids",
					"blkio",   "devices", "freezer", "net_cls",   "net_prio",
					"hugetlb", "rdma",    "misc",	 "perf_event" };

static void add_v1(struct sek_cgroup_mounts *m, const struct mntent *mount)
{
	size_t len;

	for (size_t i = 0; i < sizeof(v1_names) / sizeof(*v1_names); i++) {
		if (!hasmntopt(mount, v1_names[i]))
			continue;
		len = strlen(m->v1_controllers);
		snprintf(m->v1_controllers + len, sizeof(m->v1_controllers) - len, "%s%s",
			 len ? "," : "", v1_names[i]);
		if (!strcmp(v1_names[i], "memory"))
			snprintf(m->memory, sizeof(m->memory), "%s", mount->mnt_dir);
		else if (!strcmp(v1_names[i], "pids"))
			snprintf(m->pids, sizeof(m->pids), "%s", mount->mnt_dir);
		else if (!strcmp(v1_names[i], "cpuacct"))
			snprintf(m->cpuacct, sizeof(m->cpuacct), "%s", mount->mnt_dir);
	}
}

int sek_cgroup_mounts(struct sek_cgroup_mounts *ret)
{
	FILE *file = setmntent("/proc/self/mounts", "re");
	char buf[2 * PATH_MAX];
	struct mntent mount;
	bool v1 = false;
	int err;

	memset(ret, 0, sizeof(*ret));
	if (!file)
		return -errno;
	while (getmntent_r(file, &mount, buf, sizeof(buf))) {
		if (strcmp(mount.mnt_type, "cgroup") != 0)
			continue;
		v1 = true;
		add_v1(ret, &mount);
	}
	endmntent(file);
	err = sek_cgroup_mount(ret->v2);
	if (err && err != -ENOENT)
		return err;
	ret->mode = err	 ? SEK_CGROUP_MODE_LEGACY
		    : v1 ? SEK_CGROUP_MODE_HYBRID
			 : SEK_CGROUP_MODE_UNIFIED;
	return 0;
}

/* Reads a small file; "" if it cannot be. */
static void read_file(const char *mount, const char *path, const char *file, char *ret, size_t size)
{
	SEK_CLEANUP(sek_closep) int fd = -1;
	char name[2 * PATH_MAX + 64];
	ssize_t len;

	ret[0] = '\0';
	if (!*mount)
		return;
	snprintf(name, sizeof(name), "%s%s/%s", mount, path, file);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, ret, size - 1);
	ret[len > 0 ? len : 0] = '\0';
}

/* "max" and what is not there are no limit, and unknown. */
static uint64_t read_number(const char *mount, const char *path, const char *file)
{
	char text[64], *end;
	uint64_t value;

	read_file(mount, path, file, text, sizeof(text));
	errno = 0;
	value = strtoull(text, &end, 10);
	return end == text || errno ? SEK_CGROUP_UNKNOWN : value;
}

/* v1 has no "max": its limit is then about all that a long holds. */
static uint64_t read_limit(const char *mount, const char *path, const char *file)
{
	uint64_t value = read_number(mount, path, file);

	return value >= INT64_MAX / 2 ? SEK_CGROUP_UNKNOWN : value;
}

static uint64_t read_cpu(const struct sek_cgroup_mounts *m, const char *path)
{
	uint64_t usec, nsec;
	char text[512];

	read_file(m->v2, path, "cpu.stat", text, sizeof(text));
	if (sscanf(text, "usage_usec %" SCNu64, &usec) == 1)
		return usec;
	nsec = read_number(m->cpuacct, path, "cpuacct.usage");
	return nsec == SEK_CGROUP_UNKNOWN ? nsec : nsec / 1000;
}

static uint64_t or_v1(uint64_t v2, uint64_t v1)
{
	return v2 == SEK_CGROUP_UNKNOWN ? v1 : v2;
}

static uint64_t count_processes(const struct sek_cgroup_mounts *m, const char *path,
				uint32_t *ret_first)
{
	SEK_CLEANUP(sek_fclosep) FILE *file = NULL;
	char name[2 * PATH_MAX + 64];
	unsigned int pid;
	uint64_t n = 0;

	snprintf(name, sizeof(name), "%s%s/cgroup.procs", m->v2, path);
	file = fopen(name, "re");
	/* 0 is one of another pid namespace. */
	while (file && fscanf(file, "%u", &pid) == 1) {
		if (!*ret_first)
			*ret_first = pid;
		n++;
	}
	return n;
}

static enum sek_cgroup_zone zone_of(uint32_t pid)
{
	char path[64];
	int host;

	if (!pid)
		return SEK_CGROUP_ZONE_NONE;
	snprintf(path, sizeof(path), "/proc/%u/ns/net", pid);
	host = sek_netns_is_host(path);
	return host < 0 ? SEK_CGROUP_ZONE_NONE :
	       host	? SEK_CGROUP_ZONE_SHARED :
			  SEK_CGROUP_ZONE_EXCLUSIVE;
}

/* Who is in a container can nest cgroups in it as he likes. */
#define DEPTH_MAX 8

/* Of @path, which has room for PATH_MAX bytes and is the same again afterwards. */
static uint32_t first_process(const struct sek_cgroup_mounts *m, char *path, int depth)
{
	SEK_CLEANUP(sek_closedirp) DIR *dir = NULL;
	char name[2 * PATH_MAX + 64];
	size_t len = strlen(path);
	struct dirent *entry;
	uint32_t pid = 0;

	if (count_processes(m, path, &pid) || depth == DEPTH_MAX)
		return pid;
	snprintf(name, sizeof(name), "%s%s", m->v2, path);
	dir = opendir(name);
	while (!pid && dir && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, "..") || len + 1 + strlen(entry->d_name) >= PATH_MAX)
			continue;
		path[len] = '/';
		strcpy(path + len + 1, entry->d_name);
		pid = first_process(m, path, depth + 1);
		path[len] = '\0';
	}
	return pid;
}

enum sek_cgroup_zone sek_cgroup_zone(const struct sek_cgroup_mounts *m, const char *path,
				     size_t len)
{
	char cut[PATH_MAX];

	if (len >= sizeof(cut))
		return SEK_CGROUP_ZONE_NONE;
	snprintf(cut, sizeof(cut), "%.*s", (int)len, path);
	return zone_of(first_process(m, cut, 0));
}

void sek_cgroup_state(const struct sek_cgroup_mounts *m, const char *path,
		      struct sek_cgroup_state *ret)
{
	memset(ret, 0, sizeof(*ret));
	/* The root has no name of its own. */
	if (!strcmp(path, "/"))
		path = "";
	read_file(m->v2, path, "cgroup.controllers", ret->controllers, sizeof(ret->controllers));
	ret->controllers[strcspn(ret->controllers, "\n")] = '\0';
	ret->processes = count_processes(m, path, &ret->pid);
	ret->zone = zone_of(ret->pid);
	ret->pids = or_v1(read_number(m->v2, path, "pids.current"),
			  read_number(m->pids, path, "pids.current"));
	ret->pids_max = or_v1(read_number(m->v2, path, "pids.max"),
			      read_number(m->pids, path, "pids.max"));
	ret->memory = or_v1(read_number(m->v2, path, "memory.current"),
			    read_number(m->memory, path, "memory.usage_in_bytes"));
	ret->memory_max = or_v1(read_number(m->v2, path, "memory.max"),
				read_limit(m->memory, path, "memory.limit_in_bytes"));
	ret->cpu_usec = read_cpu(m, path);
}

/* enum bpf_attach_type, as bpftool calls them. */
static const struct {
	int type;
	const char *name;
} hooks[] = {
	{ BPF_CGROUP_INET_INGRESS, "ingress" },
	{ BPF_CGROUP_INET_EGRESS, "egress" },
	{ BPF_CGROUP_INET_SOCK_CREATE, "sock_create" },
	{ BPF_CGROUP_INET_SOCK_RELEASE, "sock_release" },
	{ BPF_CGROUP_SOCK_OPS, "sock_ops" },
	{ BPF_CGROUP_DEVICE, "device" },
	{ BPF_CGROUP_INET4_BIND, "bind4" },
	{ BPF_CGROUP_INET6_BIND, "bind6" },
	{ BPF_CGROUP_INET4_POST_BIND, "post_bind4" },
	{ BPF_CGROUP_INET6_POST_BIND, "post_bind6" },
	{ BPF_CGROUP_INET4_CONNECT, "connect4" },
	{ BPF_CGROUP_INET6_CONNECT, "connect6" },
	{ BPF_CGROUP_UDP4_SENDMSG, "sendmsg4" },
	{ BPF_CGROUP_UDP6_SENDMSG, "sendmsg6" },
	{ BPF_CGROUP_UDP4_RECVMSG, "recvmsg4" },
	{ BPF_CGROUP_UDP6_RECVMSG, "recvmsg6" },
	{ BPF_CGROUP_SYSCTL, "sysctl" },
	{ BPF_CGROUP_GETSOCKOPT, "getsockopt" },
	{ BPF_CGROUP_SETSOCKOPT, "setsockopt" },
};

/* The kernel allows 64 at one hook (BPF_CGROUP_MAX_PROGS). */
#define PROGRAMS_MAX 64

static void add_program(const char *hook, uint32_t id, char *ret, size_t size)
{
	struct bpf_prog_info info = {};
	__u32 info_len = sizeof(info);
	size_t len = strlen(ret);
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd >= 0)
		bpf_obj_get_info_by_fd(fd, &info, &info_len);
	snprintf(ret + len, size - len, "%s%s:%s", len ? " " : "", hook,
		 info.name[0] ? info.name : "?");
	if (fd >= 0)
		close(fd);
}

void sek_cgroup_programs(const char *dir, char *ret, size_t size)
{
	SEK_CLEANUP(sek_closep) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	__u32 ids[PROGRAMS_MAX], n, flags;

	ret[0] = '\0';
	for (size_t i = 0; fd >= 0 && i < sizeof(hooks) / sizeof(*hooks); i++) {
		n = PROGRAMS_MAX;
		if (bpf_prog_query(fd, hooks[i].type, 0, &flags, ids, &n))
			continue;
		for (__u32 k = 0; k < n; k++)
			add_program(hooks[i].name, ids[k], ret, size);
	}
}
