// SPDX-License-Identifier: GPL-2.0-only
#include "out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend.h"

static const struct sek_out_backend *const backends[] = {
	[SEK_OUT_TEXT] = &sek_text_backend,
	[SEK_OUT_JSON] = &sek_json_backend,
};

bool sek_out_want_color(FILE *to)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (no_color && *no_color)
		return false;
	return term && strcmp(term, "dumb") != 0 && isatty(fileno(to));
}

void sek_out_fail(struct sek_out *o, int error)
{
	if (!o->error)
		o->error = error;
}

void sek_out_write(struct sek_out *o, const void *data, size_t n)
{
	if (o->error)
		return;
	errno = 0;
	if (fwrite(data, 1, n, o->to) != n)
		sek_out_fail(o, errno ? -errno : -EIO);
}

void sek_out_puts(struct sek_out *o, const char *s)
{
	sek_out_write(o, s, strlen(s));
}

void sek_out_pad(struct sek_out *o, size_t n)
{
	static const char spaces[] = "                                ";
	const size_t most = sizeof(spaces) - 1;

	for (; n > most; n -= most)
		sek_out_write(o, spaces, most);
	sek_out_write(o, spaces, n);
}

struct sek_out *sek_out_new(FILE *to, const struct sek_out_options *options)
{
	struct sek_out *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->to = to;
	o->options = *options;
	o->backend = backends[options->format];
	return o;
}

static void clear_record(struct sek_out *o)
{
	for (size_t i = 0; i < o->n; i++) {
		free(o->cells[i].string);
		o->cells[i] = (struct sek_out_cell){ 0 };
	}
}

/* After this no value can be set until a table, stream, object or list begins. */
static void drop_columns(struct sek_out *o)
{
	clear_record(o);
	free(o->cells);
	o->cells = NULL;
	o->columns = NULL;
	o->n = 0;
}

void sek_out_free(struct sek_out *o)
{
	if (!o)
		return;
	drop_columns(o);
	for (size_t i = 0; i < o->texts_n; i++)
		free(o->texts[i]);
	free(o->texts);
	free(o->widths);
	free(o);
}

static int enter(struct sek_out *o, enum sek_out_place from, enum sek_out_place place,
		 const struct sek_out_column *columns, size_t n)
{
	if (!o->error && o->place != from)
		o->error = -EINVAL;
	if (o->error)
		return o->error;

	/* One more than needed, because calloc(0) may return NULL. */
	o->cells = calloc(n + 1, sizeof(*o->cells));
	if (!o->cells) {
		o->error = -ENOMEM;
		return o->error;
	}
	o->columns = columns;
	o->n = n;
	o->rows = 0;
	o->place = place;
	if (place != SEK_OUT_IN_OBJECT)
		o->backend->begin(o);
	else if (o->backend->begin_object)
		o->backend->begin_object(o);
	return o->error;
}

int sek_out_begin(struct sek_out *o, const struct sek_out_column *columns, size_t n)
{
	return enter(o, SEK_OUT_TOP, SEK_OUT_IN_TABLE, columns, n);
}

int sek_out_begin_stream(struct sek_out *o, const struct sek_out_column *columns, size_t n)
{
	return enter(o, SEK_OUT_TOP, SEK_OUT_IN_STREAM, columns, n);
}

int sek_out_begin_object(struct sek_out *o, const struct sek_out_column *fields, size_t n)
{
	o->members = 0;
	o->fields_written = false;
	return enter(o, SEK_OUT_TOP, SEK_OUT_IN_OBJECT, fields, n);
}

static void write_fields(struct sek_out *o)
{
	if (o->error || o->fields_written)
		return;
	o->backend->fields(o);
	o->fields_written = true;
	drop_columns(o);
}

int sek_out_begin_list(struct sek_out *o, const char *key, const char *title,
		       const struct sek_out_column *columns, size_t n)
{
	if (o->place == SEK_OUT_IN_OBJECT)
		write_fields(o);
	o->list_key = key;
	o->list_title = title;
	return enter(o, SEK_OUT_IN_OBJECT, SEK_OUT_IN_LIST, columns, n);
}

/* Returns the cell to be set, empty, or NULL if there is an error or none of that type. */
static struct sek_out_cell *take_cell(struct sek_out *o, size_t column, unsigned int types)
{
	struct sek_out_cell *cell;

	if (o->error)
		return NULL;
	if (column >= o->n || !(1U << o->columns[column].type & types)) {
		o->error = -EINVAL;
		return NULL;
	}
	cell = &o->cells[column];
	free(cell->string);
	*cell = (struct sek_out_cell){ 0 };
	return cell;
}

void sek_out_set_string(struct sek_out *o, size_t column, const char *value)
{
	struct sek_out_cell *cell = take_cell(o, column, 1U << SEK_OUT_STRING);

	if (!cell || !value)
		return;
	cell->string = strdup(value);
	if (cell->string)
		cell->set = true;
	else
		o->error = -ENOMEM;
}

void sek_out_set_u64(struct sek_out *o, size_t column, uint64_t value)
{
	struct sek_out_cell *cell = take_cell(
		o, column, 1U << SEK_OUT_U64 | 1U << SEK_OUT_BYTES | 1U << SEK_OUT_RATE);

	if (!cell)
		return;
	cell->number = value;
	cell->set = true;
}

void sek_out_set_bool(struct sek_out *o, size_t column, bool value)
{
	struct sek_out_cell *cell = take_cell(o, column, 1U << SEK_OUT_BOOL);

	if (!cell)
		return;
	cell->number = value;
	cell->set = true;
}

static bool has_rows(const struct sek_out *o)
{
	return o->place == SEK_OUT_IN_TABLE || o->place == SEK_OUT_IN_STREAM ||
	       o->place == SEK_OUT_IN_LIST;
}

int sek_out_row(struct sek_out *o)
{
	if (!o->error && !has_rows(o))
		o->error = -EINVAL;
	if (o->error)
		return o->error;
	o->backend->row(o);
	o->rows++;
	clear_record(o);
	return o->error;
}

int sek_out_flush(struct sek_out *o)
{
	if (o->error)
		return o->error;
	errno = 0;
	if (fflush(o->to) != 0 || ferror(o->to))
		o->error = errno ? -errno : -EIO;
	return o->error;
}

/* A row that was filled and not ended is a mistake of the caller's, not to be lost silently. */
static bool row_pending(const struct sek_out *o)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->cells[i].set)
			return true;
	return false;
}

int sek_out_end(struct sek_out *o)
{
	if (!o->error && (o->place == SEK_OUT_TOP || (has_rows(o) && row_pending(o))))
		o->error = -EINVAL;
	if (o->error)
		return o->error;

	if (o->place == SEK_OUT_IN_OBJECT) {
		write_fields(o);
		if (o->backend->end_object)
			o->backend->end_object(o);
	} else {
		o->backend->end(o);
		drop_columns(o);
	}
	if (o->place == SEK_OUT_IN_LIST) {
		o->place = SEK_OUT_IN_OBJECT;
		return o->error;
	}
	o->place = SEK_OUT_TOP;
	return sek_out_flush(o);
}
