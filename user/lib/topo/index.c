// SPDX-License-Identifier: GPL-2.0-only
#include "index.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct sek_index_entry {
	char *name; /* NULL: free */
	size_t scope;
	size_t value;
	unsigned int same; /* names chosen because this one was taken */
};

/* FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
static __u64 hash(size_t scope, const char *name)
{
	__u64 h = 0xcbf29ce484222325ULL ^ scope;

	h *= 0x100000001b3ULL;
	for (; *name; name++)
		h = (h ^ (__u64)tolower((unsigned char)*name)) * 0x100000001b3ULL;
	return h ^ h >> 32;
}

/* The name's entry, or the free one where it would be. */
static struct sek_index_entry *look(const struct sek_index *index, size_t scope, const char *name)
{
	size_t i = hash(scope, name) & (index->size - 1);

	while (index->entries[i].name &&
	       (index->entries[i].scope != scope || strcasecmp(index->entries[i].name, name) != 0))
		i = (i + 1) & (index->size - 1);
	return &index->entries[i];
}

static int grow(struct sek_index *index)
{
	struct sek_index larger = { .size = index->size ? index->size * 2 : 64, .n = index->n };

	larger.entries = calloc(larger.size, sizeof(*larger.entries));
	if (!larger.entries)
		return -ENOMEM;
	for (size_t i = 0; i < index->size; i++) {
		const struct sek_index_entry *e = &index->entries[i];

		if (e->name)
			*look(&larger, e->scope, e->name) = *e;
	}
	free(index->entries);
	*index = larger;
	return 0;
}

int sek_index_add(struct sek_index *index, size_t scope, const char *name, size_t value)
{
	struct sek_index_entry *e;
	char *copy;

	if (index->n * 2 >= index->size && grow(index))
		return -ENOMEM;
	e = look(index, scope, name);
	if (e->name)
		return -EEXIST;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	*e = (struct sek_index_entry){ .name = copy, .scope = scope, .value = value };
	index->n++;
	return 0;
}

int sek_index_choose(struct sek_index *index, size_t scope, const char *base, char *to, size_t size,
		     size_t value)
{
	int err;

	snprintf(to, size, "%s", base);
	while ((err = sek_index_add(index, scope, to, value)) == -EEXIST) {
		unsigned int *same;
		char suffix[16];
		int length;

		/* The base's own entry counts, also when a suffix is taken, too. */
		snprintf(to, size, "%s", base);
		same = &look(index, scope, to)->same;
		length = snprintf(suffix, sizeof(suffix), "-%u", ++*same + 1);
		snprintf(to, size, "%.*s%s", (int)size - 1 - length, base, suffix);
	}
	return err;
}

size_t sek_index_find(const struct sek_index *index, size_t scope, const char *name)
{
	const struct sek_index_entry *e = index->size ? look(index, scope, name) : NULL;

	return e && e->name ? e->value : SEK_INDEX_NONE;
}

void sek_index_free(struct sek_index *index)
{
	for (size_t i = 0; i < index->size; i++)
		free(index->entries[i].name);
	free(index->entries);
	*index = (struct sek_index){};
}
