/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What comes and goes, at the kernel's own events; never on a packet's way.
 *
 * A cgroup is removed (rmdir) while sockets may still refer to it, and released
 * when the last one has gone: from then on no packet can be its, because a
 * socket is freed only when no skb and no RCU reader has it. Both are noted in
 * a map, so that they are not lost when nobody follows; the ring only wakes.
 */
#ifndef SEK_BPF_FOLLOW_H
#define SEK_BPF_FOLLOW_H

/* Id of a cgroup, if it is one of the unified hierarchy, whose number is 0. */
static __always_inline __u64 sek_cgroup_v2_id(struct cgroup *cgroup)
{
	return BPF_CORE_READ(cgroup, root, hierarchy_id) ?
		       0 : BPF_CORE_READ(cgroup, kn, id);
}

/* Its ancestors are alive: each child holds a reference. */
static __always_inline void sek_note_gone(struct cgroup *cgroup, __u64 id,
					  __u32 released)
{
	struct sek_cgroup_gone gone = { .released = released,
					.removed_ns = bpf_ktime_get_ns() };
	struct cgroup_subsys_state *css;
	__u32 i;

	css = BPF_CORE_READ(cgroup, self.parent);
	for (i = 0; i < SEK_CGROUP_DEPTH && css; i++) {
		gone.ancestors[i] = BPF_CORE_READ(css, cgroup, kn, id);
		css = BPF_CORE_READ(css, parent);
	}
	if (bpf_map_update_elem(&sek_cgroup_gone, &id, &gone, BPF_ANY))
		SEK_STAT(no_gone);
}

SEC("raw_tp/cgroup_rmdir")
int sek_cgroup_rmdir(struct bpf_raw_tracepoint_args *ctx)
{
	struct cgroup *cgroup = (void *)ctx->args[0];
	__u64 id = sek_cgroup_v2_id(cgroup);

	if (!id)
		return 0;
	/* One without counters may have removed children that have. */
	if (bpf_map_lookup_elem(&sek_cgroup_ids, &id))
		sek_note_gone(cgroup, id, 0);
	sek_tell(SEK_EVENT_CGROUP_REMOVED, id, 0);
	return 0;
}

SEC("raw_tp/cgroup_release")
int sek_cgroup_release(struct bpf_raw_tracepoint_args *ctx)
{
	struct cgroup *cgroup = (void *)ctx->args[0];
	__u64 id = sek_cgroup_v2_id(cgroup);
	struct sek_cgroup_gone *gone;
	__u32 *known;

	if (!id)
		return 0;
	known = bpf_map_lookup_elem(&sek_cgroup_ids, &id);
	if (!known)
		return 0;
	gone = bpf_map_lookup_elem(&sek_cgroup_gone, &id);
	if (gone)
		gone->released = 1;
	if (*known & SEK_CGROUP_REMOVED) {
		bpf_map_delete_elem(&sek_cgroup_ids, &id);
		return 0;
	}
	/* Its first packet came after rmdir. */
	if (!gone)
		sek_note_gone(cgroup, id, 1);
	sek_tell(SEK_EVENT_CGROUP_RELEASED, id, 0);
	return 0;
}

/* A process begins, or begins another program, where nobody has looked yet. */
static __always_inline void sek_check_netns(struct task_struct *task)
{
	__u64 cookie = BPF_CORE_READ(task, nsproxy, net_ns, net_cookie);
	__u32 zero = 0;

	if (!cookie || bpf_map_lookup_elem(&sek_netns_known, &cookie))
		return;
	/* Once for each namespace; who cannot use the hint deletes it again. */
	if (!bpf_map_update_elem(&sek_netns_known, &cookie, &zero, BPF_NOEXIST))
		sek_tell(SEK_EVENT_NETNS, cookie, BPF_CORE_READ(task, tgid));
}

SEC("raw_tp/sched_process_fork")
int sek_netns_fork(struct bpf_raw_tracepoint_args *ctx)
{
	sek_check_netns((void *)ctx->args[1]);
	return 0;
}

SEC("raw_tp/sched_process_exec")
int sek_netns_exec(struct bpf_raw_tracepoint_args *ctx)
{
	sek_check_netns((void *)ctx->args[0]);
	return 0;
}

#endif
