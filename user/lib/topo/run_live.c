// SPDX-License-Identifier: GPL-2.0-only
/* The part of run.h that is about a topology that is up. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "converge.h"
#include "enter.h"
#include "run.h"
#include "saved.h"

/* A topology that is up, open for work. */
struct live {
	struct sek_place place;
	struct sek_topo *t;
	struct sek_work w;
};

static void close_live(struct live *l)
{
	if (l->t)
		sek_work_end(&l->w);
	sek_topo_free(l->t);
	sek_place_close(&l->place);
}

static int open_place(struct sek_place *p, const char *name, bool lock, struct sek_report *report)
{
	int err = sek_place_open(p, name, false, lock);

	if (err == -ENOENT)
		return sek_report_say(report, err,
				      "find the topology '%s': is it up? 'sekisho topo show' lists "
				      "those that are",
				      name);
	return err ? sek_report_fail(report, err, "open the topology '%s'", name) : 0;
}

static int read_saved(const struct sek_place *p, struct sek_topo **ret, struct sek_report *report)
{
	int err = sek_saved_read(p, SEK_SAVED_TOPO, ret);

	if (err == -ENOENT)
		return sek_report_say(report, err,
				      "%s is being made, or only half of it was: see sekisho topo "
				      "down %s",
				      p->name, p->name);
	if (err)
		return sek_report_fail(report, err,
				       "read what is up of %s (not all of it may be; see "
				       "sekisho topo down %s)",
				       p->name, p->name);
	return 0;
}

static int open_live(struct live *l, const char *name, struct sek_report *report)
{
	int err;

	if (geteuid()) {
		sek_report_fail(report, -EPERM, "change %s (this needs root)", name);
		return -EPERM;
	}
	err = open_place(&l->place, name, true, report);
	if (!err)
		err = read_saved(&l->place, &l->t, report);
	if (!err)
		err = sek_work_begin(&l->w, &l->place, l->t, report);
	if (!err)
		err = sek_nodes_open(&l->w, false);
	if (!err)
		sek_saved_cuts(&l->w);
	return err;
}

int sek_run_get(const char *name, struct sek_topo **ret, struct sek_report *report)
{
	struct sek_place p = SEK_PLACE_INIT;
	int err = open_place(&p, name, false, report);

	if (!err)
		err = read_saved(&p, ret, report);
	sek_place_close(&p);
	return err;
}

/* "vm2-vm1" is the link that the file calls "vm1-vm2". */
static bool is_called(const struct sek_topo *t, const struct sek_topo_link *l, const char *name)
{
	char other[sizeof(l->name)];

	if (!strcmp(l->name, name))
		return true;
	snprintf(other, sizeof(other), "%s-%s", t->nodes[l->end[1].node].name,
		 t->nodes[l->end[0].node].name);
	return !strcmp(other, name);
}

static int find_link(const struct live *l, const char *name, struct sek_report *report)
{
	const char *first = l->t->links_n ? l->t->links[0].name : "none";

	for (size_t i = 0; i < l->t->links_n; i++) {
		if (is_called(l->t, &l->t->links[i], name))
			return i;
	}
	return sek_report_say(report, -ENOENT,
			      "find the link '%s' in %s (links are called as '%s'; see sekisho "
			      "topo show %s)",
			      name, l->t->name, first, l->t->name);
}

/* The file says that a link is cut before it is, and until it is healed. */
static int mark_cut(struct live *l, size_t link, enum sek_run_cut how)
{
	char file[sizeof("cut/") + sizeof(l->t->links[0].name)];
	const char *text = how == SEK_RUN_SILENT ? SEK_SAVED_SILENT : SEK_SAVED_CARRIER;

	snprintf(file, sizeof(file), "cut/%s", l->t->links[link].name);
	if (how == SEK_RUN_HEAL)
		return unlinkat(l->place.dir, file, 0) && errno != ENOENT ? -errno : 0;
	return sek_place_mkdir(&l->place, "cut")
		       ?: sek_place_write(&l->place, file, text, strlen(text));
}

