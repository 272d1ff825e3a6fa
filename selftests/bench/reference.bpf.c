// SPDX-License-Identifier: GPL-2.0-only
/*
 * What sekisho is measured against, in the same run: programs that do nothing,
 * and the ways of counting that other tools use.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

/* Per-CPU hash with a flow-like key of 16 bytes. */
struct key16 {
	__u64 netns;
	__u32 ifindex;
	__u32 kind;
};

struct value {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct key16);
	__type(value, struct value);
} hash16 SEC(".maps");

/* Per-CPU hash keyed by cgroup id. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct value);
} hash8 SEC(".maps");

/* systemd's IPAccounting: packets and bytes in an array, added atomically. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} ip_accounting SEC(".maps");

SEC("tc")
int empty_tc(struct __sk_buff *ctx __attribute__((unused)))
{
	return TC_ACT_UNSPEC;
}

SEC("xdp.frags")
int empty_xdp(struct xdp_md *ctx __attribute__((unused)))
{
	return XDP_PASS;
}

SEC("cgroup_skb/ingress")
int empty_cgroup(struct __sk_buff *ctx __attribute__((unused)))
{
	return 1;
}

SEC("tc")
int hash16_tc(struct __sk_buff *ctx)
{
	struct key16 key = { .netns = 1, .ifindex = ctx->ifindex };
	struct value *v = bpf_map_lookup_elem(&hash16, &key);

	if (v) {
		v->packets++;
		v->bytes += ctx->len;
	}
	return TC_ACT_UNSPEC;
}

SEC("cgroup_skb/ingress")
int hash8_cgroup(struct __sk_buff *ctx)
{
	__u64 id = bpf_skb_cgroup_id(ctx);
	struct value *v = bpf_map_lookup_elem(&hash8, &id);

	if (v) {
		v->packets++;
		v->bytes += ctx->len;
	}
	return 1;
}

static __always_inline void account(const struct __sk_buff *ctx)
{
	__u32 packets = 0, bytes = 1;
	__u64 *counter;

	counter = bpf_map_lookup_elem(&ip_accounting, &packets);
	if (counter)
		__sync_fetch_and_add(counter, 1);
	counter = bpf_map_lookup_elem(&ip_accounting, &bytes);
	if (counter)
		__sync_fetch_and_add(counter, ctx->len);
}

SEC("tc")
int atomic_tc(struct __sk_buff *ctx)
{
	account(ctx);
	return TC_ACT_UNSPEC;
}

SEC("cgroup_skb/ingress")
int atomic_cgroup(struct __sk_buff *ctx)
{
	account(ctx);
	return 1;
}

char _license[] SEC("license") = "GPL";
