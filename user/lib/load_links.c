// SPDX-License-Identifier: GPL-2.0-only
/* Attach to interfaces: XDP, tc, netfilter, in one namespace or many. */
#include "load_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "attach_netfilter.h"
#include "expedite.h"
#include "netns.h"
#include "ports.h"
#include "rtnl.h"

void sek_load_count(struct sek_report *r, int attached)
{
	r->attached += attached == SEK_ATTACHED_NEW;
	r->updated += attached == SEK_ATTACHED_UPDATED;
	r->kept += attached == SEK_ATTACHED_KEPT;
}

/*
 * An interface that goes away while it is attached to is no failure. The kernel
 * says ENODEV, ENXIO or EINVAL, depending on the hook: better look.
 */
static bool has_gone(int err, const struct sek_iface *iface)
{
	struct sek_iface now;
	int found;

	if (err >= 0)
		return false;
	found = sek_rtnl_iface(iface->name, &now);
	return found == -ENODEV || (!found && now.ifindex != iface->ifindex);
}

static int attach_xdp(struct sek_load_work *w, const struct sek_netns *netns,
		      const struct sek_iface *iface, uint32_t slot)
{
	bool generic = false;
	int err = sek_attach_xdp(&w->programs, netns->cookie, iface->ifindex, &generic);

	if (err == -EBUSY) {
		sek_report_note(
			w->report,
			"%s in %s: XDP program %u of somebody else is there; xdp is left out",
			iface->name, netns->name, iface->xdp_prog_id);
		return 0;
	}
	if (has_gone(err, iface))
		return 0;
	if (err < 0)
		return sek_report_fail(w->report, err, "attach XDP to %s in %s", iface->name,
				       netns->name);
	sek_load_count(w->report, err);
	if (err != SEK_ATTACHED_NEW)
		return 0;
	if (generic)
		sek_report_note(w->report,
				"%s in %s: its driver has no XDP; the kernel's generic one is used",
				iface->name, netns->name);
	if (slot) {
		w->links[slot].flags |= SEK_LINK_XDP;
		w->links[slot].flags &= ~SEK_LINK_XDP_SKB;
		w->links[slot].flags |= generic ? SEK_LINK_XDP_SKB : 0;
	}
	return sek_undo_add(&w->undo, netns->cookie, iface->ifindex, SEK_PROG_XDP);
}

