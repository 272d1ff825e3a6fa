// SPDX-License-Identifier: GPL-2.0-only
/* Quantities in a file. */
#include "file.h"

#include "unit.h"

static int read_quantity(struct sek_file *f, const struct sek_yaml *y, enum sek_unit unit,
			 __u64 *ret)
{
	if (y->type != SEK_YAML_SCALAR || sek_unit_parse(unit, y->text, ret))
		return sek_file_expected(f, y, sek_unit_expected(unit));
	return 0;
}

/* The largest one fits. */
static int read_small(struct sek_file *f, const struct sek_yaml *y, enum sek_unit unit, __u32 *ret)
{
	__u64 value;
	int err = read_quantity(f, y, unit, &value);

	if (!err)
		*ret = (__u32)value;
	return err;
}

int sek_file_delay(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	(void)arg;
	return read_quantity(f, y, SEK_UNIT_DELAY, to);
}

int sek_file_seconds(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	(void)arg;
	return read_small(f, y, SEK_UNIT_SECONDS, to);
}

int sek_file_loss(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	(void)arg;
	return read_small(f, y, SEK_UNIT_LOSS, to);
}

int sek_file_rate(struct sek_file *f, const struct sek_yaml *y, void *to, const void *arg)
{
	(void)arg;
	return read_quantity(f, y, SEK_UNIT_RATE, to);
}
