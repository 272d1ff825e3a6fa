/* SPDX-License-Identifier: GPL-2.0-only */
/* Clients of `sekisho serve`, at its own address in the current namespace. */
#ifndef SEK_BENCH_SCRAPE_H
#define SEK_BENCH_SCRAPE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * sek_scrape_get() - read /metrics once
 * @ret: the answer, with its header; freed by the caller
 *
 * Return: 0; -ECONNREFUSED if nobody listens; -EPROTO if it is not whole; another -errno.
 */
int sek_scrape_get(char **ret);

/**
 * sek_scrape_value() - the sum of a metric's samples
 * @text: of sek_scrape_get()
 * @name: of the metric
 * @label: NAME="VALUE" that they have, or NULL
 *
 * Return: the sum.
 */
double sek_scrape_value(const char *text, const char *name, const char *label);

/**
 * sek_scrape_many() - many at the same time: all are begun before the first is answered
 * @n: how many
 * @ret_answers: whole answers
 *
 * Return: 0 or -errno.
 */
int sek_scrape_many(unsigned int n, unsigned int *ret_answers);

#endif
