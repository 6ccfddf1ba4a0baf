#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Page engines, placements, mobility, exact ranges, compaction, and the files about fragmentation.
load helpers

@test "each page engine with each placement serves a stress run and gives all pages back" {
	local pair
	for pair in eager/lifo eager/lowest lazy/lifo lazy/lowest naive/first-fit; do
		minimm arena create t --size 2M --page-engine "${pair%/*}" --placement "${pair#*/}" --debug V
		succeeds minimm arena list
		[[ $stdout =~ t\ +2\ MiB\ +2\ MiB\ +0.0%\ +${pair%/*}\ +${pair#*/} ]]
		succeeds minimm stress --seconds 1 --threads 2 --seed 1 --arena t
		arena_has free_pages 512 t
		minimm arena destroy t
	done
}

@test "an engine without the module's placement takes its own" {
	minimm arena create t --size 64K --page-engine naive
	json_of minimm arena list
	[[ $stdout == *'"page_engine":"naive","placement":"first-fit"'* ]]
	minimm arena destroy t
}

@test "the lowest address serves, whatever the order" {
	minimm arena create t --size 64K --placement lowest
	handles_of minimm page alloc --order 0 --count 16 --arena t
	# Pages 2 and 3 as a block, and page 9.
	minimm page free "${handles[9]}"
	minimm page free "${handles[2]}" "${handles[3]}"
	handles_of minimm page alloc --order 0 --arena t
	json_of minimm handles
	[[ $stdout == *"\"handle\":$handle,\"kind\":\"pages\",\"size\":4096,\"arena\":\"t\",\"page\":2,"* ]]
	minimm arena reset t
	minimm arena destroy t
}

@test "21 KB as a range take six pages, not eight" {
	minimm arena create t --size 256K
	handles_of minimm page range --size 21K --arena t
	arena_has free_pages 58 t
	minimm fill "$handle" 0x21
	minimm check "$handle" 0x21
	minimm page free "$handle"
	json_of minimm arena list
	[[ $stdout == *'"free_blocks":[0,0,0,0,0,0,1]'* ]]
	minimm arena destroy t
}

@test "a range lies where it is asked for, or is refused" {
	minimm arena create t --size 256K
	handles_of minimm page range --size 12K --at 20K --arena t
	json_of minimm handles
	[[ $stdout == *"\"handle\":$handle,\"kind\":\"pages\",\"size\":12288,\"arena\":\"t\",\"page\":5,"* ]]
	refused ENOMEM "page range of 4096 bytes at 28672 in arena t" minimm page range --size 4K --at 28K --arena t
	refused ERANGE "page range" minimm page range --size 4K --at 256K --arena t
	refused ERANGE "page range" minimm page range --size 4K --at 1K --arena t
	minimm page free "$handle"
	minimm arena destroy t
}

@test "a range may be aligned" {
	minimm arena create t --size 256K
	minimm page range --size 4K --arena t
	handles_of minimm page range --size 12K --align-order 4 --arena t
	json_of minimm handles
	[[ $stdout =~ \"handle\":$handle,\"kind\":\"pages\",\"size\":12288,\"arena\":\"t\",\"page\":(16|32|48), ]]
	minimm arena reset t
	minimm arena destroy t
}

@test "compaction moves movable blocks together, with their content" {
	local i
	minimm arena create t --size 1M
	handles_of minimm page alloc --order 0 --count 256 --movable --arena t
	minimm fill "${handles[255]}" 0x5a
	for ((i = 0; i < 255; i += 2)); do echo "page free ${handles[i]}"; done >"$BATS_TEST_TMPDIR/half"
	minimm run "$BATS_TEST_TMPDIR/half"
	succeeds minimm arena compact t
	[[ $stdout =~ ^t:\ moved\ 64\ pages\;\ the\ largest\ free\ block\ was\ 4\ KiB,\ and\ is\ 512\ KiB\ now$ ]]
	minimm check "${handles[255]}" 0x5a
	succeeds minimm arena compact t
	[[ $stdout == "t: moved 0 pages;"* ]]
	minimm arena reset t
	minimm arena destroy t
}

@test "naive has no movable blocks, and says so" {
	minimm arena create t --size 64K --page-engine naive
	refused EOPNOTSUPP "naive has no movable and reclaimable blocks" minimm page alloc --order 0 --movable --arena t
	minimm arena destroy t
}

@test "the minimum watermark is left free" {
	minimm arena create t --size 64K --min-free 16K
	refused ENOMEM "12 of 16 were made" minimm page alloc --order 0 --count 16 --arena t
	arena_has free_pages 4 t
	minimm arena reset t
	minimm arena destroy t
}

@test "pagetypeinfo and the fragmentation indexes are the kernel's in form" {
	succeeds cat /proc/mini_pagetypeinfo
	[ "${lines[0]}" = "Page block order: 9" ]
	[[ ${lines[4]} =~ ^Node\ +0,\ zone\ +default,\ type\ +Unmovable\ (\ +[0-9]+){11}\ $ ]]
	if [ -d /sys/kernel/debug/mini_mm ]; then
		succeeds cat /sys/kernel/debug/mini_mm/unusable_index
		[[ ${lines[0]} =~ ^Node\ 0,\ zone\ +default\ ([01]\.[0-9]{3}\ ){11}$ ]]
		succeeds cat /sys/kernel/debug/mini_mm/extfrag_index
		[[ ${lines[0]} =~ ^Node\ 0,\ zone\ +default\ (\ *-?[01]\.[0-9]{3}\ ){11}$ ]]
	fi
}

@test "kmalloc's engine is the arena's" {
	minimm arena create t --size 1M --object-engine slob
	handles_of minimm kmalloc 100 --arena t
	succeeds minimm cache list
	[[ $stdout =~ t:kmalloc\ +slob ]]
	minimm free "$handle"
	minimm arena destroy t
}
