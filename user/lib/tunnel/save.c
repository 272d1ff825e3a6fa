// SPDX-License-Identifier: GPL-2.0-only
#include "save.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../cleanup.h"
#include "../rtnl.h"
#include "rt.h"
#include "wg.h"

static int gather(const char *ifname, struct sek_save_state *s)
{
	struct sek_iface i;
	size_t n = 0;
	int err = sek_rtnl_iface(ifname, &i);

	if (!err)
		err = sek_wg_get(ifname, &s->device);
	if (!err)
		err = sek_rt_address_list(i.ifindex, &s->addresses, &s->addresses_n);
	if (err)
		return err;
	s->mtu = i.mtu;
	/* Link-local ones are made by whoever made the interface. */
	for (size_t k = 0; k < s->addresses_n; k++) {
		const struct sek_prefix *p = &s->addresses[k];

		if (p->family != AF_INET6 || !IN6_IS_ADDR_LINKLOCAL(&p->v6))
			s->addresses[n++] = *p;
	}
	s->addresses_n = n;
	return 0;
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		text += n > 0 ? n : 0;
		len -= n > 0 ? n : 0;
	}
	return fsync(fd) ? -errno : 0;
}

/* In a new file beside the old one, with its owner and permissions, that takes its place. */
static int replace(const char *path, const struct stat *st, const char *text, size_t len)
{
	char beside[PATH_MAX + 8];
	int err;

	snprintf(beside, sizeof(beside), "%s.XXXXXX", path);
	SEK_CLEANUP(sek_closep) int fd = mkostemp(beside, O_CLOEXEC);

	if (fd < 0)
		return -errno;
	err = fchown(fd, st->st_uid, st->st_gid) || fchmod(fd, st->st_mode & 07777) ? -errno : 0;
	if (!err)
		err = write_all(fd, text, len);
	if (!err && rename(beside, path))
		err = -errno;
	if (err)
		unlink(beside);
	return err;
}

static int read_all(const char *path, struct stat *st, char **ret, size_t *ret_len)
{
	SEK_CLEANUP(sek_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0 || fstat(fd, st))
		return -errno;
	*ret = malloc(st->st_size + 1);
	if (!*ret)
		return -ENOMEM;
	len = read(fd, *ret, st->st_size);
	if (len < 0)
		return -errno;
	*ret_len = len;
	return 0;
}

static void wipe(char *text, size_t len)
{
	if (text)
		explicit_bzero(text, len);
	free(text);
}

int sek_save(const char *path, const char *ifname, __u32 own_mark, struct sek_conf_error *error)
{
	struct sek_save_state s = { .own_mark = own_mark };
	struct sek_conf_error wrong = { 0 };
	char *old = NULL, *merged = NULL;
	size_t old_len = 0, len = 0;
	struct stat st = {};
	int err = gather(ifname, &s);

	if (!err)
		err = read_all(path, &st, &old, &old_len);
	if (!err)
		err = sek_save_merge(old, old_len, &s, &merged, &len, &wrong);
	if (!err && (!old || len != old_len || memcmp(old, merged, len)))
		err = replace(path, &st, merged, len);
	if (err) {
		error->line = 0;
		snprintf(error->text, sizeof(error->text), "save to %.60s: %.120s", path,
			 wrong.text[0] ? wrong.text : strerror(-err));
	}
	wipe(old, old_len);
	wipe(merged, len);
	sek_device_release(&s.device);
	free(s.addresses);
	return err;
}
