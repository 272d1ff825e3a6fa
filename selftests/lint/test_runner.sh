#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The runner itself: whatever a test does wrong, the run must not pass.  It runs in
# a copy of its own files, with small tests made here.
# timeout: 90

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"

tree=$TMPDIR/selftests
mkdir -p "$tree/t" "$tree/vm"
cp "$top"/selftests/*.sh "$top"/selftests/ktap.awk "$tree/"
cp "$top"/selftests/vm/splats* "$tree/vm/"
# What the inner run leaves on the host is the outer run's to find.
cat >"$tree/host.sh" <<'END'
#!/bin/sh
[ "${1:-}" = before ] || printf '1..1\nok 1 host\n'
END

# make_test NAME: from a script on stdin.
make_test()
{
	{
		echo '#!/bin/sh'
		cat
	} >"$tree/t/test_$1.sh"
	chmod 755 "$tree/t/test_$1.sh"
}

run()
{
	env -u SEK_NAMESPACE -u SEK_RESULTS SEK_ENV=native \
		"$tree/run.sh" "$@" >"$TMPDIR/out" 2>&1
}

# verdict NAME STATUS LAST-LINE [LINES]: of a run of what make_test made, which is gone
# afterwards.
verdict()
{
	run
	found=$?
	[ "$found" -eq "$2" ] && [ "$(tail -n 1 "$TMPDIR/out")" = "$3" ] &&
		case $(cat "$TMPDIR/out") in *"${4:-$3}"*) ;; *) false ;; esac
	test_result $? "$1" || diag <"$TMPDIR/out"
	rm -f "$tree"/t/*
	: >"$tree/expected-skips"
}

# Each run has the one subtest of host.sh, too.
: >"$tree/expected-skips"
test_plan 29

make_test a <<'END'
printf 'TAP version 13\n1..2\nok 1 x\n# diag\nok 2 y\n'
END
verdict "passed" 0 "3 passed, 0 failed, 0 skipped" "ok 1 t/a"

make_test a <<'END'
printf '1..2\nok 1 x\nnot ok 2 y\n'; exit 1
END
verdict "failed" 1 "2 passed, 1 failed, 0 skipped" "not ok 1 t/a"

make_test a <<'END'
printf '1..2\nok 1 x\nnot ok 2 y\n# found 1\n'; exit 1
END
verdict "what failed is said at the end" 1 "2 passed, 1 failed, 0 skipped" \
	"$(printf '# failed: t/a\n#   not ok 2 y\n#   # found 1')"

make_test a <<'END'
printf '1..1\n  1..1\n  not ok 1 inner\nok 1 x\n'
END
verdict "nested subtests count once" 0 "2 passed, 0 failed, 0 skipped"

make_test a <<'END'
echo 1..0
END
verdict "no subtests" 1 "1 passed, 1 failed, 0 skipped" "no subtests"

make_test a <<'END'
:
END
verdict "no output" 1 "1 passed, 1 failed, 0 skipped" "no plan"

make_test a <<'END'
echo ok 1 x
END
verdict "no plan" 1 "2 passed, 1 failed, 0 skipped" "no plan"

make_test a <<'END'
printf '1..3\nok 1 x\nok 2 y\n'
END
verdict "fewer than planned" 1 "3 passed, 1 failed, 0 skipped" "2 results where 3 were planned"

make_test a <<'END'
printf '1..1\nok 1 x\nok 2 y\n'
END
verdict "more than planned" 1 "3 passed, 1 failed, 0 skipped" "2 results where 1 were planned"

make_test a <<'END'
printf '1..2\nok 1 x\nok 1 x\n'
END
verdict "wrong numbers" 1 "3 passed, 1 failed, 0 skipped" "result 1 where 2 was due"

make_test a <<'END'
printf '1..1\n1..1\nok 1 x\n'
END
verdict "two plans" 1 "2 passed, 1 failed, 0 skipped" "more than one plan"

make_test a <<'END'
printf '1..1\nnot ok 1 x\n'
END
verdict "failed, but exit status 0" 1 "1 passed, 1 failed, 0 skipped" "exit status 0 although"

make_test a <<'END'
printf '1..1\nok 1 x\n'; exit 1
END
verdict "passed, but exit status 1" 1 "2 passed, 1 failed, 0 skipped" "exit status 1 although"

make_test a <<'END'
printf '1..1\nok 1 x\n'; kill -SEGV $$
END
verdict "died of a signal" 1 "2 passed, 1 failed, 0 skipped" "signal 11"

make_test a <<'END'
printf '1..1\nok 1 x\nBail out!\n'
END
verdict "bailed out" 1 "2 passed, 1 failed, 0 skipped" "bailed out"

make_test a <<'END'
# timeout: 1
printf '1..1\nok 1 x\n'; exec sleep 1000
END
verdict "out of time" 1 "2 passed, 1 failed, 0 skipped" "out of time after 1 s"

make_test a <<'END'
printf '1..1\nok 1 x\n'; sleep 1000 &
END
verdict "left a process" 1 "2 passed, 1 failed, 0 skipped" "left processes behind: sleep"

make_test a <<'END'
printf '1..2\nok 1 x\nok 2 y # SKIP no y\n'
END
verdict "unexpected skip" 1 "2 passed, 1 failed, 0 skipped" "unexpected skip: y: no y"

echo "native t/a y there is no y" >"$tree/expected-skips"
make_test a <<'END'
printf '1..2\nok 1 x\nok 2 y # SKIP no y\n'
END
verdict "expected skip" 0 "2 passed, 0 failed, 1 skipped"

echo "6.1 t/a y there is no y" >"$tree/expected-skips"
make_test a <<'END'
printf '1..2\nok 1 x\nok 2 y # SKIP no y\n'
END
verdict "skip expected elsewhere" 1 "2 passed, 1 failed, 0 skipped"

echo "* t/* y* there is no y" >"$tree/expected-skips"
make_test a <<'END'
printf '1..1\nok 1 x\n'
END
verdict "expected skip that did not occur" 0 "2 passed, 0 failed, 0 skipped" \
	"# expected skip did not occur: t/* y* (there is no y)"

make_test a <<'END'
echo '1..0 # SKIP nothing here'; exit 4
END
verdict "unexpected skip of a whole test" 1 "1 passed, 1 failed, 0 skipped" \
	"unexpected skip: all of it: nothing here"

echo "native t/a - nothing here" >"$tree/expected-skips"
make_test a <<'END'
echo '1..0 # SKIP nothing here'; exit 4
END
verdict "expected skip of a whole test" 0 "1 passed, 0 failed, 1 skipped" \
	"ok 1 t/a # SKIP nothing here"

make_test a <<END
. "$tree/lib.sh"
test_plan 2
test_result 0 x
exit 0
END
verdict "lib.sh: ended too early" 1 "2 passed, 1 failed, 0 skipped" "ended before test_finish"

make_test a <<END
. "$tree/lib.sh"
defer echo "# it's first"
defer echo "# last 'one'"
test_plan 1
test_result 0 x
test_finish
END
verdict "lib.sh: defer" 0 "2 passed, 0 failed, 0 skipped" "$(printf "# last 'one'\n  # it's first")"

make_test a <<END
# timeout: 1
. "$tree/lib.sh"
defer echo "# cleaned"
test_plan 1
busywait 1000 false
END
verdict "lib.sh: defer when out of time" 1 "1 passed, 1 failed, 0 skipped" "# cleaned"

# Each waits for the other one: they pass only if they run together.
for name in a b; do
	make_test $name <<END
touch $TMPDIR/$name
i=0
until [ -e $TMPDIR/a ] && [ -e $TMPDIR/b ] || [ \$i -gt 100 ]; do
	i=\$((i + 1))
	sleep 0.1
done
echo 1..1
[ \$i -gt 100 ] && echo not ok 1 together && exit 1
echo ok 1 together
END
done
verdict "parallel" 0 "3 passed, 0 failed, 0 skipped"

for name in a b c; do
	make_test $name <<END
# serial
echo 1..1
mkdir $TMPDIR/alone || { echo not ok 1 alone; exit 1; }
sleep 0.2
rmdir $TMPDIR/alone
echo ok 1 alone
END
done
verdict "serial" 0 "4 passed, 0 failed, 0 skipped"

make_test a <<'END'
printf '1..1\nok 1 x\n'
END
run 't/a' 't/nonesuch'
[ $? -eq 1 ] && [ "$(tail -n 1 "$TMPDIR/out")" = "0 passed, 1 failed, 0 skipped" ] &&
	grep -qF "no test matches 't/nonesuch'" "$TMPDIR/out"
test_result $? "a pattern without a test" || diag <"$TMPDIR/out"

test_finish
