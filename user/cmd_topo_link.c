// SPDX-License-Identifier: GPL-2.0-only
/* sekisho topo cut, heal, set: what happens to a link while it is up. */
#include "cmd_topo.h"

#include <errno.h>
#include <string.h>

#include "lib/topo/run.h"
#include "lib/topo/unit.h"
#include "log.h"

struct conf {
	struct sek_opts_list words;
	bool silent;
	bool wait;
	uint32_t timeout;
	const char *delay;
	const char *jitter;
	const char *loss;
	const char *rate;
	uint32_t mtu;
	bool help;
};

#define LINK_ARGS                                                                            \
	SEK_OPT_HELP(struct conf, help),                                                     \
		SEK_OPT_ARGS(struct conf, words, .metavar = "NAME LINK", .min = 2, .max = 2, \
			     .help = "topology, and one of its links: vm1-vm2")

#define WAIT_ROWS                                                                           \
	SEK_OPT_FLAG(struct conf, wait, .name = "wait", .letter = 'w',                      \
		     .help = "return when the routing has converged"),                      \
		SEK_OPT_U32(struct conf, timeout, .name = "timeout", .letter = 't',         \
			    .metavar = "SECONDS", .min = 1, .max = 86400, .fallback = "60", \
			    .help = "wait no longer than so, and fail")

static const struct sek_opt cut_rows[] = {
	SEK_OPT_FLAG(struct conf, silent, .name = "silent", .letter = 's',
		     .help = "swallow its packets, but leave both ends up"),
	WAIT_ROWS,
	LINK_ARGS,
};

static const struct sek_opts cut_opts = {
	.usage = "sekisho topo cut",
	.summary = "Cut a link: both ends go down, as if a cable were pulled, and keep their "
		   "addresses.",
	.rows = cut_rows,
	.n = sizeof(cut_rows) / sizeof(*cut_rows),
};

static const struct sek_opt heal_rows[] = { WAIT_ROWS, LINK_ARGS };

static const struct sek_opts heal_opts = {
	.usage = "sekisho topo heal",
	.summary = "Undo a cut.",
	.rows = heal_rows,
	.n = sizeof(heal_rows) / sizeof(*heal_rows),
};

static const struct sek_opt set_rows[] = {
	SEK_OPT_STRING(struct conf, delay, .name = "delay", .letter = 'd', .metavar = "TIME",
		       .help = "of each packet, one way: 10ms, 500us; 0ms for none"),
	SEK_OPT_STRING(struct conf, jitter, .name = "jitter", .metavar = "TIME",
		       .help = "how much more or less than that it may be"),
	SEK_OPT_STRING(struct conf, loss, .name = "loss", .letter = 'l', .metavar = "PERCENT",
		       .help = "packets that are lost: 1%, 0.5%; 0% for none"),
	SEK_OPT_STRING(struct conf, rate, .name = "rate", .metavar = "RATE",
		       .help = "bits a second: 100mbit, 2gbit; none for no limit"),
	SEK_OPT_U32(struct conf, mtu, .name = "mtu", .letter = 'm', .metavar = "BYTES", .min = 68,
		    .max = 65535, .help = "longest IP packet"),
	LINK_ARGS,
};

static const struct sek_opts set_opts = {
	.usage = "sekisho topo set",
	.summary = "Change how a link behaves, in both directions; what is not named stays.",
	.rows = set_rows,
	.n = sizeof(set_rows) / sizeof(*set_rows),
};

static int said(int err, struct sek_report *report)
{
	int status = err ? sek_topo_failed(report) : SEK_EXIT_DONE;

	sek_report_free(report);
	return status;
}

static int cut(const struct conf *conf, enum sek_run_cut how)
{
	char **words = conf->words.words;
	struct sek_report report = {};
	int err = sek_run_cut(words[0], words[1], how, &report);

	if (!err && conf->wait)
		err = sek_run_wait(words[0], conf->timeout, &report);
	return said(err, &report);
}

int sek_cmd_topo_cut(int argc, char **argv, const struct sek_globals *g)
{
	struct conf conf = {};
	int status;

	(void)g;
	if (sek_cmd_parse(&cut_opts, argc, argv, &conf, &conf.help, &status))
		status = cut(&conf, conf.silent ? SEK_RUN_SILENT : SEK_RUN_CARRIER);
	sek_opts_free(&cut_opts, &conf);
	return status;
}

int sek_cmd_topo_heal(int argc, char **argv, const struct sek_globals *g)
{
	struct conf conf = {};
	int status;

	(void)g;
	if (sek_cmd_parse(&heal_opts, argc, argv, &conf, &conf.help, &status))
		status = cut(&conf, SEK_RUN_HEAL);
	sek_opts_free(&heal_opts, &conf);
	return status;
}

/* One quantity with its unit; what is not given is not set. */
static int take(const char *text, enum sek_unit unit, bool *set, __u64 *value)
{
	*set = text;
	if (!text || (unit == SEK_UNIT_RATE && !strcmp(text, "none")) ||
	    !sek_unit_parse(unit, text, value))
		return 0;
	sek_error("'%s' is not %s (see 'sekisho topo set --help')", text, sek_unit_expected(unit));
	return -EINVAL;
}

static int set(const struct conf *conf)
{
	struct sek_run_set s = { .mtu = conf->mtu, .set_mtu = conf->mtu };
	struct sek_report report = {};
	__u64 loss = 0;

	if (take(conf->delay, SEK_UNIT_DELAY, &s.delay, &s.impair.delay_us) ||
	    take(conf->jitter, SEK_UNIT_DELAY, &s.jitter, &s.impair.jitter_us) ||
	    take(conf->loss, SEK_UNIT_LOSS, &s.loss, &loss) ||
	    take(conf->rate, SEK_UNIT_RATE, &s.rate, &s.impair.rate_bps))
		return SEK_EXIT_USAGE;
	s.impair.loss_ppm = loss;
	if (!s.delay && !s.jitter && !s.loss && !s.rate && !s.set_mtu) {
		sek_error("nothing to set: name --delay, --jitter, --loss, --rate or --mtu");
		return SEK_EXIT_USAGE;
	}
	return said(sek_run_set(conf->words.words[0], conf->words.words[1], &s, &report), &report);
}

int sek_cmd_topo_set(int argc, char **argv, const struct sek_globals *g)
{
	struct conf conf = {};
	int status;

	(void)g;
	if (sek_cmd_parse(&set_opts, argc, argv, &conf, &conf.help, &status))
		status = set(&conf);
	sek_opts_free(&set_opts, &conf);
	return status;
}
