# SPDX-License-Identifier: GPL-2.0-only
# rows.awk BEFORE AFTER ROWS: evaluates rows, see net.sh; prints of each whether it
# holds, its name, and both sums, between tabs.

# Growth of a field in all lines of a table that match: words[from..to].
function grown(words, from, to,    table, field, i, n, sum, dot)
{
	dot = index(words[from], ".")
	table = substr(words[from], 1, dot - 1)
	field = substr(words[from], dot + 1)
	for (n = 1; n <= lines; n++) {
		if (line[n, "table"] != table || !((n, field) in line))
			continue
		for (i = from + 1; i <= to && matches(n, words[i]); i++)
			;
		if (i > to)
			sum += line[n, "sign"] * line[n, field]
	}
	return sum
}

# KEY=A|B or KEY!=A
function matches(n, word,    key, value, not)
{
	key = substr(word, 1, index(word, "=") - 1)
	value = substr(word, index(word, "=") + 1)
	not = sub(/!$/, "", key)
	return (index("|" value "|", "|" line[n, key] "|") > 0) != not
}

# Numbers first, with or without * between.
function term(words, from, to,    product)
{
	for (product = 1; from <= to && words[from] ~ /^([0-9]+|\*)$/; from++) {
		if (words[from] != "*")
			product *= words[from]
	}
	return from > to ? product : product * grown(words, from, to)
}

function sum_of(text,    words, n, i, from, sign, sum)
{
	n = split(text, words, " ")
	from = sign = 1
	for (i = 1; i <= n + 1; i++) {
		if (i <= n && words[i] != "+" && words[i] != "-")
			continue
		sum += sign * term(words, from, i - 1)
		sign = words[i] == "-" ? -1 : 1
		from = i + 1
	}
	return sum
}

FNR == 1 {
	file++
}

file < 3 {
	lines++
	line[lines, "table"] = $1
	line[lines, "sign"] = file == 1 ? -1 : 1
	for (i = 2; i <= NF; i++)
		line[lines, substr($i, 1, index($i, "=") - 1)] = substr($i, index($i, "=") + 1)
	next
}

/ == / {
	name = substr($0, 1, index($0, ": ") - 1)
	sub(/^[ \t]+/, "", name)
	rest = substr($0, index($0, ": ") + 2)
	left = sum_of(substr(rest, 1, index(rest, " == ") - 1))
	right = substr(rest, index(rest, " == ") + 4)
	ok = right == "0" ? left == 0 : left == (right = sum_of(right)) && left != 0
	printf "%s\t%s\t%.0f\t%.0f\n", ok ? "ok" : "no", name, left, right
}
