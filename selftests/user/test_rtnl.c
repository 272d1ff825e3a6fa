// SPDX-License-Identifier: GPL-2.0-only
/* Interfaces as rtnetlink tells them. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if_arp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <bpf/libbpf.h>

#include "kselftest_harness.h"

#include "../../user/lib/rtnl.h"
#include "bpf_insn.h"
#include "private_host.h"

FIXTURE(rtnl)
{
	struct sek_iface one;
	struct sek_iface *v;
	size_t n;
	size_t files;
};

FIXTURE_SETUP(rtnl)
{
	const char *why = private_host();

	if (why)
		SKIP(return, "%s", why);
	self->files = open_files();
}

FIXTURE_TEARDOWN(rtnl)
{
	free(self->v);
	if (self->files)
		EXPECT_EQ(self->files, open_files());
}

static const struct sek_iface *find(const struct sek_iface *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(v[i].name, name))
			return &v[i];
	}
	return NULL;
}

TEST_F(rtnl, ifaces)
{
	const struct sek_iface *lo, *a, *b;

	ASSERT_EQ(0, run("ip link add sek-a mtu 1400 type veth peer name sek-b && "
			 "ip link add sek-br type bridge && ip link set sek-a up"));
	ASSERT_EQ(0, sek_rtnl_ifaces(&self->v, &self->n));
	ASSERT_LE(4, self->n);
	lo = find(self->v, self->n, "lo");
	a = find(self->v, self->n, "sek-a");
	b = find(self->v, self->n, "sek-b");
	ASSERT_NE(NULL, lo);
	ASSERT_NE(NULL, a);
	ASSERT_NE(NULL, b);

	EXPECT_EQ(1, lo->ifindex);
	EXPECT_EQ(ARPHRD_LOOPBACK, lo->arphrd);
	EXPECT_NE(0, lo->flags & IFF_LOOPBACK);
	EXPECT_STREQ("", lo->kind);

	EXPECT_EQ(if_nametoindex("sek-a"), a->ifindex);
	EXPECT_EQ(ARPHRD_ETHER, a->arphrd);
	EXPECT_STREQ("veth", a->kind);
	EXPECT_EQ(1400, a->mtu);
	EXPECT_NE(0, a->flags & IFF_UP);
	EXPECT_EQ(0, b->flags & IFF_UP);
	EXPECT_EQ(0, a->xdp_prog_id);
	EXPECT_EQ(XDP_ATTACHED_NONE, a->xdp_mode);
	EXPECT_STREQ("bridge", find(self->v, self->n, "sek-br")->kind);
}

TEST_F(rtnl, iface)
{
	char longest[200];

	ASSERT_EQ(0, run("ip link add sek-a type veth peer name sek-b && "
			 "ip link property add dev sek-b altname sek-with-a-long-name"));
	ASSERT_EQ(0, sek_rtnl_iface("sek-b", &self->one));
	EXPECT_STREQ("sek-b", self->one.name);
	EXPECT_EQ(if_nametoindex("sek-b"), self->one.ifindex);
	ASSERT_EQ(0, sek_rtnl_iface("sek-with-a-long-name", &self->one));
	EXPECT_STREQ("sek-b", self->one.name);

	memset(&self->one, 0x55, sizeof(self->one));
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	EXPECT_EQ(-ENODEV, sek_rtnl_iface("sek-c", &self->one));
	EXPECT_EQ(-ENODEV, sek_rtnl_iface("", &self->one));
	EXPECT_EQ(-ENODEV, sek_rtnl_iface("sek-with-a-long-nam", &self->one));
	EXPECT_EQ(-ENODEV, sek_rtnl_iface(longest, &self->one));
	EXPECT_EQ(0x55555555, self->one.ifindex);

	ASSERT_EQ(0, run("ip link del sek-a"));
	EXPECT_EQ(-ENODEV, sek_rtnl_iface("sek-b", &self->one));
}

TEST_F(rtnl, counters)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	struct sek_iface before;
	char data[100] = "";
	int fd;

	ASSERT_EQ(0, run("ip link set lo up"));
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	ASSERT_EQ(0, bind(fd, (struct sockaddr *)&addr, len));
	ASSERT_EQ(0, getsockname(fd, (struct sockaddr *)&addr, &len));
	ASSERT_EQ(0, sek_rtnl_iface("lo", &before));
	for (int i = 0; i < 10; i++)
		ASSERT_EQ(sizeof(data),
			  sendto(fd, data, sizeof(data), 0, (struct sockaddr *)&addr, len));
	close(fd);
	ASSERT_EQ(0, sek_rtnl_iface("lo", &self->one));
	/* loopback_xmit() counts after eth_type_trans(): without the Ethernet header. */
	EXPECT_EQ(before.tx_packets + 10, self->one.tx_packets);
	EXPECT_EQ(before.rx_packets + 10, self->one.rx_packets);
	EXPECT_EQ(before.tx_bytes + 10 * (20 + 8 + sizeof(data)), self->one.tx_bytes);
	EXPECT_EQ(before.rx_bytes + 10 * (20 + 8 + sizeof(data)), self->one.rx_bytes);
}

