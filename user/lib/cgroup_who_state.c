// SPDX-License-Identifier: GPL-2.0-only
/* What container runtimes write down about their containers. */
#include "cgroup_who.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "cleanup.h"

/* A file that is larger is none of those. */
#define STATE_MAX (16 << 20)

/* systemd-machined's. */
#define MACHINES "/run/systemd/machines/"

static void json_free(json_t **json)
{
	json_decref(*json);
}

static json_t *load(const char *path)
{
	struct stat st;

	if (stat(path, &st) || !S_ISREG(st.st_mode) || st.st_size > STATE_MAX)
		return NULL;
	return json_load_file(path, JSON_DISABLE_EOF_CHECK, NULL);
}

/* What is known already stays. */
static void set(char to[SEK_WHO_LEN], const char *value)
{
	if (value && *value)
		snprintf(to, SEK_WHO_LEN, "%s", value);
}

static void set_key(char to[SEK_WHO_LEN], const json_t *object, const char *key)
{
	set(to, json_string_value(json_object_get(object, key)));
}

/* Annotations of a container's config.json (OCI runtime specification), or Docker's labels. */
static void take_annotations(struct sek_cgroup_who *w, const json_t *a)
{
	/* Of plain images; nerdctl's; the kubelet's by dockershim or CRI-O; containerd's. */
	set_key(w->image, a, "org.opencontainers.image.ref.name");
	set_key(w->container, a, "nerdctl/name");
	set_key(w->container, a, "io.kubernetes.container.name");
	set_key(w->pod, a, "io.kubernetes.pod.name");
	set_key(w->namespace, a, "io.kubernetes.pod.namespace");
	set_key(w->image, a, "io.kubernetes.cri-o.ImageName");
	set_key(w->container, a, "io.kubernetes.cri.container-name");
	set_key(w->pod, a, "io.kubernetes.cri.sandbox-name");
	set_key(w->namespace, a, "io.kubernetes.cri.sandbox-namespace");
	set_key(w->image, a, "io.kubernetes.cri.image-name");
}

static bool take_oci(struct sek_cgroup_who *w, const char *dir, const char *file)
{
	SEK_CLEANUP(json_free) json_t *config = NULL;
	char path[2 * SEK_WHO_LEN];

	snprintf(path, sizeof(path), "%s/%s/%s", dir, w->container_id, file);
	config = load(path);
	if (config)
		take_annotations(w, json_object_get(config, "annotations"));
	return config;
}

static bool take_docker(struct sek_cgroup_who *w)
{
	SEK_CLEANUP(json_free) json_t *state = NULL;
	const json_t *config;
	char path[2 * SEK_WHO_LEN];
	const char *name;

	snprintf(path, sizeof(path), "/var/lib/docker/containers/%s/config.v2.json",
		 w->container_id);
	state = load(path);
	if (!state)
		return false;
	config = json_object_get(state, "Config");
	name = json_string_value(json_object_get(state, "Name"));
	set(w->container, name ? name + (*name == '/') : NULL);
	set_key(w->image, config, "Image");
	take_annotations(w, json_object_get(config, "Labels"));
	return true;
}

/* An entry of containers.json; its "metadata" is JSON again, in a string. */
static void take_stored(struct sek_cgroup_who *w, const json_t *entry)
{
	const char *text = json_string_value(json_object_get(entry, "metadata"));
	SEK_CLEANUP(json_free) json_t *meta = text ? json_loads(text, 0, NULL) : NULL;
	const json_t *names = json_object_get(entry, "names");

	set(w->container, json_string_value(json_array_get(names, 0)));
	set_key(w->image, meta, "image-name");
	/* CRI-O's has more than Podman's. */
	set_key(w->container, meta, "metadata-name");
	set_key(w->pod, meta, "pod-name");
}

static const json_t *find_stored(const json_t *list, const char *id)
{
	const json_t *entry;
	size_t n;

	json_array_foreach(list, n, entry)
	{
		const char *one = json_string_value(json_object_get(entry, "id"));

		if (one && !strcmp(one, id))
			return entry;
	}
	return NULL;
}

/*
 * Podman keeps the name of a pod in its database alone, but gives it as host name to the
 * container that holds the pod together, "<12 digits of the pod's id>-infra".
 */
static void take_pod_name(struct sek_cgroup_who *w, const json_t *list, const char *driver)
{
	char infra[sizeof("-infra") + 12], path[2 * SEK_WHO_LEN];
	const json_t *entry;
	size_t n;

	snprintf(infra, sizeof(infra), "%.12s-infra", w->pod);
	json_array_foreach(list, n, entry)
	{
		SEK_CLEANUP(json_free) json_t *config = NULL;
		const char *id = json_string_value(json_object_get(entry, "id"));
		const char *name = json_string_value(
			json_array_get(json_object_get(entry, "names"), 0));

		if (!id || !name || strcmp(name, infra) || strchr(id, '/'))
			continue;
		snprintf(path, sizeof(path),
			 "/var/lib/containers/storage/%s-containers/%.64s/userdata/config.json",
			 driver, id);
		config = load(path);
		set_key(w->pod, config, "hostname");
	}
}

