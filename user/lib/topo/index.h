/* SPDX-License-Identifier: GPL-2.0-only */
/* Names to numbers: what a topology of thousands of nodes is looked up with. */
#ifndef SEK_TOPO_INDEX_H
#define SEK_TOPO_INDEX_H

#include <stddef.h>

#include <linux/types.h>

struct sek_index_entry;

/**
 * struct sek_index - names within scopes, each with a number; all zero is an empty one
 * @entries: open addressing, at most half full
 * @size: of @entries, a power of two
 * @n: names in it
 */
struct sek_index {
	struct sek_index_entry *entries;
	size_t size;
	size_t n;
};

/* What sek_index_find() returns for a name that is not there. */
#define SEK_INDEX_NONE ((size_t)-1)

/**
 * sek_index_add - add a name, unless it is there already
 * @index: where to
 * @scope: the same name may be in several
 * @name: copied; letters are compared without regard to case, as host names are
 * @value: its number
 *
 * Return: 0, -EEXIST or -ENOMEM.
 */
int sek_index_add(struct sek_index *index, size_t scope, const char *name, size_t value);

/**
 * sek_index_choose - add a name, changed if it is there already
 * @index: where to
 * @scope: as above
 * @base: the name; cut if it is too long, and with "-2", "-3" and so on if it is taken
 * @to: the name that was added
 * @size: of @to
 * @value: its number
 *
 * Takes no longer when thousands begin alike.
 *
 * Return: 0 or -ENOMEM.
 */
int sek_index_choose(struct sek_index *index, size_t scope, const char *base, char *to, size_t size,
		     size_t value);

/**
 * sek_index_find - find a name's number
 * @index: where
 * @scope: as it was added
 * @name: without regard to case
 *
 * Return: its number, or %SEK_INDEX_NONE.
 */
size_t sek_index_find(const struct sek_index *index, size_t scope, const char *name);

/**
 * sek_index_free - free what is in an index; it is empty afterwards
 * @index: the index
 */
void sek_index_free(struct sek_index *index);

#endif
