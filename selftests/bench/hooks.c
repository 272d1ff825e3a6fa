// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each program by itself, by BPF_PROG_TEST_RUN.
 *
 * One run is wall time over many repetitions, because the kernel rounds its own
 * result to whole nanoseconds. Programs take turns, and the fastest round of
 * each counts: what others do on the machine can only add. Where the JIT puts a
 * program shifts it by some tenths of a nanosecond, so that all of it happens
 * for several loads, of which the middle one counts.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "area.h"
#include "bench/reference.skel.h"
#include "datapath.h"
#include "frame.h"
#include "hooks.h"
#include "lib/bpflog.h"
#include "lib/netns.h"
#include "log.h"

#define LOADS  5
#define ROUNDS 40
#define REPEAT 20000
/* Setting up a run of XDP takes as long as some thousand packets. */
#define ROUNDS_XDP 8
#define REPEAT_XDP 400000

#define LO_IFINDEX 1
#define LO_SLOT	   1

enum subject {
	EMPTY_XDP,
	XDP,
	EMPTY_TC,
	COUNTER_TC,
	FLOOR_TC,
	TC_INGRESS,
	TC_EGRESS,
	HASH16_TC,
	ATOMIC_TC,
	EMPTY_CGROUP,
	CGROUP_INGRESS,
	CGROUP_EGRESS,
	HASH8_CGROUP,
	ATOMIC_CGROUP,
	SUBJECT_NR,
	NOTHING = SUBJECT_NR, /* which takes no time */
};

static const struct {
	const char *prog;
	const char *what;
} subjects[SUBJECT_NR] = {
	[EMPTY_XDP] = { "empty_xdp", "XDP: empty" },
	[XDP] = { "sek_xdp", "XDP: sekisho" },
	[EMPTY_TC] = { "empty_tc", "tc: empty" },
	[COUNTER_TC] = { "counter_tc", "tc: one counter" },
	[FLOOR_TC] = { "floor_tc", "tc: interface and counter" },
	[TC_INGRESS] = { "sek_tc_ingress", "tc: sekisho ingress" },
	[TC_EGRESS] = { "sek_tc_egress", "tc: sekisho egress" },
	[HASH16_TC] = { "hash16_tc", "tc: per-CPU hash, 16-byte key" },
	[ATOMIC_TC] = { "atomic_tc", "tc: two atomic additions" },
	[EMPTY_CGROUP] = { "empty_cgroup", "cgroup: empty" },
	[CGROUP_INGRESS] = { "sek_cgroup_ingress", "cgroup: sekisho ingress" },
	[CGROUP_EGRESS] = { "sek_cgroup_egress", "cgroup: sekisho egress" },
	[HASH8_CGROUP] = { "hash8_cgroup", "cgroup: per-CPU hash, 8-byte key" },
	[ATOMIC_CGROUP] = { "atomic_cgroup", "cgroup: two atomic additions" },
};

/*
 * The greater of (ours[i] - base) / (against - base), over all packets; ours[i] / against
 * if there is no base.
 */
static const struct goal {
	const char *name;
	double goal;
	enum subject ours[2];
	enum subject base;
	enum subject against;
} goals[] = {
	{ "datapath.xdp", 2.0, { XDP, XDP }, NOTHING, EMPTY_XDP },
	{ "datapath.tc_hash16", 0.5, { TC_INGRESS, TC_EGRESS }, EMPTY_TC, HASH16_TC },
	{ "datapath.cgroup_hash8",
	  0.7,
	  { CGROUP_INGRESS, CGROUP_EGRESS },
	  EMPTY_CGROUP,
	  HASH8_CGROUP },
	{ "datapath.atomic_tc", 1.0, { TC_INGRESS, TC_EGRESS }, EMPTY_TC, ATOMIC_TC },
	{ "datapath.atomic_cgroup",
	  1.0,
	  { CGROUP_INGRESS, CGROUP_EGRESS },
	  EMPTY_CGROUP,
	  ATOMIC_CGROUP },
};

/* Nanoseconds a packet. */
struct times {
	double ns[SUBJECT_NR + 1][SEK_FRAME_NR];
};

