// SPDX-License-Identifier: GPL-2.0-only
/* Records that cannot be written, and calls that make no sense. */
#include "kselftest_harness.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "../../user/out/out.h"

enum { NAME, PACKETS };

static const struct sek_out_column columns[] = {
	[NAME] = { .key = "name", .title = "NAME" },
	[PACKETS] = { .key = "packets", .title = "PACKETS", .type = SEK_OUT_U64 },
};
static const size_t columns_n = sizeof(columns) / sizeof(columns[0]);

static void put_row(struct sek_out *o)
{
	sek_out_set_string(o, NAME, "a name of more than a few bytes");
	sek_out_set_u64(o, PACKETS, UINT64_MAX);
	sek_out_row(o);
}

TEST(wrong_calls)
{
	static const struct sek_out_options options = { .format = SEK_OUT_JSON };
	FILE *to = fopen("/dev/null", "w");
	struct sek_out *o;

	ASSERT_NE(NULL, to);

#define EXPECT_WRONG(calls)                                                             \
	do {                                                                            \
		o = sek_out_new(to, &options);                                          \
		calls;                                                                  \
		EXPECT_EQ(-EINVAL, sek_out_flush(o));                                   \
		EXPECT_EQ(-EINVAL, sek_out_row(o));                                     \
		EXPECT_EQ(-EINVAL, sek_out_end(o));                                     \
		sek_out_free(o);                                                        \
	} while (0)

	EXPECT_WRONG(sek_out_row(o));
	EXPECT_WRONG(sek_out_end(o));
	EXPECT_WRONG(sek_out_set_u64(o, 0, 1));
	EXPECT_WRONG(sek_out_begin_list(o, "l", "L", columns, columns_n));
	EXPECT_WRONG(sek_out_begin(o, columns, columns_n);
		     sek_out_begin(o, columns, columns_n));
	EXPECT_WRONG(sek_out_begin(o, columns, columns_n);
		     sek_out_begin_list(o, "l", "L", columns, columns_n));
	EXPECT_WRONG(sek_out_begin(o, columns, columns_n);
		     sek_out_set_u64(o, NAME, 1));
	EXPECT_WRONG(sek_out_begin(o, columns, columns_n);
		     sek_out_set_string(o, PACKETS, "1"));
	EXPECT_WRONG(sek_out_begin(o, columns, columns_n);
		     sek_out_set_bool(o, PACKETS, true));
	EXPECT_WRONG(sek_out_begin(o, columns, columns_n);
		     sek_out_set_u64(o, columns_n, 1));
	/* A row that was not ended. */
	EXPECT_WRONG(sek_out_begin(o, columns, columns_n);
		     sek_out_set_u64(o, PACKETS, 1); sek_out_end(o));
	/* Fields come before lists, and an object has no rows. */
	EXPECT_WRONG(sek_out_begin_object(o, columns, columns_n); sek_out_row(o));
	EXPECT_WRONG(sek_out_begin_object(o, columns, columns_n);
		     sek_out_begin_list(o, "l", "L", columns, columns_n);
		     sek_out_end(o); sek_out_set_u64(o, PACKETS, 1));
#undef EXPECT_WRONG
	fclose(to);
}

/* A writer may be freed at any point. */
TEST(freed_early)
{
	FILE *to = fopen("/dev/null", "w");

	ASSERT_NE(NULL, to);
	for (int format = SEK_OUT_TEXT; format <= SEK_OUT_JSON; format++) {
		const struct sek_out_options options = { .format = format };
		__attribute__((cleanup(sek_out_freep))) struct sek_out *o =
			sek_out_new(to, &options);

		sek_out_begin_object(o, columns, columns_n);
		sek_out_set_string(o, NAME, "a");
		sek_out_begin_list(o, "l", "L", columns, columns_n);
		put_row(o);
		sek_out_set_string(o, NAME, "b");
	}
	sek_out_free(NULL);
	fclose(to);
}

static int write_table(FILE *to, enum sek_out_format format, size_t rows)
{
	const struct sek_out_options options = { .format = format };
	struct sek_out *o = sek_out_new(to, &options);
	int err;

	sek_out_begin(o, columns, columns_n);
	for (size_t i = 0; i < rows; i++)
		put_row(o);
	err = sek_out_end(o);
	sek_out_free(o);
	return err;
}

/* One row fits stdio's buffer, so that only the flush fails; a thousand do not. */
TEST(disk_full)
{
	for (size_t rows = 1; rows <= 1000; rows += 999) {
		for (int format = SEK_OUT_TEXT; format <= SEK_OUT_JSON; format++) {
			FILE *full = fopen("/dev/full", "w");

			ASSERT_NE(NULL, full);
			EXPECT_EQ(-ENOSPC, write_table(full, format, rows));
			fclose(full);
		}
	}
}

TEST(reader_gone)
{
	signal(SIGPIPE, SIG_IGN);
	for (int format = SEK_OUT_TEXT; format <= SEK_OUT_JSON; format++) {
		int ends[2];
		FILE *to;

		ASSERT_EQ(0, pipe(ends));
		close(ends[0]);
		to = fdopen(ends[1], "w");
		ASSERT_NE(NULL, to);
		EXPECT_EQ(-EPIPE, write_table(to, format, 1000));
		fclose(to);
	}
}

TEST_HARNESS_MAIN
