// SPDX-License-Identifier: GPL-2.0-only
/* A topology with all that its file leaves out, as text, JSON or a graph. */
#include "cmd_topo.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/topo/dot.h"
#include "lib/topo/graph.h"
#include "lib/topo/ip.h"
#include "lib/topo/place.h"
#include "log.h"
#include "out/columns.h"

/* Room for a delay, loss or rate with its unit. */
#define QUANTITY_SIZE 32

enum { TOPOLOGY };

static const struct sek_out_column topology_fields[] = {
	[TOPOLOGY] = STRING("topology", "Topology"),
};

enum { NODE, KIND, ROUTING, DAEMON, TIMERS, ASN, ROUTER_ID, ADDRESSES, JOINS, CGROUP };

static const struct sek_out_column node_columns[] = {
	[NODE] = STRING("node", "NODE"),	  [KIND] = STRING("kind", "KIND"),
	[ROUTING] = STRING("routing", "ROUTING"), [DAEMON] = STRING("daemon", "DAEMON"),
	[TIMERS] = STRING("timers", NULL),	  [ASN] = NUMBER("asn", "ASN"),
	[ROUTER_ID] = STRING("router_id", NULL),  [ADDRESSES] = STRING("addresses", "ADDRESSES"),
	[JOINS] = STRING("joins", "JOINS"),	  [CGROUP] = BOOL("cgroup", NULL),
};

/* Text has quantities with units, JSON numbers of the unit that the key names. */
enum {
	L_LINK,
	L_KIND,
	L_A,
	L_B,
	L_DELAY,
	L_DELAY_US,
	L_JITTER,
	L_JITTER_US,
	L_LOSS,
	L_LOSS_PPM,
	L_RATE,
	L_MTU,
	L_COST,
	L_FLAP,
	L_CUT,
	L_UP,
	L_DOWN
};

static const struct sek_out_column link_columns[] = {
	[L_LINK] = STRING("link", "LINK"),
	[L_KIND] = STRING("kind", "KIND"),
	[L_A] = STRING("node_a", NULL),
	[L_B] = STRING("node_b", NULL),
	[L_DELAY] = STRING("delay", "DELAY"),
	[L_DELAY_US] = NUMBER("delay_us", NULL),
	[L_JITTER] = STRING("jitter", "JITTER"),
	[L_JITTER_US] = NUMBER("jitter_us", NULL),
	[L_LOSS] = STRING("loss", "LOSS"),
	[L_LOSS_PPM] = NUMBER("loss_ppm", NULL),
	[L_RATE] = { .key = "rate", .title = "RATE", .type = SEK_OUT_RATE },
	[L_MTU] = NUMBER("mtu", "MTU"),
	[L_COST] = NUMBER("cost", "COST"),
	[L_FLAP] = STRING("flap", "FLAP"),
	[L_CUT] = STRING("cut", "CUT"),
	[L_UP] = NUMBER("flap_up_s", NULL),
	[L_DOWN] = NUMBER("flap_down_s", NULL),
};

enum { E_LINK, E_NODE, E_IFNAME, E_IPV4, E_IPV6, E_MAC, E_PORT, E_ENDPOINT };

static const struct sek_out_column end_columns[] = {
	[E_LINK] = STRING("link", "LINK"),
	[E_NODE] = STRING("node", "NODE"),
	[E_IFNAME] = STRING("ifname", "INTERFACE"),
	[E_IPV4] = STRING("ipv4", "IPV4"),
	[E_IPV6] = STRING("ipv6", "IPV6"),
	[E_MAC] = STRING("mac", NULL),
	[E_PORT] = NUMBER("port", NULL),
	[E_ENDPOINT] = STRING("endpoint", NULL),
};

enum { R_NODE, R_TO, R_VIA, R_DEV, R_FROM };

static const struct sek_out_column route_columns[] = {
	[R_NODE] = STRING("node", "NODE"), [R_TO] = STRING("to", "TO"),
	[R_VIA] = STRING("via", "VIA"),	   [R_DEV] = STRING("dev", "INTERFACE"),
	[R_FROM] = STRING("from", "FROM"),
};

enum { S_NODE, S_KEY, S_VALUE };

static const struct sek_out_column sysctl_columns[] = {
	[S_NODE] = STRING("node", "NODE"),
	[S_KEY] = STRING("sysctl", "SYSCTL"),
	[S_VALUE] = STRING("value", "VALUE"),
};

enum { P_NODE, P_COMMAND };

static const struct sek_out_column process_columns[] = {
	[P_NODE] = STRING("node", "NODE"),
	[P_COMMAND] = STRING("command", "COMMAND"),
};

enum { T_NODE, T_TEST, T_TARGET, T_FAMILY, T_VIA, T_WITHIN, T_FAILS };

