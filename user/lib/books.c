// SPDX-License-Identifier: GPL-2.0-only
#include "books.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "state.h"

int sek_books_lock(bool change)
{
	SEK_CLEANUP(sek_closep) int fd = open(SEK_STATE_MAPS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	/* Whoever reads may be stopped: the one that follows does not wait for it. */
	while (flock(fd, change ? LOCK_EX | LOCK_NB : LOCK_SH)) {
		if (errno != EINTR)
			return -errno;
	}
	return sek_take_fd(&fd);
}

/* BPF programs are readers of RCU; this is synchronize_rcu(). */
int sek_books_grace(void)
{
	return syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) ? -errno : 0;
}

static bool is_zero(const struct sek_counters *c)
{
	for (int i = 0; i < SEK_CELL_NR; i++) {
		if (c->cell[i].skbs)
			return false;
	}
	return true;
}

static int delete_removed(const struct sek_maps *m, enum sek_point point, uint64_t owner)
{
	struct sek_removed_key key = { .owner = owner, .point = point };

	return bpf_map_delete_elem(m->fd[SEK_MAP_REMOVED], &key) && errno != ENOENT ? -errno : 0;
}

int sek_books_removed(const struct sek_maps *m, enum sek_point point, uint64_t owner,
		      struct sek_removed *ret)
{
	struct sek_removed_key key = { .owner = owner, .point = point };

	memset(ret, 0, sizeof(*ret));
	if (bpf_map_lookup_elem(m->fd[SEK_MAP_REMOVED], &key, ret) && errno != ENOENT)
		return -errno;
	return 0;
}

static int write_removed(const struct sek_maps *m, const struct sek_removed_key *key,
			 const struct sek_removed *value)
{
	return bpf_map_update_elem(m->fd[SEK_MAP_REMOVED], key, value, BPF_ANY) ? -errno : 0;
}

/* The second and third step of a move. */
static int complete(const struct sek_maps *m, const struct sek_removed_key *key,
		    struct sek_removed *value)
{
	int err = value->from == SEK_FROM_SLOT ? sek_maps_counters_zero(m, key->point, value->slot)
					       : delete_removed(m, key->point, value->owner);

	if (err)
		return err;
	value->from = SEK_FROM_NONE;
	value->slot = 0;
	value->owner = 0;
	return write_removed(m, key, value);
}

/* All three: @value has the mark, @counters are what is there. */
static int move(const struct sek_maps *m, const struct sek_removed_key *key,
		struct sek_removed *value, const struct sek_counters *counters,
		const __u64 *ancestors)
{
	int err;

	if (ancestors)
		memcpy(value->ancestors, ancestors, sizeof(value->ancestors));
	sek_maps_counters_add(&value->counters, counters);
	err = write_removed(m, key, value);
	return err ?: complete(m, key, value);
}

/* Where to move: after an error in an earlier move that one is completed first. */
static int target(const struct sek_maps *m, const struct sek_removed_key *key,
		  struct sek_removed *ret)
{
	int err = sek_books_removed(m, key->point, key->owner, ret);

	return err || ret->from == SEK_FROM_NONE ? err : complete(m, key, ret);
}

int sek_books_move_slot(const struct sek_maps *m, enum sek_point point, uint32_t slot,
			uint64_t owner, const __u64 *ancestors)
{
	struct sek_removed_key key = { .owner = owner, .point = point };
	struct sek_counters counters;
	struct sek_removed value;
	int err = target(m, &key, &value);

	if (!err)
		err = sek_maps_counters(m, point, slot, &counters);
	if (err || is_zero(&counters))
		return err;
	value.from = SEK_FROM_SLOT;
	value.slot = slot;
	return move(m, &key, &value, &counters, ancestors);
}

int sek_books_move_owner(const struct sek_maps *m, enum sek_point point, uint64_t from, uint64_t to,
			 const __u64 *ancestors)
{
	struct sek_removed_key key = { .owner = to, .point = point };
	struct sek_removed value, gone;
	int err = target(m, &key, &value);

	if (!err)
		err = sek_books_removed(m, point, from, &gone);
	if (err || is_zero(&gone.counters))
		return err ?: delete_removed(m, point, from);
	value.from = SEK_FROM_OWNER;
	value.owner = from;
	return move(m, &key, &value, &gone.counters, ancestors);
}

