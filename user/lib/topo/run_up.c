// SPDX-License-Identifier: GPL-2.0-only
/* The part of run.h that brings topologies up, and down. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../cleanup.h"
#include "bird.h"
#include "cgroups.h"
#include "converge.h"
#include "count.h"
#include "diff.h"
#include "down.h"
#include "frr.h"
#include "hosts.h"
#include "joined.h"
#include "procs.h"
#include "run.h"
#include "saved.h"
#include "serve.h"
#include "../stop.h"
#include "tunnels.h"

static double since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - start->tv_sec + (now.tv_nsec - start->tv_nsec) / 1e9;
}

static bool is_same(const struct sek_topo_impair *a, const struct sek_topo_impair *b)
{
	return a->delay_us == b->delay_us && a->jitter_us == b->jitter_us &&
	       a->loss_ppm == b->loss_ppm && a->rate_bps == b->rate_bps;
}

/* What a new node joins must be there. */
static int check_joined(struct sek_work *w, const struct sek_topo_node *n)
{
	SEK_CLEANUP(sek_closep) int fd = -1;
	char path[PATH_MAX];

	if (n->join == SEK_TOPO_JOIN_NONE)
		return 0;
	fd = sek_place_netns(w->place, n->name);
	return fd >= 0 ? 0 : sek_joined_path(n, path, w->report);
}

/* What the machine lacks, before anything is made. */
static int check(struct sek_work *w)
{
	const struct sek_topo_impair none = { 0 };
	bool bird = false, frr = false, impaired = false, tunnel = false;
	int err = 0;

	for (size_t i = 0; i < w->t->nodes_n && !err; i++) {
		const struct sek_topo_node *n = &w->t->nodes[i];

		err = check_joined(w, n);
		bird = bird || sek_bird_is_wanted(n);
		frr = frr || sek_frr_is_wanted(n);
	}
	for (size_t i = 0; i < w->t->links_n; i++) {
		const struct sek_topo_link *l = &w->t->links[i];

		impaired = impaired || !is_same(&l->impair, &none);
		tunnel = tunnel || l->kind == SEK_TOPO_LINK_WIREGUARD;
	}
	if (!err && tunnel)
		err = sek_tunnels_check(w->report);
	if (!err && bird)
		err = sek_bird_check(w->report);
	if (!err && frr)
		err = sek_frr_check(w->report);
	if (!err && impaired)
		err = sek_impair_probe(w);
	for (size_t i = 0; i < w->t->links_n && !err && impaired; i++)
		err = sek_impair_check(w, i);
	return err;
}

static int impair(struct sek_work *w, const struct sek_topo *old, const struct sek_diff *d)
{
	int err = 0;

	for (size_t i = 0; i < w->t->links_n && !err; i++) {
		const struct sek_topo_impair none = { 0 };
		const struct sek_topo_impair *now = &w->t->links[i].impair;
		const struct sek_topo_impair *was = !old || w->link_fresh[i]
							    ? &none
							    : &old->links[d->old_link[i]].impair;

		if (!is_same(now, was))
			err = sek_impair_write(w, i);
	}
	return err;
}

/* Everything from the namespaces to the daemons. */
static int make(struct sek_work *w, const struct sek_topo *old, const struct sek_diff *d)
{
	int err = sek_cgroups_make(w->place, w->t, w->report);

	if (!err)
		err = sek_nodes_open(w, true);
	for (size_t i = 0; i < w->t->links_n; i++)
		w->link_fresh[i] = !old || !d->keep_link[i];
	sek_saved_cuts(w);
	if (!err)
		err = sek_links_make(w);
	if (!err)
		err = impair(w, old, d);
	for (size_t i = 0; i < w->t->nodes_n && !err; i++)
		err = sek_nodes_sysctls(w, i);
	if (!err)
		err = sek_routes_write(w);
	if (!err) {
		err = sek_hosts_write(w->place, w->t);
		if (err)
			sek_report_fail(w->report, err, "write the nodes' /etc/hosts");
	}
	if (!err)
		err = sek_bird_start(w);
	if (!err)
		err = sek_frr_start(w);
	return err ? err : sek_serve_start(w);
}

