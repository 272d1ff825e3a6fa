// SPDX-License-Identifier: GPL-2.0-only
#include "peers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "cleanup.h"

static bool same_device(const struct sek_peer_id *a, const struct sek_peer_id *b)
{
	return a->netns_cookie == b->netns_cookie && a->ifindex == b->ifindex;
}

static bool same_peer(const struct sek_peer_id *a, const struct sek_peer_id *b)
{
	return same_device(a, b) && !memcmp(a->public_key, b->public_key, sizeof(a->public_key));
}

int sek_peers_used(const struct sek_maps *m, uint32_t *ret)
{
	__u32 zero = 0, last;

	if (bpf_map_lookup_elem(m->fd[SEK_MAP_PEER_LAST], &zero, &last))
		return -errno;
	/* Late comers count it up further than there are slots. */
	*ret = last >= SEK_PEER_SLOTS ? SEK_PEER_SLOTS - 1 : last;
	return 0;
}

/* All slots that were given out; slot 0 is the overflow. */
static int read_ids(const struct sek_maps *m, struct sek_peer_id **ret, uint32_t *n)
{
	struct sek_peer_id *ids;
	__u32 last = 0;
	int err = sek_peers_used(m, &last);

	if (err)
		return err;
	ids = calloc(last + 1, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	for (__u32 slot = 1; slot <= last && !err; slot++)
		if (bpf_map_lookup_elem(m->fd[SEK_MAP_PEERS], &slot, &ids[slot]))
			err = -errno;
	if (err) {
		free(ids);
		return err;
	}
	*ret = ids;
	*n = last + 1;
	return 0;
}

static bool remote_key(const union sek_endpoint *remote, struct sek_remote_key *key)
{
	switch (remote->sa.sa_family) {
	case AF_INET:
		memset(key->addr, 0, 10);
		memset(key->addr + 10, 0xff, 2);
		memcpy(key->addr + 12, &remote->v4.sin_addr, 4);
		key->remote_port = ntohs(remote->v4.sin_port);
		return true;
	case AF_INET6:
		memcpy(key->addr, &remote->v6.sin6_addr, 16);
		key->remote_port = ntohs(remote->v6.sin6_port);
		return true;
	}
	return false;
}

/* The slot that a peer has from before, 0 if none. */
static __u32 find_slot(const struct sek_peer_id *ids, uint32_t n, const struct sek_peer_id *peer)
{
	for (uint32_t slot = 1; slot < n; slot++)
		if (same_peer(&ids[slot], peer))
			return slot;
	return SEK_SLOT_OVERFLOW;
}

static int enter_one(const struct sek_maps *m, struct sek_peer_id *ids, uint32_t n,
		     const struct sek_remote_key *key, const struct sek_peer_id *peer)
{
	__u32 slot;

	if (bpf_map_lookup_elem(m->fd[SEK_MAP_REMOTES], key, &slot)) {
		slot = find_slot(ids, n, peer);
		if (bpf_map_update_elem(m->fd[SEK_MAP_REMOTES], key, &slot, BPF_NOEXIST) &&
		    errno != EEXIST)
			return -errno;
		return 0;
	}
	/* Given out since the slots were read: the next time will do. */
	if (slot == SEK_SLOT_OVERFLOW || slot >= n)
		return 0;
	if (!ids[slot].ifindex) {
		ids[slot] = *peer;
		return bpf_map_update_elem(m->fd[SEK_MAP_PEERS], &slot, peer, BPF_ANY) ? -errno : 0;
	}
	if (same_peer(&ids[slot], peer))
		return 0;
	slot = find_slot(ids, n, peer);
	return bpf_map_update_elem(m->fd[SEK_MAP_REMOTES], key, &slot, BPF_ANY) ? -errno : 0;
}

int sek_peers_enter(const struct sek_maps *m, const struct sek_netns *netns, uint64_t socket_cookie,
		    const struct sek_device *device)
{
	SEK_CLEANUP(sek_freep) struct sek_peer_id *ids = NULL;
	struct sek_remote_key key = { .netns_cookie = socket_cookie, .port = device->port };
	struct sek_peer_id peer = { .netns_cookie = netns->cookie, .ifindex = device->ifindex };
	uint32_t n;
	int err = read_ids(m, &ids, &n);

	snprintf(peer.ifname, sizeof(peer.ifname), "%s", device->name);
	snprintf(peer.netns, sizeof(peer.netns), "%s", netns->name);
	for (size_t i = 0; i < device->peers_n && !err; i++) {
		const struct sek_device_peer *one = &device->peers[i];

		memcpy(peer.public_key, one->public_key.bytes, sizeof(peer.public_key));
		if (remote_key(&one->endpoint, &key))
			err = enter_one(m, ids, n, &key, &peer);
	}
	return err == -E2BIG ? 0 : err;
}

/* For each slot a remote end, to be freed by the caller; port 0: none is known. */
static struct sek_remote_key *read_remotes(const struct sek_maps *m, uint32_t n)
{
	struct sek_remote_key key, *last = NULL, *remotes = calloc(n, sizeof(*remotes));
	__u32 slot;

	while (remotes && !bpf_map_get_next_key(m->fd[SEK_MAP_REMOTES], last, &key)) {
		last = &key;
		if (!bpf_map_lookup_elem(m->fd[SEK_MAP_REMOTES], &key, &slot) && slot < n &&
		    !remotes[slot].remote_port)
			remotes[slot] = key;
	}
	return remotes;
}

/* The remote end of a slot that nobody has told us the peer of. */
static const char *remote_text(const struct sek_remote_key *key, char *text, size_t size)
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

static int add_cell(const struct sek_maps *m, uint32_t index, struct sek_peer_cell *sum)
{
	struct sek_peer_cell values[m->cpus];

	if (bpf_map_lookup_elem(m->fd[SEK_MAP_PEER_COUNT], &index, values))
		return -errno;
	for (uint32_t cpu = 0; cpu < m->cpus; cpu++) {
		sum->messages += values[cpu].messages;
		sum->message_bytes += values[cpu].message_bytes;
		sum->wire_bytes += values[cpu].wire_bytes;
	}
	return 0;
}

/* For each slot the first one of the same peer: there are as many as it was met at places. */
static uint16_t *find_owners(const struct sek_peer_id *ids, uint32_t n)
{
	uint16_t *owners = calloc(n, sizeof(*owners));

	for (uint32_t slot = 0; owners && slot < n; slot++)
		owners[slot] = ids[slot].ifindex ? find_slot(ids, n, &ids[slot]) : slot;
	return owners;
}

static int emit(const struct sek_maps *m, const uint16_t *owners, uint32_t n, uint32_t first,
		struct sek_row *row, sek_row_fn fn, void *arg)
{
	int err = 0;

	for (uint32_t i = 0; i < 2 * SEK_CLASS_WIREGUARD_NR && !err; i++) {
		struct sek_peer_cell sum = {};

		row->egress = i / SEK_CLASS_WIREGUARD_NR;
		row->class = i % SEK_CLASS_WIREGUARD_NR;
		for (uint32_t slot = first; slot < n && !err; slot++)
			if (owners[slot] == first)
				err = add_cell(m,
					       sek_peer_cell_index(slot, row->egress, row->class),
					       &sum);
		if (err || !sum.messages)
			continue;
		row->packets = sum.messages;
		row->bytes = sum.message_bytes;
		row->wire_bytes = sum.wire_bytes;
		err = fn(row, arg);
	}
	return err;
}

int sek_peers_walk(const struct sek_maps *m, const struct sek_netns *netns, size_t netns_n,
		   sek_row_fn fn, void *arg)
{
	SEK_CLEANUP(sek_freep) struct sek_peer_id *ids = NULL;
	SEK_CLEANUP(sek_freep) uint16_t *owners = NULL;
	SEK_CLEANUP(sek_freep) struct sek_remote_key *remotes = NULL;
	uint32_t n = 0;
	int err = read_ids(m, &ids, &n);

	if (!err) {
		owners = find_owners(ids, n);
		remotes = read_remotes(m, n);
		err = owners && remotes ? 0 : -ENOMEM;
	}
	for (uint32_t slot = 0; slot < n && !err; slot++) {
		struct sek_row row = { .hook = "tc" };
		char remote[INET6_ADDRSTRLEN + 8], public_key[SEK_KEY_TEXT];

		if (ids[slot].ifindex) {
			if (owners[slot] != slot)
				continue;
			row.netns = ids[slot].netns;
			for (size_t i = 0; i < netns_n; i++)
				if (netns[i].cookie == ids[slot].netns_cookie)
					row.netns = netns[i].name;
			row.ifname = ids[slot].ifname;
			row.ifindex = ids[slot].ifindex;
			row.public_key = sek_key_format((const void *)ids[slot].public_key,
							public_key);
		} else if (slot == SEK_SLOT_OVERFLOW) {
			row.netns = SEK_NAME_OVERFLOW;
			row.ifname = SEK_NAME_OVERFLOW;
		} else {
			row.endpoint = remote_text(&remotes[slot], remote, sizeof(remote));
		}
		err = emit(m, owners, n, slot, &row, fn, arg);
	}
	return err;
}
