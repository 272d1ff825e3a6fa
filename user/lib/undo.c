// SPDX-License-Identifier: GPL-2.0-only
#include "undo.h"

#include <errno.h>
#include <stdlib.h>

#include "attach.h"
#include "attach_netfilter.h"

struct sek_undo_entry {
	uint64_t netns_cookie;
	uint32_t ifindex;
	enum sek_prog prog;
};

int sek_undo_add(struct sek_undo *u, uint64_t netns_cookie, uint32_t ifindex, enum sek_prog prog)
{
	struct sek_undo_entry *v = reallocarray(u->v, u->n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	v[u->n++] = (struct sek_undo_entry){ netns_cookie, ifindex, prog };
	u->v = v;
	return 0;
}

void sek_undo_run(const struct sek_undo *u)
{
	for (size_t i = 0; i < u->n; i++) {
		const struct sek_undo_entry *e = &u->v[i];

		if (e->prog == SEK_PROG_LOCAL_IN) {
			sek_attach_netfilter_detach(e->netns_cookie);
			continue;
		}
		sek_attach_detach(e->netns_cookie, e->ifindex, e->prog);
		/* All others are two together. */
		if (e->prog != SEK_PROG_XDP)
			sek_attach_detach(e->netns_cookie, e->ifindex, e->prog + 1);
	}
}

void sek_undo_free(struct sek_undo *u)
{
	free(u->v);
	*u = (struct sek_undo){};
}
