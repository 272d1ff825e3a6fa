// SPDX-License-Identifier: GPL-2.0-only
/* The part of graph.h that computes shortest ways. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "graph.h"
#include "ip.h"

/* A node to be looked at. */
struct step {
	__u64 cost;
	size_t node;
};

/**
 * struct search - Dijkstra's, from one node
 * @g: graph
 * @source: the node
 * @family: AF_INET or AF_INET6
 * @cost: by node, to reach it
 * @via: by node, number of the end that is the first hop on the way to it
 * @out: by node, number of the source's end to that hop
 * @heap: nodes to be looked at, the cheapest first; the same one may be there twice
 * @heap_n: how many
 * @done: by net, whether it has a route
 */
struct search {
	const struct sek_graph *g;
	size_t source;
	__u8 family;
	__u64 *cost;
	size_t *via;
	size_t *out;
	struct step *heap;
	size_t heap_n;
	bool *done;
};

/* Equal costs in the order of the nodes: the same file gives the same routes. */
static bool is_before(const struct step *a, const struct step *b)
{
	return a->cost < b->cost || (a->cost == b->cost && a->node < b->node);
}

static void push(struct search *s, struct step step)
{
	size_t i = s->heap_n++;

	for (; i && is_before(&step, &s->heap[(i - 1) / 2]); i = (i - 1) / 2)
		s->heap[i] = s->heap[(i - 1) / 2];
	s->heap[i] = step;
}

static struct step pop(struct search *s)
{
	struct step top = s->heap[0], last = s->heap[--s->heap_n];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < s->heap_n) {
		if (child + 1 < s->heap_n && is_before(&s->heap[child + 1], &s->heap[child]))
			child++;
		if (!is_before(&s->heap[child], &last))
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = last;
	return top;
}

/* Does it pass on what the source sends? */
static bool is_transit(const struct search *s, size_t node)
{
	const struct sek_topo_node *n = &s->g->t->nodes[node];
	enum sek_topo_routing routing = s->g->t->nodes[s->source].routing;

	return n->kind == SEK_TOPO_ROUTER &&
	       (routing == SEK_TOPO_ROUTING_STATIC || routing == n->routing);
}

/* Across one end of a node to all others on its segment. */
static void cross(struct search *s, const struct step *from, size_t out)
{
	const struct sek_graph *g = s->g;
	size_t segment = g->segment[out / 2];

	if (!sek_graph_address(sek_graph_end(g, out), s->family))
		return;
	for (size_t i = g->of_segment_first[segment]; i < g->of_segment_first[segment + 1]; i++) {
		size_t end = g->of_segment[i], node = sek_graph_end(g, end)->node;
		struct step to = { .cost = from->cost + g->t->links[out / 2].cost, .node = node };

		if (to.cost >= s->cost[node] ||
		    !sek_graph_address(sek_graph_end(g, end), s->family))
			continue;
		s->cost[node] = to.cost;
		s->via[node] = from->node == s->source ? end : s->via[from->node];
		s->out[node] = from->node == s->source ? out : s->out[from->node];
		push(s, to);
	}
}

typedef int (*route_fn)(const struct sek_graph_route *route, void *data);

/* A net is routed to where it is nearest: the first time that it is found. */
static bool is_new(struct search *s, size_t number)
{
	size_t net = s->g->net[s->family == AF_INET6][number];

	if (net == SEK_GRAPH_NONE || s->done[net])
		return false;
	s->done[net] = true;
	return true;
}

/* What is to be reached at a node that was found. */
static int add_routes(struct search *s, size_t node, route_fn fn, void *data)
{
	const struct sek_topo_node *n = &s->g->t->nodes[node];
	struct sek_graph_route route = {
		.via = *sek_graph_address(sek_graph_end(s->g, s->via[node]), s->family),
		.end = s->out[node],
	};
	int r = 0;

	for (size_t i = 0; i < n->addresses_n && !r; i++) {
		if (!is_new(s, s->g->extra_first[node] + i))
			continue;
		route.to = sek_ip_net(&n->addresses[i]);
		r = fn(&route, data);
	}
	for (size_t i = s->g->of_node_first[node];
	     i < s->g->of_node_first[node + 1] && !r && is_transit(s, node); i++) {
		size_t end = s->g->of_node[i];

		if (!is_new(s, end))
			continue;
		route.to = sek_ip_net(sek_graph_address(sek_graph_end(s->g, end), s->family));
		r = fn(&route, data);
	}
	return r;
}

