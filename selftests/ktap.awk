# SPDX-License-Identifier: GPL-2.0-only
#
# Judges one test by what it wrote: prints that, indented by two as KTAP wants
# subtests, and its result line.  What does not add up is a failure.
#
#	number, name	of the test in the run
#	code		its exit status, as kselftest: 0, 1, 4
#	seconds, limit	how long it took, and might have
#	left		not empty: processes that it left behind
#	env, skips	the environment, and the file of skips expected in each
#	totals		file that gets a line "passed failed skipped"
#	used		file that gets the skips that were met: "env test subtest"
#	failures	file that gets what a failed test said of itself, for the end

function glob(pattern,    c, i, re)
{
	re = "^"
	for (i = 1; i <= length(pattern); i++) {
		c = substr(pattern, i, 1)
		if (c == "*")
			re = re ".*"
		else if (c == "?")
			re = re "."
		else if (c ~ /[A-Za-z0-9_ \/-]/)
			re = re c
		else
			re = re "[" c "]"
	}
	return re "$"
}

function read_skips(    line, field)
{
	while ((getline line < skips) > 0) {
		if (line ~ /^[ \t]*(#|$)/)
			continue
		split(line, field, /[ \t]+/)
		if (env !~ glob(field[1]) || name !~ glob(field[2]))
			continue
		skip_line[++skip_n] = field[1] " " field[2] " " field[3]
		skip_subtest[skip_n] = glob(field[3])
	}
	close(skips)
}

function expected(subtest,    i, found)
{
	for (i = 1; i <= skip_n; i++) {
		if (subtest !~ skip_subtest[i])
			continue
		print skip_line[i] >> used
		found = 1
	}
	return found
}

function problem(text)
{
	problems[++problem_n] = text
}

function skip(subtest, why)
{
	if (expected(subtest)) {
		skipped++
		return
	}
	failed++
	problem("unexpected skip: " (subtest == "-" ? "all of it" : subtest) (why == "" ? "" : ": " why))
}

function directive(text, word)
{
	return match(text, "(^| )# *" word "[^ ]*")
}

function take_result(text, bad,    subtest)
{
	results++
	sub(/^ok /, "", text)
	if (text + 0 != results)
		problem("result " (text + 0) " where " results " was due")
	sub(/^[0-9]+ *(- )?/, "", text)
	if (directive(text, "SKIP")) {
		subtest = substr(text, 1, RSTART - 1)
		skip(subtest, substr(text, RSTART + RLENGTH + 1))
	} else if (directive(text, "XFAIL") || !bad) {
		passed++
	} else {
		failed++
		subtests_failed++
	}
}

function take_plan(text)
{
	plans++
	plan = substr(text, 4) + 0
	if (!plan && directive(text, "SKIP")) {
		whole = 1
		whole_why = substr(text, RSTART + RLENGTH + 1)
	}
}

function judge(    i)
{
	if (code == 124 || code == 137)
		problem("out of time after " limit " s")
	else if (code && code != 1 && code != 4)
		problem("exit status " code (code > 128 ? ", signal " code - 128 : ""))
	if (bailed)
		problem("bailed out")
	if (plans != 1)
		problem(plans ? "more than one plan" : "no plan")
	else if (results != plan)
		problem(results + 0 " results where " plan " were planned")
	if (whole && code == 4 && !results)
		skip("-", whole_why)
	else if (plans == 1 && !plan)
		problem("no subtests")
	if (code == 0 && subtests_failed)
		problem("exit status 0 although subtests failed")
	if (code == 1 && !subtests_failed)
		problem("exit status 1 although no subtest failed")
	if (code == 4 && passed)
		problem("exit status 4 although subtests passed")
	if (left != "")
		problem("left processes behind: " left)

	for (i = 1; i <= problem_n; i++)
		print "# " name ": " problems[i]
	if (problem_n && !failed)
		failed = 1
}

function explain(    i)
{
	print "# failed: " name >> failures
	for (i = said_n > SAID ? said_n - SAID : 0; i < said_n; i++)
		print "#   " said[i % SAID] >> failures
	for (i = 1; i <= problem_n; i++)
		print "#   " problems[i] >> failures
}

BEGIN {
	SAID = 20
	read_skips()
	print "  KTAP version 1"
	print "  # Subtest: " name
}

# The header was written above.
/^K?TAP version [0-9]+$/ {
	next
}

{
	print "  " $0
}

# The last of what explains a failure.
/^not ok [0-9]+/ || (/^#/ && !/^# +(RUN|OK|Starting|Totals)/) {
	said[said_n++ % SAID] = $0
}

/^1\.\.[0-9]+/ {
	take_plan($0)
}

/^ok [0-9]+/ {
	take_result($0, 0)
}

/^not ok [0-9]+/ {
	take_result(substr($0, 5), 1)
}

/^Bail out!/ {
	bailed = 1
}

END {
	judge()
	print "  # " seconds " s"
	if (failed) {
		print "not ok " number " " name
		explain()
	} else if (skipped && !passed)
		print "ok " number " " name " # SKIP " whole_why
	else
		print "ok " number " " name
	print passed + 0, failed + 0, skipped + 0 >> totals
}
