/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel tells of one cgroup: processes, controllers, use and limits, BPF programs. */
#ifndef SEK_CGROUP_STATE_H
#define SEK_CGROUP_STATE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the host has its hierarchies. */
enum sek_cgroup_mode {
	SEK_CGROUP_MODE_UNIFIED, /* v2 alone */
	SEK_CGROUP_MODE_HYBRID,	 /* v2, and controllers in v1 */
	SEK_CGROUP_MODE_LEGACY,	 /* v1 alone: nothing is accounted */
};

/** sek_cgroup_mode_names - by enum sek_cgroup_mode */
extern const char *const sek_cgroup_mode_names[3];

/**
 * struct sek_cgroup_mounts - where hierarchies are mounted
 * @mode: enum sek_cgroup_mode
 * @v2: cgroup2; "" if nowhere
 * @memory: v1 with this controller; "" if nowhere
 * @pids: likewise
 * @cpuacct: likewise
 * @v1_controllers: of all v1 hierarchies, separated by commas
 */
struct sek_cgroup_mounts {
	enum sek_cgroup_mode mode;
	char v2[PATH_MAX];
	char memory[PATH_MAX];
	char pids[PATH_MAX];
	char cpuacct[PATH_MAX];
	char v1_controllers[256];
};

/* Whether processes of a cgroup use the host's network namespace or one of their own. */
enum sek_cgroup_zone {
	SEK_CGROUP_ZONE_NONE, /* no process */
	SEK_CGROUP_ZONE_SHARED,
	SEK_CGROUP_ZONE_EXCLUSIVE,
};

/** sek_cgroup_zone_names - by enum sek_cgroup_zone; NULL for none */
extern const char *const sek_cgroup_zone_names[3];

/** SEK_CGROUP_UNKNOWN - a number that the kernel does not tell; also no limit */
#define SEK_CGROUP_UNKNOWN UINT64_MAX

/**
 * struct sek_cgroup_state - one cgroup
 * @controllers: that it has in v2, separated by blanks
 * @processes: in itself
 * @pid: one of them, 0: none
 * @zone: enum sek_cgroup_zone, of @pid
 * @pids: processes and threads, with those below
 * @pids_max: their limit
 * @memory: bytes charged, with those below
 * @memory_max: their limit
 * @cpu_usec: microseconds used, with those below
 */
struct sek_cgroup_state {
	char controllers[128];
	uint64_t processes;
	uint32_t pid;
	enum sek_cgroup_zone zone;
	uint64_t pids;
	uint64_t pids_max;
	uint64_t memory;
	uint64_t memory_max;
	uint64_t cpu_usec;
};

/**
 * sek_cgroup_zone() - zone of a cgroup without processes that is part of a container
 * @m: hierarchies
 * @path: the container's own cgroup, as sek_cgroup_path() gives it
 * @len: so many bytes of @path
 *
 * Return: enum sek_cgroup_zone, of the first process found in it or below.
 */
enum sek_cgroup_zone sek_cgroup_zone(const struct sek_cgroup_mounts *m, const char *path,
				     size_t len);

/**
 * sek_cgroup_mounts() - find the hierarchies
 * @ret: filled in
 *
 * Return: 0 or -errno.
 */
int sek_cgroup_mounts(struct sek_cgroup_mounts *ret);

/**
 * sek_cgroup_state() - read one cgroup's files
 * @m: mounts
 * @path: below the root of cgroup2; v1 controllers are looked for under the same path
 * @ret: filled in; what cannot be read is SEK_CGROUP_UNKNOWN
 */
void sek_cgroup_state(const struct sek_cgroup_mounts *m, const char *path,
		      struct sek_cgroup_state *ret);

/**
 * sek_cgroup_programs() - the BPF programs that are attached to a cgroup itself
 * @dir: its directory
 * @ret: "HOOK:NAME" of each, separated by blanks; cut if longer
 * @size: of @ret, at least 1
 */
void sek_cgroup_programs(const char *dir, char *ret, size_t size);

#endif