static int save(struct sek_work *w)
{
	int err = sek_saved_write(w->place, SEK_SAVED_TOPO, w->t);

	if (!err && unlinkat(w->place->dir, SEK_SAVED_WANTED, 0))
		err = -errno;
	return err ? sek_report_fail(w->report, err, "write down what is up") : 0;
}

static int change(struct sek_work *w, const struct sek_topo *old, struct sek_diff *d)
{
	int err = sek_saved_write(w->place, SEK_SAVED_WANTED, w->t);

	if (err)
		return sek_report_fail(w->report, err, "write to " SEK_PLACE_DIR "/%s",
				       w->place->name);
	if (old)
		err = sek_diff_remove(d, w->place, old, w->t, w->report);
	return err ? err : make(w, old, d);
}

/* What is there, NULL for nothing. Of a change that did not come to its end nothing is sure. */
static int read_old(struct sek_place *p, const struct sek_topo *t, struct sek_topo **old,
		    struct sek_report *report)
{
	for (;;) {
		int err = sek_saved_read(p, SEK_SAVED_TOPO, old);
		bool half = !faccessat(p->dir, SEK_SAVED_WANTED, F_OK, 0);

		if (!half && (!err || (err == -ENOENT && faccessat(p->dir, "ns", F_OK, 0))))
			return 0;
		sek_topo_free(*old);
		*old = NULL;
		err = sek_down(p, report);
		if (err)
			return err;
		/* Somebody else may have been faster: look again. */
		err = sek_place_open(p, t->name, true, true);
		if (err)
			return sek_report_fail(report, err, "make " SEK_PLACE_DIR "/%s", t->name);
	}
}

/* 1 if it is up exactly so. */
static int compare(struct sek_place *p, const struct sek_topo *t, struct sek_topo **old,
		   struct sek_diff *d, struct sek_report *report)
{
	int err = read_old(p, t, old, report);

	if (err || !*old)
		return err;
	err = sek_diff_make(d, p, *old, t);
	if (err)
		return sek_report_fail(report, err, "compare with what is up");
	return sek_diff_is_empty(d, *old, t) && sek_saved_is_same(*old, t);
}

/* Everything is made; from here on it is up, whatever becomes of the routing. */
struct finish {
	struct sek_work *w;
	struct sek_run_up *up;
	struct sek_report report;
	pthread_t thread;
	bool started;
	int err;
};

static int wait_for(struct sek_work *w, struct sek_run_up *up, const struct timespec *start)
{
	int err = w->node[0].nl ? 0 : sek_nodes_open(w, false);

	sek_saved_cuts(w);
	if (!err)
		err = sek_converge_wait(w, up->wait_s);
	up->converged_s = err ? -1 : since(start);
	return err;
}

/* Programs take a second to be verified: routes are found meanwhile. */
static void *complete(void *arg)
{
	struct finish *f = arg;
	struct sek_work w = *f->w;

	w.report = &f->report;
	if (f->up->count)
		f->err = sek_count_attach(w.place, w.t, w.report);
	if (!f->err)
		f->err = save(&w);
	f->up->is_up = !f->err;
	return NULL;
}

static void start_completing(struct finish *f)
{
	f->started = f->up->count && f->up->wait_s &&
		     !pthread_create(&f->thread, NULL, complete, f);
	if (!f->started)
		complete(f);
}

static int end_completing(struct finish *f)
{
	struct sek_report *report = f->w->report;

	if (f->started)
		pthread_join(f->thread, NULL);
	for (size_t i = 0; i < f->report.notes_n; i++)
		sek_report_note(report, "%s", f->report.notes[i]);
	/* What keeps it from being up is more than what it waits for. */
	if (f->err)
		snprintf(report->error, sizeof(report->error), "%s", f->report.error);
	sek_report_free(&f->report);
	return f->err;
}

