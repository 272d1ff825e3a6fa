// SPDX-License-Identifier: GPL-2.0-only
#include "attach.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "attach_netfilter.h"
#include "rtnl.h"
#include "state.h"

/* Linux 6.6; the headers of Debian 12 do not have them. */
#define SEK_TCX_INGRESS	  46
#define SEK_TCX_EGRESS	  47
#define SEK_LINK_TYPE_TCX 11
#define SEK_F_BEFORE	  (1U << 3)

/* Ours among the bpf filters of a clsact hook: "sek". */
#define SEK_FILTER_HANDLE 0x73656b
#define SEK_FILTER_PRIO	  0x4000

#define PIN_NAME_LEN 80

/* Which program a pinned link is for: what stands behind the last dash. */
static int prog_of(const char *name)
{
	const char *dash = strrchr(name, '-');

	for (int i = 0; dash && i < SEK_PROG_NR; i++) {
		if (!strcmp(dash + 1, sek_prog_names[i]))
			return i;
	}
	return -ENOENT;
}

static void pin_name(char *name, uint64_t netns_cookie, uint32_t ifindex, enum sek_prog prog)
{
	if (netns_cookie)
		snprintf(name, PIN_NAME_LEN, "n%" PRIu64 "-i%u-%s", netns_cookie, ifindex,
			 sek_prog_names[prog]);
	else
		snprintf(name, PIN_NAME_LEN, "cgroup-%s", sek_prog_names[prog]);
}

/* Is the interface or cgroup of a link still there? */
static bool is_live(const struct bpf_link_info *info)
{
	/* tcx, which our headers do not know, has its index at the same place. */
	if (info->type == BPF_LINK_TYPE_XDP || info->type == SEK_LINK_TYPE_TCX)
		return info->xdp.ifindex;
	if (info->type == BPF_LINK_TYPE_RAW_TRACEPOINT)
		return true;
	return info->cgroup.cgroup_id;
}

/* Opens a pinned link. -ENOENT also if it is dead; then its name is removed. */
static int open_live(const char *name, struct bpf_link_info *info)
{
	__u32 len = sizeof(*info);
	int fd = sek_state_get(SEK_STATE_LINKS, name), err = 0;

	if (fd < 0)
		return fd;
	memset(info, 0, sizeof(*info));
	if (bpf_obj_get_info_by_fd(fd, info, &len))
		err = -errno;
	else if (!is_live(info))
		err = sek_state_unpin(SEK_STATE_LINKS, name) ?: -ENOENT;
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

/* Puts a program into a pinned link, unless it is there. -ENOENT: no such link. */
static int update(const char *name, int prog_fd, uint32_t prog_id)
{
	struct bpf_link_info info;
	int fd = open_live(name, &info), err = SEK_ATTACHED_KEPT;

	if (fd < 0)
		return fd;
	if (info.prog_id != prog_id) {
		err = SEK_ATTACHED_UPDATED;
		if (bpf_link_update(fd, prog_fd, NULL))
			err = -errno;
	}
	close(fd);
	return err;
}

/* Creates a link and pins it; a link without a pin goes with this process. */
static int create(const char *name, int prog_fd, int target, int type, uint32_t flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);
	int fd = bpf_link_create(prog_fd, target, type, &opts), err;

	if (fd < 0)
		return -errno;
	err = sek_state_replace_pin(fd, SEK_STATE_LINKS, name);
	if (err)
		bpf_link_detach(fd);
	close(fd);
	return err ?: SEK_ATTACHED_NEW;
}

bool sek_attach_has_tcx(void)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts);
	/* r0 = 0; exit */
	struct bpf_insn insns[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K },
				    { .code = BPF_JMP | BPF_EXIT } };
	int prog = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "sek_probe", "GPL", insns, 2, NULL);
	bool has;
	int fd;

	if (prog < 0)
		return false;
	/* An index that cannot be: ENODEV if the attach type is known, EINVAL if not. */
	fd = bpf_link_create(prog, 0x7fffffff, SEK_TCX_INGRESS, &opts);
	has = fd >= 0 || errno == ENODEV;
	if (fd >= 0)
		close(fd);
	close(prog);
	return has;
}

