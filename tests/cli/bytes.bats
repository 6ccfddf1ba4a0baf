#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# kmalloc, vmalloc and free. In an arena of their own: kmalloc's caches go with their arena only.
load helpers

lab() { minimm arena create t --size 1M; }

@test "kmalloc takes from the general cache that fits, and the cache is listed then" {
	lab
	handles_of minimm kmalloc 100 --count 3 --arena t
	[ "${#handles[@]}" -eq 3 ]
	succeeds minimm cache list
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[1]} =~ ^t:kmalloc-128\ +slab\ +128 ]]
	grep -q '^t:kmalloc-128 *3 ' /proc/mini_slabinfo
	succeeds minimm free "${handles[@]}"
	[ -z "$stdout" ]
	grep -q '^t:kmalloc-128 *0 ' /proc/mini_slabinfo
}

@test "an arena that did not kmalloc shows no cache" {
	lab
	succeeds minimm cache list
	[ "${#lines[@]}" -eq 1 ]
	refused ENOENT "no such cache" minimm cache shrink t:kmalloc-64
}

@test "a cache of kmalloc's goes with its arena only" {
	lab
	handles_of minimm kmalloc 64 --arena t
	refused EPERM "cache destroy t:kmalloc-64: " minimm cache destroy t:kmalloc-64
	refused EEXIST "the name is taken" minimm cache create kmalloc-64 --size 64 --arena t
	minimm arena reset t
	succeeds minimm cache list
	[[ ${lines[1]} == t:kmalloc-64* ]]
	minimm arena destroy t
	succeeds minimm cache list
	[ "${#lines[@]}" -eq 1 ]
}

@test "above 8K kmalloc gives pages" {
	lab
	handles_of minimm kmalloc 20K --arena t
	json_of minimm handles
	[[ $stdout == *'"kind":"kmalloc","size":20480,"arena":"t",'* ]]
	[[ $stdout != *'"cache"'* ]]
	arena_has free_pages 248 t
	minimm free "$handle"
	arena_has free_pages 256 t
}

@test "vmalloc is served where no block is large enough" {
	lab
	handles_of minimm page alloc --order 0 --count 256 --arena t
	minimm page free "${handles[@]:0:100}"
	kept=("${handles[@]:100}")
	handles_of minimm page alloc --order 0 --count 100 --arena t
	odd=()
	for ((i = 0; i < 100; i += 2)); do odd+=("${handles[i]}"); done
	minimm page free "${odd[@]}"
	refused ENOMEM "kmalloc 128K in arena t: the arena has no free block" minimm kmalloc 128K --arena t
	handles_of minimm vmalloc 200K --arena t
	arena_has free_pages 0 t
	minimm fill "$handle" 0x42
	minimm check "$handle" 0x42
	minimm free "$handle"
	arena_has free_pages 50 t
	[ "${#kept[@]}" -eq 156 ]
}

@test "what both give can be filled, checked and dumped, up to its size" {
	lab
	for way in kmalloc vmalloc; do
		handles_of minimm $way 5000 --zero --arena t
		minimm check "$handle" 0
		minimm fill "$handle" 0xa5 --offset 4990
		succeeds minimm dump "$handle" --offset 4980
		[[ $stdout == *"a5 a5 a5 a5"* ]]
		refused ERANGE "past the block's end" minimm fill "$handle" 1 --offset 5000 --length 1
		minimm free "$handle"
	done
}

@test "handles says which way they were had" {
	lab
	minimm kmalloc 50 --arena t
	minimm vmalloc 5000 --arena t
	succeeds minimm handles
	[[ ${lines[1]} =~ ^\ *[0-9]+\ +kmalloc\ +50\ B\ +t\ +t:kmalloc-64\  ]]
	[[ ${lines[2]} =~ ^\ *[0-9]+\ +vmalloc\ +5000\ B\ +t\ +-\  ]]
}

@test "free takes any handle, and says which it could not" {
	lab
	minimm cache create foo --size 64 --arena t
	handles_of minimm run --keep - <<-'END'
		kmalloc 100 --arena t
		vmalloc 100 --arena t
		page alloc --order 1 --arena t
		obj alloc t:foo
	END
	[ "${#handles[@]}" -eq 4 ]
	refused EBADF "the handle names no page block; 'minimm free' takes any" minimm page free "${handles[0]}"
	refused EBADF "the handle names no object; 'minimm free' takes any" minimm obj free "${handles[1]}"
	json_of minimm free "${handles[@]}"
	[[ $stdout =~ ^\{\"freed\":\[[0-9]+,[0-9]+,[0-9]+,[0-9]+\]\}$ ]]
	refused ENOENT "free ${handles[0]}: no such handle" minimm free "${handles[0]}"
}

@test "sizes that cannot be are one line" {
	lab
	refused EINVAL "kmalloc 0B in arena t: the size is out of range" minimm kmalloc 0 --arena t
	refused EINVAL "kmalloc 2M in arena t: the size is out of range" minimm kmalloc 2M --arena t
	refused EINVAL "vmalloc 2M in arena t: the size is out of range" minimm vmalloc 2M --arena t
	misused "kmalloc: SIZE: 'x' is not a number" minimm kmalloc x
	misused "vmalloc: SIZE is missing" minimm vmalloc
}

@test "scripts name what they had, and give it back at their end" {
	lab
	succeeds minimm run - <<-'END'
		$x = kmalloc 1K --count 4 --arena t
		$y = vmalloc 64K --arena t
		fill $y 7
		check $y 7
		free $x
		echo $y
	END
	minimm arena reset t
	arena_has free_pages 256 t
}

@test "a cache may be aligned to cache lines, and type-safe by RCU" {
	minimm cache create foo --size 100 --flags hwcache_align,typesafe_by_rcu
	json_of minimm cache list
	[[ $stdout == *'"name":"foo"'*'"align":64,'*'"hwcache_align":true,"typesafe_by_rcu":true,'* ]]
	handles_of minimm obj alloc foo --count 100
	minimm obj free "${handles[@]}"
	minimm cache destroy foo
	# Its slabs come back when a grace period is over.
	for _ in {1..50}; do
		! as_before || break
		sleep 0.1
	done
	misused "'panic' is no flag; there are hwcache_align, typesafe_by_rcu and reclaim_account" \
		minimm cache create foo --size 8 --flags panic
}
