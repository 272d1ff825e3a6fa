/* SPDX-License-Identifier: GPL-2.0-only */
/* A topology's links in the datapath's books. */
#ifndef SEK_TOPO_COUNT_H
#define SEK_TOPO_COUNT_H

#include "../load.h"
#include "place.h"
#include "topo.h"

/**
 * sek_count_attach - count in all nodes
 * @p: place, locked
 * @t: topology, whose namespaces are there
 * @report: for people
 *
 * Return: 0 or -errno, with the report.
 */
int sek_count_attach(const struct sek_place *p, const struct sek_topo *t,
		     struct sek_report *report);

/**
 * sek_count_detach - count there no more
 * @p: place, locked
 * @nodes: names
 * @n: how many
 *
 * Return: 0, also if nothing was counted, or -errno.
 */
int sek_count_detach(const struct sek_place *p, char *const *nodes, size_t n);

/**
 * sek_count_release - unload what was loaded for topologies alone
 * @p: place, locked; its nodes are detached
 *
 * Not while another topology counts, or anything else is attached.
 *
 * Return: 0 or -errno.
 */
int sek_count_release(const struct sek_place *p);

#endif