static const struct sek_out_column test_columns[] = {
	[T_NODE] = STRING("node", "NODE"),	 [T_TEST] = STRING("test", "TEST"),
	[T_TARGET] = STRING("target", "TARGET"), [T_FAMILY] = STRING("family", "FAMILY"),
	[T_VIA] = STRING("via", "VIA"),		 [T_WITHIN] = NUMBER("within_s", "WITHIN"),
	[T_FAILS] = BOOL("fails", "FAILS"),
};

#define BEGIN_LIST(out, key, title, columns) \
	sek_out_begin_list(out, key, title, columns, sizeof(columns) / sizeof(*(columns)))

static void set_ip(struct sek_out *out, size_t column, const struct sek_topo_ip *ip)
{
	char text[SEK_IP_TEXT_SIZE];

	if (ip->family)
		sek_out_set_string(out, column, sek_ip_text(text, ip));
}

/* Words with a space between; nothing is set if there is none. */
static void set_words(struct sek_out *out, size_t column, FILE *words, char **text)
{
	fclose(words);
	if (*text && **text)
		sek_out_set_string(out, column, *text);
	free(*text);
}

static void set_addresses(struct sek_out *out, const struct sek_topo_node *node)
{
	char ip[SEK_IP_TEXT_SIZE], *text = NULL;
	size_t size;
	FILE *words = open_memstream(&text, &size);

	if (!words)
		return;
	for (size_t i = 0; i < node->addresses_n; i++)
		fprintf(words, "%s%s", i ? " " : "", sek_ip_text(ip, &node->addresses[i]));
	set_words(out, ADDRESSES, words, &text);
}

static void print_node(struct sek_out *out, const struct sek_topo_node *node)
{
	struct sek_topo_ip id = { .family = AF_INET, .plen = 32 };
	char joins[128];

	memcpy(id.addr, &node->router_id, sizeof(node->router_id));
	sek_out_set_string(out, NODE, node->name);
	sek_out_set_string(out, KIND, sek_topo_kind_name(node->kind));
	if (node->kind != SEK_TOPO_BRIDGE)
		sek_out_set_string(out, ROUTING, sek_topo_routing_name(node->routing));
	if (node->routing > SEK_TOPO_ROUTING_STATIC) {
		sek_out_set_string(out, DAEMON, sek_topo_daemon_name(node->daemon));
		sek_out_set_string(out, TIMERS, sek_topo_timers_name(node->timers));
	}
	if (node->asn)
		sek_out_set_u64(out, ASN, node->asn);
	if (node->router_id)
		set_ip(out, ROUTER_ID, &id);
	set_addresses(out, node);
	if (node->join) {
		snprintf(joins, sizeof(joins), "%s %s", sek_topo_join_name(node->join),
			 node->join_name);
		sek_out_set_string(out, JOINS, joins);
	}
	sek_out_set_bool(out, CGROUP, node->cgroup);
	sek_out_row(out);
}

/* Exact, as the file would write it. */
static void set_delay(struct sek_out *out, size_t column, __u64 us)
{
	char text[QUANTITY_SIZE];

	if (!us)
		return;
	if (us % 1000)
		snprintf(text, sizeof(text), "%lluus", us);
	else
		snprintf(text, sizeof(text), "%llums", us / 1000);
	sek_out_set_string(out, column, text);
}

static void set_loss(struct sek_out *out, __u32 ppm)
{
	char text[QUANTITY_SIZE];
	int n;

	if (!ppm)
		return;
	n = snprintf(text, sizeof(text), "%u.%04u", ppm / 10000, ppm % 10000);
	while (text[n - 1] == '0')
		n--;
	if (text[n - 1] == '.')
		n--;
	strcpy(text + n, "%");
	sek_out_set_string(out, L_LOSS, text);
}

static void set_flap(struct sek_out *out, const struct sek_topo_link *l, bool json)
{
	char text[QUANTITY_SIZE];

	if (!l->flap_up_s)
		return;
	if (json) {
		sek_out_set_u64(out, L_UP, l->flap_up_s);
		sek_out_set_u64(out, L_DOWN, l->flap_down_s);
		return;
	}
	snprintf(text, sizeof(text), "%us/%us", l->flap_up_s, l->flap_down_s);
	sek_out_set_string(out, L_FLAP, text);
}

/* Of a topology that is up: how a link is cut. */
static void set_cut(struct sek_out *out, const struct sek_topo_link *l, const struct sek_place *up)
{
	SEK_CLEANUP(sek_freep) char *how = NULL;
	char file[sizeof("cut/") + sizeof(l->name)];

	snprintf(file, sizeof(file), "cut/%s", l->name);
	if (!up || sek_place_read(up, file, &how, NULL))
		return;
	how[strcspn(how, "\n")] = '\0';
	sek_out_set_string(out, L_CUT, how);
}

