#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# What a client may get wrong: each is refused in one line, and leaves all as it was.
load helpers

@test "orders out of range" {
	for order in 11 16 255 4294967295; do
		refused EINVAL "page alloc --order $order in arena default: the order is above the arena's highest" \
			minimm page alloc --order $order
	done
}

@test "orders above what a small arena serves" {
	minimm arena create t --size 16K
	minimm page alloc --order 2 --arena t
	try minimm page alloc --order 3 --arena t
	[ "$status" -eq 1 ]
	one_line "page alloc --order 3 in arena t"
}

@test "counts of zero" {
	minimm cache create foo --size 64
	refused EINVAL "page alloc --order 0 in arena default: the count is zero" minimm page alloc --order 0 --count 0
	refused EINVAL "obj alloc foo: the count is zero" minimm obj alloc foo --count 0
}

@test "object sizes and alignments out of range" {
	for size in 0 7 8193 9K 4294967295; do
		refused EINVAL "cache create 'foo': the size is out of range" minimm cache create foo --size $size
	done
	for align in 3 24 8K; do
		refused EINVAL "cache create 'foo': the alignment has to be a power of two" \
			minimm cache create foo --size 64 --align $align
	done
	succeeds minimm cache list
	[ "${#lines[@]}" -eq 1 ]
}

@test "unknown names" {
	refused ENOENT "arena 'none': no such arena; 'minimm arena list' shows" minimm page alloc --order 0 --arena none
	refused ENOENT "no such arena" minimm cache create foo --size 64 --arena none
	refused ENOENT "no such arena" minimm arena destroy none
	refused ENOENT "no such arena" minimm arena reset none
	refused ENOENT "no such arena" minimm map --arena none
	refused ENOENT "no such arena" minimm stress --seconds 1 --arena none
	refused ENOENT "cache 'none': no such cache; 'minimm cache list' shows" minimm obj alloc none
	refused ENOENT "no such cache" minimm cache shrink none
	refused ENOENT "no such cache" minimm cache destroy none:foo
	refused ENOENT "no such cache" minimm cache destroy default:none
}

@test "names with blanks, of no length, or over the limit" {
	refused EINVAL "cache create 'a b': not a name" minimm cache create 'a b' --size 64
	refused EINVAL "not a name" minimm cache create '' --size 64
	refused EINVAL "not a name" minimm cache create 'a:b' --size 64
	refused EINVAL "not a name" minimm cache create $'caf\xc3\xa9' --size 64
	refused ENAMETOOLONG "the name is too long" minimm cache create 0123456789abcdef0123456789abcdef --size 64
	refused ENAMETOOLONG "the name is too long" minimm page alloc --order 0 --arena 0123456789abcdef
	refused ENAMETOOLONG "the name is too long" minimm obj alloc 0123456789abcdef0123456789abcdef0123456789abcdef
	minimm cache create 0123456789abcdef0123456789abcde --size 64
}

@test "a name that is taken" {
	minimm cache create foo --size 64
	refused EEXIST "cache create 'foo': the name is taken" minimm cache create foo --size 128
}

@test "a name stays on the message's line, whatever is in it" {
	refused EINVAL "cache create 'a?b?[31m': not a name" minimm cache create $'a\nb\033[31m' --size 64
}

@test "freed and made-up handles" {
	handles_of minimm page alloc --order 0
	minimm page free "$handle"
	refused ENOENT "page free $handle: no such handle: freed before, or never made" minimm page free "$handle"
	for command in "page free 0" "obj free 4711000" "fill 18446744073709551615 1" "check 4711000 1" "dump 4711000"; do
		# shellcheck disable=SC2086
		refused ENOENT "no such handle" minimm $command
	done
}

@test "freeing one handle twice in a call frees it once" {
	handles_of minimm page alloc --order 0
	refused ENOENT "page free $handle (1 of 2; 1 freed): no such handle" minimm page free "$handle" "$handle"
}

@test "a page block as an object, and the other way round" {
	handles_of minimm page alloc --order 0
	block=$handle
	minimm cache create foo --size 64
	handles_of minimm obj alloc foo
	object=$handle
	refused EBADF "the handle names no object; 'minimm free' takes any" minimm obj free "$block"
	refused EBADF "the handle names no page block; 'minimm free' takes any" minimm page free "$object"
	minimm page free "$block"
	minimm obj free "$object"
}

@test "handles of another open file" {
	hold 'page alloc --order 2'
	read -r handle <"$holder_out"
	refused EACCES "page free $handle: the handle belongs to another open file" minimm page free "$handle"
	refused EACCES "belongs to another open file" minimm fill "$handle" 1
	refused EACCES "belongs to another open file" minimm dump "$handle"
	succeeds minimm handles
	[ "${#lines[@]}" -eq 1 ]
	let_go
}

@test "a client that is killed gives back what it did not keep, within a second" {
	hold 'cache create foo --size 64' 'obj alloc foo --count 100' 'page alloc --order 5 --count 20'
	in_use
	kill_holder
	sleep 1
	as_before
	succeeds minimm cache list
	[ "${#lines[@]}" -eq 1 ]
}

@test "a file that is no workload, no script and no scenario is refused in one line" {
	cd "$BATS_TEST_TMPDIR"
	head -c 3000 /dev/urandom >noise
	head -c 200000 /dev/zero | tr '\0' x >endless
	printf 'alloc page' >truncated
	mkdir folder
	for file in ./noise ./endless ./truncated ./folder ./missing; do
		for command in "compare --workload" run "explain --file"; do
			# shellcheck disable=SC2086
			try minimm $command $file
			[ "$status" -ne 0 ]
			[ -z "$stdout" ]
			[ "$(wc -l <<<"$stderr")" -eq 1 ]
			[[ $stderr == "minimm: "* && ${#stderr} -lt 600 ]]
		done
	done
}
