/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A topology as it shall be: what a file says, with everything chosen that it leaves out.
 *
 * file.c reads it from YAML, plan.c completes and checks it; what makes, changes and
 * removes the real thing only reads it. All strings and arrays belong to the topology and are
 * freed with it. Addresses are in network byte order.
 */
#ifndef SEK_TOPO_TOPO_H
#define SEK_TOPO_TOPO_H

#include <stdbool.h>
#include <stddef.h>
#include <net/if.h>
#include <netinet/in.h>

#include <linux/types.h>

/* Longest name of a topology or node, with its end; a DNS label (RFC 1035, 2.3.4) fits. */
#define SEK_TOPO_NAME_LEN 64

/* Bounds of a file and of what it describes, so that a bad one is an error and no wait. */
#define SEK_TOPO_MAX_FILE     (4u << 20)
#define SEK_TOPO_MAX_INCLUDES 64
#define SEK_TOPO_MAX_NODES    10000
#define SEK_TOPO_MAX_LINKS    40000
#define SEK_TOPO_MAX_TESTS    10000

/* The kernel's own bound of a bridge: BR_MAX_PORTS, of which port 0 is none. */
#define SEK_TOPO_MAX_PORTS 1023

/* A bridge node's own device; no end of a link has this name. */
#define SEK_TOPO_BRIDGE_DEV "br0"

/**
 * struct sek_topo_ip - an address with the length of its net
 * @family: AF_INET or AF_INET6; 0: none
 * @plen: length of the prefix in bits
 * @addr: the first 4 or all 16 bytes
 */
struct sek_topo_ip {
	__u8 family;
	__u8 plen;
	__u8 addr[16];
};

enum sek_topo_routing {
	SEK_TOPO_ROUTING_NONE,
	SEK_TOPO_ROUTING_STATIC, /* shortest paths, computed here */
	SEK_TOPO_ROUTING_RIP,	 /* with RIPng */
	SEK_TOPO_ROUTING_OSPF,	 /* v2 and v3 */
	SEK_TOPO_ROUTING_BGP,
	SEK_TOPO_ROUTING_NR,
};

enum sek_topo_daemon {
	SEK_TOPO_DAEMON_BIRD,
	SEK_TOPO_DAEMON_FRR,
	SEK_TOPO_DAEMON_NR,
};

enum sek_topo_timers {
	SEK_TOPO_TIMERS_CLASSROOM, /* seconds, so that a class sees it happen */
	SEK_TOPO_TIMERS_PROTOCOL,  /* those of the RFC */
	SEK_TOPO_TIMERS_NR,
};

enum sek_topo_kind {
	SEK_TOPO_ROUTER, /* forwards */
	SEK_TOPO_HOST,	 /* does not; its default route is the first router on its link */
	SEK_TOPO_BRIDGE, /* joins its links to one segment; no addresses of its own */
	SEK_TOPO_KIND_NR,
};

/* Where a node's network namespace comes from. */
enum sek_topo_join {
	SEK_TOPO_JOIN_NONE, /* made for the node */
	SEK_TOPO_JOIN_PID,
	SEK_TOPO_JOIN_NETNS, /* a name under /run/netns, or a path */
	SEK_TOPO_JOIN_DOCKER,
	SEK_TOPO_JOIN_PODMAN,
	SEK_TOPO_JOIN_LXC,
	SEK_TOPO_JOIN_NR,
};

/**
 * struct sek_topo_route - a static route that the file asks for
 * @to: its destination; plen 0 for the default route
 * @via: next hop; family 0: none
 * @dev: interface, "" if @via tells it
 */
struct sek_topo_route {
	struct sek_topo_ip to;
	struct sek_topo_ip via;
	char dev[IFNAMSIZ];
};

struct sek_topo_sysctl {
	char *key; /* "net.ipv4.ip_forward" */
	char *value;
};

/**
 * struct sek_topo_node - a node
 * @name: its host name
 * @kind: what it does with packets of others
 * @join: where its namespace comes from
 * @join_name: pid, name or path for @join; NULL if it is made
 * @routing: protocol
 * @daemon: what speaks it
 * @timers: how fast
 * @asn: BGP's number of its autonomous system
 * @router_id: for OSPF and BGP, network byte order
 * @cgroup: give it a cgroup of its own
 * @addresses: extra ones, on its loopback interface
 * @addresses_n: how many
 * @routes: static ones
 * @routes_n: how many
 * @sysctls: written after its interfaces were made
 * @sysctls_n: how many
 * @processes: command lines for sh, started last, ended first
 * @processes_n: how many
 * @line: where the file names it, counted from 1
 */
struct sek_topo_node {
	char name[SEK_TOPO_NAME_LEN];
	enum sek_topo_kind kind;
	enum sek_topo_join join;
	char *join_name;
	enum sek_topo_routing routing;
	enum sek_topo_daemon daemon;
	enum sek_topo_timers timers;
	__u32 asn;
	__be32 router_id;
	bool cgroup;
	struct sek_topo_ip *addresses;
	size_t addresses_n;
	struct sek_topo_route *routes;
	size_t routes_n;
	struct sek_topo_sysctl *sysctls;
	size_t sysctls_n;
	char **processes;
	size_t processes_n;
	unsigned int line;
};

/**
 * struct sek_topo_impair - what happens to packets that leave by an end of a link
 * @delay_us: microseconds
 * @jitter_us: microseconds, about the delay
 * @loss_ppm: of a million packets
 * @rate_bps: bits a second; 0: no limit
 */
