// SPDX-License-Identifier: GPL-2.0-only
/*
 * Atomic additions seem to cost next to nothing as long as their counter stays
 * in one CPU's cache. A host receives on all of its CPUs.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "frame.h"
#include "hooks.h"

#define ROUNDS 101
#define REPEAT 20000
/* Long enough that the other CPU is nearly always in the program. */
#define REPEAT_RIVAL 200000

/* The other CPU. */
struct rival {
	pthread_t thread;
	int prog_fd;
	int cpu;
	atomic_int runs;
	atomic_bool stop;
	int err;
	uint8_t frame[SEK_FRAME_LEN];
};

static void *run_rival(void *data)
{
	struct rival *rival = data;
	cpu_set_t cpus;
	double ns;

	CPU_ZERO(&cpus);
	CPU_SET(rival->cpu, &cpus);
	rival->err = sched_setaffinity(0, sizeof(cpus), &cpus) ? -errno : 0;
	while (!rival->err && !atomic_load(&rival->stop)) {
		rival->err = sek_hooks_run(rival->prog_fd, rival->frame, REPEAT_RIVAL, &ns);
		atomic_fetch_add(&rival->runs, 1);
	}
	/* Nobody need wait for the first run of one that failed. */
	atomic_fetch_add(&rival->runs, 1);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * The middle of all rounds: the fastest is one in which the rival was
 * interrupted.
 */
static int measure_middle(int prog_fd, const uint8_t *frame, double *ret_ns)
{
	double ns[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		int err = sek_hooks_run(prog_fd, frame, REPEAT, &ns[i]);

		if (err)
			return err;
	}
	qsort(ns, ROUNDS, sizeof(*ns), compare);
	*ret_ns = ns[ROUNDS / 2];
	return 0;
}

/* Both CPUs run the same program. */
static int measure_rivals(int prog_fd, int cpu, double *ret_ns)
{
	struct rival rival = { .prog_fd = prog_fd, .cpu = cpu };
	int err;

	sek_frame_build(SEK_FRAME_IPV4_UDP, false, 1024, rival.frame);
	err = -pthread_create(&rival.thread, NULL, run_rival, &rival);
	if (err)
		return err;
	while (!atomic_load(&rival.runs))
		usleep(100);
	err = measure_middle(prog_fd, rival.frame, ret_ns);
	atomic_store(&rival.stop, true);
	pthread_join(rival.thread, NULL);
	return err ?: rival.err;
}

/* A CPU that this process may use, other than the one it is pinned to. */
static int find_other_cpu(void)
{
	int here = sched_getcpu();
	cpu_set_t cpus;

	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		CPU_ZERO(&cpus);
		CPU_SET(cpu, &cpus);
		if (cpu == here || sched_setaffinity(0, sizeof(cpus), &cpus))
			continue;
		CPU_ZERO(&cpus);
		CPU_SET(here, &cpus);
		return sched_setaffinity(0, sizeof(cpus), &cpus) ? -errno : cpu;
	}
	return -ENOENT;
}

int sek_rivals_measure(int empty, int own, int shared)
{
	const struct {
		const char *what;
		int prog_fd;
	} progs[] = {
		{ "tc: empty", empty },
		{ "tc: sekisho ingress", own },
		{ "tc: two atomic additions", shared },
	};
	double alone[3], both[3];
	uint8_t frame[SEK_FRAME_LEN];
	int cpu = find_other_cpu(), err = 0;

	if (cpu == -ENOENT)
		return 0;
	if (cpu < 0)
		return cpu;
	sek_frame_build(SEK_FRAME_IPV4_UDP, false, 1024, frame);
	for (int i = 0; i < 3 && !err; i++) {
		err = measure_middle(progs[i].prog_fd, frame, &alone[i]);
		if (!err)
			err = measure_rivals(progs[i].prog_fd, cpu, &both[i]);
	}
	if (err)
		return err;
	printf("%-34s%10s%10s\n", "NS A PACKET, IPv4 UDP, MEDIAN", "ONE CPU", "TWO CPUS");
	for (int i = 0; i < 3; i++)
		printf("%-34s%10.2f%10.2f\n", progs[i].what, alone[i], both[i]);
	printf("\n");
	return 0;
}
