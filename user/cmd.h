/* SPDX-License-Identifier: GPL-2.0-only */
/* What main.c and the commands share. */
#ifndef SEK_CMD_H
#define SEK_CMD_H

#include <stdbool.h>

#include "opts.h"
#include "out/out.h"

/* Exit codes, as iproute2 has them. */
enum sek_exit {
	SEK_EXIT_DONE,
	SEK_EXIT_FAILED,
	SEK_EXIT_USAGE,
};

/**
 * struct sek_globals - options in front of the command
 * @json: JSON instead of text
 * @pretty: JSON with indentation
 * @raw: numbers without units
 * @quiet: no notes
 * @verbose: debug lines
 */
struct sek_globals {
	bool json;
	bool pretty;
	bool raw;
	bool quiet;
	bool verbose;
};

/**
 * typedef sek_cmd_fn - one command
 * @argc: words behind the command's own
 * @argv: those words
 * @g: global options
 *
 * Return: enum sek_exit.
 */
typedef int (*sek_cmd_fn)(int argc, char **argv, const struct sek_globals *g);

int sek_cmd_classify(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_export(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_load(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_probe(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_serve(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_show(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_status(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_top(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_topo(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_tunnel(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_unload(int argc, char **argv, const struct sek_globals *g);

/**
 * sek_cmd_parse() - a command's options, with its errors and help said
 * @opts: table
 * @argc: words
 * @argv: those words
 * @conf: filled in; sek_opts_free() is the caller's, in each case
 * @help: pointer to the help member of @conf
 * @ret_exit: what to exit with if it returns false
 *
 * Return: true to go on.
 */
bool sek_cmd_parse(const struct sek_opts *opts, int argc, char **argv, void *conf, const bool *help,
		   int *ret_exit);

/**
 * sek_cmd_out() - the writer for stdout that the global options ask for
 * @g: global options
 *
 * Return: a writer, or NULL with the error said.
 */
struct sek_out *sek_cmd_out(const struct sek_globals *g);

/**
 * sek_cmd_written() - say that output could not be written, if so
 * @err: of the last sek_out_end()
 *
 * Return: SEK_EXIT_DONE or SEK_EXIT_FAILED; a reader that has gone is no error.
 */
int sek_cmd_written(int err);

#endif
