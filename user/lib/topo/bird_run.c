// SPDX-License-Identifier: GPL-2.0-only
/* The part of bird.h that runs it. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cleanup.h"
#include "bird.h"
#include "spawn.h"

/* Started at once, and waited for: as many as there may be pipes at a time. */
#define AT_ONCE 64

int sek_bird_check(struct sek_report *report)
{
	if (!sek_spawn_has("bird"))
		return sek_report_say(report, -ENOENT,
				      "find the routing daemon 'bird' (install the package bird2)");
	if (!getpwnam("bird"))
		return sek_report_say(report, -ENOENT,
				      "find the user 'bird', as whom the routing daemon runs");
	return 0;
}

/* One program for one node: the daemon, or what tells it to read its file again. */
struct start {
	struct sek_spawn spawn;
	size_t node;
	char config[PATH_MAX];
	char control[PATH_MAX];
	char pid[PATH_MAX];
	char dir[PATH_MAX];
};

static int paths(struct sek_work *w, struct start *s, char log[PATH_MAX])
{
	const char *name = w->t->nodes[s->node].name;

	return sek_place_path(w->place, s->dir, "node/%s", name) ?:
	       sek_place_path(w->place, s->config, "node/%s/bird.conf", name) ?:
	       sek_place_path(w->place, s->control, "node/%s/bird.ctl", name) ?:
	       sek_place_path(w->place, s->pid, "node/%s/bird.pid", name) ?:
	       sek_place_path(w->place, log, "node/%s/bird.log", name);
}

/* 1: it was written, 0: it is what was there already. */
static int write_config(struct sek_work *w, const struct sek_graph *g, struct start *s)
{
	SEK_CLEANUP(sek_freep) char *text = NULL;
	SEK_CLEANUP(sek_freep) char *old = NULL;
	char log[PATH_MAX], file[sizeof("node//bird.conf") + SEK_TOPO_NAME_LEN];
	struct passwd *user = getpwnam("bird");
	int err = user ? paths(w, s, log) : -ENOENT;

	snprintf(file, sizeof(file), "node/%s", w->t->nodes[s->node].name);
	if (!err)
		err = sek_place_mkdir(w->place, "node");
	if (!err)
		err = sek_place_mkdir(w->place, file);
	/* Its socket, log and process number are its own. */
	if (!err && chown(s->dir, user->pw_uid, user->pw_gid))
		err = -errno;
	if (!err)
		err = sek_bird_config(g, s->node, log, &text);
	if (err)
		return err;
	snprintf(file, sizeof(file), "node/%s/bird.conf", w->t->nodes[s->node].name);
	if (!sek_place_read(w->place, file, &old, NULL) && !strcmp(old, text))
		return 0;
	err = sek_place_write(w->place, file, text, strlen(text));
	return err ? err : 1;
}

static bool is_running(struct sek_work *w, const struct start *s)
{
	const char *const argv[] = { "birdc", "-s", s->control, "show", "status", NULL };
	char out[64];

	return !w->node[s->node].fresh && !access(s->control, F_OK) &&
	       !sek_spawn_read(argv, out, sizeof(out));
}

/* Nothing is started where nothing has changed: then pid stays 0. */
static int start(struct sek_work *w, const struct sek_graph *g, struct start *s)
{
	const char *const run[] = { "bird", "-c", s->config, "-s", s->control, "-P",
				    s->pid, "-u", "bird",    "-g", "bird",     NULL };
	const char *const tell[] = { "birdc", "-s", s->control, "configure", NULL };
	int changed = write_config(w, g, s);

	if (changed < 0)
		return changed;
	if (is_running(w, s))
		return changed ? sek_spawn_start(&s->spawn, -1, tell) : 0;
	return sek_spawn_start(&s->spawn, w->node[s->node].fd, run);
}

static int wait_for(struct sek_work *w, struct start *s)
{
	char said[256];
	int status;

	if (!s->spawn.pid)
		return 0;
	status = sek_spawn_wait(&s->spawn, said, sizeof(said));
	said[strcspn(said, "\n")] = '\0';
	if (status)
		return sek_report_fail(w->report, -EIO, "start bird in %s (%s)",
				       w->t->nodes[s->node].name, said);
	return 0;
}

static int start_some(struct sek_work *w, const struct sek_graph *g, struct start *v, size_t n)
{
	size_t started = 0;
	int err = sek_work_go_on(w), one;

	for (; started < n && !err; started++) {
		err = start(w, g, &v[started]);
		if (err)
			sek_report_fail(w->report, err, "start bird in %s",
					w->t->nodes[v[started].node].name);
	}
	for (size_t i = 0; i < started; i++) {
		one = wait_for(w, &v[i]);
		err = err ? err : one;
	}
	return err;
}

int sek_bird_start(struct sek_work *w)
{
	SEK_CLEANUP(sek_freep) struct start *v = calloc(AT_ONCE, sizeof(*v));
	struct sek_graph g = { 0 };
	int err = v ? sek_graph_build(&g, w->t, NULL) : -ENOMEM;
	size_t n = 0;

	if (err)
		sek_report_fail(w->report, err, "prepare the routing daemons");
	for (size_t i = 0; i < w->t->nodes_n && !err; i++) {
		if (!sek_bird_is_wanted(&w->t->nodes[i]))
			continue;
		memset(&v[n], 0, sizeof(v[n]));
		v[n++].node = i;
		if (n == AT_ONCE) {
			err = start_some(w, &g, v, n);
			n = 0;
		}
	}
	if (!err)
		err = start_some(w, &g, v, n);
	sek_graph_free(&g);
	return err;
}
