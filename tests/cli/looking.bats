#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load helpers

@test "info names the versions and counts what there is" {
	minimm cache create foo --size 64
	minimm obj alloc foo --count 2
	succeeds minimm info
	[[ ${lines[0]} =~ ^module\ +[0-9.]+\ \(ABI\ 4\),\ minimm\ [0-9.]+$ ]]
	[[ $stdout =~ caches\ +1 ]]
	[[ $stdout =~ handles\ +2 ]]
	[[ $stdout =~ page\ engines\ +eager,\ lazy,\ naive ]]
	json_of minimm info
	[[ $stdout == *'"caches":1,"handles":2,"clients":1,'* ]]
}

@test "handles lists what is held, where and by whom" {
	handles_of minimm page alloc --order 2
	block=$handle
	minimm cache create foo --size 192
	handles_of minimm obj alloc foo
	object=$handle
	succeeds minimm handles
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[1]} =~ ^\ *"$block"\ +pages,\ order\ 2\ +16\ KiB\ +default\ +-\ +[0-9]+\ +-\ +minimm\ \([0-9]+\)\ +[0-9.]+\ s\ +0\ +yes$ ]]
	[[ ${lines[2]} =~ ^\ *"$object"\ +object\ +192\ B\ +default\ +foo\ +[0-9]+\ +[0-9]+\ +minimm ]]
	json_of minimm handles
	[[ $stdout == *"{\"handle\":$block,\"kind\":\"pages\",\"size\":16384,\"arena\":\"default\",\"page\":"* ]]
	[[ $stdout == *"\"comm\":\"minimm\""*"\"keep\":true,\"order\":2}"* ]]
}

@test "without handles the table is its heading" {
	succeeds minimm handles
	[ "${#lines[@]}" -eq 1 ]
	json_of minimm handles
	[ "$stdout" = '{"handles":[]}' ]
}

@test "buddyinfo is the file's numbers under headings" {
	minimm page alloc --order 0
	succeeds minimm buddyinfo
	[[ ${lines[0]} =~ ^arena\ +free\ +0\ +1\ +2\ +3 ]]
	[[ ${lines[1]} =~ ^blocks\ of\ +4K\ +8K\ +16K\ +32K ]]
	# shellcheck disable=SC2046
	set -- $(grep ' default ' /proc/mini_buddyinfo)
	shift 4
	# shellcheck disable=SC2086
	set -- "$*" ${lines[2]}
	file=$1
	shift 4
	[ "$*" = "$file" ]
	json_of minimm buddyinfo
	[ "$stdout" = "{\"arenas\":[{\"arena\":\"default\",\"free_blocks\":[${file// /,}]}]}" ]
}

@test "slabinfo is the file's numbers under headings" {
	minimm cache create foo --size 192
	minimm obj alloc foo --count 5
	succeeds minimm slabinfo
	[[ ${lines[0]} =~ ^cache\ +objects\ +of\ +in\ use ]]
	[[ ${lines[1]} =~ ^foo\ +5\ +21\ +23\.8%\ +192\ B\ +21\ +4\ KiB\ +1\ +1\ +4\ KiB\ +64\ +32$ ]]
	json_of minimm slabinfo
	[ "$stdout" = '{"caches":[{"cache":"foo","active_objects":5,"objects":21,"slot_size":192,"objects_per_slab":21,"pages_per_slab":1,"active_slabs":1,"slabs":1,"magazine_size":64,"batch":32,"depot_magazines":8,"depot_objects":0}]}' ]
}

@test "map of a small arena shows each page and where blocks begin" {
	minimm arena create t --size 64K
	minimm page alloc --order 1 --arena t
	minimm cache create foo --size 2048 --arena t
	minimm obj alloc t:foo
	succeeds minimm map --arena t
	[ "${lines[0]}" = "arena t: 64 KiB, 16 pages of 4 KiB; a cell is 1 page" ]
	[[ ${lines[1]} == "      0 |"* ]]
	[[ ${lines[1]} == *"|###|"* ]]
	[[ ${lines[1]} == *"|A"* ]]
	[[ $stdout =~ \#\ +page\ blocks\ +2\ pages ]]
	[[ $stdout =~ minimm\ +2\ pages\ +12\.5%\ +1\ block ]]
	[[ $stdout =~ A\ +t:foo\ +[0-9]+\ pages?\ .*1\ slab,\ 1\ of ]]
	[[ ${lines[-1]} =~ ^in\ use\ +\[#+\.+\]\ +[0-9.]+%\ \([0-9]+\ of\ 16\ pages\)$ ]]
}

@test "map of a large arena has rows of cells, within the terminal's width" {
	minimm page alloc --order 9
	succeeds env COLUMNS=50 minimm map
	[ "$(wc -L <<<"${lines[1]}")" -le 50 ]
	[[ ${lines[1]} =~ ^\ +0\ \#+\.*$ ]]
	[ "$(grep -cE '^ +[0-9]+ [#.]+$' <<<"$stdout")" -le 16 ]
}

@test "map has block characters in a UTF-8 locale, and no colours where there is no terminal" {
	minimm arena create t --size 64K
	minimm page alloc --order 1 --arena t
	succeeds env LC_ALL=C.UTF-8 minimm map --arena t
	[[ $stdout == *'│███│'* ]]
	[[ $stdout != *$'\033'* ]]
	succeeds env LC_ALL=C minimm map --arena t
	[[ $stdout != *'█'* ]]
}

@test "map --json gives every block, in the order of addresses" {
	minimm arena create t --size 32K
	minimm page alloc --order 1 --arena t
	json_of minimm map --arena t
	[ "$stdout" = '{"arena":"t","pages":8,"page_size":4096,"blocks":[{"page":0,"order":1,"kind":"pages"},{"page":2,"order":1,"kind":"free"},{"page":4,"order":2,"kind":"free"}],"holders":[{"who":"minimm","blocks":1,"pages":2}]}' ]
}

@test "map says what another open file holds" {
	minimm arena create t --size 64K
	hold 'page alloc --order 2 --arena t'
	succeeds minimm map --arena t
	[[ $stdout =~ other\ open\ files,\ or\ the\ kernel\ +4\ pages ]]
	let_go
	arena_has free_pages 16 t
}
