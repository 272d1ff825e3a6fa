// SPDX-License-Identifier: GPL-2.0-only
/* The reader of wg-quick's files: what it takes, and where it says that something is wrong. */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../user/lib/tunnel/conf.h"

#define KEY "QGTb7jkrsmVPmKpLCEJUwHmbMvnJvd4OtQhUpaSfL0k="
#define PUB "4HbjXAO4eGFbkGWrCwUhfqPJOOVtXdQvXQJMSPpGJ1s="
/* RFC 7748, section 6.1: of Alice. */
#define KEY2 "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo="
#define PUB2 "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="

FIXTURE(conf)
{
	struct sek_conf c;
	struct sek_conf_error error;
};

FIXTURE_SETUP(conf)
{
}

FIXTURE_TEARDOWN(conf)
{
	sek_conf_release(&self->c);
}

static int parse(FIXTURE_DATA(conf) * self, const char *text)
{
	sek_conf_release(&self->c);
	memset(&self->error, 0, sizeof(self->error));
	return sek_conf_parse(text, strlen(text), &self->c, &self->error);
}

static const char *prefix(const struct sek_prefix *p)
{
	static char text[SEK_PREFIX_TEXT];

	return sek_prefix_format(p, text);
}

TEST_F(conf, all_keys)
{
	char text[SEK_KEY_TEXT];

	ASSERT_EQ(0, parse(self, "[Interface]\n"
				 "Address = 10.0.0.1/24, fd00::1/64\n"
				 "Address = 10.0.1.1\n"
				 "DNS = 192.0.2.53, 2001:db8::53, example.org\n"
				 "MTU = 1400\n"
				 "Table = 1234\n"
				 "FwMark = 0xca6c\n"
				 "PreUp = echo pre %i\n"
				 "PostUp = a = b\n"
				 "PostUp = second\n"
				 "PreDown = x\n"
				 "PostDown = y # not this\n"
				 "SaveConfig = true\n"
				 "ListenPort = 51820\n"
				 "PrivateKey = " KEY "\n"
				 "# sekisho: Routing = onlink\n"
				 "#sekisho:RulePriority=1000\n"
				 "[Peer]\n"
				 "PublicKey = " PUB "\n"
				 "PresharedKey = " KEY "\n"
				 "AllowedIPs = 10.0.0.7/24, ::/0, 192.0.2.1\n"
				 "Endpoint = [2001:db8::1]:51820\n"
				 "PersistentKeepalive = 25\n"));
	ASSERT_EQ(3, self->c.addresses_n);
	EXPECT_STREQ("10.0.0.1/24", prefix(&self->c.addresses[0]));
	EXPECT_STREQ("fd00::1/64", prefix(&self->c.addresses[1]));
	EXPECT_STREQ("10.0.1.1/32", prefix(&self->c.addresses[2]));
	EXPECT_EQ(2, self->c.dns.n);
	ASSERT_EQ(1, self->c.search.n);
	EXPECT_STREQ("example.org", self->c.search.words[0]);
	EXPECT_EQ(1400, self->c.mtu);
	EXPECT_EQ(SEK_CONF_TABLE_NUMBER, self->c.table);
	EXPECT_EQ(1234, self->c.table_id);
	EXPECT_EQ(0xca6c, self->c.device.fwmark);
	ASSERT_EQ(1, self->c.hooks[SEK_HOOK_PRE_UP].n);
	EXPECT_STREQ("echo pre %i", self->c.hooks[SEK_HOOK_PRE_UP].words[0]);
	ASSERT_EQ(2, self->c.hooks[SEK_HOOK_POST_UP].n);
	EXPECT_STREQ("a = b", self->c.hooks[SEK_HOOK_POST_UP].words[0]);
	EXPECT_STREQ("y", self->c.hooks[SEK_HOOK_POST_DOWN].words[0]);
	EXPECT_TRUE(self->c.save);
	EXPECT_EQ(51820, self->c.device.port);
	EXPECT_STREQ(KEY, sek_key_format(&self->c.device.private_key, text));
	EXPECT_EQ(SEK_ROUTING_ONLINK, self->c.routing);
	EXPECT_EQ(1000, self->c.priority);
	EXPECT_EQ(15, self->c.secret_line);
	EXPECT_EQ(14, self->c.secret_column);
	ASSERT_EQ(1, self->c.device.peers_n);
	EXPECT_EQ(18, self->c.device.peers[0].line);
	ASSERT_EQ(3, self->c.device.peers[0].allowed_n);
	EXPECT_STREQ("10.0.0.0/24", prefix(&self->c.device.peers[0].allowed[0]));
	EXPECT_STREQ("192.0.2.1/32", prefix(&self->c.device.peers[0].allowed[2]));
	EXPECT_STREQ("2001:db8::1", self->c.device.peers[0].host);
	EXPECT_STREQ("51820", self->c.device.peers[0].service);
	EXPECT_EQ(25, self->c.device.peers[0].keepalive);
}

