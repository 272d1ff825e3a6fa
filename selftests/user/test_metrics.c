// SPDX-License-Identifier: GPL-2.0-only
/* The texts that monitoring systems read, whatever names are in them. */
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"

#include "out/metrics.h"

static const struct sek_metrics_value kinds[] = {
	{ .name = "packets", .help = "Packets." },
	{ .name = "bytes", .help = "Bytes." },
};

/* What a cube of one cell with this name becomes, without comments. */
static char *written(enum sek_metrics_format format, const char *name)
{
	static const char *const who = "cgroup", *const what = "class", *const tcp = "tcp";
	static const uint64_t cells[] = { 1, 18446744073709551615U };
	const struct sek_metrics_cube cube = {
		.name = "x",
		.values = kinds,
		.values_n = 2,
		.who = { &who, 1, &name, 1 },
		.what = { &what, 1, &tcp, 1 },
		.cells = cells,
	};
	struct sek_buffer b = {};
	char *text, *line;

	sek_metrics_add(&b, format, &cube);
	sek_metrics_end(&b, format);
	sek_buffer_add(&b, "", 1);
	while ((line = strstr(b.text, "# ")) && strncmp(line, "# EOF", 5))
		memmove(line, strchr(line, '\n') + 1, strlen(strchr(line, '\n') + 1) + 1);
	text = strdup(b.text);
	sek_buffer_free(&b);
	return text;
}

static void expect(struct __test_metadata *_metadata, enum sek_metrics_format format,
		   const char *name, const char *want)
{
	char *found = written(format, name);

	EXPECT_STREQ(want, found);
	free(found);
}

TEST(prometheus)
{
	expect(_metadata, SEK_METRICS_PROMETHEUS, "/a",
	       "x_packets_total{cgroup=\"/a\",class=\"tcp\"} 1\n"
	       "x_bytes_total{cgroup=\"/a\",class=\"tcp\"} 18446744073709551615\n");
	expect(_metadata, SEK_METRICS_PROMETHEUS, "q\"b\\n\nl\xff\xc3\xa9",
	       "x_packets_total{cgroup=\"q\\\"b\\\\n\\nl\\\\xff\xc3\xa9\",class=\"tcp\"} 1\n"
	       "x_bytes_total{cgroup=\"q\\\"b\\\\n\\nl\\\\xff\xc3\xa9\",class=\"tcp\"} "
	       "18446744073709551615\n");
	/* An empty label is no label. */
	expect(_metadata, SEK_METRICS_PROMETHEUS, "",
	       "x_packets_total{class=\"tcp\"} 1\n"
	       "x_bytes_total{class=\"tcp\"} 18446744073709551615\n");
}

TEST(openmetrics)
{
	expect(_metadata, SEK_METRICS_OPENMETRICS, "/a",
	       "x_packets_total{cgroup=\"/a\",class=\"tcp\"} 1\n"
	       "x_bytes_total{cgroup=\"/a\",class=\"tcp\"} 18446744073709551615\n"
	       "# EOF\n");
}

TEST(influx)
{
	expect(_metadata, SEK_METRICS_INFLUX, "a b,c=d\ne\xff",
	       "x,cgroup=a\\ b\\,c\\=d\\x0ae\\xff,class=tcp packets=1i,"
	       "bytes=18446744073709551615i\n");
	/* A backslash at the end would take the comma that follows. */
	expect(_metadata, SEK_METRICS_INFLUX, "a\\b\\",
	       "x,cgroup=a\\b\\x5c,class=tcp packets=1i,bytes=18446744073709551615i\n");
}

TEST(csv)
{
	expect(_metadata, SEK_METRICS_CSV, "a\"b,\nc",
	       "cgroup,class,packets,bytes\n"
	       "\"a\"\"b,\nc\",\"tcp\",1,18446744073709551615\n");
}

/* In text: the names of families differ between the two formats, and units need a suffix. */
TEST(comments)
{
	static const uint64_t cells[] = { 1500000000 };
	static const struct sek_metrics_value nano = { "seconds", "S.", SEK_METRICS_GAUGE, true };
	static const struct sek_metrics_value count = { "runs", "R.", SEK_METRICS_COUNTER, false };
	struct sek_metrics_cube cube = { .name = "x",
					 .values = &nano,
					 .values_n = 1,
					 .who = { .n = 1 },
					 .what = { .n = 1 },
					 .cells = cells };
	struct sek_buffer b = {};

	sek_metrics_add(&b, SEK_METRICS_OPENMETRICS, &cube);
	cube.values = &count;
	sek_metrics_add(&b, SEK_METRICS_OPENMETRICS, &cube);
	sek_metrics_add(&b, SEK_METRICS_PROMETHEUS, &cube);
	sek_buffer_add(&b, "", 1);
	EXPECT_STREQ("# HELP x_seconds S.\n# TYPE x_seconds gauge\n# UNIT x_seconds seconds\n"
		     "x_seconds 1.500000000\n"
		     "# HELP x_runs R.\n# TYPE x_runs counter\nx_runs_total 1500000000\n"
		     "# HELP x_runs_total R.\n# TYPE x_runs_total counter\n"
		     "x_runs_total 1500000000\n",
		     b.text);
	sek_buffer_free(&b);
}

/* Every length of number, and where digits are joined. */
TEST(numbers)
{
	for (uint64_t value = 1; value < UINT64_MAX / 11; value = value * 10 + value % 7) {
		struct sek_buffer b = {};
		char want[64];

		snprintf(want, sizeof(want), "%llu%llu", (unsigned long long)value,
			 (unsigned long long)value - 1);
		sek_buffer_u64(&b, value);
		sek_buffer_u64(&b, value - 1);
		sek_buffer_add(&b, "", 1);
		EXPECT_STREQ(want, b.text);
		sek_buffer_free(&b);
	}
}

/* Counters that are zero are left out, and rows keep their order. */
TEST(sparse)
{
	static const char *const name = "n";
	static const char *const who[] = { "a", "b" }, *const what[] = { "c", "d" };
	static const uint64_t cells[] = { 0, 1, 2, 0 };
	const struct sek_metrics_cube cube = { .name = "x",
					       .values = kinds,
					       .values_n = 1,
					       .who = { &name, 1, who, 2 },
					       .what = { &name, 1, what, 2 },
					       .cells = cells };
	struct sek_buffer b = {};

	sek_metrics_add(&b, SEK_METRICS_INFLUX, &cube);
	sek_buffer_add(&b, "", 1);
	EXPECT_STREQ("x,n=a,n=d packets=1i\nx,n=b,n=c packets=2i\n", b.text);
	sek_buffer_free(&b);
}

TEST_HARNESS_MAIN