static void print_link(struct sek_out *out, const struct sek_topo *t, const struct sek_topo_link *l,
		       const struct sek_place *up, bool json)
{
	sek_out_set_string(out, L_LINK, l->name);
	sek_out_set_string(out, L_KIND, sek_topo_link_kind_name(l->kind));
	sek_out_set_string(out, L_A, t->nodes[l->end[0].node].name);
	sek_out_set_string(out, L_B, t->nodes[l->end[1].node].name);
	if (json) {
		sek_out_set_u64(out, L_DELAY_US, l->impair.delay_us);
		sek_out_set_u64(out, L_JITTER_US, l->impair.jitter_us);
		sek_out_set_u64(out, L_LOSS_PPM, l->impair.loss_ppm);
	} else {
		set_delay(out, L_DELAY, l->impair.delay_us);
		set_delay(out, L_JITTER, l->impair.jitter_us);
		set_loss(out, l->impair.loss_ppm);
	}
	if (l->impair.rate_bps)
		sek_out_set_u64(out, L_RATE, l->impair.rate_bps);
	if (l->mtu)
		sek_out_set_u64(out, L_MTU, l->mtu);
	sek_out_set_u64(out, L_COST, l->cost);
	set_flap(out, l, json);
	set_cut(out, l, up);
	sek_out_row(out);
}

static void print_end(struct sek_out *out, const struct sek_topo *t, const struct sek_topo_link *l,
		      const struct sek_topo_end *end)
{
	char mac[18];

	sek_out_set_string(out, E_LINK, l->name);
	sek_out_set_string(out, E_NODE, t->nodes[end->node].name);
	sek_out_set_string(out, E_IFNAME, end->ifname);
	set_ip(out, E_IPV4, &end->ipv4);
	set_ip(out, E_IPV6, &end->ipv6);
	if (l->kind == SEK_TOPO_LINK_WIREGUARD) {
		sek_out_set_u64(out, E_PORT, end->port);
		set_ip(out, E_ENDPOINT, &end->endpoint);
	} else {
		snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", end->mac[0],
			 end->mac[1], end->mac[2], end->mac[3], end->mac[4], end->mac[5]);
		sek_out_set_string(out, E_MAC, mac);
	}
	sek_out_row(out);
}

/* Where tunnels are reached: in text only if there are any. */
static void print_ends(struct sek_out *out, const struct sek_topo *t)
{
	struct sek_out_column columns[sizeof(end_columns) / sizeof(*end_columns)];

	memcpy(columns, end_columns, sizeof(columns));
	for (size_t i = 0; i < t->links_n; i++) {
		if (t->links[i].kind == SEK_TOPO_LINK_WIREGUARD) {
			columns[E_PORT].title = "PORT";
			columns[E_ENDPOINT].title = "UNDERLAY";
		}
	}
	BEGIN_LIST(out, "ends", "Addresses", columns);
	for (size_t i = 0; i < t->links_n * 2; i++)
		print_end(out, t, &t->links[i / 2], &t->links[i / 2].end[i % 2]);
	sek_out_end(out);
}

static void print_route(struct sek_out *out, const char *node, const struct sek_topo_route *r,
			const char *from)
{
	sek_out_set_string(out, R_NODE, node);
	if (r->to.plen)
		set_ip(out, R_TO, &r->to);
	else
		sek_out_set_string(out, R_TO, r->to.family == AF_INET ? "0.0.0.0/0" : "::/0");
	set_ip(out, R_VIA, &r->via);
	sek_out_set_string(out, R_DEV, *r->dev ? r->dev : NULL);
	sek_out_set_string(out, R_FROM, from);
	sek_out_row(out);
}

/* @out: NULL: only counted */
struct defaults {
	struct sek_out *out;
	const struct sek_topo *t;
	const char *node;
	size_t n;
};

static int print_default(const struct sek_graph_route *route, void *data)
{
	const struct sek_topo_end *end;
	struct defaults *d = data;
	struct sek_topo_route r = { .to = route->to, .via = route->via };

	end = &d->t->links[route->end / 2].end[route->end % 2];
	snprintf(r.dev, sizeof(r.dev), "%s", end->ifname);
	r.via.plen = sek_ip_bits(r.via.family);
	if (d->out)
		print_route(d->out, d->node, &r, "chosen");
	d->n++;
	return 0;
}

/* A host's way out, by the first router beside it; how many. Without memory none is shown. */
static size_t print_defaults(struct sek_out *out, const struct sek_topo *t)
{
	struct defaults d = { .out = out, .t = t };
	struct sek_graph g = { 0 };
	int err = sek_graph_build(&g, t, NULL);

	for (size_t i = 0; i < t->nodes_n && !err; i++) {
		if (t->nodes[i].kind != SEK_TOPO_HOST)
			continue;
		d.node = t->nodes[i].name;
		err = sek_graph_routes(&g, i, AF_INET, print_default, &d)
			      ?: sek_graph_routes(&g, i, AF_INET6, print_default, &d);
	}
	sek_graph_free(&g);
	return d.n;
}

