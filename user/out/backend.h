/* SPDX-License-Identifier: GPL-2.0-only */
/* What out.c and the back ends share; nobody else includes this. */
#ifndef SEK_OUT_BACKEND_H
#define SEK_OUT_BACKEND_H

#include "out.h"

/* What has been begun. Only a list has something around it: an object. */
enum sek_out_place {
	SEK_OUT_TOP,
	SEK_OUT_IN_TABLE,
	SEK_OUT_IN_STREAM,
	SEK_OUT_IN_OBJECT,
	SEK_OUT_IN_LIST,
};

/**
 * struct sek_out_cell - one value of the record under construction
 * @set: whether there is a value
 * @number: the value, unless it is a string
 * @string: the value if it is a string; owned
 */
struct sek_out_cell {
	bool set;
	uint64_t number;
	char *string;
};

/**
 * struct sek_out_backend - what a format does with records
 * @begin: a table, stream or list begins (o->place says which)
 * @row: write or keep o->cells
 * @end: the table, stream or list ends
 * @begin_object: an object begins; may be NULL
 * @fields: o->cells are the object's fields; called once, before any list
 * @end_object: the object ends; may be NULL
 *
 * None is called after an error.
 */
struct sek_out_backend {
	void (*begin)(struct sek_out *o);
	void (*row)(struct sek_out *o);
	void (*end)(struct sek_out *o);
	void (*begin_object)(struct sek_out *o);
	void (*fields)(struct sek_out *o);
	void (*end_object)(struct sek_out *o);
};

extern const struct sek_out_backend sek_text_backend;
extern const struct sek_out_backend sek_json_backend;

/**
 * struct sek_out - a writer of records
 * @to: where they go; borrowed
 * @options: as given
 * @backend: of options.format
 * @error: first error as -errno, or 0
 * @place: what has been begun
 * @fields_written: the object's fields have been handed to the back end
 * @columns: of the record under construction; borrowed
 * @n: number of columns and of cells
 * @cells: the record under construction
 * @rows: rows ended in this table, stream or list
 * @members: JSON: members written to the open object
 * @list_key: JSON key of the open list; borrowed
 * @list_title: text heading of the open list, or NULL; borrowed
 * @widths: text: width of each column, in terminal columns
 * @texts: text: formatted values of all rows, @n a row; owned
 * @texts_n: text: how many
 * @texts_room: text: how many fit
 */
struct sek_out {
	FILE *to;
	struct sek_out_options options;
	const struct sek_out_backend *backend;
	int error;
	enum sek_out_place place;
	bool fields_written;

	const struct sek_out_column *columns;
	size_t n;
	struct sek_out_cell *cells;
	size_t rows;

	size_t members;
	const char *list_key;

	const char *list_title;
	size_t *widths;
	char **texts;
	size_t texts_n;
	size_t texts_room;
};

/**
 * sek_out_fail - remember an error, unless there is an earlier one
 * @o: the writer
 * @error: -errno
 */
void sek_out_fail(struct sek_out *o, int error);

/**
 * sek_out_write - write bytes
 * @o: the writer; remembers any error
 * @data: the bytes
 * @n: how many
 */
void sek_out_write(struct sek_out *o, const void *data, size_t n);

/**
 * sek_out_puts - write a string
 * @o: the writer; remembers any error
 * @s: the string
 */
void sek_out_puts(struct sek_out *o, const char *s);

/**
 * sek_out_pad - write spaces
 * @o: the writer; remembers any error
 * @n: how many
 */
void sek_out_pad(struct sek_out *o, size_t n);

#endif
