/* SPDX-License-Identifier: GPL-2.0-only */
/* /etc/hosts of the nodes: all of them have the same. */
#ifndef SEK_TOPO_HOSTS_H
#define SEK_TOPO_HOSTS_H

#include "place.h"
#include "topo.h"

/**
 * sek_hosts_write - write the file
 * @p: place, locked
 * @t: topology
 *
 * Return: 0 or -errno.
 */
int sek_hosts_write(const struct sek_place *p, const struct sek_topo *t);

#endif
