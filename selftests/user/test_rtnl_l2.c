// SPDX-License-Identifier: GPL-2.0-only
/* What sek_rtnl_l2() says of devices without an Ethernet header, against what they show at tc. */
/* timeout: 120 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/if_tun.h>

#include "kselftest_harness.h"

#include "../../user/lib/rtnl.h"
#include "bpf_insn.h"
#include "private_host.h"

/* One interface with a program at each of its tc hooks. */
FIXTURE(l2)
{
	int map[2]; /* ingress, egress */
	int watch[2];
};

FIXTURE_SETUP(l2)
{
	const char *why = private_host();

	if (why)
		SKIP(return, "%s", why);
	for (int egress = 0; egress < 2; egress++) {
		self->map[egress] = make_seen();
		self->watch[egress] = load_watch(self->map[egress]);
		ASSERT_LE(0, self->watch[egress]);
	}
}

FIXTURE_TEARDOWN(l2)
{
	for (int egress = 0; egress < 2; egress++) {
		close(self->watch[egress]);
		close(self->map[egress]);
	}
}

static int watch(FIXTURE_DATA(l2) * self, const char *name)
{
	const struct seen none = { 0 };
	const __u32 zero = 0;
	struct sek_iface i;
	int err = sek_rtnl_iface(name, &i);

	if (!err)
		err = sek_rtnl_clsact_add(i.ifindex);
	for (int egress = 0; !err && egress < 2; egress++) {
		bpf_map_update_elem(self->map[egress], &zero, &none, 0);
		err = sek_rtnl_bpf_replace(i.ifindex, egress, 1, 1, self->watch[egress], "x", 0);
	}
	return err;
}

/* The packet begins with the IP header that its protocol announces, and is as long as that says. */
static bool begins_with_ip(const struct seen *seen)
{
	/* Version; total length at 2 or payload length at 4. */
	const __u8 *ip = seen->data;

	if (seen->protocol == htons(ETH_P_IP))
		return ip[0] >> 4 == 4 && (ip[2] << 8 | ip[3]) == (int)seen->len;
	return seen->protocol == htons(ETH_P_IPV6) && ip[0] >> 4 == 6 &&
	       (ip[4] << 8 | ip[5]) + 40 == (int)seen->len;
}

TEST_F(l2, tun)
{
	struct ifreq request = { .ifr_name = "sek-tun", .ifr_flags = IFF_TUN | IFF_NO_PI };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int tun = open("/dev/net/tun", O_RDWR), fd;
	struct {
		struct iphdr ip;
		char payload[20];
	} packet = { .ip = { .version = 4, .ihl = 5, .ttl = 1, .protocol = 253 } };
	struct seen seen;

	if (tun < 0 || ioctl(tun, TUNSETIFF, &request))
		SKIP(return, "no tun in this kernel");
	ASSERT_EQ(0, run("ip addr add 10.9.0.1/24 dev sek-tun && ip link set sek-tun up"));
	ASSERT_EQ(0, watch(self, "sek-tun"));

	fd = socket(AF_INET, SOCK_DGRAM, 0);
	inet_pton(AF_INET, "10.9.0.2", &to.sin_addr);
	EXPECT_EQ(5, sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)));
	close(fd);
	seen = read_seen(self->map[true]);
	EXPECT_LT(0, seen.packets);
	EXPECT_TRUE(begins_with_ip(&seen));

	packet.ip.tot_len = htons(sizeof(packet));
	EXPECT_EQ(sizeof(packet), write(tun, &packet, sizeof(packet)));
	seen = read_seen(self->map[false]);
	EXPECT_EQ(1, seen.packets);
	EXPECT_TRUE(begins_with_ip(&seen));
	close(tun);
}

/*
 * Two hosts, 10.0.0.1 (this one) and 10.0.0.2, to be joined by a tunnel with 10.1.0.1 and
 * 10.1.0.2. Few processes, because each of them takes long under emulation.
 */
static int two_hosts(void)
{
	return run(
		"ip netns add sek-b && ip link add sek-v type veth peer name sek-v netns sek-b && "
		"for i in 1 2; do [ $i = 1 ] || set -- -n sek-b; "
		"printf '%%s\n' \"addr add 10.0.0.$i/24 dev sek-v\" "
		"\"addr add fd00::$i/64 dev sek-v nodad\" 'link set sek-v up' | "
		"ip \"$@\" -batch -; done");
}

