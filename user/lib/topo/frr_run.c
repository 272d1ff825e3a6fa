// SPDX-License-Identifier: GPL-2.0-only
/* The part of frr.h that runs it. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../cleanup.h"
#include "../tunnel/process.h"
#include "enter.h"
#include "frr.h"

/* Where its packages put daemons: nobody's PATH has it. */
#define DAEMONS_DIR "/usr/lib/frr"

/* In the order in which they are started. */
static const char *const daemons[SEK_TOPO_ROUTING_NR][4] = {
	[SEK_TOPO_ROUTING_RIP] = { "zebra", "ripd", "ripngd", NULL },
	[SEK_TOPO_ROUTING_OSPF] = { "zebra", "ospfd", "ospf6d", NULL },
	[SEK_TOPO_ROUTING_BGP] = { "zebra", "bgpd", NULL },
};

int sek_frr_check(struct sek_report *report)
{
	if (access(DAEMONS_DIR "/zebra", X_OK))
		return sek_report_say(report, -ENOENT,
				      "find FRR's " DAEMONS_DIR "/zebra (install the package frr)");
	if (!getpwnam("frr"))
		return sek_report_say(report, -ENOENT, "find the user 'frr', as whom FRR runs");
	return 0;
}

static int write_config(struct sek_work *w, const struct sek_graph *g, size_t node,
			const char *daemon)
{
	SEK_CLEANUP(sek_freep) char *text = NULL;
	char file[sizeof("node//frr/.conf") + SEK_TOPO_NAME_LEN + 16];
	int err = sek_frr_config(g, node, daemon, &text);

	snprintf(file, sizeof(file), "node/%s/frr/%s.conf", w->t->nodes[node].name, daemon);
	return err ? err : sek_place_write(w->place, file, text, strlen(text));
}

/* The folder becomes the node's /run/frr. */
static int prepare(struct sek_work *w, const struct sek_graph *g, size_t node)
{
	const struct sek_topo_node *n = &w->t->nodes[node];
	struct passwd *user = getpwnam("frr");
	char path[PATH_MAX], dir[sizeof("node//frr") + SEK_TOPO_NAME_LEN];
	int err;

	snprintf(dir, sizeof(dir), "node/%s", n->name);
	err = sek_place_mkdir(w->place, "node") ?: sek_place_mkdir(w->place, dir);
	snprintf(dir, sizeof(dir), "node/%s/frr", n->name);
	if (!err)
		err = sek_place_mkdir(w->place, dir) ?: sek_place_path(w->place, path, "%s", dir);
	if (!err && (!user || chown(path, user->pw_uid, user->pw_gid)))
		err = user ? -errno : -ENOENT;
	for (size_t i = 0; daemons[n->routing][i] && !err; i++)
		err = write_config(w, g, node, daemons[n->routing][i]);
	return err;
}

__attribute__((noreturn)) static void child(struct sek_work *w, size_t node)
{
	const struct sek_topo_node *n = &w->t->nodes[node];
	char what[128], program[64], config[64], log[64];
	const char *argv[] = { program, "-d", "-P",   "0",     "-u", "frr", "-g",
			       "frr",	"-f", config, "--log", log,  NULL };
	int err = sek_enter(w->place, n->name, what, sizeof(what));

	for (size_t i = 0; daemons[n->routing][i] && !err; i++) {
		snprintf(program, sizeof(program), DAEMONS_DIR "/%s", daemons[n->routing][i]);
		snprintf(config, sizeof(config), "/run/frr/%s.conf", daemons[n->routing][i]);
		snprintf(log, sizeof(log), "file:/run/frr/%s.log", daemons[n->routing][i]);
		err = sek_process_run(argv, "", true);
	}
	_exit(err ? 1 : 0);
}

/* All nodes at once: each takes a while until its daemons have found each other. */
static int run_all(struct sek_work *w, const struct sek_graph *g, pid_t *pid)
{
	int err = 0, status;

	for (size_t i = 0; i < w->t->nodes_n && !err; i++) {
		if (!sek_frr_is_wanted(&w->t->nodes[i]) || !w->node[i].fresh)
			continue;
		err = sek_work_go_on(w);
		if (err)
			break;
		err = prepare(w, g, i);
		if (err) {
			sek_report_fail(w->report, err, "configure FRR in %s", w->t->nodes[i].name);
			break;
		}
		pid[i] = fork();
		if (!pid[i])
			child(w, i);
		if (pid[i] < 0)
			err = sek_report_fail(w->report, -errno, "start FRR in %s",
					      w->t->nodes[i].name);
	}
	for (size_t i = 0; i < w->t->nodes_n; i++) {
		if (pid[i] <= 0)
			continue;
		while (waitpid(pid[i], &status, 0) < 0 && errno == EINTR)
			;
		if (status && !err)
			err = sek_report_fail(w->report, -EIO,
					      "start FRR in %s (see its logs, or try " DAEMONS_DIR
					      "/zebra by hand)",
					      w->t->nodes[i].name);
	}
	return err;
}

int sek_frr_start(struct sek_work *w)
{
	SEK_CLEANUP(sek_freep) pid_t *pid = calloc(w->t->nodes_n + 1, sizeof(*pid));
	struct sek_graph g = { 0 };
	int err = pid ? sek_graph_build(&g, w->t, NULL) : -ENOMEM;

	if (err)
		sek_report_fail(w->report, err, "prepare the routing daemons");
	else
		err = run_all(w, &g, pid);
	sek_graph_free(&g);
	return err;
}
