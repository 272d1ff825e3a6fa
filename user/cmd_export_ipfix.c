// SPDX-License-Identifier: GPL-2.0-only
#include "ipfix.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>

#include "cmd.h"
#include "lib/cleanup.h"
#include "lib/maps.h"
#include "lib/serve/ipfix.h"
#include "lib/serve/tally.h"
#include "log.h"
#include "status.h"

static const enum sek_scope scopes[] = { SEK_SCOPE_LINK, SEK_SCOPE_CGROUP };
#define SCOPES (sizeof(scopes) / sizeof(*scopes))

/* Two readings of each scope that is wanted: the one before, and the one after. */
struct export
{
	struct sek_ipfix *ipfix;
	struct sek_tally *before[SCOPES];
	struct sek_tally *after[SCOPES];
	uint64_t since_ms;
	bool lost;
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int make_tallies(struct export *e, uint32_t wanted)
{
	const uint32_t by = 1U << SEK_DIM_CGROUP | 1U << SEK_DIM_NAME | 1U << SEK_DIM_DIRECTION |
			    1U << SEK_DIM_FAMILY | 1U << SEK_DIM_CLASS;
	int err = 0;

	for (size_t i = 0; i < SCOPES && !err; i++) {
		uint32_t dims = sek_tally_dims(scopes[i], by);

		if (!(wanted >> scopes[i] & 1))
			continue;
		err = sek_tally_new(scopes[i], dims, &e->before[i]);
		if (!err)
			err = sek_tally_new(scopes[i], dims, &e->after[i]);
	}
	return err;
}

static void clean(struct export *e)
{
	for (size_t i = 0; i < SCOPES; i++) {
		sek_tally_free(e->before[i]);
		sek_tally_free(e->after[i]);
	}
	sek_ipfix_close(e->ipfix);
}

static int read_counters(struct export *e)
{
	struct sek_maps maps;
	int err = sek_maps_open(&maps);

	if (err)
		return err;
	for (size_t i = 0; i < SCOPES && !err; i++) {
		if (!e->after[i])
			continue;
		sek_tally_clear(e->after[i]);
		err = sek_counters_walk(&maps, scopes[i], sek_tally_row, e->after[i]);
	}
	sek_maps_close(&maps);
	return err;
}

static void swap(struct export *e)
{
	for (size_t i = 0; i < SCOPES; i++) {
		struct sek_tally *t = e->before[i];

		e->before[i] = e->after[i];
		e->after[i] = t;
	}
}

/* A collector that is away loses records; that is said once, and once that it is back. */
static void say_lost(struct export *e, int err, const char *address)
{
	if (err && !e->lost)
		sek_error("send to %s: %s; going on", address, strerror(-err));
	else if (!err && e->lost)
		sek_note("%s takes records again", address);
	e->lost = err;
}

static int send_deltas(struct export *e, const char *address)
{
	uint64_t now = now_ms();
	int err = read_counters(e), lost = 0;

	if (err)
		return err;
	sek_ipfix_begin(e->ipfix, e->since_ms, now);
	for (size_t i = 0; i < SCOPES; i++) {
		if (e->after[i])
			lost = sek_ipfix_deltas(e->ipfix, e->before[i], e->after[i]) ?: lost;
	}
	say_lost(e, lost, address);
	e->since_ms = now;
	swap(e);
	return 0;
}

/* What was counted before is of the one who sent then. */
static int loop(struct export *e, const char *address, uint32_t interval)
{
	struct pollfd end = { .events = POLLIN };
	sigset_t set;
	int err = read_counters(e);

	swap(e);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	end.fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (end.fd < 0)
		return -errno;
	if (!err)
		sek_note("records to %s every %u s", address, interval);
	while (!err && !end.revents) {
		poll(&end, 1, (int)interval * 1000);
		err = send_deltas(e, address);
	}
	sek_closep(&end.fd);
	return err;
}

int sek_export_ipfix(const char *address, uint32_t wanted, uint32_t interval)
{
	struct export e = { .since_ms = now_ms() };
	char error[512];
	int err;

	if (sek_ipfix_open(address, &e.ipfix, error, sizeof(error))) {
		sek_error("%s", error);
		return SEK_EXIT_FAILED;
	}
	err = make_tallies(&e, wanted);
	if (!err)
		err = interval ? loop(&e, address, interval) : send_deltas(&e, address);
	clean(&e);
	if (err == -ENOENT || err == -EPROTO || err == -EPERM)
		return sek_status_open_failed(err);
	if (err)
		sek_error("read the counters: %s", strerror(-err));
	return err || e.lost ? SEK_EXIT_FAILED : SEK_EXIT_DONE;
}
