#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load helpers

@test "fuzz finds nothing wrong, and says how often each call was refused with what" {
	try minimm fuzz --seconds 2 --seed 42
	[ "$status" -eq 0 ]
	[[ $stdout == "fuzz: seed 42, 2 processes of 2 threads, 2 s"* ]]
	[[ $stdout =~ BATCH\ +[1-9][0-9]*\ +[1-9][0-9]*\ .*EINVAL ]]
	[[ $stdout =~ operation\ +[1-9][0-9]* ]]
	[[ $stdout =~ calls\ a\ second\ +[1-9][0-9]* ]]
	[[ $stdout =~ things\ left\ or\ wrong\ +0$ ]]
	as_before
	succeeds minimm arena list
	[ "${#lines[@]}" -eq 2 ]
}

@test "one worker makes the same calls with the same results for the same seed" {
	json_of minimm fuzz --calls 3000 --seed 7 --threads 1 --processes 1
	[[ $stdout =~ \"digest\":\"([0-9a-f]{16})\" ]]
	local first=${BASH_REMATCH[1]}
	json_of minimm fuzz --calls 3000 --seed 7 --threads 1 --processes 1
	[[ $stdout == *"\"digest\":\"$first\""* ]]
	json_of minimm fuzz --calls 3000 --seed 8 --threads 1 --processes 1
	[[ $stdout != *"\"digest\":\"$first\""* ]]
	[[ $stdout == *'"calls":300'[0-9]',"'*'"interrupted":false,"wrong":0,"table":[{"call":"INFO","count":'* ]]
}

@test "fuzz beside kept allocations leaves them alone" {
	handles_of minimm page alloc --order 3
	minimm fill "$handle" 0x77
	minimm cache create c --size 100
	minimm obj alloc c
	try minimm fuzz --seconds 2 --seed 3
	[ "$status" -eq 0 ]
	minimm check "$handle" 0x77
	succeeds minimm handles
	[ "${#lines[@]}" -eq 3 ]
}

@test "SIGINT ends it early, and nothing is left" {
	minimm fuzz --seconds 60 --seed 3 >"$BATS_TEST_TMPDIR/out" 2>/dev/null 3>&- &
	local fuzz=$!
	sleep 2
	kill -INT "$fuzz"
	wait "$fuzz"
	grep -q 'seconds .*(interrupted)' "$BATS_TEST_TMPDIR/out"
	succeeds minimm arena list
	[ "${#lines[@]}" -eq 2 ]
}

@test "numbers that make no sense are refused" {
	misused "fuzz: --threads and --processes have to be 1 or more" minimm fuzz --threads 0
	misused "fuzz: --seconds has to be 1 to 1048576" minimm fuzz --seconds 0
	misused "fuzz: --threads times --processes may be 64 at most" minimm fuzz --threads 9 --processes 8
}
