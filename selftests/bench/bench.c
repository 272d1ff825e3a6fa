// SPDX-License-Identifier: GPL-2.0-only
/* What packets pay for being counted, against the goals. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "area.h"
#include "log.h"
#include "opts.h"

struct conf {
	const char *output;
	struct sek_opts_list areas;
	bool help;
};

static const struct sek_opt rows[] = {
	SEK_OPT_STRING(struct conf, output, .name = "output", .letter = 'o', .metavar = "FILE",
		       .help = "write the result there, as JSON"),
	SEK_OPT_ARGS(struct conf, areas, .metavar = "AREA",
		     .help = "hooks, peer, forward, memory, serve, host, tunnel, attach or topo; "
			     "else all"),
	SEK_OPT_HELP(struct conf, help),
};

static const struct sek_opts opts = {
	.usage = "bench",
	.summary = "Measure, and compare with the goals. A goal that is missed is no failure.",
	.rows = rows,
	.n = sizeof(rows) / sizeof(*rows),
};

static const struct area {
	const char *name;
	int (*measure)(struct sek_result *r);
} areas[] = {
	{ "hooks", sek_hooks_measure },
	{ "peer", sek_peer_measure },
	{ "forward", sek_forward_measure },
	{ "memory", sek_memory_measure },
	{ "serve", sek_serve_measure },
	{ "host", sek_serve_host_measure },
	{ "tunnel", sek_tunnel_measure },
	{ "attach", sek_attach_measure },
	{ "topo", sek_topo_measure },
};

static bool is_wanted(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->areas.n; i++) {
		if (!strcmp(conf->areas.words[i], name))
			return true;
	}
	return !conf->areas.n;
}

static bool is_area(const char *word)
{
	for (size_t i = 0; i < sizeof(areas) / sizeof(*areas); i++) {
		if (!strcmp(areas[i].name, word))
			return true;
	}
	return false;
}

/* The last CPU that we may use: the first ones see most interrupts. */
static int pin(void)
{
	cpu_set_t cpus;
	int cpu;

	if (sched_getaffinity(0, sizeof(cpus), &cpus))
		return -errno;
	for (cpu = CPU_SETSIZE - 1; cpu > 0 && !CPU_ISSET(cpu, &cpus); cpu--)
		;
	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	return sched_setaffinity(0, sizeof(cpus), &cpus) ? -errno : 0;
}

/*
 * Nobody else runs there meanwhile, but for the twentieth of the time that the
 * kernel keeps for others.
 */
static void take_precedence(void)
{
	struct sched_param param = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		sek_note("no realtime priority: %s; other processes will disturb", strerror(errno));
}

static int measure(const struct conf *conf)
{
	struct sek_result result = {};
	int err = pin();

	if (err) {
		sek_error("stay on one CPU: %s", strerror(-err));
		return err;
	}
	take_precedence();
	/* Children print, too: nothing of ours may wait in a buffer. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < sizeof(areas) / sizeof(*areas); i++) {
		if (!is_wanted(conf, areas[i].name))
			continue;
		err = areas[i].measure(&result);
		if (err)
			return err;
	}
	sek_result_print(&result, stdout);
	if (!conf->output)
		return 0;
	err = sek_result_write(&result, conf->output);
	if (err)
		sek_error("write %s: %s", conf->output, strerror(-err));
	return err;
}

static int parse(int argc, char **argv, struct conf *conf)
{
	char error[SEK_OPTS_ERROR_SIZE];

	if (sek_opts_parse(&opts, argc - 1, argv + 1, conf, error, sizeof(error))) {
		sek_error("%s", error);
		return -EINVAL;
	}
	for (size_t i = 0; i < conf->areas.n; i++) {
		if (!is_area(conf->areas.words[i])) {
			sek_error("'%s' is not measured here (see --help)", conf->areas.words[i]);
			return -EINVAL;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct conf conf = {};
	int status = EXIT_SUCCESS;

	if (parse(argc, argv, &conf))
		status = 2;
	else if (conf.help)
		sek_opts_help(&opts, stdout);
	else if (measure(&conf))
		status = EXIT_FAILURE;
	sek_opts_free(&opts, &conf);
	return status;
}
