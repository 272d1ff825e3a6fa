// SPDX-License-Identifier: GPL-2.0-only
#include "counters.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "books.h"
#include "cgroup.h"
#include "cgroup_cache.h"
#include "cleanup.h"
#include "counters_priv.h"
#include "netns.h"
#include "netns_cache.h"
#include "peers.h"
#include "ports.h"

const char *const sek_scope_names[SEK_SCOPE_NR] = {
	[SEK_SCOPE_LINK] = "link", [SEK_SCOPE_NETNS] = "netns",	  [SEK_SCOPE_CGROUP] = "cgroup",
	[SEK_SCOPE_PEER] = "peer", [SEK_SCOPE_TUNNEL] = "tunnel", [SEK_SCOPE_ICMP] = "icmp",
};

/* What enum sek_point means to people. */
static const struct {
	const char *hook;
	bool egress;
	enum sek_route route;
} points[SEK_POINT_NR] = {
	[SEK_POINT_XDP] = { "xdp", false, SEK_ROUTE_NONE },
	[SEK_POINT_TC_INGRESS] = { "tc", false, SEK_ROUTE_NONE },
	[SEK_POINT_TC_EGRESS_LOCAL] = { "tc", true, SEK_ROUTE_LOCAL_OUT },
	[SEK_POINT_TC_EGRESS_FORWARDED] = { "tc", true, SEK_ROUTE_FORWARDED },
	[SEK_POINT_TC_EGRESS_OTHER] = { "tc", true, SEK_ROUTE_NONE },
	[SEK_POINT_LOCAL_IN] = { "netfilter", false, SEK_ROUTE_LOCAL_IN },
	[SEK_POINT_CGROUP_INGRESS] = { "cgroup", false, SEK_ROUTE_LOCAL_IN },
	[SEK_POINT_CGROUP_EGRESS] = { "cgroup", true, SEK_ROUTE_LOCAL_OUT },
	[SEK_POINT_TUNNEL] = { "tunnel", true, SEK_ROUTE_LOCAL_OUT },
};

struct sek_points sek_counters_points(enum sek_scope scope)
{
	switch (scope) {
	case SEK_SCOPE_CGROUP:
		return (struct sek_points){ SEK_POINT_LINK_NR, SEK_POINT_TUNNEL };
	case SEK_SCOPE_TUNNEL:
		return (struct sek_points){ SEK_POINT_TUNNEL, SEK_POINT_NR };
	default:
		return (struct sek_points){ 0, SEK_POINT_LINK_NR };
	}
}

const char *sek_counters_netns(const struct sek_walk *w, uint64_t cookie)
{
	for (size_t i = 0; i < w->netns_n; i++) {
		if (w->netns[i].cookie == cookie)
			return w->netns[i].name;
	}
	for (uint32_t i = 1; i < w->m->link_slots; i++) {
		if (w->links[i].netns_cookie == cookie)
			return w->links[i].netns;
	}
	return SEK_NAME_REMOVED;
}

static void set_link(const struct sek_walk *w, struct sek_row *row, uint32_t slot)
{
	const struct sek_link *link = &w->links[slot];

	row->slot = slot;
	if (slot == SEK_SLOT_OVERFLOW) {
		row->netns = SEK_NAME_OVERFLOW;
		row->ifname = SEK_NAME_OVERFLOW;
		return;
	}
	row->netns = sek_counters_netns(w, link->netns_cookie);
	row->netns_ino = link->netns_ino;
	row->ifname = link->ifname;
	row->ifindex = link->ifindex;
}

static int find_path(const struct sek_walk *w, uint64_t id, struct sek_cgroup_names *names)
{
	return w->cgroup_fd < 0 ? -ENOENT
				: sek_cgroup_cache_path(w->cgroup_fd, w->cgroup_mount, id,
							names->path, sizeof(names->path));
}

/* A cgroup that was removed belongs to the nearest ancestor that is there, settled or not. */
static int find_heir(const struct sek_walk *w, uint64_t id, struct sek_cgroup_names *names)
{
	struct sek_cgroup_gone gone;

	if (bpf_map_lookup_elem(w->m->fd[SEK_MAP_CGROUP_GONE], &id, &gone))
		return -errno;
	for (int i = 0; i < SEK_CGROUP_DEPTH && gone.ancestors[i]; i++) {
		if (!find_path(w, gone.ancestors[i], names))
			return 0;
	}
	return -ENOENT;
}

