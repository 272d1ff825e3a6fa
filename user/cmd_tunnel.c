// SPDX-License-Identifier: GPL-2.0-only
/* sekisho tunnel: its commands, of which up and down are here. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd_tunnel.h"
#include "log.h"

const char *const sek_tunnel_routings[SEK_ROUTING_NR + 1] = {
	NULL, "wg-quick", "none", "onlink", "allowedips", "full", "daemon",
};

#define OPTS(command, text, table)                                                  \
	{                                                                           \
		.usage = "sekisho tunnel " command, .summary = text, .rows = table, \
		.n = sizeof(table) / sizeof(*(table))                               \
	}

static const struct sek_opt up_rows[] = {
	SEK_TUNNEL_OPT_NETNS,	SEK_TUNNEL_OPT_UNDERLAY,
	SEK_TUNNEL_OPT_ROUTING, SEK_OPT_HELP(struct sek_tunnel_words, help),
	SEK_TUNNEL_OPT_NAME,
};

static const struct sek_opts up_opts =
	OPTS("up",
	     "Bring up a WireGuard tunnel from a file of wg-quick, or leave everything as it "
	     "was. 'sekisho tunnel plan' shows each step before.",
	     up_rows);

static const struct sek_opt down_rows[] = {
	SEK_TUNNEL_OPT_NETNS,
	SEK_OPT_HELP(struct sek_tunnel_words, help),
	SEK_TUNNEL_OPT_NAME,
};

static const struct sek_opts down_opts = OPTS(
	"down", "Remove what 'up' made, and only that; also what a killed one left.", down_rows);

static const struct sek_opt refresh_rows[] = {
	SEK_TUNNEL_OPT_NETNS,
	SEK_TUNNEL_OPT_UNDERLAY,
	SEK_OPT_U32(struct sek_tunnel_words, watch, .name = "watch", .letter = 'w',
		    .metavar = "SECONDS", .min = 1, .max = 86400,
		    .help = "do it again and again, so long after each other"),
	SEK_OPT_HELP(struct sek_tunnel_words, help),
	SEK_TUNNEL_OPT_NAME,
};

static const struct sek_opts refresh_opts =
	OPTS("refresh",
	     "Ask again what the names of endpoints stand for, of peers whose last handshake is "
	     "older than 135 s. A peer that has roamed is left where it is.",
	     refresh_rows);

int sek_tunnel_fail(const char *path, const struct sek_conf_error *error)
{
	if (error->line)
		sek_error("%s:%u:%u: %s", path, error->line, error->column, error->text);
	else
		sek_error("%s: %s%s", path, error->text, geteuid() ? "; this needs root" : "");
	return SEK_EXIT_FAILED;
}

bool sek_tunnel_find(const struct sek_tunnel_words *words, struct sek_tunnel_file *ret)
{
	const char *word = words->names.words[0];

	if (!sek_conf_find(word, ret->path, ret->name))
		return true;
	sek_error("'%s' is neither NAME nor a path that ends in NAME.conf, NAME being of at most "
		  "15 letters, digits and _=+.-",
		  word);
	return false;
}

bool sek_tunnel_read(const struct sek_tunnel_words *words, struct sek_tunnel_file *ret)
{
	struct sek_conf_error error = { 0 };
	int err;

	if (!sek_tunnel_find(words, ret))
		return false;
	err = sek_conf_read(ret->path, &ret->conf, &ret->mode, &error);
	if (err && error.line) {
		sek_tunnel_fail(ret->path, &error);
		return false;
	}
	if (err) {
		sek_error("%s: %s", ret->path, error.text);
		return false;
	}
	memcpy(ret->conf.device.name, ret->name, sizeof(ret->name));
	if (words->routing)
		ret->conf.routing = words->routing - 1;
	return true;
}

static bool open_netns(const char *name, struct sek_netns *ret)
{
	int err = sek_netns_open(name, ret);

	if (err)
		sek_error("open the network namespace '%s': %s%s", name, strerror(-err),
			  err == -ENOENT ? " (see 'ip netns')" : "");
	return !err;
}

bool sek_tunnel_place(const struct sek_tunnel_words *words, struct sek_tunnel_place *ret)
{
	int err;

	if (words->netns && !open_netns(words->netns, &ret->netns))
		return false;
	if (!words->underlay)
		return true;
	if (!open_netns(words->underlay, &ret->underlay))
		return false;
	/* The interface has to be sent there: then "here" needs a name, too. */
	err = words->netns ? 0 : sek_netns_self(&ret->netns);
	if (err)
		sek_error("open this network namespace: %s", strerror(-err));
	else if (ret->netns.ino == ret->underlay.ino)
		sek_netns_release(&ret->underlay);
	return !err;
}

void sek_tunnel_leave(struct sek_tunnel_place *place)
{
	if (place->netns.fd >= 0)
		sek_netns_release(&place->netns);
	if (place->underlay.fd >= 0)
		sek_netns_release(&place->underlay);
}

/* wg-quick only warns. Whoever can read the file can be the host in its tunnel. */
static bool is_private(const struct sek_tunnel_file *f)
{
	if (!f->conf.secret_line || !(f->mode & 0004))
		return true;
	sek_error("%s:%u:%u: everybody may read this key (mode %04o): chmod 600 %s", f->path,
		  f->conf.secret_line, f->conf.secret_column, f->mode, f->path);
	return false;
}

