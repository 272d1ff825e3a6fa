// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cgroup_state.h"
#include "lib/cgroup_who.h"
#include "lib/counters.h"
#include "lib/maps.h"
#include "lib/names.h"
#include "lib/netns_holder.h"
#include "log.h"
#include "show_tree.h"
#include "status.h"
#include "out/columns.h"

enum {
	NETNS,
	NETNS_ID,
	IFNAME,
	IFINDEX,
	CGROUP,
	CGROUP_ID,
	NAME,
	HOLDER,
	RUNTIME,
	CONTAINER,
	CONTAINER_ID,
	POD,
	NAMESPACE,
	IMAGE,
	UNIT,
	SLICE,
	ZONE,
	REMOVED,
	HOOK,
	DIRECTION,
	FAMILY,
	CLASS,
	CERTAINTY,
	TYPE,
	CODE,
	TYPE_NAME,
	ROUTE,
	PUBLIC_KEY,
	ENDPOINT,
	PACKETS,
	BYTES,
	WIRE_BYTES,
	INNER_BYTES,
	SKBS,
	SKB_BYTES,
	COLUMNS
};

static const struct sek_out_column all[COLUMNS] = {
	[NETNS] = STRING("netns", "NETNS"),
	[NETNS_ID] = NUMBER("netns_id", NULL),
	[IFNAME] = STRING("ifname", "INTERFACE"),
	[IFINDEX] = NUMBER("ifindex", NULL),
	[CGROUP] = STRING("cgroup", "CGROUP"),
	[CGROUP_ID] = NUMBER("cgroup_id", NULL),
	[NAME] = STRING("name", "NAME"),
	[HOLDER] = STRING("holder", NULL),
	[RUNTIME] = STRING("runtime", NULL),
	[CONTAINER] = STRING("container", NULL),
	[CONTAINER_ID] = STRING("container_id", NULL),
	[POD] = STRING("pod", NULL),
	[NAMESPACE] = STRING("namespace", NULL),
	[IMAGE] = STRING("image", NULL),
	[UNIT] = STRING("unit", NULL),
	[SLICE] = STRING("slice", NULL),
	[ZONE] = STRING("zone", NULL),
	[REMOVED] = BOOL("removed", NULL),
	[HOOK] = STRING("hook", "HOOK"),
	[DIRECTION] = STRING("direction", "DIRECTION"),
	[FAMILY] = STRING("family", "FAMILY"),
	[CLASS] = STRING("class", "CLASS"),
	[CERTAINTY] = STRING("certainty", "CERTAINTY"),
	[TYPE] = NUMBER("type", "TYPE"),
	[CODE] = NUMBER("code", "CODE"),
	[TYPE_NAME] = STRING("type_name", "MEANING"),
	[ROUTE] = STRING("route", "ROUTE"),
	[PUBLIC_KEY] = STRING("public_key", "PUBLIC KEY"),
	[ENDPOINT] = STRING("endpoint", NULL),
	[PACKETS] = NUMBER("packets", "PACKETS"),
	[BYTES] = AMOUNT("bytes", "BYTES"),
	[WIRE_BYTES] = AMOUNT("wire_bytes", "ON THE WIRE"),
	[INNER_BYTES] = AMOUNT("inner_bytes", "INSIDE"),
	[SKBS] = NUMBER("skbs", NULL),
	[SKB_BYTES] = NUMBER("skb_bytes", NULL),
};

#define COLUMN(c)     (1ULL << (c))
#define TAIL	      (COLUMN(PACKETS) | COLUMN(BYTES) | COLUMN(SKBS) | COLUMN(SKB_BYTES))
#define KIND	      (COLUMN(FAMILY) | COLUMN(CLASS) | COLUMN(CERTAINTY))
#define NETNS_COLUMNS (COLUMN(NETNS) | COLUMN(NETNS_ID) | COLUMN(HOLDER) | COLUMN(REMOVED))
#define LINK_COLUMNS  (NETNS_COLUMNS | COLUMN(IFNAME) | COLUMN(IFINDEX))
#define WHO                                                                         \
	(COLUMN(RUNTIME) | COLUMN(CONTAINER) | COLUMN(CONTAINER_ID) | COLUMN(POD) | \
	 COLUMN(NAMESPACE) | COLUMN(IMAGE) | COLUMN(UNIT) | COLUMN(SLICE) | COLUMN(ZONE))
