// SPDX-License-Identifier: GPL-2.0-only
#include "load_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "attach.h"
#include "attach_netfilter.h"
#include "cgroup.h"
#include "expedite.h"
#include "netns.h"
#include "state.h"
#include "stop.h"

/* Which cgroup: the one that was asked for, or the root of cgroup2. */
static int choose_cgroup(struct sek_load_work *w, char path[PATH_MAX], uint64_t *ret_id)
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
static int track_cgroups(struct sek_load_work *w)
{
	int err = sek_attach_tracking(&w->programs);

	if (err < 0)
		sek_report_note(w->report,
				"attach to the events of cgroups: %s; removed ones keep "
				"their slots",
				strerror(-err));
	return err == SEK_ATTACHED_NEW ? sek_undo_add(&w->undo, 0, 0, SEK_PROG_CGROUP_RMDIR) : 0;
}

static int attach_cgroup(struct sek_load_work *w, struct sek_meta *meta)
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
	sek_load_count(w->report, err);
	meta->cgroup_id = id;
	snprintf(meta->cgroup_path, sizeof(meta->cgroup_path), "%.255s", path);
	if (err == SEK_ATTACHED_NEW)
		err = sek_undo_add(&w->undo, 0, 0, SEK_PROG_CGROUP_INGRESS);
	return err < 0 ? err : track_cgroups(w);
}

/* Programs of another build are replaced everywhere, also where no --dev says so. */
static int upgrade(struct sek_load_work *w)
{
	uint32_t n = 0;
	int err;

	if (!w->programs.fresh)
		return 0;
	w->replaced = true;
	err = sek_attach_update_pinned(&w->programs, &n);
	w->report->updated += n;
	if (err)
		return sek_report_fail(w->report, err, "replace the programs of an earlier load");
	return w->tcx ? 0 : sek_load_update_filters(w);
}

/* Trampolines of another version jump by its maps, and the kernel cannot replace them. */
static int drop_trampolines(struct sek_load_work *w)
{
	uint32_t n = 0;
	int err = sek_attach_detach_prog(SEK_PROG_LOCAL_IN, &n);

	if (n)
		sek_report_note(w->report,
				"netfilter was detached in %u namespaces; attach it again there", n);
	return err;
}

/* From another version: its programs are replaced first, then what they had counted is added. */
static int inherit(struct sek_load_work *w, struct sek_meta *meta)
{
	int err = sek_inherit_identities(w->heritage, &w->maps, w->links, meta);

	if (!err)
		err = drop_trampolines(w);
	if (err)
		return sek_report_fail(w->report, err, "take over from another version");
	err = upgrade(w);
	if (err)
		return err;
	err = sek_inherit_totals(w->heritage, &w->maps);
	if (err)
		return sek_report_fail(w->report, err, "take over what another version counted");
	sek_report_note(w->report, "took over what sekisho %s has counted, as 'removed'",
			meta->version);
	sek_inherit_close(w->heritage, false);
	w->heritage = NULL;
	return 0;
}

/* Also lets go of namespaces that were deleted, but live because we count there. */
static void choose_netfilter(struct sek_load_work *w)
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

static int finish(struct sek_load_work *w, struct sek_meta *meta)
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

static int work(struct sek_load_work *w, bool mounted)
{
	struct sek_meta meta;
	int err;

	err = sek_inherit_open(&w->heritage);
	if (err == -EPROTO)
		return sek_report_fail(
			w->report, err,
			"a version of sekisho is loaded that this one does not know; run its "
			"'sekisho unload' first");
	if (err)
		return sek_report_fail(w->report, err, "open another version's maps");
	err = sek_programs_open(&w->programs, &w->o->sizes);
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
	err = w->heritage ? inherit(w, &meta) : upgrade(w);
	if (!err)
		err = sek_load_links(w);
	if (!err)
		err = attach_cgroup(w, &meta);
	if (!err)
		err = sek_load_go_on(w);
	return err ?: finish(w, &meta);
}

/* Has a load come to its end before? Then a failure leaves that one as it was. */
static bool is_loaded(void)
{
	struct sek_meta meta = {};
	struct sek_maps maps;
	int err = sek_maps_open(&maps);

	if (err)
		return err != -ENOENT || !access(SEK_STATE_OLD_MAPS, F_OK);
	err = sek_maps_meta(&maps, &meta);
	sek_maps_close(&maps);
	return err || meta.ready;
}

int sek_load(const struct sek_load_options *o, struct sek_report *report)
{
	struct sek_load_work w = { .o = o, .report = report };
	struct sek_state state = SEK_STATE_INIT;
	bool kept;
	int err;

	for (int i = 0; i < SEK_PROG_NR; i++)
		w.programs.fd[i] = -1;
	for (int i = 0; i < SEK_MAP_NR; i++)
		w.maps.fd[i] = -1;
	if (o->devs_n > 64)
		return sek_report_fail(report, -E2BIG, "attach to more than 64 --dev at once");
	err = sek_state_open(&state, true);
	if (err == -EINTR)
		return sek_report_say(report, err, "ended by %s, waiting for another command",
				      sek_stop_wanted());
	if (err)
		return sek_report_fail(report, err, "mount bpffs at " SEK_BPFFS);
	report->first = !is_loaded();
	err = sek_state_mkdirs();
	if (err)
		sek_report_fail(report, err, "make " SEK_STATE_DIR);
	else
		err = work(&w, state.mounted);
	kept = err == -EINTR && o->keep;
	if (err && !kept) {
		sek_undo_run(&w.undo);
		sek_load_undo_filters(&w);
	}
	sek_expedite_end();
	sek_inherit_close(w.heritage, !w.replaced);
	sek_programs_close(&w.programs);
	sek_maps_close(&w.maps);
	free(w.links);
	free(w.filters);
	sek_undo_free(&w.undo);
	sek_state_close(&state);
	if (err && !kept && report->first) {
		struct sek_report ignored = {};

		sek_unload(&ignored);
		sek_report_free(&ignored);
	}
	return err;
}