int sek_attach_xdp(const struct sek_programs *p, uint64_t netns_cookie, uint32_t ifindex,
		   bool *generic)
{
	int fd = p->fd[SEK_PROG_XDP], err;
	char name[PIN_NAME_LEN];

	pin_name(name, netns_cookie, ifindex, SEK_PROG_XDP);
	err = update(name, fd, p->id[SEK_PROG_XDP]);
	if (err != -ENOENT)
		return err;
	*generic = false;
	err = create(name, fd, ifindex, BPF_XDP, XDP_FLAGS_DRV_MODE);
	/* Drivers refuse for many reasons: no XDP at all, MTU, features. */
	if (err < 0 && err != -EBUSY && err != -ENODEV && err != -EPERM) {
		*generic = true;
		err = create(name, fd, ifindex, BPF_XDP, XDP_FLAGS_SKB_MODE);
	}
	return err;
}

static int attach_one(const struct sek_programs *p, enum sek_prog prog, uint64_t netns_cookie,
		      uint32_t ifindex, int target, int type, uint32_t flags)
{
	char name[PIN_NAME_LEN];
	int err;

	pin_name(name, netns_cookie, ifindex, prog);
	err = update(name, p->fd[prog], p->id[prog]);
	if (err != -ENOENT)
		return err;
	return create(name, p->fd[prog], target, type, flags);
}

/* Both directions or none. */
static int join(int in, int out, uint64_t netns_cookie, uint32_t ifindex, enum sek_prog prog_in)
{
	if (out < 0 && in == SEK_ATTACHED_NEW)
		sek_attach_detach(netns_cookie, ifindex, prog_in);
	if (out < 0)
		return out;
	return in < out ? in : out;
}

int sek_attach_tcx(const struct sek_programs *p, uint64_t netns_cookie, uint32_t ifindex)
{
	int in, out;

	in = attach_one(p, SEK_PROG_TC_INGRESS, netns_cookie, ifindex, ifindex, SEK_TCX_INGRESS,
			SEK_F_BEFORE);
	if (in < 0)
		return in;
	out = attach_one(p, SEK_PROG_TC_EGRESS, netns_cookie, ifindex, ifindex, SEK_TCX_EGRESS,
			 SEK_F_BEFORE);
	return join(in, out, netns_cookie, ifindex, SEK_PROG_TC_INGRESS);
}

int sek_attach_cgroup(const struct sek_programs *p, int cgroup_fd)
{
	int in, out;

	in = attach_one(p, SEK_PROG_CGROUP_INGRESS, 0, 0, cgroup_fd, BPF_CGROUP_INET_INGRESS, 0);
	if (in < 0)
		return in;
	out = attach_one(p, SEK_PROG_CGROUP_EGRESS, 0, 0, cgroup_fd, BPF_CGROUP_INET_EGRESS, 0);
	return join(in, out, 0, 0, SEK_PROG_CGROUP_INGRESS);
}

/* By enum sek_prog: the event that a program is for, NULL for packets. */
static const char *const events[SEK_PROG_NR] = {
	[SEK_PROG_CGROUP_RMDIR] = "cgroup_rmdir",
	[SEK_PROG_CGROUP_RELEASE] = "cgroup_release",
};

/*
 * The kernel cannot exchange the program of such a link. For a moment both are
 * attached: what they note is the same.
 */
static int attach_event(const struct sek_programs *p, enum sek_prog prog)
{
	struct bpf_link_info info;
	char name[PIN_NAME_LEN];
	int fd, err;

	pin_name(name, 0, 0, prog);
	fd = open_live(name, &info);
	if (fd >= 0)
		close(fd);
	else if (fd != -ENOENT)
		return fd;
	if (fd >= 0 && info.prog_id == p->id[prog])
		return SEK_ATTACHED_KEPT;
	err = fd >= 0 ? SEK_ATTACHED_UPDATED : SEK_ATTACHED_NEW;
	fd = bpf_raw_tracepoint_open(events[prog], p->fd[prog]);
	if (fd < 0)
		return -errno;
	err = sek_state_replace_pin(fd, SEK_STATE_LINKS, name) ?: err;
	close(fd);
	return err;
}