/* Podman and CRI-O keep their containers with containers/storage. */
static bool take_storage(struct sek_cgroup_who *w)
{
	static const char *const drivers[] = { "overlay", "vfs", "btrfs", "zfs" };
	char path[SEK_WHO_LEN];

	for (size_t i = 0; i < sizeof(drivers) / sizeof(*drivers); i++) {
		SEK_CLEANUP(json_free) json_t *list = NULL;
		const json_t *entry;

		snprintf(path, sizeof(path),
			 "/var/lib/containers/storage/%s-containers/containers.json", drivers[i]);
		list = load(path);
		entry = find_stored(list, w->container_id);
		if (!entry)
			continue;
		if (w->pod[0] && !strcmp(w->runtime, "podman"))
			take_pod_name(w, list, drivers[i]);
		take_stored(w, entry);
		return true;
	}
	return false;
}

/* One value of a file of lines KEY=VALUE, which systemd writes; "" if it is not there. */
static void read_value(const char *path, const char *key, char ret[SEK_WHO_LEN])
{
	SEK_CLEANUP(sek_fclosep) FILE *file = fopen(path, "re");
	char line[2 * SEK_WHO_LEN];
	size_t len = strlen(key);

	ret[0] = '\0';
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, key, len) && line[len] == '=')
			snprintf(ret, SEK_WHO_LEN, "%s", line + len + 1);
	}
}

/* A link from its unit to its name. */
bool sek_cgroup_who_machine(const char *unit, char ret[SEK_WHO_LEN])
{
	char path[NAME_MAX + sizeof(MACHINES "unit:")], name[SEK_WHO_LEN];
	ssize_t len;

	snprintf(path, sizeof(path), MACHINES "unit:%s", unit);
	len = readlink(path, name, sizeof(name) - 1);
	if (len <= 0)
		return false;
	name[len] = '\0';
	strcpy(ret, name);
	return true;
}

/* systemd-machined's own state; a machine may be a container or a virtual machine. */
static void take_machine(struct sek_cgroup_who *w)
{
	char path[2 * SEK_WHO_LEN], service[SEK_WHO_LEN], root[SEK_WHO_LEN];

	if (strchr(w->container, '/'))
		return;
	snprintf(path, sizeof(path), MACHINES "%s", w->container);
	read_value(path, "SERVICE", service);
	read_value(path, "ROOT", root);
	set(w->image, root);
	if (!strncmp(service, "systemd-nspawn", 14) || !strcmp(service, "nspawn"))
		strcpy(w->runtime, "nspawn");
	else if (!strncmp(service, "libvirt", 7))
		strcpy(w->runtime, "libvirt");
}

static bool take_containerd(struct sek_cgroup_who *w)
{
	static const char *const tasks[] = {
		"/run/containerd/io.containerd.runtime.v2.task/k8s.io",
		"/run/containerd/io.containerd.runtime.v2.task/default",
		"/run/containerd/io.containerd.runtime.v2.task/moby",
	};

	for (size_t i = 0; i < sizeof(tasks) / sizeof(*tasks); i++) {
		if (take_oci(w, tasks[i], "config.json"))
			return true;
	}
	return false;
}

static bool take_crio(struct sek_cgroup_who *w)
{
	bool stored = take_storage(w);

	return take_oci(w, "/run/containers/storage/overlay-containers", "userdata/config.json") ||
	       stored;
}

/* Called by an id alone below Kubernetes' cgroups: whose files are there? */
static void take_kubernetes(struct sek_cgroup_who *w)
{
	if (take_containerd(w))
		strcpy(w->runtime, "containerd");
	else if (take_crio(w))
		strcpy(w->runtime, "cri-o");
	else if (take_docker(w))
		strcpy(w->runtime, "docker");
}

void sek_cgroup_who_state(struct sek_cgroup_who *w)
{
	static const struct {
		const char *runtime;
		bool (*take)(struct sek_cgroup_who *w);
	} files[] = {
		{ "docker", take_docker },
		{ "podman", take_storage },
		{ "containerd", take_containerd },
		{ "cri-o", take_crio },
	};

	if (!strcmp(w->runtime, "machine") || !strcmp(w->runtime, "nspawn"))
		take_machine(w);
	/* An id has no other characters: it may be part of a path. */
	if (!w->container_id[0])
		return;
	if (!strcmp(w->runtime, "kubernetes"))
		take_kubernetes(w);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		if (!strcmp(w->runtime, files[i].runtime))
			files[i].take(w);
	}
}
