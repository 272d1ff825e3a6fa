// SPDX-License-Identifier: GPL-2.0-only
/* The names that container managers and systemd give to cgroups, as people know them. */
#include "cgroup.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The digits of a container's id that "docker ps" and others show; whole ids have 64. */
#define SHORT_ID 12

#define SCOPE ".scope"

enum known_by {
	BY_ID,
	BY_NAME,
	BY_UNIT_NAME, /* with systemd's escapes */
};

/*
 * With the systemd driver a container is a scope, with the cgroupfs driver a plain directory:
 * of the same name, or called by nothing but its id in a directory that tells whose it is.
 */
static const struct manager {
	const char *prefix;
	const char *parent; /* how the directory above it begins, if that matters */
	const char *name;
	enum known_by by;
} managers[] = {
	{ .prefix = "docker-", .name = "docker" },
	{ .prefix = "", .parent = "docker", .name = "docker" },
	{ .prefix = "libpod-", .name = "podman" },
	{ .prefix = "libpod-payload-", .name = "podman" },
	{ .prefix = "cri-containerd-", .name = "cri" },
	{ .prefix = "crio-", .name = "cri" },
	{ .prefix = "", .parent = "pod", .name = "cri" },
	{ .prefix = "lxc.payload.", .name = "lxc", .by = BY_NAME },
	{ .prefix = "machine-", .name = "machine", .by = BY_UNIT_NAME },
};

/* A part of a path: not terminated. */
struct word {
	const char *s;
	size_t len;
};

static bool skip_prefix(struct word *w, const char *prefix)
{
	size_t len = strlen(prefix);

	if (w->len < len || memcmp(w->s, prefix, len))
		return false;
	w->s += len;
	w->len -= len;
	return true;
}

static bool cut_suffix(struct word *w, const char *suffix)
{
	size_t len = strlen(suffix);

	if (w->len <= len || memcmp(w->s + w->len - len, suffix, len))
		return false;
	w->len -= len;
	return true;
}

static bool is_id(const struct word *w)
{
	for (size_t i = 0; i < w->len; i++) {
		if (!isxdigit((unsigned char)w->s[i]))
			return false;
	}
	return w->len >= SHORT_ID;
}

struct text {
	char *s;
	size_t size;
	size_t len;
};

static void put(struct text *t, char c)
{
	if (t->len + 1 < t->size)
		t->s[t->len++] = c;
}

static void put_word(struct text *t, struct word w)
{
	while (w.len--)
		put(t, *w.s++);
}

/* Undoes what unit_name_escape() of systemd makes: \xHH. */
static void put_unescaped(struct text *t, struct word w)
{
	unsigned int byte;

	while (w.len) {
		if (w.len >= 4 && w.s[0] == '\\' && w.s[1] == 'x' &&
		    isxdigit((unsigned char)w.s[2]) && isxdigit((unsigned char)w.s[3]) &&
		    sscanf(w.s + 2, "%2x", &byte) == 1) {
			put(t, byte);
			w.s += 4;
			w.len -= 4;
		} else {
			put(t, *w.s++);
			w.len--;
		}
	}
}

/* Whose container a directory is; @ret is what it calls it. */
static const struct manager *find_manager(const struct word *dir, struct word parent,
					  struct word *ret)
{
	for (size_t i = 0; i < sizeof(managers) / sizeof(managers[0]); i++) {
		const struct manager *m = &managers[i];
		struct word w = *dir, p = parent;
		bool scope;

		if (!skip_prefix(&w, m->prefix) || (m->parent && !skip_prefix(&p, m->parent)))
			continue;
		scope = m->by != BY_NAME && cut_suffix(&w, SCOPE);
		if (!w.len || (m->by == BY_ID && !is_id(&w)) || (m->by == BY_UNIT_NAME && !scope))
			continue;
		*ret = w;
		return m;
	}
	return NULL;
}

static void put_container(struct text *t, const struct manager *m, struct word w)
{
	put_word(t, (struct word){ m->name, strlen(m->name) });
	put(t, ':');
	if (m->by == BY_ID)
		w.len = SHORT_ID;
	if (m->by == BY_UNIT_NAME)
		put_unescaped(t, w);
	else
		put_word(t, w);
}

void sek_cgroup_name(const char *path, char *ret, size_t size)
{
	const struct manager *container = NULL, *m;
	struct word dir = { "/", 1 }, parent, called = { 0 }, w;
	struct text t = { .s = ret, .size = size };
	bool inside = false;

	/* The innermost container, and the last directory if that is in it. */
	while (*(path += strspn(path, "/"))) {
		parent = dir;
		dir = (struct word){ path, strcspn(path, "/") };
		path += dir.len;
		m = find_manager(&dir, parent, &w);
		inside = !m;
		if (m) {
			container = m;
			called = w;
		}
	}
	if (container) {
		put_container(&t, container, called);
		if (inside)
			put(&t, '/');
	}
	if (inside || !container)
		put_word(&t, dir);
	t.s[t.len] = '\0';
}
