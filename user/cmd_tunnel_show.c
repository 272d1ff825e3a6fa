// SPDX-License-Identifier: GPL-2.0-only
/* sekisho tunnel show: WireGuard devices and their peers, whoever made them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd_tunnel.h"
#include "lib/cleanup.h"
#include "lib/names.h"
#include "lib/tunnel/journal.h"
#include "lib/tunnel/wg.h"
#include "lib/wireguard.h"
#include "log.h"
#include "out/units.h"
#include "out/utf8.h"

struct conf {
	const char *netns;
	bool show_keys;
	struct sek_opts_list words;
	bool help;
};

static const struct sek_opt rows[] = {
	SEK_OPT_STRING(struct conf, netns, .name = "netns", .letter = 'n', .metavar = "NAME",
		       .help = "the tunnels of this network namespace"),
	SEK_OPT_FLAG(struct conf, show_keys, .name = "show-keys", .letter = 'K',
		     .help = "print private and preshared keys, too"),
	SEK_OPT_HELP(struct conf, help),
	SEK_OPT_ARGS(struct conf, words, .metavar = "[NAME|all] [dump]", .max = 2,
		     .help = "one interface, or all; dump: lines as those of 'wg show all dump'"),
};

static const struct sek_opts opts = {
	.usage = "sekisho tunnel show",
	.summary = "Show WireGuard devices and their peers: endpoints, handshakes, transfer. Keys "
		   "that are secret are not shown, unless asked for.",
	.rows = rows,
	.n = sizeof(rows) / sizeof(*rows),
};

enum {
	IFNAME,
	PUBLIC_KEY,
	PRIVATE_KEY,
	LISTEN_PORT,
	FWMARK,
	USERSPACE,
	PEER,
	PRESHARED_KEY,
	ENDPOINT,
	ALLOWED_IPS,
	HANDSHAKE,
	HANDSHAKE_AGE,
	RX_BYTES,
	TX_BYTES,
	KEEPALIVE,
	IN_PACKETS,
	IN_BYTES,
	OUT_PACKETS,
	OUT_BYTES,
};

static const struct sek_out_column columns[] = {
	[IFNAME] = { .key = "ifname", .title = "INTERFACE" },
	[PUBLIC_KEY] = { .key = "public_key", .title = "PUBLIC KEY" },
	[PRIVATE_KEY] = { .key = "private_key", .title = "PRIVATE KEY" },
	[LISTEN_PORT] = { .key = "listen_port", .title = "PORT", .type = SEK_OUT_U64 },
	[FWMARK] = { .key = "fwmark", .title = "FWMARK", .type = SEK_OUT_U64 },
	[USERSPACE] = { .key = "userspace", .title = "USERSPACE", .type = SEK_OUT_BOOL },
	[PEER] = { .key = "peer", .title = "PEER" },
	[PRESHARED_KEY] = { .key = "preshared_key", .title = "PRESHARED KEY" },
	[ENDPOINT] = { .key = "endpoint", .title = "ENDPOINT" },
	[ALLOWED_IPS] = { .key = "allowed_ips", .title = "ALLOWED IPS" },
	[HANDSHAKE] = { .key = "latest_handshake", .title = "HANDSHAKE", .type = SEK_OUT_U64 },
	[HANDSHAKE_AGE] = { .key = "handshake_age", .title = "AGE", .type = SEK_OUT_U64 },
	[RX_BYTES] = { .key = "rx_bytes", .title = "RECEIVED", .type = SEK_OUT_BYTES },
	[TX_BYTES] = { .key = "tx_bytes", .title = "SENT", .type = SEK_OUT_BYTES },
	[KEEPALIVE] = { .key = "persistent_keepalive", .title = "KEEPALIVE", .type = SEK_OUT_U64 },
	/* Of the interface: by sekisho's own counters, where they are loaded. */
	[IN_PACKETS] = { .key = "egress_packets", .title = "INTO", .type = SEK_OUT_U64 },
	[IN_BYTES] = { .key = "egress_bytes", .title = "INTO", .type = SEK_OUT_BYTES },
	[OUT_PACKETS] = { .key = "ingress_packets", .title = "OUT OF", .type = SEK_OUT_U64 },
	[OUT_BYTES] = { .key = "ingress_bytes", .title = "OUT OF", .type = SEK_OUT_BYTES },
};

