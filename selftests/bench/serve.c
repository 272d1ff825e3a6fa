// SPDX-License-Identifier: GPL-2.0-only
/* What a scrape costs: reading counters and making text of them, over copying that text. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "area.h"
#include "datapath.h"
#include "lib/bpflog.h"
#include "lib/serve/tally.h"
#include "lib/state.h"
#include "log.h"
#include "out/metrics.h"

/* 200 links of 250 counters, each exported as packets and as bytes. */
#define LINKS	 200
#define COUNTERS 250
#define SERIES	 (LINKS * COUNTERS * 2)
#define GOAL	 4.0
#define ROUNDS	 21

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void open_maps(const struct datapath_bpf *d, struct sek_maps *m)
{
	for (int i = 0; i < SEK_MAP_NR; i++)
		m->fd[i] = bpf_object__find_map_fd_by_name(d->obj, sek_map_names[i]);
	m->link_slots = SEK_DATAPATH_LINK_SLOTS;
	m->cgroup_slots = SEK_DATAPATH_CGROUP_SLOTS;
	m->cpus = libbpf_num_possible_cpus();
}

/* Numbers as a host has them after some days: of every length. */
static void fill_cells(struct sek_counters *counters, uint32_t cpus, uint32_t slot, uint32_t point,
		       uint32_t n)
{
	for (uint32_t cpu = 0; cpu < cpus; cpu++) {
		for (uint32_t i = 0; i < n; i++) {
			uint64_t packets = 1 + ((uint64_t)slot * 7919 + point * 104729 + i) *
						       (1ULL << i % 30);

			counters[cpu].cell[i].skbs = packets;
			counters[cpu].cell[i].skb_bytes = packets * 777;
		}
	}
}

static int fill_link(const struct sek_maps *m, uint32_t slot, struct sek_counters *counters)
{
	struct sek_link link = { .netns_cookie = 1 + slot / 2, .ifindex = 2 + slot % 2 };
	uint32_t left = COUNTERS;

	snprintf(link.netns, sizeof(link.netns), "container-%u", slot / 2);
	snprintf(link.ifname, sizeof(link.ifname), "eth%u", slot % 2);
	if (bpf_map_update_elem(m->fd[SEK_MAP_LINKS], &slot, &link, BPF_ANY))
		return -errno;
	for (uint32_t point = 0; left; point++) {
		uint32_t index = slot * SEK_POINT_LINK_NR + point;
		uint32_t n = left < SEK_CELL_NR ? left : SEK_CELL_NR;

		memset(counters, 0, m->cpus * sizeof(*counters));
		fill_cells(counters, m->cpus, slot, point, n);
		if (bpf_map_update_elem(m->fd[SEK_MAP_LINK_COUNT], &index, counters, BPF_ANY))
			return -errno;
		left -= n;
	}
	return 0;
}

static int fill(const struct sek_maps *m)
{
	struct sek_counters *counters = calloc(m->cpus, sizeof(*counters));
	int err = counters ? 0 : -ENOMEM;

	for (uint32_t slot = 1; slot <= LINKS && !err; slot++)
		err = fill_link(m, slot, counters);
	free(counters);
	return err;
}

static const struct sek_metrics_value kinds[] = {
	{ .name = "packets", .help = "Packets on the wire." },
	{ .name = "bytes", .help = "Bytes on the wire." },
};

static int scrape(const struct sek_maps *m, struct sek_tally *t, struct sek_buffer *b)
{
	struct sek_metrics_cube cube = { .name = "sekisho_link", .values = kinds, .values_n = 2 };
	int err;

	b->n = 0;
	sek_tally_clear(t);
	err = sek_counters_walk(m, SEK_SCOPE_LINK, sek_tally_row, t);
	cube.who = (struct sek_metrics_labels){ t->who_names, t->who_names_n, t->who, t->who_n };
	cube.what = (struct sek_metrics_labels){ t->what_names, t->what_names_n, t->what,
						 t->what_n };
	cube.cells = t->cells;
	sek_metrics_add(b, SEK_METRICS_PROMETHEUS, &cube);
	return err ?: b->error;
}

static size_t count_series(const struct sek_buffer *b)
{
	size_t n = 0;

	for (const char *p = b->text, *end = b->text + b->n; p < end; n++)
		p = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
	return n - 4; /* HELP and TYPE of both */
}

static int compare(struct sek_result *r, const struct sek_maps *m, struct sek_tally *t,
		   struct sek_buffer *b)
{
	uint64_t best_scrape = UINT64_MAX, best_copy = UINT64_MAX;
	int err = scrape(m, t, b);
	char *copy = err ? NULL : malloc(b->n);

	if (!copy)
		return err ?: -ENOMEM;
	for (int i = 0; i < ROUNDS && !err; i++) {
		uint64_t begin = now(), middle;

		err = scrape(m, t, b);
		middle = now();
		memcpy(copy, b->text, b->n);
		/* The compiler must not know that nobody reads it. */
		__asm__ volatile("" : : "r"(copy) : "memory");
		if (middle - begin < best_scrape)
			best_scrape = middle - begin;
		if (now() - middle < best_copy)
			best_copy = now() - middle;
	}
	free(copy);
	if (err)
		return err;
	printf("scrape: %zu series, %.1f MiB, %.2f ms; copying the text %.2f ms\n\n",
	       count_series(b), (double)b->n / 1024 / 1024, (double)best_scrape / 1e6,
	       (double)best_copy / 1e6);
	if (count_series(b) != SERIES)
		return -EPROTO;
	sek_result_add(r, "serve.scrape", (double)best_scrape / (double)best_copy, GOAL, "x",
		       "%d series over memcpy of their text", SERIES);
	return 0;
}

/* Readers of the counters lock what load made: here it is a bpffs of our own. */
static int private_bpffs(void)
{
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", SEK_BPFFS, "bpf", 0, NULL) || mkdir(SEK_STATE_DIR, 0700) ||
	    mkdir(SEK_STATE_MAPS, 0700))
		return -errno;
	return 0;
}

int sek_serve_measure(struct sek_result *r)
{
	struct sek_buffer b = {};
	struct sek_tally *t = NULL;
	struct datapath_bpf *d;
	struct sek_maps m;
	int err = sek_datapath_open(&d);

	if (err) {
		sek_error("load the programs: %s: %s", strerror(-err), sek_bpflog_first());
		return err;
	}
	open_maps(d, &m);
	err = private_bpffs();
	if (!err)
		err = fill(&m);
	if (!err)
		err = sek_tally_new(SEK_SCOPE_LINK, sek_tally_dims(SEK_SCOPE_LINK, UINT32_MAX), &t);
	if (!err)
		err = compare(r, &m, t, &b);
	if (err)
		sek_error("measure a scrape: %s", strerror(-err));
	sek_tally_free(t);
	sek_buffer_free(&b);
	datapath_bpf__destroy(d);
	return err;
}
