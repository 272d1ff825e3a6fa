// SPDX-License-Identifier: GPL-2.0-only
#include "graph.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ip.h"

static bool is_bridge(const struct sek_graph *g, size_t node)
{
	return g->t->nodes[node].kind == SEK_TOPO_BRIDGE;
}

const struct sek_topo_ip *sek_graph_address(const struct sek_topo_end *end, __u8 family)
{
	const struct sek_topo_ip *ip = family == AF_INET ? &end->ipv4 : &end->ipv6;

	return ip->family ? ip : NULL;
}

/* Union-find: the segment of a link is that of the first link it was joined with. */
static size_t find(size_t *parent, size_t i)
{
	while (parent[i] != i) {
		parent[i] = parent[parent[i]];
		i = parent[i];
	}
	return i;
}

/* @first: by node, a link that was seen at it before */
static void join(struct sek_graph *g, size_t *first, size_t link, size_t node)
{
	if (!is_bridge(g, node))
		return;
	if (first[node] == SEK_GRAPH_NONE)
		first[node] = link;
	else
		g->segment[find(g->segment, link)] = find(g->segment, first[node]);
}

static int find_segments(struct sek_graph *g, const bool *cut)
{
	const struct sek_topo *t = g->t;
	size_t *first = malloc((t->nodes_n + 1) * sizeof(*first));

	g->segment = malloc((t->links_n + 1) * sizeof(*g->segment));
	if (!first || !g->segment) {
		free(first);
		return -ENOMEM;
	}
	for (size_t i = 0; i < t->nodes_n; i++)
		first[i] = SEK_GRAPH_NONE;
	for (size_t i = 0; i < t->links_n; i++)
		g->segment[i] = i;
	for (size_t i = 0; i < t->links_n; i++) {
		if (cut && cut[i])
			continue;
		join(g, first, i, t->links[i].end[0].node);
		join(g, first, i, t->links[i].end[1].node);
	}
	free(first);
	for (size_t i = 0; i < t->links_n; i++)
		g->segment[i] = find(g->segment, i);
	for (size_t i = 0; i < t->links_n; i++) {
		if (cut && cut[i])
			g->segment[i] = SEK_GRAPH_NONE;
	}
	return 0;
}

/*
 * Sorts all ends that are up by what @key says, SEK_GRAPH_NONE left out: @ret_first[k] is where
 * those of k begin in @ret_ends.
 */
static int group(const struct sek_graph *g, size_t keys,
		 size_t (*key)(const struct sek_graph *g, size_t end), size_t **ret_first,
		 size_t **ret_ends)
{
	size_t ends = 2 * g->t->links_n;
	size_t *first = calloc(keys + 2, sizeof(*first));
	size_t *at = calloc(ends + 1, sizeof(*at));

	*ret_first = first;
	*ret_ends = at;
	if (!first || !at)
		return -ENOMEM;
	for (size_t i = 0; i < ends; i++) {
		if (key(g, i) != SEK_GRAPH_NONE)
			first[key(g, i) + 2]++;
	}
	for (size_t k = 2; k < keys + 2; k++)
		first[k] += first[k - 1];
	for (size_t i = 0; i < ends; i++) {
		if (key(g, i) != SEK_GRAPH_NONE)
			at[first[key(g, i) + 1]++] = i;
	}
	return 0;
}

static size_t node_of(const struct sek_graph *g, size_t end)
{
	return g->segment[end / 2] == SEK_GRAPH_NONE ? SEK_GRAPH_NONE : sek_graph_end(g, end)->node;
}

static size_t segment_of(const struct sek_graph *g, size_t end)
{
	return is_bridge(g, sek_graph_end(g, end)->node) ? SEK_GRAPH_NONE : g->segment[end / 2];
}

struct numbered {
	struct sek_topo_ip net;
	size_t end;
};

static int compare_nets(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;

	return sek_ip_order(&x->net, &y->net);
}

/* Extra addresses are numbered after the ends. */
static int count_extra(struct sek_graph *g)
{
	size_t n = 2 * g->t->links_n;

	g->extra_first = malloc((g->t->nodes_n + 1) * sizeof(*g->extra_first));
	if (!g->extra_first)
		return -ENOMEM;
	for (size_t i = 0; i < g->t->nodes_n; i++) {
		g->extra_first[i] = n;
		n += g->t->nodes[i].addresses_n;
	}
	g->nets_n = n;
	return 0;
}

/* All nets of a family, once for each end or extra address in it; how many. */
static size_t list_nets(const struct sek_graph *g, __u8 family, struct numbered *v)
{
	size_t n = 0;

	for (size_t i = 0; i < 2 * g->t->links_n; i++) {
		const struct sek_topo_ip *ip = sek_graph_address(sek_graph_end(g, i), family);

		if (ip && g->segment[i / 2] != SEK_GRAPH_NONE)
			v[n++] = (struct numbered){ sek_ip_net(ip), i };
	}
	for (size_t i = 0; i < g->t->nodes_n; i++) {
		const struct sek_topo_node *node = &g->t->nodes[i];

		for (size_t j = 0; j < node->addresses_n; j++) {
			if (node->addresses[j].family == family)
				v[n++] = (struct numbered){ sek_ip_net(&node->addresses[j]),
							    g->extra_first[i] + j };
		}
	}
	return n;
}

/* Those in the same net get the same number. */
static int number_nets(struct sek_graph *g, __u8 family, size_t **ret)
{
	struct numbered *v = calloc(g->nets_n + 1, sizeof(*v));
	size_t *net = malloc((g->nets_n + 1) * sizeof(*net));
	size_t n, number = 0;

	*ret = net;
	if (!v || !net) {
		free(v);
		return -ENOMEM;
	}
	for (size_t i = 0; i < g->nets_n; i++)
		net[i] = SEK_GRAPH_NONE;
	n = list_nets(g, family, v);
	qsort(v, n, sizeof(*v), compare_nets);
	for (size_t i = 0; i < n; i++) {
		number += i && compare_nets(&v[i - 1], &v[i]);
		net[v[i].end] = number;
	}
	free(v);
	return 0;
}

int sek_graph_build(struct sek_graph *g, const struct sek_topo *t, const bool *cut)
{
	int err;

	g->t = t;
	err = find_segments(g, cut);
	if (!err)
		err = group(g, t->nodes_n, node_of, &g->of_node_first, &g->of_node);
	if (!err)
		err = group(g, t->links_n, segment_of, &g->of_segment_first, &g->of_segment);
	if (!err)
		err = count_extra(g);
	if (!err)
		err = number_nets(g, AF_INET, &g->net[0]);
	if (!err)
		err = number_nets(g, AF_INET6, &g->net[1]);
	return err;
}

void sek_graph_free(struct sek_graph *g)
{
	free(g->segment);
	free(g->of_node);
	free(g->of_node_first);
	free(g->of_segment);
	free(g->of_segment_first);
	free(g->extra_first);
	free(g->net[0]);
	free(g->net[1]);
	memset(g, 0, sizeof(*g));
}

bool sek_graph_has_neighbour(const struct sek_graph *g, size_t end, enum sek_topo_routing routing)
{
	size_t segment = g->segment[end / 2];

	if (segment == SEK_GRAPH_NONE)
		return false;
	for (size_t i = g->of_segment_first[segment]; i < g->of_segment_first[segment + 1]; i++) {
		const struct sek_topo_node *n =
			&g->t->nodes[sek_graph_end(g, g->of_segment[i])->node];

		if (g->of_segment[i] != end && n->kind == SEK_TOPO_ROUTER && n->routing == routing)
			return true;
	}
	return false;
}
