// SPDX-License-Identifier: GPL-2.0-only
#include "bpflog.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>

#define PREFIX "libbpf: "

/* The verifier's log of one program, at libbpf's default level, is below this. */
#define TEXT_SIZE (64u << 10)
#define LINE_SIZE 512u

static _Thread_local char text[TEXT_SIZE];
static _Thread_local size_t text_len;
static _Thread_local char first[LINE_SIZE];
static _Thread_local char last[LINE_SIZE];

/* Makes room for @len bytes and a 0, by whole lines where there are any. */
static void forget(size_t len)
{
	const char *end;
	size_t drop;

	if (text_len + len < sizeof(text))
		return;
	drop = text_len + len + 1 - sizeof(text);
	end = memchr(text + drop, '\n', text_len - drop);
	if (end)
		drop = (size_t)(end + 1 - text);
	text_len -= drop;
	memmove(text, text + drop, text_len);
}

static void keep_text(const char *line, size_t len)
{
	if (len >= sizeof(text)) {
		line += len - (sizeof(text) - 1);
		len = sizeof(text) - 1;
	}
	forget(len);
	memcpy(text + text_len, line, len);
	text_len += len;
	text[text_len] = '\0';
}

/* Of a warning of several lines, the first. */
static void keep_line(char *to, const char *line)
{
	snprintf(to, LINE_SIZE, "%.*s", (int)strcspn(line, "\n"), line);
}

static int __attribute__((format(printf, 2, 0)))
keep(enum libbpf_print_level level, const char *fmt, va_list args)
{
	/* Static: a line may hold a whole verifier log. */
	static _Thread_local char line[TEXT_SIZE];
	const char *said = line;
	int len;

	if (level != LIBBPF_WARN)
		return 0;
	len = vsnprintf(line, sizeof(line), fmt, args);
	if (len < 0)
		return 0;
	if (!strncmp(said, PREFIX, strlen(PREFIX)))
		said += strlen(PREFIX);
	keep_text(said, strlen(said));
	keep_line(last, said);
	if (!first[0])
		keep_line(first, said);
	return 0;
}

void sek_bpflog_install(void)
{
	text_len = 0;
	text[0] = '\0';
	first[0] = '\0';
	last[0] = '\0';
	libbpf_set_print(keep);
}

const char *sek_bpflog_first(void)
{
	return first;
}

const char *sek_bpflog_last(void)
{
	return last;
}

const char *sek_bpflog_text(void)
{
	return text;
}