/* As wg-quick takes them: case, blanks, commas, line ends. */
TEST_F(conf, spelling)
{
	ASSERT_EQ(0, parse(self, "  [interface]\t\r\n"
				 "ADDRESS=10.0.0.1/24   10.0.1.1/24,,10.0.2.1/24\r\n"
				 " private key =  " KEY "  # a comment\r\n"
				 "Table=auto\r\nMTU=\r\nDNS=\r\n"
				 "[PEER]\r\n"
				 "publickey=" PUB "\r\n"
				 "AllowedIPs = 10.0.0.0/8 ,10.1.0.0/16\r\n"
				 "endpoint = gateway.example : 51820\r\n"
				 "PersistentKeepalive = OFF"));
	EXPECT_EQ(3, self->c.addresses_n);
	EXPECT_EQ(2, self->c.device.peers[0].allowed_n);
	EXPECT_STREQ("gateway.example", self->c.device.peers[0].host);
	EXPECT_EQ(0, self->c.mtu);
	EXPECT_EQ(0, parse(self, ""));
	EXPECT_EQ(0, parse(self, "# nothing\n\n"));
}

TEST_F(conf, plus_and_minus)
{
	ASSERT_EQ(0, parse(self, "[Peer]\nPublicKey = " PUB "\n"
				 "AllowedIPs = 10.0.0.0/8, +10.1.0.0/16, 192.0.2.0/24\n"
				 "AllowedIPs = -10.0.0.0/8\n"));
	ASSERT_EQ(2, self->c.device.peers[0].allowed_n);
	EXPECT_STREQ("10.1.0.0/16", prefix(&self->c.device.peers[0].allowed[0]));
}

#define I   "[Interface]\n"
#define P   "[Peer]\nPublicKey = " PUB "\n"
#define P2  "[Peer]\nPublicKey = " PUB2 "\n"
#define IPS "AllowedIPs = "

/*
 * What several sections of a peer make of it is what wg's config.c and ipc-linux.h, told one after
 * the other to netlink.c and allowedips.c of Linux 6.16's WireGuard, would: a section's networks
 * replace those before, unless its last line of AllowedIPs has a + or -; what a section does not
 * say stays; a network goes from any peer to that which is given it, and is taken only from its
 * owner.
 */
