// SPDX-License-Identifier: GPL-2.0-only
/* SaveConfig: what changes in a file, and what stays. */
#include "kselftest_harness.h"

#include <stdlib.h>
#include <string.h>

#include "../../user/lib/tunnel/save.h"

#define KEY  "QGTb7jkrsmVPmKpLCEJUwHmbMvnJvd4OtQhUpaSfL0k="
#define PUB  "4HbjXAO4eGFbkGWrCwUhfqPJOOVtXdQvXQJMSPpGJ1s="
#define PUB2 "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="

static const char file[] = "# The head\n"
			   "\n"
			   "# of the interface\n"
			   "[Interface] # here\n"
			   "Address = 10.0.0.1/24\n"
			   "  ListenPort=51820  # a port\n"
			   "PrivateKey = " KEY "\n"
			   "# sekisho: Routing = onlink\n"
			   "\n"
			   "# Alice\n"
			   "[Peer]\n"
			   "PublicKey = " PUB "\n"
			   "AllowedIPs = 10.1.0.0/16\n"
			   "AllowedIPs = 10.2.0.0/16 # hers\n"
			   "Endpoint = gateway.example:51820\n"
			   "\n"
			   "# Bob\n"
			   "[Peer]\n"
			   "PublicKey = " PUB2 "\n"
			   "Endpoint = 192.0.2.1:51820\n"
			   "PersistentKeepalive = 25\n";

FIXTURE(save)
{
	struct sek_conf conf;
	struct sek_save_state state;
	struct sek_conf_error error;
	char *text;
};

/* The state that the file describes. */
FIXTURE_SETUP(save)
{
	struct sek_device *d;

	ASSERT_EQ(0, sek_conf_parse(file, strlen(file), &self->conf, &self->error));
	d = &self->conf.device;
	d->peers[0].endpoint.v4 = (struct sockaddr_in){ .sin_family = AF_INET };
	d->peers[0].endpoint.v4.sin_addr.s_addr = htonl(0xc6336401);
	d->peers[0].endpoint.v4.sin_port = htons(51820);
	d->peers[1].endpoint = d->peers[0].endpoint;
	d->peers[1].endpoint.v4.sin_addr.s_addr = htonl(0xc0000201);
	self->state.device = *d;
	self->state.addresses = self->conf.addresses;
	self->state.addresses_n = self->conf.addresses_n;
	self->state.mtu = 1420;
}

FIXTURE_TEARDOWN(save)
{
	/* What it owns is that of the other one. */
	self->conf.device = self->state.device;
	sek_conf_release(&self->conf);
	free(self->text);
}

static const char *merge(FIXTURE_DATA(save) * self)
{
	size_t len;

	free(self->text);
	self->text = NULL;
	if (sek_save_merge(file, strlen(file), &self->state, &self->text, &len, &self->error))
		return self->error.text;
	return self->text;
}

/* The file with one piece in another's place. */
static const char *with(const char *old, const char *new)
{
	static char text[4096];
	const char *at = strstr(file, old);

	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - file), file, new, at + strlen(old));
	return text;
}

TEST_F(save, nothing_changed)
{
	EXPECT_STREQ(file, merge(self));
}

TEST_F(save, interface)
{
	self->state.device.port = 51821;
	EXPECT_STREQ(with("ListenPort=51820", "ListenPort= 51821"), merge(self));
	self->state.device.port = 51820;
	self->state.device.fwmark = 0xca6c;
	EXPECT_STREQ(with("# here\n", "# here\nFwMark = 0xca6c\n"), merge(self));
	self->state.own_mark = 0xca6c;
	EXPECT_STREQ(file, merge(self));
}

TEST_F(save, addresses)
{
	struct sek_prefix addresses[2] = { 0 };

	sek_prefix_parse("10.0.0.1/24", &addresses[0]);
	sek_prefix_parse("fd00::1/64", &addresses[1]);
	self->state.addresses = addresses;
	self->state.addresses_n = 2;
	EXPECT_STREQ(with("10.0.0.1/24", "10.0.0.1/24, fd00::1/64"), merge(self));
	self->state.addresses_n = 0;
	EXPECT_STREQ(with("Address = 10.0.0.1/24\n", ""), merge(self));
}

