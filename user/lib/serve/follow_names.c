// SPDX-License-Identifier: GPL-2.0-only
/*
 * What inotify tells: names in /run/netns, and the end of our pins. A name is made first and its
 * namespace mounted on it later: the one is an event of inotify, the other of the table of mounts.
 */
#include "follow_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include "lib/cleanup.h"
#include "lib/state.h"

#define RUN_DIR	  "/run"
#define NAMES_DIR RUN_DIR "/netns"

/* A name that has no namespace by then is something else. */
#define PATIENCE_MS 5000

static void expect(struct sek_follow *f, const char *name)
{
	struct sek_follow_name *names = reallocarray(f->names, f->names_n + 1, sizeof(*names));

	if (!names)
		return;
	f->names = names;
	names += f->names_n++;
	snprintf(names->name, sizeof(names->name), "%s", name);
	names->since_ms = sek_follow_now();
}

/* 0: there it is, or never will be. */
static int try(struct sek_follow *f, const struct sek_follow_name *name)
{
	char path[sizeof(NAMES_DIR) + NAME_MAX + 1];
	struct sek_netns netns;
	int err;

	snprintf(path, sizeof(path), NAMES_DIR "/%s", name->name);
	err = sek_netns_open(path, &netns);
	if (err == -EINVAL || err == -EACCES)
		return sek_follow_now() - name->since_ms < PATIENCE_MS ? err : 0;
	if (err)
		return 0;
	sek_follow_netns_add(f, &netns, 0);
	sek_netns_release(&netns);
	return 0;
}

void sek_follow_names_round(struct sek_follow *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->names_n; i++) {
		if (try(f, &f->names[i]))
			f->names[n++] = f->names[i];
	}
	f->names_n = n;
	if (n)
		sek_follow_wake(f, 50);
}

/* The directory appears with the first name. */
static void watch_names(struct sek_follow *f)
{
	SEK_CLEANUP(sek_closedirp) DIR *dir = NULL;
	struct dirent *entry;

	f->names_wd = inotify_add_watch(f->inotify_fd, NAMES_DIR,
					IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_ONLYDIR);
	if (f->names_wd < 0)
		return;
	dir = opendir(NAMES_DIR);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			expect(f, entry->d_name);
	}
}

int sek_follow_names_open(struct sek_follow *f)
{
	f->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (f->inotify_fd < 0)
		return -errno;
	f->run_wd = inotify_add_watch(f->inotify_fd, RUN_DIR, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	f->mounts_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (f->mounts_fd < 0)
		return -errno;
	/* unload removes the pins; without this it would be noticed at the next event. */
	f->maps_wd = inotify_add_watch(f->inotify_fd, SEK_STATE_MAPS, IN_DELETE | IN_ONLYDIR);
	watch_names(f);
	return 0;
}

void sek_follow_names_close(struct sek_follow *f)
{
	sek_closep(&f->inotify_fd);
	sek_closep(&f->mounts_fd);
	free(f->names);
}

static void one_event(struct sek_follow *f, const struct inotify_event *event)
{
	/* Events were lost: all names are looked at. */
	if (event->mask & IN_Q_OVERFLOW ||
	    (event->wd == f->run_wd && event->len && !strcmp(event->name, "netns")))
		watch_names(f);
	else if (event->wd == f->maps_wd)
		sek_follow_wake(f, 0);
	else if (event->wd == f->names_wd && event->mask & (IN_CREATE | IN_MOVED_TO) && event->len)
		expect(f, event->name);
}

void sek_follow_names_events(struct sek_follow *f)
{
	char buf[8192] __attribute__((aligned(8)));
	struct pollfd mounts = { .fd = f->mounts_fd, .events = POLLPRI };
	ssize_t len;

	/* Asking acknowledges the change. */
	poll(&mounts, 1, 0);
	while ((len = read(f->inotify_fd, buf, sizeof(buf))) > 0) {
		for (char *p = buf; p < buf + len;) {
			const struct inotify_event *event = (void *)p;

			one_event(f, event);
			p += sizeof(*event) + event->len;
		}
	}
}
