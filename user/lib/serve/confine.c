// SPDX-License-Identifier: GPL-2.0-only
#include "confine.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "lib/cleanup.h"

/* Each with what needs it. */
static const cap_value_t needed[] = {
	CAP_SYS_ADMIN,	     /* setns(), ids of BPF objects; CAP_BPF is not enough for these */
	CAP_NET_ADMIN,	     /* attaching to interfaces, RTM_NEWNSID */
	CAP_NET_BROADCAST,   /* NETLINK_LISTEN_ALL_NSID */
	CAP_BPF,	     /* maps and programs */
	CAP_PERFMON,	     /* programs at tracepoints */
	CAP_SYS_PTRACE,	     /* /proc/PID/ns of other users' processes */
	CAP_DAC_READ_SEARCH, /* a cgroup by its id; files of container runtimes */
	CAP_NET_BIND_SERVICE /* a port below 1024 */
};

#define NEEDED (sizeof(needed) / sizeof(*needed))

static void cap_freep(cap_t *caps)
{
	if (*caps)
		cap_free(*caps);
}

/* Keeps of @own what is needed. */
static int narrow(cap_t caps, cap_t own)
{
	for (size_t i = 0; i < NEEDED; i++) {
		cap_flag_value_t has;

		if (cap_get_flag(own, needed[i], CAP_PERMITTED, &has))
			return -errno;
		if (has == CAP_SET && (cap_set_flag(caps, CAP_PERMITTED, 1, &needed[i], CAP_SET) ||
				       cap_set_flag(caps, CAP_EFFECTIVE, 1, &needed[i], CAP_SET)))
			return -errno;
	}
	return 0;
}

int sek_confine_rights(void)
{
	SEK_CLEANUP(cap_freep) cap_t own = cap_get_proc();
	SEK_CLEANUP(cap_freep) cap_t caps = cap_init();
	int err;

	if (!own || !caps)
		return -errno;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	err = narrow(caps, own);
	if (err)
		return err;
	return cap_set_proc(caps) ? -errno : 0;
}

static const int refused[] = {
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(move_mount),
	SCMP_SYS(open_tree),
	SCMP_SYS(fsopen),
	SCMP_SYS(fsmount),
	SCMP_SYS(mount_setattr),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load),
	SCMP_SYS(reboot),
	SCMP_SYS(swapon),
	SCMP_SYS(swapoff),
	SCMP_SYS(acct),
	SCMP_SYS(quotactl),
	SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime),
	SCMP_SYS(clock_adjtime),
	SCMP_SYS(adjtimex),
	SCMP_SYS(sethostname),
	SCMP_SYS(setdomainname),
	SCMP_SYS(keyctl),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(personality),
	SCMP_SYS(iopl),
	SCMP_SYS(ioperm),
	SCMP_SYS(setuid),
	SCMP_SYS(setgid),
	SCMP_SYS(setresuid),
	SCMP_SYS(setresgid),
	SCMP_SYS(mknodat),
};

static void release(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

/* Families between and beyond those that are used: one comparison each. */
static int refuse_sockets(scmp_filter_ctx ctx)
{
	struct scmp_arg_cmp family = { .arg = 0, .op = SCMP_CMP_GT, .datum_a = AF_NETLINK };
	int err = seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1, &family);

	family.op = SCMP_CMP_EQ;
	for (int i = AF_INET + 1; i < AF_NETLINK && !err; i++) {
		family.datum_a = i;
		if (i != AF_INET6)
			err = seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket),
						     1, &family);
	}
	return err;
}

int sek_confine_calls(void)
{
	SEK_CLEANUP(release) scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int err = ctx ? 0 : -ENOMEM;

	/* All threads, also those that others have made. */
	if (!err)
		err = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused) && !err; i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
	if (!err)
		err = refuse_sockets(ctx);
	return err ?: seccomp_load(ctx);
}
