// SPDX-License-Identifier: GPL-2.0-only
/* What is in front of the packet, by link type. */
#include <byteswap.h>
#include <endian.h>
#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <string.h>

#include "capture.h"

/* https://www.tcpdump.org/linktypes.html */
enum {
	LINKTYPE_NULL = 0,
	LINKTYPE_ETHERNET = 1,
	LINKTYPE_PPP = 9,
	LINKTYPE_DLT_RAW = 12, /* in files of programs that did not translate it */
	LINKTYPE_DLT_RAW_OPENBSD = 14,
	LINKTYPE_RAW = 101,
	LINKTYPE_IEEE802_11 = 105,
	LINKTYPE_LOOP = 108,
	LINKTYPE_LINUX_SLL = 113,
	LINKTYPE_IEEE802_11_RADIOTAP = 127,
	LINKTYPE_USB_LINUX_MMAPPED = 220,
	LINKTYPE_IPV4 = 228,
	LINKTYPE_IPV6 = 229,
	LINKTYPE_NETLINK = 253,
	LINKTYPE_LINUX_SLL2 = 276,
};

static uint16_t get_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* Bytes of the link header, or -EPROTONOSUPPORT. */
static int header_len(uint16_t link_type)
{
	switch (link_type) {
	case LINKTYPE_ETHERNET:
		return ETH_HLEN;
	case LINKTYPE_NULL:
	case LINKTYPE_LOOP:
		return 4;
	case LINKTYPE_LINUX_SLL:
		return 16;
	case LINKTYPE_LINUX_SLL2:
		return 20;
	case LINKTYPE_DLT_RAW:
	case LINKTYPE_DLT_RAW_OPENBSD:
	case LINKTYPE_RAW:
	case LINKTYPE_IPV4:
	case LINKTYPE_IPV6:
		return 0;
	default:
		return -EPROTONOSUPPORT;
	}
}

/* The address family has the number that it has on the system that captured. */
static uint16_t af_proto(uint32_t af)
{
	switch (af) {
	case 2: /* all of them */
		return ETH_P_IP;
	case 10: /* Linux */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* Darwin */
		return ETH_P_IPV6;
	default:
		return SEK_CAPTURE_PROTO_NONE;
	}
}

static uint16_t sll_proto(uint16_t arphrd, uint16_t proto)
{
	switch (arphrd) {
	/* The field is a Netlink family, or unused before another link header. */
	case ARPHRD_NETLINK:
	case ARPHRD_FRAD:
	case ARPHRD_IEEE80211:
	case ARPHRD_IEEE80211_PRISM:
	case ARPHRD_IEEE80211_RADIOTAP:
		return SEK_CAPTURE_PROTO_NONE;
	default:
		/* An skb without a protocol: 0 must not be taken for raw IP. */
		return proto ? proto : SEK_CAPTURE_PROTO_NONE;
	}
}

static uint16_t link_proto(uint16_t link_type, const uint8_t *h)
{
	uint32_t af;

	switch (link_type) {
	case LINKTYPE_IPV4:
		return ETH_P_IP;
	case LINKTYPE_IPV6:
		return ETH_P_IPV6;
	case LINKTYPE_LINUX_SLL:
		return sll_proto(get_be16(h + 2), get_be16(h + 14));
	case LINKTYPE_LINUX_SLL2:
		return sll_proto(get_be16(h + 8), get_be16(h));
	case LINKTYPE_LOOP:
		memcpy(&af, h, sizeof(af));
		return af_proto(be32toh(af));
	case LINKTYPE_NULL:
		/* In the byte order of the capturing system, which the file need not have. */
		memcpy(&af, h, sizeof(af));
		return af_proto(af > UINT16_MAX ? bswap_32(af) : af);
	default:
		return 0;
	}
}

/**
 * sek_capture_l2() - find where a packet parser starts in a record
 * @r: record
 * @ret: gets the place; untouched on failure
 *
 * Return: 0; -EPROTONOSUPPORT for a link type that is not supported; -ENODATA
 * for a record shorter than its link header (of Ethernet: 14 bytes)
 */
int sek_capture_l2(const struct sek_capture_record *r, struct sek_capture_l2 *ret)
{
	int len = header_len(r->link_type);
	bool ethernet = r->link_type == LINKTYPE_ETHERNET;

	if (len < 0)
		return len;
	if (r->cap_len < (uint32_t)len)
		return -ENODATA;
	*ret = (struct sek_capture_l2){
		.ethernet = ethernet,
		.offset = ethernet ? 0 : (uint32_t)len,
		.proto = link_proto(r->link_type, r->data),
	};
	return 0;
}

/**
 * sek_capture_link_name() - the name of a link type
 * @link_type: LINKTYPE_ value
 *
 * Return: tcpdump's name for it, also for some that are not supported; NULL if
 * there is none here
 */
const char *sek_capture_link_name(uint16_t link_type)
{
	static const char *const names[] = {
		[LINKTYPE_NULL] = "NULL",
		[LINKTYPE_ETHERNET] = "EN10MB",
		[LINKTYPE_PPP] = "PPP",
		[LINKTYPE_DLT_RAW] = "RAW",
		[LINKTYPE_DLT_RAW_OPENBSD] = "RAW",
		[LINKTYPE_RAW] = "RAW",
		[LINKTYPE_IEEE802_11] = "IEEE802_11",
		[LINKTYPE_LOOP] = "LOOP",
		[LINKTYPE_LINUX_SLL] = "LINUX_SLL",
		[LINKTYPE_IEEE802_11_RADIOTAP] = "IEEE802_11_RADIO",
		[LINKTYPE_USB_LINUX_MMAPPED] = "USB_LINUX_MMAPPED",
		[LINKTYPE_IPV4] = "IPV4",
		[LINKTYPE_IPV6] = "IPV6",
		[LINKTYPE_NETLINK] = "NETLINK",
		[LINKTYPE_LINUX_SLL2] = "LINUX_SLL2",
	};

	return link_type < sizeof(names) / sizeof(names[0]) ? names[link_type] : NULL;
}
