// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads pcap and pcapng files, as a stream and in bounded memory.
 *
 * This is not libpcap, because a pcap_t has one link type: it refuses a pcapng
 * file whose interfaces differ in it, as those of a host with Ethernet, tun and
 * WireGuard devices do. The formats are those of the IETF drafts
 * draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng.
 */
#include <byteswap.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "capture_priv.h"

#define PCAP_MAGIC_USEC 0xa1b2c3d4u
#define PCAP_MAGIC_NSEC 0xa1b23c4du

/**
 * sek_capture_fail() - note what is wrong with the record or block being read
 * @c: capture
 * @err: -errno
 * @fmt: text for sek_capture_error(), to follow the place in the file
 *
 * Return: @err
 */
int sek_capture_fail(struct sek_capture *c, int err, const char *fmt, ...)
{
	size_t at;
	va_list ap;

	at = snprintf(c->error, sizeof(c->error),
		      "at byte %" PRIu64 ", after %" PRIu64 " records: ", c->start, c->n);
	va_start(ap, fmt);
	vsnprintf(c->error + at, sizeof(c->error) - at, fmt, ap);
	va_end(ap);
	return err;
}

static int fail_truncated(struct sek_capture *c)
{
	return sek_capture_fail(c, -ENODATA, "the file ends in the middle, at byte %" PRIu64,
				c->offset);
}

/**
 * sek_capture_read_start() - read what a record or block begins with
 * @c: capture
 * @buf: filled with @len bytes
 * @len: bytes to read, more than 0
 *
 * Return: 1; 0 where the file ends before the first of them; -ENODATA where it
 * ends before the last; -errno of read(2)
 */
int sek_capture_read_start(struct sek_capture *c, void *buf, size_t len)
{
	size_t got;

	errno = 0;
	got = fread(buf, 1, len, c->file);
	c->offset += got;
	if (got == len)
		return 1;
	if (ferror(c->file)) {
		int err = errno ? errno : EIO;

		return sek_capture_fail(c, -err, "cannot read: %s", strerror(err));
	}
	return got ? fail_truncated(c) : 0;
}

/**
 * sek_capture_read() - read what must be there
 * @c: capture
 * @buf: filled with @len bytes
 * @len: bytes to read
 *
 * Return: 0; -ENODATA where the file ends before; -errno of read(2)
 */
int sek_capture_read(struct sek_capture *c, void *buf, size_t len)
{
	int ret = len ? sek_capture_read_start(c, buf, len) : 1;

	if (ret < 0)
		return ret;
	return ret ? 0 : fail_truncated(c);
}

/**
 * sek_capture_read_data() - read the bytes of a packet
 * @c: capture
 * @cap_len: bytes in the file
 * @orig_len: bytes on the wire, as the file has it
 * @rec: gets the data and both lengths
 *
 * Return: 0; -EBADMSG for more than SEK_CAPTURE_MAX_RECORD; else as
 * sek_capture_read()
 */
int sek_capture_read_data(struct sek_capture *c, uint32_t cap_len, uint32_t orig_len,
			  struct sek_capture_record *rec)
{
	uint8_t *data;

	if (cap_len > SEK_CAPTURE_MAX_RECORD)
		return sek_capture_fail(c, -EBADMSG,
					"a packet of %" PRIu32 " bytes; the most is %u", cap_len,
					SEK_CAPTURE_MAX_RECORD);

	/* Up to the buffer's end, so that ASan and valgrind see a read beyond the packet. */
	data = c->buf + sizeof(c->buf) - cap_len;
	rec->data = data;
	rec->cap_len = cap_len;
	/* Some writers get it wrong; the packet had at least the bytes that are there. */
	rec->orig_len = orig_len > cap_len ? orig_len : cap_len;
	return sek_capture_read(c, data, cap_len);
}

static int next_pcap(struct sek_capture *c, struct sek_capture_record *rec)
{
	uint32_t cap_len, orig_len;
	uint8_t h[16];
	int ret;

	c->start = c->offset;
	ret = sek_capture_read_start(c, h, sizeof(h));
	if (ret <= 0)
		return ret;

	cap_len = get32(c, h + 8);
	orig_len = get32(c, h + 12);
	/* Before version 2.3 they were the other way round, in 2.3 with some writers. */
	if (c->minor < 3 || (c->minor == 3 && cap_len > orig_len)) {
		cap_len = get32(c, h + 12);
		orig_len = get32(c, h + 8);
	}
	/* Below 2^62 + 2^42. */
	rec->ts_ns = (uint64_t)get32(c, h) * NSEC_PER_SEC + (uint64_t)get32(c, h + 4) * c->unit_ns;
	rec->link_type = c->link_type;
	ret = sek_capture_read_data(c, cap_len, orig_len, rec);
	return ret ? ret : 1;
}

static int open_pcap(struct sek_capture *c)
{
	uint16_t major;
	uint8_t h[20];
	int ret;

	ret = sek_capture_read(c, h, sizeof(h));
	if (ret)
		return ret;
	major = get16(c, h);
	c->minor = get16(c, h + 2);
	if (major != 2 || c->minor > 4)
		return sek_capture_fail(c, -EINVAL, "pcap version %u.%u is not known", major,
					c->minor);
	/* The upper half tells of a frame check sequence behind each packet. */
	c->link_type = (uint16_t)get32(c, h + 16);
	c->next = next_pcap;
	return 0;
}

