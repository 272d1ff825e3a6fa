/* SPDX-License-Identifier: GPL-2.0-only */
/* Who holds a network namespace that has no name. */
#ifndef SEK_NETNS_HOLDER_H
#define SEK_NETNS_HOLDER_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct sek_netns_holder - the first process in a namespace
 * @ino: of the namespace
 * @pid: the process
 * @name: its container, or else "COMMAND[PID]"
 */
struct sek_netns_holder {
	uint64_t ino;
	uint32_t pid;
	char name[256];
};

/**
 * sek_netns_holders() - who holds each namespace that a process is in
 * @ret: array, to be freed by free()
 * @n: how many
 *
 * Return: 0 or -errno.
 */
int sek_netns_holders(struct sek_netns_holder **ret, size_t *n);

#endif
