// SPDX-License-Identifier: GPL-2.0-only
/* "links" of a topology file. */
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ip.h"

/* OSPF's of BIRD, so that a cost of 1 to 9 makes a link better than those that say nothing. */
#define DEFAULT_COST 10

/* An end while its keys are read. */
struct end_spec {
	struct sek_topo_end end;
	struct sek_file_end file;
	const struct sek_yaml *node;
	const struct sek_yaml *mac;
};

static int read_end_address(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	const __u8 family = *(const __u8 *)arg;
	struct sek_file_address *a = to;

	if (y->type != SEK_YAML_SCALAR || sek_ip_parse(y->text, &a->ip, &a->has_plen) ||
	    a->ip.family != family)
		return sek_file_expected(f, y,
					 family == AF_INET
						 ? "an address such as 10.0.10.1/24"
						 : "an address such as fd00:0:0:10::1/64");
	a->at = y;
	return sek_file_usable(f, y, &a->ip);
}

static int read_mac(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	static const char what[] = "a hardware address such as 02:00:00:00:00:01";
	struct end_spec *spec = to;
	__u8 *mac = spec->end.mac;
	int n = 0;

	(void)arg;
	if (y->type != SEK_YAML_SCALAR || strlen(y->text) != 17 ||
	    strspn(y->text, "0123456789abcdefABCDEF:") != 17 ||
	    sscanf(y->text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2],
		   &mac[3], &mac[4], &mac[5], &n) != 6 ||
	    n != 17)
		return sek_file_expected(f, y, what);
	if (mac[0] & 1 || !memcmp(mac, (__u8[6]){}, 6))
		return sek_file_fail(f, y, "%s is no address of a single interface", y->text);
	spec->mac = y;
	return 0;
}

#define END(member) offsetof(struct end_spec, member)

static const struct sek_field end_fields[] = {
	SEK_FIELD("node", sek_file_keep, .offset = END(node)),
	SEK_FIELD("ifname", sek_file_ifname, .offset = END(end.ifname)),
	SEK_FIELD("mac", read_mac),
	SEK_FIELD("ipv4", read_end_address, .offset = END(file.address[SEK_FILE_IPV4]),
		  .arg = &sek_file_families[SEK_FILE_IPV4]),
	SEK_FIELD("ipv6", read_end_address, .offset = END(file.address[SEK_FILE_IPV6]),
		  .arg = &sek_file_families[SEK_FILE_IPV6]),
};

/* "vm1" or "{node: vm1, ...}" */
static int read_end(struct sek_file *f, const struct sek_yaml *y, struct end_spec *spec)
{
	int err;

	*spec = (struct end_spec){ .node = y };
	if (y->type == SEK_YAML_LIST)
		return sek_file_expected(f, y, "the name of a node");
	if (y->type == SEK_YAML_MAP) {
		spec->node = NULL;
		err = sek_file_fields(f, y, "an end", end_fields,
				      sizeof(end_fields) / sizeof(*end_fields), spec);
		if (err)
			return err;
		if (!spec->node)
			return sek_file_fail(f, y, "an end needs 'node', the name of its node");
	}
	spec->file.at = spec->node;
	err = sek_file_node_index(f, spec->node, &spec->end.node, NULL);
	if (!err && f->t->nodes[spec->end.node].kind == SEK_TOPO_BRIDGE) {
		for (int i = 0; i < SEK_FILE_FAMILIES; i++)
			if (spec->file.address[i].at)
				return sek_file_fail(f, spec->file.address[i].at,
						     "%s is a bridge, which has no addresses",
						     spec->node->text);
	}
	return err;
}

static int read_flap(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	static const struct sek_field fields[] = {
		SEK_FIELD("up", sek_file_seconds,
			  .offset = offsetof(struct sek_topo_link, flap_up_s)),
		SEK_FIELD("down", sek_file_seconds,
			  .offset = offsetof(struct sek_topo_link, flap_down_s)),
	};
	struct sek_topo_link *link = &((struct sek_file_link_spec *)to)->link;
	int err;

	(void)arg;
	if (y->type != SEK_YAML_MAP)
		return sek_file_expected(f, y, "times such as {up: 10s, down: 5s}");
	err = sek_file_fields(f, y, "flap", fields, 2, link);
	if (!err && (!link->flap_up_s || !link->flap_down_s))
		return sek_file_fail(f, y, "flap needs both 'up' and 'down'");
	return err;
}

