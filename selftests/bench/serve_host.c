// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `sekisho serve` and `top` cost on a host of a thousand cgroups and two hundred interfaces:
 * a hub, and nodes with an interface each that lead to it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "area.h"
#include "child.h"
#include "lib/cgroup.h"
#include "lib/cleanup.h"
#include "log.h"
#include "scrape.h"

/* Linux 5.7: fields of struct clone_args that Debian 12's headers have, too. */
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

#define CGROUPS 1000
#define NODES	66 /* lo and eth0 each, and the hub's end: 198 interfaces, and the hub's lo */
#define SCRAPES 10000
#define NAME	"sek-bench"

#define IDLE_S	  4
#define SCRAPED_S 8
#define TOP_S	  20
#define NEW_ROWS  5

#define GOAL_CPU    1.0
#define GOAL_RSS    32.0
#define GOAL_ROW_MS 1000.0

/* cAdvisor cannot be measured here; this is what its users say. */
static const char published[] =
	"cAdvisor, as published at https://github.com/google/cadvisor/issues/2523 and not measured "
	"here: 29 containers,\none scrape in 15 s: 7% of a CPU on average (Celeron G1610, 2020).\n";

struct host {
	pid_t serve;
	char group[PATH_MAX];
	struct sockaddr_in to; /* who takes what cgroups send */
};

/**
 * struct found - what was measured
 * @idle: percent of a CPU
 * @scraped: likewise, with a scrape a second
 * @rss: MiB
 * @row_ms: from a new cgroup's first packet until somebody reads it; the worst
 * @failed: of so many scrapes at once
 * @missed: packets that were sent meanwhile, and not counted
 * @ours: seconds of CPU that `sekisho top` took
 * @theirs: that `top` took in the same time; 0: there is none
 */
struct found {
	double idle;
	double scraped;
	double rss;
	double row_ms;
	double failed;
	double missed;
	double ours;
	double theirs;
};

static double clock_s(clockid_t clock)
{
	struct timespec t;

	return clock_gettime(clock, &t) ? 0 : t.tv_sec + t.tv_nsec / 1e9;
}

/* Seconds of CPU that a process has used, all of its threads. */
static double cpu_s(pid_t pid)
{
	clockid_t clock;

	return clock_getcpuclockid(pid, &clock) ? 0 : clock_s(clock);
}

static void pause_s(double s)
{
	struct timespec t = { .tv_sec = s, .tv_nsec = (s - (time_t)s) * 1e9 };

	nanosleep(&t, NULL);
}

static void remove_cgroups(const struct host *h)
{
	sek_child_run("rmdir %s/* %s", h->group, h->group);
}

static int make_group(struct host *h)
{
	char mount[PATH_MAX];
	int err = sek_cgroup_mount(mount);

	if (!err && snprintf(h->group, sizeof(h->group), "%s/" NAME, mount) >= PATH_MAX - 32)
		err = -ENAMETOOLONG;
	if (err)
		return err;
	remove_cgroups(h);
	return mkdir(h->group, 0755) ? -errno : 0;
}

/* Namespaces in a /run of our own; they go with it. */
static int make_nodes(void)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("run", "/run", "tmpfs", 0, NULL) || mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL))
		return -errno;
	return sek_child_run("ip link set lo up; ip netns add " NAME "-hub; ip -n " NAME
			     "-hub link set "
			     "lo up; for i in $(seq %d); do n=" NAME "-$i; ip netns add $n; "
			     "ip -n " NAME "-hub link add h$i type veth peer name eth0 netns $n; "
			     "ip -n " NAME "-hub link set h$i up; ip -n $n link set lo up; "
			     "ip -n $n link set eth0 up || exit; done",
			     NODES)
		       ? -EIO
		       : 0;
}

static pid_t start_serve(const struct host *h)
{
	char sekisho[PATH_MAX];
	pid_t pid;

	sek_child_sekisho(sekisho, sizeof(sekisho));
	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(null, STDERR_FILENO);
		execl(sekisho, sekisho, "serve", "--netns", NAME "-*", "--cgroup", h->group,
		      (char *)NULL);
		_exit(127);
	}
	return pid;
}

/* A metric of serve's, or -1. */
static double metric(const char *name, const char *label)
{
	SEK_CLEANUP(sek_freep) char *text = NULL;

	return sek_scrape_get(&text) ? -1 : sek_scrape_value(text, name, label);
}

static int wait_for(const char *name, const char *label, double value, double seconds)
{
	double end = clock_s(CLOCK_MONOTONIC) + seconds;

	while (metric(name, label) != value) {
		if (clock_s(CLOCK_MONOTONIC) > end)
			return -ETIMEDOUT;
		pause_s(0.01);
	}
	return 0;
}

