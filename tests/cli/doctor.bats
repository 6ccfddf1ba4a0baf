#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# minimm doctor, and the quotas of arenas.
load helpers

@test "doctor finds nothing in arenas that are whole" {
	minimm arena create t --size 1M
	minimm kmalloc 100 --count 10 --arena t
	run -0 minimm doctor
	[[ $output == *"default "*"t "*"nothing is damaged" ]]
	json_of minimm doctor --arena t
	[[ $stdout =~ ^\{\"arenas\":\[\{\"arena\":\"t\",\"pages\":256,.*\"found\":0,\"findings\":\[\]\}\]\}$ ]]
}

@test "doctor says when there is no such arena" {
	run -1 minimm doctor --arena nowhere
	[[ $output == *"no such arena"* ]]
}

# Once: in an emulated machine a hundred arenas take a while.
@test "doctor --self-test notices everything that a debug letter is for, and leaves nothing" {
	json_of minimm doctor --self-test --tries 1 --seed 3
	[[ $stdout == *'"bug":"object freed twice","debug":"","tries":1,"at_once":1'* ]]
	[[ $stdout == *'"bug":"flipped bit: free list","debug":"F","tries":1,"at_once":0,"at_check":1'* ]]
	[[ $stdout == *'"bug":"write behind an object","debug":"F","tries":1,"at_once":0,"at_check":0,"missed":1'* ]]
	[[ $stdout != *'"debug":"FZP","tries":1,"at_once":0,"at_check":0,"missed":1'* ]]
	[[ $stdout != *'"broken":1'* ]]
	json_of minimm info
	[[ $stdout =~ \"arenas\":1, ]]
}

@test "doctor's options for the self-test and for live arenas do not mix" {
	run -2 minimm doctor --self-test --arena default
	[[ $output == *"leave --arena out"* ]]
	run -2 minimm doctor --self-test --tries 0
	run -2 minimm doctor --self-test --tries 65
}

@test "an arena's quota is kept, and said" {
	minimm arena create t --size 1M --max-handles 2 --max-caches 1 --max-bytes 64K
	succeeds minimm page alloc --order 0 --count 2 --arena t
	run -1 minimm page alloc --order 0 --arena t
	[[ $output == *"as it allows"*"(EDQUOT)" ]]
	minimm cache create first --size 64 --arena t
	run -1 minimm cache create second --size 64 --arena t
	[[ $output == *"(EDQUOT)" ]]
	json_of minimm arena list
	[[ $stdout =~ \"name\":\"t\",.*\"max_handles\":2,\"max_caches\":1,\"max_bytes\":65536 ]]
}

@test "info shows what a client may have" {
	run -0 minimm info
	[[ $output == *"an open file 524288 handles, 512 caches, 32 arenas"* ]]
}
