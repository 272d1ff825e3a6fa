#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's own kernel-doc reads our comments: what they name must be there, and
# the other way round.
# timeout: 300

# shellcheck source=selftests/lint/lint.sh
. "$(dirname "$0")/lint.sh"

tar=${KSELFTEST_TAR:-/usr/src/linux-source-6.12.tar.xz}
program=$SEK_BUILD/kselftest/kernel-doc

# Beside the test harness, which comes from there too.
if [ ! -s "$program" ]; then
	mkdir -p "${program%/*}"
	tar -xJf "$tar" --occurrence=1 --wildcards --strip-components=2 \
		-C "$TMPDIR" '*/scripts/kernel-doc' &&
		mv "$TMPDIR/kernel-doc" "$program" || exit 1
fi

# Enumerators whose names say it all need no words, nor does padding.
cat >"$TMPDIR/one" <<'END'
found=$(perl "$0" -none -Wall "$1" 2>&1 |
	grep -v -e "Enum value '.*' not described" -e "member 'pad[0-9]*' not described")
[ -z "$found" ] || { echo "$found"; exit 1; }
END
for file in $(tracked '*.h' '*.c'); do
	! grep -q '^/\*\*$' "$file" || echo "$file"
done >"$TMPDIR/files"
check_each sh -c "$(cat "$TMPDIR/one")" "$program"
test_finish
