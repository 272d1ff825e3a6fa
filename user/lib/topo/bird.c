// SPDX-License-Identifier: GPL-2.0-only
/* What BIRD 2 is told: doc/bird.html of its sources. */
#include "bird.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "ip.h"

/*
 * Timers that a class can watch: an answer within seconds, at the price of some packets. Without
 * them BIRD has those of the RFC: RIP 30, 180 and 120 s, OSPF 10 and 40 s, BGP 80 and 240 s.
 */
#define RIP_TIMERS  "update time 2; timeout time 12; garbage time 8; "
#define OSPF_TIMERS "hello 1; dead 4; retransmit 2; "
#define BGP_TIMERS                                                                    \
	"hold time 9; keepalive time 3; connect delay time 1; connect retry time 2; " \
	"error wait time 1, 4; "

static const __u8 families[] = { AF_INET, AF_INET6 };

static const char *family_digit(__u8 family)
{
	return family == AF_INET ? "4" : "6";
}

bool sek_bird_is_wanted(const struct sek_topo_node *n)
{
	return n->kind == SEK_TOPO_ROUTER && n->daemon == SEK_TOPO_DAEMON_BIRD &&
	       n->routing > SEK_TOPO_ROUTING_STATIC;
}

static bool is_quick(const struct sek_topo_node *n)
{
	return n->timers == SEK_TOPO_TIMERS_CLASSROOM;
}

/* For the node's ends that have a neighbour of the same protocol. */
static void for_neighbours(const struct sek_graph *g, size_t node, __u8 family, FILE *to,
			   void (*fn)(const struct sek_graph *g, size_t end, __u8 family, FILE *to))
{
	for (size_t i = g->of_node_first[node]; i < g->of_node_first[node + 1]; i++) {
		size_t end = g->of_node[i];

		if (sek_graph_address(sek_graph_end(g, end), family) &&
		    sek_graph_has_neighbour(g, end, g->t->nodes[node].routing))
			fn(g, end, family, to);
	}
}

static const struct sek_topo_node *node_of(const struct sek_graph *g, size_t end)
{
	return &g->t->nodes[sek_graph_end(g, end)->node];
}

static void rip_end(const struct sek_graph *g, size_t end, __u8 family, FILE *to)
{
	fprintf(to, "\tinterface \"%s\" { %s%scheck link yes; };\n", sek_graph_end(g, end)->ifname,
		family == AF_INET ? "version 2; " : "",
		is_quick(node_of(g, end)) ? RIP_TIMERS : "");
}

/*
 * Of ways with the same number of hops, the one by the lowest address, and not the one that came
 * first: what traceroute shows today it shows tomorrow. To assign the next hop leaves one of the
 * sorted list. By IPv6 it is a link-local address, which a filter cannot assign.
 */
static void rip(const struct sek_graph *g, size_t node, FILE *to)
{
	for (size_t i = 0; i < 2; i++) {
		bool four = families[i] == AF_INET;

		fprintf(to,
			"protocol rip %srip%s {\n\tecmp %s;\n"
			"\tipv%s { import %s; export all; };\n",
			four ? "" : "ng ", family_digit(families[i]), four ? "yes" : "no",
			family_digit(families[i]), four ? "filter { gw = gw; accept; }" : "all");
		for_neighbours(g, node, families[i], to, rip_end);
		fprintf(to, "}\n");
	}
}

/* More than two routers on a segment choose one that speaks for all; two need not wait for that. */
static bool is_shared(const struct sek_graph *g, size_t end)
{
	const struct sek_topo_link *l = &g->t->links[end / 2];

	return g->t->nodes[l->end[0].node].kind == SEK_TOPO_BRIDGE ||
	       g->t->nodes[l->end[1].node].kind == SEK_TOPO_BRIDGE;
}

static void ospf_end(const struct sek_graph *g, size_t end, __u8 family, FILE *to)
{
	const struct sek_topo_node *n = node_of(g, end);
	bool stub = !sek_graph_has_neighbour(g, end, SEK_TOPO_ROUTING_OSPF);

	if (!sek_graph_address(sek_graph_end(g, end), family))
		return;
	fprintf(to, "\t\tinterface \"%s\" { cost %u; %s%s%scheck link yes; };\n",
		sek_graph_end(g, end)->ifname, g->t->links[end / 2].cost,
		is_shared(g, end) ? "type broadcast; " : "type pointopoint; ",
		stub ? "stub yes; " : "", is_quick(n) ? OSPF_TIMERS : "");
}

