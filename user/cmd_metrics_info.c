// SPDX-License-Identifier: GPL-2.0-only
#include "metrics_info.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

enum { CGROUP, UNIT, SLICE, RUNTIME, CONTAINER, CONTAINER_ID, POD, NAMESPACE, IMAGE, LABELS };

static const char *const labels[LABELS] = {
	[CGROUP] = "cgroup",   [UNIT] = "unit",		  [SLICE] = "slice",
	[RUNTIME] = "runtime", [CONTAINER] = "container", [CONTAINER_ID] = "container_id",
	[POD] = "pod",	       [NAMESPACE] = "namespace", [IMAGE] = "image",
};

/* Which label of an identity is its path; -1: none. */
static int path_label(const struct sek_tally *t)
{
	for (size_t i = 0; i < t->who_names_n; i++) {
		if (!strcmp(t->who_names[i], sek_dim_names[SEK_DIM_CGROUP]))
			return i;
	}
	return -1;
}

/* Of one path there may be several identities, the removed ones of a cgroup beside itself. */
static bool is_listed(const char *const *values, size_t n, const char *path)
{
	return n && !strcmp(values[(n - 1) * LABELS + CGROUP], path);
}

static void fill(const char **to, const char *path, const struct sek_cgroup_who *w)
{
	to[CGROUP] = path;
	to[UNIT] = w->unit;
	to[SLICE] = w->slice;
	to[RUNTIME] = w->runtime;
	to[CONTAINER] = w->container;
	to[CONTAINER_ID] = w->container_id;
	to[POD] = w->pod;
	to[NAMESPACE] = w->namespace;
	to[IMAGE] = w->image;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void write_info(struct sek_buffer *b, enum sek_metrics_format format,
		       const struct sek_tally *t, int label, struct sek_who_cache *cache)
{
	static const struct sek_metrics_value info = {
		.type = SEK_METRICS_INFO,
		.name = "cgroup",
		.help = "Whose a cgroup is: systemd's unit, the container, its pod and image.",
	};
	SEK_CLEANUP(sek_freep) const char **paths = calloc(t->who_n + 1, sizeof(*paths));
	SEK_CLEANUP(sek_freep) const char **values = calloc(t->who_n + 1, LABELS * sizeof(*values));
	SEK_CLEANUP(sek_freep) struct sek_cgroup_who *who = calloc(t->who_n + 1, sizeof(*who));
	SEK_CLEANUP(sek_freep) uint64_t *ones = calloc(t->who_n + 1, sizeof(*ones));
	struct sek_metrics_cube cube = { .name = "sekisho", .values = &info, .values_n = 1 };
	size_t n = 0;

	if (!paths || !values || !who || !ones) {
		b->error = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < t->who_n; i++)
		paths[i] = t->who[i * t->who_names_n + label];
	qsort(paths, t->who_n, sizeof(*paths), compare);
	for (size_t i = 0; i < t->who_n; i++) {
		const struct sek_cgroup_who *found;

		if (paths[i][0] != '/' || is_listed(values, n, paths[i]))
			continue;
		found = sek_who_cache_get(cache, paths[i]);
		if (!found || !(found->unit[0] || found->container[0] || found->pod[0]))
			continue;
		/* The cache keeps it only until the next. */
		who[n] = *found;
		ones[n] = 1;
		fill(&values[n * LABELS], paths[i], &who[n]);
		n++;
	}
	cube.who = (struct sek_metrics_labels){ labels, LABELS, values, n };
	cube.what.n = 1;
	cube.cells = ones;
	sek_metrics_add(b, format, &cube);
}

void sek_metrics_cgroup_info(struct sek_buffer *b, enum sek_metrics_format format,
			     const struct sek_tally *t, struct sek_who_cache *cache)
{
	int label = path_label(t);

	if (label >= 0)
		write_info(b, format, t, label, cache);
}
