// SPDX-License-Identifier: GPL-2.0-only
/* What a node may have: addresses, routes, sysctls, processes, and a namespace of others. */
#include "file.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ip.h"

/* Of routes and sysctls of one node, which are compared with each other or with its links. */
#define MAX_ENTRIES 1000

static int expect_list(struct sek_file *f, const struct sek_yaml *y, const char *what)
{
	return y->type == SEK_YAML_LIST ? 0 : sek_file_expected(f, y, what);
}

int sek_file_router_id(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	struct sek_file_node_spec *spec = to;
	struct sek_topo_ip ip;
	bool has_plen;

	(void)arg;
	if (y->type != SEK_YAML_SCALAR || sek_ip_parse(y->text, &ip, &has_plen) || has_plen ||
	    ip.family != AF_INET)
		return sek_file_expected(f, y, "four numbers such as 10.0.0.1");
	memcpy(&spec->node.router_id, ip.addr, sizeof(spec->node.router_id));
	if (!spec->node.router_id)
		return sek_file_fail(f, y, "0.0.0.0 means that a router has no number");
	spec->file.router_id = y;
	return 0;
}

/* 0 and the last are reserved, as is AS_TRANS (RFC 7607, RFC 7300, RFC 6793). */
int sek_file_asn(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	static const struct sek_file_range range = { 1, 4294967294U };
	struct sek_file_node_spec *spec = to;
	int err = sek_file_u32(f, y, &spec->node.asn, &range);

	(void)arg;
	if (!err && spec->node.asn == 23456)
		return sek_file_fail(f, y, "23456 is no network's number (RFC 6793)");
	spec->file.asn = y;
	return err;
}

int sek_file_addresses(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	static const char what[] = "an address such as 10.1.0.1/32 or fd01::1/128";
	struct sek_file_node_spec *spec = to;
	struct sek_topo_node *node = &spec->node;
	int err = expect_list(f, y, "a list of addresses");

	(void)arg;
	for (const struct sek_yaml *a = y->child; a && !err; a = a->next) {
		struct sek_topo_ip ip;

		if (a->type != SEK_YAML_SCALAR || sek_ip_parse(a->text, &ip, NULL))
			return sek_file_expected(f, a, what);
		err = sek_file_usable(f, a, &ip);
		if (!err)
			err = sek_file_grow(&node->addresses, node->addresses_n, sizeof(ip));
		if (!err)
			node->addresses[node->addresses_n++] = ip;
	}
	spec->file.addresses = y;
	return err;
}

static int read_route_to(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	static const char what[] = "a net such as 10.9.0.0/16 or fd09::/32, or default";
	struct sek_topo_ip ip = {}, cut;
	char text[SEK_IP_TEXT_SIZE];

	(void)arg;
	if (y->type != SEK_YAML_SCALAR)
		return sek_file_expected(f, y, what);
	/* Its family is that of the next hop. */
	if (strcmp(y->text, "default") != 0 && sek_ip_parse(y->text, &ip, NULL))
		return sek_file_expected(f, y, what);
	cut = sek_ip_net(&ip);
	if (ip.family && !sek_ip_same(&cut, &ip))
		return sek_file_fail(f, y, "%s has bits beyond its length; the net of it is %s",
				     y->text, sek_ip_text(text, &cut));
	*(struct sek_topo_ip *)to = ip;
	return 0;
}

static int read_route_via(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	struct sek_topo_ip ip;
	bool has_plen;

	(void)arg;
	if (y->type != SEK_YAML_SCALAR || sek_ip_parse(y->text, &ip, &has_plen) || has_plen)
		return sek_file_expected(f, y, "the address of a neighbour such as 10.0.10.2");
	*(struct sek_topo_ip *)to = ip;
	return 0;
}

#define ROUTE(member) offsetof(struct sek_topo_route, member)

/* Whether there is such a neighbour or interface is known when all links are. */
static int read_route(struct sek_file *f, const struct sek_yaml *y, struct sek_topo_route *ret)
{
	enum { TO = 1 };
	static const struct sek_field fields[] = {
		SEK_FIELD("to", read_route_to, .offset = ROUTE(to), .set = TO),
		SEK_FIELD("via", read_route_via, .offset = ROUTE(via)),
		SEK_FIELD("dev", sek_file_ifname, .offset = ROUTE(dev)),
	};
	const size_t n = sizeof(fields) / sizeof(*fields);
	int err;

	if (y->type != SEK_YAML_MAP)
		return sek_file_expected(f, y, "a route such as {to: 10.9.0.0/16, via: 10.0.10.2}");
	err = sek_file_fields(f, y, "a route", fields, n, ret);
	if (err)
		return err;
	if (!sek_file_has(y, fields, n, TO))
		return sek_file_fail(f, y, "a route needs 'to', the net that it leads to");
	if (!ret->via.family && !*ret->dev)
		return sek_file_fail(f, y, "a route needs 'via', 'dev' or both");
	if (!ret->to.family)
		ret->to.family = ret->via.family ?: AF_INET;
	if (ret->via.family && ret->via.family != ret->to.family)
		return sek_file_fail(f, y, "'to' and 'via' are IPv4 and IPv6; both must be one");
	return 0;
}

