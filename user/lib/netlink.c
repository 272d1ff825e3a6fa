// SPDX-License-Identifier: GPL-2.0-only
#include "netlink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>

#include "cleanup.h"

/* As much as the kernel puts into one message of a dump (netlink_dump()). */
#define ANSWER_SIZE 32768

/* A dump that interfaces come and go during is tried so often. */
#define DUMP_TRIES 16

static _Thread_local char last_error[256];

const char *sek_netlink_error(void)
{
	return last_error;
}

struct nlmsghdr *sek_netlink_message(void *buf, __u16 type, __u16 flags, const void *header,
				     size_t size)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	memcpy(mnl_nlmsg_put_extra_header(nlh, size), header, size);
	return nlh;
}

void sek_netlink_string(char *ret, size_t size, const struct nlattr *attr)
{
	snprintf(ret, size, "%.*s", (int)mnl_attr_get_payload_len(attr), mnl_attr_get_str(attr));
}

static void remember(const struct nlmsghdr *nlh, size_t offset)
{
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	mnl_attr_for_each(attr, nlh, offset)
	{
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			sek_netlink_string(last_error, sizeof(last_error), attr);
	}
}

static int end(int code)
{
	if (code >= 0)
		return MNL_CB_STOP;
	errno = -code;
	return MNL_CB_ERROR;
}

static int acknowledged(const struct nlmsghdr *nlh, void *data)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t offset = sizeof(*err);

	(void)data;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err))
		return end(-EBADMSG);
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		offset += err->msg.nlmsg_len - MNL_NLMSG_HDRLEN;
	remember(nlh, offset);
	return end(err->error);
}

/* A dump that fails after it has begun says so at its end. libmnl does not look. */
static int dumped(const struct nlmsghdr *nlh, void *data)
{
	int code = 0;

	(void)data;
	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(code)) {
		memcpy(&code, mnl_nlmsg_get_payload(nlh), sizeof(code));
		remember(nlh, sizeof(code));
	}
	return end(code);
}

static int receive(struct mnl_socket *nl, unsigned int seq, mnl_cb_t cb, void *data)
{
	mnl_cb_t control[NLMSG_MIN_TYPE] = {
		[NLMSG_ERROR] = acknowledged,
		[NLMSG_DONE] = dumped,
	};
	char answer[ANSWER_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t len;
	int r;

	do {
		len = mnl_socket_recvfrom(nl, answer, sizeof(answer));
		if (len < 0) {
			/* Not to be confused with a dump that was interrupted. */
			if (errno == EINTR)
				continue;
			return -errno;
		}
		r = mnl_cb_run2(answer, len, seq, mnl_socket_get_portid(nl), cb, data, control,
				NLMSG_MIN_TYPE);
		if (r < 0)
			r = -errno;
		/* A WireGuard device tells its private key. */
		explicit_bzero(answer, len);
	} while (len < 0 || r > MNL_CB_STOP);
	return r;
}

int sek_netlink_open(int bus, struct mnl_socket **ret)
{
	struct mnl_socket *nl = mnl_socket_open2(bus, SOCK_CLOEXEC);
	int one = 1, err;

	if (!nl)
		return -errno;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		err = -errno;
		mnl_socket_close(nl);
		return err;
	}
	/* Without these texts all works as well: kernels before 4.12. */
	mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl, NETLINK_CAP_ACK, &one, sizeof(one));
	*ret = nl;
	return 0;
}

void sek_netlink_closep(struct mnl_socket **nl)
{
	if (*nl)
		mnl_socket_close(*nl);
	*nl = NULL;
}

/* What the rest of a batch had to say after an error waits already: it must not be the next's. */
static void drain(struct mnl_socket *nl)
{
	char answer[1024];

	while (recv(mnl_socket_get_fd(nl), answer, sizeof(answer), MSG_DONTWAIT | MSG_TRUNC) > 0)
		;
}

int sek_netlink_exchange(struct mnl_socket *nl, const struct nlmsghdr *messages, size_t len,
			 mnl_cb_t cb, void *data)
{
	int err;

	last_error[0] = '\0';
	if (mnl_socket_sendto(nl, messages, len) < 0)
		return -errno;
	err = receive(nl, messages->nlmsg_seq, cb, data);
	if (err)
		drain(nl);
	return err;
}

int sek_netlink_request(int bus, struct nlmsghdr *request, mnl_cb_t cb, void *data)
{
	return sek_netlink_batch(bus, request, request->nlmsg_len, cb, data);
}

int sek_netlink_batch(int bus, struct nlmsghdr *request, size_t len, mnl_cb_t cb, void *data)
{
	SEK_CLEANUP(sek_netlink_closep) struct mnl_socket *nl = NULL;
	int err = sek_netlink_open(bus, &nl);

	last_error[0] = '\0';
	if (err)
		return err;
	request->nlmsg_seq = 1;
	return sek_netlink_exchange(nl, request, len, cb, data);
}

struct list {
	char *entries;
	size_t n;
	size_t room;
	size_t size; /* of an entry */
	int (*fill)(const struct nlmsghdr *message, void *entry);
};

static int grow(struct list *l)
{
	size_t room = l->room ? 2 * l->room : 16;
	char *entries = reallocarray(l->entries, room, l->size);

	if (!entries)
		return -ENOMEM;
	l->entries = entries;
	l->room = room;
	return 0;
}

static int append(const struct nlmsghdr *nlh, void *data)
{
	struct list *l = data;
	char *entry;
	int r;

	if (l->n == l->room && grow(l))
		return end(-ENOMEM);
	entry = l->entries + l->n * l->size;
	memset(entry, 0, l->size);
	r = l->fill(nlh, entry);
	if (r < 0)
		return end(r);
	l->n += r;
	return MNL_CB_OK;
}

int sek_netlink_list(int bus, struct nlmsghdr *request, size_t size,
		     int (*fill)(const struct nlmsghdr *message, void *entry), void **ret,
		     size_t *n)
{
	struct list l = { .size = size, .fill = fill };
	int err = grow(&l);

	if (err)
		return err;
	for (int i = 0; i < DUMP_TRIES; i++) {
		l.n = 0;
		err = sek_netlink_request(bus, request, append, &l);
		if (err != -EINTR)
			break;
	}
	if (err) {
		free(l.entries);
		return err == -EINTR ? -EAGAIN : err;
	}
	*ret = l.entries;
	*n = l.n;
	return 0;
}
