/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose cgroups are, for those who ask at each scrape: files are read once a minute. */
#ifndef SEK_CGROUP_WHO_CACHE_H
#define SEK_CGROUP_WHO_CACHE_H

#include "cgroup_who.h"

struct sek_who_cache;

/**
 * sek_who_cache_new() - an empty cache
 *
 * Return: to be freed by sek_who_cache_free(); NULL without memory.
 */
struct sek_who_cache *sek_who_cache_new(void);

/**
 * sek_who_cache_get() - whose a cgroup is
 * @c: cache
 * @path: as sek_cgroup_path() gives it
 *
 * Return: valid until the next call; NULL without memory.
 */
const struct sek_cgroup_who *sek_who_cache_get(struct sek_who_cache *c, const char *path);

/**
 * sek_who_cache_free() - free it
 * @c: cache, or NULL
 */
void sek_who_cache_free(struct sek_who_cache *c);

#endif
