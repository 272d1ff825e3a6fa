// SPDX-License-Identifier: GPL-2.0-only
/*
 * frame [-n N] DEV HEX...
 *	sends a frame N times (once), as it is: what HEX say, from the Ethernet header on
 */
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

/* Appends the bytes that a word of hexadecimal digits stands for. */
static size_t append(unsigned char *frame, size_t len, size_t room, const char *hex)
{
	unsigned int byte;
	int used;

	for (; *hex; hex += used) {
		if (len == room || sscanf(hex, "%2x%n", &byte, &used) != 1 || used != 2)
			die("%s: not hexadecimal, or too long", hex);
		frame[len++] = byte;
	}
	return len;
}

int main(int argc, char **argv)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	int option, n = 1, fd;
	unsigned char frame[65536];
	size_t len = 0;

	while ((option = getopt(argc, argv, "n:")) != -1) {
		if (option != 'n')
			return 2;
		n = parse_number(optarg);
	}
	if (argc - optind < 2)
		return 2;
	to.sll_ifindex = (int)if_nametoindex(argv[optind]);
	for (int i = optind + 1; i < argc; i++)
		len = append(frame, len, sizeof(frame), argv[i]);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0)
		die("packet socket");
	while (n--) {
		if (sendto(fd, frame, len, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
			die("send to %s", argv[optind]);
	}
	return 0;
}
