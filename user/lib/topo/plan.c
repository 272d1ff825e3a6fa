// SPDX-License-Identifier: GPL-2.0-only
/* What a topology file leaves out, and what can only be checked when all of it is known. */
#include "file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../cleanup.h"
#include "ip.h"

/* For private use: 65001 to 65534, then from 4200000001 on (RFC 6996). */
#define FIRST_ASN      65001
#define LAST_ASN       65534
#define FIRST_LONG_ASN 4200000001U

/* As wg-quick(8) users know it; a node's next tunnel has the next one. */
#define FIRST_PORT 51820

/* Numbers that are in use, in an index of names. */
static int take_number(struct sek_index *taken, __u32 number, size_t node)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	return sek_index_add(taken, 0, text, node);
}

static size_t find_number(const struct sek_index *taken, __u32 number)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	return sek_index_find(taken, 0, text);
}

/* Several nodes may have the same: then they speak iBGP. Chosen ones differ from all others. */
static int choose_asns(struct sek_file *f)
{
	struct sek_topo *t = f->t;
	struct sek_index taken = {};
	__u32 next = FIRST_ASN;
	int err = 0;

	for (size_t i = 0; i < t->nodes_n && !err; i++) {
		if (t->nodes[i].asn)
			err = take_number(&taken, t->nodes[i].asn, i);
		if (err == -EEXIST)
			err = 0;
	}
	for (size_t i = 0; i < t->nodes_n && !err; i++) {
		struct sek_topo_node *node = &t->nodes[i];

		if (node->routing != SEK_TOPO_ROUTING_BGP || node->asn)
			continue;
		do {
			node->asn = next;
			next = next == LAST_ASN ? FIRST_LONG_ASN : next + 1;
			err = take_number(&taken, node->asn, i);
		} while (err == -EEXIST);
	}
	sek_index_free(&taken);
	return err;
}

static bool needs_router_id(const struct sek_topo_node *node)
{
	return node->routing == SEK_TOPO_ROUTING_OSPF || node->routing == SEK_TOPO_ROUTING_BGP;
}

static int take_router_ids(struct sek_file *f, struct sek_index *taken)
{
	struct sek_topo *t = f->t;

	for (size_t i = 0; i < t->nodes_n; i++) {
		__u32 id = ntohl(t->nodes[i].router_id);
		int err = id ? take_number(taken, id, i) : 0;

		if (err == -EEXIST)
			return sek_file_fail(f, f->nodes[i].router_id,
					     "'%s' has this router_id already; it must be its own",
					     t->nodes[find_number(taken, id)].name);
		if (err)
			return err;
	}
	return 0;
}

/* The node's position in the file: 0.0.0.1 is the first. Not an address, but looks like one. */
static int choose_router_ids(struct sek_file *f)
{
	struct sek_topo *t = f->t;
	struct sek_index taken = {};
	int err = take_router_ids(f, &taken);
	__u32 more = SEK_TOPO_MAX_NODES;

	for (size_t i = 0; i < t->nodes_n && !err; i++) {
		struct sek_topo_node *node = &t->nodes[i];
		__u32 id = (__u32)i + 1;

		if (node->router_id || !needs_router_id(node))
			continue;
		while ((err = take_number(&taken, id, i)) == -EEXIST)
			id = ++more;
		node->router_id = htonl(id);
	}
	sek_index_free(&taken);
	return err;
}

static const struct sek_topo_ip *ip_of(const struct sek_topo_end *end)
{
	return end->ipv4.family ? &end->ipv4 : &end->ipv6;
}

/*
 * Where a tunnel's packets for each node go: the first address of its first link that is no
 * tunnel, else its first own address.
 */
static void find_underlays(const struct sek_topo *t, enum sek_topo_kind towards,
			   struct sek_topo_ip *underlay)
{
	for (size_t i = 0; i < t->links_n * 2; i++) {
		const struct sek_topo_link *l = &t->links[i / 2];
		size_t node = l->end[i % 2].node, other = l->end[!(i % 2)].node;

		if (l->kind != SEK_TOPO_LINK_WIREGUARD && !underlay[node].family &&
		    t->nodes[other].kind == towards)
			underlay[node] = *ip_of(&l->end[i % 2]);
	}
}

static int plan_tunnel(struct sek_file *f, size_t link, const struct sek_topo_ip *underlay,
		       __u16 *ports)
{
	struct sek_topo_link *l = &f->t->links[link];

	for (int i = 0; i < 2; i++) {
		struct sek_topo_end *end = &l->end[i];
		size_t node = end->node;

		if (ports[node] == UINT16_MAX - FIRST_PORT)
			return sek_file_fail(f, f->links[link].at,
					     "%s has no port left for a tunnel",
					     f->t->nodes[node].name);
		end->port = (__u16)(FIRST_PORT + ports[node]++);
		end->endpoint = underlay[node];
		end->endpoint.plen = (__u8)sek_ip_bits(end->endpoint.family);
	}
	if (!l->end[0].endpoint.family && !l->end[1].endpoint.family)
		return sek_file_fail(f, f->links[link].at,
				     "neither end has an address that the tunnel's packets can be "
				     "sent to; a link of another kind or 'addresses' gives one");
	return 0;
}

