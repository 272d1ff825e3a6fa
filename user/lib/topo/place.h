/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a topology that is up lives, and what tells a later command what there is to undo:
 *
 *	/run/sekisho/topo/NAME/		exists before anything is made; locked by who changes it
 *		topo			the topology as it is (save.h)
 *		wanted			the topology as it shall be, while `up` is at work
 *		ns/			a tmpfs with a network namespace under each node's name
 *		hosts			/etc/hosts of all nodes
 *		cut/LINK		a link that is cut: "carrier" or "silent"
 *		node/NODE/		files of its daemons, their logs and process numbers
 *		cgroup			the path of the topology's cgroup
 *		count			what the datapath had loaded for it
 *	/run/sekisho/topo/.made-NAME	/run/NAME was made for topologies
 *
 * Each name is there before the thing it stands for, so that whatever dies at any moment leaves
 * what `down` finds.
 */
#ifndef SEK_TOPO_PLACE_H
#define SEK_TOPO_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "topo.h"

#define SEK_PLACE_DIR "/run/sekisho/topo"

/**
 * struct sek_place - the folder of one topology
 * @name: of the topology
 * @dir: descriptor of its folder; -1: not open
 */
struct sek_place {
	char name[SEK_TOPO_NAME_LEN];
	int dir;
};

#define SEK_PLACE_INIT    \
	{                 \
		.dir = -1 \
	}

/**
 * sek_place_open - the folder of a topology
 * @p: SEK_PLACE_INIT; to be closed by sek_place_close()
 * @name: of the topology
 * @make: make it if there is none
 * @lock: take it for changes; waits while another command has it. The death of the process
 *	releases it
 *
 * Return: 0; -ENOENT if there is none; -EINVAL if that cannot be a name; another -errno.
 */
int sek_place_open(struct sek_place *p, const char *name, bool make, bool lock);

/**
 * sek_place_close - close it, which releases it
 * @p: place
 */
void sek_place_close(struct sek_place *p);

/**
 * sek_place_remove - remove the folder, which must hold no namespaces any more
 * @p: place, locked
 *
 * Return: 0 or -errno.
 */
int sek_place_remove(struct sek_place *p);

/**
 * sek_place_remove_tree - remove a folder in the folder, with all in it
 * @p: place, locked
 * @dir: below the folder; need not be there
 *
 * Return: 0 or -errno.
 */
int sek_place_remove_tree(const struct sek_place *p, const char *dir);

/**
 * sek_place_list - names of all topologies
 * @fn: called for each; not 0 ends it
 * @data: for @fn
 *
 * Return: what @fn returned, 0, or -errno.
 */
int sek_place_list(int (*fn)(const char *name, void *data), void *data);

/**
 * sek_place_path - absolute path of something in the folder
 * @p: place
 * @ret: the path
 * @fmt: printf format of what is behind the folder's own path
 *
 * Return: 0 or -ENAMETOOLONG.
 */
int sek_place_path(const struct sek_place *p, char ret[static PATH_MAX], const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * sek_place_write - write a file as a whole
 * @p: place
 * @file: below the folder; replaced atomically
 * @bytes: contents
 * @size: of @bytes
 *
 * It is on the disk when this returns.
 *
 * Return: 0 or -errno.
 */
int sek_place_write(const struct sek_place *p, const char *file, const void *bytes, size_t size);

/**
 * sek_place_read - read a file as a whole
 * @p: place
 * @file: below the folder
 * @ret: contents with a 0 behind them, to be freed; untouched on failure
 * @size: without that 0; may be NULL
 *
 * Return: 0 or -errno.
 */
int sek_place_read(const struct sek_place *p, const char *file, char **ret, size_t *size);

/**
 * sek_place_mkdir - make a folder in the folder
 * @p: place
 * @dir: below the folder; may be there
 *
 * Return: 0 or -errno.
 */
int sek_place_mkdir(const struct sek_place *p, const char *dir);

/**
 * sek_place_each - names in a folder of the folder
 * @p: place
 * @dir: below the folder
 * @fn: called for each; not 0 ends it
 * @data: for @fn
 *
 * Return: what @fn returned, 0 at the end or if there is no @dir, or -errno.
 */
int sek_place_each(const struct sek_place *p, const char *dir,
		   int (*fn)(const char *name, void *data), void *data);

/**
 * sek_place_lock_nodes - keep commands from entering nodes while nodes are taken down
 * @p: place
 * @alone: for who takes them down; else for who enters one, as many as there are
 *
 * Waits while others have it. It is released by closing it, and so by becoming another program,
 * which by then is in the node for all to see.
 *
 * Return: a descriptor, close-on-exec; -ENOENT if there are no nodes (any more); another -errno.
 */
int sek_place_lock_nodes(const struct sek_place *p, bool alone);

/**
 * sek_place_netns - a node's network namespace
 * @p: place
 * @node: its name
 *
 * Return: a descriptor, close-on-exec, that the caller closes; -ENOENT if it has none (any more);
 * another -errno.
 */
int sek_place_netns(const struct sek_place *p, const char *node);

#endif
