// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prometheus text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/
 * OpenMetrics 1.0: https://github.com/OpenObservability/OpenMetrics, specification/OpenMetrics.md
 * Line protocol: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 */
#include "metrics.h"

#include <errno.h>
#include <stdlib.h>

#include "utf8.h"

const char *const sek_metrics_format_names[SEK_METRICS_NR] = {
	[SEK_METRICS_PROMETHEUS] = "prometheus",
	[SEK_METRICS_OPENMETRICS] = "openmetrics",
	[SEK_METRICS_INFLUX] = "influx",
	[SEK_METRICS_CSV] = "csv",
};

const char *sek_metrics_content_type(enum sek_metrics_format format)
{
	static const char *const types[SEK_METRICS_NR] = {
		[SEK_METRICS_PROMETHEUS] = "text/plain; version=0.0.4; charset=utf-8",
		[SEK_METRICS_OPENMETRICS] =
			"application/openmetrics-text; version=1.0.0; charset=utf-8",
		[SEK_METRICS_INFLUX] = "text/plain; charset=utf-8",
		[SEK_METRICS_CSV] = "text/csv; charset=utf-8",
	};

	return types[format];
}

/* Labels as text, each row once. */
struct rendered {
	struct sek_buffer text;
	size_t *at; /* row i is text from at[i] to at[i + 1] */
	size_t longest;
};

static void add_byte(struct sek_buffer *b, unsigned char byte)
{
	static const char hex[] = "0123456789abcdef";
	const char text[] = { 'x', hex[byte >> 4], hex[byte & 0xf] };

	sek_buffer_add(b, text, sizeof(text));
}

/* Label values may be any UTF-8; only three characters are written in another way. */
static void add_quoted(struct sek_buffer *b, const char *s)
{
	while (*s) {
		uint32_t code;
		size_t n = sek_utf8_decode(s, &code);

		if (code == '"' || code == '\\') {
			sek_buffer_add(b, "\\", 1);
			sek_buffer_add(b, s, 1);
		} else if (code == '\n') {
			sek_buffer_puts(b, "\\n");
		} else if (code == SEK_UTF8_INVALID) {
			/* A backslash and the byte: "\xff". */
			sek_buffer_puts(b, "\\\\");
			add_byte(b, (unsigned char)*s);
		} else {
			sek_buffer_add(b, s, n);
		}
		s += n;
	}
}

/*
 * A tag value may hold neither a line's end nor, at its own end, a backslash; a backslash
 * elsewhere is itself, unless a comma, a space or an equals sign follows.
 */
static void add_tag(struct sek_buffer *b, const char *s)
{
	while (*s) {
		uint32_t code;
		size_t n = sek_utf8_decode(s, &code);
		bool ends = code == '\\' && (!s[1] || s[1] == ',' || s[1] == ' ' || s[1] == '=');

		if (code == ',' || code == ' ' || code == '=')
			sek_buffer_add(b, "\\", 1);
		if (code < 0x20 || code == 0x7f || code == SEK_UTF8_INVALID || ends) {
			sek_buffer_add(b, "\\", 1);
			add_byte(b, (unsigned char)*s);
		} else {
			sek_buffer_add(b, s, n);
		}
		s += n;
	}
}

/* Always quoted, so that nobody takes a number or a date out of a name. */
static void add_csv(struct sek_buffer *b, const char *s)
{
	sek_buffer_add(b, "\"", 1);
	for (; s && *s;) {
		uint32_t code;
		size_t n = sek_utf8_decode(s, &code);

		if (code == '"')
			sek_buffer_add(b, "\"", 1);
		if (code == SEK_UTF8_INVALID) {
			sek_buffer_add(b, "\\", 1);
			add_byte(b, (unsigned char)*s);
		} else {
			sek_buffer_add(b, s, n);
		}
		s += n;
	}
	sek_buffer_add(b, "\"", 1);
}

