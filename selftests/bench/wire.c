// SPDX-License-Identifier: GPL-2.0-only
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frame.h"
#include "log.h"

static int write_all(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= n;
	}
	return 0;
}

int sek_wire_sysctl(const char *name, const char *value)
{
	char path[128];
	int fd, err;

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write_all(fd, value);
	close(fd);
	return err;
}

int sek_wire_feed(char *const argv[], const char *text)
{
	int fds[2], status, err;
	pid_t child;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	child = fork();
	if (child < 0) {
		err = -errno;
		close(fds[0]);
		close(fds[1]);
		return err;
	}
	if (!child) {
		/* We have precedence on this CPU; it need not. */
		sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){});
		dup2(fds[0], STDIN_FILENO);
		execvp(argv[0], argv);
		sek_error("run %s: %s", argv[0], strerror(errno));
		_exit(127);
	}
	close(fds[0]);
	/* The few lines fit into the pipe: no reader is needed for this to end. */
	err = write_all(fds[1], text);
	close(fds[1]);
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	if (err)
		return err;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EPROTO;
}

static int make_netns(struct sek_netns *ret)
{
	struct sek_netns old;
	int err = sek_netns_self(&old), back, ignored;

	if (err)
		return err;
	err = unshare(CLONE_NEWNET) ? -errno : sek_netns_self(ret);
	back = sek_netns_enter(&old, &ignored);
	if (!back)
		close(ignored);
	sek_netns_release(&old);
	return err ?: back;
}

/* The router's two interfaces, each with its other end where it belongs. */
static int link_router(const struct sek_wire *w)
{
	char *argv[] = { "ip", "-batch", "-", NULL }, text[2048];
	int pid = getpid();

	snprintf(text, sizeof(text),
		 "link add in address " SEK_FRAME_MAC_IN " type veth peer name wire"
		 " address " SEK_FRAME_MAC_SENDER " netns /proc/%d/fd/%d\n"
		 "link add out address " SEK_FRAME_MAC_OUT " type veth peer name wire"
		 " address " SEK_FRAME_MAC_SINK " netns /proc/%d/fd/%d\n"
		 "addr add 10.0.1.1/24 dev in\n"
		 "addr add 10.0.2.1/24 dev out\n"
		 "addr add fd00:1::1/64 dev in nodad\n"
		 "addr add fd00:2::1/64 dev out nodad\n"
		 "link set in up\n"
		 "link set out up\n"
		 "neigh add " SEK_FRAME_IPV4_SENDER " lladdr " SEK_FRAME_MAC_SENDER
		 " dev in nud permanent\n"
		 "neigh add " SEK_FRAME_IPV6_SENDER " lladdr " SEK_FRAME_MAC_SENDER
		 " dev in nud permanent\n"
		 "neigh add " SEK_FRAME_IPV4_SINK " lladdr " SEK_FRAME_MAC_SINK
		 " dev out nud permanent\n"
		 "neigh add " SEK_FRAME_IPV6_SINK " lladdr " SEK_FRAME_MAC_SINK
		 " dev out nud permanent\n",
		 pid, w->sender.fd, pid, w->sink.fd);
	return sek_wire_feed(argv, text);
}

static int set_up_router(struct sek_wire *w)
{
	int err = link_router(w);

	if (!err)
		err = sek_wire_sysctl("net/ipv4/ip_forward", "1");
	if (!err)
		err = sek_wire_sysctl("net/ipv6/conf/all/forwarding", "1");
	w->in = if_nametoindex("in");
	w->out = if_nametoindex("out");
	return err;
}

static int set_up_end(const struct sek_netns *end, uint32_t *ret_ifindex)
{
	char *argv[] = { "ip", "link", "set", "wire", "up", NULL };
	int old, err = sek_netns_enter(end, &old), back;

	if (err)
		return err;
	/* It is to say nothing by itself. */
	err = sek_wire_sysctl("net/ipv6/conf/all/disable_ipv6", "1");
	if (!err)
		err = sek_wire_feed(argv, "");
	*ret_ifindex = if_nametoindex("wire");
	back = sek_netns_leave(&old);
	return err ?: back;
}

int sek_wire_open(struct sek_wire *w)
{
	int old, err, back;
	uint32_t ignored;

	*w = (struct sek_wire){ .sender.fd = -1, .router.fd = -1, .sink.fd = -1 };
	err = make_netns(&w->sender);
	if (!err)
		err = make_netns(&w->router);
	if (!err)
		err = make_netns(&w->sink);
	if (!err)
		err = sek_netns_enter(&w->router, &old);
	if (err)
		return err;
	err = set_up_router(w);
	back = sek_netns_leave(&old);
	if (err || back)
		return err ?: back;
	return set_up_end(&w->sender, &ignored) ?: set_up_end(&w->sink, &w->arrives);
}

void sek_wire_close(struct sek_wire *w)
{
	sek_netns_release(&w->sender);
	sek_netns_release(&w->router);
	sek_netns_release(&w->sink);
}

/* Lines of a name and a number each. */
static int read_snmp6(uint64_t *ret)
{
	FILE *from = fopen("/proc/thread-self/net/snmp6", "re");
	unsigned long long value;
	int err = -ENODATA;
	char key[64];

	if (!from)
		return -errno;
	while (fscanf(from, "%63s %llu", key, &value) == 2) {
		if (!strcmp(key, "Ip6OutForwDatagrams")) {
			*ret = value;
			err = 0;
		}
	}
	fclose(from);
	return err;
}

/* A line of names, then one of numbers: "Ip: Forwarding DefaultTTL ...". */
static int read_snmp(uint64_t *ret)
{
	FILE *from = fopen("/proc/thread-self/net/snmp", "re");
	char names[1024], numbers[1024];
	char *name, *number, *name_at, *number_at;
	int err = -ENODATA;

	if (!from)
		return -errno;
	if (!fgets(names, sizeof(names), from) || !fgets(numbers, sizeof(numbers), from))
		goto out;
	name = strtok_r(names, " \n", &name_at);
	number = strtok_r(numbers, " \n", &number_at);
	while (name && number) {
		if (!strcmp(name, "ForwDatagrams")) {
			*ret = strtoull(number, NULL, 10);
			err = 0;
		}
		name = strtok_r(NULL, " \n", &name_at);
		number = strtok_r(NULL, " \n", &number_at);
	}
out:
	fclose(from);
	return err;
}

int sek_wire_forwarded(uint64_t *ret)
{
	uint64_t ipv4 = 0, ipv6 = 0;
	int err = read_snmp(&ipv4) ?: read_snmp6(&ipv6);

	if (!err)
		*ret = ipv4 + ipv6;
	return err;
}
