#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load helpers

# Small and quick: the figures are not the point here.
quick=(minimm compare --size 4M --repeats 2 --engines eager/lifo)

workload() { cat >"$BATS_TEST_TMPDIR/workload"; }

@test "compare has a row an engine, and says which the module has not" {
	succeeds minimm compare --workload frag --size 4M --repeats 2 --engines eager/lifo,eager/lifo
	[[ ${lines[0]} == "frag on 4 MiB: seed 0, 2 repeats, "* ]]
	[[ ${lines[1]} =~ ^engine\ .*ns/op ]]
	[[ ${lines[2]} =~ ^eager/lifo\ +[0-9.]+\ +[0-9.]+\.\.[0-9.]+ ]]
	[[ ${lines[3]} =~ ^eager/lifo\ +[0-9] ]]
	[[ $stdout =~ 2\ MiB\ blocks ]]
	as_before
	succeeds minimm arena list
	[ "${#lines[@]}" -eq 2 ]
}

@test "each workload runs" {
	local name
	for name in frag steady tasks brief mix bonwick; do
		succeeds "${quick[@]}" --workload "$name" --object-engines slab
		[[ ${lines[2]} =~ ^eager/lifo ]]
	done
	succeeds minimm compare --workloads
	[[ $stdout == *churn* ]]
}

@test "the same seed gives the same memory, whatever the time" {
	local first
	json_of "${quick[@]}" --seed 5
	first=${stdout#*'"splits_per_op"'}
	json_of "${quick[@]}" --seed 5
	[ "${stdout#*'"splits_per_op"'}" = "$first" ]
	[[ $stdout == *'"partial":false,"runs":4,"runs_planned":4,'* ]]
}

@test "a constructor that runs each time takes longer" {
	local figures
	json_of minimm compare --size 4M --repeats 3 --engines eager/lifo --workload bonwick --object-engines slab
	mapfile -t figures < <(grep -o '"ns_per_op":{"median":[0-9]*' <<<"$stdout" | grep -o '[0-9]*$')
	[ "${#figures[@]}" -eq 2 ]
	[ "${figures[1]}" -gt "${figures[0]}" ]
	[[ $stdout == *'"violations":0'* ]]
}

@test "the figures go to files" {
	local out=$BATS_TEST_TMPDIR/out text picture
	succeeds "${quick[@]}" --json-file "$out.json" --csv "$out.csv" --svg "$out.svg" --html "$out.html"
	is_json <"$out.json"
	mapfile -t text <"$out.csv"
	[ "${#text[@]}" -eq 2 ]
	[[ ${text[0]} == workload,engine,* ]]
	[[ ${text[1]} == frag,eager/lifo,* ]]
	read_file picture "$out.svg"
	[[ $picture == "<svg "*"</svg>"* ]]
	read_file picture "$out.html"
	[[ $picture == "<!doctype html>"*"<svg "*"</html>"* ]]
	try "${quick[@]}" --csv /nonexistent/out.csv
	[ "$status" -eq 1 ]
	one_line '/nonexistent/out.csv'
	[ -z "$stdout" ]
}

@test "what the module has not is said, and the others go on" {
	local file=$BATS_TEST_TMPDIR/out.csv
	succeeds minimm compare --size 4M --repeats 1 --engines eager/lifo,naive/lifo --csv "$file"
	[[ ${lines[3]} =~ ^naive/lifo\ +not\ in\ this\ module ]]
	grep -q '^frag,naive/lifo,,,not in this module,0,' "$file"
	refused EOPNOTSUPP 'not in this module' minimm compare --size 4M --engines naive/lifo
}

@test "unknown names are refused with those that there are" {
	misused 'eager, lazy, naive' minimm compare --engines lasy
	misused 'lifo, lowest, first-fit' minimm compare --engines eager/fifo
	misused 'slab, slub, slob, class' minimm compare --workload mix --object-engines swab
	misused 'frag, steady, tasks, brief, mix, churn, bonwick, and files' minimm compare --workload fragg
	misused '--repeats has to be 1 or more' minimm compare --repeats 0
	misused '--size has to be 256K or more' minimm compare --size 4K
	refused ENOENT './nosuch' minimm compare --workload ./nosuch
	refused EDQUOT "'minimm info' shows the limits" minimm compare --size 16G
}

@test "a file is a workload" {
	workload <<-'END'
		seed 7
		cache task 1700 constructor
		fill pages order 0 until 50%
		measure
		repeat 10 {
		  free random 10%
		  alloc object task times 10
		  alloc pages order 0..3 times 20
		}
		a 1 page 2
		f 1
	END
	succeeds "${quick[@]}" --workload "$BATS_TEST_TMPDIR/workload" --object-engines slab
	[[ ${lines[0]} == *"seed 7, "* ]]
	[[ ${lines[2]} =~ ^eager/lifo ]]
	echo 'fill pages order 0 till 50%' | workload
	misused "workload:1:20: expected 'until', found 'till'" "${quick[@]}" --workload "$BATS_TEST_TMPDIR/workload"
	echo 'f 3' | workload
	misused 'workload:1:3: slot 3 is empty' "${quick[@]}" --workload "$BATS_TEST_TMPDIR/workload"
}

@test "all engines of the module take part when none is named" {
	succeeds minimm compare --size 4M --repeats 1
	for engine in eager/lifo eager/lowest lazy/lifo lazy/lowest naive/first-fit; do
		[[ $stdout == *$'\n'"$engine "* ]]
	done
	[[ $stdout != *'not in this module'* ]]
	[[ $stdout == *'naive/first-fit: the engine has no migrate types; all of its blocks were unmovable' ]]
	as_before
}

@test "compaction brings the free blocks together" {
	json_of minimm compare --size 16M --repeats 1 --engines eager/lifo,lazy/lowest --compact
	[ "$(grep -o '"compacted":{"pages":2048,"blocks_2m":4,"blocks_2m_optimum":4' <<<"$stdout" | wc -l)" -eq 2 ]
}

@test "an arena that is too small for a workload counts failures" {
	printf 'alloc page 9 times 20\nfree all\n' | workload
	json_of "${quick[@]}" --workload "$BATS_TEST_TMPDIR/workload"
	[[ $stdout == *'"failures":18,'* ]]
}

@test "interrupted, it prints what it has and says that it is partial" {
	minimm compare --workload steady --size 16M --repeats 1000 --engines eager/lifo >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	compare=$!
	sleep 2
	kill -INT "$compare"
	wait "$compare"
	grep -q '^eager/lifo  *[0-9]' "$BATS_TEST_TMPDIR/out"
	grep -qE '^partial: [1-9][0-9]* of 1002 runs$' "$BATS_TEST_TMPDIR/out"
	as_before
	succeeds minimm arena list
	[ "${#lines[@]}" -eq 2 ]
}

@test "kill -9 leaves no arena behind" {
	minimm compare --workload steady --size 16M --repeats 1000 --engines eager/lifo >/dev/null 2>&1 3>&- &
	compare=$!
	sleep 1
	kill -9 "$compare"
	wait "$compare" || true
	sleep 1
	succeeds minimm arena list
	[ "${#lines[@]}" -eq 2 ]
}
