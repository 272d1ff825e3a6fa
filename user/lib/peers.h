/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of WireGuard peers. BPF counts by remote end and session; here it is entered which
 * public key that is, and read again by peer.
 */
#ifndef SEK_LIB_PEERS_H
#define SEK_LIB_PEERS_H

#include <stddef.h>

#include "counters.h"
#include "netns.h"
#include "tunnel/device.h"

/**
 * sek_peers_enter() - tell the books whose remote ends a device's peers have
 * @m: maps
 * @netns: where the device is
 * @socket_cookie: of the namespace where its UDP socket is
 * @device: the device, with its peers
 *
 * A remote end that has a slot keeps it, with all that was counted; one that is another peer's
 * now gets a new one with its next message. Peers that there is no room for are counted as
 * overflow.
 *
 * Return: 0 or -errno.
 */
int sek_peers_enter(const struct sek_maps *m, const struct sek_netns *netns,
		    uint64_t socket_cookie, const struct sek_device *device);

/**
 * struct sek_peers_slots - all slots of peers, at one moment
 * @life: see sek_peer_ref()
 * @place: the remote end that each was given to; port 0: not written yet, or not in use
 * @id: which peer that is; ifindex 0: not known
 */
struct sek_peers_slots {
	__u32 life[SEK_PEER_SLOTS];
	struct sek_remote_key place[SEK_PEER_SLOTS];
	struct sek_peer_id id[SEK_PEER_SLOTS];
};

/**
 * sek_peers_slots() - read them
 * @m: maps
 * @ret: freed by the caller
 *
 * Return: 0 or -errno.
 */
int sek_peers_slots(const struct sek_maps *m, struct sek_peers_slots **ret);

/**
 * sek_peers_place() - a remote end as a key
 * @netns_cookie: of the socket's namespace
 * @port: the socket's
 * @remote: the remote end
 * @ret: filled in
 *
 * Return: false if @remote is none.
 */
bool sek_peers_place(uint64_t netns_cookie, uint16_t port, const union sek_endpoint *remote,
		     struct sek_remote_key *ret);

/** sek_peers_owner() - whose counters those of a peer are */
struct sek_peer_owner sek_peers_owner(const struct sek_peer_id *id);

/** sek_peers_slot_of() - the slot that @ref refers to; SEK_SLOT_OVERFLOW: to none of @slots */
uint32_t sek_peers_slot_of(const struct sek_peers_slots *slots, __u32 ref);

/**
 * sek_peers_read_slot() - what a slot has counted
 * @m: maps
 * @slot: slot
 * @ret: by sek_peer_cell_index(), all CPUs
 *
 * Return: 0 or -errno.
 */
int sek_peers_read_slot(const struct sek_maps *m, uint32_t slot,
			struct sek_peer_cell ret[SEK_PEER_CELLS]);

/** sek_peers_add_cells() - add a slot's cells to others */
void sek_peers_add_cells(struct sek_peer_cell *to, const struct sek_peer_cell *from);

/** sek_peers_are_zero() - has a slot counted nothing? */
bool sek_peers_are_zero(const struct sek_peer_cell *cell);

/**
 * sek_peers_used() - how many remote ends have counters of their own
 * @m: open maps
 * @ret: at most SEK_PEER_SLOTS - 1; untouched on failure
 *
 * Return: 0 or -errno.
 */
int sek_peers_used(const struct sek_maps *m, uint32_t *ret);

/**
 * sek_peers_walk() - call a function for each counter of a peer that is not zero
 * @m: maps
 * @netns: from sek_netns_list(), for names
 * @netns_n: how many
 * @fn: gets the row and @arg; not 0 ends the walk
 * @arg: for @fn
 *
 * Return: what @fn returned, or -errno.
 */
int sek_peers_walk(const struct sek_maps *m, const struct sek_netns *netns, size_t netns_n,
		   sek_row_fn fn, void *arg);

#endif
