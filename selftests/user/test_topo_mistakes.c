// SPDX-License-Identifier: GPL-2.0-only
/* Mistakes in topology files: each is found, where it is, with what would be right. */
#include "kselftest_harness.h"

#include <errno.h>

#include "../../user/lib/topo/topo.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* Reads a text that is wrong: its error as "line:column: text", and nothing made of it. */
static const char *mistake(const char *text, size_t size)
{
	static char said[700];
	static struct sek_topo_error error;
	struct sek_topo *t = (void *)said;

	if (sek_topo_read_text(text, size, "lab.yaml", &t, &error) != -EINVAL) {
		sek_topo_free(t == (void *)said ? NULL : t);
		return "no error";
	}
	if (t != (void *)said || strcmp(error.file, "lab.yaml") != 0)
		return "touched what it must not";
	snprintf(said, sizeof(said), "%u:%u: %s", error.line, error.column, error.text);
	return said;
}

static const struct {
	const char *text;
	const char *error;
} cases[] = {
	/* What is no such file */
	{ "", "1:1: the file is empty" },
	{ "# nothing\n", "1:1: the file is empty" },
	{ "hello", "1:1: expected a mapping with 'nodes' and 'links', found 'hello'" },
	{ "[a]", "1:1: expected a mapping with 'nodes' and 'links', found a list" },
	{ "nodes: [a]\n---\nnodes: [b]\n", "2:1: a second document; a file holds one" },
	{ "nodes: &x [a]\n",
	  "1:8: anchors (&name) are not understood; write it out, or use 'defaults'" },
	{ "nodes: [a, *x]\n", "1:12: aliases (*name) are not understood; write it out" },
	{ "nodes: !!seq [a]\n", "1:8: tags (!name) are not understood; leave it out" },
	{ "nodes: [!x a]\n", "1:9: tags (!name) are not understood; leave it out" },
	{ "nodes: [\"a\\0b\"]\n", "1:9: a NUL character in the text" },
	{ "nodes: [a,\n  \xfc]\n",
	  "2:3: invalid leading UTF-8 octet; a topology is text in UTF-8" },
	{ "nodes: [a, \x01]\n",
	  "1:12: control characters are not allowed; a topology is text in UTF-8" },
	{ "nodes: [a\n", "2:1: while parsing a flow sequence: did not find expected ',' or ']'" },
	{ "nodes:\n\t- a\n", "2:1: a tab; YAML is indented with spaces" },
	{ "# \xc3\xbc\nnodes:\n  a:\n\tkind: host\n", "4:1: a tab; YAML is indented with spaces" },
	{ "? [a]\n: 1\n", "1:3: a key is a word, not a list or mapping" },
	{ "[[[[[[[[[[[[[[[[[[[[[", "1:17: more than 16 lists and mappings inside each other" },

	/* Keys */
	{ "nodse: [a]\n", "1:1: a topology has no key 'nodse'; do you mean 'nodes'?" },
	{ "nodes: [a]\nx: 1\n",
	  "2:1: a topology has no key 'x'; expected name, include, routing, daemon, timers, "
	  "defaults, nodes, links or tests" },
	{ "nodes: [a]\nnodes: [b]\n", "2:1: 'nodes' is there already" },
	{ "nodes: [{name: a, knid: host}]\n",
	  "1:19: a node has no key 'knid'; do you mean 'kind'?" },
	{ "nodes: [a, b]\nlinks: [{ends: [a, b], dealy: 1s}]\n",
	  "2:24: a link has no key 'dealy'; do you mean 'delay'?" },
	{ "nodes: [a, b]\nlinks: [{ends: [{nod: a}, b]}]\n",
	  "2:18: an end has no key 'nod'; do you mean 'node'?" },
	{ "nodes: [a]\ntests: [{nodee: a}]\n",
	  "2:10: a test has no key 'nodee'; do you mean 'node'?" },
	{ "nodes: [a]\ndefaults: {nodes: {}}\n",
	  "2:12: defaults has no key 'nodes'; do you mean 'node'?" },
	{ "nodes: [a]\ndefaults: {node: {name: b}}\n",
	  "2:19: 'name' has no default; say it of a node, or of the topology" },
	{ "nodes: [a]\ndefaults: {link: {ends: [a, b]}}\n",
	  "2:19: 'ends' has no default; say it of a link" },
	{ "nodes: [a]\ndefaults: {link: {ipv4: 10.0.0.0/24}}\n",
	  "2:25: expected none or auto, found '10.0.0.0/24'" },

	/* Types and words */
	{ "nodes: a\n", "1:8: expected a list of nodes, or a mapping of them, found 'a'" },
	{ "nodes: [[a]]\n",
	  "1:9: expected a node's name, or a mapping of what it has, found a list" },
	{ "nodes: [a]\nlinks: {a: b}\n", "2:8: expected a list, found a mapping" },
	{ "nodes: [a]\nlinks:\n", "2:7: expected a list, found nothing" },
	{ "nodes: [a]\nrouting: ripp\n",
	  "2:10: expected none, static, rip, ospf or bgp, found 'ripp'; do you mean 'rip'?" },
	{ "nodes: [a]\nrouting: [rip]\n",
	  "2:10: expected none, static, rip, ospf or bgp, found a list" },
	{ "nodes: {a: hots}\n",
	  "1:12: expected router, host or bridge, found 'hots'; do you mean 'host'?" },
	{ "nodes: [{name: a, cgroup: yes}]\n", "1:27: expected true or false, found 'yes'" },
	{ "nodes: [{name: a, cgroup: 'true'}]\n", "1:27: expected true or false, found 'true'" },
	{ "nodes: [{name: a, routing: bgp, asn: 0}]\n",
	  "1:38: expected a number from 1 to 4294967294, found '0'" },
	{ "nodes: [{name: a, routing: bgp, asn: 4294967296}]\n",
	  "1:38: expected a number from 1 to 4294967294, found '4294967296'" },
	{ "nodes: [{name: a, routing: bgp, asn: 23456}]\n",
	  "1:38: 23456 is no network's number (RFC 6793)" },
	{ "nodes: [{name: a, asn: 1}]\n", "1:19: 'asn' is for routing: bgp" },
	{ "nodes: [{name: a, router_id: 0.0.0.0}]\n",
	  "1:30: 0.0.0.0 means that a router has no number" },
	{ "nodes: [{name: a, router_id: 7}]\n",
	  "1:30: expected four numbers such as 10.0.0.1, found '7'" },
	{ "nodes: [{name: a, sysctls: {kernel.panic: 1}}]\n",
	  "1:29: expected a key such as net.ipv4.ip_forward, found 'kernel.panic'; a node has no "
	  "others of its own" },
	{ "nodes: [{name: a, sysctls: {net..x: 1}}]\n",
	  "1:29: expected a key such as net.ipv4.ip_forward, found 'net..x'; a node has no others "
	  "of its own" },
	{ "nodes: [{name: a, sysctls: {net/../kernel/panic: 1}}]\n",
	  "1:29: expected a key such as net.ipv4.ip_forward, found 'net/../kernel/panic'; a node "
	  "has "
	  "no others of its own" },
	{ "nodes: [{name: a, processes: [[x]]}]\n", "1:31: expected a command line, found a list" },
	{ "nodes: [{name: a, join: {dokcer: x}}]\n", "1:26: expected pid, netns, docker, podman or "
						     "lxc, found 'dokcer'; do you mean 'docker'?" },
	{ "nodes: [{name: a, join: {pid: 0}}]\n",
	  "1:31: expected a number from 1 to 4194304, found '0'" },

	/* Names */
	{ "name: 9\nnodes: [a]\n",
	  "1:7: expected a name (letters, digits and '-', a letter first), found '9'" },
	{ "nodes: [1]\n",
	  "1:9: expected a name (letters, digits and '-', a letter first), found '1'" },
	{ "nodes: [a_b]\n",
	  "1:9: expected a name (letters, digits and '-', a letter first), found 'a_b'" },
	{ "nodes: [../x]\n",
	  "1:9: expected a name (letters, digits and '-', a letter first), found '../x'" },
	{ "nodes: [a-]\n",
	  "1:9: expected a name (letters, digits and '-', a letter first), found 'a-'" },
	{ "nodes: [LocalHost]\n", "1:9: 'localhost' is what each node calls itself" },
	{ "nodes: [a, a]\n", "1:12: there is a node 'a' already (line 1)" },
	{ "nodes: [a, A]\n", "1:12: there is a node 'a' already (line 1)" },
	{ "nodes:\n  a: host\n  a: router\n", "3:3: there is a node 'a' already (line 2)" },
	{ "nodes: [aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg]\n",
	  "1:9: a name of 64 characters; at most 63 are possible" },
	{ "nodes: [a, b]\nlinks: [{ends: [{node: a, ifname: abcdefghijklmnop}, b]}]\n",
	  "2:35: an interface name of 16 characters; at most 15 are possible" },
	{ "nodes: [a, b]\nlinks: [{ends: [{node: a, ifname: lo}, b]}]\n",
	  "2:35: 'lo' means something else to the kernel" },
	{ "nodes: [a, b, c]\nlinks:\n  - {ends: [{node: a, ifname: x}, b]}\n"
	  "  - {ends: [{node: a, ifname: x}, c]}\n",
	  "4:20: a cannot have an interface 'x': that name is taken" },
	{ "nodes: [a, b]\nlinks: [{ends: [a, b], name: x}, {ends: [a, b], name: x}]\n",
	  "2:34: there is a link 'x' already (line 2)" },

	/* Links */
	{ "nodes: [vm1, vm2]\nlinks: [vm1-vm22]\n",
	  "2:13: there is no node 'vm22'; do you mean 'vm2'?" },
	{ "nodes: [vm1, vm2]\nlinks: [xx-vm2]\n", "2:9: there is no node 'xx' under 'nodes'" },
	{ "nodes: [a, b]\nlinks: [ab]\n", "2:9: expected two nodes, such as vm1-vm2, found 'ab'" },
	{ "nodes: [a, a-a]\nlinks: [a-a-a]\n",
	  "2:9: 'a-a-a' can be split in several ways; write {ends: [A, B]}" },
	{ "nodes: [a]\nlinks: [a-a]\n", "2:9: both ends are a; a link joins two nodes" },
	{ "nodes: [a]\nlinks: [{ends: [a, a]}]\n",
	  "2:20: both ends are a; a link joins two nodes" },
	{ "nodes: [a]\nlinks: [{ends: [a]}]\n", "2:16: expected two ends, found 1" },
	{ "nodes: [a, b, c]\nlinks: [{ends: [a, b, c]}]\n",
	  "2:16: expected two ends, found 3; several nodes make a 'segment'" },
	{ "nodes: [a]\nlinks: [{segment: [a]}]\n", "2:19: a segment joins two nodes or more" },
	{ "nodes: [a]\nlinks: [{name: x}]\n", "2:9: a link needs either 'ends' or 'segment'" },
	{ "nodes: [a, b]\nlinks: [{segment: [a, b], kind: wireguard}]\n",
	  "2:19: a tunnel has two 'ends', and no segment" },
	{ "nodes: {a: , b: bridge}\nlinks: [{ends: [a, b], kind: wireguard}]\n",
	  "2:20: b is a bridge; a tunnel carries no frames" },
	{ "nodes: [a, b]\nlinks: [{ends: [a, b], kind: wireguard, flap: {up: 1s, down: 1s}}]\n",
	  "2:41: a tunnel has no 'flap'; say it of a link that it crosses" },
	{ "nodes: [a, b]\nlinks: [{ends: [a, b], kind: wireguard}]\n",
	  "2:9: neither end has an address that the tunnel's packets can be sent to; a link of "
	  "another kind or 'addresses' gives one" },
	{ "nodes: {a: bridge, b: bridge}\nlinks: [a-b, a-b]\n",
	  "2:14: a-b-2 closes a circle of bridges, in which frames go round for ever" },
	{ "nodes: [a, b]\nlinks: [{ends: [a, b], delay: 10}]\n",
	  "2:31: expected a time with its unit, such as 10ms, up to 60s, found '10'" },
	{ "nodes: [a, b]\nlinks: [{ends: [a, b], delay: 61s}]\n",
	  "2:31: expected a time with its unit, such as 10ms, up to 60s, found '61s'" },
	{ "nodes: [a, b]\nlinks: [{ends: [a, b], jitter: 1ms}]\n",
	  "2:9: the jitter is larger than the delay; a packet cannot arrive before it is sent" },
	{ "nodes: [a, b]\nlinks: [a-b]\ndefaults: {link: {jitter: 1ms}}\n",
	  "2:9: the jitter is larger than the delay; a packet cannot arrive before it is sent" },
	{ "nodes: [a, b]\nlinks: [{ends: [a, b], loss: 101%}]\n",
	  "2:30: expected a share such as 1%, up to 100%, found '101%'" },
	{ "nodes: [a, b]\nlinks: [{ends: [a, b], rate: 10mb}]\n",
	  "2:30: expected a rate such as 100mbit, from 1kbit to 1000gbit, found '10mb'" },
	{ "nodes: [a, b]\nlinks: [{ends: [a, b], mtu: 67}]\n",
	  "2:29: expected a number from 68 to 65535, found '67'" },
	{ "nodes: [a, b]\nlinks: [{ends: [a, b], mtu: 1000}]\n",
	  "2:9: IPv6 needs an MTU of 1280 or more, found 1000; say 'ipv6: none' if there shall be "
	  "none" },
	{ "nodes: [a, b]\nlinks: [{ends: [a, b], flap: {up: 1s}}]\n",
	  "2:30: flap needs both 'up' and 'down'" },
	{ "nodes: [a, b]\nlinks: [{ends: [{node: a, mac: '01:00:00:00:00:01'}, b]}]\n",
	  "2:32: 01:00:00:00:00:01 is no address of a single interface" },
	{ "nodes: [a, b]\nlinks: [{ends: [{node: a, mac: '2:0:0:0:0:1'}, b]}]\n",
	  "2:32: expected a hardware address such as 02:00:00:00:00:01, found '2:0:0:0:0:1'" },

	/* Nets and addresses */
	{ "nodes: [a, b]\nlinks: [{ends: [a, b], ipv4: 10.0.0.0}]\n",
	  "2:30: expected an IPv4 net such as 10.0.10.0/24, none or auto, found '10.0.0.0'" },
	{ "nodes: [a, b]\nlinks: [{ends: [a, b], ipv4: 10.0.0.1/24}]\n",
	  "2:30: 10.0.0.1/24 has bits beyond its length; the net of it is 10.0.0.0/24" },
	{ "nodes: [a, b]\nlinks: [{ends: [a, b], ipv4: 10.0.0.0/33}]\n",
	  "2:30: expected an IPv4 net such as 10.0.10.0/24, none or auto, found '10.0.0.0/33'" },
	{ "nodes: [a, b]\nlinks: [{ends: [a, b], ipv6: 10.0.0.0/24}]\n",
	  "2:30: expected an IPv6 net such as fd00:0:0:10::/64, none or auto, found "
	  "'10.0.0.0/24'" },
	{ "nodes: [a, b]\nlinks: [{ends: [a, b], ipv4: 224.0.0.0/24}]\n",
	  "2:30: 224.0.0.0/24 cannot be used here: 224.0.0.0/3 is for multicast and what is "
	  "reserved" },
	{ "nodes: [a, b]\nlinks: [{ends: [a, b], ipv4: 10.0.0.0/32}]\n",
	  "2:30: 10.0.0.0 is too small: 2 ends need an address" },
	{ "nodes: [a, b]\nlinks:\n  - {ends: [a, b], ipv4: 10.0.0.0/16}\n"
	  "  - {ends: [a, b], ipv4: 10.0.8.0/24}\n",
	  "4:26: 10.0.8.0/24 overlaps 10.0.0.0/16 (line 3)" },
	{ "nodes: [a, b]\nlinks:\n  - {ends: [a, b], ipv4: 10.0.8.0/24}\n"
	  "  - {ends: [a, b], ipv4: 10.0.0.0/16}\n",
	  "4:26: 10.0.0.0/16 overlaps 10.0.8.0/24 (line 3)" },
	{ "nodes: [{name: a, addresses: [10.0.8.1/24]}, b]\nlinks:\n"
	  "  - {ends: [a, b], ipv4: 10.0.0.0/16}\n",
	  "3:26: 10.0.0.0/16 overlaps 10.0.8.0/24 (line 1)" },
	{ "nodes: [{name: a, addresses: [10.0.0.1]}, b]\nlinks:\n"
	  "  - {ends: [a, b], ipv4: 10.0.0.0/16}\n",
	  "1:31: 10.0.0.1 is the address of a link's end" },
	{ "nodes: [{name: a, addresses: [10.0.0.1, 10.0.0.1]}]\n",
	  "1:41: 10.0.0.1 is there already" },
	{ "nodes: [{name: a, addresses: [127.0.0.2]}]\n",
	  "1:31: 127.0.0.2 cannot be used here: 127.0.0.0/8 is for the loopback interface" },
	{ "nodes: [a, b]\nlinks: [{ends: [{node: a, ipv4: 10.0.1.1}, b], ipv4: 10.0.0.0/24}]\n",
	  "2:33: 10.0.1.1 is outside of the link's net, 10.0.0.0/24 (line 2)" },
	{ "nodes: [a, b]\nlinks: [{ends: [{node: a, ipv4: 10.0.0.0}, b], ipv4: 10.0.0.0/24}]\n",
	  "2:33: 10.0.0.0 is the net 10.0.0.0/24 itself, or its broadcast address" },
	{ "nodes: [a, b]\nlinks: [{ends: [{node: a, ipv4: 10.0.0.255}, b], ipv4: 10.0.0.0/24}]\n",
	  "2:33: 10.0.0.255 is the net 10.0.0.0/24 itself, or its broadcast address" },
	{ "nodes: [a, b]\nlinks: [{ends: [{node: a, ipv4: 10.0.0.1}, b]}]\n",
	  "2:33: the length of its net is missing, such as 10.0.0.1/24" },
	{ "nodes: [a, b]\nlinks: [{ends: [{node: a, ipv4: 10.0.0.1/24}, {node: b, ipv4: "
	  "10.0.0.1/24}]}]\n",
	  "2:63: 10.0.0.1/24 is the address of another end" },
	{ "nodes: [a, b]\nlinks: [{ends: [{node: a, ipv4: 10.0.0.1/24}, {node: b, ipv4: "
	  "10.0.1.1/24}]}]\n",
	  "2:63: 10.0.1.0/24 is not the segment's net, which is 10.0.0.0/24 (line 2)" },
	{ "nodes: {a: bridge, b: }\nlinks: [{ends: [{node: a, ipv4: 10.0.0.1/24}, b]}]\n",
	  "2:33: a is a bridge, which has no addresses" },
	{ "nodes: [{name: a, kind: bridge, routing: rip}]\n", "1:33: a bridge has no 'routing'" },
	{ "nodes: [{name: a, ipv4: none}]\n",
	  "1:19: only links and bridges have 'ipv4'; a node's own are 'addresses'" },
	{ "nodes: [a, {name: b, router_id: 1.1.1.1, routing: ospf}, {name: c, routing: ospf, "
	  "router_id: 1.1.1.1}]\n",
	  "1:94: 'b' has this router_id already; it must be its own" },

	/* Routes */
	{ "nodes: [{name: a, routes: [{via: 10.0.0.1}]}]\n",
	  "1:28: a route needs 'to', the net that it leads to" },
	{ "nodes: [{name: a, routes: [{to: default}]}]\n",
	  "1:28: a route needs 'via', 'dev' or both" },
	{ "nodes: [{name: a, routes: [{to: 10.0.0.1/8, dev: x}]}]\n",
	  "1:33: 10.0.0.1/8 has bits beyond its length; the net of it is 10.0.0.0/8" },
	{ "nodes: [{name: a, routes: [{to: 10.0.0.0/8, via: fd00::1}]}]\n",
	  "1:28: 'to' and 'via' are IPv4 and IPv6; both must be one" },
	{ "nodes: [{name: a, routes: [{to: default, via: 10.9.9.9}]}, b]\nlinks: [a-b]\n",
	  "1:28: 10.9.9.9 is in no net of a link of a" },
	{ "nodes: [{name: a, routes: [{to: default, via: 10.0.1.1}]}, b]\nlinks: [a-b]\n",
	  "1:28: 10.0.1.1 is a itself, no neighbour" },
	{ "nodes: [{name: a, routes: [{to: default, dev: eth0}]}, b]\nlinks: [a-b]\n",
	  "1:28: a has no interface 'eth0'; 'topo show' lists them" },

	/* Tests */
	{ "nodes: [a]\ntests: [a]\n",
	  "2:9: expected a test such as {node: vm1, ping: vm4}, found 'a'" },
	{ "nodes: [a, b]\ntests: [{node: a}]\n",
	  "2:9: a test needs one of 'ping', 'traceroute', 'exec', 'cut' and 'heal'" },
	{ "nodes: [a, b]\ntests: [{node: a, ping: b, exec: x}]\n",
	  "2:9: 'ping' and 'exec' are two tests" },
	{ "nodes: [a, b]\ntests: [{ping: b}]\n", "2:9: a test needs 'node', where it is done" },
	{ "nodes: [a, b]\ntests: [{node: a, ping: c}]\n",
	  "2:25: there is no node 'c' under 'nodes'" },
	{ "nodes: [a, b]\ntests: [{node: a, ping: a}]\n", "2:25: a would talk to itself" },
	{ "nodes: {a: , b: bridge}\ntests: [{node: a, ping: b}]\n",
	  "2:25: b is a bridge, which has no addresses" },
	{ "nodes: [a, b]\ntests: [{node: a, ping: b, via: [b]}]\n",
	  "2:28: 'via' does not go with 'ping'" },
	{ "nodes: [a, b]\nlinks: [a-b]\ntests: [{cut: a-c}]\n",
	  "3:15: there is no link 'a-c'; do you mean 'a-b'?" },
	{ "nodes: [a, b]\nlinks: [a-b]\ntests: [{cut: a-b, node: a}]\n",
	  "3:20: 'node' does not go with 'cut'" },
	{ "nodes: [a, b]\ntests: [{node: a, ping: 10.0.0.1, family: ipv6}]\n",
	  "2:25: 10.0.0.1 is not of the test's 'family'" },
	{ "nodes: [a, b]\ntests: [{node: a, ping: b, within: 5}]\n",
	  "2:36: expected a time such as 10s or 2min, from 1s to 60min, found '5'" },

	/* Missing */
	{ "name: x\n", "1:1: a topology needs 'nodes', such as nodes: [vm1, vm2]" },
	{ "nodes: []\n", "1:1: a topology needs 'nodes', such as nodes: [vm1, vm2]" },
	{ "nodes: [{kind: host}]\n", "1:9: a node needs a 'name'" },
	{ "nodes: [a, b]\nlinks: [{ends: [{ifname: x}, b]}]\n",
	  "2:17: an end needs 'node', the name of its node" },
	{ "include: no-such-file\nnodes: [a]\n",
	  "1:10: open 'no-such-file': No such file or directory" },
	{ "include: /\nnodes: [a]\n", "1:10: '/' is no file" },
	{ "include: /dev/null\nnodes: [a]\n", "1:10: '/dev/null' is no file" },
	{ "include: {a: b}\nnodes: [a]\n",
	  "1:10: expected a file, or a list of files, found a mapping" },
};

