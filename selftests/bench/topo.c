// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a topology takes to make: a binary tree of routers, each link with an IPv4 and an IPv6
 * net, against other ways of making the same objects. Each try is a process of its own, with an
 * empty /run: what it makes goes with it, and the next one waits for that.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "area.h"
#include "lib/topo/batch.h"
#include "lib/topo/run.h"
#include "log.h"
#include "topo.h"

#define GOAL_BARE  1.10
#define GOAL_IP	   (1.0 / 12)
#define GOAL_BATCH (1.0 / 5)
/* The original of nine routers had 128 MB for everything. */
#define GOAL_MIB 128
/* A node that hears nothing asks, and is answered: no timer of RIP need pass. */
#define GOAL_CONVERGED 2.0

/* Until what was there before has gone: the kernel takes so long after a thousand nodes. */
#define SETTLE_S 60

/**
 * struct try - what one try found
 * @up: seconds to make it all
 * @down: seconds to take it down; 0: not measured
 * @converged: seconds until the routing had converged
 * @rss: most memory of the process, in KiB
 */
struct
try {
	double up;
	double down;
	double converged;
	long rss;
};

double sek_topo_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* A namespace with one end of a veth pair; the other end is here. */
static int make_marker(void)
{
	const __u8 mac[2][6] = { { 2, 1 }, { 2, 2 } };
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there, err;
	struct sek_batch_end one = { "marker", 0, mac[0], here, 0 }, other = one;
	struct mnl_socket *nl = NULL;
	struct sek_batch b = { 0 };

	if (here < 0 || sek_netlink_open(NETLINK_ROUTE, &nl) || unshare(CLONE_NEWNET))
		return -errno;
	there = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	other.netns_fd = there;
	other.mac = mac[1];
	sek_batch_veth(&b, &one, &other, 0);
	err = there < 0 ? -errno : sek_batch_send(nl, &b);
	/* This process leaves it, and nobody else has it: it goes. */
	if (setns(here, CLONE_NEWNET))
		err = -errno;
	close(here);
	close(there);
	mnl_socket_close(nl);
	return err;
}

/*
 * The kernel removes namespaces in the order in which they were given up: when a last one has
 * gone, all before it have. What exits lets go of its mounts a moment later.
 */
void sek_topo_settle(void)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	double end = sek_topo_seconds() + SETTLE_S;
	pid_t pid = fork();

	nanosleep(&pause, NULL);
	if (!pid) {
		if (unshare(CLONE_NEWNET) || make_marker())
			_exit(1);
		while (if_nametoindex("marker") && sek_topo_seconds() < end)
			nanosleep(&pause, NULL);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int write_topology(char **ret, size_t *size, int nodes, const char *routing)
{
	FILE *to = open_memstream(ret, size);

	if (!to)
		return -ENOMEM;
	fprintf(to, "name: bench\nrouting: %s\nnodes:\n", routing);
	for (int i = 1; i <= nodes; i++)
		fprintf(to, "  - n%d\n", i);
	fprintf(to, "links:\n");
	for (int i = 2; i <= nodes; i++)
		fprintf(to, "  - n%d-n%d\n", i / 2, i);
	return fclose(to) ? -ENOMEM : 0;
}

static int ours(int nodes, const char *routing, struct try *ret)
{
	struct sek_run_up up = { .wait_s = strcmp(routing, "none") ? 60 : 0 };
	struct sek_report report = { 0 };
	struct sek_topo_error error;
	struct sek_topo *t;
	double start;
	size_t size;
	char *text;
	int err = write_topology(&text, &size, nodes, routing);

	if (err)
		return err;
	start = sek_topo_seconds();
	err = sek_topo_read_text(text, size, "bench", &t, &error);
	if (!err)
		err = sek_run_up(t, &up, &report);
	ret->up = sek_topo_seconds() - start;
	ret->converged = up.converged_s;
	start = sek_topo_seconds();
	if (!err)
		err = sek_run_down("bench", &report);
	ret->down = sek_topo_seconds() - start;
	if (err)
		sek_error("%s", report.error);
	return err;
}

enum way { OURS, RIP, BARE, IP, BATCH, MININET };

static int one_way(enum way way, int nodes, struct try *ret)
{
	switch (way) {
	case OURS:
		return ours(nodes, "none", ret);
	case RIP:
		return ours(nodes, "rip", ret);
	case BARE:
		return sek_topo_bare(nodes, &ret->up);
	case IP:
		return sek_topo_ip(nodes, false, &ret->up);
	case BATCH:
		return sek_topo_ip(nodes, true, &ret->up);
	default:
		return sek_topo_mininet(nodes, &ret->up, &ret->down);
	}
}

__attribute__((noreturn)) static void child(enum way way, int nodes, int to)
{
	struct try result = { 0 };
	struct rusage usage;
	cpu_set_t cpus;
	int err = 0;

	/* Daemons, too, end with it, and it ends with us: it is the init of its namespace. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* All of them may use what the machine has, at no other's cost. */
	memset(&cpus, 0xff, sizeof(cpus));
	sched_setaffinity(0, sizeof(cpus), &cpus);
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("run", "/run", "tmpfs", 0, "mode=755") ||
	    mount("proc", "/proc", "proc", 0, NULL))
		err = -errno;
	if (!err)
		err = one_way(way, nodes, &result);
	if (!err && !getrusage(RUSAGE_SELF, &usage))
		result.rss = usage.ru_maxrss;
	if (!err && write(to, &result, sizeof(result)) != sizeof(result))
		err = -EIO;
	_exit(err ? 1 : 0);
}