/* What two ends alone have, what "defaults" has, what a tunnel has not. */
enum { IN_DEFAULTS = 1, NOT_OF_TUNNEL = 2, ENDS = 4 };

#define LINK(member) offsetof(struct sek_file_link_spec, member)

static const enum sek_yaml_type list = SEK_YAML_LIST;
static const struct sek_file_range mtus = { 68, 65535 }, costs = { 1, 65535 };

static const struct sek_field link_fields[] = {
	SEK_FIELD("ends", sek_file_keep, .offset = LINK(ends), .arg = &list, .set = ENDS),
	SEK_FIELD("segment", sek_file_keep, .offset = LINK(segment), .arg = &list, .set = ENDS),
	SEK_FIELD("name", sek_file_label, .offset = LINK(link.name)),
	SEK_FIELD("kind", sek_file_word, .offset = LINK(link.kind), .arg = &sek_file_link_kinds,
		  .set = IN_DEFAULTS),
	SEK_FIELD("ipv4", sek_file_net, .offset = LINK(file.net[SEK_FILE_IPV4]),
		  .arg = &sek_file_families[SEK_FILE_IPV4], .set = IN_DEFAULTS),
	SEK_FIELD("ipv6", sek_file_net, .offset = LINK(file.net[SEK_FILE_IPV6]),
		  .arg = &sek_file_families[SEK_FILE_IPV6], .set = IN_DEFAULTS),
	SEK_FIELD("delay", sek_file_delay, .offset = LINK(link.impair.delay_us),
		  .set = IN_DEFAULTS),
	SEK_FIELD("jitter", sek_file_delay, .offset = LINK(link.impair.jitter_us),
		  .set = IN_DEFAULTS),
	SEK_FIELD("loss", sek_file_loss, .offset = LINK(link.impair.loss_ppm), .set = IN_DEFAULTS),
	SEK_FIELD("rate", sek_file_rate, .offset = LINK(link.impair.rate_bps), .set = IN_DEFAULTS),
	SEK_FIELD("mtu", sek_file_u32, .offset = LINK(link.mtu), .arg = &mtus, .set = IN_DEFAULTS),
	SEK_FIELD("cost", sek_file_u32, .offset = LINK(link.cost), .arg = &costs,
		  .set = IN_DEFAULTS),
	SEK_FIELD("flap", read_flap, .set = NOT_OF_TUNNEL),
};

#define LINK_FIELDS (sizeof(link_fields) / sizeof(*link_fields))

static int check_defaults(struct sek_file *f, const struct sek_yaml *defaults)
{
	for (const struct sek_yaml *y = defaults->child; y; y = y->next) {
		for (size_t i = 0; i < LINK_FIELDS; i++)
			if (!strcmp(y->key, link_fields[i].key) &&
			    !(link_fields[i].set & IN_DEFAULTS))
				return sek_file_fail_key(f, y,
							 "'%s' has no default; say it of a link",
							 y->key);
		/* Two links cannot have the same net. */
		if (!strncmp(y->key, "ipv", 3) && y->type == SEK_YAML_SCALAR &&
		    strchr(y->text, '/'))
			return sek_file_expected(f, y, "none or auto");
	}
	return 0;
}

static int read_defaults(struct sek_file *f, struct sek_file_link_spec *spec)
{
	int err = 0;

	for (size_t i = 0; i < f->sources_n && !err; i++)
		if (f->sources[i]->link_defaults)
			err = sek_file_fields(f, f->sources[i]->link_defaults, "a link's default",
					      link_fields, LINK_FIELDS, spec);
	return err;
}

