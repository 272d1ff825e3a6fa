// SPDX-License-Identifier: GPL-2.0-only
#include "netns_holder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cgroup_who.h"
#include "cleanup.h"

static void read_line(const char *path, const char *prefix, char *ret, size_t size)
{
	SEK_CLEANUP(sek_fclosep) FILE *file = fopen(path, "re");
	SEK_CLEANUP(sek_freep) char *line = NULL;
	size_t room = 0;

	ret[0] = '\0';
	while (file && getline(&line, &room, file) > 0) {
		if (strncmp(line, prefix, strlen(prefix)) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(ret, size, "%s", line + strlen(prefix));
		return;
	}
}

static void name_it(struct sek_netns_holder *h)
{
	char path[64], cgroup[PATH_MAX], comm[64];
	struct sek_cgroup_who who;

	snprintf(path, sizeof(path), "/proc/%u/cgroup", h->pid);
	read_line(path, "0::", cgroup, sizeof(cgroup));
	sek_cgroup_who(cgroup, &who);
	snprintf(path, sizeof(path), "/proc/%u/comm", h->pid);
	read_line(path, "", comm, sizeof(comm));
	if (who.container[0])
		snprintf(h->name, sizeof(h->name), "%s", who.container);
	else
		snprintf(h->name, sizeof(h->name), "%s[%u]", comm, h->pid);
}

static int add(struct sek_netns_holder **v, size_t *n, uint64_t ino, uint32_t pid)
{
	struct sek_netns_holder *more;

	for (size_t i = 0; i < *n; i++) {
		if ((*v)[i].ino != ino)
			continue;
		if (pid < (*v)[i].pid)
			(*v)[i].pid = pid;
		return 0;
	}
	more = reallocarray(*v, *n + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	*v = more;
	more[(*n)++] = (struct sek_netns_holder){ .ino = ino, .pid = pid };
	return 0;
}

int sek_netns_holders(struct sek_netns_holder **ret, size_t *n)
{
	SEK_CLEANUP(sek_closedirp) DIR *dir = opendir("/proc");
	struct sek_netns_holder *v = NULL;
	struct dirent *entry;
	char path[64];
	struct stat st;
	int err = 0;

	if (!dir)
		return -errno;
	*n = 0;
	while (!err && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/ns/net", entry->d_name);
		if (!stat(path, &st))
			err = add(&v, n, st.st_ino, strtoul(entry->d_name, NULL, 10));
	}
	for (size_t i = 0; i < *n && !err; i++)
		name_it(&v[i]);
	if (err)
		free(v);
	else
		*ret = v;
	return err;
}
