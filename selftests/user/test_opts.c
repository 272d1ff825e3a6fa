// SPDX-License-Identifier: GPL-2.0-only
/* The option parser, its help and completion, and its guesses. */
#include "kselftest_harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../user/opts.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

struct conf {
	bool all;
	bool alarm;
	const char *netns;
	uint32_t count;
	uint32_t port;
	struct sek_opts_list links;
	unsigned int sort;
	uint64_t classes;
	struct sek_opts_list args;
	bool help;
};

static const char *const sorts[] = { "bytes", "packets", NULL, "name" };
static const char *const classes[] = { "arp", "tcp", "udp", "wireguard_data" };

#define COMMON_ROWS                                                                                \
	SEK_OPT_FLAG(struct conf, all, .name = "all", .letter = 'a',                               \
		     .help = "also what has seen no packet since it was attached, with zeros"),    \
		SEK_OPT_FLAG(struct conf, alarm, .name = "alarm", .letter = 'A', .help = "ring"),  \
		SEK_OPT_STRING(struct conf, netns, .name = "netns", .letter = 'n',                 \
			       .metavar = "NAME", .help = "in this namespace"),                    \
		SEK_OPT_U32(struct conf, count, .name = "count", .letter = 'c', .metavar = "N",    \
			    .min = 1, .max = 1000, .fallback = "10", .help = "rows to show"),      \
		SEK_OPT_U32(struct conf, port, .name = "port", .help = "number"),                  \
		SEK_OPT_LIST(struct conf, links, .name = "link", .letter = 'l', .metavar = "LINK", \
			     .fallback = "eth0,eth1", .help = "only these"),                       \
		SEK_OPT_ENUM(struct conf, sort, .name = "sort", .letter = 's', .metavar = "KEY",   \
			     .names = sorts, .names_n = COUNT_OF(sorts), .fallback = "packets",    \
			     .help = "order"),                                                     \
		SEK_OPT_SET(struct conf, classes, .name = "class", .metavar = "CLASS",             \
			    .names = classes, .names_n = COUNT_OF(classes), .fallback = "tcp,udp", \
			    .help = "only packets of these classes"),                              \
		SEK_OPT_HELP(struct conf, help)

static const struct sek_opt rows[] = {
	COMMON_ROWS,
	SEK_OPT_ARGS(struct conf, args, .metavar = "FILE", .min = 1, .max = 3,
		     .help = "what to read"),
};

static const struct sek_opt rows_without_args[] = { COMMON_ROWS };

static const struct sek_opt rows_with_rest[] = {
	COMMON_ROWS,
	SEK_OPT_ARGS(struct conf, args, .metavar = "NODE COMMAND...", .min = 2, .rest_after = 1,
		     .help = "what to run where"),
};

/* As the program's own: "--" may be the command's. */
static const struct sek_opt rows_with_dashes[] = {
	COMMON_ROWS,
	SEK_OPT_ARGS(struct conf, args, .metavar = "COMMAND", .rest_after = 1, .keep_dashes = true,
		     .help = "a command and its options"),
};

static const struct sek_opts opts = {
	.usage = "sekisho try",
	.summary = "Try each kind of option.",
	.rows = rows,
	.n = COUNT_OF(rows),
};

static const struct sek_opts opts_without_args = {
	.usage = "sekisho try",
	.rows = rows_without_args,
	.n = COUNT_OF(rows_without_args),
};

static const struct sek_opts opts_with_rest = {
	.usage = "sekisho exec",
	.rows = rows_with_rest,
	.n = COUNT_OF(rows_with_rest),
};

static const struct sek_opts opts_with_dashes = {
	.usage = "sekisho",
	.rows = rows_with_dashes,
	.n = COUNT_OF(rows_with_dashes),
};

FIXTURE(opts)
{
	struct conf conf;
	char error[SEK_OPTS_ERROR_SIZE];
};

FIXTURE_SETUP(opts)
{
	memset(self, 0, sizeof(*self));
}

FIXTURE_TEARDOWN(opts)
{
	sek_opts_free(&opts, &self->conf);
}

