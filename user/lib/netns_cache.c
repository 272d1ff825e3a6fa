// SPDX-License-Identifier: GPL-2.0-only
#include "netns_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

static struct {
	int mounts_fd; /* 0: not open yet */
	struct sek_netns *known;
	size_t known_n;
	__u64 *missing; /* cookies that were looked for and not found */
	size_t missing_n;
} cache;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Since the last time. Asking acknowledges it, so it is to be asked before names are read. */
static bool mounts_changed(void)
{
	struct pollfd mounts = { .events = POLLPRI };

	if (cache.mounts_fd <= 0) {
		cache.mounts_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
		return true;
	}
	mounts.fd = cache.mounts_fd;
	return poll(&mounts, 1, 0) != 0;
}

static bool is_known(__u64 cookie)
{
	for (size_t i = 0; i < cache.known_n; i++) {
		if (cache.known[i].cookie == cookie)
			return true;
	}
	return false;
}

static bool is_missing(__u64 cookie)
{
	for (size_t i = 0; i < cache.missing_n; i++) {
		if (cache.missing[i] == cookie)
			return true;
	}
	return false;
}

static bool has_all(const struct sek_link *links, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		__u64 cookie = links[i].netns_cookie;

		if (cookie && !is_known(cookie) && !is_missing(cookie))
			return false;
	}
	return true;
}

static void forget(void)
{
	sek_netns_free(cache.known, cache.known_n);
	free(cache.missing);
	cache.known = NULL;
	cache.known_n = 0;
	cache.missing = NULL;
	cache.missing_n = 0;
}

static int look(const struct sek_link *links, size_t n)
{
	int err;

	forget();
	cache.missing = calloc(n + 1, sizeof(*cache.missing));
	if (!cache.missing)
		return -ENOMEM;
	err = sek_netns_list(&cache.known, &cache.known_n);
	if (err)
		return err;
	/* A namespace that is held open could never end. */
	for (size_t i = 0; i < cache.known_n; i++)
		sek_netns_release(&cache.known[i]);
	for (size_t i = 0; i < n; i++) {
		__u64 cookie = links[i].netns_cookie;

		if (cookie && !is_known(cookie) && !is_missing(cookie))
			cache.missing[cache.missing_n++] = cookie;
	}
	return 0;
}

static int copy(struct sek_netns **ret, size_t *n)
{
	struct sek_netns *v = calloc(cache.known_n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	memcpy(v, cache.known, cache.known_n * sizeof(*v));
	*ret = v;
	*n = cache.known_n;
	return 0;
}

int sek_netns_cache_list(const struct sek_link *links, size_t links_n, struct sek_netns **ret,
			 size_t *n)
{
	bool changed;
	int err = 0;

	pthread_mutex_lock(&lock);
	changed = mounts_changed();
	if (changed || !has_all(links, links_n))
		err = look(links, links_n);
	/* Next time all is to be looked at again. */
	if (err)
		forget();
	else
		err = copy(ret, n);
	pthread_mutex_unlock(&lock);
	return err;
}
