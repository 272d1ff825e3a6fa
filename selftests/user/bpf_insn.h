/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SEK_BPF_INSN_H
#define SEK_BPF_INSN_H

/* BPF programs of a few instructions, for tests that need some program. */
#include <stddef.h>

#include <linux/bpf.h>

#include <bpf/bpf.h>

#define INSN(CODE, DST, SRC, OFF, IMM) \
	((struct bpf_insn){ .code = CODE, .dst_reg = DST, .src_reg = SRC, .off = OFF, .imm = IMM })

#define MOV_IMM(dst, imm)     INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define MOV_REG(dst, src)     INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define ADD_IMM(dst, imm)     INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm)
#define LOAD32(dst, src, off) INSN(BPF_LDX | BPF_MEM | BPF_W, dst, src, off, 0)
#define PUT32(dst, off, src)  INSN(BPF_STX | BPF_MEM | BPF_W, dst, src, off, 0)
#define ADD64(dst, off, src)  INSN(BPF_STX | 0xc0 /* atomic */ | BPF_DW, dst, src, off, BPF_ADD)
#define LOAD_MAP(dst, fd) \
	INSN(BPF_LD | BPF_DW | BPF_IMM, dst, BPF_PSEUDO_MAP_FD, 0, fd), INSN(0, 0, 0, 0, 0)
#define SKIP_IF_ZERO(reg, n) INSN(BPF_JMP | BPF_JEQ | BPF_K, reg, 0, n, 0)
#define CALL(func)	     INSN(BPF_JMP | BPF_CALL, 0, 0, 0, func)
#define RETURN()	     INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* A program that lets everything pass by; the caller closes it. */
static inline int load_pass(enum bpf_prog_type type)
{
	/* XDP_PASS; TC_ACT_UNSPEC, which is -1, would be an XDP error. */
	const struct bpf_insn insns[] = {
		MOV_IMM(BPF_REG_0, type == BPF_PROG_TYPE_XDP ? XDP_PASS : -1),
		RETURN(),
	};

	return bpf_prog_load(type, "sek_pass", "GPL", insns, sizeof(insns) / sizeof(insns[0]),
			     NULL);
}

/**
 * struct seen - what a program of load_watch() has seen
 * @packets: how many
 * @protocol: skb->protocol of the last one, in network byte order
 * @len: its length at the hook
 * @classid: of the filter
 * @data: its first bytes at the hook
 */
struct seen {
	__u64 packets;
	__u32 protocol;
	__u32 len;
	__u32 classid;
	__u8 data[24];
	__u32 pad;
};

/* A tc program that writes into entry 0 of an array of struct seen, and lets everything pass. */
static inline int load_watch(int map)
{
	const struct bpf_insn insns[] = {
		MOV_REG(BPF_REG_6, BPF_REG_1),
		MOV_IMM(BPF_REG_1, 0),
		PUT32(BPF_REG_10, -4, BPF_REG_1),
		MOV_REG(BPF_REG_2, BPF_REG_10),
		ADD_IMM(BPF_REG_2, -4),
		LOAD_MAP(BPF_REG_1, map),
		CALL(BPF_FUNC_map_lookup_elem),
		SKIP_IF_ZERO(BPF_REG_0, 15),
		MOV_REG(BPF_REG_7, BPF_REG_0),
		MOV_IMM(BPF_REG_1, 1),
		ADD64(BPF_REG_7, offsetof(struct seen, packets), BPF_REG_1),
		LOAD32(BPF_REG_1, BPF_REG_6, offsetof(struct __sk_buff, protocol)),
		PUT32(BPF_REG_7, offsetof(struct seen, protocol), BPF_REG_1),
		LOAD32(BPF_REG_1, BPF_REG_6, offsetof(struct __sk_buff, len)),
		PUT32(BPF_REG_7, offsetof(struct seen, len), BPF_REG_1),
		LOAD32(BPF_REG_1, BPF_REG_6, offsetof(struct __sk_buff, tc_classid)),
		PUT32(BPF_REG_7, offsetof(struct seen, classid), BPF_REG_1),
		MOV_REG(BPF_REG_1, BPF_REG_6),
		MOV_IMM(BPF_REG_2, 0),
		MOV_REG(BPF_REG_3, BPF_REG_7),
		ADD_IMM(BPF_REG_3, offsetof(struct seen, data)),
		MOV_IMM(BPF_REG_4, sizeof(((struct seen *)0)->data)),
		CALL(BPF_FUNC_skb_load_bytes),
		MOV_IMM(BPF_REG_0, -1 /* TC_ACT_UNSPEC */),
		RETURN(),
	};

	return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "sek_watch", "GPL", insns,
			     sizeof(insns) / sizeof(insns[0]), NULL);
}

/* The map for it; the caller closes it. */
static inline int make_seen(void)
{
	return bpf_map_create(BPF_MAP_TYPE_ARRAY, "sek_seen", sizeof(__u32), sizeof(struct seen), 1,
			      NULL);
}

static inline struct seen read_seen(int map)
{
	struct seen seen = { 0 };
	const __u32 zero = 0;

	bpf_map_lookup_elem(map, &zero, &seen);
	return seen;
}

static inline __u32 prog_id(int fd)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

#endif