int sek_attach_tracking(const struct sek_programs *p)
{
	int first = attach_event(p, SEK_PROG_CGROUP_RMDIR), second;

	if (first < 0)
		return first;
	second = attach_event(p, SEK_PROG_CGROUP_RELEASE);
	if (second < 0 && first == SEK_ATTACHED_NEW)
		sek_attach_detach(0, 0, SEK_PROG_CGROUP_RMDIR);
	if (second < 0)
		return second;
	return first < second ? first : second;
}

/* Our filter at one clsact hook, or else the priority in front of all others. */
static int find_filter(uint32_t ifindex, bool egress, struct sek_filter *ret)
{
	struct sek_filter *filters;
	size_t n;
	int err = sek_rtnl_filters(ifindex, egress, &filters, &n);

	if (err)
		return err;
	*ret = (struct sek_filter){ .prio = SEK_FILTER_PRIO };
	err = -ENOENT;
	for (size_t i = 0; i < n && err; i++) {
		if (filters[i].handle == SEK_FILTER_HANDLE && !strcmp(filters[i].kind, "bpf")) {
			*ret = filters[i];
			err = 0;
		} else if (filters[i].prio && filters[i].prio <= ret->prio) {
			ret->prio = filters[i].prio > 1 ? filters[i].prio - 1 : 1;
		}
	}
	free(filters);
	return err;
}

static int filter_one(const struct sek_programs *p, enum sek_prog prog, uint32_t ifindex,
		      uint16_t classid)
{
	bool egress = prog == SEK_PROG_TC_EGRESS;
	struct sek_filter filter;
	int found = find_filter(ifindex, egress, &filter), err;

	if (found && found != -ENOENT)
		return found;
	if (!found && filter.prog_id == p->id[prog])
		return SEK_ATTACHED_KEPT;
	err = sek_rtnl_bpf_replace(ifindex, egress, filter.prio, SEK_FILTER_HANDLE, p->fd[prog],
				   sek_prog_names[prog], classid);
	if (err)
		return err;
	return found ? SEK_ATTACHED_NEW : SEK_ATTACHED_UPDATED;
}

int sek_attach_clsact(const struct sek_programs *p, uint32_t ifindex, uint16_t classid)
{
	int in = filter_one(p, SEK_PROG_TC_INGRESS, ifindex, classid), out;
	struct sek_filter filter;

	if (in < 0)
		return in;
	out = filter_one(p, SEK_PROG_TC_EGRESS, ifindex, classid);
	if (out < 0 && in == SEK_ATTACHED_NEW && !find_filter(ifindex, false, &filter))
		sek_rtnl_bpf_del(ifindex, false, filter.prio, filter.handle);
	if (out < 0)
		return out;
	return in < out ? in : out;
}

/* Somebody may have put filters into our qdisc since. */
static int remove_qdisc(uint32_t ifindex)
{
	for (int egress = 0; egress < 2; egress++) {
		struct sek_filter *filters;
		size_t n = 0;

		if (!sek_rtnl_filters(ifindex, egress, &filters, &n))
			free(filters);
		if (n)
			return 0;
	}
	return sek_rtnl_clsact_del(ifindex);
}

int sek_attach_clsact_remove(uint32_t ifindex, bool qdisc)
{
	struct sek_filter filter;

	for (int egress = 0; egress < 2; egress++) {
		int err = find_filter(ifindex, egress, &filter);

		if (!err)
			err = sek_rtnl_bpf_del(ifindex, egress, filter.prio, filter.handle);
		/* EINVAL: there is no clsact qdisc any more */
		if (err && err != -ENOENT && err != -EINVAL)
			return err;
	}
	return qdisc ? remove_qdisc(ifindex) : 0;
}

struct update_walk {
	const struct sek_programs *programs;
	uint32_t n;
};

