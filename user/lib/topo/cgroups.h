/* SPDX-License-Identifier: GPL-2.0-only */
/* A cgroup for each node that wants one: CGROUP2/sekisho-TOPOLOGY/NODE. */
#ifndef SEK_TOPO_CGROUPS_H
#define SEK_TOPO_CGROUPS_H

#include "../load.h"
#include "place.h"
#include "topo.h"

/**
 * sek_cgroups_make - make those that are not there
 * @p: place, locked
 * @t: topology
 * @report: for people
 *
 * Return: 0 or -errno, with the report.
 */
int sek_cgroups_make(const struct sek_place *p, const struct sek_topo *t,
		     struct sek_report *report);

/**
 * sek_cgroups_remove - remove all, and kill what is in them
 * @p: place, locked
 *
 * Return: 0 or -errno.
 */
int sek_cgroups_remove(const struct sek_place *p);

#endif
