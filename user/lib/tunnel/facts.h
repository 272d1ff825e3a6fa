/* SPDX-License-Identifier: GPL-2.0-only */
/* What a plan needs to know about the host; asking needs no privileges. */
#ifndef SEK_TUNNEL_FACTS_H
#define SEK_TUNNEL_FACTS_H

#include "conf.h"
#include "rt.h"

/* Where wg-quick begins to look for a table that nobody uses. */
#define SEK_FACTS_FIRST_TABLE 51820

/**
 * struct sek_facts_path - the way to one peer
 * @known: its endpoint is known and has a route
 * @route: that matches, in the underlay
 * @mtu: of that way
 */
struct sek_facts_path {
	bool known;
	struct sek_rt_route route;
	__u32 mtu;
};

/**
 * struct sek_facts - what there is
 * @exists: there is an interface of that name already
 * @kernel: the kernel has WireGuard
 * @userspace: program that runs a device instead; "" if there is none, or no need
 * @split: the underlay is another namespace than the tunnel's
 * @rules: of IPv4 and IPv6, owned
 * @rules_n: how many
 * @free_table: the first from 51820 on without a route
 * @paths: one for each peer, owned
 * @default_mtu: of the default route's way; 0: there is none
 * @resolvconf: there is a program for DNS, where it is asked for
 */
struct sek_facts {
	bool exists;
	bool kernel;
	char userspace[64];
	bool split;
	struct sek_rt_rule *rules[2];
	size_t rules_n[2];
	__u32 free_table;
	struct sek_facts_path *paths;
	__u32 default_mtu;
	bool resolvconf;
};

/**
 * sek_facts_gather() - ask the kernel
 * @conf: whose endpoints are resolved, too, into its peers
 * @netns_fd: namespace of the tunnel; -1: that of the thread
 * @underlay_fd: namespace of its socket; -1: the tunnel's
 * @patience: seconds to go on asking for names that cannot be resolved now
 * @strict: a name that is not known is an error
 * @ret: to be released by sek_facts_release(), also on failure; empty before
 * @error: what could not be found out
 *
 * Return: 0 or -errno.
 */
int sek_facts_gather(struct sek_conf *conf, int netns_fd, int underlay_fd, unsigned int patience,
		     bool strict, struct sek_facts *ret, struct sek_conf_error *error);

/** sek_facts_release() - free what they own */
void sek_facts_release(struct sek_facts *f);

/**
 * sek_facts_resolve() - find the address of an endpoint
 * @p: the peer, with a host
 * @patience: seconds to go on asking
 * @ret: where it is; untouched on failure
 *
 * Return: 0 or an EAI_* of <netdb.h>.
 */
int sek_facts_resolve(const struct sek_device_peer *p, unsigned int patience,
		      union sek_endpoint *ret);

/**
 * sek_facts_path() - the way to an address
 * @dst: the address
 * @mark: of the packets
 * @ret: untouched on failure
 *
 * Acts in the namespace of the calling thread.
 *
 * Return: 0 or -errno of sek_rt_lookup().
 */
int sek_facts_path(const struct sek_prefix *dst, __u32 mark, struct sek_facts_path *ret);

#endif