#define CGROUP_COLUMNS (COLUMN(CGROUP) | COLUMN(CGROUP_ID) | COLUMN(NAME) | WHO | COLUMN(REMOVED))

/* What each object shows. */
static const uint64_t shown[SEK_SCOPE_NR] = {
	[SEK_SCOPE_LINK] = LINK_COLUMNS | COLUMN(HOOK) | COLUMN(DIRECTION) | KIND | COLUMN(ROUTE) |
			   TAIL,
	[SEK_SCOPE_NETNS] = NETNS_COLUMNS | COLUMN(HOOK) | COLUMN(DIRECTION) | KIND |
			    COLUMN(ROUTE) | TAIL,
	[SEK_SCOPE_CGROUP] = CGROUP_COLUMNS | COLUMN(DIRECTION) | KIND | TAIL,
	[SEK_SCOPE_ICMP] = LINK_COLUMNS | COLUMN(CGROUP) | COLUMN(CGROUP_ID) | COLUMN(HOOK) |
			   COLUMN(DIRECTION) | COLUMN(FAMILY) | COLUMN(TYPE) | COLUMN(CODE) |
			   COLUMN(TYPE_NAME) | COLUMN(ROUTE) | TAIL,
	[SEK_SCOPE_PEER] = LINK_COLUMNS | COLUMN(PUBLIC_KEY) | COLUMN(ENDPOINT) |
			   COLUMN(DIRECTION) | COLUMN(CLASS) | COLUMN(PACKETS) | COLUMN(BYTES) |
			   COLUMN(WIRE_BYTES) | COLUMN(INNER_BYTES),
	[SEK_SCOPE_TUNNEL] = CGROUP_COLUMNS | COLUMN(DIRECTION) | COLUMN(FAMILY) | COLUMN(CLASS) |
			     COLUMN(PACKETS) | COLUMN(BYTES),
};

static const char *const directions[] = { "ingress", "egress" };

struct conf {
	struct sek_opts_list object;
	struct sek_opts_list netns;
	struct sek_opts_list devs;
	struct sek_opts_list cgroups;
	struct sek_opts_list hooks;
	uint64_t directions;
	uint64_t families;
	uint64_t classes;
	uint64_t routes;
	uint32_t watch;
	uint32_t count;
	bool tree;
	bool help;
};

#define SET(member, array, number, ...) \
	SEK_OPT_SET(struct conf, member, .names = array, .names_n = number, __VA_ARGS__)

static const struct sek_opt rows[] = {
	SEK_OPT_LIST(struct conf, netns, .name = "netns", .letter = 'n', .metavar = "NAME",
		     .help = "only these namespaces; * and ? match"),
	SEK_OPT_LIST(struct conf, devs, .name = "dev", .letter = 'd', .metavar = "NAME",
		     .help = "only these interfaces; * and ? match"),
	SEK_OPT_LIST(struct conf, cgroups, .name = "cgroup", .letter = 'c', .metavar = "PATH",
		     .help = "only these cgroups, by path or name; * and ? match"),
	SEK_OPT_LIST(struct conf, hooks, .name = "hook", .letter = 'k', .metavar = "HOOK",
		     .help = "only these hooks: xdp, tc, netfilter, cgroup"),
	SET(directions, directions, 2, .name = "direction", .metavar = "DIRECTION",
	    .help = "only this direction"),
	SET(families, sek_family_names, SEK_FAMILY_NR, .name = "family", .letter = 'f',
	    .metavar = "FAMILY", .help = "only these families"),
	SET(classes, sek_class_names, SEK_CLASS_NR, .name = "class", .metavar = "CLASS",
	    .help = "only these classes"),
	SET(routes, sek_route_names, SEK_ROUTE_NR, .name = "route", .metavar = "ROUTE",
	    .help = "only what was routed so"),
	SEK_OPT_U32(struct conf, watch, .name = "watch", .letter = 'w', .metavar = "SECONDS",
		    .min = 1, .max = 86400,
		    .help = "print again every so often, until interrupted"),
	SEK_OPT_U32(struct conf, count, .name = "count", .metavar = "N", .min = 1,
		    .max = 0xffffffff, .help = "with --watch: end after so many times"),
	SEK_OPT_FLAG(struct conf, tree, .name = "tree", .letter = 't',
		     .help = "cgroup: the tree with sums, processes, limits, BPF programs"),
	SEK_OPT_HELP(struct conf, help),
	SEK_OPT_ARGS(struct conf, object, .metavar = "link|netns|cgroup|icmp|peer|tunnel", .min = 1,
		     .max = 1, .help = "what to show"),
};

