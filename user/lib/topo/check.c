// SPDX-License-Identifier: GPL-2.0-only
#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ip.h"
#include "run.h"
#include "spawn.h"
#include "../stop.h"

/* Between two tries, and the longest that one may take beyond its time. */
#define PAUSE_MS 100
#define LIMIT_S	 30

void sek_check_name(const struct sek_topo *t, const struct sek_topo_test *test, char *ret,
		    size_t size)
{
	int n = 0;

	if (test->kind == SEK_TOPO_TEST_CUT || test->kind == SEK_TOPO_TEST_HEAL) {
		snprintf(ret, size, "%s %s", sek_topo_test_name(test->kind), test->target);
		return;
	}
	n = snprintf(ret, size, "%s %s%s %s", t->nodes[test->node].name,
		     sek_topo_test_name(test->kind), test->fails ? " fails" : "", test->target);
	for (size_t i = 0; i < test->via_n && n < (int)size; i++)
		n += snprintf(ret + n, size - n, "%s %s", i ? "" : " via",
			      t->nodes[test->via[i]].name);
	if (test->family && n < (int)size)
		snprintf(ret + n, size - n, " (%s)", test->family == AF_INET ? "ipv4" : "ipv6");
	/* KTAP has a meaning for it. */
	for (char *c = ret; *c; c++)
		*c = *c == '#' || *c == '\n' ? ' ' : *c;
}

/* In the child: the command in its node, all of it into the pipe. */
__attribute__((noreturn)) static void become(const struct sek_topo *t, size_t node, int out,
					     char *const argv[])
{
	struct sek_report report = { 0 };
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);

	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	if (in >= 0 && dup2(in, 0) >= 0 && dup2(out, 1) >= 0 && dup2(out, 2) >= 0)
		sek_run_exec(t->name, t->nodes[node].name, argv, &report);
	dprintf(2, "%s", report.error);
	_exit(127);
}

static int left_ms(const struct timespec *end)
{
	struct timespec now;
	long ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (end->tv_sec - now.tv_sec) * 1000 + (end->tv_nsec - now.tv_nsec) / 1000000;
	return ms > 0 ? ms : 0;
}

static struct timespec in_seconds(unsigned int seconds)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += seconds;
	return t;
}

/* Reads all that is printed until the end; false if it is too late, or all shall end. */
static bool collect(int fd, const struct timespec *end, char *out, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t got = 0;
	char more[512];
	ssize_t n = 1;

	out[0] = '\0';
	while (n > 0 || errno == EINTR) {
		int ready = poll(&p, 1, left_ms(end));

		if (!ready || sek_stop_wanted())
			return false;
		if (ready < 0)
			continue;
		n = read(fd, more, sizeof(more));
		if (n > 0 && got < size - 1) {
			size_t take = (size_t)n < size - 1 - got ? (size_t)n : size - 1 - got;

			memcpy(out + got, more, take);
			got += take;
			out[got] = '\0';
		}
	}
	return true;
}

