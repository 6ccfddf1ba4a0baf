#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load helpers

@test "objects come from a cache and go back to it" {
	minimm cache create foo --size 192
	handles_of minimm obj alloc foo --count 30
	[ "${#handles[@]}" -eq 30 ]
	succeeds minimm obj free "${handles[@]}"
	[ -z "$stdout" ]
	minimm cache destroy foo
	succeeds minimm cache list
	[ "${#lines[@]}" -eq 1 ]
}

@test "a count beyond one call of the kernel is made in several" {
	minimm cache create foo --size 8
	handles_of minimm obj alloc foo --count 20000
	[ "${#handles[@]}" -eq 20000 ]
	succeeds minimm obj free "${handles[@]}"
	arena_has handles 0
}

@test "cache list shows the geometry that was asked for" {
	minimm cache create foo --size 100 --align 64
	minimm cache create bar --size 64 --off-slab
	json_of minimm cache list
	[[ $stdout == *'"name":"foo","arena":"default","engine":"slab","object_size":100,"slot_size":128,"align":64,'* ]]
	[[ $stdout == *'"name":"bar"'*'"off_slab":true'* ]]
	succeeds minimm cache list
	[[ ${lines[1]} =~ ^foo\ +slab\ +100\ +128\ +64 ]]
}

@test "cache create --json gives the full name" {
	minimm arena create t --size 256K
	json_of minimm cache create foo --size 64 --arena t
	[[ $stdout =~ ^\{\"id\":[0-9]+,\"name\":\"t:foo\"\}$ ]]
}

@test "caches of other arenas are named arena:cache" {
	minimm arena create t --size 256K
	minimm cache create foo --size 64 --arena t
	minimm cache create foo --size 128
	minimm obj alloc t:foo
	arena_has handles 1 t
	arena_has handles 0
	minimm cache destroy foo
	refused EBUSY "1 blocks and objects are held" minimm cache destroy t:foo
}

@test "a size may have a suffix, up to 8K" {
	minimm cache create foo --size 8K
	minimm obj alloc foo
}

@test "obj alloc --zero gives zeros where other bytes were" {
	minimm cache create foo --size 512
	handles_of minimm obj alloc foo
	object=$handle
	minimm fill "$object" 0xee
	minimm obj free "$object"
	handles_of minimm obj alloc foo --zero
	object=$handle
	minimm check "$object" 0
}

@test "cache shrink gives empty slabs back, and says how many pages" {
	minimm cache create foo --size 2048
	handles_of minimm obj alloc foo --count 10
	minimm obj free "${handles[@]}"
	succeeds minimm cache shrink foo
	[[ $stdout =~ ^foo:\ gave\ [1-9][0-9]*\ pages?\ back\ to\ the\ arena$ ]]
	json_of minimm cache shrink foo
	[ "$stdout" = '{"name":"foo","freed_pages":0}' ]
}

@test "an arena reset frees objects and destroys caches" {
	minimm cache create foo --size 64
	minimm obj alloc foo --count 3
	minimm page alloc --order 0
	succeeds minimm arena reset default
	[ "$stdout" = "default: freed 4 handles, destroyed 1 cache" ]
}

@test "a cache with objects is not destroyed, and says how many" {
	minimm cache create foo --size 64
	minimm obj alloc foo --count 7
	refused EBUSY "cache destroy foo: still in use, 7 blocks and objects are held" minimm cache destroy foo
	try minimm cache destroy foo --json
	[ "$status" -eq 1 ]
	is_json <<<"$stderr"
	[[ $stderr == *'"errno":"EBUSY","reason":"live"}' ]]
}

@test "objects that do not fit the arena any more are refused, with how many were made" {
	minimm arena create t --size 16K
	minimm cache create foo --size 4096 --arena t
	refused ENOMEM "were made): the arena has no free block" minimm obj alloc t:foo --count 100
	[ -n "$stdout" ]
}

@test "a cache has the engine that it was made with, and each engine serves objects" {
	for engine in slab slub slob class; do
		minimm cache create "of-$engine" --size 200 --engine "$engine"
		handles_of minimm obj alloc "of-$engine" --count 100
		for one in "${handles[0]}" "${handles[99]}"; do
			minimm fill "$one" 0x5a
			minimm check "$one" 0x5a
		done
		succeeds minimm cache list
		[[ $stdout =~ of-$engine\ +$engine\ +200 ]]
		minimm obj free "${handles[@]}"
		minimm cache shrink "of-$engine"
		minimm cache destroy "of-$engine"
	done
}

@test "an engine that there is not is refused with those that there are" {
	refused EINVAL "object engines are slab, slub, slob, class" minimm cache create foo --size 64 --engine slap
}

@test "six objects of 2 KB lie in a slab of three pages" {
	minimm arena create t --size 64K
	minimm cache create foo --size 2K --slab-pages 3 --off-slab --arena t
	minimm obj alloc t:foo --count 6
	json_of minimm cache list
	[[ $stdout == *'"objects_per_slab":6,"pages_per_slab":3,'*'"full_slabs":1,"partial_slabs":0,'* ]]
	[[ $(grep t:foo /proc/mini_slabinfo) =~ ^t:foo\ +6\ +6\ +2048\ +6\ +3\ :\  ]]
	refused EINVAL "slab of 1 to 8 pages" minimm cache create bar --size 64 --slab-pages 9
}

@test "caches of several sizes serve what is asked for, and nothing larger than their own" {
	for engine in slob class; do
		minimm cache create "of-$engine" --size 2000 --engine "$engine"
		handles_of minimm obj alloc "of-$engine" --size 100
		minimm fill "$handle" 0x11
		refused ERANGE "reach past" minimm fill "$handle" 0x11 --offset 100 --length 1
		refused EMSGSIZE "larger than the largest object" minimm obj alloc "of-$engine" --size 2001
	done
	minimm cache create foo --size 64
	refused EMSGSIZE "larger than the largest object" minimm obj alloc foo --size 65
	refused EMSGSIZE "larger than the largest object" minimm cache create bar --size 8K --engine slob
}

@test "a cache has debug letters of its own" {
	minimm cache create foo --size 64 --debug ZU
	json_of minimm cache list
	[[ $stdout == *'"object_size":64,"slot_size":160,'* ]]
	refused EINVAL "unknown debug letter" minimm cache create bar --size 64 --debug X
}
