/* SPDX-License-Identifier: GPL-2.0-only */
/* FRR, for those who teach its vtysh: some processes a node, which find each other in /run/frr. */
#ifndef SEK_TOPO_FRR_H
#define SEK_TOPO_FRR_H

#include "work.h"

/** sek_frr_is_wanted() - does a node need it? */
bool sek_frr_is_wanted(const struct sek_topo_node *n);

/**
 * sek_frr_check - is it there, with the user that it runs as?
 * @report: says what is missing, and which package has it
 *
 * Return: 0 or -errno.
 */
int sek_frr_check(struct sek_report *report);

/**
 * sek_frr_config - the configuration of one of its daemons
 * @g: graph of the topology with nothing cut
 * @node: which
 * @daemon: "zebra", "ripd", "ripngd", "ospfd", "ospf6d" or "bgpd"
 * @ret: text, to be freed; untouched on failure
 *
 * Return: 0 or -ENOMEM.
 */
int sek_frr_config(const struct sek_graph *g, size_t node, const char *daemon, char **ret);

/**
 * sek_frr_start - start it in nodes that were made and want it
 * @w: work
 *
 * Return: 0 or -errno, with the report.
 */
int sek_frr_start(struct sek_work *w);

#endif
