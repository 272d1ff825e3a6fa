// SPDX-License-Identifier: GPL-2.0-only
#include "wireguard.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include <linux/genetlink.h>
#include <linux/wireguard.h>

#include "cleanup.h"
#include "netlink.h"
#include "rtnl.h"

/* For all that a userspace implementation has to say, in ms. */
#define ANSWER_TIME 200

static struct nlmsghdr *genl_request(union sek_netlink_buf *buf, __u16 family, __u16 flags,
				     __u8 cmd, __u8 version)
{
	struct genlmsghdr genl = { .cmd = cmd, .version = version };

	return sek_netlink_message(buf, family, flags, &genl, sizeof(genl));
}

/* The one attribute of 16 bits that is wanted from an answer. */
struct attr16 {
	__u16 type;
	__u16 value;
};

static int take_attr16(const struct nlmsghdr *nlh, void *data)
{
	struct attr16 *wanted = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) == wanted->type &&
		    mnl_attr_get_payload_len(attr) >= sizeof(wanted->value))
			wanted->value = mnl_attr_get_u16(attr);
	}
	return MNL_CB_OK;
}

/* The first message of a dump tells about the device, those that follow about more peers. */
static int take_first_attr16(const struct nlmsghdr *nlh, void *data)
{
	take_attr16(nlh, data);
	return MNL_CB_STOP;
}

int sek_wireguard_family(__u16 *ret)
{
	union sek_netlink_buf buf = { 0 };
	struct nlmsghdr *nlh = genl_request(&buf, GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY, 1);
	struct attr16 id = { .type = CTRL_ATTR_FAMILY_ID };
	int err;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, WG_GENL_NAME);
	err = sek_netlink_request(NETLINK_GENERIC, nlh, take_attr16, &id);
	if (err)
		return err;
	*ret = id.value;
	return 0;
}

static int ask_kernel(__u16 family, const struct sek_iface *i, __u16 *ret_port)
{
	union sek_netlink_buf buf = { 0 };
	struct nlmsghdr *nlh = genl_request(&buf, family, NLM_F_DUMP, WG_CMD_GET_DEVICE,
					    WG_GENL_VERSION);
	struct attr16 port = { .type = WGDEVICE_A_LISTEN_PORT };
	int err;

	mnl_attr_put_u32(nlh, WGDEVICE_A_IFINDEX, i->ifindex);
	err = sek_netlink_request(NETLINK_GENERIC, nlh, take_first_attr16, &port);
	if (err)
		return err;
	*ret_port = port.value;
	return 0;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Waits until there is something to read, but not beyond @deadline. */
static int wait_for_input(int fd, long deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	long left;
	int r;

	do {
		left = deadline - now_ms();
		r = poll(&p, 1, left > 0 ? left : 0);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	return r ? 0 : -ETIMEDOUT;
}

/*
 * One line of an answer, as the cross-platform protocol has it: KEY=VALUE. Returns 1 when all is
 * known: peers come after the device, and a port of 0 is not told.
 */
static int parse_line(const char *line, __u16 *ret_port)
{
	unsigned long port;
	char *end;

	if (!*line || !strcmp(line, "errno=0") || !strncmp(line, "public_key=", 11))
		return 1;
	if (!strncmp(line, "errno=", 6))
		return -EPROTO;
	if (strncmp(line, "listen_port=", 12))
		return 0;
	port = strtoul(line + 12, &end, 10);
	if (*end || end == line + 12 || port > 65535)
		return -EPROTO;
	*ret_port = port;
	return 1;
}

static int read_port(int fd, long deadline, __u16 *ret_port)
{
	char buf[512] = ""; /* what comes before the peers takes half of it */
	size_t have = 0;
	int r = 0;

	while (!r) {
		char *newline = memchr(buf, '\n', have);

		if (newline) {
			*newline++ = '\0';
			r = parse_line(buf, ret_port);
			have -= newline - buf;
			memmove(buf, newline, have);
			continue;
		}
		r = have < sizeof(buf) ? wait_for_input(fd, deadline) : -EPROTO;
		if (!r) {
			ssize_t len = recv(fd, buf + have, sizeof(buf) - have, 0);

			r = len > 0 ? 0 : len < 0 ? -errno : -EPROTO;
			have += len > 0 ? len : 0;
		}
	}
	explicit_bzero(buf, sizeof(buf));
	return r < 0 ? r : 0;
}

int sek_wireguard_connect(const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	SEK_CLEANUP(sek_closep) int fd = -1;

	snprintf(addr.sun_path, sizeof(addr.sun_path), SEK_WIREGUARD_SOCKET, name);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* It does not wait for whoever has stopped accepting, either. */
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	return sek_take_fd(&fd);
}

static int ask_userspace(const struct sek_iface *i, __u16 *ret_port)
{
	static const char *const request = "get=1\n\n";
	long deadline = now_ms() + ANSWER_TIME;
	SEK_CLEANUP(sek_closep) int fd = sek_wireguard_connect(i->name);

	if (fd < 0)
		return fd;
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
		return -errno;
	return read_port(fd, deadline, ret_port);
}

/* Asks whoever runs the device behind @i: 1, 0 if it is no WireGuard device, or -errno. */
static int ask(const struct sek_iface *i, struct sek_wg_device *ret)
{
	__u16 family;
	int err;

	ret->userspace = !strcmp(i->kind, "tun");
	if (ret->userspace)
		return !ask_userspace(i, &ret->port);
	if (strcmp(i->kind, WG_GENL_NAME))
		return 0;
	/* Asked only now: to ask for an unknown family loads its module. */
	err = sek_wireguard_family(&family);
	if (!err)
		err = ask_kernel(family, i, &ret->port);
	/* Gone meanwhile. */
	if (err == -ENOENT || err == -ENODEV)
		return 0;
	return err ? err : 1;
}

int sek_wireguard_devices(struct sek_wg_device **ret, size_t *n)
{
	SEK_CLEANUP(sek_freep) struct sek_iface *ifaces = NULL;
	struct sek_wg_device *devices;
	size_t ifaces_n, found = 0;
	int r;

	r = sek_rtnl_ifaces(&ifaces, &ifaces_n);
	if (r)
		return r;
	devices = calloc(ifaces_n ? ifaces_n : 1, sizeof(*devices));
	if (!devices)
		return -ENOMEM;
	for (size_t i = 0; i < ifaces_n; i++) {
		struct sek_wg_device *one = &devices[found];

		r = ask(&ifaces[i], one);
		if (r < 0) {
			free(devices);
			return r;
		}
		if (!r)
			continue;
		one->ifindex = ifaces[i].ifindex;
		one->up = ifaces[i].flags & IFF_UP;
		memcpy(one->name, ifaces[i].name, sizeof(one->name));
		found++;
	}
	*ret = devices;
	*n = found;
	return 0;
}