static const struct {
	const char *text;
	const char *expected;
} sections[] = {
	{ P IPS "10.1.0.0/16\n" P IPS "10.2.0.0/16\n", "A 10.2.0.0/16" },
	{ P IPS "10.1.0.0/16\n" P IPS "+10.2.0.0/16\n", "A 10.1.0.0/16 10.2.0.0/16" },
	{ P IPS "10.1.0.0/16\n" P, "A" },
	{ P IPS "10.1.0.0/16, 10.2.0.0/16\n" P IPS "-10.1.0.0/16\n", "A 10.2.0.0/16" },
	{ P IPS "10.1.0.0/16\n" P IPS "-10.1.0.0/24\n", "A 10.1.0.0/16" },
	{ P IPS "+10.1.0.0/16, -10.1.0.0/16\n", "A" },
	{ P IPS "-10.1.0.0/16, +10.1.0.0/16\n", "A 10.1.0.0/16" },
	{ P IPS "10.1.0.0/16\n" P IPS "-10.1.0.0/16\n" IPS "10.3.0.0/16\n", "A 10.3.0.0/16" },
	{ P IPS "10.1.0.0/16\n" P IPS "10.3.0.0/16\n" IPS "+10.4.0.0/16\n",
	  "A 10.1.0.0/16 10.3.0.0/16 10.4.0.0/16" },
	/* The second peer takes it, and the first one back. */
	{ P IPS "10.1.0.0/16\n" P2 IPS "+10.1.0.0/16\n" P IPS "+10.2.0.0/16\n",
	  "A 10.1.0.0/16 10.2.0.0/16; B 10.1.0.0/16" },
	{ P IPS "10.1.0.0/16\n" P2 IPS "10.1.0.0/16, 10.2.0.0/16\n" P IPS "+10.1.0.0/16\n",
	  "A 10.1.0.0/16; B 10.2.0.0/16" },
	/* What was taken does not come back when its owner loses it. */
	{ P IPS "10.1.0.0/16\n" P2 IPS "+10.1.0.0/16, -10.1.0.0/16\n", "A; B" },
	{ P IPS "10.1.0.0/16\n" P2 IPS "10.1.0.0/16\n" P2 IPS "10.2.0.0/16\n", "A; B 10.2.0.0/16" },
	/* Nor is it taken from somebody else. */
	{ P IPS "10.1.0.0/16\n" P2 IPS "-10.1.0.0/16\n", "A 10.1.0.0/16; B" },
	{ P IPS "10.1.0.0/16\n" P2 IPS "10.1.0.0/16\n" P IPS "-10.1.0.0/16\n", "A; B 10.1.0.0/16" },
	/* What else a section says. */
	{ P "PresharedKey = " KEY "\nPersistentKeepalive = 25\nEndpoint = 192.0.2.1:1\n" P,
	  "A psk 25 192.0.2.1:1" },
	{ P P "PresharedKey = " KEY "\nPersistentKeepalive = 25\nEndpoint = 192.0.2.1:1\n",
	  "A psk 25 192.0.2.1:1" },
	{ P "PresharedKey = " KEY "\nPersistentKeepalive = 25\nEndpoint = 192.0.2.1:1\n" P
	    "PresharedKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	    "PersistentKeepalive = off\nEndpoint = 192.0.2.2:2\n",
	  "A 192.0.2.2:2" },
	{ P2 P P2 P "PersistentKeepalive = 5\n", "B; A 5" },
	/* The interface's own key: no peer, as a list of all may be given to each of them. */
	{ P IPS "10.1.0.0/16\n" P2 IPS "10.1.0.0/16\n" I "PrivateKey = " KEY2 "\n",
	  "A 10.1.0.0/16" },
};

static void describe(const struct sek_device *d, char *ret, size_t size)
{
	FILE *f = fmemopen(ret, size, "w");

	for (size_t i = 0; i < d->peers_n; i++) {
		const struct sek_device_peer *p = &d->peers[i];
		char key[SEK_KEY_TEXT];

		sek_key_format(&p->public_key, key);
		fprintf(f, "%s%s%s", i ? "; " : "", !strcmp(key, PUB) ? "A" : "B",
			sek_key_is_set(&p->preshared_key) ? " psk" : "");
		if (p->keepalive)
			fprintf(f, " %u", p->keepalive);
		if (p->host)
			fprintf(f, " %s:%s", p->host, p->service);
		for (size_t k = 0; k < p->allowed_n; k++)
			fprintf(f, " %s", prefix(&p->allowed[k]));
	}
	fclose(f);
}

TEST_F(conf, sections_of_one_peer)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		char text[200] = "";

		ASSERT_EQ(0, parse(self, sections[i].text));
		describe(&self->c.device, text, sizeof(text));
		EXPECT_STREQ(sections[i].expected, text)
		{
			TH_LOG("%s", sections[i].text);
		}
	}
}

