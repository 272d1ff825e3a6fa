/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one header that the BPF programs, the command and the selftests share:
 * identities, classes, counters and the maps that hold them.
 *
 * Every number is in host byte order unless its type is __be16 or __be32.
 * Counters are 64 bits wide, only grow, and live in per-CPU maps: the value
 * of a counter is the sum over all CPUs.
 */
#ifndef SEKISHO_ABI_H
#define SEKISHO_ABI_H

#ifndef __bpf__
#include <linux/types.h>
#endif

/**
 * SEK_ABI_VERSION - layout of everything in this header
 *
 * Pinned maps of another version are neither read nor reused. Any change of a
 * struct, an enum or a map below increments it.
 */
#define SEK_ABI_VERSION 6

/** enum sek_family - IP version of a packet; NONE where there is none */
enum sek_family {
	SEK_FAMILY_IPV4,
	SEK_FAMILY_IPV6,
	SEK_FAMILY_NONE,
	SEK_FAMILY_NR
};

/**
 * enum sek_class - what a packet is; each packet has exactly one
 *
 * The outermost IP header decides. The first %SEK_CLASS_IP_NR exist for each
 * IP family, the others have the family %SEK_FAMILY_NONE; MALFORMED is the one
 * that can have all three.
 *
 * WireGuard: message types 1 to 4 of the WireGuard paper, section 5.4;
 * KEEPALIVE is a data message with an empty payload.
 * FRAGMENT is a non-first fragment, whose protocol header is elsewhere.
 */
enum sek_class {
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
	SEK_CLASS_IP_NR,
	SEK_CLASS_ARP = SEK_CLASS_IP_NR,
	SEK_CLASS_NON_IP,
	SEK_CLASS_NR
};

#define SEK_CLASS_WIREGUARD_NR 5

/**
 * enum sek_certainty - how sure we are that a packet is WireGuard's
 * @SEK_CERTAINTY_SHAPE: its bytes look like it
 * @SEK_CERTAINTY_TRACKED: its receiver index was announced in a handshake
 * @SEK_CERTAINTY_KNOWN: its UDP port belongs to a WireGuard device here
 */
enum sek_certainty {
	SEK_CERTAINTY_SHAPE,
	SEK_CERTAINTY_TRACKED,
	SEK_CERTAINTY_KNOWN,
	SEK_CERTAINTY_NR
};

/**
 * enum sek_route - what the kernel's routing did with a packet
 * @SEK_ROUTE_NONE: not decided yet at this hook, or not by IP (a bridge)
 * @SEK_ROUTE_LOCAL_IN: delivered to this namespace
 * @SEK_ROUTE_LOCAL_OUT: sent by this namespace
 * @SEK_ROUTE_FORWARDED: routed from one interface to another
 */
enum sek_route {
	SEK_ROUTE_NONE,
	SEK_ROUTE_LOCAL_IN,
	SEK_ROUTE_LOCAL_OUT,
	SEK_ROUTE_FORWARDED,
	SEK_ROUTE_NR
};

/**
 * enum sek_point - where and with which routing decision a link or cgroup counts
 *
 * A link's counters are an array indexed by this. XDP, TC and LOCAL_IN rows
 * show the same packets at different places: never add them up. TUNNEL is what
 * WireGuard sent for a cgroup, encrypted; what it was before, its cgroup and
 * the tunnel's link have counted.
 */
enum sek_point {
	SEK_POINT_XDP,
	SEK_POINT_TC_INGRESS,
	SEK_POINT_TC_EGRESS_LOCAL,
	SEK_POINT_TC_EGRESS_FORWARDED,
	SEK_POINT_TC_EGRESS_OTHER,
	SEK_POINT_LOCAL_IN,
	SEK_POINT_LINK_NR,
	SEK_POINT_CGROUP_INGRESS = SEK_POINT_LINK_NR,
	SEK_POINT_CGROUP_EGRESS,
	SEK_POINT_TUNNEL,
	SEK_POINT_NR
};

#define SEK_POINT_CGROUP_NR (SEK_POINT_TUNNEL - SEK_POINT_LINK_NR)

/*
 * Cells: one counter for each (family, class), and three for the WireGuard
 * classes, one a certainty. Only the pairs that can occur have one.
 */
#define SEK_CELL_IP_NR \
	(SEK_CLASS_IP_NR + SEK_CLASS_WIREGUARD_NR * (SEK_CERTAINTY_NR - 1))
#define SEK_CELL_NONE (2 * SEK_CELL_IP_NR)
#define SEK_CELL_NONE_NR (SEK_CLASS_NR - SEK_CLASS_MALFORMED)
#define SEK_CELL_NR (SEK_CELL_NONE + SEK_CELL_NONE_NR)

