// SPDX-License-Identifier: GPL-2.0-only
/* sekisho classify: what the packets of a capture file are. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "lib/bpflog.h"
#include "lib/capture.h"
#include "lib/cleanup.h"
#include "lib/names.h"
#include "lib/testrun.h"
#include "log.h"

/* Progress is for those who wait: not before the first of these seconds. */
#define PROGRESS_SECONDS 1
/* How many packets pass between two looks at the clock. */
#define PROGRESS_PACKETS 4096

struct conf {
	struct sek_opts_list files;
	bool per_packet;
	bool help;
};

static const struct sek_opt rows[] = {
	SEK_OPT_FLAG(struct conf, per_packet, .name = "per-packet", .letter = 'P',
		     .help = "print each packet instead of a summary; as JSON one object a line"),
	SEK_OPT_HELP(struct conf, help),
	SEK_OPT_ARGS(struct conf, files, .metavar = "FILE", .min = 1, .max = 1,
		     .help = "pcap or pcapng file; - is standard input"),
};

static const struct sek_opts opts = {
	.usage = "sekisho classify",
	.summary = "Run the programs that count packets over a capture file, and tell what its "
		   "packets are. Lengths are those on the wire, also of packets cut short.",
	.rows = rows,
	.n = sizeof(rows) / sizeof(*rows),
};

/* What goes through all of a run; totals are by sek_cell_index(). */
struct run {
	const char *path;
	const struct sek_globals *g;
	struct sek_capture *capture;
	struct sek_testrun *testrun;
	struct sek_out *out;
	struct sek_cell cells[SEK_CELL_NR];
	struct sek_cell total;
	bool progress;
	time_t said; /* when progress was last told */
};

enum { N, P_FAMILY, P_CLASS, P_CERTAINTY, ICMP_TYPE, ICMP_CODE, ICMP_NAME, P_BYTES };

static const struct sek_out_column packet_columns[] = {
	[N] = { .key = "n", .title = "N", .type = SEK_OUT_U64, .width = 7 },
	[P_FAMILY] = { .key = "family", .title = "FAMILY", .width = 6 },
	[P_CLASS] = { .key = "class", .title = "CLASS", .width = 20 },
	[P_CERTAINTY] = { .key = "certainty", .title = "CERTAINTY", .width = 9 },
	[ICMP_TYPE] = { .key = "type", .title = "TYPE", .type = SEK_OUT_U64, .width = 4 },
	[ICMP_CODE] = { .key = "code", .title = "CODE", .type = SEK_OUT_U64, .width = 4 },
	[ICMP_NAME] = { .key = "type_name", .title = "MEANING", .width = 20 },
	[P_BYTES] = { .key = "bytes", .title = "BYTES", .type = SEK_OUT_BYTES, .width = 8 },
};

enum { FAMILY, CLASS, CERTAINTY, PACKETS, BYTES, SHARE };

static const struct sek_out_column summary_columns[] = {
	[FAMILY] = { .key = "family", .title = "FAMILY" },
	[CLASS] = { .key = "class", .title = "CLASS" },
	[CERTAINTY] = { .key = "certainty", .title = "CERTAINTY" },
	[PACKETS] = { .key = "packets", .title = "PACKETS", .type = SEK_OUT_U64 },
	[BYTES] = { .key = "bytes", .title = "BYTES", .type = SEK_OUT_BYTES },
	[SHARE] = { .key = "share", .title = "SHARE" },
};

static bool is_wireguard(unsigned int class)
{
	return class < SEK_CLASS_WIREGUARD_NR;
}

static void say_progress(struct run *run, uint64_t n)
{
	struct timespec now;

	if (!run->progress || n % PROGRESS_PACKETS)
		return;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (now.tv_sec - run->said < PROGRESS_SECONDS)
		return;
	run->said = now.tv_sec;
	fprintf(stderr, "\r%" PRIu64 " packets ", n);
}

static void begin_progress(struct run *run, bool per_packet)
{
	struct timespec now;

	/* Packets that scroll by are progress enough. */
	run->progress = isatty(STDERR_FILENO) && !run->g->quiet &&
			!(per_packet && isatty(STDOUT_FILENO));
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	run->said = now.tv_sec;
}

