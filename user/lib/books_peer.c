// SPDX-License-Identifier: GPL-2.0-only
/* WireGuard peers: the same three steps as in books.c. */
#include "books.h"

#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include "peers.h"

static int zero_slot(const struct sek_maps *m, uint32_t slot)
{
	struct sek_peer_cell zeroes[m->cpus];

	memset(zeroes, 0, sizeof(zeroes));
	/* Cell by cell: while the mark is there, nobody reads one of them. */
	for (uint32_t i = 0; i < SEK_PEER_CELLS; i++) {
		__u32 index = slot * SEK_PEER_CELLS + i;

		if (bpf_map_update_elem(m->fd[SEK_MAP_PEER_COUNT], &index, zeroes, BPF_ANY))
			return -errno;
	}
	return 0;
}

static int write_owner(const struct sek_maps *m, const struct sek_peer_owner *owner,
		       const struct sek_peer_removed *value)
{
	return bpf_map_update_elem(m->fd[SEK_MAP_PEER_REMOVED], owner, value, BPF_ANY) ? -errno : 0;
}

/* The second and third step of a move. */
static int complete(const struct sek_maps *m, const struct sek_peer_owner *owner,
		    struct sek_peer_removed *value)
{
	int err = 0;

	if (value->from == SEK_FROM_SLOT)
		err = zero_slot(m, value->slot);
	else if (bpf_map_delete_elem(m->fd[SEK_MAP_PEER_REMOVED], &value->owner) && errno != ENOENT)
		err = -errno;
	if (err)
		return err;
	value->from = SEK_FROM_NONE;
	value->slot = 0;
	memset(&value->owner, 0, sizeof(value->owner));
	return write_owner(m, owner, value);
}

/* Where to move: after an error in an earlier move that one is completed first. */
static int target(const struct sek_maps *m, const struct sek_peer_owner *owner,
		  struct sek_peer_removed *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (bpf_map_lookup_elem(m->fd[SEK_MAP_PEER_REMOVED], owner, ret) && errno != ENOENT)
		return -errno;
	return ret->from == SEK_FROM_NONE ? 0 : complete(m, owner, ret);
}

/* All three: @value has the mark. */
static int move(const struct sek_maps *m, const struct sek_peer_owner *owner,
		struct sek_peer_removed *value, const struct sek_peer_cell *cell,
		const struct sek_peer_id *names)
{
	int err;

	memcpy(value->ifname, names->ifname, sizeof(value->ifname));
	memcpy(value->netns, names->netns, sizeof(value->netns));
	sek_peers_add_cells(value->cell, cell);
	err = write_owner(m, owner, value);
	return err ?: complete(m, owner, value);
}

int sek_books_move_peer_slot(const struct sek_maps *m, uint32_t slot,
			     const struct sek_peer_owner *owner, const struct sek_peer_id *names)
{
	struct sek_peer_cell cell[SEK_PEER_CELLS];
	struct sek_peer_removed value;
	int err = target(m, owner, &value);

	if (!err)
		err = sek_peers_read_slot(m, slot, cell);
	if (err || sek_peers_are_zero(cell))
		return err;
	value.from = SEK_FROM_SLOT;
	value.slot = slot;
	return move(m, owner, &value, cell, names);
}

int sek_books_move_peer_owner(const struct sek_maps *m, const struct sek_peer_owner *from,
			      const struct sek_peer_owner *to, const struct sek_peer_id *names)
{
	struct sek_peer_removed value, gone;
	int err = target(m, to, &value);

	if (err)
		return err;
	if (bpf_map_lookup_elem(m->fd[SEK_MAP_PEER_REMOVED], from, &gone))
		return errno == ENOENT ? 0 : -errno;
	value.from = SEK_FROM_OWNER;
	value.owner = *from;
	return move(m, to, &value, gone.cell, names);
}

int sek_books_settle_peers(const struct sek_maps *m)
{
	struct sek_peer_owner owner, *last = NULL;
	struct sek_peer_removed value;
	int fd = m->fd[SEK_MAP_PEER_REMOVED];

	while (!bpf_map_get_next_key(fd, last, &owner)) {
		last = &owner;
		/* There is one at most: moves follow each other. */
		if (!bpf_map_lookup_elem(fd, &owner, &value) && value.from != SEK_FROM_NONE)
			return complete(m, &owner, &value);
	}
	return 0;
}
