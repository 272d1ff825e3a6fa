// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adding up what another version's maps have. Nobody counts there any more, and all of it goes to
 * entries of sek_removed that nobody else has written: so who does it again, because the first one
 * died, gets the same sums, and leaves alone what is there.
 */
#include "inherit_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "cgroup.h"
#include "cleanup.h"

struct sum {
	struct sek_removed_key key;
	struct sek_removed value;
};

struct sums {
	const struct sek_inherit *h;
	const struct sek_maps *m;
	struct sum *v;
	size_t n;
	size_t room;	      /* in memory */
	size_t limit;	      /* in the map */
	struct sek_cell *raw; /* a value of the old maps, all CPUs */
	char mount[PATH_MAX];
	int mount_fd;
	uint64_t root;
	struct {
		uint32_t from;
		uint32_t point;
		uint32_t slot;
		uint64_t owner;
	} moved; /* what a move that was cut off has added to its target already */
};

static struct sum *find(struct sums *s, uint64_t owner, uint32_t point)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i].key.owner == owner && s->v[i].key.point == point)
			return &s->v[i];
	}
	return NULL;
}

static struct sum *get(struct sums *s, uint64_t owner, uint32_t point)
{
	struct sum *found = find(s, owner, point), *v;

	if (found)
		return found;
	/* More than the map holds: those of all that are gone. */
	if (s->n >= s->limit && owner)
		return get(s, 0, point);
	if (s->n == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		v = reallocarray(s->v, s->room, sizeof(*v));
		if (!v)
			return NULL;
		s->v = v;
	}
	v = &s->v[s->n++];
	memset(v, 0, sizeof(*v));
	v->key.owner = owner;
	v->key.point = point;
	return v;
}

/* @from: so many values of the old version's counters, to be added up */
static int add(struct sums *s, uint64_t owner, uint32_t point, const struct sek_cell *from,
	       uint32_t n, const __u64 *ancestors)
{
	struct sum *sum;
	bool any = false;

	for (uint32_t i = 0; i < n * s->h->cells; i++)
		any |= from[i].skbs != 0;
	if (!any)
		return 0;
	sum = get(s, owner, s->h->layout->points[point]);
	if (!sum)
		return -ENOMEM;
	if (ancestors && sum->key.owner)
		memcpy(sum->value.ancestors, ancestors, sizeof(sum->value.ancestors));
	for (uint32_t i = 0; i < n * s->h->cells; i++) {
		struct sek_cell *to = &sum->value.counters.cell[s->h->cell[i % s->h->cells]];

		to->skbs += from[i].skbs;
		to->skb_bytes += from[i].skb_bytes;
		to->gso_packets += from[i].gso_packets;
		to->gso_bytes += from[i].gso_bytes;
	}
	return 0;
}

/* What comes out of a tunnel has its cell, among all that a packet can be. */
static void add_tunnel_cell(const struct sums *s, uint32_t family, const struct sek_cell *values)
{
	uint32_t ours = sek_cell_index(family, SEK_CLASS_WIREGUARD_DATA, SEK_CERTAINTY_KNOWN), i;

	for (i = 0; i < s->h->cells && s->h->cell[i] != ours; i++)
		;
	for (uint32_t cpu = 0; cpu < s->h->cpus && i < s->h->cells; cpu++) {
		s->raw[i].skbs += values[cpu].skbs;
		s->raw[i].skb_bytes += values[cpu].skb_bytes;
	}
}

static int add_tunnel(struct sums *s, uint32_t slot, uint32_t point, uint64_t owner,
		      const __u64 *ancestors)
{
	struct sek_cell values[s->h->cpus];

	memset(s->raw, 0, s->h->cells * sizeof(*s->raw));
	for (uint32_t family = 0; family < SEK_FAMILY_NONE; family++) {
		__u32 index = sek_tunnel_cell_index(slot, family);

		if (bpf_map_lookup_elem(s->h->fd[SEK_MAP_TUNNEL_COUNT], &index, values))
			return -errno;
		add_tunnel_cell(s, family, values);
	}
	return add(s, owner, point, s->raw, 1, ancestors);
}

static int add_slot(struct sums *s, uint32_t slot, uint32_t point, uint64_t owner,
		    const __u64 *ancestors)
{
	const struct sek_inherit_layout *l = s->h->layout;
	bool cgroup = point >= l->link_points;
	__u32 index = cgroup ? slot * l->cgroup_points + point - l->link_points
			     : slot * l->link_points + point;

	if (s->moved.from == SEK_FROM_SLOT && s->moved.point == point && s->moved.slot == slot)
		return 0;
	if (point >= l->link_points + l->cgroup_points)
		return add_tunnel(s, slot, point, owner, ancestors);
	if (bpf_map_lookup_elem(s->h->fd[cgroup ? SEK_MAP_CGROUP_COUNT : SEK_MAP_LINK_COUNT],
				&index, s->raw))
		return -errno;
	return add(s, owner, point, s->raw, s->h->cpus, ancestors);
}

