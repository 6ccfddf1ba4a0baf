# SPDX-License-Identifier: GPL-2.0
# End to end, in the guest as root: loading and unloading, what is left behind, what is reported, what
# other tools make of the /proc files. Each test loads the module as it needs it.

bats_require_minimum_version 1.5.0

module=/lib/modules/mini_mm/mini_mm.ko

# kmod's insmod: that of busybox tries twice when it is refused.
load() { /usr/sbin/insmod $module "$@"; }

setup() {
	dmesg -c >/dev/null
}

teardown() {
	if [ -d /sys/module/mini_mm ]; then rmmod mini_mm; fi
}

free_kb() { awk '/^MemFree:/ { print $2 }' /proc/meminfo; }

# Free pages of an arena by /proc/mini_buddyinfo.
free_pages() {
	awk -v arena="$1" '$4 == arena { size = 1; for (i = 5; i <= NF; i++) { n += $i * size; size *= 2 } print n }' \
		/proc/mini_buddyinfo
}

@test "a fresh module shows one arena of region_mb and no cache, byte for byte" {
	load
	printf 'Node 0, zone  default %6d %6d %6d %6d %6d %6d %6d %6d %6d %6d %6d \n' 0 0 0 0 0 0 0 0 0 0 16 >expected
	cmp expected /proc/mini_buddyinfo
	{
		echo 'slabinfo - version: 2.1'
		echo '# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>'
	} >expected
	cmp expected /proc/mini_slabinfo
}

@test "a cache's line in mini_slabinfo is the kernel's format, byte for byte" {
	load
	minimm cache create widget --size 256
	minimm obj alloc widget --count 20 >/dev/null
	printf '%-17s %6d %6d %6d %4d %4d : tunables %4d %4d %4d : slabdata %6d %6d %6d\n' \
		widget 20 30 256 15 1 64 32 8 2 2 0 >expected
	tail -n +3 /proc/mini_slabinfo | cmp expected -
}

@test "caches of other arenas are named arena:cache, and all buddyinfo lines have as many columns" {
	load region_mb=8
	minimm arena create tiny --size 16K
	minimm cache create c --size 64 --arena tiny
	grep -q '^tiny:c            ' /proc/mini_slabinfo
	[ "$(awk '{ print NF }' /proc/mini_buddyinfo | sort -u)" = 15 ]
	printf 'Node 0, zone %8s %6d %6d %6d %6d %6d %6d %6d %6d %6d %6d %6d \n' tiny 0 0 1 0 0 0 0 0 0 0 0 >expected
	tail -n 1 /proc/mini_buddyinfo | cmp expected -
}

@test "the files are what their modes say, and can be read in small pieces from anywhere" {
	load
	minimm cache create one --size 64
	minimm cache create two --size 128
	[ "$(stat -c %a /proc/mini_buddyinfo /proc/mini_slabinfo /dev/mini_mm | xargs)" = "444 400 600" ]
	dd if=/proc/mini_slabinfo bs=7 2>/dev/null | cmp - /proc/mini_slabinfo
	tail -c +100 /proc/mini_slabinfo >expected
	dd if=/proc/mini_slabinfo bs=1 skip=99 2>/dev/null | cmp - expected
}

@test "a region that is no power of two is covered in full" {
	load region_mb=13
	[ "$(free_pages default)" = $((13 * 256)) ]
}

@test "a region that cannot be had is refused in one line that names one which works" {
	run load region_mb=4000
	[ "$status" -ne 0 ]
	[ "$(dmesg | grep -c 'mini_mm: no 4000 MiB of contiguous memory')" = 1 ]
	works=$(dmesg | sed -n 's/.*load with region_mb=\([0-9]*\).*/\1/p')
	[ "$works" -gt 0 ]
	load region_mb="$works"
	[ "$(free_pages default)" = $((works * 256)) ]
}