/* One label in front of which @n others were written in this row. */
static void add_label(struct sek_buffer *b, enum sek_metrics_format format, const char *name,
		      const char *value, size_t n)
{
	bool none = !value || !*value;

	switch (format) {
	case SEK_METRICS_CSV:
		add_csv(b, value);
		sek_buffer_add(b, ",", 1);
		break;
	case SEK_METRICS_INFLUX:
		if (none)
			break;
		sek_buffer_add(b, ",", 1);
		sek_buffer_puts(b, name);
		sek_buffer_add(b, "=", 1);
		add_tag(b, value);
		break;
	default:
		if (none)
			break;
		if (n)
			sek_buffer_add(b, ",", 1);
		sek_buffer_puts(b, name);
		sek_buffer_add(b, "=\"", 2);
		add_quoted(b, value);
		sek_buffer_add(b, "\"", 1);
	}
}

/* @before: in front of rows that have a label; @after: behind each row */
static int render(struct rendered *r, enum sek_metrics_format format,
		  const struct sek_metrics_labels *labels, const char *before, const char *after)
{
	*r = (struct rendered){ .at = calloc(labels->n + 1, sizeof(*r->at)) };
	if (!r->at)
		return -1;
	for (size_t i = 0; i < labels->n; i++) {
		size_t begin = r->text.n, first;

		sek_buffer_puts(&r->text, before);
		first = r->text.n;
		for (size_t k = 0; k < labels->names_n; k++)
			add_label(&r->text, format, labels->names[k],
				  labels->values[i * labels->names_n + k], r->text.n - first);
		if (r->text.n == first)
			r->text.n = begin;
		sek_buffer_puts(&r->text, after);
		r->at[i + 1] = r->text.n;
		if (r->text.n - begin > r->longest)
			r->longest = r->text.n - begin;
	}
	return r->text.error;
}

static void rendered_free(struct rendered *r)
{
	sek_buffer_free(&r->text);
	free(r->at);
}

static void put_value(struct sek_buffer *b, const struct sek_metrics_value *kind, uint64_t value)
{
	char digits[9];

	if (!kind->nano) {
		sek_buffer_put_u64(b, value);
		return;
	}
	sek_buffer_put_u64(b, value / 1000000000);
	value %= 1000000000;
	for (int i = 8; i >= 0; i--, value /= 10)
		digits[i] = (char)('0' + value % 10);
	sek_buffer_put(b, ".", 1);
	sek_buffer_put(b, digits, sizeof(digits));
}

/* The most that put_value() writes. */
#define VALUE_SIZE (SEK_BUFFER_U64 + 10)

static void put_row(struct sek_buffer *b, const struct rendered *r, size_t i)
{
	sek_buffer_put(b, r->text.text + r->at[i], r->at[i + 1] - r->at[i]);
}

static bool is_empty(const struct rendered *r, size_t i)
{
	return r->at[i + 1] == r->at[i];
}

/* Calls @fn for each cell that is to be written, with room for its text. */
static void each_cell(struct sek_buffer *b, const struct sek_metrics_cube *cube, size_t room,
		      void (*fn)(struct sek_buffer *b, size_t who, size_t what,
				 const uint64_t *values, void *arg),
		      void *arg)
{
	const uint64_t *values = cube->cells;

	for (size_t who = 0; who < cube->who.n; who++) {
		/* Once for all of its rows: asking is a part of the cost. */
		if (!sek_buffer_reserve(b, room * cube->what.n))
			return;
		for (size_t what = 0; what < cube->what.n; what++, values += cube->values_n) {
			uint64_t any = cube->zero;

			for (size_t k = 0; k < cube->values_n; k++)
				any |= values[k];
			if (any)
				fn(b, who, what, values, arg);
		}
	}
}

struct writer {
	const struct sek_metrics_cube *cube;
	struct rendered who;
	struct rendered what;
	struct sek_buffer head; /* the metric */
	struct sek_buffer line; /* what all lines of an outer row begin with */
	size_t kind;
	bool braces;
};

/*
 * Lines of one outer row differ in what follows: "metric{who" is copied as a whole, and ",what} "
 * was made with its ends.
 */
