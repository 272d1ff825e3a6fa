// SPDX-License-Identifier: GPL-2.0-only
/* The capture reader: pcap, and what both formats have in common. */
#include <sys/wait.h>
#include <unistd.h>

#include "capture_fixture.h"

/* A pcap file header, and a record header. */
enum { HEADER = 24, RECORD = 16 };

static void put_pcap(capture *f, uint32_t magic, uint16_t minor, uint32_t link_type)
{
	put32(f, magic);
	put16(f, 2);
	put16(f, minor);
	put_zeros(f, 8);
	put32(f, 65535);
	put32(f, link_type);
}

static void put_record(capture *f, uint32_t sec, uint32_t frac, uint32_t cap_len, uint32_t orig_len)
{
	put32(f, sec);
	put32(f, frac);
	put32(f, cap_len);
	put32(f, orig_len);
	put_data(f, cap_len);
}

TEST_F(capture, pcap_microseconds)
{
	put_pcap(self, 0xa1b2c3d4, 4, ETHERNET);
	put_record(self, 1700000000, 999999, 61, 1514);
	put_record(self, UINT32_MAX, UINT32_MAX, 0, 0);
	ASSERT_EQ(0, open_written(self));

	ASSERT_EQ(1, sek_capture_next(self->c, &self->r));
	EXPECT_EQ(1, self->r.n);
	EXPECT_EQ(1700000000999999000, self->r.ts_ns);
	EXPECT_EQ(61, self->r.cap_len);
	EXPECT_EQ(1514, self->r.orig_len);
	EXPECT_EQ(0, self->r.interface_id);
	EXPECT_EQ(ETHERNET, self->r.link_type);
	EXPECT_TRUE(is_data(&self->r));

	ASSERT_EQ(1, sek_capture_next(self->c, &self->r));
	EXPECT_EQ(2, self->r.n);
	EXPECT_EQ(UINT32_MAX * 1000000000ull + UINT32_MAX * 1000ull, self->r.ts_ns);
	EXPECT_EQ(0, self->r.cap_len);

	/* The record stays as it was. */
	EXPECT_EQ(0, sek_capture_next(self->c, &self->r));
	EXPECT_EQ(0, sek_capture_next(self->c, &self->r));
	EXPECT_EQ(2, self->r.n);
	EXPECT_STREQ("", sek_capture_error(self->c));
}

TEST_F(capture, pcap_nanoseconds)
{
	put_pcap(self, 0xa1b23c4d, 4, ETHERNET);
	put_record(self, 1700000000, 999999999, 60, 60);
	ASSERT_EQ(0, open_written(self));
	ASSERT_EQ(1, sek_capture_next(self->c, &self->r));
	EXPECT_EQ(1700000000999999999, self->r.ts_ns);
}

/* The upper bits say that there is a frame check sequence of 4 bytes. */
TEST_F(capture, pcap_link_type_is_16_bits)
{
	put_pcap(self, 0xa1b2c3d4, 4, 0x24000000 | SLL);
	put_record(self, 0, 0, 1, 1);
	ASSERT_EQ(0, open_written(self));
	ASSERT_EQ(1, sek_capture_next(self->c, &self->r));
	EXPECT_EQ(SLL, self->r.link_type);
}

TEST_F(capture, original_length_is_not_below_captured)
{
	put_pcap(self, 0xa1b2c3d4, 4, ETHERNET);
	put_record(self, 0, 0, 60, 20);
	ASSERT_EQ(0, open_written(self));
	ASSERT_EQ(1, sek_capture_next(self->c, &self->r));
	EXPECT_EQ(60, self->r.cap_len);
	EXPECT_EQ(60, self->r.orig_len);
}

static bool reads_swapped(capture *f, uint16_t minor, uint32_t first, uint32_t second)
{
	rewind(f->out);
	put_pcap(f, 0xa1b2c3d4, minor, ETHERNET);
	put_zeros(f, 8);
	put32(f, first);
	put32(f, second);
	put_data(f, 40);
	return !open_written(f) && sek_capture_next(f->c, &f->r) == 1 && f->r.cap_len == 40 &&
	       f->r.orig_len == 90;
}

TEST_F(capture, pcap_old_versions_swap_the_lengths)
{
	EXPECT_TRUE(reads_swapped(self, 4, 40, 90));
	EXPECT_TRUE(reads_swapped(self, 3, 40, 90));
	EXPECT_TRUE(reads_swapped(self, 3, 90, 40));
	EXPECT_TRUE(reads_swapped(self, 2, 90, 40));
	EXPECT_FALSE(reads_swapped(self, 2, 40, 90));
	EXPECT_FALSE(reads_swapped(self, 4, 90, 40));
}

TEST_F(capture, pcap_unknown_version)
{
	put_pcap(self, 0xa1b2c3d4, 5, ETHERNET);
	EXPECT_EQ(-EINVAL, open_written(self));
	EXPECT_NE(NULL, strstr(self->error, "version 2.5"));
}

TEST_F(capture, record_of_the_largest_size)
{
	put_pcap(self, 0xa1b2c3d4, 4, ETHERNET);
	put_record(self, 0, 0, SEK_CAPTURE_MAX_RECORD, UINT32_MAX);
	EXPECT_EQ(0, result_after(self, 1));
	EXPECT_EQ(UINT32_MAX, self->r.orig_len);
}

