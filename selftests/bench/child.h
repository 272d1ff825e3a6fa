/* SPDX-License-Identifier: GPL-2.0-only */
/* For those who measure commands, in processes of their own. */
#ifndef SEK_BENCH_CHILD_H
#define SEK_BENCH_CHILD_H

#include <stddef.h>

/**
 * sek_child_sekisho() - the program that was built beside us
 * @ret: its path
 * @size: of @ret
 */
void sek_child_sekisho(char *ret, size_t size);

/**
 * sek_child_ordinary() - give up the precedence and the CPU that bench has for itself
 *
 * Processes that are started from here are not to have precedence over each other.
 */
void sek_child_ordinary(void);

/**
 * sek_child_run() - run a command of the shell, silently
 * @fmt: the command
 *
 * Return: its exit status.
 */
int sek_child_run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * sek_child_program() - run a program without a shell, with nothing to be read of it
 * @argv: ends with NULL; the first is looked for in PATH
 *
 * Return: 0; its status as of waitpid(), or -errno.
 */
int sek_child_program(const char *const argv[]);

#endif
