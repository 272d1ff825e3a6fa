// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "ipfix.h"
#include "lib/cleanup.h"
#include "lib/counters.h"
#include "lib/maps.h"
#include "lib/serve/ledger.h"
#include "lib/serve/tally.h"
#include "log.h"
#include "metrics.h"
#include "status.h"

/* Behind those of enum sek_metrics_format. */
enum { FORMAT_JSON = SEK_METRICS_NR, FORMAT_NR };

static const char *const formats[FORMAT_NR] = {
	[SEK_METRICS_PROMETHEUS] = "prometheus",
	[SEK_METRICS_OPENMETRICS] = "openmetrics",
	[SEK_METRICS_INFLUX] = "influx",
	[SEK_METRICS_CSV] = "csv",
	[FORMAT_JSON] = "json",
};

struct conf {
	bool once;
	unsigned int format;
	uint64_t scopes;
	uint64_t by;
	const char *output;
	const char *ledger;
	const char *ipfix;
	uint32_t interval;
	bool help;
};

/* What is exported unless told otherwise. */
#define SCOPES (1U << SEK_SCOPE_LINK | 1U << SEK_SCOPE_CGROUP | 1U << SEK_SCOPE_TUNNEL)

static const struct sek_opt rows[] = {
	SEK_OPT_FLAG(struct conf, once, .name = "once", .letter = '1',
		     .help = "write the counters once and end; 'sekisho serve' goes on"),
	SEK_OPT_ENUM(struct conf, format, .name = "format", .letter = 'f', .metavar = "FORMAT",
		     .names = formats, .names_n = FORMAT_NR, .fallback = "prometheus",
		     .help = "in which format"),
	SEK_OPT_SET(struct conf, scopes, .name = "scope", .letter = 's', .metavar = "SCOPE",
		    .names = sek_scope_names, .names_n = SEK_SCOPE_EXPORTED_NR,
		    .help = "counters of what; else link, cgroup and tunnel, with --ipfix link "
			    "and cgroup"),
	SEK_OPT_SET(struct conf, by, .name = "by", .letter = 'b', .metavar = "LABEL",
		    .names = sek_dim_names, .names_n = SEK_DIM_NR,
		    .help = "only these labels, and the sum over all others; a link's namespace, "
			    "name and hook always remain"),
	SEK_OPT_STRING(struct conf, output, .name = "output", .letter = 'o', .metavar = "FILE",
		       .help = "write there, replacing the file at once when all is written"),
	SEK_OPT_STRING(struct conf, ledger, .name = "ledger", .letter = 'l', .metavar = "FILE",
		       .help = "add what was counted before the last boot, as 'sekisho serve "
			       "--ledger' keeps it"),
	SEK_OPT_STRING(struct conf, ipfix, .name = "ipfix", .metavar = "HOST:PORT",
		       .help = "send what is counted to a collector of flow records, over UDP, "
			       "until interrupted"),
	SEK_OPT_U32(struct conf, interval, .name = "interval", .letter = 'i', .metavar = "SECONDS",
		    .min = 1, .max = 86400, .fallback = "60",
		    .help = "with --ipfix: how often; with --once all that was counted so far is "
			    "sent"),
	SEK_OPT_HELP(struct conf, help),
};

static const struct sek_opts opts = {
	.usage = "sekisho export",
	.summary = "Write the counters for a monitoring system: for cron, for the textfile "
		   "collector of node_exporter, for a script.",
	.rows = rows,
	.n = sizeof(rows) / sizeof(*rows),
};

/* What IPFIX has no records for is refused: nobody would miss it in time. */
static int check_ipfix(const struct conf *conf)
{
	const char *option = conf->by	    ? "--by"
			     : conf->output ? "--output"
			     : conf->ledger ? "--ledger"
					    : NULL;
	uint64_t other = conf->scopes & ~SEK_IPFIX_SCOPES;

	if (other)
		sek_error("--scope %s: --ipfix sends link and cgroup alone",
			  sek_scope_names[__builtin_ctzll(other)]);
	else if (option)
		sek_error("%s is not for --ipfix", option);
	else
		return SEK_EXIT_DONE;
	return SEK_EXIT_USAGE;
}