/* It is up also if the routing does not converge in time. */
static int finish(struct sek_work *w, struct sek_run_up *up, const struct timespec *start)
{
	struct finish f = { .w = w, .up = up };
	int err, waited = 0;

	start_completing(&f);
	if (up->wait_s && (f.started || !f.err))
		waited = wait_for(w, up, start);
	err = end_completing(&f);
	if (!err)
		sek_serve_look(w);
	return err ? err : waited;
}

static int up_locked(struct sek_place *p, const struct sek_topo *t, struct sek_run_up *up,
		     struct sek_report *report, const struct timespec *start)
{
	struct sek_topo *old = NULL;
	struct sek_diff d = { 0 };
	struct sek_work w;
	int err;

	err = sek_work_begin(&w, p, t, report);
	if (!err)
		err = check(&w);
	if (!err)
		err = compare(p, t, &old, &d, report);
	up->fresh = !old;
	up->changed = !err;
	if (!err)
		err = change(&w, old, &d);
	up->made_s = since(start);
	if (!err)
		err = finish(&w, up, start);
	if (err == 1) {
		up->is_up = true;
		err = up->wait_s ? wait_for(&w, up, start) : 0;
	}
	sek_work_end(&w);
	sek_diff_free(&d);
	sek_topo_free(old);
	return err;
}

/* What has become of it, in place of the step that was the last one. @down: what removing it said.
 */
static void say_stopped(const struct sek_run_up *up, const char *name,
			const struct sek_report *down, struct sek_report *report)
{
	const char *by = sek_stop_wanted();

	report->error[0] = '\0';
	if (up->is_up)
		sek_report_say(report, -EINTR,
			       "ended by %s before the routing had converged; %s is up, and "
			       "'sekisho topo down %s' takes it down",
			       by, name, name);
	else if (!up->changed)
		sek_report_say(report, -EINTR, "ended by %s; %s is as it was", by, name);
	else if (!up->fresh)
		sek_report_say(report, -EINTR,
			       "ended by %s, and %s is half changed: 'sekisho topo up' of its file "
			       "makes it anew, 'sekisho topo down %s' removes it",
			       by, name, name);
	else if (down->error[0])
		sek_report_say(report, -EINTR,
			       "ended by %s, and %s is half made; try 'sekisho topo down %s' (%s)",
			       by, name, name, down->error);
	else
		sek_report_say(report, -EINTR, "ended by %s; nothing of %s is left", by, name);
}

int sek_run_up(const struct sek_topo *t, struct sek_run_up *up, struct sek_report *report)
{
	struct sek_place p = SEK_PLACE_INIT;
	struct sek_report down = { 0 };
	struct timespec start;
	int err;

	clock_gettime(CLOCK_MONOTONIC, &start);
	up->converged_s = -1;
	if (geteuid())
		return sek_report_fail(report, -EPERM, "bring up %s (this needs root)", t->name);
	/* What is started in nodes can be told from what was there, in those that are joined. */
	setenv(SEK_PROCS_ENV, t->name, 1);
	err = sek_place_open(&p, t->name, true, true);
	if (err)
		return sek_report_fail(report, err, "make " SEK_PLACE_DIR "/%s", t->name);
	sek_stop_begin();
	err = up_locked(&p, t, up, report, &start);
	/* Of a new one that failed nothing is left. */
	if (err && up->fresh && !up->is_up && p.dir >= 0)
		sek_down(&p, &down);
	if (err && sek_stop_wanted())
		say_stopped(up, t->name, &down, report);
	sek_report_free(&down);
	sek_place_close(&p);
	return err;
}

int sek_run_down(const char *name, struct sek_report *report)
{
	struct sek_place p = SEK_PLACE_INIT;
	int err;

	if (geteuid())
		return sek_report_fail(report, -EPERM, "take down %s (this needs root)", name);
	err = sek_place_open(&p, name, false, true);
	if (err == -ENOENT)
		return sek_report_say(
			report, err,
			"find the topology '%s': 'sekisho topo show' lists those that "
			"are up",
			name);
	if (err)
		return sek_report_fail(report, err, "open the topology '%s'", name);
	err = sek_down(&p, report);
	sek_place_close(&p);
	return err;
}
