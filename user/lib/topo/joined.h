/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nodes whose namespace somebody else made: a container, a process, a name under /run/netns.
 *
 * What is changed there is written to node/NODE/joined before, a line each, and undone from that:
 *
 *	sysctl PATH VALUE	as it was
 *	address ADDRESS/LENGTH	added to lo
 *	link NAME		made, in the topology's interface group
 */
#ifndef SEK_TOPO_JOINED_H
#define SEK_TOPO_JOINED_H

#include <limits.h>

#include "work.h"

/**
 * sek_joined_path - where the namespace of such a node is
 * @n: node
 * @ret: a path
 * @report: for people
 *
 * Asks docker, podman or lxc-info where the node wants that.
 *
 * Return: 0 or -errno, with the report.
 */
int sek_joined_path(const struct sek_topo_node *n, char ret[static PATH_MAX],
		    struct sek_report *report);

/**
 * sek_joined_prepare - extra addresses and forwarding
 * @w: work; the calling thread is in the namespace
 * @node: which
 *
 * Return: 0 or -errno, with the report.
 */
int sek_joined_prepare(struct sek_work *w, size_t node);

/**
 * sek_joined_keep_sysctl - remember what a sysctl was
 * @w: work; the calling thread is in the namespace
 * @node: which
 * @path: below /proc/sys
 *
 * Return: 0 or -errno.
 */
int sek_joined_keep_sysctl(struct sek_work *w, size_t node, const char *path);

/**
 * sek_joined_keep_link - remember that an interface will be made
 * @w: work
 * @node: which
 * @ifname: its name
 *
 * Return: 0 or -errno.
 */
int sek_joined_keep_link(struct sek_work *w, size_t node, const char *ifname);

/**
 * sek_joined_allow_ipv6 - allow an interface IPv6, which container managers like to forbid
 * @w: work
 * @node: which
 * @ifname: an interface that the topology has made there, and that goes with it
 *
 * Return: 0 or -errno, with the report.
 */
int sek_joined_allow_ipv6(struct sek_work *w, size_t node, const char *ifname);

/** sek_joined_group() - the interface group of a topology, from its name */
__u32 sek_joined_group(const char *topology);

/**
 * sek_joined_undo - undo all that was done in such a namespace
 * @p: place
 * @node: its name
 *
 * Return: 1 if it was one; 0 if the node was not joined; -errno of the first step that failed.
 */
int sek_joined_undo(const struct sek_place *p, const char *node);

#endif
