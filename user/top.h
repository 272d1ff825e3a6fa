/* SPDX-License-Identifier: GPL-2.0-only */
/* What `top` shows: rates of the counters, kept from sample to sample. */
#ifndef SEK_TOP_H
#define SEK_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/maps.h"

/* How far back graphs go, in samples. */
#define SEK_TOP_HISTORY 64

enum sek_top_view { SEK_TOP_CGROUP, SEK_TOP_LINK, SEK_TOP_PEER, SEK_TOP_CLASS, SEK_TOP_VIEWS };

enum sek_top_sort {
	SEK_TOP_SORT_RATE, /* both directions */
	SEK_TOP_SORT_RX,
	SEK_TOP_SORT_TX,
	SEK_TOP_SORT_PACKETS, /* both directions */
	SEK_TOP_SORT_TOTAL,   /* bytes since the counters began */
	SEK_TOP_SORT_NAME,
	SEK_TOP_SORTS
};

/* By value, with a NULL after the last. */
extern const char *const sek_top_view_names[SEK_TOP_VIEWS + 1];
extern const char *const sek_top_sort_names[SEK_TOP_SORTS + 1];

/** struct sek_top_flow - one direction of a row */
struct sek_top_flow {
	uint64_t packets; /* counted so far */
	uint64_t bytes;
	uint64_t pps; /* packets a second, since the last sample */
	uint64_t bps; /* bits a second */
};

/**
 * struct sek_top_row - one line
 * @key: what tells it from others
 * @name: what to show
 * @rx: received (by a link), or that reached a socket (of a cgroup)
 * @tx: sent
 * @history: bits a second of both directions, in a ring that struct sek_top.at tells the end of
 * @seen: in the last sample
 * @fresh: not there before the last sample
 */
struct sek_top_row {
	char *key;
	char *name;
	struct sek_top_flow rx;
	struct sek_top_flow tx;
	uint64_t history[SEK_TOP_HISTORY];
	bool seen;
	bool fresh;
};

/**
 * struct sek_top - a view of the counters
 * @view: of what
 * @inside: key of the cgroup, link or peer whose classes are shown, or NULL
 * @inside_view: which of them it is
 * @inside_name: what to call it
 * @sort: by what
 * @reverse: smallest first
 * @filter: only rows whose names have this in them, in any case; "" for all
 * @rows: all rows, in their order
 * @rows_n: how many there are
 * @shown_n: how many pass the filter; these come first
 * @samples: how many were taken
 * @at: index of the newest value of each history
 * @when_ns: of the last sample, CLOCK_MONOTONIC
 */
struct sek_top {
	enum sek_top_view view;
	char *inside;
	enum sek_top_view inside_view;
	char *inside_name;
	enum sek_top_sort sort;
	bool reverse;
	char filter[64];
	struct sek_top_row **rows;
	size_t rows_n;
	size_t shown_n;
	size_t samples;
	size_t at;
	uint64_t when_ns;
};

/**
 * sek_top_sample() - read the counters, and compute rates since the last time
 * @t: top
 * @m: open maps
 *
 * Return: 0 or -errno.
 */
int sek_top_sample(struct sek_top *t, const struct sek_maps *m);

/**
 * sek_top_order() - filter and sort again
 * @t: top
 */
void sek_top_order(struct sek_top *t);

/**
 * sek_top_switch() - show something else
 * @t: top; its rows are gone then
 * @view: of what
 * @inside: the row whose classes are wanted, or NULL
 *
 * Return: 0 or -ENOMEM.
 */
int sek_top_switch(struct sek_top *t, enum sek_top_view view, const struct sek_top_row *inside);

/**
 * sek_top_clear() - free what a top holds
 * @t: top
 */
void sek_top_clear(struct sek_top *t);

/**
 * sek_top_screen() - show it on the terminal until the user has enough
 * @t: top, with a view
 * @interval_ms: between two samples
 * @color: with colours
 *
 * Return: 0 or -errno of the last sample.
 */
int sek_top_screen(struct sek_top *t, uint32_t interval_ms, bool color);

#endif
