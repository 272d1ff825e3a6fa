// SPDX-License-Identifier: GPL-2.0-only
/* "nodes" of a topology file. */
#include "file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int read_name(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	struct sek_file_node_spec *spec = to;

	spec->file.at = y;
	return sek_file_label(f, y, spec->node.name, arg);
}

/* Which keys "defaults" has, and which a bridge, that sees no packet's address. */
enum { IN_DEFAULTS = 1, OF_BRIDGE = 2, ONLY_OF_BRIDGE = 4 };

#define NODE(member) offsetof(struct sek_file_node_spec, member)

static const struct sek_field node_fields[] = {
	SEK_FIELD("name", read_name, .set = OF_BRIDGE),
	SEK_FIELD("kind", sek_file_word, .offset = NODE(node.kind), .arg = &sek_file_kinds,
		  .set = IN_DEFAULTS | OF_BRIDGE),
	SEK_FIELD("routing", sek_file_word, .offset = NODE(node.routing),
		  .arg = &sek_file_routings),
	SEK_FIELD("daemon", sek_file_word, .offset = NODE(node.daemon), .arg = &sek_file_daemons),
	SEK_FIELD("timers", sek_file_word, .offset = NODE(node.timers), .arg = &sek_file_timers),
	SEK_FIELD("asn", sek_file_asn, .set = IN_DEFAULTS),
	SEK_FIELD("router_id", sek_file_router_id),
	SEK_FIELD("addresses", sek_file_addresses),
	SEK_FIELD("routes", sek_file_routes),
	SEK_FIELD("sysctls", sek_file_sysctls, .set = IN_DEFAULTS),
	SEK_FIELD("processes", sek_file_processes, .set = IN_DEFAULTS),
	SEK_FIELD("cgroup", sek_file_bool, .offset = NODE(node.cgroup), .set = IN_DEFAULTS),
	SEK_FIELD("join", sek_file_join),
	SEK_FIELD("ipv4", sek_file_net, .offset = NODE(file.net[SEK_FILE_IPV4]),
		  .arg = &sek_file_families[SEK_FILE_IPV4], .set = OF_BRIDGE | ONLY_OF_BRIDGE),
	SEK_FIELD("ipv6", sek_file_net, .offset = NODE(file.net[SEK_FILE_IPV6]),
		  .arg = &sek_file_families[SEK_FILE_IPV6], .set = OF_BRIDGE | ONLY_OF_BRIDGE),
};

#define NODE_FIELDS (sizeof(node_fields) / sizeof(*node_fields))

static int check_defaults(struct sek_file *f, const struct sek_yaml *defaults)
{
	for (const struct sek_yaml *y = defaults->child; y; y = y->next)
		for (size_t i = 0; i < NODE_FIELDS; i++)
			if (!strcmp(y->key, node_fields[i].key) &&
			    !(node_fields[i].set & IN_DEFAULTS))
				return sek_file_fail_key(f, y,
							 "'%s' has no default; say it of a "
							 "node, or of the topology",
							 y->key);
	return 0;
}

static int read_defaults(struct sek_file *f, struct sek_file_node_spec *spec)
{
	int err = 0;

	for (size_t i = 0; i < f->sources_n && !err; i++)
		if (f->sources[i]->node_defaults)
			err = sek_file_fields(f, f->sources[i]->node_defaults, "a node's default",
					      node_fields, NODE_FIELDS, spec);
	return err;
}

/* Nothing of "defaults" is for a bridge, whose kind may come from there. */
static int finish_bridge(struct sek_file *f, const struct sek_yaml *own,
			 struct sek_file_node_spec *spec)
{
	struct sek_topo_node bridge = { .kind = SEK_TOPO_BRIDGE, .line = spec->node.line };

	for (const struct sek_yaml *y = own->child; y; y = y->next)
		for (size_t i = 0; i < NODE_FIELDS; i++)
			if (!strcmp(y->key, node_fields[i].key) &&
			    !(node_fields[i].set & OF_BRIDGE))
				return sek_file_fail_key(f, y, "a bridge has no '%s'", y->key);
	memcpy(bridge.name, spec->node.name, sizeof(bridge.name));
	sek_file_free_node(&spec->node);
	spec->node = bridge;
	return 0;
}

static int finish(struct sek_file *f, const struct sek_yaml *own, struct sek_file_node_spec *spec)
{
	struct sek_topo_node *node = &spec->node;
	const struct sek_yaml *y;

	if (node->kind == SEK_TOPO_BRIDGE)
		return finish_bridge(f, own, spec);
	y = sek_file_has(own, node_fields, NODE_FIELDS, ONLY_OF_BRIDGE);
	if (y)
		return sek_file_fail_key(f, y,
					 "only links and bridges have '%s'; a node's own "
					 "are 'addresses'",
					 y->key);
	if (node->routing == SEK_TOPO_ROUTING_NR)
		node->routing = node->kind == SEK_TOPO_ROUTER ? f->routing : SEK_TOPO_ROUTING_NONE;
	if (node->daemon == SEK_TOPO_DAEMON_NR)
		node->daemon = f->daemon;
	if (node->timers == SEK_TOPO_TIMERS_NR)
		node->timers = f->timers;
	if (spec->file.asn && node->routing != SEK_TOPO_ROUTING_BGP) {
		/* A default is for those that need it. */
		for (y = own->child; y; y = y->next)
			if (y == spec->file.asn)
				return sek_file_fail_key(f, y, "'asn' is for routing: bgp");
		node->asn = 0;
		spec->file.asn = NULL;
	}
	return 0;
}