static const struct sek_opts opts = {
	.usage = "sekisho show",
	.summary = "Show counters: packets and bytes on the wire, by what they are and where they "
		   "went. Text names what people name; JSON holds every field.",
	.rows = rows,
	.n = sizeof(rows) / sizeof(*rows),
};

/* Header and authentication tag of a data message; what is between is padded to 16 bytes. */
#define SEK_WIREGUARD_OVERHEAD 32

/* One printing of one table. */
struct table {
	const struct conf *conf;
	struct sek_out *out;
	enum sek_scope scope;
	const struct sek_cgroup_mounts *mounts; /* JSON alone says whose a cgroup is */
	struct sek_cgroup_who who;
	const char *zone;
	uint64_t who_id; /* whose @who and @zone are */
	struct sek_netns_holder *holders;
	size_t holders_n;
	struct sek_out_column columns[COLUMNS];
	int at[COLUMNS]; /* column -> its place in this table, or -1 */
	size_t n;
	size_t seen;
	size_t wanted;
};

static bool is_in(uint64_t set, uint32_t value)
{
	return !set || set >> value & 1;
}

static bool is_wanted(const struct table *t, const struct sek_row *row)
{
	const struct conf *c = t->conf;

	return sek_opts_listed(&c->netns, row->netns, NULL) &&
	       sek_opts_listed(&c->devs, row->ifname, NULL) &&
	       sek_opts_listed(&c->cgroups, row->cgroup, row->cgroup_name) &&
	       sek_opts_listed(&c->hooks, row->hook, NULL) && is_in(c->directions, row->egress) &&
	       is_in(c->families, row->family) && is_in(c->classes, row->class) &&
	       is_in(c->routes, row->route);
}

static void set_string(const struct table *t, int column, const char *value)
{
	if (t->at[column] >= 0)
		sek_out_set_string(t->out, t->at[column], value);
}

static void set_number(const struct table *t, int column, uint64_t value)
{
	if (t->at[column] >= 0)
		sek_out_set_u64(t->out, t->at[column], value);
}

static void set_known(const struct table *t, int column, const char *value)
{
	if (value && *value)
		set_string(t, column, value);
}

/* Rows of one cgroup follow each other: its files are read once. */
static void set_who(struct table *t, const struct sek_row *row)
{
	struct sek_cgroup_state state;

	if (!t->mounts || !row->cgroup || row->cgroup[0] != '/')
		return;
	if (row->cgroup_id != t->who_id) {
		sek_cgroup_who(row->cgroup, &t->who);
		sek_cgroup_state(t->mounts, row->cgroup, &state);
		if (state.zone == SEK_CGROUP_ZONE_NONE && t->who.container_len)
			state.zone = sek_cgroup_zone(t->mounts, row->cgroup, t->who.container_len);
		t->zone = sek_cgroup_zone_names[state.zone];
		t->who_id = row->cgroup_id;
	}
	set_known(t, RUNTIME, t->who.runtime);
	set_known(t, CONTAINER, t->who.container);
	set_known(t, CONTAINER_ID, t->who.container_id);
	set_known(t, POD, t->who.pod);
	set_known(t, NAMESPACE, t->who.namespace);
	set_known(t, IMAGE, t->who.image);
	set_known(t, UNIT, t->who.unit);
	set_known(t, SLICE, t->who.slice);
	set_known(t, ZONE, row->removed ? NULL : t->zone);
}

