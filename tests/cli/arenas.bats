#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load helpers

@test "an arena is made, listed and destroyed" {
	succeeds minimm arena create t --size 256K
	[ -z "$stdout" ]
	succeeds minimm arena list
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[2]} =~ ^t\ +256\ KiB\ +256\ KiB\ +0\.0%\ +eager\ +lifo ]]
	minimm arena destroy t
	succeeds minimm arena list
	[ "${#lines[@]}" -eq 2 ]
}

@test "an arena has the size that was asked for, powers of two or not" {
	minimm arena create t --size 84K
	arena_has pages 21 t
	arena_has free_pages 21 t
}

@test "engine and placement may be named" {
	minimm arena create t --size 64K --page-engine eager --placement lifo
}

@test "arena create --json gives an id" {
	json_of minimm arena create t --size 64K
	[[ $stdout =~ ^\{\"id\":[0-9]+,\"name\":\"t\",\"size\":65536\}$ ]]
	json_of minimm arena reset t
	[ "$stdout" = '{"name":"t","freed_handles":0,"destroyed_caches":0}' ]
	json_of minimm arena destroy t
	[ "$stdout" = '{"destroyed":"t"}' ]
}

@test "arena list --json has every field" {
	json_of minimm arena list
	for field in id name size pages free_pages cached_pages magazine_size batch page_engine placement debug max_order caches handles metadata_bytes keep \
		allocations frees failures refused splits merges free_blocks; do
		[[ $stdout == *"\"$field\":"* ]]
	done
}

@test "metadata is at most 16 bytes a page" {
	json_of minimm info
	[[ $stdout =~ \"region_bytes\":([0-9]+),\"metadata_bytes\":([0-9]+), ]]
	[ "${BASH_REMATCH[2]}" -le $((16 * BASH_REMATCH[1] / 4096)) ]
	succeeds minimm info
	[[ $stdout =~ metadata\ +[0-9.]+\ [KM]iB,\ [0-9.]+\ bytes\ a\ page\ \(0\.[0-3][0-9]%\) ]]
}

@test "an arena in use is not destroyed, and says how many hold it" {
	minimm arena create t --size 64K
	minimm page alloc --order 0 --count 3 --arena t
	refused EBUSY "arena destroy t: still in use, 3 blocks and objects are held" minimm arena destroy t
	arena_has free_pages 13 t
}

@test "the default arena is not destroyed" {
	refused EPERM "goes only with the module" minimm arena destroy default
}

@test "a second arena of a name is refused" {
	minimm arena create t --size 64K
	refused EEXIST "the name is taken" minimm arena create t --size 64K
	refused EEXIST "the name is taken" minimm arena create default --size 64K
}

@test "names that are not names are refused" {
	refused EINVAL "not a name" minimm arena create '' --size 64K
	refused EINVAL "arena create 'a b': not a name" minimm arena create 'a b' --size 64K
	refused EINVAL "not a name" minimm arena create a:b --size 64K
	refused EINVAL "not a name" minimm arena create $'a\nb' --size 64K
	refused ENAMETOOLONG "the name is too long" minimm arena create 0123456789abcdef --size 64K
	minimm arena create 0123456789abcde --size 64K
	minimm arena destroy 0123456789abcde
}

@test "sizes out of range are refused" {
	refused EINVAL "the size is out of range" minimm arena create t --size 0
	refused EINVAL "the size is out of range" minimm arena create t --size 1000
	try minimm arena create t --size 4096G
	[ "$status" -eq 1 ]
	one_line "arena create 't'"
	[[ $stderr == *"(EINVAL)" || $stderr == *"(ENOMEM)" ]]
}

@test "a region that cannot be had says what could" {
	# More than the machine has, and less than what the field can say.
	total=$(sed -nE 's/^MemTotal: +([0-9]+) kB/\1/p' /proc/meminfo)
	local size=$((total / 4 * 4))K parameter
	refused EDQUOT "'minimm info' shows the limits" minimm arena create t --size $size
	for parameter in client_mb total_mb; do echo 1000000 >/sys/module/mini_mm/parameters/$parameter; done
	try minimm arena create t --size $size
	for parameter in client_mb total_mb; do echo 0 >/sys/module/mini_mm/parameters/$parameter; done
	[ "$status" -eq 1 ]
	one_line "arena create 't': no physically contiguous region of this size; the longest run that was found has "
	[[ $stderr == *"(ENOMEM)" ]]
}

@test "unknown engines, placements and debug letters are refused" {
	refused EINVAL "page engines are eager, lazy, naive; placements are lifo, lowest, first-fit;" \
		minimm arena create t --size 64K --page-engine quick
	refused EINVAL "no such engine, or not with this placement" minimm arena create t --size 64K --placement best
	refused EINVAL "no such engine, or not with this placement" \
		minimm arena create t --size 64K --page-engine naive --placement lowest
	refused EINVAL "object engines are slab, slub, slob, class" \
		minimm arena create t --size 64K --object-engine slap
	refused EINVAL "unknown debug letter" minimm arena create t --size 64K --debug Q
}
