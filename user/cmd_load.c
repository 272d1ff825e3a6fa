// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/bpflog.h"
#include "lib/load.h"
#include "lib/stop.h"
#include "log.h"
#include "status.h"

struct conf {
	struct sek_opts_list netns;
	struct sek_opts_list devs;
	uint64_t hooks;
	const char *cgroup;
	uint32_t link_slots;
	uint32_t cgroup_slots;
	bool help;
};

/* Bit by bit as SEK_HOOK_*. */
static const char *const hooks[] = { "xdp", "tc", "cgroup", "netfilter" };

static const struct sek_opt rows[] = {
	SEK_OPT_LIST(struct conf, netns, .name = "netns", .letter = 'n', .metavar = "NAME|PATH|all",
		     .help = "network namespaces to attach in; else the current one"),
	SEK_OPT_LIST(struct conf, devs, .name = "dev", .letter = 'd', .metavar = "NAME",
		     .help = "interfaces to attach to; else all"),
	SEK_OPT_SET(struct conf, hooks, .name = "hook", .letter = 'k', .metavar = "HOOK",
		    .names = hooks, .names_n = sizeof(hooks) / sizeof(*hooks),
		    .fallback = "tc,cgroup",
		    .help = "where to count; netfilter counts what is delivered locally (route "
			    "local_in), parses it once more for that, and keeps a deleted "
			    "namespace alive until the next load or unload"),
	SEK_OPT_STRING(struct conf, cgroup, .name = "cgroup", .letter = 'c', .metavar = "PATH",
		       .help = "cgroup to account, with all below it; else the cgroup2 root"),
	SEK_OPT_U32(struct conf, link_slots, .name = "link-slots", .metavar = "N", .min = 1,
		    .max = SEK_SLOT_MAX - 1, .fallback = "255",
		    .help = "how many interfaces can have counters of their own"),
	SEK_OPT_U32(struct conf, cgroup_slots, .name = "cgroup-slots", .metavar = "N", .min = 1,
		    .max = SEK_SLOT_MAX - 2, .fallback = "1023",
		    .help = "how many cgroups can have counters of their own"),
	SEK_OPT_HELP(struct conf, help),
};

static const struct sek_opts opts = {
	.usage = "sekisho load",
	.summary = "Attach to network interfaces and cgroups, and start to count. Run again, it "
		   "attaches what is new and replaces programs of an older sekisho.",
	.rows = rows,
	.n = sizeof(rows) / sizeof(*rows),
};

static int failed(int err, const struct sek_report *report)
{
	const char *reason = sek_bpflog_first();

	if (err == -EINTR) {
		sek_error("%s; %s", report->error,
			  report->attached ? "what was newly attached is detached again"
					   : "nothing was attached");
	} else if (err == -EPERM || err == -EACCES) {
		sek_error("%s%s", report->error, geteuid() ? "; this needs root" : "");
	} else if (*reason) {
		sek_error("%s (%s)", report->error, reason);
	} else {
		sek_error("%s", report->error);
	}
	if (*sek_bpflog_text())
		sek_debug("%s", sek_bpflog_text());
	return SEK_EXIT_FAILED;
}

static void say_done(const struct sek_report *report, const struct sek_globals *g)
{
	for (size_t i = 0; i < report->notes_n; i++)
		sek_note("%s", report->notes[i]);
	if (g->json)
		return;
	if (!report->attached && !report->updated)
		printf("Already loaded: nothing to change (%u places).\n\n", report->kept);
	else
		printf("Attached to %u places, replaced %u programs, kept %u.\n\n",
		       report->attached, report->updated, report->kept);
}

static int load(const struct conf *conf, const struct sek_globals *g)
{
	struct sek_load_options o = {
		.netns = conf->netns.words,
		.netns_n = conf->netns.n,
		.devs = conf->devs.words,
		.devs_n = conf->devs.n,
		.hooks = conf->hooks,
		.cgroup = conf->cgroup,
		.sizes = { .link_slots = conf->link_slots + 1,
			   .cgroup_slots = conf->cgroup_slots + SEK_CGROUP_SLOT_FIRST },
		.stopped = sek_stop_wanted,
	};
	struct sek_report report = {};
	int err, status;

	sek_stop_begin();
	err = sek_load(&o, &report);
	sek_stop_end();
	if (err) {
		status = failed(err, &report);
	} else {
		say_done(&report, g);
		status = sek_status_print(g);
	}
	if (!err && !g->json && !g->quiet)
		printf("\nNext: sekisho show link     sekisho show cgroup     sekisho show icmp\n"
		       "      sekisho show link --watch 1     sekisho status     sekisho unload\n");
	sek_report_free(&report);
	return status;
}

int sek_cmd_load(int argc, char **argv, const struct sek_globals *g)
{
	struct conf conf = {};
	int status;

	if (sek_cmd_parse(&opts, argc, argv, &conf, &conf.help, &status))
		status = load(&conf, g);
	sek_opts_free(&opts, &conf);
	return status;
}
