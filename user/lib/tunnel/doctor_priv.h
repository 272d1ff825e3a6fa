/* SPDX-License-Identifier: GPL-2.0-only */
/* What the doctor's examinations share. */
#ifndef SEK_TUNNEL_DOCTOR_PRIV_H
#define SEK_TUNNEL_DOCTOR_PRIV_H

#include "../rtnl.h"
#include "doctor.h"
#include "rt.h"

/* The most that WireGuard's keys are good for (REJECT_AFTER_TIME), in seconds. */
#define SEK_DOCTOR_REJECT_AFTER 180

/**
 * struct sek_patient - a tunnel under examination
 * @c: what is known beside the kernel
 * @iface: its interface
 * @device: as it is
 * @ifaces: all of the namespace
 * @ifaces_n: how many
 * @rules: of IPv4 and IPv6, in order
 * @rules_n: how many of each
 * @silent: for each peer: it was sent to, and does not answer
 * @diagnosis: what was found
 */
struct sek_patient {
	const struct sek_doctor_case *c;
	struct sek_iface iface;
	struct sek_device device;
	struct sek_iface *ifaces;
	size_t ifaces_n;
	struct sek_rt_rule *rules[2];
	size_t rules_n[2];
	bool *silent;
	struct sek_diagnosis *diagnosis;
};

/* Return: room for one finding more, with its name; NULL when out of memory. */
struct sek_finding *sek_doctor_add(struct sek_patient *p, const char *name);

/* Return: "eth0", or "#7" for what is not there any more; valid until the next call. */
const char *sek_doctor_ifname(const struct sek_patient *p, __u32 ifindex);

/* "0.0.0.0/0 dev wg0", "default via 10.0.0.1 dev eth0" */
void sek_doctor_route_text(const struct sek_patient *p, const struct sek_rt_route *r, char *ret,
			   size_t size);

/* "main", or its number */
void sek_doctor_table_text(__u32 table, char ret[16]);

/* "32765: not from all fwmark 0xca6c lookup 51820" */
void sek_doctor_rule_text(const struct sek_rt_rule *r, char *ret, size_t size);

/* The rule that sends packets with @mark to @route's table, or NULL. */
const struct sek_rt_rule *sek_doctor_find_rule(const struct sek_patient *p,
					       const struct sek_rt_route *route, __u32 mark);

/* Runs a function in the namespace of the tunnel's socket. Return: what it returned, or -errno. */
int sek_doctor_in_underlay(const struct sek_patient *p,
			   int (*fn)(const struct sek_patient *p, void *arg), void *arg);

/* As sek_rt_lookup(), where the tunnel's socket is. */
int sek_doctor_underlay_lookup(const struct sek_patient *p, const struct sek_prefix *dst,
			       bool match, struct sek_rt_route *ret);

/* "peer 4HbjXAO4... at 192.0.2.1:51820", "peer 4HbjXAO4..." */
#define SEK_DOCTOR_PEER_TEXT (24 + SEK_ENDPOINT_TEXT)
char *sek_doctor_peer_text(const struct sek_device_peer *peer, char ret[SEK_DOCTOR_PEER_TEXT]);

/*
 * doctor_key.c, of peers that are silent or nearly so. Return: 1 if something was found, 0 or
 * -errno. The second is about what came in since @before was asked for.
 */
int sek_doctor_refused(struct sek_patient *p, const struct sek_device_peer *peer);
int sek_doctor_unconfirmed(struct sek_patient *p, const struct sek_device_peer *peer);
int sek_doctor_callers(struct sek_patient *p, const struct sek_doctor_calls *before);
int sek_doctor_old_clock(struct sek_patient *p, __s64 now);
void sek_doctor_count_calls(const struct sek_patient *p, struct sek_doctor_calls *ret);
__s64 sek_doctor_unanswered(const struct sek_doctor_calls *calls);

/* The examinations. Return: 0 or -errno. */
int sek_doctor_peers(struct sek_patient *p);
int sek_doctor_swallowed(struct sek_patient *p);
int sek_doctor_loops(struct sek_patient *p);
int sek_doctor_overlaps(struct sek_patient *p);
int sek_doctor_rules(struct sek_patient *p);
int sek_doctor_rp_filter(struct sek_patient *p);
int sek_doctor_mtu(struct sek_patient *p);

#endif
