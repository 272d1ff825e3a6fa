// SPDX-License-Identifier: GPL-2.0-only
/* sekisho topo test: a topology file as a test, as KTAP version 1. */
#include "cmd_topo.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/topo/check.h"
#include "lib/topo/run.h"
#include "lib/stop.h"
#include "log.h"

/* kselftest's exit status if nothing could be tested. */
#define EXIT_SKIP 4

struct conf {
	struct sek_opts_list words;
	bool no_count;
	bool help;
};

static const struct sek_opt rows[] = {
	SEK_OPT_FLAG(struct conf, no_count, .name = "no-count", .help = "do not count its packets"),
	SEK_OPT_HELP(struct conf, help),
	SEK_OPT_ARGS(struct conf, words, .metavar = "FILE|NAME", .min = 1, .max = 1,
		     .help = "a topology file, or a topology that is up"),
};

static const struct sek_opts opts = {
	.usage = "sekisho topo test",
	.summary = "Run the tests of a topology, and report as KTAP. What is not up is brought up "
		   "before and taken down behind. Exit status 4: nothing could be tested.",
	.rows = rows,
	.n = sizeof(rows) / sizeof(*rows),
};

/* Lines of a program, as KTAP's comments. */
static void diag(const char *text)
{
	for (const char *line = text; *line; line += strcspn(line, "\n")) {
		line += *line == '\n';
		if (*line)
			printf("# %.*s\n", (int)strcspn(line, "\n"), line);
	}
}

static int run_tests(const struct sek_topo *t)
{
	size_t failed = 0, passed = 0;
	char name[256], said[4096];

	printf("KTAP version 1\n1..%zu\n", t->tests_n);
	for (size_t i = 0; i < t->tests_n; i++) {
		enum sek_check result = sek_check_run(t, &t->tests[i], said, sizeof(said));

		if (sek_stop_wanted()) {
			printf("Bail out! ended by %s\n", sek_stop_wanted());
			return SEK_EXIT_FAILED;
		}
		sek_check_name(t, &t->tests[i], name, sizeof(name));
		if (result == SEK_CHECK_FAIL)
			diag(said);
		printf("%sok %zu %s%s%s\n", result == SEK_CHECK_FAIL ? "not " : "", i + 1, name,
		       result == SEK_CHECK_SKIP ? " # SKIP " : "",
		       result == SEK_CHECK_SKIP ? said : "");
		fflush(stdout);
		failed += result == SEK_CHECK_FAIL;
		passed += result == SEK_CHECK_PASS;
	}
	printf("# Totals: pass:%zu fail:%zu xfail:0 xpass:0 skip:%zu error:0\n", passed, failed,
	       t->tests_n - passed - failed);
	if (failed)
		return SEK_EXIT_FAILED;
	return passed ? SEK_EXIT_DONE : EXIT_SKIP;
}

/* What the machine or the kernel lacks is no fault of the network's. */
static int not_up(int err, const struct sek_report *report)
{
	if (err != -EOPNOTSUPP && err != -ENOENT)
		return sek_topo_failed(report);
	printf("KTAP version 1\n1..0 # SKIP %s\n", report->error);
	return EXIT_SKIP;
}

static int test_file(const struct conf *conf, const char *path)
{
	struct sek_topo *t __attribute__((cleanup(sek_topo_freep))) = sek_topo_open(path);
	struct sek_run_up how = { .count = !conf->no_count };
	struct sek_report report = {}, down = {};
	int err, status;

	if (!t)
		return SEK_EXIT_FAILED;
	if (!t->tests_n) {
		sek_error("%s has no tests", path);
		return SEK_EXIT_FAILED;
	}
	err = sek_run_up(t, &how, &report);
	status = err ? not_up(err, &report) : run_tests(t);
	if (!err && how.fresh && sek_run_down(t->name, &down))
		status = sek_topo_failed(&down);
	else if (!err && sek_stop_wanted())
		sek_error("ended by %s; %s", sek_stop_wanted(),
			  how.fresh ? "what was brought up is down again"
				    : "what was up before stays");
	sek_report_free(&report);
	sek_report_free(&down);
	return status;
}

static int test_name(const char *name)
{
	struct sek_topo *t __attribute__((cleanup(sek_topo_freep))) = NULL;
	struct sek_report report = {};
	int status;

	if (sek_run_get(name, &t, &report)) {
		status = sek_topo_failed(&report);
	} else if (!t->tests_n) {
		sek_error("the topology '%s' has no tests", name);
		status = SEK_EXIT_FAILED;
	} else {
		status = run_tests(t);
	}
	sek_report_free(&report);
	return status;
}

int sek_cmd_topo_test(int argc, char **argv, const struct sek_globals *g)
{
	struct conf conf = {};
	int status;

	(void)g;
	if (sek_cmd_parse(&opts, argc, argv, &conf, &conf.help, &status)) {
		const char *word = conf.words.words[0];

		status = sek_topo_is_file(word) ? test_file(&conf, word) : test_name(word);
	}
	sek_opts_free(&opts, &conf);
	return status;
}
