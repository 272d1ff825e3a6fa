// SPDX-License-Identifier: GPL-2.0-only
/* What a topology becomes: what the file says, and what is chosen where it says nothing. */
#include "kselftest_harness.h"

#include <arpa/inet.h>
#include <string.h>

#include "../../user/lib/topo/index.h"
#include "../../user/lib/topo/ip.h"
#include "../../user/lib/topo/topo.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* NULL if the text is wrong, and what is wrong is written. */
static struct sek_topo *read_text(const char *text)
{
	struct sek_topo_error error;
	struct sek_topo *t = NULL;

	if (sek_topo_read_text(text, strlen(text), "some/lab_1.yaml", &t, &error))
		printf("# %s:%u:%u: %s\n", error.file, error.line, error.column, error.text);
	return t;
}

/* All ends, one a line: link, node, interface, addresses. */
static const char *ends(const struct sek_topo *t)
{
	static char all[8192];
	size_t n = 0;

	*all = '\0';
	for (size_t i = 0; t && i < t->links_n * 2; i++) {
		const struct sek_topo_link *l = &t->links[i / 2];
		const struct sek_topo_end *e = &l->end[i % 2];
		char ipv4[SEK_IP_TEXT_SIZE], ipv6[SEK_IP_TEXT_SIZE];

		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s %s %s %s %s\n", l->name,
				      t->nodes[e->node].name, e->ifname,
				      sek_ip_text(ipv4, &e->ipv4), sek_ip_text(ipv6, &e->ipv6));
	}
	return all;
}

