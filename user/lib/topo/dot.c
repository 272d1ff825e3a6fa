// SPDX-License-Identifier: GPL-2.0-only
#include "dot.h"

#include <errno.h>
#include <inttypes.h>

#include "ip.h"

static const char *const shapes[SEK_TOPO_KIND_NR] = {
	[SEK_TOPO_ROUTER] = "ellipse",
	[SEK_TOPO_HOST] = "box",
	[SEK_TOPO_BRIDGE] = "underline",
};

/* Names need no escapes: the reader lets nothing but letters, digits and dashes pass. */
static void write_node(const struct sek_topo_node *node, FILE *to)
{
	char text[SEK_IP_TEXT_SIZE];

	fprintf(to, "\t\"%s\" [shape=%s, label=\"%s", node->name, shapes[node->kind], node->name);
	if (node->asn)
		fprintf(to, "\\nAS %u", node->asn);
	for (size_t i = 0; i < node->addresses_n; i++)
		fprintf(to, "\\n%s", sek_ip_text(text, &node->addresses[i]));
	fprintf(to, "\"];\n");
}

/* The net of either end: a bridge has no address. */
static void write_net(const struct sek_topo_ip *a, const struct sek_topo_ip *b, FILE *to)
{
	struct sek_topo_ip net = sek_ip_net(a->family ? a : b);
	char text[SEK_IP_TEXT_SIZE];

	if (net.family)
		fprintf(to, "%s\\n", sek_ip_text(text, &net));
}

static void write_impairments(const struct sek_topo_link *l, FILE *to)
{
	const struct sek_topo_impair *i = &l->impair;

	if (i->delay_us)
		fprintf(to, "delay %" PRIu64 "us\\n", (uint64_t)i->delay_us);
	if (i->jitter_us)
		fprintf(to, "jitter %" PRIu64 "us\\n", (uint64_t)i->jitter_us);
	if (i->loss_ppm)
		fprintf(to, "loss %u.%04u%%\\n", i->loss_ppm / 10000, i->loss_ppm % 10000);
	if (i->rate_bps)
		fprintf(to, "rate %" PRIu64 "bit\\n", (uint64_t)i->rate_bps);
}

static void write_link(const struct sek_topo *t, const struct sek_topo_link *l, FILE *to)
{
	fprintf(to, "\t\"%s\" -- \"%s\" [label=\"", t->nodes[l->end[0].node].name,
		t->nodes[l->end[1].node].name);
	write_net(&l->end[0].ipv4, &l->end[1].ipv4, to);
	write_net(&l->end[0].ipv6, &l->end[1].ipv6, to);
	write_impairments(l, to);
	fprintf(to, "\", taillabel=\"%s\", headlabel=\"%s\"%s];\n", l->end[0].ifname,
		l->end[1].ifname, l->kind == SEK_TOPO_LINK_WIREGUARD ? ", style=dashed" : "");
}

int sek_dot_write(const struct sek_topo *t, FILE *to)
{
	fprintf(to, "graph \"%s\" {\n\tlayout=neato;\n\toverlap=false;\n\tsplines=true;\n",
		t->name);
	for (size_t i = 0; i < t->nodes_n; i++)
		write_node(&t->nodes[i], to);
	for (size_t i = 0; i < t->links_n; i++)
		write_link(t, &t->links[i], to);
	fprintf(to, "}\n");
	errno = 0;
	return fflush(to) || ferror(to) ? -(errno ?: EIO) : 0;
}
