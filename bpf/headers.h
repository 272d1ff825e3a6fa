/* SPDX-License-Identifier: GPL-2.0-only */
/* Headers as they are on the wire, and the numbers in them. */
#ifndef SEK_BPF_HEADERS_H
#define SEK_BPF_HEADERS_H

/* Numbers as in the IANA registries; the kernel's headers agree. */
#define SEK_ETH_IPV4 0x0800
#define SEK_ETH_ARP 0x0806
#define SEK_ETH_8021Q 0x8100
#define SEK_ETH_IPV6 0x86dd
#define SEK_ETH_8021AD 0x88a8
#define SEK_ETH_QINQ 0x9100 /* used before 802.1ad, still met */

#define SEK_PROTO_HOPOPTS 0
#define SEK_PROTO_ICMP 1
#define SEK_PROTO_TCP 6
#define SEK_PROTO_UDP 17
#define SEK_PROTO_ROUTING 43
#define SEK_PROTO_FRAGMENT 44
#define SEK_PROTO_AH 51
#define SEK_PROTO_ICMPV6 58
#define SEK_PROTO_DSTOPTS 60

#define SEK_IPV4_MF 0x2000
#define SEK_IPV4_OFFSET 0x1fff
#define SEK_IPV6_OFFSET 0xfff8
#define SEK_IPV6_MF 0x0001
#define SEK_OPT_JUMBO 0xc2 /* RFC 2675 */
#define SEK_JUMBO_MIN 0x10000

struct sek_eth_hdr {
	__u16 dst[3];
	__u16 src[3];
	__be16 proto;
};

struct sek_vlan_hdr {
	__be16 tci;
	__be16 proto;
};

struct sek_arp_hdr {
	__be16 hrd;
	__be16 pro;
	__u8 hln;
	__u8 pln;
	__be16 op;
};

struct sek_ipv4_hdr {
	__u8 version_ihl;
	__u8 tos;
	__be16 tot_len;
	__be16 id;
	__be16 frag_off;
	__u8 ttl;
	__u8 protocol;
	__be16 check;
	__be32 saddr;
	__be32 daddr;
};

struct sek_ipv6_hdr {
	__u8 version_class;
	__u8 flow[3];
	__be16 payload_len;
	__u8 nexthdr;
	__u8 hop_limit;
	__be32 saddr[4];
	__be32 daddr[4];
};

/* First 8 bytes, which all extension headers and AH have. */
struct sek_ext_hdr {
	__u8 nexthdr;
	__u8 len;
	__be16 frag_off; /* in a fragment header; option type and length else */
	__be32 rest;
};

struct sek_tcp_hdr {
	__be16 sport;
	__be16 dport;
	__be32 seq;
	__be32 ack;
	__u8 doff_ns;
	__u8 flags;
	__be16 window;
	__be16 check;
	__be16 urg;
};

struct sek_udp_hdr {
	__be16 sport;
	__be16 dport;
	__be16 len;
	__be16 check;
};

struct sek_icmp_hdr {
	__u8 type;
	__u8 code;
	__be16 check;
	__be32 rest;
};

/* Start of a WireGuard message; the words are little endian. */
struct sek_wireguard_hdr {
	__u32 type;  /* message type and three zero bytes */
	__u32 index; /* sender's in types 1 and 2, receiver's in 3 and 4 */
	__u32 word;  /* type 2: receiver's index, type 4: counter, low word */
	__u32 high;  /* type 4: counter, high word */
};

#define SEK_WIREGUARD_TYPE_MAX 4

/* Shortest message: type 4 without a payload */
#define SEK_WIREGUARD_MIN 32

#endif