/* What a key is shown as; secret ones only if asked for. */
static const char *key_text(const struct sek_key *key, bool hide, char text[SEK_KEY_TEXT])
{
	if (!sek_key_is_set(key))
		return "(none)";
	return hide ? "(hidden)" : sek_key_format(key, text);
}

/* All of them in one string that the caller frees; NULL when out of memory. */
static char *allowed_text(const struct sek_device_peer *p, const char *separator)
{
	size_t room = p->allowed_n * (SEK_PREFIX_TEXT + strlen(separator)) + 8;
	char *text = malloc(room), *to = text;

	if (!text)
		return NULL;
	if (!p->allowed_n)
		strcpy(text, "(none)");
	for (size_t i = 0; i < p->allowed_n; i++) {
		if (i)
			to = stpcpy(to, separator);
		sek_prefix_format(&p->allowed[i], to);
		to += strlen(to);
	}
	return text;
}

static void put_device(struct sek_out *out, const struct sek_device *d, bool show_keys)
{
	char key[SEK_KEY_TEXT];

	sek_out_set_string(out, IFNAME, d->name);
	if (sek_key_is_set(&d->public_key))
		sek_out_set_string(out, PUBLIC_KEY, sek_key_format(&d->public_key, key));
	if (show_keys && sek_key_is_set(&d->private_key))
		sek_out_set_string(out, PRIVATE_KEY, sek_key_format(&d->private_key, key));
	sek_out_set_u64(out, LISTEN_PORT, d->port);
	sek_out_set_u64(out, FWMARK, d->fwmark);
	sek_out_set_bool(out, USERSPACE, d->userspace);
	explicit_bzero(key, sizeof(key));
}

static void put_count(struct sek_out *out, const struct sek_tunnel_count *count)
{
	if (!count->counted)
		return;
	sek_out_set_u64(out, IN_PACKETS, count->packets[1]);
	sek_out_set_u64(out, IN_BYTES, count->bytes[1]);
	sek_out_set_u64(out, OUT_PACKETS, count->packets[0]);
	sek_out_set_u64(out, OUT_BYTES, count->bytes[0]);
}

static void put_peer(struct sek_out *out, const struct sek_device_peer *p, bool show_keys)
{
	SEK_CLEANUP(sek_freep) char *allowed = p->allowed_n ? allowed_text(p, ", ") : NULL;
	char key[SEK_KEY_TEXT], endpoint[SEK_ENDPOINT_TEXT];
	time_t now = time(NULL);

	sek_out_set_string(out, PEER, sek_key_format(&p->public_key, key));
	if (show_keys && sek_key_is_set(&p->preshared_key))
		sek_out_set_string(out, PRESHARED_KEY, sek_key_format(&p->preshared_key, key));
	if (p->endpoint.sa.sa_family)
		sek_out_set_string(out, ENDPOINT, sek_endpoint_format(&p->endpoint, endpoint));
	sek_out_set_string(out, ALLOWED_IPS, allowed);
	if (p->handshake) {
		sek_out_set_u64(out, HANDSHAKE, p->handshake);
		sek_out_set_u64(out, HANDSHAKE_AGE, now > p->handshake ? now - p->handshake : 0);
	}
	sek_out_set_u64(out, RX_BYTES, p->rx_bytes);
	sek_out_set_u64(out, TX_BYTES, p->tx_bytes);
	sek_out_set_u64(out, KEEPALIVE, p->keepalive);
	explicit_bzero(key, sizeof(key));
}

/* A row for each peer; one without a peer for a device that has none. */
static void put_rows(struct sek_out *out, const struct sek_device *d, bool show_keys)
{
	struct sek_tunnel_count count;

	sek_tunnel_count(d->name, &count);
	for (size_t i = 0; i < d->peers_n || !i; i++) {
		put_device(out, d, show_keys);
		put_count(out, &count);
		if (d->peers_n)
			put_peer(out, &d->peers[i], show_keys);
		sek_out_row(out);
	}
}

/* "2 minutes, 5 seconds ago", as wg(8) says it. */
static void print_age(int64_t then)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = { { "day", 86400 }, { "hour", 3600 }, { "minute", 60 }, { "second", 1 } };
	int64_t left = time(NULL) - then;
	const char *separator = "";

	if (left <= 0) {
		printf(left ? "in the future: a clock was set back\n" : "now\n");
		return;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		int64_t n = left / units[i].seconds;

		left -= n * units[i].seconds;
		if (!n)
			continue;
		printf("%s%" PRId64 " %s%s", separator, n, units[i].name, n == 1 ? "" : "s");
		separator = ", ";
	}
	printf(" ago\n");
}

