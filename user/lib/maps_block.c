// SPDX-License-Identifier: GPL-2.0-only
#include "maps_block.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>

/* As much at once as a CPU's own cache holds until it is added up. */
#define BLOCK_BYTES (256 << 10)

struct sek_maps_block {
	const struct sek_maps *m;
	int fd;
	uint32_t room; /* entries at once */
	uint32_t first;
	uint32_t n; /* entries that were read, from @first on */
	uint32_t *keys;
	struct sek_counters *values; /* by entry and CPU */
};

struct sek_maps_block *sek_maps_block_new(const struct sek_maps *m, enum sek_map map)
{
	struct sek_maps_block *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->m = m;
	b->fd = m->fd[map];
	b->room = BLOCK_BYTES / (m->cpus * sizeof(*b->values)) ?: 1;
	b->keys = calloc(b->room, sizeof(*b->keys));
	b->values = calloc((size_t)b->room * m->cpus, sizeof(*b->values));
	if (b->keys && b->values)
		return b;
	sek_maps_block_free(b);
	return NULL;
}

/* The kernel begins behind the key that it is given. */
static int read_from(struct sek_maps_block *b, uint32_t index)
{
	uint32_t before = index - 1, last, n = b->room;

	b->n = 0;
	/* ENOENT is said at the end, with what there is. */
	if (bpf_map_lookup_batch(b->fd, index ? &before : NULL, &last, b->keys, b->values, &n,
				 NULL) &&
	    errno != ENOENT)
		return -errno;
	b->first = index;
	b->n = n;
	return n ? 0 : -ENOENT;
}

int sek_maps_block_get(struct sek_maps_block *b, uint32_t index, struct sek_counters *ret)
{
	const struct sek_counters *values;
	int err = index - b->first < b->n ? 0 : read_from(b, index);

	if (err)
		return err;
	values = b->values + (size_t)(index - b->first) * b->m->cpus;
	*ret = values[0];
	for (uint32_t cpu = 1; cpu < b->m->cpus; cpu++)
		sek_maps_counters_add(ret, &values[cpu]);
	return 0;
}

void sek_maps_block_free(struct sek_maps_block *b)
{
	if (!b)
		return;
	free(b->keys);
	free(b->values);
	free(b);
}