int sek_books_each_removed(const struct sek_maps *m,
			   int (*fn)(const struct sek_removed_key *key, void *arg), void *arg)
{
	struct sek_removed_key key, next, *last = NULL;
	int err = 0;

	while (!err && !bpf_map_get_next_key(m->fd[SEK_MAP_REMOVED], last, &next)) {
		/* Deleting the key one stands on would begin again at the start. */
		if (last)
			err = fn(&key, arg);
		key = next;
		last = &key;
	}
	return last && !err ? fn(&key, arg) : err;
}

static int settle_one(const struct sek_removed_key *key, void *arg)
{
	const struct sek_maps *m = arg;
	struct sek_removed value;
	int err = sek_books_removed(m, key->point, key->owner, &value);

	return err || value.from == SEK_FROM_NONE ? err : complete(m, key, &value);
}

/* Exact ICMP types: the same three steps. */

static int complete_icmp(const struct sek_maps *m, const struct sek_icmp_key *key,
			 struct sek_icmp_removed *value)
{
	struct sek_icmp_key from = *key;

	from.slot = value->slot;
	if (bpf_map_delete_elem(m->fd[SEK_MAP_ICMP_COUNT], &from) && errno != ENOENT)
		return -errno;
	value->slot = 0;
	return bpf_map_update_elem(m->fd[SEK_MAP_ICMP_REMOVED], key, value, BPF_ANY) ? -errno : 0;
}

static int move_icmp(const struct sek_maps *m, const struct sek_icmp_key *from)
{
	struct sek_cell values[m->cpus];
	struct sek_icmp_removed value = {};
	struct sek_icmp_key key = *from;
	int err = 0;

	key.slot = 0;
	if (bpf_map_lookup_elem(m->fd[SEK_MAP_ICMP_REMOVED], &key, &value) && errno != ENOENT)
		return -errno;
	if (value.slot)
		err = complete_icmp(m, &key, &value);
	if (err)
		return err;
	if (bpf_map_lookup_elem(m->fd[SEK_MAP_ICMP_COUNT], from, values))
		return errno == ENOENT ? 0 : -errno;
	for (uint32_t cpu = 0; cpu < m->cpus; cpu++) {
		value.cell.skbs += values[cpu].skbs;
		value.cell.skb_bytes += values[cpu].skb_bytes;
	}
	value.slot = from->slot;
	if (bpf_map_update_elem(m->fd[SEK_MAP_ICMP_REMOVED], &key, &value, BPF_ANY))
		return -errno;
	return complete_icmp(m, &key, &value);
}

int sek_books_move_icmp(const struct sek_maps *m, bool cgroups, const bool *gone)
{
	uint32_t slots = cgroups ? m->cgroup_slots : m->link_slots;
	struct sek_icmp_key key, next, *last = NULL;
	bool more;
	int err = 0;

	do {
		more = !bpf_map_get_next_key(m->fd[SEK_MAP_ICMP_COUNT], last, &next);
		/* Deleting the key one stands on would begin again at the start. */
		if (last && key.slot && key.slot < slots && gone[key.slot] &&
		    (key.point >= SEK_POINT_LINK_NR) == cgroups)
			err = move_icmp(m, &key);
		key = next;
		last = &key;
	} while (more && !err);
	return err;
}

static int settle_icmp(const struct sek_maps *m)
{
	struct sek_icmp_removed value;
	struct sek_icmp_key key, *last = NULL;
	int err = 0;

	while (!err && !bpf_map_get_next_key(m->fd[SEK_MAP_ICMP_REMOVED], last, &key)) {
		last = &key;
		if (!bpf_map_lookup_elem(m->fd[SEK_MAP_ICMP_REMOVED], &key, &value) && value.slot)
			err = complete_icmp(m, &key, &value);
	}
	return err;
}

int sek_books_settle(const struct sek_maps *m)
{
	int err = sek_books_each_removed(m, settle_one, (void *)m);

	if (!err)
		err = settle_icmp(m);
	return err ?: sek_books_settle_peers(m);
}
