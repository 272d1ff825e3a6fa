// SPDX-License-Identifier: GPL-2.0-only
/*
 * A router, with nothing, with both tc programs on both its interfaces, and
 * with conntrack. Frames come from BPF_PROG_TEST_RUN in its live mode, as if the
 * driver of the router's first interface had received them: no sender takes
 * part in the time. The sink drops them at its tc hook.
 *
 * The time is from the first frame of one batch to that of a later one, as the
 * program that fills in the frames sees it: what comes before and after a run
 * waits for RCU.
 *
 * Where the kernel leaves a queue of packets to ksoftirqd, that never runs next
 * to our own priority, and packets are lost: an emulated CPU is too slow.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "area.h"
#include "bench/traffic.skel.h"
#include "datapath.h"
#include "frame.h"
#include "lib/attach.h"
#include "lib/bpflog.h"
#include "lib/rtnl.h"
#include "log.h"
#include "wire.h"

#define ROUNDS 21
/* The kernel shows so many frames to XDP before it passes them on. */
#define BATCH	     64
#define WARM_UP	     (32 * BATCH)
#define PACKETS	     (WARM_UP + 400 * BATCH)
#define PORT	     1024
#define WAIT_SECONDS 5

/* Linux 6.6; the headers of Debian 12 do not have them. */
#define TCX_INGRESS 46
#define TCX_EGRESS  47

enum setting { NONE, EMPTY, OURS, CONNTRACK, SETTING_NR };

static const char *const setting_names[SETTING_NR] = {
	[NONE] = "nothing",
	[EMPTY] = "empty programs at tc",
	[OURS] = "sekisho at tc",
	[CONNTRACK] = "nftables ct state",
};

enum slot {
	SLOT_IN = 1,
	SLOT_OUT,
};