/* Parses anew; @line is split at spaces, and two spaces make an empty word. */
static int parse_with(struct _test_data_opts *self, const struct sek_opts *with, const char *line)
{
	static char words[1024];
	char *argv[64];
	char *left = words;
	int argc = 0;

	sek_opts_free(&opts, &self->conf);
	memset(&self->conf, 0, sizeof(self->conf));
	snprintf(words, sizeof(words), "%s", line);
	while (*line && left)
		argv[argc++] = strsep(&left, " ");
	return sek_opts_parse(with, argc, argv, &self->conf, self->error, sizeof(self->error));
}

static int parse(struct _test_data_opts *self, const char *line)
{
	return parse_with(self, &opts, line);
}

TEST_F(opts, defaults)
{
	ASSERT_EQ(0, parse(self, "f"));
	EXPECT_STREQ("", self->error);
	EXPECT_FALSE(self->conf.all);
	EXPECT_EQ(NULL, self->conf.netns);
	EXPECT_EQ(10, self->conf.count);
	EXPECT_EQ(0, self->conf.port);
	EXPECT_EQ(1, self->conf.sort);
	EXPECT_EQ(0x6, self->conf.classes);
	ASSERT_EQ(2, self->conf.links.n);
	EXPECT_STREQ("eth0", self->conf.links.words[0]);
	EXPECT_STREQ("eth1", self->conf.links.words[1]);
	EXPECT_EQ(NULL, self->conf.links.words[2]);
	EXPECT_FALSE(self->conf.help);
	ASSERT_EQ(1, self->conf.args.n);
	EXPECT_STREQ("f", self->conf.args.words[0]);
	EXPECT_EQ(NULL, self->conf.args.words[1]);
}

TEST_F(opts, ways_to_give_a_value)
{
	static const char *const lines[] = {
		"-c 7 f",   "-c7 f",	  "--count 7 f", "--count=7 f", "--co 7 f",
		"--co=7 f", "-aAc7 f",	  "-aAc 7 f",	 "f -c 7",	"f --count=7",
		"-c7 -- f", "-c 8 -c7 f", "-c007 f",
	};

	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		ASSERT_EQ(0, parse(self, lines[i])) TH_LOG("%s: %s", lines[i], self->error);
		EXPECT_EQ(7, self->conf.count);
		ASSERT_EQ(1, self->conf.args.n);
		EXPECT_STREQ("f", self->conf.args.words[0]);
	}
}

/* What follows an option that takes a value is its value, whatever it looks like. */
TEST_F(opts, odd_values)
{
	ASSERT_EQ(0, parse(self, "-n -a f"));
	EXPECT_STREQ("-a", self->conf.netns);
	EXPECT_FALSE(self->conf.all);
	ASSERT_EQ(0, parse(self, "--netns -- f"));
	EXPECT_STREQ("--", self->conf.netns);
	ASSERT_EQ(0, parse(self, "--netns= f"));
	EXPECT_STREQ("", self->conf.netns);
	ASSERT_EQ(0, parse(self, "--netns=a=b f"));
	EXPECT_STREQ("a=b", self->conf.netns);
	ASSERT_EQ(0, parse(self, "--netns  f"));
	EXPECT_STREQ("", self->conf.netns);
}

TEST_F(opts, flags)
{
	ASSERT_EQ(0, parse(self, "-aA f"));
	EXPECT_TRUE(self->conf.all);
	EXPECT_TRUE(self->conf.alarm);
	ASSERT_EQ(0, parse(self, "--all f"));
	EXPECT_TRUE(self->conf.all);
	EXPECT_FALSE(self->conf.alarm);
	EXPECT_EQ(-EINVAL, parse(self, "--all=yes f"));
	EXPECT_STREQ("--all takes no value", self->error);
}

TEST_F(opts, lists)
{
	ASSERT_EQ(0, parse(self, "-l a,b --link=c -ld f"));
	ASSERT_EQ(4, self->conf.links.n);
	EXPECT_STREQ("a", self->conf.links.words[0]);
	EXPECT_STREQ("b", self->conf.links.words[1]);
	EXPECT_STREQ("c", self->conf.links.words[2]);
	EXPECT_STREQ("d", self->conf.links.words[3]);
	EXPECT_EQ(NULL, self->conf.links.words[4]);

	ASSERT_EQ(0, parse(self, "--class arp --class wireguard_data,arp f"));
	EXPECT_EQ(0x9, self->conf.classes);
}

