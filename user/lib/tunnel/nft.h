/* SPDX-License-Identifier: GPL-2.0-only */
/* The two tables of nftables that a full tunnel needs, by nftables' own netlink. */
#ifndef SEK_TUNNEL_NFT_H
#define SEK_TUNNEL_NFT_H

#include "../netlink.h"
#include "device.h"

/**
 * sek_nft_add() - make a table as wg-quick makes it, in one transaction
 * @family: AF_INET or AF_INET6
 * @table: its name
 * @ifname: of the tunnel
 * @mark: of WireGuard's own packets
 * @addresses: of the tunnel; those of the other family are left out
 * @n: how many
 *
 * What comes to one of these addresses by another interface, from elsewhere than this host, is
 * dropped. Answers to WireGuard's own packets get the mark, which conntrack keeps.
 *
 * Return: 0, -EEXIST if there is such a table, another -errno.
 */
int sek_nft_add(int family, const char *table, const char *ifname, __u32 mark,
		const struct sek_prefix *addresses, size_t n);

/**
 * sek_nft_del() - remove a table
 * @family: AF_INET or AF_INET6
 * @table: its name
 * @nl: socket for the request, NULL at first; the next table of another family may take it, too.
 *	To be closed by sek_netlink_closep() at the end of all: the kernel lets nobody close it
 *	before it has waited for all readers of the table (nft_rcv_nl_event()), which takes as
 *	long as the waits for those of an interface, and goes on beside them
 *
 * Return: 0, -ENOENT if there is none, another -errno.
 */
int sek_nft_del(int family, const char *table, struct mnl_socket **nl);

#endif
