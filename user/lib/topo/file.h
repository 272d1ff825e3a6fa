/* SPDX-License-Identifier: GPL-2.0-only */
/* What the reader of topology files shares between its parts; nothing of it outlives reading. */
#ifndef SEK_TOPO_FILE_H
#define SEK_TOPO_FILE_H

#include "index.h"
#include "topo.h"
#include "yaml_tree.h"

/* Indexes of what there is once for each family. */
enum { SEK_FILE_IPV4, SEK_FILE_IPV6, SEK_FILE_FAMILIES };

enum sek_file_net_mode {
	SEK_FILE_NET_AUTO,
	SEK_FILE_NET_NONE,
	SEK_FILE_NET_GIVEN,
};

/**
 * struct sek_file_net - what the file says of a link's net, or a bridge's
 * @mode: whether it says anything
 * @ip: the net, if it is given
 * @at: where
 */
struct sek_file_net {
	enum sek_file_net_mode mode;
	struct sek_topo_ip ip;
	const struct sek_yaml *at;
};

/**
 * struct sek_file_address - an address that the file gives to an end of a link
 * @at: where; NULL: it gives none
 * @ip: the address
 * @has_plen: the length of its net is given, too
 */
struct sek_file_address {
	const struct sek_yaml *at;
	struct sek_topo_ip ip;
	bool has_plen;
};

/**
 * struct sek_file_node - what the model has no room for
 * @at: where the node is named
 * @net: bridge: of its segment
 * @asn: where it is given, or NULL
 * @router_id: likewise
 * @addresses: the list, or NULL
 * @routes: likewise
 */
struct sek_file_node {
	const struct sek_yaml *at;
	struct sek_file_net net[SEK_FILE_FAMILIES];
	const struct sek_yaml *asn;
	const struct sek_yaml *router_id;
	const struct sek_yaml *addresses;
	const struct sek_yaml *routes;
};

/**
 * struct sek_file_end - the same for an end of a link
 * @at: where its node is named
 * @address: those that are given
 */
struct sek_file_end {
	const struct sek_yaml *at;
	struct sek_file_address address[SEK_FILE_FAMILIES];
};

/**
 * struct sek_file_link - the same for a link
 * @at: where the link is
 * @end: both ends
 * @net: its net
 */
struct sek_file_link {
	const struct sek_yaml *at;
	struct sek_file_end end[2];
	struct sek_file_net net[SEK_FILE_FAMILIES];
};

/* A file that was read; it and those it includes. */
struct sek_file_source;

/**
 * struct sek_file - a topology being read
 * @t: what it becomes
 * @error: for the first mistake
 * @nodes: as many as @t has
 * @links: as many as @t has
 * @node_names: to indexes of nodes
 * @link_names: to indexes of links
 * @sources: included ones before those that include them
 * @sources_n: how many
 * @lans: bridges named lan1, lan2 and so on, so far
 * @routing: of nodes that do not say
 * @daemon: likewise
 * @timers: likewise
 */
struct sek_file {
	struct sek_topo *t;
	struct sek_topo_error *error;
	struct sek_file_node *nodes;
	struct sek_file_link *links;
	struct sek_index node_names;
	struct sek_index link_names;
	struct sek_file_source **sources;
	size_t sources_n;
	size_t lans;
	enum sek_topo_routing routing;
	enum sek_topo_daemon daemon;
	enum sek_topo_timers timers;
};

/**
 * struct sek_file_source - one file
 * @name: what errors call it
 * @dev: with @ino: which file it is; 0 if it came from memory
 * @ino: see @dev
 * @tree: what it says
 * @title: its "name", or ""
 * @nodes: its "nodes", or NULL
 * @links: likewise
 * @tests: likewise
 * @node_defaults: its "defaults: node", or NULL
 * @link_defaults: likewise
 */
struct sek_file_source {
	char *name;
	__u64 dev;
	__u64 ino;
	struct sek_yaml *tree;
	char title[SEK_TOPO_NAME_LEN];
	const struct sek_yaml *nodes;
	const struct sek_yaml *links;
	const struct sek_yaml *tests;
	const struct sek_yaml *node_defaults;
	const struct sek_yaml *link_defaults;
};

/* A node, link or test while its keys are read. */
struct sek_file_node_spec {
	struct sek_topo_node node;
	struct sek_file_node file;
	bool by_key; /* its name is the key of file.at */
};

