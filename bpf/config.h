/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the loader decides before it loads: one struct of constants. The
 * verifier sees their values and drops the code that they rule out, so that a
 * choice costs nothing per packet.
 */
#ifndef SEK_BPF_CONFIG_H
#define SEK_BPF_CONFIG_H

/**
 * struct sek_config - read-only after load
 * @kern_ctx: the kernel has bpf_cast_to_kern_ctx(): read kernel structs
 *	directly; otherwise through bpf_probe_read_kernel()
 * @cgroup_slots: entries of the cgroup counters, the overflow slot included
 */
struct sek_config {
	__u8 kern_ctx;
	__u8 pad[3];
	__u32 cgroup_slots;
};

const volatile struct sek_config sek_config = {};

#endif