static void begin_line(struct writer *w, size_t who)
{
	w->line.n = 0;
	sek_buffer_add(&w->line, w->head.text, w->head.n);
	if (w->braces)
		sek_buffer_puts(&w->line, "{");
	sek_buffer_add(&w->line, w->who.text.text + w->who.at[who],
		       w->who.at[who + 1] - w->who.at[who]);
}

/* Without the comma, where there is nothing in front of it. */
static void put_what(struct sek_buffer *b, const struct writer *w, size_t what, bool first)
{
	const char *text = w->what.text.text + w->what.at[what];
	size_t skip = first && *text == ',';

	sek_buffer_put(b, text + skip, w->what.at[what + 1] - w->what.at[what] - skip);
}

static void add_lines(struct sek_buffer *b, struct writer *w)
{
	const struct sek_metrics_cube *cube = w->cube;
	const struct sek_metrics_value *kind = &cube->values[w->kind];
	const uint64_t *values = cube->cells;

	for (size_t who = 0; who < cube->who.n; who++) {
		begin_line(w, who);
		/* Room for all at once: asking is a part of the cost. */
		if (w->head.error || w->line.error ||
		    !sek_buffer_reserve(b, (w->line.n + w->what.longest + VALUE_SIZE + 1) *
						   cube->what.n))
			return;
		for (size_t what = 0; what < cube->what.n; what++, values += cube->values_n) {
			uint64_t any = cube->zero;

			for (size_t k = 0; k < cube->values_n; k++)
				any |= values[k];
			if (!any)
				continue;
			sek_buffer_put(b, w->line.text, w->line.n);
			put_what(b, w, what, is_empty(&w->who, who));
			put_value(b, kind, values[w->kind]);
			sek_buffer_put(b, "\n", 1);
		}
	}
}

static const char *suffix(const struct sek_metrics_value *kind)
{
	static const char *const suffixes[] = {
		[SEK_METRICS_COUNTER] = "_total",
		[SEK_METRICS_GAUGE] = "",
		[SEK_METRICS_INFO] = "_info",
	};

	return suffixes[kind->type];
}

static const char *type_name(const struct sek_metrics_value *kind, bool openmetrics)
{
	if (kind->type == SEK_METRICS_COUNTER)
		return "counter";
	return kind->type == SEK_METRICS_INFO && openmetrics ? "info" : "gauge";
}

static bool has_unit(const struct sek_metrics_value *kind)
{
	return !strcmp(kind->name, "bytes") || !strcmp(kind->name, "packets") ||
	       !strcmp(kind->name, "seconds");
}

/* OpenMetrics calls the family by its name without the suffix, Prometheus by that of its lines. */
static void prometheus_head(struct sek_buffer *b, struct writer *w, bool openmetrics)
{
	const struct sek_metrics_value *kind = &w->cube->values[w->kind];
	size_t n;

	w->head.n = 0;
	sek_buffer_puts(&w->head, w->cube->name);
	if (*kind->name) {
		sek_buffer_puts(&w->head, "_");
		sek_buffer_puts(&w->head, kind->name);
	}
	n = w->head.n;
	sek_buffer_puts(&w->head, suffix(kind));
	if (!openmetrics)
		n = w->head.n;
	sek_buffer_puts(b, "# HELP ");
	sek_buffer_add(b, w->head.text, n);
	sek_buffer_puts(b, " ");
	sek_buffer_puts(b, kind->help);
	sek_buffer_puts(b, "\n# TYPE ");
	sek_buffer_add(b, w->head.text, n);
	sek_buffer_puts(b, " ");
	sek_buffer_puts(b, type_name(kind, openmetrics));
	sek_buffer_puts(b, "\n");
	if (openmetrics && has_unit(kind)) {
		sek_buffer_puts(b, "# UNIT ");
		sek_buffer_add(b, w->head.text, n);
		sek_buffer_puts(b, " ");
		sek_buffer_puts(b, kind->name);
		sek_buffer_puts(b, "\n");
	}
}

static void add_prometheus(struct sek_buffer *b, struct writer *w, bool openmetrics)
{
	for (w->kind = 0; w->kind < w->cube->values_n && !w->head.error; w->kind++) {
		prometheus_head(b, w, openmetrics);
		add_lines(b, w);
	}
}

