/* SPDX-License-Identifier: GPL-2.0-only */
/* Being in a node: its network, its host name, its view of /sys and /etc/hosts, its cgroup. */
#ifndef SEK_TOPO_ENTER_H
#define SEK_TOPO_ENTER_H

#include <stddef.h>

#include "place.h"

/**
 * sek_enter - move the calling process into a node, for good
 * @p: place
 * @node: its name
 * @what: gets what was being done, if it fails
 * @size: of @what
 *
 * The process has one thread. It joins the node's cgroup first, if it has one, because its path
 * is known here. The mounts are its own from then on: /sys shows the node's interfaces, with
 * what is mounted below it (cgroups, bpffs, tracefs) where it was, and /etc/hosts names all
 * nodes. The environment gets SEKISHO_TOPO and SEKISHO_NODE.
 *
 * Return: 0; -ENOENT if there is no such node; another -errno.
 */
int sek_enter(const struct sek_place *p, const char *node, char *what, size_t size);

/**
 * sek_enter_clean - remove what entering has left on the host
 * @p: place, locked; nothing is in its nodes
 */
void sek_enter_clean(const struct sek_place *p);

#endif
