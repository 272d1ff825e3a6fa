// SPDX-License-Identifier: GPL-2.0-only
#include "names.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

const char *const sek_family_names[] = {
	[SEK_FAMILY_IPV4] = "ipv4",
	[SEK_FAMILY_IPV6] = "ipv6",
	[SEK_FAMILY_NONE] = "none",
	[SEK_FAMILY_NR] = NULL,
};
_Static_assert(ARRAY_SIZE(sek_family_names) == 3 + 1, "a word for each family");

const char *const sek_class_names[] = {
	[SEK_CLASS_WIREGUARD_INITIATION] = "wireguard_initiation",
	[SEK_CLASS_WIREGUARD_RESPONSE] = "wireguard_response",
	[SEK_CLASS_WIREGUARD_COOKIE] = "wireguard_cookie",
	[SEK_CLASS_WIREGUARD_DATA] = "wireguard_data",
	[SEK_CLASS_WIREGUARD_KEEPALIVE] = "wireguard_keepalive",
	[SEK_CLASS_ICMP_ECHO_REQUEST] = "icmp_echo_request",
	[SEK_CLASS_ICMP_ECHO_REPLY] = "icmp_echo_reply",
	[SEK_CLASS_ICMP_UNREACHABLE] = "icmp_unreachable",
	[SEK_CLASS_ICMP_TOO_BIG] = "icmp_too_big",
	[SEK_CLASS_ICMP_TIME_EXCEEDED] = "icmp_time_exceeded",
	[SEK_CLASS_ICMP_REDIRECT] = "icmp_redirect",
	[SEK_CLASS_ICMP_NEIGHBOR] = "icmp_neighbor",
	[SEK_CLASS_ICMP_OTHER] = "icmp_other",
	[SEK_CLASS_TCP] = "tcp",
	[SEK_CLASS_UDP] = "udp",
	[SEK_CLASS_OTHER_IP] = "other_ip",
	[SEK_CLASS_FRAGMENT] = "fragment",
	[SEK_CLASS_MALFORMED] = "malformed",
	[SEK_CLASS_ARP] = "arp",
	[SEK_CLASS_NON_IP] = "non_ip",
	[SEK_CLASS_NR] = NULL,
};
_Static_assert(ARRAY_SIZE(sek_class_names) == 20 + 1, "a word for each class");

const char *const sek_certainty_names[] = {
	[SEK_CERTAINTY_SHAPE] = "shape",
	[SEK_CERTAINTY_TRACKED] = "tracked",
	[SEK_CERTAINTY_KNOWN] = "known",
	[SEK_CERTAINTY_NR] = NULL,
};
_Static_assert(ARRAY_SIZE(sek_certainty_names) == 3 + 1, "a word for each certainty");

const char *const sek_route_names[] = {
	[SEK_ROUTE_NONE] = "none",
	[SEK_ROUTE_LOCAL_IN] = "local_in",
	[SEK_ROUTE_LOCAL_OUT] = "local_out",
	[SEK_ROUTE_FORWARDED] = "forwarded",
	[SEK_ROUTE_NR] = NULL,
};
_Static_assert(ARRAY_SIZE(sek_route_names) == 4 + 1, "a word for each route");

static int find(const char *const *names, const char *name)
{
	for (int i = 0; names[i]; i++)
		if (!strcmp(names[i], name))
			return i;
	return -ENOENT;
}

const char *sek_family_name(unsigned int family)
{
	return family < SEK_FAMILY_NR ? sek_family_names[family] : NULL;
}

const char *sek_class_name(unsigned int class)
{
	return class < SEK_CLASS_NR ? sek_class_names[class] : NULL;
}

const char *sek_certainty_name(unsigned int certainty)
{
	return certainty < SEK_CERTAINTY_NR ? sek_certainty_names[certainty] : NULL;
}

const char *sek_route_name(unsigned int route)
{
	return route < SEK_ROUTE_NR ? sek_route_names[route] : NULL;
}

int sek_family_find(const char *name)
{
	return find(sek_family_names, name);
}

int sek_class_find(const char *name)
{
	return find(sek_class_names, name);
}

int sek_certainty_find(const char *name)
{
	return find(sek_certainty_names, name);
}

int sek_route_find(const char *name)
{
	return find(sek_route_names, name);
}
