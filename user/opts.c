// SPDX-License-Identifier: GPL-2.0-only
#include "opts.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* No name is longer. */
#define NAME_MAX_LEN 63

/**
 * struct parser - one run over a command line
 * @opts: the table
 * @conf: where values go
 * @argc: number of words
 * @argv: the words
 * @next: index of the first word that has not been read
 * @args: the row of the arguments, or NULL
 * @rest: what follows is arguments only
 * @help: help was asked for
 * @seen: by row: was given
 * @error: the caller's buffer
 * @size: of @error
 * @used: bytes of @error in use, without the NUL
 */
struct parser {
	const struct sek_opts *opts;
	void *conf;
	int argc;
	char *const *argv;
	int next;
	const struct sek_opt *args;
	bool rest;
	bool help;
	bool seen[SEK_OPTS_MAX];
	char *error;
	size_t size;
	size_t used;
};

static void *member(void *conf, const struct sek_opt *row)
{
	return (char *)conf + row->offset;
}

/* Adds to the error; what does not fit is cut. Returns -EINVAL. */
static int __attribute__((format(printf, 2, 3))) complain(struct parser *p, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(p->error + p->used, p->size - p->used, fmt, args);
	va_end(args);
	if (n > 0)
		p->used += (size_t)n < p->size - p->used ? (size_t)n : p->size - p->used - 1;
	return -EINVAL;
}

static int out_of_memory(struct parser *p)
{
	complain(p, "out of memory");
	return -ENOMEM;
}

/* Names the nearest word and all words; @dashes go before each. Returns -EINVAL. */
static int propose(struct parser *p, const char *dashes, const char *word, const char *const *names,
		   size_t n)
{
	const char *nearest = sek_words_nearest(word, names, n);
	const char *before = " (valid: ";

	if (nearest)
		complain(p, ", did you mean '%s%s'?", dashes, nearest);
	for (size_t i = 0; i < n; i++) {
		if (!names[i])
			continue;
		complain(p, "%s%s%s", before, dashes, names[i]);
		before = ", ";
	}
	return complain(p, ")");
}

static int add_word(struct parser *p, struct sek_opts_list *list, const char *word, size_t len)
{
	char **words = reallocarray(list->words, list->n + 2, sizeof(*words));

	if (!words)
		return out_of_memory(p);
	list->words = words;
	words[list->n] = strndup(word, len);
	if (!words[list->n])
		return out_of_memory(p);
	words[++list->n] = NULL;
	return 0;
}

static void free_list(struct sek_opts_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->words[i]);
	free(list->words);
	*list = (struct sek_opts_list){ 0 };
}

/* Digits only: strtoul() would take a sign, white space and hexadecimal. */
static int store_u32(struct parser *p, const struct sek_opt *row, const char *value)
{
	uint32_t max = row->max ? row->max : UINT32_MAX;
	const char *c = value;
	uint64_t number = 0;

	for (; isdigit((unsigned char)*c) && number <= max; c++)
		number = number * 10 + (uint64_t)(*c - '0');
	if (c == value || *c || number < row->min || number > max)
		return complain(p, "--%s: '%.100s' is not a number from %u to %u", row->name, value,
				row->min, max);
	*(uint32_t *)member(p->conf, row) = (uint32_t)number;
	return 0;
}

/* Returns the index of a word in the row's names, or -EINVAL. */
static int find_word(struct parser *p, const struct sek_opt *row, const char *word)
{
	for (size_t i = 0; i < row->names_n; i++)
		if (row->names[i] && !strcmp(row->names[i], word))
			return (int)i;
	complain(p, "--%s: unknown word '%.100s'", row->name, word);
	return propose(p, "", word, row->names, row->names_n);
}

static int store_enum(struct parser *p, const struct sek_opt *row, const char *value)
{
	int index = find_word(p, row, value);

	if (index < 0)
		return index;
	*(unsigned int *)member(p->conf, row) = (unsigned int)index;
	return 0;
}

static int split(struct parser *p, const struct sek_opt *row, const char *value,
		 struct sek_opts_list *list)
{
	for (;; value++) {
		size_t len = strcspn(value, ",");
		int err;

		if (!len)
			return complain(p, "--%s: empty word in the list", row->name);
		err = add_word(p, list, value, len);
		if (err)
			return err;
		value += len;
		if (!*value)
			return 0;
	}
}

