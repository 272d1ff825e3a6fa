// SPDX-License-Identifier: GPL-2.0-only
#include "conf_priv.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../cleanup.h"

/* Wherever iproute2 keeps the names of tables; the first that exists. */
static const char *const table_files[] = { "/etc/iproute2/rt_tables",
					   "/usr/share/iproute2/rt_tables" };

/* Drops the blanks within a value, as wg(8) does. */
static void squeeze(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (!isspace((unsigned char)*text))
			*to++ = *text;
	}
	*to = '\0';
}

/* All of @text is a number from 0 to @max, decimal or, with 0x, hexadecimal. */
static bool parse_number(const char *text, __u64 max, __u64 *ret)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char *end;

	if (!isxdigit((unsigned char)text[hex ? 2 : 0]))
		return false;
	errno = 0;
	*ret = strtoull(text, &end, hex ? 16 : 10);
	return !*end && !errno && *ret <= max;
}

/* As wg(8) takes ports and seconds. */
static bool parse_decimal(const char *text, __u64 max, __u64 *ret)
{
	return text[strspn(text, "0123456789")] == '\0' && parse_number(text, max, ret);
}

static int add_word(struct sek_conf_reader *r, struct sek_conf_words *w, const char *word)
{
	char **words = reallocarray(w->words, w->n + 1, sizeof(*words));

	if (!words)
		return sek_conf_no_memory(r);
	w->words = words;
	words[w->n] = strdup(word);
	if (!words[w->n])
		return sek_conf_no_memory(r);
	w->n++;
	return 0;
}

/* The next item of a list with any of @separators between; NULL at its end. Empty ones are skipped.
 */
static char *next_item(char **list, const char *separators)
{
	char *item;

	while ((item = strsep(list, separators))) {
		while (isspace((unsigned char)*item))
			item++;
		if (*item)
			return item;
	}
	return NULL;
}

static int take_key(struct sek_conf_reader *r, char *value, const char *what, struct sek_key *ret)
{
	squeeze(value);
	/* What is no key may be one with a typing error: it is not repeated. */
	if (sek_key_parse(value, strlen(value), ret))
		return sek_conf_fail(r, value,
				     "%s is no key: 44 characters of base64, the last one '='",
				     what);
	return 0;
}

static void note_secret(struct sek_conf_reader *r, const char *at)
{
	if (r->conf->secret_line)
		return;
	r->conf->secret_line = r->line;
	r->conf->secret_column = at - r->start + 1;
}

static int take_private_key(struct sek_conf_reader *r, char *value)
{
	struct sek_device *d = &r->conf->device;
	int err = take_key(r, value, "PrivateKey", &d->private_key);

	if (err)
		return err;
	note_secret(r, value);
	sek_key_public(&d->private_key, &d->public_key);
	return 0;
}

static int take_preshared_key(struct sek_conf_reader *r, char *value)
{
	int err = take_key(r, value, "PresharedKey", &r->peer->preshared_key);

	if (err)
		return err;
	note_secret(r, value);
	r->said[r->said_n - 1].has_preshared_key = true;
	return 0;
}

static int take_public_key(struct sek_conf_reader *r, char *value)
{
	int err = take_key(r, value, "PublicKey", &r->peer->public_key);

	if (!err)
		r->said[r->said_n - 1].has_key = true;
	return err;
}

static int take_listen_port(struct sek_conf_reader *r, char *value)
{
	const struct servent *service;
	__u64 port;

	squeeze(value);
	if (parse_decimal(value, 65535, &port)) {
		r->conf->device.port = port;
		return 0;
	}
	service = isalpha((unsigned char)*value) ? getservbyname(value, "udp") : NULL;
	if (!service)
		return sek_conf_fail(r, value, "ListenPort '%s' is no port from 0 to 65535", value);
	r->conf->device.port = ntohs(service->s_port);
	return 0;
}

static int take_fwmark(struct sek_conf_reader *r, char *value)
{
	__u64 mark = 0;

	squeeze(value);
	if (strcasecmp(value, "off") && !parse_number(value, UINT32_MAX, &mark))
		return sek_conf_fail(r, value, "FwMark '%s' is neither off nor a number of 32 bits",
				     value);
	r->conf->device.fwmark = mark;
	return 0;
}

static int take_keepalive(struct sek_conf_reader *r, char *value)
{
	__u64 seconds = 0;

	squeeze(value);
	if (strcasecmp(value, "off") && !parse_decimal(value, 65535, &seconds))
		return sek_conf_fail(
			r, value,
			"PersistentKeepalive '%s' is neither off nor seconds, up to 65535", value);
	r->peer->keepalive = seconds;
	r->said[r->said_n - 1].has_keepalive = true;
	return 0;
}

