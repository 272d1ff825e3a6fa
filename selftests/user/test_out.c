// SPDX-License-Identifier: GPL-2.0-only
/* Records as text and as JSON, and names that somebody chose to do harm. */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../user/out/out.h"
#include "../../user/out/utf8.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { NAME, PACKETS, BYTES, RATE, UP, HIDDEN };

static const struct sek_out_column columns[] = {
	[NAME] = { .key = "name", .title = "NAME", .color = SEK_OUT_CYAN },
	[PACKETS] = { .key = "packets", .title = "PACKETS", .type = SEK_OUT_U64 },
	[BYTES] = { .key = "bytes", .title = "BYTES", .type = SEK_OUT_BYTES },
	[RATE] = { .key = "rate", .title = "RATE", .type = SEK_OUT_RATE },
	[UP] = { .key = "up", .title = "UP", .type = SEK_OUT_BOOL },
	[HIDDEN] = { .key = "hidden", .type = SEK_OUT_U64 },
};
static const size_t columns_n = COUNT_OF(columns);

/* Names alone, where the rest of the line does not matter. */
static const struct sek_out_column name_only[] = {
	{ .key = "name", .title = "NAME", .color = SEK_OUT_CYAN },
};

FIXTURE(out)
{
	FILE *to;
	char *text;
	size_t len;
	size_t seen;
	struct sek_out *o;
};

FIXTURE_SETUP(out)
{
	self->to = open_memstream(&self->text, &self->len);
	ASSERT_NE(NULL, self->to);
}

FIXTURE_TEARDOWN(out)
{
	sek_out_free(self->o);
	fclose(self->to);
	free(self->text);
}

static void use(struct _test_data_out *self, struct sek_out_options options)
{
	self->o = sek_out_new(self->to, &options);
}

/* What was written since the last call; valid until the next write. */
static const char *written(struct _test_data_out *self)
{
	const char *text;

	fflush(self->to);
	text = self->text + self->seen;
	self->seen = self->len;
	return text;
}

static void put_wan(struct sek_out *o)
{
	sek_out_set_string(o, NAME, "wan");
	sek_out_set_u64(o, PACKETS, UINT64_MAX);
	sek_out_set_u64(o, BYTES, 1536);
	sek_out_set_u64(o, RATE, 2500000);
	sek_out_set_bool(o, UP, true);
	sek_out_set_u64(o, HIDDEN, 7);
	sek_out_row(o);
}

static void put_name(struct sek_out *o, const char *name)
{
	sek_out_begin(o, name_only, 1);
	sek_out_set_string(o, 0, name);
	sek_out_row(o);
	sek_out_end(o);
}

#define JSON_WAN                                                                                \
	"{\"name\":\"wan\",\"packets\":18446744073709551615,\"bytes\":1536,"                    \
	"\"rate\":2500000,\"up\":true,\"hidden\":7}"

TEST_F(out, json_table)
{
	use(self, (struct sek_out_options){ .format = SEK_OUT_JSON });
	ASSERT_EQ(0, sek_out_begin(self->o, columns, columns_n));
	EXPECT_EQ(0, sek_out_end(self->o));
	EXPECT_STREQ("[]\n", written(self));

	sek_out_begin(self->o, columns, columns_n);
	put_wan(self->o);
	sek_out_set_bool(self->o, UP, false);
	sek_out_row(self->o);
	EXPECT_EQ(0, sek_out_row(self->o));
	EXPECT_EQ(0, sek_out_end(self->o));
	EXPECT_STREQ("[" JSON_WAN ",{\"up\":false},{}]\n", written(self));
}

TEST_F(out, json_stream)
{
	use(self, (struct sek_out_options){ .format = SEK_OUT_JSON });
	sek_out_begin_stream(self->o, columns, columns_n);
	put_wan(self->o);
	put_wan(self->o);
	EXPECT_EQ(0, sek_out_flush(self->o));
	EXPECT_STREQ(JSON_WAN "\n" JSON_WAN "\n", written(self));
	EXPECT_EQ(0, sek_out_end(self->o));
}