/**
 * sek_cell_index() - where a packet of this kind is counted
 * @family: enum sek_family
 * @class: enum sek_class that exists in @family
 * @certainty: enum sek_certainty; SHAPE for all but WireGuard
 *
 * Return: index into &struct sek_counters.cell
 */
static inline __attribute__((always_inline)) __u32
sek_cell_index(__u32 family, __u32 class, __u32 certainty)
{
	if (family == SEK_FAMILY_NONE)
		return SEK_CELL_NONE + class - SEK_CLASS_MALFORMED;
	if (certainty)
		class += SEK_CLASS_IP_NR +
			 SEK_CLASS_WIREGUARD_NR * (certainty - 1);
	return family * SEK_CELL_IP_NR + class;
}

/**
 * struct sek_cell - one counter
 * @skbs: socket buffers (at XDP: frames) that the kernel handed to the hook
 * @skb_bytes: their length as the kernel accounts it at that hook
 * @gso_packets: packets that GSO skbs stand for, beyond one each
 * @gso_bytes: headers of those packets, which the skbs carry only once
 *
 * Packets on the wire are @skbs + @gso_packets, bytes on the wire are
 * @skb_bytes + @gso_bytes, as qdisc_pkt_len_init() in net/core/dev.c computes
 * them. The last two are touched for GSO skbs alone, so the usual packet costs
 * two additions.
 */
struct sek_cell {
	__u64 skbs;
	__u64 skb_bytes;
	__u64 gso_packets;
	__u64 gso_bytes;
};

/** struct sek_counters - all cells of one (identity, point) */
struct sek_counters {
	struct sek_cell cell[SEK_CELL_NR];
};

/**
 * SEK_SLOT_OVERFLOW - slot of everything that has no slot of its own
 *
 * Identities are numbered from 1 in the order of their appearance; when the
 * numbers run out, packets are counted here, and &struct sek_stats says so.
 */
#define SEK_SLOT_OVERFLOW 0
#define SEK_SLOT_MAX 32767

/** enum sek_l2 - how packets of a device begin */
enum sek_l2 {
	SEK_L2_ETHERNET, /* Ethernet header */
	SEK_L2_NONE,     /* IP header: tun, WireGuard, IP tunnels */
	SEK_L2_OUTER,    /* outer IP and GRE headers, if the device has no one peer */
};

/**
 * struct sek_link_id - which slot an interface counts in
 * @netns_cookie: net->net_cookie, unique since boot; 0: free entry
 * @ifindex: unique within that namespace
 * @slot: 1 to SEK_SLOT_MAX
 * @l2: enum sek_l2
 * @kind: SEK_LINK_TUNNEL or SEK_LINK_VETH >> SEK_LINK_KIND_SHIFT
 *
 * An open-addressed table that userspace writes and BPF only reads. An
 * identity lies in one of the SEK_LINK_PROBES entries that follow
 * sek_link_hash(). It is written before its interface gets a program.
 */
struct sek_link_id {
	__u64 netns_cookie;
	__u32 ifindex;
	__u16 slot;
	__u8 l2;
	__u8 kind;
};

/*
 * Nearly always the first entry is the one. With 16 entries of the table for
 * each link no order of namespaces and interfaces was found that needs more.
 */
#define SEK_LINK_PROBES 8
#define SEK_LINK_IDS_PER_SLOT 16
#define SEK_LINK_IDS_BITS 12 /* log2 of the smallest table */

/**
 * sek_link_hash() - first entry where a link may lie
 * @netns_cookie: net->net_cookie
 * @ifindex: interface
 * @bits: sek_link_ids has 1 << @bits entries, and starts again at its end
 *
 * Cookies are handed out in steps of one, by each CPU from 4096 of its own
 * (gen_cookie_next() in include/linux/cookie.h), and indexes start low in each
 * namespace. Multiplied by 2^32 / golden ratio, and by another such factor
 * (Murmur3's), both spread over the upper bits, in even steps: better than by
 * chance.
 *
 * Return: index into sek_link_ids.
 */
static inline __attribute__((always_inline)) __u32
sek_link_hash(__u64 netns_cookie, __u32 ifindex, __u32 bits)
{
	return ((__u32)netns_cookie * 0x9e3779b1U + ifindex * 0x85ebca77U) >> (32 - bits);
}

/*
 * On a kernel without bpf_cast_to_kern_ctx() the loader writes a link's slot
 * into the classid of its clsact filters, of which a program sees 16 bits.
 */
#define SEK_CLASSID_SLOT  0x7fff
#define SEK_CLASSID_NO_L2 0x8000 /* SEK_L2_NONE */

/* struct sek_link.flags: what a link's slot has, or had, attached. */
#define SEK_LINK_XDP      (1U << 0)
#define SEK_LINK_XDP_SKB  (1U << 1) /* generic: the driver has none */
#define SEK_LINK_TC       (1U << 2)
#define SEK_LINK_CLSACT   (1U << 3) /* by filters, on a kernel without tcx */
#define SEK_LINK_QDISC    (1U << 4) /* the clsact qdisc is ours to remove */
#define SEK_LINK_LOCAL_IN (1U << 5)