/* Its exit status; what it was told to run by a signal or too late counts as 255. */
static int run(const struct sek_topo *t, size_t node, char *const argv[], char *out, size_t size)
{
	struct timespec end = in_seconds(LIMIT_S);
	int fds[2], status;
	bool ended;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return 255;
	pid = fork();
	if (!pid)
		become(t, node, fds[1], argv);
	close(fds[1]);
	errno = 0;
	ended = pid > 0 && collect(fds[0], &end, out, size);
	close(fds[0]);
	if (pid < 0)
		return 255;
	if (!ended)
		kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return ended && WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* The node that has the address which stands alone between blanks or parentheses. */
static size_t owner(const struct sek_topo *t, const char *word)
{
	struct sek_topo_ip ip;

	if (sek_ip_parse(word, &ip, NULL))
		return t->nodes_n;
	for (size_t i = 0; i < t->nodes_n; i++) {
		for (size_t j = 0; j < t->nodes[i].addresses_n; j++) {
			if (sek_ip_same(&ip, &t->nodes[i].addresses[j]))
				return i;
		}
	}
	for (size_t i = 0; i < 2 * t->links_n; i++) {
		const struct sek_topo_end *end = &t->links[i / 2].end[i % 2];

		if (sek_ip_same(&ip, &end->ipv4) || sek_ip_same(&ip, &end->ipv6))
			return end->node;
	}
	return t->nodes_n;
}

/* Hop lines of traceroute -n: " 2  10.0.60.2  0.016 ms"; the first line is about itself. */
static bool shows(const struct sek_topo *t, const struct sek_topo_test *test, const char *out)
{
	const char *line = strchr(out, '\n');
	size_t found = 0;
	char word[64];

	for (; line && found < test->via_n; line = strchr(line + 1, '\n')) {
		if (sscanf(line, " %*d %63s", word) == 1 && owner(t, word) == test->via[found])
			found++;
	}
	return found == test->via_n;
}

/* The destination answered: the last hop's address is its own. */
static bool arrived(const struct sek_topo *t, const struct sek_topo_test *test, const char *out)
{
	char word[64], last[64] = "";
	size_t target = owner(t, test->target);

	for (const char *line = strchr(out, '\n'); line; line = strchr(line + 1, '\n')) {
		if (sscanf(line, " %*d %63s", word) == 1)
			snprintf(last, sizeof(last), "%s", word);
	}
	for (size_t i = 0; i < t->nodes_n && target == t->nodes_n; i++) {
		if (!strcmp(t->nodes[i].name, test->target))
			target = i;
	}
	return target < t->nodes_n ? owner(t, last) == target : !strcmp(last, test->target);
}

static const char *family_flag(const struct sek_topo_test *test)
{
	return test->family == AF_INET ? "-4" : test->family == AF_INET6 ? "-6" : NULL;
}

static bool try(const struct sek_topo *t, const struct sek_topo_test *test, char *said, size_t size)
{
	const char *flag = family_flag(test);
	char *ping[] = { "ping", "-n", "-c", "1", "-W", "1", test->target, (char *)flag, NULL };
	char *trace[] = { "traceroute", "-n", "-q",	    "1",	  "-w", "1",
			  "-m",		"32", test->target, (char *)flag, NULL };
	char *exec[] = { "/bin/sh", "-c", test->target, NULL };

	switch (test->kind) {
	case SEK_TOPO_TEST_PING:
		return !run(t, test->node, ping, said, size);
	case SEK_TOPO_TEST_TRACEROUTE:
		return !run(t, test->node, trace, said, size) && arrived(t, test, said) &&
		       shows(t, test, said);
	default:
		return !run(t, test->node, exec, said, size);
	}
}

static enum sek_check step(const struct sek_topo *t, const struct sek_topo_test *test, char *said,
			   size_t size)
{
	bool cut = test->kind == SEK_TOPO_TEST_CUT;
	struct sek_report report = { 0 };
	int err = sek_run_cut(t->name, test->target, cut ? SEK_RUN_CARRIER : SEK_RUN_HEAL, &report);

	snprintf(said, size, "%s", report.error);
	sek_report_free(&report);
	return err ? SEK_CHECK_FAIL : SEK_CHECK_PASS;
}

enum sek_check sek_check_run(const struct sek_topo *t, const struct sek_topo_test *test, char *said,
			     size_t size)
{
	struct timespec end = in_seconds(test->within_s);
	const char *program = test->kind == SEK_TOPO_TEST_PING	       ? "ping"
			      : test->kind == SEK_TOPO_TEST_TRACEROUTE ? "traceroute"
								       : "sh";

	said[0] = '\0';
	if (test->kind == SEK_TOPO_TEST_CUT || test->kind == SEK_TOPO_TEST_HEAL)
		return step(t, test, said, size);
	if (!sek_spawn_has(program)) {
		snprintf(said, size, "there is no %s here", program);
		return SEK_CHECK_SKIP;
	}
	while (try(t, test, said, size) == test->fails) {
		if (!left_ms(&end) || sek_stop_wanted())
			return SEK_CHECK_FAIL;
		poll(NULL, 0, PAUSE_MS);
	}
	return SEK_CHECK_PASS;
}