TEST_F(capture, pcap_record_above_it)
{
	put_pcap(self, 0xa1b2c3d4, 4, ETHERNET);
	put_record(self, 0, 0, 1, 1);
	put_record(self, 0, 0, SEK_CAPTURE_MAX_RECORD + 1, UINT32_MAX);
	EXPECT_EQ(-EBADMSG, result_after(self, 1));
	EXPECT_EQ(0, strncmp(sek_capture_error(self->c), "at byte 41, after 1 records: ", 29));
}

/* Whole records are read, wherever the file ends. */
TEST_F(capture, pcap_truncated)
{
	const size_t first = HEADER + RECORD + 5, second = first + RECORD;
	uint64_t n;

	put_pcap(self, 0xa1b2c3d4, 4, ETHERNET);
	put_record(self, 0, 0, 5, 5);
	put_record(self, 0, 0, 0, 0);
	fflush(self->out);
	ASSERT_EQ(second, self->len);

	for (size_t len = 0; len <= second; len++) {
		int ret = open_part(self, len);

		if (len < HEADER) {
			ASSERT_EQ(len < 4 ? -EINVAL : -ENODATA, ret);
			ASSERT_EQ(NULL, self->c);
			ASSERT_NE(0, self->error[0]);
			continue;
		}
		ASSERT_EQ(0, ret);
		ret = read_to_end(self, &n);
		ASSERT_EQ(len == HEADER || len == first || len == second ? 0 : -ENODATA, ret);
		ASSERT_EQ((len >= first) + (len >= second), n);
	}
}

TEST_F(capture, not_a_capture)
{
	/* The second is pcapng's first type with no known byte order. */
	static const char *const files[] = { "#!/bin/sh\nexec true\n----------",
					     "\n\r\r\n\x1c\x01\x01\x1c----------------",
					     "\x1f\x8b\x08----------------------------",
					     "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		rewind(self->out);
		put(self, files[i], strlen(files[i]));
		EXPECT_EQ(-EINVAL, open_written(self));
		EXPECT_EQ(NULL, self->c);
		EXPECT_NE(0, self->error[0]);
	}
}

/* Writes the file to standard input, in two parts of which the first ends within a record. */
static pid_t feed_stdin(const capture *f)
{
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		return -1;
	pid = fork();
	if (!pid) {
		size_t half = f->len / 2;
		bool ok = write(fds[1], f->bytes, half) == (ssize_t)half &&
			  write(fds[1], f->bytes + half, f->len - half) == (ssize_t)(f->len - half);

		_exit(!ok);
	}
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	close(fds[1]);
	return pid;
}

TEST_F(capture, standard_input_is_a_pipe)
{
	int status = -1;
	uint64_t n;
	pid_t pid;

	put_pcap(self, 0xa1b2c3d4, 4, ETHERNET);
	for (uint32_t i = 0; i < 33; i++)
		put_record(self, i, 0, 1001, 1001);
	fflush(self->out);
	pid = feed_stdin(self);
	ASSERT_LT(0, pid);

	ASSERT_EQ(0, sek_capture_open("-", &self->c, self->error, sizeof(self->error)));
	EXPECT_EQ(0, read_to_end(self, &n));
	EXPECT_EQ(33, n);
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(capture, file_by_its_path)
{
	char path[] = "/tmp/sekisho-capture-XXXXXX";
	uint64_t n;
	int fd;

	put_pcap(self, 0xa1b2c3d4, 4, ETHERNET);
	put_record(self, 0, 0, 60, 60);
	fflush(self->out);
	fd = mkstemp(path);
	ASSERT_LE(0, fd);
	EXPECT_EQ((ssize_t)self->len, write(fd, self->bytes, self->len));
	close(fd);

	EXPECT_EQ(0, sek_capture_open(path, &self->c, self->error, sizeof(self->error)));
	unlink(path);
	ASSERT_NE(NULL, self->c);
	EXPECT_EQ(0, read_to_end(self, &n));
	EXPECT_EQ(1, n);
}

TEST(unreadable)
{
	char error[SEK_CAPTURE_ERROR_SIZE];
	struct sek_capture *c = NULL;

	EXPECT_EQ(-ENOENT, sek_capture_open("/nonexistent/file", &c, error, sizeof(error)));
	EXPECT_STREQ("cannot open: No such file or directory", error);
	EXPECT_EQ(-EISDIR, sek_capture_open("/", &c, error, sizeof(error)));
	EXPECT_NE(NULL, strstr(error, "Is a directory"));
	EXPECT_EQ(NULL, c);
}

/* The text is cut to the room there is. */
TEST(short_error_buffer)
{
	struct sek_capture *c = NULL;
	char error[8] = "1234567";

	EXPECT_EQ(-ENOENT, sek_capture_open("/nonexistent/file", &c, error, 5));
	EXPECT_STREQ("cann", error);
	EXPECT_EQ('6', error[5]);
}

TEST(closep)
{
	static uint8_t header[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0 };
	__attribute__((cleanup(sek_capture_closep))) struct sek_capture *c = NULL;
	struct sek_capture *none = NULL;
	char error[SEK_CAPTURE_ERROR_SIZE];

	sek_capture_closep(&none);
	ASSERT_EQ(0, sek_capture_open_file(fmemopen(header, sizeof(header), "rb"), &c, error,
					   sizeof(error)));
}

TEST_HARNESS_MAIN
