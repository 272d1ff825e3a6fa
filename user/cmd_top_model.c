// SPDX-License-Identifier: GPL-2.0-only
#include "top.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/counters.h"
#include "lib/names.h"

const char *const sek_top_view_names[SEK_TOP_VIEWS + 1] = {
	[SEK_TOP_CGROUP] = "cgroup",
	[SEK_TOP_LINK] = "link",
	[SEK_TOP_PEER] = "peer",
	[SEK_TOP_CLASS] = "class",
};

const char *const sek_top_sort_names[SEK_TOP_SORTS + 1] = {
	[SEK_TOP_SORT_RATE] = "rate",	[SEK_TOP_SORT_RX] = "rx",
	[SEK_TOP_SORT_TX] = "tx",	[SEK_TOP_SORT_PACKETS] = "packets",
	[SEK_TOP_SORT_TOTAL] = "total", [SEK_TOP_SORT_NAME] = "name",
};

/* One walk over the counters: what is added up now, and in which row. */
struct sampling {
	struct sek_top *t;
	uint32_t slot; /* rows of one identity follow each other */
	struct sek_top_row *row;
};

static int compare_keys(const void *a, const void *b)
{
	const struct sek_top_row *const *x = a, *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

/* While a sample is taken, rows are in the order of their keys. */
static struct sek_top_row *find_row(struct sek_top *t, const char *key)
{
	struct sek_top_row want = { .key = (char *)key }, *at = &want, **found;

	found = t->rows_n ? bsearch(&at, t->rows, t->rows_n, sizeof(struct sek_top_row *),
				    compare_keys)
			  : NULL;
	return found ? *found : NULL;
}

static void free_row(struct sek_top_row *row)
{
	free(row->key);
	free(row->name);
	free(row);
}

static struct sek_top_row *new_row(const char *key, const char *name)
{
	struct sek_top_row *row = calloc(1, sizeof(*row));

	if (!row)
		return NULL;
	row->key = strdup(key);
	row->name = strdup(name);
	row->fresh = true;
	if (row->key && row->name)
		return row;
	free_row(row);
	return NULL;
}

static int insert_row(struct sek_top *t, const char *key, const char *name,
		      struct sek_top_row **ret)
{
	struct sek_top_row *row = new_row(key, name), **rows;
	size_t at = t->rows_n;

	rows = row ? reallocarray(t->rows, t->rows_n + 1, sizeof(struct sek_top_row *)) : NULL;
	if (!rows) {
		if (row)
			free_row(row);
		return -ENOMEM;
	}
	t->rows = rows;
	for (; at && strcmp(rows[at - 1]->key, key) > 0; at--)
		rows[at] = rows[at - 1];
	rows[at] = row;
	t->rows_n++;
	*ret = row;
	return 0;
}

/* Peers are known by the first letters of their keys, others by where they are. */
static void identify_peer(const struct sek_row *row, char *key, char *name, size_t size)
{
	const char *who = row->public_key ?: row->endpoint ?: "";

	snprintf(key, size, "%s/%s/%s", row->netns ?: "", row->ifname ?: "", who);
	if (row->removed)
		snprintf(name, size, "%s %s@%s", who, row->ifname, row->netns);
	else if (row->public_key)
		snprintf(name, size, "%.8s... %s@%s", who, row->ifname, row->netns);
	else
		snprintf(name, size, "%s", *who ? who : SEK_NAME_OVERFLOW);
}

static bool shows(const struct sek_top *t, enum sek_top_view view)
{
	return t->view == view || (t->inside && t->inside_view == view);
}

/* The key and the name of what a counter belongs to in this view; @name may be @key. */
static void identify(const struct sek_top *t, const struct sek_row *row, char *key, char *name,
		     size_t size)
{
	if (t->view == SEK_TOP_PEER) {
		identify_peer(row, key, name, size);
		return;
	}
	if (t->view == SEK_TOP_CLASS)
		snprintf(key, size, "%s/%s", sek_family_name(row->family),
			 sek_class_name(row->class));
	else if (t->view == SEK_TOP_LINK)
		snprintf(key, size, "%s/%s%s", row->netns, row->ifname,
			 strcmp(row->hook, "tc") ? " (xdp)" : "");
	else
		snprintf(key, size, "%s%s", row->cgroup, row->removed ? " (removed)" : "");
	if (t->view == SEK_TOP_CLASS && (row->family == SEK_FAMILY_NONE || shows(t, SEK_TOP_PEER)))
		snprintf(name, size, "%s", sek_class_name(row->class));
	else if (t->view == SEK_TOP_LINK)
		snprintf(name, size, "%s@%s%s", row->ifname, row->netns,
			 strcmp(row->hook, "tc") ? " (xdp)" : "");
	else if (t->view == SEK_TOP_CGROUP && !row->removed)
		snprintf(name, size, "%s", row->cgroup_name);
	else
		snprintf(name, size, "%s", key);
}

/* A link's packets are counted at several hooks: one of them is enough. */
static bool is_counted(const struct sek_row *row)
{
	return row->point <= SEK_POINT_TC_EGRESS_OTHER || row->point >= SEK_POINT_LINK_NR;
}

static bool is_inside(const struct sek_top *t, const struct sek_row *row)
{
	char key[512], name[512];
	const struct sek_top of = { .view = t->inside_view };

	if (!t->inside)
		return true;
	identify(&of, row, key, name, sizeof(key));
	return !strcmp(key, t->inside);
}

static int add_counter(const struct sek_row *row, void *arg)
{
	struct sampling *s = arg;
	struct sek_top_flow *flow;
	char key[512], name[512];
	int err = 0;

	if (!is_counted(row) || !is_inside(s->t, row))
		return 0;
	/* Paths are looked at once for all counters of a cgroup. */
	if (!s->row || s->t->view != SEK_TOP_CGROUP || !row->slot || s->slot != row->slot) {
		identify(s->t, row, key, name, sizeof(key));
		s->row = find_row(s->t, key);
		if (!s->row)
			err = insert_row(s->t, key, name, &s->row);
		if (err)
			return err;
		s->slot = row->slot;
	}
	s->row->seen = true;
	flow = row->egress ? &s->row->tx : &s->row->rx;
	flow->packets += row->packets;
	flow->bytes += row->bytes;
	return 0;
}

static uint64_t per_second(uint64_t now, uint64_t before, uint64_t ns)
{
	/* Less than before: the counters were taken away, and made again. */
	if (now < before || !ns)
		return 0;
	return (uint64_t)((double)(now - before) * 1e9 / (double)ns + 0.5);
}

static void set_rates(struct sek_top_flow *flow, const struct sek_top_flow *before, uint64_t ns)
{
	flow->pps = per_second(flow->packets, before->packets, ns);
	flow->bps = per_second(flow->bytes * 8, before->bytes * 8, ns);
}

/* What a row was before the sample, by its place. */
struct before {
	struct sek_top_row *row;
	struct sek_top_flow rx;
	struct sek_top_flow tx;
};

static struct before *remember(struct sek_top *t)
{
	struct before *before = calloc(t->rows_n + 1, sizeof(*before));

	for (size_t i = 0; before && i < t->rows_n; i++) {
		struct sek_top_row *row = t->rows[i];

		before[i] = (struct before){ row, row->rx, row->tx };
		row->rx = row->tx = (struct sek_top_flow){ 0 };
		row->seen = row->fresh = false;
	}
	return before;
}

/* Rows that are gone: what they were is no business of a live table. */
static void drop_unseen(struct sek_top *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->rows_n; i++) {
		if (t->rows[i]->seen)
			t->rows[n++] = t->rows[i];
		else
			free_row(t->rows[i]);
	}
	t->rows_n = n;
}

