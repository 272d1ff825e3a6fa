// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's WireGuard: generic netlink, family "wireguard", version 1. */
#include "wg.h"

#include <errno.h>
#include <string.h>

#include <linux/genetlink.h>
#include <linux/time_types.h>
#include <linux/wireguard.h>

#include "../netlink.h"
#include "../wireguard.h"

/*
 * A nest holds at most 64 KiB (its length has 16 bits), and all peers of a message are in one.
 * A message has to fit into the socket's send buffer as well (212,992 bytes by default).
 */
#define MESSAGE_SIZE 61440

/* A device that changes while it is asked is asked so often. */
#define GET_TRIES 16

struct message {
	struct nlmsghdr *nlh;
	char bytes[MESSAGE_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
};

/* Where in a device's peers and their addresses the next message goes on. */
struct cursor {
	size_t peer;
	size_t allowed;
};

static void begin(struct message *m, __u16 family, __u8 cmd, __u16 flags,
		  const struct sek_device *d)
{
	struct genlmsghdr genl = { .cmd = cmd, .version = WG_GENL_VERSION };

	m->nlh = sek_netlink_message(m->bytes, family, flags, &genl, sizeof(genl));
	if (d->ifindex)
		mnl_attr_put_u32(m->nlh, WGDEVICE_A_IFINDEX, d->ifindex);
	else
		mnl_attr_put_strz(m->nlh, WGDEVICE_A_IFNAME, d->name);
}

static int send_message(struct message *m)
{
	int err = sek_netlink_request(NETLINK_GENERIC, m->nlh, NULL, NULL);

	explicit_bzero(m->bytes, m->nlh->nlmsg_len);
	return err;
}

static bool put(struct message *m, __u16 type, size_t size, const void *value)
{
	return mnl_attr_put_check(m->nlh, MESSAGE_SIZE, type, size, value);
}

static bool put_allowed(struct message *m, const struct sek_prefix *p)
{
	struct nlattr *nest = mnl_attr_nest_start_check(m->nlh, MESSAGE_SIZE, 0);
	__u16 family = p->family;

	if (!nest)
		return false;
	if (!put(m, WGALLOWEDIP_A_FAMILY, sizeof(family), &family) ||
	    !put(m, WGALLOWEDIP_A_IPADDR, sek_prefix_bits(p) / 8, p->bytes) ||
	    !put(m, WGALLOWEDIP_A_CIDR_MASK, sizeof(p->len), &p->len)) {
		mnl_attr_nest_cancel(m->nlh, nest);
		return false;
	}
	mnl_attr_nest_end(m->nlh, nest);
	return true;
}

static bool put_endpoint(struct message *m, const union sek_endpoint *e)
{
	size_t size = e->sa.sa_family == AF_INET6 ? sizeof(e->v6) : sizeof(e->v4);

	return !e->sa.sa_family || put(m, WGPEER_A_ENDPOINT, size, e);
}

/* What is told of a peer once, before its addresses. */
static bool put_peer_head(struct message *m, const struct sek_device_peer *p)
{
	__u32 flags = WGPEER_F_REPLACE_ALLOWEDIPS;

	return put(m, WGPEER_A_FLAGS, sizeof(flags), &flags) &&
	       put(m, WGPEER_A_PRESHARED_KEY, SEK_KEY_SIZE, p->preshared_key.bytes) &&
	       put_endpoint(m, &p->endpoint) &&
	       put(m, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, sizeof(p->keepalive), &p->keepalive);
}

/* As much of a peer as fits; false if that is not all of it. */
static bool put_peer(struct message *m, const struct sek_device_peer *p, struct cursor *c)
{
	struct nlattr *nest = mnl_attr_nest_start_check(m->nlh, MESSAGE_SIZE, 0), *list;
	bool all = true;

	if (!nest)
		return false;
	if (!put(m, WGPEER_A_PUBLIC_KEY, SEK_KEY_SIZE, p->public_key.bytes) ||
	    (!c->allowed && !put_peer_head(m, p)) ||
	    !(list = mnl_attr_nest_start_check(m->nlh, MESSAGE_SIZE, WGPEER_A_ALLOWEDIPS))) {
		mnl_attr_nest_cancel(m->nlh, nest);
		return false;
	}
	while (c->allowed < p->allowed_n && (all = put_allowed(m, &p->allowed[c->allowed])))
		c->allowed++;
	mnl_attr_nest_end(m->nlh, list);
	mnl_attr_nest_end(m->nlh, nest);
	return all;
}

static void put_peers(struct message *m, const struct sek_device *d, struct cursor *c)
{
	struct nlattr *nest = mnl_attr_nest_start(m->nlh, WGDEVICE_A_PEERS);

	while (c->peer < d->peers_n && put_peer(m, &d->peers[c->peer], c)) {
		c->peer++;
		c->allowed = 0;
	}
	mnl_attr_nest_end(m->nlh, nest);
}

int sek_wg_netlink_set(const struct sek_device *d)
{
	struct cursor c = { 0 };
	struct message m;
	__u16 family;
	int err = sek_wireguard_family(&family);

	if (err)
		return err;
	begin(&m, family, WG_CMD_SET_DEVICE, NLM_F_ACK, d);
	mnl_attr_put_u32(m.nlh, WGDEVICE_A_FLAGS, WGDEVICE_F_REPLACE_PEERS);
	mnl_attr_put(m.nlh, WGDEVICE_A_PRIVATE_KEY, SEK_KEY_SIZE, d->private_key.bytes);
	mnl_attr_put_u16(m.nlh, WGDEVICE_A_LISTEN_PORT, d->port);
	mnl_attr_put_u32(m.nlh, WGDEVICE_A_FWMARK, d->fwmark);
	put_peers(&m, d, &c);
	err = send_message(&m);
	while (!err && c.peer < d->peers_n) {
		begin(&m, family, WG_CMD_SET_DEVICE, NLM_F_ACK, d);
		put_peers(&m, d, &c);
		err = send_message(&m);
	}
	return err;
}

int sek_wg_netlink_set_endpoint(const struct sek_device *d, const struct sek_key *key,
				const union sek_endpoint *endpoint)
{
	__u32 flags = WGPEER_F_UPDATE_ONLY;
	struct nlattr *peers, *nest;
	struct message m;
	__u16 family;
	int err = sek_wireguard_family(&family);

	if (err)
		return err;
	begin(&m, family, WG_CMD_SET_DEVICE, NLM_F_ACK, d);
	peers = mnl_attr_nest_start(m.nlh, WGDEVICE_A_PEERS);
	nest = mnl_attr_nest_start(m.nlh, 0);
	put(&m, WGPEER_A_PUBLIC_KEY, SEK_KEY_SIZE, key->bytes);
	put(&m, WGPEER_A_FLAGS, sizeof(flags), &flags);
	put_endpoint(&m, endpoint);
	mnl_attr_nest_end(m.nlh, nest);
	mnl_attr_nest_end(m.nlh, peers);
	return send_message(&m);
}

static void take(void *to, size_t size, const struct nlattr *attr)
{
	if (mnl_attr_get_payload_len(attr) == size)
		memcpy(to, mnl_attr_get_payload(attr), size);
}

static int take_allowed(struct sek_device_peer *p, const struct nlattr *nest)
{
	struct sek_prefix prefix = { 0 };
	const struct nlattr *attr;
	__u16 family = 0;

	mnl_attr_for_each_nested(attr, nest)
	{
		switch (mnl_attr_get_type(attr)) {
		case WGALLOWEDIP_A_FAMILY:
			take(&family, sizeof(family), attr);
			prefix.family = family;
			break;
		case WGALLOWEDIP_A_IPADDR:
			take(prefix.bytes, mnl_attr_get_payload_len(attr) == 16 ? 16 : 4, attr);
			break;
		case WGALLOWEDIP_A_CIDR_MASK:
			take(&prefix.len, sizeof(prefix.len), attr);
			break;
		}
	}
	return sek_peer_allow(p, &prefix);
}

static void take_endpoint(union sek_endpoint *e, const struct nlattr *attr)
{
	size_t len = mnl_attr_get_payload_len(attr);

	memcpy(e, mnl_attr_get_payload(attr), len < sizeof(*e) ? len : sizeof(*e));
}

static int take_peer_attr(struct sek_device_peer *p, const struct nlattr *attr)
{
	struct __kernel_timespec when = { 0 };
	const struct nlattr *one;

	switch (mnl_attr_get_type(attr)) {
	case WGPEER_A_PUBLIC_KEY:
		take(p->public_key.bytes, SEK_KEY_SIZE, attr);
		break;
	case WGPEER_A_PRESHARED_KEY:
		take(p->preshared_key.bytes, SEK_KEY_SIZE, attr);
		break;
	case WGPEER_A_ENDPOINT:
		take_endpoint(&p->endpoint, attr);
		break;
	case WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL:
		take(&p->keepalive, sizeof(p->keepalive), attr);
		break;
	case WGPEER_A_LAST_HANDSHAKE_TIME:
		take(&when, sizeof(when), attr);
		p->handshake = when.tv_sec;
		p->handshake_ns = when.tv_nsec;
		break;
	case WGPEER_A_RX_BYTES:
		take(&p->rx_bytes, sizeof(p->rx_bytes), attr);
		break;
	case WGPEER_A_TX_BYTES:
		take(&p->tx_bytes, sizeof(p->tx_bytes), attr);
		break;
	case WGPEER_A_ALLOWEDIPS:
		mnl_attr_for_each_nested(one, attr)
		{
			if (take_allowed(p, one))
				return -ENOMEM;
		}
		break;
	}
	return 0;
}

/* A peer that did not fit into the message before goes on in this one, with its key again. */
static int take_peer(struct sek_device *d, const struct nlattr *nest)
{
	struct sek_device_peer *p = d->peers_n ? &d->peers[d->peers_n - 1] : NULL;
	const struct nlattr *attr;
	struct sek_key key = { 0 };

	mnl_attr_for_each_nested(attr, nest)
	{
		if (mnl_attr_get_type(attr) == WGPEER_A_PUBLIC_KEY)
			take(key.bytes, SEK_KEY_SIZE, attr);
	}
	if (!p || memcmp(&p->public_key, &key, sizeof(key)))
		p = sek_device_add_peer(d);
	if (!p)
		return -ENOMEM;
	mnl_attr_for_each_nested(attr, nest)
	{
		if (take_peer_attr(p, attr))
			return -ENOMEM;
	}
	return 0;
}

static int take_attr(struct sek_device *d, const struct nlattr *attr)
{
	const struct nlattr *one;

	switch (mnl_attr_get_type(attr)) {
	case WGDEVICE_A_PRIVATE_KEY:
		take(d->private_key.bytes, SEK_KEY_SIZE, attr);
		break;
	case WGDEVICE_A_PUBLIC_KEY:
		take(d->public_key.bytes, SEK_KEY_SIZE, attr);
		break;
	case WGDEVICE_A_LISTEN_PORT:
		take(&d->port, sizeof(d->port), attr);
		break;
	case WGDEVICE_A_FWMARK:
		take(&d->fwmark, sizeof(d->fwmark), attr);
		break;
	case WGDEVICE_A_PEERS:
		mnl_attr_for_each_nested(one, attr)
		{
			if (take_peer(d, one))
				return -ENOMEM;
		}
		break;
	}
	return 0;
}

static int take_message(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (take_attr(data, attr)) {
			errno = ENOMEM;
			return MNL_CB_ERROR;
		}
	}
	return MNL_CB_OK;
}

int sek_wg_netlink_get(struct sek_device *d)
{
	struct sek_device asked = *d;
	struct message m;
	__u16 family;
	int err = sek_wireguard_family(&family);

	for (int i = 0; !err && i < GET_TRIES; i++) {
		begin(&m, family, WG_CMD_GET_DEVICE, NLM_F_DUMP, &asked);
		err = sek_netlink_request(NETLINK_GENERIC, m.nlh, take_message, d);
		if (err != -EINTR)
			return err;
		sek_device_release(d);
		*d = asked;
		err = i + 1 < GET_TRIES ? 0 : -EAGAIN;
	}
	return err;
}
