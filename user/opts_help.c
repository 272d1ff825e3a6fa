// SPDX-License-Identifier: GPL-2.0-only
#include "opts.h"

#include <string.h>

#define LINE_WIDTH 80

/* A left column up to this wide shares its line with the help text; a wider one does not. */
#define LEFT_WIDTH 28

/**
 * struct wrap - words being filled into lines
 * @to: where to
 * @column: where the next character goes
 * @indent: where each line begins
 */
struct wrap {
	FILE *to;
	size_t column;
	size_t indent;
};

static void put_word(struct wrap *w, const char *word, size_t len)
{
	if (w->column > w->indent && w->column + 1 + len > LINE_WIDTH) {
		fprintf(w->to, "\n%*s", (int)w->indent, "");
		w->column = w->indent;
	} else if (w->column > w->indent) {
		fputc(' ', w->to);
		w->column++;
	}
	fwrite(word, 1, len, w->to);
	w->column += len;
}

static void put_text(struct wrap *w, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, " ");

		if (len)
			put_word(w, text, len);
		text += len;
		text += strspn(text, " ");
	}
}

/* Cut to the buffer, which is wider than any line. */
static void format_left(const struct sek_opt *row, char *to, size_t size)
{
	bool many = row->type == SEK_OPT_TYPE_LIST || row->type == SEK_OPT_TYPE_SET;
	bool value = sek_opt_takes_value(row);
	char letter[] = { '-', row->letter, ',', '\0' };

	if (row->type == SEK_OPT_TYPE_ARGS)
		snprintf(to, size, "  %s", sek_opt_metavar(row));
	else
		snprintf(to, size, "  %3s --%s%s%s%s", row->letter ? letter : "", row->name,
			 value ? " " : "", value ? sek_opt_metavar(row) : "",
			 many ? ",..." : "");
}

static void put_names(struct wrap *w, const struct sek_opt *row)
{
	const char *last = NULL;

	put_text(w, "--");
	for (size_t i = 0; i < row->names_n; i++) {
		char word[LINE_WIDTH];

		if (!row->names[i])
			continue;
		if (last) {
			snprintf(word, sizeof(word), "%s,", last);
			put_text(w, word);
		}
		last = row->names[i];
	}
	if (last)
		put_text(w, last);
}

static void put_row(const struct sek_opt *row, size_t left_width, FILE *to)
{
	struct wrap w = { .to = to, .indent = left_width + 2, .column = left_width + 2 };
	char left[2 * LINE_WIDTH];
	char text[LINE_WIDTH];

	format_left(row, left, sizeof(left));
	if (strlen(left) > left_width)
		fprintf(to, "%s\n%*s", left, (int)w.indent, "");
	else
		fprintf(to, "%-*s", (int)w.indent, left);

	put_text(&w, row->help);
	if (row->names)
		put_names(&w, row);
	if (row->type == SEK_OPT_TYPE_U32 && row->max) {
		snprintf(text, sizeof(text), "(%u to %u)", row->min, row->max);
		put_text(&w, text);
	}
	if (row->fallback) {
		put_text(&w, "(default:");
		snprintf(text, sizeof(text), "%s)", row->fallback);
		put_text(&w, text);
	}
	fputc('\n', to);
}

/* Arguments of several kinds are written as their row has them: "NAME NODE COMMAND...". */
static void put_usage(const struct sek_opts *opts, FILE *to)
{
	fprintf(to, "Usage: %s [OPTION]...", opts->usage);
	for (size_t i = 0; i < opts->n; i++) {
		const struct sek_opt *row = &opts->rows[i];
		bool several = strchr(sek_opt_metavar(row), ' ');

		if (row->type != SEK_OPT_TYPE_ARGS)
			continue;
		if (several)
			fprintf(to, " %s", sek_opt_metavar(row));
		else
			fprintf(to, " %s%s%s%s", row->min ? "" : "[", sek_opt_metavar(row),
				row->min ? "" : "]", row->max == 1 ? "" : "...");
	}
	fputc('\n', to);
}

void sek_opts_help(const struct sek_opts *opts, FILE *to)
{
	size_t left_width = 0;

	for (size_t i = 0; i < opts->n; i++) {
		char left[2 * LINE_WIDTH];
		size_t width;

		format_left(&opts->rows[i], left, sizeof(left));
		width = strlen(left);
		if (width <= LEFT_WIDTH && width > left_width)
			left_width = width;
	}

	put_usage(opts, to);
	if (opts->summary) {
		struct wrap w = { .to = to };

		fputc('\n', to);
		put_text(&w, opts->summary);
		fputc('\n', to);
	}
	if (opts->n)
		fputc('\n', to);
	for (size_t i = 0; i < opts->n; i++)
		put_row(&opts->rows[i], left_width, to);
}

void sek_opts_complete(const struct sek_opts *opts, FILE *to)
{
	for (size_t i = 0; i < opts->n; i++) {
		const struct sek_opt *row = &opts->rows[i];

		if (row->type == SEK_OPT_TYPE_ARGS)
			continue;
		fprintf(to, "--%s", row->name);
		for (size_t j = 0; j < row->names_n; j++)
			if (row->names[j])
				fprintf(to, "\t%s", row->names[j]);
		fputc('\n', to);
	}
}
