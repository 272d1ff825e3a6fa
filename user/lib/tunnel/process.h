/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that are run: hooks, wireguard-go, resolvconf. */
#ifndef SEK_TUNNEL_PROCESS_H
#define SEK_TUNNEL_PROCESS_H

#include <stdbool.h>

/**
 * sek_process_run() - run a program, and wait for its end
 * @argv: the program, found by PATH, and its words; NULL ends them
 * @input: what it reads, at most 64 KiB; NULL: what we would
 * @quiet: what it writes is not shown
 *
 * It has our network namespace and environment, and its signals as usual.
 *
 * Return: 0; -ECHILD if it failed or was killed; -ENOENT if there is none; another -errno.
 */
int sek_process_run(const char *const *argv, const char *input, bool quiet);

#endif
