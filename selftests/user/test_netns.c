// SPDX-License-Identifier: GPL-2.0-only
/* Network namespaces: found wherever they are held, called as people call them, entered and left.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "../../user/lib/netns.h"
#include "../../user/lib/netns_cache.h"
#include "private_host.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

static __u64 own_ino(void)
{
	struct stat st;

	return stat("/proc/thread-self/ns/net", &st) ? 0 : st.st_ino;
}

static __u64 own_cookie(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	__u64 cookie = 0;
	socklen_t len = sizeof(cookie);

	getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len);
	close(fd);
	return cookie;
}

/* A process in a namespace of its own, which it has entered when this returns. */
static pid_t start_holder(int flags)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(flags) || write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		pid = -1;
	close(ready[0]);
	return pid;
}

static void stop_holder(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static const struct sek_netns *find_ino(const struct sek_netns *v, size_t n, __u64 ino)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i].ino == ino)
			return &v[i];
	}
	return NULL;
}

static const struct sek_netns *find_name(const struct sek_netns *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(v[i].name, name))
			return &v[i];
	}
	return NULL;
}

FIXTURE(netns)
{
	struct sek_netns one;
	struct sek_netns *v;
	size_t n;
	size_t files;
};

FIXTURE_SETUP(netns)
{
	const char *why = private_host();

	if (why)
		SKIP(return, "%s", why);
	self->one.fd = -1;
	self->files = open_files();
}

FIXTURE_TEARDOWN(netns)
{
	sek_netns_release(&self->one);
	sek_netns_free(self->v, self->n);
	if (self->files)
		EXPECT_EQ(self->files, open_files());
}

TEST_F(netns, self)
{
	char name[SEK_NAME_LEN];

	ASSERT_EQ(0, sek_netns_self(&self->one));
	snprintf(name, sizeof(name), "net:[%llu]", own_ino());
	EXPECT_STREQ(name, self->one.name);
	EXPECT_EQ(own_ino(), self->one.ino);
	EXPECT_EQ(own_cookie(), self->one.cookie);
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->one.fd, F_GETFD));
}