static void say_hook(const char *command)
{
	sek_note("[#] %s", command);
}

static int up(const struct sek_tunnel_words *words)
{
	struct sek_tunnel_place place __attribute__((cleanup(sek_tunnel_leave))) = SEK_TUNNEL_HERE;
	struct sek_tunnel_report report = { .say = say_hook };
	struct sek_tunnel_file file = { 0 };
	char path[PATH_MAX];
	int status = SEK_EXIT_FAILED, err;

	if (!sek_tunnel_read(words, &file) || !is_private(&file) ||
	    !sek_tunnel_place(words, &place)) {
		sek_conf_release(&file.conf);
		return status;
	}
	err = sek_tunnel_up(realpath(file.path, path) ? path : file.path, &file.conf, &place,
			    &report);
	if (report.recovered)
		sek_note("%s: was left half done before; that is undone", file.name);
	if (err) {
		sek_tunnel_fail(file.path, &report.error);
	} else {
		status = SEK_EXIT_DONE;
		if (report.already)
			sek_note("%s is up already", file.name);
		else if (report.note[0])
			sek_note("%s: %s", file.name, report.note);
	}
	sek_conf_release(&file.conf);
	return status;
}

static int down(const struct sek_tunnel_words *words)
{
	struct sek_tunnel_place place __attribute__((cleanup(sek_tunnel_leave))) = SEK_TUNNEL_HERE;
	struct sek_tunnel_report report = { .say = say_hook };
	struct sek_tunnel_file file = { 0 };

	if (!sek_tunnel_find(words, &file) || !sek_tunnel_place(words, &place))
		return SEK_EXIT_FAILED;
	if (sek_tunnel_down(file.name, &place, &report))
		return sek_tunnel_fail(file.name, &report.error);
	if (report.recovered)
		sek_note("%s: was not whole; what was left of it is gone", file.name);
	else if (report.already)
		sek_note("%s is not up", file.name);
	return SEK_EXIT_DONE;
}

static int refresh(const struct sek_tunnel_words *words)
{
	struct sek_tunnel_place place __attribute__((cleanup(sek_tunnel_leave))) = SEK_TUNNEL_HERE;
	struct sek_conf_error error = { 0 };
	struct sek_tunnel_file file = { 0 };
	unsigned int changed;

	if (!sek_tunnel_find(words, &file) || !sek_tunnel_place(words, &place))
		return SEK_EXIT_FAILED;
	for (;;) {
		if (sek_tunnel_refresh(file.name, &place, &changed, &error))
			return sek_tunnel_fail(file.name, &error);
		if (changed)
			sek_note("%s: %u peer%s moved", file.name, changed,
				 changed == 1 ? " has" : "s have");
		if (!words->watch)
			return SEK_EXIT_DONE;
		sleep(words->watch);
	}
}

static int run(const struct sek_opts *opts, int argc, char **argv,
	       int (*fn)(const struct sek_tunnel_words *words))
{
	struct sek_tunnel_words words = {};
	int status;

	if (sek_cmd_parse(opts, argc, argv, &words, &words.help, &status))
		status = fn(&words);
	sek_opts_free(opts, &words);
	return status;
}

static int run_up(int argc, char **argv, const struct sek_globals *g)
{
	(void)g;
	return run(&up_opts, argc, argv, up);
}

static int run_down(int argc, char **argv, const struct sek_globals *g)
{
	(void)g;
	return run(&down_opts, argc, argv, down);
}

static int run_refresh(int argc, char **argv, const struct sek_globals *g)
{
	(void)g;
	return run(&refresh_opts, argc, argv, refresh);
}

static const struct {
	const char *name;
	sek_cmd_fn run;
	const char *help;
} commands[] = {
	{ "up", run_up, "bring up a tunnel from a file of wg-quick" },
	{ "down", run_down, "remove what up made" },
	{ "show", sek_cmd_tunnel_show, "devices, peers, handshakes, transfer" },
	{ "refresh", run_refresh, "ask again for the names of endpoints that are silent" },
	{ "doctor", sek_cmd_tunnel_doctor, "what is wrong: which rule, table and route does it" },
	{ "plan", sek_cmd_tunnel_plan, "each step that up would do; needs no root" },
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static void help(FILE *to)
{
	fprintf(to, "Usage: sekisho tunnel COMMAND ...\n\nWireGuard tunnels, from the files of "
		    "wg-quick.\n\nCommands:\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].help);
	fprintf(to, "\n'sekisho tunnel COMMAND --help' tells more.\n");
}

int sek_cmd_tunnel(int argc, char **argv, const struct sek_globals *g)
{
	const char *names[COMMANDS];
	int i;

	for (i = 0; i < (int)COMMANDS; i++)
		names[i] = commands[i].name;
	if (!argc) {
		help(stderr);
		return SEK_EXIT_USAGE;
	}
	if (!strcmp(argv[0], "help") || !strcmp(argv[0], "--help") || !strcmp(argv[0], "-h")) {
		help(stdout);
		return SEK_EXIT_DONE;
	}
	if (!strcmp(argv[0], "--complete"))
		return SEK_EXIT_DONE;
	i = sek_words_match(argv[0], names, COMMANDS);
	if (i >= 0)
		return commands[i].run(argc - 1, argv + 1, g);
	sek_error("tunnel: there is no command '%s' (see 'sekisho tunnel help')", argv[0]);
	return SEK_EXIT_USAGE;
}