TEST_F(out, json_object)
{
	use(self, (struct sek_out_options){ .format = SEK_OUT_JSON });
	sek_out_begin_object(self->o, columns, columns_n);
	EXPECT_EQ(0, sek_out_end(self->o));
	EXPECT_STREQ("{}\n", written(self));

	sek_out_begin_object(self->o, columns, columns_n);
	sek_out_set_string(self->o, NAME, "wg0");
	EXPECT_EQ(0, sek_out_begin_list(self->o, "none", "None", columns, columns_n));
	EXPECT_EQ(0, sek_out_end(self->o));
	sek_out_begin_list(self->o, "peers", "Peers", columns, columns_n);
	put_wan(self->o);
	put_wan(self->o);
	EXPECT_EQ(0, sek_out_end(self->o));
	EXPECT_EQ(0, sek_out_end(self->o));
	EXPECT_STREQ("{\"name\":\"wg0\",\"none\":[],\"peers\":[" JSON_WAN "," JSON_WAN "]}\n",
		     written(self));

	/* A list without fields before it begins without a comma. */
	sek_out_begin_object(self->o, NULL, 0);
	sek_out_begin_list(self->o, "l", NULL, columns, columns_n);
	sek_out_end(self->o);
	EXPECT_EQ(0, sek_out_end(self->o));
	EXPECT_STREQ("{\"l\":[]}\n", written(self));
}

TEST_F(out, json_pretty)
{
	use(self, (struct sek_out_options){ .format = SEK_OUT_JSON, .pretty = true });
	sek_out_begin(self->o, columns, columns_n);
	sek_out_end(self->o);
	sek_out_begin_object(self->o, columns, columns_n);
	sek_out_set_bool(self->o, UP, true);
	sek_out_begin_list(self->o, "l", "L", name_only, 1);
	sek_out_set_string(self->o, 0, "a");
	sek_out_row(self->o);
	sek_out_end(self->o);
	EXPECT_EQ(0, sek_out_end(self->o));
	EXPECT_STREQ("[]\n"
		     "{\n"
		     "    \"up\": true,\n"
		     "    \"l\": [\n"
		     "        {\n"
		     "            \"name\": \"a\"\n"
		     "        }\n"
		     "    ]\n"
		     "}\n",
		     written(self));
}

/* What was set last counts, and NULL takes a value back. */
TEST_F(out, set_again)
{
	use(self, (struct sek_out_options){ .format = SEK_OUT_JSON });
	sek_out_begin(self->o, columns, columns_n);
	sek_out_set_string(self->o, NAME, "a");
	sek_out_set_string(self->o, NAME, "b");
	sek_out_set_u64(self->o, PACKETS, 1);
	sek_out_set_u64(self->o, PACKETS, 2);
	sek_out_row(self->o);
	sek_out_set_string(self->o, NAME, "c");
	sek_out_set_string(self->o, NAME, NULL);
	sek_out_row(self->o);
	EXPECT_EQ(0, sek_out_end(self->o));
	EXPECT_STREQ("[{\"name\":\"b\",\"packets\":2},{}]\n", written(self));
}

TEST_F(out, text_table)
{
	use(self, (struct sek_out_options){ .format = SEK_OUT_TEXT });
	sek_out_begin(self->o, columns, columns_n);
	put_wan(self->o);
	sek_out_set_string(self->o, NAME, "enp0s31f6");
	sek_out_set_u64(self->o, PACKETS, 0);
	sek_out_row(self->o);
	sek_out_set_string(self->o, NAME, "");
	sek_out_row(self->o);
	EXPECT_EQ(0, sek_out_end(self->o));
	EXPECT_STREQ("NAME                    PACKETS    BYTES        RATE  UP\n"
		     "wan        18446744073709551615  1.50KiB  2.50Mbit/s  yes\n"
		     "enp0s31f6                     0        -           -  -\n"
		     "-                             -        -           -  -\n",
		     written(self));

	sek_out_begin(self->o, columns, columns_n);
	EXPECT_EQ(0, sek_out_end(self->o));
	EXPECT_STREQ("NAME  PACKETS  BYTES  RATE  UP\n", written(self));
}

