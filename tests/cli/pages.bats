#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load helpers

@test "page alloc prints a handle, which is kept until it is freed" {
	arena_number pages
	local pages=$number
	handles_of minimm page alloc --order 3
	[ "${#handles[@]}" -eq 1 ]
	[[ $handle =~ ^[0-9]+$ ]]
	arena_has free_pages $((pages - 8))
	minimm page free "$handle"
	as_before
}

@test "page alloc --count prints a handle a line, all different" {
	handles_of minimm page alloc --order 0 --count 20
	[ "${#handles[@]}" -eq 20 ]
	[ "$(sort -u <<<"$stdout" | wc -l)" -eq 20 ]
	succeeds minimm page free "${handles[@]}"
	[ -z "$stdout" ]
}

@test "page alloc --zero gives zeros where other bytes were" {
	handles_of minimm page alloc --order 4
	minimm fill "$handle" 0xff
	minimm page free "$handle"
	handles_of minimm page alloc --order 4 --zero
	minimm check "$handle" 0
}

@test "page alloc --arena takes from that arena" {
	minimm arena create t --size 64K
	minimm page alloc --order 2 --arena t
	arena_has free_pages 12 t
	arena_has handles 0
}

@test "page alloc --json lists the handles as numbers" {
	json_of minimm page alloc --order 1 --count 2
	[[ $stdout =~ ^\{\"handles\":\[([0-9]+),([0-9]+)\]\}$ ]]
	local first=${BASH_REMATCH[1]} second=${BASH_REMATCH[2]}
	json_of minimm page free "$first" "$second"
	[ "$stdout" = "{\"freed\":[$first,$second]}" ]
}

@test "an arena that is full gives what it has, and says how many" {
	minimm arena create t --size 64K
	refused ENOMEM "(4 of 5 were made): the arena has no free block of this order" \
		minimm page alloc --order 2 --count 5 --arena t
	[ "$(wc -l <<<"$stdout")" -eq 4 ]
	refused ENOMEM "no free block" minimm page alloc --order 0 --arena t
	[ -z "$stdout" ]
}

@test "what was made before a refusal is in --json too" {
	minimm arena create t --size 64K
	try minimm --json page alloc --order 3 --count 3 --arena t
	[ "$status" -eq 1 ]
	[[ $stdout =~ ^\{\"handles\":\[[0-9]+,[0-9]+\]\}$ ]]
	is_json <<<"$stderr"
	[[ $stderr == *'"errno":"ENOMEM","reason":"full"'* ]]
}

@test "one bad handle among good ones is refused, the others are freed" {
	handles_of minimm page alloc --order 0 --count 2
	refused ENOENT "page free 999999999 (1 of 3; 2 freed): no such handle" \
		minimm page free "${handles[0]}" 999999999 "${handles[1]}"
	arena_has handles 0
}

@test "handles refused for different reasons get a line each" {
	minimm cache create foo --size 64
	handles_of minimm obj alloc foo
	object=$handle
	try minimm page free "$object" 999999999
	[ "$status" -eq 1 ]
	[[ $stderr == minimm:*"(ENOENT)"$'\n'minimm:*"(EBADF)" ]]
}
