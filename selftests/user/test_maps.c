// SPDX-License-Identifier: GPL-2.0-only
/* Every interface finds its entry in sek_link_ids, whatever cookie the kernel gave its namespace.
 */
#include <stdlib.h>

#include "../../user/lib/maps.h"
#include "kselftest_harness.h"
#include "sekisho/abi.h"

/* COOKIE_LOCAL_BATCH of include/linux/cookie.h: what a CPU hands out before it asks for more. */
#define BATCH	 4096
#define CPUS_MAX 128

struct table {
	bool *taken;
	uint32_t bits;
};

/* The next cookie on each CPU; each has begun somewhere in a batch. */
struct cookies {
	uint64_t next[CPUS_MAX];
	uint64_t batches;
	uint32_t cpus;
	unsigned short random[3];
};

static void start(struct cookies *c, uint32_t cpus, uint32_t seed)
{
	*c = (struct cookies){ .cpus = cpus, .batches = cpus, .random = { seed } };
	for (uint32_t i = 0; i < cpus; i++)
		c->next[i] = i * BATCH + nrand48(c->random) % BATCH;
}

static uint64_t new_cookie(struct cookies *c)
{
	uint64_t *next = &c->next[nrand48(c->random) % c->cpus], cookie = *next + 1;

	if (++*next % BATCH == 0)
		*next = c->batches++ * BATCH;
	return cookie;
}

static bool add(struct table *t, uint64_t cookie, uint32_t ifindex)
{
	uint32_t key = sek_link_hash(cookie, ifindex, t->bits);

	for (int i = 0; i < SEK_LINK_PROBES; i++) {
		if (!t->taken[key]) {
			t->taken[key] = true;
			return true;
		}
		key = (key + 1) & ((1U << t->bits) - 1);
	}
	return false;
}

/* How many of @slots interfaces find no room; lo is 1, the others come one after another. */
static uint32_t left_out(uint32_t slots, uint32_t devices, struct cookies *c)
{
	uint32_t ids = sek_maps_link_ids(slots), left = 0;
	struct table t = { .taken = calloc(ids, sizeof(*t.taken)), .bits = __builtin_ctz(ids) };

	if (!t.taken)
		return slots;
	for (uint32_t n = 0; n < slots / devices; n++) {
		uint32_t first = nrand48(c->random) % 2 ? 1 : nrand48(c->random) % 5000;
		uint64_t cookie = new_cookie(c);

		for (uint32_t i = 0; i < devices; i++)
			left += !add(&t, cookie, i ? first + i : 1);
	}
	free(t.taken);
	return left;
}

FIXTURE(link_ids){};

FIXTURE_VARIANT(link_ids)
{
	uint32_t slots;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(link_ids, usual) { .slots = 256 };
FIXTURE_VARIANT_ADD(link_ids, many) { .slots = 4000 };
FIXTURE_VARIANT_ADD(link_ids, all) { .slots = SEK_SLOT_MAX };
/* clang-format on */

FIXTURE_SETUP(link_ids)
{
}

FIXTURE_TEARDOWN(link_ids)
{
}

TEST_F(link_ids, no_order_needs_more_probes)
{
	uint32_t left = 0;

	for (uint32_t cpus = 1; cpus <= CPUS_MAX; cpus *= 2) {
		for (uint32_t devices = 1; devices < 256; devices = devices * 2 + 1) {
			for (uint32_t seed = 1; seed <= 8; seed++) {
				struct cookies c;

				start(&c, cpus, seed);
				left += left_out(variant->slots, devices, &c);
			}
		}
	}
	EXPECT_EQ(0, left);
}

TEST_HARNESS_MAIN
