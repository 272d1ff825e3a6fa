// SPDX-License-Identifier: GPL-2.0-only
/* sekisho topo up, down: make a topology, and take it down again. */
#include "cmd_topo.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/bpflog.h"
#include "lib/topo/run.h"
#include "log.h"

struct up_conf {
	struct sek_opts_list file;
	bool wait;
	bool no_count;
	uint32_t timeout;
	bool help;
};

static const struct sek_opt up_rows[] = {
	SEK_OPT_FLAG(struct up_conf, wait, .name = "wait", .letter = 'w',
		     .help = "return when each router has a route to every net it can reach"),
	SEK_OPT_U32(struct up_conf, timeout, .name = "timeout", .letter = 't', .metavar = "SECONDS",
		    .min = 1, .max = 86400, .fallback = "60",
		    .help = "wait no longer than so, and fail"),
	SEK_OPT_FLAG(struct up_conf, no_count, .name = "no-count",
		     .help = "do not count its packets"),
	SEK_OPT_HELP(struct up_conf, help),
	SEK_OPT_ARGS(struct up_conf, file, .metavar = "FILE", .min = 1, .max = 1,
		     .help = "a topology file, or - for standard input"),
};

static const struct sek_opts up_opts = {
	.usage = "sekisho topo up",
	.summary = "Make the nodes and links of a file, start its routing, and count what flows. "
		   "If it is up already, only what the file has changed is changed.",
	.rows = up_rows,
	.n = sizeof(up_rows) / sizeof(*up_rows),
};

enum { TOPOLOGY, NODES, LINKS, CHANGED, MADE_US, CONVERGED_US };

static const struct sek_out_column up_columns[] = {
	[TOPOLOGY] = { .key = "topology", .title = "TOPOLOGY", .type = SEK_OUT_STRING },
	[NODES] = { .key = "nodes", .title = "NODES", .type = SEK_OUT_U64 },
	[LINKS] = { .key = "links", .title = "LINKS", .type = SEK_OUT_U64 },
	[CHANGED] = { .key = "changed", .title = "CHANGED", .type = SEK_OUT_BOOL },
	[MADE_US] = { .key = "made_us", .title = NULL, .type = SEK_OUT_U64 },
	[CONVERGED_US] = { .key = "converged_us", .title = NULL, .type = SEK_OUT_U64 },
};

static int print_json(const struct sek_topo *t, const struct sek_run_up *up,
		      const struct sek_globals *g)
{
	struct sek_out *out __attribute__((cleanup(sek_out_freep))) = sek_cmd_out(g);

	if (!out)
		return SEK_EXIT_FAILED;
	sek_out_begin(out, up_columns, sizeof(up_columns) / sizeof(*up_columns));
	sek_out_set_string(out, TOPOLOGY, t->name);
	sek_out_set_u64(out, NODES, t->nodes_n);
	sek_out_set_u64(out, LINKS, t->links_n);
	sek_out_set_bool(out, CHANGED, up->changed);
	sek_out_set_u64(out, MADE_US, up->made_s * 1e6);
	if (up->converged_s >= 0)
		sek_out_set_u64(out, CONVERGED_US, up->converged_s * 1e6);
	sek_out_row(out);
	return sek_cmd_written(sek_out_end(out));
}

/* A switch is a dull place. */
static const char *first_to_enter(const struct sek_topo *t)
{
	size_t i = 0;

	while (i < t->nodes_n - 1 && t->nodes[i].kind == SEK_TOPO_BRIDGE)
		i++;
	return t->nodes[i].name;
}

static bool has_routing(const struct sek_topo *t)
{
	for (size_t i = 0; i < t->nodes_n; i++) {
		if (t->nodes[i].routing != SEK_TOPO_ROUTING_NONE)
			return true;
	}
	return false;
}

static int print_text(const struct sek_topo *t, const struct sek_run_up *up,
		      const struct sek_globals *g)
{
	printf("%s: %zu node%s and %zu link%s %s %.3f s", t->name, t->nodes_n,
	       t->nodes_n == 1 ? "" : "s", t->links_n, t->links_n == 1 ? "" : "s",
	       up->fresh     ? "made in"
	       : up->changed ? "changed in"
			     : "are up already, seen in",
	       up->made_s);
	if (up->converged_s >= 0 && has_routing(t))
		printf("; routing converged %.3f s after the command", up->converged_s);
	printf(".\n");
	if (!g->quiet && t->nodes_n)
		printf("\nNext: sekisho topo shell %s %s     sekisho show link\n"
		       "      sekisho topo %s %s     sekisho topo down %s\n",
		       t->name, first_to_enter(t), t->tests_n ? "test" : "show", t->name, t->name);
	return SEK_EXIT_DONE;
}

int sek_topo_failed(const struct sek_report *report)
{
	if (*sek_bpflog_text())
		sek_debug("%s", sek_bpflog_text());
	sek_error("%s", report->error);
	return SEK_EXIT_FAILED;
}

static int up(const struct up_conf *conf, const struct sek_globals *g)
{
	struct sek_topo *t __attribute__((cleanup(sek_topo_freep))) = NULL;
	struct sek_run_up how = {
		.count = !conf->no_count,
		.wait_s = conf->wait ? conf->timeout : 0,
	};
	struct sek_report report = {};
	int status;

	t = sek_topo_open(conf->file.words[0]);
	if (!t)
		return SEK_EXIT_FAILED;
	if (sek_run_up(t, &how, &report)) {
		status = sek_topo_failed(&report);
	} else {
		for (size_t i = 0; i < report.notes_n; i++)
			sek_note("%s", report.notes[i]);
		status = g->json ? print_json(t, &how, g) : print_text(t, &how, g);
	}
	sek_report_free(&report);
	return status;
}

int sek_cmd_topo_up(int argc, char **argv, const struct sek_globals *g)
{
	struct up_conf conf = {};
	int status;

	if (sek_cmd_parse(&up_opts, argc, argv, &conf, &conf.help, &status))
		status = up(&conf, g);
	sek_opts_free(&up_opts, &conf);
	return status;
}

struct down_conf {
	struct sek_opts_list names;
	bool help;
};

static const struct sek_opt down_rows[] = {
	SEK_OPT_HELP(struct down_conf, help),
	SEK_OPT_ARGS(struct down_conf, names, .metavar = "NAME...", .min = 1,
		     .help = "topologies that are up; their files are not needed"),
};

static const struct sek_opts down_opts = {
	.usage = "sekisho topo down",
	.summary = "Take topologies down, with all that runs in them.",
	.rows = down_rows,
	.n = sizeof(down_rows) / sizeof(*down_rows),
};

/* What cannot be taken down does not keep the others up. */
static int down(const struct down_conf *conf)
{
	int status = SEK_EXIT_DONE;

	for (size_t i = 0; i < conf->names.n; i++) {
		struct sek_report report = {};

		if (sek_run_down(conf->names.words[i], &report))
			status = sek_topo_failed(&report);
		sek_report_free(&report);
	}
	return status;
}

int sek_cmd_topo_down(int argc, char **argv, const struct sek_globals *g)
{
	struct down_conf conf = {};
	int status;

	(void)g;
	if (sek_cmd_parse(&down_opts, argc, argv, &conf, &conf.help, &status))
		status = down(&conf);
	sek_opts_free(&down_opts, &conf);
	return status;
}