/* Programs that are loaded now. */
struct loaded {
	struct datapath_bpf *datapath;
	struct reference_bpf *reference;
	int fd[SUBJECT_NR];
};

static bool is_xdp(enum subject s)
{
	return s == EMPTY_XDP || s == XDP;
}

int sek_hooks_run(int prog_fd, const uint8_t *frame, uint32_t repeat, double *ret_ns)
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = SEK_FRAME_LEN,
		    .repeat = repeat);
	struct timespec from, to;
	int err;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	err = bpf_prog_test_run_opts(prog_fd, &run);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
	if (err)
		return -errno;
	*ret_ns = ((to.tv_sec - from.tv_sec) * 1e9 + to.tv_nsec - from.tv_nsec) / repeat;
	return 0;
}

static int update(const struct bpf_map *map, const void *key, const void *value)
{
	return bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY) ? -errno : 0;
}

/*
 * The entries that the references add to: a hash grows at the first packet of a
 * flow, which is not what is measured. Which cgroup a test run belongs to, our
 * own books tell.
 */
static int fill_hashes(const struct loaded *l)
{
	struct {
		__u64 netns;
		__u32 ifindex;
		__u32 kind;
	} flow = { .netns = 1, .ifindex = LO_IFINDEX };
	int cpus = libbpf_num_possible_cpus(), err;
	uint8_t frame[SEK_FRAME_LEN];
	void *zeroes;
	double ns;
	__u64 id;

	if (cpus < 0)
		return cpus;
	sek_frame_build(SEK_FRAME_IPV4_UDP, false, 1, frame);
	err = sek_hooks_run(l->fd[CGROUP_INGRESS], frame, 1, &ns);
	if (err)
		return err;
	if (bpf_map_get_next_key(bpf_map__fd(l->datapath->maps.sek_cgroup_ids), NULL, &id))
		return -errno;
	zeroes = calloc(cpus, bpf_map__value_size(l->reference->maps.hash16));
	if (!zeroes)
		return -ENOMEM;
	err = update(l->reference->maps.hash16, &flow, zeroes);
	if (!err)
		err = update(l->reference->maps.hash8, &id, zeroes);
	free(zeroes);
	return err;
}

static void unload(struct loaded *l)
{
	reference_bpf__destroy(l->reference);
	datapath_bpf__destroy(l->datapath);
}

static int load(struct loaded *l)
{
	struct sek_netns netns;
	int err;

	*l = (struct loaded){};
	err = sek_datapath_open(&l->datapath);
	if (err)
		return err;
	l->reference = reference_bpf__open_and_load();
	if (!l->reference)
		return -errno;
	for (int i = 0; i < SUBJECT_NR; i++) {
		const char *name = subjects[i].prog;
		struct bpf_program *prog;

		prog = bpf_object__find_program_by_name(l->datapath->obj, name);
		if (!prog)
			prog = bpf_object__find_program_by_name(l->reference->obj, name);
		l->fd[i] = bpf_program__fd(prog);
		if (l->fd[i] < 0)
			return -ENOENT;
	}
	err = sek_netns_self(&netns);
	if (err)
		return err;
	err = sek_datapath_add_link(l->datapath, netns.cookie, LO_IFINDEX, LO_SLOT);
	sek_netns_release(&netns);
	return err ?: fill_hashes(l);
}

/* Rounds of all programs in turn; keeps the fastest of each. */
static int take_turns(const struct loaded *l, struct times *t)
{
	uint8_t frames[SEK_FRAME_NR][SEK_FRAME_LEN];
	double ns;
	int err;

	for (int f = 0; f < SEK_FRAME_NR; f++)
		sek_frame_build(f, false, 1024, frames[f]);
	for (int round = 0; round < ROUNDS; round++) {
		for (int s = 0; s < SUBJECT_NR; s++) {
			if (is_xdp(s) && round >= ROUNDS_XDP)
				continue;
			for (int f = 0; f < SEK_FRAME_NR; f++) {
				err = sek_hooks_run(l->fd[s], frames[f],
						    is_xdp(s) ? REPEAT_XDP : REPEAT, &ns);
				if (err)
					return err;
				if (!round || ns < t->ns[s][f])
					t->ns[s][f] = ns;
			}
		}
	}
	return 0;
}

