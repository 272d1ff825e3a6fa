/* SPDX-License-Identifier: GPL-2.0-only */
/* Quantities with their unit, as tc(8) writes them: "10ms", "0.5%", "100mbit". */
#ifndef SEK_TOPO_UNIT_H
#define SEK_TOPO_UNIT_H

#include <linux/types.h>

enum sek_unit {
	SEK_UNIT_DELAY,	  /* microseconds */
	SEK_UNIT_SECONDS, /* seconds */
	SEK_UNIT_LOSS,	  /* of a million */
	SEK_UNIT_RATE,	  /* bits a second */
	SEK_UNIT_NR,
};

/**
 * sek_unit_parse - read a quantity
 * @unit: of what
 * @text: a number, with a decimal fraction or not, and a unit
 * @ret: in what @unit says; untouched on failure
 *
 * Return: 0 or -EINVAL.
 */
int sek_unit_parse(enum sek_unit unit, const char *text, __u64 *ret);

/**
 * sek_unit_expected - what to say when it cannot be read
 * @unit: of what
 *
 * Return: words for "expected ...".
 */
const char *sek_unit_expected(enum sek_unit unit);

#endif