TEST_F(rtnl, xdp)
{
	static const struct {
		__u32 flags;
		__u8 mode;
	} modes[] = {
		{ XDP_FLAGS_SKB_MODE, XDP_ATTACHED_SKB },
		{ XDP_FLAGS_DRV_MODE, XDP_ATTACHED_DRV },
	};
	int fd = load_pass(BPF_PROG_TYPE_XDP);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, run("ip link add sek-a type veth peer name sek-b"));
	for (size_t i = 0; i < 2; i++) {
		int ifindex = if_nametoindex("sek-a");

		ASSERT_EQ(0, bpf_xdp_attach(ifindex, fd, modes[i].flags, NULL));
		ASSERT_EQ(0, sek_rtnl_iface("sek-a", &self->one));
		EXPECT_EQ(prog_id(fd), self->one.xdp_prog_id);
		EXPECT_EQ(modes[i].mode, self->one.xdp_mode);
		ASSERT_EQ(0, bpf_xdp_detach(ifindex, modes[i].flags, NULL));
	}
	ASSERT_EQ(0, sek_rtnl_iface("sek-a", &self->one));
	EXPECT_EQ(0, self->one.xdp_prog_id);
	EXPECT_EQ(XDP_ATTACHED_NONE, self->one.xdp_mode);
	close(fd);
}

/* More than fit into one message of a dump. */
TEST_F(rtnl, many_ifaces)
{
	ASSERT_EQ(0, run("for i in $(seq 100); do echo link add sek-a$i type veth peer sek-b$i; "
			 "done | ip -batch -"));
	ASSERT_EQ(0, sek_rtnl_ifaces(&self->v, &self->n));
	ASSERT_LE(201, self->n);
	for (int i = 1; i <= 100; i++) {
		char name[32];

		snprintf(name, sizeof(name), "sek-b%d", i);
		ASSERT_NE(NULL, find(self->v, self->n, name));
		EXPECT_EQ(if_nametoindex(name), find(self->v, self->n, name)->ifindex);
	}
}

/* A dump that was interrupted is not half a list: what stays is always in it. */
TEST_F(rtnl, ifaces_while_they_change)
{
	pid_t churn;
	int err;

	ASSERT_EQ(0, run("for i in $(seq 60); do echo link add sek-a$i type veth peer sek-b$i; "
			 "done | ip -batch -"));
	churn = fork();
	if (!churn) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			run("ip link add sek-x type bridge; ip link del sek-x");
	}
	for (int i = 0; i < 300; i++) {
		err = sek_rtnl_ifaces(&self->v, &self->n);
		if (err == -EAGAIN)
			continue;
		ASSERT_EQ(0, err);
		ASSERT_LE(121, self->n);
		ASSERT_NE(NULL, find(self->v, self->n, "sek-b60"));
		ASSERT_NE(NULL, find(self->v, self->n, "sek-b1"));
		free(self->v);
		self->v = NULL;
	}
	kill(churn, SIGKILL);
	waitpid(churn, NULL, 0);
}

TEST_F(rtnl, acts_in_the_namespace_of_the_thread)
{
	ASSERT_EQ(0, run("ip link add sek-a type veth peer name sek-b"));
	ASSERT_EQ(0, sek_rtnl_iface("sek-a", &self->one));
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	EXPECT_EQ(-ENODEV, sek_rtnl_iface("sek-a", &self->one));
}

TEST_F(rtnl, l2)
{
	static const struct {
		const char *add;
		const char *name;
		enum sek_l2 l2;
	} cases[] = {
		{ ":", "lo", SEK_L2_ETHERNET },
		{ "ip link add sek-a type veth peer name sek-b", "sek-a", SEK_L2_ETHERNET },
		{ "ip link add sek-br type bridge", "sek-br", SEK_L2_ETHERNET },
		{ "ip tuntap add sek-tap mode tap", "sek-tap", SEK_L2_ETHERNET },
		{ "ip tuntap add sek-tun mode tun", "sek-tun", SEK_L2_NONE },
		{ "ip link add sek-wg type wireguard", "sek-wg", SEK_L2_NONE },
		{ "ip link add sek-ipip type ipip local 10.0.0.1 remote 10.0.0.2", "sek-ipip",
		  SEK_L2_NONE },
		{ "ip link add sek-sit type sit local 10.0.0.1 remote 10.0.0.2", "sek-sit",
		  SEK_L2_NONE },
		{ "ip link add sek-gre type gre local 10.0.0.1 remote 10.0.0.2", "sek-gre",
		  SEK_L2_OUTER },
		{ "ip link add sek-gretap type gretap local 10.0.0.1 remote 10.0.0.2", "sek-gretap",
		  SEK_L2_ETHERNET },
		{ "ip link add sek-ip6 type ip6tnl local fd00::1 remote fd00::2", "sek-ip6",
		  SEK_L2_NONE },
		{ "ip link add sek-gre6 type ip6gre local fd00::1 remote fd00::2", "sek-gre6",
		  SEK_L2_OUTER },
	};
	size_t tested = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* Not every kernel has every kind. */
		if (run("%s", cases[i].add))
			continue;
		ASSERT_EQ(0, sek_rtnl_iface(cases[i].name, &self->one));
		EXPECT_EQ(cases[i].l2, sek_rtnl_l2(&self->one))
		{
			TH_LOG("%s", cases[i].name);
		}
		tested++;
	}
	EXPECT_LE(5, tested);
}

TEST_HARNESS_MAIN