static int disallow(struct sek_conf_reader *r, const struct sek_prefix *prefix)
{
	struct sek_conf_removal *all = sek_conf_grow(r, r->removals, r->removals_n,
						     &r->removals_room, sizeof(*all));

	if (!all)
		return -ENOMEM;
	r->removals = all;
	all[r->removals_n++] = (struct sek_conf_removal){ *prefix, r->said_n - 1,
							  r->peer->allowed_n };
	return 0;
}

static int take_allowed_ips(struct sek_conf_reader *r, char *value)
{
	struct sek_conf_said *said = &r->said[r->said_n - 1];
	char *item;

	/* wg has it of each line anew. */
	said->adds = false;
	while ((item = strsep(&value, ","))) {
		const char *text, *wrong;
		struct sek_prefix prefix;

		while (isspace((unsigned char)*item))
			item++;
		text = item;
		squeeze(item);
		if (!*item)
			return sek_conf_fail(r, item,
					     "AllowedIPs: a network is missing here; a peer "
					     "without any has no such line");
		if (*text == '+' || *text == '-') {
			said->adds = true;
			text++;
		}
		wrong = sek_prefix_parse(text, &prefix);
		if (wrong)
			return sek_conf_fail(r, item, "AllowedIPs: '%s' %s", item, wrong);
		sek_prefix_mask(&prefix);
		if (*item == '-') {
			if (disallow(r, &prefix))
				return -ENOMEM;
		} else if (sek_peer_allow(r->peer, &prefix)) {
			return sek_conf_no_memory(r);
		}
	}
	return 0;
}

static int set_endpoint(struct sek_conf_reader *r, const char *value, const char *host,
			size_t host_len, const char *service)
{
	struct sek_device_peer *p = r->peer;
	__u64 port;

	if (!host_len || host_len > 255)
		return sek_conf_fail(r, value, "Endpoint '%s' has no host", value);
	if (isdigit((unsigned char)*service) ? !parse_decimal(service, 65535, &port)
					     : !isalpha((unsigned char)*service))
		return sek_conf_fail(r, service, "Endpoint '%s' has no port from 1 to 65535",
				     value);
	free(p->host);
	free(p->service);
	p->host = strndup(host, host_len);
	p->service = strdup(service);
	p->endpoint_line = r->line;
	p->endpoint_column = value - r->start + 1;
	return p->host && p->service ? 0 : sek_conf_no_memory(r);
}

static int take_endpoint(struct sek_conf_reader *r, char *value)
{
	const char *close;

	squeeze(value);
	if (*value == '[') {
		close = strchr(value, ']');
		if (!close || close[1] != ':')
			return sek_conf_fail(r, value, "Endpoint '%s' is not like [ADDRESS]:PORT",
					     value);
		return set_endpoint(r, value, value + 1, close - value - 1, close + 2);
	}
	close = strrchr(value, ':');
	if (!close)
		return sek_conf_fail(r, value, "Endpoint '%s' is not like HOST:PORT", value);
	if (strchr(value, ':') != close)
		return sek_conf_fail(r, value,
				     "Endpoint '%s': an IPv6 address stands in brackets, "
				     "[ADDRESS]:PORT",
				     value);
	return set_endpoint(r, value, value, close - value, close + 1);
}

static int take_address(struct sek_conf_reader *r, char *value)
{
	struct sek_conf *c = r->conf;
	char *item;

	while ((item = next_item(&value, ", \t\r\v\f"))) {
		struct sek_prefix prefix, *addresses;
		const char *wrong = sek_prefix_parse(item, &prefix);

		if (wrong)
			return sek_conf_fail(r, item, "Address: '%s' %s", item, wrong);
		addresses = reallocarray(c->addresses, c->addresses_n + 1, sizeof(*addresses));
		if (!addresses)
			return sek_conf_no_memory(r);
		c->addresses = addresses;
		addresses[c->addresses_n++] = prefix;
	}
	return 0;
}

static int take_dns(struct sek_conf_reader *r, char *value)
{
	char *item;

	while ((item = next_item(&value, ", \t\r\v\f"))) {
		bool is_address = strchr(item, ':') || strspn(item, "0123456789.") == strlen(item);
		struct sek_prefix prefix;
		int err;

		if (is_address && (strchr(item, '/') || sek_prefix_parse(item, &prefix)))
			return sek_conf_fail(r, item, "DNS: '%s' is no IP address", item);
		err = add_word(r, is_address ? &r->conf->dns : &r->conf->search, item);
		if (err)
			return err;
	}
	return 0;
}

