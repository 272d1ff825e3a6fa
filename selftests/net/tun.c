// SPDX-License-Identifier: GPL-2.0-only
/*
 * tun [-g] [-l BYTES] NETNS DEV NETNS DEV
 *	makes two tun devices in two namespaces, given as paths, and carries packets from
 *	one to the other, in the background; prints its pid when they are there
 *	-g		GSO skbs remain what they are
 *	-l BYTES	what is written is an skb whose linear part has so many bytes (if
 *			it fills a page), so that its headers are elsewhere
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common.h"

static int open_tun(const char *netns, const char *dev, bool gso)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR };
	int ns = open(netns, O_RDONLY | O_CLOEXEC), fd;

	if (ns < 0 || setns(ns, CLONE_NEWNET))
		die("enter %s", netns);
	close(ns);
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	strncpy(ifr.ifr_name, dev, sizeof(ifr.ifr_name) - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		die("make %s", dev);
	if (gso && ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6))
		die("TUNSETOFFLOAD");
	return fd;
}

static void carry(int from, int to, int linear)
{
	static char packet[1 << 17];
	ssize_t n = read(from, packet, sizeof(packet));

	if (n < 0)
		die("read");
	if (linear)
		((struct virtio_net_hdr *)packet)->hdr_len = linear;
	/* Lost, as on a wire, while the other one is down. */
	(void)!write(to, packet, n);
}

int main(int argc, char **argv)
{
	struct pollfd p[2] = { { .events = POLLIN }, { .events = POLLIN } };
	int option, linear = 0;
	bool gso = false;

	while ((option = getopt(argc, argv, "gl:")) != -1) {
		if (option == 'g')
			gso = true;
		else if (option == 'l')
			linear = parse_number(optarg);
		else
			return 2;
	}
	if (argc - optind != 4)
		return 2;
	argv += optind;
	p[0].fd = open_tun(argv[0], argv[1], gso);
	p[1].fd = open_tun(argv[2], argv[3], gso);
	detach();
	for (;;) {
		if (poll(p, 2, -1) < 0)
			die("poll");
		if (p[0].revents & POLLIN)
			carry(p[0].fd, p[1].fd, linear);
		if (p[1].revents & POLLIN)
			carry(p[1].fd, p[0].fd, linear);
	}
}
