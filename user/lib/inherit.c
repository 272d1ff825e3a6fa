// SPDX-License-Identifier: GPL-2.0-only
#include "inherit_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "books.h"
#include "cleanup.h"
#include "state.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The last one is new in 5. */
static const uint8_t points_5[] = {
	SEK_POINT_XDP,
	SEK_POINT_TC_INGRESS,
	SEK_POINT_TC_EGRESS_LOCAL,
	SEK_POINT_TC_EGRESS_FORWARDED,
	SEK_POINT_TC_EGRESS_OTHER,
	SEK_POINT_LOCAL_IN,
	SEK_POINT_CGROUP_INGRESS,
	SEK_POINT_CGROUP_EGRESS,
	SEK_POINT_TUNNEL,
};

static const uint8_t classes_5[] = {
	SEK_CLASS_WIREGUARD_INITIATION,
	SEK_CLASS_WIREGUARD_RESPONSE,
	SEK_CLASS_WIREGUARD_COOKIE,
	SEK_CLASS_WIREGUARD_DATA,
	SEK_CLASS_WIREGUARD_KEEPALIVE,
	SEK_CLASS_ICMP_ECHO_REQUEST,
	SEK_CLASS_ICMP_ECHO_REPLY,
	SEK_CLASS_ICMP_UNREACHABLE,
	SEK_CLASS_ICMP_TOO_BIG,
	SEK_CLASS_ICMP_TIME_EXCEEDED,
	SEK_CLASS_ICMP_REDIRECT,
	SEK_CLASS_ICMP_NEIGHBOR,
	SEK_CLASS_ICMP_OTHER,
	SEK_CLASS_TCP,
	SEK_CLASS_UDP,
	SEK_CLASS_OTHER_IP,
	SEK_CLASS_FRAGMENT,
	SEK_CLASS_MALFORMED,
	SEK_CLASS_ARP,
	SEK_CLASS_NON_IP,
};

/* Versions that can be inherited from. One that is about to become an old one is added here. */
static const struct sek_inherit_layout layouts[] = {
	{
		.abi = 4,
		.points = points_5,
		.link_points = 6,
		.cgroup_points = 2,
		.points_n = ARRAY_SIZE(points_5) - 1,
		.classes = classes_5,
		.ip_classes = 18,
		.classes_n = ARRAY_SIZE(classes_5),
		.certainties = 3,
		.wireguard_classes = 5,
	},
	{
		.abi = 5,
		.points = points_5,
		.link_points = 6,
		.cgroup_points = 2,
		.points_n = ARRAY_SIZE(points_5),
		.classes = classes_5,
		.ip_classes = 18,
		.classes_n = ARRAY_SIZE(classes_5),
		.certainties = 3,
		.wireguard_classes = 5,
	},
	{
		.abi = 6,
		.points = points_5,
		.link_points = 6,
		.cgroup_points = 2,
		.points_n = ARRAY_SIZE(points_5),
		.classes = classes_5,
		.ip_classes = 18,
		.classes_n = ARRAY_SIZE(classes_5),
		.certainties = 3,
		.wireguard_classes = 5,
	},
};

/* The inverse of that version's sek_cell_index(), and ours of it. */
static void map_cells(struct sek_inherit *h)
{
	const struct sek_inherit_layout *l = h->layout;
	uint32_t ip = l->ip_classes + l->wireguard_classes * (l->certainties - 1);

	h->cells = 2 * ip + l->classes_n - l->ip_classes + 1;
	for (uint32_t i = 0; i < h->cells; i++) {
		uint32_t family = i / ip, class = i % ip, certainty = 0;

		if (i >= 2 * ip) {
			family = SEK_FAMILY_NONE;
			class = l->ip_classes - 1 + i - 2 * ip;
		} else if (class >= l->ip_classes) {
			class -= l->ip_classes;
			certainty = 1 + class / l->wireguard_classes;
			class %= l->wireguard_classes;
		}
		h->cell[i] = sek_cell_index(family, l->classes[class], certainty);
	}
}

static int info_of(int fd, struct bpf_map_info *info)
{
	__u32 len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return bpf_obj_get_info_by_fd(fd, info, &len) ? -errno : 0;
}

static bool has_tunnels(const struct sek_inherit_layout *l)
{
	return l->points_n > l->link_points + l->cgroup_points;
}

