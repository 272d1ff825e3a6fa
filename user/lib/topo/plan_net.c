// SPDX-License-Identifier: GPL-2.0-only
/* Nets and addresses: those that are given are checked, the others chosen. */
#include "file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../cleanup.h"
#include "ip.h"

/*
 * The ends that share a net, for one family: those of a link, or of all links of joined bridges.
 * @at: where the net is given, or the first link
 * @given: the file gives the net
 * @ends: ends that want an address
 * @next: number of the next host that may be free
 */
struct segment {
	const struct sek_yaml *at;
	struct sek_topo_ip net;
	bool given;
	__u32 ends;
	__u64 next;
};

/*
 * One family at a time.
 * @segment_of: of each link
 * @segments: as many as there are links, most of them used
 * @addresses: in use, as text
 */
struct plan {
	struct sek_file *f;
	int which;
	size_t *segment_of;
	struct segment *segments;
	struct sek_index addresses;
};

/* A net in use, in units of the nets that are chosen: the high bits of its addresses. */
struct range {
	__u64 first;
	__u64 last;
};

/* Nets are chosen from here on; within, a net of this length unless it has more ends. */
static const struct {
	__u64 first;
	__u64 last;
	__u8 plen;
} pools[SEK_FILE_FAMILIES] = {
	[SEK_FILE_IPV4] = { 0x0a0001, 0x0affff, 24 },
	[SEK_FILE_IPV6] = { 0xfd00000000000001, 0xfd000000ffffffff, 64 },
};

static const char *const pool_names[SEK_FILE_FAMILIES] = { "IPv4 net is left in 10.0.0.0/8",
							   "IPv6 net is left in fd00::/32" };

static struct sek_topo_ip *address_of(const struct plan *p, size_t link, int i)
{
	struct sek_topo_end *end = &p->f->t->links[link].end[i];

	return p->which == SEK_FILE_IPV4 ? &end->ipv4 : &end->ipv6;
}

static bool is_bridge(const struct plan *p, size_t node)
{
	return p->f->t->nodes[node].kind == SEK_TOPO_BRIDGE;
}

/* The net of a segment is given once, or several times the same. */
static int give_net(struct plan *p, struct segment *s, const struct sek_yaml *at,
		    const struct sek_topo_ip *net)
{
	char text[SEK_IP_TEXT_SIZE], other[SEK_IP_TEXT_SIZE], where[SEK_FILE_WHERE_SIZE];

	if (s->given && (!sek_ip_same(&s->net, net) || s->net.plen != net->plen))
		return sek_file_fail(p->f, at, "%s is not the segment's net, which is %s (%s)",
				     sek_ip_text(text, net), sek_ip_text(other, &s->net),
				     sek_file_where(where, at, s->at, s->at->line));
	s->given = true;
	s->net = *net;
	s->at = at;
	return 0;
}

static int give_file_net(struct plan *p, struct segment *s, const struct sek_file_net *net)
{
	return net->mode == SEK_FILE_NET_GIVEN ? give_net(p, s, net->at, &net->ip) : 0;
}

/* Whether an end gets an address: it, its link or its bridge may say that there is none. */
static bool wants_address(const struct plan *p, size_t link, int i)
{
	const struct sek_topo_link *l = &p->f->t->links[link];
	const struct sek_file_link *file = &p->f->links[link];
	size_t other = l->end[!i].node;

	if (is_bridge(p, l->end[i].node))
		return false;
	if (file->end[i].address[p->which].at)
		return true;
	if (file->net[p->which].mode != SEK_FILE_NET_AUTO || !is_bridge(p, other))
		return file->net[p->which].mode != SEK_FILE_NET_NONE;
	return p->f->nodes[other].net[p->which].mode != SEK_FILE_NET_NONE;
}

