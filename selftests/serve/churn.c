// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cgroups that come, send and go:
 *
 *	churn DIRECTORY N PACKETS [LATE [FILE]]
 *
 * makes N cgroups in a directory, one after the other; in each a process sends so many
 * datagrams over lo, and the cgroup is removed. With LATE every second one leaves a socket
 * behind, which sends so many more when its cgroup has gone; the last 32 of them when FILE is
 * there, if one is named. Every fourth has a parent of its
 * own, which goes too. Prints how many datagrams were sent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/sched.h>

/* Linux 5.7: fields of struct clone_args that Debian 12's headers have, too. */
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

/* Sockets of cgroups that have gone. */
#define HELD 32

static struct sockaddr_in to = { .sin_family = AF_INET };
static unsigned long sent;

static void die(const char *what)
{
	fprintf(stderr, "churn: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void send_from(int fd, unsigned long n)
{
	static const char text[100];

	while (n--) {
		if (sendto(fd, text, sizeof(text), 0, (struct sockaddr *)&to, sizeof(to)) !=
		    sizeof(text))
			die("sendto");
	}
}

/* The child shares our descriptors: a socket of its cgroup is ours when it has gone. */
static int run_in(const char *path, unsigned long packets)
{
	int cgroup = open(path, O_RDONLY | O_DIRECTORY), status;
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP | CLONE_FILES,
		.exit_signal = SIGCHLD,
		.cgroup = cgroup,
	};
	pid_t pid = cgroup < 0 ? -1 : syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0)
		die(path);
	if (!pid) {
		int fd = socket(AF_INET, SOCK_DGRAM, 0);

		if (fd < 0)
			die("socket");
		send_from(fd, packets);
		_exit(fd);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) < 3)
		die("child");
	close(cgroup);
	sent += packets;
	return WEXITSTATUS(status);
}

static int receiver(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t len = sizeof(to);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&to, len) ||
	    getsockname(fd, (struct sockaddr *)&to, &len))
		die("receiver");
	return fd;
}

/* At most half a minute. */
static void wait_for(const char *file)
{
	for (int i = 0; i < 3000 && access(file, F_OK); i++)
		usleep(10000);
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
	unsigned long packets = argc > 3 ? strtoul(argv[3], NULL, 0) : 0;
	unsigned long late = argc > 4 ? strtoul(argv[4], NULL, 0) : 0;
	int held[HELD];

	if (argc < 4) {
		fprintf(stderr, "usage: churn DIRECTORY N PACKETS [LATE [FILE]]\n");
		return 2;
	}
	memset(held, 0, sizeof(held));
	receiver();
	for (unsigned long i = 0; i < n; i++) {
		char parent[4096], path[4200];
		int fd, *old = &held[i / 2 % HELD];

		snprintf(parent, sizeof(parent), "%s/p%lu", argv[1], i);
		snprintf(path, sizeof(path), "%s/c%lu", i % 4 ? argv[1] : parent, i);
		if ((i % 4 == 0 && mkdir(parent, 0755)) || mkdir(path, 0755))
			die(path);
		fd = run_in(path, packets);
		if (rmdir(path) || (i % 4 == 0 && rmdir(parent)))
			die(path);
		if (!late || i % 2) {
			close(fd);
			continue;
		}
		if (*old) {
			send_from(*old, late);
			sent += late;
			close(*old);
		}
		*old = fd;
	}
	if (argc > 5)
		wait_for(argv[5]);
	for (int i = 0; i < HELD; i++) {
		if (held[i]) {
			send_from(held[i], late);
			sent += late;
		}
	}
	printf("%lu\n", sent);
	return 0;
}
