/* SPDX-License-Identifier: GPL-2.0-only */
/* From the topology that is up to the one that shall be. */
#ifndef SEK_TOPO_DIFF_H
#define SEK_TOPO_DIFF_H

#include "work.h"

/**
 * struct sek_diff - what stays
 * @nodes: names of nodes to be removed; the strings are those of the old topology
 * @nodes_n: how many
 * @keep_node: by old node: it stays
 * @keep_link: by new link: it stays as it is
 * @old_link: by new link: its number in the old topology if it stays, else SEK_GRAPH_NONE
 */
struct sek_diff {
	char **nodes;
	size_t nodes_n;
	bool *keep_node;
	bool *keep_link;
	size_t *old_link;
};

/**
 * sek_diff_make - compare
 * @d: zeroed; to be freed by sek_diff_free(), also after failure
 * @p: place: nodes and links that have vanished from the kernel do not stay
 * @old: what is up
 * @new: what shall be
 *
 * Return: 0 or -errno.
 */
int sek_diff_make(struct sek_diff *d, const struct sek_place *p, const struct sek_topo *old,
		  const struct sek_topo *new);

/**
 * sek_diff_remove - remove what does not stay
 * @d: difference
 * @p: place, locked
 * @old: what is up
 * @new: what shall be
 * @report: for people
 *
 * Return: 0 or -errno, with the report.
 */
int sek_diff_remove(const struct sek_diff *d, struct sek_place *p, const struct sek_topo *old,
		    const struct sek_topo *new, struct sek_report *report);

/** sek_diff_is_empty() - does all of both stay? */
bool sek_diff_is_empty(const struct sek_diff *d, const struct sek_topo *old,
		       const struct sek_topo *new);

/** sek_diff_free() - free it */
void sek_diff_free(struct sek_diff *d);

#endif