static int cut(struct live *l, size_t link, enum sek_run_cut how, struct sek_report *report)
{
	int err = how == SEK_RUN_HEAL ? 0 : mark_cut(l, link, how);

	if (err)
		return sek_report_fail(report, err, "write down that %s is cut",
				       l->t->links[link].name);
	err = sek_links_carrier(&l->w, link, how != SEK_RUN_CARRIER);
	if (!err)
		err = sek_impair_silence(&l->w, link, how == SEK_RUN_SILENT);
	if (!err && how == SEK_RUN_HEAL)
		err = mark_cut(l, link, how);
	if (err)
		return sek_report_fail(report, err, "change %s", l->t->links[link].name);
	/* Nobody's daemon computes static routes again. */
	sek_saved_cuts(&l->w);
	return how == SEK_RUN_SILENT ? 0 : sek_routes_write(&l->w);
}

int sek_run_cut(const char *name, const char *link, enum sek_run_cut how, struct sek_report *report)
{
	struct live l __attribute__((cleanup(close_live))) = { .place = SEK_PLACE_INIT };
	int err = open_live(&l, name, report), i;

	if (err)
		return err;
	i = find_link(&l, link, report);
	return i < 0 ? i : cut(&l, i, how, report);
}

static void take_values(struct sek_topo_link *l, const struct sek_run_set *set)
{
	if (set->delay)
		l->impair.delay_us = set->impair.delay_us;
	if (set->jitter)
		l->impair.jitter_us = set->impair.jitter_us;
	if (set->loss)
		l->impair.loss_ppm = set->impair.loss_ppm;
	if (set->rate)
		l->impair.rate_bps = set->impair.rate_bps;
	if (set->set_mtu)
		l->mtu = set->mtu;
}

int sek_run_set(const char *name, const char *link, const struct sek_run_set *set,
		struct sek_report *report)
{
	struct live l __attribute__((cleanup(close_live))) = { .place = SEK_PLACE_INIT };
	int err = open_live(&l, name, report), i;

	if (err)
		return err;
	i = find_link(&l, link, report);
	if (i < 0)
		return i;
	take_values(&l.t->links[i], set);
	err = sek_impair_probe(&l.w);
	if (!err)
		err = sek_impair_check(&l.w, i);
	/* Written first: what is only half done, a second try completes. */
	if (!err && (err = sek_saved_write(&l.place, SEK_SAVED_TOPO, l.t)))
		sek_report_fail(report, err, "write down what is up");
	if (!err)
		err = sek_impair_write(&l.w, i);
	if (!err && set->set_mtu)
		err = sek_links_mtu(&l.w, i);
	return err;
}

int sek_run_wait(const char *name, unsigned int seconds, struct sek_report *report)
{
	struct live l __attribute__((cleanup(close_live))) = { .place = SEK_PLACE_INIT };
	int err = open_live(&l, name, report);

	return err ? err : sek_converge_wait(&l.w, seconds);
}

int sek_run_exec(const char *name, const char *node, char *const argv[], struct sek_report *report)
{
	struct sek_place p = SEK_PLACE_INIT;
	char what[128];
	int err;

	if (geteuid())
		return sek_report_fail(report, -EPERM, "enter %s (this needs root)", node);
	err = open_place(&p, name, false, report);
	if (err)
		return err;
	err = sek_enter(&p, node, what, sizeof(what));
	sek_place_close(&p);
	if (err == -ENOENT)
		return sek_report_say(report, err,
				      "%s '%s' of %s: there is none of this name (see sekisho topo "
				      "show %s)",
				      what, node, name, name);
	if (err)
		return sek_report_fail(report, err, "%s '%s' of %s", what, node, name);
	execvp(argv[0], argv);
	return sek_report_fail(report, -errno, "run '%s' in %s", argv[0], node);
}