static int search(struct search *s, route_fn fn, void *data)
{
	const struct sek_graph *g = s->g;
	int r = 0;

	for (size_t i = 0; i < g->t->nodes_n; i++)
		s->cost[i] = ~0ULL;
	/* It is in these itself. */
	for (size_t i = g->of_node_first[s->source]; i < g->of_node_first[s->source + 1]; i++)
		is_new(s, g->of_node[i]);
	for (size_t i = 0; i < g->t->nodes[s->source].addresses_n; i++)
		is_new(s, g->extra_first[s->source] + i);
	s->cost[s->source] = 0;
	push(s, (struct step){ .node = s->source });
	while (s->heap_n && !r) {
		struct step step = pop(s);

		/* It was found at less cost since. */
		if (step.cost > s->cost[step.node])
			continue;
		if (step.node != s->source)
			r = add_routes(s, step.node, fn, data);
		if (step.node != s->source && !is_transit(s, step.node))
			continue;
		for (size_t i = g->of_node_first[step.node]; i < g->of_node_first[step.node + 1];
		     i++)
			cross(s, &step, g->of_node[i]);
	}
	return r;
}

/* Each way across a segment is pushed at most once. */
static size_t heap_room(const struct sek_graph *g)
{
	size_t room = 1;

	for (size_t i = 0; i < g->t->links_n; i++) {
		size_t ends = g->of_segment_first[i + 1] - g->of_segment_first[i];

		room += ends * ends;
	}
	return room;
}

static int search_from(const struct sek_graph *g, size_t node, __u8 family, route_fn fn, void *data)
{
	size_t n = g->t->nodes_n;
	struct search s = {
		.g = g,
		.source = node,
		.family = family,
		.cost = malloc(n * sizeof(*s.cost)),
		.via = malloc(n * sizeof(*s.via)),
		.out = malloc(n * sizeof(*s.out)),
		.heap = malloc(heap_room(g) * sizeof(*s.heap)),
		.done = calloc(g->nets_n + 1, sizeof(*s.done)),
	};
	int r = -ENOMEM;

	if (s.cost && s.via && s.out && s.heap && s.done)
		r = search(&s, fn, data);
	free(s.cost);
	free(s.via);
	free(s.out);
	free(s.heap);
	free(s.done);
	return r;
}

/* The first router beside a host, in the order of the file. */
static int default_route(const struct sek_graph *g, size_t node, __u8 family, route_fn fn,
			 void *data)
{
	struct sek_graph_route route = { .to = { .family = family } };

	for (size_t i = g->of_node_first[node]; i < g->of_node_first[node + 1]; i++) {
		size_t own = g->of_node[i], segment = g->segment[own / 2];

		if (!sek_graph_address(sek_graph_end(g, own), family))
			continue;
		for (size_t j = g->of_segment_first[segment]; j < g->of_segment_first[segment + 1];
		     j++) {
			const struct sek_topo_end *end = sek_graph_end(g, g->of_segment[j]);

			if (g->t->nodes[end->node].kind != SEK_TOPO_ROUTER ||
			    !sek_graph_address(end, family))
				continue;
			route.via = *sek_graph_address(end, family);
			route.end = own;
			return fn(&route, data);
		}
	}
	return 0;
}

static bool has_default(const struct sek_topo_node *n, __u8 family)
{
	for (size_t i = 0; i < n->routes_n; i++) {
		if (n->routes[i].to.family == family && !n->routes[i].to.plen)
			return true;
	}
	return false;
}

int sek_graph_routes(const struct sek_graph *g, size_t node, __u8 family, route_fn fn, void *data)
{
	const struct sek_topo_node *n = &g->t->nodes[node];

	if (n->kind == SEK_TOPO_BRIDGE)
		return 0;
	if (n->kind == SEK_TOPO_HOST)
		return has_default(n, family) ? 0 : default_route(g, node, family, fn, data);
	if (n->routing == SEK_TOPO_ROUTING_NONE)
		return 0;
	return search_from(g, node, family, fn, data);
}
