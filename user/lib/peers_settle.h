/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slots of WireGuard peers that are nobody's any more: their counters are moved, and they are
 * given to others.
 *
 * WireGuard says nothing when a peer is removed or moves: the devices are asked, all at one
 * time. A slot stays with the peer whose remote end it is now. What it counted goes to its peer
 * if that has another slot by now; to its device if there is no such peer; to the namespace if
 * there is no such device; and at last to that of all namespaces that are gone. What cannot be
 * asked stays as it is.
 */
#ifndef SEK_LIB_PEERS_SETTLE_H
#define SEK_LIB_PEERS_SETTLE_H

#include "maps.h"
#include "netns.h"
#include "rtnl.h"
#include "tunnel/device.h"

/** struct sek_peers_seen - what the devices said; zero: nothing yet */
struct sek_peers_seen {
	struct sek_seen_iface *ifaces;
	size_t ifaces_n;
	struct sek_seen_peer *peers;
	size_t peers_n;
};

/**
 * sek_peers_seen_netns() - note that a namespace was asked, and its interfaces
 * @seen: what was seen
 * @netns_cookie: of the namespace
 * @ifaces: all of it
 * @n: how many
 *
 * Return: 0 or -ENOMEM.
 */
int sek_peers_seen_netns(struct sek_peers_seen *seen, uint64_t netns_cookie,
			 const struct sek_iface *ifaces, size_t n);

/**
 * sek_peers_seen_device() - note that a device of a namespace that was noted was asked
 * @seen: what was seen
 * @netns: of the device
 * @socket_cookie: of the namespace of its socket
 * @device: with its peers
 *
 * Return: 0 or -ENOMEM.
 */
int sek_peers_seen_device(struct sek_peers_seen *seen, const struct sek_netns *netns,
			  uint64_t socket_cookie, const struct sek_device *device);

/**
 * sek_peers_settle() - ask all devices, and take back the slots that are nobody's
 * @m: open maps
 * @links: from sek_maps_links(), after those that have gone were settled
 * @netns: from sek_netns_list()
 * @n: how many
 * @ret_slots: how many slots were taken back; added to
 * @ret_any: is there anything to look at again?
 *
 * With the books locked to change them. What a process that died had begun is completed.
 *
 * Return: 0 or -errno.
 */
int sek_peers_settle(const struct sek_maps *m, const struct sek_link *links,
		     const struct sek_netns *netns, size_t n, uint64_t *ret_slots, bool *ret_any);

/**
 * sek_peers_refill() - hand out again what a process that died did not give back
 * @m: open maps
 *
 * With the books locked to change them.
 *
 * Return: 0 or -errno.
 */
int sek_peers_refill(const struct sek_maps *m);

#endif