@test "bad parameters are refused in one line that says what is right" {
	for bad in region_mb=0 page_engine=buddha placement=first debug=Q magazine_size=257 batch=1000; do
		dmesg -c >/dev/null
		run load $bad
		[ "$status" -ne 0 ]
		dmesg | grep 'mini_mm: ' | grep -v taint >lines
		cat lines
		[ "$(wc -l <lines)" = 1 ]
		grep -q "${bad%%=*}=${bad#*=}" lines
	done
}

@test "loading and unloading 50 times loses no page" {
	load && rmmod mini_mm
	before=$(free_kb)
	for _ in $(seq 50); do
		load region_mb=32
		[ "$(free_pages default)" = 8192 ]
		minimm cache create c --size 64
		minimm obj alloc c --count 3 >/dev/null
		minimm page alloc --order 2 >/dev/null
		rmmod mini_mm
	done
	after=$(free_kb)
	echo "MemFree before $before KiB, after $after KiB"
	# Fifty regions would be 1,600 MiB, one is 32 MiB; the kernel's own noise stays below 4 MiB.
	[ $((before - after)) -lt 4096 ]
}

@test "the module cannot be unloaded while the device is open" {
	load
	exec 5<>/dev/mini_mm
	run -1 rmmod mini_mm
	exec 5>&-
	rmmod mini_mm
}

@test "unloading reports what is still kept, and frees it" {
	load
	minimm page alloc --order 3
	minimm cache create widget --size 100
	minimm obj alloc widget --count 2
	rmmod mini_mm
	dmesg
	dmesg | grep -q 'mini_mm: arena default: 3 page blocks and objects are still held, and freed now'
	dmesg | grep -q 'handle 1: pages of order 3, kept by minimm (pid [0-9]*) [0-9.]* s ago'
	dmesg | grep -q 'handle 3: object of cache widget, kept by minimm'
}

@test "the example of a module that uses it does what it says, keeps it loaded and leaves nothing" {
	load region_mb=8
	cp /proc/mini_buddyinfo before
	/usr/sbin/insmod "${module%/*}/mini_mm_example.ko"
	dmesg | grep -q 'mini_mm_example: 100 objects, 100 times 32 bytes by kmalloc, 64 KiB of pages and 64 KiB by vmalloc: allocated and freed'
	# Nothing is said but that line: no arena or cache that had to stay.
	! dmesg | grep 'mini_mm: '
	cmp before /proc/mini_buddyinfo
	run ! rmmod mini_mm
	rmmod mini_mm_example
	rmmod mini_mm
}

@test "a module that goes and leaves something is named, with what and from where" {
	load region_mb=8 debug=U
	/usr/sbin/insmod "${module%/*}/mini_mm_example.ko" leak=3
	minimm leaks | grep -E '^ +3 .* default +kmalloc-[0-9a-z]+ +insmod \([0-9]+\) +forget_objects\+[0-9a-fx/]+ \[mini_mm_example\]$'
	minimm leaks --json | grep -F '"by":"kernel"'
	rmmod mini_mm_example
	dmesg | grep -F 'mini_mm: module mini_mm_example goes, and leaves in arena default:'
	dmesg | grep -E 'mini_mm:   3 of kmalloc-[0-9a-z]+, [0-9]+ bytes, the oldest [0-9.]+ s ago by insmod \(pid [0-9]+\), from forget_objects\+'
	rmmod mini_mm
	dmesg | grep -F 'arena default: 3 page blocks and objects of other modules are still held, and freed now'
}

@test "slabtop and vmstat show our caches when mini_slabinfo stands in for slabinfo" {
	load
	minimm cache create widget --size 256
	minimm cache create gadget --size 1024
	minimm obj alloc widget --count 20 >/dev/null
	minimm obj alloc gadget --count 3 >/dev/null
	unshare -m sh -c 'mount --bind /proc/mini_slabinfo /proc/slabinfo && slabtop -o >slabtop.out && vmstat -m >vmstat.out'
	cat slabtop.out vmstat.out
	grep -Eq '^ +30 +20 +66% +0.25K +2 +15 +8K widget' slabtop.out
	grep -Eq '^ +4 +3 +75% +1.00K +1 +4 +4K gadget' slabtop.out
	grep -Eq '^widget +20 +30 +256 +15$' vmstat.out
	[ "$(grep -c gadget vmstat.out)" = 1 ]
}