/* Places the error where the node's name is. */
static int fail_name(struct sek_file *f, const struct sek_file_node_spec *spec, int err)
{
	char where[SEK_FILE_WHERE_SIZE];

	sek_file_fail(f, spec->file.at, "more than %d nodes", SEK_TOPO_MAX_NODES);
	if (err == -EEXIST) {
		size_t i = sek_index_find(&f->node_names, 0, spec->node.name);

		sek_file_fail(
			f, spec->file.at, "there is a node '%s' already (%s)", f->t->nodes[i].name,
			sek_file_where(where, spec->file.at, f->nodes[i].at, f->t->nodes[i].line));
	}
	if (spec->by_key) {
		f->error->line = spec->file.at->key_line;
		f->error->column = spec->file.at->key_column;
	}
	return -EINVAL;
}

int sek_file_add_node(struct sek_file *f, struct sek_file_node_spec *spec)
{
	struct sek_topo *t = f->t;
	int err = 0;

	/* Each node has a hosts file with all names, and this one of its own. */
	if (!strcasecmp(spec->node.name, "localhost"))
		err = sek_file_fail(f, spec->file.at, "'localhost' is what each node calls itself");
	if (t->nodes_n == SEK_TOPO_MAX_NODES)
		err = fail_name(f, spec, -E2BIG);
	if (!err)
		err = sek_index_add(&f->node_names, 0, spec->node.name, t->nodes_n);
	if (err == -EEXIST)
		err = fail_name(f, spec, err);
	if (!err)
		err = sek_file_grow(&t->nodes, t->nodes_n, sizeof(*t->nodes));
	if (!err)
		err = sek_file_grow(&f->nodes, t->nodes_n, sizeof(*f->nodes));
	if (err) {
		sek_file_free_node(&spec->node);
		return err;
	}
	t->nodes[t->nodes_n] = spec->node;
	f->nodes[t->nodes_n++] = spec->file;
	return 0;
}

/* "vm1", "{name: vm1, ...}", and in a mapping "vm1:", "vm1: host" or "vm1: {...}". */
static int read_own(struct sek_file *f, const struct sek_yaml *y, struct sek_file_node_spec *spec)
{
	struct sek_yaml key = {
		.file = y->file, .line = y->key_line, .column = y->key_column, .text = y->key
	};
	int err = 0;

	if (y->key)
		err = sek_file_label(f, &key, spec->node.name, NULL);
	else if (y->type == SEK_YAML_SCALAR)
		return sek_file_label(f, y, spec->node.name, NULL);
	if (err)
		return err;
	if (y->type == SEK_YAML_LIST)
		return sek_file_expected(f, y, "a node's name, or a mapping of what it has");
	if (y->type == SEK_YAML_SCALAR)
		return *y->text || !y->plain
			       ? sek_file_word(f, y, &spec->node.kind, &sek_file_kinds)
			       : 0;
	err = sek_file_fields(f, y, "a node", node_fields, NODE_FIELDS, spec);
	if (!err && !*spec->node.name)
		return sek_file_fail(f, y, "a node needs a 'name'");
	return err;
}

static int read_node(struct sek_file *f, const struct sek_yaml *y)
{
	struct sek_file_node_spec spec = {
		.node = { .routing = SEK_TOPO_ROUTING_NR,
			  .daemon = SEK_TOPO_DAEMON_NR,
			  .timers = SEK_TOPO_TIMERS_NR },
		.file = { .at = y },
		.by_key = y->key,
	};
	int err;

	spec.node.line = y->key ? y->key_line : y->line;
	err = read_defaults(f, &spec);
	if (!err)
		err = read_own(f, y, &spec);
	if (!err)
		err = finish(f, y, &spec);
	if (err) {
		sek_file_free_node(&spec.node);
		return err;
	}
	return sek_file_add_node(f, &spec);
}

int sek_file_nodes(struct sek_file *f)
{
	int err = 0;

	for (size_t i = 0; i < f->sources_n && !err; i++)
		if (f->sources[i]->node_defaults)
			err = check_defaults(f, f->sources[i]->node_defaults);
	for (size_t i = 0; i < f->sources_n && !err; i++) {
		const struct sek_yaml *list = f->sources[i]->nodes;

		if (list && list->type == SEK_YAML_SCALAR)
			return sek_file_expected(f, list, "a list of nodes, or a mapping of them");
		for (const struct sek_yaml *y = list ? list->child : NULL; y && !err; y = y->next)
			err = read_node(f, y);
	}
	return err;
}

void sek_file_free_node(struct sek_topo_node *node)
{
	free(node->join_name);
	free(node->addresses);
	free(node->routes);
	for (size_t i = 0; i < node->sysctls_n; i++) {
		free(node->sysctls[i].key);
		free(node->sysctls[i].value);
	}
	free(node->sysctls);
	for (size_t i = 0; i < node->processes_n; i++)
		free(node->processes[i]);
	free(node->processes);
	*node = (struct sek_topo_node){};
}
