/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes by the network namespace they are in: nothing else tells all that run in a node. */
#ifndef SEK_TOPO_PROCS_H
#define SEK_TOPO_PROCS_H

#include <stddef.h>
#include <sys/types.h>

/* Processes of a topology have its name in their environment, under this. */
#define SEK_PROCS_ENV "SEKISHO_TOPO"

/**
 * sek_procs_end - end the processes of some namespaces
 * @inos: inodes of network namespaces, as fstat() tells
 * @n: how many
 * @topology: only those with this in their environment as SEKISHO_TOPO; NULL: all
 *
 * They are asked first, and killed after a second. Routing daemons have nothing to save, and are
 * killed at once. The calling process itself is left alone. A process is in the namespace of its
 * first thread.
 *
 * Return: 0 when there is none left; -ETIMEDOUT if one would not die; another -errno.
 */
int sek_procs_end(const ino_t *inos, size_t n, const char *topology);

#endif
