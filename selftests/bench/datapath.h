/* SPDX-License-Identifier: GPL-2.0-only */
/* The programs, loaded to be measured: pinned nowhere, gone with the process. */
#ifndef SEK_BENCH_DATAPATH_H
#define SEK_BENCH_DATAPATH_H

#include <stdint.h>

#include "sekisho/abi.h"
#include "bench/datapath.skel.h"

/* What the goal for memory is about: 200 links, 1,000 cgroups, and the overflow slots. */
#define SEK_DATAPATH_LINK_SLOTS   201
#define SEK_DATAPATH_CGROUP_SLOTS 1001

/**
 * sek_datapath_open() - load
 * @ret: gets the skeleton, to be destroyed with datapath_bpf__destroy();
 *	untouched on failure
 *
 * Return: 0 or -errno; sek_bpflog_first() may know more.
 */
int sek_datapath_open(struct datapath_bpf **ret);

/**
 * sek_datapath_add_link() - give an Ethernet interface a slot
 * @d: programs
 * @netns_cookie: of its namespace
 * @ifindex: its index there
 * @slot: from 1
 *
 * Return: 0 or -errno.
 */
int sek_datapath_add_link(const struct datapath_bpf *d, uint64_t netns_cookie, uint32_t ifindex,
			  uint16_t slot);

#endif
