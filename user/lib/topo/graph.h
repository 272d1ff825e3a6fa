/* SPDX-License-Identifier: GPL-2.0-only */
/* Who reaches what by which way: static routes, and what a routing daemon has to find. */
#ifndef SEK_TOPO_GRAPH_H
#define SEK_TOPO_GRAPH_H

#include <stdbool.h>
#include <stddef.h>

#include "topo.h"

#define SEK_GRAPH_NONE ((size_t)-1)

/**
 * struct sek_graph - a topology's segments and nets
 * @t: the topology
 * @segment: by link; links that bridges join are one segment; SEK_GRAPH_NONE if cut
 * @of_node: ends (2 * link + end) of each node, by @of_node_first
 * @of_node_first: by node, and one more
 * @of_segment: ends of each segment that are not a bridge's, by @of_segment_first
 * @of_segment_first: by segment, and one more
 * @extra_first: by node: number of the first of its extra addresses, which follow the ends
 * @net: by family (IPv4, IPv6) and end or extra address: number of the net it is in, or
 *	SEK_GRAPH_NONE
 * @nets_n: more than the highest number
 */
struct sek_graph {
	const struct sek_topo *t;
	size_t *segment;
	size_t *of_node;
	size_t *of_node_first;
	size_t *of_segment;
	size_t *of_segment_first;
	size_t *extra_first;
	size_t *net[2];
	size_t nets_n;
};

/**
 * sek_graph_build - see a topology as a graph
 * @g: zeroed; to be freed by sek_graph_free(), also after failure
 * @t: the topology
 * @cut: by link, whether it is cut; NULL: none is
 *
 * Return: 0 or -ENOMEM.
 */
int sek_graph_build(struct sek_graph *g, const struct sek_topo *t, const bool *cut);

/**
 * sek_graph_free - free it
 * @g: graph
 */
void sek_graph_free(struct sek_graph *g);

/**
 * struct sek_graph_route - one way
 * @to: net, or address with the whole length
 * @via: address of the next hop
 * @end: number of the node's own end through which it goes
 */
struct sek_graph_route {
	struct sek_topo_ip to;
	struct sek_topo_ip via;
	size_t end;
};

/**
 * sek_graph_routes - shortest ways from a node to every net that it is not in
 * @g: graph
 * @node: where from
 * @family: AF_INET or AF_INET6
 * @fn: called for each; not 0 ends it
 * @data: for @fn
 *
 * Through routers alone: for a node of static routing all of them, else those of its own
 * protocol. From a host: its default route by the first router beside it, unless the file gives
 * it one.
 *
 * Return: what @fn returned, 0 or -ENOMEM.
 */
int sek_graph_routes(const struct sek_graph *g, size_t node, __u8 family,
		     int (*fn)(const struct sek_graph_route *route, void *data), void *data);

/** sek_graph_address() - an end's address of one family, or NULL */
const struct sek_topo_ip *sek_graph_address(const struct sek_topo_end *end, __u8 family);

/** sek_graph_end() - the end with a number */
static inline const struct sek_topo_end *sek_graph_end(const struct sek_graph *g, size_t end)
{
	return &g->t->links[end / 2].end[end % 2];
}

/** sek_graph_has_neighbour() - does an end have a router beside it that speaks the protocol? */
bool sek_graph_has_neighbour(const struct sek_graph *g, size_t end, enum sek_topo_routing routing);

#endif