struct sek_file_link_spec {
	struct sek_topo_link link;
	struct sek_file_link file;
	const struct sek_yaml *ends;
	const struct sek_yaml *segment;
};

/**
 * struct sek_field - a key that a mapping may have
 * @key: its name
 * @read: reads its value
 * @offset: of what @read fills, in the object that the mapping becomes
 * @arg: for @read
 * @set: bits for whoever has the table; see sek_file_has()
 */
struct sek_field {
	const char *key;
	int (*read)(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);
	size_t offset;
	const void *arg;
	unsigned int set;
};

#define SEK_FIELD(name, fn, ...)                       \
	{                                              \
		.key = name, .read = fn, ##__VA_ARGS__ \
	}

/* For sek_file_word(): the words, by value; NULL entries are skipped. */
struct sek_file_words {
	const char *const *names;
	size_t n;
};

struct sek_file_range {
	__u32 min;
	__u32 max;
};

/* file_value.c: values. Each returns 0, -EINVAL with the error filled, or -ENOMEM. */

/* Fill the error; always -EINVAL. */
int sek_file_fail(struct sek_file *f, const struct sek_yaml *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same for the key of a value. */
int sek_file_fail_key(struct sek_file *f, const struct sek_yaml *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Where something else is, seen from a mistake: "line 3", or "base.yaml:3" in another file. */
#define SEK_FILE_WHERE_SIZE 280
const char *sek_file_where(char to[static SEK_FILE_WHERE_SIZE], const struct sek_yaml *from,
			   const struct sek_yaml *other, unsigned int line);
/* "expected WHAT, found ..." */
int sek_file_expected(struct sek_file *f, const struct sek_yaml *at, const char *what);

/* All keys of a mapping into an object; @what it is, for errors ("a node"). */
int sek_file_fields(struct sek_file *f, const struct sek_yaml *map, const char *what,
		    const struct sek_field *fields, size_t n, void *object);
/* The first value of @map whose key has one of these bits, or NULL. */
const struct sek_yaml *sek_file_has(const struct sek_yaml *map, const struct sek_field *fields,
				    size_t n, unsigned int set);

int sek_file_keep(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);
int sek_file_word(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);
int sek_file_label(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);
int sek_file_ifname(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);
int sek_file_u32(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);
int sek_file_bool(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);
int sek_file_string(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);
/* @arg: its family */
extern const __u8 sek_file_families[SEK_FILE_FAMILIES];
int sek_file_net(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);
int sek_file_node_index(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);

/* file_unit.c: quantities. */
int sek_file_delay(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);
int sek_file_seconds(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);
int sek_file_loss(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);
int sek_file_rate(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);

/* file_attr.c: of a node; @to is its spec. */
int sek_file_router_id(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);
int sek_file_asn(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);
int sek_file_addresses(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);
int sek_file_routes(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);
int sek_file_sysctls(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);
int sek_file_processes(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);
int sek_file_join(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg);

/* names.c */
extern const struct sek_file_words sek_file_routings;
extern const struct sek_file_words sek_file_daemons;
extern const struct sek_file_words sek_file_timers;
extern const struct sek_file_words sek_file_kinds;
extern const struct sek_file_words sek_file_joins;
extern const struct sek_file_words sek_file_link_kinds;

/* Room for one more in an array of n; doubles at powers of two. 0 or -ENOMEM. */
int sek_file_grow(void *array, size_t n, size_t size);

/* An address that an interface can have, or -EINVAL with the error filled. */
int sek_file_usable(struct sek_file *f, const struct sek_yaml *at, const struct sek_topo_ip *ip);

/* file_node.c, file_link.c, file_test.c: the three lists of all sources. */
int sek_file_nodes(struct sek_file *f);
int sek_file_links(struct sek_file *f);
int sek_file_tests(struct sek_file *f);

/* Append a node; takes what @spec holds, also on failure. */
int sek_file_add_node(struct sek_file *f, struct sek_file_node_spec *spec);
void sek_file_free_node(struct sek_topo_node *node);

/* plan.c: choose what the file leaves out, and check the whole. */
int sek_plan(struct sek_file *f);
/* plan_name.c: of links, interfaces, and hardware addresses. */
int sek_plan_names(struct sek_file *f);
/* plan_segment.c: numbers the segments in the order of their first links, for each link. */
int sek_plan_segments(struct sek_file *f, size_t *segment_of);
/* plan_net.c: of segments and ends. */
int sek_plan_nets(struct sek_file *f);

#endif
