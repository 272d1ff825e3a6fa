// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cgroups that were removed: their counters go to the nearest ancestor that is
 * still there, and their slots to others.
 *
 * A released cgroup has no sockets: its counters stand still. One that is only
 * removed may count for as long as its sockets live, and with the memory
 * controller it may never be released while pages are charged to it. If its
 * slot is needed, or after a while, it is redirected to the slot of late ones:
 * the id first, so that nobody learns the old slot from it any more; a grace
 * period, after which nobody who did is still running; then the cache, which
 * one of them may have written; and another grace period. Then it stands still.
 */
#include "follow_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <bpf/bpf.h>

#include "lib/books.h"
#include "lib/cgroup.h"
#include "lib/cleanup.h"

/* One removed cgroup of a round. */
struct one {
	uint64_t id;
	struct sek_cgroup_gone gone;
	uint32_t slot; /* 0: it has none any more */
	bool ready;
};

struct round {
	struct one *v;
	size_t n;
	uint64_t *owners;
	bool *slots; /* by slot: is settled in this round */
};

static bool is_alive(const struct sek_follow *f, uint64_t id)
{
	char path[PATH_MAX];

	return sek_cgroup_path(f->mount_fd, f->mount, id, path, sizeof(path)) != -ESTALE;
}

/* The nearest of @from that is alive; @ret_rest: its own ancestors. */
static uint64_t heir(const struct sek_follow *f, const __u64 from[SEK_CGROUP_DEPTH],
		     __u64 ret_rest[SEK_CGROUP_DEPTH])
{
	memset(ret_rest, 0, SEK_CGROUP_DEPTH * sizeof(*ret_rest));
	for (int i = 0; i < SEK_CGROUP_DEPTH && from[i]; i++) {
		if (from[i] != f->root_id && !is_alive(f, from[i]))
			continue;
		memcpy(ret_rest, from + i + 1, (SEK_CGROUP_DEPTH - 1 - i) * sizeof(*ret_rest));
		return from[i];
	}
	return f->root_id;
}

