/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests to the kernel by netlink, and their answers.
 *
 * Usually each request has a socket of its own, in the network namespace of the calling thread:
 * that takes a few microseconds, and no answer of an earlier request can be in the way. Who has
 * thousands of requests for many namespaces keeps a socket in each, and sends several at once.
 */
#ifndef SEK_NETLINK_H
#define SEK_NETLINK_H

#include <stddef.h>

#include <libmnl/libmnl.h>

/**
 * union sek_netlink_buf - room for a request of a few attributes
 * @bytes: all zero at first, because libmnl leaves out what is between attributes
 * @nlh: for mnl_nlmsg_put_header()
 */
union sek_netlink_buf {
	char bytes[1024];
	struct nlmsghdr nlh;
};

/**
 * sek_netlink_message - begin a message
 * @buf: where, with room for it and its attributes
 * @type: RTM_NEWLINK ..., or a family of generic netlink
 * @flags: besides %NLM_F_REQUEST
 * @header: what the type has before its attributes, struct ifinfomsg for example; copied
 * @size: of @header
 *
 * Return: the message, at @buf.
 */
struct nlmsghdr *sek_netlink_message(void *buf, __u16 type, __u16 flags, const void *header,
				     size_t size);

/**
 * sek_netlink_request - ask, and wait for the end of the answer
 * @bus: NETLINK_ROUTE, NETLINK_GENERIC ...
 * @request: with NLM_F_REQUEST and either NLM_F_ACK or NLM_F_DUMP
 * @cb: called for each message that is neither acknowledgement nor end; %MNL_CB_STOP leaves
 *	the others unread; on %MNL_CB_ERROR it has set errno. NULL if none is expected
 * @data: for @cb
 *
 * Return: 0; -EINTR if what was dumped changed meanwhile: ask again; what the kernel or @cb
 * said; another -errno.
 */
int sek_netlink_request(int bus, struct nlmsghdr *request, mnl_cb_t cb, void *data);

/**
 * sek_netlink_batch - ask by several messages that the kernel takes together (nftables)
 * @bus: NETLINK_NETFILTER ...
 * @request: the first of them; all have the sequence number 1, and the last has NLM_F_ACK
 * @len: of all
 * @cb: as that of sek_netlink_request()
 * @data: for @cb
 *
 * Return: as sek_netlink_request(), of the first message that was refused.
 */
int sek_netlink_batch(int bus, struct nlmsghdr *request, size_t len, mnl_cb_t cb, void *data);

/**
 * sek_netlink_open - a socket for many requests
 * @bus: NETLINK_ROUTE ...
 * @ret: stays in the namespace in which the calling thread is now; to be closed by
 *	sek_netlink_closep() or mnl_socket_close(); untouched on failure
 *
 * Return: 0 or -errno.
 */
int sek_netlink_open(int bus, struct mnl_socket **ret);

/**
 * sek_netlink_closep - close it
 * @nl: address of the socket, which may be NULL; becomes NULL
 */
void sek_netlink_closep(struct mnl_socket **nl);

/**
 * sek_netlink_exchange - one or several requests on such a socket
 * @nl: the socket
 * @messages: one after the other, all with the same nlmsg_seq, which no earlier exchange had;
 *	only the last one has NLM_F_ACK or NLM_F_DUMP
 * @len: of all
 * @cb: as for sek_netlink_request()
 * @data: for @cb
 *
 * Return: as sek_netlink_request(); of several messages, the error of the first that failed. The
 * kernel tries those after it, too.
 */
int sek_netlink_exchange(struct mnl_socket *nl, const struct nlmsghdr *messages, size_t len,
			 mnl_cb_t cb, void *data);

/**
 * sek_netlink_list - dump into an array
 * @bus: NETLINK_ROUTE ...
 * @request: with NLM_F_REQUEST and NLM_F_DUMP
 * @size: of an entry
 * @fill: makes one entry, zeroed before, from one message: 1 = done, 0 = leave it out, or
 *	-errno
 * @ret: the array, to be freed by free(); never NULL; untouched on failure
 * @n: number of entries
 *
 * Return: 0; -EAGAIN if what was dumped changed each time; another -errno.
 */
int sek_netlink_list(int bus, struct nlmsghdr *request, size_t size,
		     int (*fill)(const struct nlmsghdr *message, void *entry), void **ret,
		     size_t *n);

/**
 * sek_netlink_string - take a string out of a message
 * @ret: cut at the end if longer
 * @size: of @ret, at least 1
 * @attr: with a string, terminated or not
 */
void sek_netlink_string(char *ret, size_t size, const struct nlattr *attr);

/**
 * sek_netlink_error - what the kernel said to this thread's last request
 *
 * Return: the text of the extended acknowledgement, "" if there was none; valid until the next
 * request.
 */
const char *sek_netlink_error(void);

#endif
