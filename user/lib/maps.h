/* SPDX-License-Identifier: GPL-2.0-only */
/* The pinned maps, for commands that read or write them without the programs. */
#ifndef SEK_LIB_MAPS_H
#define SEK_LIB_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/abi.h"

/* In the order in which they are opened; the one that tells the version first. */
enum sek_map {
	SEK_MAP_META,
	SEK_MAP_LINK_IDS,
	SEK_MAP_LINKS,
	SEK_MAP_LINK_COUNT,
	SEK_MAP_CGROUP_IDS,
	SEK_MAP_CGROUP_LAST,
	SEK_MAP_CGROUP_CACHE,
	SEK_MAP_CGROUP_OWNER,
	SEK_MAP_CGROUP_FREE,
	SEK_MAP_CGROUP_GONE,
	SEK_MAP_CGROUP_COUNT,
	SEK_MAP_TUNNEL_COUNT,
	SEK_MAP_ICMP_COUNT,
	SEK_MAP_REMOVED,
	SEK_MAP_ICMP_REMOVED,
	SEK_MAP_NETNS_KNOWN,
	SEK_MAP_EVENTS,
	SEK_MAP_PORTS,
	SEK_MAP_PORT_IDS,
	SEK_MAP_SESSIONS,
	SEK_MAP_LOCAL_IN_JUMP,
	SEK_MAP_REMOTES,
	SEK_MAP_INDEXES,
	SEK_MAP_UNANSWERED,
	SEK_MAP_PEER_LAST,
	SEK_MAP_PEER_LIVES,
	SEK_MAP_PEER_FREE,
	SEK_MAP_PEER_PLACES,
	SEK_MAP_PEERS,
	SEK_MAP_PEER_REMOVED,
	SEK_MAP_PEER_COUNT,
	SEK_MAP_STATS,
	SEK_MAP_NR
};

/**
 * struct sek_maps - open maps
 * @fd: descriptors, in the order of enum sek_map; -1: not open
 * @link_slots: slots for interfaces, the overflow slot included
 * @cgroup_slots: slots for cgroups, slots 0 and 1 included
 * @link_ids_bits: log2 of the entries of sek_link_ids
 * @cpus: possible CPUs: values that a per-CPU lookup returns
 */
struct sek_maps {
	int fd[SEK_MAP_NR];
	uint32_t link_slots;
	uint32_t cgroup_slots;
	uint32_t link_ids_bits;
	uint32_t cpus;
};

/** sek_map_names - by enum sek_map: name of the map and of its pin */
extern const char *const sek_map_names[SEK_MAP_NR];

/**
 * sek_maps_link_ids() - entries that sek_link_ids needs
 * @link_slots: slots for interfaces
 *
 * Return: a power of two.
 */
uint32_t sek_maps_link_ids(uint32_t link_slots);

/**
 * sek_maps_open() - open the pinned maps
 * @m: filled in; closed by sek_maps_close()
 *
 * Return: 0, -ENOENT if sekisho is not loaded, -EPROTO if another version of
 * the ABI is, or -errno.
 */
int sek_maps_open(struct sek_maps *m);

/**
 * sek_maps_close() - close them
 * @m: maps
 */
void sek_maps_close(struct sek_maps *m);

/**
 * sek_maps_meta() - read the one entry of sek_meta
 * @m: maps
 * @ret: filled in
 *
 * Return: 0 or -errno.
 */
int sek_maps_meta(const struct sek_maps *m, struct sek_meta *ret);

/**
 * sek_maps_links() - read all link slots
 * @m: maps
 * @ret: array of @m->link_slots, indexed by slot; freed by the caller
 *
 * Return: 0 or -errno.
 */
int sek_maps_links(const struct sek_maps *m, struct sek_link **ret);

/**
 * sek_maps_owners() - read who has which cgroup slot
 * @m: maps
 * @ret: array of @m->cgroup_slots cgroup ids, 0 for free slots; freed by the caller
 *
 * Return: 0 or -errno.
 */
int sek_maps_owners(const struct sek_maps *m, uint64_t **ret);

/**
 * sek_maps_link_slot() - the slot of an interface, a new one if need be
 * @m: maps
 * @links: from sek_maps_links(); kept up to date
 * @link: who it is, and what kind; other flags are kept if it is known
 * @l2: how its packets begin
 *
 * Return: the slot, SEK_SLOT_OVERFLOW if there are none left, or -errno.
 */
int sek_maps_link_slot(const struct sek_maps *m, struct sek_link *links,
		       const struct sek_link *link, enum sek_l2 l2);

/**
 * sek_maps_link_remove() - free a slot whose counters have been settled
 * @m: maps
 * @links: from sek_maps_links(); kept up to date
 * @slot: not the overflow slot
 *
 * Return: 0 or -errno.
 */
int sek_maps_link_remove(const struct sek_maps *m, struct sek_link *links, uint32_t slot);

/**
 * sek_maps_link_write() - write back a slot's entry after a change of its flags
 * @m: maps
 * @links: from sek_maps_links()
 * @slot: not the overflow slot
 *
 * Return: 0 or -errno.
 */
int sek_maps_link_write(const struct sek_maps *m, const struct sek_link *links, uint32_t slot);

/**
 * sek_maps_link_flags() - what is known of an interface
 * @m: maps
 * @netns_cookie: of its namespace
 * @ifindex: its index there
 *
 * Return: SEK_LINK_*, 0 also if it has no slot.
 */
uint32_t sek_maps_link_flags(const struct sek_maps *m, uint64_t netns_cookie, uint32_t ifindex);

/**
 * sek_maps_index() - where the counters of one identity at one point are
 * @point: enum sek_point, not SEK_POINT_TUNNEL
 * @slot: of the link or cgroup
 *
 * Return: index into sek_link_count or sek_cgroup_count.
 */
uint32_t sek_maps_index(enum sek_point point, uint32_t slot);

/**
 * sek_maps_counters() - the counters of one identity at one point, all CPUs
 * @m: maps
 * @point: enum sek_point
 * @slot: of the link or cgroup
 * @ret: summed up
 *
 * Return: 0 or -errno.
 */
int sek_maps_counters(const struct sek_maps *m, enum sek_point point, uint32_t slot,
		      struct sek_counters *ret);

/**
 * sek_maps_tunnel_slots() - which cgroups have something at SEK_POINT_TUNNEL
 * @m: maps
 * @ret: array of @m->cgroup_slots; freed by the caller
 *
 * They are few: who goes through all slots asks this, in one call, before.
 *
 * Return: 0 or -errno.
 */
int sek_maps_tunnel_slots(const struct sek_maps *m, bool **ret);

/**
 * sek_maps_counters_zero() - set them to zero
 * @m: maps
 * @point: enum sek_point
 * @slot: of the link or cgroup, whose counters stand still
 *
 * Return: 0 or -errno.
 */
int sek_maps_counters_zero(const struct sek_maps *m, enum sek_point point, uint32_t slot);

/**
 * sek_maps_counters_add() - add counters to others
 * @to: where to
 * @from: what is added
 */
void sek_maps_counters_add(struct sek_counters *to, const struct sek_counters *from);

/**
 * sek_maps_stats() - the books' own health, all CPUs
 * @m: maps
 * @ret: summed up
 *
 * Return: 0 or -errno.
 */
int sek_maps_stats(const struct sek_maps *m, struct sek_stats *ret);

#endif