static int plan_tunnels(struct sek_file *f)
{
	struct sek_topo *t = f->t;
	SEK_CLEANUP(sek_freep)
	struct sek_topo_ip *underlay = calloc(t->nodes_n + 1, sizeof(*underlay));
	SEK_CLEANUP(sek_freep) __u16 *ports = calloc(t->nodes_n + 1, sizeof(*ports));
	int err = 0;

	if (!underlay || !ports)
		return -ENOMEM;
	/* A site's inner net, with its hosts, can often be reached through the tunnel only. */
	find_underlays(t, SEK_TOPO_ROUTER, underlay);
	find_underlays(t, SEK_TOPO_BRIDGE, underlay);
	find_underlays(t, SEK_TOPO_HOST, underlay);
	for (size_t i = 0; i < t->nodes_n; i++)
		if (!underlay[i].family && t->nodes[i].addresses_n)
			underlay[i] = t->nodes[i].addresses[0];
	for (size_t i = 0; i < t->links_n && !err; i++)
		if (t->links[i].kind == SEK_TOPO_LINK_WIREGUARD)
			err = plan_tunnel(f, i, underlay, ports);
	return err;
}

/* RFC 8200, section 5 */
static int check_mtus(struct sek_file *f)
{
	for (size_t i = 0; i < f->t->links_n; i++) {
		const struct sek_topo_link *l = &f->t->links[i];

		if (l->mtu && l->mtu < 1280 && (l->end[0].ipv6.family || l->end[1].ipv6.family))
			return sek_file_fail(f, f->links[i].at,
					     "IPv6 needs an MTU of 1280 or more, found %u; say "
					     "'ipv6: none' if there shall be none",
					     l->mtu);
	}
	return 0;
}

/* A route of a node, and what of its links it fits. */
struct check {
	const struct sek_topo_route *route;
	bool dev;  /* there is the interface */
	bool via;  /* the next hop is in a net of its */
	bool self; /* the next hop is the node itself */
};

static void check_end(const struct sek_topo_end *end, struct check *c)
{
	const struct sek_topo_route *r = c->route;
	const struct sek_topo_ip *ip = r->via.family == AF_INET ? &end->ipv4 : &end->ipv6;

	if (*r->dev && strcmp(r->dev, end->ifname) != 0)
		return;
	c->dev = true;
	if (!r->via.family || !ip->family)
		return;
	c->via |= sek_ip_contains(ip, &r->via);
	c->self |= sek_ip_same(ip, &r->via);
}

/* Nodes have few routes and links; a file with many of both on one node is bounded in size. */
static int check_route(struct sek_file *f, size_t node, const struct sek_topo_route *route,
		       const struct sek_yaml *at, const size_t *first, const size_t *next)
{
	struct check c = { .route = route };
	char text[SEK_IP_TEXT_SIZE];

	for (size_t i = first[node]; i; i = next[i - 1])
		check_end(&f->t->links[(i - 1) / 2].end[(i - 1) % 2], &c);
	if (*route->dev && !c.dev)
		return sek_file_fail(f, at, "%s has no interface '%s'; 'topo show' lists them",
				     f->t->nodes[node].name, route->dev);
	if (c.self)
		return sek_file_fail(f, at, "%s is %s itself, no neighbour",
				     sek_ip_text(text, &route->via), f->t->nodes[node].name);
	if (route->via.family && !c.via)
		return sek_file_fail(f, at, "%s is in no net of a link of %s",
				     sek_ip_text(text, &route->via), f->t->nodes[node].name);
	return 0;
}

/* The ends of each node as a list: their numbers from 1 on, 0 ends it. */
static void list_ends(const struct sek_topo *t, size_t *first, size_t *next)
{
	for (size_t i = t->links_n * 2; i > 0; i--) {
		size_t node = t->links[(i - 1) / 2].end[(i - 1) % 2].node;

		next[i - 1] = first[node];
		first[node] = i;
	}
}

static int check_routes(struct sek_file *f)
{
	const struct sek_topo *t = f->t;
	SEK_CLEANUP(sek_freep) size_t *first = calloc(t->nodes_n + 1, sizeof(*first));
	SEK_CLEANUP(sek_freep) size_t *next = calloc(t->links_n * 2 + 1, sizeof(*next));
	int err = 0;

	if (!first || !next)
		return -ENOMEM;
	list_ends(t, first, next);
	for (size_t i = 0; i < t->nodes_n; i++) {
		const struct sek_yaml *at = f->nodes[i].routes;

		at = at ? at->child : NULL;
		for (size_t j = 0; at && j < t->nodes[i].routes_n && !err; j++, at = at->next)
			err = check_route(f, i, &t->nodes[i].routes[j], at, first, next);
	}
	return err;
}

int sek_plan(struct sek_file *f)
{
	int err = sek_plan_names(f);

	if (!err)
		err = sek_plan_nets(f);
	if (!err)
		err = choose_asns(f);
	if (!err)
		err = choose_router_ids(f);
	if (!err)
		err = plan_tunnels(f);
	if (!err)
		err = check_mtus(f);
	return err ?: check_routes(f);
}
