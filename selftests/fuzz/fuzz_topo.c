// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the reader of topology files: whatever the text is, it is an error with a reason, or a
 * topology of which all holds that others rely on.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../user/lib/topo/dot.h"
#include "../../user/lib/topo/index.h"
#include "../../user/lib/topo/ip.h"
#include "../../user/lib/topo/topo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool promise)
{
	if (!promise)
		abort();
}

static void check_ip(const struct sek_topo_ip *ip, __u8 family, struct sek_index *names)
{
	struct sek_topo_ip whole = *ip;
	char text[SEK_IP_TEXT_SIZE];

	if (!ip->family)
		return;
	require(ip->family == family && ip->plen && ip->plen <= sek_ip_bits(family));
	whole.plen = (__u8)sek_ip_bits(family);
	require(!sek_index_add(names, SEK_TOPO_MAX_NODES, sek_ip_text(text, &whole), 0));
}

static void check_link(const struct sek_topo *t, const struct sek_topo_link *l,
		       struct sek_index *names)
{
	const struct sek_topo_end *a = &l->end[0], *b = &l->end[1];
	static const __u8 none[6];

	require(!sek_index_add(names, SEK_TOPO_MAX_NODES + 1, l->name, 0));
	require(a->node < t->nodes_n && b->node < t->nodes_n && a->node != b->node);
	require(l->cost && l->impair.loss_ppm <= 1000000);
	for (int i = 0; i < 2; i++) {
		const struct sek_topo_end *e = &l->end[i];
		bool bridge = t->nodes[e->node].kind == SEK_TOPO_BRIDGE;

		require(*e->ifname && strcmp(e->ifname, "lo") != 0);
		require(!sek_index_add(names, e->node, e->ifname, 0));
		require(!bridge || (!e->ipv4.family && !e->ipv6.family));
		require(!(e->mac[0] & 1));
		require((l->kind == SEK_TOPO_LINK_WIREGUARD) == !memcmp(e->mac, none, 6));
		check_ip(&e->ipv4, AF_INET, names);
		check_ip(&e->ipv6, AF_INET6, names);
	}
	if (a->ipv4.family && b->ipv4.family)
		require(sek_ip_contains(&a->ipv4, &b->ipv4));
	if (a->ipv6.family && b->ipv6.family)
		require(sek_ip_contains(&a->ipv6, &b->ipv6));
}

static void check_test(const struct sek_topo *t, const struct sek_topo_test *test)
{
	require(test->target && *test->target && test->node < t->nodes_n);
	for (size_t i = 0; i < test->via_n; i++)
		require(test->via[i] < t->nodes_n);
}

static void check(const struct sek_topo *t)
{
	struct sek_index names = {};

	require(*t->name && t->nodes_n);
	for (size_t i = 0; i < t->nodes_n; i++)
		require(!sek_index_add(&names, SEK_TOPO_MAX_NODES + 2, t->nodes[i].name, i));
	for (size_t i = 0; i < t->links_n; i++)
		check_link(t, &t->links[i], &names);
	for (size_t i = 0; i < t->tests_n; i++)
		check_test(t, &t->tests[i]);
	sek_index_free(&names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *null;
	struct sek_topo_error error;
	struct sek_topo *t = NULL;
	int err;

	/* No files are for a fuzzer to open. */
	if (memmem(data, size, "include", strlen("include")))
		return 0;
	err = sek_topo_read_text((const char *)data, size, "fuzz.yaml", &t, &error);
	if (err) {
		require(err == -EINVAL && !t && *error.text && *error.file);
		return 0;
	}
	check(t);
	if (!null)
		null = fopen("/dev/null", "we");
	require(null && !sek_dot_write(t, null));
	sek_topo_free(t);
	return 0;
}
