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
 * userspace enters the public key.
 *
 * Messages are counted at tc, where the device's own UDP socket sends and
 * receives them.
 */
#define SEK_PEER_SLOTS 1024 /* SEK_SLOT_OVERFLOW included */

/**
 * struct sek_remote_key - the remote end of a WireGuard device's socket
 * @netns_cookie: where the socket is
 * @port: its UDP port
 * @remote_port: of the remote end
 * @pad: 0
 * @addr: of the remote end; IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2)
 *
 * The value is a slot; 0: to be given one by BPF.
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
 * @pad: 0
 */
struct sek_index_key {
	__u64 netns_cookie;
	__u32 index;
	__u16 port;
	__u16 pad;
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

/** sek_peer_cell_index() - where a message is counted; index into sek_peer_count */
static inline __attribute__((always_inline)) __u32
sek_peer_cell_index(__u32 slot, __u32 egress, __u32 class)
{
	return (slot * 2 + egress) * SEK_CLASS_WIREGUARD_NR + class;
}

_Static_assert(sizeof(struct sek_port_key) == 16, "no padding in a hash key");
_Static_assert(sizeof(struct sek_remote_key) == 32, "no padding in a hash key");
_Static_assert(sizeof(struct sek_index_key) == 16, "no padding in a hash key");
_Static_assert(sizeof(struct sek_peer_id) == 128, "ABI");
_Static_assert(sizeof(struct sek_peer_cell) == 24, "ABI");

#endif
