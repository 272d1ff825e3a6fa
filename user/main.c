// SPDX-License-Identifier: GPL-2.0-only
/* sekisho: the shape of the program, and its global options. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "lib/bpflog.h"
#include "lib/expedite.h"
#include "log.h"

static const struct command {
	const char *name;
	sek_cmd_fn run;
	const char *help;
} commands[] = {
	{ "load", sek_cmd_load, "attach to this host and start to count" },
	{ "unload", sek_cmd_unload, "detach everywhere and remove what load made" },
	{ "status", sek_cmd_status, "what is attached, with how many packets seen" },
	{ "show", sek_cmd_show, "counters: link, netns, cgroup, icmp, peer, tunnel" },
	{ "serve", sek_cmd_serve, "follow this host: attach to what appears, settle what goes" },
	{ "top", sek_cmd_top, "live rates of cgroups, links and classes" },
	{ "export", sek_cmd_export, "counters for monitoring: Prometheus, InfluxDB, CSV, JSON" },
	{ "tunnel", sek_cmd_tunnel, "WireGuard tunnels: up, down, show, plan, doctor" },
	{ "classify", sek_cmd_classify, "run the same programs over a capture file" },
	{ "topo", sek_cmd_topo,
	  "networks of namespaces from a file: up, down, show, exec, cut, test" },
	{ "probe", sek_cmd_probe, "what this kernel can do, and what is used instead" },
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

struct conf {
	struct sek_globals g;
	bool no_expedite;
	bool version;
	bool help;
	struct sek_opts_list words;
};

static const struct sek_opt rows[] = {
	SEK_OPT_FLAG(struct conf, g.json, .name = "json", .letter = 'j', .help = "print JSON"),
	SEK_OPT_FLAG(struct conf, g.pretty, .name = "pretty", .letter = 'p',
		     .help = "print JSON with indentation"),
	SEK_OPT_FLAG(struct conf, g.raw, .name = "raw", .letter = 'r',
		     .help = "print bytes without units"),
	SEK_OPT_FLAG(struct conf, g.quiet, .name = "quiet", .letter = 'q',
		     .help = "print no notes"),
	SEK_OPT_FLAG(struct conf, g.verbose, .name = "verbose", .letter = 'v',
		     .help = "print what libbpf and the verifier say"),
	SEK_OPT_FLAG(struct conf, no_expedite, .name = "no-expedite",
		     .help = "leave /sys/kernel/rcu_expedited alone: attach at the kernel's pace"),
	SEK_OPT_FLAG(struct conf, version, .name = "version", .letter = 'V',
		     .help = "print the version"),
	SEK_OPT_HELP(struct conf, help),
	SEK_OPT_ARGS(struct conf, words, .metavar = "COMMAND", .rest_after = 1, .keep_dashes = true,
		     .help = "a command and its options"),
};

static const struct sek_opts opts = {
	.usage = "sekisho",
	.summary = "Tell for every packet what it is, whose it is and where it went.",
	.rows = rows,
	.n = sizeof(rows) / sizeof(*rows),
};

static void help(void)
{
	sek_opts_help(&opts, stdout);
	printf("\nCommands:\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].help);
	printf("\n'sekisho COMMAND --help' tells more; the words may be abbreviated.\n");
}

static const struct command *find(const char *word)
{
	const char *names[COMMANDS + 1] = { NULL };
	int i;

	for (i = 0; i < (int)COMMANDS; i++)
		names[i] = commands[i].name;
	names[COMMANDS] = "help";
	i = sek_words_match(word, names, COMMANDS + 1);
	if (i >= 0 && i < (int)COMMANDS)
		return &commands[i];
	if (i == (int)COMMANDS)
		return NULL;

	const char *nearest = sek_words_nearest(word, names, COMMANDS + 1);

	if (i == -ENOTUNIQ)
		sek_error("'%s' may be several commands (see 'sekisho help')", word);
	else if (nearest)
		sek_error("there is no command '%s'; do you mean '%s'?", word, nearest);
	else
		sek_error("there is no command '%s' (see 'sekisho help')", word);
	exit(SEK_EXIT_USAGE);
}

/* The row of a global flag, by its letter or else by its name, or NULL. */
static const struct sek_opt *global_flag(char letter, const char *name)
{
	for (size_t i = 0; i < opts.n; i++) {
		const struct sek_opt *row = &rows[i];

		if (row->type == SEK_OPT_TYPE_FLAG &&
		    row->offset != offsetof(struct conf, version) &&
		    (name ? !strcmp(name, row->name) : letter == row->letter))
			return row;
	}
	return NULL;
}

/* Takes "-j", "--json", and "-jp", of which all letters must be global ones. */
static bool take_flag(struct conf *conf, const char *word)
{
	const char *name = !strncmp(word, "--", 2) ? word + 2 : NULL;
	struct conf with = *conf;

	if (word[0] != '-' || !word[1])
		return false;
	do {
		const struct sek_opt *row = global_flag(*++word, name);

		if (!row)
			return false;
		*(bool *)((char *)&with + row->offset) = true;
	} while (!name && word[1]);
	*conf = with;
	return true;
}

/* People also write "sekisho show link -j": global flags may follow the command. */
static int take_globals(struct conf *conf, int argc, char **argv)
{
	int n = 1, i;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!take_flag(conf, argv[i]))
			argv[n++] = argv[i];
	while (i < argc)
		argv[n++] = argv[i++];
	return n;
}

static int run(struct conf *conf, int argc, char **argv)
{
	const struct command *command = find(argv[0]);
	char *help_word[] = { "--help" };

	if (command)
		return command->run(argc - 1, argv + 1, &conf->g);
	if (argc == 1) {
		help();
		return SEK_EXIT_DONE;
	}
	command = find(argv[1]);
	return command ? command->run(1, help_word, &conf->g) : SEK_EXIT_USAGE;
}

static int run_words(struct conf *conf)
{
	/* The list owns its words: what is moved is a copy of its pointers. */
	char **argv = calloc(conf->words.n + 1, sizeof(*argv));
	int argc, status;

	if (!argv) {
		sek_error("out of memory");
		return SEK_EXIT_FAILED;
	}
	memcpy(argv, conf->words.words, conf->words.n * sizeof(*argv));
	argc = take_globals(conf, conf->words.n, argv);
	sek_log_setup(conf->g.quiet, conf->g.verbose);
	sek_bpflog_install();
	if (conf->no_expedite)
		sek_expedite_forbid();
	status = run(conf, argc, argv);
	free(argv);
	return status;
}

int main(int argc, char **argv)
{
	/* The help of the whole has more to say than that of a table. */
	static const bool own_help;
	struct conf conf = {};
	int status;

	/* A reader that has gone is seen as an error of the write. */
	signal(SIGPIPE, SIG_IGN);
	if (!sek_cmd_parse(&opts, argc - 1, argv + 1, &conf, &own_help, &status)) {
		sek_opts_free(&opts, &conf);
		return status;
	}
	if (conf.version) {
		printf("sekisho %s\n", SEK_VERSION);
		status = SEK_EXIT_DONE;
	} else if (conf.help || !conf.words.n) {
		help();
		status = conf.help ? SEK_EXIT_DONE : SEK_EXIT_USAGE;
	} else {
		status = run_words(&conf);
	}
	sek_opts_free(&opts, &conf);
	if (fclose(stdout) && errno != EPIPE && status == SEK_EXIT_DONE) {
		sek_error("write the output: %s", strerror(errno));
		status = SEK_EXIT_FAILED;
	}
	return status;
}
