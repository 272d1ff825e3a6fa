// SPDX-License-Identifier: GPL-2.0-only
#include "attach_netfilter.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "maps.h"
#include "state.h"

#define PIN_NAME_LEN 80

/*
 * INT_MAX is connection tracking's, and refused. Two BPF programs cannot have
 * the same priority at a hook: whoever comes later goes before.
 */
#define PRIORITY   (INT_MAX - 1)
#define PRIORITIES 16

/* What BPF_LINK_CREATE takes, union bpf_attr.link_create of Linux 6.4. */
struct netfilter_link {
	__u32 prog_fd;
	__u32 target_fd;
	__u32 attach_type;
	__u32 flags;
	struct {
		__u32 pf;
		__u32 hooknum;
		__s32 priority;
		__u32 flags;
	} netfilter;
};

static const struct {
	int version;
	__u32 pf;
} families[] = { { 4, NFPROTO_IPV4 }, { 6, NFPROTO_IPV6 } };

#define FAMILIES (int)(sizeof(families) / sizeof(*families))

static void pin_name(char *name, uint64_t netns_cookie, int family)
{
	snprintf(name, PIN_NAME_LEN, "n%" PRIu64 "-ipv%d-%s", netns_cookie,
		 families[family].version, sek_prog_names[SEK_PROG_LOCAL_IN]);
}

/* The namespace of a pin, or 0 if it is another kind of pin. */
static uint64_t pin_cookie(const char *name)
{
	char same[PIN_NAME_LEN];
	uint64_t cookie;

	if (sscanf(name, "n%" SCNu64 "-", &cookie) != 1)
		return 0;
	for (int i = 0; i < FAMILIES; i++) {
		pin_name(same, cookie, i);
		if (!strcmp(name, same))
			return cookie;
	}
	return 0;
}

static int link_create(int prog_fd, __u32 pf, __s32 priority)
{
	struct netfilter_link attr = {
		.prog_fd = prog_fd,
		.attach_type = SEK_ATTACH_TYPE_NETFILTER,
		.netfilter = { .pf = pf, .hooknum = NF_INET_LOCAL_IN, .priority = priority },
	};
	int fd = syscall(__NR_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));

	return fd < 0 ? -errno : fd;
}

int sek_attach_netfilter_probe(void)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = SEK_ATTACH_TYPE_NETFILTER);
	/* r0 = NF_ACCEPT; exit */
	struct bpf_insn insns[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = NF_ACCEPT },
				    { .code = BPF_JMP | BPF_EXIT } };
	int prog = bpf_prog_load(SEK_PROG_TYPE_NETFILTER, "sek_probe", "GPL", insns, 2, &opts);
	int fd;

	if (prog < 0)
		return -errno;
	/* A family that cannot be: refused as such only where links are known. */
	fd = link_create(prog, NFPROTO_UNSPEC, PRIORITY);
	close(prog);
	if (fd >= 0)
		close(fd);
	return fd >= 0 || fd == -EAFNOSUPPORT ? 0 : fd;
}

int sek_attach_netfilter_choose(struct bpf_program *prog)
{
	int err = bpf_program__set_type(prog, SEK_PROG_TYPE_NETFILTER);

	if (!err)
		err = bpf_program__set_expected_attach_type(prog, SEK_ATTACH_TYPE_NETFILTER);
	return err ?: bpf_program__set_autoload(prog, true);
}

/* Creates a link and pins it; a link without a pin goes with this process. */
static int create(const char *name, int prog_fd, __u32 pf)
{
	int fd = -EBUSY, err;

	for (int i = 0; i < PRIORITIES && fd == -EBUSY; i++)
		fd = link_create(prog_fd, pf, PRIORITY - i);
	if (fd < 0)
		return fd;
	err = sek_state_replace_pin(fd, SEK_STATE_LINKS, name);
	if (err)
		bpf_link_detach(fd);
	close(fd);
	return err ?: SEK_ATTACHED_NEW;
}

static int attach_one(const struct sek_programs *p, uint64_t netns_cookie, int family)
{
	char name[PIN_NAME_LEN];
	int fd;

	pin_name(name, netns_cookie, family);
	fd = sek_state_get(SEK_STATE_LINKS, name);
	if (fd == -ENOENT)
		return create(name, p->fd[SEK_PROG_LOCAL_IN], families[family].pf);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : SEK_ATTACHED_KEPT;
}

static void detach_one(const char *name)
{
	int fd = sek_state_get(SEK_STATE_LINKS, name);

	if (fd < 0)
		return;
	/* Now, not when the last reference has gone. */
	bpf_link_detach(fd);
	close(fd);
	sek_state_unpin(SEK_STATE_LINKS, name);
}