static void influx_cell(struct sek_buffer *b, size_t who, size_t what, const uint64_t *values,
			void *arg)
{
	const struct writer *w = arg;

	sek_buffer_put(b, w->cube->name, strlen(w->cube->name));
	put_row(b, &w->who, who);
	put_row(b, &w->what, what);
	for (size_t k = 0; k < w->cube->values_n; k++) {
		const struct sek_metrics_value *kind = &w->cube->values[k];
		const char *name = *kind->name ? kind->name : "value";

		sek_buffer_put(b, k ? "," : " ", 1);
		sek_buffer_put(b, name, strlen(name));
		sek_buffer_put(b, "=", 1);
		put_value(b, kind, values[k]);
		if (!kind->nano)
			sek_buffer_put(b, "i", 1);
	}
	sek_buffer_put(b, "\n", 1);
}

static void csv_cell(struct sek_buffer *b, size_t who, size_t what, const uint64_t *values,
		     void *arg)
{
	const struct writer *w = arg;

	put_row(b, &w->who, who);
	put_row(b, &w->what, what);
	for (size_t k = 0; k < w->cube->values_n; k++) {
		if (k)
			sek_buffer_put(b, ",", 1);
		put_value(b, &w->cube->values[k], values[k]);
	}
	sek_buffer_put(b, "\n", 1);
}

static void csv_heading(struct sek_buffer *b, const struct sek_metrics_cube *cube)
{
	if (b->n)
		sek_buffer_puts(b, "\n");
	for (size_t i = 0; i < cube->who.names_n; i++) {
		sek_buffer_puts(b, cube->who.names[i]);
		sek_buffer_puts(b, ",");
	}
	for (size_t i = 0; i < cube->what.names_n; i++) {
		sek_buffer_puts(b, cube->what.names[i]);
		sek_buffer_puts(b, ",");
	}
	for (size_t k = 0; k < cube->values_n; k++) {
		const char *name = cube->values[k].name;

		if (k)
			sek_buffer_puts(b, ",");
		sek_buffer_puts(b, *name ? name : "value");
	}
	sek_buffer_puts(b, "\n");
}

/* The names of a line's fields, with what separates them. */
static size_t fields_size(const struct sek_metrics_cube *cube)
{
	size_t n = strlen(cube->name) + 1;

	for (size_t k = 0; k < cube->values_n; k++)
		n += strlen(cube->values[k].name) + sizeof("value=i,") + VALUE_SIZE;
	return n;
}

void sek_metrics_add(struct sek_buffer *b, enum sek_metrics_format format,
		     const struct sek_metrics_cube *cube)
{
	bool prometheus = format == SEK_METRICS_PROMETHEUS || format == SEK_METRICS_OPENMETRICS;
	struct writer w = { .cube = cube };
	size_t room;

	w.braces = cube->who.names_n || cube->what.names_n;
	if (render(&w.who, format, &cube->who, "", "") |
	    render(&w.what, format, &cube->what, prometheus && cube->who.names_n ? "," : "",
		   !prometheus ? ""
		   : w.braces  ? "} "
			       : " ")) {
		b->error = b->error ?: -ENOMEM;
		goto out;
	}
	room = fields_size(cube) + w.who.longest + w.what.longest;
	if (format == SEK_METRICS_INFLUX) {
		each_cell(b, cube, room, influx_cell, &w);
	} else if (format == SEK_METRICS_CSV) {
		csv_heading(b, cube);
		each_cell(b, cube, room, csv_cell, &w);
	} else {
		add_prometheus(b, &w, format == SEK_METRICS_OPENMETRICS);
		b->error = b->error ?: w.head.error ?: w.line.error;
	}
out:
	sek_buffer_free(&w.head);
	sek_buffer_free(&w.line);
	rendered_free(&w.who);
	rendered_free(&w.what);
}

void sek_metrics_end(struct sek_buffer *b, enum sek_metrics_format format)
{
	if (format == SEK_METRICS_OPENMETRICS)
		sek_buffer_puts(b, "# EOF\n");
}
