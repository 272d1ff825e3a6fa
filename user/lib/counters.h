/* SPDX-License-Identifier: GPL-2.0-only */
/* The counters as rows, with names: what `show` prints and exporters export. */
#ifndef SEK_LIB_COUNTERS_H
#define SEK_LIB_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "maps_block.h"

/* What rows are about. */
enum sek_scope {
	SEK_SCOPE_LINK,
	SEK_SCOPE_NETNS,
	SEK_SCOPE_CGROUP,
	SEK_SCOPE_PEER,
	SEK_SCOPE_TUNNEL, /* what WireGuard sent for cgroups, encrypted */
	SEK_SCOPE_ICMP,	  /* the last one: not exported, its types are more than labels should be */
	SEK_SCOPE_NR
};

#define SEK_SCOPE_EXPORTED_NR SEK_SCOPE_ICMP

/** sek_scope_names - by enum sek_scope: what people call it */
extern const char *const sek_scope_names[SEK_SCOPE_NR];

/**
 * struct sek_row - one counter
 * @slot: whose it is; rows of one identity follow each other; above SEK_SLOT_MAX, and others each
 *	time, for what has no slot any more
 * @point: enum sek_point, which tells hook, direction and route
 * @netns: name of the namespace; NULL in cgroup rows
 * @netns_ino: its inode, 0 if unknown
 * @ifname: interface; NULL in netns and cgroup rows
 * @ifindex: its index
 * @cgroup: path below the cgroup2 root, in cgroup and tunnel rows
 * @cgroup_name: what people call it
 * @cgroup_id: its id
 * @hook: "xdp", "tc", "netfilter", "cgroup" or "tunnel"
 * @egress: direction
 * @route: enum sek_route
 * @family: enum sek_family
 * @class: enum sek_class; not in ICMP rows
 * @certainty: enum sek_certainty, meaningful for WireGuard classes
 * @removed: of those that have gone from this place: interfaces of the namespace, cgroups below
 *	the cgroup; @ifname, or @cgroup_name, is then "removed"
 * @icmp_type: ICMP rows only
 * @icmp_code: likewise
 * @public_key: peer rows only: whose messages; NULL: not known
 * @endpoint: peer rows only: where they come from or go to, if @public_key is not known
 * @packets: packets on the wire
 * @bytes: bytes on the wire; of peer rows those of the messages, as WireGuard counts them
 * @wire_bytes: peer rows only: bytes on the wire
 * @skbs: socket buffers; one stands for many packets under GSO and GRO
 * @skb_bytes: their length, which is what interface statistics count
 *
 * Strings belong to the walk and are valid during the call.
 */
struct sek_row {
	uint32_t slot;
	uint32_t point;
	const char *netns;
	uint64_t netns_ino;
	const char *ifname;
	uint32_t ifindex;
	const char *cgroup;
	const char *cgroup_name;
	uint64_t cgroup_id;
	const char *hook;
	bool egress;
	uint32_t route;
	uint32_t family;
	uint32_t class;
	uint32_t certainty;
	bool removed;
	uint8_t icmp_type;
	uint8_t icmp_code;
	const char *public_key;
	const char *endpoint;
	uint64_t packets;
	uint64_t bytes;
	uint64_t wire_bytes;
	uint64_t skbs;
	uint64_t skb_bytes;
};

typedef int (*sek_row_fn)(const struct sek_row *row, void *arg);

/** SEK_NAME_OVERFLOW - name of what has no slot of its own */
#define SEK_NAME_OVERFLOW "overflow"

/** SEK_NAME_REMOVED - name of what has gone; also of namespaces that have */
#define SEK_NAME_REMOVED "removed"

/**
 * sek_counters_walk() - call a function for each counter that is not zero
 * @m: open maps
 * @scope: enum sek_scope
 * @fn: gets the row and @arg; not 0 ends the walk
 * @arg: for @fn
 *
 * Rows come in a stable order: by slot, that is in the order in which
 * identities appeared, then by hook, family and class.
 *
 * Return: what @fn returned, or -errno.
 */
int sek_counters_walk(const struct sek_maps *m, enum sek_scope scope, sek_row_fn fn, void *arg);

/** struct sek_points - the points whose counters a scope has; @end is not one of them */
struct sek_points {
	uint32_t first;
	uint32_t end;
};

/**
 * sek_counters_points() - the points of a scope
 * @scope: enum sek_scope; not PEER, which has none, or ICMP, which has all
 *
 * Return: the points.
 */
struct sek_points sek_counters_points(enum sek_scope scope);

/**
 * sek_counters_kind() - what a counter counts
 * @row: hook, egress, route, family, class and certainty are filled in
 * @point: enum sek_point
 * @cell: index into &struct sek_counters.cell
 */
void sek_counters_kind(struct sek_row *row, enum sek_point point, uint32_t cell);

/**
 * sek_counters_total() - all that one link has counted at one point
 * @block: reader of the map that has this point
 * @slot: of the link
 * @point: enum sek_point
 * @ret: the sum
 *
 * Return: 0 or -errno.
 */
int sek_counters_total(struct sek_maps_block *block, uint32_t slot, enum sek_point point,
		       struct sek_cell *ret);

#endif