static int update_pinned(const char *name, void *arg)
{
	struct update_walk *walk = arg;
	int prog = prog_of(name), err;

	if (prog < 0)
		return 0;
	if (prog == SEK_PROG_LOCAL_IN)
		err = sek_attach_netfilter_update(walk->programs);
	else if (events[prog])
		err = attach_event(walk->programs, prog);
	else
		err = update(name, walk->programs->fd[prog], walk->programs->id[prog]);
	walk->n += !events[prog] && err == SEK_ATTACHED_UPDATED;
	return err == -ENOENT || err >= 0 ? 0 : err;
}

int sek_attach_update_pinned(const struct sek_programs *p, uint32_t *ret_n)
{
	struct update_walk walk = { .programs = p };
	int err = sek_state_each(SEK_STATE_LINKS, update_pinned, &walk);

	*ret_n = walk.n;
	return err;
}

/* Two directions or IP versions are one place: is this the second one? */
static bool is_second(const char *name)
{
	int prog = prog_of(name);

	return prog == SEK_PROG_TC_EGRESS || prog == SEK_PROG_CGROUP_EGRESS ||
	       (prog == SEK_PROG_LOCAL_IN && strstr(name, "-ipv6-"));
}

static int detach_pinned(const char *name, void *n)
{
	int fd = sek_state_get(SEK_STATE_LINKS, name);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	/* Now, not when the last reference has gone. */
	if (!bpf_link_detach(fd) && !is_second(name))
		++*(uint32_t *)n;
	close(fd);
	return sek_state_unpin(SEK_STATE_LINKS, name);
}

int sek_attach_detach_pinned(uint32_t *ret_n)
{
	*ret_n = 0;
	return sek_state_each(SEK_STATE_LINKS, detach_pinned, ret_n);
}

struct prog_walk {
	int prog;
	uint32_t n;
};

static int detach_of_prog(const char *name, void *arg)
{
	struct prog_walk *walk = arg;

	return prog_of(name) == walk->prog ? detach_pinned(name, &walk->n) : 0;
}

int sek_attach_detach_prog(enum sek_prog prog, uint32_t *ret_n)
{
	struct prog_walk walk = { .prog = prog };
	int err = sek_state_each(SEK_STATE_LINKS, detach_of_prog, &walk);

	*ret_n = walk.n;
	return err;
}

struct netns_walk {
	const uint64_t *cookies;
	size_t n;
};

static int unpin_of_netns(const char *name, void *arg)
{
	const struct netns_walk *walk = arg;
	uint64_t cookie;

	if (sscanf(name, "n%" SCNu64 "-", &cookie) != 1)
		return 0;
	for (size_t i = 0; i < walk->n; i++) {
		if (walk->cookies[i] == cookie)
			return sek_state_unpin(SEK_STATE_LINKS, name);
	}
	return 0;
}

int sek_attach_release_netns(const uint64_t *cookies, size_t n)
{
	struct netns_walk walk = { .cookies = cookies, .n = n };

	return sek_state_each(SEK_STATE_LINKS, unpin_of_netns, &walk);
}

void sek_attach_detach(uint64_t netns_cookie, uint32_t ifindex, enum sek_prog prog)
{
	char name[PIN_NAME_LEN];
	uint32_t n = 0;

	pin_name(name, netns_cookie, ifindex, prog);
	detach_pinned(name, &n);
}

bool sek_attach_is_live(uint64_t netns_cookie, uint32_t ifindex, enum sek_prog prog,
			uint32_t *ret_prog_id)
{
	struct bpf_link_info info = {};
	char name[PIN_NAME_LEN];
	__u32 len = sizeof(info);
	bool live;
	int fd;

	pin_name(name, netns_cookie, ifindex, prog);
	fd = sek_state_get(SEK_STATE_LINKS, name);
	if (fd < 0)
		return false;
	live = !bpf_obj_get_info_by_fd(fd, &info, &len) && is_live(&info);
	close(fd);
	if (live && ret_prog_id)
		*ret_prog_id = info.prog_id;
	return live;
}