static int collect_link(struct plan *p, size_t link)
{
	const struct sek_topo_link *l = &p->f->t->links[link];
	const struct sek_file_link *file = &p->f->links[link];
	struct segment *s = &p->segments[p->segment_of[link]];
	int err = give_file_net(p, s, &file->net[p->which]);

	if (!s->at)
		s->at = file->at;
	for (int i = 0; i < 2 && !err; i++) {
		const struct sek_file_address *a = &file->end[i].address[p->which];

		if (is_bridge(p, l->end[i].node))
			err = give_file_net(p, s, &p->f->nodes[l->end[i].node].net[p->which]);
		if (!err && a->at && a->has_plen) {
			struct sek_topo_ip net = sek_ip_net(&a->ip);

			err = give_net(p, s, a->at, &net);
		}
		s->ends += wants_address(p, link, i);
	}
	return err;
}

static int collect(struct plan *p)
{
	int err = 0;

	for (size_t i = 0; i < p->f->t->links_n && !err; i++)
		err = collect_link(p, i);
	return err;
}

/* Where a net comes from, to find those that overlap. */
struct use {
	struct sek_topo_ip net;
	const struct sek_yaml *at;
	bool own; /* a node's own address, which several may have */
};

static int order_uses(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	int order = sek_ip_order(&x->net, &y->net);

	if (!order && x->at->line != y->at->line)
		order = x->at->line < y->at->line ? -1 : 1;
	return order;
}

static size_t count_own(const struct plan *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->f->t->nodes_n; i++)
		n += p->f->t->nodes[i].addresses_n;
	return n;
}

static size_t list_uses(const struct plan *p, struct use *uses)
{
	const struct sek_topo *t = p->f->t;
	size_t n = 0;

	for (size_t i = 0; i < t->links_n; i++)
		if (p->segments[i].given)
			uses[n++] = (struct use){ p->segments[i].net, p->segments[i].at, false };
	for (size_t i = 0; i < t->nodes_n; i++) {
		const struct sek_yaml *at = p->f->nodes[i].addresses;

		at = at ? at->child : NULL;
		for (size_t j = 0; at && j < t->nodes[i].addresses_n; j++, at = at->next)
			if (t->nodes[i].addresses[j].family == sek_file_families[p->which])
				uses[n++] = (struct use){ sek_ip_net(&t->nodes[i].addresses[j]), at,
							  true };
	}
	qsort(uses, n, sizeof(*uses), order_uses);
	return n;
}

/* Sorted, so that a net that contains others comes right before them. */
static int check_overlap(struct plan *p, const struct use *uses, size_t n)
{
	const struct use *outer = NULL;
	char text[SEK_IP_TEXT_SIZE], other[SEK_IP_TEXT_SIZE], where[SEK_FILE_WHERE_SIZE];

	for (size_t i = 0; i < n; i++) {
		const struct use *u = &uses[i], *later, *earlier;
		bool single = u->own && u->net.plen == sek_ip_bits(u->net.family);

		if (!outer || !sek_ip_contains(&outer->net, &u->net)) {
			outer = u;
			continue;
		}
		/* The same own address in several nodes is anycast; one in a link's net a /32. */
		if (single || (outer->own && u->own))
			continue;
		later = u->at->line >= outer->at->line ? u : outer;
		earlier = later == u ? outer : u;
		return sek_file_fail(
			p->f, later->at, "%s overlaps %s (%s)", sek_ip_text(text, &later->net),
			sek_ip_text(other, &earlier->net),
			sek_file_where(where, later->at, earlier->at, earlier->at->line));
	}
	return 0;
}

/* The high bits of an address, as many as a chosen net has. */
static __u64 unit_of(const struct sek_topo_ip *ip, unsigned int bits)
{
	__u64 unit = 0;

	for (unsigned int i = 0; i < bits / 8; i++)
		unit = unit << 8 | ip->addr[i];
	return unit;
}

static struct range range_of(const struct sek_topo_ip *net, unsigned int bits)
{
	__u64 first = unit_of(net, bits);
	unsigned int more = net->plen < bits ? bits - net->plen : 0;

	return (struct range){ first, more > 63 ? ~0ULL : first + ((1ULL << more) - 1) };
}

static struct sek_topo_ip net_of_unit(__u64 unit, __u8 family, unsigned int bits, __u8 plen)
{
	struct sek_topo_ip net = { .family = family, .plen = plen };

