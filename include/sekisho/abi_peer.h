/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of abi.h, which includes it, for WireGuard's peers: their sockets, sessions, slots. */
#ifndef SEKISHO_ABI_PEER_H
#define SEKISHO_ABI_PEER_H

/** struct sek_port_key - a UDP port that belongs to a WireGuard device */
struct sek_port_key {
	__u64 netns_cookie;
	__u16 port;
	__u16 pad[3];
};

/* In sek_port_ids beside the index: what the device sends is marked, see bpf/tunnel.h. */
#define SEK_PORT_MARKED (1U << 31)

/**
 * struct sek_ports - a bit for each UDP port known in some namespace
 * @bit: of port 0, which is nobody's: there is a device with %SEK_LINK_TUNNEL
 */
struct sek_ports {
	__u64 bit[65536 / 64];
};

/*
 * WireGuard peers. A message says which session it belongs to, a handshake
 * which remote end, and only the device knows whose that is: BPF gives a slot
 * to a remote end at its first handshake and follows its session indexes,
 * userspace enters the public key, and takes the slot back when it is the
 * remote end of no peer any more.
 *
 * Messages are counted at tc, where the device's own UDP socket sends and
 * receives them.
 */
#define SEK_PEER_SLOT_BITS 10
#define SEK_PEER_SLOTS	   (1 << SEK_PEER_SLOT_BITS) /* SEK_SLOT_OVERFLOW included */

/*
 * A slot's lives are numbered, in sek_peer_lives, and its state is in the low
 * bits. What refers to a slot (sek_remotes, sek_indexes) has the number of the
 * life that is meant: slot | life << SEK_PEER_SLOT_BITS. When that life has
 * ended it refers to nothing, wherever it is left. BPF begins a life, in a free
 * slot; userspace alone ends one.
 */
#define SEK_PEER_STATE	 3U /* mask */
#define SEK_PEER_FREE	 0U
#define SEK_PEER_IN_USE	 1U
#define SEK_PEER_LEAVING 2U /* its counters are about to be moved */
#define SEK_PEER_LIVES	 (1U << (32 - SEK_PEER_SLOT_BITS)) /* then they begin again */

/** sek_peer_ref() - what refers to a slot in this life; 0: to none */
static inline __attribute__((always_inline)) __u32 sek_peer_ref(__u32 slot, __u32 life)
{
	return slot | life << SEK_PEER_SLOT_BITS;
}

/**
 * struct sek_remote_key - the remote end of a WireGuard device's socket
 * @netns_cookie: where the socket is
 * @port: its UDP port
 * @remote_port: of the remote end
 * @pad: 0
 * @addr: of the remote end; IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2)
 *
 * The value refers to a slot, see sek_peer_ref(); if to none, it is to be given
 * one by BPF.
 */
struct sek_remote_key {
	__u64 netns_cookie;
	__u16 port;
	__u16 remote_port;
	__u32 pad;
	__u8 addr[16];
};

/**
 * struct sek_index_key - a session index that one end of a device's session chose
 * @netns_cookie: where the device's socket is
 * @index: as messages carry it
 * @port: the socket's UDP port
 * @remote: the remote end chose it, so it is in what the device sends
 */
struct sek_index_key {
	__u64 netns_cookie;
	__u32 index;
	__u16 port;
	__u16 remote;
};

/**
 * struct sek_peer_id - who a peer slot is, for userspace; BPF never reads it
 * @netns_cookie: of the device's namespace
 * @ifindex: of the device; 0: not known yet
 * @pad: 0
 * @ifname: of the device
 * @netns: name of the device's namespace when it was entered
 * @public_key: of the peer (Curve25519, 32 bytes)
 */
struct sek_peer_id {
	__u64 netns_cookie;
	__u32 ifindex;
	__u32 pad;
	char ifname[16];
	char netns[SEK_NAME_LEN];
	__u8 public_key[32];
};

/**
 * struct sek_peer_owner - whose counters are kept
 * @netns_cookie: of the device's namespace; 0: of namespaces that are gone
 * @ifindex: of the device; 0: of devices that are gone from the namespace
 * @pad: 0
 * @public_key: of a peer: what it counted in slots that were taken back since;
 *	zeros: of peers that are gone from the device
 */
struct sek_peer_owner {
	__u64 netns_cookie;
	__u32 ifindex;
	__u32 pad;
	__u8 public_key[32];
};

/**
 * struct sek_peer_cell - one counter of a peer
 * @messages: WireGuard messages
 * @message_bytes: their length, UDP payload: what "wg show transfer" counts
 * @wire_bytes: the packets' length, as the tc hook accounts it
 */
struct sek_peer_cell {
	__u64 messages;
	__u64 message_bytes;
	__u64 wire_bytes;
};

#define SEK_PEER_CELLS (2 * SEK_CLASS_WIREGUARD_NR)

/** sek_peer_cell_index() - where a message is counted; index into sek_peer_count */
static inline __attribute__((always_inline)) __u32
sek_peer_cell_index(__u32 slot, __u32 egress, __u32 class)
{
	return slot * SEK_PEER_CELLS + egress * SEK_CLASS_WIREGUARD_NR + class;
}

/**
 * struct sek_peer_removed - what an owner's slots had counted that were taken back
 * @from: enum sek_from, as in &struct sek_removed
 * @slot: SEK_FROM_SLOT: which
 * @owner: SEK_FROM_OWNER: which
 * @ifname: of the device
 * @netns: name of the namespace
 * @cell: the sums, in the order of a slot's
 */
struct sek_peer_removed {
	__u32 from;
	__u32 slot;
	struct sek_peer_owner owner;
	char ifname[16];
	char netns[SEK_NAME_LEN];
	struct sek_peer_cell cell[SEK_PEER_CELLS];
};

_Static_assert(sizeof(struct sek_port_key) == 16, "no padding in a hash key");
_Static_assert(sizeof(struct sek_remote_key) == 32, "no padding in a hash key");
_Static_assert(sizeof(struct sek_index_key) == 16, "no padding in a hash key");
_Static_assert(sizeof(struct sek_peer_id) == 128, "ABI");
_Static_assert(sizeof(struct sek_peer_cell) == 24, "ABI");
_Static_assert(sizeof(struct sek_peer_owner) == 48, "no padding in a hash key");
_Static_assert(sizeof(struct sek_peer_removed) == 376, "ABI");

#endif
