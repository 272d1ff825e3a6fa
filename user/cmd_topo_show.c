// SPDX-License-Identifier: GPL-2.0-only
/* sekisho topo show: what a file means, what is up, and what all are called that are. */
#include "cmd_topo.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/topo/place.h"
#include "lib/topo/run.h"
#include "log.h"

struct conf {
	struct sek_opts_list words;
	bool dot;
	bool help;
};

static const struct sek_opt rows[] = {
	SEK_OPT_FLAG(struct conf, dot, .name = "dot", .letter = 'd',
		     .help = "print a graph for Graphviz: | dot -Tsvg"),
	SEK_OPT_HELP(struct conf, help),
	SEK_OPT_ARGS(struct conf, words, .metavar = "FILE|NAME", .max = 1,
		     .help = "a topology file, or - for standard input, or a topology that is up; "
			     "none: list those that are up"),
};

static const struct sek_opts opts = {
	.usage = "sekisho topo show",
	.summary =
		"Show what a topology file means: every node, link, name and address, also those "
		"that it leaves to be chosen. Makes nothing, and needs no privileges.",
	.rows = rows,
	.n = sizeof(rows) / sizeof(*rows),
};

enum { TOPOLOGY, NODES, LINKS };

static const struct sek_out_column columns[] = {
	[TOPOLOGY] = { .key = "topology", .title = "TOPOLOGY", .type = SEK_OUT_STRING },
	[NODES] = { .key = "nodes", .title = "NODES", .type = SEK_OUT_U64 },
	[LINKS] = { .key = "links", .title = "LINKS", .type = SEK_OUT_U64 },
};

struct sek_topo *sek_topo_open(const char *path)
{
	struct sek_topo *t = NULL;
	struct sek_topo_error error;

	if (!sek_topo_read(path, &t, &error))
		return t;
	if (error.line)
		sek_error("%s:%u:%u: %s", error.file, error.line, error.column, error.text);
	else
		sek_error("%s: %s", error.file, error.text);
	return NULL;
}

/* The name of a topology has neither of these. */
bool sek_topo_is_file(const char *word)
{
	return !strcmp(word, "-") || strpbrk(word, "/.") || !access(word, F_OK);
}

/* One that is only half made or half gone has no plan to be counted. */
static int list_one(const char *name, void *data)
{
	SEK_CLEANUP(sek_topo_freep) struct sek_topo *t = NULL;
	struct sek_out *out = data;
	struct sek_report report = {};

	sek_out_set_string(out, TOPOLOGY, name);
	if (!sek_run_get(name, &t, &report)) {
		sek_out_set_u64(out, NODES, t->nodes_n);
		sek_out_set_u64(out, LINKS, t->links_n);
	}
	sek_report_free(&report);
	return sek_out_row(out);
}

static int list(const struct sek_globals *g)
{
	SEK_CLEANUP(sek_out_freep) struct sek_out *out = sek_cmd_out(g);
	int err;

	if (!out)
		return SEK_EXIT_FAILED;
	sek_out_begin(out, columns, sizeof(columns) / sizeof(*columns));
	err = sek_place_list(list_one, out);
	if (err && err != -ENOENT) {
		sek_error("list the topologies in %s: %s", SEK_PLACE_DIR, strerror(-err));
		return SEK_EXIT_FAILED;
	}
	return sek_cmd_written(sek_out_end(out));
}

static int show_file(const char *path, bool dot, const struct sek_globals *g)
{
	SEK_CLEANUP(sek_topo_freep) struct sek_topo *t = sek_topo_open(path);

	return t ? sek_topo_print(t, NULL, dot, g) : SEK_EXIT_FAILED;
}

static int show_name(const char *name, bool dot, const struct sek_globals *g)
{
	SEK_CLEANUP(sek_topo_freep) struct sek_topo *t = NULL;
	struct sek_place place = SEK_PLACE_INIT;
	struct sek_report report = {};
	int status;

	if (sek_run_get(name, &t, &report))
		status = sek_topo_failed(&report);
	else if (sek_place_open(&place, name, false, false))
		status = sek_topo_print(t, NULL, dot, g);
	else
		status = sek_topo_print(t, &place, dot, g);
	sek_place_close(&place);
	sek_report_free(&report);
	return status;
}

int sek_cmd_topo_show(int argc, char **argv, const struct sek_globals *g)
{
	struct conf conf = {};
	int status;

	if (sek_cmd_parse(&opts, argc, argv, &conf, &conf.help, &status)) {
		const char *word = conf.words.n ? conf.words.words[0] : NULL;

		if (!word)
			status = list(g);
		else if (sek_topo_is_file(word))
			status = show_file(word, conf.dot, g);
		else
			status = show_name(word, conf.dot, g);
	}
	sek_opts_free(&opts, &conf);
	return status;
}
