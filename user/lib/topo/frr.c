// SPDX-License-Identifier: GPL-2.0-only
/* What FRR's daemons are told: docs.frrouting.org. */
#include "frr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ip.h"

/* As bird.c has them; RIP's update cannot be below 5 seconds here. */
#define RIP_TIMERS " timers basic 5 15 10\n"
#define BGP_TIMERS " timers bgp 3 9\n"

bool sek_frr_is_wanted(const struct sek_topo_node *n)
{
	return n->kind == SEK_TOPO_ROUTER && n->daemon == SEK_TOPO_DAEMON_FRR &&
	       n->routing > SEK_TOPO_ROUTING_STATIC;
}

static bool is_quick(const struct sek_topo_node *n)
{
	return n->timers == SEK_TOPO_TIMERS_CLASSROOM;
}

/* The node's ends with an address of the family, one after the other; SEK_GRAPH_NONE at the end. */
static size_t next_end(const struct sek_graph *g, size_t node, __u8 family, size_t *at)
{
	for (; *at < g->of_node_first[node + 1] - g->of_node_first[node]; (*at)++) {
		size_t end = g->of_node[g->of_node_first[node] + *at];

		if (sek_graph_address(sek_graph_end(g, end), family)) {
			(*at)++;
			return end;
		}
	}
	return SEK_GRAPH_NONE;
}

static void rip(const struct sek_graph *g, size_t node, __u8 family, FILE *to)
{
	bool four = family == AF_INET;
	size_t at = 0, end;

	fprintf(to, "router %s\n%s%s redistribute connected\n redistribute kernel\n",
		four ? "rip" : "ripng", four ? " version 2\n" : "",
		is_quick(&g->t->nodes[node]) ? RIP_TIMERS : "");
	while ((end = next_end(g, node, family, &at)) != SEK_GRAPH_NONE) {
		if (sek_graph_has_neighbour(g, end, SEK_TOPO_ROUTING_RIP))
			fprintf(to, " network %s\n", sek_graph_end(g, end)->ifname);
	}
}

static bool is_shared(const struct sek_graph *g, size_t end)
{
	const struct sek_topo_link *l = &g->t->links[end / 2];

	return g->t->nodes[l->end[0].node].kind == SEK_TOPO_BRIDGE ||
	       g->t->nodes[l->end[1].node].kind == SEK_TOPO_BRIDGE;
}

static void ospf_end(const struct sek_graph *g, size_t node, __u8 family, size_t end, FILE *to)
{
	const char *prefix = family == AF_INET ? "ip ospf" : "ipv6 ospf6";

	fprintf(to, "interface %s\n %s area 0.0.0.0\n %s cost %u\n", sek_graph_end(g, end)->ifname,
		prefix, prefix, g->t->links[end / 2].cost);
	if (!is_shared(g, end))
		fprintf(to, " %s network point-to-point\n", prefix);
	if (is_quick(&g->t->nodes[node]))
		fprintf(to, " %s hello-interval 1\n %s dead-interval 4\n", prefix, prefix);
	if (!sek_graph_has_neighbour(g, end, SEK_TOPO_ROUTING_OSPF))
		fprintf(to, " %s passive\n", prefix);
}

static void ospf(const struct sek_graph *g, size_t node, __u8 family, FILE *to)
{
	const char *name = family == AF_INET ? "ospf" : "ospf6";
	char id[INET_ADDRSTRLEN];
	size_t at = 0, end;

	while ((end = next_end(g, node, family, &at)) != SEK_GRAPH_NONE)
		ospf_end(g, node, family, end, to);
	fprintf(to, "interface lo\n %s area 0.0.0.0\n %s passive\n",
		family == AF_INET ? "ip ospf" : "ipv6 ospf6",
		family == AF_INET ? "ip ospf" : "ipv6 ospf6");
	fprintf(to, "router %s\n %s router-id %s\n redistribute kernel\n", name, name,
		inet_ntop(AF_INET, &g->t->nodes[node].router_id, id, sizeof(id)));
	if (is_quick(&g->t->nodes[node]))
		fprintf(to, "%s timers throttle spf 10 100 1000\n timers lsa min-arrival 100\n",
			family == AF_INET ? " timers throttle lsa all 200\n" : "");
}