TEST_F(netns, host)
{
	struct sek_netns other;
	char path[64];
	struct stat st;

	ASSERT_EQ(0, sek_netns_open("host", &self->one));
	EXPECT_STREQ("host", self->one.name);
	EXPECT_NE(own_cookie(), self->one.cookie);
	if (!stat("/proc/1/ns/net", &st))
		EXPECT_EQ(st.st_ino, self->one.ino);

	/* By a path it is the same. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->one.fd);
	ASSERT_EQ(0, sek_netns_open(path, &other));
	EXPECT_STREQ("host", other.name);
	EXPECT_EQ(self->one.ino, other.ino);
	EXPECT_EQ(self->one.cookie, other.cookie);
	sek_netns_release(&other);
}

TEST_F(netns, by_name_and_by_path)
{
	struct sek_netns named;
	__u64 before = own_ino();

	ASSERT_EQ(0, run("ip netns add sek-a"));
	ASSERT_EQ(0, sek_netns_open("sek-a", &named));
	EXPECT_STREQ("sek-a", named.name);
	EXPECT_NE(own_ino(), named.ino);
	EXPECT_NE(0, named.cookie);
	EXPECT_NE(own_cookie(), named.cookie);
	EXPECT_EQ(before, own_ino());

	ASSERT_EQ(0, run("touch /run/bind && mount --bind /run/netns/sek-a /run/bind"));
	ASSERT_EQ(0, sek_netns_open("/run/bind", &self->one));
	EXPECT_STREQ("sek-a", self->one.name);
	EXPECT_EQ(named.ino, self->one.ino);
	EXPECT_EQ(named.cookie, self->one.cookie);
	sek_netns_release(&named);
}

TEST_F(netns, not_there_or_something_else)
{
	static const struct {
		const char *name;
		int err;
	} cases[] = {
		{ "sek-none", -ENOENT },
		{ "/run/none", -ENOENT },
		{ "/proc/0/ns/net", -ENOENT },
		{ "stale", -EINVAL },
		{ "fifo", -EINVAL }, /* and nobody waits for a writer */
		{ "/run/socket", -EINVAL },
		{ "", -EINVAL },
		{ "..", -EINVAL },
		{ "/proc/self/ns/mnt", -EINVAL },
		{ "/dev/null", -EINVAL },
	};
	char longest[5000];

	ASSERT_EQ(
		0,
		run("mkdir /run/netns; touch /run/netns/stale; mkfifo /run/netns/fifo; "
		    "python3 -c 'import socket as s; s.socket(s.AF_UNIX).bind(\"/run/socket\")'"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		EXPECT_EQ(cases[i].err, sek_netns_open(cases[i].name, &self->one))
		{
			TH_LOG("%s", cases[i].name);
		}
		EXPECT_EQ(-1, self->one.fd);
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	EXPECT_EQ(-ENAMETOOLONG, sek_netns_open(longest, &self->one));
}

TEST_F(netns, long_names_are_cut)
{
	char name[101];

	memset(name, 'n', 100);
	name[100] = '\0';
	ASSERT_EQ(0, run("ip netns add %s", name));
	ASSERT_EQ(0, sek_netns_open(name, &self->one));
	EXPECT_EQ(SEK_NAME_LEN - 1, strlen(self->one.name));
	EXPECT_EQ(0, strncmp(name, self->one.name, SEK_NAME_LEN - 1));
}

TEST_F(netns, list_of_all)
{
	pid_t holder = start_holder(CLONE_NEWNET);
	char path[64], name[SEK_NAME_LEN];
	const struct sek_netns *one;
	struct stat st;

	ASSERT_LT(0, holder);
	ASSERT_EQ(0,
		  run("ip netns add sek-b && ip netns add sek-a && touch /run/netns/stale && "
		      "touch /run/netns/sek-0 && mount --bind /run/netns/sek-b /run/netns/sek-0"));
	/* A name that would be taken for the host's is none. */
	ASSERT_EQ(0, run("ip netns add host"));

	ASSERT_EQ(0, sek_netns_list(&self->v, &self->n));
	EXPECT_STREQ("host", self->v[0].name);
	for (size_t i = 2; i < self->n; i++)
		EXPECT_GT(0, strcmp(self->v[i - 1].name, self->v[i].name));
	for (size_t i = 0; i < self->n; i++) {
		EXPECT_EQ(&self->v[i], find_ino(self->v, self->n, self->v[i].ino));
		EXPECT_LE(0, self->v[i].fd);
		EXPECT_NE(0, self->v[i].cookie);
	}
	EXPECT_NE(NULL, find_name(self->v, self->n, "sek-a"));
	EXPECT_NE(NULL, find_name(self->v, self->n, "sek-0"));
	EXPECT_EQ(NULL, find_name(self->v, self->n, "sek-b"));
	EXPECT_EQ(NULL, find_name(self->v, self->n, "stale"));

	one = find_ino(self->v, self->n, own_ino());
	ASSERT_NE(NULL, one);
	EXPECT_EQ(own_cookie(), one->cookie);

	ASSERT_EQ(0, stat("/run/netns/host", &st));
	one = find_ino(self->v, self->n, st.st_ino);
	ASSERT_NE(NULL, one);
	snprintf(name, sizeof(name), "net:[%ju]", (uintmax_t)st.st_ino);
	EXPECT_STREQ(name, one->name);

	snprintf(path, sizeof(path), "/proc/%d/ns/net", holder);
	ASSERT_EQ(0, stat(path, &st));
	one = find_ino(self->v, self->n, st.st_ino);
	ASSERT_NE(NULL, one);
	snprintf(name, sizeof(name), "net:[%ju]", (uintmax_t)st.st_ino);
	EXPECT_STREQ(name, one->name);
	stop_holder(holder);
}

/* What is in the list stays usable when its last process has ended. */
TEST_F(netns, list_keeps_alive)
{
	pid_t holder = start_holder(CLONE_NEWNET);
	const struct sek_netns *one;
	char path[64];
	struct stat st;
	int old_fd;

	ASSERT_LT(0, holder);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", holder);
	ASSERT_EQ(0, stat(path, &st));
	ASSERT_EQ(0, sek_netns_list(&self->v, &self->n));
	stop_holder(holder);
	one = find_ino(self->v, self->n, st.st_ino);
	ASSERT_NE(NULL, one);
	ASSERT_EQ(0, sek_netns_enter(one, &old_fd));
	EXPECT_EQ(one->cookie, own_cookie());
	EXPECT_EQ(0, sek_netns_leave(&old_fd));
}

/* Namespaces come and go, named and unnamed, while they are listed. */
TEST_F(netns, list_while_they_vanish)
{
	pid_t churn = fork();

	if (!churn) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			pid_t pid = fork();

			if (!pid)
				_exit(unshare(CLONE_NEWNET));
			run("ip netns add sek-x");
			waitpid(pid, NULL, 0);
			run("ip netns del sek-x");
		}
	}
	ASSERT_LT(0, churn);
	for (int i = 0; i < 200; i++) {
		__u64 cookie = own_cookie();

		ASSERT_EQ(0, sek_netns_list(&self->v, &self->n));
		ASSERT_LE(2, self->n);
		ASSERT_EQ(cookie, own_cookie());
		sek_netns_free(self->v, self->n);
		self->v = NULL;
		self->n = 0;
	}
	stop_holder(churn);
}