static void set_holder(const struct table *t, const struct sek_row *row)
{
	for (size_t i = 0; i < t->holders_n && row->netns_ino; i++) {
		if (t->holders[i].ino == row->netns_ino)
			set_string(t, HOLDER, t->holders[i].name);
	}
}

static int print_row(const struct sek_row *row, void *arg)
{
	struct table *t = arg;

	t->seen++;
	if (!is_wanted(t, row))
		return 0;
	t->wanted++;
	set_string(t, NETNS, row->netns);
	if (row->netns_ino)
		set_number(t, NETNS_ID, row->netns_ino);
	set_string(t, IFNAME, row->ifname);
	if (row->ifindex)
		set_number(t, IFINDEX, row->ifindex);
	set_string(t, CGROUP, row->cgroup);
	if (row->cgroup)
		set_number(t, CGROUP_ID, row->cgroup_id);
	set_string(t, NAME, row->cgroup_name);
	set_who(t, row);
	set_holder(t, row);
	if (t->at[REMOVED] >= 0)
		sek_out_set_bool(t->out, t->at[REMOVED], row->removed);
	set_string(t, HOOK, row->hook);
	set_string(t, DIRECTION, directions[row->egress]);
	set_string(t, FAMILY, sek_family_name(row->family));
	set_string(t, CLASS, sek_class_name(row->class));
	if (row->class < SEK_CLASS_WIREGUARD_NR)
		set_string(t, CERTAINTY, sek_certainty_name(row->certainty));
	set_number(t, TYPE, row->icmp_type);
	set_number(t, CODE, row->icmp_code);
	set_string(t, TYPE_NAME, sek_icmp_type_name(row->family, row->icmp_type, row->icmp_code));
	set_string(t, ROUTE, sek_route_name(row->route));
	set_string(t, PUBLIC_KEY, row->public_key);
	set_string(t, ENDPOINT, row->endpoint);
	set_number(t, PACKETS, row->packets);
	set_number(t, BYTES, row->bytes);
	set_number(t, WIRE_BYTES, row->wire_bytes);
	if (row->class == SEK_CLASS_WIREGUARD_DATA)
		set_number(t, INNER_BYTES, row->bytes - SEK_WIREGUARD_OVERHEAD * row->packets);
	set_number(t, SKBS, row->skbs);
	set_number(t, SKB_BYTES, row->skb_bytes);
	return sek_out_row(t->out);
}

/* Return: the exit status. */
static int print_table(struct table *t, const struct sek_maps *maps)
{
	int err, status;

	/* A courtesy of JSON, like the fields of a cgroup: without it rows are complete. */
	if (t->mounts && t->at[HOLDER] >= 0 && sek_netns_holders(&t->holders, &t->holders_n))
		t->holders_n = 0;
	err = sek_out_begin(t->out, t->columns, t->n);
	if (!err)
		err = sek_counters_walk(maps, t->scope, print_row, t);
	free(t->holders);
	t->holders = NULL;
	t->holders_n = 0;
	t->who_id = 0;
	status = sek_cmd_written(sek_out_end(t->out));
	if (status == SEK_EXIT_DONE && err && err != -EPIPE) {
		sek_error("read the counters: %s", strerror(-err));
		status = SEK_EXIT_FAILED;
	}
	return status;
}

static void choose_columns(struct table *t)
{
	for (int i = 0; i < COLUMNS; i++) {
		t->at[i] = -1;
		if (shown[t->scope] & COLUMN(i)) {
			t->at[i] = t->n;
			t->columns[t->n++] = all[i];
		}
	}
}

