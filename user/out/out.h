/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records for people and for programs: a command says once what it found, and the back end
 * makes a text table or JSON of it.
 *
 *	enum { IFNAME, PACKETS };
 *	static const struct sek_out_column columns[] = {
 *		[IFNAME]  = { .key = "ifname", .title = "INTERFACE", .type = SEK_OUT_STRING },
 *		[PACKETS] = { .key = "packets", .title = "PACKETS", .type = SEK_OUT_U64 },
 *	};
 *
 *	sek_out_begin(out, columns, ARRAY_SIZE(columns));
 *	for (…) {
 *		sek_out_set_string(out, IFNAME, link->name);
 *		sek_out_set_u64(out, PACKETS, link->packets);
 *		sek_out_row(out);
 *	}
 *	err = sek_out_end(out);
 *
 * The first error sticks: it makes every later call do nothing, and the last sek_out_end()
 * returns it, so that no other call needs to be checked except to leave a long loop early.
 * A call that does not fit (a row outside a table, a string in a numeric column) is -EINVAL.
 */
#ifndef SEK_OUT_OUT_H
#define SEK_OUT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum sek_out_format {
	SEK_OUT_TEXT,
	SEK_OUT_JSON,
};

/**
 * struct sek_out_options - how records are written
 * @format: the back end
 * @pretty: JSON over several lines, indented
 * @color: text with colours, see sek_out_want_color()
 * @raw_units: text with exact numbers instead of "1.23MiB"
 */
struct sek_out_options {
	enum sek_out_format format;
	bool pretty;
	bool color;
	bool raw_units;
};

/* What a column holds; in JSON all but strings and bools are exact numbers. */
enum sek_out_type {
	SEK_OUT_STRING,
	SEK_OUT_U64,	/* a count, exact in text too */
	SEK_OUT_BYTES,	/* bytes, "1.23MiB" in text */
	SEK_OUT_RATE,	/* bits a second, "1.23Mbit/s" in text */
	SEK_OUT_BOOL,	/* "yes" or "no" in text */
};

enum sek_out_color {
	SEK_OUT_PLAIN,
	SEK_OUT_BOLD,
	SEK_OUT_RED,
	SEK_OUT_GREEN,
	SEK_OUT_YELLOW,
	SEK_OUT_BLUE,
	SEK_OUT_MAGENTA,
	SEK_OUT_CYAN,
	SEK_OUT_COLOR_NR,
};

/**
 * struct sek_out_column - one column of a table, or one field of an object
 * @key: JSON key
 * @title: heading or label in text; NULL = not shown in text
 * @type: what it holds
 * @color: colour of its values in text
 * @width: narrowest width in text, in terminal columns; only a stream needs it, because
 *	its widths cannot be computed from rows that are yet to come
 */
struct sek_out_column {
	const char *key;
	const char *title;
	enum sek_out_type type;
	enum sek_out_color color;
	unsigned int width;
};

struct sek_out;

/**
 * sek_out_want_color - may colours be written to this file?
 * @to: where text goes
 *
 * Return: true on a terminal that is not dumb, unless NO_COLOR is set and not empty
 * (https://no-color.org).
 */
bool sek_out_want_color(FILE *to);

/**
 * sek_out_new - make a writer of records
 * @to: where they go; stays the caller's
 * @options: copied
 *
 * Return: a writer to be freed by sek_out_free(), or NULL when out of memory.
 */
struct sek_out *sek_out_new(FILE *to, const struct sek_out_options *options);

/**
 * sek_out_free - free a writer
 * @o: the writer, or NULL; what was begun and not ended is lost
 */
void sek_out_free(struct sek_out *o);

/* For __attribute__((cleanup(sek_out_freep))). */
static inline void sek_out_freep(struct sek_out **o)
{
	sek_out_free(*o);
}

/**
 * sek_out_begin - begin a table: a JSON array of flat objects
 * @o: the writer, with nothing begun
 * @columns: must stay until sek_out_end()
 * @n: how many
 *
 * Return: 0 or -errno.
 */
int sek_out_begin(struct sek_out *o, const struct sek_out_column *columns, size_t n);

/**
 * sek_out_begin_stream - begin a table that is written row by row
 * @o: the writer, with nothing begun
 * @columns: must stay until sek_out_end()
 * @n: how many
 *
 * For rows that are too many to keep, or that come while somebody watches. JSON is one
 * object after the other, each on a line of its own unless pretty, and no array.
 *
 * Return: 0 or -errno.
 */
int sek_out_begin_stream(struct sek_out *o, const struct sek_out_column *columns, size_t n);

/**
 * sek_out_begin_object - begin one object, which may hold lists
 * @o: the writer, with nothing begun
 * @fields: must stay until the first list begins or the object ends
 * @n: how many
 *
 * Set the fields first, then begin and end any lists; there is no sek_out_row(). In text
 * each field is a line "Title: value".
 *
 * Return: 0 or -errno.
 */
int sek_out_begin_object(struct sek_out *o, const struct sek_out_column *fields, size_t n);

/**
 * sek_out_begin_list - begin a table inside an object
 * @o: the writer, in an object
 * @key: JSON key of the array; must stay until sek_out_end()
 * @title: heading of the table in text, NULL = the table is not shown in text; must stay
 * @columns: must stay until sek_out_end()
 * @n: how many
 *
 * Return: 0 or -errno.
 */
int sek_out_begin_list(struct sek_out *o, const char *key, const char *title,
		       const struct sek_out_column *columns, size_t n);

/**
 * sek_out_set_string - set a value of the current row or object
 * @o: the writer
 * @column: index into the columns; its type is %SEK_OUT_STRING
 * @value: any bytes, copied; NULL leaves the value out
 *
 * A value that is never set is omitted in JSON, and is "-" in text. Whatever the bytes are,
 * the output is valid UTF-8 and holds nothing that a terminal obeys.
 */
void sek_out_set_string(struct sek_out *o, size_t column, const char *value);

/**
 * sek_out_set_u64 - set a value of the current row or object
 * @o: the writer
 * @column: index of a column of type %SEK_OUT_U64, %SEK_OUT_BYTES or %SEK_OUT_RATE
 * @value: in the type's unit
 */
void sek_out_set_u64(struct sek_out *o, size_t column, uint64_t value);

/**
 * sek_out_set_bool - set a value of the current row or object
 * @o: the writer
 * @column: index of a column of type %SEK_OUT_BOOL
 * @value: the value
 */
void sek_out_set_bool(struct sek_out *o, size_t column, bool value);

/**
 * sek_out_row - end a row
 * @o: the writer, in a table, stream or list
 *
 * Return: 0, or the first error so far as -errno.
 */
int sek_out_row(struct sek_out *o);

/**
 * sek_out_flush - hand what was written to the kernel, for those who watch a stream
 * @o: the writer
 *
 * Return: 0, or the first error so far as -errno: -EPIPE when the reader has gone (and
 * SIGPIPE is ignored), -ENOSPC when the disk is full.
 */
int sek_out_flush(struct sek_out *o);

/**
 * sek_out_end - end what was begun last; flushes unless an object remains open
 * @o: the writer
 *
 * Return: 0, or the first error so far as -errno, see sek_out_flush().
 */
int sek_out_end(struct sek_out *o);

#endif
