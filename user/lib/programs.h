/* SPDX-License-Identifier: GPL-2.0-only */
/* The BPF programs: loaded once, pinned, and found again by later commands. */
#ifndef SEK_LIB_PROGRAMS_H
#define SEK_LIB_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/abi.h"

/* One for each program that is attached somewhere, or jumped to. */
enum sek_prog {
	SEK_PROG_XDP,
	SEK_PROG_TC_INGRESS,
	SEK_PROG_TC_EGRESS,
	SEK_PROG_CGROUP_INGRESS,
	SEK_PROG_CGROUP_EGRESS,
	SEK_PROG_LOCAL_IN, /* attached; jumps to the next one */
	SEK_PROG_LOCAL_IN_COUNT,
	/* At tracepoints: the first two wherever cgroups are counted, the others by a follower. */
	SEK_PROG_CGROUP_RMDIR,
	SEK_PROG_CGROUP_RELEASE,
	SEK_PROG_NETNS_FORK,
	SEK_PROG_NETNS_EXEC,
	SEK_PROG_NR
};

/** sek_prog_names - by enum sek_prog: name of the program and of its pin */
extern const char *const sek_prog_names[SEK_PROG_NR];

/**
 * struct sek_programs - the programs that are to be attached
 * @fd: descriptors, by enum sek_prog; those of LOCAL_IN are -1 on a kernel
 *	that has no netfilter programs
 * @id: the kernel's ids, likewise
 * @fresh: they were loaded now, and are not the ones that were pinned
 */
struct sek_programs {
	int fd[SEK_PROG_NR];
	uint32_t id[SEK_PROG_NR];
	bool fresh;
};

/**
 * struct sek_sizes - how many identities there can be
 * @link_slots: interfaces, the overflow slot included
 * @cgroup_slots: cgroups, with slots 0 and 1
 */
struct sek_sizes {
	uint32_t link_slots;
	uint32_t cgroup_slots;
};

/** sek_programs_build() - what tells this command's programs from another's */
uint64_t sek_programs_build(void);

/**
 * sek_programs_open() - the programs of this build
 * @p: filled in; closed by sek_programs_close()
 * @sizes: for maps that are made now; those that are pinned keep theirs
 *
 * Takes the pinned programs if they are of this build, otherwise loads new
 * ones on top of the pinned maps; makes and pins maps where there are none.
 * New programs are not pinned before sek_programs_pin(). bpffs must be held.
 *
 * Return: 0, -EPROTO if the pinned maps are of another ABI, or -errno.
 */
int sek_programs_open(struct sek_programs *p, const struct sek_sizes *sizes);

/**
 * sek_programs_pin() - make these the programs of later commands
 * @p: programs
 *
 * Return: 0 or -errno.
 */
int sek_programs_pin(const struct sek_programs *p);

/**
 * sek_programs_close() - close descriptors
 * @p: programs
 */
void sek_programs_close(struct sek_programs *p);

/**
 * sek_programs_kern_ctx() - does the kernel have bpf_cast_to_kern_ctx()?
 *
 * Return: true if a tc program may call it.
 */
bool sek_programs_kern_ctx(void);

#endif