static const struct {
	const char *text;
	unsigned int line;
	unsigned int column;
	const char *says;
} wrong[] = {
	{ "\xef\xbb\xbf" I, 1, 1, "byte order mark" },
	{ "MTU = 1", 1, 1, "before any section" },
	{ "[Interfaces]", 1, 1, "no section '[Interfaces]'" },
	{ I "Adress = 10.0.0.1", 2, 1, "no key 'Adress'" },
	{ I "  Endpoint = 192.0.2.1:1", 2, 3, "belongs into the section [Peer]" },
	{ P "\tMTU = 1400", 3, 2, "belongs into the section [Interface]" },
	{ I "Address", 2, 1, "neither a [section] nor KEY = VALUE" },
	{ I "PrivateKey = abc", 2, 14, "PrivateKey is no key" },
	{ I "PrivateKey = " KEY "=", 2, 14, "PrivateKey is no key" },
	{ I "PrivateKey =", 2, 13, "PrivateKey is no key" },
	{ I "ListenPort = 65536", 2, 14, "no port" },
	{ I "ListenPort = x y", 2, 14, "no port" },
	{ I "FwMark = 0x1ffffffff", 2, 10, "32 bits" },
	{ I "FwMark = -1", 2, 10, "32 bits" },
	{ I "Address = 10.0.0.1/24, 10.0.0.1/33", 2, 24, "beyond 32" },
	{ I "Address = 10.0.0/24", 2, 11, "no IP address" },
	{ I "Address = fd00::1/129", 2, 11, "beyond 128" },
	{ I "Address = 10.0.0.1/", 2, 11, "no number" },
	{ I "Address = 10.0.0.1/0x8", 2, 11, "no number" },
	{ I "DNS = 192.0.2", 2, 7, "no IP address" },
	{ I "MTU = 67", 2, 7, "68 to 65535" },
	{ I "MTU = 1400x", 2, 7, "68 to 65535" },
	{ I "Table = nosuchtable", 2, 9, "rt_tables" },
	{ I "Table = 0", 2, 9, "rt_tables" },
	{ I "SaveConfig = yes", 2, 14, "neither true nor false" },
	{ I "# sekisho: Routing = all", 2, 22, "none of none" },
	{ I "# sekisho: Rooting = full", 2, 12, "neither Routing" },
	{ I "# sekisho: RulePriority = 1", 2, 27, "2 to 32765" },
	{ P "# sekisho: Routing = full", 3, 12, "belongs into the section [Interface]" },
	{ P "AllowedIPs = 10.0.0.0/8, 10.0.0.0/8x", 3, 26, "no number" },
	{ P "AllowedIPs = 0.0.0.0/0, ::/0, example.org", 3, 31, "no IP address" },
	{ P "AllowedIPs =", 3, 13, "missing" },
	{ P "AllowedIPs = 10.0.0.0/8, ,10.1.0.0/16", 3, 26, "missing" },
	{ P "AllowedIPs = 10.0.0.0/8,", 3, 25, "missing" },
	{ P "AllowedIPs = (none)", 3, 14, "no IP address" },
	{ P "AllowedIPs = ++10.0.0.0/8", 3, 14, "no IP address" },
	{ P "Endpoint = 192.0.2.1", 3, 12, "HOST:PORT" },
	{ P "Endpoint = 2001:db8::1:51820", 3, 12, "brackets" },
	{ P "Endpoint = [2001:db8::1]51820", 3, 12, "[ADDRESS]:PORT" },
	{ P "Endpoint = 192.0.2.1:65536", 3, 22, "no port" },
	{ P "Endpoint = 192.0.2.1:0x10", 3, 22, "no port" },
	{ P "Endpoint = (none)", 3, 12, "HOST:PORT" },
	{ P "Endpoint = :51820", 3, 12, "no host" },
	{ P "PersistentKeepalive = 65536", 3, 23, "neither off nor seconds" },
	{ P "PersistentKeepalive = 0x10", 3, 23, "neither off nor seconds" },
	{ P "PresharedKey = (none)", 3, 16, "PresharedKey is no key" },
	{ I "ListenPort = 0x50", 2, 14, "no port" },
	{ I "\n[Peer]\nAllowedIPs = 10.0.0.0/8\n", 3, 1, "no PublicKey" },
	{ "[Peer]\n" P, 1, 1, "no PublicKey" },
};

TEST_F(conf, errors)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		TH_LOG("%s", wrong[i].says);
		EXPECT_EQ(-EINVAL, parse(self, wrong[i].text));
		EXPECT_EQ(wrong[i].line, self->error.line);
		EXPECT_EQ(wrong[i].column, self->error.column);
		EXPECT_NE(NULL, strstr(self->error.text, wrong[i].says))
		{
			TH_LOG("%s", self->error.text);
		}
		EXPECT_EQ(NULL, strchr(self->error.text, '\n'));
	}
}

TEST_F(conf, nul)
{
	static const char text[] = "[Interface]\nMTU = 14\0000\n";

	EXPECT_EQ(-EINVAL, sek_conf_parse(text, sizeof(text) - 1, &self->c, &self->error));
	EXPECT_EQ(2, self->error.line);
	EXPECT_EQ(9, self->error.column);
}

