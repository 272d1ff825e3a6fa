/* SPDX-License-Identifier: GPL-2.0-only */
/* Which UDP ports are WireGuard's, told to the programs. */
#ifndef SEK_LIB_PORTS_H
#define SEK_LIB_PORTS_H

#include <stdint.h>

#include "maps.h"

/**
 * sek_ports_refresh() - enter the ports of the current namespace's devices
 * @m: maps
 * @netns_cookie: of the current namespace
 *
 * Ports that are no longer in use there are removed.
 *
 * Return: 0 or -errno.
 */
int sek_ports_refresh(const struct sek_maps *m, uint64_t netns_cookie);

/**
 * sek_ports_forget() - forget the ports of a namespace that has gone
 * @m: open maps
 * @netns_cookie: of the namespace
 */
void sek_ports_forget(const struct sek_maps *m, uint64_t netns_cookie);

#endif