void sek_counters_set_cgroup(const struct sek_walk *w, struct sek_row *row, uint64_t id,
			     struct sek_cgroup_names *names)
{
	row->cgroup_id = id;
	row->cgroup = names->path;
	row->cgroup_name = names->name;
	if (!id) {
		strcpy(names->path, SEK_NAME_OVERFLOW);
		strcpy(names->name, SEK_NAME_OVERFLOW);
		return;
	}
	if (!find_path(w, id, names)) {
		sek_cgroup_name(names->path, names->name, sizeof(names->name));
		return;
	}
	row->removed = true;
	strcpy(names->name, SEK_NAME_REMOVED);
	if (find_heir(w, id, names))
		snprintf(names->path, sizeof(names->path), SEK_NAME_REMOVED ":%llu",
			 (unsigned long long)id);
}

void sek_counters_set_cell(struct sek_row *row, const struct sek_cell *cell)
{
	row->skbs = cell->skbs;
	row->skb_bytes = cell->skb_bytes;
	row->packets = cell->skbs + cell->gso_packets;
	row->bytes = cell->skb_bytes + cell->gso_bytes;
}

void sek_counters_set_point(struct sek_row *row, enum sek_point point)
{
	row->point = point;
	row->hook = points[point].hook;
	row->egress = points[point].egress;
	row->route = points[point].route;
}

/* The inverse of sek_cell_index(). */
static void set_kind(struct sek_row *row, uint32_t index)
{
	row->certainty = SEK_CERTAINTY_SHAPE;
	if (index >= SEK_CELL_NONE) {
		row->family = SEK_FAMILY_NONE;
		row->class = SEK_CLASS_MALFORMED + (index - SEK_CELL_NONE);
		return;
	}
	row->family = index / SEK_CELL_IP_NR;
	row->class = index % SEK_CELL_IP_NR;
	if (row->class >= SEK_CLASS_IP_NR) {
		row->certainty = 1 + (row->class - SEK_CLASS_IP_NR) / SEK_CLASS_WIREGUARD_NR;
		row->class = (row->class - SEK_CLASS_IP_NR) % SEK_CLASS_WIREGUARD_NR;
	}
}

void sek_counters_kind(struct sek_row *row, enum sek_point point, uint32_t cell)
{
	sek_counters_set_point(row, point);
	set_kind(row, cell);
}

/* Each cell of one identity at one point that has counted something. */
int sek_counters_emit(const struct sek_walk *w, struct sek_row *row, enum sek_point point,
		      const struct sek_counters *counters)
{
	int err = 0;

	sek_counters_set_point(row, point);
	for (uint32_t i = 0; i < SEK_CELL_NR && !err; i++) {
		if (!counters->cell[i].skbs)
			continue;
		set_kind(row, i);
		sek_counters_set_cell(row, &counters->cell[i]);
		err = w->fn(row, w->arg);
	}
	return err;
}

/* What a mover that died has added elsewhere, and not taken away here, is not here. */
int sek_counters_read(const struct sek_walk *w, enum sek_point point, uint32_t slot,
		      struct sek_counters *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (w->moved.from == SEK_FROM_SLOT && w->moved.point == point && w->moved.slot == slot)
		return 0;
	if (w->block)
		return sek_maps_block_get(w->block, sek_maps_index(point, slot), ret);
	return sek_maps_counters(w->m, point, slot, ret);
}

static bool is_used(const struct sek_walk *w, uint32_t slot)
{
	return slot == SEK_SLOT_OVERFLOW || w->links[slot].netns_cookie;
}

static int walk_links(const struct sek_walk *w)
{
	struct sek_counters counters;
	int err = 0;

	for (uint32_t slot = 0; slot < w->m->link_slots && !err; slot++) {
		struct sek_row row = {};

		if (!is_used(w, slot))
			continue;
		set_link(w, &row, slot);
		for (uint32_t point = 0; point < SEK_POINT_LINK_NR && !err; point++) {
			err = sek_counters_read(w, point, slot, &counters);
			if (!err)
				err = sek_counters_emit(w, &row, point, &counters);
		}
	}
	return err;
}

