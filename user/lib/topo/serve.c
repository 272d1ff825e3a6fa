// SPDX-License-Identifier: GPL-2.0-only
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../cleanup.h"
#include "enter.h"
#include "../stop.h"

/* Until a program that cannot be run has ended. */
#define GRACE_MS 100

/* A session of its own, and none of our files. */
static int leave_home(const char *log)
{
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (in < 0 || out < 0)
		return -errno;
	signal(SIGPIPE, SIG_DFL);
	setsid();
	return dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ? -errno : 0;
}

/* In the child: says through the pipe what failed, which otherwise closes when the shell starts. */
__attribute__((noreturn)) static void run(struct sek_work *w, const char *node, const char *line,
					  const char *log, int said)
{
	char what[128];
	int err = leave_home(log);

	if (err)
		dprintf(said, "open its log: %s", strerror(-err));
	else if ((err = sek_enter(w->place, node, what, sizeof(what))))
		dprintf(said, "%s: %s", what, strerror(-err));
	if (err)
		_exit(1);
	execl("/bin/sh", "sh", "-c", line, (char *)NULL);
	dprintf(said, "/bin/sh: %s", strerror(errno));
	_exit(1);
}

static int read_failure(int fd, char *said, size_t size)
{
	ssize_t n;

	do {
		n = read(fd, said, size - 1);
	} while (n < 0 && errno == EINTR);
	said[n > 0 ? n : 0] = '\0';
	return n > 0 ? -EIO : 0;
}

/* Without memory its end goes unnoticed. */
static void remember(struct sek_work *w, pid_t pid, size_t node, size_t line)
{
	struct sek_work_process *v = reallocarray(w->process, w->processes_n + 1,
						  sizeof(*w->process));

	if (!v)
		return;
	w->process = v;
	v[w->processes_n++] = (struct sek_work_process){ pid, node, line };
}

static int start_process(struct sek_work *w, size_t node, size_t i, const char *log)
{
	const char *line = w->t->nodes[node].processes[i];
	const char *name = w->t->nodes[node].name;
	char said[256];
	int fds[2], err;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid)
		run(w, name, line, log, fds[1]);
	close(fds[1]);
	err = pid < 0 ? -errno : read_failure(fds[0], said, sizeof(said));
	close(fds[0]);
	if (err)
		return sek_report_fail(w->report, err, "start '%s' in %s (%s)", line, name,
				       pid < 0 ? "fork" : said);
	remember(w, pid, node, i);
	return 0;
}

static int start_processes(struct sek_work *w, size_t node)
{
	const struct sek_topo_node *n = &w->t->nodes[node];
	char log[PATH_MAX], dir[sizeof("node/") + SEK_TOPO_NAME_LEN];
	int err = 0;

	if (!n->processes_n)
		return 0;
	snprintf(dir, sizeof(dir), "node/%s", n->name);
	err = sek_place_mkdir(w->place, "node") ?:
	      sek_place_mkdir(w->place, dir) ?:
	      sek_place_path(w->place, log, "node/%s/processes.log", n->name);
	if (err)
		return sek_report_fail(w->report, err, "make a folder for %s", n->name);
	for (size_t i = 0; i < n->processes_n && !err; i++)
		err = start_process(w, node, i, log);
	return err;
}

/* Twice a period, for ever: `down` ends it. A link that somebody has cut stays so. */
__attribute__((noreturn)) static void flap(struct sek_work *w, size_t link)
{
	const struct sek_topo_link *l = &w->t->links[link];
	char file[sizeof("cut/") + sizeof(l->name)];

	snprintf(file, sizeof(file), "cut/%s", l->name);
	for (bool up = false;; up = !up) {
		poll(NULL, 0, (up ? l->flap_down_s : l->flap_up_s) * 1000);
		if (!faccessat(w->place->dir, file, F_OK, 0))
			continue;
		/* A link or node that is removed takes its flapping along. */
		if (sek_links_carrier(w, link, up) || sek_routes_write(w))
			_exit(0);
	}
}

static int start_flapping(struct sek_work *w, size_t link)
{
	const struct sek_topo_link *l = &w->t->links[link];
	struct sek_place place = SEK_PLACE_INIT;
	pid_t pid = fork();

	if (pid < 0)
		return sek_report_fail(w->report, -errno, "start the flapping of %s", l->name);
	if (pid)
		return 0;
	sek_stop_end();
	/* The lock belongs to all who inherit the open folder: open it anew. */
	if (sek_place_open(&place, w->place->name, false, false))
		_exit(1);
	sek_place_close(w->place);
	*w->place = place;
	/* Whoever takes the node down finds the process in its namespace. */
	if (leave_home("/dev/null") || sek_work_enter(w, l->end[0].node))
		_exit(1);
	close(w->own_fd);
	w->own_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	flap(w, link);
}

int sek_serve_start(struct sek_work *w)
{
	int err = 0;

	for (size_t i = 0; i < w->t->nodes_n && !err; i++) {
		if (w->node[i].fresh)
			err = start_processes(w, i);
	}
	for (size_t i = 0; i < w->t->links_n && !err; i++) {
		if (w->link_fresh[i] && w->t->links[i].flap_up_s)
			err = start_flapping(w, i);
	}
	return err;
}

static void say_ended(const struct sek_work *w, const struct sek_work_process *p, int status)
{
	const struct sek_topo_node *n = &w->t->nodes[p->node];

	sek_report_note(w->report,
			"'%s' in %s has ended with %s %d; see " SEK_PLACE_DIR
			"/%s/node/%s/processes.log",
			n->processes[p->line], n->name, WIFSIGNALED(status) ? "signal" : "status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
			w->place->name, n->name);
}

void sek_serve_look(struct sek_work *w)
{
	int status;

	if (w->processes_n)
		poll(NULL, 0, GRACE_MS);
	for (size_t i = 0; i < w->processes_n; i++) {
		if (waitpid(w->process[i].pid, &status, WNOHANG) > 0 && status)
			say_ended(w, &w->process[i], status);
	}
}