/* Of one session: who it is with, and whether that is inside the AS. */
struct session {
	char address[SEK_IP_TEXT_SIZE];
	__u32 asn;
	bool internal;
};

static void announce(const struct session *s, FILE *to)
{
	fprintf(to, " neighbor %s remote-as %u\n neighbor %s timers connect 1\n", s->address,
		s->asn, s->address);
}

static void activate(const struct session *s, FILE *to)
{
	fprintf(to, "  neighbor %s activate\n", s->address);
	if (s->internal)
		fprintf(to, "  neighbor %s next-hop-self\n  neighbor %s route-reflector-client\n",
			s->address, s->address);
}

/* Calls @fn for the session with each router beside an end. */
static void for_sessions(const struct sek_graph *g, size_t end, __u8 family, FILE *to,
			 void (*fn)(const struct session *s, FILE *to))
{
	size_t segment = g->segment[end / 2], node = sek_graph_end(g, end)->node;

	for (size_t i = g->of_segment_first[segment]; i < g->of_segment_first[segment + 1]; i++) {
		const struct sek_topo_end *other = sek_graph_end(g, g->of_segment[i]);
		const struct sek_topo_node *peer = &g->t->nodes[other->node];
		const struct sek_topo_ip *ip = sek_graph_address(other, family);
		struct session s = { .asn = peer->asn,
				     .internal = peer->asn == g->t->nodes[node].asn };
		struct sek_topo_ip whole;

		if (g->of_segment[i] == end || !ip || peer->kind != SEK_TOPO_ROUTER ||
		    peer->routing != SEK_TOPO_ROUTING_BGP)
			continue;
		whole = *ip;
		whole.plen = sek_ip_bits(family);
		sek_ip_text(s.address, &whole);
		fn(&s, to);
	}
}

static void bgp(const struct sek_graph *g, size_t node, FILE *to)
{
	static const __u8 families[] = { AF_INET, AF_INET6 };
	const struct sek_topo_node *n = &g->t->nodes[node];
	char id[INET_ADDRSTRLEN];
	size_t at, end;

	fprintf(to,
		"router bgp %u\n bgp router-id %s\n no bgp ebgp-requires-policy\n"
		" no bgp default ipv4-unicast\n no bgp network import-check\n%s",
		n->asn, inet_ntop(AF_INET, &n->router_id, id, sizeof(id)),
		is_quick(n) ? BGP_TIMERS : "");
	for (size_t i = 0; i < 2; i++) {
		at = 0;
		while ((end = next_end(g, node, families[i], &at)) != SEK_GRAPH_NONE)
			for_sessions(g, end, families[i], to, announce);
	}
	for (size_t i = 0; i < 2; i++) {
		fprintf(to,
			" address-family ipv%d unicast\n  redistribute connected\n"
			"  redistribute kernel\n",
			families[i] == AF_INET ? 4 : 6);
		at = 0;
		while ((end = next_end(g, node, families[i], &at)) != SEK_GRAPH_NONE)
			for_sessions(g, end, families[i], to, activate);
		fprintf(to, " exit-address-family\n");
	}
}

int sek_frr_config(const struct sek_graph *g, size_t node, const char *daemon, char **ret)
{
	size_t size;
	char *text;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return -ENOMEM;
	fprintf(to, "! %s, by sekisho topo up: changes here are lost.\nhostname %s\n",
		g->t->nodes[node].name, g->t->nodes[node].name);
	if (!strcmp(daemon, "ripd"))
		rip(g, node, AF_INET, to);
	else if (!strcmp(daemon, "ripngd"))
		rip(g, node, AF_INET6, to);
	else if (!strcmp(daemon, "ospfd"))
		ospf(g, node, AF_INET, to);
	else if (!strcmp(daemon, "ospf6d"))
		ospf(g, node, AF_INET6, to);
	else if (!strcmp(daemon, "bgpd"))
		bgp(g, node, to);
	if (fclose(to)) {
		free(text);
		return -ENOMEM;
	}
	*ret = text;
	return 0;
}
