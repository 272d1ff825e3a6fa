/* SPDX-License-Identifier: GPL-2.0-only */
/* What was measured, against what it should be. */
#ifndef SEK_BENCH_RESULT_H
#define SEK_BENCH_RESULT_H

#include <stddef.h>
#include <stdio.h>

/**
 * struct sek_result_row - one number that has a goal; it passes if it is not greater
 * @name: "area.what", a constant
 * @value: measured
 * @goal: the most it should be
 * @unit: of both: "x" or "MiB", a constant
 * @note: for people
 */
struct sek_result_row {
	const char *name;
	double value;
	double goal;
	const char *unit;
	char note[80];
};

/**
 * struct sek_result - all rows, in the order in which they were measured
 * @rows: the rows
 * @n: how many
 */
struct sek_result {
	struct sek_result_row rows[64];
	size_t n;
};

/**
 * sek_result_add() - add a row
 * @r: result, with room for it
 * @name: see struct sek_result_row, as the others
 * @value: measured
 * @goal: the most it should be
 * @unit: of both
 * @note: printf format of the note
 */
void sek_result_add(struct sek_result *r, const char *name, double value, double goal,
		    const char *unit, const char *note, ...) __attribute__((format(printf, 6, 7)));

/**
 * sek_result_print() - as a table
 * @r: result
 * @to: where to
 */
void sek_result_print(const struct sek_result *r, FILE *to);

/**
 * sek_result_write() - as JSON: an array of objects
 * @r: result
 * @path: of the file, which is replaced
 *
 * Return: 0 or -errno.
 */
int sek_result_write(const struct sek_result *r, const char *path);

#endif
