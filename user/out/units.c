// SPDX-License-Identifier: GPL-2.0-only
#include "units.h"

#include <inttypes.h>
#include <stdio.h>

/*
 * Integers only: printf's %f writes a decimal comma in some locales, and a double does not
 * hold every 64-bit counter.
 */
static void scale(char *to, uint64_t value, uint64_t base, const char *const prefixes[],
		  const char *unit)
{
	uint64_t size = 1, whole, rest, parts, digits;

	if (value < base) {
		snprintf(to, SEK_UNITS_SIZE, "%" PRIu64 "%s", value, unit);
		return;
	}
	for (; value / size >= base; prefixes++)
		size *= base;
	whole = value / size;
	rest = value % size;
	/* An exa-unit times 100 does not fit, and that large its lowest digits do not matter. */
	if (size > UINT64_MAX / 200) {
		size /= base;
		rest /= base;
	}
	parts = whole < 10 ? 100 : whole < 100 ? 10 : 1;
	digits = whole * parts + (rest * parts + size / 2) / size;

	/* Rounding may have carried: 9.999 is 10.0, and 1023.9KiB are 1.00MiB. */
	if (parts > 1 && digits >= 1000) {
		digits /= 10;
		parts /= 10;
	} else if (parts == 1 && digits >= base) {
		digits = 100;
		parts = 100;
		prefixes++;
	}
	if (parts == 1)
		snprintf(to, SEK_UNITS_SIZE, "%" PRIu64 "%s%s", digits, *prefixes, unit);
	else
		snprintf(to, SEK_UNITS_SIZE, "%" PRIu64 ".%0*" PRIu64 "%s%s", digits / parts,
			 parts == 100 ? 2 : 1, digits % parts, *prefixes, unit);
}

void sek_units_bytes(char to[static SEK_UNITS_SIZE], uint64_t bytes)
{
	static const char *const binary[] = { "", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei" };

	scale(to, bytes, 1024, binary, "B");
}

void sek_units_rate(char to[static SEK_UNITS_SIZE], uint64_t rate)
{
	static const char *const decimal[] = { "", "k", "M", "G", "T", "P", "E" };

	scale(to, rate, 1000, decimal, "bit/s");
}
