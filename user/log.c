// SPDX-License-Identifier: GPL-2.0-only
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "out/out.h"
#include "out/utf8.h"

static bool log_quiet;
static bool log_verbose;

void sek_log_setup(bool quiet, bool verbose)
{
	log_quiet = quiet;
	log_verbose = verbose;
}

/* @color: SGR parameter for the program's name, or NULL. */
static void __attribute__((format(printf, 2, 0)))
say(const char *color, const char *fmt, va_list args)
{
	int saved = errno;
	char *visible = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *line = open_memstream(&text, &len);

	if (line) {
		bool whole = vfprintf(line, fmt, args) >= 0;

		/* Only closing makes text valid. */
		if (fclose(line) == 0 && whole)
			visible = sek_utf8_visible(text);
	}

	/* Out of memory the format alone still tells what it was about. */
	if (color && sek_out_want_color(stderr))
		fprintf(stderr, "\033[%smsekisho:\033[0m %s\n", color, visible ? visible : fmt);
	else
		fprintf(stderr, "sekisho: %s\n", visible ? visible : fmt);
	free(visible);
	free(text);
	errno = saved;
}

void sek_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("31", fmt, args);
	va_end(args);
}

void sek_note(const char *fmt, ...)
{
	va_list args;

	if (log_quiet)
		return;
	va_start(args, fmt);
	say(NULL, fmt, args);
	va_end(args);
}

void sek_debug(const char *fmt, ...)
{
	va_list args;

	if (!log_verbose)
		return;
	va_start(args, fmt);
	say(NULL, fmt, args);
	va_end(args);
}
