// SPDX-License-Identifier: GPL-2.0-only
#include "stop.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

static const struct {
	int number;
	const char *name;
} signals[] = { { SIGHUP, "SIGHUP" }, { SIGINT, "SIGINT" }, { SIGTERM, "SIGTERM" } };

#define SIGNALS_N (sizeof(signals) / sizeof(*signals))

/* A process has one table of signals, and so one of these. */
static volatile sig_atomic_t noted;
static struct sigaction before[SIGNALS_N];
static bool begun;

static void note(int number)
{
	if (!noted)
		noted = number;
}

void sek_stop_begin(void)
{
	struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART | SA_RESETHAND };

	if (begun)
		return;
	begun = true;
	for (size_t i = 0; i < SIGNALS_N; i++) {
		if (!sigaction(signals[i].number, NULL, &before[i]) &&
		    before[i].sa_handler != SIG_IGN)
			sigaction(signals[i].number, &action, NULL);
	}
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
