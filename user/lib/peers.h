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