/* Sum over the links of the namespace whose first link is in this slot. */
static int walk_one_netns(const struct sek_walk *w, uint32_t first)
{
	uint64_t cookie = w->links[first].netns_cookie;
	struct sek_row row = {};
	int err = 0;

	set_link(w, &row, first);
	row.ifname = NULL;
	row.ifindex = 0;
	for (uint32_t point = 0; point < SEK_POINT_LINK_NR && !err; point++) {
		struct sek_counters sum = {}, one;

		for (uint32_t slot = first; slot < w->m->link_slots && !err; slot++) {
			if (w->links[slot].netns_cookie != cookie)
				continue;
			err = sek_counters_read(w, point, slot, &one);
			sek_maps_counters_add(&sum, &one);
			if (first == SEK_SLOT_OVERFLOW)
				break;
		}
		if (!err)
			err = sek_counters_add_removed(w, point, cookie, &sum);
		if (!err)
			err = sek_counters_emit(w, &row, point, &sum);
	}
	return err;
}

static int walk_netns(const struct sek_walk *w)
{
	int err = 0;

	for (uint32_t slot = 0; slot < w->m->link_slots && !err; slot++) {
		bool first = is_used(w, slot);

		for (uint32_t i = 1; i < slot && first; i++)
			first = w->links[i].netns_cookie != w->links[slot].netns_cookie;
		if (first)
			err = walk_one_netns(w, slot);
	}
	return err;
}

/* Of cgroups: what their sockets did, or what tunnels did for them. @used: NULL, or which to ask */
static int walk_slots(const struct sek_walk *w, enum sek_scope scope, const bool *used)
{
	struct sek_points at = sek_counters_points(scope);
	struct sek_cgroup_names names;
	struct sek_counters counters;
	int err = 0;

	for (uint32_t slot = 0; !err && slot < w->m->cgroup_slots; slot++) {
		struct sek_row row = {};

		if ((slot != SEK_SLOT_OVERFLOW && !w->owners[slot]) || (used && !used[slot]))
			continue;
		row.slot = slot;
		sek_counters_set_cgroup(w, &row, w->owners[slot], &names);
		for (uint32_t point = at.first; point < at.end && !err; point++) {
			err = sek_counters_read(w, point, slot, &counters);
			if (!err)
				err = sek_counters_emit(w, &row, point, &counters);
		}
	}
	return err;
}

static int walk_cgroups(const struct sek_walk *w)
{
	return walk_slots(w, SEK_SCOPE_CGROUP, NULL);
}

static int walk_tunnels(const struct sek_walk *w)
{
	SEK_CLEANUP(sek_freep) bool *used = NULL;
	int err = sek_maps_tunnel_slots(w->m, &used);

	return err ?: walk_slots(w, SEK_SCOPE_TUNNEL, used);
}

static int compare_keys(const void *a, const void *b)
{
	const struct sek_icmp_key *x = a, *y = b;
	bool xc = x->point >= SEK_POINT_LINK_NR, yc = y->point >= SEK_POINT_LINK_NR;

	if (xc != yc)
		return xc - yc;
	return memcmp(x, y, sizeof(*x));
}

static int icmp_keys(const struct sek_maps *m, struct sek_icmp_key **ret, size_t *n)
{
	struct sek_icmp_key key, *last = NULL, *keys = NULL;
	size_t room = 0;

	*n = 0;
	while (!bpf_map_get_next_key(m->fd[SEK_MAP_ICMP_COUNT], last, &key)) {
		if (*n == room) {
			struct sek_icmp_key *more;

			room = room ? 2 * room : 64;
			more = reallocarray(keys, room, sizeof(*keys));
			if (!more) {
				free(keys);
				return -ENOMEM;
			}
			keys = more;
		}
		keys[(*n)++] = key;
		last = &key;
	}
	if (*n)
		qsort(keys, *n, sizeof(*keys), compare_keys);
	*ret = keys;
	return 0;
}

static int walk_one_icmp(const struct sek_walk *w, const struct sek_icmp_key *key,
			 uint64_t cgroup_id)
{
	struct sek_cell values[w->m->cpus], sum = {};
	struct sek_cgroup_names names;
	struct sek_row row = { .family = key->family,
			       .icmp_type = key->type,
			       .icmp_code = key->code };

	if (sek_counters_is_icmp_moved(w, key))
		return 0;
	if (bpf_map_lookup_elem(w->m->fd[SEK_MAP_ICMP_COUNT], key, values))
		return errno == ENOENT ? 0 : -errno;
	for (uint32_t cpu = 0; cpu < w->m->cpus; cpu++) {
		sum.skbs += values[cpu].skbs;
		sum.skb_bytes += values[cpu].skb_bytes;
	}
	if (key->point >= SEK_POINT_LINK_NR)
		sek_counters_set_cgroup(w, &row, cgroup_id, &names);
	else
		set_link(w, &row, key->slot);
	sek_counters_set_point(&row, key->point);
	sek_counters_set_cell(&row, &sum);
	return w->fn(&row, w->arg);
}