static void print_sysctl(struct sek_out *out, const char *node, const struct sek_topo_sysctl *s)
{
	sek_out_set_string(out, S_NODE, node);
	sek_out_set_string(out, S_KEY, s->key);
	sek_out_set_string(out, S_VALUE, s->value);
	sek_out_row(out);
}

static void print_process(struct sek_out *out, const char *node, const char *command)
{
	sek_out_set_string(out, P_NODE, node);
	sek_out_set_string(out, P_COMMAND, command);
	sek_out_row(out);
}

/* What few nodes have: in text a table only where there is something to show. */
static void print_extras(struct sek_out *out, const struct sek_topo *t)
{
	size_t routes = print_defaults(NULL, t), sysctls = 0, processes = 0;

	for (size_t i = 0; i < t->nodes_n; i++) {
		routes += t->nodes[i].routes_n;
		sysctls += t->nodes[i].sysctls_n;
		processes += t->nodes[i].processes_n;
	}
	BEGIN_LIST(out, "routes", routes ? "Routes" : NULL, route_columns);
	for (size_t i = 0; i < t->nodes_n; i++)
		for (size_t j = 0; j < t->nodes[i].routes_n; j++)
			print_route(out, t->nodes[i].name, &t->nodes[i].routes[j], "file");
	print_defaults(out, t);
	sek_out_end(out);
	BEGIN_LIST(out, "sysctls", sysctls ? "Settings" : NULL, sysctl_columns);
	for (size_t i = 0; i < t->nodes_n; i++)
		for (size_t j = 0; j < t->nodes[i].sysctls_n; j++)
			print_sysctl(out, t->nodes[i].name, &t->nodes[i].sysctls[j]);
	sek_out_end(out);
	BEGIN_LIST(out, "processes", processes ? "Processes" : NULL, process_columns);
	for (size_t i = 0; i < t->nodes_n; i++)
		for (size_t j = 0; j < t->nodes[i].processes_n; j++)
			print_process(out, t->nodes[i].name, t->nodes[i].processes[j]);
	sek_out_end(out);
}

static void print_test(struct sek_out *out, const struct sek_topo *t,
		       const struct sek_topo_test *test)
{
	char *text = NULL;
	size_t size;
	FILE *words = open_memstream(&text, &size);

	if (!words)
		return;
	for (size_t i = 0; i < test->via_n; i++)
		fprintf(words, "%s%s", i ? " " : "", t->nodes[test->via[i]].name);
	set_words(out, T_VIA, words, &text);
	if (test->kind != SEK_TOPO_TEST_CUT && test->kind != SEK_TOPO_TEST_HEAL) {
		sek_out_set_string(out, T_NODE, t->nodes[test->node].name);
		sek_out_set_bool(out, T_FAILS, test->fails);
	}
	sek_out_set_string(out, T_TEST, sek_topo_test_name(test->kind));
	sek_out_set_string(out, T_TARGET, test->target);
	if (test->family)
		sek_out_set_string(out, T_FAMILY, test->family == AF_INET ? "ipv4" : "ipv6");
	if (test->within_s)
		sek_out_set_u64(out, T_WITHIN, test->within_s);
	sek_out_row(out);
}

static int print_plan(const struct sek_topo *t, const struct sek_place *up, struct sek_out *out,
		      bool json)
{
	sek_out_begin_object(out, topology_fields, 1);
	sek_out_set_string(out, TOPOLOGY, t->name);
	BEGIN_LIST(out, "nodes", "Nodes", node_columns);
	for (size_t i = 0; i < t->nodes_n; i++)
		print_node(out, &t->nodes[i]);
	sek_out_end(out);
	BEGIN_LIST(out, "links", "Links", link_columns);
	for (size_t i = 0; i < t->links_n; i++)
		print_link(out, t, &t->links[i], up, json);
	sek_out_end(out);
	print_ends(out, t);
	print_extras(out, t);
	BEGIN_LIST(out, "tests", t->tests_n ? "Tests" : NULL, test_columns);
	for (size_t i = 0; i < t->tests_n; i++)
		print_test(out, t, &t->tests[i]);
	sek_out_end(out);
	return sek_out_end(out);
}

int sek_topo_print(const struct sek_topo *t, const struct sek_place *up, bool dot,
		   const struct sek_globals *g)
{
	SEK_CLEANUP(sek_out_freep) struct sek_out *out = NULL;

	if (dot)
		return sek_cmd_written(sek_dot_write(t, stdout));
	out = sek_cmd_out(g);
	return out ? sek_cmd_written(print_plan(t, up, out, g->json)) : SEK_EXIT_FAILED;
}
