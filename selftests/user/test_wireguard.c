// SPDX-License-Identifier: GPL-2.0-only
/* The UDP ports of WireGuard devices, of the kernel and of userspace. */
/* timeout: 90 */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "../../user/lib/wireguard.h"
#include "private_host.h"

FIXTURE(wireguard)
{
	struct sek_wg_device *v;
	size_t n;
	size_t files;
	pid_t server;
};

FIXTURE_SETUP(wireguard)
{
	const char *why = private_host();

	if (why)
		SKIP(return, "%s", why);
	self->files = open_files();
	ASSERT_EQ(0, mkdir("/run/wireguard", 0700));
}

FIXTURE_TEARDOWN(wireguard)
{
	if (self->server > 0) {
		kill(self->server, SIGKILL);
		waitpid(self->server, NULL, 0);
	}
	free(self->v);
	if (self->files)
		EXPECT_EQ(self->files, open_files());
}

static const struct sek_wg_device *find(const struct sek_wg_device *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(v[i].name, name))
			return &v[i];
	}
	return NULL;
}

/*
 * An answer in time may come too late on a machine that is busy: asks until as many devices are
 * found as are expected, or for long enough.
 */
static int list(FIXTURE_DATA(wireguard) * self, size_t expected)
{
	struct timespec until = { 0 };
	int err = 0;

	while (!err && wait_more(&until, 20000)) {
		free(self->v);
		self->v = NULL;
		err = sek_wireguard_devices(&self->v, &self->n);
		if (self->n == expected)
			break;
	}
	return err;
}

TEST_F(wireguard, none)
{
	ASSERT_EQ(0, run("ip link add sek-a type veth peer name sek-b"));
	ASSERT_EQ(0, sek_wireguard_devices(&self->v, &self->n));
	EXPECT_EQ(0, self->n);
}

TEST_F(wireguard, kernel)
{
	const struct sek_wg_device *one;

	if (run("ip link add sek-wg0 type wireguard"))
		SKIP(return, "no WireGuard in this kernel");
	ASSERT_EQ(0, run("ip link add sek-wg1 type wireguard && wg set sek-wg0 listen-port 51820"));
	ASSERT_EQ(0, sek_wireguard_devices(&self->v, &self->n));
	ASSERT_EQ(2, self->n);
	one = find(self->v, self->n, "sek-wg0");
	ASSERT_NE(NULL, one);
	EXPECT_EQ(if_nametoindex("sek-wg0"), one->ifindex);
	EXPECT_EQ(51820, one->port);
	EXPECT_FALSE(one->userspace);
	one = find(self->v, self->n, "sek-wg1");
	ASSERT_NE(NULL, one);
	EXPECT_EQ(0, one->port);
	free(self->v);
	self->v = NULL;

	/* Up, it has chosen one. */
	ASSERT_EQ(0, run("wg genkey | wg set sek-wg1 private-key /dev/stdin; "
			 "ip link set sek-wg1 up"));
	ASSERT_EQ(0, sek_wireguard_devices(&self->v, &self->n));
	EXPECT_NE(0, find(self->v, self->n, "sek-wg1")->port);
	free(self->v);
	self->v = NULL;

	/* They are not to be seen from another namespace. */
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, sek_wireguard_devices(&self->v, &self->n));
	EXPECT_EQ(0, self->n);
}

/* With so many peers that the answer comes in parts: only the first tells the port. */
TEST_F_TIMEOUT(wireguard, kernel_with_many_peers, 90)
{
	FILE *conf;

	if (run("ip link add sek-wg0 type wireguard"))
		SKIP(return, "no WireGuard in this kernel");
	conf = fopen("/run/conf", "w");
	ASSERT_NE(NULL, conf);
	fprintf(conf, "[Interface]\nListenPort = 65535\n");
	/* 32 bytes in base64, of which the first few differ. */
	for (int i = 0; i < 300; i++)
		fprintf(conf, "[Peer]\nPublicKey = %06d%037d=\n", i, 0);
	ASSERT_EQ(0, fclose(conf));
	ASSERT_EQ(0, run("wg setconf sek-wg0 /run/conf && "
			 "test $(wg show sek-wg0 peers | wc -l) = 300"));
	ASSERT_EQ(0, sek_wireguard_devices(&self->v, &self->n));
	ASSERT_EQ(1, self->n);
	EXPECT_EQ(65535, self->v->port);
}

TEST_F(wireguard, userspace)
{
	struct timespec until = { 0 };

	if (run("command -v wireguard-go") || access("/dev/net/tun", R_OK | W_OK))
		SKIP(return, "needs wireguard-go and /dev/net/tun");
	self->server = fork();
	if (!self->server) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (freopen("/run/log", "w", stdout) && freopen("/run/log", "w", stderr))
			execlp("wireguard-go", "wireguard-go", "-f", "sek-wg0", NULL);
		_exit(1);
	}
	while (access("/run/wireguard/sek-wg0.sock", F_OK))
		ASSERT_TRUE(wait_more(&until, 20000));
	ASSERT_EQ(0, run("wg set sek-wg0 listen-port 51821"));
	ASSERT_EQ(0, list(self, 1));
	ASSERT_EQ(1, self->n);
	EXPECT_STREQ("sek-wg0", self->v->name);
	EXPECT_EQ(if_nametoindex("sek-wg0"), self->v->ifindex);
	EXPECT_EQ(51821, self->v->port);
	EXPECT_TRUE(self->v->userspace);
}

/*
 * A control socket of a tun device that answers something else. @pieces: the answer comes one
 * byte at a time; @answer: NULL = nobody takes the call.
 */