/* lo has no link-local address, without which version 3 does not see an interface. */
static void ospf_addresses(const struct sek_topo_node *n, __u8 family, FILE *to)
{
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < n->addresses_n; i++) {
		struct sek_topo_ip net = sek_ip_net(&n->addresses[i]);

		if (net.family == family)
			fprintf(to, "\t\tstubnet %s/%u;\n",
				inet_ntop(family, net.addr, text, sizeof(text)), net.plen);
	}
}

static void ospf(const struct sek_graph *g, size_t node, FILE *to)
{
	for (size_t i = 0; i < 2; i++) {
		/* Beside its nets, routes that the file gives a router are told to the others. */
		fprintf(to,
			"protocol ospf v%d ospf%s {\n"
			"\tipv%s { import all; export where source = RTS_INHERIT; };\n"
			"\tarea 0 {\n",
			families[i] == AF_INET ? 2 : 3, family_digit(families[i]),
			family_digit(families[i]));
		ospf_addresses(&g->t->nodes[node], families[i], to);
		for (size_t j = g->of_node_first[node]; j < g->of_node_first[node + 1]; j++)
			ospf_end(g, g->of_node[j], families[i], to);
		fprintf(to, "\t};\n}\n");
	}
}

/* A session with each router on the segment. */
static void bgp_end(const struct sek_graph *g, size_t end, __u8 family, FILE *to)
{
	const struct sek_topo_node *n = node_of(g, end);
	char local[SEK_IP_TEXT_SIZE], remote[SEK_IP_TEXT_SIZE];
	struct sek_topo_ip ip = *sek_graph_address(sek_graph_end(g, end), family);
	size_t segment = g->segment[end / 2];

	ip.plen = sek_ip_bits(family);
	sek_ip_text(local, &ip);
	for (size_t i = g->of_segment_first[segment]; i < g->of_segment_first[segment + 1]; i++) {
		size_t other = g->of_segment[i];
		const struct sek_topo_node *peer = node_of(g, other);
		bool internal = peer->asn == n->asn;

		if (other == end || peer->kind != SEK_TOPO_ROUTER ||
		    peer->routing != SEK_TOPO_ROUTING_BGP ||
		    !sek_graph_address(sek_graph_end(g, other), family))
			continue;
		ip = *sek_graph_address(sek_graph_end(g, other), family);
		ip.plen = sek_ip_bits(family);
		/* Inside an AS each router reflects, so that sessions along the links will do. */
		fprintf(to,
			"protocol bgp bgp%s_%zu_%zu {\n\tlocal %s as %u;\n"
			"\tneighbor %s as %u;\n\t%s%s%scheck link yes;\n"
			"\tipv%s { import all; export all; %s};\n}\n",
			family_digit(family), end, other, local, n->asn, sek_ip_text(remote, &ip),
			peer->asn, internal ? "rr client; " : "", "direct; ",
			is_quick(n) ? BGP_TIMERS : "", family_digit(family),
			internal ? "next hop self; " : "");
	}
}

static void bgp(const struct sek_graph *g, size_t node, FILE *to)
{
	for (size_t i = 0; i < 2; i++)
		for_neighbours(g, node, families[i], to, bgp_end);
}

static void head(const struct sek_topo_node *n, const char *log, FILE *to)
{
	char id[INET_ADDRSTRLEN];

	fprintf(to, "# %s, by sekisho topo up: changes here are lost.\n", n->name);
	/* Two files of at most a mebibyte, however long the topology is up. */
	fprintf(to, "log \"%s\" 1048576 \"%s.old\" { info, warning, error, fatal, bug, auth };\n",
		log, log);
	fprintf(to, "router id %s;\n", inet_ntop(AF_INET, &n->router_id, id, sizeof(id)));
	fprintf(to, "protocol device { scan time 10; }\n"
		    "protocol direct { ipv4; ipv6; check link yes; }\n");
	for (size_t i = 0; i < 2; i++)
		fprintf(to,
			"protocol kernel kernel%s {\n\tlearn yes;\n\tscan time 20;\n"
			"\tipv%s { import all; export where source != RTS_DEVICE; };\n}\n",
			family_digit(families[i]), family_digit(families[i]));
}

int sek_bird_config(const struct sek_graph *g, size_t node, const char *log, char **ret)
{
	const struct sek_topo_node *n = &g->t->nodes[node];
	size_t size;
	char *text;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return -ENOMEM;
	head(n, log, to);
	if (n->routing == SEK_TOPO_ROUTING_RIP)
		rip(g, node, to);
	else if (n->routing == SEK_TOPO_ROUTING_OSPF)
		ospf(g, node, to);
	else
		bgp(g, node, to);
	if (fclose(to)) {
		free(text);
		return -ENOMEM;
	}
	*ret = text;
	return 0;
}
