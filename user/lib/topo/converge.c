// SPDX-License-Identifier: GPL-2.0-only
#include "converge.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "ip.h"

#define PAUSE_MS 5

/**
 * struct check - one look at one node
 * @w: work
 * @node: which
 * @want: what it must have a route to
 * @found: by @want
 * @n: how many
 * @room: of both
 * @left: how many are not found
 * @silent: indexes of interfaces whose packets are swallowed: what leads there is no route
 * @silent_n: how many
 */
struct check {
	struct sek_work *w;
	size_t node;
	struct sek_topo_ip *want;
	bool *found;
	size_t n;
	size_t room;
	size_t left;
	__u32 *silent;
	size_t silent_n;
};

static int want(const struct sek_graph_route *route, void *data)
{
	struct check *c = data;

	if (c->n == c->room) {
		size_t room = c->room ? 2 * c->room : 64;
		struct sek_topo_ip *v = reallocarray(c->want, room, sizeof(*v));
		bool *found = v ? reallocarray(c->found, room, sizeof(*found)) : NULL;

		if (v)
			c->want = v;
		if (!found)
			return -ENOMEM;
		c->found = found;
		c->room = room;
	}
	c->want[c->n++] = route->to;
	return 0;
}

static int compare_nets(const void *a, const void *b)
{
	return sek_ip_order(a, b);
}

static void take(struct check *c, size_t i)
{
	c->left -= !c->found[i];
	c->found[i] = true;
}

static bool is_good(const struct check *c, const struct sek_batch_route *route)
{
	for (size_t i = 0; i < c->silent_n; i++) {
		for (size_t j = 0; j < route->devs_n; j++) {
			if (route->dev[j] == c->silent[i])
				return false;
		}
	}
	return route->live;
}

/* A route to the very net, as most are. */
static void have_same(const struct sek_batch_route *route, void *data)
{
	struct check *c = data;
	const struct sek_topo_ip *same = is_good(c, route) ? bsearch(&route->to, c->want, c->n,
								     sizeof(*c->want), compare_nets)
							   : NULL;

	if (same)
		take(c, same - c->want);
}

/* A route to a larger net that holds it. */
static void have_larger(const struct sek_batch_route *route, void *data)
{
	struct check *c = data;

	if (!is_good(c, route))
		return;
	for (size_t i = 0; i < c->n; i++) {
		if (c->found[i] || c->want[i].family != route->to.family ||
		    (c->want[i].plen && !route->to.plen) ||
		    !sek_ip_contains(&route->to, &c->want[i]))
			continue;
		take(c, i);
	}
}

static int look_for(struct check *c, void (*have)(const struct sek_batch_route *route, void *data))
{
	static const __u8 families[] = { AF_INET, AF_INET6 };
	int err;

	for (size_t i = 0; i < 2; i++) {
		/* From the start, if something changed meanwhile. */
		do {
			err = sek_batch_routes(c->w->node[c->node].nl, families[i], have, c);
		} while (err == -EINTR);
		if (err)
			return sek_report_fail(c->w->report, err, "read the routes of %s",
					       c->w->t->nodes[c->node].name);
	}
	return 0;
}

static int look(struct check *c)
{
	int err;

	memset(c->found, 0, c->n * sizeof(*c->found));
	c->left = c->n;
	err = look_for(c, have_same);
	return err || !c->left ? err : look_for(c, have_larger);
}

static bool is_late(const struct timespec *end)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > end->tv_sec ||
	       (now.tv_sec == end->tv_sec && now.tv_nsec >= end->tv_nsec);
}

static int say_missing(const struct check *c)
{
	char text[SEK_IP_TEXT_SIZE];
	size_t i = 0;

	while (c->found[i])
		i++;
	return sek_report_say(c->w->report, -ETIMEDOUT,
			      "the routing has not converged in time: %s has no route to %s%s",
			      c->w->t->nodes[c->node].name, sek_ip_text(text, &c->want[i]),
			      c->left > 1 ? " and others" : "");
}

/* 1 if it was not complete at the first look. */
static int wait_node(struct check *c, const struct timespec *end)
{
	for (int waited = 0;; waited = 1) {
		int err = c->n ? look(c) : 0;

		if (err || !c->n || !c->left)
			return err ? err : waited;
		err = sek_work_go_on(c->w);
		if (err)
			return err;
		if (is_late(end))
			return say_missing(c);
		poll(NULL, 0, PAUSE_MS);
	}
}

/* Links that were cut in silence: a daemon finds out, computed routes stay as they are. */
static int find_silent(struct check *c)
{
	struct sek_work *w = c->w;
	const struct sek_topo_node *n = &w->t->nodes[c->node];
	int index;

	if (n->kind != SEK_TOPO_ROUTER || n->routing <= SEK_TOPO_ROUTING_STATIC)
		return 0;
	for (size_t e = 0; e < 2 * w->t->links_n; e++) {
		__u32 *v;

		if (!w->cut[e / 2] || w->down[e / 2] || sek_work_end_of(w, e)->node != c->node)
			continue;
		index = sek_work_index(w, e);
		v = index < 0 ? NULL : reallocarray(c->silent, c->silent_n + 1, sizeof(*v));
		if (!v)
			return index < 0 ? index : -ENOMEM;
		c->silent = v;
		c->silent[c->silent_n++] = index;
	}
	return 0;
}

static int wait_one(struct sek_work *w, const struct sek_graph *g, size_t node,
		    const struct timespec *end)
{
	struct check c = { .w = w, .node = node };
	int err = find_silent(&c);

	if (!err)
		err = sek_graph_routes(g, node, AF_INET, want, &c);
	if (!err)
		err = sek_graph_routes(g, node, AF_INET6, want, &c);
	if (err)
		sek_report_fail(w->report, err, "compute what %s must reach",
				w->t->nodes[node].name);
	else if (c.n)
		qsort(c.want, c.n, sizeof(*c.want), compare_nets);
	if (!err)
		err = wait_node(&c, end);
	free(c.want);
	free(c.found);
	free(c.silent);
	return err;
}

int sek_converge_wait(struct sek_work *w, unsigned int seconds)
{
	struct sek_graph g = { 0 };
	struct timespec end;
	int err = sek_graph_build(&g, w->t, w->cut), r = 0, waited;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	/* What was complete may have changed while others were waited for. */
	do {
		waited = 0;
		for (size_t i = 0; i < w->t->nodes_n && !err; i++) {
			r = wait_one(w, &g, i, &end);
			err = r < 0 ? r : 0;
			waited |= r;
		}
	} while (!err && waited);
	sek_graph_free(&g);
	return err;
}
