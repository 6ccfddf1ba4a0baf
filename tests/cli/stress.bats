#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load helpers

# Leaves it in mid-stress: it holds memory, and has for a second.
stress_in_background() {
	minimm stress --seconds 60 --seed 3 >"$BATS_TEST_TMPDIR/out" 2>/dev/null 3>&- &
	stress=$!
	wait_for in_use
	sleep 1
}

@test "stress verifies, reports and leaves the arena as it was" {
	succeeds minimm stress --seconds 2 --threads 2 --seed 42
	[[ ${lines[0]} == "stress of arena default: seed 42, 2 threads, 2 s, "* ]]
	[[ $stdout =~ operations\ a\ second\ +[1-9][0-9]* ]]
	[[ $stdout =~ verification\ errors\ +0 ]]
	[[ $stdout =~ other\ refusals\ +0 ]]
	[[ $stdout =~ arena\ +as\ before ]]
	as_before
	succeeds minimm cache list
	[ "${#lines[@]}" -eq 1 ]
}

@test "stress --json has every figure" {
	json_of minimm stress --seconds 1 --seed 7 --verify full --batch 64 --threads 1
	for field in arena seed threads batch verify seconds operations operations_per_second allocations frees arena_full \
		verification_errors refused interrupted arena_as_before; do
		[[ $stdout == *"\"$field\":"* ]]
	done
	[[ $stdout == *'"seed":7,"threads":1,"batch":64,"verify":"full",'* ]]
	[[ $stdout == *'"verification_errors":0,"refused":0,"interrupted":false,"arena_as_before":true,'* ]]
}

@test "stress tells for how long interrupts were off, and where" {
	succeeds minimm stress --seconds 1 --seed 3
	[[ $stdout =~ longest\ time\ with\ interrupts\ off\ +[0-9]+\ us,\ in\ [a-z] ]]
	[[ $stdout =~ above\ 100\ us\ +[0-9]+\ of\ [1-9][0-9]{3} ]]
	json_of minimm stress --seconds 1 --seed 3
	[[ $stdout == *'"interrupts_off":{"longest_ns":'[1-9]*'"up_to":[{"us":1,"count":'* ]]
	# It is over with the run.
	[ "$(head -n 1 /sys/kernel/debug/mini_mm/interrupts_off)" = "measured 0" ]
}

@test "without --seed one is chosen and printed" {
	succeeds minimm stress --seconds 1 --threads 1
	[[ ${lines[0]} =~ seed\ [0-9]+, ]]
}

@test "an arena that is full is no error" {
	minimm arena create t --size 64K
	succeeds minimm stress --seconds 1 --threads 2 --arena t --seed 5
	[[ $stdout =~ verification\ errors\ +0 ]]
	arena_has free_pages 16 t
}

@test "stress beside kept allocations leaves them alone" {
	handles_of minimm page alloc --order 3
	minimm fill "$handle" 0x77
	succeeds minimm stress --seconds 1 --seed 1
	minimm check "$handle" 0x77
}

@test "SIGINT ends it early, with the figures so far and nothing left" {
	stress_in_background
	kill -INT "$stress"
	wait "$stress"
	grep -q 'seconds .*(interrupted)' "$BATS_TEST_TMPDIR/out"
	grep -q 'as before$' "$BATS_TEST_TMPDIR/out"
	as_before
}

@test "kill -9 in mid-stress: all is back within a second" {
	stress_in_background
	kill -9 "$stress"
	wait "$stress" || true
	sleep 1
	as_before
	succeeds minimm info
	[[ $stdout =~ open\ files\ +1 ]]
}

@test "two at once do not disturb each other" {
	minimm stress --seconds 2 --seed 3 --threads 1 >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	other=$!
	succeeds minimm stress --seconds 2 --seed 3 --threads 1
	[[ $stdout =~ verification\ errors\ +0 ]]
	wait "$other"
}

@test "what another client gives back meanwhile is not taken for a loss" {
	# A slab whose objects are all free holds pages, but no handle.
	# shellcheck disable=SC2016  # minimm's variable
	hold 'cache create empty --size 64' '$o = obj alloc empty' 'obj free $o'
	in_use
	minimm stress --seconds 2 --seed 3 >"$BATS_TEST_TMPDIR/out" 3>&- 5>&- &
	stress=$!
	wait_for grep -q '^stress of' "$BATS_TEST_TMPDIR/out"
	let_go
	wait "$stress"
	grep -q 'not as before$' "$BATS_TEST_TMPDIR/out"
}