/* A set that the caller filled in advance is replaced, not added to. */
TEST_F(opts, set_replaces_what_was_there)
{
	char arp[] = "--class=arp", file[] = "f";
	char *argv[] = { arp, file };

	self->conf.classes = UINT64_MAX;
	ASSERT_EQ(0, sek_opts_parse(&opts, 2, argv, &self->conf, self->error, sizeof(self->error)));
	EXPECT_EQ(0x1, self->conf.classes);
}

TEST_F(opts, numbers)
{
	static const char *const wrong[] = {
		"0",  "1001", "4294967297", "18446744073709551617", "", "-1", "+1", "0x1",
		"1 ", "1k",   "x",
	};

	ASSERT_EQ(0, parse(self, "-c1 --port 4294967295 f"));
	EXPECT_EQ(1, self->conf.count);
	EXPECT_EQ(UINT32_MAX, self->conf.port);
	ASSERT_EQ(0, parse(self, "-c1000 f"));
	EXPECT_EQ(-EINVAL, parse(self, "--port 4294967296 f"));

	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		char count[64], file[] = "f", expected[128];
		char *argv[] = { count, file };

		snprintf(count, sizeof(count), "--count=%s", wrong[i]);
		snprintf(expected, sizeof(expected), "--count: '%s' is not a number from 1 to 1000",
			 wrong[i]);
		EXPECT_EQ(-EINVAL, sek_opts_parse(&opts, 2, argv, &self->conf, self->error,
						  sizeof(self->error)));
		EXPECT_STREQ(expected, self->error);
	}
}

TEST_F(opts, arguments)
{
	ASSERT_EQ(0, parse(self, "a - b"));
	ASSERT_EQ(3, self->conf.args.n);
	EXPECT_STREQ("-", self->conf.args.words[1]);
	ASSERT_EQ(0, parse(self, "-a -- -c --"));
	ASSERT_EQ(2, self->conf.args.n);
	EXPECT_STREQ("-c", self->conf.args.words[0]);
	EXPECT_STREQ("--", self->conf.args.words[1]);

	EXPECT_EQ(-EINVAL, parse(self, ""));
	EXPECT_STREQ("missing argument: FILE (0 given, 1 needed)", self->error);
	EXPECT_EQ(-EINVAL, parse(self, "a b c d"));
	EXPECT_STREQ("unexpected argument 'd' after 3 of FILE", self->error);
	EXPECT_EQ(-EINVAL, parse_with(self, &opts_without_args, "-a x"));
	EXPECT_STREQ("unexpected argument 'x'", self->error);
	EXPECT_EQ(0, parse_with(self, &opts_without_args, ""));
}

/* Another command's line is not read, with or without a "--" before it. */
TEST_F(opts, rest)
{
	static const char *const lines[] = { "-a vm1 ls -c --", "-a vm1 -- ls -c --" };

	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		ASSERT_EQ(0, parse_with(self, &opts_with_rest, lines[i]));
		EXPECT_TRUE(self->conf.all);
		ASSERT_EQ(4, self->conf.args.n);
		EXPECT_STREQ("vm1", self->conf.args.words[0]);
		EXPECT_STREQ("ls", self->conf.args.words[1]);
		EXPECT_STREQ("-c", self->conf.args.words[2]);
		EXPECT_STREQ("--", self->conf.args.words[3]);
	}
	EXPECT_EQ(-EINVAL, parse_with(self, &opts_with_rest, "vm1 --"));
	EXPECT_STREQ("missing argument: NODE COMMAND... (1 given, 2 needed)", self->error);
}

TEST_F(opts, rest_with_dashes)
{
	ASSERT_EQ(0, parse_with(self, &opts_with_dashes, "-a show -- -x"));
	EXPECT_TRUE(self->conf.all);
	ASSERT_EQ(3, self->conf.args.n);
	EXPECT_STREQ("show", self->conf.args.words[0]);
	EXPECT_STREQ("--", self->conf.args.words[1]);
	EXPECT_STREQ("-x", self->conf.args.words[2]);
}