static int store_set(struct parser *p, const struct sek_opt *row, const char *value, bool first)
{
	uint64_t *set = member(p->conf, row);
	struct sek_opts_list list = { 0 };
	int err = split(p, row, value, &list);

	if (first)
		*set = 0;
	for (size_t i = 0; !err && i < list.n; i++) {
		int index = find_word(p, row, list.words[i]);

		if (index < 0)
			err = index;
		else
			*set |= UINT64_C(1) << index;
	}
	free_list(&list);
	return err;
}

/* @value: NULL for those that take none. */
static int store(struct parser *p, const struct sek_opt *row, const char *value)
{
	bool *seen = &p->seen[row - p->opts->rows];
	bool first = !*seen;

	*seen = true;
	switch (row->type) {
	case SEK_OPT_TYPE_HELP:
		p->help = true;
		/* fall through */
	case SEK_OPT_TYPE_FLAG:
		*(bool *)member(p->conf, row) = true;
		return 0;
	case SEK_OPT_TYPE_STRING:
		*(const char **)member(p->conf, row) = value;
		return 0;
	case SEK_OPT_TYPE_U32:
		return store_u32(p, row, value);
	case SEK_OPT_TYPE_ENUM:
		return store_enum(p, row, value);
	case SEK_OPT_TYPE_SET:
		return store_set(p, row, value, first);
	case SEK_OPT_TYPE_LIST:
		if (first)
			free_list(member(p->conf, row));
		return split(p, row, value, member(p->conf, row));
	case SEK_OPT_TYPE_ARGS:
		break;
	}
	return -EINVAL;
}

/* @value: what was written together with the option, or NULL to take the next word. */
static int store_value(struct parser *p, const struct sek_opt *row, const char *value)
{
	if (!value && p->next < p->argc)
		value = p->argv[p->next++];
	if (!value)
		return complain(p, "--%s: the value is missing (%s)", row->name,
				sek_opt_metavar(row));
	return store(p, row, value);
}

static void list_names(const struct sek_opts *opts, const char *names[static SEK_OPTS_MAX])
{
	for (size_t i = 0; i < opts->n; i++)
		names[i] = opts->rows[i].type == SEK_OPT_TYPE_ARGS ? NULL : opts->rows[i].name;
}

/* @word: the option as it was written, but without its dashes. */
static int propose_option(struct parser *p, const char *word)
{
	const char *names[SEK_OPTS_MAX];

	list_names(p->opts, names);
	return propose(p, "--", word, names, p->opts->n);
}

static int unknown_long(struct parser *p, const char *word)
{
	complain(p, "unknown option '--%.100s'", word);
	return propose_option(p, word);
}

static int unknown_letter(struct parser *p, const char *letter, const char *word)
{
	if (word[1])
		complain(p, "unknown letter '%c' in option '-%.100s'", *letter, word);
	else
		complain(p, "unknown option '-%s'", word);
	return propose_option(p, word);
}

static int ambiguous_option(struct parser *p, const char *word)
{
	const char *before = ": ";

	complain(p, "option '--%s' is ambiguous", word);
	for (size_t i = 0; i < p->opts->n; i++) {
		const char *name = p->opts->rows[i].name;

		if (!name || strncmp(name, word, strlen(word)) != 0)
			continue;
		complain(p, "%s--%s", before, name);
		before = ", ";
	}
	return -EINVAL;
}

/* @word: what stands after the dashes. */
static int read_long(struct parser *p, const char *word)
{
	size_t len = strcspn(word, "=");
	const char *value = word[len] ? word + len + 1 : NULL;
	const char *names[SEK_OPTS_MAX];
	char name[NAME_MAX_LEN + 1];
	const struct sek_opt *row;
	int index;

	if (!len || len > NAME_MAX_LEN)
		return unknown_long(p, word);
	memcpy(name, word, len);
	name[len] = '\0';

	list_names(p->opts, names);
	index = sek_words_match(name, names, p->opts->n);
	if (index == -ENOTUNIQ)
		return ambiguous_option(p, name);
	if (index < 0)
		return unknown_long(p, name);
	row = &p->opts->rows[index];
	if (sek_opt_takes_value(row))
		return store_value(p, row, value);
	if (value)
		return complain(p, "--%s takes no value", row->name);
	return store(p, row, NULL);
}

