/* SPDX-License-Identifier: GPL-2.0-only */
/* What inherit.c, which knows the maps, shares with inherit_totals.c, which adds them up. */
#ifndef SEK_LIB_INHERIT_PRIV_H
#define SEK_LIB_INHERIT_PRIV_H

#include "inherit.h"

/**
 * struct sek_inherit_layout - how a version of the ABI numbers what it counts
 * @abi: SEK_ABI_VERSION
 * @points: its enum sek_point, in its order, as ours
 * @link_points: how many of them sek_link_count has, the first ones
 * @cgroup_points: how many sek_cgroup_count has, the next ones; one more is that of tunnels
 * @points_n: how many there are
 * @classes: its enum sek_class likewise
 * @ip_classes: how many of them there are for each IP family; the last of these is MALFORMED
 * @classes_n: how many there are
 * @certainties: how many there are; all but the first have cells of their own for WireGuard's
 * @wireguard_classes: how many classes, the first ones, these are
 *
 * Structs that are read (sek_meta, sek_link, sek_link_id, sek_cgroup_gone, the key and head of
 * sek_removed, sek_cell, sek_icmp_key) are those of abi.h. A version that changes one needs a copy
 * of the old one here; without, the sizes of the maps tell, and nothing is inherited.
 */
struct sek_inherit_layout {
	uint32_t abi;
	const uint8_t *points;
	uint32_t link_points;
	uint32_t cgroup_points;
	uint32_t points_n;
	const uint8_t *classes;
	uint32_t ip_classes;
	uint32_t classes_n;
	uint32_t certainties;
	uint32_t wireguard_classes;
};

/**
 * struct sek_inherit - the other version's maps
 * @layout: of its version
 * @fd: descriptors by enum sek_map; -1: it has no such map
 * @link_slots: as in &struct sek_maps
 * @cgroup_slots: likewise
 * @cpus: likewise
 * @cells: in its struct sek_counters
 * @cell: by its index: ours
 * @moved: aside, just now
 * @lock: of the new books
 */
struct sek_inherit {
	const struct sek_inherit_layout *layout;
	int fd[SEK_MAP_NR];
	uint32_t link_slots;
	uint32_t cgroup_slots;
	uint32_t cpus;
	uint32_t cells;
	uint32_t cell[256];
	bool moved;
	int lock;
};

/* All values are in the new maps; no program counts in the old ones any more. */
int sek_inherit_add_up(const struct sek_inherit *h, const struct sek_maps *m);
int sek_inherit_add_up_peers(const struct sek_inherit *h, const struct sek_maps *m);

#endif
