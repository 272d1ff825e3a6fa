// SPDX-License-Identifier: GPL-2.0-only
/* Quantities for people: where prefixes change, and that nothing is rounded twice. */
#include "kselftest_harness.h"

#include "../../user/out/units.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

TEST(units_of_bytes)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0B" },
		{ 1023, "1023B" },
		{ 1024, "1.00KiB" },
		{ 10234, "9.99KiB" },
		{ 10235, "10.0KiB" }, /* 9.9951 */
		{ 12642, "12.3KiB" }, /* 12.3457: not rounded twice */
		{ 102348, "99.9KiB" }, /* 99.949 */
		{ 102349, "100KiB" }, /* 99.950 */
		{ 1023 * 1024 + 511, "1023KiB" },
		{ 1023 * 1024 + 512, "1.00MiB" },
		{ 1048576, "1.00MiB" },
		{ 1ULL << 30, "1.00GiB" },
		{ (1ULL << 60) - 1, "1.00EiB" },
		{ 1ULL << 60, "1.00EiB" },
		{ 3ULL << 59, "1.50EiB" },
		{ UINT64_MAX, "16.0EiB" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[SEK_UNITS_SIZE];

		sek_units_bytes(text, cases[i].bytes);
		EXPECT_STREQ(cases[i].text, text);
	}
}

TEST(units_of_rates)
{
	static const struct {
		uint64_t rate;
		const char *text;
	} cases[] = {
		{ 0, "0bit/s" },
		{ 999, "999bit/s" },
		{ 1000, "1.00kbit/s" },
		{ 999499, "999kbit/s" },
		{ 999500, "1.00Mbit/s" },
		{ 100000000, "100Mbit/s" },
		{ 2500000000, "2.50Gbit/s" },
		{ UINT64_MAX, "18.4Ebit/s" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[SEK_UNITS_SIZE];

		sek_units_rate(text, cases[i].rate);
		EXPECT_STREQ(cases[i].text, text);
	}
}

TEST_HARNESS_MAIN
