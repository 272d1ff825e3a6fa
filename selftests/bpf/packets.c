// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table. One line a packet: its name, what it is made of, what it is.
 * For most there is one of each IP version, with the same payload.
 */
#include <linux/if_ether.h>
#include <netinet/in.h>

#include "packets.h"

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
#define BOTH(name, proto, class, ...)                                        \
	{ "ipv4 " name, { ETH4, IP4(proto), __VA_ARGS__ }, IS(IPV4, class) }, \
	{ "ipv6 " name, { ETH6, IP6(proto), __VA_ARGS__ }, IS(IPV6, class) }

/* The same, with the last bytes not captured. */
#define SNAPPED(name, n, proto, class, ...)                                            \
	{ "ipv4 " name, { ETH4, IP4(proto), __VA_ARGS__ }, LOST(n), IS(IPV4, class) }, \
	{ "ipv6 " name, { ETH6, IP6(proto), __VA_ARGS__ }, LOST(n), IS(IPV6, class) }

#define CUT_RECORD(n) \
	{ "record of " #n " bytes", { ETH4, IP4(TCP), TCP() }, KEEP(n), IS(NONE, MALFORMED) }

#define ETHERTYPE(name, type) { name, { ETH(type), PAYLOAD(50) }, IS(NONE, NON_IP) }

#define TAGGED(name, type)                                                              \
	{ name " ipv4", { ETH(type), VLAN(ETH_P_IP), IP4(TCP), TCP() }, IS(IPV4, TCP) }, \
	{ name " ipv6", { ETH(type), VLAN(ETH_P_IPV6), IP6(UDP), UDP() }, IS(IPV6, UDP) }, \
	{ name " arp", { ETH(type), VLAN(ETH_P_ARP), ARP }, IS(NONE, ARP) },                \
	{ name " cut", { ETH(type), BYTES("\0\1\x08") }, IS(NONE, MALFORMED) }

#define IHL(n)                                                                                   \
	{ "ipv4 ihl " #n " tcp", { ETH4, IP4(TCP, .words = n), TCP() }, IS(IPV4, TCP) },          \
	{ "ipv4 ihl " #n " udp", { ETH4, IP4(UDP, .words = n), UDP(), PAYLOAD(9) }, IS(IPV4, UDP) }

#define BAD_IHL(name, n) \
	{ "ipv4 ihl " name, { ETH4, IP4(TCP, .words = n), TCP() }, IS(IPV4, MALFORMED) }

#define DOFF(n) BOTH("tcp data offset " #n, TCP, TCP, TCP(.words = n))

#define OTHER(proto) BOTH(#proto, proto, OTHER_IP, PAYLOAD(60))

/* Headers that IPv6 steps over, and IPv4 does not. */
#define EXTENSION(proto)                                                                          \
	{ "ipv6 " #proto " tcp", { ETH6, IP6(proto), EXT(TCP), TCP() }, IS(IPV6, TCP) },           \
	{ "ipv6 " #proto " of 2,048 bytes", { ETH6, IP6(proto), EXT(UDP, .size = 2048), UDP() },   \
	  IS(IPV6, UDP) },                                                                         \
	{ "ipv6 " #proto " of 7 bytes", { ETH6, IP6(proto), BYTES("\6\0\1\4\0\0\0") },             \
	  IS(IPV6, MALFORMED) },                                                                   \
	{ "ipv6 " #proto " longer than the packet", { ETH6, IP6(proto), EXT(TCP, .len = 9), TCP() }, \
	  IS(IPV6, MALFORMED) },                                                                   \
	{ "ipv6 " #proto " and nothing", { ETH6, IP6(proto), EXT(TCP) }, IS(IPV6, MALFORMED) },    \
	{ "ipv4 " #proto, { ETH4, IP4(proto), EXT(TCP), TCP() }, IS(IPV4, OTHER_IP) }

#define SIX_EXT \
	EXT(DSTOPTS), EXT(DSTOPTS), EXT(DSTOPTS), EXT(DSTOPTS), EXT(DSTOPTS), EXT(DSTOPTS)
#define SEVEN_EXT SIX_EXT, EXT(DSTOPTS)
#define SEVEN_AH AH(AH), AH(AH), AH(AH), AH(AH), AH(AH), AH(AH), AH(AH)

#define ICMP4(t, c, is)                                                                  \
	{ "ipv4 icmp " #t "/" #c, { ETH4, IP4(ICMP), ICMP(t, c), PAYLOAD(28) }, IS(IPV4, is), \
	  .icmp_type = t, .icmp_code = c }
#define ICMP6(t, c, is)                                                                    \
	{ "ipv6 icmp " #t "/" #c, { ETH6, IP6(ICMPV6), ICMP(t, c), PAYLOAD(48) }, IS(IPV6, is), \
	  .icmp_type = t, .icmp_code = c }

#define MESSAGE(name, class, ...) BOTH("wireguard " name, UDP, class, UDP(), __VA_ARGS__)
/* Whose last bytes were not captured. */
#define SNAPPED_MESSAGE(name, n, class, ...) \
	SNAPPED("wireguard " name, n, UDP, class, UDP(), __VA_ARGS__)

/* clang-format off */
const struct sek_packet_row sek_packet_rows[] = {
	/* Shorter than a header. */
	CUT_RECORD(0), CUT_RECORD(1), CUT_RECORD(2), CUT_RECORD(3), CUT_RECORD(4),
	CUT_RECORD(5), CUT_RECORD(6), CUT_RECORD(7), CUT_RECORD(8), CUT_RECORD(9),
	CUT_RECORD(10), CUT_RECORD(11), CUT_RECORD(12), CUT_RECORD(13), CUT_RECORD(14),
	{ "ipv4, first byte", { ETH4, IP4(TCP), TCP() }, KEEP(15), IS(IPV4, MALFORMED) },
	{ "ipv4, 19 bytes", { ETH4, IP4(TCP), TCP() }, KEEP(33), IS(IPV4, MALFORMED) },
	{ "ipv4, header only", { ETH4, IP4(TCP), TCP() }, KEEP(34), IS(IPV4, MALFORMED) },
	{ "ipv6, no byte", { ETH6, IP6(TCP), TCP() }, KEEP(14), IS(NONE, MALFORMED) },
	{ "ipv6, first byte", { ETH6, IP6(TCP), TCP() }, KEEP(15), IS(IPV6, MALFORMED) },
	{ "ipv6, 39 bytes", { ETH6, IP6(TCP), TCP() }, KEEP(53), IS(IPV6, MALFORMED) },
	{ "ipv6, header only", { ETH6, IP6(TCP), TCP() }, KEEP(54), IS(IPV6, MALFORMED) },

	/* Not IP. */
	ETHERTYPE("llc", 38), ETHERTYPE("llc, longest", 1500), ETHERTYPE("ethertype 0", 0),
	ETHERTYPE("ethertype 0x0600", 0x600), ETHERTYPE("mpls", ETH_P_MPLS_UC),
	ETHERTYPE("pppoe", ETH_P_PPP_SES), ETHERTYPE("lldp", 0x88cc), ETHERTYPE("eapol", ETH_P_PAE),
	ETHERTYPE("rarp", ETH_P_RARP), ETHERTYPE("macsec", ETH_P_MACSEC),
	ETHERTYPE("backbone tag", 0x88e7), ETHERTYPE("ethertype 0xffff", 0xffff),
	{ "snap ipv4", { ETH(48), BYTES("\xaa\xaa\3\0\0\0\x08\0"), IP4(TCP), TCP() }, IS(NONE, NON_IP) },
	{ "snap in a tag", { ETH(ETH_P_8021Q), VLAN(48), BYTES("\xaa\xaa\3\0\0\0\x08\0"), IP4(TCP), TCP() }, IS(NONE, NON_IP) },
	{ "no payload", { ETH(0x88cc) }, IS(NONE, NON_IP) },
	{ "arp", { ETH(ETH_P_ARP), ARP }, IS(NONE, ARP) },
	{ "arp padded", { ETH(ETH_P_ARP), ARP, PADDING(18) }, IS(NONE, ARP) },
	{ "arp of 7 bytes", { ETH(ETH_P_ARP), ARP }, KEEP(21), IS(NONE, MALFORMED) },
	{ "arp of 0 bytes", { ETH(ETH_P_ARP) }, IS(NONE, MALFORMED) },
	{ "arp snapped", { ETH(ETH_P_ARP), ARP }, LOST(20), IS(NONE, ARP) },
	{ "arp snapped in its header", { ETH(ETH_P_ARP), ARP }, LOST(21), IS(NONE, MALFORMED) },

	/* VLAN tags, two deep. */
	TAGGED("802.1q", ETH_P_8021Q), TAGGED("802.1ad", ETH_P_8021AD), TAGGED("9100", QINQ),
	{ "two tags ipv4", { ETH(ETH_P_8021AD), VLAN(ETH_P_8021Q), VLAN(ETH_P_IP), IP4(ICMP), ICMP(8, 0) }, IS(IPV4, ICMP_ECHO_REQUEST), .icmp_type = 8 },
	{ "two tags ipv6", { ETH(QINQ), VLAN(QINQ), VLAN(ETH_P_IPV6), IP6(TCP), TCP() }, IS(IPV6, TCP) },
	{ "two tags wireguard", { ETH(ETH_P_8021Q), VLAN(ETH_P_8021Q), VLAN(ETH_P_IP), IP4(UDP), UDP(), WG(4) }, IS(IPV4, WIREGUARD_DATA) },
	{ "two tags arp", { ETH(ETH_P_8021AD), VLAN(ETH_P_8021Q), VLAN(ETH_P_ARP), ARP }, IS(NONE, ARP) },
	{ "three tags", { ETH(ETH_P_8021AD), VLAN(ETH_P_8021Q), VLAN(ETH_P_8021Q), VLAN(ETH_P_IP), IP4(TCP), TCP() }, IS(NONE, NON_IP) },
	{ "second tag cut", { ETH(ETH_P_8021AD), VLAN(ETH_P_8021Q), BYTES("\0\1\x08") }, IS(NONE, MALFORMED) },
	{ "tag and no ip", { ETH(ETH_P_8021Q), VLAN(ETH_P_IP) }, IS(NONE, MALFORMED) },
	{ "tag and llc", { ETH(ETH_P_8021Q), VLAN(38), PAYLOAD(40) }, IS(NONE, NON_IP) },
	{ "tag and mpls", { ETH(ETH_P_8021Q), VLAN(ETH_P_MPLS_UC), PAYLOAD(40) }, IS(NONE, NON_IP) },
	{ "tag snapped", { ETH(ETH_P_8021Q), VLAN(ETH_P_IP), IP4(TCP), TCP() }, LOST(41), IS(NONE, MALFORMED) },

	/* Without Ethernet. */
	{ "raw ipv4", { IP4(TCP), TCP() }, IS(IPV4, TCP) },
	{ "raw ipv6", { IP6(UDP), UDP() }, IS(IPV6, UDP) },
	{ "raw nothing", { IP4(TCP) }, KEEP(0), IS(NONE, MALFORMED) },
	{ "raw ipv4, first byte", { IP4(TCP) }, KEEP(1), IS(IPV4, MALFORMED) },
	{ "raw ipv6, first byte", { IP6(TCP) }, KEEP(1), IS(IPV6, MALFORMED) },
	{ "raw version 5", { IP4(TCP, .version = 5), TCP() }, IS(NONE, MALFORMED) },
	{ "raw wireguard", { IP6(UDP), UDP(), WG(1) }, IS(IPV6, WIREGUARD_INITIATION) },
	{ "cooked ipv4", { SLL(ETH_P_IP), IP4(TCP), TCP() }, IS(IPV4, TCP) },
	{ "cooked ipv6", { SLL(ETH_P_IPV6), IP6(UDP), UDP() }, IS(IPV6, UDP) },
	{ "cooked arp", { SLL(ETH_P_ARP), ARP }, IS(NONE, ARP) },
	{ "cooked tag", { SLL(ETH_P_8021Q), VLAN(ETH_P_IP), IP4(UDP), UDP() }, IS(IPV4, UDP) },
	{ "cooked three tags", { SLL(ETH_P_8021Q), VLAN(ETH_P_8021Q), VLAN(ETH_P_8021Q), VLAN(ETH_P_IP), IP4(UDP), UDP() }, IS(NONE, NON_IP) },
	{ "cooked llc", { SLL(4), PAYLOAD(40) }, IS(NONE, NON_IP) },
	{ "cooked, 15 bytes", { SLL(ETH_P_IP) }, KEEP(15), IS(NONE, MALFORMED) },
	{ "cooked and no ip", { SLL(ETH_P_IP) }, IS(NONE, MALFORMED) },

	/* The IP header itself. */
	IHL(5), IHL(6), IHL(7), IHL(8), IHL(9), IHL(10), IHL(11), IHL(12), IHL(13), IHL(14), IHL(15),
	BAD_IHL("0", SEK_WORDS_ZERO), BAD_IHL("1", 1), BAD_IHL("2", 2), BAD_IHL("3", 3), BAD_IHL("4", 4),
	{ "ipv4 ihl 15 icmp", { ETH4, IP4(ICMP, .words = 15), ICMP(11, 1) }, IS(IPV4, ICMP_TIME_EXCEEDED), .icmp_type = 11, .icmp_code = 1 },
	{ "ipv4 ihl 15 wireguard", { ETH4, IP4(UDP, .words = 15), UDP(), WG(2) }, IS(IPV4, WIREGUARD_RESPONSE) },
	{ "ipv4 ihl beyond the packet", { ETH4, IP4(TCP, .words = 15, .len = 59), TCP() }, IS(IPV4, MALFORMED) },
	{ "ipv4 options cut", { ETH4, IP4(OSPF, .words = 15) }, KEEP(50), IS(IPV4, MALFORMED) },
	{ "version 6 as ipv4", { ETH4, IP4(TCP, .version = 6), TCP() }, IS(IPV6, MALFORMED) },
	{ "version 4 as ipv6", { ETH6, IP6(TCP, .version = 4), TCP() }, IS(IPV4, MALFORMED) },
	{ "version 5 as ipv4", { ETH4, IP4(TCP, .version = 5), TCP() }, IS(NONE, MALFORMED) },
	{ "version 15 as ipv6", { ETH6, IP6(TCP, .version = 15), TCP() }, IS(NONE, MALFORMED) },
	{ "ipv4 length 0 tcp", { ETH4, IP4(TCP, .len = ZERO), TCP(), PAYLOAD(99) }, IS(IPV4, TCP) },
	{ "ipv4 length 0 ihl 15 tcp", { ETH4, IP4(TCP, .len = ZERO, .words = 15), TCP() }, IS(IPV4, TCP) },
	{ "ipv4 length 0 no tcp header", { ETH4, IP4(TCP, .len = ZERO), PAYLOAD(19) }, IS(IPV4, MALFORMED) },
	{ "ipv4 length 0 udp", { ETH4, IP4(UDP, .len = ZERO), UDP(), PAYLOAD(9) }, IS(IPV4, MALFORMED) },
	{ "ipv4 length 0 icmp", { ETH4, IP4(ICMP, .len = ZERO), ICMP(8, 0) }, IS(IPV4, MALFORMED) },
	{ "ipv4 length 19", { ETH4, IP4(TCP, .len = 19), TCP() }, IS(IPV4, MALFORMED) },
	{ "ipv4 length 1 gre", { ETH4, IP4(GRE, .len = 1), PAYLOAD(9) }, IS(IPV4, MALFORMED) },
	{ "ipv4 length 1 too long", { ETH4, IP4(TCP, .more = 1), TCP() }, IS(IPV4, MALFORMED) },
	{ "ipv4 length 65535", { ETH4, IP4(UDP, .len = 65535), UDP() }, IS(IPV4, MALFORMED) },
	{ "ipv4 length 1 too short for tcp", { ETH4, IP4(TCP, .more = -1), TCP() }, IS(IPV4, MALFORMED) },
	{ "ipv4 length 1 too short for udp", { ETH4, IP4(UDP, .more = -1), UDP(), PAYLOAD(9) }, IS(IPV4, MALFORMED) },
	{ "ipv4 length 1 too short, payload", { ETH4, IP4(TCP, .more = -1), TCP(), PAYLOAD(9) }, IS(IPV4, TCP) },
	{ "ipv4 too long, gre", { ETH4, IP4(GRE, .more = 1), PAYLOAD(9) }, IS(IPV4, MALFORMED) },
	{ "ipv6 length 0 tcp", { ETH6, IP6(TCP, .len = ZERO), TCP(), PAYLOAD(99) }, IS(IPV6, TCP) },
	{ "ipv6 length 0 no tcp header", { ETH6, IP6(TCP, .len = ZERO), PAYLOAD(19) }, IS(IPV6, MALFORMED) },
	{ "ipv6 length 0 udp", { ETH6, IP6(UDP, .len = ZERO), UDP(), PAYLOAD(9) }, IS(IPV6, MALFORMED) },
	{ "ipv6 length 0 icmp", { ETH6, IP6(ICMPV6, .len = ZERO), ICMP(128, 0) }, IS(IPV6, MALFORMED) },
	{ "ipv6 length 0, no next header", { ETH6, IP6(NONE) }, IS(IPV6, OTHER_IP) },
	{ "ipv6 length 0 options", { ETH6, IP6(HOPOPTS, .len = ZERO), EXT(TCP), TCP() }, IS(IPV6, MALFORMED) },
	{ "ipv6 length 1 too long", { ETH6, IP6(TCP, .more = 1), TCP() }, IS(IPV6, MALFORMED) },
	{ "ipv6 length 65535", { ETH6, IP6(UDP, .len = 65535), UDP() }, IS(IPV6, MALFORMED) },
	{ "ipv6 length 1 too short for tcp", { ETH6, IP6(TCP, .more = -1), TCP() }, IS(IPV6, MALFORMED) },
	{ "ipv6 length 1 too short, payload", { ETH6, IP6(TCP, .more = -1), TCP(), PAYLOAD(9) }, IS(IPV6, TCP) },

	/* Padding behind the IP packet is none of its bytes. */
	{ "ipv4 tcp padded", { ETH4, IP4(TCP), TCP(), PADDING(6) }, IS(IPV4, TCP) },
	{ "ipv6 udp padded", { ETH6, IP6(UDP), UDP(), PADDING(6) }, IS(IPV6, UDP) },
	{ "ipv4 keepalive padded", { ETH4, IP4(UDP), UDP(), WG(4, .size = 32), PADDING(16) }, IS(IPV4, WIREGUARD_KEEPALIVE) },
	{ "ipv4 fragment padded", { ETH4, IP4(UDP, .frag = 185), PAYLOAD(1), PADDING(25) }, IS(IPV4, FRAGMENT) },
	{ "ipv4 tcp header in the padding", { ETH4, IP4(TCP), PAYLOAD(19), PADDING(6) }, IS(IPV4, MALFORMED) },
	{ "ipv4 tcp options in the padding", { ETH4, IP4(TCP), TCP(.words = 6, .size = 20), PADDING(6) }, IS(IPV4, MALFORMED) },
	{ "ipv4 udp longer, into the padding", { ETH4, IP4(UDP), UDP(.more = 1), PAYLOAD(2), PADDING(16) }, IS(IPV4, MALFORMED) },
	{ "ipv4 icmp in the padding", { ETH4, IP4(ICMP), BYTES("\x08\0\0\0"), PADDING(22) }, IS(IPV4, MALFORMED) },
	{ "ipv6 options in the padding", { ETH6, IP6(DSTOPTS), PAYLOAD(4), PADDING(22) }, IS(IPV6, MALFORMED) },

	/* TCP. */
	BOTH("tcp", TCP, TCP, TCP(), PAYLOAD(100)),
	DOFF(5), DOFF(6), DOFF(7), DOFF(8), DOFF(9), DOFF(10), DOFF(11), DOFF(12), DOFF(13), DOFF(14), DOFF(15),
	BOTH("tcp data offset 0", TCP, MALFORMED, TCP(.words = SEK_WORDS_ZERO)),
	BOTH("tcp data offset 1", TCP, MALFORMED, TCP(.words = 1)),
	BOTH("tcp data offset 4", TCP, MALFORMED, TCP(.words = 4), PAYLOAD(40)),
	BOTH("tcp data offset beyond", TCP, MALFORMED, TCP(.words = 15, .size = 59)),
	BOTH("tcp of 19 bytes", TCP, MALFORMED, TCP(.size = 19)),
	BOTH("tcp of 0 bytes", TCP, MALFORMED),
	BOTH("tcp that carries wireguard", TCP, TCP, TCP(), WG(1)),
	SNAPPED("tcp, header whole", 100, TCP, TCP, TCP(), PAYLOAD(100)),
	SNAPPED("tcp, options cut", 112, TCP, TCP, TCP(.words = 8), PAYLOAD(100)),
	SNAPPED("tcp, header cut", 101, TCP, MALFORMED, TCP(), PAYLOAD(100)),
	SNAPPED("tcp, no header", 120, TCP, MALFORMED, TCP(), PAYLOAD(100)),
	{ "ipv4 tcp, ip header snapped", { ETH4, IP4(TCP), TCP() }, LOST(21), IS(IPV4, MALFORMED) },
	{ "ipv6 tcp, ip header snapped", { ETH6, IP6(TCP), TCP() }, LOST(59), IS(IPV6, MALFORMED) },
	{ "ipv4 length 0 tcp snapped", { ETH4, IP4(TCP, .len = ZERO), TCP(), PAYLOAD(66000) }, LOST(66000), IS(IPV4, TCP) },
	{ "ipv6 length 0 tcp snapped", { ETH6, IP6(TCP, .len = ZERO), TCP(), PAYLOAD(66000) }, LOST(65990), IS(IPV6, TCP) },

	/* UDP. */
	BOTH("udp", UDP, UDP, UDP(), PAYLOAD(100)),
	BOTH("udp of one page", UDP, UDP, UDP(), PAYLOAD(3000)),
	BOTH("udp of a jumbo frame", UDP, UDP, UDP(), PAYLOAD(8900)),
	BOTH("udp length 8", UDP, UDP, UDP()),
	BOTH("udp length 0", UDP, MALFORMED, UDP(.len = ZERO), PAYLOAD(100)),
	BOTH("udp length 7", UDP, MALFORMED, UDP(.len = 7), PAYLOAD(100)),
	BOTH("udp length 1 too long", UDP, MALFORMED, UDP(.more = 1), PAYLOAD(100)),
	BOTH("udp length 65535", UDP, MALFORMED, UDP(.len = 65535), PAYLOAD(100)),
	BOTH("udp shorter than ip", UDP, UDP, UDP(.more = -50), PAYLOAD(100)),
	BOTH("udp of 7 bytes", UDP, MALFORMED, PAYLOAD(7)),
	BOTH("udp of 0 bytes", UDP, MALFORMED),
	SNAPPED("udp, header whole", 100, UDP, UDP, UDP(), PAYLOAD(100)),
	SNAPPED("udp, header cut", 101, UDP, MALFORMED, UDP(), PAYLOAD(100)),

	/* What is neither, and is not looked into. */
	OTHER(GRE), OTHER(ESP), OTHER(IPIP), OTHER(IPV6), OTHER(SCTP), OTHER(UDPLITE), OTHER(IGMP),
	OTHER(PIM), OTHER(OSPF), OTHER(DCCP), OTHER(COMP), OTHER(NONE), OTHER(MPLS), OTHER(LAST),
	OTHER(MH), OTHER(HIP), OTHER(SHIM6), OTHER(EXPERIMENT), OTHER(RAW), OTHER(EGP),
	BOTH("gre without a byte", GRE, OTHER_IP),
	BOTH("ipip with tcp", IPIP, OTHER_IP, IP4(TCP), TCP()),
	BOTH("6in4 with wireguard", IPV6, OTHER_IP, IP6(UDP), UDP(), WG(1)),
	{ "ipv4 icmp of ipv6", { ETH4, IP4(ICMPV6), ICMP(128, 0), PAYLOAD(56) }, IS(IPV4, OTHER_IP) },
	{ "ipv6 icmp of ipv4", { ETH6, IP6(ICMP), ICMP(8, 0), PAYLOAD(56) }, IS(IPV6, OTHER_IP) },
	{ "ipv4 icmp of ipv6 behind ah", { ETH4, IP4(AH), AH(ICMPV6), ICMP(128, 0) }, IS(IPV4, OTHER_IP) },

	/* Fragments. */
	{ "ipv4 do not fragment", { ETH4, IP4(TCP, .frag = DF), TCP() }, IS(IPV4, TCP) },
	{ "ipv4 reserved flag", { ETH4, IP4(UDP, .frag = 0x8000), UDP() }, IS(IPV4, UDP) },
	{ "ipv4 first, tcp", { ETH4, IP4(TCP, .frag = MF), TCP(), PAYLOAD(8) }, IS(IPV4, TCP) },
	{ "ipv4 first, udp goes on", { ETH4, IP4(UDP, .frag = MF), UDP(.len = 3000), PAYLOAD(8) }, IS(IPV4, UDP) },
	{ "ipv4 first, udp length 7", { ETH4, IP4(UDP, .frag = MF), UDP(.len = 7), PAYLOAD(8) }, IS(IPV4, MALFORMED) },
	{ "ipv4 first, icmp", { ETH4, IP4(ICMP, .frag = MF), ICMP(8, 0) }, IS(IPV4, ICMP_ECHO_REQUEST), .icmp_type = 8 },
	{ "ipv4 first, wireguard", { ETH4, IP4(UDP, .frag = MF), UDP(.len = 1408), WG(4, .size = 808) }, IS(IPV4, WIREGUARD_DATA) },
	{ "ipv4 first, initiation", { ETH4, IP4(UDP, .frag = MF), UDP(.len = 156), WG(1, .size = 40) }, IS(IPV4, WIREGUARD_INITIATION) },
	{ "ipv4 first, 8 bytes of initiation", { ETH4, IP4(UDP, .frag = MF), UDP(.len = 156), WG(1, .size = 8) }, IS(IPV4, WIREGUARD_INITIATION) },
	{ "ipv4 first, 8 bytes of data", { ETH4, IP4(UDP, .frag = MF), UDP(.len = 156), WG(4, .size = 8) }, IS(IPV4, UDP) },
	{ "ipv4 first, padding like a message", { ETH4, IP4(UDP, .frag = MF), UDP(.len = 156), PADDING_BYTES("\1\0\0\0aaaabbbbccccdddd") }, IS(IPV4, UDP) },
	{ "ipv4 first, only the udp header", { ETH4, IP4(UDP, .frag = MF), UDP(.len = 156) }, IS(IPV4, UDP) },
	{ "ipv4 first, no tcp header", { ETH4, IP4(TCP, .frag = MF), PAYLOAD(16) }, IS(IPV4, MALFORMED) },
	{ "ipv4 first, no tcp options", { ETH4, IP4(TCP, .frag = MF), TCP(.words = 8, .size = 24) }, IS(IPV4, MALFORMED) },
	{ "ipv4 first, no udp header", { ETH4, IP4(UDP, .frag = MF), PAYLOAD(4) }, IS(IPV4, MALFORMED) },
	{ "ipv4 first, no icmp header", { ETH4, IP4(ICMP, .frag = MF), PAYLOAD(7) }, IS(IPV4, MALFORMED) },
	{ "ipv4 first, gre", { ETH4, IP4(GRE, .frag = MF), PAYLOAD(8) }, IS(IPV4, OTHER_IP) },
	{ "ipv4 middle, tcp", { ETH4, IP4(TCP, .frag = MF | 1), TCP() }, IS(IPV4, FRAGMENT) },
	{ "ipv4 last, udp", { ETH4, IP4(UDP, .frag = 185), UDP(), WG(1) }, IS(IPV4, FRAGMENT) },
	{ "ipv4 last, icmp", { ETH4, IP4(ICMP, .frag = 185), PAYLOAD(3) }, IS(IPV4, FRAGMENT) },
	{ "ipv4 last, gre", { ETH4, IP4(GRE, .frag = 0x1fff), PAYLOAD(3) }, IS(IPV4, FRAGMENT) },
	{ "ipv4 last, ah", { ETH4, IP4(AH, .frag = 9), AH(TCP), TCP() }, IS(IPV4, FRAGMENT) },
	{ "ipv4 last, no byte", { ETH4, IP4(TCP, .frag = 9) }, IS(IPV4, FRAGMENT) },
	{ "ipv4 last, ihl 15", { ETH4, IP4(TCP, .frag = 9, .words = 15), PAYLOAD(9) }, IS(IPV4, FRAGMENT) },
	{ "ipv4 last, too long", { ETH4, IP4(TCP, .frag = 9, .more = 1), PAYLOAD(9) }, IS(IPV4, MALFORMED) },
	{ "ipv4 last, ihl 4", { ETH4, IP4(TCP, .frag = 9, .words = 4), PAYLOAD(9) }, IS(IPV4, MALFORMED) },
	{ "ipv4 last, snapped", { ETH4, IP4(TCP, .frag = 9), PAYLOAD(99) }, LOST(99), IS(IPV4, FRAGMENT) },
	{ "ipv6 atomic, tcp", { ETH6, IP6(FRAGMENT), FRAG(TCP, 0), TCP() }, IS(IPV6, TCP) },
	{ "ipv6 atomic, udp too long", { ETH6, IP6(FRAGMENT), FRAG(UDP, 0), UDP(.len = 99) }, IS(IPV6, MALFORMED) },
	{ "ipv6 atomic, wireguard", { ETH6, IP6(FRAGMENT), FRAG(UDP, 0), UDP(), WG(3) }, IS(IPV6, WIREGUARD_COOKIE) },
	{ "ipv6 atomic, reserved bits", { ETH6, IP6(FRAGMENT), FRAG(TCP, 6), TCP() }, IS(IPV6, TCP) },
	{ "ipv6 first, tcp", { ETH6, IP6(FRAGMENT), FRAG(TCP, MF6), TCP(), PAYLOAD(8) }, IS(IPV6, TCP) },
	{ "ipv6 first, udp goes on", { ETH6, IP6(FRAGMENT), FRAG(UDP, MF6), UDP(.len = 3000), PAYLOAD(8) }, IS(IPV6, UDP) },
	{ "ipv6 first, wireguard", { ETH6, IP6(FRAGMENT), FRAG(UDP, MF6), UDP(.len = 1408), WG(4, .size = 808) }, IS(IPV6, WIREGUARD_DATA) },
	{ "ipv6 first, icmp", { ETH6, IP6(FRAGMENT), FRAG(ICMPV6, MF6), ICMP(129, 0) }, IS(IPV6, ICMP_ECHO_REPLY), .icmp_type = 129 },
	{ "ipv6 first, options", { ETH6, IP6(FRAGMENT), FRAG(DSTOPTS, MF6), EXT(TCP), TCP() }, IS(IPV6, TCP) },
	{ "ipv6 first, no tcp header", { ETH6, IP6(FRAGMENT), FRAG(TCP, MF6), PAYLOAD(16) }, IS(IPV6, MALFORMED) },
	{ "ipv6 first, no udp header", { ETH6, IP6(FRAGMENT), FRAG(UDP, MF6) }, IS(IPV6, MALFORMED) },
	{ "ipv6 first, no icmp header", { ETH6, IP6(FRAGMENT), FRAG(ICMPV6, MF6), PAYLOAD(7) }, IS(IPV6, MALFORMED) },
	{ "ipv6 first, options cut", { ETH6, IP6(FRAGMENT), FRAG(DSTOPTS, MF6), EXT(TCP, .len = 3) }, IS(IPV6, MALFORMED) },
	{ "ipv6 middle, tcp", { ETH6, IP6(FRAGMENT), FRAG(TCP, 8 | MF6), TCP() }, IS(IPV6, FRAGMENT) },
	{ "ipv6 last, udp", { ETH6, IP6(FRAGMENT), FRAG(UDP, 1480), UDP(), WG(1) }, IS(IPV6, FRAGMENT) },
	{ "ipv6 last, no byte", { ETH6, IP6(FRAGMENT), FRAG(ICMPV6, 0xfff8) }, IS(IPV6, FRAGMENT) },
	{ "ipv6 last, behind options", { ETH6, IP6(HOPOPTS), EXT(ROUTING), EXT(FRAGMENT), FRAG(TCP, 64), PAYLOAD(9) }, IS(IPV6, FRAGMENT) },
	{ "ipv6 last, too long", { ETH6, IP6(FRAGMENT, .more = 1), FRAG(TCP, 64), PAYLOAD(9) }, IS(IPV6, MALFORMED) },
	{ "ipv6 last, snapped", { ETH6, IP6(FRAGMENT), FRAG(TCP, 64), PAYLOAD(99) }, LOST(99), IS(IPV6, FRAGMENT) },
	{ "ipv6 fragment header snapped", { ETH6, IP6(FRAGMENT), FRAG(TCP, 64), PAYLOAD(99) }, LOST(100), IS(IPV6, MALFORMED) },
	{ "ipv6 fragment header of 7 bytes", { ETH6, IP6(FRAGMENT), BYTES("\6\0\0\x40\0\0\0") }, IS(IPV6, MALFORMED) },
	{ "ipv6 two fragment headers", { ETH6, IP6(FRAGMENT), FRAG(FRAGMENT, 0), FRAG(TCP, 8), TCP() }, IS(IPV6, FRAGMENT) },
	{ "ipv4 fragment header", { ETH4, IP4(FRAGMENT), FRAG(TCP, 64), TCP() }, IS(IPV4, OTHER_IP) },

	/* Extension headers. */
	EXTENSION(HOPOPTS), EXTENSION(ROUTING), EXTENSION(DSTOPTS),
	{ "ipv6 options icmp", { ETH6, IP6(HOPOPTS), EXT(ICMPV6), ICMP(143, 0), PAYLOAD(20) }, IS(IPV6, ICMP_OTHER), .icmp_type = 143 },
	{ "ipv6 options wireguard", { ETH6, IP6(DSTOPTS), EXT(UDP, .size = 16), UDP(), WG(4) }, IS(IPV6, WIREGUARD_DATA) },
	{ "ipv6 options nothing", { ETH6, IP6(DSTOPTS), EXT(NONE) }, IS(IPV6, OTHER_IP) },
	{ "ipv6 options esp", { ETH6, IP6(DSTOPTS), EXT(ESP), PAYLOAD(40) }, IS(IPV6, OTHER_IP) },
	{ "ipv6 options, udp header cut", { ETH6, IP6(DSTOPTS), EXT(UDP), PAYLOAD(7) }, IS(IPV6, MALFORMED) },
	{ "ipv6 options snapped", { ETH6, IP6(DSTOPTS), EXT(TCP), TCP() }, LOST(21), IS(IPV6, MALFORMED) },
	{ "ipv6 one of each", { ETH6, IP6(HOPOPTS), EXT(DSTOPTS), EXT(ROUTING), EXT(FRAGMENT), FRAG(AH, 0), AH(DSTOPTS), EXT(TCP), TCP() }, IS(IPV6, TCP) },
	{ "ipv6 chain of 8 tcp", { ETH6, IP6(DSTOPTS), SEVEN_EXT, EXT(TCP), TCP() }, IS(IPV6, TCP) },
	{ "ipv6 chain of 8 wireguard", { ETH6, IP6(DSTOPTS), SEVEN_EXT, EXT(UDP), UDP(), WG(1) }, IS(IPV6, WIREGUARD_INITIATION) },
	{ "ipv6 chain of 8 icmp", { ETH6, IP6(DSTOPTS), SEVEN_EXT, EXT(ICMPV6), ICMP(128, 0) }, IS(IPV6, ICMP_ECHO_REQUEST), .icmp_type = 128 },
	{ "ipv6 chain of 8, fragment", { ETH6, IP6(DSTOPTS), SIX_EXT, EXT(FRAGMENT), FRAG(TCP, 8), TCP() }, IS(IPV6, FRAGMENT) },
	{ "ipv6 chain of 9, fragment", { ETH6, IP6(DSTOPTS), SEVEN_EXT, EXT(FRAGMENT), FRAG(TCP, 8), TCP() }, IS(IPV6, OTHER_IP) },
	{ "ipv6 chain of 8 and no more", { ETH6, IP6(DSTOPTS), SEVEN_EXT, EXT(TCP) }, IS(IPV6, MALFORMED) },
	{ "ipv6 chain of 9", { ETH6, IP6(DSTOPTS), SEVEN_EXT, EXT(DSTOPTS), EXT(TCP), TCP() }, IS(IPV6, OTHER_IP) },
	{ "ipv6 chain of 9, the last cut", { ETH6, IP6(DSTOPTS), SEVEN_EXT, EXT(DSTOPTS), PAYLOAD(1) }, IS(IPV6, OTHER_IP) },
	{ "ipv6 chain of 3 times 2,048 bytes", { ETH6, IP6(DSTOPTS), EXT(DSTOPTS, .size = 2048), EXT(DSTOPTS, .size = 2048), EXT(UDP, .size = 2048), UDP(), WG(1) }, IS(IPV6, WIREGUARD_INITIATION) },

	/* AH, in both versions. */
	BOTH("ah tcp", AH, TCP, AH(TCP), TCP()),
	BOTH("ah udp", AH, UDP, AH(UDP, .size = 12), UDP()),
	BOTH("ah of 1,028 bytes", AH, UDP, AH(UDP, .size = 1028), UDP()),
	BOTH("ah wireguard", AH, WIREGUARD_RESPONSE, AH(UDP, .size = 16), UDP(), WG(2)),
	BOTH("ah esp", AH, OTHER_IP, AH(ESP), PAYLOAD(40)),
	BOTH("ah longer than the packet", AH, MALFORMED, AH(TCP, .len = 99), TCP()),
	BOTH("ah of 7 bytes", AH, MALFORMED, BYTES("\6\1\0\0\0\0\0")),
	BOTH("ah and nothing", AH, MALFORMED, AH(TCP)),
	BOTH("ah chain of 8", AH, UDP, SEVEN_AH, AH(UDP), UDP()),
	BOTH("ah chain of 9", AH, OTHER_IP, SEVEN_AH, AH(AH), AH(UDP), UDP()),
	{ "ipv4 ah icmp", { ETH4, IP4(AH), AH(ICMP), ICMP(0, 0) }, IS(IPV4, ICMP_ECHO_REPLY) },
	{ "ipv6 ah icmp", { ETH6, IP6(AH), AH(ICMPV6), ICMP(136, 0) }, IS(IPV6, ICMP_NEIGHBOR), .icmp_type = 136 },
	{ "ipv4 ah options", { ETH4, IP4(AH), AH(DSTOPTS), EXT(TCP), TCP() }, IS(IPV4, OTHER_IP) },
	{ "ipv4 ah first", { ETH4, IP4(AH, .frag = MF), AH(UDP), UDP(.len = 999) }, IS(IPV4, UDP) },

	/* Jumbograms. */
	{ "jumbo tcp", { ETH6, IP6(HOPOPTS, .len = ZERO), JUMBO(TCP), TCP() }, IS(IPV6, TCP) },
	{ "jumbo udp length 0", { ETH6, IP6(HOPOPTS, .len = ZERO), JUMBO(UDP), UDP(.len = ZERO), PAYLOAD(9) }, IS(IPV6, UDP) },
	{ "jumbo udp", { ETH6, IP6(HOPOPTS, .len = ZERO), JUMBO(UDP), UDP(), PAYLOAD(9) }, IS(IPV6, UDP) },
	{ "jumbo icmp", { ETH6, IP6(HOPOPTS, .len = ZERO), JUMBO(ICMPV6), ICMP(2, 0) }, IS(IPV6, ICMP_TOO_BIG), .icmp_type = 2 },
	{ "jumbo, then options", { ETH6, IP6(HOPOPTS, .len = ZERO), JUMBO(DSTOPTS), EXT(TCP), TCP() }, IS(IPV6, TCP) },
	{ "jumbo of 70,000 bytes", { ETH6, IP6(HOPOPTS, .len = ZERO), JUMBO(UDP), UDP(.len = ZERO), PAYLOAD(70000) }, LOST(69000), IS(IPV6, UDP) },
	{ "jumbo too long", { ETH6, IP6(HOPOPTS, .len = ZERO), JUMBO(TCP, .more = 1), TCP() }, IS(IPV6, MALFORMED) },
	{ "jumbo too short", { ETH6, IP6(HOPOPTS, .len = ZERO), JUMBO(TCP, .len = 7), TCP() }, IS(IPV6, MALFORMED) },
	{ "jumbo length 0", { ETH6, IP6(HOPOPTS, .len = ZERO), EXT(TCP, .size = 16), TCP() }, IS(IPV6, MALFORMED) },
	{ "jumbo of 4 bytes", { ETH6, IP6(HOPOPTS, .len = ZERO), BYTES("\6\0\xc2\4") }, IS(IPV6, MALFORMED) },

	/* ICMP: all types that IANA lists, and some that it does not. */
	ICMP4(0, 0, ICMP_ECHO_REPLY), ICMP4(1, 0, ICMP_OTHER), ICMP4(2, 0, ICMP_OTHER),
	ICMP4(3, 0, ICMP_UNREACHABLE), ICMP4(3, 1, ICMP_UNREACHABLE), ICMP4(3, 2, ICMP_UNREACHABLE),
	ICMP4(3, 3, ICMP_UNREACHABLE), ICMP4(3, 4, ICMP_TOO_BIG), ICMP4(3, 5, ICMP_UNREACHABLE),
	ICMP4(3, 6, ICMP_UNREACHABLE), ICMP4(3, 7, ICMP_UNREACHABLE), ICMP4(3, 8, ICMP_UNREACHABLE),
	ICMP4(3, 9, ICMP_UNREACHABLE), ICMP4(3, 10, ICMP_UNREACHABLE), ICMP4(3, 11, ICMP_UNREACHABLE),
	ICMP4(3, 12, ICMP_UNREACHABLE), ICMP4(3, 13, ICMP_UNREACHABLE), ICMP4(3, 14, ICMP_UNREACHABLE),
	ICMP4(3, 15, ICMP_UNREACHABLE), ICMP4(3, 255, ICMP_UNREACHABLE), ICMP4(4, 0, ICMP_OTHER),
	ICMP4(5, 0, ICMP_REDIRECT), ICMP4(5, 1, ICMP_REDIRECT), ICMP4(5, 3, ICMP_REDIRECT),
	ICMP4(6, 0, ICMP_OTHER), ICMP4(8, 0, ICMP_ECHO_REQUEST), ICMP4(8, 9, ICMP_ECHO_REQUEST),
	ICMP4(9, 0, ICMP_OTHER), ICMP4(10, 0, ICMP_OTHER), ICMP4(11, 0, ICMP_TIME_EXCEEDED),
	ICMP4(11, 1, ICMP_TIME_EXCEEDED), ICMP4(12, 0, ICMP_OTHER), ICMP4(12, 2, ICMP_OTHER),
	ICMP4(13, 0, ICMP_OTHER), ICMP4(14, 0, ICMP_OTHER), ICMP4(15, 0, ICMP_OTHER),
	ICMP4(16, 0, ICMP_OTHER), ICMP4(17, 0, ICMP_OTHER), ICMP4(18, 0, ICMP_OTHER),
	ICMP4(30, 0, ICMP_OTHER), ICMP4(40, 0, ICMP_OTHER), ICMP4(41, 0, ICMP_OTHER),
	ICMP4(42, 0, ICMP_OTHER), ICMP4(43, 4, ICMP_OTHER), ICMP4(128, 0, ICMP_OTHER),
	ICMP4(135, 0, ICMP_OTHER), ICMP4(253, 0, ICMP_OTHER), ICMP4(255, 255, ICMP_OTHER),
	ICMP6(0, 0, ICMP_OTHER), ICMP6(1, 0, ICMP_UNREACHABLE), ICMP6(1, 1, ICMP_UNREACHABLE),
	ICMP6(1, 3, ICMP_UNREACHABLE), ICMP6(1, 4, ICMP_UNREACHABLE), ICMP6(1, 6, ICMP_UNREACHABLE),
	ICMP6(2, 0, ICMP_TOO_BIG), ICMP6(2, 4, ICMP_TOO_BIG), ICMP6(3, 0, ICMP_TIME_EXCEEDED),
	ICMP6(3, 1, ICMP_TIME_EXCEEDED), ICMP6(3, 4, ICMP_TIME_EXCEEDED), ICMP6(4, 0, ICMP_OTHER),
	ICMP6(5, 0, ICMP_OTHER), ICMP6(8, 0, ICMP_OTHER), ICMP6(11, 0, ICMP_OTHER),
	ICMP6(100, 0, ICMP_OTHER), ICMP6(127, 0, ICMP_OTHER), ICMP6(128, 0, ICMP_ECHO_REQUEST),
	ICMP6(129, 0, ICMP_ECHO_REPLY), ICMP6(130, 0, ICMP_OTHER), ICMP6(131, 0, ICMP_OTHER),
	ICMP6(132, 0, ICMP_OTHER), ICMP6(133, 0, ICMP_NEIGHBOR), ICMP6(134, 0, ICMP_NEIGHBOR),
	ICMP6(135, 0, ICMP_NEIGHBOR), ICMP6(136, 0, ICMP_NEIGHBOR), ICMP6(137, 0, ICMP_REDIRECT),
	ICMP6(138, 0, ICMP_OTHER), ICMP6(139, 0, ICMP_OTHER), ICMP6(140, 1, ICMP_OTHER),
	ICMP6(141, 0, ICMP_OTHER), ICMP6(142, 0, ICMP_OTHER), ICMP6(143, 0, ICMP_OTHER),
	ICMP6(144, 0, ICMP_OTHER), ICMP6(148, 0, ICMP_OTHER), ICMP6(151, 0, ICMP_OTHER),
	ICMP6(155, 1, ICMP_OTHER), ICMP6(157, 0, ICMP_OTHER), ICMP6(160, 0, ICMP_OTHER),
	ICMP6(161, 0, ICMP_OTHER), ICMP6(200, 0, ICMP_OTHER), ICMP6(255, 255, ICMP_OTHER),
	{ "ipv4 icmp of 8 bytes", { ETH4, IP4(ICMP), ICMP(8, 0) }, IS(IPV4, ICMP_ECHO_REQUEST), .icmp_type = 8 },
	{ "ipv4 icmp of 7 bytes", { ETH4, IP4(ICMP), BYTES("\x08\0\0\0\0\0\0") }, IS(IPV4, MALFORMED) },
	{ "ipv4 icmp of 0 bytes", { ETH4, IP4(ICMP) }, IS(IPV4, MALFORMED) },
	{ "ipv4 icmp snapped", { ETH4, IP4(ICMP), ICMP(8, 0), PAYLOAD(56) }, LOST(56), IS(IPV4, ICMP_ECHO_REQUEST), .icmp_type = 8 },
	{ "ipv4 icmp header snapped", { ETH4, IP4(ICMP), ICMP(8, 0), PAYLOAD(56) }, LOST(57), IS(IPV4, MALFORMED) },
	{ "ipv6 icmp of 8 bytes", { ETH6, IP6(ICMPV6), ICMP(133, 0) }, IS(IPV6, ICMP_NEIGHBOR), .icmp_type = 133 },
	{ "ipv6 icmp of 7 bytes", { ETH6, IP6(ICMPV6), BYTES("\x80\0\0\0\0\0\0") }, IS(IPV6, MALFORMED) },
	{ "ipv6 icmp of 0 bytes", { ETH6, IP6(ICMPV6) }, IS(IPV6, MALFORMED) },
	{ "ipv6 icmp snapped", { ETH6, IP6(ICMPV6), ICMP(135, 0), PAYLOAD(24) }, LOST(24), IS(IPV6, ICMP_NEIGHBOR), .icmp_type = 135 },
	{ "ipv6 icmp header snapped", { ETH6, IP6(ICMPV6), ICMP(135, 0), PAYLOAD(24) }, LOST(25), IS(IPV6, MALFORMED) },

	/* WireGuard, by its shape. */
	MESSAGE("initiation", WIREGUARD_INITIATION, WG(1)),
	MESSAGE("initiation of 147", UDP, WG(1, .size = 147)),
	MESSAGE("initiation of 149", UDP, WG(1, .size = 149)),
	MESSAGE("initiation of 92", UDP, WG(1, .size = 92)),
	MESSAGE("response", WIREGUARD_RESPONSE, WG(2)),
	MESSAGE("response of 91", UDP, WG(2, .size = 91)),
	MESSAGE("response of 93", UDP, WG(2, .size = 93)),
	MESSAGE("response of 148", UDP, WG(2, .size = 148)),
	MESSAGE("cookie", WIREGUARD_COOKIE, WG(3)),
	MESSAGE("cookie of 63", UDP, WG(3, .size = 63)),
	MESSAGE("cookie of 65", UDP, WG(3, .size = 65)),
	MESSAGE("data", WIREGUARD_DATA, WG(4)),
	MESSAGE("data of 48", WIREGUARD_DATA, WG(4, .size = 48)),
	MESSAGE("data of 96", WIREGUARD_DATA, WG(4, .size = 96)),
	MESSAGE("data, no index", WIREGUARD_DATA, BYTES("\4\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0"), PAYLOAD(32)),
	MESSAGE("data clamped by the mtu", WIREGUARD_DATA, WG(4, .size = 1452)),
	MESSAGE("data of 33", WIREGUARD_DATA, WG(4, .size = 33)),
	MESSAGE("data of 31", UDP, WG(4, .size = 31)),
	MESSAGE("data of 16", UDP, WG(4, .size = 16)),
	MESSAGE("data of 4", UDP, WG(4, .size = 4)),
	MESSAGE("keepalive", WIREGUARD_KEEPALIVE, WG(4, .size = 32)),
	MESSAGE("data, last counter", WIREGUARD_DATA, WG(4, .counter = 0xffffffffff)),
	MESSAGE("data, counter 2^40", UDP, WG(4, .counter = 1ULL << 40)),
	MESSAGE("data, counter 2^48", UDP, WG(4, .counter = 1ULL << 48)),
	MESSAGE("data, counter 2^63", UDP, WG(4, .counter = 1ULL << 63)),
	MESSAGE("keepalive, last counter", WIREGUARD_KEEPALIVE, WG(4, .size = 32, .counter = 0xffffffffff)),
	MESSAGE("keepalive, counter 2^40", UDP, WG(4, .size = 32, .counter = 1ULL << 40)),
	MESSAGE("type 0", UDP, WG(0)),
	MESSAGE("type 5", UDP, WG(5)),
	MESSAGE("type 255", UDP, WG(255)),
	MESSAGE("initiation, reserved byte 1", UDP, WG(1, .reserved = 1)),
	MESSAGE("initiation, reserved byte 2", UDP, WG(1, .reserved = 0x100)),
	MESSAGE("initiation, reserved byte 3", UDP, WG(1, .reserved = 0x10000)),
	MESSAGE("response, reserved", UDP, WG(2, .reserved = 0x800000)),
	MESSAGE("cookie, reserved", UDP, WG(3, .reserved = 1)),
	MESSAGE("data, reserved", UDP, WG(4, .reserved = 1)),
	MESSAGE("keepalive, reserved", UDP, WG(4, .size = 32, .reserved = 1)),
	BOTH("wireguard, udp too long", UDP, MALFORMED, UDP(.more = 1), WG(1)),
	BOTH("wireguard, udp shorter than ip", UDP, WIREGUARD_INITIATION, UDP(.more = -9), WG(1), PAYLOAD(9)),
	BOTH("wireguard, udp length 155", UDP, UDP, UDP(.len = 155), WG(1)),
	/* The length is that of UDP, and not what was captured. */
	SNAPPED_MESSAGE("initiation, 16 bytes captured", 132, WIREGUARD_INITIATION, WG(1)),
	SNAPPED_MESSAGE("initiation, 15 bytes captured", 133, WIREGUARD_INITIATION, WG(1)),
	SNAPPED_MESSAGE("initiation, 4 bytes captured", 144, WIREGUARD_INITIATION, WG(1)),
	SNAPPED_MESSAGE("initiation, 3 bytes captured", 145, UDP, WG(1)),
	SNAPPED_MESSAGE("initiation of 147, 4 bytes captured", 143, UDP, WG(1, .size = 147)),
	SNAPPED_MESSAGE("response, 8 bytes captured", 84, WIREGUARD_RESPONSE, WG(2)),
	SNAPPED_MESSAGE("cookie, 4 bytes captured", 60, WIREGUARD_COOKIE, WG(3)),
	SNAPPED_MESSAGE("data, 16 bytes captured", 112, WIREGUARD_DATA, WG(4)),
	SNAPPED_MESSAGE("data, 15 bytes captured", 113, UDP, WG(4)),
	SNAPPED_MESSAGE("keepalive, 16 bytes captured", 16, WIREGUARD_KEEPALIVE, WG(4, .size = 32)),
	SNAPPED_MESSAGE("keepalive, 4 bytes captured", 28, UDP, WG(4, .size = 32)),
	SNAPPED_MESSAGE("nothing captured", 148, UDP, WG(1)),
};
/* clang-format on */

const size_t sek_packet_rows_n = sizeof(sek_packet_rows) / sizeof(sek_packet_rows[0]);
