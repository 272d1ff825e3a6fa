// SPDX-License-Identifier: GPL-2.0-only
/* The part of work.h that is about routes. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "ip.h"
#include "work.h"

/* Fewer messages than a batch has room for. */
#define AT_ONCE 16

struct writing {
	struct sek_work *w;
	size_t node;
	unsigned int waiting;
};

static int send_some(struct writing *wr, unsigned int at_least)
{
	if (wr->waiting < at_least || !wr->waiting)
		return 0;
	wr->waiting = 0;
	return sek_work_send(wr->w, wr->node, "write routes");
}

static int write_computed(const struct sek_graph_route *route, void *data)
{
	struct writing *wr = data;
	int index = sek_work_index(wr->w, route->end);

	if (index < 0)
		return index;
	sek_batch_route(&wr->w->batch, &route->to, &route->via, index);
	wr->waiting++;
	return send_some(wr, AT_ONCE);
}

/* A next hop behind a link that is cut is not to be reached: its route comes back with it. */
static int write_given(struct writing *wr, const struct sek_topo_route *route)
{
	struct sek_work *w = wr->w;
	const char *name = w->t->nodes[wr->node].name;
	char to[SEK_IP_TEXT_SIZE];
	int index = 0, err;

	if (route->dev[0]) {
		index = sek_batch_index(w->node[wr->node].nl, route->dev, NULL);
		if (index < 0)
			return sek_report_fail(w->report, index, "find the interface %s in %s",
					       route->dev, name);
	}
	sek_batch_route(&w->batch, &route->to, route->via.family ? &route->via : NULL, index);
	err = sek_batch_send(w->node[wr->node].nl, &w->batch);
	if (err == -ENETUNREACH || err == -ENETDOWN || err == -EHOSTUNREACH) {
		for (size_t i = 0; i < w->t->links_n; i++) {
			if (w->cut[i])
				return 0;
		}
	}
	if (err)
		return sek_report_fail(w->report, err, "add the route to %s in %s%s%s",
				       sek_ip_text(to, &route->to), name,
				       sek_netlink_error()[0] ? ": " : "", sek_netlink_error());
	return 0;
}

static int write_node(struct sek_work *w, const struct sek_graph *g, size_t node)
{
	const struct sek_topo_node *n = &w->t->nodes[node];
	struct writing wr = { .w = w, .node = node };
	bool computed = n->kind == SEK_TOPO_HOST || n->routing == SEK_TOPO_ROUTING_STATIC;
	int err = 0;

	if (!w->node[node].fresh)
		err = sek_batch_flush(w->node[node].nl);
	if (err)
		return sek_report_fail(w->report, err, "remove old routes in %s", n->name);
	if (computed)
		err = sek_graph_routes(g, node, AF_INET, write_computed, &wr);
	if (!err && computed)
		err = sek_graph_routes(g, node, AF_INET6, write_computed, &wr);
	if (!err)
		err = send_some(&wr, 1);
	for (size_t i = 0; i < n->routes_n && !err; i++)
		err = write_given(&wr, &n->routes[i]);
	return err;
}

int sek_routes_write(struct sek_work *w)
{
	struct sek_graph g = { 0 };
	/* Nobody knows of a silent cut. */
	int err = sek_graph_build(&g, w->t, w->down);

	if (err)
		sek_report_fail(w->report, err, "compute routes");
	for (size_t i = 0; i < w->t->nodes_n && !err; i++) {
		err = sek_work_go_on(w);
		if (!err)
			err = write_node(w, &g, i);
	}
	sek_graph_free(&g);
	return err;
}
