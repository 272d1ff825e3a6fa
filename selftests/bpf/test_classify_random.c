// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets of the table with bytes and lengths changed at random: what the
 * programs say of them in the kernel is what the same source says here.
 *
 * SEK_SEED=N repeats a run.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "../../user/lib/names.h"
#include "../../user/lib/testrun.h"
#include "hook_fixture.h"
#include "native.h"

#define PACKETS 20000
/* Of the harness's 30 s. */
#define SECONDS 10
/* As many at once are compared with the books: reading them takes longest. */
#define BATCH 50
/* A frame takes that much at most, and nothing is behind it. */
#define ROOM 2048

struct random {
	uint64_t state;
	struct timespec end;
};

/* splitmix64, of which any seed is good: https://prng.di.unimi.it/splitmix64.c */
static uint64_t next(struct random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint32_t below(struct random *r, uint32_t n)
{
	return n ? next(r) % n : 0;
}

static struct random begin(struct __test_metadata *_metadata)
{
	const char *seed = getenv("SEK_SEED");
	struct random r;

	clock_gettime(CLOCK_MONOTONIC, &r.end);
	r.state = seed ? strtoull(seed, NULL, 0)
		       : (uint64_t)r.end.tv_nsec ^ (uint64_t)r.end.tv_sec << 30;
	r.end.tv_sec += SECONDS;
	TH_LOG("SEK_SEED=%" PRIu64, r.state);
	return r;
}

static bool is_over(const struct random *r)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > r->end.tv_sec;
}

/* Values at which length and type fields have their edges. */
static uint8_t edge(struct random *r)
{
	static const char edges[] =
		"\0\1\4\5\6\7\x8\xf\x10\x11\x1f\x20\x28\x2c\x33\x3a\x3c"
		"\x40\x44\x45\x46\x4f\x60\x65\x7f\x80\x81\x86\x88\x94\xa8\xc2\xff";

	/* Without the 0 that ends it. */
	return edges[below(r, sizeof(edges) - 1)];
}

/* A packet of the table, changed; both lengths may come to differ. */
struct changed {
	struct sek_capture_record r;
	struct sek_capture_l2 l2;
	bool has_l2;
	uint8_t data[ROOM];
};

static void change_bytes(struct random *r, struct changed *c)
{
	uint8_t *at = &c->data[below(r, c->r.cap_len)];

	switch (below(r, 4)) {
	case 0:
		*at ^= 1 << below(r, 8);
		break;
	case 1:
		*at = next(r);
		break;
	case 2:
		*at = edge(r);
		break;
	case 3:
		/* Small differences are what length fields are about. */
		*at += below(r, 9) - 4;
		break;
	}
}

static void change_lengths(struct random *r, struct changed *c)
{
	switch (below(r, 4)) {
	case 0: /* cut on the wire */
		c->r.cap_len = below(r, c->r.cap_len + 1);
		c->r.orig_len = c->r.cap_len;
		break;
	case 1: /* snapped */
		c->r.cap_len = below(r, c->r.cap_len + 1);
		break;
	case 2: /* longer on the wire, up to where lengths do not fit 16 bits */
		c->r.orig_len += below(r, below(r, 2) ? 64 : 80000);
		break;
	case 3: /* bytes behind it */
		while (c->r.cap_len < ROOM && below(r, 16)) {
			c->data[c->r.cap_len++] = next(r);
			c->r.orig_len++;
		}
		break;
	}
}

static void change(struct random *r, struct changed *c)
{
	SEK_PACKET(p, below(r, sek_packet_rows_n));

	c->r = p.r;
	if (c->r.cap_len > ROOM)
		c->r.cap_len = ROOM;
	memcpy(c->data, p.r.data, c->r.cap_len);
	c->r.data = c->data;
	for (uint32_t n = below(r, 4); n; n--)
		if (c->r.cap_len)
			change_bytes(r, c);
	if (!below(r, 3))
		change_lengths(r, c);
	if (c->r.orig_len < c->r.cap_len)
		c->r.orig_len = c->r.cap_len;
	c->has_l2 = !sek_capture_l2(&c->r, &c->l2);
}

