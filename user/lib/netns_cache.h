/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of namespaces, remembered: to find them out, all processes are looked at and all
 * namespaces entered. Names are mounts, and the kernel tells when a mount has changed; what has
 * none is called by its inode as long as it lives.
 */
#ifndef SEK_NETNS_CACHE_H
#define SEK_NETNS_CACHE_H

#include "netns.h"

/**
 * sek_netns_cache_list - as sek_netns_list(), but without descriptors
 * @links: whose namespaces are to be in it, if they can be found
 * @links_n: how many; those without a namespace are passed over
 * @ret: an array to be freed by sek_netns_free(), the fd of each -1; untouched on failure
 * @n: number of entries
 *
 * What has ended since, and those that are of no link, may be in it or not.
 *
 * Return: 0 or -errno.
 */
int sek_netns_cache_list(const struct sek_link *links, size_t links_n, struct sek_netns **ret,
			 size_t *n);

#endif
