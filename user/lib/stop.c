// SPDX-License-Identifier: GPL-2.0-only
#include "stop.h"

#include <signal.h>
#include <stddef.h>

#include "expedite.h"

static const struct {
	int number;
	const char *name;
} signals[] = { { SIGHUP, "SIGHUP" }, { SIGINT, "SIGINT" }, { SIGTERM, "SIGTERM" } };

#define SIGNALS_N (sizeof(signals) / sizeof(*signals))

/* A process has one table of signals, and so one of these. */
static volatile sig_atomic_t noted;
static volatile sig_atomic_t seen[SIGNALS_N];
static struct sigaction before[SIGNALS_N];
static bool begun;

static void note(int number)
{
	for (size_t i = 0; i < SIGNALS_N; i++) {
		if (signals[i].number != number || !seen[i]++)
			continue;
		sek_expedite_end();
		signal(number, SIG_DFL);
		raise(number);
	}
	if (!noted)
		noted = number;
}

/* Those that it had caught before, if @again, else those that are not ignored. */
static void catch_signals(bool again, int flags)
{
	const struct sigaction action = { .sa_handler = note, .sa_flags = flags };
	struct sigaction now;

	for (size_t i = 0; i < SIGNALS_N; i++) {
		if (sigaction(signals[i].number, NULL, &now))
			continue;
		if (!again)
			before[i] = now;
		if (again ? now.sa_handler == note : now.sa_handler != SIG_IGN)
			sigaction(signals[i].number, &action, NULL);
	}
}

void sek_stop_begin(void)
{
	if (!begun)
		catch_signals(false, SA_RESTART);
	begun = true;
}

void sek_stop_interrupt(bool on)
{
	if (begun)
		catch_signals(true, on ? 0 : SA_RESTART);
}

void sek_stop_end(void)
{
	for (size_t i = 0; i < SIGNALS_N && begun; i++)
		sigaction(signals[i].number, &before[i], NULL);
	begun = false;
}

const char *sek_stop_wanted(void)
{
	for (size_t i = 0; i < SIGNALS_N; i++) {
		if (noted == signals[i].number)
			return signals[i].name;
	}
	return NULL;
}
