/* SPDX-License-Identifier: GPL-2.0-only */
/* A topology as a graph for Graphviz, dot(1). */
#ifndef SEK_TOPO_DOT_H
#define SEK_TOPO_DOT_H

#include <stdio.h>

#include "topo.h"

/**
 * sek_dot_write - write a topology in the DOT language
 * @t: the topology
 * @to: where to
 *
 * Nodes are shaped by kind; edges carry their nets and what is done to their packets.
 *
 * Return: 0, or -errno of the write.
 */
int sek_dot_write(const struct sek_topo *t, FILE *to);

#endif