/* fork() into a process namespace of its own. */
static pid_t fork_init(void)
{
	int here = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC), err;
	pid_t pid;

	if (here < 0 || unshare(CLONE_NEWPID)) {
		err = errno;
		close(here);
		errno = err;
		return -1;
	}
	pid = fork();
	/* The children that follow are ours again. */
	if (pid && setns(here, CLONE_NEWPID))
		pid = -1;
	close(here);
	return pid;
}

static int try_once(enum way way, int nodes, struct try *ret)
{
	int fds[2], status, err = 0;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = fork_init();
	if (!pid)
		child(way, nodes, fds[1]);
	close(fds[1]);
	if (pid < 0 || read(fds[0], ret, sizeof(*ret)) != sizeof(*ret))
		err = -EIO;
	close(fds[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	sek_topo_settle();
	return err;
}

static void keep_least(struct try *best, const struct try *one)
{
	best->up = one->up < best->up ? one->up : best->up;
	best->down = one->down < best->down ? one->down : best->down;
	best->converged = one->converged < best->converged ? one->converged : best->converged;
	best->rss = one->rss > best->rss ? one->rss : best->rss;
}

#define UNKNOWN ((struct try){ .up = 1e9, .down = 1e9, .converged = 1e9 })

/* Names must be constants. */
static const struct size {
	int nodes;
	int tries;
	bool rivals;
	const char *bare;
	const char *ip;
	const char *batch;
	const char *mininet;
} sizes[] = {
	{ 9, 15, true, "topo.up_9_over_bare", "topo.up_9_over_ip", "topo.up_9_over_batch",
	  "topo.up_9_over_mininet" },
	{ 100, 9, true, "topo.up_100_over_bare", "topo.up_100_over_ip", "topo.up_100_over_batch",
	  "topo.up_100_over_mininet" },
	{ 1000, 7, false, "topo.up_1000_over_bare", NULL, NULL, NULL },
};

static int measure_size(struct sek_result *r, const struct size *s)
{
	struct try best[] = { [OURS] = UNKNOWN, [RIP] = UNKNOWN,   [BARE] = UNKNOWN,
			      [IP] = UNKNOWN,	[BATCH] = UNKNOWN, [MININET] = UNKNOWN };
	struct try one;
	int err = 0;

	/* Interleaved, so that what else goes on hits all of them. */
	for (int i = 0; i < s->tries && !err; i++) {
		for (enum way way = OURS; way <= BATCH && !err; way++) {
			bool slow = way == IP || way == BATCH;

			/* What takes a process a step varies less than it is behind. */
			if (way == RIP || (slow && (!s->rivals || i >= 3)))
				continue;
			err = try_once(way, s->nodes, &one);
			if (!err)
				keep_least(&best[way], &one);
		}
	}
	if (err) {
		sek_error("make %d nodes: %s", s->nodes, strerror(-err));
		return err;
	}
	printf("%5d nodes: up %.4f s, down %.4f s; bare %.4f s", s->nodes, best[OURS].up,
	       best[OURS].down, best[BARE].up);
	sek_result_add(r, s->bare, best[OURS].up / best[BARE].up, GOAL_BARE, "x",
		       "%.0f us a node, down %.0f us", best[OURS].up * 1e6 / s->nodes,
		       best[OURS].down * 1e6 / s->nodes);
	if (s->rivals) {
		printf("; ip %.3f s, ip -batch %.3f s", best[IP].up, best[BATCH].up);
		sek_result_add(r, s->ip, best[OURS].up / best[IP].up, GOAL_IP, "x",
			       "%.1f times faster than one ip a step", best[IP].up / best[OURS].up);
		sek_result_add(r, s->batch, best[OURS].up / best[BATCH].up, GOAL_BATCH, "x",
			       "%.1f times faster than ip -batch", best[BATCH].up / best[OURS].up);
		if (!try_once(MININET, s->nodes, &one)) {
			printf("; Mininet up %.3f s, down %.3f s", one.up, one.down);
			sek_result_add(r, s->mininet, best[OURS].up / one.up, 1, "x",
				       "%.1f times faster than Mininet", one.up / best[OURS].up);
		}
	}
	printf("; at most %.1f MiB\n", best[OURS].rss / 1024.0);
	if (s->nodes == 1000)
		sek_result_add(r, "topo.memory_1000", best[OURS].rss / 1024.0, GOAL_MIB, "MiB",
			       "the command's own, at 1000 nodes");
	return 0;
}

int sek_topo_measure(struct sek_result *r)
{
	struct try best = UNKNOWN, one;
	int err = 0;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes) && !err; i++)
		err = measure_size(r, &sizes[i]);
	for (int i = 0; i < 7 && !err; i++) {
		err = try_once(RIP, 9, &one);
		if (!err)
			keep_least(&best, &one);
	}
	if (!err)
		sek_result_add(r, "topo.converged_9", best.converged, GOAL_CONVERGED, "s",
			       "from command to RIP's last route");
	return err;
}
