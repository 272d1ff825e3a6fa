// SPDX-License-Identifier: GPL-2.0-only
#include "tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../names.h"

const char *const sek_dim_names[SEK_DIM_NR + 1] = {
	[SEK_DIM_NETNS] = "netns",
	[SEK_DIM_IFNAME] = "ifname",
	[SEK_DIM_PUBLIC_KEY] = "public_key",
	[SEK_DIM_CGROUP] = "cgroup",
	[SEK_DIM_NAME] = "name",
	[SEK_DIM_HOOK] = "hook",
	[SEK_DIM_DIRECTION] = "direction",
	[SEK_DIM_FAMILY] = "family",
	[SEK_DIM_CLASS] = "class",
	[SEK_DIM_CERTAINTY] = "certainty",
	[SEK_DIM_ROUTE] = "route",
};

#define BIT(dim) (1U << (dim))

/* Where a row's kind is found: every point by every cell of abi.h. */
#define KINDS ((size_t)SEK_POINT_NR * SEK_CELL_NR)

struct tally {
	struct sek_tally t; /* first: it is what callers hold */
	uint32_t dims;
	uint16_t kind[KINDS];
	uint16_t origin[KINDS]; /* by kind: the first that is of it */

	/* Identities by hash: index + 1 into t.who, 0 is free; a power of two. */
	uint32_t *table;
	size_t table_n;
	size_t room; /* identities that fit */

	/* Rows of one identity follow each other; in slot 0 there may be several. */
	uint32_t last_slot;
	size_t last;
};

uint32_t sek_tally_dims(enum sek_scope scope, uint32_t by)
{
	const uint32_t netns = BIT(SEK_DIM_NETNS) | BIT(SEK_DIM_HOOK);
	const uint32_t link = netns | BIT(SEK_DIM_IFNAME);
	const uint32_t kind = BIT(SEK_DIM_DIRECTION) | BIT(SEK_DIM_FAMILY) | BIT(SEK_DIM_CLASS);
	const uint32_t cgroup = BIT(SEK_DIM_CGROUP) | BIT(SEK_DIM_NAME);
	const uint32_t certainty = BIT(SEK_DIM_CERTAINTY), route = BIT(SEK_DIM_ROUTE);
	const uint32_t peer = BIT(SEK_DIM_NETNS) | BIT(SEK_DIM_IFNAME) | BIT(SEK_DIM_PUBLIC_KEY);
	const uint32_t message = BIT(SEK_DIM_DIRECTION) | BIT(SEK_DIM_CLASS);

	if (scope == SEK_SCOPE_PEER)
		return by ? by & (peer | message) : peer | message;
	if (scope == SEK_SCOPE_CGROUP || scope == SEK_SCOPE_TUNNEL)
		return by ? by & (cgroup | kind | certainty) : cgroup | kind;
	return (scope == SEK_SCOPE_LINK ? link : netns) |
	       (by ? by & (kind | route | certainty) : kind | route);
}

/* The words of a kind, by dimension; NULL where it has none. */
static void kind_words(enum sek_point point, uint32_t cell, const char *words[SEK_DIM_NR])
{
	struct sek_row row = {};

	sek_counters_kind(&row, point, cell);
	words[SEK_DIM_HOOK] = row.hook;
	words[SEK_DIM_DIRECTION] = row.egress ? "egress" : "ingress";
	words[SEK_DIM_FAMILY] = sek_family_name(row.family);
	words[SEK_DIM_CLASS] = sek_class_name(row.class);
	words[SEK_DIM_ROUTE] = sek_route_name(row.route);
	words[SEK_DIM_CERTAINTY] = row.class < SEK_CLASS_WIREGUARD_NR
					   ? sek_certainty_name(row.certainty)
					   : NULL;
}

/* All words are constants, so that equal ones have the same address. */
static size_t find_kind(struct sek_tally *t, const char *const *words)
{
	size_t n = t->what_names_n;

	for (size_t i = 0; i < t->what_n; i++) {
		if (!n || !memcmp(t->what + i * n, words, n * sizeof(*words)))
			return i;
	}
	memcpy(t->what + t->what_n * n, words, n * sizeof(*words));
	return t->what_n++;
}

static void make_kind(struct tally *y, uint32_t point, uint32_t cell, const char *const *words)
{
	const char *chosen[SEK_DIM_NR];
	size_t n = 0, before = y->t.what_n, at = point * SEK_CELL_NR + cell;

	for (int dim = SEK_DIM_WHO_NR; dim < SEK_DIM_NR; dim++) {
		if (y->dims & BIT(dim))
			chosen[n++] = words[dim];
	}
	y->kind[at] = find_kind(&y->t, chosen);
	if (y->t.what_n > before)
		y->origin[y->kind[at]] = at;
}

