/* SPDX-License-Identifier: GPL-2.0-only */
/* The cgroup tree with what each cgroup has sent and received, alone and with all below it. */
#ifndef SEK_CGROUP_TREE_H
#define SEK_CGROUP_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "maps.h"

/**
 * struct sek_cgroup_sum - packets and bytes on the wire, by direction: 0 ingress, 1 egress
 * @packets: packets
 * @bytes: bytes
 */
struct sek_cgroup_sum {
	uint64_t packets[2];
	uint64_t bytes[2];
};

/**
 * struct sek_cgroup_node - one cgroup of the tree
 * @path: below the root of cgroup2; owned
 * @id: its id
 * @depth: 0 for the root
 * @direct: of its own sockets
 * @removed: of cgroups below it that were removed
 * @total: both, and those of all below it
 * @tunnel: what WireGuard sent for @total, encrypted; nothing is ingress
 */
struct sek_cgroup_node {
	char *path;
	uint64_t id;
	uint32_t depth;
	struct sek_cgroup_sum direct;
	struct sek_cgroup_sum removed;
	struct sek_cgroup_sum total;
	struct sek_cgroup_sum tunnel;
};

/**
 * sek_cgroup_tree() - read the tree
 * @m: open maps
 * @mount: where cgroup2 is mounted
 * @ret: array, each parent before its children; freed by sek_cgroup_tree_free()
 * @n: how many
 *
 * Return: 0 or -errno.
 */
int sek_cgroup_tree(const struct sek_maps *m, const char *mount, struct sek_cgroup_node **ret,
		    size_t *n);

/**
 * sek_cgroup_tree_free() - free it
 * @v: array, or NULL
 * @n: how many
 */
void sek_cgroup_tree_free(struct sek_cgroup_node *v, size_t n);

#endif