	for (unsigned int i = bits / 8; i-- > 0; unit >>= 8)
		net.addr[i] = (__u8)unit;
	return net;
}

/* How many chosen nets a segment takes, as a power of two: one, unless it has many ends. */
static unsigned int order_of(const struct plan *p, const struct segment *s)
{
	unsigned int order = 0;

	while (p->which == SEK_FILE_IPV4 && (256ULL << order) - 2 < s->ends)
		order++;
	return order;
}

/* Candidates only go up, and so do the nets in use: each is looked at once. */
static int choose_nets(struct plan *p, const struct use *uses, size_t uses_n)
{
	const __u8 plen = pools[p->which].plen;
	__u64 next = pools[p->which].first;
	size_t used = 0;

	for (size_t i = 0; i < p->f->t->links_n; i++) {
		struct segment *s = &p->segments[i];
		unsigned int order = order_of(p, s);
		__u64 size = 1ULL << order;

		if (s->given || !s->ends)
			continue;
		next = (next + size - 1) & ~(size - 1);
		while (used < uses_n) {
			struct range r = range_of(&uses[used].net, plen);

			if (r.first > next + size - 1)
				break;
			if (r.last >= next)
				next = (r.last + size) & ~(size - 1);
			/* The end of all addresses. */
			if (r.last == ~0ULL || next > pools[p->which].last)
				next = pools[p->which].last + 1;
			used++;
		}
		if (next + size - 1 > pools[p->which].last)
			return sek_file_fail(p->f, s->at, "no %s; give the link one",
					     pool_names[p->which]);
		s->net = net_of_unit(next, sek_file_families[p->which], plen, (__u8)(plen - order));
		next += size;
	}
	return 0;
}

/* Hosts are numbered from 1, in a net of two addresses from 0 (RFC 3021, RFC 6164). */
static __u64 first_host(const struct sek_topo_ip *net)
{
	return net->plen + 1U < sek_ip_bits(net->family);
}

static __u64 last_host(const struct sek_topo_ip *net)
{
	unsigned int bits = sek_ip_bits(net->family) - net->plen;

	if (bits <= 1)
		return bits;
	/* IPv4's last address is for broadcasts. */
	return (bits > 32 ? 1ULL << 32 : 1ULL << bits) - 1 - (net->family == AF_INET);
}

static int take_address(struct plan *p, const struct sek_topo_ip *ip)
{
	struct sek_topo_ip whole = *ip;
	char text[SEK_IP_TEXT_SIZE];

	whole.plen = (__u8)sek_ip_bits(ip->family);
	return sek_index_add(&p->addresses, 0, sek_ip_text(text, &whole), 0);
}

static bool is_host(const struct sek_topo_ip *net, const struct sek_topo_ip *ip)
{
	struct sek_topo_ip end = sek_ip_host(net, (__u32)last_host(net) + 1);

	if (net->plen + 1U >= sek_ip_bits(net->family))
		return true;
	return !sek_ip_same(net, ip) && (net->family == AF_INET6 || !sek_ip_same(&end, ip));
}

static int set_given(struct plan *p, size_t link, int i)
{
	const struct sek_file_address *a = &p->f->links[link].end[i].address[p->which];
	const struct segment *s = &p->segments[p->segment_of[link]];
	struct sek_topo_ip *ip = address_of(p, link, i);
	char text[SEK_IP_TEXT_SIZE], where[SEK_FILE_WHERE_SIZE];
	int err;

	if (!a->at)
		return 0;
	if (!s->given)
		return sek_file_fail(p->f, a->at, "the length of its net is missing, such as %s/%u",
				     a->at->text, pools[p->which].plen);
	*ip = a->ip;
	if (!sek_ip_contains(&s->net, ip))
		return sek_file_fail(p->f, a->at, "%s is outside of the link's net, %s (%s)",
				     a->at->text, sek_ip_text(text, &s->net),
				     sek_file_where(where, a->at, s->at, s->at->line));
	ip->plen = s->net.plen;
	if (!is_host(&s->net, ip))
		return sek_file_fail(p->f, a->at,
				     "%s is the net %s itself, or its broadcast address",
				     a->at->text, sek_ip_text(text, &s->net));
	err = take_address(p, ip);
	if (err == -EEXIST)
		return sek_file_fail(p->f, a->at, "%s is the address of another end", a->at->text);
	return err;
}