/* What it is, for BPF: see bpf/tunnel.h. */
#define SEK_LINK_KIND_SHIFT 8
#define SEK_LINK_TUNNEL (1U << 8) /* a WireGuard device: what it sends is marked */
#define SEK_LINK_VETH	(1U << 9) /* leads into another namespace */

#define SEK_NAME_LEN 64

/**
 * struct sek_link - who a link slot is; BPF reads nothing but the flags
 * @netns_cookie: net->net_cookie; 0: free slot
 * @netns_ino: inode of its /proc/PID/ns/net
 * @ifindex: index in that namespace
 * @flags: SEK_LINK_*
 * @ifname: name when it was attached
 * @netns: name of the namespace when it was attached
 */
struct sek_link {
	__u64 netns_cookie;
	__u64 netns_ino;
	__u32 ifindex;
	__u32 flags;
	char ifname[16];
	char netns[SEK_NAME_LEN];
};

/*
 * Cgroups get their slots from BPF, at their first packet, from a hash
 * (cgroup id -> slot). In front of it lies a direct-mapped cache of words
 * id << 16 | slot: one aligned load either sees a whole entry or another one.
 */
#define SEK_CGROUP_CACHE 4096 /* a power of two */

/*
 * Of cgroups, slot 1 takes what those send that were removed so long ago that
 * their own slot was needed (see SEK_CGROUP_REMOVED). Others begin behind it.
 */
#define SEK_CGROUP_SLOT_REMOVED 1
#define SEK_CGROUP_SLOT_FIRST	2

/* In sek_cgroup_ids beside the slot: the cgroup was removed and settled. */
#define SEK_CGROUP_REMOVED (1U << 31)

/* As many ids as this for each slot: those of removed cgroups stay a while. */
#define SEK_CGROUP_IDS_PER_SLOT 4

/* Ancestors that are remembered of a removed cgroup, the nearest first. */
#define SEK_CGROUP_DEPTH 16

/**
 * struct sek_cgroup_gone - a cgroup with counters that was removed
 * @removed_ns: when, bpf_ktime_get_ns()
 * @released: no socket refers to it any more: its counters stand still
 * @pad: 0
 * @ancestors: ids, the nearest first; 0 behind the last
 *
 * Written by BPF at the kernel's events cgroup_rmdir and cgroup_release, and
 * deleted by who settles it.
 */
struct sek_cgroup_gone {
	__u64 removed_ns;
	__u32 released;
	__u32 pad;
	__u64 ancestors[SEK_CGROUP_DEPTH];
};

/**
 * struct sek_removed_key - whose removed ones are counted together
 * @owner: cgroup id of the parent, or netns_cookie of removed interfaces; 0:
 *	of namespaces that are gone
 * @point: enum sek_point, which tells links from cgroups
 * @pad: 0
 */
struct sek_removed_key {
	__u64 owner;
	__u32 point;
	__u32 pad;
};

/* enum sek_from - what is being moved into a struct sek_removed or sek_peer_removed */
enum sek_from {
	SEK_FROM_NONE,
	SEK_FROM_SLOT,	/* counters of a slot */
	SEK_FROM_OWNER, /* what another owner's removed ones had counted */
};

/**
 * struct sek_removed - totals of what has gone, at one point
 * @from: enum sek_from: counters that were added here and may not have been
 *	taken away there yet; who finds this after a crash only does the latter
 * @slot: SEK_FROM_SLOT: which
 * @owner: SEK_FROM_OWNER: which, at the same point
 * @ancestors: of the owner, if it is a cgroup; the nearest first
 * @counters: the sum
 *
 * Userspace alone writes it. One update of the map adds and leaves the mark.
 */
struct sek_removed {
	__u32 from;
	__u32 slot;
	__u64 owner;
	__u64 ancestors[SEK_CGROUP_DEPTH];
	struct sek_counters counters;
};

/**
 * struct sek_icmp_removed - an exact ICMP type, of all that has gone
 * @slot: as @from in &struct sek_removed: of the row that was added, 0: none
 * @pad: 0
 * @cell: the sum
 *
 * Its key is a &struct sek_icmp_key with slot 0.
 */
struct sek_icmp_removed {
	__u32 slot;
	__u32 pad;
	struct sek_cell cell;
};

/* enum sek_event_kind - what the kernel side tells a follower */
enum sek_event_kind {
	SEK_EVENT_CGROUP_REMOVED,  /* id: cgroup; it may have counters */
	SEK_EVENT_CGROUP_RELEASED, /* id: cgroup; it has counters */
	SEK_EVENT_NETNS,	   /* id: netns_cookie, not known; pid: in it */
	SEK_EVENT_PEER,		   /* id: netns_cookie; a new remote end, with a slot or without */
};