static int add_links(struct sums *s)
{
	int err = 0;

	for (__u32 slot = 0; slot < s->h->link_slots && !err; slot++) {
		struct sek_link link = {};

		if (bpf_map_lookup_elem(s->h->fd[SEK_MAP_LINKS], &slot, &link))
			return -errno;
		for (uint32_t p = 0; p < s->h->layout->link_points && !err; p++) {
			if (slot == SEK_SLOT_OVERFLOW || link.netns_cookie)
				err = add_slot(s, slot, p, link.netns_cookie, NULL);
		}
	}
	return err;
}

static bool is_alive(const struct sums *s, uint64_t id, char path[PATH_MAX])
{
	return s->mount_fd >= 0 && !sek_cgroup_path(s->mount_fd, s->mount, id, path, PATH_MAX);
}

/* Of a cgroup that is there: by its path. */
static void set_ancestors(const struct sums *s, char *path, __u64 ret[SEK_CGROUP_DEPTH])
{
	char whole[2 * PATH_MAX];
	int n = 0;

	memset(ret, 0, SEK_CGROUP_DEPTH * sizeof(*ret));
	for (char *slash; n < SEK_CGROUP_DEPTH && path[1] && (slash = strrchr(path, '/')); n++) {
		slash[slash == path] = '\0';
		snprintf(whole, sizeof(whole), "%s%s", s->mount, path);
		if (sek_cgroup_id(whole, &ret[n]))
			break;
	}
}

/* Of one that is not: the nearest that is, and its ancestors; at last the root. */
static uint64_t heir(const struct sums *s, uint64_t id, __u64 ret[SEK_CGROUP_DEPTH])
{
	struct sek_cgroup_gone gone = {};
	char path[PATH_MAX];

	if (is_alive(s, id, path)) {
		set_ancestors(s, path, ret);
		return id;
	}
	bpf_map_lookup_elem(s->h->fd[SEK_MAP_CGROUP_GONE], &id, &gone);
	for (int i = 0; i < SEK_CGROUP_DEPTH && gone.ancestors[i]; i++) {
		if (!is_alive(s, gone.ancestors[i], path))
			continue;
		set_ancestors(s, path, ret);
		return gone.ancestors[i];
	}
	memset(ret, 0, SEK_CGROUP_DEPTH * sizeof(*ret));
	return s->root;
}

static int add_cgroups(struct sums *s)
{
	const struct sek_inherit_layout *l = s->h->layout;
	int err = 0;

	for (__u32 slot = 0; slot < s->h->cgroup_slots && !err; slot++) {
		uint64_t id = 0, owner = 0;
		__u64 ancestors[SEK_CGROUP_DEPTH] = {};

		if (bpf_map_lookup_elem(s->h->fd[SEK_MAP_CGROUP_OWNER], &slot, &id))
			return -errno;
		if (slot >= SEK_CGROUP_SLOT_FIRST && !id)
			continue;
		if (slot >= SEK_CGROUP_SLOT_FIRST)
			owner = heir(s, id, ancestors);
		else if (slot == SEK_CGROUP_SLOT_REMOVED)
			owner = s->root;
		for (uint32_t p = l->link_points; p < l->points_n && !err; p++)
			err = add_slot(s, slot, p, owner, ancestors);
	}
	return err;
}

/* Calls @fn for each entry of the old sek_removed; @value is the whole value there. */
static int each_removed(struct sums *s,
			int (*fn)(struct sums *s, const struct sek_removed_key *key,
				  const struct sek_removed *head, const struct sek_cell *cells))
{
	size_t size = offsetof(struct sek_removed, counters);
	SEK_CLEANUP(sek_freep)
	char *value = calloc(1, size + s->h->cells * sizeof(struct sek_cell));
	SEK_CLEANUP(sek_freep) struct sek_removed *head = calloc(1, sizeof(*head));
	struct sek_removed_key key, *last = NULL;
	int fd = s->h->fd[SEK_MAP_REMOVED], err = value && head ? 0 : -ENOMEM;

	for (; !err && !bpf_map_get_next_key(fd, last, &key); last = &key) {
		if (bpf_map_lookup_elem(fd, &key, value))
			return -errno;
		memcpy(head, value, size);
		if (key.point < s->h->layout->points_n)
			err = fn(s, &key, head, (const struct sek_cell *)(value + size));
	}
	return err;
}

