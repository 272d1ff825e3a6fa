// SPDX-License-Identifier: GPL-2.0-only
/* The clsact qdisc and its filters, ours and those of others. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <linux/pkt_sched.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "kselftest_harness.h"

#include "../../user/lib/rtnl.h"
#include "bpf_insn.h"
#include "private_host.h"

enum { NO_INDEX = 4711 };

FIXTURE(tc)
{
	__u32 ifindex;
	int fd; /* programs */
	int other_fd;
	struct sek_filter *v;
	size_t n;
	size_t files;
};

FIXTURE_SETUP(tc)
{
	const char *why = private_host();

	if (why)
		SKIP(return, "%s", why);
	self->files = open_files();
	self->fd = load_pass(BPF_PROG_TYPE_SCHED_CLS);
	self->other_fd = load_pass(BPF_PROG_TYPE_SCHED_CLS);
	ASSERT_LE(0, self->fd);
	ASSERT_LE(0, self->other_fd);
	ASSERT_EQ(0, run("ip link add sek-a type veth peer name sek-b && ip link set lo up"));
	self->ifindex = if_nametoindex("sek-a");
}

FIXTURE_TEARDOWN(tc)
{
	if (!self->files)
		return;
	free(self->v);
	close(self->fd);
	close(self->other_fd);
	EXPECT_EQ(self->files, open_files());
}

static int list(FIXTURE_DATA(tc) * self, bool egress)
{
	free(self->v);
	self->v = NULL;
	self->n = 0;
	return sek_rtnl_filters(self->ifindex, egress, &self->v, &self->n);
}

TEST_F(tc, clsact)
{
	EXPECT_EQ(0, sek_rtnl_has_clsact(self->ifindex));
	EXPECT_EQ(-ENOENT, sek_rtnl_clsact_del(self->ifindex));
	EXPECT_STRNE("", sek_rtnl_error());

	EXPECT_EQ(0, sek_rtnl_clsact_add(self->ifindex));
	EXPECT_STREQ("", sek_rtnl_error());
	EXPECT_EQ(1, sek_rtnl_has_clsact(self->ifindex));
	EXPECT_EQ(0, sek_rtnl_has_clsact(if_nametoindex("sek-b")));
	EXPECT_EQ(-EEXIST, sek_rtnl_clsact_add(self->ifindex));
	EXPECT_EQ(1, sek_rtnl_has_clsact(self->ifindex));

	EXPECT_EQ(0, sek_rtnl_clsact_del(self->ifindex));
	EXPECT_EQ(0, sek_rtnl_has_clsact(self->ifindex));
	EXPECT_EQ(-ENOENT, sek_rtnl_clsact_del(self->ifindex));
	EXPECT_EQ(0, sek_rtnl_clsact_add(self->ifindex));
}

/* An ingress qdisc is somebody else's: it is neither taken for clsact nor taken away. */
TEST_F(tc, ingress_is_not_clsact)
{
	if (run("tc qdisc add dev sek-a ingress"))
		SKIP(return, "no ingress qdisc in this kernel");
	EXPECT_EQ(0, sek_rtnl_has_clsact(self->ifindex));
	EXPECT_EQ(-EEXIST, sek_rtnl_clsact_add(self->ifindex));
	EXPECT_EQ(-ENOENT, sek_rtnl_clsact_del(self->ifindex));
	EXPECT_EQ(0, run("tc qdisc show dev sek-a | grep -q ingress"));
}

