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

#include "cgroup.h"
#include "netns.h"

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
};

/* One walk: the maps, and the names that were looked up once for all rows. */
struct walk {
	const struct sek_maps *m;
	sek_row_fn fn;
	void *arg;
	struct sek_link *links;
	struct sek_netns *netns;
	size_t netns_n;
	char cgroup_mount[PATH_MAX];
	int cgroup_fd;
};

/* A namespace is called what it is called now, or else what it was called. */
static const char *netns_name(const struct walk *w, const struct sek_link *link)
{
	for (size_t i = 0; i < w->netns_n; i++) {
		if (w->netns[i].cookie == link->netns_cookie)
			return w->netns[i].name;
	}
	return link->netns;
}

static void set_link(const struct walk *w, struct sek_row *row, uint32_t slot)
{
	const struct sek_link *link = &w->links[slot];

	row->slot = slot;
	if (slot == SEK_SLOT_OVERFLOW) {
		row->netns = SEK_NAME_OVERFLOW;
		row->ifname = SEK_NAME_OVERFLOW;
		return;
	}
	row->netns = netns_name(w, link);
	row->netns_ino = link->netns_ino;
	row->ifname = link->ifname;
	row->ifindex = link->ifindex;
}

/* Names of one cgroup, in buffers of the caller. */
struct cgroup_names {
	char path[PATH_MAX];
	char name[NAME_MAX + 1];
};

static void set_cgroup(const struct walk *w, struct sek_row *row, uint64_t id,
		       struct cgroup_names *names)
{
	row->cgroup_id = id;
	row->cgroup = names->path;
	row->cgroup_name = names->name;
	if (!id) {
		strcpy(names->path, SEK_NAME_OVERFLOW);
		strcpy(names->name, SEK_NAME_OVERFLOW);
	} else if (w->cgroup_fd < 0 ||
		   sek_cgroup_path(w->cgroup_fd, w->cgroup_mount, id, names->path,
				   sizeof(names->path))) {
		snprintf(names->path, sizeof(names->path), "removed:%llu", (unsigned long long)id);
		strcpy(names->name, "removed");
	} else {
		sek_cgroup_name(names->path, names->name, sizeof(names->name));
	}
}

static void set_cell(struct sek_row *row, const struct sek_cell *cell)
{
	row->skbs = cell->skbs;
	row->skb_bytes = cell->skb_bytes;
	row->packets = cell->skbs + cell->gso_packets;
	row->bytes = cell->skb_bytes + cell->gso_bytes;
}

static void set_point(struct sek_row *row, enum sek_point point)
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
	set_point(row, point);
	set_kind(row, cell);
}

/* Each cell of one identity at one point that has counted something. */
static int emit(const struct walk *w, struct sek_row *row, enum sek_point point,
		const struct sek_counters *counters)
{
	int err = 0;

	set_point(row, point);
	for (uint32_t i = 0; i < SEK_CELL_NR && !err; i++) {
		if (!counters->cell[i].skbs)
			continue;
		set_kind(row, i);
		set_cell(row, &counters->cell[i]);
		err = w->fn(row, w->arg);
	}
	return err;
}

static bool is_used(const struct walk *w, uint32_t slot)
{
	return slot == SEK_SLOT_OVERFLOW || w->links[slot].netns_cookie;
}

static int walk_links(const struct walk *w)
{
	struct sek_counters counters;
	int err = 0;

	for (uint32_t slot = 0; slot < w->m->link_slots && !err; slot++) {
		struct sek_row row = {};

		if (!is_used(w, slot))
			continue;
		set_link(w, &row, slot);
		for (uint32_t point = 0; point < SEK_POINT_LINK_NR && !err; point++) {
			err = sek_maps_counters(w->m, SEK_MAP_LINK_COUNT,
						slot * SEK_POINT_LINK_NR + point, &counters);
			if (!err)
				err = emit(w, &row, point, &counters);
		}
	}
	return err;
}

static void add(struct sek_counters *to, const struct sek_counters *from)
{
	for (int i = 0; i < SEK_CELL_NR; i++) {
		to->cell[i].skbs += from->cell[i].skbs;
		to->cell[i].skb_bytes += from->cell[i].skb_bytes;
		to->cell[i].gso_packets += from->cell[i].gso_packets;
		to->cell[i].gso_bytes += from->cell[i].gso_bytes;
	}
}

/* Sum over the links of the namespace whose first link is in this slot. */
static int walk_one_netns(const struct walk *w, uint32_t first)
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
			err = sek_maps_counters(w->m, SEK_MAP_LINK_COUNT,
						slot * SEK_POINT_LINK_NR + point, &one);
			add(&sum, &one);
			if (first == SEK_SLOT_OVERFLOW)
				break;
		}
		if (!err)
			err = emit(w, &row, point, &sum);
	}
	return err;
}

static int walk_netns(const struct walk *w)
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

