/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a tunnel needs of rtnetlink: links, addresses, routes and policy rules, made, removed,
 * listed and looked up.
 *
 * All functions act in the network namespace of the calling thread; sek_rtnl_error() may know
 * more about what failed.
 */
#ifndef SEK_TUNNEL_RT_H
#define SEK_TUNNEL_RT_H

#include "device.h"

/**
 * struct sek_rt_route - one route, or where packets to an address go
 * @dst: network
 * @table: number of its table
 * @oif: index of the interface that packets leave by; of several next hops that of the first
 * @gateway: next hop; family 0: none
 * @metric: 0: the kernel's choice
 * @mtu: of the route, or learned for the path; 0: that of the interface
 * @type: RTN_*
 * @protocol: RTPROT_*
 * @scope: RT_SCOPE_*
 */
struct sek_rt_route {
	struct sek_prefix dst;
	__u32 table;
	__u32 oif;
	struct sek_prefix gateway;
	__u32 metric;
	__u32 mtu;
	__u8 type;
	__u8 protocol;
	__u8 scope;
};

/**
 * struct sek_rt_rule - one policy rule
 * @family: AF_INET or AF_INET6
 * @priority: smaller ones are asked first
 * @table: that it sends to; 0: it does something else
 * @fwmark: compared with that of the packet
 * @fwmask: which of its bits; 0: the mark does not matter
 * @invert: "not"
 * @suppress: routes of prefixes so short or shorter do not count; -1: all do
 * @others: it looks at more than the mark (addresses, interfaces, ports ...), not told here
 */
struct sek_rt_rule {
	__u8 family;
	__u32 priority;
	__u32 table;
	__u32 fwmark;
	__u32 fwmask;
	bool invert;
	int suppress;
	bool others;
};

/**
 * sek_rt_link_add() - make an interface, down
 * @name: of it
 * @kind: IFLA_INFO_KIND
 * @netns_fd: where it is to live; -1: here
 *
 * The socket of a WireGuard device stays in the namespace of the calling thread.
 *
 * Return: 0, -EEXIST, -EOPNOTSUPP if the kernel has no such kind, another -errno.
 */
int sek_rt_link_add(const char *name, const char *kind, int netns_fd);

/** sek_rt_link_del() - remove an interface: 0, -ENODEV, another -errno */
int sek_rt_link_del(__u32 ifindex);

/** sek_rt_link_move() - move an interface to another namespace: 0 or -errno */
int sek_rt_link_move(__u32 ifindex, int netns_fd);

/** sek_rt_link_mtu() - set its MTU: 0 or -errno */
int sek_rt_link_mtu(__u32 ifindex, __u32 mtu);

/**
 * sek_rt_link_flags() - set flags of an interface
 * @ifindex: of it
 * @flags: IFF_* to be set; the others stay
 *
 * Return: 0 or -errno.
 */
int sek_rt_link_flags(__u32 ifindex, __u32 flags);

/**
 * sek_rt_address_add() - give an interface an address
 * @ifindex: of it
 * @p: the address, with the length of its network
 * @no_route: without the route to its network that the kernel adds else
 *
 * Return: 0, -EEXIST, another -errno.
 */
int sek_rt_address_add(__u32 ifindex, const struct sek_prefix *p, bool no_route);

/**
 * sek_rt_address_list() - the addresses of an interface
 * @ifindex: of it
 * @ret: an array to be freed by free(); untouched on failure
 * @n: number of entries
 *
 * Return: 0 or -errno.
 */
int sek_rt_address_list(__u32 ifindex, struct sek_prefix **ret, size_t *n);

/** sek_rt_route_add() - add a route: 0, -EEXIST, another -errno */
int sek_rt_route_add(const struct sek_rt_route *r);

/** sek_rt_route_del() - remove it: 0, -ESRCH if there is none, another -errno */
int sek_rt_route_del(const struct sek_rt_route *r);

/**
 * sek_rt_route_list() - the routes of a table
 * @family: AF_INET or AF_INET6
 * @table: its number; 0: of all
 * @ret: an array to be freed by free(), in the kernel's order; untouched on failure
 * @n: number of entries
 *
 * Return: 0 or -errno.
 */
int sek_rt_route_list(int family, __u32 table, struct sek_rt_route **ret, size_t *n);

/** sek_rt_table_is_empty() - are there no routes in a table? 1, 0 or -errno */
int sek_rt_table_is_empty(int family, __u32 table);

/**
 * sek_rt_lookup() - where packets to an address go
 * @dst: the address
 * @mark: of the packets
 * @match: tell the route's own network, not the address alone; then without what was learned
 *	of the path's MTU
 * @ret: untouched on failure
 *
 * Return: 0; -ENETUNREACH, -EHOSTUNREACH, -EACCES, -EINVAL if they go nowhere; another -errno.
 */
int sek_rt_lookup(const struct sek_prefix *dst, __u32 mark, bool match, struct sek_rt_route *ret);

/** sek_rt_rule_add() - add a rule: 0, -EEXIST, another -errno */
int sek_rt_rule_add(const struct sek_rt_rule *r);

/** sek_rt_rule_del() - remove the very rule: 0, -ENOENT if there is none, another -errno */
int sek_rt_rule_del(const struct sek_rt_rule *r);

/**
 * sek_rt_rule_list() - the rules
 * @family: AF_INET or AF_INET6
 * @ret: an array to be freed by free(), in the order in which they are asked; untouched on failure
 * @n: number of entries; 0 also if the kernel has no policy rules of this family
 *
 * Return: 0 or -errno.
 */
int sek_rt_rule_list(int family, struct sek_rt_rule **ret, size_t *n);

#endif