/* Who receives, in the hub; senders are its children. */
static int enter_hub(struct host *h)
{
	SEK_CLEANUP(sek_closep) int fd = open("/run/netns/" NAME "-hub", O_RDONLY | O_CLOEXEC);
	socklen_t len = sizeof(h->to);
	int receiver;

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		return -errno;
	receiver = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	h->to = (struct sockaddr_in){ .sin_family = AF_INET };
	h->to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (receiver < 0 || bind(receiver, (struct sockaddr *)&h->to, len) ||
	    getsockname(receiver, (struct sockaddr *)&h->to, &len))
		return -errno;
	return 0;
}

/* @n datagrams from a cgroup, which is made; every millisecond one, if they are to take a while. */
static int send_from(const struct host *h, const char *name, unsigned int n, bool slowly)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	SEK_CLEANUP(sek_closep) int cgroup = -1;
	char path[PATH_MAX + 64];
	int status;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/%s", h->group, name);
	if (mkdir(path, 0755))
		return -errno;
	cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	args.cgroup = cgroup;
	pid = cgroup < 0 ? -1 : syscall(SYS_clone3, &args, sizeof(args));
	if (!pid) {
		int fd = socket(AF_INET, SOCK_DGRAM, 0);

		for (; n; n--) {
			if (sendto(fd, "x", 1, 0, (struct sockaddr *)&h->to, sizeof(h->to)) != 1)
				_exit(1);
			if (slowly)
				pause_s(0.001);
		}
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	return status ? -EIO : 0;
}

/* In a child, because threads and namespaces are its own. */
static pid_t start_sender(struct host *h, unsigned int first, unsigned int cgroups, unsigned int n,
			  bool slowly)
{
	pid_t pid = fork();
	int err;

	if (pid)
		return pid;
	err = enter_hub(h);
	for (unsigned int i = first; i < first + cgroups && !err; i++) {
		char name[32];

		snprintf(name, sizeof(name), "c%u", i);
		err = send_from(h, name, n, slowly);
	}
	_exit(err ? 1 : 0);
}

static int end(pid_t pid)
{
	int status;

	return pid < 0 || waitpid(pid, &status, 0) != pid || status ? -EIO : 0;
}

static int measure_many(struct host *h, struct found *f)
{
	pid_t sender = start_sender(h, CGROUPS, 1, 1000, true);
	unsigned int answers = 0;
	int err = sek_scrape_many(SCRAPES, &answers);

	err = end(sender) ?: err;
	f->failed = SCRAPES - answers;
	f->missed = 1000 - metric("sekisho_cgroup_packets_total", "direction=\"egress\"");
	return err;
}

static int measure_cpu(const struct host *h, struct found *f)
{
	double before = cpu_s(h->serve), begin;

	pause_s(IDLE_S);
	f->idle = (cpu_s(h->serve) - before) * 100 / IDLE_S;
	/* What it remembers, it learns at the first. */
	metric("sekisho_loaded", NULL);
	before = cpu_s(h->serve);
	begin = clock_s(CLOCK_MONOTONIC);
	for (int i = 1; i <= SCRAPED_S; i++) {
		if (metric("sekisho_slots_used", "scope=\"link\"") != 3 * NODES + 1)
			return -EPROTO;
		pause_s(begin + i - clock_s(CLOCK_MONOTONIC));
	}
	f->scraped = (cpu_s(h->serve) - before) * 100 / SCRAPED_S;
	f->rss = metric("process_resident_memory_bytes", NULL) / (1 << 20);
	return 0;
}

static int measure_row(struct host *h, struct found *f)
{
	for (unsigned int i = 0; i < NEW_ROWS; i++) {
		double begin = clock_s(CLOCK_MONOTONIC);
		char label[64];
		int err = end(start_sender(h, CGROUPS + 1 + i, 1, 1, false));

		snprintf(label, sizeof(label), "cgroup=\"/" NAME "/c%u\"", CGROUPS + 1 + i);
		err = err ?: wait_for("sekisho_cgroup_packets_total", label, 1, 5);
		if (err)
			return err;
		begin = (clock_s(CLOCK_MONOTONIC) - begin) * 1000;
		if (begin > f->row_ms)
			f->row_ms = begin;
	}
	return 0;
}

