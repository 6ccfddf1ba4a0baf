#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load helpers

# script: standard input becomes $BATS_TEST_TMPDIR/s.
script() {
	file=$BATS_TEST_TMPDIR/s
	cat >"$file"
}

@test "what a script made goes away at its end" {
	succeeds minimm run - <<-'END'
		arena create t --size 256K
		$blocks = page alloc --order 1 --count 3
		page alloc --order 2 --arena t
		cache create foo --size 64
		obj alloc foo --count 5
		arena list
	END
	[[ $stdout == *"t "*"256 KiB"* ]]
	succeeds minimm arena list
	[ "${#lines[@]}" -eq 2 ]
	succeeds minimm handles
	[ "${#lines[@]}" -eq 1 ]
	as_before
}

@test "with --keep it stays" {
	minimm run --keep - <<<'page alloc --order 0'
	arena_has handles 1
}

@test "a variable names one handle, or several" {
	script <<-'END'
		# a block, and objects
		$block = page alloc --order 2
		cache create foo --size 64
		$objects = obj alloc foo --count 3   # three of them
		fill $block 0x17
		check $block 0x17
		page free $block
		obj free $objects
		echo "freed: $objects"
		handles
	END
	succeeds minimm run "$file"
	[[ $stdout =~ freed:\ [0-9]+\ [0-9]+\ [0-9]+ ]]
	[ "$(grep -c 'object\|pages,' <<<"$stdout")" -eq 0 ]
}

@test "echo, quotes and escapes" {
	script <<-'END'
		echo a   b 'c  d' "e # f" \# # comment
		echo
	END
	succeeds minimm run "$file"
	[ "$stdout" = $'a b c  d e # f #\n' ]
}

@test "an error names file and line, and stops the script" {
	script <<-'END'
		echo one

		page free 999999999
		echo two
	END
	refused ENOENT "$file:3: page free 999999999: no such handle" minimm run "$file"
	[ "$stdout" = one ]
	refused ENOENT "stdin:1: arena 'none': no such arena" minimm run - <<<'page alloc --order 0 --arena none'
}

@test "a line with a minus in front is refused and the script goes on" {
	script <<-'END'
		-page free 999999999
		-cache create 'a b' --size 64
		echo on
	END
	try minimm run "$file"
	[ "$status" -eq 0 ]
	[ "$stdout" = on ]
	[[ $stderr == "minimm: $file:1: page free 999999999: "*"(ENOENT); going on"$'\n'"minimm: $file:2: "*"(EINVAL); going on" ]]
}

@test "mistakes in a script are usage errors, forgiven by no minus" {
	misused "stdin:1: page alloc: --order is missing" minimm run - <<<'-page alloc'
	# shellcheck disable=SC2016  # $x is the script's
	misused "stdin:1: \$x cannot be set: the command makes no handles" minimm run - <<<'$x = arena create t --size 64K'
}

@test "a variable keeps what was made before a refusal" {
	minimm arena create t --size 64K
	try minimm run - <<-'END'
		-$x = page alloc --order 3 --count 3 --arena t
		page free $x
		echo freed
	END
	[ "$status" -eq 0 ]
	[[ $stdout == *freed ]]
}

@test "a variable of which nothing was made is empty" {
	try minimm run - <<-'END'
		-$x = page alloc --order 3 --arena none
		echo "<$x>" $x
	END
	[ "$status" -eq 0 ]
	[ "$stdout" = "<>" ]
}

@test "--json makes every line's output a document" {
	succeeds minimm run - --json <<-'END'
		$x = page alloc --order 1
		echo held: $x
		arena list
		page free $x
	END
	[ "${#lines[@]}" -eq 4 ]
	for line in "${lines[@]}"; do is_json <<<"$line"; done
	[[ ${lines[1]} == '{"echo":"held: '* ]]
}

@test "a script that is not there is refused" {
	refused ENOENT "run /nowhere: No such file" minimm run /nowhere
	refused EISDIR "run /tmp: Is a directory" minimm run /tmp
}