static int set_chosen(struct plan *p, size_t link, int i)
{
	struct segment *s = &p->segments[p->segment_of[link]];
	struct sek_topo_ip *ip = address_of(p, link, i);
	char text[SEK_IP_TEXT_SIZE];
	int err;

	if (ip->family || !wants_address(p, link, i))
		return 0;
	do {
		if (s->next > last_host(&s->net))
			return sek_file_fail(p->f, s->at,
					     "%s is too small: %u ends need an address",
					     sek_ip_text(text, &s->net), s->ends);
		*ip = sek_ip_host(&s->net, (__u32)s->next++);
		err = take_address(p, ip);
	} while (err == -EEXIST);
	return err;
}

/* A node's own addresses are nobody else's on a link. */
static int check_own(struct plan *p)
{
	const struct sek_topo *t = p->f->t;

	for (size_t i = 0; i < t->nodes_n; i++) {
		const struct sek_yaml *at = p->f->nodes[i].addresses;

		at = at ? at->child : NULL;
		for (size_t j = 0; at && j < t->nodes[i].addresses_n; j++, at = at->next) {
			struct sek_topo_ip ip = t->nodes[i].addresses[j];
			char text[SEK_IP_TEXT_SIZE];
			int err;

			if (ip.family != sek_file_families[p->which])
				continue;
			ip.plen = (__u8)sek_ip_bits(ip.family);
			sek_ip_text(text, &ip);
			if (sek_index_find(&p->addresses, 0, text) != SEK_INDEX_NONE)
				return sek_file_fail(p->f, at, "%s is the address of a link's end",
						     text);
			err = sek_index_add(&p->addresses, i + 1, text, j);
			if (err == -EEXIST)
				return sek_file_fail(p->f, at, "%s is there already", text);
			if (err)
				return err;
		}
	}
	return 0;
}

static int set_addresses(struct plan *p)
{
	const size_t n = p->f->t->links_n;
	int err = 0;

	for (size_t i = 0; i < n; i++)
		if (p->segments[i].net.family)
			p->segments[i].next = first_host(&p->segments[i].net);
	for (size_t i = 0; i < n * 2 && !err; i++)
		err = set_given(p, i / 2, i % 2);
	for (size_t i = 0; i < n * 2 && !err; i++)
		err = set_chosen(p, i / 2, i % 2);
	return err ?: check_own(p);
}

static int plan_family(struct plan *p)
{
	size_t links_n = p->f->t->links_n, n;
	SEK_CLEANUP(sek_freep) struct use *uses = NULL;
	int err;

	memset(p->segments, 0, (links_n + 1) * sizeof(*p->segments));
	err = collect(p);
	if (err)
		return err;
	uses = calloc(links_n + count_own(p) + 1, sizeof(*uses));
	if (!uses)
		return -ENOMEM;
	n = list_uses(p, uses);
	err = check_overlap(p, uses, n);
	if (!err)
		err = choose_nets(p, uses, n);
	return err ?: set_addresses(p);
}

int sek_plan_nets(struct sek_file *f)
{
	SEK_CLEANUP(sek_freep) size_t *of = calloc(f->t->links_n + 1, sizeof(*of));
	SEK_CLEANUP(sek_freep)
	struct segment *segments = calloc(f->t->links_n + 1, sizeof(*segments));
	struct plan p = { .f = f, .segment_of = of, .segments = segments };
	int err = of && segments ? sek_plan_segments(f, of) : -ENOMEM;

	for (p.which = 0; p.which < SEK_FILE_FAMILIES && !err; p.which++)
		err = plan_family(&p);
	sek_index_free(&p.addresses);
	return err;
}