@test "a killed client's memory is back within a second, and what it kept stays" {
	load
	minimm page alloc --order 4 --count 2 >/dev/null
	before=$(cat /proc/mini_buddyinfo)
	for _ in 1 2 3; do
		minimm stress --seconds 60 --threads 2 --seed 1 >/dev/null 2>&1 &
		sleep 2
		kill -9 $!
		wait $! || true
		sleep 1
		cat /proc/mini_buddyinfo
		[ "$(cat /proc/mini_buddyinfo)" = "$before" ]
		[ "$(wc -l </proc/mini_slabinfo)" = 2 ]
	done
	[ "$(minimm handles --json | tr -d ' \n' | grep -o '"handle":' | wc -l)" = 2 ]
}

@test "a stress run verifies everything and leaves the arena byte for byte as it was" {
	load
	minimm page alloc --order 1 >/dev/null
	cat /proc/mini_buddyinfo >before
	minimm stress --seconds 5 --threads 2 --seed 42
	cmp before /proc/mini_buddyinfo
	minimm stress --seconds 2 --threads 2 --seed 43 --verify full
	cmp before /proc/mini_buddyinfo
}

@test "with debug=FV every invariant holds through a stress run" {
	load region_mb=4 debug=FV
	minimm stress --seconds 3 --threads 2 --seed 7
	dmesg
	! dmesg | grep -q 'mini_mm: BUG'
}

@test "the tracepoints tell of splits, merges, slabs and objects" {
	load
	tracing=/sys/kernel/tracing
	events=("$tracing"/events/mini_mm/mini_*)
	[ "${#events[@]}" = 8 ]
	echo 1 >$tracing/events/mini_mm/enable
	: >$tracing/trace
	minimm arena create lab --size 16K
	h=$(minimm page alloc --order 0 --arena lab)
	minimm page free "$h"
	minimm cache create c --size 2048 --arena lab
	o=$(minimm obj alloc lab:c)
	minimm obj free "$o"
	minimm cache destroy lab:c
	echo 0 >$tracing/events/mini_mm/enable
	grep -o 'mini_[a-z_]*: arena=lab.*' $tracing/trace >events
	cat events
	cat >expected <<-END
		mini_page_split: arena=lab page=0 order=2
		mini_page_split: arena=lab page=0 order=1
		mini_page_alloc: arena=lab page=0 order=0
		mini_page_free: arena=lab page=0 order=0
		mini_page_merge: arena=lab page=0 order=0
		mini_page_merge: arena=lab page=0 order=1
	END
	head -n 6 events | cmp - expected
	grep -q 'mini_slab_grow: arena=lab cache=c page=0' events
	grep -q 'mini_obj_alloc: arena=lab cache=c offset=0' events
	grep -q 'mini_obj_free: arena=lab cache=c offset=0' events
	grep -q 'mini_slab_reap: arena=lab cache=c page=0' events
}

@test "the n-th allocation of a kind can be made to fail, and nothing is lost" {
	load
	fault=/sys/kernel/debug/mini_mm/default
	cp /proc/mini_buddyinfo before
	echo 2 >$fault/fail_page
	minimm page alloc --order 0 >first
	run -1 minimm page alloc --order 0
	[[ "$output" == *ENOMEM* ]]
	minimm page free "$(cat first)"
	minimm cache create c --size 1024
	echo 1 >$fault/fail_slab
	run -1 minimm obj alloc c
	echo 1 >$fault/fail_object
	run -1 minimm obj alloc c
	minimm obj free "$(minimm obj alloc c)"
	minimm cache destroy c
	cmp before /proc/mini_buddyinfo
}

@test "without the module, and without permission, the message says what to do" {
	run -1 minimm info
	[[ "$output" == *"not loaded"*insmod* ]]
	load
	run -1 su nobody -s /bin/sh -c "minimm info"
	[[ "$output" == *root* ]]
	[ "${#lines[@]}" = 1 ]
}
