// SPDX-License-Identifier: GPL-2.0-only
/* The words for ICMP types and codes. */
#include <stddef.h>

#include "names.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* A row for any code stands behind those for particular ones. */
#define ANY 256

struct icmp_name {
	unsigned int type;
	unsigned int code;
	const char *name;
};

/* https://www.iana.org/assignments/icmp-parameters */
static const struct icmp_name v4_names[] = {
	{ 0, ANY, "echo_reply" },
	{ 3, 0, "net_unreachable" },
	{ 3, 1, "host_unreachable" },
	{ 3, 2, "protocol_unreachable" },
	{ 3, 3, "port_unreachable" },
	{ 3, 4, "fragmentation_needed" },
	{ 3, 5, "source_route_failed" },
	{ 3, 6, "net_unknown" },
	{ 3, 7, "host_unknown" },
	{ 3, 8, "source_host_isolated" },
	{ 3, 9, "net_prohibited" },
	{ 3, 10, "host_prohibited" },
	{ 3, 11, "net_unreachable_for_tos" },
	{ 3, 12, "host_unreachable_for_tos" },
	{ 3, 13, "admin_prohibited" },
	{ 3, 14, "host_precedence_violation" },
	{ 3, 15, "precedence_cutoff" },
	{ 3, ANY, "unreachable" },
	{ 4, ANY, "source_quench" },
	{ 5, 0, "redirect_net" },
	{ 5, 1, "redirect_host" },
	{ 5, 2, "redirect_net_for_tos" },
	{ 5, 3, "redirect_host_for_tos" },
	{ 5, ANY, "redirect" },
	{ 8, ANY, "echo_request" },
	{ 9, ANY, "router_advertisement" },
	{ 10, ANY, "router_solicitation" },
	{ 11, 0, "ttl_exceeded" },
	{ 11, 1, "reassembly_time_exceeded" },
	{ 11, ANY, "time_exceeded" },
	{ 12, ANY, "parameter_problem" },
	{ 13, ANY, "timestamp_request" },
	{ 14, ANY, "timestamp_reply" },
	{ 15, ANY, "information_request" },
	{ 16, ANY, "information_reply" },
	{ 17, ANY, "address_mask_request" },
	{ 18, ANY, "address_mask_reply" },
	{ 40, ANY, "photuris" },
	{ 42, ANY, "extended_echo_request" },
	{ 43, ANY, "extended_echo_reply" },
};

/* https://www.iana.org/assignments/icmpv6-parameters */
static const struct icmp_name v6_names[] = {
	{ 1, 0, "no_route" },
	{ 1, 1, "admin_prohibited" },
	{ 1, 2, "beyond_scope" },
	{ 1, 3, "address_unreachable" },
	{ 1, 4, "port_unreachable" },
	{ 1, 5, "source_policy_failed" },
	{ 1, 6, "reject_route" },
	{ 1, ANY, "unreachable" },
	{ 2, ANY, "packet_too_big" },
	{ 3, 0, "hop_limit_exceeded" },
	{ 3, 1, "reassembly_time_exceeded" },
	{ 3, ANY, "time_exceeded" },
	{ 4, ANY, "parameter_problem" },
	{ 128, ANY, "echo_request" },
	{ 129, ANY, "echo_reply" },
	{ 130, ANY, "multicast_listener_query" },
	{ 131, ANY, "multicast_listener_report" },
	{ 132, ANY, "multicast_listener_done" },
	{ 133, ANY, "router_solicitation" },
	{ 134, ANY, "router_advertisement" },
	{ 135, ANY, "neighbor_solicitation" },
	{ 136, ANY, "neighbor_advertisement" },
	{ 137, ANY, "redirect" },
	{ 138, ANY, "router_renumbering" },
	{ 139, ANY, "node_information_query" },
	{ 140, ANY, "node_information_response" },
	{ 141, ANY, "inverse_neighbor_solicitation" },
	{ 142, ANY, "inverse_neighbor_advertisement" },
	{ 143, ANY, "multicast_listener_report_v2" },
	{ 144, ANY, "home_agent_discovery_request" },
	{ 145, ANY, "home_agent_discovery_reply" },
	{ 146, ANY, "mobile_prefix_solicitation" },
	{ 147, ANY, "mobile_prefix_advertisement" },
	{ 148, ANY, "certification_path_solicitation" },
	{ 149, ANY, "certification_path_advertisement" },
	{ 151, ANY, "multicast_router_advertisement" },
	{ 152, ANY, "multicast_router_solicitation" },
	{ 153, ANY, "multicast_router_termination" },
	{ 155, ANY, "rpl_control" },
	{ 160, ANY, "extended_echo_request" },
	{ 161, ANY, "extended_echo_reply" },
};

static const char *find(const struct icmp_name *names, size_t n, unsigned int type,
			unsigned int code)
{
	for (size_t i = 0; i < n; i++)
		if (names[i].type == type && (names[i].code == code || names[i].code == ANY))
			return names[i].name;
	return NULL;
}

const char *sek_icmp_type_name(unsigned int family, unsigned int type, unsigned int code)
{
	switch (family) {
	case SEK_FAMILY_IPV4:
		return find(v4_names, ARRAY_SIZE(v4_names), type, code);
	case SEK_FAMILY_IPV6:
		return find(v6_names, ARRAY_SIZE(v6_names), type, code);
	default:
		return NULL;
	}
}
