// SPDX-License-Identifier: GPL-2.0-only
/*
 * How fast much is attached and detached at once: in haste (lib/expedite.h) and at the kernel's own
 * pace, one after the other in the same run. Once with the programs loaded before, because loading
 * them takes as long for one interface as for many.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "area.h"
#include "child.h"
#include "lib/state.h"
#include "log.h"
#include "topo.h"

#define PAIRS  100 /* so 200 interfaces */
#define ROUNDS 3
#define NODES  400 /* of a tree: 1,198 interfaces */
#define NAME   "sek-bench"

#define GOAL_RATIO   0.25
#define GOAL_SERVE_S 1.0
/* Of `topo up --no-count`: what is made has to be paid for by what is counted. */
#define GOAL_TOPO 2.0

#define SERVE_PAIRS 50
#define GIVE_UP_S   30

enum pace { HASTE, OWN, PACES };

static const char *const options[PACES] = { [HASTE] = "", [OWN] = "--no-expedite" };

/**
 * struct found - what was measured, in seconds, by pace; the best of the rounds
 * @load: 200 interfaces attached to
 * @unload: the same detached
 * @serve: from before 100 interfaces are made until serve has attached to all
 * @up: a topology with counting
 * @bare_up: the same without
 */
struct found {
	double load[PACES];
	double unload[PACES];
	double serve[PACES];
	double up[PACES];
	double bare_up;
};

static char sekisho[4096];

static void keep_best(double *best, double s)
{
	if (!*best || s < *best)
		*best = s;
}

/* Seconds that a command of the shell takes; less than 0: it failed. */
static double timed(const char *option, const char *words)
{
	double start = sek_topo_seconds();

	return sek_child_run("%s -q %s %s", sekisho, option, words) ? -1
								    : sek_topo_seconds() - start;
}

static int measure_load(enum pace pace, struct found *f)
{
	double load, unload;

	if (timed(options[pace], "load --netns " NAME " --hook tc --dev lo --link-slots 511") < 0)
		return -EIO;
	load = timed(options[pace], "load --netns " NAME " --hook tc");
	unload = timed(options[pace], "unload");
	if (load < 0 || unload < 0)
		return -EIO;
	keep_best(&f->load[pace], load);
	keep_best(&f->unload[pace], unload);
	return 0;
}

static unsigned int links(void)
{
	DIR *dir = opendir(SEK_STATE_LINKS);
	unsigned int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

/* Without "." and "..", two links an interface. */
static int wait_for(unsigned int ifaces, double start)
{
	const struct timespec pause = { .tv_nsec = 2000000 };

	while (links() < 2 + 2 * ifaces) {
		if (sek_topo_seconds() - start > GIVE_UP_S)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
	return 0;
}

static pid_t start_serve(enum pace pace)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(sekisho, sekisho, "-q", "serve", "--netns", NAME, "--hook", "tc",
		      "--web.listen-address", "none", *options[pace] ? options[pace] : NULL,
		      (char *)NULL);
		_exit(127);
	}
	return pid;
}

/* It attaches to the others first, which is not measured. */
static int measure_serve(enum pace pace, struct found *f)
{
	double start;
	pid_t serve;
	int err;

	if (timed("", "load --netns " NAME " --hook tc --dev lo --link-slots 511") < 0)
		return -EIO;
	serve = start_serve(pace);
	err = wait_for(1 + 2 * PAIRS, sek_topo_seconds());
	start = sek_topo_seconds();
	if (!err && sek_child_run("seq %d | sed 's/.*/link add c& type veth peer name d&/' | "
				  "ip -n " NAME " -batch -",
				  SERVE_PAIRS))
		err = -EIO;
	if (!err)
		err = wait_for(1 + 2 * PAIRS + 2 * SERVE_PAIRS, start);
	if (!err)
		keep_best(&f->serve[pace], sek_topo_seconds() - start);
	kill(serve, SIGTERM);
	waitpid(serve, NULL, 0);
	sek_child_run("seq %d | sed 's/.*/link del c&/' | ip -n " NAME " -batch -", SERVE_PAIRS);
	return timed("", "unload") < 0 ? -EIO : err;
}

