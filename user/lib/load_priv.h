/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of a load share. */
#ifndef SEK_LIB_LOAD_PRIV_H
#define SEK_LIB_LOAD_PRIV_H

#include "inherit.h"
#include "load.h"
#include "maps.h"
#include "programs.h"
#include "undo.h"

/**
 * struct sek_load_filter - an interface that has new clsact filters
 * @netns_cookie: its namespace
 * @ifindex: interface
 * @slot: its slot, or 0
 * @qdisc: they are in a new qdisc
 */
struct sek_load_filter {
	uint64_t netns_cookie;
	uint32_t ifindex;
	uint32_t slot;
	bool qdisc;
};

/**
 * struct sek_load_work - all that one load works with
 * @o: what was asked for
 * @report: what becomes of it
 * @programs: to be attached
 * @maps: that they count in
 * @links: from sek_maps_links(); owned
 * @undo: what a failure takes back
 * @filters: likewise, of clsact filters, which have no pins; owned
 * @filters_n: how many
 * @tcx: the kernel has it
 * @netfilter: the kernel has it, and it was asked for
 * @heritage: what another version of the ABI has counted, or NULL
 * @replaced: the programs of an earlier load may have been replaced
 * @devs_found: bit i: @o->devs[i] exists somewhere
 */
struct sek_load_work {
	const struct sek_load_options *o;
	struct sek_report *report;
	struct sek_programs programs;
	struct sek_maps maps;
	struct sek_link *links;
	struct sek_undo undo;
	struct sek_load_filter *filters;
	size_t filters_n;
	bool tcx;
	bool netfilter;
	struct sek_inherit *heritage;
	bool replaced;
	uint64_t devs_found;
};

/**
 * sek_load_count() - report one attachment
 * @r: report
 * @attached: SEK_ATTACHED_*
 */
void sek_load_count(struct sek_report *r, int attached);

/**
 * sek_load_go_on() - whether nobody has asked to stop
 * @w: work
 *
 * Return: 0, or -EINTR, which is reported.
 */
int sek_load_go_on(struct sek_load_work *w);

/**
 * sek_load_links() - attach to the interfaces that were asked for
 * @w: work
 *
 * Return: 0 or -errno, which is reported.
 */
int sek_load_links(struct sek_load_work *w);

/**
 * sek_load_update_filters() - give the clsact filters of a former load the programs of this one
 * @w: work
 *
 * Return: 0 or -errno.
 */
int sek_load_update_filters(struct sek_load_work *w);

/**
 * sek_load_undo_filters() - take back the clsact filters of this load
 * @w: work
 */
void sek_load_undo_filters(struct sek_load_work *w);

#endif
