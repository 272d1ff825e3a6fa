// SPDX-License-Identifier: GPL-2.0-only
/* sekisho topo: the commands about topologies. */
#include <stdio.h>
#include <string.h>

#include "cmd_topo.h"
#include "log.h"

static const char *const names[] = {
	"up", "down", "show", "exec", "shell", "cut", "heal", "set", "test",
};

static const struct {
	sek_cmd_fn run;
	const char *help;
} commands[] = {
	{ sek_cmd_topo_up, "make what a file says, or change what is up" },
	{ sek_cmd_topo_down, "take a topology down" },
	{ sek_cmd_topo_show, "what a topology file means, and what is up" },
	{ sek_cmd_topo_exec, "run a command in a node" },
	{ sek_cmd_topo_shell, "start a shell in a node" },
	{ sek_cmd_topo_cut, "cut a link" },
	{ sek_cmd_topo_heal, "undo a cut" },
	{ sek_cmd_topo_set, "change delay, loss, rate or MTU of a link" },
	{ sek_cmd_topo_test, "run the tests of a topology, as KTAP" },
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static void help(void)
{
	printf("Usage: sekisho topo COMMAND...\n\nCommands:\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-10s %s\n", names[i], commands[i].help);
	printf("\n'sekisho topo COMMAND --help' tells more; the words may be abbreviated.\n");
}

static int unknown(const char *word)
{
	const char *nearest = sek_words_nearest(word, names, COMMANDS);

	if (nearest)
		sek_error("there is no command 'topo %s'; do you mean '%s'?", word, nearest);
	else
		sek_error("there is no command 'topo %s' (see 'sekisho topo --help')", word);
	return SEK_EXIT_USAGE;
}

int sek_cmd_topo(int argc, char **argv, const struct sek_globals *g)
{
	int i;

	if (!argc || !strcmp(argv[0], "help") || !strcmp(argv[0], "--help") ||
	    !strcmp(argv[0], "-h")) {
		help();
		return argc ? SEK_EXIT_DONE : SEK_EXIT_USAGE;
	}
	if (!strcmp(argv[0], "--complete"))
		return SEK_EXIT_DONE;
	i = sek_words_match(argv[0], names, COMMANDS);
	return i < 0 ? unknown(argv[0]) : commands[i].run(argc - 1, argv + 1, g);
}