int sek_attach_netfilter(const struct sek_programs *p, uint64_t netns_cookie)
{
	int updated = sek_attach_netfilter_update(p), err[FAMILIES], all;
	char name[PIN_NAME_LEN];

	if (updated < 0)
		return updated;
	err[0] = attach_one(p, netns_cookie, 0);
	if (err[0] < 0)
		return err[0];
	err[1] = attach_one(p, netns_cookie, 1);
	if (err[1] < 0) {
		pin_name(name, netns_cookie, 0);
		if (err[0] == SEK_ATTACHED_NEW)
			detach_one(name);
		return err[1];
	}
	all = err[0] < err[1] ? err[0] : err[1];
	return all == SEK_ATTACHED_KEPT && updated == SEK_ATTACHED_UPDATED ? updated : all;
}

int sek_attach_netfilter_update(const struct sek_programs *p)
{
	int fd = sek_state_get(SEK_STATE_MAPS, sek_map_names[SEK_MAP_LOCAL_IN_JUMP]);
	int err = SEK_ATTACHED_UPDATED;
	__u32 zero = 0, id;

	if (fd < 0)
		return fd;
	/* A program array takes descriptors and gives ids. */
	if (bpf_map_lookup_elem(fd, &zero, &id))
		err = errno == ENOENT ? SEK_ATTACHED_NEW : -errno;
	else if (id == p->id[SEK_PROG_LOCAL_IN_COUNT])
		err = SEK_ATTACHED_KEPT;
	if ((err == SEK_ATTACHED_NEW || err == SEK_ATTACHED_UPDATED) &&
	    bpf_map_update_elem(fd, &zero, &p->fd[SEK_PROG_LOCAL_IN_COUNT], BPF_ANY))
		err = -errno;
	close(fd);
	return err;
}

void sek_attach_netfilter_detach(uint64_t netns_cookie)
{
	char name[PIN_NAME_LEN];

	for (int i = 0; i < FAMILIES; i++) {
		pin_name(name, netns_cookie, i);
		detach_one(name);
	}
}

/* One release: the namespaces that others hold, and those that the caller names. */
struct release {
	struct sek_netns *netns;
	size_t netns_n;
	char *const *names;
	size_t names_n;
	uint32_t n;
};

static bool is_named(const struct release *r, uint64_t cookie)
{
	bool found = false;

	for (size_t i = 0; i < r->names_n && !found; i++) {
		struct sek_netns netns;

		if (sek_netns_open(r->names[i], &netns))
			continue;
		found = netns.cookie == cookie;
		sek_netns_release(&netns);
	}
	return found;
}

static bool is_held(const struct release *r, uint64_t cookie)
{
	for (size_t i = 0; i < r->netns_n; i++) {
		if (r->netns[i].cookie == cookie)
			return true;
	}
	return is_named(r, cookie);
}

static int is_ours(const char *name, void *arg)
{
	(void)arg;
	return pin_cookie(name) != 0;
}

static int release_one(const char *name, void *arg)
{
	uint64_t cookie = pin_cookie(name);
	struct release *r = arg;

	if (!cookie || is_held(r, cookie))
		return 0;
	/* The other pin is met once more, or not, as the directory wants. */
	if (sek_attach_netfilter_is_live(cookie, NULL))
		r->n++;
	sek_attach_netfilter_detach(cookie);
	return 0;
}

int sek_attach_netfilter_release(char *const *names, size_t names_n, uint32_t *ret_n)
{
	struct release r = { .names = names, .names_n = names_n };
	int err = sek_state_each(SEK_STATE_LINKS, is_ours, NULL);

	*ret_n = 0;
	/* Whoever does not use the hook does not pay for the list. */
	if (err <= 0)
		return err;
	err = sek_netns_list(&r.netns, &r.netns_n);
	if (err)
		return err;
	err = sek_state_each(SEK_STATE_LINKS, release_one, &r);
	sek_netns_free(r.netns, r.netns_n);
	*ret_n = r.n;
	return err;
}

bool sek_attach_netfilter_is_live(uint64_t netns_cookie, uint32_t *ret_prog_id)
{
	char name[PIN_NAME_LEN];
	bool live = true;
	__u32 zero = 0;
	int fd;

	for (int i = 0; i < FAMILIES; i++) {
		pin_name(name, netns_cookie, i);
		fd = sek_state_get(SEK_STATE_LINKS, name);
		live = live && fd >= 0;
		if (fd >= 0)
			close(fd);
	}
	if (!live || !ret_prog_id)
		return live;
	fd = sek_state_get(SEK_STATE_MAPS, sek_map_names[SEK_MAP_LOCAL_IN_JUMP]);
	if (fd < 0)
		return false;
	live = !bpf_map_lookup_elem(fd, &zero, ret_prog_id);
	close(fd);
	return live;
}