/* Addresses of one IP version: a tunnel of the other has no room for it, and says so. */
static int address_tunnel(bool ipv6)
{
	return run("for i in 1 2; do [ $i = 1 ] || set -- -n sek-b; "
		   "printf '%%s\n' \"addr add %s$i/%d dev sek-t %s\" 'link set sek-t up' | "
		   "ip \"$@\" -batch - || exit; done",
		   ipv6 ? "fd01::" : "10.1.0.", ipv6 ? 64 : 24, ipv6 ? "nodad" : "");
}

TEST_F_TIMEOUT(l2, point_to_point_tunnels, 120)
{
	static const struct {
		const char *type;
		const char *a, *b; /* addresses of the hosts */
		const char *ping;
	} cases[] = {
		{ "ipip", "10.0.0.1", "10.0.0.2", "10.1.0.2" },
		{ "sit", "10.0.0.1", "10.0.0.2", "fd01::2" },
		{ "gre", "10.0.0.1", "10.0.0.2", "10.1.0.2" },
		{ "gre", "10.0.0.1", "10.0.0.2", "fd01::2" },
		{ "ip6tnl mode any", "fd00::1", "fd00::2", "10.1.0.2" },
		{ "ip6gre", "fd00::1", "fd00::2", "fd01::2" },
	};

	ASSERT_EQ(0, two_hosts());
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* Not every kernel has every kind. */
		if (run("ip link add sek-t type %s local %s remote %s", cases[i].type, cases[i].a,
			cases[i].b))
			continue;
		ASSERT_EQ(0, run("ip -n sek-b link add sek-t type %s local %s remote %s",
				 cases[i].type, cases[i].b, cases[i].a));
		ASSERT_EQ(0, address_tunnel(strchr(cases[i].ping, ':')));
		ASSERT_EQ(0, watch(self, "sek-t"));
		EXPECT_EQ(0, run("ping -c 1 -W 5 %s", cases[i].ping))
		{
			TH_LOG("%s", cases[i].type);
		}
		for (int egress = 0; egress < 2; egress++) {
			struct seen seen = read_seen(self->map[egress]);

			EXPECT_LT(0, seen.packets);
			EXPECT_TRUE(begins_with_ip(&seen))
			{
				TH_LOG("%s, %s", cases[i].type, egress ? "egress" : "ingress");
			}
		}
		ASSERT_EQ(0, run("ip link del sek-t; ip -n sek-b link del sek-t"));
	}
}

/*
 * GRE to many remote addresses shows its outer header, at egress before its length is filled in,
 * while skb->protocol tells of the inner one.
 */
TEST_F_TIMEOUT(l2, multipoint_gre, 60)
{
	struct iphdr outer;
	struct seen seen;

	ASSERT_EQ(0, two_hosts());
	if (run("ip link add sek-t type gre local 10.0.0.1 key 1"))
		SKIP(return, "no GRE in this kernel");
	ASSERT_EQ(0, run("ip -n sek-b link add sek-t type gre local 10.0.0.2 key 1"));
	/* Nothing of its own is to be the last packet. */
	run("for h in '' 'ip netns exec sek-b'; do "
	    "$h sysctl -w net.ipv6.conf.sek-t.disable_ipv6=1; done");
	ASSERT_EQ(0, address_tunnel(false));
	ASSERT_EQ(0, run("ip neigh add 10.1.0.2 lladdr 10.0.0.2 dev sek-t && "
			 "ip -n sek-b neigh add 10.1.0.1 lladdr 10.0.0.1 dev sek-t"));
	ASSERT_EQ(0, watch(self, "sek-t"));
	ASSERT_EQ(0, run("ping -c 1 -W 5 10.1.0.2"));
	for (int egress = 0; egress < 2; egress++) {
		seen = read_seen(self->map[egress]);
		memcpy(&outer, seen.data, sizeof(outer));
		EXPECT_EQ(htons(ETH_P_IP), seen.protocol);
		EXPECT_EQ(4, outer.version + 0);
		EXPECT_EQ(IPPROTO_GRE, outer.protocol);
		EXPECT_EQ(20 + 8 + 84, seen.len);
		EXPECT_EQ(egress ? 0 : 20 + 8 + 84, ntohs(outer.tot_len));
	}
}

TEST_HARNESS_MAIN
