// SPDX-License-Identifier: GPL-2.0-only
/* Rows of what has gone: interfaces from their namespace, cgroups from their parent. */
#include "counters_priv.h"

#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include "books.h"
#include "cgroup.h"

static int find_moved(const struct sek_removed_key *key, void *arg)
{
	struct sek_walk *w = arg;
	struct sek_removed value;
	int err = sek_books_removed(w->m, key->point, key->owner, &value);

	/* There is one at most: moves follow each other. */
	if (!err && value.from != SEK_FROM_NONE) {
		w->moved.from = value.from;
		w->moved.point = key->point;
		w->moved.slot = value.slot;
		w->moved.owner = value.owner;
	}
	return err;
}

int sek_counters_find_moved(struct sek_walk *w)
{
	return sek_books_each_removed(w->m, find_moved, w);
}

static bool is_moved(const struct sek_walk *w, enum sek_point point, uint64_t owner)
{
	return w->moved.from == SEK_FROM_OWNER && w->moved.point == point &&
	       w->moved.owner == owner;
}

bool sek_counters_is_icmp_moved(const struct sek_walk *w, const struct sek_icmp_key *key)
{
	struct sek_icmp_removed value;
	struct sek_icmp_key to = *key;

	to.slot = 0;
	return !bpf_map_lookup_elem(w->m->fd[SEK_MAP_ICMP_REMOVED], &to, &value) && value.slot &&
	       value.slot == key->slot;
}

int sek_counters_add_removed(const struct sek_walk *w, enum sek_point point, uint64_t owner,
			     struct sek_counters *to)
{
	struct sek_removed value;
	int err;

	if (!owner || is_moved(w, point, owner))
		return 0;
	err = sek_books_removed(w->m, point, owner, &value);
	if (!err)
		sek_maps_counters_add(to, &value.counters);
	return err;
}

/* One kind of rows, out of one map that holds several. */
struct removed_walk {
	const struct sek_walk *w;
	enum sek_scope scope;
	struct sek_points points;
	uint64_t root; /* id of the root cgroup */
	uint32_t n;
	bool late[SEK_POINT_NR]; /* what came too late for its own slot is counted */
};

static bool has_link(const struct sek_walk *w, uint64_t cookie)
{
	for (uint32_t i = 1; i < w->m->link_slots; i++) {
		if (w->links[i].netns_cookie == cookie)
			return true;
	}
	return false;
}

static int link_rows(struct removed_walk *r, const struct sek_removed_key *key,
		     const struct sek_counters *counters)
{
	struct sek_row row = { .removed = true, .slot = SEK_SLOT_MAX + 1 + r->n++ };

	row.netns = key->owner ? sek_counters_netns(r->w, key->owner) : SEK_NAME_REMOVED;
	for (size_t i = 0; i < r->w->netns_n; i++) {
		if (r->w->netns[i].cookie == key->owner)
			row.netns_ino = r->w->netns[i].ino;
	}
	if (r->scope == SEK_SCOPE_LINK)
		row.ifname = SEK_NAME_REMOVED;
	return sek_counters_emit(r->w, &row, key->point, counters);
}

static int cgroup_rows(struct removed_walk *r, uint64_t owner, enum sek_point point,
		       const struct sek_counters *counters)
{
	struct sek_cgroup_names names;
	struct sek_row row = { .removed = true, .slot = SEK_SLOT_MAX + 1 + r->n++ };

	sek_counters_set_cgroup(r->w, &row, owner, &names);
	if (!owner)
		row.cgroup = SEK_NAME_REMOVED;
	row.cgroup_name = SEK_NAME_REMOVED;
	return sek_counters_emit(r->w, &row, point, counters);
}

static int one(const struct sek_removed_key *key, void *arg)
{
	struct removed_walk *r = arg;
	struct sek_counters late;
	struct sek_removed value;
	int err;

	if (key->point < r->points.first || key->point >= r->points.end ||
	    is_moved(r->w, key->point, key->owner))
		return 0;
	/* Sums of a namespace have what was removed from it. */
	if (r->scope == SEK_SCOPE_NETNS && key->owner && has_link(r->w, key->owner))
		return 0;
	err = sek_books_removed(r->w->m, key->point, key->owner, &value);
	if (err)
		return err;
	if (key->point < SEK_POINT_LINK_NR)
		return link_rows(r, key, &value.counters);
	if (key->owner == r->root) {
		err = sek_counters_read(r->w, key->point, SEK_CGROUP_SLOT_REMOVED, &late);
		sek_maps_counters_add(&value.counters, &late);
		r->late[key->point] = true;
	}
	return err ?: cgroup_rows(r, key->owner, key->point, &value.counters);
}

static int late_rows(struct removed_walk *r)
{
	struct sek_counters late;
	int err = 0;

	for (uint32_t point = r->points.first; point < r->points.end && !err; point++) {
		if (r->late[point])
			continue;
		err = sek_counters_read(r->w, point, SEK_CGROUP_SLOT_REMOVED, &late);
		if (!err)
			err = cgroup_rows(r, r->root, point, &late);
	}
	return err;
}

static int icmp_rows(const struct sek_walk *w)
{
	int fd = w->m->fd[SEK_MAP_ICMP_REMOVED], err = 0;
	struct sek_icmp_key key, *last = NULL;
	struct sek_icmp_removed value;

	while (!err && !bpf_map_get_next_key(fd, last, &key)) {
		struct sek_row row = { .removed = true,
				       .family = key.family,
				       .icmp_type = key.type,
				       .icmp_code = key.code };

		last = &key;
		if (key.point >= SEK_POINT_NR || bpf_map_lookup_elem(fd, &key, &value))
			continue;
		if (key.point >= SEK_POINT_LINK_NR) {
			row.cgroup = SEK_NAME_REMOVED;
			row.cgroup_name = SEK_NAME_REMOVED;
		} else {
			row.netns = SEK_NAME_REMOVED;
			row.ifname = SEK_NAME_REMOVED;
		}
		sek_counters_set_point(&row, key.point);
		sek_counters_set_cell(&row, &value.cell);
		err = w->fn(&row, w->arg);
	}
	return err;
}

int sek_counters_walk_removed(const struct sek_walk *w, enum sek_scope scope)
{
	struct removed_walk r = { .w = w, .scope = scope, .points = sek_counters_points(scope) };
	bool cgroups = r.points.first >= SEK_POINT_LINK_NR;
	__u64 root = 0;
	int err;

	/* Peers have theirs among their own rows. */
	if (scope == SEK_SCOPE_PEER)
		return 0;
	if (scope == SEK_SCOPE_ICMP)
		return icmp_rows(w);
	if (cgroups && w->cgroup_fd >= 0 && !sek_cgroup_id(w->cgroup_mount, &root))
		r.root = root;
	err = sek_books_each_removed(w->m, one, &r);
	return err || !cgroups ? err : late_rows(&r);
}
