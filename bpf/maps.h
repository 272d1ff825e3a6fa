/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every map. The loader pins them under their names and sets the number of
 * slots (max_entries 1 here, or the smallest that loads).
 */
#ifndef SEK_BPF_MAPS_H
#define SEK_BPF_MAPS_H

/* struct sek_meta: what this set of maps is. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sek_meta);
} sek_meta SEC(".maps");

/* (netns, interface) -> slot; open addressing, see struct sek_link_id. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << SEK_LINK_IDS_BITS);
	__type(key, __u32);
	__type(value, struct sek_link_id);
} sek_link_ids SEC(".maps");

/* slot -> what userspace knows of it; programs read its flags. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sek_link);
} sek_links SEC(".maps");

/* slot * SEK_POINT_LINK_NR + point -> counters */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SEK_POINT_LINK_NR);
	__type(key, __u32);
	__type(value, struct sek_counters);
} sek_link_count SEC(".maps");

/* cgroup id -> slot */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u32);
} sek_cgroup_ids SEC(".maps");

/* How many cgroup slots were given out; the programs count it up. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} sek_cgroup_last SEC(".maps");

/*
 * slot -> cgroup id, 0: free. Who takes a slot exchanges 0 for its id, so that
 * nothing can be given twice.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} sek_cgroup_owner SEC(".maps");

/* Slots that were given back: hints, which may be wrong. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 1);
	__type(value, __u32);
} sek_cgroup_free SEC(".maps");

/* cgroup id -> where its counters go to */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct sek_cgroup_gone);
} sek_cgroup_gone SEC(".maps");

/* Totals of what has gone; no program touches it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct sek_removed_key);
	__type(value, struct sek_removed);
} sek_removed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct sek_icmp_key);
	__type(value, struct sek_icmp_removed);
} sek_icmp_removed SEC(".maps");

/*
 * netns_cookie -> 0; namespaces that a follower needs no hint about. LRU: of one
 * that was forgotten there is another hint.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, __u32);
} sek_netns_known SEC(".maps");

/* struct sek_event; 4,096 of them */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 131072);
} sek_events SEC(".maps");

/*
 * low bits of a cgroup id -> id << 16 | slot; mapped by userspace, which must
 * clear a word as a whole.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SEK_CGROUP_CACHE);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u64);
} sek_cgroup_cache SEC(".maps");

/* slot * SEK_POINT_CGROUP_NR + (egress) -> counters */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SEK_POINT_CGROUP_NR);
	__type(key, __u32);
	__type(value, struct sek_counters);
} sek_cgroup_count SEC(".maps");

/* sek_tunnel_cell_index() -> counter */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SEK_FAMILY_NONE);
	__type(key, __u32);
	__type(value, struct sek_cell);
} sek_tunnel_count SEC(".maps");

/* Exact ICMP types; 4,096 rows are 16 types in 256 places. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct sek_icmp_key);
	__type(value, struct sek_cell);
} sek_icmp_count SEC(".maps");

/* WireGuard's UDP ports in any namespace: the quick no before the hash. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sek_ports);
} sek_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct sek_port_key);
	__type(value, __u32); /* ifindex of the device, 0: in another namespace; | SEK_PORT_MARKED */
} sek_port_ids SEC(".maps");

/*
 * Session indexes seen in handshakes. LRU, because forged handshakes must not
 * keep out real ones; what it forgets is a certainty, never a count.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u32);
} sek_sessions SEC(".maps");

/* Which program counts at LOCAL_IN, see local_in.h. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} sek_local_in_jump SEC(".maps");

/* Remote end of a WireGuard device -> sek_peer_ref(); 0: to be given a slot. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * SEK_PEER_SLOTS);
	__type(key, struct sek_remote_key);
	__type(value, __u32);
} sek_remotes SEC(".maps");

/*
 * Session index -> sek_peer_ref(). A session lives for three minutes and both its ends
 * chose an index: LRU forgets dead ones. Only handshakes that the device sends
 * or answers enter one, so what others forge displaces nothing.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 6 * SEK_PEER_SLOTS);
	__type(key, struct sek_index_key);
	__type(value, __u32);
} sek_indexes SEC(".maps");

/*
 * Initiations that came and are not answered: sender's index -> length. Only
 * the answer shows that they were real, and then they are counted.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 512);
	__type(key, struct sek_index_key);
	__type(value, __u32);
} sek_unanswered SEC(".maps");

/* How many peer slots were given out for the first time; the programs count it up. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} sek_peer_last SEC(".maps");

/*
 * slot -> number of its life, see sek_peer_ref(). Who takes a slot exchanges a
 * life that is free for the next, so that nothing can be given twice.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SEK_PEER_SLOTS);
	__type(key, __u32);
	__type(value, __u32);
} sek_peer_lives SEC(".maps");

/* Slots that were given back: hints, which may be wrong. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, SEK_PEER_SLOTS);
	__type(value, __u32);
} sek_peer_free SEC(".maps");

/* slot -> the remote end that it was given to */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SEK_PEER_SLOTS);
	__type(key, __u32);
	__type(value, struct sek_remote_key);
} sek_peer_places SEC(".maps");

/* slot -> what userspace knows of it; no program reads it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SEK_PEER_SLOTS);
	__type(key, __u32);
	__type(value, struct sek_peer_id);
} sek_peers SEC(".maps");

/* Totals of slots that were taken back; no program touches it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct sek_peer_owner);
	__type(value, struct sek_peer_removed);
} sek_peer_removed SEC(".maps");

/* sek_peer_cell_index() -> counter */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SEK_PEER_SLOTS * SEK_PEER_CELLS);
	__type(key, __u32);
	__type(value, struct sek_peer_cell);
} sek_peer_count SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sek_stats);
} sek_stats SEC(".maps");

#endif