static int add(struct sek_file *f, const struct sek_file_link_spec *spec)
{
	struct sek_topo *t = f->t;
	int err = 0;

	if (spec->link.impair.jitter_us > spec->link.impair.delay_us)
		return sek_file_fail(f, spec->file.at,
				     "the jitter is larger than the delay; a packet cannot arrive "
				     "before it is sent");
	if (t->links_n == SEK_TOPO_MAX_LINKS)
		return sek_file_fail(f, spec->file.at, "more than %d links", SEK_TOPO_MAX_LINKS);
	if (*spec->link.name)
		err = sek_index_add(&f->link_names, 0, spec->link.name, t->links_n);
	if (err == -EEXIST) {
		size_t i = sek_index_find(&f->link_names, 0, spec->link.name);
		char where[SEK_FILE_WHERE_SIZE];

		return sek_file_fail(
			f, spec->file.at, "there is a link '%s' already (%s)", spec->link.name,
			sek_file_where(where, spec->file.at, f->links[i].at, t->links[i].line));
	}
	if (!err)
		err = sek_file_grow(&t->links, t->links_n, sizeof(*t->links));
	if (!err)
		err = sek_file_grow(&f->links, t->links_n, sizeof(*f->links));
	if (err)
		return err;
	t->links[t->links_n] = spec->link;
	f->links[t->links_n++] = spec->file;
	return 0;
}

/* An explicit name of an interface is taken before any is chosen. */
static int set_end(struct sek_file *f, struct sek_file_link_spec *spec, int i,
		   const struct end_spec *end)
{
	if (end->mac && spec->link.kind == SEK_TOPO_LINK_WIREGUARD)
		return sek_file_fail(f, end->mac, "a tunnel has no hardware address");
	spec->link.end[i] = end->end;
	spec->file.end[i] = end->file;
	return 0;
}

static int add_pair(struct sek_file *f, struct sek_file_link_spec *spec, const struct end_spec *a,
		    const struct end_spec *b)
{
	int err;

	if (a->end.node == b->end.node)
		return sek_file_fail(f, b->file.at, "both ends are %s; a link joins two nodes",
				     f->t->nodes[a->end.node].name);
	err = set_end(f, spec, 0, a);
	if (!err)
		err = set_end(f, spec, 1, b);
	return err ?: add(f, spec);
}

static int add_ends(struct sek_file *f, struct sek_file_link_spec *spec)
{
	struct end_spec a = {}, b = {};
	int err;

	if (spec->ends->n != 2)
		return sek_file_fail(f, spec->ends, "expected two ends, found %zu%s", spec->ends->n,
				     spec->ends->n > 2 ? "; several nodes make a 'segment'" : "");
	err = read_end(f, spec->ends->child, &a);
	if (!err)
		err = read_end(f, spec->ends->child->next, &b);
	return err ?: add_pair(f, spec, &a, &b);
}

/* The bridge of a segment: as the link is named, or lan1, lan2 and so on. */
static int add_bridge(struct sek_file *f, struct sek_file_link_spec *spec, size_t *ret)
{
	struct sek_file_node_spec bridge = {
		.node = { .kind = SEK_TOPO_BRIDGE, .line = spec->link.line },
		.file = { .at = spec->file.at },
	};

	memcpy(bridge.node.name, spec->link.name, sizeof(bridge.node.name));
	while (!*bridge.node.name) {
		snprintf(bridge.node.name, sizeof(bridge.node.name), "lan%zu", ++f->lans);
		if (sek_index_find(&f->node_names, 0, bridge.node.name) != SEK_INDEX_NONE)
			*bridge.node.name = '\0';
	}
	/* The net is that of all its links. */
	memcpy(bridge.file.net, spec->file.net, sizeof(bridge.file.net));
	memset(spec->file.net, 0, sizeof(spec->file.net));
	*spec->link.name = '\0';
	*ret = f->t->nodes_n;
	return sek_file_add_node(f, &bridge);
}

