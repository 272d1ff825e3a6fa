// SPDX-License-Identifier: GPL-2.0-only
/* A topology as bytes and back; the shortest ways through it. Nothing is asked of the kernel. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"

#include "lib/topo/graph.h"
#include "lib/topo/ip.h"
#include "lib/topo/save.h"

/* With all that a topology can hold; b-c is the long way round by its cost. */
static const char text[] =
	"name: lab\n"
	"routing: static\n"
	"nodes:\n"
	"  a: {addresses: [192.0.2.1/32], sysctls: {net.ipv4.conf.all.rp_filter: 2}}\n"
	"  b: {routes: [{to: 198.51.100.0/24, via: 10.0.1.1}], processes: [\"sleep 1\"]}\n"
	"  c: {addresses: [192.0.2.3/32, 203.0.113.9/32]}\n"
	"  d: {addresses: [203.0.113.9/32]}\n"
	"  sw: bridge\n"
	"  h: host\n"
	"links:\n"
	"  - {ends: [a, b], ipv4: 10.0.1.0/24, delay: 10ms, loss: 1%}\n"
	"  - {ends: [b, c], ipv4: 10.0.2.0/24, cost: 100}\n"
	"  - {ends: [a, sw], ipv4: 10.0.3.0/24}\n"
	"  - c-sw\n"
	"  - h-sw\n"
	"  - {ends: [c, d], ipv4: 10.0.4.0/24}\n"
	"tests:\n"
	"  - {node: a, traceroute: c, via: [c]}\n"
	"  - cut: a-b\n";

static struct sek_topo *read_lab(void)
{
	struct sek_topo_error error = { 0 };
	struct sek_topo *t = NULL;

	if (sek_topo_read_text(text, strlen(text), "lab.yaml", &t, &error))
		printf("# %u:%u: %s\n", error.line, error.column, error.text);
	return t;
}

FIXTURE(lab)
{
	struct sek_topo *t;
	struct sek_graph g;
	bool cut[16];
};

FIXTURE_SETUP(lab)
{
	memset(&self->g, 0, sizeof(self->g));
	memset(self->cut, 0, sizeof(self->cut));
	self->t = read_lab();
	ASSERT_NE(NULL, self->t);
}

FIXTURE_TEARDOWN(lab)
{
	sek_graph_free(&self->g);
	sek_topo_free(self->t);
}

TEST_F(lab, comes_back_as_it_was)
{
	char *one, *two;
	size_t one_size, two_size;
	struct sek_topo *back;

	ASSERT_EQ(0, sek_save_encode(self->t, &one, &one_size));
	ASSERT_EQ(0, sek_save_decode(one, one_size, &back));
	ASSERT_EQ(0, sek_save_encode(back, &two, &two_size));
	ASSERT_EQ(one_size, two_size);
	EXPECT_EQ(0, memcmp(one, two, one_size));
	EXPECT_EQ(self->t->nodes_n, back->nodes_n);
	EXPECT_STREQ(self->t->nodes[1].processes[0], back->nodes[1].processes[0]);
	EXPECT_STREQ(self->t->tests[1].target, back->tests[1].target);
	EXPECT_EQ(10000, back->links[0].impair.delay_us);
	sek_topo_free(back);
	free(one);
	free(two);
}

TEST_F(lab, damaged_at_each_byte)
{
	struct sek_topo *back = NULL;
	char *bytes, *copy;
	size_t size;

	ASSERT_EQ(0, sek_save_encode(self->t, &bytes, &size));
	for (size_t i = 0; i < size; i++) {
		/* Of just this size, so that a byte too far is found. */
		copy = malloc(i + 1);
		memcpy(copy, bytes, i);
		EXPECT_NE(0, sek_save_decode(copy, i, &back));
		free(copy);
	}
	EXPECT_EQ(NULL, back);
	for (size_t i = 0; i < size; i++) {
		bytes[i] ^= 0xff;
		if (!sek_save_decode(bytes, size, &back))
			sek_topo_free(back);
		bytes[i] ^= 0xff;
	}
	free(bytes);
}

struct found {
	const struct sek_graph *g;
	char text[1024];
};

static int note_route(const struct sek_graph_route *route, void *data)
{
	char to[SEK_IP_TEXT_SIZE], via[SEK_IP_TEXT_SIZE];
	struct sek_topo_ip hop = route->via;
	struct found *f = data;
	size_t len = strlen(f->text);

	hop.plen = sek_ip_bits(hop.family);
	snprintf(f->text + len, sizeof(f->text) - len, "%s>%s>%s ", sek_ip_text(to, &route->to),
		 sek_ip_text(via, &hop), sek_graph_end(f->g, route->end)->ifname);
	return 0;
}

static const char *routes(const struct sek_graph *g, size_t node)
{
	static struct found f;

	f = (struct found){ .g = g };
	return sek_graph_routes(g, node, AF_INET, note_route, &f) ? "?" : f.text;
}

TEST_F(lab, shortest_ways)
{
	ASSERT_EQ(0, sek_graph_build(&self->g, self->t, NULL));
	/* Across the switch, not by b; and to the nearer of the two that have 203.0.113.9. */
	EXPECT_STREQ("10.0.2.0/24>10.0.1.2>b 192.0.2.3>10.0.3.2>sw 203.0.113.9>10.0.3.2>sw "
		     "10.0.4.0/24>10.0.3.2>sw ",
		     routes(&self->g, 0))
	TH_LOG("%s", routes(&self->g, 0));
	/* Its own anycast address is not sought elsewhere. */
	EXPECT_EQ(NULL, strstr(routes(&self->g, 3), "203.0.113.9"));
	EXPECT_EQ(NULL, strstr(routes(&self->g, 2), "203.0.113.9"));
}

TEST_F(lab, hosts_and_switches)
{
	ASSERT_EQ(0, sek_graph_build(&self->g, self->t, NULL));
	EXPECT_STREQ("", routes(&self->g, 4));
	/* The first router beside it. */
	EXPECT_STREQ("0.0.0.0/0>10.0.3.1>sw ", routes(&self->g, 5))
	TH_LOG("%s", routes(&self->g, 5));
}

TEST_F(lab, cut_links)
{
	self->cut[2] = true; /* a-sw */
	ASSERT_EQ(0, sek_graph_build(&self->g, self->t, self->cut));
	EXPECT_NE(NULL, strstr(routes(&self->g, 0), "192.0.2.3>10.0.1.2>b "))
	TH_LOG("%s", routes(&self->g, 0));
	self->cut[0] = true;
	sek_graph_free(&self->g);
	ASSERT_EQ(0, sek_graph_build(&self->g, self->t, self->cut));
	EXPECT_STREQ("", routes(&self->g, 0));
}

TEST_F(lab, neighbours)
{
	size_t host_end = SEK_GRAPH_NONE;

	ASSERT_EQ(0, sek_graph_build(&self->g, self->t, NULL));
	for (size_t i = 0; i < 2 * self->t->links_n; i++) {
		if (sek_graph_end(&self->g, i)->node == 5)
			host_end = i;
	}
	ASSERT_NE(SEK_GRAPH_NONE, host_end);
	EXPECT_TRUE(sek_graph_has_neighbour(&self->g, 0, SEK_TOPO_ROUTING_STATIC));
	EXPECT_FALSE(sek_graph_has_neighbour(&self->g, 0, SEK_TOPO_ROUTING_RIP));
	EXPECT_TRUE(sek_graph_has_neighbour(&self->g, host_end, SEK_TOPO_ROUTING_STATIC));
}

TEST_HARNESS_MAIN