TEST_F(save, peers)
{
	struct sek_device_peer *alice = &self->state.device.peers[0], *bob = alice + 1;
	struct sek_prefix third;

	/* In another order they are the same. */
	third = alice->allowed[0];
	alice->allowed[0] = alice->allowed[1];
	alice->allowed[1] = third;
	EXPECT_STREQ(file, merge(self));
	sek_prefix_parse("10.3.0.0/16", &third);
	ASSERT_EQ(0, sek_peer_allow(alice, &third));
	EXPECT_STREQ(with("10.1.0.0/16\nAllowedIPs = 10.2.0.0/16 # hers\n",
			  "10.2.0.0/16, 10.1.0.0/16, 10.3.0.0/16\n"),
		     merge(self));
	alice->allowed_n--;

	bob->keepalive = 0;
	EXPECT_STREQ(with("PersistentKeepalive = 25\n", ""), merge(self));
	bob->keepalive = 7;
	EXPECT_STREQ(with("= 25", "= 7"), merge(self));
	bob->keepalive = 25;

	/* He has roamed; a name stays a name. */
	bob->endpoint.v4.sin_port = htons(1);
	alice->endpoint.v4.sin_port = htons(1);
	EXPECT_STREQ(with("192.0.2.1:51820", "192.0.2.1:1"), merge(self));
	bob->endpoint.v4.sin_port = htons(51820);

	sek_key_parse(KEY, 44, &bob->preshared_key);
	EXPECT_STREQ(with("[Peer]\nPublicKey = " PUB2,
			  "[Peer]\nPresharedKey = " KEY "\nPublicKey = " PUB2),
		     merge(self));
}

TEST_F(save, a_peer_is_gone)
{
	struct sek_device *d = &self->state.device;
	struct sek_device_peer alice = d->peers[0];

	d->peers[0] = d->peers[1];
	d->peers_n = 1;
	EXPECT_STREQ(with("# Alice\n[Peer]\nPublicKey = " PUB "\nAllowedIPs = 10.1.0.0/16\n"
			  "AllowedIPs = 10.2.0.0/16 # hers\n"
			  "Endpoint = gateway.example:51820\n\n",
			  ""),
		     merge(self));
	d->peers[1] = d->peers[0];
	d->peers[0] = alice;
	d->peers_n = 2;
}

TEST_F(save, a_peer_is_new)
{
	struct sek_device_peer *p = sek_device_add_peer(&self->state.device);
	struct sek_prefix all;
	char expected[4096];

	sek_key_parse(KEY, 44, &p->public_key);
	sek_prefix_parse("0.0.0.0/0", &all);
	ASSERT_EQ(0, sek_peer_allow(p, &all));
	snprintf(expected, sizeof(expected),
		 "%s\n[Peer]\nPublicKey = " KEY "\nAllowedIPs = 0.0.0.0/0\n", file);
	EXPECT_STREQ(expected, merge(self));
}

/* Sections of one peer, and that of the interface itself, are left when nothing has changed. */
TEST_F(save, sections_of_one_peer)
{
	static const char several[] = "[Interface]\nPrivateKey = " KEY "\n"
				      "[Peer]\nPublicKey = " PUB "\nPresharedKey = " KEY "\n"
				      "AllowedIPs = 10.1.0.0/16, 10.2.0.0/16\n"
				      "[Peer]\nPublicKey = %s\nAllowedIPs = 10.9.0.0/16\n"
				      "[Peer]\nPublicKey = " PUB "\nAllowedIPs = -10.1.0.0/16\n";
	char text[sizeof(several) + SEK_KEY_TEXT], own[SEK_KEY_TEXT];
	struct sek_save_state s = { 0 };
	struct sek_conf conf = { 0 };
	char *merged = NULL;
	size_t len;

	snprintf(text, sizeof(text), several, sek_key_format(&self->conf.device.public_key, own));
	ASSERT_EQ(0, sek_conf_parse(text, strlen(text), &conf, &self->error));
	ASSERT_EQ(1, conf.device.peers_n);
	s.device = conf.device;
	ASSERT_EQ(0, sek_save_merge(text, strlen(text), &s, &merged, &len, &self->error));
	EXPECT_STREQ(text, merged);
	free(merged);
	conf.device.peers[0].keepalive = 5;
	ASSERT_EQ(0, sek_save_merge(text, strlen(text), &s, &merged, &len, &self->error));
	EXPECT_NE(NULL, strstr(merged, "PersistentKeepalive = 5\n"));
	EXPECT_NE(NULL, strstr(merged, own));
	free(merged);
	sek_conf_release(&conf);
}

TEST_HARNESS_MAIN