static int note_filters(struct sek_load_work *w, const struct sek_load_filter *one)
{
	struct sek_load_filter *v = reallocarray(w->filters, w->filters_n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	v[w->filters_n++] = *one;
	w->filters = v;
	return 0;
}

static int attach_clsact(struct sek_load_work *w, const struct sek_netns *netns,
			 const struct sek_iface *iface, uint32_t slot)
{
	struct sek_load_filter one = { netns->cookie, iface->ifindex, slot, false };
	uint16_t classid = slot;
	int err = 0, noted, has;

	if (sek_rtnl_l2(iface) != SEK_L2_ETHERNET)
		classid |= SEK_CLASSID_NO_L2;
	has = sek_rtnl_has_clsact(iface->ifindex);
	if (has < 0)
		return has;
	/* Written before it is made: what a crash leaves is known to be ours. */
	if (!has && slot) {
		w->links[slot].flags |= SEK_LINK_QDISC;
		err = sek_maps_link_write(&w->maps, w->links, slot);
	}
	if (!err && !has)
		err = sek_rtnl_clsact_add(iface->ifindex);
	if (err && err != -EEXIST)
		return err;
	one.qdisc = !has && !err;
	err = sek_attach_clsact(&w->programs, iface->ifindex, classid);
	noted = one.qdisc || err == SEK_ATTACHED_NEW ? note_filters(w, &one) : 0;
	return noted ?: err;
}

static int attach_tc(struct sek_load_work *w, const struct sek_netns *netns,
		     const struct sek_iface *iface, uint32_t slot)
{
	int err;

	if (w->tcx)
		err = sek_attach_tcx(&w->programs, netns->cookie, iface->ifindex);
	else
		err = attach_clsact(w, netns, iface, slot);
	if (has_gone(err, iface))
		return 0;
	if (err < 0)
		return sek_report_fail(w->report, err, "attach tc to %s in %s%s%s", iface->name,
				       netns->name, w->tcx ? "" : ": ",
				       w->tcx ? "" : sek_rtnl_error());
	sek_load_count(w->report, err);
	if (slot)
		w->links[slot].flags |= SEK_LINK_TC | (w->tcx ? 0 : SEK_LINK_CLSACT);
	if (err != SEK_ATTACHED_NEW || !w->tcx)
		return 0;
	return sek_undo_add(&w->undo, netns->cookie, iface->ifindex, SEK_PROG_TC_INGRESS);
}

/* The namespace that has been entered, whose interfaces have their slots. */
static int attach_netfilter(struct sek_load_work *w, const struct sek_netns *netns)
{
	int err;

	if (!w->netfilter)
		return 0;
	err = sek_attach_netfilter(&w->programs, netns->cookie);
	if (err < 0)
		return sek_report_fail(w->report, err, "attach netfilter in %s", netns->name);
	sek_load_count(w->report, err);
	return err == SEK_ATTACHED_NEW ? sek_undo_add(&w->undo, netns->cookie, 0, SEK_PROG_LOCAL_IN)
				       : 0;
}

int sek_load_go_on(struct sek_load_work *w)
{
	const char *by = w->o->stopped ? w->o->stopped() : NULL;

	return by ? sek_report_say(w->report, -EINTR, "ended by %s", by) : 0;
}

static uint32_t kind_flags(const struct sek_iface *iface)
{
	if (!strcmp(iface->kind, "wireguard"))
		return SEK_LINK_TUNNEL;
	return strcmp(iface->kind, "veth") ? 0 : SEK_LINK_VETH;
}

/* One interface of the current namespace; if it is not wanted, for netfilter. */
static int attach_iface(struct sek_load_work *w, const struct sek_netns *netns,
			const struct sek_iface *iface, bool wanted)
{
	struct sek_link link = { .netns_cookie = netns->cookie,
				 .netns_ino = netns->ino,
				 .ifindex = iface->ifindex,
				 .flags = kind_flags(iface) };
	int slot, err = sek_load_go_on(w);

	if (err)
		return err;
	snprintf(link.ifname, sizeof(link.ifname), "%s", iface->name);
	snprintf(link.netns, sizeof(link.netns), "%s", netns->name);
	slot = sek_maps_link_slot(&w->maps, w->links, &link, sek_rtnl_l2(iface));
	if (slot < 0)
		return sek_report_fail(w->report, slot, "give a slot to %s in %s", iface->name,
				       netns->name);
	if (slot == SEK_SLOT_OVERFLOW)
		sek_report_note(w->report,
				"%s in %s: all %u link slots are in use, so it counts as overflow; "
				"unload, then load --link-slots N",
				iface->name, netns->name, w->maps.link_slots - 1);
	if (slot && w->netfilter)
		w->links[slot].flags |= SEK_LINK_LOCAL_IN;
	if (w->tcx && w->report->attached >= w->o->leisurely)
		sek_expedite_begin();
	if (wanted && w->o->hooks & SEK_HOOK_TC)
		err = attach_tc(w, netns, iface, slot);
	if (!err && wanted && w->o->hooks & SEK_HOOK_XDP)
		err = attach_xdp(w, netns, iface, slot);
	if (!err && slot)
		err = sek_maps_link_write(&w->maps, w->links, slot);
	return err;
}

static bool is_wanted(struct sek_load_work *w, const char *ifname)
{
	bool wanted = !w->o->devs_n;

	for (size_t i = 0; i < w->o->devs_n; i++) {
		if (!strcmp(w->o->devs[i], ifname)) {
			w->devs_found |= 1ULL << i;
			wanted = true;
		}
	}
	return wanted;
}

/* The interfaces of a namespace that has been entered. */
static int attach_ifaces(struct sek_load_work *w, const struct sek_netns *netns)
{
	struct sek_iface *ifaces;
	size_t n;
	int err = sek_rtnl_ifaces(&ifaces, &n);

	if (err)
		return sek_report_fail(w->report, err, "list the interfaces of %s", netns->name);
	for (size_t i = 0; i < n && !err; i++) {
		bool wanted = is_wanted(w, ifaces[i].name);

		if (wanted || w->netfilter)
			err = attach_iface(w, netns, &ifaces[i], wanted);
	}
	free(ifaces);
	if (!err)
		err = attach_netfilter(w, netns);
	if (!err && (err = sek_ports_refresh(&w->maps, netns)))
		sek_report_fail(w->report, err, "read the WireGuard devices of %s", netns->name);
	return err;
}

static int attach_netns(struct sek_load_work *w, const struct sek_netns *netns)
{
	int old, err = sek_netns_enter(netns, &old), back;

	if (err)
		return sek_report_fail(w->report, err, "enter the namespace %s", netns->name);
	err = attach_ifaces(w, netns);
	back = sek_netns_leave(&old);
	if (back)
		return sek_report_fail(w->report, back, "leave the namespace %s", netns->name);
	return err;
}

static int attach_all_netns(struct sek_load_work *w)
{
	struct sek_netns *list;
	size_t n;
	int err = sek_netns_list(&list, &n);

	if (err)
		return sek_report_fail(w->report, err, "list the network namespaces");
	for (size_t i = 0; i < n && !err; i++)
		err = attach_netns(w, &list[i]);
	sek_netns_free(list, n);
	return err;
}

static int attach_named_netns(struct sek_load_work *w, const char *name)
{
	struct sek_netns netns;
	int err;

	if (!strcmp(name, "all"))
		return attach_all_netns(w);
	err = sek_netns_open(name, &netns);
	if (err)
		return sek_report_fail(w->report, err, "open the network namespace '%s'", name);
	err = attach_netns(w, &netns);
	sek_netns_release(&netns);
	return err;
}

/* A device may be in another namespace than its socket: who cannot look there loads as well. */
static void enter_moved_devices(struct sek_load_work *w)
{
	struct sek_netns *list;
	size_t n;

	if (sek_netns_list(&list, &n))
		return;
	sek_ports_refresh_all(&w->maps, w->links, list, n, NULL);
	sek_netns_free(list, n);
}

int sek_load_links(struct sek_load_work *w)
{
	struct sek_netns self;
	int err = 0;

	if (!(w->o->hooks & (SEK_HOOK_XDP | SEK_HOOK_TC | SEK_HOOK_NETFILTER)))
		return 0;
	/*
	 * One after the other: a tcx link waits for an RCU grace period, expedited or not, and the
	 * kernel holds the lock of all interfaces meanwhile. 64 threads took longer than one.
	 */
	for (size_t i = 0; i < w->o->netns_n && !err; i++)
		err = sek_load_go_on(w) ?: attach_named_netns(w, w->o->netns[i]);
	if (!w->o->netns_n) {
		err = sek_netns_self(&self);
		if (err)
			return sek_report_fail(w->report, err, "open the own network namespace");
		err = attach_ifaces(w, &self);
		sek_netns_release(&self);
	}
	for (size_t i = 0; i < w->o->devs_n && !err && !w->o->may_vanish; i++) {
		if (!(w->devs_found >> i & 1))
			err = sek_report_fail(w->report, -ENODEV, "find the interface '%s'",
					      w->o->devs[i]);
	}
	/* Who follows events has one for each interface, and looks everywhere when it is asked. */
	if (!err && !w->o->may_vanish)
		enter_moved_devices(w);
	return err;
}

/* Filters of an earlier load, wherever their namespaces are. */
int sek_load_update_filters(struct sek_load_work *w)
{
	struct sek_netns *list;
	size_t n;
	int err = sek_netns_list(&list, &n), old;

	if (err)
		return sek_report_fail(w->report, err, "list the network namespaces");
	for (size_t i = 0; i < n; i++) {
		for (uint32_t slot = 1; slot < w->maps.link_slots && !err; slot++) {
			const struct sek_link *link = &w->links[slot];
			struct sek_iface iface = { .ifindex = link->ifindex };

			if (link->netns_cookie != list[i].cookie ||
			    !(link->flags & SEK_LINK_CLSACT))
				continue;
			snprintf(iface.name, sizeof(iface.name), "%s", link->ifname);
			err = sek_netns_enter(&list[i], &old);
			if (err)
				break;
			if (!sek_rtnl_iface(link->ifname, &iface) && iface.ifindex == link->ifindex)
				err = attach_tc(w, &list[i], &iface, slot);
			err = sek_netns_leave(&old) ?: err;
		}
	}
	sek_netns_free(list, n);
	return err;
}

/* Of the namespace that has been entered. */
static void undo_filters(struct sek_load_work *w, uint64_t netns_cookie)
{
	for (size_t i = 0; i < w->filters_n; i++) {
		const struct sek_load_filter *one = &w->filters[i];

		if (one->netns_cookie != netns_cookie ||
		    sek_attach_clsact_remove(one->ifindex, one->qdisc) || !one->slot)
			continue;
		w->links[one->slot].flags &= ~(SEK_LINK_TC | SEK_LINK_CLSACT | SEK_LINK_QDISC);
		sek_maps_link_write(&w->maps, w->links, one->slot);
	}
}

/* What cannot be taken back is in the map of links: unload finds it there. */
void sek_load_undo_filters(struct sek_load_work *w)
{
	struct sek_netns *list;
	size_t n;
	int old;

	if (!w->filters_n || sek_netns_list(&list, &n))
		return;
	for (size_t i = 0; i < n; i++) {
		if (sek_netns_enter(&list[i], &old))
			continue;
		undo_filters(w, list[i].cookie);
		sek_netns_leave(&old);
	}
	sek_netns_free(list, n);
}