static int walk_icmp(const struct sek_walk *w)
{
	struct sek_icmp_key *keys = NULL;
	size_t n = 0;
	int err = icmp_keys(w->m, &keys, &n);

	for (size_t i = 0; i < n && !err; i++) {
		bool cgroup = keys[i].point >= SEK_POINT_LINK_NR;

		if (keys[i].point < SEK_POINT_NR &&
		    keys[i].slot < (cgroup ? w->m->cgroup_slots : w->m->link_slots))
			err = walk_one_icmp(w, &keys[i], cgroup ? w->owners[keys[i].slot] : 0);
	}
	free(keys);
	return err;
}

/* Peers come and move without an event: who may, asks where they are now. */
static int walk_peers(const struct sek_walk *w)
{
	sek_ports_refresh_all(w->m, w->links, w->netns, w->netns_n, NULL);
	return sek_peers_walk(w->m, w->netns, w->netns_n, w->fn, w->arg);
}

static int read_ahead(struct sek_walk *w, enum sek_scope scope)
{
	enum sek_map map = scope == SEK_SCOPE_LINK ? SEK_MAP_LINK_COUNT : SEK_MAP_CGROUP_COUNT;

	if (scope != SEK_SCOPE_LINK && scope != SEK_SCOPE_CGROUP)
		return 0;
	w->block = sek_maps_block_new(w->m, map);
	return w->block ? 0 : -ENOMEM;
}

static void stop_reading_ahead(struct sek_walk *w)
{
	sek_maps_block_free(w->block);
	w->block = NULL;
}

/* Names are a courtesy: without them rows carry what was recorded. */
static void look_up_names(struct sek_walk *w, enum sek_scope scope)
{
	int err = 0;

	/* Only who asks where peers are enters namespaces. */
	if (scope == SEK_SCOPE_PEER)
		err = sek_netns_list(&w->netns, &w->netns_n);
	else if (scope != SEK_SCOPE_CGROUP && scope != SEK_SCOPE_TUNNEL)
		err = sek_netns_cache_list(w->links, w->m->link_slots, &w->netns, &w->netns_n);
	if (err)
		w->netns_n = 0;
	if (scope >= SEK_SCOPE_CGROUP && !sek_cgroup_mount(w->cgroup_mount))
		w->cgroup_fd = open(w->cgroup_mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int sek_counters_walk(const struct sek_maps *m, enum sek_scope scope, sek_row_fn fn, void *arg)
{
	static int (*const walks[SEK_SCOPE_NR])(const struct sek_walk *) = {
		[SEK_SCOPE_LINK] = walk_links,	   [SEK_SCOPE_NETNS] = walk_netns,
		[SEK_SCOPE_CGROUP] = walk_cgroups, [SEK_SCOPE_ICMP] = walk_icmp,
		[SEK_SCOPE_PEER] = walk_peers,	   [SEK_SCOPE_TUNNEL] = walk_tunnels,
	};
	struct sek_walk w = { .m = m, .fn = fn, .arg = arg, .cgroup_fd = -1 };
	/* Nothing is moved while it is read, or it would be seen twice or never. */
	SEK_CLEANUP(sek_closep) int lock = sek_books_lock(false);
	int err = lock < 0 ? lock : sek_maps_links(m, &w.links);

	if (!err)
		err = sek_maps_owners(m, &w.owners);
	if (!err)
		err = sek_counters_find_moved(&w);
	if (!err)
		err = read_ahead(&w, scope);
	if (!err) {
		look_up_names(&w, scope);
		err = walks[scope](&w);
	}
	stop_reading_ahead(&w);
	if (!err)
		err = sek_counters_walk_removed(&w, scope);
	if (w.cgroup_fd >= 0)
		close(w.cgroup_fd);
	if (w.netns_n)
		sek_netns_free(w.netns, w.netns_n);
	free(w.owners);
	free(w.links);
	return err;
}

int sek_counters_total(struct sek_maps_block *block, uint32_t slot, enum sek_point point,
		       struct sek_cell *ret)
{
	struct sek_counters counters;
	int err = sek_maps_block_get(block, sek_maps_index(point, slot), &counters);

	for (int i = 0; i < SEK_CELL_NR && !err; i++) {
		ret->skbs += counters.cell[i].skbs;
		ret->skb_bytes += counters.cell[i].skb_bytes;
		ret->gso_packets += counters.cell[i].gso_packets;
		ret->gso_bytes += counters.cell[i].gso_bytes;
	}
	return err;
}