/* A mistyped key is nearly a key: it must not be told. */
TEST_F(conf, secrets_are_not_told)
{
	EXPECT_EQ(-EINVAL, parse(self, I "PrivateKey = " KEY "x\n"));
	EXPECT_EQ(NULL, strstr(self->error.text, "QGTb"));
	EXPECT_EQ(-EINVAL, parse(self, P "PresharedKey = x" KEY "\n"));
	EXPECT_EQ(NULL, strstr(self->error.text, "QGTb"));
}

TEST_F(conf, ten_thousand_peers)
{
	char *text = NULL, key[SEK_KEY_TEXT];
	struct sek_key k = { .bytes = { 1 } };
	size_t size;
	FILE *file = open_memstream(&text, &size);

	fprintf(file, I);
	for (int i = 0; i < 10000; i++) {
		memcpy(k.bytes + 4, &i, sizeof(i));
		fprintf(file, "[Peer]\nPublicKey = %s\nAllowedIPs = 10.%d.%d.0/24, fd00:%x::/32\n",
			sek_key_format(&k, key), i / 256, i % 256, i);
	}
	ASSERT_EQ(0, fclose(file));
	EXPECT_EQ(0, parse(self, text));
	ASSERT_EQ(10000, self->c.device.peers_n);
	EXPECT_STREQ("10.39.15.0/24", prefix(&self->c.device.peers[9999].allowed[0]));
	free(text);
}

TEST_F(conf, names)
{
	char path[PATH_MAX], name[IFNAMSIZ];

	EXPECT_EQ(0, sek_conf_find("wg0", path, name));
	EXPECT_STREQ("/etc/wireguard/wg0.conf", path);
	EXPECT_STREQ("wg0", name);
	EXPECT_EQ(0, sek_conf_find("./dir/my-tunnel.conf", path, name));
	EXPECT_STREQ("./dir/my-tunnel.conf", path);
	EXPECT_STREQ("my-tunnel", name);
	EXPECT_EQ(0, sek_conf_find("no-such-file.conf", path, name));
	EXPECT_STREQ("no-such-file.conf", path);
	EXPECT_STREQ("no-such-file", name);
	EXPECT_EQ(-EINVAL, sek_conf_find("sixteen-letters-x", path, name));
	EXPECT_EQ(-EINVAL, sek_conf_find("/etc/wireguard/sixteen-letters-.conf", path, name));
	EXPECT_EQ(-EINVAL, sek_conf_find("/etc/passwd", path, name));
	EXPECT_EQ(-EINVAL, sek_conf_find("a b", path, name));
	EXPECT_EQ(-EINVAL, sek_conf_find("", path, name));
	EXPECT_EQ(-EINVAL, sek_conf_find("..", path, name));
	EXPECT_EQ(-EINVAL, sek_conf_find("/x/.conf", path, name));
}

TEST_F(conf, files)
{
	unsigned int mode;

	EXPECT_EQ(-ENOENT, sek_conf_read("/nonexistent/wg0.conf", &self->c, &mode, &self->error));
	EXPECT_EQ(0, self->error.line);
	EXPECT_EQ(-EINVAL, sek_conf_read("/dev/null", &self->c, &mode, &self->error));
	EXPECT_EQ(-EINVAL, sek_conf_read("/", &self->c, &mode, &self->error));
}

/* RFC 7748, section 6.1. */
TEST(public_key)
{
	static const struct sek_key alice = {
		.bytes = { 0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18, 0xa5, 0x7d, 0x3c, 0x16, 0xc1,
			   0x72, 0x51, 0xb2, 0x66, 0x45, 0xdf, 0x4c, 0x2f, 0x87, 0xeb, 0xc0,
			   0x99, 0x2a, 0xb1, 0x77, 0xfb, 0xa5, 0x1d, 0xb9, 0x2c, 0x2a }
	};
	struct sek_key none = { 0 }, public_key;
	char text[SEK_KEY_TEXT];

	sek_key_public(&alice, &public_key);
	EXPECT_STREQ("hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=",
		     sek_key_format(&public_key, text));
	sek_key_public(&none, &public_key);
	EXPECT_FALSE(sek_key_is_set(&public_key));
}

TEST_HARNESS_MAIN
