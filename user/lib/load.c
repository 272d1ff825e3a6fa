// SPDX-License-Identifier: GPL-2.0-only
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "attach.h"
#include "attach_netfilter.h"
#include "cgroup.h"
#include "maps.h"
#include "netns.h"
#include "ports.h"
#include "rtnl.h"
#include "state.h"
#include "undo.h"

/* All that one load works with. */
struct work {
	const struct sek_load_options *o;
	struct sek_report *report;
	struct sek_programs programs;
	struct sek_maps maps;
	struct sek_link *links;
	struct sek_undo undo;
	bool tcx;
	bool netfilter;
	uint64_t devs_found; /* bit i: o->devs[i] exists somewhere */
};

static void count(struct sek_report *r, int attached)
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

static int attach_xdp(struct work *w, const struct sek_netns *netns, const struct sek_iface *iface,
		      uint32_t slot)
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
	count(w->report, err);
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

static int attach_clsact(struct work *w, const struct sek_iface *iface, uint32_t slot)
{
	uint16_t classid = slot;
	int err = 0, has;

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
	return sek_attach_clsact(&w->programs, iface->ifindex, classid);
}

static int attach_tc(struct work *w, const struct sek_netns *netns, const struct sek_iface *iface,
		     uint32_t slot)
{
	int err;

	if (w->tcx)
		err = sek_attach_tcx(&w->programs, netns->cookie, iface->ifindex);
	else
		err = attach_clsact(w, iface, slot);
	if (has_gone(err, iface))
		return 0;
	if (err < 0)
		return sek_report_fail(w->report, err, "attach tc to %s in %s%s%s", iface->name,
				       netns->name, w->tcx ? "" : ": ",
				       w->tcx ? "" : sek_rtnl_error());
	count(w->report, err);
	if (slot)
		w->links[slot].flags |= SEK_LINK_TC | (w->tcx ? 0 : SEK_LINK_CLSACT);
	/* Filters hang in their namespaces: unload knows the way. */
	if (err != SEK_ATTACHED_NEW || !w->tcx)
		return 0;
	return sek_undo_add(&w->undo, netns->cookie, iface->ifindex, SEK_PROG_TC_INGRESS);
}

/* The namespace that has been entered, whose interfaces have their slots. */
static int attach_netfilter(struct work *w, const struct sek_netns *netns)
{
	int err;

	if (!w->netfilter)
		return 0;
	err = sek_attach_netfilter(&w->programs, netns->cookie);
	if (err < 0)
		return sek_report_fail(w->report, err, "attach netfilter in %s", netns->name);
	count(w->report, err);
	return err == SEK_ATTACHED_NEW ? sek_undo_add(&w->undo, netns->cookie, 0, SEK_PROG_LOCAL_IN)
				       : 0;
}

/* One interface of the current namespace; if it is not wanted, for netfilter. */
static int attach_iface(struct work *w, const struct sek_netns *netns,
			const struct sek_iface *iface, bool wanted)
{
	struct sek_link link = { .netns_cookie = netns->cookie,
				 .netns_ino = netns->ino,
				 .ifindex = iface->ifindex };
	int slot, err = 0;

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
	if (wanted && w->o->hooks & SEK_HOOK_TC)
		err = attach_tc(w, netns, iface, slot);
	if (!err && wanted && w->o->hooks & SEK_HOOK_XDP)
		err = attach_xdp(w, netns, iface, slot);
	if (!err && slot)
		err = sek_maps_link_write(&w->maps, w->links, slot);
	return err;
}

static bool is_wanted(struct work *w, const char *ifname)
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
static int attach_ifaces(struct work *w, const struct sek_netns *netns)
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

static int attach_netns(struct work *w, const struct sek_netns *netns)
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

static int attach_all_netns(struct work *w)
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

static int attach_named_netns(struct work *w, const char *name)
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

static int attach_links(struct work *w)
{
	struct sek_netns self;
	int err = 0;

	if (!(w->o->hooks & (SEK_HOOK_XDP | SEK_HOOK_TC | SEK_HOOK_NETFILTER)))
		return 0;
	for (size_t i = 0; i < w->o->netns_n && !err; i++)
		err = attach_named_netns(w, w->o->netns[i]);
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
	return err;
}

/* Which cgroup: the one that was asked for, or the root of cgroup2. */
static int choose_cgroup(struct work *w, char path[PATH_MAX], uint64_t *ret_id)
{
	int err = 0;

	if (w->o->cgroup)
		snprintf(path, PATH_MAX, "%s", w->o->cgroup);
	else
		err = sek_cgroup_mount(path);
	if (err == -ENOENT) {
		sek_report_note(w->report, "cgroup2 is not mounted; cgroup is left out");
		return err;
	}
	if (!err)
		err = sek_cgroup_id(path, (__u64 *)ret_id);
	if (err)
		return sek_report_fail(w->report, err, "use '%s' as a cgroup2 directory",
				       w->o->cgroup ? path : "cgroup2");
	return 0;
}

/* Without it all is counted, but nothing tells serve what has gone. */
static int track_cgroups(struct work *w)
{
	int err = sek_attach_tracking(&w->programs);

	if (err < 0)
		sek_report_note(w->report,
				"attach to the events of cgroups: %s; removed ones keep "
				"their slots",
				strerror(-err));
	return err == SEK_ATTACHED_NEW ? sek_undo_add(&w->undo, 0, 0, SEK_PROG_CGROUP_RMDIR) : 0;
}

