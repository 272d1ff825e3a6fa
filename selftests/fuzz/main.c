// SPDX-License-Identifier: GPL-2.0-only
/* Runs a fuzzer once on each file named: a corpus, without libFuzzer. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Larger files are cut: libFuzzer's own inputs are far below. */
#define MAX_INPUT (1u << 20)

static int run(const char *path)
{
	FILE *file = fopen(path, "rbe");
	uint8_t *data = NULL;
	size_t size = 0;
	int ret = 0;

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	data = malloc(MAX_INPUT);
	if (data)
		size = fread(data, 1, MAX_INPUT, file);
	if (!data || ferror(file)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		ret = 1;
	} else {
		/* Of the exact size, so that ASan sees a read beyond it. */
		uint8_t *exact = realloc(data, size ? size : 1);

		if (exact)
			data = exact;
		LLVMFuzzerTestOneInput(data, size);
	}
	free(data);
	fclose(file);
	return ret;
}

int main(int argc, char **argv)
{
	int ret = 0;

	for (int i = 1; i < argc; i++)
		ret |= run(argv[i]);
	printf("%d inputs\n", argc - 1);
	return ret;
}