TEST_F(opts, help_stops)
{
	EXPECT_EQ(0, parse(self, "--help --nonsense"));
	EXPECT_TRUE(self->conf.help);
	EXPECT_EQ(0, parse(self, "-ah"));
	EXPECT_TRUE(self->conf.help);
	EXPECT_EQ(-EINVAL, parse(self, "--nonsense --help"));
}

TEST_F(opts, errors_say_what_to_do)
{
	static const struct {
		const char *line;
		const char *error;
	} cases[] = {
		{ "--al f", "option '--al' is ambiguous: --all, --alarm" },
		{ "--cuont 1 f", "unknown option '--cuont', did you mean '--count'? (valid: --all,"
				 " --alarm, --netns, --count, --port, --link, --sort, --class,"
				 " --help)" },
		{ "--zzz f", "unknown option '--zzz' (valid: --all, --alarm, --netns, --count,"
			     " --port, --link, --sort, --class, --help)" },
		{ "-z f", "unknown option '-z' (valid: --all, --alarm, --netns, --count,"
			  " --port, --link, --sort, --class, --help)" },
		{ "-az f", "unknown letter 'z' in option '-az' (valid: --all, --alarm, --netns,"
			   " --count, --port, --link, --sort, --class, --help)" },
		{ "-count f", "--count: 'ount' is not a number from 1 to 1000" },
		{ "-port f", "unknown letter 'p' in option '-port', did you mean '--port'? (valid:"
			     " --all, --alarm, --netns, --count, --port, --link, --sort, --class,"
			     " --help)" },
		{ "f --count", "--count: the value is missing (N)" },
		{ "f --port", "--port: the value is missing (VALUE)" },
		{ "f -n", "--netns: the value is missing (NAME)" },
		{ "--link=a,,b f", "--link: empty word in the list" },
		{ "--link= f", "--link: empty word in the list" },
		{ "--class=tcp, f", "--class: empty word in the list" },
		{ "--class=tpc f", "--class: unknown word 'tpc', did you mean 'tcp'? (valid: arp,"
				   " tcp, udp, wireguard_data)" },
		{ "--sort size f", "--sort: unknown word 'size' (valid: bytes, packets, name)" },
		{ "--sort  f", "--sort: unknown word '' (valid: bytes, packets, name)" },
		{ "--=1 f", "unknown option '--=1' (valid: --all, --alarm, --netns, --count,"
			    " --port, --link, --sort, --class, --help)" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		EXPECT_EQ(-EINVAL, parse(self, cases[i].line));
		EXPECT_STREQ(cases[i].error, self->error);
	}
}

TEST_F(opts, error_is_cut_to_its_buffer)
{
	char option[] = "--cuont";
	char *argv[] = { option };

	for (size_t size = 1; size < 200; size++) {
		char *error = malloc(size);

		ASSERT_NE(NULL, error);
		EXPECT_EQ(-EINVAL, sek_opts_parse(&opts, 1, argv, &self->conf, error, size));
		EXPECT_LT(strlen(error), size);
		free(error);
	}
}

TEST_F(opts, endless_word)
{
	char word[5000];
	char *argv[] = { word };

	memset(word, 'a', sizeof(word));
	memcpy(word, "--", 2);
	word[sizeof(word) - 1] = '\0';
	EXPECT_EQ(-EINVAL,
		  sek_opts_parse(&opts, 1, argv, &self->conf, self->error, sizeof(self->error)));
	/* Cut, so that the words that are valid still fit. */
	EXPECT_NE(NULL, strstr(self->error, "--help)"));
}

/* A default that the table itself would refuse is found by any use of the table. */
TEST_F(opts, wrong_default)
{
	static const struct sek_opt wrong[] = {
		SEK_OPT_U32(struct conf, count, .name = "count", .max = 5, .fallback = "6",
			    .help = "rows"),
	};
	static const struct sek_opts table = { .usage = "x", .rows = wrong, .n = 1 };

	EXPECT_EQ(-EINVAL, parse_with(self, &table, ""));
	EXPECT_STREQ("--count: '6' is not a number from 0 to 5", self->error);
}

TEST(match)
{
	static const char *const words[] = { "show", "status", NULL, "serve", "show_all" };
	const size_t n = COUNT_OF(words);

	EXPECT_EQ(0, sek_words_match("show", words, n));
	EXPECT_EQ(4, sek_words_match("show_", words, n));
	EXPECT_EQ(1, sek_words_match("st", words, n));
	EXPECT_EQ(3, sek_words_match("se", words, n));
	EXPECT_EQ(-ENOTUNIQ, sek_words_match("s", words, n));
	EXPECT_EQ(-ENOTUNIQ, sek_words_match("", words, n));
	EXPECT_EQ(-ENOENT, sek_words_match("showing", words, n));
	EXPECT_EQ(-ENOENT, sek_words_match("x", words, 0));
}

TEST(nearest)
{
	static const char *const words[] = {
		"load", "unload", "status", "show", NULL, "top", "classify", "tunnel", "ip",
	};
	static const struct {
		const char *word;
		const char *nearest;
	} cases[] = {
		{ "laod", "load" },    { "lod", "load" },
		{ "loadd", "load" },   { "statsu", "status" },
		{ "SHOW", "show" },    { "clasify", "classify" },
		{ "tunel", "tunnel" }, { "tunnels", "tunnel" },
		{ "tpo", "top" },      { "class", "classify" },
		{ "pi", "ip" },	       { "load", "load" },
		{ "", NULL },	       { "x", NULL },
		{ "t", NULL },	       { "relay", NULL },
		{ "explain", NULL },   { "unloading things", NULL },
	};
	char endless[200];

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *found = sek_words_nearest(cases[i].word, words, COUNT_OF(words));

		EXPECT_STREQ(cases[i].nearest ? cases[i].nearest : "(none)",
			     found ? found : "(none)");
	}
	memset(endless, 'l', sizeof(endless));
	endless[sizeof(endless) - 1] = '\0';
	EXPECT_EQ(NULL, sek_words_nearest(endless, words, COUNT_OF(words)));
	EXPECT_EQ(NULL, sek_words_nearest("load", words, 0));
}

