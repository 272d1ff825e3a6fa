// SPDX-License-Identifier: GPL-2.0-only
#include "procs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../cleanup.h"

/* Times that all processes are looked at, and the pause in between. */
#define PAUSE_MS   10
#define ASK_TRIES  100
#define KILL_TRIES 500

static const char *const daemons[] = { "bird",	 "zebra", "ripd",    "ripngd", "ospfd",
				       "ospf6d", "bgpd",  "staticd", "mgmtd",  "watchfrr" };

/* Whose processes are meant. */
struct target {
	const ino_t *inos;
	size_t n;
	const char *topology;
};

static int compare(const void *a, const void *b)
{
	const ino_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The beginning of a file of a process; how much, or -errno. */
static ssize_t read_of(pid_t pid, const char *file, char *ret, size_t size)
{
	SEK_CLEANUP(sek_closep) int fd = -1;
	char path[64];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, ret, size);
	return len < 0 ? -errno : len;
}

static bool has_name(pid_t pid, const char *topology)
{
	char want[sizeof(SEK_PROCS_ENV "=") + 64], environ[65536];
	ssize_t len = read_of(pid, "environ", environ, sizeof(environ));

	snprintf(want, sizeof(want), SEK_PROCS_ENV "=%s", topology);
	/* With the 0 behind it. */
	return len > 0 && memmem(environ, len, want, strlen(want) + 1);
}

static bool is_in(pid_t pid, const struct target *t)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	return !stat(path, &st) && bsearch(&st.st_ino, t->inos, t->n, sizeof(*t->inos), compare) &&
	       (!t->topology || has_name(pid, t->topology));
}

static bool is_daemon(pid_t pid)
{
	char comm[32];
	ssize_t len = read_of(pid, "comm", comm, sizeof(comm) - 1);

	if (len <= 0)
		return false;
	comm[len] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
	for (size_t i = 0; i < sizeof(daemons) / sizeof(*daemons); i++) {
		if (!strcmp(comm, daemons[i]))
			return true;
	}
	return false;
}

static void send(int pidfd, int sig)
{
	syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}

/* The number may be somebody else's by now, so the process is held before it is looked at again. */
static void end(pid_t pid, const struct target *t, bool ask, bool kill)
{
	SEK_CLEANUP(sek_closep) int pidfd = syscall(SYS_pidfd_open, pid, 0);

	if (pidfd < 0 || !is_in(pid, t))
		return;
	if (kill || is_daemon(pid)) {
		send(pidfd, SIGKILL);
	} else if (ask) {
		send(pidfd, SIGTERM);
		/* Shells that people sit at ignore the other one. */
		send(pidfd, SIGHUP);
		send(pidfd, SIGCONT);
	}
}

/* How many there are; they are told to end. */
static int look(const struct target *t, bool ask, bool kill)
{
	SEK_CLEANUP(sek_closedirp) DIR *dir = opendir("/proc");
	struct dirent *entry;
	int found = 0;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;

		if (!pid || pid == getpid() || !is_in(pid, t))
			continue;
		found++;
		end(pid, t, ask, kill);
	}
	return found;
}

int sek_procs_end(const ino_t *inos, size_t n, const char *topology)
{
	SEK_CLEANUP(sek_freep) ino_t *sorted = malloc((n + 1) * sizeof(*sorted));
	struct target t = { .inos = sorted, .n = n, .topology = topology };
	int found;

	if (!sorted)
		return -ENOMEM;
	memcpy(sorted, inos, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare);
	for (int i = 0; i < KILL_TRIES; i++) {
		found = look(&t, i == 0, i >= ASK_TRIES);
		if (found <= 0)
			return found;
		poll(NULL, 0, PAUSE_MS);
	}
	return -ETIMEDOUT;
}