TEST(mistakes)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *found = mistake(cases[i].text, strlen(cases[i].text));

		EXPECT_STREQ(cases[i].error, found)
		{
			TH_LOG("text: %s", cases[i].text);
		}
	}
}

/* A text of many equal lines, which the caller frees. */
static char *repeat(const char *before, const char *line, const char *end, size_t n,
		    size_t *ret_size)
{
	char *text = NULL;
	FILE *to = open_memstream(&text, ret_size);

	if (!to)
		return NULL;
	fputs(before, to);
	for (size_t i = 0; i < n; i++)
		fprintf(to, "%s%zu%s", line, i, end);
	fclose(to);
	return text;
}

/* Each is far over a limit; that it ends at once is the runner's time limit to see. */
TEST(too_much)
{
	static const struct {
		const char *before;
		const char *line;
		const char *end;
		size_t n;
		const char *error;
	} texts[] = {
		{ "nodes:\n", "  - n", "\n", 100000, "10002:5: more than 10000 nodes" },
		{ "nodes:\n", "  n", ":\n", 100000, "10002:3: more than 10000 nodes" },
		{ "nodes: [a, b]\nlinks:\n", "  - a-b #", "\n", 100000,
		  "40003:5: more than 40000 links" },
		{ "nodes: [a, b]\ntests:\n", "  - {node: a, ping: b} #", "\n", 20000,
		  "10003:5: more than 10000 tests" },
		{ "nodes:\n - name: a\n   sysctls:\n", "    net.x", ": 1\n", 2000,
		  "4:5: more than 1000 sysctls" },
		{ "nodes:\n - name: a\n   routes:\n", "    - {to: default, dev: x", "}\n", 2000,
		  "4:5: more than 1000 routes" },
		{ "nodes: [a, {name: s, kind: bridge}]\nlinks:\n", "  - a-s #", "\n", 1024,
		  "1026:5: more than 1023 links of the bridge s" },
		{ "#", "000000000", "", 500000, "0:0: larger than 4 MiB, which no topology is" },
		{ "[[[[[[[[[[[[[[[[[[", "[[[[[[[[[", "", 200000,
		  "1:17: more than 16 lists and mappings inside each other" },
		{ "- - - - - - - - - - - - - - - - - x\n", "- - ", "\n", 100000,
		  "1:33: more than 16 lists and mappings inside each other" },
		{ "? ? ", "? ? ? ? ? ? ", "\n", 200000,
		  "1:3: a key is a word, not a list or mapping" },
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		size_t size;
		char *text = repeat(texts[i].before, texts[i].line, texts[i].end, texts[i].n,
				    &size);

		ASSERT_NE(NULL, text);
		EXPECT_STREQ(texts[i].error, mistake(text, size));
		free(text);
	}
}

/* The text is as long as it is said to be, with a NUL in it or none at its end. */
TEST(sizes)
{
	static const char text[] = "nodes: [a]\n\0";

	EXPECT_STREQ("2:1: control characters are not allowed; a topology is text in UTF-8",
		     mistake(text, sizeof(text) - 1));
	EXPECT_STREQ("1:1: the file is empty", mistake(text, 0));
	EXPECT_STREQ("2:1: while parsing a flow sequence: did not find expected ',' or ']'",
		     mistake(text, 9));
}

TEST_HARNESS_MAIN