static int attach_cgroup(struct work *w, struct sek_meta *meta)
{
	char path[PATH_MAX];
	uint64_t id;
	int fd, err;

	if (!(w->o->hooks & SEK_HOOK_CGROUP))
		return 0;
	err = choose_cgroup(w, path, &id);
	if (err)
		return w->report->error[0] ? err : 0;
	if (meta->cgroup_id && meta->cgroup_id != id &&
	    sek_attach_is_live(0, 0, SEK_PROG_CGROUP_EGRESS, NULL))
		return sek_report_fail(w->report, -EBUSY,
				       "attach to cgroup %s: attached to %s; unload first", path,
				       meta->cgroup_path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return sek_report_fail(w->report, -errno, "open the cgroup %s", path);
	err = sek_attach_cgroup(&w->programs, fd);
	close(fd);
	if (err < 0)
		return sek_report_fail(w->report, err, "attach to the cgroup %s", path);
	count(w->report, err);
	meta->cgroup_id = id;
	snprintf(meta->cgroup_path, sizeof(meta->cgroup_path), "%.255s", path);
	if (err == SEK_ATTACHED_NEW)
		err = sek_undo_add(&w->undo, 0, 0, SEK_PROG_CGROUP_INGRESS);
	return err < 0 ? err : track_cgroups(w);
}

/* Filters of an earlier load, wherever their namespaces are. */
static int update_filters(struct work *w)
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

/* Programs of another build are replaced everywhere, also where no --dev says so. */
static int upgrade(struct work *w)
{
	uint32_t n = 0;
	int err;

	if (!w->programs.fresh)
		return 0;
	err = sek_attach_update_pinned(&w->programs, &n);
	w->report->updated += n;
	if (err)
		return sek_report_fail(w->report, err, "replace the programs of an earlier load");
	return w->tcx ? 0 : update_filters(w);
}

/* Also lets go of namespaces that were deleted, but live because we count there. */
static void choose_netfilter(struct work *w)
{
	uint32_t n = 0;
	int err = sek_attach_netfilter_release(w->o->netns, w->o->netns_n, &n);

	if (err)
		sek_report_note(w->report, "cannot look for deleted namespaces: %s",
				strerror(-err));
	if (n)
		sek_report_note(w->report, "detached netfilter in %u deleted namespaces", n);
	w->netfilter = w->o->hooks & SEK_HOOK_NETFILTER && w->programs.fd[SEK_PROG_LOCAL_IN] >= 0;
	if (!w->netfilter && w->o->hooks & SEK_HOOK_NETFILTER)
		sek_report_note(w->report, "this kernel has no netfilter programs (Linux 6.4 has); "
					   "netfilter, that is route local_in, is left out");
}

static int finish(struct work *w, struct sek_meta *meta)
{
	__u32 zero = 0;
	int err;

	if (w->programs.fresh) {
		err = sek_programs_pin(&w->programs);
		if (err)
			return sek_report_fail(w->report, err, "pin the programs");
	}
	meta->ready = 1;
	meta->build = sek_programs_build();
	snprintf(meta->version, sizeof(meta->version), "%s", SEK_VERSION);
	if (bpf_map_update_elem(w->maps.fd[SEK_MAP_META], &zero, meta, BPF_ANY))
		return sek_report_fail(w->report, -errno, "write the state");
	return 0;
}

static int work(struct work *w, bool mounted)
{
	struct sek_meta meta;
	int err;

	err = sek_programs_open(&w->programs, &w->o->sizes);
	if (err == -EPROTO)
		return sek_report_fail(
			w->report, err,
			"another version of sekisho is loaded, with other maps; run its "
			"'sekisho unload' first");
	if (err)
		return sek_report_fail(w->report, err, "load the BPF programs");
	err = sek_maps_open(&w->maps) ?: sek_maps_meta(&w->maps, &meta);
	if (!err)
		err = sek_maps_links(&w->maps, &w->links);
	if (err)
		return sek_report_fail(w->report, err, "open the maps in " SEK_STATE_MAPS);

	if (mounted)
		meta.flags |= SEK_META_BPFFS;
	w->tcx = sek_attach_has_tcx();
	choose_netfilter(w);
	err = upgrade(w);
	if (!err)
		err = attach_links(w);
	if (!err)
		err = attach_cgroup(w, &meta);
	return err ?: finish(w, &meta);
}

/* Has a load come to its end before? Then a failure leaves that one as it was. */
static bool is_loaded(void)
{
	struct sek_meta meta = {};
	struct sek_maps maps;
	int err = sek_maps_open(&maps);

	if (err)
		return err != -ENOENT;
	err = sek_maps_meta(&maps, &meta);
	sek_maps_close(&maps);
	return err || meta.ready;
}

int sek_load(const struct sek_load_options *o, struct sek_report *report)
{
	struct work w = { .o = o, .report = report };
	struct sek_state state = SEK_STATE_INIT;
	int err;

	for (int i = 0; i < SEK_PROG_NR; i++)
		w.programs.fd[i] = -1;
	for (int i = 0; i < SEK_MAP_NR; i++)
		w.maps.fd[i] = -1;
	if (o->devs_n > 64)
		return sek_report_fail(report, -E2BIG, "attach to more than 64 --dev at once");
	err = sek_state_open(&state, true);
	if (err)
		return sek_report_fail(report, err, "mount bpffs at " SEK_BPFFS);
	report->first = !is_loaded();
	err = sek_state_mkdirs();
	if (err)
		sek_report_fail(report, err, "make " SEK_STATE_DIR);
	else
		err = work(&w, state.mounted);
	if (err)
		sek_undo_run(&w.undo);
	sek_programs_close(&w.programs);
	sek_maps_close(&w.maps);
	free(w.links);
	sek_undo_free(&w.undo);
	sek_state_close(&state);
	if (err && report->first) {
		struct sek_report ignored = {};

		sek_unload(&ignored);
		sek_report_free(&ignored);
	}
	return err;
}
