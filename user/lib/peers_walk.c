// SPDX-License-Identifier: GPL-2.0-only
/* Rows of peers: a peer's are those of all slots that it has, and of those that it had. */
#include "peers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "cleanup.h"

/* What one slot, or what is kept of slots that were taken back, has counted. */
struct account {
	uint32_t order;
	bool owned; /* otherwise of a remote end that nobody has told us the peer of, or overflow */
	struct sek_peer_owner owner;
	struct sek_remote_key place;
	char ifname[16];
	char netns[SEK_NAME_LEN];
	struct sek_peer_cell cell[SEK_PEER_CELLS];
};

struct book {
	struct account *v;
	size_t n;
	size_t room;
	/* What a move that was cut off has added to its target already. */
	uint32_t from;
	uint32_t slot;
	struct sek_peer_owner owner;
};

static struct account *add(struct book *b)
{
	struct account *v;

	if (b->n == b->room) {
		b->room = b->room ? 2 * b->room : 64;
		v = reallocarray(b->v, b->room, sizeof(*v));
		if (!v)
			return NULL;
		b->v = v;
	}
	v = &b->v[b->n];
	memset(v, 0, sizeof(*v));
	v->order = b->n++;
	return v;
}

static bool same_owner(const struct sek_peer_owner *a, const struct sek_peer_owner *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static int find_moved(const struct sek_maps *m, struct book *b)
{
	struct sek_peer_owner owner, *last = NULL;
	struct sek_peer_removed value;
	int fd = m->fd[SEK_MAP_PEER_REMOVED];

	while (!bpf_map_get_next_key(fd, last, &owner)) {
		last = &owner;
		if (bpf_map_lookup_elem(fd, &owner, &value))
			return -errno;
		if (value.from == SEK_FROM_NONE)
			continue;
		b->from = value.from;
		b->slot = value.slot;
		b->owner = value.owner;
	}
	return 0;
}

static int add_slots(const struct sek_maps *m, struct book *b)
{
	SEK_CLEANUP(sek_freep) struct sek_peers_slots *slots = NULL;
	int err = sek_peers_slots(m, &slots);

	for (uint32_t slot = 0; slot < SEK_PEER_SLOTS && !err; slot++) {
		const struct sek_peer_id *id = &slots->id[slot];
		struct account *a;

		if (slot && ((slots->life[slot] & SEK_PEER_STATE) == SEK_PEER_FREE ||
			     (b->from == SEK_FROM_SLOT && b->slot == slot)))
			continue;
		a = add(b);
		if (!a)
			return -ENOMEM;
		a->owned = id->ifindex;
		a->owner = sek_peers_owner(id);
		a->place = slots->place[slot];
		memcpy(a->ifname, id->ifname, sizeof(a->ifname));
		memcpy(a->netns, id->netns, sizeof(a->netns));
		err = sek_peers_read_slot(m, slot, a->cell);
	}
	return err;
}

static int add_kept(const struct sek_maps *m, struct book *b)
{
	struct sek_peer_owner owner, *last = NULL;
	struct sek_peer_removed value;
	int fd = m->fd[SEK_MAP_PEER_REMOVED];

	while (!bpf_map_get_next_key(fd, last, &owner)) {
		struct account *a;

		last = &owner;
		if (b->from == SEK_FROM_OWNER && same_owner(&owner, &b->owner))
			continue;
		a = add(b);
		if (!a)
			return -ENOMEM;
		if (bpf_map_lookup_elem(fd, &owner, &value))
			return -errno;
		a->owned = true;
		a->owner = owner;
		memcpy(a->ifname, value.ifname, sizeof(a->ifname));
		memcpy(a->netns, value.netns, sizeof(a->netns));
		memcpy(a->cell, value.cell, sizeof(a->cell));
	}
	return 0;
}

static int by_owner(const void *a, const void *b)
{
	const struct account *x = a, *y = b;
	int order = x->owned - y->owned;

	if (!order && x->owned)
		order = memcmp(&x->owner, &y->owner, sizeof(x->owner));
	return order ?: (x->order > y->order) - (x->order < y->order);
}

static int by_order(const void *a, const void *b)
{
	const struct account *x = a, *y = b;

	return (x->order > y->order) - (x->order < y->order);
}

/* What is one peer's becomes one account, where the first of them was. */
static void join(struct book *b)
{
	size_t n = 0;

	if (!b->n)
		return;
	qsort(b->v, b->n, sizeof(*b->v), by_owner);
	for (size_t i = 1; i < b->n; i++) {
		if (b->v[i].owned && same_owner(&b->v[i].owner, &b->v[n].owner) && b->v[n].owned)
			sek_peers_add_cells(b->v[n].cell, b->v[i].cell);
		else
			b->v[++n] = b->v[i];
	}
	b->n = n + 1;
	qsort(b->v, b->n, sizeof(*b->v), by_order);
}

/* The remote end of a slot that nobody has told us the peer of. */
static const char *place_text(const struct sek_remote_key *key, char *text, size_t size)
{
	char addr[INET6_ADDRSTRLEN];

	if (!key->remote_port)
		return NULL;
	if (IN6_IS_ADDR_V4MAPPED((struct in6_addr *)key->addr))
		inet_ntop(AF_INET, key->addr + 12, addr, sizeof(addr));
	else
		inet_ntop(AF_INET6, key->addr, addr, sizeof(addr));
	snprintf(text, size, strchr(addr, ':') ? "[%s]:%u" : "%s:%u", addr, key->remote_port);
	return text;
}

static int emit(const struct account *a, struct sek_row *row, sek_row_fn fn, void *arg)
{
	int err = 0;

	for (uint32_t i = 0; i < SEK_PEER_CELLS && !err; i++) {
		if (!a->cell[i].messages)
			continue;
		row->egress = i / SEK_CLASS_WIREGUARD_NR;
		row->class = i % SEK_CLASS_WIREGUARD_NR;
		row->packets = a->cell[i].messages;
		row->bytes = a->cell[i].message_bytes;
		row->wire_bytes = a->cell[i].wire_bytes;
		err = fn(row, arg);
	}
	return err;
}

static int emit_owned(const struct account *a, const struct sek_netns *netns, size_t netns_n,
		      struct sek_row *row, sek_row_fn fn, void *arg)
{
	const struct sek_key *key = (const void *)a->owner.public_key;
	char public_key[SEK_KEY_TEXT];

	row->removed = !sek_key_is_set(key);
	row->netns = a->owner.netns_cookie ? a->netns : SEK_NAME_REMOVED;
	for (size_t i = 0; i < netns_n; i++)
		if (netns[i].cookie == a->owner.netns_cookie)
			row->netns = netns[i].name;
	row->ifname = a->owner.ifindex ? a->ifname : SEK_NAME_REMOVED;
	row->ifindex = a->owner.ifindex;
	row->public_key = row->removed ? SEK_NAME_REMOVED : sek_key_format(key, public_key);
	return emit(a, row, fn, arg);
}

int sek_peers_walk(const struct sek_maps *m, const struct sek_netns *netns, size_t netns_n,
		   sek_row_fn fn, void *arg)
{
	struct book b = {};
	int err = find_moved(m, &b);

	if (!err)
		err = add_slots(m, &b);
	if (!err)
		err = add_kept(m, &b);
	if (!err)
		join(&b);
	for (size_t i = 0; i < b.n && !err; i++) {
		struct sek_row row = { .hook = "tc" };
		char remote[INET6_ADDRSTRLEN + 8];

		if (b.v[i].owned) {
			err = emit_owned(&b.v[i], netns, netns_n, &row, fn, arg);
			continue;
		}
		if (b.v[i].order == SEK_SLOT_OVERFLOW) {
			row.netns = SEK_NAME_OVERFLOW;
			row.ifname = SEK_NAME_OVERFLOW;
		} else {
			row.endpoint = place_text(&b.v[i].place, remote, sizeof(remote));
		}
		err = emit(&b.v[i], &row, fn, arg);
	}
	free(b.v);
	return err;
}