static void print_peer(const struct sek_device_peer *p, bool show_keys)
{
	SEK_CLEANUP(sek_freep) char *allowed = allowed_text(p, ", ");
	char key[SEK_KEY_TEXT], endpoint[SEK_ENDPOINT_TEXT];
	char rx[SEK_UNITS_SIZE], tx[SEK_UNITS_SIZE];

	printf("\npeer: %s\n", sek_key_format(&p->public_key, key));
	if (sek_key_is_set(&p->preshared_key))
		printf("  preshared key: %s\n", key_text(&p->preshared_key, !show_keys, key));
	if (p->endpoint.sa.sa_family)
		printf("  endpoint: %s\n", sek_endpoint_format(&p->endpoint, endpoint));
	printf("  allowed ips: %s\n", allowed ? allowed : "");
	printf("  latest handshake: ");
	if (p->handshake)
		print_age(p->handshake);
	else
		printf("never\n");
	sek_units_bytes(rx, p->rx_bytes);
	sek_units_bytes(tx, p->tx_bytes);
	printf("  transfer: %s received, %s sent\n", rx, tx);
	if (p->keepalive)
		printf("  persistent keepalive: every %u second%s\n", p->keepalive,
		       p->keepalive == 1 ? "" : "s");
	explicit_bzero(key, sizeof(key));
}

static void print_count(const char *title, const struct sek_tunnel_count *count, int direction)
{
	const char *separator = " (";
	char bytes[SEK_UNITS_SIZE];

	sek_units_bytes(bytes, count->bytes[direction]);
	printf("  %s: %" PRIu64 " packet%s, %s", title, count->packets[direction],
	       count->packets[direction] == 1 ? "" : "s", bytes);
	for (unsigned int i = 0; i < SEK_CLASS_NR; i++) {
		if (!count->classes[direction][i])
			continue;
		printf("%s%s %" PRIu64, separator, sek_class_name(i), count->classes[direction][i]);
		separator = ", ";
	}
	printf("%s\n", *separator == ',' ? ")" : "");
}

/* Sekisho's own counters, by class. */
static void print_counts(const char *ifname)
{
	struct sek_tunnel_count count;

	sek_tunnel_count(ifname, &count);
	if (!count.counted)
		return;
	print_count("counted into the tunnel", &count, 1);
	print_count("counted out of it", &count, 0);
}

static void print_device(const struct sek_device *d, bool show_keys)
{
	SEK_CLEANUP(sek_freep) char *name = sek_utf8_visible(d->name);
	char key[SEK_KEY_TEXT];

	printf("interface: %s\n", name ? name : "?");
	if (sek_key_is_set(&d->public_key))
		printf("  public key: %s\n", sek_key_format(&d->public_key, key));
	printf("  private key: %s\n", key_text(&d->private_key, !show_keys, key));
	if (d->port)
		printf("  listening port: %u\n", d->port);
	if (d->fwmark)
		printf("  fwmark: 0x%x\n", d->fwmark);
	if (d->userspace)
		printf("  run by: a program of userspace\n");
	print_counts(d->name);
	for (size_t i = 0; i < d->peers_n; i++)
		print_peer(&d->peers[i], show_keys);
	explicit_bzero(key, sizeof(key));
}

/* As 'wg show all dump' has it, for those who parse that. */
static void dump_device(const struct sek_device *d, bool show_keys, bool with_name)
{
	char key[SEK_KEY_TEXT], endpoint[SEK_ENDPOINT_TEXT], mark[16] = "off", keepalive[8];

	if (with_name)
		printf("%s\t", d->name);
	printf("%s\t", key_text(&d->private_key, !show_keys, key));
	if (d->fwmark)
		snprintf(mark, sizeof(mark), "0x%x", d->fwmark);
	printf("%s\t%u\t%s\n", key_text(&d->public_key, false, key), d->port, mark);
	for (size_t i = 0; i < d->peers_n; i++) {
		const struct sek_device_peer *p = &d->peers[i];
		SEK_CLEANUP(sek_freep) char *allowed = allowed_text(p, ",");

		if (with_name)
			printf("%s\t", d->name);
		snprintf(keepalive, sizeof(keepalive), p->keepalive ? "%u" : "off", p->keepalive);
		printf("%s\t", sek_key_format(&p->public_key, key));
		printf("%s\t%s\t%s\t%" PRId64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\n",
		       key_text(&p->preshared_key, !show_keys, key),
		       sek_endpoint_format(&p->endpoint, endpoint), allowed ? allowed : "",
		       (int64_t)p->handshake, (uint64_t)p->rx_bytes, (uint64_t)p->tx_bytes,
		       keepalive);
	}
	explicit_bzero(key, sizeof(key));
}