static void compute(struct sek_top *t, const struct before *before, size_t n, uint64_t ns)
{
	const struct sek_top_flow none = { 0 };

	t->at = (t->at + 1) % SEK_TOP_HISTORY;
	for (size_t i = 0; i < n; i++) {
		if (before[i].row->seen) {
			set_rates(&before[i].row->rx, &before[i].rx, ns);
			set_rates(&before[i].row->tx, &before[i].tx, ns);
		}
	}
	for (size_t i = 0; i < t->rows_n && t->samples; i++) {
		/* Not there before: all that it counted, it counted since. */
		if (t->rows[i]->fresh) {
			set_rates(&t->rows[i]->rx, &none, ns);
			set_rates(&t->rows[i]->tx, &none, ns);
		}
	}
	for (size_t i = 0; i < t->rows_n; i++)
		t->rows[i]->history[t->at] = t->rows[i]->rx.bps + t->rows[i]->tx.bps;
}

int sek_top_sample(struct sek_top *t, const struct sek_maps *m)
{
	enum sek_scope scope = shows(t, SEK_TOP_LINK)	? SEK_SCOPE_LINK
			       : shows(t, SEK_TOP_PEER) ? SEK_SCOPE_PEER
							: SEK_SCOPE_CGROUP;
	struct sampling s = { .t = t };
	struct timespec now;
	struct before *before;
	uint64_t now_ns;
	size_t n;
	int err;

	if (t->rows_n)
		qsort(t->rows, t->rows_n, sizeof(struct sek_top_row *), compare_keys);
	before = remember(t);
	n = t->rows_n;
	if (!before)
		return -ENOMEM;
	err = sek_counters_walk(m, scope, add_counter, &s);
	clock_gettime(CLOCK_MONOTONIC, &now);
	now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	compute(t, before, n, now_ns - t->when_ns);
	free(before);
	drop_unseen(t);
	t->when_ns = now_ns;
	t->samples++;
	sek_top_order(t);
	return err;
}

