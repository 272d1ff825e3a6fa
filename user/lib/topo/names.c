// SPDX-License-Identifier: GPL-2.0-only
/* What files and people call what the model has numbers for. */
#include "file.h"

static const char *const routings[SEK_TOPO_ROUTING_NR] = {
	[SEK_TOPO_ROUTING_NONE] = "none", [SEK_TOPO_ROUTING_STATIC] = "static",
	[SEK_TOPO_ROUTING_RIP] = "rip",	  [SEK_TOPO_ROUTING_OSPF] = "ospf",
	[SEK_TOPO_ROUTING_BGP] = "bgp",
};

static const char *const daemons[SEK_TOPO_DAEMON_NR] = {
	[SEK_TOPO_DAEMON_BIRD] = "bird",
	[SEK_TOPO_DAEMON_FRR] = "frr",
};

static const char *const timers[SEK_TOPO_TIMERS_NR] = {
	[SEK_TOPO_TIMERS_CLASSROOM] = "classroom",
	[SEK_TOPO_TIMERS_PROTOCOL] = "protocol",
};

static const char *const kinds[SEK_TOPO_KIND_NR] = {
	[SEK_TOPO_ROUTER] = "router",
	[SEK_TOPO_HOST] = "host",
	[SEK_TOPO_BRIDGE] = "bridge",
};

static const char *const joins[SEK_TOPO_JOIN_NR] = {
	[SEK_TOPO_JOIN_PID] = "pid",	   [SEK_TOPO_JOIN_NETNS] = "netns",
	[SEK_TOPO_JOIN_DOCKER] = "docker", [SEK_TOPO_JOIN_PODMAN] = "podman",
	[SEK_TOPO_JOIN_LXC] = "lxc",
};

static const char *const link_kinds[SEK_TOPO_LINK_KIND_NR] = {
	[SEK_TOPO_LINK_VETH] = "veth",
	[SEK_TOPO_LINK_WIREGUARD] = "wireguard",
};

static const char *const tests[SEK_TOPO_TEST_KIND_NR] = {
	[SEK_TOPO_TEST_PING] = "ping", [SEK_TOPO_TEST_TRACEROUTE] = "traceroute",
	[SEK_TOPO_TEST_EXEC] = "exec", [SEK_TOPO_TEST_CUT] = "cut",
	[SEK_TOPO_TEST_HEAL] = "heal",
};

const struct sek_file_words sek_file_routings = { routings, SEK_TOPO_ROUTING_NR };
const struct sek_file_words sek_file_daemons = { daemons, SEK_TOPO_DAEMON_NR };
const struct sek_file_words sek_file_timers = { timers, SEK_TOPO_TIMERS_NR };
const struct sek_file_words sek_file_joins = { joins, SEK_TOPO_JOIN_NR };
const struct sek_file_words sek_file_link_kinds = { link_kinds, SEK_TOPO_LINK_KIND_NR };
const struct sek_file_words sek_file_kinds = { kinds, SEK_TOPO_KIND_NR };

const char *sek_topo_routing_name(enum sek_topo_routing routing)
{
	return routings[routing];
}

const char *sek_topo_daemon_name(enum sek_topo_daemon daemon)
{
	return daemons[daemon];
}

const char *sek_topo_timers_name(enum sek_topo_timers which)
{
	return timers[which];
}

const char *sek_topo_kind_name(enum sek_topo_kind kind)
{
	return kinds[kind];
}

const char *sek_topo_join_name(enum sek_topo_join join)
{
	return joins[join];
}

const char *sek_topo_link_kind_name(enum sek_topo_link_kind kind)
{
	return link_kinds[kind];
}

const char *sek_topo_test_name(enum sek_topo_test_kind kind)
{
	return tests[kind];
}