static pid_t start_server(const char *answer, bool pieces)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX,
				    .sun_path = "/run/wireguard/sek-tun.sock" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), one;
	char request[64];
	pid_t pid;

	unlink(addr.sun_path);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 0))
		return -1;
	pid = fork();
	if (pid) {
		close(fd);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (answer) {
		one = accept(fd, NULL, NULL);
		if (read(one, request, sizeof(request)) != 7 || memcmp(request, "get=1\n\n", 7))
			_exit(1);
		for (const char *c = answer; pieces && *c; c++) {
			if (send(one, c, 1, MSG_NOSIGNAL) != 1)
				break;
		}
		/* Who asks may have lost patience already, and asks again. */
		if (!pieces)
			send(one, answer, strlen(answer), MSG_NOSIGNAL);
		/* Open until the other side has enough. */
		if (answer[0] == '-')
			(void)!read(one, request, 1);
		close(one);
	}
	pause();
	_exit(0);
}

#define KEY "private_key=e84b5a6d2717c1003a13b431570353dbaca9146cf150c5f8575680feba52027a\n"

TEST_F_TIMEOUT(wireguard, userspace_answers, 90)
{
	static const struct {
		const char *answer;
		int port; /* -1: no WireGuard device */
	} cases[] = {
		{ KEY "listen_port=1\nfwmark=5\nerrno=0\n\n", 1 },
		{ KEY "listen_port=65535\npublic_key=00\nlisten_port=3\n", 65535 },
		{ KEY "errno=0\n\n", 0 },
		{ KEY "public_key=00\nlisten_port=3\nerrno=0\n\n", 0 },
		{ "errno=0\n\n", 0 },
		{ "errno=13\n\n", -1 },
		{ KEY "listen_port=65536\n\n", -1 },
		{ KEY "listen_port=\n\n", -1 },
		{ KEY "listen_port=1x\n\n", -1 },
		{ KEY "listen_port=-1\n\n", -1 },
		{ KEY "listen_port=12", -1 },
		{ "", -1 },
		{ "-no end, and then silence", -1 },
		{ "-no\nend\nof\nlines\n", -1 },
	};

	if (run("ip tuntap add sek-tun mode tun"))
		SKIP(return, "no tun in this kernel");
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		self->server = start_server(cases[i / 2].answer, i % 2);
		ASSERT_LT(0, self->server);
		ASSERT_EQ(0, list(self, cases[i / 2].port < 0 ? 0 : 1));
		EXPECT_EQ(cases[i / 2].port < 0 ? 0 : 1, self->n)
		{
			TH_LOG("%s", cases[i / 2].answer);
		}
		if (self->n) {
			EXPECT_EQ(cases[i / 2].port, self->v->port);
		}
		free(self->v);
		self->v = NULL;
		kill(self->server, SIGKILL);
		waitpid(self->server, NULL, 0);
		self->server = 0;
	}
}

/* An answer without end, in one line and in many. */
TEST_F(wireguard, userspace_answers_too_much)
{
	char line[2000];

	if (run("ip tuntap add sek-tun mode tun"))
		SKIP(return, "no tun in this kernel");
	for (int lines = 0; lines < 2; lines++) {
		memset(line, 'x', sizeof(line));
		line[sizeof(line) - 1] = '\0';
		for (size_t i = 9; lines && i < sizeof(line) - 1; i += 10)
			line[i] = '\n';
		self->server = start_server(line, false);
		ASSERT_EQ(0, sek_wireguard_devices(&self->v, &self->n));
		EXPECT_EQ(0, self->n);
		free(self->v);
		self->v = NULL;
		kill(self->server, SIGKILL);
		waitpid(self->server, NULL, 0);
		self->server = 0;
	}
}

/* Nobody answers, or nobody takes the call any more: that costs a moment, and no more. */
TEST_F(wireguard, userspace_hangs)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX,
				    .sun_path = "/run/wireguard/sek-tun.sock" };
	struct timespec begin, end;
	int fd;

	if (run("ip tuntap add sek-tun mode tun"))
		SKIP(return, "no tun in this kernel");
	self->server = start_server(NULL, false);
	for (int i = 0; i < 2; i++) {
		clock_gettime(CLOCK_MONOTONIC, &begin);
		ASSERT_EQ(0, sek_wireguard_devices(&self->v, &self->n));
		clock_gettime(CLOCK_MONOTONIC, &end);
		EXPECT_EQ(0, self->n);
		EXPECT_LE(end.tv_sec - begin.tv_sec, 5);
		free(self->v);
		self->v = NULL;
		/* Now its queue of calls is full. */
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		while (!i && !connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
			self->files++;
			fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		}
		close(fd);
	}
}

TEST_F(wireguard, userspace_is_gone)
{
	if (run("ip tuntap add sek-tun mode tun"))
		SKIP(return, "no tun in this kernel");
	ASSERT_EQ(0, sek_wireguard_devices(&self->v, &self->n));
	EXPECT_EQ(0, self->n);
	free(self->v);
	self->v = NULL;

	/* A socket that nobody listens at any more, and something that is none. */
	self->server = start_server(NULL, false);
	kill(self->server, SIGKILL);
	waitpid(self->server, NULL, 0);
	self->server = 0;
	ASSERT_EQ(0, sek_wireguard_devices(&self->v, &self->n));
	EXPECT_EQ(0, self->n);
	free(self->v);
	self->v = NULL;

	ASSERT_EQ(0, run("rm /run/wireguard/sek-tun.sock; touch /run/wireguard/sek-tun.sock"));
	ASSERT_EQ(0, sek_wireguard_devices(&self->v, &self->n));
	EXPECT_EQ(0, self->n);
}

TEST_HARNESS_MAIN
