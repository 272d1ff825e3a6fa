/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking down what is there, whatever it was meant to be. */
#ifndef SEK_TOPO_DOWN_H
#define SEK_TOPO_DOWN_H

#include "../load.h"
#include "place.h"

/**
 * sek_down - remove all of a topology
 * @p: place, locked; closed if nothing is left
 * @report: the first thing that failed
 *
 * Goes by what is in the folder, not by what the topology was. What fails does not keep the rest
 * from being removed; another try then finds what is left.
 *
 * Return: 0 or -errno, with the report.
 */
int sek_down(struct sek_place *p, struct sek_report *report);

/**
 * sek_down_nodes - remove some nodes, with the links that end there
 * @p: place, locked
 * @nodes: names
 * @n: how many
 * @report: the first thing that failed
 *
 * Return: 0 or -errno, with the report.
 */
int sek_down_nodes(struct sek_place *p, char *const *nodes, size_t n, struct sek_report *report);

#endif
