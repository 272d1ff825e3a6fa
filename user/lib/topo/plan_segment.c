// SPDX-License-Identifier: GPL-2.0-only
/* Which links are one segment: each by itself, unless bridges join them. */
#include "file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../cleanup.h"

static bool is_bridge(const struct sek_file *f, size_t node)
{
	return f->t->nodes[node].kind == SEK_TOPO_BRIDGE;
}

/* The bridge that stands for all those joined with it; ways are shortened as they are gone. */
static size_t find_root(size_t *parent, size_t node)
{
	while (parent[node] != node) {
		parent[node] = parent[parent[node]];
		node = parent[node];
	}
	return node;
}

/* More than the kernel's bridge has is better told here than when half of them are made. */
static int count_ports(struct sek_file *f, size_t *ports)
{
	for (size_t i = 0; i < f->t->links_n * 2; i++) {
		size_t node = f->t->links[i / 2].end[i % 2].node;

		if (is_bridge(f, node) && ++ports[node] > SEK_TOPO_MAX_PORTS)
			return sek_file_fail(f, f->links[i / 2].end[i % 2].at,
					     "more than %d links of the bridge %s",
					     SEK_TOPO_MAX_PORTS, f->t->nodes[node].name);
	}
	return 0;
}

/* A circle of bridges would carry each broadcast round for ever. */
static int join_bridges(struct sek_file *f, size_t *parent)
{
	for (size_t i = 0; i < f->t->nodes_n; i++)
		parent[i] = i;
	for (size_t i = 0; i < f->t->links_n; i++) {
		const struct sek_topo_link *l = &f->t->links[i];
		size_t a = l->end[0].node, b = l->end[1].node;
		bool bridges[] = { is_bridge(f, a), is_bridge(f, b) };

		if ((bridges[0] || bridges[1]) && l->kind == SEK_TOPO_LINK_WIREGUARD)
			return sek_file_fail(f, f->links[i].end[!bridges[0]].at,
					     "%s is a bridge; a tunnel carries no frames",
					     f->t->nodes[bridges[0] ? a : b].name);
		if (!bridges[0] || !bridges[1])
			continue;
		a = find_root(parent, a);
		b = find_root(parent, b);
		if (a == b)
			return sek_file_fail(f, f->links[i].at,
					     "%s closes a circle of bridges, in which frames go "
					     "round for ever",
					     l->name);
		parent[a] = b;
	}
	return 0;
}

int sek_plan_segments(struct sek_file *f, size_t *segment_of)
{
	const struct sek_topo *t = f->t;
	SEK_CLEANUP(sek_freep) size_t *parent = NULL;
	SEK_CLEANUP(sek_freep) size_t *of = calloc(t->nodes_n + 1, sizeof(*of));
	size_t n = 0;
	int err = of ? count_ports(f, of) : -ENOMEM;

	if (err)
		return err;
	parent = calloc(t->nodes_n + 1, sizeof(*parent));
	if (!parent)
		return -ENOMEM;
	memset(of, 0, t->nodes_n * sizeof(*of));
	err = join_bridges(f, parent);
	for (size_t i = 0; i < t->links_n && !err; i++) {
		size_t a = t->links[i].end[0].node, b = t->links[i].end[1].node, root;

		if (!is_bridge(f, a) && !is_bridge(f, b)) {
			segment_of[i] = n++;
			continue;
		}
		root = find_root(parent, is_bridge(f, a) ? a : b);
		if (!of[root])
			of[root] = ++n;
		segment_of[i] = of[root] - 1;
	}
	return err;
}
