// SPDX-License-Identifier: GPL-2.0-only
#include "cgroup_who_cache.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A name that was given to another container is found out after so long. */
#define SECONDS 60

/* One place for each path: of two that want the same one, the later has it. */
#define PLACES 2048

struct place {
	char *path;
	time_t until;
	struct sek_cgroup_who who;
};

struct sek_who_cache {
	struct place *places[PLACES];
};

struct sek_who_cache *sek_who_cache_new(void)
{
	return calloc(1, sizeof(struct sek_who_cache));
}

static void forget(struct place *p)
{
	if (p)
		free(p->path);
	free(p);
}

void sek_who_cache_free(struct sek_who_cache *c)
{
	for (size_t i = 0; c && i < PLACES; i++)
		forget(c->places[i]);
	free(c);
}

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint32_t hash(const char *s)
{
	uint32_t h = 0x811c9dc5;

	while (*s)
		h = (h ^ (unsigned char)*s++) * 0x01000193;
	return h;
}

const struct sek_cgroup_who *sek_who_cache_get(struct sek_who_cache *c, const char *path)
{
	struct place **at = &c->places[hash(path) % PLACES], *p = *at;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (p && now.tv_sec < p->until && !strcmp(p->path, path))
		return &p->who;
	forget(p);
	*at = p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->path = strdup(path);
	if (!p->path) {
		free(p);
		*at = NULL;
		return NULL;
	}
	p->until = now.tv_sec + SECONDS;
	sek_cgroup_who(path, &p->who);
	return &p->who;
}
