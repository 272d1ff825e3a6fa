// SPDX-License-Identifier: GPL-2.0-only
/* RFC 8259. Whatever goes in, what comes out is valid UTF-8 without control characters. */
#include <inttypes.h>
#include <string.h>

#include "backend.h"
#include "utf8.h"

#define INDENT 4

static void new_line(struct sek_out *o, size_t depth)
{
	if (!o->options.pretty)
		return;
	sek_out_puts(o, "\n");
	sek_out_pad(o, depth * INDENT);
}

/* \u escapes are UTF-16 (RFC 8259, section 7). */
static void write_escape(struct sek_out *o, uint32_t code)
{
	char text[16];

	if (code == SEK_UTF8_INVALID)
		code = 0xfffd; /* REPLACEMENT CHARACTER */
	if (code < 0x10000)
		snprintf(text, sizeof(text), "\\u%04" PRIx32, code);
	else
		snprintf(text, sizeof(text), "\\u%04" PRIx32 "\\u%04" PRIx32,
			 0xd800 + ((code - 0x10000) >> 10), 0xdc00 + (code & 0x3ff));
	sek_out_puts(o, text);
}

static void write_special(struct sek_out *o, uint32_t code)
{
	switch (code) {
	case '"':
		sek_out_puts(o, "\\\"");
		break;
	case '\\':
		sek_out_puts(o, "\\\\");
		break;
	case '\n':
		sek_out_puts(o, "\\n");
		break;
	case '\t':
		sek_out_puts(o, "\\t");
		break;
	default:
		write_escape(o, code);
	}
}

static void write_string(struct sek_out *o, const char *s)
{
	const char *plain = s;

	sek_out_puts(o, "\"");
	while (*s) {
		uint32_t code;
		size_t n = sek_utf8_decode(s, &code);

		if (code == '"' || code == '\\' || sek_utf8_unsafe(code)) {
			sek_out_write(o, plain, (size_t)(s - plain));
			write_special(o, code);
			plain = s + n;
		}
		s += n;
	}
	sek_out_write(o, plain, (size_t)(s - plain));
	sek_out_puts(o, "\"");
}

static void write_value(struct sek_out *o, enum sek_out_type type, const struct sek_out_cell *cell)
{
	char number[24];

	switch (type) {
	case SEK_OUT_STRING:
		write_string(o, cell->string);
		break;
	case SEK_OUT_BOOL:
		sek_out_puts(o, cell->number ? "true" : "false");
		break;
	case SEK_OUT_U64:
	case SEK_OUT_BYTES:
	case SEK_OUT_RATE:
		snprintf(number, sizeof(number), "%" PRIu64, cell->number);
		sek_out_puts(o, number);
		break;
	}
}

static void write_key(struct sek_out *o, const char *key, size_t depth, size_t *members)
{
	if ((*members)++)
		sek_out_puts(o, ",");
	new_line(o, depth);
	write_string(o, key);
	sek_out_puts(o, o->options.pretty ? ": " : ":");
}

static void write_record(struct sek_out *o, size_t depth, size_t *members)
{
	for (size_t i = 0; i < o->n; i++) {
		if (!o->cells[i].set)
			continue;
		write_key(o, o->columns[i].key, depth, members);
		write_value(o, o->columns[i].type, &o->cells[i]);
	}
}

/* How deep the brackets of the array are; a stream has none, and its rows are at the top. */
static size_t array_depth(const struct sek_out *o)
{
	return o->place == SEK_OUT_IN_LIST ? 1 : 0;
}

static void begin(struct sek_out *o)
{
	if (o->place == SEK_OUT_IN_LIST)
		write_key(o, o->list_key, 1, &o->members);
	if (o->place != SEK_OUT_IN_STREAM)
		sek_out_puts(o, "[");
}

static void row(struct sek_out *o)
{
	bool stream = o->place == SEK_OUT_IN_STREAM;
	size_t depth = stream ? 0 : array_depth(o) + 1;
	size_t members = 0;

	if (!stream) {
		if (o->rows)
			sek_out_puts(o, ",");
		new_line(o, depth);
	}
	sek_out_puts(o, "{");
	write_record(o, depth + 1, &members);
	if (members)
		new_line(o, depth);
	sek_out_puts(o, stream ? "}\n" : "}");
}

static void end(struct sek_out *o)
{
	if (o->place == SEK_OUT_IN_STREAM)
		return;
	if (o->rows)
		new_line(o, array_depth(o));
	sek_out_puts(o, o->place == SEK_OUT_IN_LIST ? "]" : "]\n");
}

static void begin_object(struct sek_out *o)
{
	sek_out_puts(o, "{");
}

static void fields(struct sek_out *o)
{
	write_record(o, 1, &o->members);
}

static void end_object(struct sek_out *o)
{
	if (o->members)
		new_line(o, 0);
	sek_out_puts(o, "}\n");
}

const struct sek_out_backend sek_json_backend = {
	.begin = begin,
	.row = row,
	.end = end,
	.begin_object = begin_object,
	.fields = fields,
	.end_object = end_object,
};
