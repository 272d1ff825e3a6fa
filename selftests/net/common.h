/* SPDX-License-Identifier: GPL-2.0-only */
/* What the senders and sinks of these tests share. All of it ends the program on failure. */
#ifndef SEK_NET_COMMON_H
#define SEK_NET_COMMON_H

#include <sys/socket.h>

struct address {
	struct sockaddr_storage to;
	socklen_t len;
};

/* Ends the program, with what errno says unless it is 0. */
__attribute__((format(printf, 1, 2), noreturn)) void die(const char *format, ...);

/* A numeric address and port. */
struct address parse_address(const char *host, const char *port);

/* A number from 0 to INT_MAX. */
int parse_number(const char *word);

/* This program stays on one CPU from here on. */
void pin(int cpu);

/*
 * Goes on in the background, with the pid printed in front: whoever runs this in $(...) knows
 * when the sink is ready, and whom to end.
 */
void detach(void);

#endif