int sek_file_routes(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	struct sek_file_node_spec *spec = to;
	struct sek_topo_node *node = &spec->node;
	int err = expect_list(f, y, "a list of routes");

	(void)arg;
	if (y->n > MAX_ENTRIES)
		return sek_file_fail(f, y, "more than %d routes", MAX_ENTRIES);
	for (const struct sek_yaml *r = y->child; r && !err; r = r->next) {
		struct sek_topo_route route = {};

		err = read_route(f, r, &route);
		if (!err)
			err = sek_file_grow(&node->routes, node->routes_n, sizeof(route));
		if (!err)
			node->routes[node->routes_n++] = route;
	}
	spec->file.routes = y;
	return err;
}

/* Only "net" is the namespace's own; what else is under /proc/sys is the host's. */
static bool is_net_sysctl(const char *key)
{
	if (strncmp(key, "net.", 4) != 0)
		return false;
	for (const char *c = key + 3; *c; c++) {
		bool word = isascii(*c) && (isalnum((unsigned char)*c) || strchr("_-", *c));

		if (!word && !(*c == '.' && c[1] && c[1] != '.'))
			return false;
	}
	return true;
}

static int set_sysctl(struct sek_topo_node *node, const char *key, const char *value)
{
	struct sek_topo_sysctl *s;
	char *copy;
	size_t i = 0;

	while (i < node->sysctls_n && strcmp(node->sysctls[i].key, key) != 0)
		i++;
	if (i == node->sysctls_n) {
		if (sek_file_grow(&node->sysctls, i, sizeof(*s)))
			return -ENOMEM;
		node->sysctls[i] = (struct sek_topo_sysctl){ .key = strdup(key) };
		if (!node->sysctls[i].key)
			return -ENOMEM;
		node->sysctls_n++;
	}
	s = &node->sysctls[i];
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(s->value);
	s->value = copy;
	return 0;
}

/* Those of the node replace those of "defaults" one by one. */
int sek_file_sysctls(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	struct sek_file_node_spec *spec = to;
	int err = 0;

	(void)arg;
	if (y->type != SEK_YAML_MAP)
		return sek_file_expected(f, y, "a mapping such as {net.ipv4.ip_forward: 0}");
	if (y->n > MAX_ENTRIES)
		return sek_file_fail(f, y, "more than %d sysctls", MAX_ENTRIES);
	for (const struct sek_yaml *s = y->child; s && !err; s = s->next) {
		if (!is_net_sysctl(s->key))
			return sek_file_fail_key(
				f, s,
				"expected a key such as net.ipv4.ip_forward, found "
				"'%.40s'; a node has no others of its own",
				s->key);
		for (const struct sek_yaml *o = y->child; o != s; o = o->next)
			if (!strcmp(o->key, s->key))
				return sek_file_fail_key(f, s, "'%.40s' is there already", s->key);
		if (s->type != SEK_YAML_SCALAR || !*s->text)
			return sek_file_expected(f, s, "a value");
		err = set_sysctl(&spec->node, s->key, s->text);
	}
	return err;
}

static void free_strings(char **strings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(strings[i]);
	free(strings);
}

int sek_file_processes(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	struct sek_topo_node *node = &((struct sek_file_node_spec *)to)->node;
	int err = expect_list(f, y, "a list of command lines");

	(void)arg;
	if (err)
		return err;
	/* Those of the node take the place of those of "defaults". */
	free_strings(node->processes, node->processes_n);
	node->processes = NULL;
	node->processes_n = 0;
	for (const struct sek_yaml *p = y->child; p && !err; p = p->next) {
		err = sek_file_grow(&node->processes, node->processes_n, sizeof(char *));
		if (err)
			return err;
		node->processes[node->processes_n] = NULL;
		err = sek_file_string(f, p, &node->processes[node->processes_n], "a command line");
		if (!err)
			node->processes_n++;
	}
	return err;
}

int sek_file_join(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	static const char what[] = "one of {pid: N}, {netns: NAME}, {docker: NAME}, {podman: NAME} "
				   "and {lxc: NAME}";
	static const struct sek_file_range pids = { 1, 4194304 };
	struct sek_topo_node *node = &((struct sek_file_node_spec *)to)->node;
	struct sek_yaml key;
	__u32 pid;
	int err;

	(void)arg;
	if (y->type != SEK_YAML_MAP || y->n != 1)
		return sek_file_expected(f, y, what);
	key = (struct sek_yaml){ .file = y->file,
				 .line = y->child->key_line,
				 .column = y->child->key_column,
				 .text = y->child->key };
	err = sek_file_word(f, &key, &node->join, &sek_file_joins);
	if (err)
		return err;
	if (node->join == SEK_TOPO_JOIN_PID) {
		err = sek_file_u32(f, y->child, &pid, &pids);
		if (err)
			return err;
	}
	return sek_file_string(f, y->child, &node->join_name, "a name");
}
