// SPDX-License-Identifier: GPL-2.0-only
#include "expedite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

#define KNOB   "/sys/kernel/rcu_expedited"
#define NORMAL "/sys/kernel/rcu_normal"

/* Any value but 0 is the same to the kernel; this one spells "sek". */
#define OURS "7562603"

static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

#define SIGNALS_N (sizeof(signals) / sizeof(*signals))

/* The knob is the host's, so a process has one of these. */
static bool forbidden;
static volatile sig_atomic_t raised;
static bool caught[SIGNALS_N];

/* All of this may run in a signal handler. */
static bool has_value(int fd, const char *value)
{
	size_t want = strlen(value);
	char text[16];
	ssize_t n = pread(fd, text, sizeof(text), 0);

	return n == (ssize_t)want + 1 && text[want] == '\n' && !memcmp(text, value, want);
}

/* From one value to the other; another one is not ours to change. */
static bool change(const char *from, const char *to)
{
	SEK_CLEANUP(sek_closep) int fd = open(KNOB, O_RDWR | O_CLOEXEC);
	ssize_t len = strlen(to);

	return fd >= 0 && has_value(fd, from) && pwrite(fd, to, len, 0) == len;
}

static bool is_normal(void)
{
	SEK_CLEANUP(sek_closep) int fd = open(NORMAL, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && !has_value(fd, "0");
}

/* It ends the process when the handler returns. */
static void put_back_and_die(int number)
{
	sek_expedite_end();
	raise(number);
}

static void catch_signals(void)
{
	const struct sigaction action = { .sa_handler = put_back_and_die };
	struct sigaction now;

	for (size_t i = 0; i < SIGNALS_N; i++) {
		caught[i] = !sigaction(signals[i], NULL, &now) && now.sa_handler == SIG_DFL &&
			    !sigaction(signals[i], &action, NULL);
	}
}

static void release_signals(void)
{
	const struct sigaction action = { .sa_handler = SIG_DFL };

	for (size_t i = 0; i < SIGNALS_N; i++) {
		if (caught[i])
			sigaction(signals[i], &action, NULL);
	}
}

void sek_expedite_forbid(void)
{
	forbidden = true;
}

void sek_expedite_begin(void)
{
	if (forbidden || raised || is_normal())
		return;
	catch_signals();
	raised = true;
	if (!change("0", OURS))
		sek_expedite_end();
}

void sek_expedite_end(void)
{
	if (!raised)
		return;
	change(OURS, "0");
	raised = false;
	release_signals();
}

void sek_expedite_recover(void)
{
	change(OURS, "0");
}
