#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The per-CPU layer. minimm's own allocations go past it: what fills the lists and magazines is the example of a module
# that uses the kernel API.
load helpers

module=/lib/modules/mini_mm/mini_mm.ko
file=/sys/kernel/debug/mini_mm/default/percpu

# 100 objects of 32 bytes by kmalloc and a block of 16 pages, allocated and freed: kmalloc-32 has magazines then, and the
# default arena page lists.
fill_lists() {
	/usr/sbin/insmod /root/mini_mm_example.ko default_arena=1
	rmmod mini_mm_example
}

# kmalloc-32 is listed from now on: others count on a fresh module.
teardown_file() {
	rmmod mini_mm
	insmod $module
}

# sum_of NAME COLUMN: of the lines of NAME that are of one CPU, into $sum.
sum_of() {
	sum=$(awk -v name="$1" -v field="$2" '$1 == name && $2 != "all" { sum += $field } END { print sum + 0 }' $file)
}

@test "what a module freed waits at the CPUs, and a drain gives it back" {
	fill_lists
	arena_number cached_pages
	[ "$number" -ge 16 ]
	cached=$number
	json_of minimm cache list
	[[ $stdout =~ \"name\":\"kmalloc-32\",.*\"active_objects\":0,.*\"cached_objects\":([0-9]+) ]]
	[ "${BASH_REMATCH[1]}" -ge 100 ]
	json_of minimm arena drain default
	[[ $stdout =~ ^\{\"name\":\"default\",\"drained\":([0-9]+)\}$ ]]
	[ "${BASH_REMATCH[1]}" -ge $((cached + 100)) ]
	arena_has cached_pages 0
	succeeds minimm arena drain default
	[ "$stdout" = "default: 0 pages and objects went from the CPUs back to the allocators" ]
	minimm arena reset default
	as_before
}

@test "map shows what waits in CPUs' lists" {
	fill_lists
	succeeds minimm map
	[[ $stdout =~ :\ +in\ CPUs\'\ lists\ +[0-9]+\ pages\ +[0-9.]+%\ +[0-9]+\ block ]]
	json_of minimm map
	[[ $stdout == *'"order":4,"kind":"cached"}'* ]]
	minimm arena drain default
	json_of minimm map
	[[ $stdout != *cached* ]]
	minimm arena reset default
}

@test "slabinfo and the kernel's file say how large magazines are" {
	minimm cache create foo --size 64
	minimm cache tune foo --magazine-size 20 --batch 5
	grep -q '^foo .* : tunables   20    5    8 : ' /proc/mini_slabinfo
	succeeds minimm slabinfo
	[[ ${lines[0]} =~ memory\ +magazine\ +batch$ ]]
	[[ ${lines[1]} =~ ^foo\ .*\ 20\ +5$ ]]
	json_of minimm slabinfo
	[[ $stdout == *'"magazine_size":20,"batch":5,"depot_magazines":8,"depot_objects":0}'* ]]
}

@test "arenas and caches are resized, and say what came of it" {
	minimm arena create t --size 64M --magazine-size 40 --batch 10
	arena_has magazine_size 40 t
	arena_has batch 10 t
	succeeds minimm arena tune t --magazine-size 100
	[ "$stdout" = "t: lists of 100 pages, 50 at a time" ]
	minimm cache create foo --size 64 --arena t
	json_of minimm cache list
	[[ $stdout == *'"magazine_size":100,"batch":50,"cached_objects":0}'* ]]
	json_of minimm cache tune t:foo --magazine-size 256
	[ "$stdout" = '{"name":"t:foo","magazine_size":256,"batch":128}' ]
	succeeds minimm arena tune t --magazine-size none
	[ "$stdout" = "t: the CPUs keep no pages" ]
	arena_has magazine_size 0 t
	minimm arena reset t
	minimm arena destroy t
	minimm arena create t --size 64K --magazine-size none
	arena_has magazine_size 0 t
}

@test "a small arena has smaller lists than were asked for, and says so" {
	minimm arena create t --size 1M
	succeeds minimm arena tune t --magazine-size 256
	[[ $stdout =~ ^t:\ lists\ of\ [0-9]\ pages,\ [0-9]\ at\ a\ time$ ]]
}

@test "magazines that cannot be are refused" {
	refused EINVAL "magazines and batches have 256 objects or pages at most" minimm arena create t --size 64K --magazine-size 257
	refused EINVAL "256 objects or pages at most" minimm arena tune default --magazine-size 300
	refused EINVAL "256 objects or pages at most" minimm arena tune default --magazine-size 16 --batch 1000
	refused ENOENT "no such arena" minimm arena tune nowhere --magazine-size 16
	refused ENOENT "no such arena" minimm arena drain nowhere
	refused ENOENT "no such cache" minimm cache tune nothing --magazine-size 16
	minimm cache create foo --size 64 --engine slob
	refused EOPNOTSUPP "slob and class have no magazines" minimm cache tune foo --magazine-size 16
	succeeds minimm cache tune foo --magazine-size none
	misused "'none' turns the per-CPU layer off" minimm arena tune default --magazine-size 0
	misused "--magazine-size" minimm arena tune default
	misused "--magazine-size" minimm cache tune foo --magazine-size 70000
}

@test "the module's parameters may be changed, within limits" {
	parameters=/sys/module/mini_mm/parameters
	read -r size <$parameters/magazine_size
	echo 24 >$parameters/magazine_size
	minimm arena create t --size 64M
	arena_has magazine_size 24 t
	try sh -c "echo 257 >$parameters/magazine_size"
	[ "$status" -ne 0 ]
	try sh -c "echo 257 >$parameters/batch"
	[ "$status" -ne 0 ]
	[ "$(cat $parameters/magazine_size)" = 24 ]
	echo "$size" >$parameters/magazine_size
	dmesg | grep -q 'mini_mm: magazine_size=257 is out of range: 0 to 256'
}

@test "percpu in debugfs has a line for each CPU and each cache and CPU, and the depots" {
	fill_lists
	cpus=$(nproc --all)
	cat $file
	[ "$(grep -c '^pages .* [0-9]* *[0-9]* *[0-9]* *[0-9]*$' $file)" -eq $((cpus + 1)) ]
	[ "$(grep -c '^kmalloc-32 ' $file)" -eq $((cpus + 1)) ]
	sum_of pages 3
	[ "$sum" -ge 1 ]
	sum_of kmalloc-32 3
	[ "$sum" -ge 100 ]
	sum_of pages 5
	waiting=$sum
	arena_number cached_pages
	[ "$waiting" -gt 0 ]
	[ "$waiting" -le "$number" ]
	minimm arena drain default
	sum_of pages 5
	[ "$sum" -eq 0 ]
	sum_of kmalloc-32 4
	[ "$sum" -eq 0 ]
	[[ $(grep '^kmalloc-32 *all' $file) =~ all\ +([0-9]+)\ +([0-9]+)\ +0$ ]]
	[ "${BASH_REMATCH[2]}" -ge 100 ]
	minimm arena reset default
}

@test "percpu has only those caches that were used, and goes with its arena" {
	minimm arena create t --size 64M
	minimm cache create foo --size 64 --arena t
	grep -q '^foo ' /sys/kernel/debug/mini_mm/t/percpu
	run ! grep -q kmalloc /sys/kernel/debug/mini_mm/t/percpu
	minimm cache destroy t:foo
	run ! grep -q foo /sys/kernel/debug/mini_mm/t/percpu
	minimm arena destroy t
	[ ! -e /sys/kernel/debug/mini_mm/t ]
}
