/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interfaces, and the filters of their clsact hooks, by rtnetlink.
 *
 * All functions act in the network namespace of the calling thread.
 */
#ifndef SEK_RTNL_H
#define SEK_RTNL_H

#include <stdbool.h>
#include <stddef.h>
#include <net/if.h>

#include <linux/types.h>

#include "sekisho/abi.h"

/**
 * struct sek_iface - one interface
 * @ifindex: unique within its namespace
 * @name: its name
 * @arphrd: ARPHRD_* of <linux/if_arp.h>
 * @flags: IFF_* of <linux/if.h>
 * @kind: IFLA_INFO_KIND ("veth", "wireguard"), "" if the kernel tells none
 * @mtu: in bytes
 * @xdp_prog_id: the XDP program that anybody attached, 0 if none; of several (offloaded and
 *	native, say) that of the driver
 * @xdp_mode: XDP_ATTACHED_* of <linux/if_link.h>
 * @rx_packets: struct rtnl_link_stats64
 * @rx_bytes: likewise
 * @tx_packets: likewise
 * @tx_bytes: likewise
 */
struct sek_iface {
	__u32 ifindex;
	char name[IFNAMSIZ];
	__u16 arphrd;
	__u32 flags;
	char kind[16];
	__u32 mtu;
	__u32 xdp_prog_id;
	__u8 xdp_mode;
	__u64 rx_packets;
	__u64 rx_bytes;
	__u64 tx_packets;
	__u64 tx_bytes;
};

/**
 * struct sek_filter - one filter of a clsact hook
 * @prio: preference; smaller ones run first
 * @handle: within @prio, 0 if the kind has none
 * @parent: TC_H_* of the hook
 * @prog_id: of a BPF filter, else 0
 * @name: of a BPF filter (TCA_BPF_NAME), else ""; cut at the end if longer
 * @kind: "bpf", "matchall", "flower" ...
 */
struct sek_filter {
	__u32 prio;
	__u32 handle;
	__u32 parent;
	__u32 prog_id;
	char name[64];
	char kind[16];
};

/**
 * sek_rtnl_ifaces - all interfaces
 * @ret: an array to be freed by free(), in the kernel's order; untouched on failure
 * @n: number of entries
 *
 * Return: 0 or -errno.
 */
int sek_rtnl_ifaces(struct sek_iface **ret, size_t *n);

/**
 * sek_rtnl_iface - one interface
 * @name: its name
 * @ret: untouched on failure
 *
 * Return: 0, -ENODEV, or another -errno.
 */
int sek_rtnl_iface(const char *name, struct sek_iface *ret);

/**
 * sek_rtnl_l2 - how packets of an interface begin at the tc hooks
 * @i: the interface
 *
 * Return: enum sek_l2.
 */
enum sek_l2 sek_rtnl_l2(const struct sek_iface *i);

/**
 * sek_rtnl_clsact_add - give an interface the clsact qdisc
 * @ifindex: of the interface
 *
 * Return: 0 if it was made; -EEXIST if it was there, or the ingress qdisc, which takes the same
 * place; -ENODEV; another -errno.
 */
int sek_rtnl_clsact_add(__u32 ifindex);

/**
 * sek_rtnl_clsact_del - take the clsact qdisc and all its filters away
 * @ifindex: of the interface
 *
 * Return: 0; -ENOENT if there was none; -ENODEV; another -errno.
 */
int sek_rtnl_clsact_del(__u32 ifindex);

/**
 * sek_rtnl_has_clsact - does an interface have the clsact qdisc?
 * @ifindex: of the interface
 *
 * Return: 1 or 0, -ENODEV, or another -errno.
 */
int sek_rtnl_has_clsact(__u32 ifindex);

/**
 * sek_rtnl_bpf_replace - add a direct-action BPF filter for all protocols, or replace it
 * @ifindex: of an interface with clsact
 * @egress: at egress, else at ingress
 * @prio: 1 to 65535
 * @handle: within @prio, not 0
 * @prog_fd: program of type BPF_PROG_TYPE_SCHED_CLS; not kept
 * @name: for people
 * @classid: minor number of the class, which the program sees as __sk_buff.tc_classid; 0 = none
 *
 * A packet sees either the old program or the new one, never none.
 *
 * Return: 0 or -errno; sek_rtnl_error() may know more.
 */
int sek_rtnl_bpf_replace(__u32 ifindex, bool egress, __u32 prio, __u32 handle, int prog_fd,
			 const char *name, __u16 classid);

/**
 * sek_rtnl_bpf_del - take one BPF filter away
 * @ifindex: of the interface
 * @egress: at egress, else at ingress
 * @prio: 1 to 65535
 * @handle: within @prio, not 0
 *
 * Return: 0; -ENOENT if there is none, or no clsact; -ENODEV; another -errno.
 */
int sek_rtnl_bpf_del(__u32 ifindex, bool egress, __u32 prio, __u32 handle);

/**
 * sek_rtnl_filters - all filters of all kinds at one hook
 * @ifindex: of the interface
 * @egress: at egress, else at ingress
 * @ret: an array to be freed by free(), in the order in which they run; untouched on failure
 * @n: number of entries, 0 without clsact
 *
 * Return: 0, -ENODEV, or another -errno.
 */
int sek_rtnl_filters(__u32 ifindex, bool egress, struct sek_filter **ret, size_t *n);

/**
 * sek_rtnl_error - what the kernel said to the last request that it refused
 *
 * Return: the extended acknowledgement's text, "" if there was none; valid until this thread's
 * next request.
 */
const char *sek_rtnl_error(void);

#endif