static int find_moved(struct sums *s, const struct sek_removed_key *key,
		      const struct sek_removed *head, const struct sek_cell *cells)
{
	(void)cells;
	if (head->from == SEK_FROM_NONE)
		return 0;
	s->moved.from = head->from;
	s->moved.point = key->point;
	s->moved.slot = head->slot;
	s->moved.owner = head->owner;
	return 0;
}

static int add_removed(struct sums *s, const struct sek_removed_key *key,
		       const struct sek_removed *head, const struct sek_cell *cells)
{
	if (s->moved.from == SEK_FROM_OWNER && s->moved.point == key->point &&
	    s->moved.owner == key->owner)
		return 0;
	return add(s, key->owner, key->point, cells, 1, head->ancestors);
}

static int write_sums(const struct sums *s)
{
	for (size_t i = 0; i < s->n; i++) {
		if (bpf_map_update_elem(s->m->fd[SEK_MAP_REMOVED], &s->v[i].key, &s->v[i].value,
					BPF_NOEXIST) &&
		    errno != EEXIST)
			return -errno;
	}
	return 0;
}

/* An exact ICMP type of all slots together, with what was removed already. */
static int add_icmp(const struct sums *s, const struct sek_icmp_key *key)
{
	struct sek_icmp_removed sum = {};
	struct sek_icmp_key all = *key, other, *last = NULL;
	int fd = s->h->fd[SEK_MAP_ICMP_COUNT];
	uint32_t moved;

	all.slot = 0;
	all.point = s->h->layout->points[key->point];
	/* By an earlier slot of the same type. */
	if (!bpf_map_lookup_elem(s->m->fd[SEK_MAP_ICMP_REMOVED], &all, &sum))
		return 0;
	all.point = key->point;
	if (bpf_map_lookup_elem(s->h->fd[SEK_MAP_ICMP_REMOVED], &all, &sum) && errno != ENOENT)
		return -errno;
	moved = sum.slot;
	sum.slot = 0;
	for (; !bpf_map_get_next_key(fd, last, &other); last = &other) {
		struct sek_icmp_key same = other;

		same.slot = 0;
		if (memcmp(&same, &all, sizeof(all)) || (moved && moved == other.slot) ||
		    bpf_map_lookup_elem(fd, &other, s->raw))
			continue;
		for (uint32_t cpu = 0; cpu < s->h->cpus; cpu++) {
			sum.cell.skbs += s->raw[cpu].skbs;
			sum.cell.skb_bytes += s->raw[cpu].skb_bytes;
		}
	}
	all.point = s->h->layout->points[key->point];
	if (bpf_map_update_elem(s->m->fd[SEK_MAP_ICMP_REMOVED], &all, &sum, BPF_NOEXIST) &&
	    errno != EEXIST)
		return -errno;
	return 0;
}

static int each_icmp(const struct sums *s, enum sek_map map)
{
	struct sek_icmp_key key, *last = NULL;
	int err = 0;

	for (; !err && !bpf_map_get_next_key(s->h->fd[map], last, &key); last = &key) {
		if (key.point < s->h->layout->points_n)
			err = add_icmp(s, &key);
	}
	return err;
}

static int add_all(struct sums *s)
{
	int err = each_removed(s, find_moved);

	if (!err)
		err = add_links(s);
	if (!err)
		err = add_cgroups(s);
	if (!err)
		err = each_removed(s, add_removed);
	if (!err)
		err = write_sums(s);
	if (!err)
		err = each_icmp(s, SEK_MAP_ICMP_COUNT);
	return err ?: each_icmp(s, SEK_MAP_ICMP_REMOVED);
}

int sek_inherit_add_up(const struct sek_inherit *h, const struct sek_maps *m)
{
	struct sums s = { .h = h, .m = m, .mount_fd = -1 };
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	__u64 root = 0;
	int err;

	if (bpf_obj_get_info_by_fd(m->fd[SEK_MAP_REMOVED], &info, &len))
		return -errno;
	/* With room for those of all that are gone, which are the last to be asked for. */
	s.limit = info.max_entries - SEK_POINT_NR;
	if (!sek_cgroup_mount(s.mount) && !sek_cgroup_id(s.mount, &root))
		s.mount_fd = open(s.mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s.root = root;
	s.raw = calloc((size_t)h->cpus * h->cells, sizeof(*s.raw));
	err = s.raw ? add_all(&s) : -ENOMEM;
	free(s.raw);
	free(s.v);
	sek_closep(&s.mount_fd);
	return err;
}