/* All that takes part; the current namespace is the router's. */
struct forward {
	struct sek_wire wire;
	struct datapath_bpf *ours;
	struct traffic_bpf *traffic;
	bool tcx;
	int links[5];
	size_t links_n;
	uint16_t probe_port;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static uint64_t count_arrived(const struct forward *f)
{
	return __atomic_load_n(&f->traffic->bss->arrived, __ATOMIC_RELAXED);
}

/* Frames for the router, from the sender's side or from the sink's. */
static int inject(struct forward *f, enum sek_frame frame, bool reply, uint16_t port, uint32_t n)
{
	uint8_t data[SEK_FRAME_LEN];
	struct xdp_md ctx = {
		.data_end = sizeof(data),
		.ingress_ifindex = reply ? f->wire.out : f->wire.in,
	};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = data, .data_size_in = sizeof(data),
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = n, .batch_size = BATCH,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	sek_frame_build(frame, reply, port, data);
	memcpy(f->traffic->bss->head, data, sizeof(f->traffic->bss->head));
	f->traffic->bss->sent = 0;
	return bpf_prog_test_run_opts(bpf_program__fd(f->traffic->progs.inject), &run) ? -errno : 0;
}

/* Sends, and waits until all have come. */
static int send_all(struct forward *f, enum sek_frame frame, uint16_t port, uint32_t n)
{
	uint64_t target = count_arrived(f) + n;
	double until = now() + WAIT_SECONDS;
	int err = inject(f, frame, false, port, n);

	while (!err && count_arrived(f) < target) {
		if (now() > until)
			return -ETIMEDOUT;
		usleep(10);
	}
	return err;
}

/* What our programs have counted at one point, of all kinds. */
static int read_books(const struct forward *f, enum slot slot, enum sek_point point, uint64_t *ret)
{
	uint32_t key = slot * SEK_POINT_LINK_NR + point;
	int cpus = libbpf_num_possible_cpus(), err = 0;
	struct sek_counters *counters;

	if (cpus < 0)
		return cpus;
	counters = calloc(cpus, sizeof(*counters));
	if (!counters)
		return -ENOMEM;
	if (bpf_map_lookup_elem(bpf_map__fd(f->ours->maps.sek_link_count), &key, counters))
		err = -errno;
	*ret = 0;
	for (int cpu = 0; cpu < cpus && !err; cpu++) {
		for (int i = 0; i < SEK_CELL_NR; i++)
			*ret += counters[cpu].cell[i].skbs;
	}
	free(counters);
	return err;
}

/* What must move by the number of packets, or not at all. */
struct books {
	uint64_t arrived;
	uint64_t forwarded;
	uint64_t ours_in;
	uint64_t ours_out;
};

static int read_all_books(const struct forward *f, struct books *ret)
{
	int err = sek_wire_forwarded(&ret->forwarded);

	ret->arrived = count_arrived(f);
	if (!err)
		err = read_books(f, SLOT_IN, SEK_POINT_TC_INGRESS, &ret->ours_in);
	if (!err)
		err = read_books(f, SLOT_OUT, SEK_POINT_TC_EGRESS_FORWARDED, &ret->ours_out);
	return err;
}

static int check_books(const struct books *from, const struct books *to, enum setting setting)
{
	uint64_t ours = setting == OURS ? PACKETS : 0;

	if (to->arrived - from->arrived == PACKETS && to->forwarded - from->forwarded == PACKETS &&
	    to->ours_in - from->ours_in == ours && to->ours_out - from->ours_out == ours)
		return 0;
	sek_error(
		"of %d packets the router forwarded %llu, counted %llu and %llu, and %llu arrived",
		PACKETS, (unsigned long long)(to->forwarded - from->forwarded),
		(unsigned long long)(to->ours_in - from->ours_in),
		(unsigned long long)(to->ours_out - from->ours_out),
		(unsigned long long)(to->arrived - from->arrived));
	return -EPROTO;
}

/* Time of one packet, if all were counted by everybody who should. */
static int measure_once(struct forward *f, enum sek_frame frame, enum setting setting,
			double *ret_ns)
{
	struct traffic_bpf__bss *traffic = f->traffic->bss;
	struct books from = {}, to = {};
	int err = read_all_books(f, &from);

	traffic->stamp_at[0] = WARM_UP;
	traffic->stamp_at[1] = PACKETS - BATCH;
	if (!err)
		err = send_all(f, frame, PORT, PACKETS);
	if (!err)
		err = read_all_books(f, &to);
	*ret_ns = (double)(traffic->stamp[1] - traffic->stamp[0]) /
		  (traffic->stamp_at[1] - traffic->stamp_at[0]);
	return err ?: check_books(&from, &to, setting);
}

static int attach(struct forward *f, const struct bpf_program *prog, uint32_t ifindex, bool egress,
		  uint16_t slot)
{
	int fd;

	if (!f->tcx)
		return sek_rtnl_bpf_replace(ifindex, egress, 1, 1, bpf_program__fd(prog),
					    bpf_program__name(prog), slot);
	fd = bpf_link_create(bpf_program__fd(prog), ifindex, egress ? TCX_EGRESS : TCX_INGRESS,
			     NULL);
	if (fd < 0)
		return -errno;
	f->links[f->links_n++] = fd;
	return 0;
}

/* At both hooks of both interfaces. */
static int attach_all(struct forward *f, const struct bpf_program *ingress,
		      const struct bpf_program *egress)
{
	int err = 0;

	if (!f->tcx)
		err = sek_rtnl_clsact_add(f->wire.in) ?: sek_rtnl_clsact_add(f->wire.out);
	if (!err)
		err = attach(f, ingress, f->wire.in, false, SLOT_IN);
	if (!err)
		err = attach(f, egress, f->wire.in, true, SLOT_IN);
	if (!err)
		err = attach(f, ingress, f->wire.out, false, SLOT_OUT);
	if (!err)
		err = attach(f, egress, f->wire.out, true, SLOT_OUT);
	return err;
}

/* All but the sink's, which is the first. */
static int detach_all(struct forward *f)
{
	if (!f->tcx)
		return sek_rtnl_clsact_del(f->wire.in) ?: sek_rtnl_clsact_del(f->wire.out);
	while (f->links_n > 1)
		close(f->links[--f->links_n]);
	return 0;
}

static int run_nft(const char *text)
{
	char *argv[] = { "nft", "-f", "-", NULL };

	return sek_wire_feed(argv, text);
}

/*
 * A connection that was seen in both directions, and then a policy that lets
 * nothing else pass: whatever arrives has matched the rule.
 */
static int set_up_conntrack(struct forward *f, enum sek_frame frame)
{
	int err = run_nft("table inet bench {\n"
			  " chain forward {\n"
			  "  type filter hook forward priority 0; policy accept;\n"
			  "  ct state established,related accept\n"
			  " }\n"
			  "}\n");

	/* A driver would have verified the checksums, which these packets lack. */
	if (!err)
		err = sek_wire_sysctl("net/netfilter/nf_conntrack_checksum", "0");
	if (!err)
		err = send_all(f, frame, PORT, 1);
	if (!err)
		err = inject(f, frame, true, PORT, 1);
	return err ?: run_nft("chain inet bench forward { policy drop; }\n");
}

static int count_connections(uint32_t *ret)
{
	FILE *from = fopen("/proc/sys/net/netfilter/nf_conntrack_count", "re");
	int n;

	if (!from)
		return -errno;
	n = fscanf(from, "%u", ret);
	fclose(from);
	return n == 1 ? 0 : -ENODATA;
}

/* The kernel removes the hooks of conntrack some time after the last rule that needs them. */
static int take_off_conntrack(struct forward *f)
{
	double until = now() + WAIT_SECONDS;
	uint32_t before, after;
	int err = run_nft("delete table inet bench\n");

	while (!err) {
		err = count_connections(&before);
		/* A port that was not used before makes a connection, if anybody is looking. */
		if (!err)
			err = send_all(f, SEK_FRAME_IPV4_UDP, ++f->probe_port, 1);
		if (!err)
			err = count_connections(&after);
		if (!err && after <= before)
			return 0;
		if (now() > until)
			return -ETIMEDOUT;
		usleep(1000);
	}
	return err;
}

static int set_up(struct forward *f, enum sek_frame frame, enum setting setting)
{
	switch (setting) {
	case EMPTY:
		return attach_all(f, f->traffic->progs.empty, f->traffic->progs.empty);
	case OURS:
		return attach_all(f, f->ours->progs.sek_tc_ingress, f->ours->progs.sek_tc_egress);
	case CONNTRACK:
		return set_up_conntrack(f, frame);
	default:
		return 0;
	}
}

static int take_off(struct forward *f, enum setting setting)
{
	switch (setting) {
	case EMPTY:
	case OURS:
		return detach_all(f);
	case CONNTRACK:
		return take_off_conntrack(f);
	default:
		return 0;
	}
}

static int measure_setting(struct forward *f, enum sek_frame frame, enum setting setting,
			   double *ret_ns)
{
	int err = set_up(f, frame, setting);

	if (!err)
		err = measure_once(f, frame, setting, ret_ns);
	if (!err)
		err = take_off(f, setting);
	if (err)
		sek_error("forward %s with %s: %s", sek_frame_names[frame], setting_names[setting],
			  strerror(-err));
	return err;
}

static int take_turns(struct forward *f, double ns[SETTING_NR][SEK_FRAME_NR])
{
	double once;
	int err;

	for (int round = 0; round < ROUNDS; round++) {
		for (int frame = 0; frame < SEK_FRAME_NR; frame++) {
			for (int s = 0; s < SETTING_NR; s++) {
				err = measure_setting(f, frame, s, &once);
				if (err)
					return err;
				if (!round || once < ns[s][frame])
					ns[s][frame] = once;
			}
		}
	}
	return 0;
}

static int attach_sink(struct forward *f)
{
	int old, back, err = sek_netns_enter(&f->wire.sink, &old);

	if (err)
		return err;
	if (!f->tcx)
		err = sek_rtnl_clsact_add(f->wire.arrives);
	if (!err)
		err = attach(f, f->traffic->progs.sink, f->wire.arrives, false, 0);
	back = sek_netns_leave(&old);
	return err ?: back;
}

static int open_forward(struct forward *f)
{
	int err = sek_wire_open(&f->wire);

	if (err)
		return err;
	f->tcx = sek_attach_has_tcx();
	err = sek_datapath_open(&f->ours);
	if (err)
		return err;
	f->traffic = traffic_bpf__open();
	if (!f->traffic)
		return -errno;
	f->traffic->rodata->frame_len = SEK_FRAME_LEN;
	err = traffic_bpf__load(f->traffic);
	if (err)
		return err;
	err = sek_datapath_add_link(f->ours, f->wire.router.cookie, f->wire.in, SLOT_IN);
	if (!err)
		err = sek_datapath_add_link(f->ours, f->wire.router.cookie, f->wire.out, SLOT_OUT);
	return err ?: attach_sink(f);
}

static void close_forward(struct forward *f)
{
	while (f->links_n)
		close(f->links[--f->links_n]);
	traffic_bpf__destroy(f->traffic);
	datapath_bpf__destroy(f->ours);
	sek_wire_close(&f->wire);
}

static void print(double ns[SETTING_NR][SEK_FRAME_NR])
{
	printf("%-34s", "NS A FORWARDED PACKET");
	for (int frame = 0; frame < SEK_FRAME_NR; frame++)
		printf("%10s", sek_frame_names[frame]);
	printf("\n");
	for (int s = 0; s < SETTING_NR; s++) {
		printf("%-34s", setting_names[s]);
		for (int frame = 0; frame < SEK_FRAME_NR; frame++)
			printf("%10.1f", ns[s][frame]);
		printf("\n");
	}
	printf("\n");
}

static void add_goals(struct sek_result *r, double ns[SETTING_NR][SEK_FRAME_NR])
{
	double ratio, worst = 0, ratio_ct, worst_ct = 0;
	int frame_worst = 0, frame_ct = 0;

	for (int i = 0; i < SEK_FRAME_NR; i++) {
		ratio = ns[OURS][i] / ns[NONE][i];
		if (ratio > worst) {
			worst = ratio;
			frame_worst = i;
		}
		ratio_ct = (ns[OURS][i] - ns[NONE][i]) / (ns[CONNTRACK][i] - ns[NONE][i]);
		if (ratio_ct > worst_ct) {
			worst_ct = ratio_ct;
			frame_ct = i;
		}
	}
	sek_result_add(r, "datapath.forward", worst, 1.15, "x", "%s: %+.1f ns",
		       sek_frame_names[frame_worst], ns[OURS][frame_worst] - ns[NONE][frame_worst]);
	sek_result_add(r, "datapath.forward_ct", worst_ct, 0.3, "x", "%s: ct state %+.1f ns",
		       sek_frame_names[frame_ct], ns[CONNTRACK][frame_ct] - ns[NONE][frame_ct]);
}

int sek_forward_measure(struct sek_result *r)
{
	struct forward f = { .probe_port = PORT };
	double ns[SETTING_NR][SEK_FRAME_NR] = {};
	int old, back, err = open_forward(&f);

	if (err) {
		sek_error("set up a router: %s%s%s", strerror(-err),
			  *sek_bpflog_first() ? ": " : "", sek_bpflog_first());
	} else {
		err = sek_netns_enter(&f.wire.router, &old);
		if (!err) {
			err = take_turns(&f, ns);
			back = sek_netns_leave(&old);
			err = err ?: back;
		}
	}
	close_forward(&f);
	if (err)
		return err;
	print(ns);
	add_goals(r, ns);
	return 0;
}