static int write_topology(void)
{
	return sek_child_run(
		       "{ echo 'name: bench'; echo 'nodes:'; seq -f '  - n%%g' %d; "
		       "echo 'links:'; for i in $(seq 2 %d); do echo \"  - n$((i / 2))-n$i\"; "
		       "done; } >/run/bench.yaml",
		       NODES, NODES)
		       ? -EIO
		       : 0;
}

static int measure_up(const char *option, const char *words, double *ret)
{
	double s;

	sek_topo_settle();
	s = timed(option, words);
	if (s < 0 || timed("", "topo down bench") < 0)
		return -EIO;
	*ret = s;
	return 0;
}

static int measure_topo(struct found *f)
{
	int err = write_topology();

	if (!err)
		err = measure_up("", "topo up --no-count /run/bench.yaml", &f->bare_up);
	for (int pace = 0; pace < PACES && !err; pace++)
		err = measure_up(options[pace], "topo up /run/bench.yaml", &f->up[pace]);
	return err;
}

/* What is made goes with the mounts. */
static int prepare(void)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("run", "/run", "tmpfs", 0, NULL) || mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL))
		return -errno;
	return sek_child_run("ip netns add " NAME " && seq %d | "
			     "sed 's/.*/link add a& type veth peer name b&/' | "
			     "ip -n " NAME " -batch -",
			     PAIRS)
		       ? -EIO
		       : 0;
}

static int measure(struct found *f)
{
	int err;

	sek_child_ordinary();
	sek_child_sekisho(sekisho, sizeof(sekisho));
	err = prepare();
	for (int i = 0; i < ROUNDS * PACES && !err; i++)
		err = measure_load(i % PACES, f);
	for (int i = 0; i < ROUNDS * PACES && !err; i++)
		err = measure_serve(i % PACES, f);
	sek_child_run("ip netns del " NAME);
	return err ?: measure_topo(f);
}

static void add(struct sek_result *r, const struct found *f)
{
	sek_result_add(r, "attach.load", f->load[HASTE] / f->load[OWN], GOAL_RATIO, "x",
		       "%d interfaces: %.0f ms, at the kernel's pace %.0f ms", 2 * PAIRS,
		       f->load[HASTE] * 1000, f->load[OWN] * 1000);
	sek_result_add(r, "attach.unload", f->unload[HASTE] / f->unload[OWN], GOAL_RATIO, "x",
		       "%.0f ms, at the kernel's pace %.0f ms", f->unload[HASTE] * 1000,
		       f->unload[OWN] * 1000);
	sek_result_add(r, "attach.serve", f->serve[HASTE], GOAL_SERVE_S, "s",
		       "from making %d interfaces to all attached; at that pace %.1f s",
		       2 * SERVE_PAIRS, f->serve[OWN]);
	sek_result_add(r, "attach.topo", f->up[HASTE] / f->bare_up, GOAL_TOPO, "x",
		       "%d nodes: %.1f s, uncounted %.1f s, at that pace %.1f s", NODES,
		       f->up[HASTE], f->bare_up, f->up[OWN]);
}

int sek_attach_measure(struct sek_result *r)
{
	struct found found = {};
	int fds[2], status, err;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC)) {
		err = -errno;
		sek_error("make a pipe: %s", strerror(-err));
		return err;
	}
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		err = measure(&found);
		if (err)
			sek_error("measure attaching: %s", strerror(-err));
		_exit(err || write(fds[1], &found, sizeof(found)) != sizeof(found));
	}
	close(fds[1]);
	err = pid < 0 || waitpid(pid, &status, 0) != pid || status ? -EIO : 0;
	if (!err && read(fds[0], &found, sizeof(found)) != sizeof(found))
		err = -EIO;
	close(fds[0]);
	if (!err)
		add(r, &found);
	return err;
}
