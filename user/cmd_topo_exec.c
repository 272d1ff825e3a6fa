// SPDX-License-Identifier: GPL-2.0-only
/* sekisho topo exec, shell: be in a node. */
#include "cmd_topo.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "lib/topo/run.h"
#include "log.h"

struct conf {
	struct sek_opts_list words;
	bool help;
};

static const struct sek_opt exec_rows[] = {
	SEK_OPT_HELP(struct conf, help),
	SEK_OPT_ARGS(struct conf, words, .metavar = "NAME NODE [--] COMMAND...", .min = 3,
		     .rest_after = 2, .help = "topology, node, and what to run there"),
};

static const struct sek_opts exec_opts = {
	.usage = "sekisho topo exec",
	.summary = "Run a command in a node: with its network, host name, /sys, /etc/hosts and "
		   "cgroup, and all else of this host.",
	.rows = exec_rows,
	.n = sizeof(exec_rows) / sizeof(*exec_rows),
};

static const struct sek_opt shell_rows[] = {
	SEK_OPT_HELP(struct conf, help),
	SEK_OPT_ARGS(struct conf, words, .metavar = "NAME NODE", .min = 2, .max = 2,
		     .help = "topology and node"),
};

static const struct sek_opts shell_opts = {
	.usage = "sekisho topo shell",
	.summary = "Start a shell in a node: $SHELL, or else /bin/sh.",
	.rows = shell_rows,
	.n = sizeof(shell_rows) / sizeof(*shell_rows),
};

static int run(const char *name, const char *node, char *const argv[])
{
	struct sek_report report = {};
	int status;

	/* What runs there has the signals as we found them. */
	signal(SIGPIPE, SIG_DFL);
	sek_run_exec(name, node, argv, &report);
	status = sek_topo_failed(&report);
	sek_report_free(&report);
	return status;
}

int sek_cmd_topo_exec(int argc, char **argv, const struct sek_globals *g)
{
	struct conf conf = {};
	int status;

	(void)g;
	if (sek_cmd_parse(&exec_opts, argc, argv, &conf, &conf.help, &status))
		status = run(conf.words.words[0], conf.words.words[1], conf.words.words + 2);
	sek_opts_free(&exec_opts, &conf);
	return status;
}

int sek_cmd_topo_shell(int argc, char **argv, const struct sek_globals *g)
{
	const char *shell = getenv("SHELL");
	char *words[] = { (char *)(shell && *shell ? shell : "/bin/sh"), NULL };
	struct conf conf = {};
	int status;

	(void)g;
	if (sek_cmd_parse(&shell_opts, argc, argv, &conf, &conf.help, &status))
		status = run(conf.words.words[0], conf.words.words[1], words);
	sek_opts_free(&shell_opts, &conf);
	return status;
}
