/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options as typed rows, with default and help beside them. The same table is parsed, printed
 * as help and completed, so that none of the three can drift from the others.
 *
 *	struct conf { bool all; uint32_t count; struct sek_opts_list names; bool help; };
 *	static const struct sek_opt rows[] = {
 *		SEK_OPT_FLAG(struct conf, all, .name = "all", .letter = 'a',
 *			     .help = "also what has seen no packet"),
 *		SEK_OPT_U32(struct conf, count, .name = "count", .letter = 'c', .metavar = "N",
 *			    .min = 1, .max = 1000, .fallback = "10", .help = "rows to show"),
 *		SEK_OPT_ARGS(struct conf, names, .metavar = "NAME", .help = "links to show"),
 *		SEK_OPT_HELP(struct conf, help),
 *	};
 *	static const struct sek_opts opts = {
 *		.usage = "sekisho show link", .summary = "Show what links have counted.",
 *		.rows = rows, .n = ARRAY_SIZE(rows),
 *	};
 */
#ifndef SEK_OPTS_H
#define SEK_OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "words.h"

/* The most rows that a table may have, and the most words that one option may name. */
#define SEK_OPTS_MAX 64

/* For an error that names every word of a table; a longer one is cut. */
#define SEK_OPTS_ERROR_SIZE 1024

enum sek_opt_type {
	SEK_OPT_TYPE_FLAG,
	SEK_OPT_TYPE_STRING,
	SEK_OPT_TYPE_U32,
	SEK_OPT_TYPE_LIST,
	SEK_OPT_TYPE_ENUM,
	SEK_OPT_TYPE_SET,
	SEK_OPT_TYPE_ARGS,
	SEK_OPT_TYPE_HELP,
};

/**
 * struct sek_opts_list - words that were given
 * @words: owned copies, with a NULL after the last; NULL if there is none
 * @n: how many
 */
struct sek_opts_list {
	char **words;
	size_t n;
};

/**
 * sek_opts_listed() - whether a list of patterns has a name
 * @list: of fnmatch(3); an empty one has all
 * @a: the name, or NULL
 * @b: another name of the same, or NULL
 *
 * Return: true if one of them matches.
 */
bool sek_opts_listed(const struct sek_opts_list *list, const char *a, const char *b);

/**
 * struct sek_opt - one option; made by the macros below
 * @type: what it takes
 * @offset: where in the configuration its value goes
 * @name: long name, without dashes; all but args have one
 * @letter: short name, or 0
 * @metavar: what help calls the value; args always have one, and if they are of
 *	several kinds it names all of them ("NAME NODE COMMAND...")
 * @fallback: the value if the option is not given, in the words a user would write; NULL = the
 *	configuration keeps what the caller put there
 * @help: one sentence, lower case, no full stop; all have one
 * @min: u32: smallest value; args: fewest
 * @max: u32: largest value; args: most; 0 = no limit
 * @names: enum and set: the words, by value; NULL entries are skipped
 * @names_n: enum and set: number of entries, at most %SEK_OPTS_MAX
 * @rest_after: args: after this many, what follows is taken as it is, with no options in it
 *	(another command's line); one "--" before it is dropped; 0 = options may stand anywhere
 * @keep_dashes: args: that "--" is not dropped: it is for who reads the rest
 */
struct sek_opt {
	enum sek_opt_type type;
	size_t offset;
	const char *name;
	char letter;
	const char *metavar;
	const char *fallback;
	const char *help;
	uint32_t min;
	uint32_t max;
	const char *const *names;
	size_t names_n;
	uint32_t rest_after;
	bool keep_dashes;
};

static inline bool sek_opt_takes_value(const struct sek_opt *row)
{
	return row->type != SEK_OPT_TYPE_FLAG && row->type != SEK_OPT_TYPE_HELP;
}

static inline const char *sek_opt_metavar(const struct sek_opt *row)
{
	return row->metavar ? row->metavar : "VALUE";
}

