/* SPDX-License-Identifier: GPL-2.0-only */
/* The words that the table in packets.c is written in; nobody else includes this. */
#ifndef SEK_SELFTESTS_PACKETS_WORDS_H
#define SEK_SELFTESTS_PACKETS_WORDS_H

#include <linux/if_ether.h>
#include <netinet/in.h>

#include "packets.h"

/* clang-format off */
#define ETH(type) { .kind = SEK_LAYER_ETH, .next = (type) }
#define SLL(type) { .kind = SEK_LAYER_SLL, .next = (type) }
#define VLAN(type) { .kind = SEK_LAYER_VLAN, .next = (type) }
#define ARP { .kind = SEK_LAYER_ARP }
#define IP4(proto, ...) { .kind = SEK_LAYER_IPV4, .next = IPPROTO_##proto, __VA_ARGS__ }
#define IP6(proto, ...) { .kind = SEK_LAYER_IPV6, .next = IPPROTO_##proto, __VA_ARGS__ }
#define EXT(proto, ...) { .kind = SEK_LAYER_EXT, .next = IPPROTO_##proto, __VA_ARGS__ }
#define FRAG(proto, flags, ...) \
	{ .kind = SEK_LAYER_FRAG, .next = IPPROTO_##proto, .frag = (flags), __VA_ARGS__ }
#define AH(proto, ...) { .kind = SEK_LAYER_AH, .next = IPPROTO_##proto, __VA_ARGS__ }
#define JUMBO(proto, ...) { .kind = SEK_LAYER_JUMBO, .next = IPPROTO_##proto, __VA_ARGS__ }

/* IPv6, whose length an option has. */
#define JUMBOGRAM(...) { ETH6, IP6(HOPOPTS, .len = ZERO), __VA_ARGS__ }
#define TCP(...) { .kind = SEK_LAYER_TCP, __VA_ARGS__ }
#define UDP(...) { .kind = SEK_LAYER_UDP, __VA_ARGS__ }
#define ICMP(t, c) { .kind = SEK_LAYER_ICMP, .type = (t), .code = (c) }
#define WG(t, ...) { .kind = SEK_LAYER_WIREGUARD, .type = (t), __VA_ARGS__ }
#define BYTES(s) { .kind = SEK_LAYER_BYTES, .bytes = (s), .size = sizeof(s) - 1 }
#define PAYLOAD(n) { .kind = SEK_LAYER_PAYLOAD, .size = (n) }
#define PADDING_BYTES(s) { .kind = SEK_LAYER_PADDING, .bytes = (s), .size = sizeof(s) - 1 }
#define PADDING(n) { .kind = SEK_LAYER_PADDING, .size = (n) }

#define ETH4 ETH(ETH_P_IP)
#define ETH6 ETH(ETH_P_IPV6)
#define QINQ 0x9100 /* ETH_P_QINQ1 */

#define ZERO SEK_LEN_ZERO
#define MF 0x2000 /* IPv4: more fragments */
#define DF 0x4000
#define MF6 1 /* IPv6: the same */

#define IPPROTO_OSPF 89
#define IPPROTO_SHIM6 140
#define IPPROTO_HIP 139
#define IPPROTO_EXPERIMENT 253
#define IPPROTO_LAST 255

#define IS(f, c) .family = SEK_FAMILY_##f, .class = SEK_CLASS_##c
#define KEEP(n) .cut = true, .keep = (n)
#define LOST(n) .lost = (n)

/* The same in both versions, behind a plain header. */
#define BOTH(name, proto, class, ...)                                         \
	{ "ipv4 " name, { ETH4, IP4(proto), __VA_ARGS__ }, IS(IPV4, class) }, \
	{ "ipv6 " name, { ETH6, IP6(proto), __VA_ARGS__ }, IS(IPV6, class) }

/* The same, with the last bytes not captured. */
#define SNAPPED(name, n, proto, class, ...)                                            \
	{ "ipv4 " name, { ETH4, IP4(proto), __VA_ARGS__ }, LOST(n), IS(IPV4, class) }, \
	{ "ipv6 " name, { ETH6, IP6(proto), __VA_ARGS__ }, LOST(n), IS(IPV6, class) }

#define CUT_RECORD(n) \
	{ "record of " #n " bytes", { ETH4, IP4(TCP), TCP() }, KEEP(n), IS(NONE, MALFORMED) }

#define ETHERTYPE(name, type) { name, { ETH(type), PAYLOAD(50) }, IS(NONE, NON_IP) }

#define TAGGED(name, type)                                                                 \
	{ name " ipv4", { ETH(type), VLAN(ETH_P_IP), IP4(TCP), TCP() }, IS(IPV4, TCP) },   \
	{ name " ipv6", { ETH(type), VLAN(ETH_P_IPV6), IP6(UDP), UDP() }, IS(IPV6, UDP) }, \
	{ name " arp", { ETH(type), VLAN(ETH_P_ARP), ARP }, IS(NONE, ARP) },               \
	{ name " cut", { ETH(type), BYTES("\0\1\x08") }, IS(NONE, MALFORMED) }

#define IHL(n)                                                                           \
	{ "ipv4 ihl " #n " tcp", { ETH4, IP4(TCP, .words = n), TCP() }, IS(IPV4, TCP) }, \
	{ "ipv4 ihl " #n " udp", { ETH4, IP4(UDP, .words = n), UDP(), PAYLOAD(9) }, IS(IPV4, UDP) }

#define BAD_IHL(name, n) \
	{ "ipv4 ihl " name, { ETH4, IP4(TCP, .words = n), TCP() }, IS(IPV4, MALFORMED) }

#define DOFF(n) BOTH("tcp data offset " #n, TCP, TCP, TCP(.words = n))

#define OTHER(proto) BOTH(#proto, proto, OTHER_IP, PAYLOAD(60))

/* Headers that IPv6 steps over, and IPv4 does not. */
#define EXTENSION(proto)                                                                         \
	{ "ipv6 " #proto " tcp", { ETH6, IP6(proto), EXT(TCP), TCP() }, IS(IPV6, TCP) },         \
	{ "ipv6 " #proto " of 2,048 bytes", { ETH6, IP6(proto), EXT(UDP, .size = 2048), UDP() }, \
	  IS(IPV6, UDP) },                                                                       \
	{ "ipv6 " #proto " of 7 bytes", { ETH6, IP6(proto), BYTES("\6\0\1\4\0\0\0") },           \
	  IS(IPV6, MALFORMED) },                                                                 \
	{ "ipv6 " #proto " longer than the packet",                                              \
	  { ETH6, IP6(proto), EXT(TCP, .len = 9), TCP() }, IS(IPV6, MALFORMED) },                \
	{ "ipv6 " #proto " and nothing", { ETH6, IP6(proto), EXT(TCP) }, IS(IPV6, MALFORMED) },  \
	{ "ipv4 " #proto, { ETH4, IP4(proto), EXT(TCP), TCP() }, IS(IPV4, OTHER_IP) }

#define SIX_EXT \
	EXT(DSTOPTS), EXT(DSTOPTS), EXT(DSTOPTS), EXT(DSTOPTS), EXT(DSTOPTS), EXT(DSTOPTS)
#define SEVEN_EXT SIX_EXT, EXT(DSTOPTS)
#define SEVEN_AH AH(AH), AH(AH), AH(AH), AH(AH), AH(AH), AH(AH), AH(AH)

#define ICMP4(t, c, is)                                                                       \
	{ "ipv4 icmp " #t "/" #c, { ETH4, IP4(ICMP), ICMP(t, c), PAYLOAD(28) }, IS(IPV4, is), \
	  .icmp_type = t, .icmp_code = c }
#define ICMP6(t, c, is)                                                                         \
	{ "ipv6 icmp " #t "/" #c, { ETH6, IP6(ICMPV6), ICMP(t, c), PAYLOAD(48) }, IS(IPV6, is), \
	  .icmp_type = t, .icmp_code = c }

#define MESSAGE(name, class, ...) BOTH("wireguard " name, UDP, class, UDP(), __VA_ARGS__)
/* Whose last bytes were not captured. */
#define SNAPPED_MESSAGE(name, n, class, ...) \
	SNAPPED("wireguard " name, n, UDP, class, UDP(), __VA_ARGS__)
/* clang-format on */

#endif
