/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters for monitoring systems, in their own formats. What is counted is a cube: a row of
 * labels for whom (an interface, a cgroup), one for what (a class, a direction), and numbers
 * where they meet. Writing a million of them is a matter of copying text: both rows of labels
 * are made once each, not once for each number.
 */
#ifndef SEK_OUT_METRICS_H
#define SEK_OUT_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

enum sek_metrics_format {
	SEK_METRICS_PROMETHEUS,	 /* text exposition format 0.0.4 */
	SEK_METRICS_OPENMETRICS, /* OpenMetrics 1.0 */
	SEK_METRICS_INFLUX,	 /* InfluxDB line protocol */
	SEK_METRICS_CSV,	 /* RFC 4180, lines end in LF */
	SEK_METRICS_NR
};

enum sek_metrics_type {
	SEK_METRICS_COUNTER,
	SEK_METRICS_GAUGE,
	SEK_METRICS_INFO, /* the labels are what it says; its value is 1 */
};

/**
 * struct sek_metrics_value - one kind of number
 * @name: "packets"; "seconds" and "bytes" are also its unit
 * @help: one sentence
 * @type: of the number
 * @nano: the number is in 1/1000000000 of the unit
 */
struct sek_metrics_value {
	const char *name;
	const char *help;
	enum sek_metrics_type type;
	bool nano;
};

/**
 * struct sek_metrics_labels - rows of label values
 * @names: label names
 * @names_n: how many
 * @values: @names_n values for each row, any bytes; NULL or "" = the row has no such label
 * @n: number of rows; one row without labels is n = 1, names_n = 0
 */
struct sek_metrics_labels {
	const char *const *names;
	size_t names_n;
	const char *const *values;
	size_t n;
};

/**
 * struct sek_metrics_cube - numbers with the same labels
 * @name: what they are about: "sekisho_cgroup"
 * @values: kinds of numbers
 * @values_n: how many, at least 1
 * @who: outer rows
 * @what: inner rows
 * @cells: by outer row, inner row, kind
 * @zero: also those cells whose numbers are all 0
 *
 * In Prometheus' formats each kind is a metric NAME_KIND, a counter NAME_KIND_total; in
 * InfluxDB's NAME is the measurement and each kind a field.
 */
struct sek_metrics_cube {
	const char *name;
	const struct sek_metrics_value *values;
	size_t values_n;
	struct sek_metrics_labels who;
	struct sek_metrics_labels what;
	const uint64_t *cells;
	bool zero;
};

/* By enum sek_metrics_format: the words of options. */
extern const char *const sek_metrics_format_names[SEK_METRICS_NR];

/**
 * sek_metrics_content_type - what HTTP calls a format
 * @format: the format
 *
 * Return: a constant.
 */
const char *sek_metrics_content_type(enum sek_metrics_format format);

/**
 * sek_metrics_add - write one cube
 * @b: the text so far; remembers an error
 * @format: the format
 * @cube: the numbers
 *
 * In CSV each cube is a table of its own, with a heading; an empty line is between two.
 */
void sek_metrics_add(struct sek_buffer *b, enum sek_metrics_format format,
		     const struct sek_metrics_cube *cube);

/**
 * sek_metrics_end - write what ends the text
 * @b: the text
 * @format: the format
 */
void sek_metrics_end(struct sek_buffer *b, enum sek_metrics_format format);

#endif