/* On a terminal of 80 columns; what is written there is read, or it would wait. */
static pid_t start_on_terminal(const char *const argv[], int *ret_fd)
{
	const struct winsize size = { .ws_row = 24, .ws_col = 80 };
	pid_t pid = forkpty(ret_fd, NULL, NULL, &size);

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setenv("TERM", "xterm", 1);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	return pid;
}

static void read_for(const int *fds, int n, double seconds)
{
	double end = clock_s(CLOCK_MONOTONIC) + seconds;
	char text[4096];

	for (int i = 0; i < n; i++)
		fcntl(fds[i], F_SETFL, O_NONBLOCK);
	while (clock_s(CLOCK_MONOTONIC) < end) {
		for (int i = 0; i < n; i++) {
			while (read(fds[i], text, sizeof(text)) > 0)
				;
		}
		pause_s(0.02);
	}
}

/* Both at the same time, each a sample a second. */
static int measure_top(struct found *f)
{
	char sekisho[PATH_MAX];
	const char *const ours[] = { sekisho, "top", NULL };
	const char *const theirs[] = { "top", "-d", "1", NULL };
	double before[2];
	pid_t pids[2];
	int fds[2];

	sek_child_sekisho(sekisho, sizeof(sekisho));
	pids[0] = start_on_terminal(ours, &fds[0]);
	pids[1] = start_on_terminal(theirs, &fds[1]);
	if (pids[0] < 0 || pids[1] < 0)
		return -errno;
	/* Without how they begin. */
	read_for(fds, 2, 2.5);
	for (int i = 0; i < 2; i++)
		before[i] = cpu_s(pids[i]);
	read_for(fds, 2, TOP_S);
	f->ours = cpu_s(pids[0]) - before[0];
	f->theirs = cpu_s(pids[1]) - before[1];
	for (int i = 0; i < 2; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
		close(fds[i]);
	}
	return f->ours > 0 ? 0 : -EIO;
}

static int measure(struct host *h, struct found *f)
{
	int err;

	sek_child_ordinary();
	err = make_nodes();
	if (err)
		return err;
	h->serve = start_serve(h);
	err = wait_for("sekisho_follow_netns", NULL, NODES + 1, 60);
	if (!err)
		err = measure_many(h, f);
	if (!err)
		err = end(start_sender(h, 0, CGROUPS, 3, false));
	if (!err)
		err = measure_cpu(h, f);
	if (!err)
		err = measure_row(h, f);
	if (!err)
		err = measure_top(f);
	kill(h->serve, SIGTERM);
	waitpid(h->serve, NULL, 0);
	return err;
}

static void add(struct sek_result *r, const struct found *f)
{
	printf("%s\n", published);
	sek_result_add(r, "serve.cpu_idle", f->idle, GOAL_CPU, "%",
		       "of a CPU; %d cgroups, %d links", CGROUPS, 3 * NODES + 1);
	sek_result_add(r, "serve.cpu_scraped", f->scraped, GOAL_CPU, "%",
		       "of a CPU, with a scrape a second");
	sek_result_add(r, "serve.rss", f->rss, GOAL_RSS, "MiB", "resident then");
	sek_result_add(r, "serve.new_cgroup", f->row_ms, GOAL_ROW_MS, "ms",
		       "from before its first packet to its row in a scrape; worst of %d",
		       NEW_ROWS);
	sek_result_add(r, "serve.failed", f->failed, 0, "", "of %d scrapes at the same time",
		       SCRAPES);
	sek_result_add(r, "serve.missed", f->missed, 0, "", "of 1000 packets meanwhile");
	if (f->theirs > 0)
		sek_result_add(r, "serve.top", f->ours / f->theirs, 1.0, "x",
			       "%.2f%% of a CPU, top %.2f%%, in the same %d s",
			       f->ours * 100 / TOP_S, f->theirs * 100 / TOP_S, TOP_S);
}

int sek_serve_host_measure(struct sek_result *r)
{
	struct found found = {};
	struct host h = {};
	int fds[2], err = make_group(&h);
	pid_t pid;

	if (err || pipe2(fds, O_CLOEXEC)) {
		err = err ?: -errno;
		sek_error("make the cgroup " NAME ": %s", strerror(-err));
		return err;
	}
	/* In a process of its own, whose namespaces go with it. */
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		err = measure(&h, &found);
		if (err)
			sek_error("measure serve: %s", strerror(-err));
		_exit(err || write(fds[1], &found, sizeof(found)) != sizeof(found));
	}
	close(fds[1]);
	err = end(pid);
	if (!err && read(fds[0], &found, sizeof(found)) != sizeof(found))
		err = -EIO;
	close(fds[0]);
	remove_cgroups(&h);
	if (!err)
		add(r, &found);
	return err;
}
