/* SPDX-License-Identifier: GPL-2.0-only */
/* What counters.c, which walks over what is there, shares with counters_removed.c. */
#ifndef SEK_LIB_COUNTERS_PRIV_H
#define SEK_LIB_COUNTERS_PRIV_H

#include <limits.h>

#include "counters.h"
#include "maps_block.h"
#include "netns.h"

/*
 * One walk: the maps, and the names that were looked up once for all rows.
 * @block: reads ahead, for those who go through all slots; else NULL
 * @moved: what a move that was cut off has added to its target already
 */
struct sek_walk {
	const struct sek_maps *m;
	sek_row_fn fn;
	void *arg;
	struct sek_maps_block *block;
	struct sek_link *links;
	uint64_t *owners;
	struct sek_netns *netns;
	size_t netns_n;
	char cgroup_mount[PATH_MAX];
	int cgroup_fd;
	struct {
		enum sek_from from;
		uint32_t point;
		uint32_t slot;
		uint64_t owner;
	} moved;
};

/* Names of one cgroup, in buffers of the caller. */
struct sek_cgroup_names {
	char path[PATH_MAX];
	char name[NAME_MAX + 1];
};

/* A namespace is called what it is called now, or else what it was called. */
const char *sek_counters_netns(const struct sek_walk *w, uint64_t cookie);
void sek_counters_set_cgroup(const struct sek_walk *w, struct sek_row *row, uint64_t id,
			     struct sek_cgroup_names *names);
void sek_counters_set_cell(struct sek_row *row, const struct sek_cell *cell);
void sek_counters_set_point(struct sek_row *row, enum sek_point point);
int sek_counters_read(const struct sek_walk *w, enum sek_point point, uint32_t slot,
		      struct sek_counters *ret);

/* Each cell that has counted something is a row. */
int sek_counters_emit(const struct sek_walk *w, struct sek_row *row, enum sek_point point,
		      const struct sek_counters *counters);

int sek_counters_find_moved(struct sek_walk *w);
int sek_counters_add_removed(const struct sek_walk *w, enum sek_point point, uint64_t owner,
			     struct sek_counters *to);
bool sek_counters_is_icmp_moved(const struct sek_walk *w, const struct sek_icmp_key *key);
int sek_counters_walk_removed(const struct sek_walk *w, enum sek_scope scope);

#endif
