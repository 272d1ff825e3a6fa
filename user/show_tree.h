/* SPDX-License-Identifier: GPL-2.0-only */
/* What `show cgroup --tree` prints. */
#ifndef SEK_SHOW_TREE_H
#define SEK_SHOW_TREE_H

#include "lib/maps.h"
#include "opts.h"
#include "out/out.h"

/**
 * sek_show_tree() - print the cgroup tree
 * @out: writer with nothing begun
 * @maps: open maps
 * @cgroups: paths or names, with * and ?, of those to print with all below them; empty: all
 *
 * Says what went wrong.
 *
 * Return: the exit status.
 */
int sek_show_tree(struct sek_out *out, const struct sek_maps *maps,
		  const struct sek_opts_list *cgroups);

#endif
