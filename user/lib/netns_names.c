// SPDX-License-Identifier: GPL-2.0-only
#include "netns_names.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOST "host"

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Calls @fn for each entry, in order; 0 if there is no such folder. */
static int each_entry(const char *dir, int (*fn)(const char *dir, const char *name, void *arg),
		      void *arg)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, is_visible, alphasort), r = 0;

	if (n < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		if (!r)
			r = fn(dir, entries[i]->d_name, arg);
		free(entries[i]);
	}
	free(entries);
	return r;
}

static bool is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

struct search {
	const char *node;
	char *path;
	int found;
};

static int look_in(const char *dir, const char *name, void *arg)
{
	struct search *s = arg;
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s/ns/%s", dir, name, s->node) < (int)sizeof(path) &&
	    is_file(path) && !s->found++)
		memcpy(s->path, path, sizeof(path));
	return 0;
}

/* Does the name of a node alone tell which one is meant? */
static bool is_unique(const char *node)
{
	char path[PATH_MAX];
	struct search s = { .node = node, .path = path };

	if (!strcmp(node, HOST) ||
	    snprintf(path, sizeof(path), "%s/%s", SEK_NETNS_DIR, node) >= (int)sizeof(path) ||
	    !access(path, F_OK))
		return false;
	return !each_entry(SEK_NETNS_TOPO_DIR, look_in, &s) && s.found < 2;
}

struct walk {
	int (*fn)(const struct sek_netns_name *name, void *arg);
	void *arg;
	const char *topology;
};

static int tell(const char *dir, const char *name, void *arg)
{
	char path[PATH_MAX], whole[2 * NAME_MAX + 2];
	struct sek_netns_name n = { .name = name, .path = path };
	const struct walk *w = arg;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path) ||
	    stat(path, &n.st) || !S_ISREG(n.st.st_mode))
		return 0;
	if (w->topology && !is_unique(name)) {
		snprintf(whole, sizeof(whole), "%s/%s", w->topology, name);
		n.name = whole;
	}
	return w->fn(&n, w->arg);
}

static int walk_topology(const char *dir, const char *name, void *arg)
{
	struct walk w = *(struct walk *)arg;
	char path[PATH_MAX];

	w.topology = name;
	if (snprintf(path, sizeof(path), "%s/%s/ns", dir, name) >= (int)sizeof(path))
		return 0;
	return each_entry(path, tell, &w);
}

int sek_netns_each_name(int (*fn)(const struct sek_netns_name *name, void *arg), void *arg)
{
	struct walk w = { .fn = fn, .arg = arg };
	int r = each_entry(SEK_NETNS_DIR, tell, &w);

	return r ? r : each_entry(SEK_NETNS_TOPO_DIR, walk_topology, &w);
}

/* "nine/vm1", or the whole path of the same. */
static int find_node(const char *name, char *path, char *ret)
{
	const size_t len = strlen(SEK_NETNS_TOPO_DIR "/");
	const char *slash = strchr(name, '/'), *node;
	int n;

	if (!strncmp(name, SEK_NETNS_TOPO_DIR "/", len))
		n = snprintf(path, PATH_MAX, "%s", name);
	else
		n = snprintf(path, PATH_MAX, SEK_NETNS_TOPO_DIR "/%.*s/ns/%s", (int)(slash - name),
			     name, slash + 1);
	if (n >= PATH_MAX)
		return -ENAMETOOLONG;
	if (!is_file(path))
		return -ENOENT;
	node = strrchr(path, '/') + 1;
	if (is_unique(node))
		snprintf(ret, SEK_NAME_LEN, "%s", node);
	else
		snprintf(ret, SEK_NAME_LEN, "%.*s/%s", (int)strcspn(path + len, "/"), path + len,
			 node);
	return 0;
}

int sek_netns_find_name(const char *name, char path[static PATH_MAX], char ret[static SEK_NAME_LEN])
{
	struct search s = { .node = name, .path = path };
	int r;

	ret[0] = '\0';
	if (strchr(name, '/'))
		return find_node(name, path, ret);
	if (snprintf(path, PATH_MAX, SEK_NETNS_DIR "/%s", name) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (!access(path, F_OK))
		return 0;
	r = each_entry(SEK_NETNS_TOPO_DIR, look_in, &s);
	if (r)
		return r;
	return !s.found ? -ENOENT : s.found > 1 ? -ENOTUNIQ : 0;
}