static uint64_t sort_value(const struct sek_top_row *row, enum sek_top_sort sort)
{
	switch (sort) {
	case SEK_TOP_SORT_RX:
		return row->rx.bps;
	case SEK_TOP_SORT_TX:
		return row->tx.bps;
	case SEK_TOP_SORT_PACKETS:
		return row->rx.pps + row->tx.pps;
	case SEK_TOP_SORT_TOTAL:
		return row->rx.bytes + row->tx.bytes;
	default:
		return row->rx.bps + row->tx.bps;
	}
}

static bool passes(const struct sek_top *t, const struct sek_top_row *row)
{
	return !t->filter[0] || strcasestr(row->name, t->filter) || strcasestr(row->key, t->filter);
}

/* Filtered ones last; among equals the larger total, then the name, so that nothing jumps. */
static int compare_rows(const void *a, const void *b, void *arg)
{
	const struct sek_top_row *x = *(struct sek_top_row *const *)a;
	const struct sek_top_row *y = *(struct sek_top_row *const *)b;
	const struct sek_top *t = arg;
	bool x_in = passes(t, x), y_in = passes(t, y);
	uint64_t x_value, y_value;
	int order = 0;

	if (x_in != y_in)
		return x_in ? -1 : 1;
	for (int i = 0; i < 2 && !order && t->sort != SEK_TOP_SORT_NAME; i++) {
		x_value = sort_value(x, i ? SEK_TOP_SORT_TOTAL : t->sort);
		y_value = sort_value(y, i ? SEK_TOP_SORT_TOTAL : t->sort);
		order = x_value < y_value ? 1 : x_value > y_value ? -1 : 0;
	}
	order = order ?: strcmp(x->name, y->name) ?: strcmp(x->key, y->key);
	return t->reverse ? -order : order;
}

void sek_top_order(struct sek_top *t)
{
	if (t->rows_n)
		qsort_r(t->rows, t->rows_n, sizeof(struct sek_top_row *), compare_rows, t);
	t->shown_n = 0;
	while (t->shown_n < t->rows_n && passes(t, t->rows[t->shown_n]))
		t->shown_n++;
}

int sek_top_switch(struct sek_top *t, enum sek_top_view view, const struct sek_top_row *inside)
{
	char *key = inside ? strdup(inside->key) : NULL;
	char *name = inside ? strdup(inside->name) : NULL;

	if (inside && (!key || !name)) {
		free(key);
		free(name);
		return -ENOMEM;
	}
	sek_top_clear(t);
	t->inside_view = t->view;
	t->view = view;
	t->inside = key;
	t->inside_name = name;
	return 0;
}

void sek_top_clear(struct sek_top *t)
{
	for (size_t i = 0; i < t->rows_n; i++)
		free_row(t->rows[i]);
	free(t->rows);
	free(t->inside);
	free(t->inside_name);
	t->rows = NULL;
	t->inside = NULL;
	t->inside_name = NULL;
	t->rows_n = 0;
	t->shown_n = 0;
	t->samples = 0;
	t->when_ns = 0;
}