static int take_mtu(struct sek_conf_reader *r, char *value)
{
	__u64 mtu = 0;

	/* IPv4 needs 68 (RFC 791), and the kernel's WireGuard takes no less. */
	if (*value && (!parse_number(value, 65535, &mtu) || mtu < 68))
		return sek_conf_fail(r, value, "MTU '%s' is no number from 68 to 65535", value);
	r->conf->mtu = mtu;
	return 0;
}

static bool find_table(const char *name, __u64 *ret)
{
	SEK_CLEANUP(sek_fclosep) FILE *file = NULL;
	char line[256], found[64];
	unsigned int id;

	for (size_t i = 0; !file && i < sizeof(table_files) / sizeof(*table_files); i++)
		file = fopen(table_files[i], "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%u %63s", &id, found) == 2 && !strcmp(found, name)) {
			*ret = id;
			return true;
		}
	}
	return false;
}

static int take_table(struct sek_conf_reader *r, char *value)
{
	struct sek_conf *c = r->conf;
	__u64 id = 0;

	if (!*value || !strcasecmp(value, "auto")) {
		c->table = SEK_CONF_TABLE_AUTO;
	} else if (!strcasecmp(value, "off")) {
		c->table = SEK_CONF_TABLE_OFF;
	} else if ((parse_number(value, UINT32_MAX, &id) || find_table(value, &id)) && id) {
		c->table = SEK_CONF_TABLE_NUMBER;
		c->table_id = id;
	} else {
		return sek_conf_fail(r, value,
				     "Table '%s' is neither off, auto, a number nor a name "
				     "of iproute2's rt_tables",
				     value);
	}
	return 0;
}

static int take_save(struct sek_conf_reader *r, char *value)
{
	bool yes = !strcasecmp(value, "true");

	if (!yes && strcasecmp(value, "false"))
		return sek_conf_fail(r, value, "SaveConfig '%s' is neither true nor false", value);
	r->conf->save = yes;
	return 0;
}

static int take_hook(struct sek_conf_reader *r, const char *value, enum sek_conf_hook hook)
{
	return *value ? add_word(r, &r->conf->hooks[hook], value) : 0;
}

static int take_pre_up(struct sek_conf_reader *r, char *value)
{
	return take_hook(r, value, SEK_HOOK_PRE_UP);
}

static int take_post_up(struct sek_conf_reader *r, char *value)
{
	return take_hook(r, value, SEK_HOOK_POST_UP);
}

static int take_pre_down(struct sek_conf_reader *r, char *value)
{
	return take_hook(r, value, SEK_HOOK_PRE_DOWN);
}

static int take_post_down(struct sek_conf_reader *r, char *value)
{
	return take_hook(r, value, SEK_HOOK_POST_DOWN);
}

static int take_routing(struct sek_conf_reader *r, char *value)
{
	int routing = sek_conf_routing_find(value);

	if (routing < 0)
		return sek_conf_fail(r, value,
				     "Routing '%s' is none of none, onlink, allowedips, "
				     "full, daemon and wg-quick",
				     value);
	r->conf->routing = routing;
	return 0;
}

static int take_priority(struct sek_conf_reader *r, char *value)
{
	__u64 priority;

	/* Two rules, in front of that of the table main (32766). */
	if (!parse_number(value, 32765, &priority) || priority < 2)
		return sek_conf_fail(r, value, "RulePriority '%s' is no number from 2 to 32765",
				     value);
	r->conf->priority = priority;
	return 0;
}

const struct sek_conf_key sek_conf_interface_keys[] = {
	{ "PrivateKey", take_private_key },
	{ "ListenPort", take_listen_port },
	{ "FwMark", take_fwmark },
	{ "Address", take_address },
	{ "DNS", take_dns },
	{ "MTU", take_mtu },
	{ "Table", take_table },
	{ "PreUp", take_pre_up },
	{ "PostUp", take_post_up },
	{ "PreDown", take_pre_down },
	{ "PostDown", take_post_down },
	{ "SaveConfig", take_save },
	{ NULL, NULL },
};

const struct sek_conf_key sek_conf_peer_keys[] = {
	{ "PublicKey", take_public_key },	   { "PresharedKey", take_preshared_key },
	{ "AllowedIPs", take_allowed_ips },	   { "Endpoint", take_endpoint },
	{ "PersistentKeepalive", take_keepalive }, { NULL, NULL },
};

const struct sek_conf_key sek_conf_own_keys[] = {
	{ "Routing", take_routing },
	{ "RulePriority", take_priority },
	{ NULL, NULL },
};
