// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"
#include "lib/load.h"
#include "log.h"

struct conf {
	bool help;
};

static const struct sek_opt rows[] = {
	SEK_OPT_HELP(struct conf, help),
};

static const struct sek_opts opts = {
	.usage = "sekisho unload",
	.summary = "Detach everywhere and remove all that load has made: programs, maps, links, "
		   "tc filters. The counters go with it.",
	.rows = rows,
	.n = sizeof(rows) / sizeof(*rows),
};

static int unload(const struct sek_globals *g)
{
	struct sek_report report = {};
	int err = sek_unload(&report);

	if (err)
		sek_error("%s%s", report.error,
			  (err == -EPERM || err == -EACCES) && geteuid() ? "; this needs root" : "");
	else if (!g->json && report.attached)
		printf("Detached from %u places.\n", report.attached);
	else if (!g->json)
		printf("Nothing was attached.\n");
	sek_report_free(&report);
	return err ? SEK_EXIT_FAILED : SEK_EXIT_DONE;
}

int sek_cmd_unload(int argc, char **argv, const struct sek_globals *g)
{
	struct conf conf = {};
	int status;

	if (sek_cmd_parse(&opts, argc, argv, &conf, &conf.help, &status))
		status = unload(g);
	sek_opts_free(&opts, &conf);
	return status;
}