/* Are the structs those that we know? */
static int check_sizes(struct sek_inherit *h)
{
	uint32_t counters = h->cells * sizeof(struct sek_cell);
	const struct {
		enum sek_map map;
		uint32_t key;
		uint32_t value;
	} maps[] = {
		{ SEK_MAP_LINKS, 4, sizeof(struct sek_link) },
		{ SEK_MAP_LINK_IDS, 4, sizeof(struct sek_link_id) },
		{ SEK_MAP_LINK_COUNT, 4, counters },
		{ SEK_MAP_CGROUP_OWNER, 4, sizeof(uint64_t) },
		{ SEK_MAP_CGROUP_COUNT, 4, counters },
		{ SEK_MAP_TUNNEL_COUNT, 4, sizeof(struct sek_cell) },
		{ SEK_MAP_CGROUP_GONE, 8, sizeof(struct sek_cgroup_gone) },
		{ SEK_MAP_REMOVED, sizeof(struct sek_removed_key),
		  offsetof(struct sek_removed, counters) + counters },
		{ SEK_MAP_ICMP_COUNT, sizeof(struct sek_icmp_key), sizeof(struct sek_cell) },
		{ SEK_MAP_ICMP_REMOVED, sizeof(struct sek_icmp_key),
		  sizeof(struct sek_icmp_removed) },
	};
	struct bpf_map_info info;

	for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
		int fd = h->fd[maps[i].map], err = fd < 0 ? -EPROTO : info_of(fd, &info);

		if (fd < 0 && maps[i].map == SEK_MAP_TUNNEL_COUNT && !has_tunnels(h->layout))
			continue;
		if (err || info.key_size != maps[i].key || info.value_size != maps[i].value)
			return err ?: -EPROTO;
		if (maps[i].map == SEK_MAP_LINKS)
			h->link_slots = info.max_entries;
		if (maps[i].map == SEK_MAP_CGROUP_OWNER)
			h->cgroup_slots = info.max_entries;
	}
	h->cpus = libbpf_num_possible_cpus();
	return 0;
}

static int read_meta(const struct sek_inherit *h, struct sek_meta *ret)
{
	struct bpf_map_info info;
	__u32 zero = 0;
	int err = info_of(h->fd[SEK_MAP_META], &info);

	if (err || info.value_size != sizeof(*ret))
		return err ?: -EPROTO;
	return bpf_map_lookup_elem(h->fd[SEK_MAP_META], &zero, ret) ? -errno : 0;
}

static int open_maps(struct sek_inherit *h, const char *dir)
{
	struct sek_meta meta;
	int err;

	for (int i = 0; i < SEK_MAP_NR; i++)
		h->fd[i] = sek_state_get(dir, sek_map_names[i]);
	if (h->fd[SEK_MAP_META] < 0)
		return h->fd[SEK_MAP_META];
	err = read_meta(h, &meta);
	for (size_t i = 0; !err && i < ARRAY_SIZE(layouts); i++) {
		if (layouts[i].abi == meta.abi)
			h->layout = &layouts[i];
	}
	if (err || !h->layout)
		return err ?: -EPROTO;
	map_cells(h);
	return check_sizes(h);
}

int sek_inherit_open(struct sek_inherit **ret)
{
	struct sek_inherit *h;
	struct sek_maps maps;
	int err = sek_maps_open(&maps);
	bool begun = !access(SEK_STATE_OLD_MAPS, F_OK);

	*ret = NULL;
	if (!err)
		sek_maps_close(&maps);
	if (!begun && err != -EPROTO)
		return 0;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	h->lock = -1;
	err = open_maps(h, begun ? SEK_STATE_OLD_MAPS : SEK_STATE_MAPS);
	if (!err && !begun && rename(SEK_STATE_MAPS, SEK_STATE_OLD_MAPS))
		err = -errno;
	h->moved = !err && !begun;
	if (!err)
		err = sek_state_mkdirs();
	if (err)
		sek_inherit_close(h, false);
	else
		*ret = h;
	return err;
}

static enum sek_l2 l2_of(const struct sek_inherit *h, const struct sek_link *link)
{
	int fd = h->fd[SEK_MAP_LINK_IDS];
	struct sek_link_id id;
	__u32 key, *last = NULL;

	for (; !bpf_map_get_next_key(fd, last, &key); last = &key) {
		if (!bpf_map_lookup_elem(fd, &key, &id) && id.netns_cookie == link->netns_cookie &&
		    id.ifindex == link->ifindex)
			return id.l2;
	}
	return SEK_L2_ETHERNET;
}

/* The new programs are to find slots for the interfaces that they are attached to. */
static int copy_links(const struct sek_inherit *h, const struct sek_maps *m, struct sek_link *links)
{
	int err = 0;

	for (__u32 i = 1; i < h->link_slots && !err; i++) {
		struct sek_link link;
		int slot;

		if (bpf_map_lookup_elem(h->fd[SEK_MAP_LINKS], &i, &link))
			return -errno;
		if (!link.netns_cookie)
			continue;
		slot = sek_maps_link_slot(m, links, &link, l2_of(h, &link));
		if (slot <= 0) {
			err = slot;
			continue;
		}
		links[slot].flags = link.flags & ~SEK_LINK_LOCAL_IN;
		err = sek_maps_link_write(m, links, slot);
	}
	return err;
}

