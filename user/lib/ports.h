/* SPDX-License-Identifier: GPL-2.0-only */
/* Which UDP ports are WireGuard's, and whose peers are where: told to the programs. */
#ifndef SEK_LIB_PORTS_H
#define SEK_LIB_PORTS_H

#include <stdint.h>

#include "maps.h"
#include "netns.h"
#include "peers_settle.h"

/**
 * sek_ports_refresh() - enter the ports and the peers of the current namespace's devices
 * @m: maps
 * @netns: the current namespace
 *
 * Ports that are no longer in use there are removed. Devices that were moved to another namespace
 * than that of their socket are left to sek_ports_refresh_all().
 *
 * Return: 0 or -errno.
 */
int sek_ports_refresh(const struct sek_maps *m, const struct sek_netns *netns);

/**
 * sek_ports_refresh_all() - the same in all namespaces that have links here
 * @m: maps
 * @links: from sek_maps_links()
 * @netns: from sek_netns_list(); devices in any of them may have their sockets in those
 * @n: how many
 * @seen: what the devices say is noted there; NULL: nowhere
 *
 * Return: 0 or -errno: some may not have been entered.
 */
int sek_ports_refresh_all(const struct sek_maps *m, const struct sek_link *links,
			  const struct sek_netns *netns, size_t n, struct sek_peers_seen *seen);

/**
 * sek_ports_forget() - forget the ports of a namespace that has gone
 * @m: open maps
 * @netns_cookie: of the namespace
 */
void sek_ports_forget(const struct sek_maps *m, uint64_t netns_cookie);

#endif
