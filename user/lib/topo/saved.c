// SPDX-License-Identifier: GPL-2.0-only
#include "saved.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cleanup.h"
#include "save.h"

int sek_saved_read(const struct sek_place *p, const char *file, struct sek_topo **ret)
{
	SEK_CLEANUP(sek_freep) char *bytes = NULL;
	size_t size;
	int err = sek_place_read(p, file, &bytes, &size);

	return err ? err : sek_save_decode(bytes, size, ret);
}

int sek_saved_write(const struct sek_place *p, const char *file, const struct sek_topo *t)
{
	SEK_CLEANUP(sek_freep) char *bytes = NULL;
	size_t size;
	int err = sek_save_encode(t, &bytes, &size);

	return err ? err : sek_place_write(p, file, bytes, size);
}

bool sek_saved_is_same(const struct sek_topo *a, const struct sek_topo *b)
{
	SEK_CLEANUP(sek_freep) char *x = NULL;
	SEK_CLEANUP(sek_freep) char *y = NULL;
	size_t x_size, y_size;

	return !sek_save_encode(a, &x, &x_size) && !sek_save_encode(b, &y, &y_size) &&
	       x_size == y_size && !memcmp(x, y, x_size);
}

void sek_saved_cuts(struct sek_work *w)
{
	char file[sizeof("cut/") + sizeof(w->t->links[0].name)];

	for (size_t i = 0; i < w->t->links_n; i++) {
		SEK_CLEANUP(sek_freep) char *how = NULL;

		snprintf(file, sizeof(file), "cut/%s", w->t->links[i].name);
		w->cut[i] = !sek_place_read(w->place, file, &how, NULL);
		w->down[i] = w->cut[i] && strcmp(how, SEK_SAVED_SILENT) != 0;
	}
}
