/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interfaces, addresses and routes of a topology, by rtnetlink.
 *
 * Requests are collected in a batch and sent through a socket that is in the right namespace
 * already: no namespace is entered to change what is in it. Unless said otherwise each function
 * adds one message and cannot fail; sek_batch_send() tells what came of them.
 */
#ifndef SEK_TOPO_BATCH_H
#define SEK_TOPO_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "../netlink.h"
#include "topo.h"

/* Routes that are ours: rtm_protocol; not in the kernel's or iproute2's lists (rt_protos). */
#define SEK_BATCH_PROTO 83

/**
 * struct sek_batch - messages that wait to be sent
 * @len: bytes of them
 * @last: the last one
 * @overflow: there was no room for one more
 * @bytes: room for some fifty messages
 */
struct sek_batch {
	size_t len;
	struct nlmsghdr *last;
	bool overflow;
	char bytes[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
};

/**
 * struct sek_batch_end - one end of a veth pair to be made
 * @ifname: its name
 * @ifindex: its index there, 0: the kernel's choice
 * @mac: hardware address
 * @netns_fd: its namespace
 * @group: whose it is, 0: of the namespace
 */
struct sek_batch_end {
	const char *ifname;
	__u32 ifindex;
	const __u8 *mac;
	int netns_fd;
	__u32 group;
};

/**
 * sek_batch_send - send what a batch holds, and wait for it
 * @nl: socket in the namespace that it is about
 * @b: empty afterwards
 *
 * Return: 0; the first error, about which sek_netlink_error() may know more; -EMSGSIZE if it
 * held too much: then nothing was sent.
 */
int sek_batch_send(struct mnl_socket *nl, struct sek_batch *b);

/**
 * sek_batch_put - begin a message
 * @b: batch
 * @type: RTM_*
 * @flags: NLM_F_*, beyond NLM_F_REQUEST
 * @header: of the type
 * @size: of @header
 *
 * Return: the message, for attributes; written to nowhere if there is no room.
 */
struct nlmsghdr *sek_batch_put(struct sek_batch *b, __u16 type, __u16 flags, const void *header,
			       size_t size);

/** sek_batch_veth() - make a pair; the socket is in the namespace of the first end */
void sek_batch_veth(struct sek_batch *b, const struct sek_batch_end *one,
		    const struct sek_batch_end *other, __u32 mtu);

/** sek_batch_tunnel() - make a WireGuard device; @ifindex and @group may be 0 */
void sek_batch_tunnel(struct sek_batch *b, const char *ifname, __u32 ifindex, __u32 group);

/** sek_batch_bridge() - make a bridge that has no IPv6 addresses */
void sek_batch_bridge(struct sek_batch *b, const char *ifname, __u32 ifindex);

/** sek_batch_port() - raise an interface as a port of a bridge, without IPv6 addresses */
void sek_batch_port(struct sek_batch *b, __u32 ifindex, __u32 bridge);

/** sek_batch_set_up() - raise or lower an interface */
void sek_batch_set_up(struct sek_batch *b, __u32 ifindex, bool up);

/** sek_batch_set_mtu() - in bytes */
void sek_batch_set_mtu(struct sek_batch *b, __u32 ifindex, __u32 mtu);

/** sek_batch_del() - delete an interface */
void sek_batch_del(struct sek_batch *b, const char *ifname);

/** sek_batch_addr() - add an address without duplicate detection; there already is fine */
void sek_batch_addr(struct sek_batch *b, __u32 ifindex, const struct sek_topo_ip *ip);

/** sek_batch_addr_del() - remove an address */
void sek_batch_addr_del(struct sek_batch *b, __u32 ifindex, const struct sek_topo_ip *ip);

/**
 * sek_batch_route() - add a route of ours, or replace it
 * @b: batch
 * @to: net
 * @via: next hop, or NULL
 * @ifindex: interface, 0 if @via tells it
 */
void sek_batch_route(struct sek_batch *b, const struct sek_topo_ip *to,
		     const struct sek_topo_ip *via, __u32 ifindex);

/* BIRD joins 16 ways of the same length at most, FRR 64. */
#define SEK_BATCH_DEVS 64

/**
 * struct sek_batch_route - one route of the main table
 * @to: net
 * @proto: RTPROT_*
 * @live: its interface has a carrier
 * @dev: indexes of the interfaces that it leads through
 * @devs_n: how many; of more than there is room for the first ones
 */
struct sek_batch_route {
	struct sek_topo_ip to;
	__u8 proto;
	bool live;
	__u32 dev[SEK_BATCH_DEVS];
	size_t devs_n;
};

/**
 * sek_batch_routes - unicast routes of the main table
 * @nl: socket
 * @family: AF_INET or AF_INET6
 * @fn: called for each
 * @data: for @fn
 *
 * Return: 0, -EINTR: ask again, or -errno.
 */
int sek_batch_routes(struct mnl_socket *nl, __u8 family,
		     void (*fn)(const struct sek_batch_route *route, void *data), void *data);

/**
 * sek_batch_flush - remove all routes of ours
 * @nl: socket
 *
 * Return: 0 or -errno.
 */
int sek_batch_flush(struct mnl_socket *nl);

/**
 * sek_batch_index - the index of an interface
 * @nl: socket
 * @ifname: its name
 * @ret_group: the group it is in; may be NULL
 *
 * Return: the index; -ENODEV; another -errno.
 */
int sek_batch_index(struct mnl_socket *nl, const char *ifname, __u32 *ret_group);

#endif