static bool is_zero(const char *value, size_t size)
{
	return !*value && !memcmp(value, value + 1, size - 1);
}

/* Of a map that is the same in both versions; the value of a per-CPU map has all CPUs'. */
static int copy_entries(int from_fd, int to_fd, const struct bpf_map_info *info, uint32_t cpus)
{
	bool array = info->type == BPF_MAP_TYPE_ARRAY || info->type == BPF_MAP_TYPE_PERCPU_ARRAY;
	size_t one = ((size_t)info->value_size + 7) / 8 * 8, size = cpus * one;
	SEK_CLEANUP(sek_freep) char *value = calloc(1, size);
	char key[64], *last = NULL;

	if (!value)
		return -ENOMEM;
	for (; !bpf_map_get_next_key(from_fd, last, key); last = key) {
		/* An array has all of its entries, and is zero. */
		if (bpf_map_lookup_elem(from_fd, key, value) || (array && is_zero(value, size)))
			continue;
		if (bpf_map_update_elem(to_fd, key, value, BPF_ANY))
			return -errno;
	}
	return 0;
}

static int copy_map(const struct sek_inherit *h, const struct sek_maps *m, enum sek_map map)
{
	struct bpf_map_info from, to;
	int err = h->fd[map] < 0 ? -EPROTO : info_of(h->fd[map], &from);

	if (!err)
		err = info_of(m->fd[map], &to);
	/* Another one: these begin anew. */
	if (err || from.type != to.type || from.key_size != to.key_size ||
	    from.value_size != to.value_size || from.max_entries != to.max_entries ||
	    from.key_size > 64)
		return 0;
	return copy_entries(h->fd[map], m->fd[map], &from, h->cpus);
}

/* All are given new slots, at their next message. */
static int copy_remotes(const struct sek_inherit *h, const struct sek_maps *m)
{
	int from = h->fd[SEK_MAP_REMOTES], to = m->fd[SEK_MAP_REMOTES];
	struct bpf_map_info info;
	struct sek_remote_key key, *last = NULL;
	__u32 none = 0;

	if (from < 0 || info_of(from, &info) || info.key_size != sizeof(key))
		return 0;
	for (; !bpf_map_get_next_key(from, last, &key); last = &key) {
		if (bpf_map_update_elem(to, &key, &none, BPF_NOEXIST) && errno != EEXIST)
			return -errno;
	}
	return 0;
}

/* What the programs know messages by. */
static int copy_wireguard(const struct sek_inherit *h, const struct sek_maps *m)
{
	static const enum sek_map maps[] = { SEK_MAP_PORTS, SEK_MAP_PORT_IDS, SEK_MAP_SESSIONS };
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(maps) && !err; i++)
		err = copy_map(h, m, maps[i]);
	return err ?: copy_remotes(h, m);
}

/* Who reads is waited for; the others wait for us, or they would see half of it. */
static int lock_books(struct sek_inherit *h)
{
	while ((h->lock = sek_books_lock(true)) == -EWOULDBLOCK)
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	return h->lock < 0 ? h->lock : 0;
}

int sek_inherit_identities(struct sek_inherit *h, const struct sek_maps *m, struct sek_link *links,
			   struct sek_meta *meta)
{
	struct sek_meta old;
	__u32 zero = 0;
	int err = lock_books(h);

	/* Who died has done it, and his programs may count already. */
	if (err || meta->version[0])
		return err;
	err = read_meta(h, &old);
	if (!err)
		err = copy_links(h, m, links);
	if (!err)
		err = copy_wireguard(h, m);
	if (err)
		return err;
	memcpy(meta->version, old.version, sizeof(meta->version));
	memcpy(meta->cgroup_path, old.cgroup_path, sizeof(meta->cgroup_path));
	meta->cgroup_id = old.cgroup_id;
	meta->flags = old.flags;
	meta->epoch = old.epoch;
	meta->ready = old.ready;
	return bpf_map_update_elem(m->fd[SEK_MAP_META], &zero, meta, BPF_ANY) ? -errno : 0;
}

int sek_inherit_totals(struct sek_inherit *h, const struct sek_maps *m)
{
	int err;

	/* What runs has begun before; there is no kernel of ours that cannot be asked. */
	sek_books_grace();
	err = sek_inherit_add_up(h, m);
	if (!err)
		err = sek_inherit_add_up_peers(h, m);
	return err ?: sek_state_remove_dir(SEK_STATE_OLD_MAPS);
}

void sek_inherit_close(struct sek_inherit *h, bool undo)
{
	if (!h)
		return;
	for (int i = 0; i < SEK_MAP_NR; i++)
		sek_closep(&h->fd[i]);
	if (undo && h->moved && !sek_state_remove_dir(SEK_STATE_MAPS))
		rename(SEK_STATE_OLD_MAPS, SEK_STATE_MAPS);
	sek_closep(&h->lock);
	free(h);
}
