// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "expedite.h"
#include "load.h"
#include "maps.h"
#include "netns.h"
#include "state.h"

/* The interfaces of one namespace, which has been entered. */
static int remove_filters(const struct sek_netns *netns, struct sek_link *links, uint32_t n,
			  struct sek_report *report)
{
	for (uint32_t i = 1; i < n; i++) {
		struct sek_link *link = &links[i];
		int err = 0;

		if (link->netns_cookie != netns->cookie)
			continue;
		if (link->flags & (SEK_LINK_CLSACT | SEK_LINK_QDISC))
			err = sek_attach_clsact_remove(link->ifindex,
						       link->flags & SEK_LINK_QDISC);
		if (err && err != -ENODEV && err != -ENOENT && err != -EINVAL && err != -ENXIO)
			return sek_report_fail(report, err, "remove the tc filters of %s in %s",
					       link->ifname, netns->name);
		report->attached += link->flags & SEK_LINK_CLSACT ? 1 : 0;
	}
	return 0;
}

static bool has_filters(const struct sek_link *links, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		if (links[i].flags & (SEK_LINK_CLSACT | SEK_LINK_QDISC))
			return true;
	}
	return false;
}

static int remove_all_filters(struct sek_link *links, uint32_t n, struct sek_report *report)
{
	struct sek_netns *list;
	size_t count;
	int err = 0, old;

	if (!has_filters(links, n))
		return 0;
	err = sek_netns_list(&list, &count);
	if (err)
		return sek_report_fail(report, err, "list the network namespaces");
	for (size_t i = 0; i < count && !err; i++) {
		err = sek_netns_enter(&list[i], &old);
		if (err)
			break;
		err = remove_filters(&list[i], links, n, report);
		err = sek_netns_leave(&old) ?: err;
	}
	sek_netns_free(list, count);
	return err;
}

/* What the maps say must be undone; without maps there is nothing. */
static int undo_recorded(struct sek_report *report, bool *ret_unmount)
{
	struct sek_link *links = NULL;
	struct sek_meta meta;
	struct sek_maps maps;
	int err = sek_maps_open(&maps);

	*ret_unmount = false;
	/* A load that died before its maps were complete has attached nothing. */
	if (err == -ENOENT)
		return 0;
	if (err == -EPROTO)
		return sek_report_fail(report, err,
				       "another version of sekisho is loaded, with other maps; run its "
				       "'sekisho unload'");
	if (err)
		return sek_report_fail(report, err, "open the maps in " SEK_STATE_MAPS);
	err = sek_maps_links(&maps, &links);
	if (!err)
		err = sek_maps_meta(&maps, &meta);
	if (err)
		sek_report_fail(report, err, "read the maps in " SEK_STATE_MAPS);
	else
		err = remove_all_filters(links, maps.link_slots, report);
	if (!err)
		*ret_unmount = meta.flags & SEK_META_BPFFS;
	free(links);
	sek_maps_close(&maps);
	return err;
}

int sek_unload(struct sek_report *report)
{
	struct sek_state state = SEK_STATE_INIT;
	bool unmount = false;
	uint32_t n = 0;
	int err = sek_state_open(&state, false);

	if (err == -ENOENT)
		return 0;
	if (err)
		return sek_report_fail(report, err, "open " SEK_BPFFS);
	err = undo_recorded(report, &unmount);
	if (!err) {
		if (sek_attach_has_tcx())
			sek_expedite_begin();
		err = sek_attach_detach_pinned(&n);
		report->attached += n;
		if (err)
			sek_report_fail(report, err, "detach the links in " SEK_STATE_LINKS);
	}
	if (!err) {
		err = sek_state_remove(unmount);
		if (err)
			sek_report_fail(report, err, "remove " SEK_STATE_DIR);
	}
	sek_expedite_end();
	sek_state_close(&state);
	return err;
}