/* A program that met an unknown interface, or found no entry, took another way. */
static int check(const struct loaded *l)
{
	int cpus = libbpf_num_possible_cpus();
	struct sek_stats *stats;
	__u32 zero = 0;
	int err = 0;

	if (cpus < 0)
		return cpus;
	/* Before Linux 6.2 a filter gives a tc program its slot; here is none. */
	if (!l->datapath->rodata->sek_config.kern_ctx)
		return 0;
	stats = calloc(cpus, sizeof(*stats));
	if (!stats)
		return -ENOMEM;
	if (bpf_map_lookup_elem(bpf_map__fd(l->datapath->maps.sek_stats), &zero, stats))
		err = -errno;
	for (int i = 0; i < cpus && !err; i++) {
		if (stats[i].no_link || stats[i].no_cgroup || stats[i].no_socket)
			err = -EPROTO;
	}
	free(stats);
	return err;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void take_middle(struct times loads[LOADS], struct times *ret)
{
	double ns[LOADS];

	for (int s = 0; s < SUBJECT_NR; s++) {
		for (int f = 0; f < SEK_FRAME_NR; f++) {
			for (int i = 0; i < LOADS; i++)
				ns[i] = loads[i].ns[s][f];
			qsort(ns, LOADS, sizeof(*ns), compare);
			ret->ns[s][f] = ns[LOADS / 2];
		}
	}
}

static void print(const struct times *t)
{
	printf("%-34s", "NS A PACKET, LOOP INCLUDED");
	for (int f = 0; f < SEK_FRAME_NR; f++)
		printf("%10s", sek_frame_names[f]);
	printf("\n");
	for (int s = 0; s < SUBJECT_NR; s++) {
		printf("%-34s", subjects[s].what);
		for (int f = 0; f < SEK_FRAME_NR; f++)
			printf("%10.2f", t->ns[s][f]);
		printf("\n");
	}
	printf("\n");
}

static void add_goal(struct sek_result *r, const struct times *t, const struct goal *goal)
{
	enum subject worst_ours = goal->ours[0];
	double value, worst = 0;
	int worst_frame = 0;

	for (int i = 0; i < 2; i++) {
		for (int f = 0; f < SEK_FRAME_NR; f++) {
			double base = t->ns[goal->base][f];

			value = (t->ns[goal->ours[i]][f] - base) / (t->ns[goal->against][f] - base);
			if (value > worst) {
				worst = value;
				worst_ours = goal->ours[i];
				worst_frame = f;
			}
		}
	}
	sek_result_add(
		r, goal->name, worst, goal->goal, "x", "%s, %s: %+.1f ns",
		subjects[worst_ours].prog, sek_frame_names[worst_frame],
		t->ns[worst_ours][worst_frame] -
			t->ns[goal->base == NOTHING ? goal->against : goal->base][worst_frame]);
}

static int measure(struct times *ret)
{
	struct times loads[LOADS] = {};
	struct loaded l;
	int err = 0;

	for (int i = 0; i < LOADS && !err; i++) {
		err = load(&l);
		if (!err)
			err = take_turns(&l, &loads[i]);
		if (!err)
			err = check(&l);
		if (!err && i == LOADS - 1)
			err = sek_rivals_measure(l.fd[EMPTY_TC], l.fd[TC_INGRESS], l.fd[ATOMIC_TC]);
		unload(&l);
	}
	take_middle(loads, ret);
	return err;
}

int sek_hooks_measure(struct sek_result *r)
{
	struct times t = {};
	int err = measure(&t);

	if (err) {
		sek_error("run the programs: %s%s%s", strerror(-err),
			  *sek_bpflog_first() ? ": " : "", sek_bpflog_first());
		return err;
	}
	print(&t);
	for (size_t i = 0; i < sizeof(goals) / sizeof(*goals); i++)
		add_goal(r, &t, &goals[i]);
	return 0;
}