struct sek_topo_impair {
	__u64 delay_us;
	__u64 jitter_us;
	__u32 loss_ppm;
	__u64 rate_bps;
};

/**
 * struct sek_topo_end - where a link meets a node
 * @node: index into the topology's nodes
 * @ifname: of its interface
 * @mac: its hardware address, all zero for WireGuard
 * @ipv4: with the link's net; family 0 at a bridge, or if the link has no IPv4
 * @ipv6: likewise
 * @port: WireGuard: the UDP port it listens on, host byte order
 * @endpoint: WireGuard: the address of its node that the other end sends to; family 0: its
 *	node has none but that of tunnels
 */
struct sek_topo_end {
	size_t node;
	char ifname[IFNAMSIZ];
	__u8 mac[6];
	struct sek_topo_ip ipv4;
	struct sek_topo_ip ipv6;
	__u16 port;
	struct sek_topo_ip endpoint;
};

enum sek_topo_link_kind {
	SEK_TOPO_LINK_VETH,
	SEK_TOPO_LINK_WIREGUARD,
	SEK_TOPO_LINK_KIND_NR,
};

/**
 * struct sek_topo_link - a link of two ends
 * @name: "vm1-vm2", with "-2" and so on after it if it is not the first of the two
 * @kind: what it is made of
 * @end: both ends
 * @impair: at both ends
 * @mtu: bytes; 0: the kernel's own
 * @cost: for OSPF, and for static routing; 1 to 65535
 * @flap_up_s: seconds with carrier, then @flap_down_s without, for ever; 0: it does not flap
 * @flap_down_s: seconds
 * @line: where the file names it, counted from 1
 */
struct sek_topo_link {
	char name[2 * SEK_TOPO_NAME_LEN + 8];
	enum sek_topo_link_kind kind;
	struct sek_topo_end end[2];
	struct sek_topo_impair impair;
	__u32 mtu;
	__u32 cost;
	__u32 flap_up_s;
	__u32 flap_down_s;
	unsigned int line;
};

enum sek_topo_test_kind {
	SEK_TOPO_TEST_PING,
	SEK_TOPO_TEST_TRACEROUTE,
	SEK_TOPO_TEST_EXEC,
	SEK_TOPO_TEST_CUT, /* a step: what follows is tested without this link */
	SEK_TOPO_TEST_HEAL,
	SEK_TOPO_TEST_KIND_NR,
};

/**
 * struct sek_topo_test - one test or step of `topo test`
 * @kind: what is done
 * @node: index of the node that does it; unused for cut and heal
 * @target: node name or address (ping, traceroute), command line for sh (exec), link (cut, heal)
 * @via: traceroute: index of each node that must show, in this order; may be empty
 * @via_n: number of entries
 * @fails: it passes if the thing fails
 * @within_s: it is tried again for so many seconds until it passes
 * @family: AF_INET, AF_INET6, 0: either
 * @line: where the file has it, counted from 1
 */
struct sek_topo_test {
	enum sek_topo_test_kind kind;
	size_t node;
	char *target;
	size_t *via;
	size_t via_n;
	bool fails;
	unsigned int within_s;
	__u8 family;
	unsigned int line;
};

/**
 * struct sek_topo - a topology
 * @name: what commands call it
 * @nodes: in the file's order, bridges of segments last
 * @nodes_n: how many
 * @links: in the file's order
 * @links_n: how many
 * @tests: in the file's order
 * @tests_n: how many
 */
struct sek_topo {
	char name[SEK_TOPO_NAME_LEN];
	struct sek_topo_node *nodes;
	size_t nodes_n;
	struct sek_topo_link *links;
	size_t links_n;
	struct sek_topo_test *tests;
	size_t tests_n;
};

/* names.c: the words of the file. */
const char *sek_topo_routing_name(enum sek_topo_routing routing);
const char *sek_topo_daemon_name(enum sek_topo_daemon daemon);
const char *sek_topo_timers_name(enum sek_topo_timers which);
const char *sek_topo_kind_name(enum sek_topo_kind kind);
const char *sek_topo_join_name(enum sek_topo_join join);
const char *sek_topo_link_kind_name(enum sek_topo_link_kind kind);
const char *sek_topo_test_name(enum sek_topo_test_kind kind);

/**
 * struct sek_topo_error - what is wrong with a file, for people
 * @file: the file, which may be an included one
 * @line: counted from 1; 0 if no place can be told
 * @column: in characters, counted from 1
 * @text: what was found, what was expected, and the nearest valid word
 */
struct sek_topo_error {
	char file[256];
	unsigned int line;
	unsigned int column;
	char text[512];
};

/**
 * sek_topo_read - read a topology file, complete and check it
 * @path: the file; "-" for standard input
 * @ret: to be freed by sek_topo_free(); untouched on failure
 * @error: filled on -EINVAL
 *
 * Needs no privileges and asks the kernel for nothing. The same file gives the same topology.
 *
 * Return: 0; -EINVAL with @error; -errno of opening or reading (with @error, too).
 */
int sek_topo_read(const char *path, struct sek_topo **ret, struct sek_topo_error *error);

/**
 * sek_topo_read_text - the same from memory
 * @text: the file's bytes
 * @size: how many
 * @name: what errors call it; its last component without ".yaml" names a topology that has none
 * @ret: as above
 * @error: as above
 *
 * Return: as above.
 */
int sek_topo_read_text(const char *text, size_t size, const char *name, struct sek_topo **ret,
		       struct sek_topo_error *error);

/**
 * sek_topo_free - free a topology
 * @t: the topology, or NULL
 */
void sek_topo_free(struct sek_topo *t);

#endif
