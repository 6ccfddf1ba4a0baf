#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The gate is only worth something if it stops every bad line and no good one, so each sample line goes
# through it on its own.

setup() {
	gate=$BATS_TEST_DIRNAME/../log-gate
	log=$BATS_TEST_TMPDIR/kernel.log
}

bad_lines() {
	cat <<'LINES'
[   12.345678] WARNING: CPU: 1 PID: 77 at mm/page_alloc.c:5534 __alloc_pages+0x1f/0x30
WARNING: possible recursive locking detected
[    1.000000] WARNING: inconsistent lock state
[    1.000000] WARNING: suspicious RCU usage
[    1.000000][   T77] BUG: KASAN: slab-out-of-bounds in mini_alloc+0x10/0x20 [mini_mm]
[    1.000000] [   T77] BUG: kernel NULL pointer dereference, address: 0000000000000000
[    1.000000] [ C1] BUG: sleeping function called from invalid context at mm/slab.h:400
[    1.000000] BUG: KCSAN: data-race in mini_free / mini_alloc
[    1.000000] BUG: scheduling while atomic: sh/77/0x00000002
[    1.000000] BUG kmalloc-64 (Tainted: G           O     ): Right Redzone overwritten
[    1.000000] Oops: 0000 [#1] PREEMPT SMP NOPTI
[    1.000000] Oops: general protection fault, probably for non-canonical address 0xdead: 0000 [#1]
[    1.000000] general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1]
[    1.000000] kernel BUG at lib/list_debug.c:50!
[    1.000000] ------------[ cut here ]------------
[    1.000000] Kernel panic - not syncing: boo
[    1.000000] UBSAN: array-index-out-of-bounds in core/buddy.cc:10:3
[    1.000000] possible circular locking dependency detected
[    1.000000] INFO: task stress:77 blocked for more than 120 seconds.
[    1.000000] INFO: trying to register non-static key.
[   21.000000] rcu: INFO: rcu_preempt self-detected stall on CPU
[   21.000000] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [insmod:77]
[    1.000000] kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
[    1.000000] Unpatched return thunk in use. This should not happen!: unpatched return thunk
[    1.000000] list_add corruption. next->prev should be prev (ffff), but was 0000.
[    1.000000] refcount_t: underflow; use-after-free.
[    1.000000] BUG: Bad page state in process sh  pfn:1234
[    1.000000] kmem_cache_destroy mini: Slab cache still has objects when called from exit+0x1
[    1.000000] irq 4: nobody cared (try booting with the "irqpoll" option)
[    1.000000] insmod: page allocation failure: order:10, mode:0xcc0(GFP_KERNEL)
[    1.000000] Out of memory: Killed process 77 (minimm) total-vm:1kB
[    1.000000] mini_mm: Unknown symbol __cxa_guard_acquire (err -2)
[    1.000000] mini_mm: disagrees about version of symbol module_layout
[    1.000000] mini_mm: module license 'unspecified' taints kernel.
[    1.000000] debugfs: Directory 'mini_mm' with parent '/' already present!
[    1.000000]     not ok 3 freeing_both_buddies_restores_the_parent
not ok 1 mini_mm_buddy
LINES
}

good_lines() {
	cat <<'LINES'
[    0.000000] Linux version 6.1.0-56-amd64 (gcc-12 (Debian 12.2.0-14) 12.2.0) #1 SMP PREEMPT_DYNAMIC
[    1.000000] mini_mm: loading out-of-tree module taints kernel.
[    1.000000] mini_mm: module verification failed: signature and/or required key missing - tainting kernel
[    1.000000] Disabling lock debugging due to kernel taint
[    1.000000] Demotion targets for Node 0: null
[    1.000000] kasan: KernelAddressSanitizer initialized
[    1.000000] kcsan: enabled early
[    1.000000] kfence: initialized - using 2097152 bytes for 255 objects at 0x(____ptrval____)
[    1.000000] kmemleak: Kernel memory leak detector initialized (mem pool available: 15679)
[    1.000000] rcu: 	RCU CPU stall warnings timeout set to 21 (rcu_cpu_stall_timeout).
[    1.000000] Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar
[    1.000000] mini_mm: double free of page 12 refused
[    1.000000] Call Trace:
[    1.000000] # Totals: pass:12 fail:0 skip:0 total:12
[    1.000000]     ok 3 freeing_both_buddies_restores_the_parent
[    1.000000] ok 1 mini_mm_buddy
LINES
}

@test "every line of trouble is stopped, with or without a carriage return" {
	while IFS= read -r line; do
		for end in '' $'\r'; do
			printf '[    0.0] Linux version\n%s%s\n[    2.0] more\n' "$line" "$end" >"$log"
			run "$gate" "$log"
			[ "$status" -eq 1 ] || { echo "passed: $line"; return 1; }
			[[ "$output" == *"the kernel log has the lines above"* ]]
		done
	done < <(bad_lines)
}

@test "a stopped line is printed, its neighbours are not" {
	printf '[ 0.1] before\n[ 0.2] BUG: something\n[ 0.3] after\n' >"$log"
	run "$gate" "$log"
	[[ "$output" == *"BUG: something"* && "$output" != *before* && "$output" != *after* ]]
}

@test "no line of a healthy run is stopped" {
	good_lines >"$log"
	run "$gate" "$log"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "a log that is empty or missing is no healthy run" {
	: >"$log"
	run "$gate" "$log"
	[ "$status" -eq 1 ]
	run "$gate" "$log.missing"
	[ "$status" -eq 1 ]
	[[ "$output" == *"must be readable"* ]]
}