TEST(help)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	ASSERT_NE(NULL, to);
	sek_opts_help(&opts, to);
	sek_opts_help(&opts_with_rest, to);
	fclose(to);
	EXPECT_EQ(text, strstr(text, "Usage: sekisho try [OPTION]... FILE...\n"
				     "\n"
				     "Try each kind of option.\n"
				     "\n"
				     "  -a, --all              also what has seen no packet since"
				     " it was attached,\n"
				     "                         with zeros\n"
				     "  -A, --alarm            ring\n"
				     "  -n, --netns NAME       in this namespace\n"
				     "  -c, --count N          rows to show (1 to 1000)"
				     " (default: 10)\n"
				     "      --port VALUE       number\n"
				     "  -l, --link LINK,...    only these (default: eth0,eth1)\n"
				     "  -s, --sort KEY         order -- bytes, packets, name"
				     " (default: packets)\n"
				     "      --class CLASS,...  only packets of these classes --"
				     " arp, tcp, udp,\n"
				     "                         wireguard_data (default: tcp,udp)\n"
				     "  -h, --help             show this\n"
				     "  FILE                   what to read\n"));
	EXPECT_NE(NULL, strstr(text, "Usage: sekisho exec [OPTION]... NODE COMMAND...\n"));
	for (const char *line = text; *line; line = strchr(line, '\n') + 1)
		EXPECT_LE(strcspn(line, "\n"), 80);
	free(text);
}

TEST(completion)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	ASSERT_NE(NULL, to);
	sek_opts_complete(&opts, to);
	fclose(to);
	EXPECT_STREQ("--all\n--alarm\n--netns\n--count\n--port\n--link\n"
		     "--sort\tbytes\tpackets\tname\n"
		     "--class\tarp\ttcp\tudp\twireguard_data\n"
		     "--help\n",
		     text);
	free(text);
}

TEST_HARNESS_MAIN
