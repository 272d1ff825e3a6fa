// SPDX-License-Identifier: GPL-2.0-only
#include "count.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../attach.h"
#include "../cleanup.h"
#include "../maps.h"
#include "../netns.h"
#include "../state.h"
#include "../stop.h"

/* In place/count: was the datapath loaded for topologies, or by somebody for something else? */
#define OURS   "ours"
#define OTHERS "others"

/* As `sekisho load` has it by default, or what the topology needs. */
#define LINK_SLOTS   256
#define CGROUP_SLOTS 1024

static bool is_loaded(void)
{
	struct sek_maps maps;

	if (sek_maps_open(&maps))
		return false;
	sek_maps_close(&maps);
	return true;
}

struct search {
	const char *but;
	bool counts; /* another topology counts */
	bool ours;   /* and what is loaded was loaded for topologies */
};

static int look_at(const char *name, void *data)
{
	SEK_CLEANUP(sek_place_close) struct sek_place p = SEK_PLACE_INIT;
	SEK_CLEANUP(sek_freep) char *count = NULL;
	struct search *s = data;

	if (strcmp(name, s->but) && !sek_place_open(&p, name, false, false) &&
	    !sek_place_read(&p, "count", &count, NULL)) {
		s->counts = true;
		s->ours = s->ours || !strcmp(count, OURS);
	}
	return 0;
}

static int write_mark(const struct sek_place *p)
{
	struct search s = { .but = p->name };
	const char *mark;
	int err = sek_place_list(look_at, &s);

	if (err)
		return err;
	/* A second `up` of the same one finds what the first one said. */
	if (!faccessat(p->dir, "count", F_OK, 0))
		return 0;
	mark = !is_loaded() || s.ours ? OURS : OTHERS;
	return sek_place_write(p, "count", mark, strlen(mark));
}

static int name_namespaces(const struct sek_place *p, const struct sek_topo *t, char **names)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < t->nodes_n; i++) {
		int err = sek_place_path(p, path, "ns/%s", t->nodes[i].name);

		if (err)
			return err;
		names[i] = strdup(path);
		if (!names[i])
			return -ENOMEM;
	}
	return 0;
}

static uint32_t slots_for(const struct sek_topo *t)
{
	/* Both ends of each link, lo and a bridge; half of it may come later. */
	size_t n = (2 * t->links_n + 2 * t->nodes_n) * 3 / 2 + LINK_SLOTS;

	return n > SEK_SLOT_MAX ? SEK_SLOT_MAX : n;
}

int sek_count_attach(const struct sek_place *p, const struct sek_topo *t, struct sek_report *report)
{
	SEK_CLEANUP(sek_freep) char *cgroup = NULL;
	char **names = calloc(t->nodes_n + 1, sizeof(*names));
	struct sek_load_options o = {
		.netns = names,
		.netns_n = t->nodes_n,
		.hooks = SEK_HOOK_TC,
		.stopped = sek_stop_wanted,
		.keep = true,
		.sizes = { .link_slots = slots_for(t), .cgroup_slots = CGROUP_SLOTS },
	};
	int err = names ? write_mark(p) : -ENOMEM;

	/* A cgroup has counters of its own, unless all cgroups are counted already. */
	if (!err && !is_loaded() && !sek_place_read(p, "cgroup", &cgroup, NULL)) {
		o.hooks |= SEK_HOOK_CGROUP;
		o.cgroup = cgroup;
	}
	if (!err)
		err = name_namespaces(p, t, names);
	err = err ? sek_report_fail(report, err, "prepare to count") : sek_load(&o, report);
	for (size_t i = 0; names && i < t->nodes_n; i++)
		free(names[i]);
	free(names);
	return err;
}

/* A node whose namespace goes: its interfaces keep their counters, but others may have its name. */
struct leaving {
	uint64_t cookie;
	const char *node;
};

static void name_slots(const struct sek_place *p, const struct leaving *v, size_t n)
{
	char name[2 * SEK_TOPO_NAME_LEN] = "";
	struct sek_link *links = NULL;
	struct sek_maps maps;

	if (sek_maps_open(&maps))
		return;
	if (!sek_maps_links(&maps, &links)) {
		for (uint32_t slot = 1; slot < maps.link_slots; slot++) {
			struct sek_link *link = &links[slot];
			size_t i = 0;

			while (i < n && v[i].cookie != link->netns_cookie)
				i++;
			if (i == n)
				continue;
			snprintf(name, sizeof(name), "%s/%s", p->name, v[i].node);
			memcpy(link->netns, name, sizeof(link->netns) - 1);
			sek_maps_link_write(&maps, links, slot);
		}
	}
	free(links);
	sek_maps_close(&maps);
}

static int let_go(const struct sek_place *p, const struct leaving *v, size_t n)
{
	uint64_t *cookies = calloc(n + 1, sizeof(*cookies));
	struct sek_state state = SEK_STATE_INIT;
	int err = cookies ? sek_state_open(&state, false) : -ENOMEM;

	for (size_t i = 0; i < n && !err; i++)
		cookies[i] = v[i].cookie;
	if (!err) {
		name_slots(p, v, n);
		err = sek_attach_release_netns(cookies, n);
		sek_state_close(&state);
	}
	free(cookies);
	return err == -ENOENT ? 0 : err;
}

int sek_count_detach(const struct sek_place *p, char *const *nodes, size_t n)
{
	struct leaving *v;
	struct sek_netns netns;
	char path[PATH_MAX];
	size_t found = 0;
	int err;

	if (faccessat(p->dir, "count", F_OK, 0))
		return 0;
	v = calloc(n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		err = sek_place_path(p, path, "ns/%s", nodes[i]);
		if (err || sek_netns_open(path, &netns))
			continue;
		v[found++] = (struct leaving){ netns.cookie, nodes[i] };
		sek_netns_release(&netns);
	}
	err = let_go(p, v, found);
	free(v);
	return err;
}

/* The hook of a topology's own cgroup goes with that. */
static int is_of_others(const char *name, void *arg)
{
	const bool *own_cgroup = arg;

	if (strncmp(name, "cgroup-", strlen("cgroup-")))
		return 1;
	return !*own_cgroup && sek_attach_is_live(0, 0, SEK_PROG_CGROUP_EGRESS, NULL);
}

int sek_count_release(const struct sek_place *p)
{
	SEK_CLEANUP(sek_freep) char *mark = NULL;
	SEK_CLEANUP(sek_freep) char *cgroup = NULL;
	struct sek_report ignored = { 0 };
	struct search s = { .but = p->name };
	int err = sek_place_read(p, "count", &mark, NULL);
	bool own_cgroup;

	if (err)
		return err == -ENOENT ? 0 : err;
	err = sek_place_list(look_at, &s);
	if (err || s.counts || strcmp(mark, OURS))
		return err;
	err = sek_place_read(p, "cgroup", &cgroup, NULL);
	if (err && err != -ENOENT)
		return err;
	own_cgroup = !err;
	err = sek_state_each(SEK_STATE_LINKS, is_of_others, &own_cgroup);
	if (err)
		return err > 0 ? 0 : err;
	err = sek_unload(&ignored);
	sek_report_free(&ignored);
	return err;
}
