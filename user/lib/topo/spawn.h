/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that are started: where, and what comes of them. */
#ifndef SEK_TOPO_SPAWN_H
#define SEK_TOPO_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * sek_spawn_read - run a program, and read what it prints
 * @argv: its words, with a NULL behind them; found by PATH and in sbin
 * @out: gets the beginning of its output, as a string
 * @size: of @out, at least 1
 *
 * Return: its exit status; 128 and more if a signal ended it; -ENOENT if there is no such
 * program; another -errno.
 */
int sek_spawn_read(const char *const argv[], char *out, size_t size);

/**
 * sek_spawn_has - is there such a program?
 * @name: looked for by PATH, and where administrators' programs are
 *
 * Return: true if it can be run.
 */
bool sek_spawn_has(const char *name);

/**
 * struct sek_spawn - a program that runs
 * @pid: process; 0: none
 * @fd: where its errors are read
 */
struct sek_spawn {
	pid_t pid;
	int fd;
};

/**
 * sek_spawn_start - start a program in a network namespace
 * @s: filled in; to be given to sek_spawn_wait()
 * @netns_fd: where; -1: here
 * @argv: as above
 *
 * Its standard output and error are a pipe, its input is empty.
 *
 * Return: 0 or -errno.
 */
int sek_spawn_start(struct sek_spawn *s, int netns_fd, const char *const argv[]);

/**
 * sek_spawn_wait - wait for it
 * @s: what sek_spawn_start() filled in
 * @out: gets the beginning of what it printed, as a string
 * @size: of @out, at least 1
 *
 * Return: as sek_spawn_read().
 */
int sek_spawn_wait(struct sek_spawn *s, char *out, size_t size);

#endif