TEST(chosen_ends)
{
	static const struct {
		const char *text;
		const char *ends;
	} cases[] = {
		/* The second link of two nodes; a net that the file uses is left out. */
		{ "nodes: [a, b]\n"
		  "links: [a-b, a-b, {ends: [b, a], ipv4: 10.0.2.0/24}]\n",
		  "a-b a b 10.0.1.1/24 fd00:0:0:1::1/64\n"
		  "a-b b a 10.0.1.2/24 fd00:0:0:1::2/64\n"
		  "a-b-2 a b-2 10.0.3.1/24 fd00:0:0:2::1/64\n"
		  "a-b-2 b a-2 10.0.3.2/24 fd00:0:0:2::2/64\n"
		  "b-a b a-3 10.0.2.1/24 fd00:0:0:3::1/64\n"
		  "b-a a b-3 10.0.2.2/24 fd00:0:0:3::2/64\n" },
		/* Names with dashes, and too long for an interface. */
		{ "nodes: [leaf-1, leaf-2-of-a-long-name, leaf-2-of-a-long-nook]\n"
		  "links: [leaf-1-leaf-2-of-a-long-name, leaf-1-leaf-2-of-a-long-nook]\n"
		  "defaults: {link: {ipv6: none}}\n",
		  "leaf-1-leaf-2-of-a-long-name leaf-1 leaf-2-of-a-lon 10.0.1.1/24 -\n"
		  "leaf-1-leaf-2-of-a-long-name leaf-2-of-a-long-name leaf-1 10.0.1.2/24 -\n"
		  "leaf-1-leaf-2-of-a-long-nook leaf-1 leaf-2-of-a-l-2 10.0.2.1/24 -\n"
		  "leaf-1-leaf-2-of-a-long-nook leaf-2-of-a-long-nook leaf-1 10.0.2.2/24 -\n" },
		/* A segment; one of its hosts has an address of its own choice. */
		{ "nodes: [a, b, c]\n"
		  "links: [{segment: [a, {node: b, ipv4: 10.0.1.1/24, ifname: eth0}, c], "
		  "ipv6: none}]\n",
		  "a-lan1 a lan1 10.0.1.2/24 -\na-lan1 lan1 a - -\n"
		  "b-lan1 b eth0 10.0.1.1/24 -\nb-lan1 lan1 b - -\n"
		  "c-lan1 c lan1 10.0.1.3/24 -\nc-lan1 lan1 c - -\n" },
		/* Two bridges that are joined are one segment, in the order of links. */
		{ "nodes: {a: , b: , s: bridge, t: {kind: bridge, ipv4: 192.168.0.0/24}}\n"
		  "links: [b-t, s-t, a-s]\ndefaults: {link: {ipv6: none}}\n",
		  "b-t b t 192.168.0.1/24 -\nb-t t b - -\ns-t s t - -\ns-t t s - -\n"
		  "a-s a s 192.168.0.2/24 -\na-s s a - -\n" },
		/* A tunnel is named for what it is, and is no address for itself. */
		{ "nodes: [a, b]\nlinks: [{ends: [a, b], kind: wireguard}, a-b]\n",
		  "a-b a wg-b 10.0.1.1/24 fd00:0:0:1::1/64\n"
		  "a-b b wg-a 10.0.1.2/24 fd00:0:0:1::2/64\n"
		  "a-b-2 a b 10.0.2.1/24 fd00:0:0:2::1/64\n"
		  "a-b-2 b a 10.0.2.2/24 fd00:0:0:2::2/64\n" },
		/* Small nets */
		{ "nodes: [a, b]\nlinks:\n"
		  "  - {ends: [a, b], ipv4: 10.9.0.0/31, ipv6: 'fd09::/127'}\n"
		  "  - {ends: [a, b], ipv4: 10.9.0.4/30, ipv6: 'fd09::10/126'}\n",
		  "a-b a b 10.9.0.0/31 fd09::/127\na-b b a 10.9.0.1/31 fd09::1/127\n"
		  "a-b-2 a b-2 10.9.0.5/30 fd09::11/126\n"
		  "a-b-2 b a-2 10.9.0.6/30 fd09::12/126\n" },
		/* Names that mean something to the kernel, or to a bridge. */
		{ "nodes: {lo: , all: , br0: , sw: bridge}\n"
		  "links: [lo-all, sw-br0]\ndefaults: {link: {ipv4: none, ipv6: none}}\n",
		  "lo-all lo all-2 - -\nlo-all all lo-2 - -\n"
		  "sw-br0 sw br0-2 - -\nsw-br0 br0 sw - -\n" },
		/* Nets of nodes' own addresses are in use, however large. */
		{ "nodes: [{name: a, addresses: [10.0.0.1/14, 'fd00::1/16']}, b]\n"
		  "links: [{ends: [a, b], ipv6: 'fd01::/64'}]\n",
		  "a-b a b 10.4.0.1/24 fd01::1/64\na-b b a 10.4.0.2/24 fd01::2/64\n" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct sek_topo *t = read_text(cases[i].text);

		ASSERT_NE(NULL, t);
		EXPECT_STREQ(cases[i].ends, ends(t));
		sek_topo_free(t);
	}
}

TEST(everything_of_a_node)
{
	struct sek_topo *t = read_text(
		"routing: ospf\ndaemon: frr\ntimers: protocol\n"
		"defaults: {node: {cgroup: true, sysctls: {net.x: 1, net.y: 2}, processes: [p]}}\n"
		"nodes:\n"
		"  a:\n"
		"  b: {kind: host, join: {docker: web}, sysctls: {net.y: 3}, processes: [q, r]}\n"
		"  c: {routing: bgp, daemon: bird, timers: classroom, asn: 65002, cgroup: false}\n"
		"  d: {routing: bgp, router_id: 0.0.0.1, addresses: [10.1.0.1, 'fd01::1/64']}\n"
		"  e: {routes: [{to: default, via: 10.0.1.2}, {to: 'fd09::/16', dev: f}]}\n"
		"  f: {routing: bgp}\n"
		"links: [e-f]\n");
	const struct sek_topo_node *n;

	ASSERT_NE(NULL, t);
	EXPECT_STREQ("lab-1", t->name);
	n = t->nodes;
	EXPECT_EQ(SEK_TOPO_ROUTER, n[0].kind);
	EXPECT_EQ(SEK_TOPO_ROUTING_OSPF, n[0].routing);
	EXPECT_EQ(SEK_TOPO_DAEMON_FRR, n[0].daemon);
	EXPECT_EQ(SEK_TOPO_TIMERS_PROTOCOL, n[0].timers);
	EXPECT_EQ(true, n[0].cgroup);
	ASSERT_EQ(2, n[0].sysctls_n);
	EXPECT_EQ(6, n[0].line);

	EXPECT_EQ(SEK_TOPO_HOST, n[1].kind);
	EXPECT_EQ(SEK_TOPO_ROUTING_NONE, n[1].routing);
	EXPECT_EQ(SEK_TOPO_JOIN_DOCKER, n[1].join);
	EXPECT_STREQ("web", n[1].join_name);
	ASSERT_EQ(2, n[1].sysctls_n);
	EXPECT_STREQ("net.y", n[1].sysctls[1].key);
	EXPECT_STREQ("3", n[1].sysctls[1].value);
	ASSERT_EQ(2, n[1].processes_n);
	EXPECT_STREQ("r", n[1].processes[1]);

	EXPECT_EQ(SEK_TOPO_DAEMON_BIRD, n[2].daemon);
	EXPECT_EQ(SEK_TOPO_TIMERS_CLASSROOM, n[2].timers);
	EXPECT_EQ(65002, n[2].asn);
	EXPECT_EQ(false, n[2].cgroup);
	/* Chosen numbers are nobody else's. */
	EXPECT_EQ(65001, n[3].asn);
	EXPECT_EQ(65003, n[5].asn);
	EXPECT_EQ(0, n[4].asn);
	EXPECT_EQ(htonl(1), n[3].router_id);
	EXPECT_EQ(htonl(SEK_TOPO_MAX_NODES + 1), n[0].router_id);
	EXPECT_EQ(htonl(5), n[4].router_id);
	EXPECT_EQ(0, n[1].router_id);
	ASSERT_EQ(2, n[3].addresses_n);
	EXPECT_EQ(32, n[3].addresses[0].plen);
	EXPECT_EQ(64, n[3].addresses[1].plen);

	ASSERT_EQ(2, n[4].routes_n);
	EXPECT_EQ(0, n[4].routes[0].to.plen);
	EXPECT_EQ(AF_INET, n[4].routes[0].to.family);
	EXPECT_EQ(AF_INET6, n[4].routes[1].to.family);
	EXPECT_STREQ("f", n[4].routes[1].dev);
	EXPECT_EQ(0, n[4].routes[1].via.family);
	sek_topo_free(t);
}

TEST(everything_of_a_link)
{
	struct sek_topo *t = read_text(
		"nodes: [a, b, c, {name: d, addresses: [10.9.9.9]}]\n"
		"defaults: {link: {delay: 5ms, cost: 3}}\n"
		"links:\n"
		"  - {ends: [a, b], name: x, jitter: 0.5ms, loss: 0.05%, rate: 2.5gbit, mtu: "
		"9000}\n"
		"  - {ends: [{node: b, mac: '02:00:00:00:00:aA'}, c], cost: 65535, delay: 250us,\n"
		"     flap: {up: 2min, down: 1s}}\n"
		"  - {ends: [a, c], kind: wireguard}\n"
		"  - {ends: [a, d], kind: wireguard}\n");
	const __u8 mac[] = { 2, 0, 0, 0, 0, 0xaa }, none[6] = {};
	const struct sek_topo_link *l;
	char text[SEK_IP_TEXT_SIZE];

	ASSERT_NE(NULL, t);
	l = t->links;
	EXPECT_STREQ("x", l[0].name);
	EXPECT_EQ(5000, l[0].impair.delay_us);
	EXPECT_EQ(500, l[0].impair.jitter_us);
	EXPECT_EQ(500, l[0].impair.loss_ppm);
	EXPECT_EQ(2500000000ULL, l[0].impair.rate_bps);
	EXPECT_EQ(9000, l[0].mtu);
	EXPECT_EQ(3, l[0].cost);
	EXPECT_EQ(4, l[0].line);
	EXPECT_EQ(250, l[1].impair.delay_us);
	EXPECT_EQ(65535, l[1].cost);
	EXPECT_EQ(120, l[1].flap_up_s);
	EXPECT_EQ(1, l[1].flap_down_s);
	EXPECT_EQ(0, memcmp(mac, l[1].end[0].mac, sizeof(mac)));
	EXPECT_EQ(2, l[1].end[1].mac[0]);
	EXPECT_NE(0, memcmp(l[0].end[0].mac, l[0].end[1].mac, sizeof(mac)));

	EXPECT_EQ(SEK_TOPO_LINK_WIREGUARD, l[2].kind);
	EXPECT_EQ(0, memcmp(none, l[2].end[0].mac, sizeof(none)));
	EXPECT_EQ(51820, l[2].end[0].port);
	EXPECT_EQ(51821, l[3].end[0].port);
	EXPECT_EQ(51820, l[3].end[1].port);
	EXPECT_STREQ("10.0.1.1", sek_ip_text(text, &l[2].end[0].endpoint));
	EXPECT_STREQ("10.9.9.9", sek_ip_text(text, &l[3].end[1].endpoint));
	sek_topo_free(t);
}

/* Where its packets go: not to a site's inner net, which may lie behind the tunnel. */
TEST(underlay)
{
	struct sek_topo *t = read_text("nodes: {s1: , s2: , net: , sw: bridge, h: host}\n"
				       "links:\n"
				       "  - h-s1\n"
				       "  - sw-s2\n"
				       "  - s1-sw\n"
				       "  - {ends: [s1, s2], kind: wireguard}\n"
				       "  - {ends: [s2, net], ipv4: 10.7.0.0/24}\n");
	char text[SEK_IP_TEXT_SIZE];

	ASSERT_NE(NULL, t);
	EXPECT_STREQ("10.0.2.2", sek_ip_text(text, &t->links[3].end[0].endpoint));
	EXPECT_STREQ("10.7.0.1", sek_ip_text(text, &t->links[3].end[1].endpoint));
	sek_topo_free(t);
}

TEST(tests)
{
	struct sek_topo *t = read_text("nodes: [a, b, c]\nlinks: [a-b]\ntests:\n"
				       "  - {node: a, ping: b, within: 2min, fails: true}\n"
				       "  - {node: b, traceroute: 'fd00::1', via: [c, a]}\n"
				       "  - {node: c, exec: 'true'}\n"
				       "  - cut: a-b\n"
				       "  - {heal: b-a}\n"
				       "  - {node: a, ping: c, family: ipv6}\n");

	ASSERT_NE(NULL, t);
	ASSERT_EQ(6, t->tests_n);
	EXPECT_EQ(SEK_TOPO_TEST_PING, t->tests[0].kind);
	EXPECT_STREQ("b", t->tests[0].target);
	EXPECT_EQ(120, t->tests[0].within_s);
	EXPECT_EQ(true, t->tests[0].fails);
	EXPECT_EQ(0, t->tests[0].family);
	EXPECT_EQ(SEK_TOPO_TEST_TRACEROUTE, t->tests[1].kind);
	EXPECT_EQ(1, t->tests[1].node);
	EXPECT_EQ(AF_INET6, t->tests[1].family);
	ASSERT_EQ(2, t->tests[1].via_n);
	EXPECT_EQ(2, t->tests[1].via[0]);
	EXPECT_EQ(0, t->tests[1].via[1]);
	EXPECT_EQ(SEK_TOPO_TEST_EXEC, t->tests[2].kind);
	EXPECT_EQ(SEK_TOPO_TEST_CUT, t->tests[3].kind);
	EXPECT_STREQ("a-b", t->tests[3].target);
	EXPECT_EQ(7, t->tests[3].line);
	EXPECT_EQ(SEK_TOPO_TEST_HEAL, t->tests[4].kind);
	EXPECT_STREQ("a-b", t->tests[4].target);
	EXPECT_EQ(AF_INET6, t->tests[5].family);
	sek_topo_free(t);
}

/* As large as is allowed, and all beginning alike: in a time that does not grow with the square. */
TEST(large)
{
	struct sek_index names = {};
	struct sek_topo *t;
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	ASSERT_NE(NULL, to);
	fputs("nodes:\n", to);
	for (int i = 0; i < SEK_TOPO_MAX_NODES; i++)
		fprintf(to, "  - a-name-that-is-long-%d\n", i);
	fputs("links:\n", to);
	for (int i = 0; i < SEK_TOPO_MAX_LINKS; i++)
		fprintf(to, "  - {ends: [a-name-that-is-long-0, a-name-that-is-long-%d]}\n",
			i % (SEK_TOPO_MAX_NODES - 1) + 1);
	fclose(to);
	t = read_text(text);
	free(text);
	ASSERT_NE(NULL, t);
	EXPECT_EQ(SEK_TOPO_MAX_LINKS, t->links_n);
	for (size_t i = 0; i < t->links_n; i++) {
		const struct sek_topo_end *e = t->links[i].end;
		char mac[13], net[SEK_IP_TEXT_SIZE];

		/* Nothing is there twice. */
		EXPECT_EQ(0, sek_index_add(&names, 0, e[0].ifname, i));
		EXPECT_EQ(0, sek_index_add(&names, 1, t->links[i].name, i));
		EXPECT_EQ(0, sek_index_add(&names, 2, sek_ip_text(net, &e[0].ipv4), i));
		EXPECT_EQ(0, sek_index_add(&names, 2, sek_ip_text(net, &e[1].ipv6), i));
		for (int j = 0; j < 2; j++) {
			for (int k = 0; k < 6; k++)
				sprintf(mac + 2 * k, "%02x", e[j].mac[k]);
			EXPECT_EQ(0, sek_index_add(&names, 3, mac, i));
		}
	}
	sek_index_free(&names);
	sek_topo_free(t);
}

/* More ends than a /24 has room for. */
TEST(large_segment)
{
	struct sek_topo *t;
	char *text = NULL, ip[SEK_IP_TEXT_SIZE];
	size_t size;
	FILE *to = open_memstream(&text, &size);

	ASSERT_NE(NULL, to);
	fputs("nodes: [x, y", to);
	for (int i = 0; i < 1000; i++)
		fprintf(to, ", n%d", i);
	fputs("]\nlinks:\n  - x-y\n  - segment: [n0", to);
	for (int i = 1; i < 1000; i++)
		fprintf(to, ", n%d", i);
	fputs("]\n  - x-y\n", to);
	fclose(to);
	t = read_text(text);
	free(text);
	ASSERT_NE(NULL, t);
	EXPECT_STREQ("10.0.4.1/22", sek_ip_text(ip, &t->links[1].end[0].ipv4));
	EXPECT_STREQ("10.0.7.232/22", sek_ip_text(ip, &t->links[1000].end[0].ipv4));
	EXPECT_STREQ("fd00:0:0:2::3e8/64", sek_ip_text(ip, &t->links[1000].end[0].ipv6));
	EXPECT_STREQ("10.0.8.1/24", sek_ip_text(ip, &t->links[1001].end[0].ipv4));
	sek_topo_free(t);
}

TEST(addresses)
{
	static const struct {
		const char *text;
		const char *net;
		const char *third;
	} cases[] = {
		{ "10.0.10.77/24", "10.0.10.0/24", "10.0.10.3/24" },
		{ "10.0.10.77", "10.0.10.77", "10.0.10.80" },
		{ "10.255.255.255/9", "10.128.0.0/9", "10.128.0.3/9" },
		{ "0.0.0.0/0", "0.0.0.0/0", "0.0.0.3/0" },
		{ "fd00::1:2/64", "fd00::/64", "fd00::3/64" },
		{ "fd00::ffff/121", "fd00::ff80/121", "fd00::ff83/121" },
	};
	static const char *const wrong[] = {
		"",
		"/24",
		"10.0.0.0/",
		"10.0.0.0/33",
		"10.0.0/24",
		"10.0.0.0/2x",
		"10.0.0.0/-1",
		"10.0.0.0/0024",
		"fd00::/129",
		"fd00:::/64",
		"10.0.0.0 /24",
		"vm1",
		"fd00:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/64",
	};
	struct sek_topo_ip ip, net;
	char text[SEK_IP_TEXT_SIZE];

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		ASSERT_EQ(0, sek_ip_parse(cases[i].text, &ip, NULL));
		EXPECT_STREQ(cases[i].text, sek_ip_text(text, &ip));
		net = sek_ip_net(&ip);
		EXPECT_STREQ(cases[i].net, sek_ip_text(text, &net));
		EXPECT_EQ(true, sek_ip_contains(&net, &ip));
		ip = sek_ip_host(&net, 3);
		EXPECT_STREQ(cases[i].third, sek_ip_text(text, &ip));
	}
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		EXPECT_EQ(-EINVAL, sek_ip_parse(wrong[i], &ip, NULL));
}

TEST_HARNESS_MAIN
