/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SEK_BENCH_HOOKS_H
#define SEK_BENCH_HOOKS_H

#include <stdint.h>

/**
 * sek_hooks_run() - show a program the same frame many times
 * @prog_fd: program
 * @frame: of SEK_FRAME_LEN bytes
 * @repeat: how often
 * @ret_ns: wall time of one, in nanoseconds, with its part of the set-up
 *
 * Return: 0 or -errno.
 */
int sek_hooks_run(int prog_fd, const uint8_t *frame, uint32_t repeat, double *ret_ns);

/**
 * sek_rivals_measure() - what counting takes while another CPU counts, too
 * @empty: program that does nothing
 * @own: program with a counter for each CPU
 * @shared: program with one counter for all
 *
 * Prints it. Does nothing where there is one CPU only.
 *
 * Return: 0 or -errno.
 */
int sek_rivals_measure(int empty, int own, int shared);

#endif