TEST_F(tc, no_interface)
{
	static const __u32 none[] = { 0, NO_INDEX, INT32_MAX, (__u32)INT32_MAX + 1, UINT32_MAX };

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		EXPECT_EQ(-ENODEV, sek_rtnl_has_clsact(none[i]));
		EXPECT_EQ(-ENODEV, sek_rtnl_clsact_add(none[i]));
		EXPECT_EQ(-ENODEV, sek_rtnl_clsact_del(none[i]));
		EXPECT_EQ(-ENODEV, sek_rtnl_bpf_replace(none[i], false, 1, 1, self->fd, "x", 0));
		EXPECT_EQ(-ENODEV, sek_rtnl_bpf_del(none[i], false, 1, 1));
		EXPECT_EQ(-ENODEV, sek_rtnl_filters(none[i], false, &self->v, &self->n));
	}
	EXPECT_EQ(NULL, self->v);

	/* One that was there a moment ago. */
	ASSERT_EQ(0, sek_rtnl_clsact_add(self->ifindex));
	ASSERT_EQ(0, sek_rtnl_bpf_replace(self->ifindex, false, 1, 1, self->fd, "x", 0));
	ASSERT_EQ(0, run("ip link del sek-a"));
	EXPECT_EQ(-ENODEV, sek_rtnl_has_clsact(self->ifindex));
	EXPECT_EQ(-ENODEV, sek_rtnl_bpf_replace(self->ifindex, false, 1, 1, self->fd, "x", 0));
	EXPECT_EQ(-ENODEV, sek_rtnl_bpf_del(self->ifindex, false, 1, 1));
	EXPECT_EQ(-ENODEV, sek_rtnl_clsact_del(self->ifindex));
	EXPECT_EQ(-ENODEV, list(self, false));
}

TEST_F(tc, without_clsact)
{
	EXPECT_EQ(0, list(self, false));
	EXPECT_EQ(0, self->n);
	EXPECT_EQ(-ENOENT, sek_rtnl_bpf_del(self->ifindex, false, 1, 1));
	EXPECT_GT(0, sek_rtnl_bpf_replace(self->ifindex, false, 1, 1, self->fd, "x", 0));
	EXPECT_STRNE("", sek_rtnl_error());
}

TEST_F(tc, replace_keeps_the_place)
{
	ASSERT_EQ(0, sek_rtnl_clsact_add(self->ifindex));
	ASSERT_EQ(0, sek_rtnl_bpf_replace(self->ifindex, true, 50, 0x5e, self->fd, "first", 0));
	ASSERT_EQ(0, list(self, true));
	ASSERT_EQ(1, self->n);
	EXPECT_EQ(50, self->v->prio);
	EXPECT_EQ(0x5e, self->v->handle);
	EXPECT_EQ(TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS), self->v->parent);
	EXPECT_EQ(prog_id(self->fd), self->v->prog_id);
	EXPECT_STREQ("first", self->v->name);
	EXPECT_STREQ("bpf", self->v->kind);

	ASSERT_EQ(0,
		  sek_rtnl_bpf_replace(self->ifindex, true, 50, 0x5e, self->other_fd, "second", 7));
	ASSERT_EQ(0, list(self, true));
	ASSERT_EQ(1, self->n);
	EXPECT_EQ(50, self->v->prio);
	EXPECT_EQ(0x5e, self->v->handle);
	EXPECT_EQ(prog_id(self->other_fd), self->v->prog_id);
	EXPECT_STREQ("second", self->v->name);

	/* The other hook is another place. */
	ASSERT_EQ(0, list(self, false));
	EXPECT_EQ(0, self->n);
	ASSERT_EQ(0, sek_rtnl_bpf_replace(self->ifindex, false, 50, 0x5e, self->fd, "x", 0));
	ASSERT_EQ(0, list(self, false));
	ASSERT_EQ(1, self->n);
	EXPECT_EQ(TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS), self->v->parent);
}

TEST_F(tc, many_filters_in_order)
{
	char name[301];
	size_t i = 0;

	ASSERT_EQ(0, sek_rtnl_clsact_add(self->ifindex));
	for (__u32 prio = 3; prio; prio--) {
		for (__u32 handle = 1; handle <= 100; handle++)
			ASSERT_EQ(0, sek_rtnl_bpf_replace(self->ifindex, false, prio, handle,
							  self->fd, "many", 0));
	}
	ASSERT_EQ(0, list(self, false));
	ASSERT_EQ(300, self->n);
	/* Within a priority cls_bpf runs the latest first. */
	for (__u32 prio = 1; prio <= 3; prio++) {
		for (__u32 handle = 100; handle; handle--, i++) {
			EXPECT_EQ(prio, self->v[i].prio);
			EXPECT_EQ(handle, self->v[i].handle);
		}
	}

	/* The longest name that the kernel takes, and one more. */
	memset(name, 'n', sizeof(name));
	name[256] = '\0';
	EXPECT_EQ(-ENAMETOOLONG,
		  sek_rtnl_bpf_replace(self->ifindex, true, 1, 1, self->fd, name, 0));
	name[255] = '\0';
	EXPECT_EQ(0, sek_rtnl_bpf_replace(self->ifindex, true, 1, 1, self->fd, name, 0));
	ASSERT_EQ(0, list(self, true));
	ASSERT_EQ(1, self->n);
	EXPECT_EQ(sizeof(self->v->name) - 1, strlen(self->v->name));
}