static void end_progress(const struct run *run)
{
	if (run->progress)
		fprintf(stderr, "\r\033[K");
}

static int print_packet(struct run *run, const struct sek_capture_record *r,
			const struct sek_testrun_verdict *v)
{
	sek_out_set_u64(run->out, N, r->n);
	sek_out_set_string(run->out, P_FAMILY, sek_family_name(v->family));
	sek_out_set_string(run->out, P_CLASS, sek_class_name(v->class));
	if (is_wireguard(v->class))
		sek_out_set_string(run->out, P_CERTAINTY, sek_certainty_name(v->certainty));
	if (v->has_icmp) {
		sek_out_set_u64(run->out, ICMP_TYPE, v->icmp_type);
		sek_out_set_u64(run->out, ICMP_CODE, v->icmp_code);
		sek_out_set_string(run->out, ICMP_NAME,
				   sek_icmp_type_name(v->family, v->icmp_type, v->icmp_code));
	}
	sek_out_set_u64(run->out, P_BYTES, r->orig_len);
	return sek_out_row(run->out);
}

static void add(struct sek_cell *cell, uint32_t bytes)
{
	cell->skbs++;
	cell->skb_bytes += bytes;
}

static int count_packet(struct run *run, const struct sek_capture_record *r,
			const struct sek_testrun_verdict *v)
{
	add(&run->cells[sek_cell_index(v->family, v->class, v->certainty)], r->orig_len);
	add(&run->total, r->orig_len);
	return 0;
}

static void say_link_type(const struct run *run, const struct sek_capture_record *r)
{
	const char *name = sek_capture_link_name(r->link_type);

	sek_error("%s: packet %" PRIu64 " has link type %u (%s), which is not supported; "
		  "Ethernet, raw IP, null, loop and Linux cooked (1 and 2) are",
		  run->path, r->n, r->link_type, name ? name : "unknown");
}

static int judge(struct run *run, const struct sek_capture_record *r,
		 struct sek_testrun_verdict *ret)
{
	struct sek_capture_l2 l2;
	int err = sek_capture_l2(r, &l2);

	if (err == -EPROTONOSUPPORT) {
		end_progress(run);
		say_link_type(run, r);
		return err;
	}
	/* A record shorter than its link header is malformed, and counts. */
	err = sek_testrun_packet(run->testrun, r, err ? NULL : &l2, ret);
	if (err) {
		end_progress(run);
		sek_error("%s: run the program over packet %" PRIu64 ": %s", run->path, r->n,
			  strerror(-err));
	}
	return err;
}

/*
 * Each packet to @use, until the file ends or something fails, which is said.
 * Return: SEK_EXIT_DONE; SEK_EXIT_FAILED at the end of a file that is damaged,
 * of which the whole records were used; -errno
 */
static int walk(struct run *run, int (*use)(struct run *run, const struct sek_capture_record *r,
					    const struct sek_testrun_verdict *v))
{
	struct sek_capture_record r;
	int ret;

	while ((ret = sek_capture_next(run->capture, &r)) > 0) {
		struct sek_testrun_verdict v;
		int err = judge(run, &r, &v);

		if (!err)
			err = use(run, &r, &v);
		if (err)
			return err;
		say_progress(run, r.n);
	}
	return ret ? SEK_EXIT_FAILED : SEK_EXIT_DONE;
}

static int print_packets(struct run *run)
{
	int ret, err;

	sek_out_begin_stream(run->out, packet_columns,
			     sizeof(packet_columns) / sizeof(*packet_columns));
	ret = walk(run, print_packet);
	err = sek_out_end(run->out);
	end_progress(run);
	if (err)
		return sek_cmd_written(err);
	return ret < 0 ? SEK_EXIT_FAILED : ret;
}

static void set_share(const struct run *run, const struct sek_cell *cell)
{
	char share[16];

	/* JSON has the numbers to compute it from. */
	if (run->g->json)
		return;
	snprintf(share, sizeof(share), "%.1f%%", 100.0 * cell->skbs / run->total.skbs);
	sek_out_set_string(run->out, SHARE, share);
}

