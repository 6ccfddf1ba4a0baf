#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load helpers

@test "fill fills all of a block, and check finds it" {
	handles_of minimm page alloc --order 2
	succeeds minimm fill "$handle" 0xa5
	[ -z "$stdout" ]
	succeeds minimm check "$handle" 165
	[ -z "$stdout" ]
	refused EILSEQ "check $handle for 0xa6: the byte at offset 0 is another" minimm check "$handle" 0xa6
}

@test "fill and check may be of a part" {
	handles_of minimm page alloc --order 0
	minimm fill "$handle" 1
	minimm fill "$handle" 2 --offset 100 --length 1
	minimm check "$handle" 2 --offset 100 --length 1
	refused EILSEQ "the byte at offset 100 is another" minimm check "$handle" 1
	minimm check "$handle" 1 --offset 101
}

@test "objects are filled and checked whole" {
	minimm cache create foo --size 100
	handles_of minimm obj alloc foo --count 3
	minimm fill "${handles[0]}" 1
	minimm fill "${handles[1]}" 2
	minimm fill "${handles[2]}" 3
	minimm check "${handles[0]}" 1
	minimm check "${handles[1]}" 2
	minimm check "${handles[2]}" 3
}

@test "dump shows bytes, offsets and characters, equal lines once" {
	handles_of minimm page alloc --order 0
	minimm fill "$handle" 0x41
	minimm fill "$handle" 0 --offset 32 --length 16
	succeeds minimm dump "$handle"
	[ "${lines[0]}" = "00000000  41 41 41 41 41 41 41 41  41 41 41 41 41 41 41 41  |AAAAAAAAAAAAAAAA|" ]
	[ "${lines[1]}" = "*" ]
	[ "${lines[2]}" = "00000020  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|" ]
	[ "${lines[3]}" = "00000030  41 41 41 41 41 41 41 41  41 41 41 41 41 41 41 41  |AAAAAAAAAAAAAAAA|" ]
	[ "${lines[4]}" = "*" ]
	[ "${lines[5]}" = "00001000" ]
	[ "${#lines[@]}" -eq 6 ]
}

@test "dump shows a part, and all of a large block" {
	handles_of minimm page alloc --order 6 --zero
	succeeds minimm dump "$handle" --offset 3 --length 5
	[ "$stdout" = $'00000003  00 00 00 00 00                                    |.....|\n00000008' ]
	succeeds minimm dump "$handle"
	[ "${lines[2]}" = "00040000" ]
}

@test "dump --json gives the bytes as hexadecimal digits" {
	handles_of minimm page alloc --order 0
	minimm fill "$handle" 0x5c
	json_of minimm dump "$handle" --offset 4092
	[ "$stdout" = "{\"handle\":$handle,\"offset\":4092,\"hex\":\"5c5c5c5c\"}" ]
	json_of minimm fill "$handle" 7
	[ "$stdout" = "{\"filled\":$handle,\"byte\":7}" ]
	json_of minimm check "$handle" 7
	[ "$stdout" = "{\"checked\":$handle,\"byte\":7}" ]
}

@test "what reaches past the end is refused" {
	handles_of minimm page alloc --order 0
	for command in fill check; do
		refused ERANGE "past the block's end" minimm $command "$handle" 0 --offset 4097
		refused ERANGE "past the block's end" minimm $command "$handle" 0 --length 4097
		refused ERANGE "past the block's end" minimm $command "$handle" 0 --offset 18446744073709551615 --length 2
	done
	refused ERANGE "past the block's end" minimm dump "$handle" --offset 4096
	refused ERANGE "past the block's end" minimm dump "$handle" --offset 4095 --length 2
}