TEST_F(out, text_raw_units)
{
	use(self, (struct sek_out_options){ .format = SEK_OUT_TEXT, .raw_units = true });
	sek_out_begin(self->o, columns, columns_n);
	put_wan(self->o);
	EXPECT_EQ(0, sek_out_end(self->o));
	EXPECT_STREQ("NAME               PACKETS  BYTES     RATE  UP\n"
		     "wan   18446744073709551615   1536  2500000  yes\n",
		     written(self));
}

/* A stream cannot look ahead; a row that is too wide widens those after it. */
TEST_F(out, text_stream)
{
	static const struct sek_out_column wide[] = {
		{ .key = "name", .title = "NAME", .width = 6 },
		{ .key = "n", .title = "N", .type = SEK_OUT_U64, .width = 3 },
	};

	use(self, (struct sek_out_options){ .format = SEK_OUT_TEXT });
	sek_out_begin_stream(self->o, wide, 2);
	sek_out_set_string(self->o, 0, "a");
	sek_out_set_u64(self->o, 1, 12);
	sek_out_row(self->o);
	sek_out_set_string(self->o, 0, "longest");
	sek_out_row(self->o);
	sek_out_set_u64(self->o, 1, 1);
	sek_out_row(self->o);
	EXPECT_EQ(0, sek_out_end(self->o));
	EXPECT_STREQ("NAME      N\n"
		     "a        12\n"
		     "longest    -\n"
		     "-          1\n",
		     written(self));
}

TEST_F(out, text_object)
{
	use(self, (struct sek_out_options){ .format = SEK_OUT_TEXT });
	sek_out_begin_object(self->o, columns, columns_n);
	sek_out_set_string(self->o, NAME, "wg0");
	sek_out_set_u64(self->o, BYTES, 1048576);
	sek_out_begin_list(self->o, "none", "None", columns, columns_n);
	sek_out_end(self->o);
	sek_out_begin_list(self->o, "secret", NULL, name_only, 1);
	sek_out_set_string(self->o, 0, "not shown");
	sek_out_row(self->o);
	sek_out_end(self->o);
	sek_out_begin_list(self->o, "peers", "Peers", name_only, 1);
	sek_out_set_string(self->o, 0, "a");
	sek_out_row(self->o);
	sek_out_end(self->o);
	EXPECT_EQ(0, sek_out_end(self->o));
	EXPECT_STREQ("NAME:    wg0\n"
		     "PACKETS: -\n"
		     "BYTES:   1.00MiB\n"
		     "RATE:    -\n"
		     "UP:      -\n"
		     "\n"
		     "None: -\n"
		     "\n"
		     "Peers:\n"
		     "  NAME\n"
		     "  a\n",
		     written(self));
}

TEST_F(out, text_color)
{
	use(self, (struct sek_out_options){ .format = SEK_OUT_TEXT, .color = true });
	put_name(self->o, "a");
	EXPECT_STREQ("\033[1mNAME\033[0m\n\033[36ma\033[0m\n", written(self));
}

/* 関 and 所 are two columns wide each; U+0308 is none. */
TEST_F(out, text_width)
{
	static const struct sek_out_column two[] = {
		{ .key = "a", .title = "関所" },
		{ .key = "b", .title = "B" },
	};

	use(self, (struct sek_out_options){ .format = SEK_OUT_TEXT });
	sek_out_begin(self->o, two, 2);
	sek_out_set_string(self->o, 0, "u\u0308");
	sek_out_row(self->o);
	sek_out_set_string(self->o, 0, "関");
	sek_out_row(self->o);
	EXPECT_EQ(0, sek_out_end(self->o));
	EXPECT_STREQ("関所  B\n"
		     "u\u0308     -\n"
		     "関    -\n",
		     written(self));
}