static void dump(struct __test_metadata *_metadata, const struct changed *c)
{
	char text[ROOM * 2 + 1] = "";

	for (uint32_t i = 0; i < c->r.cap_len; i++)
		snprintf(text + i * 2, 3, "%02x", c->data[i]);
	TH_LOG("link type %u, %u of %u bytes: %s", c->r.link_type, c->r.cap_len, c->r.orig_len,
	       text);
}

static struct sek_native judge(struct random *r, const struct changed *c, bool trusted)
{
	return sek_native_record(&c->r, c->has_l2 ? &c->l2 : NULL,
				 below(r, 2) ? SEK_BYTES_QUICK : SEK_BYTES_FULL,
				 below(r, c->r.cap_len + 1), trusted);
}

TEST(capture)
{
	__attribute__((cleanup(sek_testrun_closep))) struct sek_testrun *t = NULL;
	struct random r = begin(_metadata);
	int n, err = sek_testrun_open(&t);

	if (err == -EPERM)
		SKIP(return, "BPF needs privileges");
	ASSERT_EQ(0, err)
	{
		TH_LOG("%s", sek_bpflog_text());
	}
	for (n = 0; n < PACKETS && !is_over(&r); n++) {
		struct sek_testrun_verdict v;
		struct sek_native native;
		struct changed c;

		change(&r, &c);
		ASSERT_EQ(0, sek_testrun_packet(t, &c.r, c.has_l2 ? &c.l2 : NULL, &v));
		/* It has sessions and we have none; what they do to the class we know. */
		native = judge(&r, &c, v.certainty != SEK_CERTAINTY_SHAPE);
		ASSERT_TRUE(native.family == v.family && native.class == v.class &&
			    native.icmp_type == v.icmp_type && native.icmp_code == v.icmp_code)
		{
			TH_LOG("%s %s in the kernel, %s %s here", sek_family_name(v.family),
			       sek_class_name(v.class), sek_family_name(native.family),
			       sek_class_name(native.class));
			dump(_metadata, &c);
		}
	}
	TH_LOG("%d packets", n);
	EXPECT_GE(n, PACKETS / 20);
}

/* One packet at the hook, and where it should be counted in self->before. */
static bool count(struct __test_metadata *_metadata, struct _test_data_hook *self,
		  enum sek_instance_hook hook, struct random *r)
{
	struct sek_native native;
	struct sek_cell *cell;
	uint32_t len, counted;
	struct changed c;

	change(r, &c);
	len = c.has_l2 ? sek_instance_present(hook, &c.r, &c.l2, self->frame, &counted) : 0;
	if (!len || (hook == SEK_INSTANCE_XDP && !c.l2.ethernet))
		return false;
	native = judge(r, &c, false);
	ASSERT_EQ(0, sek_instance_run(&self->in, hook, self->frame, len, NULL));
	cell = sek_instance_cell(&self->in, hook, &self->before,
				 sek_cell_index(native.family, native.class, SEK_CERTAINTY_SHAPE));
	cell->skbs++;
	cell->skb_bytes += counted;
	/* A handshake would make the next packets tracked. */
	if (native.class == SEK_CLASS_WIREGUARD_INITIATION ||
	    native.class == SEK_CLASS_WIREGUARD_RESPONSE)
		ASSERT_EQ(0, sek_instance_forget(&self->in));
	return true;
}

TEST_F(hook, random)
{
	struct random r = begin(_metadata);
	uint64_t seed = r.state;
	int n = 0;

	while (n < PACKETS / 4 && !is_over(&r)) {
		n += count(_metadata, self, variant->hook, &r);
		if (n % BATCH)
			continue;
		ASSERT_EQ(0, sek_instance_read(&self->in, &self->after));
		ASSERT_EQ(0, memcmp(&self->before, &self->after, sizeof(self->before)))
		{
			TH_LOG("one of %d packets up to SEK_SEED=%" PRIu64
			       " from SEK_SEED=%" PRIu64,
			       BATCH, r.state, seed);
		}
		seed = r.state;
	}
	TH_LOG("%d packets", n);
	EXPECT_GE(n, PACKETS / 100);
}

TEST_HARNESS_MAIN
