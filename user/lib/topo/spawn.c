// SPDX-License-Identifier: GPL-2.0-only
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../cleanup.h"

/* Daemons are where administrators' programs are, which not everybody's PATH has. */
#define SBIN ":/usr/local/sbin:/usr/sbin:/sbin"

/* What a child says before it became the program: nobody's exit status. */
#define NOT_THERE 127

static char *search_path(void)
{
	const char *path = getenv("PATH");
	char *all;

	return asprintf(&all, "%s" SBIN, path ? path : "/usr/bin:/bin") < 0 ? NULL : all;
}

bool sek_spawn_has(const char *name)
{
	SEK_CLEANUP(sek_freep) char *all = search_path();
	char *rest = all, *dir, path[4096];

	while (rest && (dir = strsep(&rest, ":"))) {
		snprintf(path, sizeof(path), "%s/%s", *dir ? dir : ".", name);
		if (!access(path, X_OK))
			return true;
	}
	return false;
}

__attribute__((noreturn)) static void become(int out, int netns_fd, const char *const argv[],
					     const char *path)
{
	int in = open("/dev/null", O_RDONLY);

	if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(NOT_THERE);
	if (netns_fd >= 0 && setns(netns_fd, CLONE_NEWNET)) {
		dprintf(2, "enter the namespace: %s", strerror(errno));
		_exit(NOT_THERE);
	}
	signal(SIGPIPE, SIG_DFL);
	setenv("PATH", path, 1);
	execvp(argv[0], (char *const *)argv);
	dprintf(2, "%s: %s", argv[0], strerror(errno));
	_exit(NOT_THERE);
}

int sek_spawn_start(struct sek_spawn *s, int netns_fd, const char *const argv[])
{
	SEK_CLEANUP(sek_freep) char *path = search_path();
	int fds[2];

	if (!path)
		return -ENOMEM;
	if (!sek_spawn_has(argv[0]))
		return -ENOENT;
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	s->pid = fork();
	if (!s->pid)
		become(fds[1], netns_fd, argv, path);
	close(fds[1]);
	if (s->pid < 0) {
		int err = -errno;

		close(fds[0]);
		return err;
	}
	s->fd = fds[0];
	return 0;
}

int sek_spawn_wait(struct sek_spawn *s, char *out, size_t size)
{
	size_t got = 0;
	char more[512];
	int status;
	ssize_t n;

	/* All of it is read, so that the program never waits for us. */
	do {
		n = read(s->fd, more, sizeof(more));
		if (n > 0) {
			size_t take = (size_t)n < size - 1 - got ? (size_t)n : size - 1 - got;

			memcpy(out + got, more, take);
			got += take;
		}
	} while (n > 0 || (n < 0 && errno == EINTR));
	out[got] = '\0';
	close(s->fd);
	while (waitpid(s->pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	s->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int sek_spawn_read(const char *const argv[], char *out, size_t size)
{
	struct sek_spawn s = { 0 };
	int err = sek_spawn_start(&s, -1, argv);

	return err ? err : sek_spawn_wait(&s, out, size);
}