static uint64_t boot_ns(void)
{
	struct timespec now;

	/* As bpf_ktime_get_ns(). */
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static int add_gone(struct round *r, uint64_t id, const struct sek_cgroup_gone *gone)
{
	struct one *v = reallocarray(r->v, r->n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	r->v = v;
	v[r->n++] = (struct one){ .id = id, .gone = *gone };
	return 0;
}

static int collect(const struct sek_follow *f, struct round *r)
{
	int fd = f->maps.fd[SEK_MAP_CGROUP_GONE], err = 0;
	struct sek_cgroup_gone gone;
	__u64 key, *last = NULL;

	while (!err && !bpf_map_get_next_key(fd, last, &key)) {
		last = &key;
		if (!bpf_map_lookup_elem(fd, &key, &gone))
			err = add_gone(r, key, &gone);
	}
	return err;
}

static int compare(const void *a, const void *b)
{
	const struct one *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void find_slots(const struct sek_follow *f, struct round *r)
{
	if (r->n)
		qsort(r->v, r->n, sizeof(*r->v), compare);
	for (uint32_t slot = SEK_CGROUP_SLOT_FIRST; slot < f->maps.cgroup_slots && r->n; slot++) {
		struct one key = { .id = r->owners[slot] }, *found;

		found = key.id ? bsearch(&key, r->v, r->n, sizeof(key), compare) : NULL;
		if (found)
			found->slot = slot;
	}
}

/* Fewer than an eighth of the slots are left. */
static bool is_short_of_slots(const struct sek_follow *f, const struct round *r)
{
	uint32_t used = 0;

	for (uint32_t slot = SEK_CGROUP_SLOT_FIRST; slot < f->maps.cgroup_slots; slot++)
		used += r->owners[slot] != 0;
	return used > f->maps.cgroup_slots - f->maps.cgroup_slots / 8;
}

/* Turns the id to the slot of late ones. 1: it was done. */
static int redirect(const struct sek_follow *f, const struct one *one)
{
	__u32 slot = SEK_CGROUP_SLOT_REMOVED | SEK_CGROUP_REMOVED;

	return bpf_map_update_elem(f->maps.fd[SEK_MAP_CGROUP_IDS], &one->id, &slot, BPF_EXIST)
		       ? -errno
		       : 0;
}

static void clear_cache(const struct sek_follow *f, const struct one *one)
{
	uint64_t *word = &f->cache[one->id & (SEK_CGROUP_CACHE - 1)];
	uint64_t old = __atomic_load_n(word, __ATOMIC_RELAXED);

	/* Another cgroup may have taken it meanwhile. */
	if (old >> 16 == one->id && (old & 0xffff) != SEK_CGROUP_SLOT_REMOVED)
		__atomic_compare_exchange_n(word, &old, 0, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_RELAXED);
}

/* Which of them can be settled now. */
static void choose(struct sek_follow *f, struct round *r)
{
	uint64_t now = boot_ns(), linger = f->o.linger_s * 1000000000ULL;
	/* Who cannot clear the cache waits for the release, too. */
	bool need = is_short_of_slots(f, r), any = false;

	for (size_t i = 0; i < r->n; i++) {
		struct one *one = &r->v[i];

		one->ready = one->gone.released;
		if (one->ready || !f->cache || (!need && now - one->gone.removed_ns < linger))
			continue;
		any |= one->ready = !redirect(f, one);
	}
	if (any && !sek_books_grace()) {
		for (size_t i = 0; i < r->n; i++) {
			if (r->v[i].ready && !r->v[i].gone.released)
				clear_cache(f, &r->v[i]);
		}
		if (!sek_books_grace())
			return;
	}
	/* A kernel that cannot be asked to wait: their release is waited for. */
	for (size_t i = 0; i < r->n && any; i++)
		r->v[i].ready = r->v[i].gone.released;
}

static int move(const struct sek_follow *f, struct round *r, const struct one *one)
{
	__u64 rest[SEK_CGROUP_DEPTH], to = heir(f, one->gone.ancestors, rest);
	int err = 0;

	for (uint32_t point = SEK_POINT_LINK_NR; point < SEK_POINT_NR && !err; point++) {
		err = sek_books_move_slot(&f->maps, point, one->slot, to, rest);
		if (err == -E2BIG)
			err = sek_books_move_slot(&f->maps, point, one->slot, f->root_id, NULL);
	}
	r->slots[one->slot] = !err;
	return err;
}

/* Its counters are zero now. The slot is another's as soon as it has no owner. */
static void release(struct sek_follow *f, const struct one *one)
{
	const struct sek_maps *m = &f->maps;
	struct sek_cgroup_gone gone;
	const __u64 nobody = 0;

	/* It may have been released since it was redirected. */
	if (!bpf_map_lookup_elem(m->fd[SEK_MAP_CGROUP_GONE], &one->id, &gone) && gone.released)
		bpf_map_delete_elem(m->fd[SEK_MAP_CGROUP_IDS], &one->id);
	if (one->slot) {
		bpf_map_update_elem(m->fd[SEK_MAP_CGROUP_OWNER], &one->slot, &nobody, BPF_ANY);
		bpf_map_update_elem(m->fd[SEK_MAP_CGROUP_FREE], NULL, &one->slot, BPF_ANY);
	}
	bpf_map_delete_elem(m->fd[SEK_MAP_CGROUP_GONE], &one->id);
	f->stats.cgroups_settled++;
}

static int settle(struct sek_follow *f, struct round *r)
{
	int err = 0;

	for (size_t i = 0; i < r->n && !err; i++) {
		if (r->v[i].ready && r->v[i].slot)
			err = move(f, r, &r->v[i]);
	}
	if (!err)
		err = sek_books_move_icmp(&f->maps, true, r->slots);
	f->stats.lingering = 0;
	for (size_t i = 0; i < r->n && !err; i++) {
		if (r->v[i].ready)
			release(f, &r->v[i]);
		else
			f->stats.lingering++;
	}
	return err;
}

struct owners {
	struct sek_follow *f;
	struct sek_removed_key *v;
	size_t n;
};

static int add_owner(const struct sek_removed_key *key, void *arg)
{
	struct owners *o = arg;
	struct sek_removed_key *v;

	if (key->point < SEK_POINT_LINK_NR || key->owner == o->f->root_id ||
	    is_alive(o->f, key->owner))
		return 0;
	v = reallocarray(o->v, o->n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	o->v = v;
	v[o->n++] = *key;
	return 0;
}

/* What parents that have gone had inherited goes on to theirs. */
static int settle_owners(struct sek_follow *f)
{
	struct owners o = { .f = f };
	int err = sek_books_each_removed(&f->maps, add_owner, &o);

	for (size_t i = 0; i < o.n && !err; i++) {
		__u64 rest[SEK_CGROUP_DEPTH], to;
		struct sek_removed value;

		err = sek_books_removed(&f->maps, o.v[i].point, o.v[i].owner, &value);
		if (err)
			break;
		to = heir(f, value.ancestors, rest);
		err = sek_books_move_owner(&f->maps, o.v[i].point, o.v[i].owner, to, rest);
		if (err == -E2BIG)
			err = sek_books_move_owner(&f->maps, o.v[i].point, o.v[i].owner, f->root_id,
						   NULL);
	}
	free(o.v);
	return err;
}

int sek_follow_cgroup_settle(struct sek_follow *f)
{
	struct round r = {};
	int err = sek_maps_owners(&f->maps, &r.owners);

	r.slots = calloc(f->maps.cgroup_slots, sizeof(*r.slots));
	if (!r.slots)
		err = -ENOMEM;
	if (!err)
		err = collect(f, &r);
	if (!err) {
		find_slots(f, &r);
		choose(f, &r);
		err = settle(f, &r);
	}
	if (!err && f->owners_changed)
		err = settle_owners(f);
	if (!err) {
		f->cgroups_changed = false;
		f->owners_changed = false;
	}
	/* Slots may become short without an event. */
	if (f->stats.lingering)
		sek_follow_wake(f, 1000);
	free(r.v);
	free(r.slots);
	free(r.owners);
	return err;
}

/* Free slots that a follower who died did not give back: the stack is made anew. */
static int refill(const struct sek_follow *f)
{
	int fd = f->maps.fd[SEK_MAP_CGROUP_FREE], err;
	__u32 zero = 0, last = 0, slot;
	uint64_t *owners = NULL;

	while (!bpf_map_lookup_and_delete_elem(fd, NULL, &slot))
		;
	if (bpf_map_lookup_elem(f->maps.fd[SEK_MAP_CGROUP_LAST], &zero, &last))
		return -errno;
	err = sek_maps_owners(&f->maps, &owners);
	for (slot = SEK_CGROUP_SLOT_FIRST; !err && slot < f->maps.cgroup_slots; slot++) {
		if (slot - SEK_CGROUP_SLOT_FIRST < last && !owners[slot] &&
		    bpf_map_update_elem(fd, NULL, &slot, BPF_ANY))
			err = -errno;
	}
	free(owners);
	return err;
}

/* Removed while nothing noted it, or noted by nobody for want of room. */
static int note_unnoticed(const struct sek_follow *f)
{
	struct sek_cgroup_gone gone = { .removed_ns = boot_ns(), .ancestors = { f->root_id } };
	uint64_t *owners;
	int err = sek_maps_owners(&f->maps, &owners);

	if (err)
		return err;
	for (uint32_t slot = SEK_CGROUP_SLOT_FIRST; slot < f->maps.cgroup_slots; slot++) {
		__u64 id = owners[slot];

		if (id && !is_alive(f, id))
			bpf_map_update_elem(f->maps.fd[SEK_MAP_CGROUP_GONE], &id, &gone,
					    BPF_NOEXIST);
	}
	free(owners);
	return 0;
}

int sek_follow_cgroup_open(struct sek_follow *f, char *error, size_t size)
{
	int err = sek_cgroup_mount(f->mount);
	__u64 root;

	/* Without cgroups there is nothing to follow. */
	if (err)
		return err == -ENOENT ? 0 : err;
	f->mount_fd = open(f->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->mount_fd < 0)
		err = -errno;
	if (!err)
		err = sek_cgroup_id(f->mount, &root);
	if (err) {
		snprintf(error, size, "open the cgroups at %s: %s", f->mount, strerror(-err));
		return err;
	}
	f->root_id = root;
	f->cache = mmap(NULL, SEK_CGROUP_CACHE * sizeof(*f->cache), PROT_READ | PROT_WRITE,
			MAP_SHARED, f->maps.fd[SEK_MAP_CGROUP_CACHE], 0);
	if (f->cache == MAP_FAILED) {
		f->cache = NULL;
		err = -errno;
	}
	if (!err)
		err = refill(f);
	if (!err)
		err = note_unnoticed(f);
	if (err)
		snprintf(error, size, "read the cgroups' slots: %s", strerror(-err));
	f->cgroups_changed = true;
	f->owners_changed = true;
	return err;
}

void sek_follow_cgroup_close(struct sek_follow *f)
{
	if (f->cache)
		munmap(f->cache, SEK_CGROUP_CACHE * sizeof(*f->cache));
	sek_closep(&f->mount_fd);
}
