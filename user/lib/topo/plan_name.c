// SPDX-License-Identifier: GPL-2.0-only
/* Names of links and interfaces, and hardware addresses: the same on every run. */
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Scope of the hardware addresses in an index of interface names, whose scopes are nodes. */
#define SCOPE_MAC SEK_TOPO_MAX_NODES

static int name_links(struct sek_file *f)
{
	struct sek_topo *t = f->t;
	int err = 0;

	for (size_t i = 0; i < t->links_n && !err; i++) {
		struct sek_topo_link *l = &t->links[i];
		char base[sizeof(l->name)];

		if (*l->name)
			continue;
		snprintf(base, sizeof(base), "%s-%s", t->nodes[l->end[0].node].name,
			 t->nodes[l->end[1].node].name);
		err = sek_index_choose(&f->link_names, 0, base, l->name, sizeof(l->name), i);
	}
	return err;
}

/* Names that are given are taken before any is chosen; so are some that nobody may have. */
static int take_ifnames(struct sek_file *f, struct sek_index *taken)
{
	static const char *const others[] = { "lo", "all", "default", SEK_TOPO_BRIDGE_DEV };
	struct sek_topo *t = f->t;
	int err = 0;

	for (size_t i = 0; i < t->nodes_n && !err; i++)
		for (size_t j = 0; j < sizeof(others) / sizeof(*others) && !err; j++)
			err = sek_index_add(taken, i, others[j], 0);
	for (size_t i = 0; i < t->links_n * 2 && !err; i++) {
		const struct sek_topo_end *end = &t->links[i / 2].end[i % 2];

		if (!*end->ifname)
			continue;
		err = sek_index_add(taken, end->node, end->ifname, i);
		if (err == -EEXIST)
			return sek_file_fail(f, f->links[i / 2].end[i % 2].at,
					     "%s cannot have an interface '%s': that name is taken",
					     t->nodes[end->node].name, end->ifname);
	}
	return err;
}

/* As the neighbour: what stands in "ip route" is then where packets go. */
static int name_end(struct sek_topo *t, struct sek_index *taken, size_t link, int i)
{
	struct sek_topo_link *l = &t->links[link];
	const char *neighbour = t->nodes[l->end[!i].node].name;
	char base[SEK_TOPO_NAME_LEN + 4];

	if (*l->end[i].ifname)
		return 0;
	snprintf(base, sizeof(base), "%s%s", l->kind == SEK_TOPO_LINK_WIREGUARD ? "wg-" : "",
		 neighbour);
	return sek_index_choose(taken, l->end[i].node, base, l->end[i].ifname,
				sizeof(l->end[i].ifname), link * 2 + (size_t)i);
}

/* FNV-1a, 64 bits, which index.c uses to find, and this to stay the same: they may differ. */
static __u64 hash(__u64 h, const char *s)
{
	do {
		h = (h ^ (unsigned char)*s) * 0x100000001b3ULL;
	} while (*s++);
	return h;
}

static int add_mac(struct sek_index *taken, const __u8 *mac, size_t value)
{
	char text[18];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	return sek_index_add(taken, SCOPE_MAC, text, value);
}

static bool is_zero(const __u8 *mac)
{
	static const __u8 zero[6];

	return !memcmp(mac, zero, sizeof(zero));
}

/* Locally administered and of one station (IEEE 802, 8.2): the first byte is 02. */
static int choose_mac(struct sek_topo *t, struct sek_index *taken, size_t link, int i)
{
	struct sek_topo_end *end = &t->links[link].end[i];
	__u64 h = hash(hash(0xcbf29ce484222325ULL, t->name), t->links[link].name);
	int err;

	h = hash(h, i ? "1" : "0");
	do {
		h = hash(h, "");
		end->mac[0] = 0x02;
		for (int j = 1; j < 6; j++)
			end->mac[j] = (__u8)(h >> (8 * j));
		err = add_mac(taken, end->mac, link);
	} while (err == -EEXIST);
	return err;
}

static int choose_macs(struct sek_topo *t, struct sek_index *taken)
{
	int err = 0;

	for (size_t i = 0; i < t->links_n * 2 && !err; i++) {
		const __u8 *mac = t->links[i / 2].end[i % 2].mac;

		/* Given twice is not good, but may be what somebody wants to show. */
		if (!is_zero(mac))
			err = add_mac(taken, mac, i / 2);
		if (err == -EEXIST)
			err = 0;
	}
	for (size_t i = 0; i < t->links_n * 2 && !err; i++)
		if (is_zero(t->links[i / 2].end[i % 2].mac) &&
		    t->links[i / 2].kind != SEK_TOPO_LINK_WIREGUARD)
			err = choose_mac(t, taken, i / 2, i % 2);
	return err;
}

int sek_plan_names(struct sek_file *f)
{
	struct sek_index taken = {};
	int err = name_links(f);

	if (!err)
		err = take_ifnames(f, &taken);
	for (size_t i = 0; i < f->t->links_n * 2 && !err; i++)
		err = name_end(f->t, &taken, i / 2, i % 2);
	if (!err)
		err = choose_macs(f->t, &taken);
	sek_index_free(&taken);
	return err;
}
