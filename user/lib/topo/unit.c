// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <errno.h>
#include <string.h>

/* Six digits behind the point, at most nine before it. */
#define MILLION	   1000000ULL
#define MAX_DIGITS 9
#define MAX_NAMES  4

static const struct quantity {
	const char *what;
	struct {
		const char *name;
		__u64 size; /* in what the result counts */
	} units[MAX_NAMES];
	__u64 min;
	__u64 max;
} quantities[SEK_UNIT_NR] = {
	[SEK_UNIT_DELAY] = { .what = "a time with its unit, such as 10ms, up to 60s",
			     .units = { { "us", 1 }, { "ms", 1000 }, { "s", MILLION } },
			     .max = 60 * MILLION },
	[SEK_UNIT_SECONDS] = { .what = "a time such as 10s or 2min, from 1s to 60min",
			       .units = { { "s", 1 }, { "min", 60 } },
			       .min = 1,
			       .max = 3600 },
	[SEK_UNIT_LOSS] = { .what = "a share such as 1%, up to 100%",
			    .units = { { "%", 10000 } },
			    .max = MILLION },
	[SEK_UNIT_RATE] = { .what = "a rate such as 100mbit, from 1kbit to 1000gbit",
			    .units = { { "bit", 1 },
				       { "kbit", 1000 },
				       { "mbit", MILLION },
				       { "gbit", 1000 * MILLION } },
			    .min = 1000,
			    .max = MILLION * MILLION },
};

static const char *take_digits(const char *s, unsigned int max, __u64 *ret, unsigned int *ret_n)
{
	for (*ret_n = 0, *ret = 0; *s >= '0' && *s <= '9' && *ret_n < max; s++, (*ret_n)++)
		*ret = *ret * 10 + (__u64)(*s - '0');
	return s;
}

/* Decimal fractions are exact: no float is involved. */
int sek_unit_parse(enum sek_unit unit, const char *text, __u64 *ret)
{
	const struct quantity *q = &quantities[unit];
	unsigned int digits, part_digits = 0;
	__u64 whole, part = 0, value;
	const char *s;
	size_t i = 0;

	s = take_digits(text, MAX_DIGITS, &whole, &digits);
	if (*s == '.') {
		s = take_digits(s + 1, 6, &part, &part_digits);
		if (!part_digits)
			return -EINVAL;
	}
	while (i < MAX_NAMES && q->units[i].name && strcmp(s, q->units[i].name) != 0)
		i++;
	if (!digits || i == MAX_NAMES || !q->units[i].name)
		return -EINVAL;
	for (; part_digits < 6; part_digits++)
		part *= 10;
	value = whole * q->units[i].size + part * q->units[i].size / MILLION;
	if (value < q->min || value > q->max)
		return -EINVAL;
	*ret = value;
	return 0;
}

const char *sek_unit_expected(enum sek_unit unit)
{
	return quantities[unit].what;
}
