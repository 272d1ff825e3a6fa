// SPDX-License-Identifier: GPL-2.0-only
#include "serve_ledger.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"

struct sek_serve_ledger {
	struct sek_ledger *ledger;
	const char *file;
	uint32_t seconds;
	atomic_bool ok;
	bool said; /* why it is not */
	bool started;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ends; /* with the monotonic clock */
	bool end;
};

/* A thread of its own, because it waits for the disk. An error is said when it begins. */
static void write_one(struct sek_serve_ledger *l)
{
	int err = sek_ledger_write(l->ledger);

	atomic_store(&l->ok, !err);
	/* Who follows says that, and ends. */
	if (err == -ESTALE || err == -EPROTO)
		return;
	if (err && !l->said)
		sek_error("write the ledger %s: %s; tried again every %u seconds", l->file,
			  strerror(-err), l->seconds);
	l->said = err;
}

static void *keep(void *arg)
{
	struct sek_serve_ledger *l = arg;
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	pthread_mutex_lock(&l->lock);
	while (!l->end) {
		at.tv_sec += l->seconds;
		while (!l->end && !pthread_cond_timedwait(&l->ends, &l->lock, &at))
			;
		pthread_mutex_unlock(&l->lock);
		write_one(l);
		pthread_mutex_lock(&l->lock);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

int sek_serve_ledger_open(const char *file, struct sek_serve_ledger **ret)
{
	struct sek_serve_ledger *l = calloc(1, sizeof(*l));
	int err = l ? 0 : -ENOMEM;
	pthread_condattr_t clock;
	char note[512];

	if (!err)
		err = sek_ledger_open(file, &l->ledger, note, sizeof(note));
	if (err) {
		sek_error("read the ledger %s: %s", file, strerror(-err));
		free(l);
		return err;
	}
	if (note[0])
		sek_error("%s; kept as %s.bad, counters begin without it", note, file);
	l->file = file;
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&l->ends, &clock);
	pthread_condattr_destroy(&clock);
	*ret = l;
	return 0;
}

const struct sek_ledger *sek_serve_ledger_base(const struct sek_serve_ledger *l)
{
	return l ? l->ledger : NULL;
}

bool sek_serve_ledger_ok(const struct sek_serve_ledger *l)
{
	return atomic_load(&l->ok);
}

int sek_serve_ledger_start(struct sek_serve_ledger *l, uint32_t seconds)
{
	int err;

	if (!l)
		return 0;
	l->seconds = seconds;
	/* At once: who cannot write it is to know it now. */
	write_one(l);
	err = pthread_create(&l->thread, NULL, keep, l);
	if (err)
		sek_error("start a thread: %s", strerror(err));
	l->started = !err;
	return -err;
}

void sek_serve_ledger_end(struct sek_serve_ledger *l)
{
	if (!l)
		return;
	if (l->started) {
		pthread_mutex_lock(&l->lock);
		l->end = true;
		pthread_cond_signal(&l->ends);
		pthread_mutex_unlock(&l->lock);
		pthread_join(l->thread, NULL);
	}
	pthread_cond_destroy(&l->ends);
	pthread_mutex_destroy(&l->lock);
	sek_ledger_free(l->ledger);
	free(l);
}
