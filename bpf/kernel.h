/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's structs that we read, with only the fields used. Offsets come
 * from the running kernel's BTF at load time (CO-RE), not from here.
 */
#ifndef SEK_BPF_KERNEL_H
#define SEK_BPF_KERNEL_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct net {
	__u64 net_cookie;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	int ifindex;
	unsigned int flags;
	unsigned long long priv_flags; /* 32 bits of a bit field since 6.11 */
	possible_net_t nd_net;
};

struct dst_entry {
	struct net_device *dev;
};

struct sk_buff {
	struct net_device *dev;
	unsigned int len;
	unsigned long _skb_refdst;
	__u8 encapsulation : 1;
	__u16 inner_transport_header; /* from @head, as the next */
	__u16 inner_network_header;
	__u16 network_header;
	unsigned char *head;
	unsigned char *data;
	unsigned int end; /* from @head, too, on 64 bits */
};

struct skb_shared_info {
	unsigned short gso_size;
	unsigned short gso_segs;
};

struct nf_hook_state {
	__u8 pf;
	struct net_device *in;
	struct net *net;
};

struct xdp_rxq_info {
	struct net_device *dev;
};

struct xdp_buff {
	struct xdp_rxq_info *rxq;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct nsproxy {
	struct net *net_ns;
};

struct task_struct {
	int tgid;
	struct nsproxy *nsproxy;
};

#pragma clang attribute pop

/* Context of a netfilter program; an ABI, not relocated. */
struct bpf_nf_ctx {
	const struct nf_hook_state *state;
	struct sk_buff *skb;
};

#define SEK_IFF_SLAVE (1U << 11)      /* IFF_SLAVE, <linux/if.h>: of a bond */
#define SEK_IFF_BRIDGE_PORT (1U << 9) /* IFF_BRIDGE_PORT, include/linux/netdevice.h */
#define SEK_PACKET_OTHERHOST 3        /* PACKET_OTHERHOST, <linux/if_packet.h> */

/*
 * Linux 6.2: the kernel's struct behind a context, to be read directly. Weak,
 * because 6.1 has to load the programs without it: there a context is read as
 * the struct that it is at run time, by bpf_probe_read_kernel().
 */
extern void *bpf_cast_to_kern_ctx(void *ctx) __ksym __weak;

/* Linux 6.4, as are the netfilter programs that call them. */
extern int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags,
			       struct bpf_dynptr *ptr) __ksym __weak;
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

/**
 * sek_skb_netns() - cookie of the namespace where an skb is
 * @ctx: of a tc or cgroup program
 *
 * The slow way, which works on each kernel and at each hook: for packets that
 * are rare enough.
 *
 * Return: net->net_cookie.
 */
static __noinline __u64 sek_skb_netns(struct __sk_buff *ctx)
{
	struct sk_buff *skb = (void *)ctx;

	return BPF_CORE_READ(skb, dev, nd_net.net, net_cookie);
}

#endif