/* Each time anew: sekisho may have been unloaded meanwhile, and loaded again. */
static int print_once(struct table *t)
{
	struct sek_maps maps;
	int err = sek_maps_open(&maps), status;

	if (err)
		return sek_status_open_failed(err);
	if (t->conf->tree)
		status = sek_show_tree(t->out, &maps, &t->conf->cgroups);
	else
		status = print_table(t, &maps);
	sek_maps_close(&maps);
	return status;
}

/* A header alone does not tell whether a name was mistyped. */
static void tell_none(const struct table *t)
{
	sek_note(t->seen ? "nothing that was counted matches"
			 : "nothing was counted yet; 'sekisho status' tells what is attached");
}

static int watch(struct table *t, const struct sek_globals *g)
{
	bool clear = t->conf->watch && !g->json && isatty(STDOUT_FILENO);
	int status;

	for (uint32_t i = 1;; i++) {
		if (clear)
			printf("\033[H\033[2J");
		status = print_once(t);
		if (status == SEK_EXIT_DONE && !t->wanted && !t->conf->watch && !t->conf->tree &&
		    !g->json)
			tell_none(t);
		if (status != SEK_EXIT_DONE || !t->conf->watch || i == t->conf->count)
			return status;
		if (!g->json && !clear)
			putchar('\n');
		poll(NULL, 0, (int)t->conf->watch * 1000);
	}
}

/* A filter is of a column; one that the table has not would be of no effect, or hide all. */
static bool has_columns(const struct conf *c, enum sek_scope scope)
{
	const struct {
		const char *name;
		int column;
		bool given;
	} filters[] = {
		{ "netns", NETNS, c->netns.n },
		{ "dev", IFNAME, c->devs.n },
		{ "cgroup", CGROUP, c->cgroups.n },
		{ "hook", HOOK, c->hooks.n },
		{ "direction", DIRECTION, c->directions },
		{ "family", FAMILY, c->families },
		{ "class", CLASS, c->classes },
		{ "route", ROUTE, c->routes },
	};

	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		bool has = c->tree ? filters[i].column == CGROUP
				   : shown[scope] & COLUMN(filters[i].column);

		if (filters[i].given && !has) {
			sek_error("--%s: show %s%s has no such column", filters[i].name,
				  sek_scope_names[scope], c->tree ? " --tree" : "");
			return false;
		}
	}
	return true;
}

static bool is_usable(const struct conf *conf, int scope)
{
	if (scope < 0) {
		sek_error("cannot show '%s'; there are link, netns, cgroup, icmp, peer and tunnel",
			  conf->object.words[0]);
	} else if (conf->tree && scope != SEK_SCOPE_CGROUP) {
		sek_error("--tree is of cgroups: sekisho show cgroup --tree");
	} else if (conf->count && !conf->watch) {
		sek_error("--count is how often to --watch: give both");
	} else {
		return has_columns(conf, scope);
	}
	return false;
}

static int show(const struct conf *conf, const struct sek_globals *g)
{
	int scope = sek_words_match(conf->object.words[0], sek_scope_names, SEK_SCOPE_NR);
	struct sek_out *out __attribute__((cleanup(sek_out_freep))) = NULL;
	struct sek_cgroup_mounts mounts;
	struct table t = { .conf = conf };

	if (!is_usable(conf, scope))
		return SEK_EXIT_USAGE;
	t.scope = scope;
	if (g->json && !sek_cgroup_mounts(&mounts))
		t.mounts = &mounts;
	t.out = out = sek_cmd_out(g);
	if (!out)
		return SEK_EXIT_FAILED;
	choose_columns(&t);
	return watch(&t, g);
}

int sek_cmd_show(int argc, char **argv, const struct sek_globals *g)
{
	struct conf conf = {};
	int status;

	if (sek_cmd_parse(&opts, argc, argv, &conf, &conf.help, &status))
		status = show(&conf, g);
	sek_opts_free(&opts, &conf);
	return status;
}
