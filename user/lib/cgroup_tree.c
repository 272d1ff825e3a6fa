// SPDX-License-Identifier: GPL-2.0-only
#include "cgroup_tree.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "cleanup.h"
#include "counters.h"

/* Deeper than the kernel lets anybody go by default; the root file of what is too deep says so. */
#define DEPTH_MAX 256

struct tree {
	const char *mount;
	enum sek_scope scope; /* of the rows that are being added */
	struct sek_cgroup_node *v;
	size_t n;
	size_t room;
};

void sek_cgroup_tree_free(struct sek_cgroup_node *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i].path);
	free(v);
}

static int append(struct tree *t, const char *path, uint64_t id, uint32_t depth)
{
	struct sek_cgroup_node *node;

	if (t->n == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		struct sek_cgroup_node *v = reallocarray(t->v, room, sizeof(*v));

		if (!v)
			return -ENOMEM;
		t->v = v;
		t->room = room;
	}
	node = &t->v[t->n];
	*node = (struct sek_cgroup_node){ .path = strdup(path), .id = id, .depth = depth };
	if (!node->path)
		return -ENOMEM;
	t->n++;
	return 0;
}

/* A dot hides nothing here: lxc-attach has its processes in ".lxc". */
static int is_directory(const struct dirent *entry)
{
	return entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
	       strcmp(entry->d_name, "..") != 0;
}

static int walk(struct tree *t, const char *path, uint32_t depth)
{
	char dir[2 * PATH_MAX], below[PATH_MAX];
	struct dirent **list;
	int n, err = 0;
	__u64 id;

	snprintf(dir, sizeof(dir), "%s%s", t->mount, path);
	/* It may be removed while we walk. */
	if (depth > DEPTH_MAX || sek_cgroup_id(dir, &id))
		return 0;
	err = append(t, *path ? path : "/", id, depth);
	n = err ? -1 : scandir(dir, &list, is_directory, alphasort);
	for (int i = 0; i < n; i++) {
		int len = snprintf(below, sizeof(below), "%s/%s", path, list[i]->d_name);

		if (!err && len > 0 && len < (int)sizeof(below))
			err = walk(t, below, depth + 1);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return err;
}

static void add(struct sek_cgroup_sum *to, const struct sek_cgroup_sum *from)
{
	for (int i = 0; i < 2; i++) {
		to->packets[i] += from->packets[i];
		to->bytes[i] += from->bytes[i];
	}
}

static int add_row(const struct sek_row *row, void *arg)
{
	struct tree *t = arg;
	struct sek_cgroup_sum one = {};

	one.packets[row->egress] = row->packets;
	one.bytes[row->egress] = row->bytes;
	for (size_t i = 0; i < t->n; i++) {
		struct sek_cgroup_node *node = &t->v[i];

		/* One that was removed and not settled yet has its parent's path. */
		if (row->removed ? strcmp(node->path, row->cgroup) != 0
				 : node->id != row->cgroup_id)
			continue;
		add(t->scope == SEK_SCOPE_TUNNEL ? &node->tunnel
		    : row->removed		 ? &node->removed
						 : &node->direct,
		    &one);
		break;
	}
	return 0;
}

/* Parents come first, so that the last ones are complete when they are added to theirs. */
static void roll_up(struct tree *t)
{
	for (size_t i = t->n; i-- > 0;) {
		struct sek_cgroup_node *node = &t->v[i];
		size_t parent = i;

		add(&node->total, &node->direct);
		add(&node->total, &node->removed);
		while (parent-- > 0) {
			if (t->v[parent].depth < node->depth) {
				add(&t->v[parent].total, &node->total);
				add(&t->v[parent].tunnel, &node->tunnel);
				break;
			}
		}
	}
}

int sek_cgroup_tree(const struct sek_maps *m, const char *mount, struct sek_cgroup_node **ret,
		    size_t *n)
{
	struct tree t = { .mount = mount, .scope = SEK_SCOPE_CGROUP };
	int err = walk(&t, "", 0);

	if (!err)
		err = sek_counters_walk(m, t.scope, add_row, &t);
	t.scope = SEK_SCOPE_TUNNEL;
	if (!err)
		err = sek_counters_walk(m, t.scope, add_row, &t);
	if (err) {
		sek_cgroup_tree_free(t.v, t.n);
		return err;
	}
	roll_up(&t);
	*ret = t.v;
	*n = t.n;
	return 0;
}