TEST_F(tc, del)
{
	ASSERT_EQ(0, sek_rtnl_clsact_add(self->ifindex));
	ASSERT_EQ(0, sek_rtnl_bpf_replace(self->ifindex, false, 1, 1, self->fd, "a", 0));
	ASSERT_EQ(0, sek_rtnl_bpf_replace(self->ifindex, false, 1, 2, self->fd, "b", 0));
	EXPECT_EQ(-ENOENT, sek_rtnl_bpf_del(self->ifindex, false, 1, 3));
	EXPECT_EQ(-ENOENT, sek_rtnl_bpf_del(self->ifindex, false, 2, 1));
	EXPECT_EQ(-ENOENT, sek_rtnl_bpf_del(self->ifindex, true, 1, 1));
	EXPECT_EQ(0, sek_rtnl_bpf_del(self->ifindex, false, 1, 1));
	EXPECT_EQ(-ENOENT, sek_rtnl_bpf_del(self->ifindex, false, 1, 1));
	ASSERT_EQ(0, list(self, false));
	ASSERT_EQ(1, self->n);
	EXPECT_STREQ("b", self->v->name);
	EXPECT_EQ(0, sek_rtnl_bpf_del(self->ifindex, false, 1, 2));
	EXPECT_EQ(-ENOENT, sek_rtnl_bpf_del(self->ifindex, false, 1, 2));
	ASSERT_EQ(0, list(self, false));
	EXPECT_EQ(0, self->n);
	EXPECT_EQ(1, sek_rtnl_has_clsact(self->ifindex));
}

TEST_F(tc, wrong_arguments)
{
	ASSERT_EQ(0, sek_rtnl_clsact_add(self->ifindex));
	EXPECT_EQ(-EINVAL, sek_rtnl_bpf_replace(self->ifindex, false, 0, 1, self->fd, "x", 0));
	EXPECT_EQ(-EINVAL, sek_rtnl_bpf_replace(self->ifindex, false, 65536, 1, self->fd, "x", 0));
	EXPECT_EQ(-EINVAL, sek_rtnl_bpf_replace(self->ifindex, false, 1, 0, self->fd, "x", 0));
	EXPECT_EQ(-EBADF, sek_rtnl_bpf_replace(self->ifindex, false, 1, 1, -1, "x", 0));
	EXPECT_EQ(-EINVAL, sek_rtnl_bpf_replace(self->ifindex, false, 1, 1, 0, "x", 0));
	EXPECT_EQ(-EINVAL, sek_rtnl_bpf_del(self->ifindex, false, 0, 1));
	EXPECT_EQ(-EINVAL, sek_rtnl_bpf_del(self->ifindex, false, 1, 0));
	ASSERT_EQ(0, list(self, false));
	EXPECT_EQ(0, self->n);
}

/* The first entry of a kind; there may be several for one filter (u32 has hash tables). */
static const struct sek_filter *find(const struct sek_filter *v, size_t n, const char *kind)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(v[i].kind, kind))
			return &v[i];
	}
	return NULL;
}

