// SPDX-License-Identifier: GPL-2.0-only
/* Aligned columns for people. A table is kept until its end, when its widths are known. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "units.h"
#include "utf8.h"

#define GAP 2	 /* spaces between columns */
#define INDENT 2 /* of a list inside an object */

/* ECMA-48, section 8.3.117 (SGR); the eight colours that every theme keeps readable. */
static const char *const sequences[] = {
	[SEK_OUT_PLAIN] = "",
	[SEK_OUT_BOLD] = "\033[1m",
	[SEK_OUT_RED] = "\033[31m",
	[SEK_OUT_GREEN] = "\033[32m",
	[SEK_OUT_YELLOW] = "\033[33m",
	[SEK_OUT_BLUE] = "\033[34m",
	[SEK_OUT_MAGENTA] = "\033[35m",
	[SEK_OUT_CYAN] = "\033[36m",
};
_Static_assert(sizeof(sequences) / sizeof(sequences[0]) == SEK_OUT_COLOR_NR,
	       "a sequence for each colour");

static void put_colored(struct sek_out *o, enum sek_out_color color, const char *s)
{
	bool colored = o->options.color && color != SEK_OUT_PLAIN;

	if (colored)
		sek_out_puts(o, sequences[color]);
	sek_out_puts(o, s);
	if (colored)
		sek_out_puts(o, "\033[0m");
}

/* Returns a string that the caller frees, or NULL when out of memory. */
static char *format(const struct sek_out *o, size_t column)
{
	const struct sek_out_cell *cell = &o->cells[column];
	enum sek_out_type type = o->columns[column].type;
	char number[SEK_UNITS_SIZE];

	if (!cell->set)
		return strdup("-");
	if (type == SEK_OUT_STRING)
		return cell->string[0] ? sek_utf8_visible(cell->string) : strdup("-");
	if (type == SEK_OUT_BOOL)
		return strdup(cell->number ? "yes" : "no");

	if (type == SEK_OUT_BYTES && !o->options.raw_units)
		sek_units_bytes(number, cell->number);
	else if (type == SEK_OUT_RATE && !o->options.raw_units)
		sek_units_rate(number, cell->number);
	else
		snprintf(number, sizeof(number), "%" PRIu64, cell->number);
	return strdup(number);
}

static bool shown(const struct sek_out *o, size_t column)
{
	return o->columns[column].title;
}

static bool right_aligned(enum sek_out_type type)
{
	return type == SEK_OUT_U64 || type == SEK_OUT_BYTES || type == SEK_OUT_RATE;
}

/* One line of a table: the headings if @texts is NULL. Nothing is padded at the line's end. */
static void put_line(struct sek_out *o, char *const *texts)
{
	size_t owed = o->place == SEK_OUT_IN_LIST ? INDENT : 0;

	for (size_t i = 0; i < o->n; i++) {
		const struct sek_out_column *column = &o->columns[i];
		const char *s;
		size_t spare;

		if (!shown(o, i))
			continue;
		s = texts ? texts[i] : column->title;
		spare = o->widths[i] - sek_utf8_columns(s);
		sek_out_pad(o, owed + (right_aligned(column->type) ? spare : 0));
		put_colored(o, texts ? column->color : SEK_OUT_BOLD, s);
		owed = GAP + (right_aligned(column->type) ? 0 : spare);
	}
	sek_out_puts(o, "\n");
}

static void begin(struct sek_out *o)
{
	o->widths = calloc(o->n + 1, sizeof(*o->widths));
	if (!o->widths) {
		sek_out_fail(o, -ENOMEM);
		return;
	}
	for (size_t i = 0; i < o->n; i++) {
		if (!shown(o, i))
			continue;
		o->widths[i] = sek_utf8_columns(o->columns[i].title);
		if (o->widths[i] < o->columns[i].width)
			o->widths[i] = o->columns[i].width;
	}
	if (o->place == SEK_OUT_IN_STREAM)
		put_line(o, NULL);
}

static bool make_room(struct sek_out *o)
{
	size_t room = o->texts_room * 2 + o->n;
	char **texts;

	if (o->texts_n + o->n <= o->texts_room)
		return true;
	texts = reallocarray(o->texts, room, sizeof(*texts));
	if (!texts)
		return false;
	o->texts = texts;
	o->texts_room = room;
	return true;
}

static void drop_texts(struct sek_out *o)
{
	while (o->texts_n)
		free(o->texts[--o->texts_n]);
}

static void row(struct sek_out *o)
{
	if (!make_room(o)) {
		sek_out_fail(o, -ENOMEM);
		return;
	}
	for (size_t i = 0; i < o->n; i++) {
		char *s = format(o, i);
		size_t width;

		if (!s) {
			sek_out_fail(o, -ENOMEM);
			return;
		}
		o->texts[o->texts_n++] = s;
		width = sek_utf8_columns(s);
		if (width > o->widths[i])
			o->widths[i] = width;
	}
	if (o->place == SEK_OUT_IN_STREAM) {
		put_line(o, o->texts);
		drop_texts(o);
	}
}

static void end(struct sek_out *o)
{
	bool list = o->place == SEK_OUT_IN_LIST;

	if (list && o->list_title) {
		sek_out_puts(o, "\n");
		put_colored(o, SEK_OUT_BOLD, o->list_title);
		sek_out_puts(o, o->rows ? ":\n" : ": -\n");
	}
	if (o->place == SEK_OUT_IN_TABLE || (list && o->list_title && o->rows)) {
		put_line(o, NULL);
		for (size_t i = 0; i < o->rows; i++)
			put_line(o, o->texts + i * o->n);
	}
	drop_texts(o);
	free(o->widths);
	o->widths = NULL;
}

static void fields(struct sek_out *o)
{
	size_t label = 0;

	for (size_t i = 0; i < o->n; i++)
		if (shown(o, i) && sek_utf8_columns(o->columns[i].title) > label)
			label = sek_utf8_columns(o->columns[i].title);

	for (size_t i = 0; i < o->n; i++) {
		const struct sek_out_column *column = &o->columns[i];
		char *s;

		if (!shown(o, i))
			continue;
		s = format(o, i);
		if (!s) {
			sek_out_fail(o, -ENOMEM);
			return;
		}
		put_colored(o, SEK_OUT_BOLD, column->title);
		sek_out_puts(o, ":");
		sek_out_pad(o, label - sek_utf8_columns(column->title) + 1);
		put_colored(o, column->color, s);
		sek_out_puts(o, "\n");
		free(s);
	}
}

const struct sek_out_backend sek_text_backend = {
	.begin = begin,
	.row = row,
	.end = end,
	.fields = fields,
};