/* A peer's messages have directions and classes, of WireGuard, in place of points and cells. */
static void make_peer_kinds(struct tally *y)
{
	for (uint32_t egress = 0; egress < 2; egress++) {
		for (uint32_t class = 0; class < SEK_CLASS_WIREGUARD_NR; class ++) {
			const char *words[SEK_DIM_NR] = {
				[SEK_DIM_DIRECTION] = egress ? "egress" : "ingress",
				[SEK_DIM_CLASS] = sek_class_name(class),
			};

			make_kind(y, egress, class, words);
		}
	}
}

static int make_kinds(struct tally *y)
{
	struct sek_points points = sek_counters_points(y->t.scope);

	y->t.what = calloc(KINDS * (y->t.what_names_n + 1), sizeof(*y->t.what));
	if (!y->t.what)
		return -ENOMEM;
	if (y->t.scope == SEK_SCOPE_PEER) {
		make_peer_kinds(y);
		return 0;
	}
	for (uint32_t point = points.first; point < points.end; point++) {
		for (uint32_t cell = 0; cell < SEK_CELL_NR; cell++) {
			const char *words[SEK_DIM_NR];

			kind_words(point, cell, words);
			make_kind(y, point, cell, words);
		}
	}
	return 0;
}

int sek_tally_new(enum sek_scope scope, uint32_t dims, struct sek_tally **ret)
{
	struct tally *y = calloc(1, sizeof(*y));

	if (!y)
		return -ENOMEM;
	y->dims = dims;
	y->t.scope = scope;
	for (int dim = 0; dim < SEK_DIM_NR; dim++) {
		if (!(dims & BIT(dim)))
			continue;
		if (dim < SEK_DIM_WHO_NR)
			y->t.who_names[y->t.who_names_n++] = sek_dim_names[dim];
		else
			y->t.what_names[y->t.what_names_n++] = sek_dim_names[dim];
	}
	if (make_kinds(y)) {
		sek_tally_free(&y->t);
		return -ENOMEM;
	}
	sek_tally_clear(&y->t);
	*ret = &y->t;
	return 0;
}

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/, with a NUL after each value. */
static uint64_t hash(const char *const *who, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < n; i++) {
		const char *s = who[i];

		do
			h = (h ^ (unsigned char)*s) * 0x100000001b3;
		while (*s++);
	}
	return h;
}

static bool is_same(const char *const *a, const char *const *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(a[i], b[i]) != 0)
			return false;
	}
	return true;
}

/* Those that went have numbers in their paths, which nobody asks for and which have no end. */
static const char *cgroup_path(const struct sek_row *row)
{
	static const char removed[] = "removed";

	return row->cgroup && !strncmp(row->cgroup, removed, sizeof(removed) - 1) ? removed
										  : row->cgroup;
}

/* The entry where this identity is, or where it would be. */
static uint32_t *find_entry(const struct tally *y, const char *const *who)
{
	size_t n = y->t.who_names_n, i = hash(who, n) & (y->table_n - 1);

	while (y->table[i] && !is_same(y->t.who + (y->table[i] - 1) * n, who, n))
		i = (i + 1) & (y->table_n - 1);
	return &y->table[i];
}

/* Twice as much of everything; the table stays at most half full. */
static int grow(struct tally *y)
{
	size_t room = y->room ? 2 * y->room : 64, n = y->t.who_names_n;
	size_t width = y->t.what_n * SEK_TALLY_NR;
	const char **who = reallocarray(y->t.who, room, (n + 1) * sizeof(*who));
	uint64_t *cells;
	uint32_t *table;

	if (!who)
		return -ENOMEM;
	y->t.who = who;
	cells = reallocarray(y->t.cells, room, width * sizeof(*cells));
	if (!cells)
		return -ENOMEM;
	y->t.cells = cells;
	table = calloc(2 * room, sizeof(*table));
	if (!table)
		return -ENOMEM;
	free(y->table);
	y->table = table;
	y->table_n = 2 * room;
	y->room = room;
	for (size_t i = 0; i < y->t.who_n; i++)
		*find_entry(y, y->t.who + i * n) = i + 1;
	return 0;
}