enum form { TEXT, JSON, DUMP };

/* Return: 0 or -errno, said; a device that has just gone is none. */
static int show_one(const char *name, const struct conf *conf, enum form form, bool all,
		    struct sek_out *out)
{
	struct sek_device d __attribute__((cleanup(sek_device_release))) = { 0 };
	int err = sek_wg_get(name, &d);

	if (err == -ENODEV && all)
		return 0;
	if (err) {
		sek_error("ask %s: %s%s", name,
			  err == -EOPNOTSUPP ? "it is no WireGuard device" : strerror(-err),
			  geteuid() ? "; this needs root" : "");
		return err;
	}
	if (form == JSON)
		put_rows(out, &d, conf->show_keys);
	else if (form == DUMP)
		dump_device(&d, conf->show_keys, all);
	else
		print_device(&d, conf->show_keys);
	return 0;
}

static int show_all(const struct conf *conf, enum form form, struct sek_out *out)
{
	SEK_CLEANUP(sek_freep) struct sek_wg_device *devices = NULL;
	size_t n;
	int err = sek_wireguard_devices(&devices, &n), ret = 0;

	if (err) {
		sek_error("list WireGuard devices: %s%s", strerror(-err),
			  geteuid() ? "; this needs root" : "");
		return err;
	}
	for (size_t i = 0; i < n; i++) {
		if (i && form == TEXT)
			putchar('\n');
		err = show_one(devices[i].name, conf, form, true, out);
		ret = ret ? ret : err;
	}
	return ret;
}

static int show_here(const struct conf *conf, enum form form, const char *name,
		     const struct sek_globals *g)
{
	struct sek_out *out __attribute__((cleanup(sek_out_freep))) = NULL;
	int err;

	if (form == JSON) {
		out = sek_cmd_out(g);
		if (!out)
			return SEK_EXIT_FAILED;
		sek_out_begin(out, columns, sizeof(columns) / sizeof(*columns));
	}
	err = name ? show_one(name, conf, form, false, out) : show_all(conf, form, out);
	if (out && sek_cmd_written(sek_out_end(out)) != SEK_EXIT_DONE)
		return SEK_EXIT_FAILED;
	return err ? SEK_EXIT_FAILED : SEK_EXIT_DONE;
}

static int show(const struct conf *conf, const struct sek_globals *g)
{
	const struct sek_tunnel_words words = { .netns = conf->netns };
	struct sek_tunnel_place place __attribute__((cleanup(sek_tunnel_leave))) = SEK_TUNNEL_HERE;
	const char *name = conf->words.n ? conf->words.words[0] : NULL;
	enum form form = g->json ? JSON : TEXT;
	int old = -1, err, status;

	if (conf->words.n == 2 && strcmp(conf->words.words[1], "dump")) {
		sek_error("tunnel show: behind the name stands 'dump' or nothing, not '%s'",
			  conf->words.words[1]);
		return SEK_EXIT_USAGE;
	}
	if (conf->words.n == 2)
		form = DUMP;
	if (name && !strcmp(name, "all"))
		name = NULL;
	if (!sek_tunnel_place(&words, &place))
		return SEK_EXIT_FAILED;
	err = conf->netns ? sek_netns_enter(&place.netns, &old) : 0;
	if (err) {
		sek_error("enter the network namespace '%s': %s", conf->netns, strerror(-err));
		return SEK_EXIT_FAILED;
	}
	status = show_here(conf, form, name, g);
	sek_journal_sweep();
	if (old >= 0 && sek_netns_leave(&old))
		status = SEK_EXIT_FAILED;
	return status;
}

int sek_cmd_tunnel_show(int argc, char **argv, const struct sek_globals *g)
{
	struct conf conf = {};
	int status;

	if (sek_cmd_parse(&opts, argc, argv, &conf, &conf.help, &status))
		status = show(&conf, g);
	sek_opts_free(&opts, &conf);
	return status;
}
