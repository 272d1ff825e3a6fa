/* SPDX-License-Identifier: GPL-2.0-only */
/* The tests of a topology, run with the programs that people use. */
#ifndef SEK_TOPO_CHECK_H
#define SEK_TOPO_CHECK_H

#include <stddef.h>

#include "topo.h"

enum sek_check {
	SEK_CHECK_PASS,
	SEK_CHECK_FAIL,
	SEK_CHECK_SKIP, /* a program is missing */
};

/**
 * sek_check_name - what a test is called
 * @t: topology
 * @test: one of its tests
 * @ret: the name
 * @size: of @ret
 */
void sek_check_name(const struct sek_topo *t, const struct sek_topo_test *test, char *ret,
		    size_t size);

/**
 * sek_check_run - run one test or step
 * @t: topology, which is up
 * @test: one of its tests
 * @said: what the last try printed, or why it was skipped
 * @size: of @said
 *
 * Return: enum sek_check.
 */
enum sek_check sek_check_run(const struct sek_topo *t, const struct sek_topo_test *test, char *said,
			     size_t size);

#endif
