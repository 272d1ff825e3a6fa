// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

void sek_report_note(struct sek_report *r, const char *fmt, ...)
{
	char **notes = reallocarray(r->notes, r->notes_n + 1, sizeof(*notes));
	va_list args;

	/* Without memory a note is lost, not the load. */
	if (!notes)
		return;
	r->notes = notes;
	va_start(args, fmt);
	if (vasprintf(&notes[r->notes_n], fmt, args) >= 0)
		r->notes_n++;
	va_end(args);
}

int sek_report_fail(struct sek_report *r, int err, const char *fmt, ...)
{
	va_list args;
	int n;

	if (r->error[0])
		return err;
	va_start(args, fmt);
	n = vsnprintf(r->error, sizeof(r->error), fmt, args);
	va_end(args);
	if (n >= 0 && (size_t)n < sizeof(r->error))
		snprintf(r->error + n, sizeof(r->error) - n, ": %s", strerror(-err));
	return err;
}

int sek_report_say(struct sek_report *r, int err, const char *fmt, ...)
{
	va_list args;

	if (r->error[0])
		return err;
	va_start(args, fmt);
	vsnprintf(r->error, sizeof(r->error), fmt, args);
	va_end(args);
	return err;
}

void sek_report_free(struct sek_report *r)
{
	for (size_t i = 0; i < r->notes_n; i++)
		free(r->notes[i]);
	free(r->notes);
	r->notes = NULL;
	r->notes_n = 0;
}