static void print_cell(struct run *run, unsigned int family, unsigned int class,
		       unsigned int certainty)
{
	const struct sek_cell *cell = &run->cells[sek_cell_index(family, class, certainty)];

	if (!cell->skbs)
		return;
	sek_out_set_string(run->out, FAMILY, sek_family_name(family));
	sek_out_set_string(run->out, CLASS, sek_class_name(class));
	if (is_wireguard(class))
		sek_out_set_string(run->out, CERTAINTY, sek_certainty_name(certainty));
	sek_out_set_u64(run->out, PACKETS, cell->skbs);
	sek_out_set_u64(run->out, BYTES, cell->skb_bytes);
	set_share(run, cell);
	sek_out_row(run->out);
}

static void print_total(struct run *run)
{
	sek_out_set_string(run->out, FAMILY, "total");
	sek_out_set_u64(run->out, PACKETS, run->total.skbs);
	sek_out_set_u64(run->out, BYTES, run->total.skb_bytes);
	sek_out_row(run->out);
}

static void print_family(struct run *run, unsigned int family)
{
	unsigned int class = family == SEK_FAMILY_NONE ? SEK_CLASS_MALFORMED : 0;
	unsigned int end = family == SEK_FAMILY_NONE ? SEK_CLASS_NR : SEK_CLASS_IP_NR;

	for (; class < end; class ++) {
		unsigned int certainties = is_wireguard(class) ? SEK_CERTAINTY_NR : 1;

		for (unsigned int i = 0; i < certainties; i++)
			print_cell(run, family, class, i);
	}
}

static int print_summary(struct run *run)
{
	int ret = walk(run, count_packet), status;

	end_progress(run);
	if (ret < 0)
		return SEK_EXIT_FAILED;
	sek_out_begin(run->out, summary_columns,
		      sizeof(summary_columns) / sizeof(*summary_columns));
	for (unsigned int family = 0; family < SEK_FAMILY_NR; family++)
		print_family(run, family);
	if (!run->g->json)
		print_total(run);
	status = sek_cmd_written(sek_out_end(run->out));
	return status == SEK_EXIT_DONE ? ret : status;
}

static int open_testrun(struct run *run)
{
	int err = sek_testrun_open(&run->testrun);
	const char *reason = sek_bpflog_first();

	if (!err)
		return 0;
	if (err == -EPERM || err == -EACCES)
		sek_error("load the program: %s%s", strerror(-err),
			  geteuid() ? "; this needs root" : "");
	else
		sek_error("load the program: %s%s%s%s", strerror(-err), *reason ? " (" : "", reason,
			  *reason ? ")" : "");
	if (*sek_bpflog_text())
		sek_debug("%s", sek_bpflog_text());
	return err;
}

static int classify(const struct conf *conf, const struct sek_globals *g)
{
	SEK_CLEANUP(sek_capture_closep) struct sek_capture *capture = NULL;
	SEK_CLEANUP(sek_testrun_closep) struct sek_testrun *testrun = NULL;
	SEK_CLEANUP(sek_out_freep) struct sek_out *out = NULL;
	struct run run = { .path = conf->files.words[0], .g = g };
	char error[SEK_CAPTURE_ERROR_SIZE];
	int status;

	/* The file first: what is wrong with it can be said without privileges. */
	if (sek_capture_open(run.path, &capture, error, sizeof(error))) {
		sek_error("%s: %s", run.path, error);
		return SEK_EXIT_FAILED;
	}
	run.capture = capture;
	if (open_testrun(&run))
		return SEK_EXIT_FAILED;
	testrun = run.testrun;
	out = sek_cmd_out(g);
	if (!out)
		return SEK_EXIT_FAILED;
	run.out = out;

	begin_progress(&run, conf->per_packet);
	status = conf->per_packet ? print_packets(&run) : print_summary(&run);
	if (*sek_capture_error(capture))
		sek_error("%s: %s", run.path, sek_capture_error(capture));
	return status;
}

int sek_cmd_classify(int argc, char **argv, const struct sek_globals *g)
{
	struct conf conf = {};
	int status;

	if (sek_cmd_parse(&opts, argc, argv, &conf, &conf.help, &status))
		status = classify(&conf, g);
	sek_opts_free(&opts, &conf);
	return status;
}
