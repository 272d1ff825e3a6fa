// SPDX-License-Identifier: GPL-2.0-only
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../cleanup.h"

/* A pipe with all of @input in it: it holds 64 KiB before anybody reads. */
static int open_input(const char *input, int *ret)
{
	size_t len = strlen(input);
	int fds[2], err = 0;

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	if (write(fds[1], input, len) != (ssize_t)len)
		err = -E2BIG;
	close(fds[1]);
	/* Who reads it may expect to wait. */
	if (!err && fcntl(fds[0], F_SETFL, 0))
		err = -errno;
	if (err)
		close(fds[0]);
	else
		*ret = fds[0];
	return err;
}

static int spawn(const char *const *argv, int input, bool quiet, pid_t *ret)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t defaults, mask;
	int err;

	sigemptyset(&mask);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	posix_spawnattr_setsigmask(&attr, &mask);
	posix_spawn_file_actions_init(&files);
	if (input >= 0)
		posix_spawn_file_actions_adddup2(&files, input, 0);
	if (quiet) {
		posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
		posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	}
	err = posix_spawnp(ret, argv[0], &files, &attr, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return -err;
}

int sek_process_run(const char *const *argv, const char *input, bool quiet)
{
	SEK_CLEANUP(sek_closep) int fd = -1;
	int err = input ? open_input(input, &fd) : 0, status;
	pid_t pid;

	if (!err)
		err = spawn(argv, fd, quiet, &pid);
	if (err)
		return err;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -ECHILD;
}
