// SPDX-License-Identifier: GPL-2.0-only
/*
 * One walk over the model serves both ways, so that they cannot drift apart: each step either
 * appends a value or takes it back. Numbers are of this host; the file never leaves it.
 */
#include "save.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* To be changed with what is saved. */
static const char magic[8] = "sektopo1";

/**
 * struct walk - one walk
 * @decode: takes values back
 * @bytes: what there is
 * @size: how much of it
 * @at: encode: room; decode: how far it is
 * @err: the first failure; all that follows does nothing
 */
struct walk {
	bool decode;
	char *bytes;
	size_t size;
	size_t at;
	int err;
};

static void append(struct walk *w, const void *value, size_t size)
{
	if (w->size + size > w->at) {
		size_t room = 2 * (w->at + size);
		char *bytes = realloc(w->bytes, room);

		if (!bytes) {
			w->err = -ENOMEM;
			return;
		}
		w->bytes = bytes;
		w->at = room;
	}
	memcpy(w->bytes + w->size, value, size);
	w->size += size;
}

static void raw(struct walk *w, void *value, size_t size)
{
	if (w->err || !size)
		return;
	if (!w->decode) {
		append(w, value, size);
	} else if (size > w->size - w->at) {
		w->err = -EBADMSG;
	} else {
		memcpy(value, w->bytes + w->at, size);
		w->at += size;
	}
}

/* Any member that holds no pointers and no padding that matters. */
#define VALUE(w, member) raw(w, &(member), sizeof(member))

/* An array whose entries are walked by the caller; each takes at least a byte. */
static void *array(struct walk *w, void *entries, size_t *n, size_t size)
{
	VALUE(w, *n);
	if (!w->decode)
		return entries;
	entries = NULL;
	if (!w->err && *n > w->size - w->at)
		w->err = -EBADMSG;
	if (!w->err && *n) {
		entries = calloc(*n, size);
		if (!entries)
			w->err = -ENOMEM;
	}
	if (!entries)
		*n = 0;
	return entries;
}

#define ARRAY(w, member) ((member) = array(w, member, &member##_n, sizeof(*(member))))

static void string(struct walk *w, char **s)
{
	size_t n = !w->decode && *s ? strlen(*s) + 1 : 0;

	*s = array(w, *s, &n, 1);
	raw(w, *s, n);
	if (w->decode && *s)
		(*s)[n - 1] = '\0';
}

static void ip(struct walk *w, struct sek_topo_ip *ip)
{
	VALUE(w, ip->family);
	VALUE(w, ip->plen);
	VALUE(w, ip->addr);
}

static void node(struct walk *w, struct sek_topo_node *n)
{
	VALUE(w, n->name);
	VALUE(w, n->kind);
	VALUE(w, n->join);
	string(w, &n->join_name);
	VALUE(w, n->routing);
	VALUE(w, n->daemon);
	VALUE(w, n->timers);
	VALUE(w, n->asn);
	VALUE(w, n->router_id);
	VALUE(w, n->cgroup);
	ARRAY(w, n->addresses);
	for (size_t i = 0; i < n->addresses_n; i++)
		ip(w, &n->addresses[i]);
	ARRAY(w, n->routes);
	for (size_t i = 0; i < n->routes_n; i++) {
		ip(w, &n->routes[i].to);
		ip(w, &n->routes[i].via);
		VALUE(w, n->routes[i].dev);
	}
	ARRAY(w, n->sysctls);
	for (size_t i = 0; i < n->sysctls_n; i++) {
		string(w, &n->sysctls[i].key);
		string(w, &n->sysctls[i].value);
	}
	ARRAY(w, n->processes);
	for (size_t i = 0; i < n->processes_n; i++)
		string(w, &n->processes[i]);
}

static void link_end(struct walk *w, struct sek_topo_end *end)
{
	VALUE(w, end->node);
	VALUE(w, end->ifname);
	VALUE(w, end->mac);
	ip(w, &end->ipv4);
	ip(w, &end->ipv6);
	VALUE(w, end->port);
	ip(w, &end->endpoint);
}

static void link_both(struct walk *w, struct sek_topo_link *l)
{
	VALUE(w, l->name);
	VALUE(w, l->kind);
	link_end(w, &l->end[0]);
	link_end(w, &l->end[1]);
	VALUE(w, l->impair.delay_us);
	VALUE(w, l->impair.jitter_us);
	VALUE(w, l->impair.loss_ppm);
	VALUE(w, l->impair.rate_bps);
	VALUE(w, l->mtu);
	VALUE(w, l->cost);
	VALUE(w, l->flap_up_s);
	VALUE(w, l->flap_down_s);
}

static void test(struct walk *w, struct sek_topo_test *t)
{
	VALUE(w, t->kind);
	VALUE(w, t->node);
	string(w, &t->target);
	ARRAY(w, t->via);
	raw(w, t->via, t->via_n * sizeof(*t->via));
	VALUE(w, t->fails);
	VALUE(w, t->within_s);
	VALUE(w, t->family);
}

static void topo(struct walk *w, struct sek_topo *t)
{
	VALUE(w, t->name);
	ARRAY(w, t->nodes);
	for (size_t i = 0; i < t->nodes_n; i++)
		node(w, &t->nodes[i]);
	ARRAY(w, t->links);
	for (size_t i = 0; i < t->links_n; i++)
		link_both(w, &t->links[i]);
	ARRAY(w, t->tests);
	for (size_t i = 0; i < t->tests_n; i++)
		test(w, &t->tests[i]);
}

int sek_save_encode(const struct sek_topo *t, char **ret, size_t *size)
{
	struct walk w = { 0 };

	append(&w, magic, sizeof(magic));
	/* Nothing of it is changed this way. */
	topo(&w, (struct sek_topo *)t);
	if (w.err) {
		free(w.bytes);
		return w.err;
	}
	*ret = w.bytes;
	*size = w.size;
	return 0;
}

/* Whoever reads it relies on its indexes. */
static bool is_sound(const struct sek_topo *t)
{
	for (size_t i = 0; i < t->links_n; i++) {
		const struct sek_topo_link *l = &t->links[i];

		if (l->end[0].node >= t->nodes_n || l->end[1].node >= t->nodes_n)
			return false;
	}
	for (size_t i = 0; i < t->tests_n; i++) {
		if (t->tests[i].node >= t->nodes_n && t->nodes_n)
			return false;
		for (size_t j = 0; j < t->tests[i].via_n; j++) {
			if (t->tests[i].via[j] >= t->nodes_n)
				return false;
		}
	}
	return true;
}

int sek_save_decode(const char *bytes, size_t size, struct sek_topo **ret)
{
	struct walk w = { .decode = true, .bytes = (char *)bytes, .size = size };
	struct sek_topo *t;

	if (size < sizeof(magic) || memcmp(bytes, magic, sizeof(magic)))
		return -EPROTO;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	w.at = sizeof(magic);
	topo(&w, t);
	if (!w.err && (w.at != size || !is_sound(t)))
		w.err = -EBADMSG;
	if (w.err) {
		sek_topo_free(t);
		return w.err;
	}
	*ret = t;
	return 0;
}
