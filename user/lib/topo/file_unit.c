// SPDX-License-Identifier: GPL-2.0-only
/* Quantities with their unit, as tc(8) writes them: "10ms", "0.5%", "100mbit". */
#include "file.h"

#include <string.h>

/* Six digits behind the point, at most nine before it. */
#define MILLION	   1000000ULL
#define MAX_DIGITS 9

struct unit {
	const char *name;
	__u64 size; /* in what the result counts */
};

struct quantity {
	const char *what;
	const struct unit *units;
	size_t units_n;
	__u64 min;
	__u64 max;
};

static const char *take_digits(const char *s, unsigned int max, __u64 *ret, unsigned int *ret_n)
{
	for (*ret_n = 0, *ret = 0; *s >= '0' && *s <= '9' && *ret_n < max; s++, (*ret_n)++)
		*ret = *ret * 10 + (__u64)(*s - '0');
	return s;
}

/* Decimal fractions are exact: no float is involved. */
static int read_quantity(struct sek_file *f, const struct sek_yaml *y, const struct quantity *q,
			 __u64 *ret)
{
	__u64 whole, part = 0, value;
	unsigned int digits, part_digits = 0;
	const char *s;
	size_t i = 0;

	if (y->type != SEK_YAML_SCALAR)
		return sek_file_expected(f, y, q->what);
	s = take_digits(y->text, MAX_DIGITS, &whole, &digits);
	if (*s == '.') {
		s = take_digits(s + 1, 6, &part, &part_digits);
		if (!part_digits)
			digits = 0;
	}
	while (i < q->units_n && strcmp(s, q->units[i].name) != 0)
		i++;
	if (!digits || i == q->units_n)
		return sek_file_expected(f, y, q->what);
	for (; part_digits < 6; part_digits++)
		part *= 10;
	value = whole * q->units[i].size + part * q->units[i].size / MILLION;
	if (value < q->min || value > q->max)
		return sek_file_expected(f, y, q->what);
	*ret = value;
	return 0;
}

#define QUANTITY(table, ...)                                                             \
	{                                                                                \
		.units = table, .units_n = sizeof(table) / sizeof(*(table)), __VA_ARGS__ \
	}

int sek_file_delay(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	static const struct unit units[] = { { "us", 1 }, { "ms", 1000 }, { "s", MILLION } };
	static const struct quantity delay =
		QUANTITY(units, .what = "a time with its unit, such as 10ms, up to 60s",
			 .max = 60 * MILLION);

	(void)arg;
	return read_quantity(f, y, &delay, to);
}

int sek_file_seconds(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	static const struct unit units[] = { { "s", 1 }, { "min", 60 } };
	static const struct quantity seconds =
		QUANTITY(units, .what = "a time such as 10s or 2min, from 1s to 60min", .min = 1,
			 .max = 3600);
	__u64 value;
	int err;

	(void)arg;
	err = read_quantity(f, y, &seconds, &value);
	if (!err)
		*(__u32 *)to = (__u32)value;
	return err;
}

int sek_file_loss(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	static const struct unit units[] = { { "%", 10000 } };
	static const struct quantity loss =
		QUANTITY(units, .what = "a share such as 1%, up to 100%", .max = MILLION);
	__u64 value;
	int err;

	(void)arg;
	err = read_quantity(f, y, &loss, &value);
	if (!err)
		*(__u32 *)to = (__u32)value;
	return err;
}

int sek_file_rate(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	static const struct unit units[] = {
		{ "bit", 1 }, { "kbit", 1000 }, { "mbit", MILLION }, { "gbit", 1000 * MILLION }
	};
	static const struct quantity rate =
		QUANTITY(units, .what = "a rate such as 100mbit, from 1kbit to 1000gbit",
			 .min = 1000, .max = MILLION * MILLION);

	(void)arg;
	return read_quantity(f, y, &rate, to);
}
