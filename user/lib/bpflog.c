// SPDX-License-Identifier: GPL-2.0-only
#include "bpflog.h"

#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#define PREFIX "libbpf: "

/* The verifier's log of one program, at libbpf's default level, is below this. */
#define TEXT_SIZE (64u << 10)
#define LINE_SIZE 512u

/**
 * struct log - what one thread was told
 * @text: all of it
 * @len: of @text
 * @first: first warning
 * @last: latest warning
 * @line: room for one; it may hold a whole verifier log
 */
struct log {
	char text[TEXT_SIZE];
	size_t len;
	char first[LINE_SIZE];
	char last[LINE_SIZE];
	char line[TEXT_SIZE];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

static void make_key(void)
{
	pthread_key_create(&key, free);
}

/*
 * Of this thread, or NULL. Made when there is something to keep: a thread-local array of this size
 * would be filled with zeroes at the start of the program and of each thread.
 */
static struct log *own_log(void)
{
	pthread_once(&once, make_key);
	return pthread_getspecific(key);
}

static struct log *make_log(void)
{
	struct log *log = own_log();

	if (log)
		return log;
	log = calloc(1, sizeof(*log));
	if (log && pthread_setspecific(key, log)) {
		free(log);
		log = NULL;
	}
	return log;
}

/* Makes room for @len bytes and a 0, by whole lines where there are any. */
static void forget(struct log *log, size_t len)
{
	const char *end;
	size_t drop;

	if (log->len + len < sizeof(log->text))
		return;
	drop = log->len + len + 1 - sizeof(log->text);
	end = memchr(log->text + drop, '\n', log->len - drop);
	if (end)
		drop = (size_t)(end + 1 - log->text);
	log->len -= drop;
	memmove(log->text, log->text + drop, log->len);
}

static void keep_text(struct log *log, const char *line, size_t len)
{
	if (len >= sizeof(log->text)) {
		line += len - (sizeof(log->text) - 1);
		len = sizeof(log->text) - 1;
	}
	forget(log, len);
	memcpy(log->text + log->len, line, len);
	log->len += len;
	log->text[log->len] = '\0';
}

/* Of a warning of several lines, the first. */
static void keep_line(char *to, const char *line)
{
	snprintf(to, LINE_SIZE, "%.*s", (int)strcspn(line, "\n"), line);
}

static int __attribute__((format(printf, 2, 0)))
keep(enum libbpf_print_level level, const char *fmt, va_list args)
{
	const char *said;
	struct log *log;
	int len;

	if (level != LIBBPF_WARN)
		return 0;
	log = make_log();
	if (!log)
		return 0;
	len = vsnprintf(log->line, sizeof(log->line), fmt, args);
	if (len < 0)
		return 0;
	said = log->line;
	if (!strncmp(said, PREFIX, strlen(PREFIX)))
		said += strlen(PREFIX);
	keep_text(log, said, strlen(said));
	keep_line(log->last, said);
	if (!log->first[0])
		keep_line(log->first, said);
	return 0;
}

void sek_bpflog_install(void)
{
	struct log *log = own_log();

	if (log) {
		log->len = 0;
		log->text[0] = '\0';
		log->first[0] = '\0';
		log->last[0] = '\0';
	}
	libbpf_set_print(keep);
}

const char *sek_bpflog_first(void)
{
	const struct log *log = own_log();

	return log ? log->first : "";
}

const char *sek_bpflog_last(void)
{
	const struct log *log = own_log();

	return log ? log->last : "";
}

const char *sek_bpflog_text(void)
{
	const struct log *log = own_log();

	return log ? log->text : "";
}
