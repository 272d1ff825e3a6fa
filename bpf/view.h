/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes of a packet, wherever the hook keeps them. The quick view reads in
 * place and calls nothing, so that the compiler can keep all of it in
 * registers; the full one copies.
 */
#ifndef SEK_BPF_VIEW_H
#define SEK_BPF_VIEW_H

/** enum sek_bytes - how to get at a header */
enum sek_bytes {
	SEK_BYTES_QUICK, /* in place, if it is in the linear part */
	SEK_BYTES_SKB,   /* copied from a struct __sk_buff */
	SEK_BYTES_XDP,   /* copied from a struct xdp_md */
	SEK_BYTES_DYNPTR, /* copied from a struct bpf_dynptr */
};

/**
 * struct sek_view - a packet as a hook sees it
 * @kind: enum sek_bytes, a compile-time constant
 * @ctx: of the program, or the dynptr, to copy from
 * @data: first byte of the linear part
 * @data_end: behind its last byte
 * @len: bytes of the packet, linear or not
 * @cap: bytes of it that there are; less than @len in a snapped capture
 * @gso_size: payload of each segment, 0 if it is not a GSO skb
 */
struct sek_view {
	__u32 kind;
	void *ctx;
	void *data;
	void *data_end;
	__u32 len;
	__u32 cap;
	__u32 gso_size;
};

/**
 * sek_header() - a header of a packet
 * @v: packet
 * @off: of the header
 * @len: of the header, a constant
 * @buf: room for a copy
 *
 * Return: the header, or NULL
 */
static __always_inline void *sek_header(const struct sek_view *v, __u32 off,
					__u32 len, void *buf)
{
	long err;

	if (v->kind == SEK_BYTES_QUICK)
		return v->data + off + len <= v->data_end ? v->data + off : NULL;
	if (off + len > v->cap)
		return NULL;
	if (v->kind == SEK_BYTES_XDP)
		err = bpf_xdp_load_bytes(v->ctx, off, buf, len);
	else if (v->kind == SEK_BYTES_DYNPTR)
		err = bpf_dynptr_read(buf, len, v->ctx, off, 0);
	else
		err = bpf_skb_load_bytes(v->ctx, off, buf, len);
	/* Or clang computes addresses in @buf in ways the verifier rejects. */
	barrier_var(buf);
	return err ? NULL : buf;
}

static __always_inline bool sek_quick(const struct sek_view *v)
{
	return v->kind == SEK_BYTES_QUICK;
}

#endif