static int add_identity(struct tally *y, const char *const *who, size_t *ret)
{
	size_t n = y->t.who_names_n, i = y->t.who_n, width = y->t.what_n * SEK_TALLY_NR;

	if (i == y->room && grow(y))
		return -ENOMEM;
	for (size_t k = 0; k < n; k++) {
		y->t.who[i * n + k] = strdup(who[k]);
		if (!y->t.who[i * n + k]) {
			while (k--)
				free((char *)y->t.who[i * n + k]);
			return -ENOMEM;
		}
	}
	memset(y->t.cells + i * width, 0, width * sizeof(*y->t.cells));
	*find_entry(y, who) = i + 1;
	y->t.who_n++;
	*ret = i;
	return 0;
}

static int find_identity(struct tally *y, const struct sek_row *row, size_t *ret)
{
	const char *values[SEK_DIM_WHO_NR] = { row->netns, row->ifname, row->public_key,
					       cgroup_path(row), row->cgroup_name };
	const char *who[SEK_DIM_WHO_NR];
	size_t n = 0;

	for (int dim = 0; dim < SEK_DIM_WHO_NR; dim++) {
		if (y->dims & BIT(dim))
			who[n++] = values[dim] ?: "";
	}
	if (y->table_n) {
		uint32_t entry = *find_entry(y, who);

		if (entry) {
			*ret = entry - 1;
			return 0;
		}
	}
	return add_identity(y, who, ret);
}

int sek_tally_row(const struct sek_row *row, void *tally)
{
	struct tally *y = tally;
	bool peer = y->t.scope == SEK_SCOPE_PEER;
	uint32_t point = peer ? row->egress : row->point;
	uint32_t cell = peer ? row->class : sek_cell_index(row->family, row->class, row->certainty);
	uint64_t *to;

	if (!row->slot || row->slot != y->last_slot) {
		int err = find_identity(y, row, &y->last);

		if (err)
			return err;
		y->last_slot = row->slot;
	}
	to = y->t.cells +
	     (y->last * y->t.what_n + y->kind[point * SEK_CELL_NR + cell]) * SEK_TALLY_NR;
	to[SEK_TALLY_PACKETS] += row->packets;
	to[SEK_TALLY_BYTES] += row->bytes;
	return 0;
}

static void name_row(const struct tally *y, size_t who, struct sek_row *row)
{
	const char **names[SEK_DIM_WHO_NR] = { &row->netns, &row->ifname, &row->public_key,
					       &row->cgroup, &row->cgroup_name };
	const char *const *from = y->t.who + who * y->t.who_names_n;

	for (int dim = 0; dim < SEK_DIM_WHO_NR; dim++) {
		if (y->dims & BIT(dim))
			*names[dim] = *from++;
	}
	/* A number that no slot has, so that rows of one identity are known to be. */
	row->slot = UINT32_MAX / 2 + who;
}

int sek_tally_rows(const struct sek_tally *t, sek_row_fn fn, void *arg)
{
	const struct tally *y = (const struct tally *)t;
	const uint64_t *cell = t->cells;
	int err = 0;

	for (size_t who = 0; who < t->who_n; who++) {
		struct sek_row row = {};

		name_row(y, who, &row);
		for (size_t i = 0; i < t->what_n && !err; i++, cell += SEK_TALLY_NR) {
			if (!cell[SEK_TALLY_PACKETS])
				continue;
			sek_counters_kind(&row, y->origin[i] / SEK_CELL_NR,
					  y->origin[i] % SEK_CELL_NR);
			row.packets = cell[SEK_TALLY_PACKETS];
			row.bytes = cell[SEK_TALLY_BYTES];
			err = fn(&row, arg);
		}
	}
	return err;
}

size_t sek_tally_find(const struct sek_tally *t, const char *const *who)
{
	const struct tally *y = (const struct tally *)t;

	return y->table_n ? (size_t)*find_entry(y, who) - 1 : SIZE_MAX;
}

void sek_tally_clear(struct sek_tally *t)
{
	struct tally *y = (struct tally *)t;

	for (size_t i = 0; i < t->who_n * t->who_names_n; i++)
		free((char *)t->who[i]);
	if (y->table_n)
		memset(y->table, 0, y->table_n * sizeof(*y->table));
	t->who_n = 0;
	y->last_slot = UINT32_MAX;
}

void sek_tally_free(struct sek_tally *t)
{
	struct tally *y = (struct tally *)t;

	if (!t)
		return;
	sek_tally_clear(t);
	free(t->who);
	free(t->what);
	free(t->cells);
	free(y->table);
	free(y);
}