/**
 * struct sek_event - a hint; what matters is in the maps
 * @id: see enum sek_event_kind
 * @kind: enum sek_event_kind
 * @pid: process id in the first pid namespace
 */
struct sek_event {
	__u64 id;
	__u32 kind;
	__u32 pid;
};

/**
 * struct sek_icmp_key - exact ICMP type and code, per identity
 * @slot: of the link or cgroup, as @point tells
 * @point: enum sek_point
 * @family: enum sek_family
 * @type: ICMP type
 * @code: ICMP code
 */
struct sek_icmp_key {
	__u32 slot;
	__u8 point;
	__u8 family;
	__u8 type;
	__u8 code;
};

#include "sekisho/abi_peer.h"

/*
 * The hash of a packet that leaves a WireGuard device's tc egress: the cgroup
 * slot of its sender, and the upper bits as they were. The device encrypts it
 * and hands the hash on (wg_reset_packet() in drivers/net/wireguard/queueing.h).
 * Queues choose by the upper bits (reciprocal_scale()), so flows stay apart.
 */
#define SEK_TUNNEL_SLOT SEK_SLOT_MAX
#define SEK_TUNNEL_MARK 0x8000

/** sek_tunnel_cell_index() - where a cgroup slot's tunnelled packets are counted */
static inline __attribute__((always_inline)) __u32
sek_tunnel_cell_index(__u32 slot, __u32 family)
{
	return slot * SEK_FAMILY_NONE + family;
}

/**
 * struct sek_stats - the books' own health, per CPU
 * @no_link: packets counted in the overflow slot: unknown interface
 * @no_cgroup: packets counted in the overflow slot: cgroup slots used up
 * @no_icmp: ICMP packets without a row of their own type and code
 * @no_socket: packets of no socket at the cgroup hook, in the overflow slot
 * @no_gone: removed cgroups that were not noted: the table is full
 * @no_event: hints to a follower that found no room
 * @no_peer: WireGuard messages of no known session, in the overflow slot
 */
struct sek_stats {
	__u64 no_link;
	__u64 no_cgroup;
	__u64 no_icmp;
	__u64 no_socket;
	__u64 no_gone;
	__u64 no_event;
	__u64 no_peer;
};

/**
 * struct sek_meta - one for each set of pinned maps
 * @abi: SEK_ABI_VERSION, written last when the maps are complete
 * @ready: 1 after a load has come to its end
 * @build: which BPF object is attached: FNV-1a hash of its version and ELF
 * @version: of the command that attached it, for people
 * @cgroup_id: of the cgroup that is attached to; 0: none
 * @cgroup_path: the same, for people
 * @flags: SEK_META_*
 * @epoch: random, the same as long as no counter began at 0 again; 0: nobody says
 */
struct sek_meta {
	__u32 abi;
	__u32 ready;
	__u64 build;
	char version[32];
	__u64 cgroup_id;
	char cgroup_path[256];
	__u32 flags;
	__u32 epoch;
};

/**
 * struct sek_config - constants of the programs, set before load
 * @kern_ctx: the kernel has bpf_cast_to_kern_ctx(): read kernel structs
 *	directly; otherwise through bpf_probe_read_kernel()
 * @link_ids_bits: sek_link_ids has 1 << @link_ids_bits entries
 * @cgroup_slots: entries of the cgroup counters, slots 0 and 1 included
 */
struct sek_config {
	__u8 kern_ctx;
	__u8 link_ids_bits;
	__u8 pad[2];
	__u32 cgroup_slots;
};

#define SEK_META_BPFFS (1U << 0) /* bpffs was mounted by load */

_Static_assert(SEK_CLASS_NR == 20, "class names are a contract");
_Static_assert(sizeof(struct sek_cell) == 32, "two cells a cache line");
_Static_assert(SEK_CELL_NR == 59, "memory formula in docs/counting.rst");
_Static_assert(sizeof(struct sek_link_id) == 16, "ABI");
_Static_assert(sizeof(struct sek_link) == 104, "ABI");
_Static_assert(sizeof(struct sek_icmp_key) == 8, "no padding in a hash key");
_Static_assert(sizeof(struct sek_cgroup_gone) == 144, "ABI");
_Static_assert(sizeof(struct sek_removed_key) == 16, "no padding in a hash key");
_Static_assert(sizeof(struct sek_removed) == 2032, "ABI");
_Static_assert(sizeof(struct sek_event) == 16, "ABI");
_Static_assert(sizeof(struct sek_config) == 8, "ABI");
_Static_assert(sizeof(struct sek_meta) == 320, "ABI");

#include "sekisho/abi_capture.h"

#endif
