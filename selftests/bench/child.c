// SPDX-License-Identifier: GPL-2.0-only
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void sek_child_sekisho(char *ret, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", ret, size - 32);

	ret[len > 0 ? len : 0] = '\0';
	for (int i = 0; i < 3 && strrchr(ret, '/'); i++)
		*strrchr(ret, '/') = '\0';
	strcat(ret, "/sekisho");
}

void sek_child_ordinary(void)
{
	struct sched_param other = { .sched_priority = 0 };
	cpu_set_t cpus;

	memset(&cpus, 0xff, sizeof(cpus));
	sched_setaffinity(0, sizeof(cpus), &cpus);
	sched_setscheduler(0, SCHED_OTHER, &other);
}

int sek_child_run(const char *fmt, ...)
{
	char command[1024] = "{ ";
	va_list args;

	va_start(args, fmt);
	vsnprintf(command + 2, sizeof(command) - 32, fmt, args);
	va_end(args);
	strcat(command, "; } >/dev/null 2>&1");
	return system(command);
}

int sek_child_program(const char *const argv[])
{
	posix_spawn_file_actions_t quiet;
	int err, status;
	pid_t pid;

	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&quiet, STDOUT_FILENO, STDERR_FILENO);
	err = posix_spawnp(&pid, argv[0], &quiet, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&quiet);
	if (err)
		return -err;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return status;
}