TEST_F(out, hostile_name_in_json)
{
	use(self, (struct sek_out_options){ .format = SEK_OUT_JSON });
	put_name(self->o, "\"\\/\b\f\n\r\t\x01\x1b\x7f");
	EXPECT_STREQ("[{\"name\":\"\\\"\\\\/\\u0008\\u000c\\n\\u000d\\t\\u0001\\u001b\\u007f\"}]\n",
		     written(self));
	put_name(self->o, "\xc2\x9b \u202e \U000e0041 é \U0001f600");
	EXPECT_STREQ("[{\"name\":\"\\u009b \\u202e \\udb40\\udc41 é \U0001f600\"}]\n",
		     written(self));
}

/* One replacement for each byte that is not part of valid UTF-8. */
TEST_F(out, invalid_utf8_in_json)
{
	static const struct {
		const char *name;
		int bad;
	} cases[] = {
		{ "\x80", 1 },	       { "\xff", 1 },		  { "\xc3", 1 },
		{ "\xc0\xaf", 2 },     { "\xe2\x82", 2 },	  { "\xe0\x80\x80", 3 },
		{ "\xed\xa0\x80", 3 }, { "\xf0\x80\x80\x80", 4 }, { "\xf4\x90\x80\x80", 4 },
		{ "\xf8\x88", 2 },
	};

	use(self, (struct sek_out_options){ .format = SEK_OUT_JSON });
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char expected[64];

		snprintf(expected, sizeof(expected), "[{\"name\":\"%.*s\"}]\n", cases[i].bad * 6,
			 "\\ufffd\\ufffd\\ufffd\\ufffd");
		put_name(self->o, cases[i].name);
		EXPECT_STREQ(expected, written(self));
	}
}

TEST_F(out, hostile_name_in_text)
{
	use(self, (struct sek_out_options){ .format = SEK_OUT_TEXT });
	put_name(self->o, "\033]0;x\a\r\n\x7f\x9b\xc2\x9b\u202e\xff");
	EXPECT_STREQ("NAME\n"
		     "\\x1b]0;x\\x07\\x0d\\x0a\\x7f\\x9b\\xc2\\x9b\\xe2\\x80\\xae\\xff\n",
		     written(self));
	/* systemd's escapes remain what they are. */
	put_name(self->o, "dev-a\\x2db.swap é");
	EXPECT_STREQ("NAME\ndev-a\\x2db.swap é\n", written(self));
}

TEST_F(out, every_byte_is_safe)
{
	for (int format = SEK_OUT_TEXT; format <= SEK_OUT_JSON; format++) {
		const struct sek_out_options options = { .format = format };

		sek_out_free(self->o);
		self->o = sek_out_new(self->to, &options);
		for (int first = 1; first < 256; first++) {
			for (int second = 0; second < 256; second++) {
				const char name[] = { (char)first, (char)second, 0 };

				put_name(self->o, name);
			}
		}
		fflush(self->to);
		for (const char *s = self->text; *s;) {
			uint32_t code;

			s += sek_utf8_decode(s, &code);
			if (code != '\n')
				ASSERT_FALSE(sek_utf8_unsafe(code));
		}
	}
}

TEST(color_is_for_terminals)
{
	int leader = posix_openpt(O_RDWR | O_NOCTTY);
	FILE *terminal, *file;

	if (leader < 0 || grantpt(leader) || unlockpt(leader))
		SKIP(return, "no pseudo-terminal: %s", strerror(errno));
	terminal = fopen(ptsname(leader), "w");
	ASSERT_NE(NULL, terminal);
	file = tmpfile();
	ASSERT_NE(NULL, file);

	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	EXPECT_TRUE(sek_out_want_color(terminal));
	EXPECT_FALSE(sek_out_want_color(file));
	setenv("NO_COLOR", "", 1);
	EXPECT_TRUE(sek_out_want_color(terminal));
	setenv("NO_COLOR", "1", 1);
	EXPECT_FALSE(sek_out_want_color(terminal));
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	EXPECT_FALSE(sek_out_want_color(terminal));
	unsetenv("TERM");
	EXPECT_FALSE(sek_out_want_color(terminal));

	fclose(file);
	fclose(terminal);
	close(leader);
}

TEST_HARNESS_MAIN