/* The offset of a member, if it has the type that the row writes. */
#define SEK_OPT_OFFSET(conf, member, ctype)                                                     \
	(offsetof(conf, member) +                                                               \
	 0 * sizeof(struct {                                                                    \
		 _Static_assert(__builtin_types_compatible_p(__typeof__(((conf *)0)->member),   \
							     ctype),                            \
				#member " must be " #ctype);                                    \
		 int unused;                                                                    \
	 }))

#define SEK_OPT_ROW(kind, conf, member, ctype, ...)                                             \
	{                                                                                       \
		.type = kind, .offset = SEK_OPT_OFFSET(conf, member, ctype), __VA_ARGS__        \
	}

/* bool: true if given */
#define SEK_OPT_FLAG(conf, member, ...)                                                         \
	SEK_OPT_ROW(SEK_OPT_TYPE_FLAG, conf, member, bool, __VA_ARGS__)

/* const char *: points into argv or to the fallback; the last one given wins */
#define SEK_OPT_STRING(conf, member, ...)                                                       \
	SEK_OPT_ROW(SEK_OPT_TYPE_STRING, conf, member, const char *, __VA_ARGS__)

/* uint32_t: decimal, from .min to .max */
#define SEK_OPT_U32(conf, member, ...)                                                          \
	SEK_OPT_ROW(SEK_OPT_TYPE_U32, conf, member, uint32_t, __VA_ARGS__)

/* struct sek_opts_list: separated by commas, or the option repeated */
#define SEK_OPT_LIST(conf, member, ...)                                                         \
	SEK_OPT_ROW(SEK_OPT_TYPE_LIST, conf, member, struct sek_opts_list, __VA_ARGS__)

/* unsigned int: index of one of .names */
#define SEK_OPT_ENUM(conf, member, ...)                                                         \
	SEK_OPT_ROW(SEK_OPT_TYPE_ENUM, conf, member, unsigned int, __VA_ARGS__)

/* uint64_t: bit i = .names[i]; separated by commas, or the option repeated */
#define SEK_OPT_SET(conf, member, ...)                                                          \
	SEK_OPT_ROW(SEK_OPT_TYPE_SET, conf, member, uint64_t, __VA_ARGS__)

/* struct sek_opts_list: the arguments that are no options; without this row there are none */
#define SEK_OPT_ARGS(conf, member, ...)                                                         \
	SEK_OPT_ROW(SEK_OPT_TYPE_ARGS, conf, member, struct sek_opts_list, __VA_ARGS__)

/* bool: true if -h or --help was given, and then nothing after it was looked at */
#define SEK_OPT_HELP(conf, member)                                                              \
	SEK_OPT_ROW(SEK_OPT_TYPE_HELP, conf, member, bool, .name = "help", .letter = 'h',       \
		    .help = "show this")

/**
 * struct sek_opts - the options of one command
 * @usage: the words that call it
 * @summary: one sentence about it, or NULL
 * @rows: the table
 * @n: its size, at most %SEK_OPTS_MAX
 */
struct sek_opts {
	const char *usage;
	const char *summary;
	const struct sek_opt *rows;
	size_t n;
};

/**
 * sek_opts_parse - read a command line
 * @opts: what is understood
 * @argc: number of words
 * @argv: the words after the command's own name; must stay as long as @conf's strings are used
 * @conf: where the values go; zeroed, or filled with defaults that have no words. Must be
 *	given to sek_opts_free() after failure, too
 * @error: on -EINVAL one line that says what is wrong and what would be right, without a
 *	newline. It quotes the user: pass it to sek_error() as an argument of "%s"
 * @size: of @error, at least 1, see %SEK_OPTS_ERROR_SIZE
 *
 * Understands ``--name VALUE``, ``--name=VALUE``, ``-n VALUE``, ``-nVALUE``, flags, flags
 * together (``-ab``), unambiguous prefixes of long names, and ``--``.
 *
 * Return: 0, -EINVAL, or -ENOMEM (with an @error, too).
 */
int sek_opts_parse(const struct sek_opts *opts, int argc, char *const argv[], void *conf,
		   char *error, size_t size);

/**
 * sek_opts_free - free the lists that sek_opts_parse() made
 * @opts: the table it was given
 * @conf: the configuration it filled; its lists become empty
 */
void sek_opts_free(const struct sek_opts *opts, void *conf);

/**
 * sek_opts_help - print the help of a command, at most 80 columns wide
 * @opts: the table
 * @to: where to
 */
void sek_opts_help(const struct sek_opts *opts, FILE *to);

/**
 * sek_opts_complete - print what a shell can complete
 * @opts: the table
 * @to: where to
 *
 * One line for each option: ``--name``, and after a tab each word that its value may be.
 */
void sek_opts_complete(const struct sek_opts *opts, FILE *to);

#endif