static int read_file_header(struct sek_capture *c)
{
	uint32_t magic;
	int ret;

	ret = sek_capture_read(c, &magic, sizeof(magic));
	if (ret == -ENODATA)
		return sek_capture_fail(c, -EINVAL, "a file of %" PRIu64 " bytes is no capture",
					c->offset);
	if (ret)
		return ret;
	if (magic == SEK_CAPTURE_SECTION)
		return sek_capture_pcapng_open(c);

	c->swap = magic == bswap_32(PCAP_MAGIC_USEC) || magic == bswap_32(PCAP_MAGIC_NSEC);
	switch (get32(c, &magic)) {
	case PCAP_MAGIC_USEC:
		c->unit_ns = 1000;
		return open_pcap(c);
	case PCAP_MAGIC_NSEC:
		c->unit_ns = 1;
		return open_pcap(c);
	default:
		return sek_capture_fail(c, -EINVAL, "neither pcap nor pcapng");
	}
}

/**
 * sek_capture_open_file() - begin to read a capture from a stream
 * @file: stream, read in order and never positioned; it is the capture's from
 *	here on, and closed also when this fails
 * @ret: gets the capture, to be closed with sek_capture_close(); untouched on
 *	failure
 * @error: on failure gets one line, without newline, that says what is wrong
 *	and at which byte
 * @size: bytes at @error, SEK_CAPTURE_ERROR_SIZE for all of it
 *
 * Reads the file header. A capture holds one record of at most
 * SEK_CAPTURE_MAX_RECORD bytes in memory, and at most
 * SEK_CAPTURE_MAX_INTERFACES interfaces.
 *
 * Return: 0; -EINVAL if it is neither pcap nor pcapng or of a version not
 * known; -ENODATA if it ends within the file header; -EBADMSG if that is
 * broken; -ENOMEM; -errno of read(2)
 */
int sek_capture_open_file(FILE *file, struct sek_capture **ret, char *error, size_t size)
{
	__attribute__((cleanup(sek_capture_closep))) struct sek_capture *c = NULL;
	int err;

	c = calloc(1, sizeof(*c));
	if (!c) {
		fclose(file);
		snprintf(error, size, "no memory for a capture");
		return -ENOMEM;
	}
	c->file = file;
	c->status = 1;
	err = read_file_header(c);
	if (err) {
		snprintf(error, size, "%s", c->error);
		return err;
	}
	*ret = c;
	c = NULL;
	return 0;
}

static FILE *open_stdin(void)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	FILE *file;

	if (fd < 0)
		return NULL;
	file = fdopen(fd, "rb");
	if (!file) {
		int err = errno;

		close(fd);
		errno = err;
	}
	return file;
}

/**
 * sek_capture_open() - begin to read a capture file
 * @path: file, a pipe will do; "-" is standard input
 * @ret: as for sek_capture_open_file()
 * @error: as for sek_capture_open_file()
 * @size: as for sek_capture_open_file()
 *
 * Return: as sek_capture_open_file(), or -errno of open(2)
 */
int sek_capture_open(const char *path, struct sek_capture **ret, char *error, size_t size)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "rbe") : open_stdin();

	if (!file) {
		int err = errno;

		snprintf(error, size, "cannot open: %s", strerror(err));
		return -err;
	}
	return sek_capture_open_file(file, ret, error, size);
}

/**
 * sek_capture_next() - read the next record
 * @c: capture
 * @ret: gets the record; untouched unless 1 is returned
 *
 * What ended a capture is final: further calls return the same.
 *
 * Return: 1; 0 at the end; -ENODATA if the file ends within a record or block;
 * -EBADMSG if a length, a reference or an option is impossible or beyond the
 * limits in capture.h; -EINVAL for a pcapng section of unknown version or byte
 * order; -ENOMEM; -errno of read(2)
 */
int sek_capture_next(struct sek_capture *c, struct sek_capture_record *ret)
{
	struct sek_capture_record rec = {};

	if (c->status <= 0)
		return c->status;
	c->status = c->next(c, &rec);
	if (c->status > 0) {
		rec.n = ++c->n;
		*ret = rec;
	}
	return c->status;
}

/**
 * sek_capture_error() - what sek_capture_next() failed with
 * @c: capture
 *
 * Return: one line, without newline, that says what is wrong, at which byte,
 * and behind how many records; empty if nothing is. It is the capture's.
 */
const char *sek_capture_error(const struct sek_capture *c)
{
	return c->error;
}

/**
 * sek_capture_close() - end the reading of a capture
 * @c: capture or NULL; also its last record is gone
 */
void sek_capture_close(struct sek_capture *c)
{
	if (!c)
		return;
	fclose(c->file);
	free(c->interfaces);
	free(c);
}

/**
 * sek_capture_closep() - sek_capture_close() for __attribute__((cleanup))
 * @c: the variable, of which the value may be NULL
 */
void sek_capture_closep(struct sek_capture **c)
{
	sek_capture_close(*c);
}
