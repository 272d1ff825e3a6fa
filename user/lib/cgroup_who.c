// SPDX-License-Identifier: GPL-2.0-only
/* Whose a cgroup is, from its path. */
#include "cgroup_who.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool has_suffix(const char *s, const char *suffix)
{
	size_t len = strlen(s), n = strlen(suffix);

	return len > n && !strcmp(s + len - n, suffix);
}

static const char *after(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) ? NULL : s + n;
}

/* @len bytes of @from, or all of them. */
static void put(char *to, size_t size, const char *from, size_t len)
{
	snprintf(to, size, "%.*s", (int)(len < size ? len : size - 1), from);
}

/* Undoes unit_name_escape() of systemd: \xHH is a byte, - a slash, but not in names. */
static void unescape(char *s)
{
	unsigned int byte;
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] == 'x' && isxdigit((unsigned char)s[2]) &&
		    isxdigit((unsigned char)s[3]) && sscanf(s + 2, "%2x", &byte) == 1 && byte) {
			*to++ = byte;
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

static bool is_unit(const char *dir)
{
	static const char *const types[] = { ".service", ".scope", ".socket", ".mount", ".swap" };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (has_suffix(dir, types[i]))
			return true;
	}
	return false;
}

/*
 * A pod of Kubernetes is "kubepods-besteffort-pod<uid>.slice", with _ for - in
 * the uid, or "pod<uid>"; one of Podman "machine-libpod_pod_<id>.slice",
 * "libpod_pod_<id>", or its id alone.
 */
static void take_pod(struct sek_cgroup_who *w, const char *dir)
{
	const char *id = after(dir, "pod"), *at;
	size_t len;

	if ((at = strstr(dir, "libpod_pod_"))) {
		id = at + strlen("libpod_pod_");
		put(w->pod, sizeof(w->pod), id, strcspn(id, "."));
		return;
	}
	if (!id && after(dir, "kubepods") && (at = strstr(dir, "-pod")))
		id = at + strlen("-pod");
	len = id ? strcspn(id, ".") : 0;
	/* 36 characters, or 32 hexadecimal digits of a static pod. */
	if (len != 36 && len != 32)
		return;
	put(w->pod, sizeof(w->pod), id, len);
	for (char *p = w->pod; *p; p++)
		*p = *p == '_' ? '-' : *p;
	strcpy(w->runtime, "kubernetes");
}

static bool is_id(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!isxdigit((unsigned char)s[i]))
			return false;
	}
	return len >= 12;
}

/*
 * How runtimes call the cgroup of a container: with the systemd driver a scope,
 * with the other a directory, of the same name or of the id alone.
 */
static const struct {
	const char *prefix;
	const char *parent; /* how the directory above begins, if that matters */
	const char *runtime;
	bool by_name;
	const char *suffix; /* what it must end in, NULL: ".scope" or nothing */
} runtimes[] = {
	{ .prefix = "docker-", .runtime = "docker" },
	{ .prefix = "", .parent = "docker", .runtime = "docker" },
	{ .prefix = "libpod-", .runtime = "podman" },
	/* With --cgroups=split, which Quadlet uses. */
	{ .prefix = "libpod-payload-", .runtime = "podman" },
	{ .prefix = "cri-containerd-", .runtime = "containerd" },
	{ .prefix = "crio-", .runtime = "cri-o" },
	{ .prefix = "nerdctl-", .runtime = "containerd" },
	{ .prefix = "", .parent = "pod", .runtime = "kubernetes" },
	{ .prefix = "", .parent = "kubepods", .runtime = "kubernetes" },
	{ .prefix = "lxc.payload.", .runtime = "lxc", .by_name = true, .suffix = "" },
	{ .prefix = "machine-", .runtime = "machine", .by_name = true, .suffix = ".scope" },
	{ .prefix = "systemd-nspawn@", .runtime = "nspawn", .by_name = true, .suffix = ".service" },
	{ .prefix = "crun-", .runtime = "crun", .by_name = true, .suffix = ".scope" },
	{ .prefix = "runc-", .runtime = "runc", .by_name = true, .suffix = ".scope" },
};

static bool take_container(struct sek_cgroup_who *w, const char *dir, const char *parent)
{
	for (size_t i = 0; i < sizeof(runtimes) / sizeof(*runtimes); i++) {
		const char *name = after(dir, runtimes[i].prefix), *suffix = runtimes[i].suffix;
		size_t len = name ? strlen(name) : 0;

		if (!len || (runtimes[i].parent && !after(parent, runtimes[i].parent)))
			continue;
		if (suffix && *suffix && !has_suffix(name, suffix))
			continue;
		if (!suffix || *suffix)
			len -= has_suffix(name, suffix ?: ".scope") ? strlen(suffix ?: ".scope")
								    : 0;
		if (!runtimes[i].by_name && !is_id(name, len))
			continue;
		strcpy(w->runtime, runtimes[i].runtime);
		w->container_id[0] = '\0';
		put(w->container, sizeof(w->container), name, len);
		if (runtimes[i].by_name) {
			unescape(w->container);
		} else {
			put(w->container_id, sizeof(w->container_id), name, len);
			w->container[12] = '\0';
		}
		if (!strcmp(w->runtime, "podman") && strlen(parent) == 64 && is_id(parent, 64))
			put(w->pod, sizeof(w->pod), parent, 64);
		return true;
	}
	return false;
}

/* A unit that is registered as a machine, whatever it is called; none of a container's own. */
static bool take_machine(struct sek_cgroup_who *w, const char *unit)
{
	char name[SEK_WHO_LEN];

	if (w->container_len || !is_unit(unit) || !sek_cgroup_who_machine(unit, name))
		return false;
	strcpy(w->runtime, "machine");
	strcpy(w->container, name);
	return true;
}

static void take_unit(struct sek_cgroup_who *w, const char *dir)
{
	if (has_suffix(dir, ".slice"))
		snprintf(w->slice, sizeof(w->slice), "%s", dir);
	else if (is_unit(dir))
		snprintf(w->unit, sizeof(w->unit), "%s", dir);
}

void sek_cgroup_who(const char *path, struct sek_cgroup_who *ret)
{
	char dir[NAME_MAX + 1] = "", parent[NAME_MAX + 1];
	const char *at = path;

	memset(ret, 0, sizeof(*ret));
	/* Of nested ones the innermost. */
	while (*(at += strspn(at, "/"))) {
		strcpy(parent, dir);
		put(dir, sizeof(dir), at, strcspn(at, "/"));
		at += strcspn(at, "/");
		take_pod(ret, dir);
		if (take_container(ret, dir, parent) || take_machine(ret, dir))
			ret->container_len = at - path;
		take_unit(ret, dir);
	}
	sek_cgroup_who_state(ret);
}