static int write_text(const struct sek_exporter *e, const struct conf *conf, FILE *to, bool pretty)
{
	struct sek_buffer b = {};
	int err;

	if (conf->format == FORMAT_JSON)
		return sek_exporter_json(e, to, pretty);
	err = sek_exporter_write(e, conf->format, &b);
	sek_metrics_end(&b, conf->format);
	err = err ?: b.error;
	errno = 0;
	if (!err && (fwrite(b.text, 1, b.n, to) != b.n || fflush(to)))
		err = errno ? -errno : -EIO;
	sek_buffer_free(&b);
	return err;
}

/* Who reads the file sees the old one or the new one, whole. */
static int write_file(const struct sek_exporter *e, const struct conf *conf, bool pretty)
{
	char *name SEK_CLEANUP(sek_freep) = NULL;
	FILE *to SEK_CLEANUP(sek_fclosep) = NULL;
	int fd, err;

	/* Not "FILE.prom.X": a collector takes all that ends in ".prom". */
	if (asprintf(&name, "%s.XXXXXX", conf->output) < 0) {
		name = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	to = fdopen(fd, "w");
	if (!to) {
		err = -errno;
		close(fd);
	} else {
		err = fchmod(fd, 0644) ? -errno : write_text(e, conf, to, pretty);
	}
	if (!err && rename(name, conf->output))
		err = -errno;
	if (err)
		unlink(name);
	return err;
}

static int open_ledger(const char *file, struct sek_ledger **ret)
{
	char note[512] = "";
	int err = file ? sek_ledger_open(file, ret, note, sizeof(note)) : 0;

	if (err)
		sek_error("read the ledger %s: %s", file, strerror(-err));
	else if (note[0])
		sek_error("%s", note);
	return note[0] ? -EINVAL : err;
}

static int export(const struct conf *conf, const struct sek_globals *g)
{
	struct sek_exporter *e __attribute__((cleanup(sek_exporter_freep))) = NULL;
	struct sek_ledger *ledger __attribute__((cleanup(sek_ledger_freep))) = NULL;
	struct sek_maps maps;
	int err = sek_maps_open(&maps);

	if (err)
		return sek_status_open_failed(err);
	if (open_ledger(conf->ledger, &ledger)) {
		sek_maps_close(&maps);
		return SEK_EXIT_FAILED;
	}
	err = sek_exporter_new(conf->scopes ?: SCOPES, conf->by, &e);
	if (!err) {
		sek_exporter_set_ledger(e, ledger);
		err = sek_exporter_read(e, &maps);
	}
	sek_maps_close(&maps);
	if (err) {
		sek_error("read the counters: %s", strerror(-err));
		return SEK_EXIT_FAILED;
	}
	if (!conf->output)
		return sek_cmd_written(write_text(e, conf, stdout, g->pretty));
	err = write_file(e, conf, g->pretty);
	if (err)
		sek_error("write %s: %s", conf->output, strerror(-err));
	return err ? SEK_EXIT_FAILED : SEK_EXIT_DONE;
}

int sek_cmd_export(int argc, char **argv, const struct sek_globals *g)
{
	struct conf conf = {};
	int status;

	if (sek_cmd_parse(&opts, argc, argv, &conf, &conf.help, &status)) {
		if (g->json)
			conf.format = FORMAT_JSON;
		if (!conf.ipfix)
			status = export(&conf, g);
		else
			status = check_ipfix(&conf)
					 ?: sek_export_ipfix(conf.ipfix,
							     conf.scopes ?: SEK_IPFIX_SCOPES,
							     conf.once ? 0 : conf.interval);
	}
	sek_opts_free(&opts, &conf);
	return status;
}
