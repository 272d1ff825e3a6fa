// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "lib/maps.h"
#include "log.h"
#include "status.h"
#include "top.h"

enum { NAME, KEY, RX_RATE, TX_RATE, RX_PPS, TX_PPS, RX_BYTES, TX_BYTES, RX_PACKETS, TX_PACKETS };

static const struct sek_out_column columns[] = {
	[NAME] = { .key = "name", .title = "NAME", .type = SEK_OUT_STRING },
	[KEY] = { .key = "id", .type = SEK_OUT_STRING },
	[RX_RATE] = { .key = "rx_bits_per_second", .title = "RX", .type = SEK_OUT_RATE },
	[TX_RATE] = { .key = "tx_bits_per_second", .title = "TX", .type = SEK_OUT_RATE },
	[RX_PPS] = { .key = "rx_packets_per_second", .title = "RX/S", .type = SEK_OUT_U64 },
	[TX_PPS] = { .key = "tx_packets_per_second", .title = "TX/S", .type = SEK_OUT_U64 },
	[RX_BYTES] = { .key = "rx_bytes", .title = "RECEIVED", .type = SEK_OUT_BYTES },
	[TX_BYTES] = { .key = "tx_bytes", .title = "SENT", .type = SEK_OUT_BYTES },
	[RX_PACKETS] = { .key = "rx_packets", .type = SEK_OUT_U64 },
	[TX_PACKETS] = { .key = "tx_packets", .type = SEK_OUT_U64 },
};

struct conf {
	unsigned int view;
	unsigned int sort;
	const char *filter;
	uint32_t interval;
	uint32_t rows;
	bool once;
	bool help;
};

static const struct sek_opt rows[] = {
	SEK_OPT_ENUM(struct conf, view, .name = "by", .letter = 'b', .metavar = "VIEW",
		     .names = sek_top_view_names, .names_n = SEK_TOP_VIEWS, .fallback = "cgroup",
		     .help = "what the lines are"),
	SEK_OPT_ENUM(struct conf, sort, .name = "sort", .letter = 's', .metavar = "ORDER",
		     .names = sek_top_sort_names, .names_n = SEK_TOP_SORTS, .fallback = "rate",
		     .help = "which come first"),
	SEK_OPT_STRING(struct conf, filter, .name = "filter", .letter = 'f', .metavar = "TEXT",
		       .fallback = "", .help = "only names with this in them"),
	SEK_OPT_U32(struct conf, interval, .name = "interval", .letter = 'i', .metavar = "MS",
		    .min = 100, .max = 60000, .fallback = "1000",
		    .help = "milliseconds between two samples"),
	SEK_OPT_U32(struct conf, rows, .name = "rows", .letter = 'n', .metavar = "N", .min = 1,
		    .max = 0xffffffff, .fallback = "4294967295",
		    .help = "with --once: no more lines than these"),
	SEK_OPT_FLAG(struct conf, once, .name = "once", .letter = '1',
		     .help = "print rates over one interval, and end; also if there is no "
			     "terminal, or with -j"),
	SEK_OPT_HELP(struct conf, help),
};

static const struct sek_opts opts = {
	.usage = "sekisho top",
	.summary = "Show live who sends and receives how much: cgroups, links, peers, classes.",
	.rows = rows,
	.n = sizeof(rows) / sizeof(*rows),
};

static int print(const struct sek_top *t, const struct conf *conf, const struct sek_globals *g)
{
	struct sek_out *out __attribute__((cleanup(sek_out_freep))) = sek_cmd_out(g);

	if (!out)
		return SEK_EXIT_FAILED;
	sek_out_begin(out, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < t->shown_n && i < conf->rows; i++) {
		const struct sek_top_row *row = t->rows[i];

		sek_out_set_string(out, NAME, row->name);
		sek_out_set_string(out, KEY, row->key);
		sek_out_set_u64(out, RX_RATE, row->rx.bps);
		sek_out_set_u64(out, TX_RATE, row->tx.bps);
		sek_out_set_u64(out, RX_PPS, row->rx.pps);
		sek_out_set_u64(out, TX_PPS, row->tx.pps);
		sek_out_set_u64(out, RX_BYTES, row->rx.bytes);
		sek_out_set_u64(out, TX_BYTES, row->tx.bytes);
		sek_out_set_u64(out, RX_PACKETS, row->rx.packets);
		sek_out_set_u64(out, TX_PACKETS, row->tx.packets);
		if (sek_out_row(out))
			break;
	}
	return sek_cmd_written(sek_out_end(out));
}

static int once(struct sek_top *t, const struct sek_maps *maps, const struct conf *conf,
		const struct sek_globals *g)
{
	int err = sek_top_sample(t, maps);

	if (!err) {
		poll(NULL, 0, (int)conf->interval);
		err = sek_top_sample(t, maps);
	}
	if (!err)
		return print(t, conf, g);
	sek_error("read the counters: %s", strerror(-err));
	return SEK_EXIT_FAILED;
}

static int top(const struct conf *conf, const struct sek_globals *g)
{
	struct sek_top t = { .view = conf->view, .sort = conf->sort };
	bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	struct sek_maps maps;
	int status = SEK_EXIT_DONE, err;

	if (snprintf(t.filter, sizeof(t.filter), "%s", conf->filter) >= (int)sizeof(t.filter)) {
		sek_error("--filter takes %zu characters at most", sizeof(t.filter) - 1);
		return SEK_EXIT_USAGE;
	}
	/* What is not loaded is said before the screen is taken. */
	err = sek_maps_open(&maps);
	if (err)
		return sek_status_open_failed(err);
	if (conf->once || g->json || !terminal)
		status = once(&t, &maps, conf, g);
	sek_maps_close(&maps);
	if (!conf->once && !g->json && terminal &&
	    sek_top_screen(&t, conf->interval, sek_out_want_color(stdout))) {
		sek_error("the terminal '%s' is not known; set TERM, or use --once",
			  getenv("TERM") ?: "");
		status = SEK_EXIT_FAILED;
	}
	sek_top_clear(&t);
	return status;
}

int sek_cmd_top(int argc, char **argv, const struct sek_globals *g)
{
	struct conf conf = {};
	int status;

	if (sek_cmd_parse(&opts, argc, argv, &conf, &conf.help, &status))
		status = top(&conf, g);
	sek_opts_free(&opts, &conf);
	return status;
}
