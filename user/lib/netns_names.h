/* SPDX-License-Identifier: GPL-2.0-only */
/* Where network namespaces have names: /run/netns, and the nodes of topologies. */
#ifndef SEK_NETNS_NAMES_H
#define SEK_NETNS_NAMES_H

#include <limits.h>
#include <sys/stat.h>

#include "sekisho/abi.h"

#define SEK_NETNS_DIR	   "/run/netns"
#define SEK_NETNS_TOPO_DIR "/run/sekisho/topo"

/**
 * struct sek_netns_name - one name
 * @name: under /run/netns, or of a node; TOPOLOGY/NODE if the node is called "host", or as one of
 *	another topology or a namespace under /run/netns
 * @path: of the file that holds the namespace
 * @st: of that file
 */
struct sek_netns_name {
	const char *name;
	const char *path;
	struct stat st;
};

/**
 * sek_netns_each_name - call a function for each name
 * @fn: not 0 ends it
 * @arg: for @fn
 *
 * Those under /run/netns come first; each folder's in the order of the alphabet.
 *
 * Return: what @fn returned; 0 at the end; -errno.
 */
int sek_netns_each_name(int (*fn)(const struct sek_netns_name *name, void *arg), void *arg);

/**
 * sek_netns_find_name - the file of a namespace
 * @name: a name under /run/netns; of a node; TOPOLOGY/NODE; or the path of a node's
 * @path: of the file
 * @ret: what it is called if that follows from @name alone, else ""
 *
 * Return: 0; -ENOENT; -ENOTUNIQ if several topologies have such a node; -ENAMETOOLONG.
 */
int sek_netns_find_name(const char *name, char path[static PATH_MAX],
			char ret[static SEK_NAME_LEN]);

#endif
