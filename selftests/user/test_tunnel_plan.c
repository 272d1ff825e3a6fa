// SPDX-License-Identifier: GPL-2.0-only
/* Plans: what a file and a host make, step by step, without any kernel. */
#include "kselftest_harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../user/lib/tunnel/plan.h"

#define KEY "QGTb7jkrsmVPmKpLCEJUwHmbMvnJvd4OtQhUpaSfL0k="
#define PUB "4HbjXAO4eGFbkGWrCwUhfqPJOOVtXdQvXQJMSPpGJ1s="

/* The rules of a host with none of its own, IPv4 and IPv6. */
static struct sek_rt_rule rules[2][3] = {
	{ { .table = 255 }, { .priority = 32766, .table = 254 }, { .priority = 32767 } },
	{ { .table = 255 }, { .priority = 32766, .table = 254 } },
};

FIXTURE(plan)
{
	struct sek_conf conf;
	struct sek_conf_error error;
	struct sek_facts facts;
	struct sek_facts_path path;
	struct sek_plan plan;
	char text[8192];
};

FIXTURE_SETUP(plan)
{
	self->facts = (struct sek_facts){ .kernel = true,
					  .rules = { rules[0], rules[1] },
					  .rules_n = { 3, 2 },
					  .free_table = 51820,
					  .paths = &self->path,
					  .default_mtu = 1500 };
}

FIXTURE_TEARDOWN(plan)
{
	sek_plan_release(&self->plan);
	sek_conf_release(&self->conf);
}

/* The commands of all steps, each with a newline. */
static const char *plan(FIXTURE_DATA(plan) * self, const char *interface, const char *allowed)
{
	char file[1024];
	int err;

	sek_plan_release(&self->plan);
	sek_conf_release(&self->conf);
	snprintf(file, sizeof(file),
		 "[Interface]\nPrivateKey = " KEY "\n%s\n[Peer]\nPublicKey = " PUB
		 "\nAllowedIPs = %s\nEndpoint = 192.0.2.1:51820\n",
		 interface, allowed);
	err = sek_conf_parse(file, strlen(file), &self->conf, &self->error);
	if (err)
		return self->error.text;
	strcpy(self->conf.device.name, "wg0");
	self->conf.device.peers[0].endpoint.v4.sin_family = AF_INET;
	self->conf.device.peers[0].endpoint.v4.sin_addr.s_addr = htonl(0xc0000201);
	err = sek_plan_make(&self->conf, &self->facts, &self->plan, &self->error);
	if (err)
		return self->error.text;
	self->text[0] = '\0';
	for (size_t i = 0; i < self->plan.n; i++) {
		size_t len = strlen(self->text);

		sek_step_describe(&self->plan.steps[i], &self->conf, self->text + len,
				  sizeof(self->text) - len - 2);
		strcat(self->text, "\n");
	}
	return self->text;
}

#define LINK(mark)                         \
	"ip link add wg0 type wireguard\n" \
	"wg setconf wg0: port 0, mark " mark ", 1 peer, 1 allowed network\n"

TEST_F(plan, full)
{
	EXPECT_STREQ(LINK("0xca6c") "ip -4 address add 10.0.0.1/24 dev wg0\n"
				    "ip link set wg0 mtu 1420\n"
				    "sysctl -w net/ipv4/conf/all/src_valid_mark=1\n"
				    "nft add table ip wg-quick-wg0\n"
				    "ip -4 rule add priority 32765 not fwmark 0xca6c table 51820\n"
				    "ip -4 rule add priority 32764 table main "
				    "suppress_prefixlength 0\n"
				    "ip link set wg0 up\n"
				    "ip -4 route add 0.0.0.0/0 dev wg0 table 51820\n",
		     plan(self, "Address = 10.0.0.1/24", "0.0.0.0/0"));
	for (size_t i = 0; i < self->plan.n; i++) {
		enum sek_step_type type = self->plan.steps[i].type;

		EXPECT_EQ(type == SEK_STEP_LINK || type == SEK_STEP_SYSCTL ||
				  type == SEK_STEP_NFT || type == SEK_STEP_RULE,
			  self->plan.steps[i].own);
	}
}

TEST_F(plan, full6_with_mark_and_priority)
{
	EXPECT_STREQ(LINK("0x7b") "ip link set wg0 mtu 1400\n"
				  "nft add table ip6 wg-quick-wg0\n"
				  "ip -6 rule add priority 900 not fwmark 0x7b table 123\n"
				  "ip -6 rule add priority 899 table main suppress_prefixlength 0\n"
				  "ip link set wg0 up\n"
				  "ip -6 route add ::/0 dev wg0 table 123\n",
		     plan(self, "FwMark = 123\nMTU = 1400\n# sekisho: RulePriority = 900", "::/0"));
}