static const struct sek_opt *find_letter(const struct sek_opts *opts, char letter)
{
	for (size_t i = 0; i < opts->n; i++)
		if (opts->rows[i].letter == letter)
			return &opts->rows[i];
	return NULL;
}

/* @word: what stands after the dash. */
static int read_letters(struct parser *p, const char *word)
{
	for (const char *c = word; *c; c++) {
		const struct sek_opt *row = find_letter(p->opts, *c);
		int err;

		if (!row)
			return unknown_letter(p, c, word);
		if (sek_opt_takes_value(row))
			return store_value(p, row, c[1] ? c + 1 : NULL);
		err = store(p, row, NULL);
		if (err)
			return err;
	}
	return 0;
}

static int read_argument(struct parser *p, const char *word)
{
	struct sek_opts_list *list;
	int err;

	if (!p->args)
		return complain(p, "unexpected argument '%.100s'", word);
	list = member(p->conf, p->args);
	if (p->args->max && list->n == p->args->max)
		return complain(p, "unexpected argument '%.100s' after %zu of %s", word, list->n,
				p->args->metavar);
	err = add_word(p, list, word, strlen(word));
	if (err || p->rest || list->n != p->args->rest_after)
		return err;
	p->rest = true;
	if (!p->args->keep_dashes && p->next < p->argc && !strcmp(p->argv[p->next], "--"))
		p->next++;
	return 0;
}

static int read_words(struct parser *p)
{
	int err = 0;

	while (!err && !p->help && p->next < p->argc) {
		const char *word = p->argv[p->next++];

		if (p->rest || word[0] != '-' || !word[1])
			err = read_argument(p, word);
		else if (word[1] != '-')
			err = read_letters(p, word + 1);
		else if (word[2])
			err = read_long(p, word + 2);
		else
			p->rest = true;
	}
	return err;
}

/* Must come last: an option that was given must not meet its own default. */
static int store_fallbacks(struct parser *p)
{
	for (size_t i = 0; i < p->opts->n; i++) {
		const struct sek_opt *row = &p->opts->rows[i];
		int err;

		if (p->seen[i] || !row->fallback)
			continue;
		err = store(p, row, row->fallback);
		if (err)
			return err;
	}
	return 0;
}

int sek_opts_parse(const struct sek_opts *opts, int argc, char *const argv[], void *conf,
		   char *error, size_t size)
{
	struct parser p = {
		.opts = opts,
		.conf = conf,
		.argc = argc,
		.argv = argv,
		.error = error,
		.size = size,
	};
	size_t given;
	int err;

	error[0] = '\0';
	if (opts->n > SEK_OPTS_MAX)
		return complain(&p, "more than %d rows of options", SEK_OPTS_MAX);
	for (size_t i = 0; i < opts->n; i++) {
		if (opts->rows[i].names_n > SEK_OPTS_MAX)
			return complain(&p, "--%s: too many words", opts->rows[i].name);
		if (opts->rows[i].type == SEK_OPT_TYPE_ARGS)
			p.args = &opts->rows[i];
	}

	err = read_words(&p);
	if (err || p.help)
		return err;
	given = p.args ? ((struct sek_opts_list *)member(conf, p.args))->n : 0;
	if (p.args && given < p.args->min)
		return complain(&p, "missing argument: %s (%zu given, %u needed)", p.args->metavar,
				given, p.args->min);
	return store_fallbacks(&p);
}

void sek_opts_free(const struct sek_opts *opts, void *conf)
{
	for (size_t i = 0; i < opts->n; i++)
		if (opts->rows[i].type == SEK_OPT_TYPE_LIST ||
		    opts->rows[i].type == SEK_OPT_TYPE_ARGS)
			free_list(member(conf, &opts->rows[i]));
}

bool sek_opts_listed(const struct sek_opts_list *list, const char *a, const char *b)
{
	for (size_t i = 0; i < list->n; i++) {
		if ((a && !fnmatch(list->words[i], a, 0)) || (b && !fnmatch(list->words[i], b, 0)))
			return true;
	}
	return !list->n;
}
