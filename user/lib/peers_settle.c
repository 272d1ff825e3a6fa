// SPDX-License-Identifier: GPL-2.0-only
#include "peers_settle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "books.h"
#include "cleanup.h"
#include "peers.h"
#include "ports.h"

/*
 * An interface of a namespace that was asked; ifindex 0 says that it was.
 * @asked: a WireGuard device that answered; then @socket and @port are where its socket is
 */
struct sek_seen_iface {
	uint64_t netns_cookie;
	uint32_t ifindex;
	bool asked;
	uint16_t port;
	uint64_t socket;
	struct sek_peer_id names;
};

/* A peer that there is, and where it is; port 0: nowhere. */
struct sek_seen_peer {
	struct sek_peer_owner owner;
	struct sek_remote_key place;
};

/* One look at everything. */
struct round {
	const struct sek_maps *m;
	const struct sek_link *links;
	const struct sek_netns *netns;
	size_t netns_n;
	struct sek_peers_slots *before; /* the devices were asked */
	struct sek_peers_slots *slots;	/* afterwards, with the names that they told */
	struct sek_peers_seen seen;
	struct sek_seen_peer *places; /* of seen.peers, by place */
};

int sek_peers_seen_netns(struct sek_peers_seen *seen, uint64_t netns_cookie,
			 const struct sek_iface *ifaces, size_t n)
{
	struct sek_seen_iface *v = reallocarray(seen->ifaces, seen->ifaces_n + n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	seen->ifaces = v;
	v += seen->ifaces_n;
	seen->ifaces_n += n + 1;
	memset(v, 0, (n + 1) * sizeof(*v));
	for (size_t i = 0; i <= n; i++) {
		v[i].netns_cookie = netns_cookie;
		v[i].ifindex = i ? ifaces[i - 1].ifindex : 0;
	}
	return 0;
}

static struct sek_seen_iface *find_iface(const struct sek_peers_seen *seen, uint64_t netns_cookie,
					 uint32_t ifindex)
{
	for (size_t i = 0; i < seen->ifaces_n; i++) {
		if (seen->ifaces[i].ifindex == ifindex &&
		    seen->ifaces[i].netns_cookie == netns_cookie)
			return &seen->ifaces[i];
	}
	return NULL;
}

int sek_peers_seen_device(struct sek_peers_seen *seen, const struct sek_netns *netns,
			  uint64_t socket_cookie, const struct sek_device *device)
{
	struct sek_seen_iface *iface = find_iface(seen, netns->cookie, device->ifindex);
	struct sek_seen_peer *v;

	/* It came a moment ago: the next time will do. */
	if (!iface)
		return 0;
	v = reallocarray(seen->peers, seen->peers_n + device->peers_n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	seen->peers = v;
	iface->asked = true;
	iface->socket = socket_cookie;
	iface->port = device->port;
	memcpy(iface->names.ifname, device->name, sizeof(iface->names.ifname));
	memcpy(iface->names.netns, netns->name, sizeof(iface->names.netns));
	for (size_t i = 0; i < device->peers_n; i++) {
		struct sek_seen_peer *one = &v[seen->peers_n++];

		memset(one, 0, sizeof(*one));
		one->owner.netns_cookie = netns->cookie;
		one->owner.ifindex = device->ifindex;
		memcpy(one->owner.public_key, device->peers[i].public_key.bytes,
		       sizeof(one->owner.public_key));
		if (!sek_peers_place(socket_cookie, device->port, &device->peers[i].endpoint,
				     &one->place))
			memset(&one->place, 0, sizeof(one->place));
	}
	return 0;
}

static int by_owner(const void *a, const void *b)
{
	const struct sek_seen_peer *x = a, *y = b;

	return memcmp(&x->owner, &y->owner, sizeof(x->owner));
}

static int by_place(const void *a, const void *b)
{
	const struct sek_seen_peer *x = a, *y = b;

	return memcmp(&x->place, &y->place, sizeof(x->place));
}

static const struct sek_seen_peer *find_peer(const struct round *r,
					     const struct sek_peer_owner *owner)
{
	struct sek_seen_peer key = { .owner = *owner };

	return r->seen.peers_n
		       ? bsearch(&key, r->seen.peers, r->seen.peers_n, sizeof(key), by_owner)
		       : NULL;
}

static const struct sek_seen_peer *find_place(const struct round *r,
					      const struct sek_remote_key *place)
{
	struct sek_seen_peer key = { .place = *place };

	return r->seen.peers_n ? bsearch(&key, r->places, r->seen.peers_n, sizeof(key), by_place)
			       : NULL;
}

/* Has the namespace gone, and all that counted for it? */
static bool is_gone(const struct round *r, uint64_t netns_cookie)
{
	for (size_t i = 0; i < r->netns_n; i++) {
		if (r->netns[i].cookie == netns_cookie)
			return false;
	}
	/* Its interfaces are settled first. */
	for (uint32_t slot = 1; slot < r->m->link_slots; slot++) {
		if (r->links[slot].netns_cookie == netns_cookie)
			return false;
	}
	return true;
}

/* Who has what @owner had: itself, if it is there, or nobody can say. */
static struct sek_peer_owner heir(const struct round *r, struct sek_peer_owner owner)
{
	static const struct sek_peer_owner nobody;
	const struct sek_seen_iface *iface;

	if (!owner.netns_cookie || is_gone(r, owner.netns_cookie))
		return nobody;
	if (!find_iface(&r->seen, owner.netns_cookie, 0))
		return owner;
	iface = find_iface(&r->seen, owner.netns_cookie, owner.ifindex);
	if (!iface)
		owner.ifindex = 0;
	if (!iface || (iface->asked && !find_peer(r, &owner)))
		memset(owner.public_key, 0, sizeof(owner.public_key));
	return owner;
}

/* The device whose socket is at this end of it; false: none that answered. */
static bool find_device(const struct round *r, const struct sek_remote_key *place,
			struct sek_peer_owner *ret)
{
	for (size_t i = 0; i < r->seen.ifaces_n; i++) {
		const struct sek_seen_iface *iface = &r->seen.ifaces[i];

		if (!iface->asked || iface->socket != place->netns_cookie ||
		    iface->port != place->port)
			continue;
		ret->netns_cookie = iface->netns_cookie;
		ret->ifindex = iface->ifindex;
		return true;
	}
	return false;
}

/* Does the port belong to a device that did not answer? */
static bool has_port(const struct round *r, const struct sek_remote_key *place)
{
	struct sek_port_key key = { .netns_cookie = place->netns_cookie, .port = place->port };
	__u32 ifindex;

	return !bpf_map_lookup_elem(r->m->fd[SEK_MAP_PORT_IDS], &key, &ifindex);
}

/* Whose a slot is that nobody was told the peer of; false: nobody can say. */
static bool find_owner(const struct round *r, const struct sek_remote_key *place,
		       struct sek_peer_owner *ret)
{
	const struct sek_seen_peer *peer = find_place(r, place);

	memset(ret, 0, sizeof(*ret));
	if (peer) {
		*ret = peer->owner;
		return true;
	}
	if (find_device(r, place, ret))
		return true;
	ret->netns_cookie = place->netns_cookie;
	return is_gone(r, place->netns_cookie) ||
	       (find_iface(&r->seen, place->netns_cookie, 0) && !has_port(r, place));
}

/* The names of an owner that is there; of others they are what the slot or the owner had. */
static void set_names(const struct round *r, const struct sek_peer_owner *owner,
		      struct sek_peer_id *names)
{
	const struct sek_seen_iface *iface = find_iface(&r->seen, owner->netns_cookie,
							owner->ifindex);

	if (!iface || !iface->asked)
		return;
	memcpy(names->ifname, iface->names.ifname, sizeof(names->ifname));
	memcpy(names->netns, iface->names.netns, sizeof(names->netns));
}

static bool has_key(const struct sek_peer_owner *owner)
{
	return sek_key_is_set((const struct sek_key *)owner->public_key);
}

/* The slot that a peer's messages are counted in from now on. */
static uint32_t current_slot(const struct round *r, const struct sek_seen_peer *peer)
{
	uint32_t slot = SEK_SLOT_OVERFLOW;
	struct sek_peer_owner owner;
	__u32 ref;

	if (peer->place.remote_port &&
	    !bpf_map_lookup_elem(r->m->fd[SEK_MAP_REMOTES], &peer->place, &ref))
		slot = sek_peers_slot_of(r->slots, ref);
	owner = sek_peers_owner(&r->slots->id[slot]);
	if (slot && !memcmp(&owner, &peer->owner, sizeof(owner)))
		return slot;
	for (slot = 1; slot < SEK_PEER_SLOTS; slot++) {
		owner = sek_peers_owner(&r->slots->id[slot]);
		if ((r->slots->life[slot] & SEK_PEER_STATE) == SEK_PEER_IN_USE &&
		    !memcmp(&owner, &peer->owner, sizeof(owner)))
			return slot;
	}
	return SEK_SLOT_OVERFLOW;
}

/* Is the slot to be taken back? Then @ret is to have what it counted. */
static bool is_nobodys(const struct round *r, uint32_t slot, struct sek_peer_owner *ret)
{
	const struct sek_remote_key *place = &r->slots->place[slot];
	struct sek_peer_owner owner = sek_peers_owner(&r->slots->id[slot]);
	uint32_t life = r->slots->life[slot];
	const struct sek_seen_peer *peer;

	/* What was given out while the devices were asked, they may not know yet. */
	if (life != r->before->life[slot] || (life & SEK_PEER_STATE) == SEK_PEER_FREE)
		return false;
	if (!owner.ifindex && !place->port) {
		/* Who took it back has died before he gave it, or BPF is just giving it. */
		memset(ret, 0, sizeof(*ret));
		return (life & SEK_PEER_STATE) == SEK_PEER_LEAVING;
	}
	if (!owner.ifindex && !find_owner(r, place, &owner))
		return false;
	*ret = heir(r, owner);
	if (!has_key(ret) || (life & SEK_PEER_STATE) == SEK_PEER_LEAVING)
		return true;
	peer = find_peer(r, ret);
	return peer && current_slot(r, peer) != slot;
}

static int write_life(const struct round *r, uint32_t slot, uint32_t life)
{
	r->slots->life[slot] = life;
	return bpf_map_update_elem(r->m->fd[SEK_MAP_PEER_LIVES], &slot, &life, BPF_ANY) ? -errno
											: 0;
}

/* To the owner, or where there is no room for one more, to the next above. */
static int move_slot(const struct round *r, uint32_t slot, struct sek_peer_owner owner)
{
	struct sek_peer_id names = r->slots->id[slot];
	int err;

	set_names(r, &owner, &names);
	err = sek_books_move_peer_slot(r->m, slot, &owner, &names);
	if (err == -E2BIG) {
		memset(&owner, 0, sizeof(owner));
		err = sek_books_move_peer_slot(r->m, slot, &owner, &names);
	}
	return err;
}

/* Its counters are zero now. It is another's as soon as its life is a free one. */
static int give_back(const struct round *r, uint32_t slot)
{
	static const struct sek_remote_key nowhere;
	static const struct sek_peer_id nobody;
	uint32_t life = (r->slots->life[slot] & ~SEK_PEER_STATE) + SEK_PEER_STATE + 1;
	int err;

	if (bpf_map_update_elem(r->m->fd[SEK_MAP_PEERS], &slot, &nobody, BPF_ANY) ||
	    bpf_map_update_elem(r->m->fd[SEK_MAP_PEER_PLACES], &slot, &nowhere, BPF_ANY))
		return -errno;
	err = write_life(r, slot, life % SEK_PEER_LIVES);
	if (!err && bpf_map_update_elem(r->m->fd[SEK_MAP_PEER_FREE], NULL, &slot, BPF_ANY))
		err = -errno;
	return err;
}

static int settle_slots(const struct round *r, uint64_t *ret_slots)
{
	SEK_CLEANUP(sek_freep)
	struct sek_peer_owner *to = calloc(SEK_PEER_SLOTS, sizeof(*to));
	bool nobodys[SEK_PEER_SLOTS] = {}, any = false;
	int err = to ? 0 : -ENOMEM;

	for (uint32_t slot = 1; slot < SEK_PEER_SLOTS && !err; slot++)
		any |= nobodys[slot] = is_nobodys(r, slot, &to[slot]);
	for (uint32_t slot = 1; slot < SEK_PEER_SLOTS && !err; slot++) {
		/* From here on, what refers to it refers to nothing. */
		if (nobodys[slot] && (r->slots->life[slot] & SEK_PEER_STATE) == SEK_PEER_IN_USE)
			err = write_life(r, slot,
					 r->slots->life[slot] + SEK_PEER_LEAVING - SEK_PEER_IN_USE);
	}
	/* Where the kernel cannot be asked, they stay as they are. */
	if (err || !any || sek_books_grace())
		return err;
	for (uint32_t slot = 1; slot < SEK_PEER_SLOTS && !err; slot++) {
		if (!nobodys[slot])
			continue;
		err = move_slot(r, slot, to[slot]);
		if (!err)
			err = give_back(r, slot);
		++*ret_slots;
	}
	return err;
}

/* What was kept of peers, devices and namespaces that are gone now. */
static int settle_owners(const struct round *r)
{
	struct sek_peer_owner owner, next, *last = NULL;
	int fd = r->m->fd[SEK_MAP_PEER_REMOVED], err = 0;
	bool more;

	do {
		more = !bpf_map_get_next_key(fd, last, &next);
		/* Deleting the key one stands on would begin again at the start. */
		if (last) {
			struct sek_peer_owner to = heir(r, owner);
			struct sek_peer_removed value;
			struct sek_peer_id names = {};

			if (memcmp(&to, &owner, sizeof(to)) &&
			    !bpf_map_lookup_elem(fd, &owner, &value)) {
				memcpy(names.ifname, value.ifname, sizeof(names.ifname));
				memcpy(names.netns, value.netns, sizeof(names.netns));
				set_names(r, &to, &names);
				err = sek_books_move_peer_owner(r->m, &owner, &to, &names);
			}
		}
		owner = next;
		last = &owner;
	} while (more && !err);
	return err == -E2BIG ? 0 : err;
}

/* Where no peer is any more. */
static bool is_stale(const struct round *r, const struct sek_remote_key *place)
{
	struct sek_peer_owner device;
	__u32 ref, slot, life;

	if (find_place(r, place) || bpf_map_lookup_elem(r->m->fd[SEK_MAP_REMOTES], place, &ref))
		return false;
	/* Given a slot since? */
	slot = ref & (SEK_PEER_SLOTS - 1);
	if (slot && !sek_peers_slot_of(r->before, ref) &&
	    !bpf_map_lookup_elem(r->m->fd[SEK_MAP_PEER_LIVES], &slot, &life) &&
	    sek_peer_ref(slot, life) == ref)
		return false;
	if (!find_iface(&r->seen, place->netns_cookie, 0))
		return is_gone(r, place->netns_cookie);
	return !has_port(r, place) || find_device(r, place, &device);
}

static int forget_places(const struct round *r)
{
	struct sek_remote_key place, next, *last = NULL;
	int fd = r->m->fd[SEK_MAP_REMOTES];
	bool more;

	do {
		more = !bpf_map_get_next_key(fd, last, &next);
		/* Deleting the key one stands on would begin again at the start. */
		if (last && is_stale(r, &place) && bpf_map_delete_elem(fd, &place) &&
		    errno != ENOENT)
			return -errno;
		place = next;
		last = &place;
	} while (more);
	return 0;
}

static int look(struct round *r)
{
	int err = sek_peers_slots(r->m, &r->before);

	if (err)
		return err;
	/* Who cannot be asked now is left as he is. */
	sek_ports_refresh_all(r->m, r->links, r->netns, r->netns_n, &r->seen);
	r->places = calloc(r->seen.peers_n + 1, sizeof(*r->places));
	if (!r->places)
		return -ENOMEM;
	if (r->seen.peers_n) {
		memcpy(r->places, r->seen.peers, r->seen.peers_n * sizeof(*r->places));
		qsort(r->places, r->seen.peers_n, sizeof(*r->places), by_place);
		qsort(r->seen.peers, r->seen.peers_n, sizeof(*r->seen.peers), by_owner);
	}
	return sek_peers_slots(r->m, &r->slots);
}

/* There is always room for what nobody is there for. */
static int make_last_owner(const struct sek_maps *m)
{
	const struct sek_peer_removed none = {};
	const struct sek_peer_owner nobody = {};

	return bpf_map_update_elem(m->fd[SEK_MAP_PEER_REMOVED], &nobody, &none, BPF_NOEXIST) &&
			       errno != EEXIST
		       ? -errno
		       : 0;
}

/* Slots, or what is kept of somebody who may go. */
static bool is_any_left(const struct round *r)
{
	const struct sek_peer_owner nobody = {};
	struct sek_peer_owner first;

	for (uint32_t slot = 1; slot < SEK_PEER_SLOTS; slot++) {
		if ((r->slots->life[slot] & SEK_PEER_STATE) != SEK_PEER_FREE)
			return true;
	}
	/* Nobody is always there. */
	return !bpf_map_get_next_key(r->m->fd[SEK_MAP_PEER_REMOVED], NULL, &first) &&
	       (memcmp(&first, &nobody, sizeof(first)) ||
		!bpf_map_get_next_key(r->m->fd[SEK_MAP_PEER_REMOVED], &first, &first));
}

int sek_peers_settle(const struct sek_maps *m, const struct sek_link *links,
		     const struct sek_netns *netns, size_t n, uint64_t *ret_slots, bool *ret_any)
{
	struct round r = { .m = m, .links = links, .netns = netns, .netns_n = n };
	int err = sek_books_settle_peers(m);

	if (!err)
		err = make_last_owner(m);
	if (!err)
		err = look(&r);
	if (!err)
		err = settle_slots(&r, ret_slots);
	if (!err)
		err = settle_owners(&r);
	if (!err)
		err = forget_places(&r);
	if (!err)
		*ret_any = is_any_left(&r);
	free(r.before);
	free(r.slots);
	free(r.places);
	free(r.seen.ifaces);
	free(r.seen.peers);
	return err;
}

int sek_peers_refill(const struct sek_maps *m)
{
	SEK_CLEANUP(sek_freep) struct sek_peers_slots *slots = NULL;
	int fd = m->fd[SEK_MAP_PEER_FREE], err = sek_peers_slots(m, &slots);
	__u32 zero = 0, last = 0, slot;

	if (!err && bpf_map_lookup_elem(m->fd[SEK_MAP_PEER_LAST], &zero, &last))
		err = -errno;
	if (err)
		return err;
	while (!bpf_map_lookup_and_delete_elem(fd, NULL, &slot))
		;
	for (slot = 1; slot < SEK_PEER_SLOTS && slot <= last; slot++) {
		if ((slots->life[slot] & SEK_PEER_STATE) == SEK_PEER_FREE &&
		    bpf_map_update_elem(fd, NULL, &slot, BPF_ANY))
			return -errno;
	}
	return 0;
}