/* What the memory of names says of a process' namespace; nothing in it is held open. */
static bool is_called(pid_t holder, const char *name)
{
	struct sek_link link = {};
	const struct sek_netns *one;
	struct sek_netns now, *v;
	char path[64];
	bool is;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", holder);
	if (sek_netns_open(path, &now))
		return false;
	sek_netns_release(&now);
	link.netns_cookie = now.cookie;
	if (sek_netns_cache_list(&link, 1, &v, &n))
		return false;
	one = find_ino(v, n, now.ino);
	is = one && one->fd < 0 && one->cookie == now.cookie;
	is = is && !strcmp(one->name, name ?: now.name);
	sek_netns_free(v, n);
	return is;
}

TEST_F(netns, names_are_remembered_until_they_change)
{
	pid_t first = start_holder(CLONE_NEWNET), second;

	ASSERT_LT(0, first);
	EXPECT_TRUE(is_called(first, NULL));
	/* The memory has a descriptor of its own, once. */
	self->files = open_files();
	EXPECT_TRUE(is_called(first, NULL));
	ASSERT_EQ(0, run("ip netns attach sek-a %d", first));
	EXPECT_TRUE(is_called(first, "sek-a"));
	second = start_holder(CLONE_NEWNET);
	ASSERT_LT(0, second);
	EXPECT_TRUE(is_called(second, NULL));
	EXPECT_TRUE(is_called(first, "sek-a"));
	ASSERT_EQ(0, run("ip netns del sek-a"));
	EXPECT_FALSE(is_called(first, "sek-a"));
	EXPECT_TRUE(is_called(first, NULL));
	stop_holder(first);
	stop_holder(second);
}

TEST_F(netns, list_without_descriptors)
{
	struct rlimit old, few;

	ASSERT_EQ(0, run("ip netns add sek-a; ip netns add sek-b; ip netns add sek-c"));
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
	/* Room for three more, of which two are needed on the way to a third namespace. */
	few = old;
	few.rlim_cur = dup(0) + 3;
	close(few.rlim_cur - 3);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &few));
	EXPECT_EQ(-EMFILE, sek_netns_list(&self->v, &self->n));
	EXPECT_EQ(NULL, self->v);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
}

TEST_F(netns, enter_and_leave)
{
	__u64 before = own_ino();
	int old_fd = -1;

	ASSERT_EQ(0, run("ip netns add sek-a"));
	ASSERT_EQ(0, sek_netns_open("sek-a", &self->one));
	ASSERT_EQ(0, sek_netns_enter(&self->one, &old_fd));
	EXPECT_EQ(self->one.ino, own_ino());
	EXPECT_EQ(self->one.cookie, own_cookie());
	EXPECT_EQ(FD_CLOEXEC, fcntl(old_fd, F_GETFD));
	ASSERT_EQ(0, sek_netns_leave(&old_fd));
	EXPECT_EQ(-1, old_fd);
	EXPECT_EQ(before, own_ino());

	/* Leaving twice is a mistake that is told. */
	EXPECT_EQ(-EBADF, sek_netns_leave(&old_fd));
}

TEST_F(netns, enter_what_is_none)
{
	struct sek_netns none = { .fd = open("/dev/null", O_RDONLY) };
	__u64 before = own_ino();
	int old_fd = -7;

	EXPECT_EQ(-EINVAL, sek_netns_enter(&none, &old_fd));
	EXPECT_EQ(-7, old_fd);
	EXPECT_EQ(before, own_ino());
	sek_netns_release(&none);
	EXPECT_EQ(-1, none.fd);
}

/* In a user namespace of its own a process owns the namespace it goes to, not the one it leaves. */
TEST_F(netns, enter_only_where_a_way_leads_back)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct sek_netns one;
		__u64 before = own_ino();
		char path[64];
		int old_fd;
		pid_t holder;

		if (unshare(CLONE_NEWUSER))
			_exit(77);
		holder = start_holder(CLONE_NEWNET);
		snprintf(path, sizeof(path), "/proc/%d/ns/net", holder);
		one.fd = open(path, O_RDONLY);
		if (one.fd < 0 || sek_netns_enter(&one, &old_fd) != -EPERM || own_ino() != before)
			_exit(1);
		stop_holder(holder);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	if (WEXITSTATUS(status) == 77)
		SKIP(return, "needs user namespaces");
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
