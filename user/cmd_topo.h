/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands of "sekisho topo" share. */
#ifndef SEK_CMD_TOPO_H
#define SEK_CMD_TOPO_H

#include "cmd.h"
#include "lib/topo/topo.h"

struct sek_place;
struct sek_report;

int sek_cmd_topo_cut(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_topo_down(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_topo_exec(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_topo_heal(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_topo_set(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_topo_shell(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_topo_show(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_topo_test(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_topo_up(int argc, char **argv, const struct sek_globals *g);

/**
 * sek_topo_failed() - say what failed
 * @report: with the error
 *
 * Return: SEK_EXIT_FAILED.
 */
int sek_topo_failed(const struct sek_report *report);

/**
 * sek_topo_open() - read a topology file, with what is wrong with it said
 * @path: the file, "-" for standard input
 *
 * Return: a topology to be freed by sek_topo_free(), or NULL.
 */
struct sek_topo *sek_topo_open(const char *path);

/**
 * sek_topo_is_file() - is a word a file, and not the name of a topology?
 * @word: what was given
 *
 * Return: true for a dash, what has a slash or dot, and what is there.
 */
bool sek_topo_is_file(const char *word);

/**
 * sek_topo_print() - print a topology with all that its file leaves out
 * @t: the topology
 * @up: where it lives, if it is up; else NULL
 * @dot: as a graph for dot(1)
 * @g: global options
 *
 * Return: enum sek_exit; errors are said.
 */
int sek_topo_print(const struct sek_topo *t, const struct sek_place *up, bool dot,
		   const struct sek_globals *g);

/* For __attribute__((cleanup(sek_topo_freep))). */
static inline void sek_topo_freep(struct sek_topo **t)
{
	sek_topo_free(*t);
}

#endif
