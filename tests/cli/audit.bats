#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load helpers

@test "leaks groups what clients hold by who and what" {
	minimm arena create t --size 256K
	minimm cache create foo --size 192 --arena t
	minimm run --keep - <<-'END'
		obj alloc t:foo --count 3
		page alloc --order 1 --count 2 --arena t
	END
	succeeds minimm leaks --arena t
	[[ ${lines[0]} =~ ^count\ +bytes\ +oldest\ +arena\ +what\ +who\ +where$ ]]
	[[ ${lines[1]} =~ ^\ +2\ +16\ KiB\ +[0-9.]+\ s\ +t\ +pages,order=1\ +minimm\ \([0-9]+\)\ +/dev/mini_mm$ ]]
	[[ ${lines[2]} =~ ^\ +3\ +576\ B\ +[0-9.]+\ s\ +t\ +foo\ +minimm\ \([0-9]+\)\ +/dev/mini_mm$ ]]
	[ "${#lines[@]}" -eq 3 ]
	json_of minimm leaks --arena t
	[[ $stdout == '{"held":[{"arena":"t","what":"pages,order=1","count":2,"bytes":16384,"by":"client","oldest_ns":'* ]]
}

@test "leaks says it once, with debug U too" {
	minimm arena create t --size 256K --debug U
	minimm cache create foo --size 192 --arena t
	minimm obj alloc t:foo
	minimm page alloc --order 0 --arena t
	minimm kmalloc 10000 --arena t
	minimm vmalloc 10000 --arena t
	succeeds minimm leaks --arena t
	[ "${#lines[@]}" -eq 5 ]
	[[ $stdout != *unknown* ]]
	refused ENOENT "no such arena" minimm leaks --arena nowhere
}

@test "log HANDLE is what happened to a block, and who had it" {
	minimm arena create t --size 64K --log 100 --debug U
	handles_of minimm page alloc --order 1 --arena t
	block=$handle
	minimm page alloc --order 1 --arena t
	succeeds minimm log "$block"
	[[ ${lines[0]} =~ ^number ]]
	[ "$(grep -c 'page alloc' <<<"$stdout")" -eq 1 ]
	[[ $stdout =~ last\ allocated\ [0-9.]+\ s\ ago\ by\ minimm\ \([0-9]+\) ]]
	[[ ${lines[-1]} == "    "* ]]
	[[ $stdout != *0xffff* ]]
	minimm page free "$block"
	succeeds minimm log --arena t --page 1
	[ "$(grep -c 'page free' <<<"$stdout")" -eq 1 ]
	[[ $stdout =~ last\ freed\ [0-9.]+\ s\ ago\ by\ minimm ]]
	json_of minimm log --arena t --page 0
	[[ $stdout == *'"owners":[{"event":"allocated","age_ms":'* ]]
}

@test "log HANDLE of an object leaves its neighbours out" {
	minimm arena create t --size 64K --log 100
	minimm cache create foo --size 192 --arena t
	handles_of minimm obj alloc t:foo --count 5
	succeeds minimm log "${handles[2]}"
	[ "$(grep -c 'obj alloc' <<<"$stdout")" -eq 1 ]
	[ "$(grep -c 'slab grow' <<<"$stdout")" -eq 1 ]
}

@test "log of a place that cannot be is refused" {
	minimm arena create t --size 64K --log 100
	handles_of minimm page alloc --order 0
	refused ENODATA "make one with 'minimm arena create --log N'" minimm log "$handle"
	refused ENOENT "" minimm log 999999999
	misused "leave --arena and --page out" minimm log "$handle" --page 1
	misused "--offset is a byte of a --page" minimm log --arena t --offset 8
	misused "arena t has pages 0 to 15" minimm log --arena t --page 16
}