static int add_segment(struct sek_file *f, struct sek_file_link_spec *spec)
{
	const struct sek_file_link_spec all = *spec;
	struct end_spec a = {}, b = {};
	int err;

	if (spec->segment->n < 2)
		return sek_file_fail(f, spec->segment, "a segment joins two nodes or more");
	if (spec->link.kind == SEK_TOPO_LINK_WIREGUARD)
		return sek_file_fail(f, spec->segment, "a tunnel has two 'ends', and no segment");
	err = add_bridge(f, spec, &b.end.node);
	for (const struct sek_yaml *y = all.segment->child; y && !err; y = y->next) {
		struct sek_file_link_spec leg = *spec;

		b.file.at = y;
		err = read_end(f, y, &a);
		if (!err)
			err = add_pair(f, &leg, &a, &b);
	}
	return err;
}

static int check(struct sek_file *f, const struct sek_yaml *y,
		 const struct sek_file_link_spec *spec)
{
	const struct sek_topo_link *link = &spec->link;
	const struct sek_yaml *wrong;

	if (!spec->ends == !spec->segment)
		return sek_file_fail(f, y, "a link needs either 'ends' or 'segment'");
	wrong = sek_file_has(y, link_fields, LINK_FIELDS, NOT_OF_TUNNEL);
	if (wrong && link->kind == SEK_TOPO_LINK_WIREGUARD)
		return sek_file_fail_key(f, wrong,
					 "a tunnel has no '%s'; say it of a link that "
					 "it crosses",
					 wrong->key);
	return 0;
}

/* "a-b", where a name may have a dash, too: both parts must be nodes. */
static int split(struct sek_file *f, const struct sek_yaml *y, struct end_spec *a,
		 struct end_spec *b)
{
	struct sek_yaml left = *y, right = *y;
	unsigned int found = 0;
	char *text = strdup(y->text), *dash, *cut = NULL;
	int err;

	if (!text)
		return -ENOMEM;
	for (dash = strchr(text, '-'); dash; dash = strchr(dash + 1, '-')) {
		bool l, r;

		*dash = '\0';
		l = sek_index_find(&f->node_names, 0, text) != SEK_INDEX_NONE;
		r = sek_index_find(&f->node_names, 0, dash + 1) != SEK_INDEX_NONE;
		*dash = '-';
		found += l && r;
		/* The best guess about what was meant, for an error. */
		if (!cut || (l && r) || (!found && l))
			cut = dash;
	}
	if (found > 1 || !cut) {
		err = found > 1 ? sek_file_fail(f, y,
						"'%.80s' can be split in several ways; write "
						"{ends: [A, B]}",
						text)
				: sek_file_expected(f, y, "two nodes, such as vm1-vm2");
		free(text);
		return err;
	}
	*cut = '\0';
	left.text = text;
	right.text = cut + 1;
	right.column += (unsigned int)(cut + 1 - text);
	err = read_end(f, &left, a);
	if (!err)
		err = read_end(f, &right, b);
	a->file.at = b->file.at = y;
	free(text);
	return err;
}

static int read_link(struct sek_file *f, const struct sek_yaml *y)
{
	struct sek_file_link_spec spec = {
		.link = { .cost = DEFAULT_COST, .line = y->line },
		.file = { .at = y },
	};
	struct end_spec a = {}, b = {};
	int err = read_defaults(f, &spec);

	if (!err && y->type == SEK_YAML_SCALAR) {
		err = split(f, y, &a, &b);
		return err ?: add_pair(f, &spec, &a, &b);
	}
	if (!err && y->type != SEK_YAML_MAP)
		err = sek_file_expected(f, y, "a link such as vm1-vm2 or {ends: [vm1, vm2]}");
	if (!err)
		err = sek_file_fields(f, y, "a link", link_fields, LINK_FIELDS, &spec);
	if (!err)
		err = check(f, y, &spec);
	if (err)
		return err;
	return spec.ends ? add_ends(f, &spec) : add_segment(f, &spec);
}

int sek_file_links(struct sek_file *f)
{
	int err = 0;

	for (size_t i = 0; i < f->sources_n && !err; i++)
		if (f->sources[i]->link_defaults)
			err = check_defaults(f, f->sources[i]->link_defaults);
	for (size_t i = 0; i < f->sources_n && !err; i++) {
		const struct sek_yaml *links = f->sources[i]->links;

		for (const struct sek_yaml *y = links ? links->child : NULL; y && !err; y = y->next)
			err = read_link(f, y);
	}
	return err;
}
