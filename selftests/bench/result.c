// SPDX-License-Identifier: GPL-2.0-only
#include "result.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

static bool passes(const struct sek_result_row *row)
{
	return row->value <= row->goal;
}

void sek_result_add(struct sek_result *r, const char *name, double value, double goal,
		    const char *unit, const char *note, ...)
{
	struct sek_result_row *row = &r->rows[r->n];
	va_list args;

	if (r->n == sizeof(r->rows) / sizeof(*r->rows))
		abort();
	*row = (struct sek_result_row){ .name = name, .value = value, .goal = goal, .unit = unit };
	va_start(args, note);
	vsnprintf(row->note, sizeof(row->note), note, args);
	va_end(args);
	r->n++;
}

void sek_result_print(const struct sek_result *r, FILE *to)
{
	fprintf(to, "%-24s %9s %9s %-5s %-5s %s\n", "WHAT", "MEASURED", "GOAL", "UNIT", "PASS",
		"NOTE");
	for (size_t i = 0; i < r->n; i++) {
		const struct sek_result_row *row = &r->rows[i];

		fprintf(to, "%-24s %9.2f %9.2f %-5s %-5s %s\n", row->name, row->value, row->goal,
			row->unit, passes(row) ? "yes" : "no", row->note);
	}
}

int sek_result_write(const struct sek_result *r, const char *path)
{
	FILE *to = fopen(path, "we");
	bool failed;

	if (!to)
		return -errno;
	fprintf(to, "[");
	for (size_t i = 0; i < r->n; i++) {
		const struct sek_result_row *row = &r->rows[i];

		fprintf(to,
			"%s\n  { \"name\": \"%s\", \"value\": %.4f, \"goal\": %.4f, "
			"\"unit\": \"%s\", \"pass\": %s }",
			i ? "," : "", row->name, row->value, row->goal, row->unit,
			passes(row) ? "true" : "false");
	}
	fprintf(to, "\n]\n");
	failed = ferror(to);
	if (fclose(to))
		return -errno;
	return failed ? -EIO : 0;
}