TEST_F(plan, routings)
{
	const char *rest = "ip link set wg0 mtu 1420\nip link set wg0 up\n";
	char expected[1024];

	snprintf(expected, sizeof(expected), "%s%s%s", LINK("0x0"),
		 "ip -4 address add 10.0.0.1/24 dev wg0\n", rest);
	EXPECT_STREQ(expected,
		     plan(self, "Address = 10.0.0.1/24\n# sekisho: Routing = onlink", "0.0.0.0/0"));
	EXPECT_STREQ(expected, plan(self, "Address = 10.0.0.1/24\nTable = off", "0.0.0.0/0"));
	EXPECT_STREQ(expected, plan(self, "Address = 10.0.0.1/24\n# sekisho: Routing = allowedips",
				    "0.0.0.0/0"));
	EXPECT_NE(NULL, strstr(self->plan.note, "default route"));
	EXPECT_STREQ(expected, plan(self, "Address = 10.0.0.1/24", "10.0.0.2"));

	snprintf(expected, sizeof(expected), "%s%s%s", LINK("0x0"),
		 "ip -4 address add 10.0.0.1/24 dev wg0 noprefixroute\n", rest);
	EXPECT_STREQ(expected,
		     plan(self, "Address = 10.0.0.1/24\n# sekisho: Routing = none", "0.0.0.0/0"));

	snprintf(expected, sizeof(expected), "%s%s%s%s", LINK("0x0"),
		 "ip -4 address add 10.0.0.1/24 dev wg0\n", rest,
		 "ip -4 route add 10.1.0.0/16 dev wg0\n");
	EXPECT_STREQ(expected, plan(self, "Address = 10.0.0.1/24\n# sekisho: Routing = allowedips",
				    "10.1.0.0/16"));
	EXPECT_STREQ(expected, plan(self, "Address = 10.0.0.1/24", "10.1.0.0/16"));

	EXPECT_STREQ(LINK("0x0") "ip link set wg0 mtu 1420\nip link set wg0 up\n"
				 "ip -4 route add 0.0.0.0/0 dev wg0 table 77\n",
		     plan(self, "Table = 77", "0.0.0.0/0"));
	EXPECT_NE(NULL,
		  strstr(plan(self, "# sekisho: Routing = full", "10.0.0.0/8"), "needs a peer"));
}

TEST_F(plan, daemon)
{
	const char *steps = plan(self, "Address = 10.0.0.1/30\n# sekisho: Routing = daemon",
				 "0.0.0.0/0");

	EXPECT_NE(NULL, strstr(steps, "ip link set wg0 multicast on\n"));
	EXPECT_NE(NULL, strstr(steps, "sysctl -w net/ipv4/conf/wg0/rp_filter=2\n"));
	EXPECT_NE(NULL, strstr(steps, "ip -6 address add fe80::"));
	EXPECT_EQ(NULL, strstr(steps, "route add"));
	EXPECT_EQ(NULL, strstr(steps, "rule add"));
}

/* In front of the rules there are: of another full tunnel, say. */
TEST_F(plan, second_tunnel)
{
	struct sek_rt_rule there[] = { { .table = 255 },
				       { .priority = 32764, .table = 254 },
				       { .priority = 32765, .table = 51820 },
				       { .priority = 32766, .table = 254 } };
	const char *steps;

	self->facts.rules[0] = there;
	self->facts.rules_n[0] = 4;
	self->facts.free_table = 51821;
	steps = plan(self, "", "0.0.0.0/0");
	EXPECT_NE(NULL, strstr(steps, "priority 32763 not fwmark 0xca6d table 51821\n"));
	EXPECT_NE(NULL, strstr(steps, "priority 32762 table main"));
	there[1].priority = 2;
	EXPECT_NE(NULL, strstr(plan(self, "", "0.0.0.0/0"), "no priorities are left"));
}

/* An endpoint that AllowedIPs hold goes where it goes now. */
TEST_F(plan, endpoint_is_kept_out)
{
	struct sek_rt_route now = { .table = 254, .oif = 1, .type = 1 };

	sek_prefix_parse("192.0.2.0/24", &now.dst);
	sek_prefix_parse("10.9.9.9", &now.gateway);
	self->path = (struct sek_facts_path){ .known = true, .route = now, .mtu = 1400 };
	EXPECT_NE(NULL, strstr(plan(self, "", "192.0.2.0/25"),
			       "mtu 1320\nip -4 route add 192.0.2.1/32 via 10.9.9.9 dev lo\n"
			       "ip link set wg0 up\nip -4 route add 192.0.2.0/25 dev wg0\n"));
	/* The longer route wins by itself. */
	EXPECT_EQ(NULL, strstr(plan(self, "", "192.0.0.0/16"), "via"));
	/* Of a full tunnel the mark is enough. */
	EXPECT_EQ(NULL, strstr(plan(self, "", "0.0.0.0/0"), "via"));
	EXPECT_EQ(NULL, strstr(plan(self, "Table = off", "192.0.2.0/24"), "via"));
	/* The other namespace has routes of its own. */
	self->facts.split = true;
	EXPECT_EQ(NULL, strstr(plan(self, "", "192.0.2.0/25"), "via"));
}

TEST_F(plan, what_is_missing)
{
	EXPECT_NE(NULL, strstr(plan(self, "DNS = 192.0.2.53", "10.0.0.0/8"), "resolvconf"));
	self->facts.kernel = false;
	EXPECT_NE(NULL, strstr(plan(self, "", "10.0.0.0/8"), "no wireguard-go"));
	strcpy(self->facts.userspace, "wireguard-go");
	EXPECT_NE(NULL, strstr(plan(self, "", "10.0.0.0/8"), "wireguard-go wg0\n"));
	self->facts.split = true;
	EXPECT_NE(NULL, strstr(plan(self, "", "10.0.0.0/8"), "another namespace"));
}

TEST_F(plan, hooks)
{
	EXPECT_NE(NULL, strstr(plan(self, "PostUp = echo %i %i%% %j %i", "10.0.0.0/8"),
			       "PostUp: echo wg0 wg0%% %j wg0\n"));
}

TEST_HARNESS_MAIN