/* slot -> cgroup id, for all that were given out; freed by the caller */
static int cgroup_ids(const struct sek_maps *m, uint64_t **ret)
{
	uint64_t *ids = calloc(m->cgroup_slots, sizeof(*ids));
	__u64 key, *last = NULL;
	__u32 slot;

	if (!ids)
		return -ENOMEM;
	while (!bpf_map_get_next_key(m->fd[SEK_MAP_CGROUP_IDS], last, &key)) {
		if (!bpf_map_lookup_elem(m->fd[SEK_MAP_CGROUP_IDS], &key, &slot) &&
		    slot < m->cgroup_slots)
			ids[slot] = key;
		last = &key;
	}
	*ret = ids;
	return 0;
}

static int walk_cgroups(const struct walk *w)
{
	struct sek_counters counters;
	struct cgroup_names names;
	uint64_t *ids = NULL;
	int err = cgroup_ids(w->m, &ids);

	for (uint32_t slot = 0; !err && slot < w->m->cgroup_slots; slot++) {
		struct sek_row row = {};

		if (slot != SEK_SLOT_OVERFLOW && !ids[slot])
			continue;
		row.slot = slot;
		set_cgroup(w, &row, ids[slot], &names);
		for (uint32_t i = 0; i < SEK_POINT_CGROUP_NR && !err; i++) {
			err = sek_maps_counters(w->m, SEK_MAP_CGROUP_COUNT,
						slot * SEK_POINT_CGROUP_NR + i, &counters);
			if (!err)
				err = emit(w, &row, SEK_POINT_LINK_NR + i, &counters);
		}
	}
	free(ids);
	return err;
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

static int walk_one_icmp(const struct walk *w, const struct sek_icmp_key *key, uint64_t cgroup_id)
{
	struct sek_cell values[w->m->cpus], sum = {};
	struct cgroup_names names;
	struct sek_row row = { .family = key->family,
			       .icmp_type = key->type,
			       .icmp_code = key->code };

	/* Rows are never deleted while sekisho is loaded. */
	if (bpf_map_lookup_elem(w->m->fd[SEK_MAP_ICMP_COUNT], key, values))
		return -errno;
	for (uint32_t cpu = 0; cpu < w->m->cpus; cpu++) {
		sum.skbs += values[cpu].skbs;
		sum.skb_bytes += values[cpu].skb_bytes;
	}
	if (key->point >= SEK_POINT_LINK_NR)
		set_cgroup(w, &row, cgroup_id, &names);
	else
		set_link(w, &row, key->slot);
	set_point(&row, key->point);
	set_cell(&row, &sum);
	return w->fn(&row, w->arg);
}

static int walk_icmp(const struct walk *w)
{
	struct sek_icmp_key *keys = NULL;
	uint64_t *ids = NULL;
	size_t n = 0;
	int err = cgroup_ids(w->m, &ids);

	if (!err)
		err = icmp_keys(w->m, &keys, &n);
	for (size_t i = 0; i < n && !err; i++) {
		bool cgroup = keys[i].point >= SEK_POINT_LINK_NR;

		if (keys[i].point < SEK_POINT_NR &&
		    keys[i].slot < (cgroup ? w->m->cgroup_slots : w->m->link_slots))
			err = walk_one_icmp(w, &keys[i], cgroup ? ids[keys[i].slot] : 0);
	}
	free(keys);
	free(ids);
	return err;
}

int sek_counters_walk(const struct sek_maps *m, enum sek_scope scope, sek_row_fn fn, void *arg)
{
	static int (*const walks[SEK_SCOPE_NR])(const struct walk *) = {
		[SEK_SCOPE_LINK] = walk_links,
		[SEK_SCOPE_NETNS] = walk_netns,
		[SEK_SCOPE_CGROUP] = walk_cgroups,
		[SEK_SCOPE_ICMP] = walk_icmp,
	};
	struct walk w = { .m = m, .fn = fn, .arg = arg, .cgroup_fd = -1 };
	int err = sek_maps_links(m, &w.links);

	/* Names are a courtesy: without them rows carry what was recorded. */
	if (!err && scope != SEK_SCOPE_CGROUP && sek_netns_list(&w.netns, &w.netns_n))
		w.netns_n = 0;
	if (!err && scope >= SEK_SCOPE_CGROUP && !sek_cgroup_mount(w.cgroup_mount))
		w.cgroup_fd = open(w.cgroup_mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!err)
		err = walks[scope](&w);
	if (w.cgroup_fd >= 0)
		close(w.cgroup_fd);
	if (w.netns_n)
		sek_netns_free(w.netns, w.netns_n);
	free(w.links);
	return err;
}

int sek_counters_total(const struct sek_maps *m, uint32_t slot, enum sek_point point,
		       struct sek_cell *ret)
{
	bool cgroup = point >= SEK_POINT_LINK_NR;
	uint32_t index = cgroup ? slot * SEK_POINT_CGROUP_NR + point - SEK_POINT_LINK_NR :
				  slot * SEK_POINT_LINK_NR + point;
	struct sek_counters counters;
	int err = sek_maps_counters(m, cgroup ? SEK_MAP_CGROUP_COUNT : SEK_MAP_LINK_COUNT, index,
				    &counters);

	for (int i = 0; i < SEK_CELL_NR && !err; i++) {
		ret->skbs += counters.cell[i].skbs;
		ret->skb_bytes += counters.cell[i].skb_bytes;
		ret->gso_packets += counters.cell[i].gso_packets;
		ret->gso_bytes += counters.cell[i].gso_bytes;
	}
	return err;
}