TEST_F(tc, filters_of_others)
{
	static const struct {
		const char *kind;
		const char *match;
	} others[] = {
		{ "u32", "match u32 0 0 classid 1:1" },
		{ "matchall", "classid 1:1" },
		{ "flower", "classid 1:1" },
		{ "basic", "classid 1:1" },
	};
	size_t tested = 0;

	ASSERT_EQ(0, sek_rtnl_clsact_add(self->ifindex));
	ASSERT_EQ(0, sek_rtnl_bpf_replace(self->ifindex, false, 7, 1, self->fd, "ours", 0));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const struct sek_filter *other;

		/* Not every kernel has every kind. */
		if (run("tc filter add dev sek-a ingress prio 5 %s %s", others[i].kind,
			others[i].match))
			continue;
		tested++;
		ASSERT_EQ(0, list(self, false));
		other = find(self->v, self->n, others[i].kind);
		ASSERT_EQ(self->v, other);
		EXPECT_EQ(5, other->prio);
		EXPECT_EQ(0, other->prog_id);
		EXPECT_STREQ("", other->name);
		EXPECT_STREQ("ours", self->v[self->n - 1].name);

		/* Theirs is neither replaced nor deleted. */
		EXPECT_EQ(-EINVAL,
			  sek_rtnl_bpf_replace(self->ifindex, false, 5, 1, self->fd, "x", 0));
		EXPECT_STRNE("", sek_rtnl_error());
		EXPECT_EQ(-EINVAL, sek_rtnl_bpf_del(self->ifindex, false, 5, 1));
		ASSERT_EQ(0, list(self, false));
		EXPECT_NE(NULL, find(self->v, self->n, others[i].kind));
		ASSERT_EQ(0, run("tc filter del dev sek-a ingress prio 5"));
	}
	EXPECT_LT(0, tested);
}

/* A socket that sends to itself over lo, and takes nothing out: what is too much is dropped late.
 */
static int loop_socket(struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	*addr = (struct sockaddr_in){ .sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (bind(fd, (struct sockaddr *)addr, len) ||
	    getsockname(fd, (struct sockaddr *)addr, &len) ||
	    connect(fd, (struct sockaddr *)addr, len)) {
		close(fd);
		return -1;
	}
	return fd;
}

TEST_F(tc, classid)
{
	int map = make_seen(), watch = load_watch(map), fd;
	__u32 lo = if_nametoindex("lo");
	struct sockaddr_in addr;
	char data[20] = "";

	ASSERT_LE(0, watch);
	fd = loop_socket(&addr);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, sek_rtnl_clsact_add(lo));
	ASSERT_EQ(0, sek_rtnl_bpf_replace(lo, true, 1, 1, watch, "x", 0x8123));
	ASSERT_EQ(sizeof(data), send(fd, data, sizeof(data), 0));
	EXPECT_EQ(1, read_seen(map).packets);
	EXPECT_EQ(0x8123, read_seen(map).classid);
	EXPECT_EQ(htons(0x0800), read_seen(map).protocol);

	ASSERT_EQ(0, sek_rtnl_bpf_replace(lo, true, 1, 1, watch, "x", 0x7fff));
	ASSERT_EQ(sizeof(data), send(fd, data, sizeof(data), 0));
	EXPECT_EQ(2, read_seen(map).packets);
	EXPECT_EQ(0x7fff, read_seen(map).classid);
	close(fd);
	close(watch);
	close(map);
}

static _Atomic bool stop;

static void *send_all_the_time(void *arg)
{
	int fd = *(int *)arg;
	uintptr_t sent = 0;

	while (!stop)
		sent += send(fd, "0123456789012345", 16, 0) == 16;
	return (void *)sent;
}

/* Each packet is seen by the old or by the new program, none by neither, none by both. */
TEST_F(tc, replace_is_atomic)
{
	int map = make_seen(), watch[2] = { load_watch(map), load_watch(map) }, fd;
	__u32 lo = if_nametoindex("lo");
	struct sockaddr_in addr;
	pthread_t thread;
	void *sent;

	ASSERT_LE(0, watch[0]);
	ASSERT_LE(0, watch[1]);
	fd = loop_socket(&addr);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, sek_rtnl_clsact_add(lo));
	ASSERT_EQ(0, sek_rtnl_bpf_replace(lo, true, 1, 1, watch[0], "x", 0));
	ASSERT_EQ(0, pthread_create(&thread, NULL, send_all_the_time, &fd));
	for (int i = 0; i < 500; i++)
		EXPECT_EQ(0, sek_rtnl_bpf_replace(lo, true, 1, 1, watch[i % 2], "x", i));
	stop = true;
	ASSERT_EQ(0, pthread_join(thread, &sent));
	EXPECT_LT(0, (uintptr_t)sent);
	EXPECT_EQ((uintptr_t)sent, read_seen(map).packets);
	close(fd);
	close(watch[0]);
	close(watch[1]);
	close(map);
}

TEST_HARNESS_MAIN
