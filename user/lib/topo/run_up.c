// SPDX-License-Identifier: GPL-2.0-only
/* The part of run.h that brings topologies up, and down. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bird.h"
#include "cgroups.h"
#include "converge.h"
#include "count.h"
#include "diff.h"
#include "down.h"
#include "frr.h"
#include "hosts.h"
#include "procs.h"
#include "run.h"
#include "saved.h"
#include "serve.h"
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

/* What the machine lacks, before anything is made. */
static int check(struct sek_work *w)
{
	const struct sek_topo_impair none = { 0 };
	bool bird = false, frr = false, impaired = false, tunnel = false;
	int err = 0;

	for (size_t i = 0; i < w->t->nodes_n; i++) {
		const struct sek_topo_node *n = &w->t->nodes[i];

		bird = bird || sek_bird_is_wanted(n);
		frr = frr || sek_frr_is_wanted(n);
	}
	for (size_t i = 0; i < w->t->links_n; i++) {
		const struct sek_topo_link *l = &w->t->links[i];

		impaired = impaired || !is_same(&l->impair, &none);
		tunnel = tunnel || l->kind == SEK_TOPO_LINK_WIREGUARD;
	}
	if (tunnel)
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
struct counting {
	const struct sek_work *w;
	struct sek_report report;
	pthread_t thread;
	bool started;
	int err;
};

static void *count(void *arg)
{
	struct counting *c = arg;

	c->err = sek_count_attach(c->w->place, c->w->t, &c->report);
	return NULL;
}

static void start_counting(struct counting *c)
{
	c->started = !pthread_create(&c->thread, NULL, count, c);
	if (!c->started)
		count(c);
}

static int end_counting(struct counting *c, struct sek_report *report)
{
	if (c->started)
		pthread_join(c->thread, NULL);
	for (size_t i = 0; i < c->report.notes_n; i++)
		sek_report_note(report, "%s", c->report.notes[i]);
	if (c->err && !report->error[0])
		snprintf(report->error, sizeof(report->error), "%s", c->report.error);
	sek_report_free(&c->report);
	return c->err;
}

/* Made, counted and waited for; it is up also if the routing does not converge in time. */
static int finish(struct sek_work *w, struct sek_run_up *up, const struct timespec *start)
{
	struct counting c = { .w = w };
	int err = 0, waited = 0;

	if (up->count)
		start_counting(&c);
	if (up->wait_s)
		waited = wait_for(w, up, start);
	if (up->count)
		err = end_counting(&c, w->report);
	if (!err)
		err = save(w);
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
	if (!err && up->changed)
		err = finish(&w, up, start);
	else if (err == 1)
		err = up->wait_s ? wait_for(&w, up, start) : 0;
	sek_work_end(&w);
	sek_diff_free(&d);
	sek_topo_free(old);
	return err;
}

int sek_run_up(const struct sek_topo *t, struct sek_run_up *up, struct sek_report *report)
{
	struct sek_place p = SEK_PLACE_INIT;
	struct sek_report ignored = { 0 };
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
	err = up_locked(&p, t, up, report, &start);
	/* Of a new one that failed nothing is left. */
	if (err && err != -ETIMEDOUT && up->fresh && p.dir >= 0)
		sek_down(&p, &ignored);
	sek_report_free(&ignored);
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
	if (err)
		return sek_report_fail(report, err, "find the topology '%s'", name);
	err = sek_down(&p, report);
	sek_place_close(&p);
	return err;
}
